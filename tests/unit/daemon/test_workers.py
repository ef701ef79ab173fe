"""Worker processes: what a hostile page does there, it does to itself."""

import asyncio
import os
import select
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from daemon import workers as module
from daemon.errors import ExtractionError, ProtocolError
from daemon.workers import Workers

MEMORY_LIMIT = 512 << 20


def load() -> None:
    os.environ["LOADED"] = "yes"


def run_for_ever() -> None:
    while True:
        pass


def eat_memory() -> int:
    return len(bytearray(2 * MEMORY_LIMIT))


def eat_memory_bit_by_bit() -> None:
    eaten = []
    while True:
        eaten.append(bytes(1 << 20))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(0)


def refuse() -> None:
    raise ProtocolError("page-odd", "The page is odd.", "Try another.")


def err() -> None:
    raise ZeroDivisionError("a bug")


def double(number: int, *, plus: int = 0) -> int:
    return number * 2 + plus


def loaded() -> str:
    return os.environ["LOADED"]


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    started = Workers(1, load=load, time_limit=1.0, memory_limit=MEMORY_LIMIT)
    yield started
    await started.close()


async def test_a_function_is_called_in_another_process_that_has_loaded(workers: Workers) -> None:
    assert await workers.run(double, 4, plus=1) == 9
    assert await workers.run(os.getpid) != os.getpid()
    assert await workers.run(loaded) == "yes"


@pytest.mark.parametrize(
    "function",
    [run_for_ever, eat_memory, eat_memory_bit_by_bit, die, leave],
    ids=lambda function: function.__name__,
)
async def test_what_breaks_its_limits_fails_alone_and_the_next_goes_on(
    workers: Workers, function: Callable[[], object]
) -> None:
    with pytest.raises(ExtractionError) as failed:
        await workers.run(function)

    assert failed.value.code == "extraction-failed"
    assert failed.value.hint
    assert await workers.run(double, 21) == 42


async def test_a_call_that_hangs_does_not_hold_up_its_neighbour() -> None:
    workers = Workers(2, load=load, time_limit=20.0)
    try:
        await workers.run(double, 1)
        hanging = asyncio.create_task(workers.run(run_for_ever))
        answers = [await workers.run(double, number) for number in range(10)]
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
    finally:
        await workers.close()

    assert answers == [number * 2 for number in range(10)]


async def test_an_error_of_ours_comes_back_whole(workers: Workers) -> None:
    with pytest.raises(ProtocolError) as failed:
        await workers.run(refuse)

    assert (failed.value.code, failed.value.message, failed.value.hint) == (
        "page-odd",
        "The page is odd.",
        "Try another.",
    )


async def test_a_bug_comes_back_as_itself(workers: Workers) -> None:
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await workers.run(err)

    assert await workers.run(double, 1) == 2


async def test_the_limit_of_time_is_for_the_call_and_not_for_its_turn(workers: Workers) -> None:
    await workers.run(double, 1)

    hung = [asyncio.create_task(workers.run(run_for_ever)) for _ in range(2)]
    answer = await workers.run(double, 3)

    assert answer == 6
    results = await asyncio.gather(*hung, return_exceptions=True)
    assert all(isinstance(result, ExtractionError) for result in results)


async def test_workers_go_to_rest_and_come_back(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await workers.run(os.getpid)
    watched = os.pidfd_open(first)
    await workers.rest()
    assert not select.select([watched], [], [], 0)[0], "there was work just now"

    monkeypatch.setattr(module, "REST", -1.0)  # the while is over
    await workers.rest()

    assert select.select([watched], [], [], 10)[0]
    os.close(watched)
    assert await workers.run(os.getpid) != first


async def test_workers_with_work_in_hand_do_not_rest(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "REST", -1.0)
    await workers.run(double, 1)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reading = asyncio.create_task(workers.run(fifo.read_text))
    await asyncio.sleep(0)

    await workers.rest()
    await asyncio.to_thread(fifo.write_text, "still there")

    assert await reading == "still there"


async def test_closing_ends_the_processes(workers: Workers) -> None:
    watched = os.pidfd_open(await workers.run(os.getpid))
    await workers.close()

    assert select.select([watched], [], [], 10)[0]
    os.close(watched)


async def test_ctrl_c_in_the_terminal_leaves_the_workers_to_the_daemon(workers: Workers) -> None:
    process = await workers.run(os.getpid)
    os.kill(process, signal.SIGINT)

    assert await workers.run(os.getpid) == process
