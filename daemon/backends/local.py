"""Notes as files in a folder of this machine."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from ..errors import DeliveryDeferred, SettingsError
from ..files import file_name, sync_folder
from ..model import Note, Receipt
from . import Backend, Progress, Surroundings


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where notes go; an empty folder is the default archive."""

    folder: str = ""


def connect(settings: Settings, surroundings: Surroundings) -> Backend:
    if settings.folder:
        return _Local(_chosen(settings.folder), chosen=True)
    return _Local(surroundings.archive, chosen=False)


def _chosen(name: str) -> Path:
    """The folder that the user named; one relative to a daemon's folder is nowhere certain."""
    with suppress(RuntimeError):  # there is no such user
        folder = Path(name).expanduser()
        if folder.is_absolute():
            return folder
    raise SettingsError(
        "settings-invalid",
        f"The folder “{name}” is not a full path.",
        "Begin it with / or ~/, on Windows with a drive.",
    )


class _Local:
    """Writes each note to a temporary file and links it to its name, so no partial note is seen."""

    def __init__(self, folder: Path, *, chosen: bool) -> None:
        self._folder = folder
        self._chosen = chosen
        self._one_at_a_time = asyncio.Lock()

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        data = await asyncio.to_thread(note.encoded)
        async with self._one_at_a_time:
            temporary = self._folder / f".{key}.guidang-part"
            path = await asyncio.to_thread(self._resumed, progress.saved, data, temporary)
            if path is None and progress.lost:
                path = await asyncio.to_thread(self._found, note.title, data, temporary)
            if path is None:
                path = await self._store(note, data, temporary, progress)
        return Receipt(place=str(path), url=path.as_uri())

    async def check(self) -> str:
        await asyncio.to_thread(self._try_to_write)
        return f"Notes go to {self._folder}."

    async def close(self) -> None:
        """Nothing is held open."""

    async def _store(self, note: Note, data: bytes, temporary: Path, progress: Progress) -> Path:
        """Write the note under the first free name, which is saved before it is taken."""
        await asyncio.to_thread(self._write, temporary, data)
        for name in _names(note.title):
            path = self._folder / name
            if not await asyncio.to_thread(self._is_free, path):
                continue
            await progress.save(str(path))
            if await asyncio.to_thread(_publish, temporary, path):
                return path
        raise AssertionError("names do not end")

    def _is_free(self, path: Path) -> bool:
        with _translated(self._folder):
            return not os.path.lexists(path)

    def _resumed(self, saved: object, data: bytes, temporary: Path) -> Path | None:
        """The file of an earlier attempt that came as far as its name.

        The name alone proves nothing: another program may have taken it in the meantime.
        """
        if not isinstance(saved, str):
            return None
        path = Path(saved)
        with _translated(self._folder):
            if not path.is_file() or path.read_bytes() != data:
                return None
            temporary.unlink(missing_ok=True)
            return path

    def _found(self, title: str, data: bytes, temporary: Path) -> Path | None:
        """The file of an attempt that nobody remembers: one of the note's names, and its bytes."""
        for name in _names(title):
            path = self._folder / name
            with _translated(self._folder):
                if not os.path.lexists(path):
                    return None
            if found := self._resumed(str(path), data, temporary):
                return found
        raise AssertionError("names do not end")

    def _write(self, temporary: Path, data: bytes) -> None:
        with _translated(self._folder):
            self._prepare()
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

    def _prepare(self) -> None:
        # A folder that the user chose may lie on a disk that is not there now;
        # made anew, it would take notes that nobody finds.
        if not self._chosen:
            self._folder.mkdir(parents=True, exist_ok=True)

    def _try_to_write(self) -> None:
        with _translated(self._folder):
            self._prepare()
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"guidang")


def _names(title: str) -> Iterator[str]:
    """Names for a note: `Title.md`, `Title (2).md`, and so on."""
    yield file_name(title, ".md")
    number = 2
    while True:
        yield file_name(title, f" ({number}).md")
        number += 1


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
