"""Fills the disk before one write of a daemon after the other, and makes room again.

`python -m tests.faults.full_points FOLDER FIRST STEP` is like `kill_points`; FOLDER is a small disk
of its own. Here the daemon goes on: it waits for room, and then does what is left.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon import app, backoff, dispatch, indexing, pipeline, stages
from daemon.errors import StorageError
from daemon.protocol import encode
from tests.faults.kill_points import (
    CAPTURE,
    ENOUGH,
    LIMIT,
    WRITES,
    Here,
    after,
    at_line,
    in_a_fork,
    is_untold,
    new_home,
    running,
)

#: Seconds that the disk is full, and that the daemon pauses meanwhile.
FULL_FOR = 0.06
PAUSE = 0.02
REACHED = 7


class Filler:
    """A file that takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "filler"
        self.has_filled = False
        self.cleared = threading.Event()

    def fill(self) -> None:
        self.has_filled = True
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError), self._file.open("ab", buffering=0) as file:
                while True:
                    file.write(bytes(size))
        threading.Timer(FULL_FOR, self.clear).start()

    def clear(self) -> None:
        self._file.unlink()
        self.cleared.set()


def main() -> None:
    folder, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    stages.load()
    vars(app)["Workers"] = Here
    for module in (pipeline, dispatch, indexing):
        vars(module)["STORAGE_PAUSE"] = PAUSE
    vars(backoff)["FIRST_PAUSE"] = timedelta(seconds=PAUSE)
    whole = 0
    for number in itertools.count(first, step):
        home = folder / str(number)
        new_home(home)
        ended = in_a_fork(lambda: life(home, number))  # noqa: B023  it ends before the next
        assert ended in {0, REACHED}, f"line {number}: {ended}"
        print(json.dumps({"point": number, "full": ended == REACHED, **after(home)}), flush=True)
        shutil.rmtree(home)
        whole = 0 if ended == REACHED else whole + 1
        if whole == ENOUGH:
            return


def life(home: Path, line: int) -> None:
    filler = Filler(home.parent)
    at_line(line, filler.fill, WRITES)
    asyncio.run(archive(home, filler))
    if filler.has_filled:
        filler.cleared.wait(LIMIT)
        os._exit(REACHED)


async def archive(home: Path, filler: Filler) -> None:
    """Start until it succeeds, send until it is accepted, and wait for both receipts."""
    async with asyncio.timeout(LIMIT):
        while True:
            try:
                async with running(home) as (here, told):
                    await here.outbox.accept(CAPTURE, encode(CAPTURE), now=datetime.now(UTC))
                    here.pipeline.look()
                    here.indexing.look()
                    while await here.outbox.unsettled() or await is_untold(here):
                        with suppress(TimeoutError):
                            await asyncio.wait_for(told.get(), 0.05)
                    return
            except* StorageError:
                await asyncio.to_thread(filler.cleared.wait, LIMIT)


if __name__ == "__main__":
    main()
