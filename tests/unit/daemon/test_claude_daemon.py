"""The same in a daemon: what becomes of the note, and what is kept of it all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.messages_api import (
    KEY,
    MessagesApi,
    Reply,
    begun,
    error,
    reset,
    said,
    status,
    streamed,
)
from tests.unit.daemon.archiving import SUMMARY, archived, claude, holding, with_key
from tests.unit.daemon.running import RunningDaemon


@pytest.fixture
def daemon(home: Path) -> RunningDaemon:
    return with_key(home)


async def note_of(daemon: RunningDaemon, api: MessagesApi) -> str:
    """The note that is delivered when *api* is to write its summary; the daemon has ended then."""
    return await asyncio.to_thread(_archived, daemon, claude(api.url))


def _archived(daemon: RunningDaemon, settings: dict[str, Any]) -> str:
    daemon.start()
    try:
        daemon.ask("PATCH", "/settings", settings)
        note = archived(daemon).note
    finally:
        daemon.end()
    assert not holding(daemon.home, KEY)
    assert not holding(daemon.home, "Half a summ")
    assert "first paragraph" not in daemon.log
    return note


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (status(401, "authentication_error", f"invalid x-api-key: {KEY}"), "key-refused"),
        (status(402, "billing_error"), "payment-needed"),
        (status(429, "rate_limit_error", headers={"retry-after": "120"}), "service-busy"),
        (streamed([*begun("Half a summ"), error("authentication_error")]), "key-refused"),
        (streamed(said("Half a summ", stop="refusal")), "answer-refused"),
    ],
)
async def test_a_note_goes_out_without_a_summary_that_fails(
    daemon: RunningDaemon, reply: Reply, code: str
) -> None:
    async with MessagesApi(reply) as api:
        note = await note_of(daemon, api)

    assert "The first paragraph of the article" in note
    assert code in daemon.log
    assert api.asked == 1


async def test_a_note_has_the_whole_summary_of_an_answer_that_broke_off_at_first(
    daemon: RunningDaemon,
) -> None:
    async with MessagesApi(reset(begun("Half a summ")), streamed(said(SUMMARY))) as api:
        note = await note_of(daemon, api)

    assert "The whole of it." in note
    assert api.asked == 2
