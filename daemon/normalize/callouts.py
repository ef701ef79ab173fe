"""Callouts: a quote that says of what kind it is, as GitHub and Obsidian write it."""

from __future__ import annotations

import re

from lxml import etree

from ..tree import DROPPED
from .forms import Found, classes, drop, gone, text_of, writable

#: The five kinds of GitHub, by what others call them.
_KINDS = {
    **dict.fromkeys("note info information abstract summary example quote seealso".split(), "NOTE"),
    **dict.fromkeys("tip success check done primary".split(), "TIP"),
    **dict.fromkeys("important question help faq attention".split(), "IMPORTANT"),
    **dict.fromkeys("warning warn".split(), "WARNING"),
    **dict.fromkeys("caution danger error failure bug fail missing".split(), "CAUTION"),
}
_WORD = re.compile("[a-z]+")
_TITLE = re.compile(r"title|heading|header|summary", re.IGNORECASE)
#: What many use for boxes of other sorts: those have to name a kind.
_LOOSE = re.compile(r"(?:^|\s)(?:alert|hint|callout|custom-block|notice|bd-callout)(?:\s|$)")
_HOLDERS = frozenset("div aside section details blockquote".split())
#: As GitHub writes them in Markdown; a renderer that does not know them shows it.
_WRITTEN = re.compile(r"\s*\[!([A-Za-z]+)\][ \t]*")
#: Letters of a title; longer ones are texts.
_LONGEST = 150


def normalize(found: Found) -> None:
    """Make each callout a `blockquote` with its kind and its title."""
    for element in found["callout"]:
        if element.tag in _HOLDERS and not gone(element):
            _read(element)
    for element in found["note"]:  # of other elements, the word may mean anything
        named = element.tag == "blockquote" and "is-" in classes(element)
        if (named or element.tag == "details") and not gone(element):
            _read(element)
    for quote in found["blockquote"]:
        if not quote.get("data-callout"):
            _read_written(quote)


def _read(element: etree._Element) -> None:
    kind = _kind_of(element)
    if kind is None or element.get("data-title") is not None:
        return
    title = _title_of(element)
    for node in list(element.iter("table", "tbody", "tr", "td")):
        if "icon" in classes(node) or "admonitionblock" in classes(element):
            node.tag = "div"  # AsciiDoc lays them out in a table
    element.tag = "blockquote"
    element.set("data-callout", kind)
    element.set("data-title", "" if title.upper() == kind else writable(title))


def _kind_of(element: etree._Element) -> str | None:
    named = element.get("data-callout")
    if named:
        return _KINDS.get(named.lower(), "NOTE")
    words = _WORD.findall(classes(element).lower())
    kind = next((_KINDS[word] for word in words if word in _KINDS), None)
    if kind is None and "hint" in words:
        return "TIP"
    return kind or (None if _LOOSE.search(classes(element)) else "NOTE")


def _title_of(element: etree._Element) -> str:
    """The text of its title, which is taken out: it comes first."""
    for node in element.iter():
        if node is element or node.tag == DROPPED:
            continue
        if node.tag == "summary" or _TITLE.search(classes(node)):
            title = text_of(node)
            if len(title) < _LONGEST:
                drop(node)
                return title
        if (node.text or "").strip() and node.tag != "svg":
            return ""
    return ""


def _read_written(quote: etree._Element) -> None:
    first = quote
    while len(first) and not (first.text or "").strip():
        first = first[0]
    found = _WRITTEN.match(first.text or "")
    if found is None or found[1].lower() not in _KINDS or first.tag not in {"p", "blockquote"}:
        return
    first.text = (first.text or "")[found.end() :]
    if not first.text.strip() and len(first) and first[0].tag == "br":
        drop(first[0])
    quote.set("data-callout", _KINDS[found[1].lower()])
    quote.set("data-title", "")
