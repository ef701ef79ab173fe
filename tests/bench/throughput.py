"""1,000 captures as fast as the socket takes them, beside the reading of the pages alone.

The pages alone: the same function of the stages in two processes, with the same captures in a spool
on the same disk. What the daemon adds is what its promise costs: the socket, the outbox, the index
and the delivery.
"""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from daemon.protocol import CaptureRequest, encode
from daemon.settings import Images
from daemon.spool import Spool
from daemon.stages import load, write_note
from daemon.summarizers import Offline, connect
from native_host.socket_client import Address, request
from tests.bench.daemon_memory import Peak
from tests.bench.figures import Figure
from tests.e2e.user import User
from tests.fakes.summarizing import surroundings
from tools.daemon_client import Events

CAPTURES = 1_000
SENDERS = 4
PROCESSES = 2
WARM_UP = 40
#: 60 % of what the pages alone would do.
AIM = 1 / 0.6
SENTENCE = "这一段说的是第{number}件事，它发生在河边的小城，人们把它记在本子上。"
PARAGRAPHS = 100


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        # Half of them before and half after, for the machine may have other work.
        before = _alone(Path(home) / "before")
        user = User.at(Path(home))
        user.wake_daemon()
        try:
            figures = _measured(user)
        finally:
            user.stop_daemon()
        alone = before + _alone(Path(home) / "after")
    return [
        Figure("1,000 captures, pages alone", alone, "s"),
        Figure(
            "1,000 captures, time ÷ that of the pages alone", figures[1].value / alone, "×", AIM
        ),
        *figures,
    ]


def _measured(user: User) -> list[Figure]:
    pid = int(user.daemon.ask("GET", "/status")["pid"])
    with user.daemon.events() as events:
        _send(user.daemon.address, list(_captures(WARM_UP)))
        _wait(events, WARM_UP)
        captures = list(_captures(CAPTURES))
        peaks: list[int] = []
        begun = time.perf_counter()
        with ThreadPoolExecutor(1) as sender:
            sent = sender.submit(_send, user.daemon.address, captures)
            for _ in range(2):
                with Peak(pid, every=0.5) as peak:
                    _wait(events, CAPTURES // 2)
                peaks.append(peak.most)
            took = time.perf_counter() - begun
            accepted_after = sent.result() - begun
    status = user.daemon.ask("GET", "/status")
    notes = len(user.notes())
    lost = CAPTURES + WARM_UP - min(notes, status["deliveries"]["delivered"])
    return [
        Figure("1,000 captures, accepted after", accepted_after, "s"),
        Figure("1,000 captures, delivered after", took, "s"),
        Figure("1,000 captures, delivered each second", CAPTURES / took, "/s"),
        Figure("1,000 captures, lost or doubled", abs(lost), "", 0),
        Figure("1,000 captures, peak memory, second ÷ first half", peaks[1] / peaks[0], "×", 1.1),
    ]


def _alone(folder: Path) -> float:
    """Seconds to read half of the pages in two processes that do nothing else."""
    spool = Spool(folder)
    spool.open()
    made = list(_captures(CAPTURES // 2 + WARM_UP))
    for capture in made:
        spool.keep_capture(capture, encode(capture))
    ids = [capture.id for capture in made]
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(PROCESSES + 1)
    processes = [
        context.Process(target=_read, args=(folder, ids[number::PROCESSES], ready))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait()
    begun = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - begun


def _read(folder: Path, ids: list[str], ready: Barrier) -> None:
    load()
    spool = Spool(folder)
    summarizer = connect({"kind": "extract"}, surroundings())
    warm = WARM_UP // PROCESSES
    for id in ids[:warm]:
        _write(spool, id, summarizer.offline)
    ready.wait()
    for id in ids[warm:]:
        _write(spool, id, summarizer.offline)


def _write(spool: Spool, id: str, summary: Offline | None) -> None:
    write_note(
        spool,
        id,
        has_draft=False,
        archived_at=datetime.now(UTC),
        languages=("zh-CN",),
        summary=summary,
        template="classic",
        templates=Path(),
        images=Images(),
    )


def _captures(count: int) -> Iterator[CaptureRequest]:
    for number in range(count):
        title = f"小城记事 {number}"
        yield CaptureRequest(
            id=str(uuid.uuid4()),
            url=f"https://example.org/{number}",
            title=title,
            html=_html(title, number),
            captured_at=datetime.now(UTC),
        )


def _html(title: str, number: int) -> str:
    """A page of 50 kB, as long as a long article."""
    numbers = itertools.count(number)
    paragraphs = "".join(
        f"<p>{''.join(SENTENCE.format(number=next(numbers)) for _ in range(5))}</p>"
        for _ in range(PARAGRAPHS)
    )
    return (
        f"<!doctype html><html lang='zh'><head><title>{title}</title></head><body>"
        f"<nav>首页 新闻</nav><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )


def _send(place: Address, captures: list[CaptureRequest]) -> float:
    """Send them all; when the last one was accepted."""

    def send(capture: CaptureRequest) -> None:
        status, _ = request(place, "POST", "/captures", encode(capture), timeout=60)
        assert status == 201

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send, captures))
    return time.perf_counter()


def _wait(events: Events, count: int) -> None:
    while count:
        event = events.next(timeout=120)
        assert event is not None, "nothing was delivered for two minutes"
        count -= event["type"] == "delivered"
