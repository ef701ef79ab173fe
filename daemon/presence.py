"""Is a folder of notes the one that took notes before?

A disk that is unmounted leaves an empty folder in its place. What is written there is hidden when
the disk is back. So a folder bears an id, in a file of ours, and the daemon remembers it. Numbers
of devices and inodes would not do: a network disk has new ones each time that it is mounted, and so
has a folder that was synced, restored or copied to another machine.
"""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from pathlib import Path

from .errors import DeliveryDeferred, StorageError
from .files import make_folder, write

#: The file in a folder of notes that holds its id.
ID_FILE = ".guidang-folder"
_EXPLANATION = "By this file Guidang knows the folder again when its disk was away. Leave it here."


class Folders:
    """The ids of folders, remembered in the daemon's *state* folder. Everything here blocks."""

    def __init__(self, state: Path) -> None:
        self._memory = state / "folders"

    def recognize(self, folder: Path) -> None:
        """See that *folder* is the one that was seen first, or see it first.

        One with other files but without its id gets it anew: not every sync, clone or backup
        takes hidden files along.

        Raises:
            DeliveryDeferred: It is another one, or empty where another one was before.
            OSError: It cannot be read, or its id not be written there.
            StorageError: It cannot be remembered.
        """
        remembered, found = self._remembered(folder), _first_line(folder / ID_FILE)
        if found is None and (remembered is None or _holds_something(folder)):
            found = remembered or uuid.uuid4().hex
            _write(folder / ID_FILE, found, _EXPLANATION)
        if found is None:
            raise self._other(folder, "is empty, and notes went to another one before")
        if remembered is None:
            self._remember(folder, found)
        elif found != remembered:
            raise self._other(folder, "is not the one that notes went to before")

    def _remembered(self, folder: Path) -> str | None:
        try:
            return _first_line(self._file(folder))
        except OSError as error:
            raise _not_stored(error) from error

    def _remember(self, folder: Path, id: str) -> None:
        try:
            make_folder(self._memory, mode=0o700)
            _write(self._file(folder), id, str(folder))
        except OSError as error:
            raise _not_stored(error) from error

    def _file(self, folder: Path) -> Path:
        return self._memory / hashlib.sha256(bytes(folder)).hexdigest()[:32]

    def _other(self, folder: Path, what: str) -> DeliveryDeferred:
        return DeliveryDeferred(
            "folder-missing",
            f"The folder {folder} {what}.",
            "Mount its disk. If notes shall go to this folder from now on,"
            f" delete the file {self._file(folder)}.",
        )


def _first_line(file: Path) -> str | None:
    """None where the file is missing, or says nothing."""
    with suppress(FileNotFoundError):
        return file.read_text("utf-8", "replace").partition("\n")[0].strip() or None
    return None


def _write(file: Path, id: str, explanation: str) -> None:
    part = file.with_name(f"{file.name}.guidang-part")
    write(file, part, f"{id}\n{explanation}\n".encode("utf-8", "surrogateescape"))


def _holds_something(folder: Path) -> bool:
    return any(not path.name.startswith(".") for path in folder.iterdir())


def _not_stored(error: OSError) -> StorageError:
    return StorageError(
        "storage-failed",
        f"The daemon's state could not be written ({error.strerror}).",
        "See whether the disk is full or its folder read-only.",
    )
