"""Every archived note, searchable. It can be made anew from the notes: it need not be durable."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from msgspec import Struct

from .database import Database, transaction
from .model import Note

# Trigrams find words in Chinese, which has no spaces; LIKE uses them from three characters on and
# reads the text for shorter ones.
VERSION_1 = """
CREATE TABLE IF NOT EXISTS note (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    site TEXT,
    archived_at TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS note_text USING fts5 (title, markdown, tokenize = 'trigram');
"""
MIGRATIONS = (VERSION_1,)
ADD = """
INSERT INTO note (id, url, site, archived_at) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
ADD_TEXT = "INSERT INTO note_text (rowid, title, markdown) VALUES (?, ?, CAST(? AS TEXT))"
SEARCH = """
SELECT id, url, site, archived_at, title FROM note JOIN note_text ON note_text.rowid = number
{where} ORDER BY archived_at DESC LIMIT ?
"""
HAS_WORD = "(title LIKE ? ESCAPE '\\' OR markdown LIKE ? ESCAPE '\\')"


class Found(Struct, frozen=True):
    """A note that a search found."""

    id: str
    title: str
    url: str
    site: str | None
    archived_at: datetime


class Library:
    """The index of the notes."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / "library.sqlite", MIGRATIONS, durable=False)

    async def open(self) -> None:
        """Raises StorageError when its file cannot be written."""
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    def begun_anew(self) -> bool:
        """Whether its file was damaged, and holds only what was added since; tells it once."""
        was, self._database.begun_anew = self._database.begun_anew, False
        return was

    @transaction
    def add(self, note: Note) -> None:
        """Index *note*; a second time changes nothing."""
        connection = self._database.connection
        archived_at = note.archived_at.isoformat()
        added = connection.execute(ADD, (note.id, note.url, note.site, archived_at))
        if added.rowcount:
            connection.execute(ADD_TEXT, (added.lastrowid, note.title, note.encoded()))

    @transaction
    def search(self, query: str, *, limit: int = 50) -> list[Found]:
        """The newest notes that hold every word of *query*; all notes for an empty one."""
        words = [f"%{_literal(word)}%" for word in query.split()]
        where = f"WHERE {' AND '.join([HAS_WORD] * len(words))}" if words else ""
        values = [word for word in words for _ in range(2)]
        rows = self._database.connection.execute(SEARCH.format(where=where), (*values, limit))
        return [
            Found(row["id"], row["title"], row["url"], row["site"], _moment(row["archived_at"]))
            for row in rows
        ]


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
