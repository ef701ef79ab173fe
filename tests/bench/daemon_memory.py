"""The daemon's memory at rest, and what a page of 50 MB does to it and to its neighbours."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.e2e.user import ROOT, User
from tools.daemon_client import Events, Json
from tools.waiting import poll

#: As articles are: a heading now and then, a link or two, mostly text.
PARAGRAPH = "<p>" + "这是一篇长文的一个段落，它说明一件事情，并且给出数字和日期。" * 12 + "</p>\n"
SECTION = (
    "<h2>一个小标题</h2>\n"
    + PARAGRAPH * 3
    + '<p>见<a href="https://example.org/more">这里</a>。</p>\n'
)
LARGE = 50_000_000
SEND = """
import os, sys
from native_host.socket_client import address, request
place, body = address(os.environ, sys.platform), open(sys.argv[1], "rb").read()
assert request(place, "POST", "/captures", body, timeout=300)[0] == 201
"""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        user = User.at(Path(home))
        user.wake_daemon()
        try:
            _archive(user, _capture("Warm", _html("Warm", 10_000)))
            return [*_at_rest(user), *_large(user)]
        finally:
            user.stop_daemon()


def _large(user: User) -> list[Figure]:
    pid = int(user.daemon.ask("GET", "/status")["pid"])
    before = memory(pid)
    html = _html("Large", LARGE)
    size = len(html.encode())
    capture = _capture("Large", html)
    file = user.home / "large.json"
    file.write_text(json.dumps(capture, ensure_ascii=False), "utf-8")
    with Peak(pid) as peak, user.daemon.events() as events:
        begun = time.perf_counter()
        # A process of its own: this one is to feel nothing but the daemon.
        with subprocess.Popen([sys.executable, "-c", SEND, file], env=user.environ, cwd=ROOT):
            waits = list(_waits(user, events, capture["id"]))
        took = time.perf_counter() - begun
    return [
        Figure("page of 50 MB, whole time", took, "s"),
        Figure(
            "page of 50 MB, memory of all processes ÷ its size",
            (peak.most - before) / size,
            "×",
            12,
        ),
        Figure("small page meanwhile, longest time to accepted", max(waits) * 1000, "ms", 100),
    ]


def _waits(user: User, events: Events, large: str) -> Iterator[float]:
    """Seconds until small captures are accepted, until the note of the large one is delivered."""
    while True:
        asked = time.perf_counter()
        user.daemon.ask("POST", "/captures", _capture("Small", _html("Small", 5_000)))
        yield time.perf_counter() - asked
        while event := events.next(timeout=0.1):
            if event.get("capture") == large and event["type"] in {"delivered", "failed"}:
                assert event["type"] == "delivered", event
                return


def _at_rest(user: User) -> list[Figure]:
    """After the workers have gone."""
    pid = int(user.daemon.ask("GET", "/status")["pid"])
    working = memory(pid)
    poll(lambda: len(_processes(pid)) <= 2, "the end of the workers", timeout=120)
    return [
        Figure("daemon with its workers", working / 1e6, "MB"),
        Figure("daemon at rest, all processes", memory(pid) / 1e6, "MB", 80),
    ]


def _html(title: str, size: int) -> str:
    sections = SECTION * (size // len(SECTION.encode()) + 1)
    return (
        f"<!doctype html><html lang='zh'><head><title>{title}</title></head><body>"
        f"<nav>首页 新闻</nav><article><h1>{title}</h1>{sections}</article></body></html>"
    )


def _capture(title: str, html: str) -> Json:
    return {
        "id": str(uuid.uuid4()),
        "url": f"https://example.org/{title}",
        "title": title,
        "html": html,
        "captured_at": "2026-11-20T08:00:00+00:00",
    }


def _archive(user: User, capture: Json) -> None:
    with user.daemon.events() as events:
        user.daemon.ask("POST", "/captures", capture, timeout=300)
        while event := events.next(timeout=300):
            if event["type"] == "delivered" and event["capture"] == capture["id"]:
                return
    raise RuntimeError("the note was not delivered")


class Peak:
    """The most memory that a process and its descendants hold at one time.

    A look costs some milliseconds, in which the kernel also holds up those that are looked at.
    """

    def __init__(self, pid: int, *, every: float = 0.02) -> None:
        """*every*: seconds between two looks."""
        self._pid = pid
        self._every = every
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self.most = 0

    def __enter__(self) -> Peak:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._ended.wait(self._every):
            self.most = max(self.most, memory(self._pid))


def memory(pid: int) -> int:
    """Bytes: what belongs to a process and its descendants, shared pages by their share."""
    return sum(map(_share, _processes(pid)))


def _processes(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
