"""The library made anew from what there is: the spool, the folders of notes, and the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .errors import DaemonError, LostError
from .filed import FiledNote, Folder, Places, filed_note, folders_there, is_same
from .library import Library, address_of
from .model import DeliveryState, Note, Receipt
from .outbox import Outbox, Settled
from .protocol import PassedOver, Reindexed

log = logging.getLogger(__name__)

#: Notes between two words on how far it is.
STEP = 100
#: Files that were passed over and are told by their names.
MOST_TOLD = 100
_UNSETTLED = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.REJECTED)


class Reindexing:
    """Adds to the library what it lacks, puts right what differs, and takes away the places, and
    notes that have no other, whose files are gone.

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
        # Files come first: one that is written later is told by its receipt, and no clock is asked.
        folders = await asyncio.to_thread(folders_there, self._folders())
        await self._tell_versions()
        await self._library.removed(await self._outbox.removals.all())
        settled = await self._settled()
        known = [(d.capture, d.backend, d.receipt.place) for d in settled]
        known = [*await self._library.places(), *known]
        places = await asyncio.to_thread(Places, folders, known)
        counts = Reindexed()
        async with aclosing(self._notes(folders, places)) as notes:
            async for note in notes:
                counts = await self._counted(counts, note)
                if (counts.notes + counts.passed_over) % STEP == 0:
                    yield counts
        number = await self._tell_places(settled, places)
        yield msgspec.structs.replace(counts, places=number, gone=len(places.gone))

    async def _counted(self, counts: Reindexed, note: Note | PassedOver) -> Reindexed:
        if isinstance(note, PassedOver):
            told = counts.passed
            return msgspec.structs.replace(
                counts,
                passed_over=counts.passed_over + 1,
                passed=(*told, note) if len(told) < MOST_TOLD else told,
            )
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

    async def _tell_versions(self) -> None:
        versions, last = await self._outbox.all_versions(after=0)
        while versions:
            await self._library.versions(versions)
            versions, last = await self._outbox.all_versions(after=last)

    async def _tell_places(self, settled: list[Settled], places: Places) -> int:
        """Tell the library the places that are there and those that are gone; how many are."""
        there = [
            (d.capture, d.backend, d.receipt, d.at)
            for d in settled
            if (d.capture, d.backend, d.receipt.place) not in places.gone
        ]
        for start in range(0, len(there), STEP):
            await self._library.stored(there[start : start + STEP])
        await self._library.gone(places.gone, keep=await self._unsettled())
        return len(there)

    async def _unsettled(self) -> set[str]:
        """The notes that are still to go somewhere."""
        return {id for state in _UNSETTLED for id in await self._outbox.in_state(state)}

    async def _notes(
        self, folders: Mapping[str, Folder], places: Places
    ) -> AsyncGenerator[Note | PassedOver, None]:
        """Each note once, from the spool if it is there."""
        lost = places.lost - await self._unsettled()
        seen: set[str] = set()
        spooled: defaultdict[str, list[str]] = defaultdict(list)
        for id in await asyncio.to_thread(self._outbox.spool.notes):
            note = await self._spooled(id)
            if note is None:
                yield PassedOver(f"{id}.note.gz", "it is damaged")
                continue
            spooled[address_of(note.url)].append(id)
            if id not in lost:
                seen.add(id)
                yield note
        for backend, folder in folders.items():
            for file in folder.files:
                known = places.note_at.get(str(file))
                if known in seen:
                    continue
                filed = await asyncio.to_thread(filed_note, file, known)
                if isinstance(filed, FiledNote) and known is None:
                    filed = await self._placed(backend, file, filed, places, spooled)
                if isinstance(filed, PassedOver):
                    yield filed
                elif filed.note.id not in seen:
                    yield filed.note

    async def _placed(
        self,
        backend: str,
        file: Path,
        filed: FiledNote,
        places: Places,
        spooled: Mapping[str, list[str]],
    ) -> FiledNote | PassedOver:
        """A note whose place nobody knows: one that is known, or a new one, has it now."""
        same = await self._same(filed, spooled)
        if any(places.has(id, backend) for id in same):
            return PassedOver(str(file), "another file has this note")
        note = msgspec.structs.replace(filed.note, id=same[0] if same else filed.note.id)
        kept = note.id in spooled.get(address_of(note.url), ())
        if kept and not places.was_elsewhere(note.id, backend):
            return FiledNote(note, filed.is_dated)  # its receipt is on its way, and says more
        receipt = Receipt(place=str(file), url=file.as_uri())
        await self._library.stored([(note.id, backend, receipt, note.archived_at)])
        places.found(note.id, backend)
        return FiledNote(note, filed.is_dated)

    async def _same(self, filed: FiledNote, spooled: Mapping[str, list[str]]) -> list[str]:
        """The notes of spool and library that are the same; if there are such, of equal text."""
        url = filed.note.url
        found = [await self._spooled(id) for id in spooled.get(address_of(url), ())]
        notes = [note for note in found if note] + await self._library.of_page(url)
        same = [note for note in notes if is_same(filed, note)]
        equal = [note for note in same if note.markdown == filed.note.markdown]
        return [note.id for note in equal or same]

    async def _spooled(self, id: str) -> Note | None:
        try:
            return await asyncio.to_thread(self._outbox.spool.note, id)
        except LostError as error:
            log.warning("note %s is not indexed: %s", id, error.code)
            return None
