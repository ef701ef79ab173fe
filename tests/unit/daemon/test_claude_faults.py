"""How a service fails, over real sockets: what a person is told, and what is tried again."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from daemon.errors import SummaryError
from daemon.model import Anew
from daemon.summarizers.claude.model import ATTEMPTS
from daemon.writing import Usage
from tests.fakes.messages_api import (
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
)
from tests.unit.daemon.asking import (
    PROMPT,
    answered,
    failed,
    final,
    model,
    pieces_of,
)

pytestmark = pytest.mark.usefixtures("no_pauses")


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
        (other(404, '{"error":"no such model"}', "application/json"), "model-unknown", "such"),
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


def says(message: str) -> Reply:
    return status(400, "invalid_request_error", message)


@pytest.mark.parametrize(
    "message",
    [
        "Range of input length should be [1, 30720]",
        "Prompt exceeds max length",
        "Input is longer than allowed: the input exceeds 30720",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "max_tokens (500) and the prompt (9000) exceed 8192",
        "输入内容超长",
        "输入文本超过模型的最大长度",
        "请求的 token 数超过限制",
        "Prompt 超出 128000 token",
        "提示词过长",
    ],
)
async def test_a_prompt_that_is_too_long_is_known_in_many_words(message: str) -> None:
    found, api = await failed(says(message))

    assert (found.code, found.temporary) == ("prompt-too-long", False)
    assert message in found.message
    assert api.asked == 1


@pytest.mark.parametrize("message", ["请求频率超过限制", "账户额度超过上限", "temperature: 2 > 1"])
async def test_what_is_not_about_length_is_not_taken_for_it(message: str) -> None:
    found, _ = await failed(says(message))

    assert found.code == "request-refused"


OUTPUT = [
    ("max_tokens (10000) exceeds the maximum output tokens 8192", 8192),
    ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
    ("max_tokens: 10000 > 8,192, the maximum number of output tokens for tide-2-4096", 8192),
    ("This model supports at most 4096 completion tokens", 4096),
    ("max_completion_tokens is too large", 5000),
    ("max_tokens: the least is 1 (see version 3.12345)", 5000),
    ("最大输出长度为 8192", 8192),
]


@pytest.mark.parametrize(("message", "bound"), OUTPUT)
async def test_a_service_that_writes_less_at_once_is_asked_for_less(
    message: str, bound: int
) -> None:
    async with MessagesApi(says(message), streamed(said("The tides."))) as api:
        claude = model(api.url)
        pieces = await pieces_of(claude, most=10_000)
        await pieces_of(claude, most=10_000)
        await pieces_of(claude, most=300)

    assert final(pieces) == "The tides."
    assert [seen.body["max_tokens"] for seen in api.seen] == [10_000, bound, bound, 300]


async def test_a_service_that_writes_still_less_is_told_as_such() -> None:
    found, api = await failed(says(OUTPUT[0][0]))

    assert (found.code, found.temporary) == ("output-limited", False)
    assert "maximum output tokens 8192" in found.message
    assert [seen.body["max_tokens"] for seen in api.seen] == [500, 250]


async def test_the_bound_may_be_told_in_the_stream_too() -> None:
    late = streamed([*begun("The ti"), error("invalid_request_error", OUTPUT[0][0])])

    async with MessagesApi(late, streamed(said("The tides."))) as api:
        pieces = await pieces_of(model(api.url), most=10_000)

    assert pieces == ["The ti", Anew(), "The tides.", Usage(12, 34)]
    assert api.seen[1].body["max_tokens"] == 8192


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


@pytest.fixture
def unknown(tmp_path: Path) -> ssl.SSLContext:
    """Of a server that signed its certificate itself."""
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [*command.split(), "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_server_that_nobody_vouches_for_is_not_asked(unknown: ssl.SSLContext) -> None:
    async with MessagesApi(streamed(said("Mine.")), tls=unknown) as api:
        with pytest.raises(SummaryError, match="certificate of localhost") as raised:
            await pieces_of(model(api.url))

    assert (raised.value.code, raised.value.temporary) == ("service-unreachable", False)
    assert not api.seen


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
            await asyncio.sleep(0.01)  # waits for nothing: the trickle is the test

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


@pytest.mark.parametrize(("header", "wish"), [("retry-after", "2"), ("retry-after-ms", "2000")])
@pytest.mark.usefixtures("pauses")
async def test_a_service_that_asks_for_a_moment_gets_it(header: str, wish: str) -> None:
    busy = status(429, "rate_limit_error", headers={header: wish})
    begun_at = time.perf_counter()

    pieces, _ = await answered(busy, streamed(said("The tides.")))

    assert final(pieces) == "The tides."
    assert time.perf_counter() - begun_at >= 2  # the first of our own pauses is 1.5 at most


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


async def _rest(pieces: AsyncIterator[object]) -> list[object]:
    return [piece async for piece in pieces]


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_whoever_stops_closes_the_connection_at_once(how: str) -> None:
    async with MessagesApi(held(begun("The ti"))) as api:
        pieces = model(api.url).ask(PROMPT, most=9)
        assert await anext(pieces) == "The ti"
        if how == "closed":
            await pieces.aclose()
        else:
            waiting = asyncio.create_task(_rest(pieces))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        async with asyncio.timeout(1):
            await api.closed.wait()
