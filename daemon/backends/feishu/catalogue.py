"""A row for each note in a table of a Base, for those who want an overview there.

https://open.feishu.cn/document/server-docs/docs/bitable-v1/bitable-overview
"""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from msgspec import Struct

from ...model import Note
from .client import Client

TABLE = "Guidang"
#: Pages of tables that are looked through, of 100 each: they must have an end.
MOST_PAGES = 5
#: The columns and their types: text, link, moment, choices (bitable/v1, "字段").
COLUMNS = {"Title": 1, "URL": 15, "Archived": 5, "Tags": 4, "Document": 15}


class _Table(Struct, frozen=True):
    table_id: str
    name: str = ""


class _Tables(Struct, frozen=True):
    items: list[_Table] = []
    has_more: bool = False
    page_token: str = ""


class _MadeTable(Struct, frozen=True):
    table_id: str


class _Row(Struct, frozen=True):
    """What an answer says does not matter."""


class Catalogue:
    """The table that is called as `TABLE` in a Base; without a Base there is none."""

    def __init__(self, client: Client, base: str) -> None:
        self._client = client
        self._base = base
        self._table = ""  #: once it is known

    async def add(self, note: Note, *, url: str, key: str) -> None:
        """A row for *note*, whose document is at *url*; the same *key* twice adds one.

        Raises:
            DeliveryError: As for `Client.ask`.
        """
        if not self._base:
            return
        self._table = self._table or await self._found() or await self._made()
        await self._client.ask(
            "POST",
            f"{self._tables}/{self._table}/records",
            _Row,
            {"fields": _fields(note, url)},
            query={"client_token": str(UUID(bytes=_digest(key), version=4))},
        )

    @property
    def _tables(self) -> str:
        return f"/open-apis/bitable/v1/apps/{self._base}/tables"

    async def _found(self) -> str:
        query = {"page_size": "100"}
        for _ in range(MOST_PAGES):
            page = await self._client.ask("GET", self._tables, _Tables, query=query)
            for table in page.items:
                if table.name == TABLE:
                    return table.table_id
            if not page.has_more:
                break
            query["page_token"] = page.page_token
        return ""

    async def _made(self) -> str:
        fields = [{"field_name": name, "type": kind} for name, kind in COLUMNS.items()]
        asked = {"table": {"name": TABLE, "default_view_name": "All", "fields": fields}}
        made = await self._client.ask("POST", self._tables, _MadeTable, asked, once=True)
        return made.table_id


def _fields(note: Note, url: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "Title": note.title,
        "URL": {"text": note.url, "link": note.url},
        "Archived": round(note.archived_at.timestamp() * 1000),
        "Tags": list(note.tags),
    }
    return fields | ({"Document": {"text": note.title, "link": url}} if url else {})


def _digest(key: str) -> bytes:
    return hashlib.sha256(f"row {key}".encode()).digest()[:16]
