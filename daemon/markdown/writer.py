"""The writer: one pass over the tree, without recursion, so that depth does no harm."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from lxml import etree

from ..normalize import FOOTNOTE, FOOTNOTE_MARK, all_text, normalize
from . import marks
from .blocks import Blocks
from .escape import (
    code_block,
    escape,
    escape_line_end,
    image_target,
    link_target,
    link_title,
)
from .inline import BREAK, Run, fold, fold_space, write_runs
from .marks import Link
from .table import Table, is_layout, is_simple
from .tex import display_math, inline_math, written_math

_SKIPPED = (
    "script style template noscript head title meta link base select textarea button datalist "
    "option progress meter param source track area map svg dialog canvas colgroup col rp"
).split()
_FLAGS = {
    **dict.fromkeys(("strong", "b"), marks.STRONG),
    **dict.fromkeys(("em", "i"), marks.EM),
    **dict.fromkeys(("del", "s", "strike"), marks.DEL),
    **dict.fromkeys(("code", "samp", "tt"), marks.CODE),
    "ins": marks.INS,
    "u": marks.UNDERLINE,
    "mark": marks.MARK,
    "q": marks.QUOTED,
    "sub": marks.SUB,
    "sup": marks.SUP,
    "kbd": marks.KBD,
}
_PLAIN_BLOCKS = (
    "p div section main aside header footer nav address center figure figcaption details summary "
    "dl dt dd form fieldset legend hgroup body html dialog search caption thead tbody tfoot "
    "article noframes tr td th"
).split()
_BOLD = re.compile(r"font-weight\s*:\s*(bold|bolder|[6-9]00|normal|[1-5]00|lighter)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*(italic|oblique|normal)", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)

_Closer = Callable[[], None]


class _Skip:
    """The content of an element is not to be visited."""


_SKIP = _Skip()


class _List:
    """A list and the number of its next item."""

    __slots__ = ("begun", "interrupts", "marker", "number", "ordered", "tight")

    def __init__(self, element: etree._Element, *, again: bool) -> None:
        self.ordered = element.tag == "ol"
        self.tight = element.find("./li/p") is None
        start = element.get("start", "1")
        self.number = int(start) if start.isdecimal() and len(start) <= 9 else 1
        self.marker = (")" if again else ".") if self.ordered else ("*" if again else "-")
        self.begun = False
        #: Whether it is seen right after a line of text (CommonMark 0.31, section 5.3).
        self.interrupts = not self.ordered or self.number == 1

    def next_marker(self) -> str:
        """What stands before the next item."""
        self.begun = True
        if not self.ordered:
            return f"{self.marker} "
        self.number += 1
        return f"{min(self.number - 1, 999_999_999)}{self.marker} "


def render(body: etree._Element) -> str:
    """The tree as Markdown, without an end of line. Linear in its size; *body* is normalized."""
    normalize(body)
    writer = _Writer()
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if writer.start(element):
                if element.text:
                    writer.text(element.text)
            else:
                walk.skip_subtree()
        else:
            writer.end()
            if element.tail and element is not body:
                writer.text(element.tail)
    return writer.finish()


class _Writer:
    def __init__(self) -> None:
        self._blocks = Blocks()
        self._runs: list[Run] = []
        self._flags = 0
        self._link: Link | None = None
        self._stack: list[tuple[_Closer | None, int, Link | None]] = []
        self._lists: list[_List | None] = []
        self._tables: list[Table | None] = []
        self._heading = 0
        self._in_cell = False
        self._task = ""  #: the box of an item, which stands before its text

    # What the walk calls.

    def start(self, element: etree._Element) -> bool:
        """Begin an element; false when its content is not to be visited."""
        flags, link = self._flags, self._link
        opener = _OPENERS.get(element.tag)
        closer = opener(self, element) if opener else None
        if closer is _SKIP:
            self._stack.append((None, flags, link))
            return False
        self._stack.append((cast("_Closer | None", closer), flags, link))
        return True

    def end(self) -> None:
        closer, flags, link = self._stack.pop()
        if closer:
            closer()
        self._flags, self._link = flags, link

    def text(self, text: str) -> None:
        if ("$" in text or "\\" in text) and not self._flags & marks.CODE:
            for part, is_math in written_math(text):
                self._runs.append(Run(fold(part), self._flags, self._link, raw=is_math))
        else:
            self._runs.append(Run(fold(text), self._flags, self._link))

    def finish(self) -> str:
        self._flush()
        return "\n".join(self._blocks.lines).strip("\n")

    # Inside of a line.

    def _raw(self, markdown: str) -> None:
        self._runs.append(Run(markdown, self._flags & ~marks.CODE, self._link, raw=True))

    def _open_mark(self, element: etree._Element) -> None:
        if not self._flags & marks.CODE:
            self._flags |= _FLAGS[element.tag]
        if element.get("style"):
            self._open_styled(element)

    def _open_styled(self, element: etree._Element) -> None:
        """What a style says of a text counts as the element for it."""
        style = element.get("style")
        if not style or self._flags & marks.CODE:
            return
        for pattern, flag in ((_BOLD, marks.STRONG), (_ITALIC, marks.EM)):
            if found := pattern.search(style):
                on = found[1].lower()[0] in "bio6789" and not (
                    flag == marks.STRONG and self._heading
                )
                if on:
                    self._flags |= flag
                elif not self._heading:
                    self._flags &= ~flag
        if _STRUCK.search(style):
            self._flags |= marks.DEL

    def _open_link(self, element: etree._Element) -> None:
        target = link_target(element.get("href") or "")
        self._link = Link(target, link_title(element.get("title"))) if target else None

    def _break(self, element: etree._Element) -> _Skip:
        """One break is a line; two are a paragraph, as pages without <p> write it."""
        last = next((run for run in reversed(self._runs) if run.raw or run.text.strip()), None)
        if last is BREAK and not self._heading and not self._in_cell:
            self._flush()
        else:
            self._runs.append(BREAK)
        return _SKIP

    def _image(self, element: etree._Element) -> _Skip:
        target = image_target(element.get("src") or element.get("data-src") or "")
        if target:
            alt = escape(fold_space(element.get("alt", "")).strip(), linked=True)
            self._raw(f"![{alt}]({target}{link_title(element.get('title'))})")
        return _SKIP

    def _media(self, element: etree._Element) -> _Skip:
        """What plays in a page is a link to it, with its title."""
        target = link_target(element.get("src", ""))
        if target:
            title = fold_space(element.get("title") or "").strip()
            self._flush()
            self._raw(f"[{escape(title, linked=True) or escape(target, linked=True)}]({target})")
            self._flush()
        return _SKIP

    def _math(self, element: etree._Element) -> _Skip:
        tex = element.text or ""
        if element.get("display") == "block" and not (self._heading or self._in_cell):
            self._flush()
            if tex.strip():
                self._blocks.add(display_math(tex))
        elif tex.strip():
            self._raw(inline_math(tex))
        return _SKIP

    def _footnote_mark(self, element: etree._Element) -> _Skip:
        self._raw(f"[^{element.get('label')}]")
        return _SKIP

    def _box(self, element: etree._Element) -> _Skip:
        """A box at the beginning of an item makes it a task (GFM 0.29, section 5.3)."""
        inside = self._blocks.inner
        begins = not any(run.text.strip() for run in self._runs) and not inside.begun
        if element.get("type", "").lower() == "checkbox" and begins and inside.weight == 2:
            self._task = "[ ] " if element.get("checked") is None else "[x] "
        return _SKIP

    def _reading(self, _element: etree._Element) -> _Closer:
        """The reading of a word stands behind it."""
        self._runs.append(Run("(", self._flags, self._link))
        return lambda: self._runs.append(Run(")", self._flags, self._link))

    # Blocks.

    def _open_block(self, _element: etree._Element) -> _Closer:
        self._flush()
        return self._flush

    def _open_heading(self, element: etree._Element) -> _Closer:
        self._flush()
        outer, self._heading = self._heading, self._heading or int(element.tag[1])

        def close() -> None:
            if not outer:
                self._flush(closes=True)
            self._heading = outer

        return close

    def _rule(self, _element: etree._Element) -> _Skip:
        self._flush()
        if not self._in_cell and not self._heading:
            # At the beginning of an item its marker would become a part of the rule.
            self._blocks.add("---" if self._blocks.inner.begun else "___")
        return _SKIP

    def _code_block(self, element: etree._Element) -> _Skip:
        self._flush()
        text, language = _code(element)
        if self._in_cell or self._heading:
            for line in text.split("\n"):
                self._runs += [Run(line, marks.CODE), BREAK]
        else:
            self._blocks.add(code_block(text, language))
        return _SKIP

    def _quote(self, element: etree._Element) -> _Closer:
        self._flush()
        self._blocks.enter("> ", "> ")
        if kind := element.get("data-callout"):
            title = escape(element.get("data-title") or "")
            self._blocks.add(f"[!{kind}]{' ' * bool(title)}{title}")
            self._blocks.gap = False
        return self._leave

    def _footnote(self, element: etree._Element) -> _Closer:
        self._flush()
        self._blocks.enter(f"[^{element.get('label')}]: ", "    ")
        return self._leave

    def _leave(self) -> None:
        self._flush()
        self._blocks.leave()

    def _open_list(self, element: etree._Element) -> _Closer:
        self._flush()
        within = self._lists[-1] if self._lists else None
        outside = within is not None and _parent_tag(element) in {"ul", "ol", "menu", "dir"}
        if outside:
            self._enter_item(within)
        kind = "ol" if element.tag == "ol" else "ul"
        before = self._blocks.inner.last_list
        current = _List(element, again=before in {f"{kind}.", f"{kind}-"})
        self._lists.append(current)
        if within and within.tight and current.interrupts and _has_text(element):
            self._blocks.gap = False

        def close() -> None:
            self._flush()
            self._lists.pop()
            self._blocks.gap = True
            self._blocks.inner.last_list = f"{kind}{current.marker}"
            if outside:
                self._blocks.leave()

        return close

    def _open_item(self, _element: etree._Element) -> _Closer:
        self._flush()
        self._enter_item(None)
        return self._close_item

    def _enter_item(self, outer: _List | None) -> None:
        """Begin an item; what stands in a list beside its items goes on with the *outer*'s last."""
        current = self._lists[-1] if self._lists else None
        if outer is not None and outer.begun:
            indent = " " * (len(str(outer.number - 1)) + 2 if outer.ordered else 2)
            self._blocks.enter(indent, indent, 2, begun=True)
            return
        if current and current.tight and current.begun:
            self._blocks.gap = False
        marker = current.next_marker() if current else "- "
        self._blocks.enter(marker, " " * len(marker), 2)

    def _close_item(self) -> None:
        self._flush()
        inner = self._blocks.inner
        if inner.weight == 2 and not inner.begun:
            self._blocks.add("")
        self._task = ""
        self._blocks.leave()

    # Tables.

    def _open_table(self, element: etree._Element) -> _Closer | None:
        self._flush()
        if self._in_cell or self._heading or is_layout(element):
            self._tables.append(None)
            return self._close_plain_table
        table = Table(element)
        self._tables.append(table)
        if is_simple(element):
            return self._close_table
        table.html = True
        self._blocks.add("<table>")
        return self._close_html_table

    def _close_plain_table(self) -> None:
        self._flush()
        self._tables.pop()

    def _close_table(self) -> None:
        table = self._tables.pop()
        self._runs = []
        if table and (written := table.written()):
            self._blocks.add(written)

    def _close_html_table(self) -> None:
        self._flush()
        self._tables.pop()
        self._blocks.add("</table>")

    def _open_row(self, _element: etree._Element) -> _Closer | None:
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell:
            return self._open_block(_element)
        if not table.html:
            self._runs = []
            table.begin_row(_element)
            return None
        self._blocks.add("<tr>")

        def close() -> None:
            self._flush()
            self._blocks.add("</tr>")

        return close

    def _open_cell(self, element: etree._Element) -> _Closer:
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell:
            return self._open_block(element)
        if table.html:
            return self._open_html_cell(element)
        self._runs = []
        self._in_cell = True

        def close() -> None:
            self._in_cell = False
            table.add_cell(element, write_runs(self._runs, "<br>"))
            self._runs = []

        return close

    def _open_html_cell(self, element: etree._Element) -> _Closer:
        self._flush()
        spans = "".join(
            f' {name}="{value}"'
            for name in ("colspan", "rowspan")
            if (value := element.get(name, "")).isdecimal() and len(value) < 4 and value != "1"
        )
        self._blocks.add(f"<{element.tag}{spans}>")

        def close() -> None:
            self._flush()
            self._blocks.add(f"</{element.tag}>")

        return close

    def _open_caption(self, element: etree._Element) -> _Closer:
        """A caption stands before the table."""
        table = self._tables[-1] if self._tables else None
        if table is None or self._in_cell or table.html:
            return self._open_block(element)
        self._runs = []
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
            self._blocks.add(self._task + text)
            self._task = ""


def _parent_tag(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else str(parent.tag)


def _has_text(element: etree._Element) -> bool:
    """Whether the first item of a list has any: an empty one is no list right after a line."""
    first = element.find("li")
    return first is not None and bool(all_text(first).strip())


def _code(element: etree._Element) -> tuple[str, str]:
    """The text of a normalized code block and its language."""
    inner = element[0] if len(element) == 1 and element[0].tag == "code" else element
    found = re.search(
        r"(?:^|\s)language-([^\s`{]+)", inner.get("class") or element.get("class") or ""
    )
    text = all_text(inner) if len(inner) else inner.text or ""
    return text.strip("\n"), found[1] if found else ""


_OPENERS: dict[str, Callable[[_Writer, etree._Element], _Closer | _Skip | None]] = {
    **dict.fromkeys(_SKIPPED, lambda _writer, _element: _SKIP),
    **dict.fromkeys(_FLAGS, _Writer._open_mark),
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
