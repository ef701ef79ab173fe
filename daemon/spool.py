"""The texts of captures on disk: one compressed file each for a capture, its draft and its note.

A file is all there or not at all, also after a power cut: it is written beside its place, made
durable, and renamed. Everything here blocks; the daemon calls it in threads, and workers read and
write their captures themselves, so that a large text never passes through the daemon.
"""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

from .errors import LostError, StorageError
from .files import sync_folder
from .model import PIECE, Draft, Note
from .protocol import CaptureHead, CaptureRequest

T = TypeVar("T")


class Spool:
    """The files in *folder*, by the id of their capture.

    Each `keep_…` raises StorageError when the disk does not take it; `capture`, `draft` and `note`
    raise LostError when their file is gone or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"

    def open(self) -> None:
        """Make the folder, and remove what an earlier run had not finished.

        Raises:
            StorageError: It cannot be written.
        """
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            for cut_off in self._incoming.iterdir():
                cut_off.unlink()
        except OSError as error:
            raise _not_stored(error) from error

    def keep_capture(self, id: str, body: bytes | bytearray) -> None:
        """Keep a capture, as its request came."""
        self._keep(self._capture_file(id), body)

    def keep_draft(self, id: str, draft: Draft) -> None:
        self._keep(self._draft_file(id), msgspec.json.encode(draft))

    def keep_note(self, note: Note) -> None:
        """Keep a note as its head, which is one line of JSON, and its Markdown behind it.

        To read 30 MB of text as a JSON string holds up every other thread for 0.1 s.
        """
        head = msgspec.json.encode(msgspec.structs.replace(note, markdown=""))
        self._keep(self._note_file(note.id), b"\n".join((head, note.encoded())))

    def capture(self, id: str) -> CaptureRequest:
        return _decoded(_read(self._capture_file(id)), CaptureRequest)

    def draft(self, id: str) -> Draft:
        return _decoded(_read(self._draft_file(id)), Draft)

    def note(self, id: str) -> Note:
        data = _read(self._note_file(id))
        end = data.find(b"\n")
        head = _decoded(data[: max(end, 0)], Note)
        return msgspec.structs.replace(head, markdown=_text(memoryview(data)[end + 1 :]))

    def ids(self) -> set[str]:
        """The captures that have a file here; reads the whole folder."""
        names = (path.name.partition(".") for path in self._folder.glob("*.gz"))
        return {id for id, _, ending in names if ending in {"json.gz", "note.gz"}}

    def head(self, id: str) -> CaptureHead:
        """What its request says of a capture, or its note where the request is gone.

        Raises:
            LostError: Both are gone or damaged.
        """
        try:
            return _decoded(_read(self._capture_file(id)), CaptureHead)
        except LostError:
            note = self.note(id)
            return CaptureHead(id=id, url=note.url, title=note.title, captured_at=note.archived_at)

    def kept_at(self, id: str) -> datetime:
        """When the first file of capture *id* was written; the beginning of time without one."""
        times = [file.stat().st_mtime for file in self._files(id) if file.exists()]
        return datetime.fromtimestamp(min(times, default=0), UTC)

    def has_draft(self, id: str) -> bool:
        return self._draft_file(id).exists()

    def has_note(self, id: str) -> bool:
        return self._note_file(id).exists()

    def remove(self, id: str) -> None:
        """Forget all texts of a capture."""
        for file in self._files(id):
            file.unlink(missing_ok=True)

    def _files(self, id: str) -> tuple[Path, ...]:
        return self._capture_file(id), self._draft_file(id), self._note_file(id)

    def _capture_file(self, id: str) -> Path:
        return self._folder / f"{id}.json.gz"

    def _draft_file(self, id: str) -> Path:
        return self._folder / f"{id}.draft.gz"

    def _note_file(self, id: str) -> Path:
        return self._folder / f"{id}.note.gz"

    def _keep(self, file: Path, body: bytes | bytearray) -> None:
        # The same file may be on its way twice: a sender that lost our answer sends again.
        part = self._incoming / f"{file.name}.{uuid4().hex}"
        try:
            _write_durably(file, part, body)
        except OSError as error:
            raise _not_stored(error) from error


def _read(file: Path) -> bytes:
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _lost() from error


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise _lost() from error


def _text(data: memoryview) -> str:
    """*data* as text, decoded in pieces as `Note.encoded` makes them."""
    pieces = (bytes(data[start : start + PIECE]) for start in range(0, len(data), PIECE))
    try:
        return "".join(codecs.iterdecode(pieces, "utf-8"))
    except UnicodeDecodeError as error:
        raise _lost() from error


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


def _lost() -> LostError:
    return LostError(
        "capture-lost",
        "A file of this capture is missing or damaged.",
        "Capture the page again.",
    )


def _not_stored(error: OSError) -> StorageError:
    return StorageError(
        "storage-failed",
        f"The daemon's state could not be written ({error.strerror}).",
        "See whether the disk is full or its folder read-only.",
    )
