"""Tables, as GFM writes them (GFM spec 0.29, section 4.10)."""

from __future__ import annotations

import re
from itertools import islice
from operator import itemgetter

from lxml import etree

from ..normalize import all_text

#: A page may claim any span; no table of a person is wider.
_WIDEST = 100
_ALIGN = re.compile(r"text-align\s*:\s*(left|right|center)", re.IGNORECASE)
_RULES = {"left": ":---", "right": "---:", "center": ":---:"}
#: What a column of data does not hold.
_LINES = ("p", "div", *(f"h{level}" for level in range(1, 7)))
_LAID_OUT = (*_LINES, "img", "ul", "ol", "pre")
#: Characters, and breaks between lines, from which on a cell may be a page.
_PAGE, _PAGE_LINES = 150, 3
#: What no cell of GFM can hold.
_BLOCKS = ("table", "ul", "ol", "pre", "blockquote")


def rows_of(table: etree._Element) -> list[etree._Element]:
    """The rows of this table, not those of tables in it."""
    rows: list[etree._Element] = []
    for child in table:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in {"thead", "tbody", "tfoot"}:
            rows += [row for row in child if row.tag == "tr"]
    return rows


def is_layout(table: etree._Element) -> bool:
    """Whether it lays out a page and is read as plain blocks."""
    if table.get("role") in {"presentation", "none"}:
        return True
    rows = rows_of(table)
    if _holds(table, "table") and not any(row.find("th") is not None for row in rows):
        return True
    filled = [row for row in rows if len(row) and _has_content(row)]
    if not filled or (len(filled) == 1 and len(filled[0]) == 1):
        return True
    if _holds(table, "th"):
        return False
    single = all(len(row) <= 1 for row in rows)
    return (single and _holds(table, *_LAID_OUT)) or _has_page_cell(table, filled)


def join_cells(row: etree._Element) -> None:
    """Make one line of the cells of a *row* that lays out a line: a number, a mark and a title."""
    if _holds(row, "br", *_LINES, *_BLOCKS) or len(all_text(row)) > _PAGE:
        return
    for cell in row:
        cell.tag, cell.tail = "span", f" {cell.tail or ''}"


def _has_page_cell(table: etree._Element, rows: list[etree._Element]) -> bool:
    """Whether one cell holds most of the words, in several lines: the page itself stands there."""
    if not _has_lines(table):
        return False
    sizes = [(len(all_text(cell)), cell) for row in rows for cell in row]
    most, largest = max(sizes, key=itemgetter(0))
    return most > _PAGE and most * 2 > sum(size for size, _ in sizes) and _has_lines(largest)


def _has_lines(element: etree._Element) -> bool:
    return sum(1 for _ in islice(element.iter("br", "p", "div"), _PAGE_LINES)) == _PAGE_LINES


def _has_content(row: etree._Element) -> bool:
    return any(map(_is_seen, row.itertext())) or _holds(row, "img")


def _is_seen(text: object) -> bool:
    return bool(str(text).strip())


def is_simple(table: etree._Element) -> bool:
    """Whether GFM can express it."""
    return not _holds(table, *_BLOCKS)


def _holds(element: etree._Element, *tags: str) -> bool:
    return any(found is not element for found in islice(element.iter(*tags), 2))


def _group(row: etree._Element) -> int:
    """Where a browser shows the row: the head first, the foot last."""
    parent = row.getparent()
    return {"thead": 0, "tfoot": 2}.get("" if parent is None else str(parent.tag), 1)


class Table:
    """The cells of a table as Markdown."""

    def __init__(self, element: etree._Element) -> None:
        self.html = False
        self._rows: list[list[str]] = []
        self._groups: list[int] = []
        self._aligns: dict[int, str] = {}
        self._spans: dict[int, int] = {}  #: the rows that a cell above still covers, by column
        self._column = 0
        rows = sorted(rows_of(element), key=_group)
        self._has_head = bool(rows) and _is_head(rows[0])

    def begin_row(self, row: etree._Element) -> None:
        self._rows.append([])
        self._groups.append(_group(row))
        self._column = 0
        self._covered()

    def add_cell(self, element: etree._Element, text: str) -> None:
        """The cell *element* with *text*; its spans are filled with empty cells."""
        if not self._rows:
            self.begin_row(element)
        align = align_of(element)
        if align:
            self._aligns.setdefault(self._column, align)
        deep = _span(element, "rowspan") - 1
        for number in range(_span(element, "colspan")):
            self._rows[-1].append("" if number else text.replace("|", "\\|"))
            if deep:
                self._spans[self._column] = deep
            self._column += 1
        self._covered()

    def _covered(self) -> None:
        while self._spans.get(self._column, 0) > 0:
            self._spans[self._column] -= 1
            self._rows[-1].append("")
            self._column += 1

    def written(self) -> str:
        """The table, or nothing where it has no cells."""
        rows = self._trimmed()
        width = max(map(len, rows), default=0)
        if not width:
            return ""
        # Viewers fill short rows too (GFM 4.10): in a table of absurd width that is left to them.
        filled = [row + [""] * (width - len(row)) for row in rows] if width <= _WIDEST else rows
        if not self._has_head:
            filled.insert(0, [""] * width)
        elif len(filled[0]) < width:
            filled[0] += [""] * (width - len(filled[0]))
        filled.insert(1, [_RULES.get(self._aligns.get(at, ""), "---") for at in range(width)])
        return "\n".join(f"| {' | '.join(row)} |" for row in filled)

    def _trimmed(self) -> list[list[str]]:
        """The rows without empty cells at their ends that others do not have."""
        rows = []
        for number in sorted(range(len(self._rows)), key=self._groups.__getitem__):
            row = self._rows[number]
            while row and not row[-1]:
                row.pop()
            rows.append(row)
        return rows


def _is_head(row: etree._Element) -> bool:
    parent = row.getparent()
    if parent is not None and parent.tag == "thead":
        return True
    cells = [cell.tag for cell in row if cell.tag in {"td", "th"}]
    return bool(cells) and all(tag == "th" for tag in cells)


def align_of(cell: etree._Element) -> str:
    """How the texts of *cell* are aligned: left, right, center, or nothing of that."""
    styled = _ALIGN.search(cell.get("style", ""))
    given = (styled[1] if styled else cell.get("align", "")).lower()
    return given if given in _RULES else ""


def _span(cell: etree._Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return max(1, min(int(value), _WIDEST)) if value.isdecimal() and len(value) < 6 else 1
