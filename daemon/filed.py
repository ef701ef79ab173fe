"""Notes as files in the folders of local backends: found, and read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from .library.written import Written, read
from .markdown import tags_of
from .model import LONGEST_TITLE, Note
from .protocol import PassedOver
from .settings import Settings

#: Bytes of a file; a note of more than a page can have is none.
LARGEST_FILE = 512 << 20

#: A note, the backend that has it, and where.
NotePlace = tuple[str, str, str]


class Folder(Struct, frozen=True):
    """A folder of notes that is there."""

    path: Path
    files: list[Path]  #: its Markdown files and those below it, the last written first


class FiledNote(Struct, frozen=True):
    note: Note
    is_dated: bool  #: its file says when it was archived; else that is when the file was written


class Places:
    """Which note lies where, and which are there no longer; blocking while it is made.

    Of two notes at one place the later in *known* counts.
    """

    def __init__(self, folders: Mapping[str, Folder], known: Iterable[NotePlace]) -> None:
        self.gone: set[NotePlace] = set()
        self.note_at: dict[str, str] = {}
        self._there: set[tuple[str, str]] = set()
        for note, backend, place in known:
            if _is_gone(folders.get(backend), place):
                self.gone.add((note, backend, place))
            else:
                self.note_at[place] = note
                self.found(note, backend)
        self._left = {(note, backend) for note, backend, _ in self.gone}
        self.lost = {note for note, _, _ in self.gone} - {note for note, _ in self._there}

    def found(self, note: str, backend: str) -> None:
        """*backend* has it after all."""
        self._there.add((note, backend))

    def was_elsewhere(self, note: str, backend: str) -> bool:
        """*backend* had it at a place where it is no longer."""
        return (note, backend) in self._left

    def has(self, note: str, backend: str) -> bool:
        return (note, backend) in self._there


def local_folders(settings: Settings, archive: Path) -> dict[str, Path]:
    """The folders of the backends that keep notes as files, by the backend's name."""
    return {
        name: Path(os.path.expanduser(str(table.get("folder") or archive)))  # noqa: PTH111  never fails
        for name, table in settings.backends.items()
        if table.get("kind", name) == "local"
    }


def folders_there(folders: Mapping[str, Path]) -> dict[str, Folder]:
    """Those of *folders* that are there, without what is hidden or linked in them; blocking."""
    return {
        name: Folder(path, sorted(_walked(path), key=_changed, reverse=True))
        for name, path in folders.items()
        if path.is_dir()
    }


def filed_note(file: Path, id: str | None) -> FiledNote | PassedOver:
    """The note in *file*, or why there is none.

    Without an *id* it has one of its address and moment, or text, the same each time.
    """
    try:
        changed, size = _changed(file), file.stat().st_size
        if size > LARGEST_FILE:
            return PassedOver(str(file), "it is too large")
        with file.open(encoding="utf-8", newline="") as opened:
            markdown = opened.read()
    except OSError as error:
        return PassedOver(str(file), f"it cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        return PassedOver(str(file), "it is no UTF-8 text")
    written = read(markdown)
    if written is None:
        return PassedOver(str(file), "it has no title, or no line with the address of a page")
    moment = written.archived_at or datetime.fromtimestamp(changed).astimezone()
    note = _note(written, markdown, moment, id or _id_of(written, markdown))
    return FiledNote(note, written.archived_at is not None)


def is_same(filed: FiledNote, other: Note) -> bool:
    """Whether two notes of one page are the same, by text or, to the second, by moment."""
    note = filed.note
    return note.markdown == other.markdown or (
        filed.is_dated and _as_written(note.archived_at) == _as_written(other.archived_at)
    )


def _is_gone(folder: Folder | None, place: str) -> bool:
    if folder is None or not Path(place).is_relative_to(folder.path):
        return False
    return not os.path.lexists(place)


def _id_of(written: Written, markdown: str) -> str:
    if written.archived_at is None:
        name = f"{written.url} {hashlib.sha256(markdown.encode('utf-8', 'replace')).hexdigest()}"
    else:
        name = f"{written.url} {written.archived_at.astimezone(UTC).isoformat()}"
    return str(uuid5(NAMESPACE_URL, name))


def _note(written: Written, markdown: str, moment: datetime, id: str) -> Note:
    return Note(
        id=id,
        url=written.url,
        title=written.title[:LONGEST_TITLE],
        markdown=markdown,
        archived_at=moment,
        site=written.site,
        language=written.language,
        byline=written.byline,
        published=written.published,
        tags=written.tags or tags_of(markdown),
    )


def _as_written(moment: datetime) -> datetime:
    """As a note's head has it: to the second, and without the offset."""
    return moment.replace(tzinfo=None, microsecond=0)


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # it is told when it is read
        return 0.0


def _walked(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):  # errors are passed over: a disk may be away
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            Path(here, name) for name in names if name.endswith(".md") and not name.startswith(".")
        )
