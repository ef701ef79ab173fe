"""Writers that are killed, and writers that are many: each note is there once, and whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.github_proxy import Call, Proxy, afterwards, github_proxy
from tests.fakes.github_server import ROOT, Repo, emulated
from tests.fakes.github_swarm import faults, start, swarm

#: Notes of each of the two daemons; `GUIDANG_SWARM=10` is quicker.
COUNT = int(os.environ.get("GUIDANG_SWARM", "100"))


@pytest.mark.timeout(600)
def test_two_daemons_and_somebody_else_lose_and_double_nothing(tmp_path: Path) -> None:
    repo = Repo()
    with github_proxy(emulated()) as proxy:
        found = swarm(tmp_path, repo, proxy.url, COUNT)

    assert found == []


def test_the_harness_of_the_swarm_sees_what_is_lost_or_doubled(tmp_path: Path) -> None:
    repo = Repo()
    repo.push("Tides.md", "one-000000\n")
    repo.push("Tides (2).md", "one-000000\n")

    assert set(faults(repo, ["one-000000", "one-000001"])) >= {
        "one-000001 is lost",
        "one-000000 is there 2 times",
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("applied", [False, True])
def test_killed_at_any_step_of_a_commit_it_goes_on_and_stores_once(
    tmp_path: Path, *, applied: bool
) -> None:
    step, killed = 0, True
    while killed:
        repo, folder = Repo(), tmp_path / str(step)
        folder.mkdir()
        with github_proxy(emulated()) as proxy:
            killed = killed_at(step, proxy, repo, folder, applied=applied)
            receipt = ended(start(folder, "one", 1, proxy.url, repo.full_name, MORE))
        step += 1

        assert faults(repo, ["one-000000"]) == [], f"killed at step {step}"
        assert receipt["place"] == f"{repo.full_name}/Tides.md"
    assert step > 7, "so many steps to be killed at"


@pytest.mark.timeout(600)
def test_killed_at_any_line_a_delivery_goes_on_and_stores_once(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fakes.killed_commit", str(tmp_path), emulated()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert int(run.stdout) > 300, "so many lines to be killed at"


MORE = json.dumps({"snapshot": True})


def killed_at(step: int, proxy: Proxy, repo: Repo, folder: Path, *, applied: bool) -> bool:
    """Deliver, and be killed with the request *step*, before or after it is *applied*; whether
    there were so many.
    """
    writer: list[subprocess.Popen[str]] = []

    def kill() -> None:
        writer[0].kill()
        writer[0].wait()

    async def before(call: Call) -> Any:
        kill()
        return call.break_off()

    proxy.on("*", "", *[None] * step, afterwards(kill) if applied else before)
    writer.append(start(folder, "one", 1, proxy.url, repo.full_name, MORE))
    writer[0].communicate(timeout=60)
    return writer[0].returncode != 0


def ended(writer: subprocess.Popen[str]) -> Any:
    told, error = writer.communicate(timeout=60)
    assert (writer.returncode, error) == (0, "")
    return json.loads(told)
