"""After an end that was none a database is read as far as somebody else may have written to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from daemon import database
from daemon.database import Database

TABLE = "CREATE TABLE thing (number INTEGER PRIMARY KEY, text TEXT) STRICT"
PAGE = 4096


class Things:
    """A database, and what is looked at when it is opened."""

    def __init__(self, folder: Path) -> None:
        self.looks: list[str] = []
        self.database = Database(
            folder / "things.sqlite",
            (TABLE,),
            verify=lambda: self.looks.append("verify"),
            reconcile=lambda: self.looks.append("reconcile"),
        )

    async def add(self, number: int) -> None:
        def insert() -> None:
            values = (number, "x" * PAGE)
            self.database.connection.execute("INSERT INTO thing VALUES (?, ?)", values)

        await self.database.run(self.database.atomically, insert)

    async def numbers(self) -> list[int]:
        def read() -> list[int]:
            [answer] = self.database.connection.execute("PRAGMA integrity_check").fetchone()
            assert answer == "ok"
            rows = self.database.connection.execute("SELECT number FROM thing ORDER BY 1")
            return [row[0] for row in rows]

        return await self.database.run(read)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Things]:
    things = Things(folder)
    await things.database.open()
    yield things
    await things.database.close()


async def killed(folder: Path, *, rows: int) -> Path:
    """What a kill leaves after so many transactions: the files as they are while all is open."""
    before, after = folder / "before", folder / "after"
    before.mkdir()
    async with opened(before) as things:
        for number in range(rows):
            await things.add(number)
        shutil.copytree(before, after)
    return after


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CHECKPOINT_AFTER", 10)


@pytest.mark.parametrize("rows", [0, 1, 9, 10, 35])
async def test_after_a_kill_nothing_is_read_that_grows_and_all_is_there(
    tmp_path: Path, rows: int
) -> None:
    async with opened(await killed(tmp_path, rows=rows)) as things:
        assert things.looks == ["reconcile"]
        assert await things.numbers() == list(range(rows))


async def test_a_file_that_somebody_else_has_written_since_is_read_whole(tmp_path: Path) -> None:
    folder = await killed(tmp_path, rows=35)
    with closing(sqlite3.connect(folder / "things.sqlite")) as other:
        other.execute("UPDATE thing SET text = 'theirs'")
        other.commit()

    async with opened(folder) as things:
        assert things.looks == ["verify", "reconcile"]


async def test_what_was_read_whole_once_is_not_again_after_the_next_kill(tmp_path: Path) -> None:
    folder = await killed(tmp_path, rows=35)
    os.utime(folder / "things.sqlite")
    async with opened(folder) as things:
        shutil.copytree(folder, tmp_path / "again")

    async with opened(tmp_path / "again") as again:
        assert (things.looks, again.looks) == (["verify", "reconcile"], ["reconcile"])


async def test_a_file_that_nobody_else_has_written_is_not_read(tmp_path: Path) -> None:
    file = await killed(tmp_path, rows=35) / "things.sqlite"
    at = file.stat().st_mtime_ns
    with file.open("r+b") as opened_file:
        opened_file.seek(5 * PAGE)
        opened_file.write(b"\xaa" * PAGE)
    os.utime(file, ns=(at, at))

    async with opened(file.parent) as things:
        assert not things.database.begun_anew


async def test_a_log_that_was_brought_into_the_file_is_empty(tmp_path: Path) -> None:
    folder = await killed(tmp_path, rows=30)

    assert (folder / "things.sqlite-wal").stat().st_size == 0


async def test_a_log_that_was_damaged_costs_its_end_and_mixes_nothing(tmp_path: Path) -> None:
    folder = await killed(tmp_path, rows=35)
    log = folder / "things.sqlite-wal"
    found = set()

    for position in range(40, log.stat().st_size, 5 * PAGE + 7):
        damaged = tmp_path / str(position)
        shutil.copytree(folder, damaged)
        data = bytearray((damaged / log.name).read_bytes())
        data[position] ^= 1
        (damaged / log.name).write_bytes(data)
        async with opened(damaged) as things:
            numbers = await things.numbers()
        assert numbers == list(range(len(numbers)))
        found.add(len(numbers))

    assert min(found) == 30, "what was brought into the file is there"
    assert len(found) > 1


async def test_a_program_that_reads_for_long_holds_nobody_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as things:
        await things.add(0)
        with closing(sqlite3.connect(tmp_path / "things.sqlite")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM thing").fetchall()
            async with asyncio.timeout(database.PATIENCE):
                for number in range(1, 35):
                    await things.add(number)
            shutil.copytree(tmp_path, tmp_path / "killed")

        assert await things.numbers() == list(range(35))
    async with opened(tmp_path / "killed") as killed_while_read:
        assert await killed_while_read.numbers() == list(range(35))
