"""A daemon that ends at any line of its work loses, doubles and leaves half nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kill_points import CAPTURE, REMADE

#: As many as the machine that tests usually has cores.
PROCESSES = 2
#: Every so many lines a daemon is killed; `make soak` tries each.
STEP = 1 if "EVERY_LINE" in os.environ else 7
#: A run has about 4,200 lines; far fewer would mean that the tracing has lost its way.
LEAST_POINTS = 3_500


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What came of a kill at each line; the last ones are runs that were not killed."""
    folder = tmp_path_factory.mktemp("kills")
    command = [sys.executable, "-m", "tests.faults.kill_points", str(folder)]
    running = [
        subprocess.Popen(
            [*command, str(1 + number * STEP), str(PROCESSES * STEP)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent.parent,
        )
        for number in range(PROCESSES)
    ]
    with ThreadPoolExecutor(PROCESSES) as readers:  # one that nobody reads would stand still
        answers = list(readers.map(lambda process: process.communicate()[0], running))
    assert [process.returncode for process in running] == [0] * PROCESSES
    return [json.loads(line) for answer in answers for line in answer.splitlines()]


@pytest.mark.timeout(0 if STEP == 1 else 600)
def test_a_kill_at_any_line_loses_nothing_and_doubles_nothing(points: list[dict[str, Any]]) -> None:
    killed = [point for point in points if point["killed"]]
    notes = next(point for point in points if not point["killed"])["notes"]

    print(f"{len(killed)} lines at which a daemon was killed")
    assert len(killed) > LEAST_POINTS / STEP
    assert_whole(notes)
    told = {word for point in killed for word in point["told"]}
    assert told == {"accepted", "local", "second", "remade"}
    for point in points:
        at = f"killed at line {point['point']}"
        assert point["notes"] == notes, at
        assert sorted(point["views"]) == sorted((CAPTURE.id, REMADE)), at
        assert CAPTURE.id in point["kept"] or "accepted" not in point["told"], at
        assert REMADE in point["kept"] or "remade" not in point["told"], at
        assert (point["searched"], point["unfinished"], point["faults"]) == (2, 0, 0), at


def assert_whole(notes: dict[str, str]) -> None:
    """Both folders have the note, the one that was made anew, and their two images."""
    names = sorted(Path(name).relative_to("archive") for name in notes if name[0] == "a")
    others = sorted(Path(name).relative_to("second") for name in notes if name[0] == "s")
    assert names == others
    assert [str(name) for name in names if name.suffix == ".md"] == ["Tides (2).md", "Tides.md"]
    images = [name for name in names if name.suffix == ".png"]
    assert len(images) == len(names) - 2 == 2
    for note in ("archive/Tides.md", "second/Tides (2).md"):
        assert notes[note].startswith("# Tides\n")
        assert all(str(name) in notes[note] for name in images)
