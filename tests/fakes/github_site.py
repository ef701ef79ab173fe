"""A repository, the proxy before it and backends that write to it, as a test needs them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.backends import Backend, Progress, connect
from daemon.model import Asset, Note, Receipt
from daemon.settings import Settings
from tests.fakes.github_proxy import Proxy, github_proxy
from tests.fakes.github_server import TOKEN, Repo, emulated
from tests.fakes.surroundings import surroundings

URL = "https://example.org/tides"


class Saved:
    """The progress of a delivery, as the outbox keeps it."""

    def __init__(self) -> None:
        self.value: Any = None

    async def save(self, value: Any) -> None:
        self.value = value


class Github:
    """One repository; `assets` are images by name, and `receipts` what was delivered."""

    def __init__(self, repo: Repo, proxy: Proxy, folder: Path) -> None:
        self.repo, self.proxy, self.folder = repo, proxy, folder
        self.receipts: list[Receipt] = []
        self.page: bytes | None = None
        self.token: str | None = TOKEN
        self._open: list[Backend] = []

    def connected(self, **settings: Any) -> Backend:
        """A backend with a memory of its own receipts."""

        async def earlier(note: Note) -> list[Receipt]:
            return self.receipts[::-1] if note.url == URL else []

        async def receipt(_: str) -> Receipt | None:
            return self.receipts[-1] if self.receipts else None

        async def snapshot(_: str) -> bytes:
            return self.page or b""

        table = {
            "kind": "github",
            "repository": self.repo.full_name,
            "api": self.proxy.url,
            **settings,
        }
        given = surroundings(
            name="notes",
            secret={"notes": self.token}.get,
            asset=self.folder.joinpath,
            capture=self.folder.joinpath,
            earlier=earlier,
            receipt=receipt,
            snapshot=snapshot,
        )
        backend = connect("notes", Settings(backends={"notes": table}), given)
        self._open.append(backend)
        return backend

    async def keep(
        self, note: Note | None = None, saved: Saved | None = None, **settings: Any
    ) -> Receipt:
        """Deliver a note, by a backend that has just been connected."""
        given = note or a_note()
        saved = saved or Saved()
        receipt = await self.connected(**settings).deliver(
            given, key=f"{given.id}.notes", progress=Progress(saved.value, saved.save)
        )
        self.receipts.append(receipt)
        return receipt

    def image(self, name: str, data: bytes) -> Asset:
        (self.folder / name).write_bytes(data)
        return Asset(name, f"https://example.org/{name}")

    async def close(self) -> None:
        await asyncio.gather(*(backend.close() for backend in self._open))


@contextlib.asynccontextmanager
async def github(folder: Path, *, empty: bool = False) -> AsyncIterator[Github]:
    with site(folder, empty=empty) as made:
        try:
            yield made
        finally:
            await made.close()


@contextlib.contextmanager
def site(folder: Path, *, empty: bool = False) -> Iterator[Github]:
    with github_proxy(emulated()) as proxy:
        yield Github(Repo(empty=empty), proxy, folder)


def a_note(markdown: str = "# Tides\n\nThe text.\n", *, title: str = "Tides", **more: Any) -> Note:
    fields = {"id": str(uuid.uuid4()), "url": URL, **more}
    return Note(
        title=title,
        markdown=markdown,
        archived_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        **fields,
    )
