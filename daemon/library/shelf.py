"""The library's reading side: a connection of its own, which waits for no writer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from typing import Any

import msgspec
from msgspec import Struct

from ..database import Database, query
from ..errors import UnknownError
from ..model import Note, Receipt
from ..protocol import Earlier, FoundNote, Place, WholeNote
from .query import Query
from .rows import beginning_of, head_of, markdown_of, place_of, receipt_of
from .written import body, shown_of

#: Of many notes that hold the words the newest are ranked. A word that stands in more says little,
#: and to rank 100,000 takes 0.2 s.
MOST_RANKED = 5_000

# Rows of notes are large, so they come last, for the best alone.
RANKED = """
WITH hit AS (
    SELECT word.rowid AS found, bm25(word, 1.0, 10.0) AS rank
    FROM word {join} WHERE word MATCH ? {where}
    ORDER BY word.rowid DESC LIMIT ?
), best AS (
    SELECT found, rank FROM hit ORDER BY rank, found DESC LIMIT ? OFFSET ?
)
SELECT note.* FROM best JOIN note ON number = found ORDER BY rank, archived_at DESC
"""
NEWEST = "SELECT * FROM note WHERE true {where} ORDER BY archived_at DESC LIMIT ? OFFSET ?"
COUNT_RANKED = """
SELECT count(*) FROM (SELECT 1 FROM word {join} WHERE word MATCH ? {where} LIMIT ?)
"""
COUNT = "SELECT count(*) FROM note WHERE true {where}"
# What a person took out, and of what has versions all but the newest.
NOT_REMOVED = " AND {number} NOT IN (SELECT number FROM removed JOIN note USING (id))"
NOT_REPLACED = " AND {number} NOT IN replaced"
RECEIPTS = """
SELECT receipt FROM place JOIN note ON note.id = place.note
WHERE address = ? AND backend = ? AND archived_at <= ? ORDER BY stored_at DESC
"""
RECEIPT = "SELECT receipt FROM place WHERE note = ? AND backend = ?"
EARLIER = """
SELECT * FROM note WHERE id != ? AND address IN ({marks}) AND number NOT IN replaced
    AND id NOT IN (SELECT id FROM removed)
ORDER BY archived_at DESC LIMIT 1
"""
NEWER = """
WITH RECURSIVE chain (id) AS (
    SELECT newer FROM version WHERE older = ?1
    UNION SELECT newer FROM version JOIN chain ON older = chain.id
)
SELECT note.id FROM chain JOIN note ON note.id = chain.id
"""
OLDER = NEWER.replace("newer", "tmp").replace("older", "newer").replace("tmp", "older")
STORED = "EXISTS (SELECT 1 FROM place WHERE place.note = note.id{of})"
#: Each filter's condition; its value stands for every `?`.
CONDITIONS = {
    "site": "(?1 IN (host, site) OR substr(host, -1 - length(?1)) = '.' || ?1)",
    "tag": "EXISTS (SELECT 1 FROM tag WHERE name = ?1 AND tag.number = note.number)",
    "since": "archived_at >= ?1",
    "until": "archived_at < ?1",
    "backend": STORED.format(of=" AND backend = ?1"),
    "ids": "note.id IN (SELECT value FROM json_each(?1))",
}


OF_PAGE = "SELECT head, text FROM note WHERE address = ? ORDER BY archived_at DESC, number DESC"
BACKENDS = "SELECT DISTINCT backend FROM place ORDER BY backend"


class Filters(Struct, frozen=True, kw_only=True):
    """What else must be true of a note; None for what does not matter."""

    site: str | None = None  #: its name, or its host or one above
    tag: str | None = None
    since: datetime | None = None
    until: datetime | None = None  #: before this moment
    backend: str | None = None  #: which has it
    ids: tuple[str, ...] | None = None  #: it is one of these
    delivered: bool = False  #: some backend has it
    versions: bool = False  #: also those of which there is a newer version


TAGS = """
SELECT name FROM tag WHERE number NOT IN (SELECT number FROM removed JOIN note USING (id))
GROUP BY name ORDER BY count(*) DESC, name LIMIT 200
"""
NOTE = "SELECT * FROM note WHERE id = ? AND id NOT IN (SELECT id FROM removed)"


class Shelf:
    """What is asked of the library."""

    def __init__(self, file: Path, migrations: Sequence[str]) -> None:
        self._database = Database(file, migrations, durable=False, heals=False)

    async def open(self) -> None:
        """Raises StorageError when there is no such file."""
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def reopen(self) -> None:
        """Go on with the file that has the name now."""
        await self._database.reopen()

    @query
    def search(
        self, query: Query | None, filters: Filters, *, limit: int, offset: int
    ) -> list[FoundNote]:
        """The notes that *query* finds, the best first; without one the newest."""
        if query is None:
            where, values = _where(filters, "number")
            rows = self._execute(NEWEST.format(**where), *values, limit, offset)
        else:
            where, values = _where(filters, "word.rowid")
            statement = RANKED.format(**where)
            rows = self._execute(statement, query.match, *values, MOST_RANKED, limit, offset)
        return [self._found(row, query or Query("", frozenset(), None)) for row in rows.fetchall()]

    @query
    def count(self, query: Query | None, filters: Filters) -> int:
        """How many notes `search` gives in all."""
        if query is None:
            where, values = _where(filters, "number")
            row = self._execute(COUNT.format(**where), *values).fetchone()
        else:
            where, values = _where(filters, "word.rowid")
            statement = COUNT_RANKED.format(**where)
            row = self._execute(statement, query.match, *values, MOST_RANKED).fetchone()
        return int(row[0])

    @query
    def note(self, id: str) -> WholeNote:
        """Raises UnknownError when there is no such note."""
        row = self._execute(NOTE, id).fetchone()
        if row is None:
            raise unknown()
        markdown = markdown_of(row["text"])
        head = markdown[: len(markdown) - len(body(markdown))]
        return WholeNote(
            **self._fields(row), markdown=markdown, text_at=len(head.encode("utf-16-le")) // 2
        )

    @query
    def receipts(self, address: str, backend: str, until: str) -> list[Receipt]:
        """The receipts of *backend* for notes of *address* up to a moment, newest first."""
        rows = self._execute(RECEIPTS, address, backend, until)
        return [receipt_of(row["receipt"]) for row in rows]

    @query
    def receipt(self, id: str, backend: str) -> Receipt | None:
        """The receipt of *backend* for note *id*."""
        row = self._execute(RECEIPT, id, backend).fetchone()
        return row and receipt_of(row["receipt"])

    @query
    def earlier(self, id: str, addresses: set[str]) -> Earlier | None:
        """The newest note of one of *addresses* that is not *id*."""
        statement = EARLIER.format(marks=", ".join("?" * len(addresses)))
        row = self._execute(statement, id, *addresses).fetchone()
        if row is None:
            return None
        head = head_of(row["head"])
        return Earlier(
            id=head.id, title=head.title, archived_at=head.archived_at, places=self._places(head.id)
        )

    @query
    def places(self) -> list[tuple[str, str, str]]:
        """Each note, a backend that has it, and where."""
        rows = self._execute("SELECT * FROM place")
        return [(row["note"], row["backend"], row["place"]) for row in rows]

    @query
    def of_page(self, address: str) -> list[Note]:
        """The notes of *address*, the newest first."""
        rows = self._execute(OF_PAGE, address).fetchall()
        return [
            msgspec.structs.replace(head_of(row["head"]), markdown=markdown_of(row["text"]))
            for row in rows
        ]

    @query
    def backends(self) -> list[str]:
        return [row["backend"] for row in self._execute(BACKENDS)]

    @query
    def tags(self) -> list[str]:
        return [row["name"] for row in self._execute(TAGS)]

    @query
    def is_complete(self) -> bool:
        return self._execute("SELECT 1 FROM complete").fetchone() is not None

    def _execute(self, statement: str, *values: Any) -> Any:
        return self._database.connection.execute(statement, values)

    def _found(self, row: Row, query: Query) -> FoundNote:
        fields = self._fields(row)
        return FoundNote(
            **fields,
            marked_title=query.pieces(fields["title"]),
            snippet=query.snippet(shown_of(beginning_of(row["text"]))),
        )

    def _fields(self, row: Row) -> dict[str, Any]:
        head = head_of(row["head"])
        return {
            "id": head.id,
            "title": head.title,
            "url": head.url,
            "site": head.site,
            "language": head.language,
            "byline": head.byline,
            "published": head.published,
            "tags": head.tags,
            "archived_at": head.archived_at,
            "places": self._places(head.id),
            "newer_version": next(iter(self._ids(NEWER, head.id)[-1:]), None),
            "older_versions": self._ids(OLDER, head.id),
        }

    def _ids(self, statement: str, id: str) -> tuple[str, ...]:
        return tuple(row["id"] for row in self._execute(statement, id))

    def _places(self, id: str) -> tuple[Place, ...]:
        rows = self._execute("SELECT * FROM place WHERE note = ? ORDER BY stored_at DESC", id)
        return tuple(place_of(row) for row in rows)


def unknown() -> UnknownError:
    return UnknownError("note-unknown", "There is no such note.", "See “guidang search”.")


def _where(filters: Filters, number: str) -> tuple[dict[str, str], list[Any]]:
    """What a statement that knows a note by *number* lacks, and its values."""
    where, values = _conditions(filters)
    join = "CROSS JOIN note ON number = word.rowid" if where else ""
    where += "" if filters.versions else NOT_REPLACED.format(number=number)
    return {"where": where + NOT_REMOVED.format(number=number), "join": join}, values


def _conditions(filters: Filters) -> tuple[str, list[Any]]:
    """What follows WHERE …, and its values."""
    where, values = "", []
    for name, condition in CONDITIONS.items():
        value = getattr(filters, name)
        if value is not None:
            where += f" AND {condition.replace('?1', '?')}"
            values += [_stored(name, value)] * condition.count("?1")
    if filters.delivered:
        where += f" AND {STORED.format(of='')}"
    return where, values


def _stored(name: str, value: Any) -> str:
    """A filter's value as the table has it."""
    if isinstance(value, tuple):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value).removeprefix("#" if name == "tag" else "www.").casefold()
