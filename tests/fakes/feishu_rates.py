"""How often the stand-in for Feishu lets itself be asked, and how often it was."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque

from msgspec import Struct

from tests.fakes.feishu_answers import RefusedError


class Clock:
    """The time of the service, which tests move on."""

    def __init__(self) -> None:
        self.moved = 0.0

    def now(self) -> float:
        return time.time() + self.moved

    def move(self, seconds: float) -> None:
        self.moved += seconds


class Limit(Struct, frozen=True):
    """At most *most* requests within *seconds*, of an app or about one document."""

    name: str
    most: int
    seconds: float = 1
    of_document: bool = False

    @property
    def status(self) -> int:
        """The newer limits say 429, the older ones 400."""
        return 429 if self.of_document else 400


class Rates:
    """Counts every request that comes, also those that are refused."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._most: dict[tuple[str, str], int] = defaultdict(int)
        self.on = True

    def most(self, name: str) -> int:
        """The most requests that came within the time of the limit of this name."""
        return max((count for (own, _), count in self._most.items() if own == name), default=0)

    def count(self, limit: Limit, whose: str) -> RefusedError | None:
        """Take another request into account; why it is refused, if it is one too many."""
        key, now = (limit.name, whose), self._clock.now()
        times = self._times[key]
        while times and times[0] <= now - limit.seconds:
            times.popleft()
        times.append(now)
        self._most[key] = max(self._most[key], len(times))
        if not self.on or len(times) <= limit.most:
            return None
        reset = max(1, math.ceil(times[-limit.most - 1] + limit.seconds - now))
        headers = {"x-ogw-ratelimit-limit": str(limit.most), "x-ogw-ratelimit-reset": str(reset)}
        return RefusedError(99991400, limit.name, status=limit.status, headers=headers)
