"""Callouts: a quote that says of what kind it is, as GitHub and Obsidian write it."""

from __future__ import annotations

import re

from lxml import etree

from .forms import DROPPED, Found, classes, drop, gone, text_of, writable

#: The five kinds of GitHub, by what others call them.
_KINDS = {
    **dict.fromkeys(
        "note info information abstract summary example quote seealso details todo".split(), "NOTE"
    ),
    **dict.fromkeys("tip hint success check done primary".split(), "TIP"),
    **dict.fromkeys("important question help faq attention".split(), "IMPORTANT"),
    **dict.fromkeys("warning warn".split(), "WARNING"),
    **dict.fromkeys("caution danger error failure bug fail missing".split(), "CAUTION"),
}
_WORD = re.compile("[a-z]+")
_TITLE = re.compile(
    r"\b(?:markdown-alert-title|callout-title|admonition-title|admonition-?heading\S*|custom-block-title"
    r"|hint-container-title|admonitionHeading_\w+|alert-heading|callout-header|title)\b"
)
#: Bootstrap and others call any box so; there a kind has to be named beside it.
_LOOSE = re.compile(r"\b(?:alert|hint|callout|custom-block)\b")


def normalize(found: Found) -> None:
    """Make each callout a `blockquote` with its kind, its title a line in it."""
    for element in found["callout"]:
        if not gone(element) and element.tag in {
            "div",
            "aside",
            "section",
            "details",
            "blockquote",
        }:
            _read(element)


def _read(element: etree._Element) -> None:
    if next(element.iterancestors("blockquote"), None) is not None and _TITLE.search(
        classes(element)
    ):
        return
    kind = _kind_of(element)
    if kind is None:
        return
    title = _title_of(element)
    for table in list(element.iter("table", "tbody", "tr", "td")):
        table.tag = "div"  # AsciiDoc lays them out in a table
    element.tag = "blockquote"
    element.set("data-callout", kind)
    if title and title.upper() != kind:
        element.set("data-title", writable(title))


def _kind_of(element: etree._Element) -> str | None:
    named = element.get("data-callout")
    if named:
        return _KINDS.get(named.lower(), "NOTE")
    words = _WORD.findall(classes(element).lower())
    return next(
        (_KINDS[word] for word in words if word in _KINDS),
        None if _LOOSE.search(classes(element)) else "NOTE",
    )


def _title_of(element: etree._Element) -> str:
    """The text of its title, which is taken out."""
    for node in element.iter():
        if node is not element and node.tag != DROPPED and _TITLE.search(classes(node)):
            title = text_of(node)
            drop(node)
            return title
        if node.tag == "summary":
            title = text_of(node)
            drop(node)
            return title
    return ""
