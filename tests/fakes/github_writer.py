"""Delivers notes to GitHub in a process of its own, which may be killed at any moment.

`python -m tests.fakes.github_writer FOLDER NAME COUNT API REPOSITORY [SETTINGS]` writes a receipt
a line. What a daemon keeps on disk, the progress and the images, lies in FOLDER; a second run goes
on there.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from daemon.backends import Backend, Progress, connect
from daemon.errors import DeliveryDeferred
from daemon.model import Asset, Note, Receipt
from daemon.settings import Settings
from tests.fakes.github_server import TOKEN
from tests.fakes.surroundings import surroundings

#: Attempts of a delivery; a daemon makes them for 30 days.
MOST = 50


async def main(folder: Path, name: str, count: int, table: dict[str, Any]) -> None:
    async def snapshot(id: str) -> bytes:
        return f"<!doctype html>{id}".encode()

    given = surroundings(
        name="notes", secret=lambda _: TOKEN, asset=folder.joinpath, snapshot=snapshot
    )
    settings = Settings(backends={"notes": {"kind": "github", **table}})
    backend = connect("notes", settings, given)
    try:
        for number in range(count):
            receipt = await delivered(backend, folder, a_note(folder, name, number))
            print(json.dumps(msgspec.to_builtins(receipt)), flush=True)
    finally:
        await backend.close()


def a_note(folder: Path, name: str, number: int) -> Note:
    """A note whose title all have, with an image that all have and one of its own."""
    id = f"{name}-{number:06}"
    (folder / "all.png").write_bytes(b"all")
    (folder / f"{id}.png").write_bytes(id.encode())
    names = ("all.png", f"{id}.png")
    return Note(
        id=id,
        url="https://example.org/tides",
        title="Tides",
        markdown=f"{id}\n" + "".join(f"![](assets/{name})\n" for name in names),
        archived_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        assets=tuple(Asset(name, f"https://example.org/{name}") for name in names),
    )


async def delivered(backend: Backend, folder: Path, note: Note) -> Receipt:
    """What the dispatch of a daemon does: attempts with what was saved, until there is a receipt.

    The pauses between them are a daemon's own affair.
    """
    file = folder / f"{note.id}.progress"
    for _ in range(MOST):
        saved = json.loads(file.read_text()) if file.exists() else None
        progress = Progress(saved, functools.partial(save, file))
        try:
            return await backend.deliver(note, key=f"{note.id}.notes", progress=progress)
        except DeliveryDeferred as error:
            if error.code != "repository-busy":
                raise
    raise AssertionError("it was never delivered")


async def save(file: Path, value: Any) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(value))
    part.replace(file)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    where = {"api": sys.argv[4], "repository": sys.argv[5]}
    more = json.loads(sys.argv[6]) if len(sys.argv) > 6 else {}
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), where | more))
