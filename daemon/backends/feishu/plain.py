"""A simpler form of blocks, for when Feishu refuses those that say more (1770001 and others)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import unquote

from .blocks import (
    BULLET,
    CALLOUT,
    CODE,
    DIVIDER,
    IMAGE,
    ORDERED,
    QUOTE,
    QUOTES,
    TABLE,
    TEXT,
    TODO,
    Block,
)
from .runs import LONGEST_RUN, Element, empty
from .tables import lines

#: These begin a list, in which what is deeper gets its number or stays an item.
_ITEMS = frozenset([BULLET, ORDERED, TODO])


def plainer(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """*blocks* without blocks in blocks, and without any style; nothing of their text is lost.

    Items of lists in lists are items of one list, tables are a text for a row, quotes and callouts
    a quote for a text; a link has its address behind it.
    """
    return tuple(_plain(blocks, quoted=False, deep=False))


def _plain(blocks: Iterable[Block], *, quoted: bool, deep: bool) -> Iterator[Block]:
    number, counted = 0, False
    for block in blocks:
        begins = number == 0
        number = _number(block, number)
        # Feishu counts from 1, and in one list alone.
        counted = not deep and (number == 1 or (counted and not begins))
        if block.type in {QUOTES, CALLOUT}:
            yield from _plain(block.children, quoted=True, deep=deep)
        elif block.type == TABLE:
            yield from _plain(_rows(block), quoted=quoted, deep=deep)
        else:
            yield _itself(block, quoted=quoted, number=0 if counted else number)
            deeper = deep or block.type in _ITEMS
            yield from _plain(block.children, quoted=quoted, deep=deeper)
            counted = counted and not block.children


def _number(block: Block, before: int) -> int:
    """The number of an item; 0 of what is none."""
    return before + 1 if block.type == ORDERED else 0


def _itself(block: Block, *, quoted: bool, number: int) -> Block:
    if block.type in {DIVIDER, IMAGE}:
        return Block(block.type, {}, image=block.image)
    if block.type == CODE:
        return Block(CODE, {"elements": _elements(block, code=True)})
    elements = _elements(block, code=False)
    if block.type == TODO:
        done = block.content.get("style", {}).get("done", False)
        return Block(TODO, {"elements": elements, "style": {"done": done}})
    if number:
        elements = [{"text_run": {"content": f"{number}. "}}, *elements]
        return Block(BULLET, {"elements": elements})
    kind = QUOTE if quoted and block.type == TEXT else block.type
    return Block(kind, {"elements": elements})


def _rows(table: Block) -> list[Block]:
    """The rows of a table as texts, with what is no text behind them."""
    columns = table.content["property"]["column_size"]
    cells = [cell.children for cell in table.children]
    return lines([cells[start : start + columns] for start in range(0, len(cells), columns)])


def _elements(block: Block, *, code: bool) -> list[Element]:
    """The texts of a block; behind a link, which may be several of them, stands its address."""
    plain: list[Element] = []
    for address, parts in groupby(block.content["elements"], _address):
        content = "".join(map(_text, parts))
        says = not code and address and address != content
        whole = f"{content} ({address})" if says else content
        pieces = range(0, len(whole), LONGEST_RUN)
        plain += [{"text_run": {"content": whole[at : at + LONGEST_RUN]}} for at in pieces]
    return plain or empty()


def _address(element: Element) -> str:
    link = element.get("text_run", {}).get("text_element_style", {}).get("link")
    return unquote(link["url"]) if link else ""


def _text(element: Element) -> str:
    if "equation" in element:
        return f"${element['equation']['content']}$"
    return str(element["text_run"]["content"])
