"""Blocks → the calls that send them, each within what one call takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from .blocks import CALLOUT, CELL, QUOTES, ROOM, TABLE, Block, Image, Weight, own_weight, wire

#: They are not made without a block in them (official documents, “创建嵌套块”; of quotes it is not
#: said, but an empty one is of no use).
_NEVER_EMPTY = frozenset([CALLOUT, CELL, QUOTES])


class Batch(Struct, frozen=True):
    """One call of `POST …/blocks/{parent}/descendant`, which adds to what its parent holds."""

    parent: str | None  #: the temporary id of a block of an earlier batch; None: the document
    children_id: list[str]
    descendants: list[dict[str, Any]]
    images: tuple[tuple[str, Image], ...]  #: with the temporary ids of their blocks, in order


class _Rest(Struct, frozen=True):
    """Blocks that are still to go into *parent*."""

    parent: str | None
    blocks: Sequence[Block]


def batches(blocks: Sequence[Block], *, room: Weight = ROOM) -> list[Batch]:
    """The calls that make *blocks* the first-level blocks of a document, in order.

    Each has at most 1,000 blocks (so never 2,000 cells) and 20 images. A block goes with all that
    is in it, unless that is more than one call takes: then it begins where there is room, and the
    rest is added to it by further calls, before what stands behind it is sent. A whole block that
    would be cut for room costs a call more, not less, so there are as few as there can be. The same
    blocks give the same batches and temporary ids. *room*: what one call takes.
    """
    packer = _Packer(room)
    later = [_Rest(None, blocks)]
    while later:
        later += reversed(packer.put(later.pop()))
    return packer.done()


class _Open:
    """A batch that is being filled."""

    def __init__(self, parent: str | None, room: Weight) -> None:
        self.parent = parent
        self.children_id: list[str] = []
        self.descendants: list[dict[str, Any]] = []
        self.images: list[tuple[str, Image]] = []
        self.room = room

    def done(self) -> Batch:
        return Batch(self.parent, self.children_id, self.descendants, tuple(self.images))


class _Packer:
    def __init__(self, room: Weight) -> None:
        self._room = room
        self._batches: list[_Open] = []
        self._count = 0
        self._wholes: dict[int, Weight] = {}
        self._leasts: dict[int, Weight] = {}

    def done(self) -> list[Batch]:
        return [batch.done() for batch in self._batches if batch.descendants]

    def put(self, rest: _Rest) -> list[_Rest]:
        """Put the blocks into batches, up to one that is more than a batch; then what is next."""
        batch = self._begin(rest.parent)
        for index, block in enumerate(rest.blocks):
            whole = self._whole(block).fits(self._room)
            if not (self._whole(block) if whole else self._least(block)).fits(batch.room):
                batch = self._begin(rest.parent)
            if whole:
                batch.children_id.append(self._add(block, batch))
                continue
            rests: list[_Rest] = []
            batch.children_id.append(self._add_part(block, batch, Weight(), rests))
            return [*rests, _Rest(rest.parent, rest.blocks[index + 1 :])]
        return []

    def _begin(self, parent: str | None) -> _Open:
        self._batches.append(_Open(parent, self._room))
        return self._batches[-1]

    def _add(self, block: Block, batch: _Open) -> str:
        """Add a block with all that is in it."""
        sent = self._add_itself(block, batch)
        if block.children:
            sent["children"] = [self._add(child, batch) for child in block.children]
        return str(sent["block_id"])

    def _add_part(self, block: Block, batch: _Open, reserved: Weight, rests: list[_Rest]) -> str:
        """Add a block with as many of its children as there is room for beside what is *reserved*;
        the others go to *rests*.
        """
        sent = self._add_itself(block, batch)
        children: list[str] = []
        if block.type == TABLE:
            children += self._add_cells(block, batch, reserved, rests)
        for index, child in enumerate(block.children if block.type != TABLE else ()):
            room = batch.room - reserved
            whole, must = self._whole(child), not index and block.type in _NEVER_EMPTY
            if whole.fits(room):
                children.append(self._add(child, batch))
            elif must or (not whole.fits(self._room) and self._least(child).fits(room)):
                children.append(self._add_part(child, batch, reserved, rests))
            else:
                rests.append(_Rest(str(sent["block_id"]), block.children[index:]))
                break
        if children:
            sent["children"] = children
        return str(sent["block_id"])

    def _add_cells(
        self, table: Block, batch: _Open, reserved: Weight, rests: list[_Rest]
    ) -> list[str]:
        """Add all cells of a table: none can be added later. *reserved* shrinks as they go in."""
        reserved = sum(map(self._least, table.children), reserved)
        ids = []
        for cell in table.children:
            reserved -= self._least(cell)
            ids.append(self._add_part(cell, batch, reserved, rests))
        return ids

    def _add_itself(self, block: Block, batch: _Open) -> dict[str, Any]:
        self._count += 1
        sent = wire(block, f"b{self._count}")
        batch.descendants.append(sent)
        batch.room -= own_weight(block)
        if block.image:
            batch.images.append((str(sent["block_id"]), block.image))
        return sent

    def _whole(self, block: Block) -> Weight:
        """The weight of a block with all that is in it."""
        known = self._wholes.get(id(block))
        if known is None:
            known = sum(map(self._whole, block.children), own_weight(block))
            self._wholes[id(block)] = known
        return known

    def _least(self, block: Block) -> Weight:
        """The weight of a block with what cannot be added later."""
        known = self._leasts.get(id(block))
        if known is None:
            with_it = block.children if block.type == TABLE else ()
            with_it = block.children[:1] if block.type in _NEVER_EMPTY else with_it
            known = self._leasts[id(block)] = sum(map(self._least, with_it), own_weight(block))
        return known
