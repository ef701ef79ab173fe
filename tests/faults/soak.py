"""`make soak`: kills a daemon under load 500 times at random moments; exits with 1 when it lost or
doubled a note.
"""

from __future__ import annotations

import itertools
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from native_host.errors import HostError
from tests.unit.daemon.running import RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError
from tools.waiting import poll

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 500
#: Seconds from a start to its end, at most.
SPAN = 0.6
SENDERS = 2
SEED = 2026


class Load:
    """Captures that are sent until they are accepted, by several threads."""

    def __init__(self, daemon: RunningDaemon) -> None:
        self._daemon = daemon
        self._numbers = itertools.count()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        self.accepted: set[str] = set()  #: their titles

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._ended.is_set():
            capture = a_capture(title=f"Note {next(self._numbers)}")
            # As the extension does: the same capture until somebody has answered.
            while not self._is_accepted(capture) and not self._ended.wait(0.02):
                pass

    def _is_accepted(self, capture: dict[str, str]) -> bool:
        with suppress(HostError, DaemonRefusedError):
            self._daemon.ask("POST", "/captures", capture)
            self.accepted.add(capture["title"])
            return True
        return False


def main() -> int:
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        daemon = RunningDaemon(Path(home))
        with Load(daemon) as load:
            for number in range(1, KILLS + 1):
                daemon.start()
                time.sleep(SPAN * chance.random())
                daemon.end(signal.SIGKILL)
                if number % 50 == 0:
                    print(f"{number} kills, {len(load.accepted)} accepted", flush=True)
        daemon.start()
        poll(lambda: not any(waiting(daemon)), "the end of all work", timeout=1200)
        found = sorted(path.name for path in daemon.archive.iterdir())
        daemon.end()
    lost = load.accepted - {name.removesuffix(".md") for name in found}
    doubled = [name for name in found if "(" in name]
    partial = [name for name in found if not name.endswith(".md")]
    print(
        f"{KILLS} kills: {len(load.accepted)} accepted, {len(found)} notes,"
        f" {len(lost)} lost, {len(doubled)} doubled, {len(partial)} unfinished"
    )
    return int(bool(lost or doubled or partial or not load.accepted))


def waiting(daemon: RunningDaemon) -> Iterator[int]:
    status = daemon.ask("GET", "/status")
    yield status["captures"]["accepted"]
    yield status["deliveries"]["waiting"]
    yield status["deliveries"]["sending"]


if __name__ == "__main__":
    sys.exit(main())
