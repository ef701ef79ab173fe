"""One commit: what the repository lacks is sent, and the branch moved when all of it is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from msgspec import UNSET, Struct

from . import faults
from .repository import Commit, Entry, Person, Repository
from .sharing import Writer
from .tree import File, Head

#: Uploads at a time: GitHub asks for calls one after the other, and 100 at once are its limit.
AT_ONCE = 3
#: Bytes of a text that goes in the tree itself and costs no call. Trees of 2.5 MB met answers 502.
INLINE = 500_000
#: Text that comes back as it was from any JSON, empty ones and carriage returns aside.
_PLAIN = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f\ufeff]+")


class Change(Struct, frozen=True, kw_only=True):
    """What a commit is to do."""

    branch: str
    files: Sequence[File]
    message: str
    author: Person | None
    #: Called with the commit's id before the branch has it, returns when that is on disk.
    about_to: Callable[[str], Awaitable[None]]


class Done(Struct, frozen=True):
    """What a commit did; None where there was nothing left to commit."""

    commit: str | None
    refused: frozenset[str]  #: the blobs of images that were too large


async def commit(repository: Repository, writer: Writer, head: Head, change: Change) -> Done:
    """Commit *change* on top of *head*, which the branch then has; all of it or nothing.

    Raises:
        MovedError: The branch is not at *head* any longer.
        DeliveryError: As for `Client.ask`. The branch is as it was; or if no answer came to the
            last call, it may have the commit that `about_to` was told.
    """
    trusted = bool(writer.sent)
    refused = await _send(repository, writer, head, change.files)
    files = [file for file in change.files if file.id not in refused]
    if not files:
        return Done(None, refused)
    try:
        tree = await _make_tree(repository, writer, head, files)
    except faults.RefusedError as error:
        if not trusted or error.status != 422:
            raise
        writer.sent.clear()  # what was sent long ago and never committed may be gone
        raise faults.MovedError(repository.access.repository) from error
    if tree == head.tree and not head.new:
        return Done(None, refused)
    author = change.author or UNSET
    made = await repository.make_commit(
        Commit(message=change.message, tree=tree, parents=[head.commit], author=author)
    )
    await change.about_to(made)
    await repository.move(change.branch, made, new=head.new)
    listing = head.listing.added(files)
    writer.wrote(change.branch, Head(made, tree, listing), after=head.commit)
    return Done(made, refused)


async def _send(
    repository: Repository, writer: Writer, head: Head, files: Sequence[File]
) -> frozenset[str]:
    """Send what is neither in *head* nor was sent before; the blobs that GitHub does not take.

    Raises:
        DeliveryError: As for `commit`; one of what the calls raised.
    """
    there = {*head.listing.files.values(), *writer.sent}
    lacking = {file.id: file for file in files if file.id not in there and _text(file) is None}
    few, refused = asyncio.Semaphore(AT_ONCE), set()

    async def send(file: File) -> None:
        async with few:
            try:
                await repository.send(file)
            except faults.RefusedError as error:
                if not error.is_too_large:
                    raise
                if file.asset is None:
                    raise faults.too_large(repository.access) from error
                refused.add(file.id)
            else:
                writer.sent.add(file.id)

    try:
        async with asyncio.TaskGroup() as tasks:
            for file in lacking.values():
                tasks.create_task(send(file))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return frozenset(refused)


async def _make_tree(
    repository: Repository, writer: Writer, head: Head, files: Sequence[File]
) -> str:
    """The tree of *head* with *files*; small texts go along, unless that proves too much."""
    there = {*head.listing.files.values(), *writer.sent}
    texts = {file.path: text for file in files if file.id not in there and (text := _text(file))}
    ids = {file.path: file.id for file in files}
    try:
        return await repository.make_tree(head.tree, _entries(files, texts), ids)
    except (faults.RefusedError, faults.PassingError) as error:
        if not texts or not error.is_too_large:
            raise
    for file in files:
        if file.path in texts:
            await repository.send(file)
            writer.sent.add(file.id)
    return await repository.make_tree(head.tree, _entries(files, {}), ids)


def _entries(files: Sequence[File], texts: dict[str, str]) -> list[Entry]:
    return [
        Entry(path=file.path, content=text)
        if (text := texts.get(file.path))
        else Entry(path=file.path, sha=file.id)
        for file in files
    ]


def _text(file: File) -> str | None:
    """The text of a small file that may go inside of a tree; None for any other."""
    if not isinstance(file.source, bytes) or file.size > INLINE:
        return None
    text = file.source.decode("utf-8", "surrogateescape")
    return text if _PLAIN.fullmatch(text) else None
