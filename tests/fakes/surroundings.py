"""What a backend may use of a daemon that has no neighbours."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from daemon.backends import Surroundings
from daemon.errors import SettingsError, SnapshotError
from daemon.model import Note, Receipt
from daemon.templating import name_from


def surroundings(archive: Path = Path("/nowhere"), **given: Any) -> Surroundings:
    """An empty keychain, no assets, nothing archived before, no page kept, no memory of
    folders; or what is *given*.
    """
    nothing: dict[str, Any] = {
        "name": "tested",
        "state": Path("/nowhere"),
        "secret": lambda _: None,
        "keep_secret": _kept_nowhere,
        "asset": Path("/nowhere").joinpath,
        "capture": Path("/nowhere").joinpath,
        "recognize": lambda _: None,
        "earlier": _none_earlier,
        "receipt": _no_receipt,
        "fill": _filled_here,
        "snapshot": _no_page,
        "work": asyncio.to_thread,
    }
    return Surroundings(archive=archive, **(nothing | given))


async def _none_earlier(_: Note) -> list[Receipt]:
    return []


async def _no_receipt(_: str) -> Receipt | None:
    return None


async def _filled_here(template: str, note: Note) -> str:
    return name_from(template, note)


async def _no_page(_: str) -> bytes:
    raise SnapshotError("snapshot-not-made", "The page itself is not beside the note.")


def _kept_nowhere(_: str, __: str) -> None:
    raise SettingsError("keychain-missing", "There is no keychain on this machine.")
