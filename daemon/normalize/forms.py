"""What the kinds share: class names that tell a kind, and changes to a tree in place."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

#: The plain forms that HTML has no element for.
FOOTNOTE_MARK = "footnote-mark"
FOOTNOTE = "footnote"
#: What is dropped is renamed first and taken out in one go: one by one, the text behind each would
#: be copied again and again.
DROPPED = "guidang-dropped"

Found = dict[str, list[etree._Element]]

_CLASSES = {
    "katex": r"\bkatex(?:-display|-block)?\b",
    "mathjax": r"\bMathJax(?:_\w+)?\b|\bmjx-chtml\b",
    "tex": r"\bztext-math\b|\bmath\b|\bmwe-math-element\b|\btex2jax_process\b",
    "equation": r"\bltx_(?:equation|equationgroup|eqn_table)\b",
    "code-table": r"\b(?:highlight|highlighttable|rouge-table|hljs-ln|js-file-line-container"
    r"|linenodiv|blob-wrapper|codetable|syntaxhighlighter)\b",
    "callout": r"\b(?:markdown-alert|admonition|admonitionblock|custom-block|hint-container|callout"
    r"|theme-admonition|alert|hint)\b",
    "sidenote": r"\b(?:sidenote|marginnote)\b",
    "toggle": r"\bmargin-toggle\b",
    "edit": r"\bmw-editsection\b",
}
_ANY = re.compile("|".join(_CLASSES.values()))
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _CLASSES.items()}


@lru_cache(4096)
def kinds_of(name: str) -> tuple[str, ...]:
    """The kinds that the class attribute *name* may mean."""
    if len(name) > 1000 or not _ANY.search(name):
        return ()
    return tuple(kind for kind, pattern in _PATTERNS.items() if pattern.search(name))


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


def strip_dropped(page: etree._Element, found: Found) -> None:
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


def gone(element: etree._Element, root: etree._Element | None = None) -> bool:
    """Whether *element* is, or is in, one that was dropped."""
    return element.tag == DROPPED or next(element.iterancestors(DROPPED), None) is not None
