"""The texts of captures on disk: one compressed file each for a capture, its draft and its note.

A file is all there or not at all, also after a power cut: it is written beside its place, made
durable, and renamed.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from .errors import LostError, StorageError
from .files import sync_folder
from .model import Draft, Note
from .protocol import CaptureRequest

T = TypeVar("T")


class Spool:
    """The files in *folder*, by the id of their capture."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    def open(self) -> None:
        """Make the folder, and remove what an earlier run had not finished. Blocking.

        Raises:
            StorageError: It cannot be written.
        """
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            for cut_off in self._incoming.iterdir():
                cut_off.unlink()
        except OSError as error:
            raise _not_stored(error) from error

    def capture_file(self, id: str) -> Path:
        return self._folder / f"{id}.json.gz"

    async def keep_capture(self, id: str, body: bytes | bytearray) -> None:
        """Keep a capture, as its request came.

        Raises:
            StorageError: The disk did not take it; so for each `keep_…`.
        """
        await self._keep(self.capture_file(id), body)

    async def keep_draft(self, id: str, draft: Draft) -> None:
        await self._keep(self._draft_file(id), msgspec.json.encode(draft))

    async def keep_note(self, id: str, note: Note) -> None:
        await self._keep(self._note_file(id), msgspec.json.encode(note))

    async def draft(self, id: str) -> Draft:
        """Raises LostError when it is gone or damaged."""
        return await asyncio.to_thread(_read, self._draft_file(id), Draft)

    async def note(self, id: str) -> Note:
        """Raises LostError when it is gone or damaged."""
        return await asyncio.to_thread(_read, self._note_file(id), Note)

    def remove(self, id: str) -> None:
        """Forget all texts of a capture. Blocking."""
        for file in (self.capture_file(id), self._draft_file(id), self._note_file(id)):
            file.unlink(missing_ok=True)

    def _draft_file(self, id: str) -> Path:
        return self._folder / f"{id}.draft.gz"

    def _note_file(self, id: str) -> Path:
        return self._folder / f"{id}.note.gz"

    async def _keep(self, file: Path, body: bytes | bytearray) -> None:
        # The same file may be on its way twice: a sender that lost our answer sends again.
        part = self._incoming / f"{file.name}.{uuid4().hex}"
        try:
            await asyncio.to_thread(_write_durably, file, part, body)
        except OSError as error:
            raise _not_stored(error) from error


def read_request(file: Path) -> CaptureRequest:
    """The capture that lies in *file* of the spool. Blocking.

    Raises:
        LostError: The file is gone or damaged.
    """
    return _read(file, CaptureRequest)


def _read(file: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(gzip.decompress(file.read_bytes()), type=kind)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise LostError(
            "capture-lost",
            "A file of this capture is missing or damaged.",
            "Capture the page again.",
        ) from error


def _write_durably(path: Path, part: Path, body: bytes | bytearray) -> None:
    """Write *body*, compressed, so that it is all there or not at all, also after a power cut."""
    try:
        with part.open("wb") as file:
            # Level 1 writes 100 MB a second, and the disk is the slower part.
            file.write(gzip.compress(body, compresslevel=1, mtime=0))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)  # on a full disk its crumbs would take the last room
        raise
    sync_folder(path.parent)


def _not_stored(error: OSError) -> StorageError:
    return StorageError(
        "storage-failed",
        f"The daemon's state could not be written ({error.strerror}).",
        "See whether the disk is full or its folder read-only.",
    )
