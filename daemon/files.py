"""File names that every system takes, and names that survive a power cut."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from contextlib import suppress
from pathlib import Path

#: ext4, APFS and NTFS take 255 bytes, bytes or UTF-16 units; bytes are the least.
LONGEST = 255
#: Not in a name on Windows, or a path on some system.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')
#: What Windows reserves, also before a dot and with spaces between; `ntpath.isreserved` (Python
#: 3.13) has the names of the console, which the page below leaves out.
_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE
)
#: What no name ends in; a joiner joins nothing there.
_EDGE = " .\u200d"


def file_name(title: str, ending: str) -> str:
    """*title* as a file name that ends in *ending*: at most 255 bytes of UTF-8, never empty.

    https://learn.microsoft.com/windows/win32/fileio/naming-a-file names what Windows refuses.
    """
    visible = "".join(map(_visible, unicodedata.normalize("NFC", title)))
    stem = _FORBIDDEN.sub(" ", visible).strip(_EDGE)
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    room = LONGEST - len(ending.encode())
    cut = stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(_EDGE)
    return (cut or "untitled") + ending


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable. Windows keeps them with the file."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, *, below: Path | None = None, mode: int = 0o777) -> None:
    """Make *folder* if it is not there, and those above it, but not *below*; durably."""
    if folder == below or folder.is_dir():
        return
    make_folder(folder.parent, below=below)
    folder.mkdir(mode, exist_ok=True)
    sync_folder(folder.parent)


def write(path: Path, part: Path, data: bytes) -> None:
    """Write *data* so that *path* has all of it or is as it was, also after a power cut.

    It is first written as *part*, on the same disk.
    """
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):  # on a full disk its crumbs would take the last room
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file. *target* is whole or not there, also after a power cut, once its folder is
    synced.

    No hard link: what its user does to the one would happen to the other.
    """
    part = target.with_name(f".{target.name}.guidang-part")
    part.unlink(missing_ok=True)  # what a crash left
    try:
        with source.open("rb") as given, part.open("xb") as taken:
            shutil.copyfileobj(given, taken)
            taken.flush()
            os.fsync(taken.fileno())
        part.replace(target)
    except OSError:
        with suppress(OSError):  # a full disk is told, its crumbs are not
            part.unlink()
        raise


def _visible(character: str) -> str:
    """Control and formatting characters hide or turn around what a name says.

    The joiner stays: it holds emoji together.
    """
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return " " if category in {"Cc", "Cf", "Zl", "Zp"} and character != "\u200d" else character
