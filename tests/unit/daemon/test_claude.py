"""A service that speaks the Messages API, over real sockets: what it says, and how it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest
import stamina
from aiohttp import web

from daemon.errors import SettingsError, SummaryError
from daemon.model import Anew
from daemon.settings import typed
from daemon.summarizers.claude import SERVICES, Settings, client
from daemon.summarizers.claude.client import VERSION
from daemon.summarizers.claude.model import ATTEMPTS, Claude
from daemon.writing import Prompt, Usage
from tests.fakes.messages_api import (
    KEY,
    MessagesApi,
    Reply,
    as_json,
    begun,
    error,
    events_of,
    held,
    other,
    raw,
    reset,
    said,
    silent,
    status,
    streamed,
    text,
)

PROMPT = Prompt("You summarize.", "The tides rise twice a day.")
Pieces = list[str | Anew | Usage]


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    """Attempts follow each other at once."""
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


@pytest.fixture
def pauses(no_pauses: None) -> Iterator[None]:
    """They do not."""
    with stamina.set_testing(False):
        yield


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


# The answer.


async def test_the_text_comes_as_it_is_written_and_the_usage_at_the_end() -> None:
    pieces, api = await answered(streamed(said("The tides ", "rise.")))

    assert pieces == ["The tides ", "rise.", Usage(12, 34)]
    [seen] = api.seen
    assert seen.body == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 500,
        "stream": True,
        "system": "You summarize.",
        "messages": [{"role": "user", "content": "The tides rise twice a day."}],
    }


async def test_nothing_is_passed_on_late() -> None:
    go_on = asyncio.Event()
    async with MessagesApi(held(begun("The tides "), go_on)) as api:
        pieces = model(api.url).ask(PROMPT, most=9)
        assert await anext(pieces) == "The tides "
        go_on.set()
        assert [type(piece) async for piece in pieces] == [Usage]


@pytest.mark.parametrize("size", [1, 7])
async def test_characters_may_be_split_over_packets(size: int) -> None:
    pieces, _ = await answered(raw(events_of(said("潮汐 🌊 العربية")), size=size))

    assert final(pieces) == "潮汐 🌊 العربية"


async def test_thinking_and_what_is_not_known_is_left_out() -> None:
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    odd = [
        {"type": "content_block_start", "index": 0, "content_block": thinking},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "thinking_delta", "thinking": "Hm."},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "new_delta", "text": "no"}},
        {"type": "something_new", "delta": {"stop_reason": None}},
        {"type": "ping"},
    ]
    whole = said("The tides.")

    pieces, _ = await answered(streamed([whole[0], *odd, *whole[1:]]))

    assert pieces == ["The tides.", Usage(12, 34)]


async def test_several_blocks_of_text_are_one_answer() -> None:
    block = {"type": "content_block_start", "index": 1, "content_block": {"type": "text"}}
    first = {**block, "content_block": {"type": "text", "text": "The "}}
    whole = said()

    pieces, _ = await answered(
        streamed([whole[0], first, text("tides"), block, text(" rise."), *whole[-2:]])
    )

    assert final(pieces) == "The tides rise."


async def test_usage_that_is_missing_is_estimated() -> None:
    pieces, _ = await answered(streamed(said("The tides rise." * 20, usage=None)))

    usage = pieces[-1]
    assert isinstance(usage, Usage)
    assert usage.input_tokens > 5
    assert usage.output_tokens > 50


async def test_tokens_that_the_service_had_kept_are_counted_too() -> None:
    whole = said("The tides.")
    whole[0]["message"]["usage"] = {"input_tokens": 2, "cache_read_input_tokens": 40}

    pieces, _ = await answered(streamed(whole))

    assert pieces[-1] == Usage(42, 34)


async def test_an_answer_that_is_as_long_as_it_may_be_is_marked_as_cut() -> None:
    pieces, _ = await answered(streamed(said("The tides", stop="max_tokens")))

    assert pieces[-1] == Usage(12, 34, cut=True)


@pytest.mark.parametrize(
    "text",
    [
        "lone \ud800 surrogate \udfff",
        "NUL \0 here",
        "مقال عن المد والجزر \u202e",
        "长文。" * 700_000,  # 2 MB
        "x",
        "| a | b |\n| --- | --- |",
    ],
    ids=["surrogates", "NUL", "right to left", "2 MB", "short", "table"],
)
async def test_any_text_can_be_asked(text: str) -> None:
    async with MessagesApi(streamed(said("Fine."))) as api:
        pieces = await pieces_of(model(api.url), Prompt(text, text))

    assert final(pieces) == "Fine."
    asked = api.seen[0].body
    clean = text.replace("\ud800", "?").replace("\udfff", "?").replace("\0", "")
    assert asked["messages"][0]["content"] == asked["system"] == clean


async def test_any_text_can_be_answered() -> None:
    odd = ["A \ud83c", "\udf0a wave", " lone \ud800", " NUL \0."]

    pieces, _ = await answered(streamed(said(*odd)))

    assert final(pieces) == "A 🌊 wave lone \N{REPLACEMENT CHARACTER} NUL ."


async def test_a_prompt_without_a_system_part_has_none() -> None:
    async with MessagesApi(streamed(said("Fine."))) as api:
        await pieces_of(model(api.url), Prompt("", "text"))

    assert "system" not in api.seen[0].body


# Faults that a person must see to: one attempt, and no more.


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (status(401, "authentication_error", "invalid key"), "key-refused", "invalid key"),
        (status(402, "billing_error", "no credit"), "payment-needed", "no credit"),
        (status(400, "billing_error", "no credit"), "payment-needed", "no credit"),
        (status(403, "permission_error", "not here"), "access-refused", "not here"),
        (status(404, "not_found_error", "no model"), "model-unknown", "claude-sonnet-5-5"),
        (status(400, "invalid_request_error", "bad thing"), "request-refused", "bad thing"),
        (status(422, "invalid_request_error", "bad thing"), "request-refused", "bad thing"),
        (
            status(400, "invalid_request_error", "prompt is too long: 200001 > 200000"),
            "prompt-too-long",
            "too long",
        ),
        (
            status(400, "x", "This model's maximum context length is 8192 tokens."),
            "prompt-too-long",
            "8192",
        ),
        (status(400, "x", "the request exceeds the available context size"), "prompt-too-long", ""),
        (status(413, "request_too_large", "too large"), "prompt-too-long", "too large"),
        (other(200, "<html>Sign in</html>"), "answer-broken", "Messages API"),
        (as_json({"type": "message", "content": []}), "answer-broken", "Messages API"),
        (other(404, "<html>nginx</html>"), "answer-broken", "Messages API"),
        (other(404, '{"detail":"Not Found"}', "application/json"), "answer-broken", ""),
        (other(302, "", Location="http://elsewhere.invalid/"), "answer-broken", ""),
        (raw(b"event: message_start\ndata: {not json\n\n"), "answer-broken", "Messages API"),
        (raw(b"event: message_start\ndata: 5\n\n"), "answer-broken", "Messages API"),
        (raw(b'event: x\ndata: {"type":"message_delta","delta":5}\n\n'), "answer-broken", ""),
        (raw(b'event: x\ndata: {"type":5}\n\n'), "answer-broken", "Messages API"),
        (
            streamed(said(stop="model_context_window_exceeded")),
            "prompt-too-long",
            "too long",
        ),
        (streamed(said("I cannot", stop="refusal")), "answer-refused", "declined"),
        (streamed(said()), "answer-refused", "without a word"),
        (streamed(said(" \n", stop="max_tokens")), "answer-refused", "without a word"),
        (status(500, headers={"x-should-retry": "false"}), "service-failed", ""),
    ],
)
async def test_what_does_not_pass_is_told_at_once(reply: Reply, code: str, says: str) -> None:
    found, api = await failed(reply)

    assert (found.code, found.temporary) == (code, False)
    assert says in found.message
    assert found.hint
    assert found.message.count(". ") == 0
    assert api.asked == 1
    assert not api.refused


async def test_a_refusal_gives_its_reason() -> None:
    refusal = said("I", stop="refusal")
    refusal[-2]["delta"]["stop_details"] = {"category": "x", "explanation": "It is about locks."}

    found, _ = await failed(streamed(refusal))

    assert "It is about locks." in found.message


async def test_an_unknown_model_is_told_with_those_there_are() -> None:
    listed = as_json({"data": [{"type": "model", "id": "tide-1"}, {"id": "tide-2"}]})

    found, _ = await failed(status(404, "not_found_error"), model="moon-1", models=listed)

    assert "moon-1" in found.message
    assert "tide-1, tide-2" in found.hint


@pytest.mark.parametrize("models", [status(404), other(200, "<html>"), as_json({"data": None})])
async def test_an_unknown_model_is_told_without_a_list_too(models: Reply) -> None:
    found, _ = await failed(status(404, "not_found_error"), models=models)

    assert found.code == "model-unknown"


# Faults that pass: begun anew, a bounded number of times.


PASSING = [
    (status(429, "rate_limit_error", headers={"retry-after": "1"}), "service-busy"),
    (status(529, "overloaded_error"), "service-busy"),
    (status(500), "service-failed"),
    (other(502, "<html>Bad Gateway</html>"), "service-failed"),
    (status(408, "timeout_error"), "service-failed"),
    (streamed([error("overloaded_error")]), "service-busy"),
    (streamed([*begun("The ti"), error("overloaded_error")]), "service-busy"),
    (streamed([*begun("The ti"), error("api_error", "Internal")]), "service-failed"),
    (streamed([*begun("The ti"), error("brand_new_error")]), "service-failed"),
    (raw(events_of(begun("The ti")) + b"event: error\ndata: no json\n\n"), "service-failed"),
    (streamed(begun("The ti")), "answer-broken"),
    (streamed(said("The tides.")[:-1]), "answer-broken"),
    (streamed(said("The tides.", stop=None)), "answer-broken"),
    (raw(b""), "answer-broken"),
    (reset(begun("The ti")), "answer-broken"),
    (reset([]), "answer-broken"),
]
IDS = [f"{code}-{number}" for number, (_, code) in enumerate(PASSING)]


@pytest.mark.parametrize(("reply", "code"), PASSING, ids=IDS)
async def test_what_passes_is_begun_anew_and_nothing_partial_is_left(
    reply: Reply, code: str
) -> None:
    pieces, api = await answered(reply, reply, streamed(said("The tides ", "rise.")))

    assert final(pieces) == "The tides rise."
    assert pieces[-1] == Usage(12, 34)
    assert api.asked == 3
    partial = [piece for piece in pieces[:-3] if isinstance(piece, str)]
    assert pieces.count(Anew()) == len(partial)


@pytest.mark.parametrize(("reply", "code"), PASSING, ids=IDS)
async def test_what_does_not_pass_after_all_is_given_up_and_may_be_tried_later(
    reply: Reply, code: str
) -> None:
    found, api = await failed(reply)

    assert (found.code, found.temporary) == (code, True)
    assert api.asked == ATTEMPTS


async def test_a_service_that_is_not_there_is_told_with_its_address() -> None:
    async with MessagesApi(silent()) as api:
        gone = api.url

    with pytest.raises(SummaryError) as raised:
        await pieces_of(model(gone))

    assert (raised.value.code, raised.value.temporary) == ("service-unreachable", True)
    assert gone.removeprefix("http://") in raised.value.message


async def test_a_name_that_nobody_has_is_told() -> None:
    with pytest.raises(SummaryError) as raised:
        await pieces_of(model("https://nobody.invalid"))

    assert raised.value.code == "service-unreachable"
    assert "nobody.invalid" in raised.value.message


@pytest.mark.parametrize("reply", [silent(), held(begun("The ti")), held([])])
async def test_silence_is_not_waited_for(reply: Reply) -> None:
    found, api = await failed(reply, silence_seconds=0.2)

    assert (found.code, found.temporary) == ("service-silent", True)
    assert api.asked == ATTEMPTS


async def test_an_answer_that_falls_silent_is_begun_anew() -> None:
    pieces, _ = await answered(
        held(begun("The ti")), streamed(said("The tides.")), silence_seconds=0.3
    )

    assert pieces == ["The ti", Anew(), "The tides.", Usage(12, 34)]


async def test_a_trickle_has_an_end_too() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(b"event: ping\ndata: {}\n\n")
            await asyncio.sleep(0.01)

    begun_at = time.perf_counter()
    found, api = await failed(trickle, limit_seconds=0.5)

    assert found.code == "service-slow"
    assert api.asked == 1
    assert time.perf_counter() - begun_at < 5


@pytest.mark.parametrize("reply", [silent(), held(begun("The ti"))])
async def test_all_attempts_together_have_an_end(reply: Reply) -> None:
    begun_at = time.perf_counter()
    found, _ = await failed(reply, silence_seconds=60, limit_seconds=0.5)

    assert found.code == "service-slow"
    assert time.perf_counter() - begun_at < 5


async def test_a_reader_that_takes_its_time_is_not_ended_by_the_limit() -> None:
    async with MessagesApi(streamed(said("The ", "tides"))) as api:
        pieces = model(api.url, limit_seconds=0.5).ask(PROMPT, most=9)
        assert await anext(pieces) == "The "
        await asyncio.sleep(0.6)  # longer than the limit, which must not end it
        with pytest.raises(SummaryError, match="was not done within"):
            await anext(pieces)


@pytest.mark.usefixtures("pauses")
async def test_a_service_that_asks_for_a_moment_gets_it() -> None:
    busy = status(429, "rate_limit_error", headers={"retry-after-ms": "300"})
    begun_at = time.perf_counter()

    pieces, _ = await answered(busy, streamed(said("The tides.")))

    assert final(pieces) == "The tides."
    assert time.perf_counter() - begun_at >= 0.3


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.usefixtures("pauses")
async def test_a_service_that_asks_for_long_is_asked_later(form: str) -> None:
    date = datetime.now(UTC) + timedelta(seconds=120)
    wish = "120" if form == "seconds" else format_datetime(date, usegmt=True)
    begun_at = time.perf_counter()

    found, api = await failed(status(429, "rate_limit_error", headers={"retry-after": wish}))

    assert (found.code, found.temporary) == ("service-busy", True)
    assert found.retry_after == pytest.approx(120, abs=3)
    assert api.asked == 1
    assert time.perf_counter() - begun_at < 5


@pytest.mark.usefixtures("pauses")
async def test_pauses_grow() -> None:
    times: list[float] = []

    async def busy(request: web.Request) -> web.StreamResponse:
        times.append(time.perf_counter())
        return await status(529, "overloaded_error")(request)

    await failed(busy)

    first, second, third = (later - one for one, later in pairwise(times))
    assert first > 0.4
    assert third > first
    assert second + third > 2 * first


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_whoever_stops_closes_the_connection_at_once(how: str) -> None:
    async with MessagesApi(held(begun("The ti"))) as api:
        pieces = model(api.url).ask(PROMPT, most=9)
        assert await anext(pieces) == "The ti"
        if how == "closed":
            await pieces.aclose()
        else:
            waiting = asyncio.create_task(anext(pieces))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with asyncio.timeout(1):
            await api.closed.wait()


# To count.


async def test_the_service_counts() -> None:
    async with MessagesApi(silent(), count=as_json({"input_tokens": 4_321})) as api:
        assert await model(api.url).count(PROMPT) == 4_321

    assert api.seen[0].body.keys() == {"model", "messages", "system"}


@pytest.mark.parametrize("reply", [status(404), other(405, ""), other(200, "<html>"), as_json({})])
async def test_a_service_that_does_not_count_is_not_asked_again(reply: Reply) -> None:
    async with MessagesApi(silent(), count=reply) as api:
        claude = model(api.url)
        assert [await claude.count(PROMPT) > 5 for _ in range(3)] == [True] * 3

    assert len(api.seen) == 1


@pytest.mark.parametrize("reply", [status(429), status(500), status(401)])
async def test_a_service_that_cannot_count_just_now_is_asked_again(reply: Reply) -> None:
    async with MessagesApi(silent(), count=reply) as api:
        claude = model(api.url)
        assert [await claude.count(PROMPT) > 5 for _ in range(2)] == [True] * 2

    assert len(api.seen) == 2


# The key.


@pytest.mark.parametrize("auth", ["bearer", "x-api-key"])
async def test_the_key_goes_in_the_header_that_the_settings_name(auth: Any) -> None:
    async with MessagesApi(streamed(said("Fine.")), auth=auth) as api:
        await pieces_of(model(api.url, auth=auth))

    assert not api.refused


@pytest.mark.parametrize("kept", [None, "", "  \n", "schlüssel", "two\nlines"])
async def test_a_key_that_is_not_there_or_is_none_is_asked_for(kept: str | None) -> None:
    async with MessagesApi(silent()) as api:
        claude = model(api.url, service="deepseek", model="m", secret=lambda _: kept)
        for asking in (pieces_of(claude), claude.count(PROMPT)):
            with pytest.raises(SummaryError) as raised:
                await asking
            assert raised.value.code == "key-missing"
            assert "guidang secret set deepseek" in raised.value.hint

    assert not api.seen


async def test_a_local_service_gets_no_key_and_no_keychain_is_opened() -> None:
    def never(_: str) -> str:
        raise AssertionError

    async with MessagesApi(streamed(said("Fine.")), auth=None) as api:
        await pieces_of(model(api.url, service="ollama", model="m", secret=never))

    assert not api.refused


async def test_a_local_service_gets_the_key_that_is_named() -> None:
    names = []

    def secret(name: str) -> str:
        names.append(name)
        return f" {KEY}\n"

    async with MessagesApi(streamed(said("Fine."))) as api:
        await pieces_of(model(api.url, service="vllm", model="m", key="mine", secret=secret))

    assert names == ["mine"]
    assert not api.refused


async def test_a_keychain_is_asked_in_a_thread_and_may_be_locked() -> None:
    threads = []

    def locked(_: str) -> str:
        threads.append(threading.current_thread())
        raise SettingsError("keychain-locked", "The keychain did not open.", "Unlock it.")

    with pytest.raises(SummaryError, match="did not open"):
        await pieces_of(model("https://nobody.invalid", secret=locked))

    assert threads[0] is not threading.main_thread()


async def test_a_keychain_that_waits_for_its_password_has_an_end() -> None:
    answered = threading.Event()
    claude = model(
        "https://nobody.invalid", secret=lambda _: str(answered.wait(30)), limit_seconds=0.3
    )

    with pytest.raises(SummaryError, match="not done"):
        await pieces_of(claude)
    answered.set()


@pytest.mark.parametrize(
    "reply",
    [
        status(401, "authentication_error", f"invalid x-api-key: {KEY}"),
        status(401, "authentication_error", f"invalid x-api-key: {KEY[:20]}***"),
        status(400, "invalid_request_error", f"{'x' * 180} Bearer {KEY} {KEY}"),
        status(500, "api_error", KEY),
        streamed([*begun("The ti"), error("api_error", KEY)]),
        streamed([*begun("The ti"), error("authentication_error", KEY)]),
        other(401, KEY),
        raw(f"event: message_start\ndata: {KEY}\n\n".encode()),
        raw(f"event: error\ndata: {KEY}\n\n".encode()),
        reset(begun("The ti")),
        status(529, "overloaded_error", KEY, headers={"retry-after": "120"}),
    ],
)
async def test_the_key_appears_in_no_log_and_no_error(
    reply: Reply, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_quiet", lambda: None)
    for name in ("", "anthropic", "httpx2", "httpcore2", "asyncio", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with MessagesApi(reply, count=reply, models=reply) as api:
        claude = model(api.url)
        await claude.count(PROMPT)
        with pytest.raises(SummaryError) as raised:
            await pieces_of(claude)
    try:
        raise raised.value
    except SummaryError:
        logging.getLogger("daemon").exception("told")

    assert "Sending HTTP Request" in caplog.text
    assert "SummaryError" in caplog.text
    told = f"{raised.value} {raised.value.hint} {claude!r} {vars(claude)}"
    assert KEY[:12] not in caplog.text + told


# What belongs to other programs.

ASKING = """
import asyncio, logging, sys
from daemon.summarizers.claude import Settings
from daemon.summarizers.claude.model import Claude
from daemon.writing import Prompt
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
async def main(url, key):
    claude = Claude(Settings(api=url, model="m").access, window=9_000, secret=lambda _: key)
    prompt = Prompt("", "A secret article.")
    print(await claude.count(prompt))
    async for piece in claude.ask(prompt, most=9):
        print(piece)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_the_environment_of_other_programs_is_not_used(tmp_path: Path) -> None:
    decoy = await asyncio.start_server(lambda *_: connections.append(1), "127.0.0.1", 0)
    connections: list[int] = []
    elsewhere = f"http://127.0.0.1:{decoy.sockets[0].getsockname()[1]}"
    (tmp_path / "configs").mkdir()
    profile = {"base_url": elsewhere, "authentication": {"type": "user_oauth"}}
    (tmp_path / "configs" / "default.json").write_text(json.dumps(profile))
    (tmp_path / "active_config").write_text("default")
    async with MessagesApi(streamed(said("Fine.")), count=as_json({"input_tokens": 7})) as api:
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASKING, api.url, KEY),
            env=os.environ
            | {
                "ANTHROPIC_API_KEY": "theirs",
                "ANTHROPIC_AUTH_TOKEN": "theirs",
                "ANTHROPIC_BASE_URL": elsewhere,
                "ANTHROPIC_CUSTOM_HEADERS": "X-Theirs: theirs\nAuthorization: theirs\n"
                "Anthropic-Version: 1999-01-01\nanthropic-beta: theirs\nUser-Agent: theirs",
                "ANTHROPIC_CONFIG_DIR": str(tmp_path),
                "ANTHROPIC_PROFILE": "default",
                "ANTHROPIC_IDENTITY_TOKEN": "theirs",
                "ANTHROPIC_FEDERATION_RULE_ID": "theirs",
                "ANTHROPIC_ORGANIZATION_ID": "theirs",
                "ANTHROPIC_WORKSPACE_ID": "theirs",
                "ANTHROPIC_MODEL": "theirs",
                "ANTHROPIC_LOG": "debug",
                "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content",
                "OTEL_EXPORTER_OTLP_ENDPOINT": elsewhere,
                **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), elsewhere),
                **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), elsewhere),
                "NO_PROXY": "",
                "no_proxy": "",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await run.communicate()
    decoy.close()
    await decoy.wait_closed()

    assert out.decode().split("\n")[:2] == ["7", "Fine."], err.decode()
    assert not connections
    assert not api.refused
    for seen in api.seen:
        assert "theirs" not in f"{seen.headers} {seen.body}"
        assert seen.headers["anthropic-version"] == VERSION
    assert "secret article" not in err.decode()


async def test_a_service_learns_nothing_of_this_machine() -> None:
    async with MessagesApi(streamed(said("Fine."))) as api:
        await pieces_of(model(api.url))

    assert {name.lower() for name in api.seen[0].headers} == {
        *("host", "content-type", "content-length", "accept", "accept-encoding", "connection"),
        *("user-agent", "anthropic-version", "authorization"),
    }


async def test_the_proxy_of_the_user_is_asked_for_a_service_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", url)
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(SummaryError) as raised:
        await pieces_of(model("https://claude.invalid"))
    server.close()
    await server.wait_closed()

    assert raised.value.code == "service-unreachable"
    assert asked[0].startswith(b"CONNECT claude.invalid:443 ")
    assert KEY.encode() not in b"".join(asked)


async def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "gopher://127.0.0.1:1")

    with pytest.raises(SummaryError, match="proxy"):
        await pieces_of(model("https://claude.invalid"))


def test_the_version_is_that_of_the_package() -> None:
    from anthropic._constants import ANTHROPIC_API_VERSION

    assert VERSION == ANTHROPIC_API_VERSION


# The settings.


@pytest.mark.parametrize(
    "given",
    [
        "https://api.example.org",
        "https://api.example.org/",
        "https://api.example.org/v1",
        "https://api.example.org/v1/",
        "https://api.example.org//v1//messages/",
        " https://api.example.org ",
    ],
)
def test_an_address_is_taken_with_what_requests_add_to_it(given: str) -> None:
    assert settings(api=given).base == "https://api.example.org"


def test_a_path_is_kept() -> None:
    assert settings(api="https://x.org/v1x/anthropic/v1").base == "https://x.org/v1x/anthropic"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"api": "http://api.example.org"}, "others could read the key"),
        ({"api": "http://93.184.216.34"}, "others could read the key"),
        ({"api": "http://localhost.example.org"}, "others could read the key"),
        ({"api": "api.example.org"}, "no base URL"),
        ({"api": "ftp://localhost"}, "no base URL"),
        ({"api": "https://"}, "no base URL"),
        ({"api": "https://x.org:port"}, "no base URL"),
        ({"api": "https://x.org/?key=1"}, "no base URL"),
        ({"api": "https://me:secret@x.org"}, "guidang secret set"),
        ({"service": "nobody"}, "anthropic, deepseek"),
        ({"service": "own", "model": "m"}, "`api` is needed"),
        ({"service": "ollama"}, "`model` is needed"),
        ({"window": -1}, "window"),
        ({"auth": "basic"}, "auth"),
        ({"key": "no name"}, "key"),
    ],
)
def test_settings_that_cannot_work_are_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(**table)

    assert says in raised.value.message
    assert "secret@" not in raised.value.message


@pytest.mark.parametrize(
    "host",
    ["localhost:11434", "127.0.0.1:1", "[::1]:1", "192.168.1.5:1", "10.0.0.2", "nas", "nas.local"],
)
def test_http_is_for_this_machine_and_its_own_network(host: str) -> None:
    assert settings(service="own", api=f"http://{host}", model="m").base == f"http://{host}"


@pytest.mark.parametrize(
    ("api", "uses"),
    [
        ("https://api.example.org", True),
        ("https://192.168.1.5", True),
        ("https://localhost:1", False),
        ("https://127.0.0.1:1", False),
        ("http://192.168.1.5", False),
        ("http://localhost:1", False),
    ],
)
def test_proxies_are_for_what_is_elsewhere_and_encrypted(api: str, uses: bool) -> None:
    assert settings(api=api).access.proxies is uses


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_works_as_it_is(name: str) -> None:
    preset = SERVICES[name]

    chosen = settings(service=name, model="m", api=preset.api or "https://x.org")

    assert chosen.base == chosen.api
    assert chosen.access.key == (name if preset.needs_key else "")
    assert preset.api.startswith("https://") or not preset.needs_key


def test_the_schema_has_all_that_a_form_needs() -> None:
    [schema] = msgspec.json.schema(Settings)["$defs"].values()

    service = schema["properties"]["service"]
    assert service["enum"] == list(SERVICES)
    assert service["services"]["deepseek"] == {
        "title": "DeepSeek",
        "api": "https://api.deepseek.com/anthropic",
        "auth": "x-api-key",
    }


# Time.


def test_nothing_of_the_package_is_loaded_before_the_first_question() -> None:
    program = (
        "import sys, daemon.app\n"
        "from daemon import summarizers\n"
        "from tests.fakes.summarizing import surroundings\n"
        "summarizers.connect({'kind': 'claude'}, surroundings())\n"
        "print(*{'anthropic', 'httpx2', 'pydantic', 'stamina', 'tenacity'} & set(sys.modules))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (run.stdout, run.stderr) == ("\n", "")


async def test_each_piece_is_passed_on_within_milliseconds() -> None:
    sent: list[float] = []
    async with MessagesApi(streamed(said(*["word "] * 200), sent=sent)) as api:
        await pieces_of(model(api.url))  # all is loaded
        sent.clear()
        answer = model(api.url).ask(PROMPT, most=9)
        late = [time.perf_counter() - sent[-1] async for _ in answer]

    assert median(late) < 0.02


async def test_the_own_share_of_an_answer_is_small() -> None:
    async with MessagesApi(streamed(said(*["word "] * 200))) as api:
        await pieces_of(model(api.url))  # all is loaded
        begun_at = time.process_time()
        await pieces_of(model(api.url))

    assert time.process_time() - begun_at < 0.4
