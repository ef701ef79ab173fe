"""A stand-in for Feishu that takes its time, and says how often it was asked too much."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterator

from aiohttp import web

from tests.fakes.feishu import FeishuServer


class SlowFeishu(FeishuServer):
    """Calls last *before* seconds until they are counted, one after the other and again from the
    first, and *after* seconds from then on.
    """

    def __init__(self, *before: float, after: float) -> None:
        super().__init__()
        self._before, self._after = itertools.cycle(before), after
        self.came: list[tuple[str, float]] = []  #: paths, and when they were counted
        self.limited = 0  #: answers that say that a limit was met

    def lasted(self, path: str) -> float:
        """Seconds from the first to the last call whose path ends like this."""
        moments = [moment for made, moment in self.came if made.endswith(path)]
        return moments[-1] - moments[0]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(next(self._before))
        self.came.append((request.path, time.monotonic()))
        answer = await super()._answer(request)
        await asyncio.sleep(self._after)
        self.limited += isinstance(answer, web.Response) and "99991400" in (answer.text or "")
        return answer


@contextlib.contextmanager
def slow_feishu(*before: float, after: float = 0.0) -> Iterator[SlowFeishu]:
    """A server that finds, at its end, that nothing was asked that no client should ask."""
    server = SlowFeishu(*before, after=after)
    server.start()
    try:
        yield server
    finally:
        server.stop()
    assert server.refused == []
