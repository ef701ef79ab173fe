"""What belongs to captures, on disk: one compressed file each for a capture, its draft and its
note, and the images of notes as they are.

A file is all there or not at all, also after a power cut: it is written beside its place, made
durable, and renamed. Everything here blocks; the daemon calls it in threads, and workers read and
write their captures themselves, so that a large text never passes through the daemon.
"""

from __future__ import annotations

import codecs
import gzip
import os
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec
from msgspec import Struct

from .decoding import converted, decoded
from .errors import LostError, StorageError
from .files import copy, make_folder, sync_folder, write
from .model import PIECE, Asset, Draft, Id, Moment, Note, Summary
from .packing import head_of, headed, packed
from .protocol import CaptureHead, CaptureRequest

T = TypeVar("T")

#: Seconds that an asset is kept although nothing names it: what names it may be on its way.
UNNAMED = 3600.0


class _Assets(Struct, frozen=True):
    """What drafts and notes say of their assets, read without their texts."""

    assets: tuple[Asset, ...] = ()


class Choices(Struct, frozen=True, kw_only=True):
    """What was chosen for a capture after it was accepted: no other file of it knows."""

    plan: str | None = None
    summary: str | None = None  #: what the user wrote
    archive: bool = False  #: the user sent the draft off
    updates: Id | None = None  #: the note of which the user wants it to become the new version
    remakes: Id | None = None  #: the capture of which it is a newer version
    remade_at: Moment | None = None  #: when it became that; its page is as old as the first one's


class Spool:
    """The files in *folder*, by the id of their capture.

    Each `keep_…` raises StorageError when the disk does not take it; `capture`, `draft`, `note`,
    `summary` and `choices` raise LostError when their file is damaged, and the first three when it
    is gone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._assets = folder / "assets"

    @classmethod
    def of(cls, state: Path) -> Spool:
        """The spool in the daemon's *state* folder."""
        return cls(state / "spool")

    def open(self) -> None:
        """Make the folder, and remove what an earlier run had not finished.

        Raises:
            StorageError: It cannot be written.
        """
        try:
            for each in (self._incoming, self._assets):
                make_folder(each, mode=0o700)
            for cut_off in self._incoming.iterdir():
                cut_off.unlink()
        except OSError as error:
            raise _not_stored(error) from error

    def keep_capture(self, request: CaptureHead | CaptureRequest, body: bytes | bytearray) -> None:
        """Keep a capture, as its *request* came: *body*."""
        head = converted(request, CaptureHead, from_attributes=True)
        file = self.capture_file(request.id)
        self._write(file, headed(msgspec.json.encode(head), packed(body)))

    def copy(self, id: str, new: str, *, draft: bool, summary: bool) -> None:
        """Keep the capture *id* under the id *new* as well; on most disks it takes no room.

        So its *draft* and its *summary*, where they are wanted and there.

        Raises:
            LostError: Its file is gone.
        """
        try:
            self._copy(self.capture_file(id), self.capture_file(new))
            for wanted, file in ((draft, self._draft_file), (summary, self._summary_file)):
                if wanted and file(id).exists():
                    self._copy(file(id), file(new))
            sync_folder(self._folder)
        except FileNotFoundError as error:
            raise _lost() from error
        except OSError as error:
            raise _not_stored(error) from error

    def keep_draft(self, id: str, draft: Draft) -> None:
        self._keep(self._draft_file(id), msgspec.json.encode(draft))

    def keep_summary(self, id: str, summary: Summary) -> None:
        """Keep what a summarizer wrote: it may have been paid for."""
        self._keep(self._summary_file(id), msgspec.json.encode(summary))

    def keep_choices(self, id: str, choices: Choices) -> None:
        self._keep(self._choices_file(id), msgspec.json.encode(choices))

    def keep_note(self, note: Note) -> None:
        """Keep a note as its head, which is one line of JSON, and its Markdown behind it.

        To read 30 MB of text as a JSON string holds up every other thread for 0.1 s.
        """
        head = msgspec.json.encode(msgspec.structs.replace(note, markdown=""))
        self._keep(self._note_file(note.id), b"\n".join((head, note.encoded())))

    def keep_asset(self, name: str, data: bytes) -> None:
        """Keep an image under the name that its bytes have given it; once, whoever needs it."""
        file = self.asset(name)
        try:
            if file.exists() and file.stat().st_size == len(data):
                os.utime(file)
                return
        except OSError as error:
            raise _not_stored(error) from error
        self._write(file, data)

    def asset(self, name: str) -> Path:
        """The file of an image, which may be gone."""
        return self._assets / name

    def sweep(self) -> None:
        """Remove the assets that no draft and no note names.

        Raises:
            StorageError: The disk did not do it.
        """
        try:
            named = set().union(*self._named().values())
            for file in self._assets.iterdir():
                is_old = time.time() - file.stat().st_mtime > UNNAMED
                if file.name not in named and is_old:
                    file.unlink()
        except OSError as error:
            raise _not_stored(error) from error

    def capture(self, id: str) -> CaptureRequest:
        return _decoded(_read(self.capture_file(id)), CaptureRequest)

    def draft(self, id: str) -> Draft:
        return _decoded(_read(self._draft_file(id)), Draft)

    def note(self, id: str) -> Note:
        data = _read(self._note_file(id))
        end = data.find(b"\n")
        head = _decoded(data[: max(end, 0)], Note)
        return msgspec.structs.replace(head, markdown=_text(memoryview(data)[end + 1 :]))

    def summary(self, id: str) -> Summary | None:
        """The summary as a summarizer wrote it; None when none did."""
        file = self._summary_file(id)
        return _decoded(_read(file), Summary) if file.exists() else None

    def choices(self, id: str) -> Choices:
        """Most captures have no such file: nothing was chosen."""
        file = self._choices_file(id)
        return _decoded(_read(file), Choices) if file.exists() else Choices()

    def notes(self) -> list[str]:
        """The ids of all notes, the oldest file first."""
        files = sorted(self._folder.glob("*.note.gz"), key=lambda file: file.stat().st_mtime)
        return [file.name.removesuffix(".note.gz") for file in files]

    def sizes(self) -> dict[str, int]:
        """The bytes that the texts of each capture take on disk, by its id.

        Raises:
            StorageError: The folder cannot be read.
        """
        found: dict[str, int] = {}
        try:
            with os.scandir(self._folder) as files:
                for file in files:
                    if file.name.endswith(".gz"):
                        id = file.name.partition(".")[0]
                        found[id] = found.get(id, 0) + file.stat().st_size
        except OSError as error:
            raise _not_stored(error) from error
        return found

    def size(self) -> int:
        """The bytes of all texts and images, those too that nothing names any longer.

        Raises:
            StorageError: A folder cannot be read.
        """
        return sum(self.sizes().values()) + sum(self._asset_sizes().values())

    def over(self, ids: Iterable[str], most: int) -> list[str]:
        """The first of the captures *ids*, as many as must go until all take at most *most* bytes.

        An image counts once, and goes with the last capture that names it.

        Raises:
            StorageError: A folder cannot be read.
        """
        texts, images, named = self.sizes(), self._asset_sizes(), self._named()
        uses = Counter(name for names in named.values() for name in names)
        rest = sum(texts.values()) + sum(images.get(name, 0) for name in uses) - most
        chosen: list[str] = []
        for id in ids:
            if rest <= 0:
                break
            chosen.append(id)
            names = named.get(id, set())
            uses.subtract(names)
            rest -= texts.get(id, 0) + sum(images.get(name, 0) for name in names if not uses[name])
        return chosen

    def ids(self) -> set[str]:
        """The captures that have a file here; reads the whole folder."""
        with os.scandir(self._folder) as files:
            names = [file.name.partition(".") for file in files]
        return {id for id, _, ending in names if ending in {"json.gz", "note.gz"}}

    def head(self, id: str) -> CaptureHead:
        """What its request says of a capture, or its note where the request is gone.

        Raises:
            LostError: Both are gone or damaged.
        """
        try:
            return _head(self.capture_file(id))
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
        # The last one first: a capture that is left without its choices is one, not the reverse.
        for file in reversed(self._files(id)):
            file.unlink(missing_ok=True)

    def _files(self, id: str) -> tuple[Path, ...]:
        return (
            self.capture_file(id),
            self._draft_file(id),
            self._note_file(id),
            self._choices_file(id),
            self._summary_file(id),
        )

    def capture_file(self, id: str) -> Path:
        return self._folder / f"{id}.json.gz"

    def _draft_file(self, id: str) -> Path:
        return self._folder / f"{id}.draft.gz"

    def _note_file(self, id: str) -> Path:
        return self._folder / f"{id}.note.gz"

    def _choices_file(self, id: str) -> Path:
        return self._folder / f"{id}.choices.gz"

    def _summary_file(self, id: str) -> Path:
        return self._folder / f"{id}.summary.gz"

    def _asset_sizes(self) -> dict[str, int]:
        """Raises StorageError."""
        try:
            with os.scandir(self._assets) as files:
                return {file.name: file.stat().st_size for file in files}
        except OSError as error:
            raise _not_stored(error) from error

    def _named(self) -> dict[str, set[str]]:
        """The names of the assets of each capture that has some, by its id."""
        found = defaultdict[str, set[str]](set)
        for file in self._naming():
            found[file.name.partition(".")[0]] |= {asset.name for asset in _assets_in(file)}
        return found

    def _naming(self) -> Iterator[Path]:
        """The drafts first: what becomes of one meanwhile is read as a note."""
        yield from self._folder.glob("*.draft.gz")
        yield from self._folder.glob("*.note.gz")

    def _copy(self, old: Path, new: Path) -> None:
        new.unlink(missing_ok=True)  # an earlier attempt was cut off
        try:
            os.link(old, new)
        except FileNotFoundError:
            raise
        except OSError:  # no hard links here (FAT, some network folders)
            part = self._incoming / new.name
            copy(old, part)
            part.replace(new)

    def _keep(self, file: Path, body: bytes | bytearray) -> None:
        self._write(file, packed(body))

    def _write(self, file: Path, body: bytes) -> None:
        # The same file may be on its way twice: a sender that lost our answer sends again.
        part = self._incoming / f"{file.name}.{uuid4().hex}"
        try:
            write(file, part, body)
        except OSError as error:
            raise _not_stored(error) from error


def _read(file: Path) -> bytes:
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise _lost() from error


def _head(file: Path) -> CaptureHead:
    """The head of a capture; what came before heads were kept is read whole."""
    try:
        head = head_of(file)
    except OSError as error:
        raise _lost() from error
    return _decoded(_read(file) if head is None else head, CaptureHead)


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return decoded(data, kind)
    except msgspec.DecodeError as error:
        raise _lost() from error


def _text(data: memoryview) -> str:
    """*data* as text, decoded in pieces as `Note.encoded` makes them."""
    pieces = (bytes(data[start : start + PIECE]) for start in range(0, len(data), PIECE))
    try:
        return "".join(codecs.iterdecode(pieces, "utf-8"))
    except UnicodeDecodeError as error:
        raise _lost() from error


def _assets_in(file: Path) -> tuple[Asset, ...]:
    """The assets that a draft or a note names; both begin with a line of JSON that says so."""
    try:
        with gzip.open(file) as lines:
            return decoded(lines.readline(), _Assets).assets
    except (FileNotFoundError, EOFError, gzip.BadGzipFile, zlib.error, msgspec.DecodeError):
        return ()  # it was removed meanwhile, or is damaged, which is told where it is needed


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
