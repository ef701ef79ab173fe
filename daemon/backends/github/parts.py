"""What belongs to a note in a repository, with the ids that git gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from msgspec import Struct

from ...errors import SnapshotError
from ...model import Asset, Fault, Note, Unsaved
from ...placing import IMAGE_LOST
from ...protocol import fault_of
from .. import Surroundings
from .settings import CAPTURE, PAGE
from .tree import File, Head, file_of

_IMAGE_REFUSED = Fault(
    "image-refused-by-service",
    "The repository takes no image of this size.",
    "Its link leads nowhere; save it by hand.",
)


class Parts(Struct, frozen=True, kw_only=True):
    """The files of a note, before they have a place."""

    note: File
    assets: list[File]
    lost: list[Asset]  #: their files are gone
    page: File | None
    capture: File | None
    warning: Fault | None  #: why there is no page

    def images(self, path: str) -> list[File]:
        """The images of the note at *path*, where its Markdown looks for them."""
        return [file.placed(_beside(path, file.asset)) for file in self.assets if file.asset]

    def beside(self, path: str) -> Iterator[File]:
        """The page and the capture of the note at *path*, as far as there are any."""
        stem = path.removesuffix(".md")
        for file, ending in ((self.page, PAGE), (self.capture, CAPTURE)):
            if file is not None:
                yield file.placed(stem + ending)

    def unsaved(self, path: str, head: Head, refused: frozenset[str]) -> tuple[Unsaved, ...]:
        """The images that are not there with the note at *path*, and why."""
        there = head.listing.files
        lost = [asset for asset in self.lost if _beside(path, asset) not in there]
        large = [file.asset for file in self.assets if file.asset and file.id in refused]
        return (
            *(Unsaved(asset.url, IMAGE_LOST) for asset in lost),
            *(Unsaved(asset.url, _IMAGE_REFUSED) for asset in large),
        )


async def gather(note: Note, surroundings: Surroundings, *, snapshot: bool, capture: bool) -> Parts:
    """The files of *note*, with its page and its capture where they are wanted and kept."""
    page, warning = await _page(note, surroundings) if snapshot else (None, None)
    data = await asyncio.to_thread(note.encoded)
    assets, lost = await asyncio.to_thread(_assets, note, surroundings)
    return Parts(
        note=await asyncio.to_thread(file_of, data),
        assets=assets,
        lost=lost,
        page=page,
        capture=await asyncio.to_thread(_capture, note, surroundings) if capture else None,
        warning=warning,
    )


async def _page(note: Note, surroundings: Surroundings) -> tuple[File | None, Fault | None]:
    try:
        data = await surroundings.snapshot(note.id)
    except SnapshotError as error:
        return None, fault_of(error)
    return await asyncio.to_thread(file_of, data), None


def _assets(note: Note, surroundings: Surroundings) -> tuple[list[File], list[Asset]]:
    """The images of *note*, and those whose files are gone."""
    found, lost = [], []
    for asset in note.assets:
        try:
            found.append(file_of(surroundings.asset(asset.name), asset))
        except OSError:
            lost.append(asset)
    return found, lost


def _capture(note: Note, surroundings: Surroundings) -> File | None:
    """The capture that the note was made of, while it is kept."""
    with suppress(OSError):
        return file_of(surroundings.capture(note.id))
    return None


def _beside(path: str, asset: Asset) -> str:
    return str(PurePosixPath(path).with_name("assets") / asset.name)
