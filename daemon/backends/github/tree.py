"""The files of a branch, as its head has them, and those of a note."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from ...model import Asset

#: Bytes that are read, hashed and sent at once; a multiple of three has Base64 without padding.
PIECE = 3 << 13


class Listing(Struct):
    """What lies in a tree, by path."""

    files: dict[str, str]  #: with the id of each file's blob
    folders: set[str]
    complete: bool  #: false: what is not in it may be there all the same

    def added(self, files: Iterable[File]) -> Listing:
        """This one with *files* in it as well; it is used up."""
        for file in files:
            self.files[file.path] = file.id
            self.folders.update(folders_of(file.path))
        return self


class Head(Struct, frozen=True):
    """The newest commit of a branch."""

    commit: str
    tree: str
    listing: Listing
    new: bool = False  #: the branch is not there yet: it begins here


class File(Struct, frozen=True, kw_only=True):
    """A file that is to lie in the repository."""

    path: str
    source: Path | bytes
    id: str  #: of its blob
    size: int
    asset: Asset | None = None

    def placed(self, path: str) -> File:
        return msgspec.structs.replace(self, path=path)

    async def encoded(self) -> AsyncIterator[bytes]:
        """Its bytes as Base64, piece by piece: an image is never in memory as a whole.

        Raises:
            OSError: It cannot be read any more.
        """
        pieces = _pieces(self.source)
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield base64.b64encode(piece)

    @property
    def encoded_size(self) -> int:
        """Bytes of `encoded`."""
        return (self.size + 2) // 3 * 4


def file_of(source: Path | bytes, asset: Asset | None = None) -> File:
    """The file that *source* holds, with its id as `git hash-object` has it; blocking.

    Raises:
        OSError: It cannot be read.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    for piece in _pieces(source):
        digest.update(piece)
    return File(path="", source=source, id=digest.hexdigest(), size=size, asset=asset)


def folders_of(path: str) -> Iterator[str]:
    """The folders that *path* lies in."""
    return (str(parent) for parent in PurePosixPath(path).parents if parent.name)


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield from (source[start : start + PIECE] for start in range(0, len(source), PIECE))
        return
    with source.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
