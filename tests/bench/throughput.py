"""1,000 captures as fast as the socket takes them, beside the same pages without a daemon.

The engine alone is what `guidang article` does: HTML in memory becomes Markdown, in two processes
that do nothing else. What the daemon adds is what its promise costs: the socket, the spool, the
outbox, the words for the search, and the delivery. With a plan that wants summaries, an offline one
is written and held against its article as well, so the pages with all that are timed alone too.
"""

from __future__ import annotations

import itertools
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from daemon.protocol import CaptureRequest, encode
from daemon.settings import Images
from daemon.spool import Spool
from daemon.stages import draft_from, load, write_note
from daemon.summarizers import connect
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
#: 60 % of what the engine alone would do.
AIM = 1 / 0.6
SENTENCE = "这一段说的是第{number}件事，它发生在河边的小城，人们把它记在本子上。"
PARAGRAPHS = 100

#: Reads one page, whose capture lies in a spool.
Read = Callable[[Spool, CaptureRequest], object]


def measure() -> list[Figure]:
    return [
        *_beside("the engine", _extract, summary=False, aim=AIM),
        *_beside("pages with summaries", _write, summary=True, aim=None),
    ]


def _beside(name: str, read: Read, *, summary: bool, aim: float | None) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        # Half of them before and half after, for the machine may have other work.
        before = _alone(Path(home) / "before", read)
        user = User.at(Path(home))
        user.wake_daemon()
        try:
            plan = {"backends": ["local"], "summary": summary}
            user.daemon.ask("PATCH", "/settings", {"plans": {"local": plan}})
            took, figures = _measured(user)
        finally:
            user.stop_daemon()
        alone = before + _alone(Path(home) / "after", read)
    figures = [Figure(f"{name} alone", alone, "s"), *figures]
    figures.insert(1, Figure(f"time ÷ that of {name}", took / alone, "×", aim))
    return [figure.named(f"1,000 captures, {figure.name}") for figure in figures]


def _measured(user: User) -> tuple[float, list[Figure]]:
    """Seconds until all captures were delivered, and what else there is to say of it."""
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
    return took, [
        Figure("accepted after", accepted_after, "s"),
        Figure("delivered after", took, "s"),
        Figure("delivered each second", CAPTURES / took, "/s"),
        Figure("lost or doubled", abs(lost), "", 0),
        Figure("peak memory, second ÷ first half", peaks[1] / peaks[0], "×", 1.1),
    ]


def _alone(folder: Path, read: Read) -> float:
    """Seconds to read half of the pages in two processes that do nothing else."""
    spool = Spool(folder)
    spool.open()
    made = list(_captures(CAPTURES // 2 + WARM_UP))
    for capture in made:
        spool.keep_capture(capture, encode(capture))
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(PROCESSES + 1)
    processes = [
        context.Process(target=_read, args=(folder, made[number::PROCESSES], read, ready))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait(timeout=60)
    begun = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - begun


def _read(folder: Path, captures: list[CaptureRequest], read: Read, ready: Barrier) -> None:
    load()
    spool = Spool(folder)
    warm = WARM_UP // PROCESSES
    for capture in captures[:warm]:
        read(spool, capture)
    ready.wait(timeout=60)
    for capture in captures[warm:]:
        read(spool, capture)


def _extract(_: Spool, capture: CaptureRequest) -> None:
    from daemon.extract import parse

    draft_from(parse(capture.html), capture, whole=False)


def _write(spool: Spool, capture: CaptureRequest) -> None:
    write_note(
        spool,
        capture.id,
        has_draft=False,
        archived_at=datetime.now(UTC),
        languages=("zh-CN",),
        summary=connect({"kind": "extract"}, surroundings()).offline,
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
