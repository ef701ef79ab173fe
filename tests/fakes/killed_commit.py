"""Delivers a note to GitHub again and again, each time killed some lines later.

`python -m tests.fakes.killed_commit FOLDER API` writes the number of lines at which it was killed,
and says on standard error what was then not as it should be. No thread is there before a fork.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
from pathlib import Path
from typing import Any

from tests.fakes import github_writer
from tests.fakes.github_server import Repo
from tests.fakes.github_swarm import faults
from tests.fakes.killed_delivery import in_child, killing_at

FOLDER = Path("daemon/backends/github")
TRACED = tuple(str(path) for path in FOLDER.glob("*.py"))
#: Lines from one kill to the next, of about 1,900; it shares no factor with what loops.
STEP = int(os.environ.get("GUIDANG_KILL_STEP", "37"))


def main(folder: Path, api: str) -> int:
    number, killed = 0, True
    while killed:
        repo, own = Repo(api=api), folder / str(number)
        own.mkdir()
        table = {"api": api, "repository": repo.full_name, "snapshot": True}
        killed = in_child(functools.partial(_traced, number, own, table))
        if in_child(functools.partial(_delivered, own, table)):
            print(f"killed at {number}: it could not go on", file=sys.stderr)
        for fault in faults(repo, ["one-000000"]):
            print(f"killed at {number}: {fault}", file=sys.stderr)
        number += STEP
    return number


def _traced(number: int, folder: Path, table: dict[str, Any]) -> None:
    trace = killing_at(number, TRACED)
    threading.settrace(trace)
    sys.settrace(trace)
    _delivered(folder, table)


def _delivered(folder: Path, table: dict[str, Any]) -> None:
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  ends with the process
    asyncio.run(github_writer.main(folder, "one", 1, table))


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), sys.argv[2]))
