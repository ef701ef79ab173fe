"""Disks that are full or away, and neighbours that hold the database: the work waits."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon import app, backoff, database, dispatch, indexing, pipeline
from daemon.errors import DeliveryDeferred, StorageError
from daemon.protocol import DeliveryWaits
from tests.fakes.small_disk import SmallDisk, other_disk, small_disk
from tests.faults.homes import Home, a_home, a_request, accept, until_done
from tests.faults.kill_points import CAPTURE, REMADE, Here, new_home, running
from tests.faults.test_kills import assert_whole
from tests.unit.daemon.running import RunningDaemon, a_capture

#: Every so many writes the disk is full before one; `make soak` tries each.
STEP = 1 if "EVERY_LINE" in os.environ else 5
#: A run has more; far fewer would mean that the tracing has lost its way.
LEAST_WRITES = 150


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads for workers, and short pauses."""
    monkeypatch.setattr(app, "Workers", Here)
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    monkeypatch.setattr(dispatch, "STORAGE_PAUSE", 0.05)
    monkeypatch.setattr(backoff, "FIRST_PAUSE", timedelta(seconds=0.05))
    monkeypatch.setattr(pipeline, "STORAGE_PAUSE", 0.05)
    monkeypatch.setattr(indexing, "STORAGE_PAUSE", 0.05)


@pytest.fixture
async def worked(tmp_path: Path, quick: None) -> Home:
    return await a_home(tmp_path / "home")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 4 << 20) as mounted:
        yield mounted


@pytest.mark.mounts
@pytest.mark.timeout(0 if STEP == 1 else 300)
def test_a_disk_that_is_full_at_any_write_loses_nothing_and_doubles_nothing(
    disk: SmallDisk,
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.full_points", str(disk.folder), "1", str(STEP)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    points: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]

    full = [point for point in points if point["full"]]
    notes = points[-1]["notes"]
    print(f"{len(full)} writes at which the disk was full")
    assert len(full) > LEAST_WRITES / STEP
    assert_whole(notes)
    assert not points[-1]["full"]
    for point in points:
        at = f"full at write {point['point']}"
        assert point["notes"] == notes, at
        assert point["kept"] == [CAPTURE.id], at
        assert sorted(point["views"]) == sorted((CAPTURE.id, REMADE)), at
        assert (point["searched"], point["unfinished"], point["faults"]) == (2, 0, 0), at


async def test_a_folder_that_is_away_takes_its_notes_when_it_is_back(worked: Home) -> None:
    before = worked.notes()
    second = worked.folder / "second"
    async with running(worked.folder) as (here, told):
        second.rename(worked.folder / "away")
        await accept(here, a_request("Late"))
        while not isinstance(await told.get(), DeliveryWaits):
            pass
        assert not second.exists()
        (worked.folder / "away").rename(second)
        await until_done(here)

    assert worked.notes().keys() - before.keys() == {"archive/Late.md", "second/Late.md"}


@pytest.mark.mounts
async def test_a_disk_that_is_unmounted_takes_its_notes_when_it_is_mounted_again(
    tmp_path: Path, quick: None
) -> None:
    home = tmp_path / "home"
    second = home / "second"
    new_home(home)
    with other_disk(second) as disk:
        disk.mount()
        async with running(home) as (here, told):
            await accept(here, a_request("Early"))
            await until_done(here)
            disk.unmount()
            await accept(here, a_request("Late"))
            while not isinstance(waits := await told.get(), DeliveryWaits):
                pass
            with pytest.raises(DeliveryDeferred) as checked:
                await here.check_backend("second")
            left = list(second.iterdir())
            disk.mount()
            await until_done(here)
            there = sorted(path.name for path in second.glob("*.md"))

    assert left == []
    assert waits.error.code == checked.value.code == "folder-missing"
    assert there == ["Early.md", "Late.md"]


async def test_work_waits_while_another_program_holds_the_database(worked: Home) -> None:
    before = worked.notes()
    async with worked.at_work() as here:
        with closing(sqlite3.connect(worked.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError) as held:
                await accept(here, a_request("Late"))
            here.pipeline.look()
            here.dispatch.look()
            other.execute("ROLLBACK")
        await accept(here, a_request("Late"))
        await until_done(here)

    assert held.value.code == "storage-busy"
    assert held.value.hint
    assert worked.notes().keys() - before.keys() == {"archive/Late.md", "second/Late.md"}


async def test_what_is_in_hand_waits_while_another_program_holds_the_database(worked: Home) -> None:
    async with worked.at_work() as here:
        await accept(here, a_request("Late"))
        with closing(sqlite3.connect(worked.database, isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 5000")
            other.execute("BEGIN IMMEDIATE")
            for _ in range(5):  # longer than anything waits for the lock
                with pytest.raises(StorageError):
                    await here.outbox.indexed(["nobody"])
            other.execute("ROLLBACK")
        await until_done(here)

    notes = [name for name in worked.notes() if "Late" in name]
    assert sorted(notes) == ["archive/Late.md", "second/Late.md"]


def test_two_daemons_that_start_at_once_are_one(daemon: RunningDaemon) -> None:
    command = [sys.executable, "-m", "daemon", "serve"]
    both = [subprocess.Popen(command, env=daemon.environ, stderr=subprocess.PIPE) for _ in range(2)]
    try:
        daemon.start().archived(**a_capture(title="Once"))
        loser = next(process for process in both if process.pid != daemon.pid)
        said = loser.communicate(timeout=30)[1]
        daemon.end()
    finally:
        for process in both:
            process.kill()
            process.communicate()

    assert said == b"The daemon is already running.\n"
    assert daemon.log.count("listens") == 1
    assert [path.name for path in daemon.archive.iterdir()] == ["Once.md"]
