"""What a model is shown of a page: clean text between marks that the page cannot write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from msgspec import Struct

from ..model import Draft

#: What has no bytes, no look, or turns the order of what stands around it: lone surrogates, control
#: characters, overrides of direction (they hide text from a reader that a model sees), and the tags
#: and selectors of Unicode's plane 14, in which whole sentences can be written that nobody sees.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
#: An image that stands in its own address says nothing to who reads text.
_DATA = re.compile(r"(data:[a-z]+/)[^\s()<>\"']{100,}", re.IGNORECASE)
_MOST_OF_A_LINE = 1_000


class Page(Struct, frozen=True, kw_only=True):
    """An article as a model gets it, with what the page says of itself; all of it clean."""

    title: str
    url: str
    text: str  #: Markdown
    byline: str = ""
    published: str = ""
    site: str = ""
    language: str = ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Its metadata, by name."""
        names = ("title", "byline", "published", "site", "url", "language")
        return [(name, getattr(self, name)) for name in names if getattr(self, name)]


def page_of(draft: Draft) -> Page:
    """The page of *draft*."""
    names = ("title", "url", "byline", "published", "site", "language")
    return Page(
        text=_DATA.sub(r"\1", cleaned(draft.markdown)).strip(),
        **{name: _line(getattr(draft, name) or "") for name in names},
    )


def cleaned(text: str) -> str:
    """*text* without what has no bytes or is not seen."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def boundary(*texts: str) -> str:
    """A word that stands in none of *texts*."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "replace"))
    while (word := digest.hexdigest()[:16]) and any(word in text for text in texts):
        digest.update(b"once more")
    return word


def between(name: str, mark: str, text: str) -> str:
    """*text* between the marks *name*-*mark*."""
    return f"<{name}-{mark}>\n{text}\n</{name}-{mark}>"


def shown(page: Page, mark: str) -> str:
    """The page between its marks: what it says of itself, a line each, then its text."""
    lines = "\n".join(f"{name}: {value}" for name, value in page.lines)
    return between("page", mark, f"{lines}\n\n{page.text}")


def everything(page: Page, *more: Iterable[str]) -> list[str]:
    """All that a page, and others, put between marks."""
    return [page.text, *(value for _, value in page.lines), *(x for xs in more for x in xs)]


def _line(text: str) -> str:
    return " ".join(cleaned(text).split())[:_MOST_OF_A_LINE]
