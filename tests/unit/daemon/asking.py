"""Questions to a service, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daemon.errors import SummaryError
from daemon.model import Anew
from daemon.settings import typed
from daemon.summarizers.claude import Settings
from daemon.summarizers.claude.model import Claude
from daemon.writing import Prompt, Usage
from tests.fakes.messages_api import (
    KEY,
    MessagesApi,
    Reply,
)

PROMPT = Prompt("You summarize.", "The tides rise twice a day.")
Pieces = list[str | Anew | Usage]


def settings(**table: Any) -> Settings:
    return typed(Settings, table, where="the summarizer")


def model(url: str, *, secret: Callable[[str], str | None] = lambda _: KEY, **table: Any) -> Claude:
    chosen = settings(api=url, **table)
    return Claude(chosen.access, window=chosen.window, secret=secret)


async def pieces_of(claude: Claude, prompt: Prompt = PROMPT, *, most: int = 500) -> Pieces:
    return [piece async for piece in claude.ask(prompt, most=most)]


async def answered(*replies: Reply, **table: Any) -> tuple[Pieces, MessagesApi]:
    async with MessagesApi(*replies) as api:
        return await pieces_of(model(api.url, **table)), api


async def failed(*replies: Reply, **table: Any) -> tuple[SummaryError, MessagesApi]:
    """The error that these replies lead to; whatever came before is void."""
    async with MessagesApi(*replies, models=table.pop("models", None)) as api:
        with pytest.raises(SummaryError) as raised:
            await pieces_of(model(api.url, **table))
    assert KEY not in f"{raised.value} {raised.value!r}"
    return raised.value, api


def final(pieces: Pieces) -> str:
    """The text that stands at the end."""
    said = ""
    for piece in pieces:
        said = said + piece if isinstance(piece, str) else "" if isinstance(piece, Anew) else said
    return said
