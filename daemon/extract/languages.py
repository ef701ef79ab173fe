"""The language of a page that does not say it, as far as its script tells."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
#: Scripts that one language alone is written in, or hardly any other.
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "zh": re.compile(r"[\u3400-\u9fff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
_TEXT = ("title", "h1", "h2", "p", "div", "span", "li", "td", "a")
#: Elements that tell, and the share of their characters in a script. Of Japanese, a tenth suffices:
#: the rest is shared with Chinese.
_ENOUGH, _SHARE, _SHARE_OF_KANA = 150, 0.3, 0.1
#: Characters of them.
_LONGEST = 2_000


def language_tag(stated: str) -> str | None:
    """The first language of *stated* as a tag of BCP 47: zh_cn is zh-CN; None where it is none."""
    tag = stated.partition(",")[0].strip().replace("_", "-").partition(".")[0]
    if not _TAG.fullmatch(tag):
        return None
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(_cased(part) for part in rest)])


def language_of(page: etree._Element) -> str | None:
    """The language that the script of its text tells."""
    elements = islice(page.iter(_TEXT), _ENOUGH)
    text = "".join((each.text or "")[:_LONGEST] for each in elements)[:_LONGEST]
    if text.isascii():
        return None
    letters = sum(map(str.isalpha, text))
    for language, script in _SCRIPTS.items():
        share = _SHARE_OF_KANA if language == "ja" else _SHARE
        if letters and len(script.findall(text)) > share * letters:
            return language
    return None


def _cased(part: str) -> str:
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part
