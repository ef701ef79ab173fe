"""The offline summary: the article's own key sentences and key words, without AI."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from msgspec import Meta, Struct, structs

from ...markdown import bare_url, heading_text, line_text
from ...model import Draft
from ...templating import fill
from ...writing.labels import LABELS
from .. import Offline, Piece, Summarizer, Surroundings
from .keys import key_sentences
from .sentences import sentences_of
from .tags import tags_for
from .words import Words


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How long the extract is."""

    sentences: Annotated[int, Meta(ge=0, le=50)] = 5
    tags: Annotated[int, Meta(ge=0, le=50)] = 5


def connect(settings: Settings, surroundings: Surroundings) -> Summarizer:
    return _Extract(settings, surroundings)


class _Extract:
    name = "extract"

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._write = functools.partial(summarize, settings=settings)
        self._workers = surroundings.workers
        self._tags = surroundings.tags
        self.offline = Offline(self.name, self._write)

    async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[Piece]:
        # The plain text is enough, and a long article is slow to pass to another process.
        short = draft if draft.whole_text is None else structs.replace(draft, markdown="")
        yield await self._workers.run(self._write, short, language, await self._tags())


def summarize(draft: Draft, language: str, tags: Sequence[str], *, settings: Settings) -> str:
    """The summary section of *draft*, with *tags* preferred; time is linear in its text."""
    from ...markdown.plain import whole_text  # noqa: PLC0415  loads a parser: only in workers

    labels = LABELS[language]
    found = sentences_of(whole_text(draft), settings.sentences)
    # The title stands above them already.
    sentences = [sentence for sentence in found if sentence not in draft.title] or found
    words = Words(sentences)
    chosen = key_sentences(draft.title, words, settings.sentences)
    known = [("site", draft.site), ("byline", draft.byline), ("published", draft.published)]
    site = line_text(draft.site) if draft.site else bare_url(draft.url)
    return fill(
        "extract",
        labels=labels,
        title=heading_text(draft.title),
        basics=[(labels[key], line_text(value)) for key, value in known if value]
        or [("URL", bare_url(draft.url))],
        sentences=[line_text(sentences[index]) for index in sorted(chosen)]
        or [line_text(draft.title)],
        source=site + (f" ({line_text(draft.published)})" if draft.published else ""),
        tags=[f"#{tag}" for tag in tags_for(draft.title, words, settings.tags, tags)],
    )
