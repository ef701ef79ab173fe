"""Every archived note, searchable: what it says, and where it went.

It can be made anew from the notes and the outbox, so it need not be durable, and what fails here
holds nothing else up.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import zlib
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urldefrag, urlsplit

import msgspec
from msgspec import Struct

from ..database import Damaged, Database, as_damage, transaction
from ..model import Note, Receipt
from ..protocol import Earlier, FoundNote, WholeNote
from .query import parse
from .rows import head_of, markdown_of
from .shelf import Filters, Shelf, unknown
from .words import plain, searched
from .written import text_of

log = logging.getLogger(__name__)

T = TypeVar("T")

__all__ = ["Entry", "Filters", "Library", "address_of", "entry_of"]

#: Of the schema and of how text becomes words; a file of another version is made anew.
VERSION = 4
# replaced: the notes of which a newer version is there; each search looks them up.
# removed: the notes that a person took out, and with which one of them; they stay, so that they can
# be put back.
# The text comes first in the index: FTS5 spends two bytes more on each word of a later column.
SCHEMA = """
CREATE TABLE IF NOT EXISTS note (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    host TEXT NOT NULL,
    site TEXT,
    archived_at TEXT NOT NULL,
    head BLOB NOT NULL,
    text BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS note_by_address ON note (address);
CREATE INDEX IF NOT EXISTS note_by_moment ON note (archived_at);
CREATE TABLE IF NOT EXISTS tag (
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (name, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (
    note TEXT NOT NULL,
    backend TEXT NOT NULL,
    stored_at TEXT NOT NULL,
    place TEXT NOT NULL,
    receipt BLOB NOT NULL,
    PRIMARY KEY (note, backend)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS place_by_name ON place (place);
CREATE TABLE IF NOT EXISTS version (
    newer TEXT PRIMARY KEY,
    older TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS version_by_older ON version (older);
CREATE TABLE IF NOT EXISTS replaced (number INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS removed (id TEXT PRIMARY KEY, by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS complete (at TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5 (text, title, content = '', tokenize = 'ascii');
"""
# A file of an earlier version is removed, so nothing leads from one to the next.
MIGRATIONS = (*[""] * (VERSION - 1), SCHEMA)
#: Seconds for which the tags of the library are taken as they were.
TAGS_AGE = 60.0
PUT = """
INSERT INTO note (number, id, address, host, site, archived_at, head, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
PUT_WORDS = "INSERT INTO word (rowid, text, title) VALUES (?, ?, ?)"
PROBE = "SELECT rowid FROM word WHERE word MATCH 'a' LIMIT 1"
REMOVE_WORDS = "INSERT INTO word (word, rowid, text, title) VALUES ('delete', ?, ?, ?)"
STORED = """
INSERT INTO place (note, backend, stored_at, place, receipt) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (note, backend) DO UPDATE SET
stored_at = excluded.stored_at, place = excluded.place, receipt = excluded.receipt
WHERE (stored_at, place, receipt) != (excluded.stored_at, excluded.place, excluded.receipt)
"""
# One place has one note, the last that was written there. A backend that stores nothing for what it
# has already gives the receipt of what is there: then both are.
TAKEN = """
SELECT 1 FROM place
WHERE place = :place AND backend = :backend AND note != :note AND receipt != :receipt
    AND stored_at > :at
"""
GIVE_UP = """
DELETE FROM place
WHERE place = :place AND backend = :backend AND note != :note AND receipt != :receipt
    AND stored_at <= :at
"""
NOT_THERE = "DELETE FROM place WHERE note = ? AND backend = ? AND place = ?"
SHOW_OLDER = """
DELETE FROM replaced WHERE number IN (
    SELECT number FROM version JOIN note ON note.id = older WHERE newer = ?
)
"""
REMOVE = """
WITH RECURSIVE out (id) AS (
    VALUES (?1) UNION SELECT older FROM version JOIN out ON newer = out.id
)
INSERT OR IGNORE INTO removed SELECT id, ?1 FROM out
"""
RESTORE = "DELETE FROM removed WHERE by = ?"
# What is made anew of a note that was taken out, or gets its summary later, is out as well.
OUT_AS_BEFORE = """
INSERT OR IGNORE INTO removed SELECT newer, by FROM version JOIN removed ON id = older
WHERE newer = ?
"""
VERSION_OF = "INSERT OR REPLACE INTO version (newer, older) VALUES (?, ?)"
REPLACED = tuple(
    f"""
    INSERT OR IGNORE INTO replaced SELECT number FROM version JOIN note ON note.id = older
    WHERE {side} = ? AND EXISTS (SELECT 1 FROM note AS other WHERE other.id = newer)
    """  # noqa: S608  two known names
    for side in ("newer", "older")
)


class Library:
    """The index of the notes. One connection writes; another reads and waits for no writer."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "library.sqlite"
        # Larger pages: texts of a few KB leave less of them empty (0.55 of a text instead of 0.68).
        self._database = Database(
            self._file, MIGRATIONS, durable=False, page_size=8192, verify=self._verify
        )
        self._shelf = Shelf(self._file, MIGRATIONS)
        self._tags: tuple[float, list[str]] | None = None
        self._one_heals = asyncio.Lock()

    async def open(self) -> None:
        """Raises StorageError when its file cannot be written."""
        await self._database.run(self._remove_other_version)
        await self._database.open()
        await self._shelf.open()

    async def close(self) -> None:
        await self._shelf.close()
        await self._database.close()

    async def begun_anew(self) -> bool:
        """Whether its file was damaged and holds only what was added since; tells it once."""
        was, self._database.begun_anew = self._database.begun_anew, False
        if was:
            await self._shelf.reopen()
        return was

    async def check(self) -> None:
        """Read all of its file, in seconds where it is large; a damaged one is begun anew."""
        await self._database.run(self._check)

    async def add(self, note: Note) -> bool:
        """Index *note*, in place of what was there by its id; false when nothing was to be done."""
        return await self.put([await asyncio.to_thread(entry_of, note)]) == 1

    @transaction
    def stored(self, places: Iterable[tuple[str, str, Receipt, datetime]]) -> None:
        """Notes (their ids), backends that have them, receipts, and since when.

        A note may come to be indexed later.
        """
        for id, backend, receipt, at in places:
            self._stored(id, backend, receipt, _utc(at))

    @transaction
    def versions(self, older: Mapping[str, str]) -> None:
        """Which note each of these replaces, by their ids; they may come to be indexed later."""
        for newer, replaced in older.items():
            self._database.connection.execute(VERSION_OF, (newer, replaced))
            self._mark_replaced(newer)

    async def receipts(self, url: str, backend: str, until: datetime) -> list[Receipt]:
        """The receipts of *backend*, newest first, for notes of the page at *url* that were
        archived not after *until*.
        """
        return await self._asked(
            lambda: self._shelf.receipts(address_of(url), backend, _utc(until))
        )

    async def receipt(self, id: str, backend: str) -> Receipt | None:
        """The receipt of *backend* for the note *id*."""
        return await self._asked(lambda: self._shelf.receipt(id, backend))

    async def earlier(self, id: str, *urls: str | None) -> Earlier | None:
        """The newest note, other than that of capture *id*, of the page that has one of *urls*."""
        addresses = {address_of(url) for url in urls if url}
        return await self._asked(lambda: self._shelf.earlier(id, addresses))

    async def search(
        self, query: str, filters: Filters | None = None, *, limit: int = 50, offset: int = 0
    ) -> list[FoundNote]:
        """Notes that hold every word of *query*, the best first; for an empty one the newest."""
        asked = parse(query) if query.strip() else None
        if asked is not None and not asked.match:
            return []
        given = filters or Filters()
        return await self._asked(
            lambda: self._shelf.search(asked, given, limit=limit, offset=offset)
        )

    async def count(self, query: str, filters: Filters | None = None) -> int:
        """How many notes `search` gives, page by page."""
        asked = parse(query) if query.strip() else None
        if asked is not None and not asked.match:
            return 0
        return await self._asked(lambda: self._shelf.count(asked, filters or Filters()))

    async def note(self, id: str) -> WholeNote:
        """Note *id* with its Markdown.

        Raises:
            UnknownError: It is not in the library.
        """
        return await self._asked(lambda: self._shelf.note(id))

    async def places(self) -> list[tuple[str, str, str]]:
        """Each note, a backend that has it, and where."""
        return await self._asked(self._shelf.places)

    async def of_page(self, url: str) -> list[Note]:
        """The notes of the page at *url*, the newest first."""
        return await self._asked(lambda: self._shelf.of_page(address_of(url)))

    @transaction
    def gone(self, places: Iterable[tuple[str, str, str]], *, keep: Container[str]) -> None:
        """These notes are no longer where these backends had them.

        One that has no place left goes, too, unless it is to be kept.
        """
        execute = self._database.connection.execute
        for id, backend, place in places:
            execute(NOT_THERE, (id, backend, place))
            nowhere = execute("SELECT 1 FROM place WHERE note = ?", (id,)).fetchone() is None
            if nowhere and id not in keep:
                execute(SHOW_OLDER, (id,))
                self._remove(execute("SELECT * FROM note WHERE id = ?", (id,)).fetchone())

    @transaction
    def remove(self, id: str) -> None:
        """Take note *id* out, with the older versions that it replaces; `restore` puts them back.

        Raises:
            UnknownError: It is not in the library.
        """
        execute = self._database.connection.execute
        if execute("SELECT 1 FROM note WHERE id = ?", (id,)).fetchone() is None:
            raise unknown()
        execute(REMOVE, (id,))

    @transaction
    def removed(self, ids: Iterable[str]) -> None:
        """These were taken out; they may come to be indexed later."""
        self._database.connection.executemany(REMOVE, ((id,) for id in ids))

    @transaction
    def restore(self, id: str) -> None:
        """Put back what `remove` took out by this id.

        Raises:
            UnknownError: There is nothing of it.
        """
        if self._database.connection.execute(RESTORE, (id,)).rowcount == 0:
            raise unknown()

    async def backends(self) -> list[str]:
        """The names of the backends that have notes."""
        return await self._asked(self._shelf.backends)

    async def tags(self) -> list[str]:
        """Its tags, the most used first; at most 200. What is new is told within a minute."""
        # 500,000 of them take 25 ms, and every note asks.
        if self._tags is None or time.monotonic() - self._tags[0] > TAGS_AGE:
            self._tags = time.monotonic(), await self._asked(self._shelf.tags)
        return self._tags[1]

    async def is_complete(self) -> bool:
        """False for a library that is new or was not made anew to its end."""
        return await self._asked(self._shelf.is_complete)

    @transaction
    def completed(self, now: datetime) -> None:
        """All that there is has been indexed."""
        self._database.connection.execute("INSERT INTO complete VALUES (?)", (_utc(now),))

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the shelf answers; a file that it finds damaged is begun anew."""
        try:
            return await ask()
        except Damaged as error:
            log.error("the library is damaged: %s", error)
        async with self._one_heals:
            try:  # another one, or the writer, may have begun it anew meanwhile
                await self._shelf.reopen()
                return await ask()
            except Damaged:
                await self._database.begin_anew()
                await self._shelf.reopen()
                return await ask()

    @transaction
    def put(self, entries: Iterable[Entry]) -> int:
        """Index notes, as `add` does, that were cut into words already; how many were new."""
        return sum(self._put(entry) for entry in entries)

    def _put(self, entry: Entry) -> bool:
        execute = self._database.connection.execute
        known = execute("SELECT * FROM note WHERE id = ?", (entry.id,)).fetchone()
        if known is not None:
            if tuple(known)[1:] == msgspec.structs.astuple(entry)[:7]:
                return False
            self._remove(known)
        number = known and known["number"]
        values = (number, *msgspec.structs.astuple(entry)[:7])
        number = execute(PUT, values).lastrowid
        execute(PUT_WORDS, (number, *entry.words))
        for tag in entry.tags:
            execute("INSERT INTO tag VALUES (?, ?)", (tag, number))
        execute(OUT_AS_BEFORE, (entry.id,))
        self._mark_replaced(entry.id)
        return True

    def _remove(self, known: sqlite3.Row | None) -> None:
        if known is None:
            return
        number, execute = known["number"], self._database.connection.execute
        execute(REMOVE_WORDS, (number, *_words_of(known["head"], known["text"])))
        for table in ("note", "tag", "replaced"):
            execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608  three known names

    def _mark_replaced(self, id: str) -> None:
        """Look what replaces the note *id*, and what it replaces."""
        # Two indexes serve this; one statement with OR would read the whole table.
        for statement in REPLACED:
            self._database.connection.execute(statement, (id,))

    def _stored(self, id: str, backend: str, receipt: Receipt, at: str) -> None:
        execute, encoded = self._database.connection.execute, msgspec.json.encode(receipt)
        named = {"note": id, "backend": backend, "at": at, "place": receipt.place}
        if execute(TAKEN, named | {"receipt": encoded}).fetchone() is None:
            execute(GIVE_UP, named | {"receipt": encoded})
            execute(STORED, (id, backend, at, receipt.place, encoded))

    def _check(self) -> None:
        answer = self._database.connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if answer != "ok":
            raise Damaged(answer)

    def _verify(self) -> None:
        """Raises Damaged when FTS5 does not know its own tables, which it tells as an error."""
        with as_damage():
            self._database.connection.execute(PROBE).fetchone()

    def _remove_other_version(self) -> None:
        if not self._file.exists():
            return
        with closing(sqlite3.connect(self._file)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            for ending in ("", "-wal", "-shm"):
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)


class Entry(Struct, frozen=True):
    """A note as the library keeps it; the first seven as in PUT."""

    id: str
    address: str
    host: str
    site: str | None
    archived_at: str
    head: bytes
    text: bytes
    tags: frozenset[str]
    words: tuple[str, str]  #: of text and title


def address_of(url: str) -> str:
    """What is the same for two addresses of one page: all but the fragment."""
    try:
        return urldefrag(url).url
    except ValueError:  # an address that is none, such as http://[
        return url


def entry_of(note: Note) -> Entry:
    """*note*, cut into words: 6 ms for 100 KB of Chinese."""
    return Entry(
        id=note.id,
        address=address_of(note.url),
        host=_host(note.url),
        site=note.site.casefold() if note.site else None,
        archived_at=_utc(note.archived_at),
        head=_head(note),
        text=zlib.compress(note.encoded()),
        tags=frozenset(tag.casefold() for tag in note.tags),
        words=_words(note.title, note.markdown),
    )


def _head(note: Note) -> bytes:
    """All of the note but its Markdown, as JSON; empty fields are left out."""
    fields: dict[str, Any] = msgspec.structs.asdict(msgspec.structs.replace(note, markdown=""))
    kept = {name: value for name, value in fields.items() if value not in {None, ()}}
    return msgspec.json.encode(kept)


def _words(title: str, markdown: str) -> tuple[str, str]:
    return searched(text_of(markdown)), searched(plain(title))


def _words_of(head: bytes, text: bytes) -> tuple[str, str]:
    return _words(head_of(head).title, markdown_of(text))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # an address that is none
        return ""


def _utc(moment: datetime) -> str:
    """UTC with a fixed number of digits, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
