"""Is a folder of notes the one that took notes before?

A disk that is unmounted leaves an empty folder in its place. What is written there is hidden when
the disk is back. So the daemon remembers a folder by the numbers that its file system gives it.
They prove little: a network disk may have new ones each time that it is mounted, and so has a
folder that was restored or synced. Hence only an empty folder with other numbers is doubted.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from .errors import DeliveryDeferred, StorageError
from .files import make_folder, write


class Folders:
    """The numbers of folders, remembered in the daemon's *state* folder. Everything here blocks."""

    def __init__(self, state: Path) -> None:
        self._memory = state / "folders"

    def recognize(self, folder: Path) -> None:
        """See that *folder* is the one that took notes before, or may well be it.

        Raises:
            DeliveryDeferred: It is empty, and another one than before.
            OSError: It cannot be read.
            StorageError: It cannot be remembered.
        """
        found = folder.stat()
        numbers = f"{found.st_dev} {found.st_ino}"
        remembered = self._remembered(folder)
        if remembered == numbers:
            return
        if remembered is not None and not _holds_something(folder):
            raise self._other(folder)
        self._remember(folder, numbers)

    def _remembered(self, folder: Path) -> str | None:
        try:
            with suppress(FileNotFoundError):
                return self._file(folder).read_text("ascii", "replace").strip()
        except OSError as error:
            raise _not_stored(error) from error
        return None

    def _remember(self, folder: Path, numbers: str) -> None:
        file = self._file(folder)
        try:
            make_folder(self._memory, mode=0o700)
            write(file, file.with_suffix(".part"), numbers.encode())
        except OSError as error:
            raise _not_stored(error) from error

    def _file(self, folder: Path) -> Path:
        return self._memory / hashlib.sha256(bytes(folder)).hexdigest()[:32]

    def _other(self, folder: Path) -> DeliveryDeferred:
        return DeliveryDeferred(
            "folder-missing",
            f"The folder {folder} is empty, and notes went to another one before.",
            "Mount its disk. If notes shall go to this folder from now on,"
            f" delete the file {self._file(folder)}.",
        )


def _holds_something(folder: Path) -> bool:
    """Whether a person would see anything there; systems leave hidden files in mount points."""
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _not_stored(error: OSError) -> StorageError:
    return StorageError(
        "storage-failed",
        f"The daemon's state could not be written ({error.strerror}).",
        "See whether the disk is full or its folder read-only.",
    )
