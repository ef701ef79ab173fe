"""What the backends of one process share: how fast an app may ask, and when it must rest.

Limits: the pages of each call at https://open.feishu.cn/document, and “Frequency control” there:
edits of documents 3 a second for each call of an app, and 3 for each document over all of them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from math import inf
from time import monotonic
from typing import TypeVar
from weakref import WeakValueDictionary

from msgspec import Struct

T = TypeVar("T")

#: Edits of one document in a second.
EDITS = 3
#: Seconds by which a turn is given back later than it could be: the clock of another machine.
SLACK = 0.02
#: Seconds without a call where a limit names none; twice as many each time, up to the most.
LEAST_REST, MOST_REST = 1.0, 3_600.0
#: Seconds that a limit may ask for: one that asks for more is asked again after a day.
LONGEST = 86_400.0


class _Limit(Struct, frozen=True):
    """How often a call may be made by one app."""

    method: str
    path: re.Pattern[str]
    most: int
    seconds: float = 1.0
    alone: bool = False  #: one after the other: calls beside it are refused


def _limit(
    method: str, path: str, most: int, seconds: float = 1.0, *, alone: bool = False
) -> _Limit:
    pattern = re.escape(path).replace("\\*", "[^/]+")
    return _Limit(method, re.compile(f"/open-apis{pattern}"), most, seconds, alone)


_LIMITS = (
    _limit("POST", "/docx/v1/documents", 3, alone=True),
    _limit("POST", "/docx/v1/documents/blocks/convert", 3),
    _limit("POST", "/docx/v1/documents/*/blocks/*/descendant", 3),
    _limit("POST", "/docx/v1/documents/*/blocks/*/children", 3),
    _limit("PATCH", "/docx/v1/documents/*/blocks/batch_update", 3),
    _limit("PATCH", "/docx/v1/documents/*/blocks/*", 3),
    _limit("DELETE", "/docx/v1/documents/*/blocks/*/children/batch_delete", 3),
    _limit("GET", "/docx/v1/documents/*", 5),
    _limit("GET", "/docx/v1/documents/*/blocks", 5),
    _limit("GET", "/docx/v1/documents/*/raw_content", 5),
    _limit("GET", "/docx/v1/documents/*/blocks/*", 5),
    _limit("POST", "/drive/v1/medias/upload_all", 5, alone=True),
    _limit("GET", "/drive/v1/files", 5),
    _limit("DELETE", "/drive/v1/files/*", 5, alone=True),
    _limit("POST", "/drive/v1/permissions/*/members", 100, 60),
    _limit("PATCH", "/drive/v1/permissions/*/public", 100, 60),
    _limit("POST", "/wiki/v2/spaces/*/nodes", 100, 60, alone=True),
    _limit("GET", "/wiki/v2/spaces", 100, 60),
    _limit("GET", "/wiki/v2/spaces/*/nodes", 100, 60),
)


class Turn:
    """The time for one call."""

    def __init__(self) -> None:
        self.took: float | None = None  #: seconds, once there is an answer

    async def of(self, call: Awaitable[T]) -> T:
        """What *call* gives, which is made now."""
        began = monotonic()
        answer = await call
        self.took = monotonic() - began
        return answer


class Window:
    """At most *most* calls in any *seconds*, as the one who is asked counts them.

    It counts a call somewhere between its beginning and its end. No call gets there and back in
    less than the fastest did: so one is counted at least the part of that time that is the way back
    before its end, and the next at least the other part after its beginning. The place of a call is
    free for the next, then, *seconds* after its end but for the time of the fastest: later than
    that after a slow call, which may have been counted late. If calls last equally long, it is
    *seconds* after the beginning, so a slow service is asked as often as it allows.

    How fast the fastest is shows after *most* calls; until then it is taken to be no time at all.
    No more than *most* calls are under way at any time. What remains: one that counts late and all
    at once answers faster than ever may count a call too many, which is asked again after a rest.
    """

    def __init__(self, most: int, seconds: float = 1.0) -> None:
        self._most = most
        self._seconds = seconds + SLACK
        self._free = asyncio.Semaphore(most)
        self._known = 0
        self._fastest = inf

    @asynccontextmanager
    async def held(self, turn: Turn) -> AsyncIterator[None]:
        """A place for the call of *turn*."""
        await self._free.acquire()
        try:
            yield
        finally:
            seconds = self._seconds - self._spared(turn)
            asyncio.get_running_loop().call_later(seconds, self._give_back)

    def _spared(self, turn: Turn) -> float:
        """Seconds by which a place is free earlier; none after a call that had no answer."""
        if turn.took is None:
            return 0.0
        self._known += 1
        self._fastest = min(self._fastest, turn.took)
        return self._fastest if self._known > self._most else 0.0

    def _give_back(self) -> None:  # bound: as long as a turn lasts, its window does
        self._free.release()


class Rest:
    """Until when nothing is asked, because a limit was met."""

    def __init__(self) -> None:
        self._until = 0.0
        self._limits = 0  # that came one after the other and named no time

    @property
    def seconds(self) -> float:
        """How long it still lasts."""
        return max(0.0, self._until - monotonic())

    def limited(self, seconds: float | None) -> None:
        """A limit was met that lasts *seconds*; None, or next to none: it does not say."""
        if seconds is None or seconds < LEAST_REST:
            seconds = min(LEAST_REST * 2**self._limits, MOST_REST)
            self._limits = min(self._limits + 1, 20)
        self._until = max(self._until, monotonic() + min(seconds, LONGEST))

    def over(self) -> None:
        """A call went well."""
        self._limits = 0


class Document(Window):
    """How often a document may be edited."""

    def __init__(self) -> None:
        super().__init__(EDITS)
        self.rest = Rest()


class App:
    """How often the app of some backends may ask its service."""

    def __init__(self) -> None:
        self.rest = Rest()
        self._windows: dict[_Limit, Window] = {}
        self._alone: dict[_Limit, asyncio.Lock] = {}
        self._documents: WeakValueDictionary[str, Document] = WeakValueDictionary()

    def document(self, id: str) -> Document:
        """The one of this *id*, as long as somebody has to do with it."""
        return self._documents.setdefault(id, Document())

    @asynccontextmanager
    async def turn(
        self, method: str, path: str, document: Document | None = None
    ) -> AsyncIterator[Turn]:
        """The time for one call of *path*, which may have to be waited for."""
        turn, limit = Turn(), _limit_of(method, path)
        async with AsyncExitStack() as stack:
            if document:
                await stack.enter_async_context(document.held(turn))
            if limit and limit.alone:
                await stack.enter_async_context(self._alone.setdefault(limit, asyncio.Lock()))
            if limit:
                window = self._windows.setdefault(limit, Window(limit.most, limit.seconds))
                await stack.enter_async_context(window.held(turn))
            yield turn


def _limit_of(method: str, path: str) -> _Limit | None:
    found = (each for each in _LIMITS if each.method == method and each.path.fullmatch(path))
    return next(found, None)
