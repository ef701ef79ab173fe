"""What stands inside of a line: texts, marks, links, images, math."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from . import marks
from .blocks import Blocks
from .escape import escape, image_target, link_target, link_title
from .inline import BREAK, Run, fold, fold_space
from .marks import Link
from .tex import display_math, inline_math, written_math

FLAGS = {
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
_BOLD = re.compile(r"font-weight\s*:\s*(bold|bolder|[6-9]00|normal|[1-5]00|lighter)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*(italic|oblique|normal)", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]*\s*:[^;]*line-through", re.IGNORECASE)

#: Signs that are raised, or small, in themselves.
_RAISED = frozenset("®™℠©")
_SITE = re.compile(r"(?:https?:)?//(?:www\.)?([\w.-]+\.\w+)")

Closer = Callable[[], None]


class Skip:
    """The content of an element is not to be visited."""


SKIP = Skip()


class LineWriter:
    """The part of the writer that makes runs."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._runs: list[Run] = []
        self._flags = 0
        self._link: Link | None = None
        self._heading = 0
        self._in_cell = False
        self._task = ""  #: the box of an item, which stands before its text

    def _say(self, text: str) -> None:
        if ("$" in text or "\\" in text) and not self._flags & marks.CODE:
            for part, is_math in written_math(text):
                self._runs.append(Run(fold(part), self._flags, self._link, raw=is_math))
        else:
            self._runs.append(Run(fold(text), self._flags, self._link))

    def _raw(self, markdown: str) -> None:
        self._runs.append(Run(markdown, self._flags & ~marks.CODE, self._link, raw=True))

    def _open_mark(self, element: etree._Element) -> None:
        if not self._flags & marks.CODE and not self._says_nothing(element):
            self._flags |= FLAGS[element.tag]
        if element.get("style"):
            self._open_styled(element)

    def _says_nothing(self, element: etree._Element) -> bool:
        """Whether a mark is one that its text has without it: links are underlined."""
        if element.tag == "u":
            return self._link is not None
        return element.tag == "sup" and not len(element) and (element.text or "") in _RAISED

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
        if target:
            self._flags &= ~marks.UNDERLINE

    def _break(self, element: etree._Element) -> Skip:
        """One break is a line; two are a paragraph, as pages without <p> write it."""
        last = next((run for run in reversed(self._runs) if run.raw or run.text.strip()), None)
        if last is BREAK and not self._heading and not self._in_cell:
            self._flush()
        else:
            self._runs.append(BREAK)
        return SKIP

    def _image(self, element: etree._Element) -> Skip:
        target = image_target(element.get("src") or element.get("data-src") or "")
        if target:
            alt = escape(fold_space(element.get("alt", "")).strip(), linked=True)
            self._raw(f"![{alt}]({target}{link_title(element.get('title'))})")
        return SKIP

    def _media(self, element: etree._Element) -> Skip:
        """What plays in a page is a link to it, with its title, or where it is from."""
        target = link_target(element.get("src", ""))
        if target:
            title = fold_space(element.get("title") or "").strip() or _site(target)
            self._flush()
            self._runs.append(Run(title or target, self._flags & ~marks.CODE, Link(target)))
            self._flush()
        return SKIP

    def _math(self, element: etree._Element) -> Skip:
        tex = element.text or ""
        if element.get("display") == "block" and not (self._heading or self._in_cell):
            self._flush()
            if tex.strip():
                self._blocks.add(display_math(tex))
        elif tex.strip():
            self._raw(inline_math(tex))
        return SKIP

    def _footnote_mark(self, element: etree._Element) -> Skip:
        # A viewer raises it itself.
        flags = self._flags & ~(marks.CODE | marks.SUP)
        self._runs.append(Run(f"[^{element.get('label')}]", flags, self._link, raw=True))
        return SKIP

    def _box(self, element: etree._Element) -> Skip:
        """A box at the beginning of an item makes it a task (GFM 0.29, section 5.3)."""
        inside = self._blocks.inner
        begins = not any(run.text.strip() for run in self._runs) and not inside.begun
        if element.get("type", "").lower() == "checkbox" and begins and inside.weight == 2:
            self._task = "[ ] " if element.get("checked") is None else "[x] "
        return SKIP

    def _reading(self, _element: etree._Element) -> Closer:
        """The reading of a word stands behind it."""
        self._runs.append(Run("(", self._flags, self._link))
        return lambda: self._runs.append(Run(")", self._flags, self._link))

    def _flush(self) -> None:
        """Write the block whose runs are complete."""
        raise NotImplementedError


def _site(target: str) -> str:
    """The site that a target leads to; nothing where that is the page's own."""
    found = _SITE.match(target)
    return found[1] if found else ""
