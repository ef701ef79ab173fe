"""Every platform's way to write math, code, footnotes and the like → one plain form.

What they become: `math` with its TeX as text; `pre` with one `code` of the class `language-…`;
`footnote-mark` and `footnote`, with a label; `blockquote` with `data-callout`; `img` with the
`src` that a reader saw; `a` for what plays. It can be done before the content of a page is looked
for, so that none of this is lost there.
"""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

from . import callouts, code, footnotes, headings, lists, loose_notes, math, media
from .forms import (
    FOOTNOTE,
    FOOTNOTE_MARK,
    HEADINGS,
    Found,
    all_text,
    kinds_of,
    strip_dropped,
    writable,
)

__all__ = ["FOOTNOTE", "FOOTNOTE_MARK", "HEADINGS", "all_text", "kinds_of", "normalize", "writable"]

_TAGS = (
    "pre math script mjx-container math-renderer img picture iframe video audio embed object "
    "noscript a blockquote"
).split()
_BY_TAG = {
    **{tag: tag for tag in _TAGS},
    **dict.fromkeys(HEADINGS, "heading"),
    **dict.fromkeys(("m:math", "mml:math"), "math"),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), "list"),
}


def normalize(page: etree._Element) -> None:
    """Bring *page*, in place, into the plain form. A second time changes nothing."""
    found = _found(page)
    lists.normalize(found)
    math.normalize(found)
    code.normalize(found)
    footnotes.normalize(page, found)
    loose_notes.normalize(page)
    callouts.normalize(found)
    media.normalize(found)
    headings.normalize(found)
    strip_dropped(page)


def _found(page: etree._Element) -> Found:
    """What may be of interest, by tag or by what its class names say; in one pass."""
    found: Found = defaultdict(list)
    kind_of = _BY_TAG.get
    for element in page.iter():
        kind = kind_of(element.tag)
        if kind:
            found[kind].append(element)
        name = element.get("class")
        if name:
            for kind in kinds_of(name):
                found[kind].append(element)
    return found
