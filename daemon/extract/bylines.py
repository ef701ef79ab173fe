"""Who wrote a page, as far as it shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree

from .text import one_line, text_of

#: Characters of a name, or of several.
_LONGEST = 100
#: Names of one page; a paper may have hundreds.
_MOST = 8
#: Elements of something that is no name.
_LARGEST = 30
_BY = re.compile(
    r"^(?:(?:written|posted|published|story|text|words)\s+)?by(?:\s*[:：]\s*|\s+)|"
    r"^(?:作者|撰文|记者|记者名|文)\s*[：:/／|｜]\s*|^(?:author|作者)\s*[:：]?\s+|"
    r"^(?-i:Von|Par|Por|Di)(?:\s+|$)|^by$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"://|^www\.|^\S+\.[a-z]{2,}/|^@?\S+@\S+$|^/", re.IGNORECASE)
#: Authors of something else, or what stands beside a name.
_OTHERS = re.compile(
    r"comment|reply|related|avatar|social|share|follow|widget|sidebar|count", re.IGNORECASE
)
_NAMING = re.compile(r"(?:^|[\s_-])(?:byline|author|writer)(?:$|[\s_-]|name|s\b)", re.IGNORECASE)
#: Elements that are marked to name an author; a page with more of them lists what others wrote.
_MOST_MARKED = 60
_APART = "  "
_LABELS = tuple(
    re.compile(label + r"\s*[：:/／|｜]\s*(?P<name>[^：:|｜/／]{2,40})")
    for label in (r"作\s*者", r"(?:撰|^|\s)文", r"记\s*者", r"[来來]\s*源", "稿源")
)
#: Where the name on a line ends: two spaces, another label, a date.
_END = re.compile(r"\s{2,}|\s*[（(\[【]|\s+\d{4}|\s+(?:来源|责|编|时间|发布|阅读|浏览|点击)")


def joined(names: Iterable[str]) -> str | None:
    """The names among *names*, each once."""
    found = dict.fromkeys(filter(None, map(name_of, names)))
    return ", ".join(islice(found, _MOST)) or None


def name_of(text: str) -> str | None:
    """*text* as a name; None for an address, or what is too long for one."""
    name = _BY.sub("", one_line(text)).strip(" ,;|·•-–—:：")
    if not 2 <= len(name) <= _LONGEST or _ADDRESS.search(name):
        return None
    return name if any(letter.isalpha() for letter in name) else None


def shown_author(page: etree._Element) -> str | None:
    """The author whom an element of *page* is marked to name."""
    marked = list(islice(_marked(page), _MOST_MARKED))
    for marks in (_by_rel, _by_property, _by_class):
        if names := joined(islice(marks(marked), _MOST)):
            return names
    return None


def _marked(page: etree._Element) -> Iterator[etree._Element]:
    """XPath takes as long for a usual page, and the square of their number for many siblings."""
    for element in page.iter(etree.Element):
        if values := element.values():
            text = " ".join(values)  # type: ignore[arg-type]  # HTML has no bytes there
            if "uthor" in text or "yline" in text:
                yield element


def author_of(lines: Iterable[str]) -> str | None:
    """The author whom one of *lines* names behind a Chinese label, or else the source."""
    # The name may stand in an element of its own, which is the next line.
    text = _APART.join(lines)
    for label in _LABELS:
        if match := label.search(text):
            return name_of(_END.split(match["name"].strip())[0])
    return None


def _by_rel(marked: Iterable[etree._Element]) -> Iterator[str]:
    return (_text(each) for each in marked if each.get("rel") == "author")


def _by_property(marked: Iterable[etree._Element]) -> Iterator[str]:
    for each in marked:
        if each.get("itemprop") == "author":
            name = each.find(".//*[@itemprop='name']")
            named = each if name is None else name
            yield named.get("content") or _text(named)


def _by_class(marked: Iterable[etree._Element]) -> Iterator[str]:
    """The first name: what follows may be the authors of other articles."""
    for each in marked:
        kind = each.get("class", "")
        if _NAMING.search(kind) and not _OTHERS.search(kind):
            text = _text(each)
            if name_of(text) and not any(letter.isdigit() for letter in text):
                yield text
                return


def _text(element: etree._Element) -> str:
    small = sum(1 for _ in islice(element.iter(), _LARGEST)) < _LARGEST
    return next(iter(text_of(element).split("\n")), "") if small else ""
