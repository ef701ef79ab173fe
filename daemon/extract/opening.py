"""What a page says above its text and its note has already: the title, the author, the date."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from ..normalize import HEADINGS
from ..tree import DROPPED
from .bylines import name_of
from .dates import date_in
from .metadata import Metadata

#: Elements from the top among which such lines are.
_NEAR_TOP = 40
_INLINE = frozenset({"span", "strong"})
_BREAKING = (*HEADINGS, *"blockquote center div header hr li p pre section table td".split())
_LINES = (*HEADINGS, *_INLINE, *"center div header hr p section td".split())
#: Characters of a line that is looked at, and texts that it is made of.
_LONGEST, _MOST_TEXTS = 300, 100
#: Characters that may stand at a title: a date, an author, a number.
_AT_TITLE = 40
#: Characters of a line that labels what it says.
_LONGEST_LABELLED = 120
#: What stands in a date, and letters of Chinese beside it: the name of a paper. Other letters are
#: those of a member of a forum, whose posts all begin so.
_DATED = re.compile(
    r"(?<![a-z])(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
    r"[a-z]{0,6}|[ap]m|st|nd|rd|th|gmt|utc|posted|published|date|on|at)(?![a-z])",
    re.IGNORECASE,
)
_MOST_LETTERS = 12
#: Before the text of the pages of a bench, of 9 such lines with a date one was content.
_LABEL = re.compile(
    r"(?:作\s*者|[来來]\s*源|[编編][辑輯]|[发發][布佈表]|[时時][间間]|日期|[阅閱][读讀]|[点點][击擊])"
    r"\S{0,3}\s*[:：]"
)
#: Between the steps of the way to a page. Before the text of the pages of a bench, none of those
#: lines was content but its last step, the title.
_STEP = re.compile(r"\s(?:[>»›→]|->)\s")
_FEWEST_STEPS = 2
#: Links of a menu, and the share of its letters that are theirs.
_FEWEST_LINKS, _MOSTLY = 3, 0.6
_SENTENCE = re.compile(r"[.!?。！？…][\"”’»」』]?$")
#: Terms and laws begin with the day of their last change, which their reader looks for.
_CHANGED = re.compile(r"更新|修[订訂改正]")
_ANSWER = re.compile(r"(?:re|aw|sv|回[复覆])\s*[:：]\s*", re.IGNORECASE)


def without_opening(body: etree._Element, title: str, metadata: Metadata | None) -> None:
    """Drop the lines above the text that say what *title* and *metadata* say, or the way there.

    Without *metadata* only the title goes, as from a selection: that is what its reader chose.
    """
    sought = title
    for element in islice(body.iter(*_LINES), _NEAR_TOP):
        text = _line(element)
        is_alone = element.tag not in _INLINE and _is_alone(element)
        if text is not None and _is_title(element, text, sought) and not _has_image(element):
            element.tag = DROPPED
            sought = ""
        elif metadata and text is not None and is_alone and _is_known(element, text, metadata):
            element.tag = DROPPED
        elif is_alone and (text is None or len(text) > len(title) + _AT_TITLE):
            break  # the text has begun
    _drop_answers(body, title)
    etree.strip_elements(body, DROPPED, with_tail=False)


def _has_image(element: etree._Element) -> bool:
    return element.find(".//img") is not None


def _is_alone(element: etree._Element) -> bool:
    """Whether no other line is in it."""
    return next(islice(element.iter(*_BREAKING), 1, None), None) is None


def _line(element: etree._Element) -> str | None:
    """The text of *element* in one line; None where it is long."""
    line = ""
    for count, text in enumerate(element.itertext()):
        line += " ".join(text.split()) + " "  # type: ignore[arg-type]  # of HTML, it is str
        if len(line) > _LONGEST or count >= _MOST_TEXTS:
            return None
    return " ".join(line.split())


def _is_title(element: etree._Element, text: str, title: str) -> bool:
    if element.tag == "h1" and title in text:
        return len(text) <= min(len(title) + _AT_TITLE, 2 * len(title))
    return bool(title) and text == title


def _is_known(element: etree._Element, text: str, metadata: Metadata) -> bool:
    if element.tag in HEADINGS or _has_image(element):
        return False
    if element.tag == "hr":
        return True
    is_name = metadata.byline is not None and name_of(text) == metadata.byline
    return (
        is_name
        or _is_menu(element, text)
        or _is_way(element, text)
        or _is_date(text, metadata.published or "")
    )


def _is_way(element: etree._Element, text: str) -> bool:
    steps = len(_STEP.findall(text))
    return steps >= _FEWEST_STEPS and len(list(islice(element.iter("a"), steps))) >= _FEWEST_STEPS


def _is_menu(element: etree._Element, text: str) -> bool:
    links = [_line(link) or "" for link in islice(element.iter("a"), _MOST_TEXTS)]
    linked = sum(map(_letters, links))
    return len(links) >= _FEWEST_LINKS and linked > _MOSTLY * _letters(text)


def _letters(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


def _is_date(text: str, published: str) -> bool:
    date = date_in(text)
    if date is None or _SENTENCE.search(text) or _CHANGED.search(text):
        return False
    if len(text) <= _LONGEST_LABELLED and _LABEL.search(text):
        return True
    letters = [letter for letter in _DATED.sub("", text) if letter.isalpha()]
    is_bare = len(letters) <= _MOST_LETTERS and all(letter > "\u2e7f" for letter in letters)
    return is_bare and date[:10] == published[:10]


def _drop_answers(body: etree._Element, title: str) -> None:
    """Forums print the title above every post."""
    lines = [(heading, _line(heading) or "") for heading in body.iter(*HEADINGS)]
    above = [heading for heading, line in lines if line == title]
    answers = [heading for heading, line in lines if _answered(line) == title]
    for heading in [*above, *answers] if answers else ():
        heading.tag = DROPPED


def _answered(line: str) -> str | None:
    found = _ANSWER.match(line)
    return line[found.end() :] if found else None
