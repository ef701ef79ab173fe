"""A Feishu with an app that may write, and backends that do, as a test needs them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from daemon.backends import Backend, Progress, connect
from daemon.model import Asset, Note, Receipt
from daemon.settings import Settings
from tests.fakes.feishu import FeishuServer, feishu_server
from tests.fakes.feishu_tree import Document
from tests.fakes.surroundings import surroundings

URL = "https://example.org/tides"


class Saved:
    """The progress of a delivery, as the outbox keeps it."""

    def __init__(self, value: Any = None) -> None:
        self.value = value

    async def save(self, value: Any) -> None:
        self.value = value


class Site:
    """One folder of one app; `receipts` are what was delivered, `secrets` the keychain."""

    def __init__(self, server: FeishuServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.place = server.state.folder(server.app.id)
        self.receipts: list[Receipt] = []
        self.secrets = {"notes": server.app.secret}
        self._open: list[Backend] = []

    @property
    def documents(self) -> list[Document]:
        """Those that are there, in the order in which they were made."""
        return self.server.state.kept

    def table(self, **settings: Any) -> dict[str, Any]:
        where = {} if "wiki" in settings else {"folder": self.place.token}
        app = {"kind": "feishu", "app_id": self.server.app.id, "api": self.server.url}
        return {**app, **where, **settings}

    def connected(self, **settings: Any) -> Backend:
        """A backend with a memory of its own receipts."""

        async def earlier(note: Note) -> list[Receipt]:
            return self.receipts[::-1] if note.url == URL else []

        async def receipt(_: str) -> Receipt | None:
            return self.receipts[-1] if self.receipts else None

        given = surroundings(
            name="notes",
            secret=self.secrets.get,
            keep_secret=self.secrets.__setitem__,
            asset=self.folder.joinpath,
            earlier=earlier,
            receipt=receipt,
        )
        backend = connect("notes", Settings(backends={"notes": self.table(**settings)}), given)
        self._open.append(backend)
        return backend

    async def keep(
        self, note: Note | None = None, saved: Saved | None = None, **settings: Any
    ) -> Receipt:
        """Deliver a note, by a backend that has just been connected."""
        given, saved = note or a_note(), saved or Saved()
        receipt = await self.connected(**settings).deliver(
            given, key=f"{given.id}.notes", progress=Progress(saved.value, saved.save)
        )
        self.receipts.append(receipt)
        return receipt

    def image(self, name: str, data: bytes) -> Asset:
        (self.folder / name).write_bytes(data)
        return Asset(name, f"https://example.org/{name}")

    def illustrated(self, *names: str, **more: Any) -> Note:
        """A note with images of these names."""
        assets = tuple(self.image(name, PNG + name.encode()) for name in names)
        markdown = "# Tides\n\n" + "".join(f"![{name}](assets/{name})\n\n" for name in names)
        return msgspec.structs.replace(a_note(markdown, **more), assets=assets)

    async def close(self) -> None:
        await asyncio.gather(*(backend.close() for backend in self._open))


#: How a picture of two by two begins.
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000020000000208020000001dfce7d0")


@contextlib.asynccontextmanager
async def feishu(folder: Path) -> AsyncIterator[Site]:
    with feishu_server() as server:
        made = Site(server, folder)
        try:
            yield made
        finally:
            await made.close()


def a_note(markdown: str = "# Tides\n\nThe text.\n", *, title: str = "Tides", **more: Any) -> Note:
    fields = {"id": str(uuid.uuid4()), "url": URL, **more}
    return Note(
        title=title,
        markdown=markdown,
        archived_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        **fields,
    )
