"""Notes as files in a folder of this machine."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .. import git
from ..decoding import converted
from ..errors import DeliveryDeferred, SnapshotError
from ..files import copy, make_folder, sync_folder
from ..model import Asset, Fault, Note, Receipt, Unsaved
from ..placing import IMAGE_LOST, TITLE, check_templates, file_names, folder_of, name_of
from ..protocol import fault_of
from ..snapshot import is_ours
from . import Again, Backend, Progress, Surroundings, earlier_of


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where notes go, and how they are called."""

    folder: str = ""  #: empty: the default archive
    subfolder: str = ""  #: a template of names, with slashes
    name: str = TITLE  #: a template of names
    again: Again = "version"  #: when the URL is archived again
    snapshot: bool = False  #: with the page itself beside the note
    git: bool = False  #: with a commit of each note

    def __post_init__(self) -> None:
        """Raises ValueError, which becomes a SettingsError: what could never work."""
        _chosen(self.folder or "/")
        check_templates(self.subfolder, self.name)


class Step(Struct, frozen=True):
    """What is saved of a delivery."""

    path: str  #: the name that is taken, or is about to be
    kept: bool = False  #: the note is there; what is left is its snapshot or commit


def connect(settings: Settings, surroundings: Surroundings) -> Backend:
    return _Local(settings, surroundings)


def _chosen(name: str) -> Path:
    """The folder that the user named; one relative to a daemon's folder is nowhere certain."""
    with suppress(RuntimeError):  # there is no such user
        folder = Path(name).expanduser()
        if folder.is_absolute():
            return folder
    raise ValueError(
        f"The folder “{name}” is not a full path; begin it with / or ~/, on Windows with a drive"
    )


class _Local:
    """Writes each note to a temporary file and links it to its name, so no partial note is seen."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._folder = _chosen(settings.folder) if settings.folder else surroundings.archive
        self._one_at_a_time = asyncio.Lock()

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        data = await asyncio.to_thread(note.encoded)
        async with self._one_at_a_time:
            path = None
            if step := _step(progress.saved):
                path = await asyncio.to_thread(self._resumed, step, key, data)
            if path is None and progress.lost:
                path = await self._found(note, key, data)
            if path is None:
                earlier = await self._earlier(note)
                if earlier and self._settings.again == "skip" and not note.completes:
                    return earlier
                path = await self._store(note, key, data, earlier, progress)
            return await self._completed(note, path, data, progress)

    async def check(self) -> str:
        await asyncio.to_thread(self._try_to_write)
        if self._settings.git:
            await git.check(self._folder)
        return f"Notes go to {self._folder}."

    async def close(self) -> None:
        """Nothing is held open."""

    def _resumed(self, step: Step, key: str, data: bytes) -> Path | None:
        """The file of an earlier attempt that came as far as its name.

        The name alone proves nothing: another program may have taken it in the meantime.
        """
        path = Path(step.path)
        with _translated(self._folder):
            if not path.is_file() or not (step.kept or path.read_bytes() == data):
                return None
            _temporary(path.parent, key).unlink(missing_ok=True)
            return path

    async def _found(self, note: Note, key: str, data: bytes) -> Path | None:
        """The file of an attempt that nobody remembers: one of the note's names, and its bytes."""
        folder, title = await self._folder_of(note), await self._name_of(note)
        for name in file_names(title):
            step = Step(str(folder / name))
            if path := await asyncio.to_thread(self._resumed, step, key, data):
                return path
            if not await asyncio.to_thread(os.path.lexists, step.path):
                return None
        raise AssertionError("names do not end")

    async def _earlier(self, note: Note) -> Receipt | None:
        """The newest receipt of `earlier_of` whose file is there."""
        for receipt in await earlier_of(note, self._settings.again, self._surroundings):
            path = Path(receipt.place)
            if path.is_relative_to(self._folder) and await asyncio.to_thread(path.is_file):
                return receipt
        return None

    async def _store(
        self, note: Note, key: str, data: bytes, earlier: Receipt | None, progress: Progress
    ) -> Path:
        """Put the note in the place of its earlier version, or else under a free name."""
        if earlier and (path := await self._overwritten(note, key, data, earlier, progress)):
            return path
        folder = await self._folder_of(note)
        names = file_names(await self._name_of(note))
        temporary = await asyncio.to_thread(self._lay_out, note, folder, key, data)
        while True:
            path = await asyncio.to_thread(self._first_free, folder, names)
            await progress.save(msgspec.to_builtins(Step(str(path))))
            if await asyncio.to_thread(_publish, temporary, path):
                return path

    async def _overwritten(
        self, note: Note, key: str, data: bytes, earlier: Receipt, progress: Progress
    ) -> Path | None:
        """The file of *earlier*, now with the note; None when its user has changed it."""
        path = Path(earlier.place)
        found = await asyncio.to_thread(self._digest_of, path)
        if found is None or not await self._is_as_written(path, found, earlier):
            return None
        temporary = await asyncio.to_thread(self._lay_out, note, path.parent, key, data)
        await progress.save(msgspec.to_builtins(Step(str(path))))
        if await asyncio.to_thread(self._replace, temporary, path, found):
            return path
        return None

    async def _is_as_written(self, path: Path, digest: str, receipt: Receipt) -> bool:
        if digest == receipt.revision:
            return True
        by_git = self._settings.git and receipt.revision
        return bool(by_git) and await git.is_unchanged(self._folder, path, str(receipt.revision))

    async def _completed(self, note: Note, path: Path, data: bytes, progress: Progress) -> Receipt:
        """The note is there; what belongs to it follows."""
        revision, lost = await asyncio.to_thread(lambda: (_digest(data), self._lost(path, note)))
        warning = None
        if self._settings.snapshot or self._settings.git:
            await progress.save(msgspec.to_builtins(Step(str(path), kept=True)))
            page, warning = await self._snapshot(note, path)
            if self._settings.git:
                files = [path, *_assets_beside(path, note), *page]
                revision = await git.commit(self._folder, files, f"Archive “{path.stem}”")
        return Receipt(
            place=str(path), url=path.as_uri(), revision=revision, unsaved=lost, warning=warning
        )

    async def _snapshot(self, note: Note, path: Path) -> tuple[list[Path], Fault | None]:
        """The file with the page of the note at *path*, if it is wanted, or why there is none."""
        if not self._settings.snapshot:
            return [], None
        try:
            data = await self._surroundings.snapshot(note.id)
        except SnapshotError as error:
            return [], fault_of(error)
        return [await asyncio.to_thread(self._put_page, path, data)], None

    async def _folder_of(self, note: Note) -> Path:
        fill = self._surroundings.fill
        return self._folder.joinpath(*await folder_of(note, self._settings.subfolder, fill))

    async def _name_of(self, note: Note) -> str:
        return await name_of(note, self._settings.name, self._surroundings.fill)

    def _lay_out(self, note: Note, folder: Path, key: str, data: bytes) -> Path:
        """Bring to *folder*, where the note is to lie, what must be there before it."""
        temporary = _temporary(folder, key)
        with _translated(self._folder):
            self._make(folder)
            self._place_assets(folder, note.assets)
            _write(temporary, data)
        return temporary

    def _place_assets(self, folder: Path, assets: tuple[Asset, ...]) -> None:
        """Put *assets* beside a note in *folder*, but for those whose files are gone."""
        if not assets:
            return
        beside = folder / "assets"
        make_folder(beside)
        for asset in assets:
            source = self._surroundings.asset(asset.name)
            if source.is_file() and not _is_there(source, beside / asset.name):
                copy(source, beside / asset.name)
        sync_folder(beside)

    def _lost(self, path: Path, note: Note) -> tuple[Unsaved, ...]:
        """The assets of the note at *path* that are not beside it."""
        with _translated(self._folder):
            there = _assets_beside(path, note)
        names = {file.name for file in there}
        return tuple(
            Unsaved(asset.url, IMAGE_LOST) for asset in note.assets if asset.name not in names
        )

    def _put_page(self, note: Path, data: bytes) -> Path:
        """Write the snapshot of the note at *note*; one of an earlier version is replaced."""
        temporary = _temporary(note.parent, f"{note.stem[:40]}.html")
        for name in file_names(note.stem, ".html"):
            path = note.with_name(name)
            with _translated(self._folder):
                found = path.read_bytes() if path.is_file() else b""
                if found == data:
                    temporary.unlink(missing_ok=True)
                    return path
                _write(temporary, data)
                if found and self._settings.again == "overwrite" and is_ours(found):
                    temporary.replace(path)
                    sync_folder(path.parent)
                    return path
            if _publish(temporary, path):
                return path
        raise AssertionError("names do not end")

    def _first_free(self, folder: Path, names: Iterator[str]) -> Path:
        return next(path for name in names if self._is_free(path := folder / name))

    def _is_free(self, path: Path) -> bool:
        names = [path, path.with_suffix(".html")] if self._settings.snapshot else [path]
        with _translated(self._folder):
            return not any(map(os.path.lexists, names))

    def _digest_of(self, path: Path) -> str | None:
        with _translated(self._folder):
            return _digest(path.read_bytes()) if path.is_file() else None

    def _replace(self, temporary: Path, path: Path, digest: str) -> bool:
        """Give the complete file the name of another, durably; false if that has changed."""
        with _translated(self._folder):
            if self._digest_of(path) != digest:
                return False
            temporary.replace(path)
            sync_folder(path.parent)
            return True

    def _make(self, folder: Path) -> None:
        # A folder that the user chose may lie on a disk that is not there now;
        # made anew, it would take notes that nobody finds.
        if self._settings.folder:
            self._surroundings.recognize(self._folder)
            make_folder(folder, below=self._folder)
        else:
            make_folder(folder)

    def _try_to_write(self) -> None:
        with _translated(self._folder):
            self._make(self._folder)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"guidang")


def _step(saved: Any) -> Step | None:
    with suppress(msgspec.ValidationError):
        return converted(saved, Step)
    return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _temporary(folder: Path, key: str) -> Path:
    return folder / f".{key}.guidang-part"


def _write(temporary: Path, data: bytes) -> None:
    """Write a file that is complete and durable before it has its name. Raises OSError."""
    try:
        # What a crash left may be the note itself under its second name.
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):  # a full disk is told, its crumbs are not
            temporary.unlink()
        raise


def _is_there(source: Path, target: Path) -> bool:
    """Whether *target* has the bytes of *source*: the name says so, unless it was cut."""
    return target.is_file() and target.stat().st_size == source.stat().st_size


def _assets_beside(path: Path, note: Note) -> list[Path]:
    files = (path.parent / "assets" / asset.name for asset in note.assets)
    return [file for file in files if file.is_file()]


def _publish(temporary: Path, path: Path) -> bool:
    """Give the complete file its name, durably; false when the name was taken meanwhile."""
    with _translated(path.parent):
        try:
            _rename_to_free(temporary, path)
        except FileExistsError:
            return False
        sync_folder(path.parent)
        return True


def _rename_to_free(temporary: Path, path: Path) -> None:
    """A rename that never overwrites: POSIX renames over what is there, a link does not."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
        # No hard links here (FAT, some network folders). One daemon at a time writes, so only
        # another program could take the name between the look and the rename.
        if path.exists():
            raise FileExistsError from error
        temporary.rename(path)
        return
    temporary.unlink()


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """What the file system says, as an error of ours. All of it may pass: disks come back."""
    try:
        yield
    except OSError as error:
        code, message, hint = _EXPLAINED.get(error.errno or 0, _UNEXPLAINED)
        raise DeliveryDeferred(
            code, message.format(folder=folder, reason=error.strerror), hint
        ) from error


_NOT_WRITABLE = (
    "folder-not-writable",
    "The folder {folder} cannot be written.",
    "Change its permissions, or choose another folder.",
)
_MISSING = (
    "folder-missing",
    "The folder {folder} is not there.",
    "Mount its disk or create it, or choose another folder.",
)
_FULL = (
    "disk-full",
    "The disk of {folder} is full.",
    "Make room; the note goes out by itself then.",
)
_UNEXPLAINED = (
    "folder-failed",
    "The folder {folder} did not take the note ({reason}).",
    "See whether its disk is in order.",
)
_EXPLAINED = {
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
    errno.ENOENT: _MISSING,
    errno.ENOTDIR: _MISSING,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}
