"""Tables, as GFM writes them (GFM spec 0.29, section 4.10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

#: A page may claim any span; no table of a person is wider.
_WIDEST = 100


def is_data(table: etree._Element) -> bool:
    """Whether it holds data; one that lays out a page is read as plain blocks."""
    if table.find(".//table") is not None or table.get("role") == "presentation":
        return False
    return any(len(_cells(row)) > 1 for row in _rows(table))


def write(table: etree._Element, render: Callable[[etree._Element], str]) -> str:
    """The table; *render* writes a cell. Spans are filled with empty cells."""
    rows = [[_written(cell, render) for cell in _spread(row)] for row in _rows(table)]
    width = max(len(row) for row in rows)
    # Viewers fill short rows too (GFM 4.10): in a table of absurd width that is left to them.
    filled = [row + [""] * (width - len(row)) for row in rows] if width <= _WIDEST else rows
    if next(iter(_rows(table))).find("th") is None and table.find("thead") is None:
        filled.insert(0, [""] * width)
    filled.insert(1, ["---"] * width)
    caption = table.find("caption")
    head = [render(caption), ""] if caption is not None else []
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in filled])


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    return table.iter("tr")


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if cell.tag in {"td", "th"}]


def _spread(row: etree._Element) -> Iterator[etree._Element | None]:
    for cell in _cells(row):
        yield cell
        span = cell.get("colspan", "1")
        extra = int(span) - 1 if span.isdecimal() and len(span) < 4 else 0
        yield from [None] * min(extra, _WIDEST)


def _written(cell: etree._Element | None, render: Callable[[etree._Element], str]) -> str:
    if cell is None:
        return ""
    lines = (line.removesuffix("\\").strip() for line in render(cell).split("\n"))
    return "<br>".join(line for line in lines if line).replace("|", "\\|")
