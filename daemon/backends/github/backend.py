"""Notes as commits: where each goes, what belongs to it, and a receipt for what is there."""

from __future__ import annotations

import functools
import re
from contextlib import suppress
from typing import Any

import msgspec
import stamina
from msgspec import Struct

from ...connections import shared
from ...decoding import converted
from ...model import Note, Receipt
from ...placing import TITLE, file_names, folder_of, name_of
from ...services import quoted
from .. import Progress, Surroundings, earlier_of
from . import faults
from .client import Client
from .commit import Change, commit
from .parts import Parts, gather
from .repository import Repository
from .settings import MESSAGE, Settings
from .sharing import Writer
from .tree import File, Head, file_of, folders_of

#: How often a commit is made anew because the branch has moved, before the note waits.
TRIES = 5
#: Characters of a commit's message.
LONGEST_MESSAGE = 1_000
#: What git takes for the folder .git on some system, beyond what no name begins with here.
_RESERVED = re.compile(r"git~\d+", re.IGNORECASE)


class Step(Struct, frozen=True):
    """What is saved of a delivery before its commit is seen."""

    path: str
    commit: str


class _Delivering(Struct, frozen=True):
    """A note on its way."""

    note: Note
    parts: Parts
    progress: Progress
    steps: list[Step]  #: what was saved, the newest last

    async def save(self, path: str, commit: str) -> None:
        """Have it on disk that *commit*, with the note at *path*, is about to be seen."""
        step = Step(path, commit)
        await self.progress.save(msgspec.to_builtins(step))
        self.steps.append(step)


class GitHub:
    """One atomic commit for each note."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._client = Client(settings.access(surroundings.name), surroundings.secret)
        self._repository = Repository(self._client)

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        saved = _step(progress.saved)
        given = _Delivering(note, await self._gathered(note), progress, [saved] if saved else [])
        async with self._client.signed_in(), self._writer.turn:
            async for attempt in stamina.retry_context(
                on=faults.MovedError,
                attempts=TRIES,
                timeout=None,
                wait_initial=0.2,
                wait_max=4.0,
                wait_jitter=1.0,
            ):
                with attempt:
                    return await self._tried_once(given)
        raise AssertionError("attempts end with a receipt or an error")

    async def check(self) -> str:
        async with self._client.signed_in(anew=True):
            return await self._checked()

    async def _checked(self) -> str:
        access = self._client.access
        about = await self._repository.about()
        if about.archived:
            raise faults.archived(access)
        if about.permissions and not about.permissions.push:
            raise faults.too_narrow(access)
        branch = self._settings.branch or about.default_branch
        begun = await self._can_write(branch)
        renamed = about.full_name.lower() != access.repository.lower()
        known = f" (called {quoted(about.full_name, '')} by now)" if renamed else ""
        made = "" if begun else ", which the first note makes"
        return f"Notes go to {access.repository}{known}, branch “{quoted(branch, '')}”{made}."

    async def close(self) -> None:
        """Nothing is held open."""

    async def _gathered(self, note: Note) -> Parts:
        settings = self._settings
        return await gather(
            note, self._surroundings, snapshot=settings.snapshot, capture=settings.capture
        )

    @property
    def _writer(self) -> Writer:
        access = self._client.access
        return shared(Writer, access.api, access.repository.lower())

    async def _can_write(self, branch: str) -> bool:
        """Whether *branch* is there; that it can be written was tried with a blob that nobody sees.

        Raises:
            DeliveryError: It cannot, and why.
        """
        try:
            found = await self._repository.commit_of(branch)
            if found is None and not await self._may_begin():
                raise faults.branch_missing(self._client.access, branch)
            await self._repository.send(file_of(b"guidang\n"))
        except faults.RefusedError as error:
            if not error.is_of_nothing:
                raise
            return False
        return found is not None

    async def _may_begin(self) -> bool:
        """Whether a branch that is not there is made."""
        return self._settings.create_branch or await self._repository.is_empty()

    # Where it goes.

    async def _tried_once(self, given: _Delivering) -> Receipt:
        try:
            return await self._stored(given)
        except faults.MovedError:
            self._writer.forget(await self._branch())
            raise

    async def _stored(self, given: _Delivering) -> Receipt:
        head = await self._head()
        path = await self._resumed(given, head)
        if path is None:
            earlier = await self._earlier(given.note, head)
            if earlier and self._settings.again == "skip" and not given.note.completes:
                return earlier
            path = await self._path(given, head, earlier)
        return await self._committed(given, head, path)

    async def _head(self) -> Head:
        """The head of the branch; of one that is not there yet, where it begins."""
        branch = await self._branch()
        try:
            if head := await self._head_of(branch):
                return head
            if not await self._repository.is_empty():
                return await self._beginning(branch)
        except faults.RefusedError as error:
            if not error.is_of_nothing:
                raise
        await self._repository.begin(branch)
        raise faults.MovedError(self._client.access.repository)

    async def _head_of(self, branch: str) -> Head | None:
        found = await self._repository.commit_of(branch)
        if found is None:
            return None
        newest, tree = found
        known = self._writer.known(branch)
        if known and (known.commit == newest or self._writer.is_past(branch, newest)):
            return known
        same = known is not None and known.tree == tree
        listing = known.listing if known and same else await self._repository.listing(tree)
        head = Head(newest, tree, listing)
        self._writer.read(branch, head)
        return head

    async def _beginning(self, branch: str) -> Head:
        """Where the missing *branch* begins: at the head of the default one, if that may be."""
        default = await self._default_branch(anew=True)
        if default != branch and not self._settings.branch:
            raise faults.MovedError(self._client.access.repository)  # it has another name by now
        head = await self._head_of(default) if self._settings.create_branch else None
        if head is None or default == branch:
            raise faults.branch_missing(self._client.access, branch)
        listing = msgspec.structs.replace(
            head.listing, files={**head.listing.files}, folders={*head.listing.folders}
        )
        return Head(head.commit, head.tree, listing, new=True)

    async def _branch(self) -> str:
        return self._settings.branch or await self._default_branch()

    async def _default_branch(self, *, anew: bool = False) -> str:
        writer = self._writer
        if anew or not writer.default_branch:
            writer.default_branch = (await self._repository.about()).default_branch
        return writer.default_branch

    async def _resumed(self, given: _Delivering, head: Head) -> str | None:
        """The place of an earlier attempt that came as far as its commit."""
        for step in given.steps:
            if await self._repository.id_of(step.path, head) == given.parts.note.id:
                return step.path
        return None

    async def _earlier(self, note: Note, head: Head) -> Receipt | None:
        """The newest receipt of `earlier_of` whose file is there."""
        for receipt in await earlier_of(note, self._settings.again, self._surroundings):
            path = self._path_in(receipt)
            if path and await self._repository.id_of(path, head):
                return receipt
        return None

    def _path_in(self, receipt: Receipt) -> str:
        """The path that *receipt* names in this repository; empty for one of another."""
        place = f"{self._client.access.repository}/"
        return receipt.place.removeprefix(place) if receipt.place.startswith(place) else ""

    async def _path(self, given: _Delivering, head: Head, earlier: Receipt | None) -> str:
        """That of the earlier version if nobody changed it since; or else a free one."""
        if earlier and await self._is_as_written(earlier, given.parts, head):
            return self._path_in(earlier)
        note, fill = given.note, self._surroundings.fill
        folder = await folder_of(note, self._settings.subfolder, fill)
        title = await name_of(note, self._settings.name, fill)
        ending = self._settings.longest_ending
        for name in file_names(title, ending):
            path = "/".join((*map(_unreserved, folder), name.removesuffix(ending) + ".md"))
            if await self._is_for(path, given.parts, head):
                return path
        raise AssertionError("names do not end")

    async def _is_for(self, path: str, parts: Parts, head: Head) -> bool:
        """Whether *parts* may lie at *path*: nothing does, or the note itself already."""
        if await self._repository.id_of(path, head) == parts.note.id:
            return True
        for place in (path, *(file.path for file in parts.beside(path))):
            if await self._repository.is_taken(place, head):
                return False
        return True

    async def _is_as_written(self, receipt: Receipt, parts: Parts, head: Head) -> bool:
        """Whether the note of *receipt* and what lies beside it are as they were committed."""
        path, revision = self._path_in(receipt), str(receipt.revision)
        for place in (path, *(file.path for file in parts.beside(path))):
            now = await self._repository.id_of(place, head)
            if now and now != await self._repository.blob_at(place, revision):
                return False
        return True

    # The commit.

    async def _committed(self, given: _Delivering, head: Head, path: str) -> Receipt:
        lacking = await self._lacking(given.parts, head, path)
        revision, refused = given.steps[-1].commit if given.steps else head.commit, frozenset[str]()
        if lacking:
            done = await commit(
                self._repository,
                self._writer,
                head,
                Change(
                    branch=await self._branch(),
                    files=lacking,
                    message=await self._message(given.note),
                    author=self._settings.person,
                    about_to=functools.partial(given.save, path),
                ),
            )
            revision, refused = done.commit or revision, done.refused
        return Receipt(
            place=f"{self._client.access.repository}/{path}",
            url=self._client.access.page_of(path, await self._branch()),
            revision=revision,
            unsaved=given.parts.unsaved(path, head, refused),
            warning=given.parts.warning,
        )

    async def _lacking(self, parts: Parts, head: Head, path: str) -> list[File]:
        """What is to lie at *path* and beside it, and does not."""
        files = parts.images(path)
        if await self._repository.id_of(path, head) != parts.note.id:
            files += [parts.note.placed(path), *parts.beside(path)]
        elif not head.listing.complete:
            return []  # the note came with all that belongs to it, in one commit
        lacking = [file for file in files if head.listing.files.get(file.path) != file.id]
        for folder in {folder for file in lacking for folder in folders_of(file.path)}:
            if folder in head.listing.files:
                raise faults.in_the_way(self._client.access, folder)
        return lacking

    async def _message(self, note: Note) -> str:
        """What the commit says: one line of text, whatever a title holds."""
        if self._settings.message == MESSAGE:
            said = MESSAGE.replace(TITLE, note.title)
        else:
            said = await self._surroundings.fill(self._settings.message, note)
        line = " ".join(said.encode("utf-8", "replace").decode().split())
        return line[:LONGEST_MESSAGE] or "Archive a page"


def _step(saved: Any) -> Step | None:
    with suppress(msgspec.ValidationError):
        return converted(saved, Step)
    return None


def _unreserved(part: str) -> str:
    return f"_{part}" if _RESERVED.fullmatch(part) else part
