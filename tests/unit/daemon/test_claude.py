"""An answer of a service that speaks the Messages API, over real sockets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from statistics import median

import pytest

from daemon.writing import Prompt, Usage
from tests.fakes.messages_api import (
    Event,
    MessagesApi,
    Reply,
    as_json,
    begun,
    events_of,
    held,
    other,
    raw,
    said,
    silent,
    status,
    streamed,
    text,
)
from tests.unit.daemon.asking import (
    PROMPT,
    answered,
    final,
    model,
    pieces_of,
)


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
    odd: list[Event] = [
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
