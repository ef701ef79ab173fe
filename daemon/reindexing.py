"""The library made anew from what there is: the spool, the folders of notes, and the outbox."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import msgspec

from .errors import DaemonError, LostError
from .library import Library
from .library.written import Written, read
from .markdown import tags_of
from .model import LONGEST_TITLE, Note, Receipt
from .outbox import Outbox, Settled
from .protocol import Reindexed
from .settings import Settings

log = logging.getLogger(__name__)

#: Notes between two words on how far it is.
STEP = 100
#: Bytes of a file; a note of more than a page can have is none.
LARGEST_FILE = 512 << 20


class Reindexing:
    """Adds to the library what it lacks, and puts right what differs; takes nothing away.

    *folders* gives the folders of notes by the name of their backend.
    """

    def __init__(
        self, outbox: Outbox, library: Library, *, folders: Callable[[], Mapping[str, Path]]
    ) -> None:
        self._outbox = outbox
        self._library = library
        self._folders = folders
        self._one_at_a_time = asyncio.Lock()

    @property
    def busy(self) -> bool:
        return self._one_at_a_time.locked()

    async def complete(self) -> None:
        """Make a library whole that is new or was left half made. What fails is told in the log."""
        try:
            if not await self._library.is_complete():
                async for _ in self.run():
                    pass
        except DaemonError as error:
            log.error("the library is not complete: %s", error.code)
        except Exception:  # a bug here must not end the daemon
            log.exception("the library is not complete")

    async def run(self) -> AsyncGenerator[Reindexed, None]:
        """How far it is, now and then; the last is `done`.

        Raises:
            StorageError: The library cannot be written.
        """
        async with self._one_at_a_time:
            await self._library.check()
            begun_anew = True
            while begun_anew:  # damage that comes up on the way takes with it what was added
                await self._library.begun_anew()
                counts = Reindexed()
                async with aclosing(self._once()) as steps:
                    async for counts in steps:
                        yield counts
                begun_anew = await self._library.begun_anew()
            await self._library.completed(datetime.now(UTC))
            log.info("the library is complete: %s notes, %s added", counts.notes, counts.added)
            yield msgspec.structs.replace(counts, type="done")

    async def _once(self) -> AsyncGenerator[Reindexed, None]:
        counts = Reindexed()
        settled = await self._settled()
        async with aclosing(self._notes(settled)) as notes:
            async for note in notes:
                counts = await self._counted(counts, note)
                if (counts.notes + counts.passed_over) % STEP == 0:
                    yield counts
        for start in range(0, len(settled), STEP):
            await self._library.stored(
                [(d.capture, d.backend, d.receipt, d.at) for d in settled[start : start + STEP]]
            )
        yield msgspec.structs.replace(counts, places=len(settled))

    async def _counted(self, counts: Reindexed, note: Note | None) -> Reindexed:
        if note is None:
            return msgspec.structs.replace(counts, passed_over=counts.passed_over + 1)
        added = await self._library.add(note)
        return msgspec.structs.replace(
            counts, notes=counts.notes + 1, added=counts.added + int(added)
        )

    async def _settled(self) -> list[Settled]:
        """All deliveries that have their receipt, in short reads: others wait."""
        found: list[Settled] = []
        while more := await self._outbox.settled(after=found[-1].number if found else 0):
            found += more
        return found

    async def _notes(self, settled: Sequence[Settled]) -> AsyncGenerator[Note | None, None]:
        """Each note once, from the spool if it is there; None for what is no note."""
        spool, begun = self._outbox.spool, time.time()
        seen, written = set(), set()
        for id in await asyncio.to_thread(spool.notes):
            seen.add(id)
            note = await asyncio.to_thread(_or_none, spool.note, id)
            yield note
            if note is not None:
                written.add(_as_written(note))
        told = {delivery.receipt.place: delivery.capture for delivery in settled}
        known = await self._library.by_place() | told
        for backend, folder in self._folders().items():
            for file in await asyncio.to_thread(_files, folder, before=begun):
                named = known.get(str(file))
                if named in seen:
                    continue
                note = await asyncio.to_thread(note_of, file, named)
                if named is None and note is not None:
                    if _as_written(note) in written:  # its receipt is on its way
                        continue
                    await self._found_at(backend, file, note)
                yield note

    async def _found_at(self, backend: str, file: Path, note: Note) -> None:
        receipt = Receipt(place=str(file), url=file.as_uri())
        await self._library.stored([(note.id, backend, receipt, note.archived_at)])


def local_folders(settings: Settings, archive: Path) -> dict[str, Path]:
    """The folders of the backends that keep notes as files, by the backend's name."""
    return {
        name: Path(os.path.expanduser(str(table.get("folder") or archive)))  # noqa: PTH111  never fails
        for name, table in settings.backends.items()
        if table.get("kind", name) == "local"
    }


def note_of(file: Path, id: str | None) -> Note | None:
    """The note in *file*; None when it is none of ours or cannot be read.

    Without an *id* it has one of its address and moment, the same each time.
    """
    try:
        if file.stat().st_size > LARGEST_FILE:
            return None
        with file.open(encoding="utf-8", newline="") as opened:
            markdown = opened.read()
    except (OSError, UnicodeDecodeError):
        return None
    written = read(markdown)
    return None if written is None else _note(written, markdown, id)


def _note(written: Written, markdown: str, id: str | None) -> Note:
    name = f"{written.url} {written.archived_at.astimezone(UTC).isoformat()}"
    return Note(
        id=id or str(uuid5(NAMESPACE_URL, name)),
        url=written.url,
        title=written.title[:LONGEST_TITLE],
        markdown=markdown,
        archived_at=written.archived_at,
        site=written.site,
        language=written.language,
        byline=written.byline,
        published=written.published,
        tags=written.tags or tags_of(markdown),
    )


def _or_none(read_note: Callable[[str], Note], id: str) -> Note | None:
    try:
        return read_note(id)
    except LostError as error:
        log.warning("note %s is not indexed: %s", id, error.code)
        return None


def _as_written(note: Note) -> tuple[str, datetime]:
    """Of two notes the same, if one is the file of the other: its address, and the moment to the
    second, without the offset that is not written.
    """
    return note.url, note.archived_at.replace(tzinfo=None, microsecond=0)


def _files(folder: Path, *, before: float) -> list[Path]:
    """The Markdown files of a folder and those below it, without what is hidden or linked.

    What was written since the moment *before* has been delivered meanwhile, and is told by its
    receipt.
    """
    return sorted(file for file in _walked(folder) if _changed(file) < before)


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
