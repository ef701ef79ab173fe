"""`guidang export`: every note as a file, with its images and a catalogue."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from .errors import DaemonError
from .files import file_name

#: Notes that are asked for at once.
STEP = 500
_ASSET = re.compile(r"\((assets/([0-9a-f]{32}\.[a-z0-9]{1,8}))\)")


class Exported(Struct):
    """What came of it, so far."""

    notes: int = 0
    kept: int = 0  #: notes whose file was there before
    assets: int = 0
    missing: int = 0  #: assets that were found nowhere


def export(
    folder: Path,
    ask: Callable[[str, str], Any],
    asset: Callable[[str], Path],
    *,
    versions: bool = False,
) -> Exported:
    """Write all notes of the daemon that *ask* asks into *folder*. No file there is changed.

    *asset* says where the daemon keeps an asset, as long as it does. Of a note that has *versions*
    the newest alone is written, unless they are asked for.

    Raises:
        DaemonError: The folder cannot be written, or the daemon cannot be asked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _free(folder, "catalogue", ".jsonl").open("x", encoding="utf-8") as catalogue:
            return _written(folder, _notes(ask, versions=versions), asset, catalogue.write)
    except OSError as error:
        raise DaemonError(
            "export-failed",
            f"The folder {folder} does not take the notes ({error.strerror}).",
            "Choose one that can be written and has room; what was written stays.",
        ) from error


def _written(
    folder: Path,
    notes: Iterable[dict[str, Any]],
    asset: Callable[[str], Path],
    tell: Callable[[str], Any],
) -> Exported:
    done = Exported()
    taken: set[Path] = set()
    for note in notes:
        file, is_new = _note_file(folder, note, taken)
        taken.add(file)
        done.notes += is_new
        done.kept += not is_new
        for link, name in _ASSET.findall(note["markdown"]):
            _copy_asset(_asset(note, asset(name)), folder / link, done)
        entry = {name: note[name] for name in _CATALOGUED} | {"file": file.name}
        tell(json.dumps(entry, ensure_ascii=False) + "\n")
    return done


_CATALOGUED = (
    "id title url site byline language published archived_at tags places"
    " newer_version older_versions"
).split()


def _notes(ask: Callable[[str, str], Any], *, versions: bool) -> Iterator[dict[str, Any]]:
    """Every note, the newest first; one that comes meanwhile shifts the others, none is lost."""
    seen: set[str] = set()
    offset, every = 0, "&versions=true" if versions else ""
    while found := ask("GET", f"/notes?limit={STEP}&offset={offset}{every}")["notes"]:
        offset += len(found)
        for note in found:
            if note["id"] not in seen:
                seen.add(note["id"])
                yield ask("GET", f"/notes/{note['id']}")


def _note_file(folder: Path, note: dict[str, Any], taken: set[Path]) -> tuple[Path, bool]:
    """The file of a note, and whether it is new.

    It is the one that holds the note from an earlier time, or one under the first free name; none
    that another note has *taken*.
    """
    data = note["markdown"].encode("utf-8", "replace")
    for file in _names(folder, note["title"], ".md"):
        try:
            with file.open("xb") as opened:
                opened.write(data)
        except FileExistsError:
            if file not in taken and file.is_file() and file.read_bytes() == data:
                return file, False
        else:
            return file, True
    raise AssertionError("names do not end")


def _copy_asset(source: Path | None, target: Path, done: Exported) -> None:
    """An asset's name is the hash of its bytes, so one that is there is the same."""
    if target.exists():
        return
    if source is None:
        done.missing += 1
        return
    target.parent.mkdir(exist_ok=True)
    with source.open("rb") as read, target.open("xb") as written:
        shutil.copyfileobj(read, written)
    done.assets += 1


def _asset(note: dict[str, Any], kept: Path) -> Path | None:
    """The file of an asset: as it is *kept*, or where a backend of this machine has put it."""
    if kept.is_file():
        return kept
    for place in note["places"]:
        file = Path(place["place"]).parent / "assets" / kept.name
        with suppress(OSError):
            if (place["url"] or "").startswith("file:") and file.is_file():
                return file
    return None


def _free(folder: Path, title: str, ending: str) -> Path:
    return next(file for file in _names(folder, title, ending) if not file.exists())


def _names(folder: Path, title: str, ending: str) -> Iterator[Path]:
    yield folder / file_name(title, ending)
    number = 2
    while True:
        yield folder / file_name(title, f" ({number}){ending}")
        number += 1
