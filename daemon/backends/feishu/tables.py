"""Rows of cells → tables that Feishu takes and a person can read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from .blocks import CELL, IMAGE, MOST_IMAGES, ROOM, TABLE, TEXT, Block, Weight, weight
from .runs import Element, empty

#: Columns of one table. Feishu takes 100; nobody reads across more than these.
MOST_COLUMNS = 50
#: Pixels: of a page, of a column, of a letter (a Chinese one is twice as wide), beside the text.
_PAGE = 820
_NARROWEST = 80
_WIDEST = 400
_LETTER = 8
_PADDING = 26

Cell = tuple[Block, ...]
Row = Sequence[Cell]


def tables(rows: Sequence[Row], *, header: bool) -> list[Block]:
    """The *rows* as one table, or as several where it would be too wide or too long.

    *header*: the first row says what is in the columns, and every part that is split off by rows
    begins with it. One that is split off by columns begins with the first column. Each has at most
    1,000 blocks with it and in it, so that it can be sent at once, and thus never 2,000 cells.
    """
    made: list[Block] = []
    for part in _by_columns(rows):
        widths = column_widths(part)
        made += [_table(some, widths, header=header) for some in _by_rows(part, header=header)]
    return made


def lines(rows: Sequence[Row]) -> list[Block]:
    """The *rows* as texts, for where no table can stand: a text for a row, then what is no text."""
    made: list[Block] = []
    for row in rows:
        elements: list[Element] = []
        others: list[Block] = []
        for cell in row:
            texts = [block for block in cell if "elements" in block.content]
            others += [block for block in cell if block not in texts]
            if elements:
                elements.append({"text_run": {"content": " | "}})
            elements += _joined(texts)
            others += [child for block in texts for child in block.children]
        if any(_length(element) for element in elements):
            made.append(Block(TEXT, {"elements": elements}))
        made += others
    return made


def column_widths(rows: Sequence[Row]) -> list[int]:
    """Pixels for each column, by its longest line; wide ones share what a page has."""
    wanted = [0] * max(map(len, rows))
    for row in rows:
        for column, cell in enumerate(row):
            wanted[column] = max(wanted[column], *(_wide(block) for block in cell), 0)
    wanted = [min(max(width * _LETTER + _PADDING, _NARROWEST), _WIDEST) for width in wanted]
    over = sum(wanted) - _PAGE
    shrinkable = sum(width - _NARROWEST for width in wanted)
    if over <= 0 or not shrinkable:
        return wanted
    share = min(1.0, over / shrinkable)
    return [width - int((width - _NARROWEST) * share) for width in wanted]


def _by_columns(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows, filled to one length, in parts of so many columns."""
    columns = [list(column) for column in zip_longest(*rows, fillvalue=())]
    yield _turned(columns[:MOST_COLUMNS])
    names = [tuple(block for block in cell if block.type != IMAGE) for cell in columns[0]]
    for start in range(MOST_COLUMNS, len(columns), MOST_COLUMNS - 1):
        yield _turned([names, *columns[start : start + MOST_COLUMNS - 1]])


def _turned(columns: Sequence[Sequence[Cell]]) -> list[Row]:
    return [list(row) for row in zip(*columns, strict=True)]


def _by_rows(rows: Sequence[Row], *, header: bool) -> Iterator[list[Row]]:
    """The rows in parts that can each be sent at once, with the first row before each part."""
    head = list(rows[:1]) if header else []
    first = Weight(1) + _heavy(head)
    part: list[Row] = []
    now = first
    for row in rows[len(head) :]:
        more = _heavy([row])
        if part and not (now + more).fits(ROOM):
            yield head + part
            head = [[_without_images(cell) for cell in row] for row in head]
            part, now = [], Weight(1) + _heavy(head)
        part.append(row)
        now += more
    yield head + part


def _heavy(rows: Iterable[Row]) -> Weight:
    cells = [_filled(cell) for row in rows for cell in row]
    return sum((weight(block) for cell in cells for block in cell), Weight(blocks=len(cells)))


def _table(rows: Sequence[Row], widths: list[int], *, header: bool) -> Block:
    """A table of *rows*. Where they have more images than go at once, each cell begins with a text:
    what comes first in a cell has to come with the table.
    """
    many = _heavy(rows).images > MOST_IMAGES
    cells = [_filled(cell) for row in rows for cell in row]
    first = (Block(TEXT, {"elements": empty()}),)
    if many:
        cells = [first + cell if cell[0].type == IMAGE else cell for cell in cells]
    shape = {"row_size": len(rows), "column_size": len(widths), "column_width": widths}
    return Block(
        TABLE,
        {"property": shape | ({"header_row": True} if header else {})},
        tuple(Block(CELL, {}, cell) for cell in cells),
    )


def _filled(cell: Cell) -> Cell:
    """A cell has at least one block."""
    return cell or (Block(TEXT, {"elements": empty()}),)


def _without_images(cell: Cell) -> Cell:
    return tuple(block for block in cell if block.type != IMAGE)


def _joined(texts: Sequence[Block]) -> list[Element]:
    elements: list[Element] = []
    for block in texts:
        if elements:
            elements.append({"text_run": {"content": " "}})
        elements += block.content["elements"]
    return elements


def _wide(block: Block) -> int:
    """Letters in the longest line of a block and what is in it; none is counted beyond many."""
    text = "".join(_content(element) for element in block.content.get("elements", ()))[:1000]
    own = max((sum(map(_columns, line[:100])) for line in text.split("\n")), default=0)
    return max([own, *(3 + _wide(child) for child in block.children)])


def _columns(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _content(element: Element) -> str:
    return str((element.get("text_run") or element["equation"])["content"])


def _length(element: Element) -> int:
    return len(_content(element).strip(" |"))
