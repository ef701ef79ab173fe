"""Mends the nesting of tags as browsers do (HTML Standard, section 13.2.6), where libxml2 does not.

libxml2 ends an element where the end of an outer one comes only if it was not left open itself; it
ends `b` at a `p`, and a heading at a table. So tags are written anew, in an order that it reads
rightly: marks stand inside of blocks, and every element has its end. It costs about as much as
parsing four times, so only what libxml2 complains of is mended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

#: Attributes are taken whole; possessive, so that what is unclosed costs no second look.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<rest>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
#: What is in them is no markup.
_RAW = frozenset("script style textarea title xmp iframe noembed noframes plaintext".split())
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr keygen bgsound".split()
)
_MARKS = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
#: They end a paragraph (13.2.6.4.7).
_ENDS_P = _HEADINGS | frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure "
    "footer header hgroup main menu nav ol p search section summary ul pre listing form table hr "
    "li dd dt".split()
)
_BLOCKS = _ENDS_P | frozenset(
    "td th tr tbody thead tfoot caption colgroup button object body html head".split()
)
#: No end tag reaches beyond them.
_SCOPES = frozenset("table td th caption html object template".split())
_ROWS = {
    "td": ("tr",),
    "th": ("tr",),
    "tr": ("tbody", "thead", "tfoot"),
    "tbody": (),
    "thead": (),
    "tfoot": (),
    "caption": (),
    "colgroup": (),
}
_IN_TABLE = frozenset(["table", "tbody", "thead", "tfoot", "tr"])
_AGAIN = {"li": frozenset(["li"]), "dd": frozenset(["dd", "dt"]), "dt": frozenset(["dd", "dt"])}
_PARAGRAPH = frozenset(["p"])
#: A heading would end at them in libxml2.
_ENDS_HEADING = frozenset(["p", "li"])
#: Of marks of the same tag, how many are kept (the “Noah's Ark clause”).
_MOST_ALIKE = 3
#: Marks that nobody ended would be written anew in every block.
_MOST_MARKS = 20
#: Levels; what is deeper stays as it is, since every tag looks through those it is in.
_DEEPEST = 250


#: Parts of a page as they will stand; a list holds a place for what comes to stand there later.
_Parts = list["str | _Parts"]


class _Open:
    """An element that is not ended yet."""

    __slots__ = ("before", "name", "parts", "written")

    def __init__(self, name: str, written: str, parts: _Parts) -> None:
        self.name = name
        self.written = written  #: the name that libxml2 is given
        self.parts = parts  #: where its content goes
        self.before: _Parts = []  #: of a table: what is shown before it (13.2.6.1)


class _Marked:
    """A mark that is to be on texts: anew in each block, until it ends."""

    __slots__ = ("name", "open", "tag")

    def __init__(self, name: str, tag: str) -> None:
        self.name = name
        self.tag = tag
        self.open: _Open | None = None


def repaired(html: str) -> str:
    """*html* with the nesting that a browser gives it."""
    mender = _Mender()
    position = 0
    while found := _TOKEN.search(html, position):
        mender.text(html[position : found.start()])
        position = found.end()
        name = (found["name"] or "").lower()
        if name in _RAW and not found["end"]:
            close = re.compile(f"</{name}[^>]*>", re.IGNORECASE).search(html, position)
            position = close.end() if close else len(html)
            mender.whole(html[found.start() : position])
        elif name and found["end"]:
            mender.end(name)
        elif name:
            mender.start(name, found[0])
            if mender.depth > _DEEPEST:
                return html
    mender.text(html[position:])
    return mender.finish()


class _Mender:
    def __init__(self) -> None:
        self._page: _Parts = []
        self._stack: list[_Open] = []
        self._marks: list[_Marked] = []
        self._open: Counter[str] = Counter()

    @property
    def depth(self) -> int:
        return len(self._stack)

    # What the tokens call.

    def text(self, text: str) -> None:
        if not text:
            return
        if not text.isspace():
            self._renew()
            self._content().append(text)
        else:
            self._within().append(text)

    def whole(self, markup: str) -> None:
        self._within().append(markup)

    def start(self, name: str, tag: str) -> None:
        if name in {"html", "head", "body"}:
            if not self._stack:
                self._page.append(tag)
        elif name in _VOID:
            self._void(name, tag)
        elif name in _MARKS:
            self._mark(name, tag)
        elif name in _ROWS:
            self._row(name, tag)
        elif name in _BLOCKS:
            self._block(name, tag)
        else:
            self._renew()
            self._push(name, tag)
            if tag.endswith("/>") and any(one.name in {"svg", "math"} for one in self._stack[-9:]):
                self._pop()

    def end(self, name: str) -> None:
        if name == "br":
            self._void("br", "<br>")
        elif name in _MARKS:
            self._end_mark(name)
        elif name in _HEADINGS:
            self._pop_to(_HEADINGS)
        elif name in _BLOCKS:
            self._pop_to(frozenset([name]))
        elif name not in _VOID:
            self._end_other(name)

    def finish(self) -> str:
        while self._stack:
            self._pop()
        return "".join(_flat(self._page))

    # Elements.

    def _void(self, name: str, tag: str) -> None:
        if name == "hr":
            self._pop_to(_PARAGRAPH)
            self._end_marks()
        elif name not in {"col", "meta", "link", "base"}:
            self._renew()
        self._content().append(tag)

    def _mark(self, name: str, tag: str) -> None:
        if name == "a" and any(mark.name == "a" for mark in self._marks):
            self._end_mark("a")
        self._renew()
        mark = _Marked(name, tag)
        mark.open = self._push(name, tag)
        # More of the same do not show, and would be written again and again (13.2.4.3).
        alike = sum(other.tag == tag for other in self._marks)
        if alike < _MOST_ALIKE and len(self._marks) < _MOST_MARKS:
            self._marks.append(mark)

    def _end_mark(self, name: str) -> None:
        mark = next((mark for mark in reversed(self._marks) if mark.name == name), None)
        if mark is None:
            self._end_other(name)
            return
        self._marks.remove(mark)
        if mark.open is not None:
            self._pop_until(mark.open)

    def _renew(self) -> None:
        """Open the marks that are to be on what comes, and were ended with a block."""
        if not self._marks or self._marks[-1].open:
            return
        for mark in self._marks:
            if mark.open is None:
                mark.open = self._push(mark.name, mark.tag)

    def _end_marks(self) -> None:
        """End the marks that are open here, for a block."""
        while self._stack and self._stack[-1].name in _MARKS:
            self._pop()

    def _block(self, name: str, tag: str) -> None:
        if name in _AGAIN:
            self._end_item(_AGAIN[name])
        if name in _ENDS_P:
            self._pop_to(_PARAGRAPH)
        self._end_marks()
        if name in _HEADINGS and self._stack and self._stack[-1].name in _HEADINGS:
            self._pop()
        in_heading = any(one.name in _HEADINGS for one in self._stack[-4:])
        self._push(name, tag, "div" if name in _ENDS_HEADING and in_heading else name)

    def _row(self, name: str, tag: str) -> None:
        table = next((one for one in reversed(self._stack) if one.name == "table"), None)
        if table is None:
            return
        wanted = {"table", *_ROWS[name]}
        if name in {"td", "th"} and not self._in_row():
            self._row("tr", "<tr>")
        while self._stack[-1] is not table and self._stack[-1].name not in wanted:
            self._pop()
        self._push(name, tag)

    def _in_row(self) -> bool:
        innermost = next(one.name for one in reversed(self._stack) if one.name in {"tr", "table"})
        return innermost == "tr"

    def _end_item(self, names: frozenset[str]) -> None:
        if not any(self._open[name] for name in names):
            return
        for one in reversed(self._stack):
            if one.name in names:
                self._pop_until(one)
                return
            if one.name in _BLOCKS and one.name not in {"address", "div", "p"}:
                return

    def _end_other(self, name: str) -> None:
        if not self._open[name]:
            return
        for one in reversed(self._stack):
            if one.name == name:
                self._pop_until(one)
                return
            if one.name in _BLOCKS:
                return

    # What is open.

    def _within(self) -> _Parts:
        return self._stack[-1].parts if self._stack else self._page

    def _content(self) -> _Parts:
        """Where content goes: what stands in a table beside its cells is shown before it."""
        if self._stack and self._stack[-1].name in _IN_TABLE:
            for one in reversed(self._stack):
                if one.name == "table":
                    return one.before
        return self._within()

    def _push(self, name: str, tag: str, written: str = "") -> _Open:
        parts = self._within() if name in _ROWS else self._content()
        one = _Open(name, written or name, parts)
        if name == "table":
            parts.append(one.before)
        parts.append(f"<{written}{tag[1 + len(name) :]}" if written and written != name else tag)
        self._stack.append(one)
        self._open[name] += 1
        return one

    def _pop(self) -> _Open:
        one = self._stack.pop()
        self._open[one.name] -= 1
        one.parts.append(f"</{one.written}>")
        if one.name in _MARKS:
            for mark in self._marks:
                if mark.open is one:
                    mark.open = None
        return one

    def _pop_until(self, last: _Open | None) -> None:
        while self._pop() is not last:
            pass

    def _pop_to(self, names: frozenset[str]) -> None:
        """End the innermost of *names* and what is open in it, if it is in scope."""
        if not any(self._open[name] for name in names):
            return
        for one in reversed(self._stack):
            if one.name in names:
                self._pop_until(one)
                return
            if one.name in _SCOPES and not names & _IN_TABLE:
                return


def _flat(parts: _Parts) -> Iterator[str]:
    waiting = [iter(parts)]
    while waiting:
        part = next(waiting[-1], None)
        if part is None:
            waiting.pop()
        elif isinstance(part, str):
            yield part
        else:
            waiting.append(iter(part))
