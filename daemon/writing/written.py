"""Writes the summary of a draft with a model."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec import Struct, structs

from ..errors import ExtractionError, SummaryError, TemplateError
from ..model import Anew, Draft, Summary
from ..workers import Workers
from .calls import Answer, answer
from .model import Model, named
from .page import Page
from .preparing import Ready, most_notes, of_draft, of_page, of_parts
from .prompts import Brief, again, on
from .purse import Ledger, Purse
from .shaping import Asked, Flaw, Shaped, shaped
from .wishes import Length, Wishes

P = ParamSpec("P")
T = TypeVar("T")

#: Tokens of an answer at most. A summary takes a quarter of it; models that think first, the rest.
_MOST: dict[Length, int] = {"short": 4_000, "normal": 6_000, "long": 10_000}
#: How often notes are taken on notes; each time makes a half of a text at most.
_DEEPEST = 6
#: How often the window is halved for a service that takes less than it is said to.
_HALVINGS = 2
#: Characters of a page that is prepared at hand, in some 2 ms; a longer one goes to a worker.
_SHORT = 20_000
#: Seconds for a call of a worker; the user's own prompt may loop.
_LIMIT = 20.0


class Written:
    """A summarizer that asks a model."""

    offline = None

    def __init__(
        self,
        model: Model,
        wishes: Wishes,
        *,
        tags: Callable[[], Awaitable[Sequence[str]]],
        ledger: Ledger,
        workers: Workers,
        templates: Path,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.name = model.name
        self._model = model
        self._wishes = wishes
        self._tags = tags
        self._ledger = ledger
        self._workers = workers
        self._templates = templates
        self._now = now

    async def summarize(
        self, draft: Draft, *, language: str
    ) -> AsyncIterator[str | Anew | Summary]:
        """The section as the model writes it; the last piece is the Summary, brought into form.

        While a long page is read in parts, the pieces are the notes on them.

        Raises:
            SummaryError: There will be none; what came before is void.
        """
        begun = time.monotonic()
        self._workers.warm()  # one of them reads the answer
        purse = Purse(self._wishes, self._ledger, self._now)
        brief = Brief(
            wishes=self._wishes,
            language=_headings(self._wishes, draft, language),
            tags=tuple(await self._tags()),
            templates=self._templates,
        )
        writing = _Writing(self._model, brief, purse, self._workers)
        async with aclosing(writing.pieces(draft)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Shaped):
                    yield piece
                    continue
                yield Summary(
                    markdown=piece.markdown,
                    tags=piece.tags,
                    made_by=named(self.name, writing.wrote),
                    input_tokens=purse.read,
                    output_tokens=purse.written,
                    cost=purse.cost,
                    seconds=time.monotonic() - begun,
                )


class _Notes(Struct, frozen=True):
    """A page that has notes in place of its text."""

    page: Page
    parts: int  #: of the text that they were taken on


class _Writing:
    """The writing of one summary."""

    def __init__(self, model: Model, brief: Brief, purse: Purse, workers: Workers) -> None:
        self._model = model
        self._brief = brief
        self._purse = purse
        self._workers = workers
        self._window = model.window
        self._cut = False
        self.wrote = ""  #: the model that did, as its service says

    async def pieces(self, draft: Draft) -> AsyncGenerator[str | Anew | Shaped]:
        """What is written, and at the end its form.

        A prompt that the service finds too long is cut into parts of half its size.
        """
        # The plain text beside the Markdown is not needed, and slow to pass to a worker.
        draft = structs.replace(draft, text=None, assets=(), unsaved=(), widths={})
        page, ready = await self._run(len(draft.markdown), of_draft, draft, self._brief)
        halvings, done = 0, False
        while not done:
            try:
                async with aclosing(self._whole(page, ready)) as pieces:
                    async for piece in pieces:
                        yield piece
                done = True
            except SummaryError as error:
                if error.code != "prompt-too-long" or halvings == _HALVINGS:
                    raise
                halvings += 1
                self._window = min(self._window, ready.size + self._most) // 2
                yield Anew()

    @property
    def _most(self) -> int:
        """Tokens of the summary at most."""
        return min(_MOST[self._brief.wishes.length], self._window // 4)

    async def _whole(self, page: Page, ready: Ready) -> AsyncGenerator[str | Anew | Shaped]:
        """The summary of *page*, whose prompt is *ready* if it fits; else of notes on its parts."""
        self._cut = False
        notes = _Notes(page, 0)
        for _ in range(_DEEPEST):
            if await self._fits(ready):
                async with aclosing(self._summary(page, ready)) as answers:
                    async for piece in answers:
                        yield piece
                return
            async with aclosing(self._notes(notes.page)) as reading:
                async for note in reading:
                    if isinstance(note, _Notes):
                        notes = note
                    else:
                        yield note
            yield Anew()
            size = len(notes.page.text)
            ready = await self._run(size, of_page, notes.page, self._brief, notes.parts)
        raise SummaryError(
            "prompt-too-long",
            "The page is too long for the model, even in parts.",
            "Choose a model that reads more at once, or summarize a selection of the page.",
        )

    async def _fits(self, ready: Ready) -> bool:
        """Whether the window holds prompt and answer: the service is asked where it may be so."""
        room = self._window - self._most
        if ready.size <= room or ready.size > 3 * room:
            return ready.size <= room
        return await self._model.count(ready.prompt) <= room

    async def _notes(self, page: Page) -> AsyncGenerator[str | Anew | _Notes]:
        """Notes on the parts of *page*, as they are written; the last piece has them all."""
        all_ = await self._run(len(page.text), of_parts, page, self._brief, self._window)
        most = most_notes(self._window)
        await self._purse.allow(sum(ready.size for ready in all_), most * len(all_))
        notes: list[str] = []
        for part, ready in enumerate(all_, 1):
            yield f"({part}/{len(all_)})\n\n"
            async with aclosing(self._answer(ready, most)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Answer):
                        notes.append(piece.text.strip())
                    else:
                        yield piece
            if not notes[-1]:
                raise _formless(f"its notes on part {part} of {len(all_)} are empty")
            yield "\n\n"
        yield _Notes(structs.replace(page, text="\n\n".join(notes)), len(all_))

    async def _summary(self, page: Page, ready: Ready) -> AsyncGenerator[str | Anew | Shaped]:
        """The summary, asked for once more if the first answer is none."""
        flaw: Flaw | None = None
        notes_cut = self._cut
        for _ in range(2):
            text, self._cut = "", notes_cut
            async with aclosing(self._answer(self._asked_again(ready, flaw), self._most)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Answer):
                        text = piece.text
                    else:
                        yield piece
            result = await self._run(math.inf, shaped, text, self._asked(page))
            if isinstance(result, Shaped):
                yield result
                return
            flaw = result
            yield Anew()
        raise _formless(_FLAWS[flaw or "form"])

    def _asked_again(self, ready: Ready, flaw: Flaw | None) -> Ready:
        """The same prompt, with the *flaw* of the answer to it where it had one."""
        if flaw is None:
            return ready
        prompt = again(ready.prompt, self._brief, flaw)
        return Ready(prompt, ready.size + len(prompt.text) - len(ready.prompt.text))

    async def _answer(self, ready: Ready, most: int) -> AsyncGenerator[str | Anew | Answer]:
        follow = partial(on, ready.prompt, self._brief)
        call = answer(
            self._model,
            self._purse,
            ready.prompt,
            follow,
            size=ready.size,
            most=most,
            window=self._window,
        )
        async with aclosing(call) as pieces:
            async for piece in pieces:
                if isinstance(piece, Answer):
                    self._cut |= piece.cut
                    self.wrote = piece.model
                yield piece

    def _asked(self, page: Page) -> Asked:
        wishes = self._brief.wishes
        return Asked(
            page=page,
            language=self._brief.language,
            own=bool(wishes.prompt),
            strange=wishes.language == "article",
            tags=self._brief.tags,
            most_tags=wishes.most_tags,
            cut=self._cut,
        )

    async def _run(
        self, size: float, function: Callable[P, T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """The result of *function*, at hand for a text of a small *size* in characters.

        Raises:
            SummaryError: It failed, or took too long.
        """
        own = bool(self._brief.wishes.prompt)
        try:
            if size <= _SHORT and not own:
                return function(*arguments, **named)
            return await self._workers.run_within(_LIMIT, function, *arguments, **named)
        except TemplateError as error:
            raise SummaryError(error.code, error.message, error.hint) from error
        except ExtractionError as error:
            raise SummaryError(
                "template-failed" if own else "summary-failed",
                "The prompt or the answer took too much time or memory.",
                "Look for a loop without an end in your prompt." if own else "Try again.",
            ) from error


_FLAWS: dict[Flaw, str] = {
    "empty": "it is empty",
    "json": "it is JSON, and not a text",
    "form": "it has not the sections that were asked for",
    "language": "it is in another language than asked for",
}


def _formless(reason: str) -> SummaryError:
    return SummaryError(
        "answer-formless",
        f"The model's answer is no summary: {reason}.",
        "Try again, or choose another model.",
    )


def _headings(wishes: Wishes, draft: Draft, language: str) -> str:
    """The language of the headings: zh-CN or en."""
    if wishes.language == "note" or not draft.language:
        return language
    return "zh-CN" if draft.language.lower().startswith("zh") else "en"
