"""Prompts with their sizes. Pure; of a long page it is work for a worker."""

from __future__ import annotations

from msgspec import Struct, structs

from ..errors import SummaryError
from ..model import Draft
from .model import Prompt
from .page import Page, page_of
from .parts import split
from .prompts import Brief, part_prompt, summary_prompt
from .tokens import estimate

#: Tokens of the notes on a part, at most.
MOST_NOTES = 3_000
#: Tokens of text that a part must have room for.
_LEAST_ROOM = 300
#: Tokens by which services count more than the text of a prompt.
_MARGIN = 100


class Ready(Struct, frozen=True):
    """A prompt, and how many tokens it has at most."""

    prompt: Prompt
    size: int


def of_draft(draft: Draft, brief: Brief) -> tuple[Page, Ready]:
    """The page of *draft*, and the prompt for its summary.

    Raises:
        TemplateError: The user's own prompt cannot be used.
    """
    page = page_of(draft)
    return page, of_page(page, brief, 0)


def of_page(page: Page, brief: Brief, parts: int) -> Ready:
    """The prompt for the summary of *page*, or of notes on so many *parts* of it.

    Raises:
        TemplateError: As for `of_draft`.
    """
    return _ready(summary_prompt(page, brief, parts))


def of_parts(page: Page, brief: Brief, window: int) -> list[Ready]:
    """The prompts for notes on the parts of *page*, each of which fits into *window*.

    Raises:
        SummaryError: The window has no room even for the rules.
    """
    words = most_notes(window) // 3
    bare = structs.replace(page, text="")
    room = window - most_notes(window) - _ready(part_prompt(bare, brief, 999, 999, words)).size
    if room < _LEAST_ROOM:
        raise SummaryError(
            "window-too-small",
            f"The model reads {window:,} tokens at once, too few for a summary.",
            "Choose another model, or give its true window in the settings.",
        )
    texts = split(page.text, room)
    return [
        _ready(part_prompt(structs.replace(page, text=text), brief, part, len(texts), words))
        for part, text in enumerate(texts, 1)
    ]


def most_notes(window: int) -> int:
    """Tokens of the notes on a part for a model with *window*; several must fit into it."""
    return min(MOST_NOTES, window // 6)


def _ready(prompt: Prompt) -> Ready:
    return Ready(prompt, estimate(prompt.system) + estimate(prompt.text) + _MARGIN)
