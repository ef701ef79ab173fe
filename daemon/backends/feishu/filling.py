"""What a document has of a note, and what it is still to get: a crash at any call goes on here.

The document itself says how far an earlier attempt came, as each call puts a batch there whole or
not at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from .batches import Batch
from .blocks import IMAGE, KEYS, TEXT, Image, alone, link_to
from .document import Documents, Place, Standing


class EditedError(Exception):
    """Somebody has edited the document meanwhile."""


class Spot(Struct, frozen=True):
    """Where the block of an image stands."""

    id: str
    parent: str
    image: Image


class Layout:
    """The blocks of all batches, and the ids that they have in the document."""

    def __init__(self, batches: Sequence[Batch], place: Place, *, old: int) -> None:
        """*old*: how many children of the document come before those of the batches."""
        self._batches = batches
        self._old = old
        self._images = {name: image for batch in batches for name, image in batch.images}
        self._ids: dict[str | None, str] = {None: place.document}
        self._places: dict[str, tuple[str | None, int]] = {}
        #: The number of the children of each block, in the batches up to each.
        taken = Counter[str | None]({None: old})
        for batch in batches:
            self._set_out(batch, taken)

    def _set_out(self, batch: Batch, taken: Counter[str | None]) -> None:
        self._set_in(batch.parent, batch.children_id, taken)
        for block in batch.descendants:
            self._set_in(block["block_id"], block.get("children", ()), taken)

    def _set_in(
        self, parent: str | None, children: Sequence[str], taken: Counter[str | None]
    ) -> None:
        for child in children:
            self._places[child] = parent, taken[parent]
            taken[parent] += 1

    @property
    def images(self) -> list[Spot]:
        """The blocks of images, all of which have their ids by now."""
        return [self._spot(name, image) for batch in self._batches for name, image in batch.images]

    def _spot(self, name: str, image: Image) -> Spot:
        parent, _ = self._places[name]
        return Spot(self._ids[name], self._ids[parent], image)

    def parent_of(self, batch: Batch) -> str:
        return self._ids[batch.parent]

    def learn(self, relations: Mapping[str, str]) -> None:
        self._ids.update(relations)

    def recognize(self, standing: Mapping[str, Standing]) -> int:
        """How many batches are there; their ids are known then.

        Raises:
            EditedError: What is there is not ours alone.
        """
        done = 0
        for batch in self._batches:
            if not self._is_there(batch, standing):
                break
            for block in batch.descendants:
                self._recognize(block, standing)
            done += 1
        self._check_alone(self._batches[:done], standing)
        return done

    def is_all_of(self, standing: Mapping[str, Standing]) -> bool:
        """Whether the document holds the batches, behind what was there before, and no more."""
        try:
            return self.recognize(standing) == len(self._batches)
        except EditedError:
            return False

    def check_all(self, standing: Mapping[str, Standing]) -> None:
        """See that `is_all_of`.

        Raises:
            EditedError: It is not.
        """
        if not self.is_all_of(standing):
            raise EditedError

    def _is_there(self, batch: Batch, standing: Mapping[str, Standing]) -> bool:
        _, first = self._places[batch.children_id[0]]
        have = len(self._children(batch.parent, standing)) - first
        if 0 < have < len(batch.children_id) or have < 0:
            raise EditedError
        return have > 0

    def _recognize(self, block: Mapping[str, Any], standing: Mapping[str, Standing]) -> None:
        # Parents come before their children, in each batch.
        name = block["block_id"]
        parent, at = self._places[name]
        children = self._children(parent, standing)
        found = standing.get(children[at]) if at < len(children) else None
        if found is None or not self._is_it(block, found):
            raise EditedError
        self._ids[name] = found.id

    def _is_it(self, block: Mapping[str, Any], found: Standing) -> bool:
        """Whether *found* is *block*, or what became of it.

        An image that could not be stored became a link; one that was stored, and whose file is gone
        since, is a link among the blocks.
        """
        kind = block["block_type"]
        if (kind, found.type) == (IMAGE, TEXT):
            block = alone(link_to(self._images[block["block_id"]]))
        elif (kind, found.type) == (TEXT, IMAGE):
            return found.has_picture
        elif kind != found.type:
            return False
        return _signs(_text(block)) == _signs(found.says)

    def _check_alone(self, batches: Sequence[Batch], standing: Mapping[str, Standing]) -> None:
        """See that nothing else is in what *batches* have made."""
        count = Counter[str | None]({None: self._old})
        for batch in batches:
            count[batch.parent] += len(batch.children_id)
            for block in batch.descendants:
                count[block["block_id"]] += len(block.get("children", ()))
        if any(len(self._children(name, standing)) != count[name] for name in self._ids):
            raise EditedError

    def _children(self, name: str | None, standing: Mapping[str, Standing]) -> Sequence[str]:
        block = standing.get(self._ids[name])
        if block is None:
            raise EditedError
        return block.children


async def fill(
    documents: Documents,
    place: Place,
    batches: Sequence[Batch],
    *,
    old: int,
    key: str,
    resumed: bool,
) -> list[Spot]:
    """Put the batches behind the *old* children of a document; where their images are to come.

    *resumed*: some may be there. A spot is left out where its image is shown, or was given up.

    Raises:
        EditedError: Somebody else has edited the document.
        DeliveryError: As for `Client.ask`.
    """
    layout = Layout(batches, place, old=old)
    standing = await documents.blocks(place) if resumed else {}
    done = layout.recognize(standing) if resumed else 0
    for number, batch in enumerate(batches[done:], done):
        # What is sent is part of it: a token that was used for another batch would add nothing.
        sent = msgspec.json.encode(batch).decode()
        token = _token(key, place.document, str(old), str(number), sent)
        layout.learn(await documents.insert(place, layout.parent_of(batch), batch, token))
    return [spot for spot in layout.images if not _is_settled(standing.get(spot.id))]


def first_level(batches: Sequence[Batch]) -> int:
    """How many of their blocks are directly in the document."""
    return sum(len(batch.children_id) for batch in batches if batch.parent is None)


def digest(standing: Mapping[str, Standing], place: Place, old: int) -> str:
    """What tells whether somebody has edited the first *old* children of a document."""
    page = standing.get(place.document)
    seen: dict[str, Standing] = {}
    later = list(page.children[:old]) if page else []
    while later:
        id = later.pop()
        if id in standing and id not in seen:
            seen[id] = standing[id]
            later += standing[id].children
    whole = [page.children[:old] if page else (), sorted(seen.items())]
    return hashlib.sha256(msgspec.json.encode(whole)).hexdigest()


def _text(block: Mapping[str, Any]) -> str:
    """The text of a block as it is sent."""
    elements = block[KEYS[block["block_type"]]].get("elements", ())
    return "".join(part["content"] for element in elements for part in element.values())


def _signs(text: str) -> str:
    """Letters and digits: what a service that cleans a text up leaves as it is."""
    return "".join(filter(str.isalnum, text))


def _is_settled(block: Standing | None) -> bool:
    return block is not None and (block.has_picture or block.type != IMAGE)


def _token(*parts: str) -> str:
    """A UUID that is the same for the same *parts*, in the form that the service asks for."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))
