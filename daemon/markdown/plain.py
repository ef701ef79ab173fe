"""Markdown → plain text."""

from __future__ import annotations

from markdown_it import MarkdownIt

from ..model import Draft


def whole_text(draft: Draft) -> str:
    """All of a draft as plain text; where that is not kept beside it, from its Markdown."""
    return plain_text(draft.markdown) if draft.whole_text is None else draft.whole_text


def plain_text(markdown: str) -> str:
    """The words of *markdown*, a paragraph a line, without code, images and link targets."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    paragraphs = (token.children or [] for token in tokens if token.type == "inline")
    return "\n".join(
        "".join(_words(child.type, child.content) for child in children) for children in paragraphs
    )


def _words(kind: str, content: str) -> str:
    if kind in {"text", "code_inline"}:
        return content
    return " " if kind in {"softbreak", "hardbreak"} else ""
