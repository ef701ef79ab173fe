"""`make bench-library`: the library with 100,000 notes of 3 KB.

How fast it finds one word and two, its size beside that of the texts, what adding a note costs
beyond the write that it cannot do without, whether the daemon starts later for it, and whether its
page scrolls and searches without a slow frame.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from daemon.library import Library
from daemon.model import Note, Receipt
from tests.bench.figures import Figure, table
from tests.bench.library_page import frames
from tests.bench.written_notes import Writer
from tests.e2e.user import User

NOTES = 100_000
SEARCHES = 400
ADDED = 200
STARTS = 15


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home, tempfile.TemporaryDirectory() as other:
        full, nearly_empty = User.at(Path(home)), User.at(Path(other))
        figures = asyncio.run(_measured(_state(full)))
        asyncio.run(_with_one(_state(nearly_empty)))
        writer = Writer()
        asked = [words[at] for at in (3, 300) for words in (writer.english, writer.chinese)]
        return [*figures, *_starts(nearly_empty, full), *frames(full, asked)]


async def _measured(folder: Path) -> list[Figure]:
    writer = Writer()
    async with _opened(folder) as library:
        begun = time.perf_counter()
        size = 0
        for note in writer.notes(NOTES):
            size += len(note.encoded())
            await _put(library, note)
        await library.completed(datetime.now(UTC))
        built = time.perf_counter() - begun
        figures = [
            *await _adding(library, folder, Writer(2)),
            *await _searches(library, writer),
        ]
    text = size + size * ADDED // NOTES
    return [
        Figure(f"{NOTES:,} notes made and added", built, "s"),
        Figure("library, its file ÷ the texts", _size(folder) / text, "×", 2),
        *figures,
    ]


async def _searches(library: Library, writer: Writer) -> list[Figure]:
    first = writer.chinese[:20] + writer.english[:20]
    queries: dict[str, Callable[[int], str]] = {
        "one word": lambda _: writer.asked(),
        "two words": lambda _: f"{writer.asked()} {writer.asked()}",
        "one of the 40 most frequent": lambda at: first[at % 40],
        "one character": lambda at: writer.chinese[at][0],
    }
    figures = []
    for name, query in queries.items():
        times = [await _search(library, query(at)) for at in range(SEARCHES)]
        aim = 50 if name in {"one word", "two words"} else None
        figures += _figures(f"search, {name}", times, aim)
    return figures


async def _search(library: Library, query: str) -> float:
    begun = time.perf_counter()
    await library.search(query)
    return time.perf_counter() - begun


async def _adding(library: Library, folder: Path, writer: Writer) -> list[Figure]:
    """Adding, beside the least that a durable write of a note takes: bytes and an fsync."""
    added, floor = [], []
    file = folder / "floor"
    for note in writer.notes(ADDED):
        begun = time.perf_counter()
        await library.add(note)
        added.append(time.perf_counter() - begun)
        data = note.encoded()
        begun = time.perf_counter()
        await asyncio.to_thread(_write_durably, file, data)
        floor.append(time.perf_counter() - begun)
    file.unlink()
    over = [time - statistics.median(floor) for time in added]
    return [
        *_figures("fsync floor", floor),
        *_figures("adding a note", added),
        Figure("adding a note beyond the floor, p95", _p95(over) * 1000, "ms", 5),
    ]


def _starts(nearly_empty: User, full: User) -> list[Figure]:
    """Seconds until a daemon answers, in turn with one note and with all."""
    times: dict[str, list[float]] = {"one": [], "all": []}
    for _ in range(STARTS):
        for name, user in (("one", nearly_empty), ("all", full)):
            begun = time.perf_counter()
            user.wake_daemon()
            times[name].append(time.perf_counter() - begun)
            user.stop_daemon()
    one, everything = (statistics.median(each) for each in times.values())
    return [
        Figure("daemon's start with one note, median", one * 1000, "ms"),
        Figure(f"daemon's start with {NOTES:,} notes, median", everything * 1000, "ms"),
        Figure("daemon's start, all notes ÷ one", everything / one, "×", 1.3),
    ]


def _state(user: User) -> Path:
    user.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    return user.state


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Library]:
    library = Library(folder)
    await library.open()
    try:
        yield library
    finally:
        await library.close()


async def _with_one(folder: Path) -> None:
    async with _opened(folder) as library:
        for note in Writer().notes(1):
            await _put(library, note)
        await library.completed(note.archived_at)


async def _put(library: Library, note: Note) -> None:
    """Index a note, and where it went: a path as the local backend's, 90 bytes of it."""
    place = f"/home/reader/Documents/Guidang/{note.title}.md"
    await library.add(note)
    receipt = Receipt(place=place, url=Path(place).as_uri())
    await library.stored([(note.id, "local", receipt, note.archived_at)])


def _write_durably(file: Path, data: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("library.sqlite*"))


def _figures(name: str, seconds: list[float], aim: float | None = None) -> list[Figure]:
    return [
        Figure(f"{name}, median", statistics.median(seconds) * 1000, "ms"),
        Figure(f"{name}, p95", _p95(seconds) * 1000, "ms", aim),
    ]


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[round(len(seconds) * 0.95) - 1]


def main() -> int:
    figures = measure()
    print(table(figures), flush=True)
    return int(any(figure.missed for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
