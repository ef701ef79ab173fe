"""The blocks of a document, and their form on the wire."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

TEXT = 2
HEADING = 3  #: of the first level; the others follow
BULLET = 12
ORDERED = 13
CODE = 14
QUOTE = 15
TODO = 17
CALLOUT = 19
DIVIDER = 22
IMAGE = 27
TABLE = 31
CELL = 32
QUOTES = 34

#: What a block's content stands under (official SDK 1.7.5, `docx/v1/model/block.py`).
KEYS = {
    TEXT: "text",
    **{HEADING + level: f"heading{level + 1}" for level in range(9)},
    BULLET: "bullet",
    ORDERED: "ordered",
    CODE: "code",
    QUOTE: "quote",
    TODO: "todo",
    CALLOUT: "callout",
    DIVIDER: "divider",
    IMAGE: "image",
    TABLE: "table",
    CELL: "table_cell",
    QUOTES: "quote_container",
}
#: What one call of `…/descendant` takes (official documents, “创建嵌套块”; error 1770035).
MOST_BLOCKS = 1_000
MOST_IMAGES = 20
#: Characters in one call. How large one may be is not documented; this is 2 MB of Chinese at most.
MOST_SENT = 300_000
#: Characters of the text of a document (error 1770033).
MOST_TEXT = 10_485_760


class Image(Struct, frozen=True):
    """An image of a note, which is an asset."""

    name: str  #: its file is `surroundings.asset(name)`
    caption: str = ""
    width: int | None = None  #: CSS pixels, where the note has them
    url: str = ""  #: what a link to it leads to, if it cannot be stored: its place in the page


class Block(Struct, frozen=True):
    """A block with all that is in it."""

    type: int  #: one of `KEYS`
    content: dict[str, Any]  #: what stands under the key of its type
    children: tuple[Block, ...] = ()
    image: Image | None = None  #: of an image alone


def wire(block: Block, id: str) -> dict[str, Any]:
    """A block as it is sent, by a temporary *id*; the ids of its children are still to be told."""
    return {"block_id": id, "block_type": block.type, KEYS[block.type]: block.content}


class Weight(NamedTuple):
    """What blocks count for, with all that is in them."""

    blocks: int = 0
    images: int = 0
    text: int = 0  #: characters

    def __add__(self, other: tuple[int, ...]) -> Weight:  # type: ignore[override]  # a sum, not a longer tuple
        return Weight(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def __sub__(self, other: tuple[int, ...]) -> Weight:
        return Weight(self[0] - other[0], self[1] - other[1], self[2] - other[2])

    def fits(self, room: Weight) -> bool:
        return all(mine <= left for mine, left in zip(self, room, strict=True))


#: What goes in one call.
ROOM = Weight(MOST_BLOCKS, MOST_IMAGES, MOST_SENT)


def weight(block: Block) -> Weight:
    """The weight of a block with all that is in it."""
    return sum(map(weight, block.children), own_weight(block))


def own_weight(block: Block) -> Weight:
    """The weight of a block itself."""
    parts = (part for element in block.content.get("elements", ()) for part in element.values())
    return Weight(1, int(block.type == IMAGE), sum(len(part["content"]) for part in parts))


def alone(block: Block) -> dict[str, Any]:
    """A block without children as it is sent where it needs no temporary id."""
    return {"block_type": block.type, KEYS[block.type]: block.content}


def link_to(image: Image) -> Block:
    """A text in the place of an image that is not stored: a link to where the page has it."""
    style = {"link": {"url": quote(image.url, safe="")}} if image.url else {}
    run = {"content": image.caption or image.url or image.name, "text_element_style": style}
    return Block(TEXT, {"elements": [{"text_run": run}]})


def linked(blocks: Iterable[Block], names: Container[str]) -> tuple[Block, ...]:
    """*blocks* with links in place of the images of these *names*."""
    return tuple(_linked(block, names) for block in blocks)


def _linked(block: Block, names: Container[str]) -> Block:
    if block.image and block.image.name in names:
        return link_to(block.image)
    return replace(block, children=linked(block.children, names)) if block.children else block
