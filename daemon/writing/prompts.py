"""What a model is asked: the page as data, then the task.

The words are in the templates `ask-*`, one of each for every language of notes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from ..templating import fill_prompt
from .labels import LABELS
from .model import Prompt
from .page import Page, between, boundary, everything, shown
from .tags import is_tag
from .wishes import Wishes

#: Of the library's tags a model is told; more would cost more than they are worth.
_MOST_TAGS = 100
#: Characters of a tag that it is told.
_LONGEST_TAG = 40


class Brief(Struct, frozen=True, kw_only=True):
    """What a summary is to be."""

    wishes: Wishes
    language: str  #: of headings and rules: zh-CN or en
    tags: tuple[str, ...]  #: of the library, the most used first
    templates: Path  #: the folder of the user's own prompts


def summary_prompt(page: Page, brief: Brief, parts: int = 0) -> Prompt:
    """The prompt for the summary of *page*, or of notes on so many *parts* of it.

    Raises:
        TemplateError: The user's own prompt cannot be used.
    """
    tags = brief.tags[:_MOST_TAGS] if brief.wishes.most_tags else ()
    tags = tuple(tag[:_LONGEST_TAG] for tag in tags if is_tag(tag))
    mark = boundary(*everything(page, tags))
    values = _task(brief) | {"parts": parts, "mark": mark, "page": shown(page, mark)}
    if brief.wishes.prompt:
        return Prompt(_system(brief, mark), _own(page, brief, values | {"tags": tags}))
    listed = between("tags", mark, ", ".join(tags)) if tags else ""
    return Prompt(_system(brief, mark), _filled("summary", brief, values | {"tags": listed}))


def part_prompt(page: Page, brief: Brief, part: int, parts: int, words: int) -> Prompt:
    """The prompt for notes on *page*, which is one of several parts of the whole."""
    mark = boundary(*everything(page))
    text = _filled(
        "part", brief, {"page": shown(page, mark), "part": part, "parts": parts, "words": words}
    )
    return Prompt(_system(brief, mark), text)


def again(prompt: Prompt, brief: Brief, flaw: str) -> Prompt:
    """The same once more, after an answer with a *flaw* (as `form` names it)."""
    values = {"asked": prompt.text, "flaw": flaw, "labels": LABELS[brief.language]}
    return Prompt(prompt.system, _filled("again", brief, values))


def on(prompt: Prompt, brief: Brief, begun: str) -> Prompt:
    """The same, to go on with an answer that was cut."""
    mark = boundary(prompt.system, prompt.text, begun)
    values = {"asked": prompt.text, "begun": between("answer", mark, begun), "mark": mark}
    return Prompt(prompt.system, _filled("on", brief, values))


def _own(page: Page, brief: Brief, values: dict[str, Any]) -> str:
    """The user's own prompt; where it shows the page nowhere, the page comes first.

    Each value of the page comes between marks of its own.
    """
    mark = values["mark"]
    fields = dict.fromkeys(("title", "url", "byline", "published", "site", "language"), "")
    fields |= {name: between(name, mark, value) for name, value in page.lines}
    text = between("page", mark, page.text)
    asked = fill_prompt(
        brief.wishes.prompt, brief.templates, values | fields | {"text": text}
    ).strip()
    return asked if f"<page-{mark}>" in asked else f"{values['page']}\n\n{asked}"


def _system(brief: Brief, mark: str) -> str:
    return _filled("system", brief, {"mark": mark, "tongue": brief.wishes.language})


def _task(brief: Brief) -> dict[str, Any]:
    wishes = brief.wishes
    return {
        "labels": LABELS[brief.language],
        "locale": brief.language,
        "form": wishes.form,
        "length": wishes.length,
        "most_tags": wishes.most_tags,
    }


def _filled(name: str, brief: Brief, values: dict[str, Any]) -> str:
    return fill_prompt(f"ask-{name}.{brief.language}", None, values).strip()
