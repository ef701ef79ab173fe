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


async def note_of(daemon: RunningDaemon, api: MessagesApi, **settings: Any) -> str:
    """The note that is delivered when *api* is to write its summary; the daemon has ended then.

    *settings* are of the summarizer, but for the template.
    """
    template = settings.pop("template", "classic")
    settings = {"template": template, **claude(api.url, **settings)}
    return await asyncio.to_thread(_archived, daemon, settings)


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


async def test_the_note_names_the_model_that_answered(daemon: RunningDaemon) -> None:
    other = "claude-sonnet-5-5-20260901\n# **Evil** [x](https://evil.example) <b>"
    async with MessagesApi(streamed(said(SUMMARY, model=other))) as api:
        note = await note_of(daemon, api, template="frontmatter")

    [line] = [line for line in note.splitlines() if line.startswith("summary_model:")]
    named = "claude-sonnet-5-5 (claude-sonnet-5-5-20260901 Evil x https:/ evil.example b)"
    assert line == f'summary_model: "{named}"'


async def test_a_long_summary_is_written_by_a_service_that_writes_little_at_once(
    daemon: RunningDaemon,
) -> None:
    bound = "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"
    refusal = status(400, "invalid_request_error", bound)
    async with MessagesApi(refusal, streamed(said(SUMMARY))) as api:
        note = await note_of(daemon, api, length="long")

    assert "The whole of it." in note
    assert [seen.body["max_tokens"] for seen in api.seen] == [10_000, 8192]
