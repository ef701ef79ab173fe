"""The shapes of blocks and of what is asked about them: a field that none has is refused.

A value that was taken is kept as the service shows it, with every field that it fills in.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tests.fakes.feishu_answers import RefusedError, invalid

T = TypeVar("T")
_ENCODED = re.compile(r"(?:[A-Za-z0-9_.~!*'()-]|%[0-9A-Fa-f]{2})+")


class Shape(Struct, forbid_unknown_fields=True):
    """Has these fields and no others."""


# Text.


class Link(Shape):
    url: Annotated[str, Meta(min_length=1)]


class ElementStyle(Shape):
    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    underline: bool = False
    inline_code: bool = False
    background_color: Annotated[int, Meta(ge=1, le=15)] | UnsetType = UNSET
    text_color: Annotated[int, Meta(ge=1, le=7)] | UnsetType = UNSET
    link: Link | UnsetType = UNSET


class TextRun(Shape):
    content: str
    text_element_style: ElementStyle = msgspec.field(default_factory=ElementStyle)


class Equation(Shape):
    content: Annotated[str, Meta(min_length=1, max_length=10_000)]
    text_element_style: ElementStyle = msgspec.field(default_factory=ElementStyle)


class Element(Shape):
    text_run: TextRun | UnsetType = UNSET
    equation: Equation | UnsetType = UNSET


class TextStyle(Shape):
    align: Annotated[int, Meta(ge=1, le=3)] = 1
    done: bool | UnsetType = UNSET
    folded: bool = False
    language: Annotated[int, Meta(ge=1, le=75)] | UnsetType = UNSET
    wrap: bool | UnsetType = UNSET
    background_color: str | UnsetType = UNSET
    indentation_level: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET


class Text(Shape):
    elements: list[Element]
    style: TextStyle = msgspec.field(default_factory=TextStyle)


# What else stands under the key of a block.


class Nothing(Shape):
    pass


class Callout(Shape):
    background_color: Annotated[int, Meta(ge=1, le=15)] | UnsetType = UNSET
    border_color: Annotated[int, Meta(ge=1, le=7)] | UnsetType = UNSET
    text_color: Annotated[int, Meta(ge=1, le=7)] | UnsetType = UNSET
    emoji_id: str | UnsetType = UNSET


class Caption(Shape):
    content: str


class Image(Shape):
    align: Annotated[int, Meta(ge=1, le=3)] = 2
    caption: Caption | UnsetType = UNSET


class TableProperty(Shape):
    row_size: Annotated[int, Meta(ge=1)]
    column_size: Annotated[int, Meta(ge=1)]
    column_width: list[Annotated[int, Meta(ge=50)]] | UnsetType = UNSET
    header_row: bool = False
    header_column: bool = False
    merge_info: list[dict[str, int]] | UnsetType = UNSET


class Table(Shape):
    property: TableProperty


class GridColumn(Shape):
    width_ratio: int | UnsetType = UNSET


class Grid(Shape):
    column_size: Annotated[int, Meta(ge=2, le=5)]


TEXTS = {2: "text", **{2 + n: f"heading{n}" for n in range(1, 10)}} | {
    12: "bullet",
    13: "ordered",
    14: "code",
    15: "quote",
    17: "todo",
}
#: The key of each type that can be made here, and the shape of what stands under it.
KINDS: dict[int, tuple[str, type[Shape]]] = {
    **{number: (key, Text) for number, key in TEXTS.items()},
    19: ("callout", Callout),
    22: ("divider", Nothing),
    24: ("grid", Grid),
    25: ("grid_column", GridColumn),
    27: ("image", Image),
    31: ("table", Table),
    32: ("table_cell", Nothing),
    34: ("quote_container", Nothing),
}
PAGE, CALLOUT, GRID, COLUMN, IMAGE, TABLE, CELL, QUOTES = 1, 19, 24, 25, 27, 31, 32, 34


class BlockShape(Shape):
    """A block that is to be made, with what has no key of a type."""

    block_type: int
    block_id: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    children: list[str] | UnsetType = UNSET


# Requests.


class CreateDocument(Shape):
    folder_token: str = ""
    title: Annotated[str, Meta(min_length=1, max_length=800)] | UnsetType = UNSET


class InsertDescendants(Shape):
    children_id: Annotated[list[str], Meta(min_length=1, max_length=1_000)]
    descendants: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=1_000)]
    index: int = -1


class InsertChildren(Shape):
    children: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=50)]
    index: int = -1


class DeleteChildren(Shape):
    start_index: Annotated[int, Meta(ge=0)]
    end_index: Annotated[int, Meta(ge=1)]


class UpdateElements(Shape):
    elements: list[Element]


class ReplaceImage(Shape):
    token: str
    width: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    height: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    align: Annotated[int, Meta(ge=1, le=3)] | UnsetType = UNSET
    caption: Caption | UnsetType = UNSET
    scale: float | UnsetType = UNSET


class UpdateBlock(Shape):
    """What is to be done with one block: just one of these."""

    update_text_elements: UpdateElements | UnsetType = UNSET
    replace_image: ReplaceImage | UnsetType = UNSET


class UpdateOne(UpdateBlock, kw_only=True):
    block_id: str


class UpdateBlocks(Shape):
    requests: Annotated[list[UpdateOne], Meta(min_length=1, max_length=200)]


class Place(Shape):
    """What every call about blocks may have in its query."""

    document_revision_id: int = -1
    client_token: str = ""
    user_id_type: str = "open_id"


class Pages(Shape):
    page_size: Annotated[int, Meta(ge=1, le=500)] = 500
    page_token: str = ""
    document_revision_id: int = -1
    user_id_type: str = "open_id"


def shaped(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """*value* as one of *kind*.

    Raises:
        RefusedError: It has a field too many or too few, or one that is not what it should be.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise invalid(str(error).partition(" - at ")[2], str(error)) from error


def content_of(block: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The type of a block that is to be made, and what stands under its key, as it is shown.

    Raises:
        RefusedError: No such block can be made.
    """
    number = block.get("block_type")
    if not isinstance(number, int):
        raise invalid("block_type", "is required")
    if number not in KINDS:
        raise RefusedError(1770029, f"a block of type {number}")
    key, shape = KINDS[number]
    given = {name: value for name, value in block.items() if name != key}
    shaped(given, BlockShape)
    if key not in block:
        raise RefusedError(1770006, f"a block of type {number} without {key}")
    made = shaped(block[key], shape)
    _check(made)
    shown: dict[str, Any] = msgspec.to_builtins(made)
    return number, shown


def _check(made: Any) -> None:
    if isinstance(made, Text):
        check_elements(made.elements)
    if isinstance(made, Table):
        _check_table(made.property)


def check_elements(elements: list[Element]) -> None:
    if not elements:
        raise RefusedError(1770001, "a text without an element")
    for element in elements:
        given = [each for each in (element.text_run, element.equation) if each is not UNSET]
        if len(given) != 1:
            raise RefusedError(1770001, "an element is one thing")
        assert isinstance(given[0], TextRun | Equation)
        _check_link(given[0].text_element_style.link)


def _check_link(link: Link | UnsetType) -> None:
    """An address is encoded as a whole."""
    if isinstance(link, Link) and not (
        _ENCODED.fullmatch(link.url) and re.match(r"[a-z][a-z0-9+.-]*:", unquote(link.url))
    ):
        raise RefusedError(1770001, f"the link {link.url}")


def _check_table(table: TableProperty) -> None:
    if table.merge_info is not UNSET:
        raise RefusedError(1770001, "merge_info is for reading alone")
    if table.column_size > 100:
        raise RefusedError(1770010)
    if isinstance(table.column_width, list) and len(table.column_width) != table.column_size:
        raise RefusedError(1770001, "a width for each column")


def text_of(content: dict[str, Any]) -> str:
    """What a reader sees of the elements."""
    return "".join(
        part["content"] for element in content.get("elements", []) for part in element.values()
    )
