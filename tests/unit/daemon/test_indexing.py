"""The library hears of every note and of every place, whatever happens on the way."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from daemon import indexing as module
from daemon import stages
from daemon.errors import StorageError
from daemon.events import Events
from daemon.indexing import Indexing
from daemon.library import Entry, Library
from daemon.model import Note, Receipt
from daemon.outbox import Outbox
from daemon.protocol import CaptureRequest, encode
from tests.faults.kill_points import Here

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    outbox = Outbox(tmp_path)
    await outbox.open()
    yield outbox
    await outbox.close()


async def a_note(outbox: Outbox, markdown: str = "The tides come twice a day.") -> str:
    """A note that is on its way to two backends."""
    made = CaptureRequest(
        id=str(uuid.uuid4()), url="https://example.org/", title="Tides", html="", captured_at=NOW
    )
    await outbox.accept(made, encode(made), now=NOW)
    note = Note(id=made.id, url=made.url, title="Tides", markdown=markdown, archived_at=NOW)
    outbox.spool.keep_note(note)
    await outbox.enqueue(made.id, "Tides", ["local", "second"], address=made.url, now=NOW)
    return made.id


async def deliver(outbox: Outbox) -> None:
    claimed, _ = await outbox.claim((), now=NOW)
    for sending in claimed:
        backend = sending.delivery.backend
        await outbox.settle(sending.delivery.id, Receipt(place=f"{backend}.md"), now=NOW)


@asynccontextmanager
async def at_work(
    outbox: Outbox, library: Library, *, reading: Callable[[], bool] = lambda: False
) -> AsyncIterator[Indexing]:
    """Indexing, until it has nothing to do."""
    workers = Here()  # threads
    indexing = Indexing(outbox, library, workers, Events(), reading=reading)  # type: ignore[arg-type]
    await library.open()
    work = asyncio.create_task(indexing.run())
    try:
        yield indexing
        async with asyncio.timeout(30):
            while await outbox.to_index(limit=1) or await outbox.to_place(limit=1):
                indexing.look()
        assert not work.done(), work.exception()
    finally:
        work.cancel()
        await asyncio.wait([work])
        await library.close()


async def found(folder: Path, words: str = "tides") -> dict[str, list[str]]:
    """What a search finds: ids, and where they are."""
    library = Library(folder)
    await library.open()
    notes = await library.search(words)
    await library.close()
    return {note.id: [place.place for place in note.places] for note in notes}


async def test_many_notes_and_their_places_are_told_together(
    outbox: Outbox, tmp_path: Path
) -> None:
    class Counting(Library):
        told: ClassVar[list[int]] = []

        async def put(self, entries: Iterable[Entry]) -> int:
            given = list(entries)
            self.told.append(len(given))
            return await super().put(given)

    ids = [await a_note(outbox) for _ in range(module.MOST_AT_ONCE + 5)]
    await deliver(outbox)

    library = Counting(tmp_path)
    async with at_work(outbox, library):
        pass

    assert library.told == [module.MOST_AT_ONCE, 5]
    places = await found(tmp_path)
    assert places.keys() == set(ids)
    assert places[ids[0]] == ["local.md", "second.md"]


async def test_captures_go_first(outbox: Outbox, tmp_path: Path) -> None:
    id, looks = await a_note(outbox), list[list[str]]()

    def reading() -> bool:
        looks.append(library.told)
        return len(looks) < 3

    class Told(Library):
        told: list[str]

        async def put(self, entries: Iterable[Entry]) -> int:
            given = list(entries)
            self.told = [*self.told, *(entry.id for entry in given)]
            return await super().put(given)

    library = Told(tmp_path)
    library.told = []
    async with at_work(outbox, library, reading=reading):
        pass

    assert looks[:3] == [[], [], []]
    assert library.told == [id]


async def test_captures_do_not_go_first_for_ever(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    ids = {await a_note(outbox) for _ in range(module.MOST_AT_ONCE + 1)}

    async with at_work(outbox, Library(tmp_path), reading=lambda: True):
        pass

    assert (await found(tmp_path)).keys() == ids


async def test_long_notes_are_cut_one_after_the_other(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "MOST_CUT", 10)
    ids = [await a_note(outbox) for _ in range(3)]

    assert len(stages.cut(outbox.spool, ids)) == 1
    async with at_work(outbox, Library(tmp_path)):
        pass

    assert (await found(tmp_path)).keys() == set(ids)


async def test_a_note_that_the_library_cannot_take_keeps_out_no_other(
    outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Picky(Library):
        async def put(self, entries: Iterable[Entry]) -> int:
            given = list(entries)
            if bad in {entry.id for entry in given}:
                raise ValueError("a bug")
            return await super().put(given)

    first, bad, last = [await a_note(outbox) for _ in range(3)]
    async with at_work(outbox, Picky(tmp_path)):
        pass

    assert (await found(tmp_path)).keys() == {first, last}
    assert f"note {bad} cannot be indexed" in caplog.text


async def test_a_library_that_fails_with_a_place_goes_on_with_the_notes(
    outbox: Outbox, tmp_path: Path
) -> None:
    class Failing(Library):
        async def stored(self, places: Iterable[tuple[str, str, Receipt, datetime]]) -> None:
            raise ValueError("a bug")

    id = await a_note(outbox)
    await deliver(outbox)
    async with at_work(outbox, Failing(tmp_path)):
        pass

    assert await found(tmp_path) == {id: []}


async def test_what_its_disk_did_not_take_is_told_again(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Library):
        refusals = 2

        async def stored(self, places: Iterable[tuple[str, str, Receipt, datetime]]) -> None:
            if self.refusals:
                self.refusals -= 1
                raise StorageError("storage-failed", "The disk is full.", "Make room.")
            await super().stored(places)

    monkeypatch.setattr(module, "STORAGE_PAUSE", 0.01)
    id = await a_note(outbox)
    await deliver(outbox)
    async with at_work(outbox, Full(tmp_path)):
        pass

    assert await found(tmp_path) == {id: ["local.md", "second.md"]}


async def test_places_are_told_at_the_next_start(outbox: Outbox, tmp_path: Path) -> None:
    id = await a_note(outbox)
    await deliver(outbox)
    await outbox.close()

    again = Outbox(tmp_path)
    await again.open()
    async with at_work(again, Library(tmp_path)):
        pass
    await again.close()

    assert await found(tmp_path) == {id: ["local.md", "second.md"]}
