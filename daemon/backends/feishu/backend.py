"""Notes as documents: where each goes, what it holds, and a receipt for what is there."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from ...decoding import converted
from ...errors import DeliveryError, DeliveryRejected
from ...model import Fault, Note, Receipt, Unsaved
from ...placing import IMAGE_LOST
from .. import Progress, Surroundings, earlier_of
from . import faults
from .batches import Batch, batches
from .blocks import MOST_TEXT, Block, link_to, linked, weight
from .catalogue import Catalogue
from .client import Client
from .document import LONGEST_TITLE, Documents, Place
from .filling import EditedError, Layout, Spot, digest, fill, first_level
from .plain import plainer
from .reading import blocks_of
from .settings import Settings

log = logging.getLogger(__name__)

#: Bytes of an image (drive/v1, "上传素材").
LARGEST_IMAGE = 20_971_520
#: How often a note begins anew because somebody edits or deletes its document meanwhile.
TRIES = 3
_PLACE = re.compile(r"(?:[^/]+/)?(?:wiki/(?P<node>\w+)/)?docx/(?P<document>\w+)")


class Exchange(Struct, frozen=True):
    """An image that is becoming a link: this is put before it, then the image is removed."""

    parent: str
    image: str
    beside: int  #: children of the parent before that


class Step(Struct, frozen=True):
    """What is saved of a delivery."""

    document: str = ""  #: empty: it is about to be made
    node: str = ""
    old: int = 0  #: children of the document, whose place the note takes
    was: str = ""  #: the digest of these
    plain: bool = False  #: the service takes the note in its simplest form alone
    exchange: Exchange | None = None  #: where one may have begun
    links: dict[str, Fault] = {}  #: why images are links that the service refused, by their names
    whole: bool = False  #: all of the note is there; what may be left is to remove the old

    @property
    def place(self) -> Place:
        return Place(self.document, self.node)


class _Delivering:
    """A note on its way."""

    def __init__(self, note: Note, key: str, progress: Progress, blocks: Sequence[Block]) -> None:
        self.note = note
        self.key = key
        self.title = _title(note.title)
        self.blocks = blocks
        self.saved = _step(progress.saved)
        self.lost = progress.lost
        self.unsaved: dict[str, Fault] = {}  #: the images that were never sent, by their names
        self.warning: Fault | None = None
        self._progress = progress
        self._batches: dict[bool, list[Batch]] = {}

    @property
    def working_title(self) -> str:
        """Names the delivery as long as its document is not complete."""
        mark = hashlib.sha256(self.key.encode()).hexdigest()[:8]
        return f"{self.title[: LONGEST_TITLE - 30]} (guidang {mark})"

    async def batches(self, *, plain: bool) -> list[Batch]:
        """The calls that make the note; *plain*: in its simplest form."""
        if plain not in self._batches:
            self._batches[plain] = await asyncio.to_thread(_calls, self.blocks, plain=plain)
        return self._batches[plain]

    async def save(self, step: Step) -> Step:
        await self._progress.save(msgspec.to_builtins(step))
        self.saved = step
        return step

    def told(self) -> tuple[Unsaved, ...]:
        urls = {asset.name: asset.url for asset in self.note.assets}
        links = self.saved.links if self.saved else {}
        links = {name: fault for name, fault in links.items() if name in urls}
        return tuple(Unsaved(urls[name], why) for name, why in (links | self.unsaved).items())


class Feishu:
    """One document for each note."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._client = Client(settings, surroundings)
        self._documents = Documents(
            self._client, folder=settings.folder, wiki=settings.wiki, parent=settings.wiki_parent
        )
        self._catalogue = Catalogue(self._client, settings.base)

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        blocks = await self._surroundings.work(blocks_of, note.markdown, note.assets)
        given = _Delivering(note, key, progress, blocks)
        await asyncio.to_thread(self._leave_out, given)
        async with self._client.signed_in():
            return await self._kept(given)

    async def check(self) -> str:
        async with self._client.signed_in():
            place = await self._documents.make("Guidang")
            await self._documents.delete(place)
            if self._settings.wiki:
                await self._documents.found("Guidang")
        access = self._client.access
        owner = f"{access.title}, as {access.who}"
        return f"Notes go to {self._settings.where} at {owner}.{self._settings.owned}"

    async def close(self) -> None:
        """Nothing is held open."""

    async def _kept(self, given: _Delivering) -> Receipt:
        """Store the note; anew if its document is edited or deleted before it is whole."""
        why: DeliveryError = faults.edited(self._client.access)
        for _ in range(TRIES):
            try:
                return await self._stored(given)
            except EditedError:
                await self._give_up(given)
            except DeliveryRejected as error:
                begun = given.saved is not None and bool(given.saved.document)
                if not (begun and _is_gone(error)):
                    await self._leave(given)
                    raise
                await self._give_up(given)
                why = error
        raise why

    # Where it goes.

    async def _stored(self, given: _Delivering) -> Receipt:
        step = given.saved or (await self._as_before(given) if given.lost else None)
        resumed = step is not None
        if step is None:
            earlier = await self._earlier(given.note)
            if earlier and self._settings.again == "skip" and not given.note.completes:
                return earlier
            step = await self._in_place_of(given, earlier) if earlier else None
        if step is None or not step.document:
            step, resumed = await self._made(given, again=resumed)
        return await self._completed(given, step, resumed=resumed)

    async def _made(self, given: _Delivering, *, again: bool) -> tuple[Step, bool]:
        """A document for the note, and whether an earlier attempt made it, who may have filled it;
        *again*: there was one.
        """
        found = await self._documents.found(given.working_title) if again else []
        if found:
            return await given.save(Step(found[0].document, found[0].node)), True
        await given.save(Step())
        place = await self._documents.make(given.working_title)
        return await given.save(Step(place.document, place.node)), False

    async def _earlier(self, note: Note) -> Receipt | None:
        """The newest receipt of `earlier_of` whose document is there."""
        for receipt in await earlier_of(note, self._settings.again, self._surroundings):
            place = _place_in(receipt)
            if place and await self._documents.about(place):
                return receipt
        return None

    async def _in_place_of(self, given: _Delivering, earlier: Receipt) -> Step | None:
        """The document of *earlier*, unless somebody has edited it."""
        place = _place_in(earlier)
        if place is None:
            return None
        try:
            standing = await self._documents.blocks(place)
        except faults.RefusedError:
            return None
        about = await self._documents.about(place)  # later: so this is what was read, or older
        if about is None or str(about.revision) != earlier.revision:
            return None
        page = standing.get(place.document)
        old = len(page.children) if page else 0
        was = digest(standing, place, old)
        return await given.save(Step(place.document, place.node, old=old, was=was))

    async def _as_before(self, given: _Delivering) -> Step | None:
        """The document of an earlier attempt that nobody remembers: of this title and contents."""
        for place in await self._documents.found(given.title):
            standing = await self._documents.blocks(place)
            for plain in (False, True):
                layout = Layout(await given.batches(plain=plain), place, old=0)
                if layout.is_all_of(standing):
                    return await given.save(Step(place.document, place.node, plain=plain))
        return Step()

    async def _give_up(self, given: _Delivering) -> None:
        """Begin anew, and leave nothing behind that is not whole, if that is possible."""
        try:
            await self._take_back(given)
        except (faults.RefusedError, EditedError) as error:
            log.warning("delivery %s leaves a document behind: %s", given.key, _code(error))
        await given.save(Step())

    async def _leave(self, given: _Delivering) -> None:
        """Leave nothing behind that is not whole; what cannot be taken back is gone on with when a
        person has the note delivered once more, and so is what is whole.
        """
        if given.saved and given.saved.whole:
            return
        try:
            await self._take_back(given)
        except (DeliveryError, EditedError) as error:
            log.warning("delivery %s leaves a document behind: %s", given.key, _code(error))
        else:
            await given.save(Step())

    async def _take_back(self, given: _Delivering) -> None:
        """Remove what is not whole. A document made for the note that somebody has edited goes to
        the bin; one that was there before keeps all but the note.
        """
        step = given.saved
        if step is None or not step.document or (step.whole and not step.old):
            return
        try:
            if step.old:
                await self._empty(given, step)
            else:
                await self._documents.delete(step.place)
        except faults.RefusedError as error:
            if not error.is_gone:
                raise

    # What it holds.

    def _leave_out(self, given: _Delivering) -> None:
        """Have images stay links of which there is no file, or one that is too large.

        Raises:
            DeliveryRejected: All of it is more than a document takes.
        """
        for asset in given.note.assets:
            try:
                size = self._surroundings.asset(asset.name).stat().st_size
            except OSError:
                given.unsaved[asset.name] = IMAGE_LOST
            else:
                if size > LARGEST_IMAGE:
                    given.unsaved[asset.name] = faults.IMAGE_TOO_LARGE
        given.blocks = linked(given.blocks, given.unsaved)
        if sum(weight(block).text for block in given.blocks) > MOST_TEXT:
            raise faults.too_large(self._client.access)

    async def _completed(self, given: _Delivering, step: Step, *, resumed: bool) -> Receipt:
        if not step.whole:
            step = await self._filled(given, step, resumed=resumed)
            step = await given.save(msgspec.structs.replace(step, whole=True))
        if step.old:
            step = await self._without_old(given, step)
        await self._share(given, step.place)
        revision = await self._titled(given, step.place)
        url = await self._address(step.place)
        await self._list(given, url)
        return Receipt(
            place=_named(step.place, urlsplit(url).netloc),
            url=url or None,
            revision=str(revision),
            unsaved=given.told(),
            warning=given.warning,
        )

    async def _filled(self, given: _Delivering, step: Step, *, resumed: bool) -> Step:
        """Put the note and its images into the document; in its simplest form, if need be."""
        try:
            step = await self._exchanged(given, step)
            await self._filled_as(given, step, resumed=resumed)
        except faults.RefusedError as error:
            if step.plain or not error.structural:
                raise
            log.warning("delivery %s: once more without its structure: %s", given.key, error.code)
            await self._empty(given, step)
            step = await given.save(msgspec.structs.replace(step, plain=True))
            await self._filled_as(given, step, resumed=False)
        return given.saved or step

    async def _filled_as(self, given: _Delivering, step: Step, *, resumed: bool) -> None:
        spots = await fill(
            self._documents,
            step.place,
            await given.batches(plain=step.plain),
            old=step.old,
            key=f"{given.key} {step.plain}",
            resumed=resumed,
        )
        await self._illustrate(given, step.place, spots)

    async def _empty(self, given: _Delivering, step: Step) -> None:
        """Remove what there is of the note so far, and nothing else.

        Raises:
            EditedError: What else there is cannot be told from it.
        """
        whole = await given.batches(plain=step.plain)
        standing = await self._documents.blocks(step.place)
        done = Layout(whole, step.place, old=step.old).recognize(standing)
        if count := first_level(whole[:done]):
            end = step.old + count
            await self._documents.remove(step.place, step.document, step.old, end)

    async def _without_old(self, given: _Delivering, step: Step) -> Step:
        """Remove what was in the document before, when all of the note is behind it.

        Raises:
            EditedError: Somebody has edited it meanwhile.
        """
        whole = await given.batches(plain=step.plain)
        standing = await self._documents.blocks(step.place)
        # Without the old: an earlier attempt has removed it, and ended there.
        if not Layout(whole, step.place, old=0).is_all_of(standing):
            Layout(whole, step.place, old=step.old).check_all(standing)
            if digest(standing, step.place, step.old) != step.was:
                raise EditedError
            await self._documents.remove(step.place, step.document, 0, step.old)
        return await given.save(msgspec.structs.replace(step, old=0))

    async def _titled(self, given: _Delivering, place: Place) -> int:
        """Call the document as its note; the revision that it has then.

        That of the change itself: an edit by somebody a moment later has another.
        """
        about = await self._documents.about(place)
        if about and about.title == given.title:
            return about.revision
        return await self._documents.rename(place, given.title)

    async def _address(self, place: Place) -> str:
        """Without it the note is there all the same."""
        try:
            return await self._documents.address(place)
        except faults.RefusedError as error:
            log.warning("where documents are seen is not told: %s", error.code)
            return ""

    # Its images.

    async def _illustrate(self, given: _Delivering, place: Place, spots: Sequence[Spot]) -> None:
        shown: list[tuple[Spot, str]] = []
        for spot in spots:
            try:
                shown.append((spot, await self._uploaded(place, spot)))
            except OSError:
                await self._link(given, place, spot, IMAGE_LOST)
            except faults.RefusedError as error:
                if not (error.is_of_content or error.is_too_large or error.structural):
                    raise
                await self._link(given, place, spot, _fault(error))
        if shown:
            await self._show(given, place, shown)

    async def _uploaded(self, place: Place, spot: Spot) -> str:
        return await self._client.upload(
            name=spot.image.name,
            parent=spot.id,
            document=place.document,
            file=self._surroundings.asset(spot.image.name),
        )

    async def _show(
        self, given: _Delivering, place: Place, shown: Sequence[tuple[Spot, str]]
    ) -> None:
        """All of them in one call; one by one where the service refuses some."""
        try:
            await self._documents.show(place, [(s.id, token, s.image) for s, token in shown])
        except faults.RefusedError as error:
            if not error.structural:
                raise
            if len(shown) == 1:
                await self._link(given, place, shown[0][0], _fault(error))
                return
            for one in shown:
                await self._show(given, place, [one])

    async def _link(self, given: _Delivering, place: Place, spot: Spot, why: Fault) -> None:
        """Put a link where the service does not take the image.

        Raises:
            EditedError: The place of the image is no longer there.
        """
        beside = await self._documents.children(place, spot.parent)
        if spot.id not in beside:
            raise EditedError
        at = beside.index(spot.id)
        begun = Exchange(spot.parent, spot.id, len(beside))
        step = given.saved or Step()
        links = step.links | {spot.image.name: why}
        await given.save(msgspec.structs.replace(step, exchange=begun, links=links))
        await self._documents.put(place, spot.parent, at, link_to(spot.image))
        await self._documents.remove(place, spot.parent, at + 1, at + 2)

    async def _exchanged(self, given: _Delivering, step: Step) -> Step:
        """Go on with an image that an earlier attempt was to replace by a link."""
        begun = step.exchange
        if begun is None:
            return step
        beside = await self._documents.children(step.place, begun.parent)
        if begun.image in beside and len(beside) == begun.beside + 1:
            at = beside.index(begun.image)
            await self._documents.remove(step.place, begun.parent, at, at + 1)
        return await given.save(msgspec.structs.replace(step, exchange=None))

    async def _share(self, given: _Delivering, place: Place) -> None:
        """The app owns what it makes: let its user have it. Without, the note is there all the
        same.
        """
        member = self._settings.member
        if member is None:
            return
        try:
            await self._documents.share(place, *member, self._settings.share_with)
        except faults.RefusedError as error:
            given.warning = faults.not_shared(self._client.access, self._settings.share_with, error)

    async def _list(self, given: _Delivering, url: str) -> None:
        """A row for the note; without it the note is there all the same."""
        try:
            await self._catalogue.add(given.note, url=url, key=given.key)
        except faults.RefusedError as error:
            given.warning = faults.not_listed(error)


def _calls(blocks: Sequence[Block], *, plain: bool) -> list[Batch]:
    return batches(plainer(blocks) if plain else blocks)


def _is_gone(error: DeliveryError) -> bool:
    return isinstance(error, faults.RefusedError) and error.is_gone


def _code(error: DeliveryError | EditedError) -> str:
    """What a log says of an error: no words of the service."""
    return error.code if isinstance(error, DeliveryError) else "document-edited"


def _fault(error: DeliveryError) -> Fault:
    return Fault(error.code, error.message, error.hint)


def _title(title: str) -> str:
    """*title* as a document can have it: one line of 1 to 800 characters."""
    whole = title.encode("utf-8", "replace").decode()
    shown = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in whole)
    return " ".join(shown.split())[:LONGEST_TITLE].strip() or "untitled"


_UNSEEN = {"Cc", "Zl", "Zp", "Cs"}


def _named(place: Place, host: str) -> str:
    """The same for a document whatever its title is by now, so that one place has one note."""
    node = f"wiki/{place.node}" if place.node else ""
    return "/".join(part for part in (host, node, f"docx/{place.document}") if part)


def _place_in(receipt: Receipt) -> Place | None:
    found = _PLACE.fullmatch(receipt.place)
    return Place(found["document"], found["node"] or "") if found else None


def _step(saved: Any) -> Step | None:
    with suppress(msgspec.ValidationError):
        return converted(saved, Step)
    return None
