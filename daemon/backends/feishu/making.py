"""Blocks in the making."""

from __future__ import annotations

from .blocks import Block, Image
from .runs import Element, Run, element
from .tables import Cell, lines, tables


class Node:
    """A block in the making."""

    def __init__(
        self, kind: int, content: dict[str, object], image: Image | None = None, said: str = ""
    ) -> None:
        """*said*: what stands before the text of an item."""
        self.type = kind
        self.content = content
        self.image = image
        self._before = [element(Run(said))] if said else []
        if said:
            self.say([])
        self.children: list[Node | Block] = []

    def say(self, elements: list[Element]) -> None:
        """Take the text of an item."""
        self.content["elements"] = [*self._before, *elements]

    def done(self) -> Block:
        return Block(self.type, self.content, done(self.children), self.image)


def done(nodes: list[Node | Block]) -> tuple[Block, ...]:
    return tuple(node.done() if isinstance(node, Node) else node for node in nodes)


class Frame:
    """What blocks are put into."""

    def __init__(self, blocks: list[Node | Block], item: Node | None = None) -> None:
        self.blocks = blocks
        self.item = item  #: takes the next text as its own
        self.table: Table | None = None


class Table:
    """A table in the making: its rows, of cells that may reach into others."""

    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []
        self.heads: list[bool] = []  #: of the first row
        self._taken: dict[int, int] = {}  #: by a cell of a row above: for how many rows, by column
        self._below: dict[int, int] = {}  #: the same for the next row

    def begin_row(self) -> None:
        self.rows.append([])
        self._taken = self._below
        self._below = {column: rows - 1 for column, rows in self._taken.items() if rows > 1}
        self._fill()

    def add(self, cell: Cell, *, columns: int, rows: int, head: bool) -> None:
        """Put *cell* where there is room, with empty ones for what it spans."""
        if not self.rows:
            self.begin_row()
        if len(self.rows) == 1:
            self.heads.append(head)
        row = self.rows[-1]
        if rows > 1:
            self._below |= dict.fromkeys(range(len(row), len(row) + columns), rows - 1)
        row += [cell, *[()] * (columns - 1)]
        self._fill()

    def blocks(self, *, whole: bool) -> list[Block]:
        """What is made of it: tables, or lines of text where none can stand."""
        rows = [row for row in self.rows if row]
        header = bool(self.heads) and all(self.heads)
        if header and not any(rows[0]) and len(rows) > 1:
            rows, header = rows[1:], False  # the writer's, where the page has none
        if not any(map(any, rows)):
            return []
        return tables(rows, header=header) if whole and _is_full(rows) else lines(rows)

    def _fill(self) -> None:
        row = self.rows[-1]
        while len(row) in self._taken:
            row.append(())


def _is_full(rows: list[list[Cell]]) -> bool:
    """Whether a table of *rows* would not be far more empty cells than others."""
    filled = len(rows) * max(map(len, rows))
    return filled < 100_000 or filled < 20 * sum(map(len, rows))


class List:
    """A list, and the number of its next item."""

    def __init__(self, *, ordered: bool, number: int) -> None:
        self.ordered = ordered
        self.number = number
        self.begun = False
        self.counted = False  #: by Feishu


class Link:
    """A link, and what is in it."""

    def __init__(self, target: str | None, told_as: str) -> None:
        self.target = target  #: None where it cannot be followed
        self.told_as = told_as  #: its address as text, then
        self.has_text = False
        self.images: list[Node] = []
        self.has_images = False  #: that are not shown, and have no words
