"""What summaries may cost, and what they did."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Protocol

from ..errors import StorageError, SummaryError
from ..model import Spent
from .model import Usage
from .wishes import Wishes

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """What services took, kept over restarts."""

    promised: list[Spent]  #: what calls under way may take, and what the disk did not take down

    async def spent(self) -> Spent:
        """What they took today, by this machine's calendar."""
        ...

    async def add(self, spent: Spent) -> None:
        """Add to that.

        Raises:
            StorageError: The disk did not take it.
        """
        ...


class Purse:
    """The purse of one summary: each call is asked for before it, and paid after it."""

    def __init__(self, wishes: Wishes, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._wishes = wishes
        self._ledger = ledger
        self._now = now
        self.read = 0
        self.written = 0

    @property
    def cost(self) -> float | None:
        """What all calls cost; None where no price is set."""
        return self._wishes.cost(self.read, self.written)

    async def allow(self, read: int, written: int) -> None:
        """Refuse calls that read and write so many tokens at most, if that may be too much.

        Raises:
            SummaryError: A ceiling is reached; the day's is temporary.
        """
        wishes = self._wishes
        tokens = self.read + self.written + read + written
        cost = wishes.cost(self.read + read, self.written + written)
        if (over := _over(tokens, cost, wishes.note_tokens, wishes.note_cost)) is not None:
            raise SummaryError(
                "summary-ceiling",
                f"This summary may take {over}, the most for one note.",
                f"Raise summarizer.note_{_kind(over)}, or summarize a selection of the page.",
            )
        today, more = (
            [await self._ledger.spent(), *self._ledger.promised],
            wishes.cost(read, written),
        )
        tokens = sum(spent.tokens for spent in today) + read + written
        cost = None if more is None else sum(spent.cost for spent in today) + more
        if (over := _over(tokens, cost, wishes.day_tokens, wishes.day_cost)) is not None:
            raise SummaryError(
                "summary-ceiling",
                f"With this summary, those of today may take {over}, the most for a day; "
                "it ends at midnight.",
                f"Raise summarizer.day_{_kind(over)}, or wait until tomorrow.",
                temporary=True,
                retry_after=until_tomorrow(self._now()),
            )

    @contextmanager
    def promised(self, read: int, written: int) -> Iterator[None]:
        """While a call that was allowed is under way, no other one is allowed what it may take."""
        promise = self._spent(read, written)
        self._ledger.promised.append(promise)
        try:
            yield
        finally:
            self._ledger.promised.remove(promise)

    async def pay(self, usage: Usage) -> None:
        """Write down what a call took; what the disk does not take counts until the daemon ends."""
        self.read += usage.input_tokens
        self.written += usage.output_tokens
        spent = self._spent(usage.input_tokens, usage.output_tokens)
        try:
            await self._ledger.add(spent)
        except StorageError as error:  # the answer is paid for: it is not lost for its receipt
            log.error("what a summary took was not written down: %s", error.code)
            self._ledger.promised.append(spent)

    def _spent(self, read: int, written: int) -> Spent:
        return Spent(read + written, self._wishes.cost(read, written) or 0.0)


def until_tomorrow(now: datetime) -> float:
    """Seconds until the next midnight of the calendar that *now* is in."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
    return (midnight - now).total_seconds()


def _over(tokens: int, cost: float | None, most: int, most_cost: float | None) -> str | None:
    """By how much a ceiling is passed, in words."""
    if tokens > most:
        return f"{tokens:,} tokens where {most:,} are allowed"
    if cost is not None and most_cost is not None and cost > most_cost:
        return f"{cost:.4g} where a cost of {most_cost:.4g} is allowed"
    return None


def _kind(over: str) -> str:
    return "tokens" if "tokens" in over else "cost"
