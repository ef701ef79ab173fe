"""The writer: one pass over the tree, without recursion, so that depth does no harm."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from ..normalize import FOOTNOTE, FOOTNOTE_MARK, all_text, normalize
from . import marks
from .escape import code_block, defines_live_link, escape_line_end
from .inline import BREAK, Run, fold, write_runs
from .lines import FLAGS, SKIP, Closer, LineWriter, Skip
from .lists import List, begins_with_text
from .marks import Link
from .table import Table, align_of, is_layout, is_simple, join_cells, rows_of

_SKIPPED = (
    "script style template noscript head title meta link base select textarea button datalist "
    "option progress meter param source track area map svg canvas colgroup col rp"
).split()
_PLAIN_BLOCKS = (
    "p div section main aside header footer nav address center figure figcaption details summary "
    "dl dt dd form fieldset legend hgroup body html dialog search caption thead tbody tfoot "
    "article noframes tr td th"
).split()


def render(body: etree._Element) -> str:
    """The tree as Markdown, without an end of line. Linear in its size; *body* is normalized."""
    normalize(body)
    return _Writer().written(body)


class _Writer(LineWriter):
    def __init__(self) -> None:
        super().__init__()
        self._lists: list[List | None] = []
        self._tables: list[Table | None] = []
        self._tagged = 0  #: the number of lines when a tag was written last

    def written(self, body: etree._Element) -> str:
        """All of *body*. What a mark or a link changes is as it was behind its element."""
        outer: list[tuple[Closer | None, int, Link | None]] = []
        walk = etree.iterwalk(body, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                opener = _OPENERS.get(element.tag)
                flags, link = self._flags, self._link
                closer = opener(self, element) if opener else None
                if isinstance(closer, Skip):
                    outer.append((None, flags, link))
                    walk.skip_subtree()
                    continue
                outer.append((closer, flags, link))
                text = element.text
            else:
                closer, flags, link = outer.pop()
                if closer:
                    closer()
                if not outer:
                    break
                self._flags, self._link = flags, link
                text = element.tail
            # A block does not begin with white space.
            if text and (self._runs or not text.isspace()):
                self._say(text)
        self._flush()
        return "\n".join(self._blocks.lines).strip("\n")

    # Blocks.

    def _open_block(self, _element: etree._Element) -> Closer:
        if self._runs:
            self._flush()
        return self._flush

    def _open_heading(self, element: etree._Element) -> Closer:
        self._flush()
        outer, self._heading = self._heading, self._heading or int(element.tag[1])

        def close() -> None:
            if not outer:
                self._flush(closes=True)
            self._heading = outer

        return close

    def _rule(self, _element: etree._Element) -> Skip:
        self._flush()
        if not self._in_cell and not self._heading:
            # At the beginning of an item its marker would become a part of the rule.
            self._blocks.add("---" if self._blocks.inner.begun else "___")
        return SKIP

    def _code_block(self, element: etree._Element) -> Skip:
        self._flush()
        text, language = _code(element)
        if self._in_cell or self._heading:
            for line in text.split("\n"):
                self._runs += [Run(line, marks.CODE), BREAK]
        else:
            self._blocks.add(code_block(text, language))
        return SKIP

    def _quote(self, element: etree._Element) -> Closer:
        self._flush()
        self._blocks.enter("> ", "> ")
        if kind := element.get("data-callout"):
            # Behind the kind, GitHub takes no title.
            self._blocks.add(f"[!{kind}]")
            self._blocks.gap = False
            if title := element.get("data-title"):
                self._runs.append(Run(fold(title), marks.STRONG))
                self._flush()
        return self._leave

    def _footnote(self, element: etree._Element) -> Closer:
        self._flush()
        self._blocks.enter(f"[^{element.get('label')}]: ", "    ")
        return self._leave

    def _leave(self) -> None:
        self._flush()
        self._blocks.leave()

    def _open_list(self, element: etree._Element) -> Closer:
        self._flush()
        within = self._lists[-1] if self._lists else None
        kind = "ol" if element.tag == "ol" else "ul"
        before = self._blocks.inner.last_list
        current = List(element, again=before in {f"{kind}.", f"{kind}-"})
        self._lists.append(current)
        if within and within.tight and current.interrupts and begins_with_text(element):
            self._close_up()

        def close() -> None:
            self._flush()
            self._lists.pop()
            self._blocks.gap = True
            self._blocks.inner.last_list = f"{kind}{current.marker}"

        return close

    def _open_item(self, _element: etree._Element) -> Closer:
        self._flush()
        current = self._lists[-1] if self._lists else None
        if current and current.tight and current.begun:
            self._close_up()
        marker = current.next_marker() if current else "- "
        self._blocks.enter(marker, " " * len(marker), 2)
        return self._close_item

    def _close_up(self) -> None:
        """No empty line before what comes; right behind a tag, that would be HTML too."""
        if self._tagged != len(self._blocks.lines):
            self._blocks.gap = False

    def _close_item(self) -> None:
        self._flush()
        inner = self._blocks.inner
        if inner.weight == 2 and not inner.begun:
            self._blocks.add("")
        self._task = ""
        self._blocks.leave()

    # Tables.

    def _open_table(self, element: etree._Element) -> Closer | None:
        self._flush()
        if self._in_cell or self._heading or is_layout(element):
            self._tables.append(None)
            for row in rows_of(element):
                join_cells(row)
            return self._close_plain_table
        table = Table(element)
        self._tables.append(table)
        if is_simple(element):
            return self._close_table
        table.html = True
        self._tag("<table>")
        return self._close_html_table

    def _close_plain_table(self) -> None:
        self._flush()
        self._tables.pop()

    def _close_table(self) -> None:
        table = self._tables.pop()
        self._flush()
        if table and (written := table.written()):
            self._blocks.add(written)

    def _close_html_table(self) -> None:
        self._flush()
        self._tables.pop()
        self._tag("</table>")

    def _open_row(self, element: etree._Element) -> Closer | None:
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell:
            return self._open_block(element)
        if not table.html:
            # What stands in a table beside its cells is shown before it, as browsers do.
            self._flush()
            table.begin_row(element)
            return self._flush
        self._tag("<tr>")

        def close() -> None:
            self._flush()
            self._tag("</tr>")

        return close

    def _open_cell(self, element: etree._Element) -> Closer:
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell:
            return self._open_block(element)
        if table.html:
            return self._open_html_cell(element)
        self._flush()
        self._in_cell = True

        def close() -> None:
            self._in_cell = False
            table.add_cell(element, write_runs(self._runs, "<br>"))
            self._runs = []

        return close

    def _open_html_cell(self, element: etree._Element) -> Closer:
        self._flush()
        spans = "".join(
            f' {name}="{value}"'
            for name in ("colspan", "rowspan")
            if (value := element.get(name, "")).isdecimal() and len(value) < 4 and value != "1"
        )
        aligned = f' align="{align}"' if (align := align_of(element)) else ""
        self._tag(f"<{element.tag}{spans}{aligned}>")

        def close() -> None:
            self._flush()
            self._tag(f"</{element.tag}>")

        return close

    def _tag(self, tag: str) -> None:
        """Write a tag of a table; those that touch are one block (CommonMark 0.31, section 4.6)."""
        if self._tagged == len(self._blocks.lines):
            self._blocks.gap = False
        self._blocks.add(tag)
        self._tagged = len(self._blocks.lines)

    def _open_caption(self, element: etree._Element) -> Closer:
        """A caption stands before the table."""
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell or table.html:
            return self._open_block(element)
        self._flush()
        return self._flush

    # Writing.

    def _flush(self, *, closes: bool = False) -> None:
        """Write the block whose runs are complete."""
        runs = self._runs
        if not runs:
            return
        if self._in_cell or (self._heading and not closes):
            if runs[-1] is not BREAK:
                runs.append(BREAK)
            return
        self._runs = []
        text = write_runs(runs, " " if self._heading else "\\\n")
        if self._heading and text:
            self._blocks.add(f"{'#' * self._heading} {escape_line_end(text)}")
        elif text or self._task:
            if self._blocks.inner.begins_note and defines_live_link(text):
                self._blocks.add("")
            self._blocks.add(self._task + text)
            self._task = ""


def _code(element: etree._Element) -> tuple[str, str]:
    """The text of a normalized code block and its language."""
    inner = element[0] if len(element) == 1 and element[0].tag == "code" else element
    found = re.search(
        r"(?:^|\s)language-([^\s`{]+)", inner.get("class") or element.get("class") or ""
    )
    text = all_text(inner) if len(inner) else inner.text or ""
    return text.strip("\n"), found[1] if found else ""


_OPENERS: dict[str, Callable[[_Writer, etree._Element], Closer | Skip | None]] = {
    **dict.fromkeys(_SKIPPED, lambda _writer, _element: SKIP),
    **dict.fromkeys(FLAGS, _Writer._open_mark),
    **dict.fromkeys(("span", "font"), _Writer._open_styled),
    **dict.fromkeys(_PLAIN_BLOCKS, _Writer._open_block),
    **dict.fromkeys((f"h{level}" for level in range(1, 7)), _Writer._open_heading),
    **dict.fromkeys(("video", "audio", "iframe", "embed"), _Writer._media),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _Writer._open_list),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), _Writer._code_block),
    "a": _Writer._open_link,
    "br": _Writer._break,
    "img": _Writer._image,
    "input": _Writer._box,
    "math": _Writer._math,
    FOOTNOTE_MARK: _Writer._footnote_mark,
    FOOTNOTE: _Writer._footnote,
    "rt": _Writer._reading,
    "hr": _Writer._rule,
    "blockquote": _Writer._quote,
    "li": _Writer._open_item,
    "table": _Writer._open_table,
    "tr": _Writer._open_row,
    "td": _Writer._open_cell,
    "th": _Writer._open_cell,
    "caption": _Writer._open_caption,
}
