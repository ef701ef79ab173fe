"""A model of a service as `writing` asks it: a streamed answer, whatever happens on the way.

There is one policy of trying again, for what happens before the first word and after it: the
package's own would wait as long as a service says, be it an hour, and knows nothing of an answer
that breaks off.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ...errors import SummaryError
from ...model import Anew
from ...services import quoted
from ...writing import Prompt, Usage
from ...writing.tokens import estimate
from . import faults
from .answer import Answer
from .client import Access, opened

if TYPE_CHECKING:
    import stamina
    from anthropic import AsyncAnthropic, AsyncStream

#: How often one answer is begun.
ATTEMPTS = 4
#: Seconds between two attempts at most; a service that asks for more is tried another time.
LONGEST_PAUSE = 8.0
#: Seconds for what only helps: to count, and to name the models there are.
ASIDE = 10.0
#: How a service says that it does not count.
_COUNTS_NOT = frozenset({400, 404, 405, 415, 422, 501})


class Claude:
    """A `Model` of any service that speaks the Messages API."""

    def __init__(self, access: Access, *, window: int, secret: Callable[[str], str | None]) -> None:
        self.name = access.model
        self.window = window
        self._access = access
        self._secret = secret
        self._counts = True  # until it says that it does not
        self._most = math.inf  # tokens of an answer, since it said that it writes fewer

    async def count(self, prompt: Prompt) -> int:
        """The tokens of *prompt*, estimated where the service does not tell them.

        Raises:
            SummaryError: The key cannot be had.
        """
        found = None
        if self._counts:
            deadline = _now() + ASIDE
            async with opened(self._access, self._secret, deadline) as (client, _):
                found = await self._counted(client, prompt, deadline)
        return _estimated(prompt) if found is None else found

    async def ask(self, prompt: Prompt, *, most: int) -> AsyncGenerator[str | Anew | Usage, None]:
        """The answer, begun anew where it broke off; see `Model`.

        Where the service writes fewer tokens at once, that many are asked for: the answer may be
        cut then, and is gone on with.
        """
        deadline = _now() + self._access.limit
        request = self._request(prompt)
        async with opened(self._access, self._secret, deadline) as (client, key):
            written = False
            async for attempt in _attempts(deadline):
                with attempt:
                    if written:
                        yield Anew()
                        written = False
                    asked = request | {"max_tokens": min(most, self._most)}
                    async with aclosing(self._answer(client, key, asked, deadline)) as pieces:
                        async for piece in pieces:
                            written = True
                            yield piece if isinstance(piece, str) else _usage(piece, prompt)

    async def _answer(
        self, client: AsyncAnthropic, key: str, asked: dict[str, Any], deadline: float
    ) -> AsyncGenerator[str | Answer, None]:
        """One attempt: the text as it comes, and at last the answer as a whole."""
        answer = Answer(self.name)
        try:
            with faults.told(self._access, key):
                async with asyncio.timeout_at(deadline):
                    stream = await client.messages.create(**asked, stream=True)
                async with stream:
                    if not _is_stream(stream):
                        raise faults.not_understood(self._access)
                    while (event := await _next(stream, deadline)) is not None:
                        if text := answer.take(event):
                            yield text
        except SummaryError as error:
            if isinstance(error, faults.OutputError):
                self._lower(error, asked["max_tokens"])
            if error.code == "model-unknown":
                raise faults.with_models(error, await self._models(client, key)) from None
            raise
        self._check_end(answer, key)
        yield answer

    def _lower(self, error: faults.OutputError, asked: int) -> None:
        """Ask for less than was *asked* for from now on, once: then the *error* passes."""
        error.temporary = self._most == math.inf
        self._most = min(self._most, error.bound(asked))

    def _check_end(self, answer: Answer, key: str) -> None:
        """See whether an answer that ended is one.

        Raises:
            SummaryError: It is not.
        """
        if not answer.ended or answer.stop is None:
            raise faults.broken_off(self._access)
        if answer.stop == "model_context_window_exceeded":
            raise faults.too_long(self._access)
        if answer.stop == "refusal":
            raise faults.refused(self._access, answer.explanation, key)
        if not answer.text.strip():
            raise faults.empty(self._access)

    async def _counted(self, client: AsyncAnthropic, prompt: Prompt, deadline: float) -> int | None:
        import anthropic  # noqa: PLC0415  takes a second: loaded by then

        try:
            async with asyncio.timeout_at(deadline):
                counted = await client.messages.count_tokens(**self._request(prompt))
            return int(counted.input_tokens)
        except anthropic.APIStatusError as error:
            self._counts = error.status_code not in _COUNTS_NOT
        except faults.BROKEN:
            self._counts = False
        except faults.own_errors():
            pass  # the question itself will tell what is wrong
        return None

    async def _models(self, client: AsyncAnthropic, key: str) -> list[str]:
        """Names of models that the service has; none where it does not tell them."""
        try:
            async with asyncio.timeout(ASIDE):
                page = await client.models.list(limit=20)
            return [quoted(model.id, key) for model in page.data][:20]
        except faults.any_errors():
            return []

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        """What is asked, of characters that have bytes; NUL is one that many services refuse."""
        system, text = (
            part.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
            for part in (prompt.system, prompt.text)
        )
        messages = [{"role": "user", "content": text}]
        return {"model": self.name, "messages": messages} | ({"system": system} if system else {})


def _attempts(deadline: float) -> AsyncIterable[stamina.Attempt]:
    """Attempts with growing pauses between them, that end before *deadline*."""
    import stamina  # noqa: PLC0415  takes 30 ms

    def again(error: Exception) -> bool | float:
        if not isinstance(error, SummaryError) or not error.temporary:
            return False
        pause = error.retry_after or 0
        if pause > LONGEST_PAUSE or _now() + LONGEST_PAUSE > deadline:
            return False
        return pause or True

    return stamina.retry_context(
        on=again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=LONGEST_PAUSE
    )


def _is_stream(stream: AsyncStream[Any]) -> bool:
    kind: str = stream.response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == "text/event-stream"


async def _next(stream: AsyncStream[Any], deadline: float) -> Any:
    """The next event as JSON values; None at the end.

    The limit is around each step: around them all it would also end what the reader of this
    generator does meanwhile.
    """
    async with asyncio.timeout_at(deadline):
        event = await anext(stream, None)
    return None if event is None else event.to_dict(warnings=False)


def _usage(answer: Answer, prompt: Prompt) -> Usage:
    return answer.usage(_estimated(prompt), estimate(answer.text))


def _estimated(prompt: Prompt) -> int:
    return estimate(prompt.system) + estimate(prompt.text)


def _now() -> float:
    return asyncio.get_running_loop().time()
