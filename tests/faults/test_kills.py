"""A daemon that ends at any line of its work loses, doubles and leaves half nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.kill_points import CAPTURE

#: As many as the machine that tests usually has cores.
PROCESSES = 2
#: A run has about 1,700 lines; far fewer would mean that the tracing has lost its way.
LEAST_POINTS = 1_500


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What came of a kill at each line; the last ones are runs that were not killed."""
    folder = tmp_path_factory.mktemp("kills")
    command = [sys.executable, "-m", "tests.faults.kill_points", str(folder)]
    running = [
        subprocess.Popen(
            [*command, str(first), str(PROCESSES)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent.parent,
        )
        for first in range(1, PROCESSES + 1)
    ]
    with ThreadPoolExecutor(PROCESSES) as readers:  # one that nobody reads would stand still
        answers = list(readers.map(lambda process: process.communicate()[0], running))
    assert [process.returncode for process in running] == [0] * PROCESSES
    return [json.loads(line) for answer in answers for line in answer.splitlines()]


@pytest.mark.timeout(600)
def test_a_kill_at_any_line_loses_nothing_and_doubles_nothing(points: list[dict[str, Any]]) -> None:
    killed = [point for point in points if point["killed"]]
    whole = next(point for point in points if not point["killed"])
    note = whole["notes"]["archive/Tides.md"]

    print(f"{len(killed)} lines at which a daemon was killed")
    assert len(killed) > LEAST_POINTS
    assert note.startswith("# Tides\n")
    assert {word for point in killed for word in point["told"]} == {"accepted", "local", "second"}
    for point in points:
        at = f"killed at line {point['point']}"
        assert point["notes"] == {"archive/Tides.md": note, "second/Tides.md": note}, at
        assert point["views"] == [CAPTURE.id], at
        assert point["kept"] == [CAPTURE.id] or "accepted" not in point["told"], at
        assert (point["searched"], point["unfinished"], point["faults"]) == (1, 0, 0), at
