"""Kills a daemon's work at one line after the other, and looks what the next run makes of it.

`python -m tests.faults.kill_points FOLDER FIRST STEP` tries each STEP-th line from the FIRST on,
and prints a line of JSON for each. A run is a fork of this process, which has loaded everything: so
a point takes 0.1 s. The daemon is the real one but for its workers: pages are read in its threads,
for a kill ends them with their daemon either way.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import linecache
import os
import re
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import daemon
from daemon import app, stages
from daemon.app import Daemon
from daemon.library import Filters
from daemon.model import Image
from daemon.protocol import CaptureRequest, DeliveryDelivered, Event, encode
from daemon.settings import Places
from tests.fakes.images import png

#: Where the kills are tried: whatever touches captures, deliveries, notes and their files.
MODULES = (
    "backends/local",
    "database",
    "dispatch",
    "files",
    "images",
    "indexing",
    "library/__init__",
    "library/shelf",
    "maker",
    "outbox/__init__",
    "outbox/mending",
    "packing",
    "pipeline",
    "presence",
    "reindexing",
    "spool",
    "stages",
    "summaries",
    "versions",
)
#: Lines at which a disk that is full says so.
WRITES = re.compile(
    r"\b(?:write|fsync|replace|rename|link|mkdir|open|copyfileobj|utime|unlink|write_text)\("
    r"|execute"
)
#: Seconds; a run takes a twentieth of one.
LIMIT = 30
KILLED = 9
#: Runs one after the other that end before the line at which they were to be killed. How many lines
#: a run has differs by a few from one to the next, as its threads do.
ENOUGH = 20
CAPTURE = CaptureRequest(
    id="0b6f6a3e-5d0c-4f57-9f0e-5a3c1c1a2b3c",
    url="https://example.org/tides",
    title="Tides",
    html="<h1>Tides</h1><p>The tides come twice a day, and they go twice a day.</p>"
    f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}" alt="A tide">'
    '<img src="wave.png" alt="A wave">',
    images=(Image("wave.png", png(1)),),
    captured_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
)
#: The capture that is made when the note is made anew.
REMADE = str(uuid.uuid5(uuid.NAMESPACE_URL, f"guidang:remake:{CAPTURE.id}"))
SETTINGS = """
[plans.local]
backends = ["local", "second"]
[backends.local]
kind = "local"
[backends.second]
kind = "local"
folder = "{folder}/second"
"""


class Here:
    """Workers that are threads of this process."""

    def __init__(self, **_: Any) -> None:
        """They need nothing."""

    async def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(function, *arguments, **named)

    async def run_within(
        self, _: float, function: Callable[..., Any], *arguments: Any, **named: Any
    ) -> Any:
        return await self.run(function, *arguments, **named)

    def warm(self) -> None:
        """They are."""

    async def rest(self) -> None:
        """They do."""

    async def close(self) -> None:
        """They hold nothing open."""


def main() -> None:
    folder, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    stages.load()
    vars(app)["Workers"] = Here
    whole = 0
    for number in itertools.count(first, step):
        found = point(folder / str(number), number)
        print(json.dumps(found), flush=True)
        whole = 0 if found["killed"] else whole + 1
        if whole == ENOUGH:
            return


def point(home: Path, number: int) -> dict[str, Any]:
    """What comes of a run in *home* that is killed at line *number*."""
    new_home(home)
    ended = in_a_fork(lambda: life(home, number))
    assert ended in {0, KILLED}, f"line {number}: {ended}"
    told = (home / "told").read_text().split() if (home / "told").exists() else []
    return {"point": number, "killed": ended == KILLED, "told": told, **after(home)}


def new_home(home: Path) -> None:
    (home / "second").mkdir(parents=True)
    (home / "settings.toml").write_text(SETTINGS.format(folder=home), "utf-8")


def after(home: Path) -> dict[str, Any]:
    """What the next run finds and makes of it."""
    assert in_a_fork(lambda: next_life(home)) == 0
    found: dict[str, Any] = json.loads((home / "found.json").read_text())
    return found


def in_a_fork(work: Callable[[], None]) -> int:
    """The exit code of *work* in a process of its own."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001  a fork must not go on with its parent's work
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def life(home: Path, last_line: int) -> None:
    """Archive and remake the capture; end at the line of that number, as by kill -9."""
    at_line(last_line, lambda: os._exit(KILLED))
    asyncio.run(archive(home))


async def archive(home: Path) -> None:
    async with running(home) as (here, told), asyncio.timeout(LIMIT):
        await here.outbox.accept(CAPTURE, encode(CAPTURE), now=datetime.now(UTC))
        tell(home, "accepted")
        here.pipeline.look()
        await delivered(home, told)
        await remake(here)
        tell(home, "remade")
        await delivered(home, told)


async def delivered(home: Path, told: asyncio.Queue[Event | None]) -> None:
    """Wait until both backends have a note, and tell of each."""
    for _ in range(2):
        while not isinstance(event := await told.get(), DeliveryDelivered):
            pass
        tell(home, event.backend)


async def remake(here: Daemon) -> None:
    """Have the note in another form."""
    await asyncio.to_thread(here.change_settings, {"template": "plain"})
    await here.versions.remake(CAPTURE.id)


def next_life(home: Path) -> None:
    found = asyncio.run(mend(home))
    (home / "found.json").write_text(json.dumps(found), "utf-8")


async def mend(home: Path) -> dict[str, Any]:
    """Run until all work has ended, with all asked for again; what is there then."""
    async with running(home) as (here, told), asyncio.timeout(LIMIT):
        kept = [view.id for view in await here.outbox.views()]
        await here.outbox.accept(CAPTURE, encode(CAPTURE), now=datetime.now(UTC))
        here.pipeline.look()
        await settled(here, told)
        await remake(here)
        await settled(here, told)
        views = [view.id for view in await here.outbox.views()]
        return {
            "kept": kept,
            "views": views,
            "searched": len(await here.library.search("tides", Filters(versions=True))),
            "notes": {
                str(path.relative_to(home)): path.read_text("latin-1") for path in notes(home)
            },
            "unfinished": len(list((home / "spool" / "incoming").iterdir())),
            "faults": len(here.faults()),
        }


async def settled(here: Daemon, told: asyncio.Queue[Event | None]) -> None:
    while await here.outbox.unsettled() or await is_untold(here):
        try:
            await asyncio.wait_for(told.get(), 0.05)  # the search is told without an event
        except TimeoutError:
            continue


async def is_untold(here: Daemon) -> bool:
    """Whether the library does not know yet all that the outbox knows."""
    return bool(await here.outbox.to_index(limit=1) or await here.outbox.to_place(limit=1))


def notes(home: Path) -> list[Path]:
    """All files in both folders of notes, hidden ones too."""
    folders = (home / "archive", home / "second")
    found = (path for folder in folders for path in folder.rglob("*"))
    return sorted(path for path in found if path.is_file())


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[tuple[Daemon, asyncio.Queue[Event | None]]]:
    """The daemon of *home* at work, and what it tells."""
    here = Daemon(Places.of(str(home)))
    async with here.opened(), here.events.listen() as told:
        work = asyncio.create_task(here.run())
        yield here, told
        here.stop()
        await work


def tell(home: Path, word: str) -> None:
    """What somebody outside was told; a kill does not take it back."""
    with (home / "told").open("a") as file:
        file.write(f"{word}\n")


def at_line(number: int, act: Callable[[], object], only: re.Pattern[str] = re.compile("")) -> None:
    """Call *act* before the line of that *number* in `MODULES` is run, whichever thread runs it.

    Lines are counted in which *only* is found.
    """
    root = Path(daemon.__file__).parent
    watched = {str(root / f"{name}.py") for name in MODULES}
    lines = itertools.count(1)
    known: dict[CodeType, bool] = {}

    def is_counted(frame: FrameType) -> bool:
        return bool(only.search(linecache.getline(frame.f_code.co_filename, frame.f_lineno)))

    def on_line(frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and is_counted(frame) and next(lines) == number:
            act()
        return on_line

    def on_call(frame: FrameType, event: str, _: object) -> Any:
        code = frame.f_code
        if code not in known:
            known[code] = code.co_filename in watched and code.co_name != "<module>"
        return on_line if known[code] else None

    threading.settrace(on_call)
    sys.settrace(on_call)


if __name__ == "__main__":
    main()
