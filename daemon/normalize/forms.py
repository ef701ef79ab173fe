"""What the kinds share: class names that tell a kind, and changes to a tree in place."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from ..tree import DROPPED

#: The plain forms that HTML has no element for.
FOOTNOTE_MARK = "footnote-mark"
FOOTNOTE = "footnote"

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

Found = dict[str, list[etree._Element]]

_CLASSES = {
    "tex": "ztext-math math mwe-math-element katex MathJax MathJax_SVG MathJax_CHTML tex latex "
    "formula",
    "equation": "ltx_equation ltx_equationgroup ltx_eqn_table",
    "gutter": "gutter linenos lineno line-numbers blob-num rouge-gutter hljs-ln-numbers lntd",
    "line-index": "code-snippet__line-index line-numbers-rows pre-numbering",
    "callout": "markdown-alert admonition admonitionblock custom-block hint-container callout "
    "theme-admonition alert hint notice bd-callout starlight-aside notecard",
    "note": "note tip warning danger info important caution example question abstract success "
    "failure bug is-info is-warning is-danger is-success",
    "sidenote": "sidenote marginnote ltx_role_footnote modern-footnotes-footnote__note",
    "toggle": "margin-toggle",
    "edit": "mw-editsection",
}
_KINDS = {word: kind for kind, words in _CLASSES.items() for word in words.split()}


@lru_cache(4096)
def kinds_of(name: str) -> tuple[str, ...]:
    """The kinds that the class attribute *name* may mean."""
    return tuple(dict.fromkeys(_KINDS[word] for word in name.split() if word in _KINDS))


NUMBERING = re.compile(r"[\d\s+.:*|-]+")
#: Letters of a label beside a text or its code, such as “Quelltext bearbeiten”.
_LONGEST_LABEL = 60
#: What lxml takes for no text, though its parser may give it.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    """*text* without the characters that lxml refuses."""
    return _UNWRITABLE.sub("", text)


def become(element: etree._Element, tag: str, text: str = "", **attributes: str) -> None:
    """Make *element* another one with *text* alone in it; what is behind it stays."""
    element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
    element.tag = tag
    element.text = writable(text)
    for name, value in attributes.items():
        element.set(name, writable(value))


def drop(element: etree._Element) -> None:
    """Mark *element* as one to be taken out."""
    element.tag = DROPPED


def strip_dropped(page: etree._Element) -> None:
    """Take out what was dropped, and keep the text behind it."""
    etree.strip_elements(page, DROPPED, with_tail=False)


def all_text(element: etree._Element) -> str:
    """All text in *element*, as it is."""
    return "".join(element.itertext())  # type: ignore[arg-type]  # of HTML, it is str


def text_of(element: etree._Element) -> str:
    """All text in *element*, white space folded."""
    return " ".join(all_text(element).split())


def classes(element: etree._Element) -> str:
    return element.get("class") or ""


def is_label(element: etree._Element) -> bool:
    """Whether *element* holds numbers and a few words: where there is more, it is text, whatever it
    is called, as that of an element which was never ended.
    """
    letters = 0
    for text in element.itertext():
        letters += len(NUMBERING.sub("", text))  # type: ignore[arg-type]  # of HTML, it is str
        if letters > _LONGEST_LABEL:
            return False
    return True


def gone(element: etree._Element) -> bool:
    """Whether *element* is, or is in, one that was dropped."""
    return element.tag == DROPPED or next(element.iterancestors(DROPPED), None) is not None
