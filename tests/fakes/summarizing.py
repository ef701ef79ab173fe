"""What a summarizer may use of a daemon that has no neighbours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daemon.model import Spent
from daemon.stages import load
from daemon.summarizers import Surroundings
from daemon.workers import Workers


class Book:
    """A ledger that is kept in memory."""

    def __init__(self) -> None:
        self.entries: list[Spent] = []
        self.promised: list[Spent] = []

    async def spent(self) -> Spent:
        return Spent(
            sum(entry.tokens for entry in self.entries), sum(entry.cost for entry in self.entries)
        )

    async def add(self, spent: Spent) -> None:
        self.entries.append(spent)


def surroundings(**given: Any) -> Surroundings:
    """An empty keychain, no tags, nothing spent; or what is *given*."""
    nothing: dict[str, Any] = {
        "workers": Workers(load=load),
        "secret": lambda _: None,
        "tags": _no_tags,
        "ledger": Book(),
        "templates": Path("/nowhere"),
    }
    return Surroundings(**(nothing | given))


async def _no_tags() -> list[str]:
    return []
