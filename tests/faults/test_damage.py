"""A database that is damaged is noticed, set aside, told, and made anew from the spool."""

from __future__ import annotations

import errno
import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from daemon import app
from daemon.app import Daemon
from daemon.errors import StorageError
from daemon.model import CaptureState
from daemon.protocol import WholeNote
from daemon.spool import Spool
from tests.faults.homes import (
    SUMMARY,
    TITLES,
    Home,
    a_home,
    a_killed_home,
    a_request,
    accept,
    until_done,
)
from tests.faults.kill_points import Here

#: Which bits and lengths; another number tries others.
SEED = 2026
FLIPS = 120
CUTS = 25
LIBRARY_FLIPS = 60
LIBRARY_CUTS = 15
WAL_FLIPS = 30
WAL_CUTS = 10


@pytest.fixture(autouse=True)
def threads_for_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "Workers", Here)


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    return await a_home(tmp_path / "home")


async def assert_nothing_is_lost(home: Home, before: dict[str, str]) -> list[str]:
    """Start a daemon, let it work, and compare; the messages of its faults."""
    async with home.at_work() as here:
        await until_done(here)
        states = {view.id: view.state for view in await here.outbox.views()}
        assert (await here.outbox.view(home.ids["Draft"])).summary == SUMMARY
        faults = here.faults()
        late = await accept(here, a_request("Late"))
        await until_done(here)
        assert late in {view.id for view in await here.outbox.views(CaptureState.ARCHIVED)}
    after = home.notes()
    assert set(after) - set(before) == {"archive/Late.md", "second/Late.md"}
    assert {name: after.get(name) for name in before} == before
    found = {title: states.get(id) for title, id in home.ids.items()}
    expected = dict.fromkeys(TITLES, CaptureState.ARCHIVED)
    assert found == expected | {"Empty": CaptureState.FAILED, "Draft": CaptureState.DRAFT}
    return [fault.message for fault in faults]


def flipped(file: Path, position: int, bit: int) -> None:
    data = bytearray(file.read_bytes())
    data[position] ^= 1 << bit
    file.write_bytes(data)


def overwritten(table: str, change: str) -> Callable[[Path], None]:
    def damage(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(f"UPDATE {table} SET {change}")
            connection.commit()

    return damage


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no database": lambda file: file.write_bytes(b"not a database at all\n" * 500),
    "another program's": lambda file: file.write_bytes(b"%PDF-1.4\n"),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
    "half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "a state that is none": overwritten("capture", "state = 'acbepted'"),
    "a time that is none": overwritten("delivery", "due_at = '2x26'"),
    "a receipt that is none": overwritten("delivery", "receipt = x'7b7b'"),
    "a name that is none": overwritten("sqlite_schema", "sql = replace(sql, 'receipt', 'recei_t')"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_damaged_outbox_is_set_aside_told_and_made_anew(
    home: Home, damage: Callable[[Path], object]
) -> None:
    before = home.notes()
    damage(home.database)
    damaged = home.database.read_bytes()

    faults = await assert_nothing_is_lost(home, before)

    [kept] = home.folder.glob("outbox.sqlite.damaged-*")
    assert kept.read_bytes() == damaged
    assert [fault.startswith("outbox.sqlite was damaged") for fault in faults] == [True]
    assert str(kept) in faults[0]


def moved_and_edited(home: Home) -> None:
    archive = home.folder / "archive"
    (archive / "Tides.md").rename(archive / "Ebb and flow.md")
    (archive / "Moon.md").write_text("My own words.\n" + (archive / "Moon.md").read_text())
    (home.folder / "second/Sea.md").unlink()


async def test_what_its_user_has_moved_edited_or_deleted_is_not_stored_again(home: Home) -> None:
    moved_and_edited(home)
    before = home.notes()
    home.database.write_bytes(b"not a database at all\n" * 500)

    await assert_nothing_is_lost(home, before)


async def test_with_the_library_damaged_as_well_no_note_is_lost_or_doubled(home: Home) -> None:
    before = home.notes()
    for file in (home.database, home.folder / "library.sqlite"):
        file.write_bytes(b"not a database at all\n" * 500)

    faults = await assert_nothing_is_lost(home, before)

    assert sorted(fault.partition(" ")[0] for fault in faults) == [
        "library.sqlite",
        "outbox.sqlite",
    ]


async def test_an_outbox_that_is_gone_is_made_anew(home: Home) -> None:
    before = home.notes()
    home.database.unlink()

    assert await assert_nothing_is_lost(home, before) == []


@pytest.mark.timeout(300)
async def test_no_cut_and_no_bit_that_flips_loses_or_doubles_a_note(
    home: Home, tmp_path: Path
) -> None:
    before, chance = home.notes(), random.Random(SEED)
    size = home.database.stat().st_size
    noticed = 0

    for number in range(FLIPS + CUTS):
        damaged = home.copy(tmp_path / str(number))
        position, bit = chance.randrange(size), chance.randrange(8)
        if number < FLIPS:
            flipped(damaged.database, position, bit)
        else:
            damaged.database.write_bytes(damaged.database.read_bytes()[:position])
        try:
            noticed += len(await assert_nothing_is_lost(damaged, before))
        except StorageError as error:  # the number of its version is another: nothing is touched
            if error.code != "state-too-new":
                raise
        except BaseException as error:
            error.add_note(f"byte {position}, bit {bit}, number {number}")
            raise

    print(f"{FLIPS} bits, {CUTS} cuts of {size} bytes; {noticed} noticed")
    assert noticed >= CUTS


@pytest.mark.timeout(300)
async def test_no_cut_and_no_flipped_bit_in_the_wal_loses_or_doubles_a_note(tmp_path: Path) -> None:
    home, chance = await a_killed_home(tmp_path / "home"), random.Random(SEED)
    before, size = home.notes(), wal(home).stat().st_size

    for number in range(WAL_FLIPS + WAL_CUTS):
        damaged = home.copy(tmp_path / str(number))
        position, bit = chance.randrange(size), chance.randrange(8)
        if number < WAL_FLIPS:
            flipped(wal(damaged), position, bit)
        else:
            wal(damaged).write_bytes(wal(damaged).read_bytes()[:position])
        async with damaged.at_work() as here:
            await until_done(here)
            states = {view.id: view.state for view in await here.outbox.views()}
        at = f"byte {position}, bit {bit}, number {number}"
        after = damaged.notes()
        assert {name: after.get(name) for name in before} == before, at
        assert states.keys() == set(home.ids.values()), at
        assert states[home.ids["Late"]] == CaptureState.ARCHIVED, at
        assert after.keys() == before.keys(), at

    print(f"{WAL_FLIPS} bits, {WAL_CUTS} cuts of {size} bytes")


def wal(home: Home) -> Path:
    return home.folder / "outbox.sqlite-wal"


async def test_damage_that_comes_up_later_is_mended_while_the_daemon_runs(home: Home) -> None:
    before = home.notes()
    async with home.at_work() as here:
        await until_done(here)
        overwrite_pages(home.database)
        await here.outbox.counts()

        late = await accept(here, a_request("Late"))
        await until_done(here)
        assert [fault.code for fault in here.faults()] == ["state-damaged"]
        states = {view.id: view.state for view in await here.outbox.views()}
    assert states[late] == CaptureState.ARCHIVED
    assert states.keys() == {late, *home.ids.values()}
    assert home.notes().keys() - before.keys() == {"archive/Late.md", "second/Late.md"}


async def test_damage_that_comes_up_on_a_full_disk_is_mended_when_there_is_room(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home.at_work() as here:
        await until_done(here)
        overwrite_pages(home.database)
        with monkeypatch.context() as full:
            full.setattr(Spool, "ids", no_room)
            for _ in range(2):  # nor is a file that was not looked through taken for a sound one
                with pytest.raises(StorageError):
                    await here.outbox.counts()

        states = {view.id: view.state for view in await here.outbox.views()}

    assert states.keys() == set(home.ids.values())


def no_room(_: Spool) -> set[str]:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def overwrite_pages(file: Path) -> None:
    """Write over all but the first page, past SQLite, with no page of it in the WAL."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # What a connection has read of the file it takes from memory until somebody has written.
        connection.execute("UPDATE capture SET title = title")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xaa" * (file.stat().st_size - 4096))


async def test_a_damaged_library_is_begun_anew_and_finds_what_the_spool_has(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "ROUND", 0.05)
    (home.folder / "library.sqlite").write_bytes(b"not a database at all\n" * 500)

    async with home.at_work() as here:
        await found_again(here)
        faults = [fault.message for fault in here.faults()]

    assert [fault.startswith("library.sqlite was damaged") for fault in faults] == [True]


@pytest.mark.timeout(300)
async def test_no_cut_and_no_bit_that_flips_in_the_library_outlasts_a_reindex(
    home: Home, tmp_path: Path
) -> None:
    async with home.at_work() as here:
        before = await known(here)
    chance = random.Random(SEED)
    size = (home.folder / "library.sqlite").stat().st_size
    noticed = 0

    for number in range(LIBRARY_FLIPS + LIBRARY_CUTS):
        damaged = home.copy(tmp_path / str(number))
        file = damaged.folder / "library.sqlite"
        position, bit = chance.randrange(size), chance.randrange(8)
        if number < LIBRARY_FLIPS:
            flipped(file, position, bit)
        else:
            file.write_bytes(file.read_bytes()[:position])
        try:
            async with damaged.at_work() as here:
                await here.library.search("comes again")
                await here.library.earlier("another-id", "https://example.org/Tides")
                async with aclosing(here.reindexing.run()) as steps:
                    assert [step.type async for step in steps][-1] == "done"
                assert await known(here) == before
                noticed += len(here.faults())
        except BaseException as error:
            error.add_note(f"byte {position}, bit {bit}, number {number}")
            raise

    print(f"{LIBRARY_FLIPS} bits, {LIBRARY_CUTS} cuts of {size} bytes; {noticed} noticed")
    assert noticed >= LIBRARY_CUTS // 2


@pytest.mark.parametrize("column", ["head", "text"])
async def test_a_damaged_value_of_the_library_refuses_no_capture_and_no_search(
    home: Home, column: str
) -> None:
    overwritten("note", f"{column} = x'7b7b'")(home.folder / "library.sqlite")

    async with home.at_work() as here:
        assert await here.library.search("comes again") == []
        assert await here.library.earlier("another-id", "https://example.org/Tides") is None
        async with aclosing(here.reindexing.run()) as steps:
            assert [step.type async for step in steps][-1] == "done"
        assert len(await here.library.search("comes again")) == 3
        faults = [fault.message for fault in here.faults()]

    assert [fault.startswith("library.sqlite was damaged") for fault in faults] == [True]


async def known(here: Daemon) -> dict[str, WholeNote]:
    """All that the library tells of its notes, by their ids."""
    ids = [note.id for note in await here.library.search("")]
    return {id: await here.library.note(id) for id in ids}


async def found_again(here: Daemon) -> None:
    async with here.events.listen():
        while len(await here.library.search("comes again")) < 3:
            pass
