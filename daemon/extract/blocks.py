"""A page as its blocks of text, and the regions of the page that they lie in.

A *block* is what stands between two breaks of the line: a paragraph, an item, a cell. A *region*
is an element that breaks the line, with all that lies in it. Both are found in one pass over the
tree.
"""

from __future__ import annotations

import re

from lxml import etree

from ..normalize import HEADINGS

#: Elements that break the line (HTML Standard, section 15.3), and those whose text is no text of
#: the page.
_BREAKING = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "menu nav noscript ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_SPEECHLESS = frozenset("audio canvas datalist head iframe map option svg title video".split())
#: Others that are frequent.
_INLINES = frozenset("b cite code em font i img label small span strong sub sup time u".split())
#: One character of Chinese, Japanese and Korean is a token as a word is elsewhere.
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[^\W{CJK}]+|[{CJK}]")
#: What an element is to the walk.
_INLINE, _SILENT, _LINK, _LINE, _CODE, _REGION = range(6)
#: A paragraph that is long enough to be prose, in tokens, and the largest share of links in it.
_PROSE, _PROSE_LINKED = 12, 0.4
#: A block that is a headline leading elsewhere, in tokens, and the least share of links in it.
_HEADLINE, _HEADLINE_LINKED = range(4, 41), 0.8


class _Kinds(dict[str, int]):
    """What each element is to the walk, by its tag."""

    def __missing__(self, tag: str) -> int:
        # How an element that HTML does not know is shown, its style says; most are boxes.
        return _REGION if "-" in tag else _INLINE


_KINDS = _Kinds(
    dict.fromkeys(_INLINES, _INLINE)
    | dict.fromkeys(_BREAKING, _REGION)
    | dict.fromkeys(_SPEECHLESS, _SILENT)
    | {"a": _LINK, "br": _LINE, "pre": _CODE}
)


Markup = tuple[str, str, str, str]


class Region:
    """An element that breaks the line; its counts hold for all that lies in it."""

    __slots__ = (
        "attributes",
        "blocks",
        "children",
        "depth",
        "element",
        "headlines",
        "linked",
        "parent",
        "prose",
        "start",
        "tag",
        "tokens",
    )

    def __init__(
        self, element: etree._Element, tag: str, parent: Region | None, start: int
    ) -> None:
        self.element = element
        self.start = start  #: how many blocks of the page begin before it
        self.tag = tag
        self.attributes: dict[str, str] = {}  #: those of a region that holds blocks
        self.parent = parent
        self.children: list[Region] = []
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.tokens = 0
        self.linked = 0.0  #: tokens inside of links
        self.blocks = 0
        self.prose = 0  #: tokens of blocks that are prose
        self.headlines = 0  #: blocks that are a link of several words

    @property
    def class_name(self) -> str:
        return self.attributes.get("class", "")

    @property
    def markup(self) -> Markup:
        """How it is marked up: its element and class, and its parent's."""
        parent = self.parent or self
        return self.tag, self.class_name, parent.tag, parent.class_name

    def close(self) -> None:
        """Tell its parent what is in it."""
        self.attributes = dict(self.element.items())  # type: ignore[arg-type]  # of HTML, all are str
        parent = self.parent
        if parent is not None:
            parent.children.append(self)
            parent.tokens += self.tokens
            parent.linked += self.linked
            parent.blocks += self.blocks
            parent.prose += self.prose
            parent.headlines += self.headlines


class Block:
    """A run of text that no line break interrupts."""

    __slots__ = ("is_prose", "link_share", "pieces", "region", "text", "tokens")

    def __init__(
        self,
        region: Region,
        text: str,
        link_share: float,
        pieces: list[tuple[etree._Element, bool]],
    ) -> None:
        self.region = region
        self.text = text
        self.link_share = link_share
        self.pieces = pieces  #: whose text, or whose tail (True)
        self.tokens = len(TOKEN.findall(text))
        self.is_prose = self.tokens >= _PROSE and link_share < _PROSE_LINKED

    @property
    def is_heading(self) -> bool:
        return self.region.tag in HEADINGS

    @property
    def words(self) -> list[str]:
        """Its tokens in lower case."""
        return TOKEN.findall(self.text.lower())

    def count(self) -> None:
        """Tell its region what is in it."""
        region = self.region
        region.blocks += 1
        region.tokens += self.tokens
        region.linked += self.tokens * self.link_share
        if self.is_prose:
            region.prose += self.tokens
        elif self.link_share > _HEADLINE_LINKED and self.tokens in _HEADLINE:
            region.headlines += 1


class Outline:
    """The blocks of a page in their order, and all regions, each after its parent."""

    __slots__ = ("blocks", "body", "regions")

    def __init__(self, body: Region) -> None:
        self.body = body
        self.blocks: list[Block] = []
        self.regions: list[Region] = [body]


def outline_of(body: etree._Element) -> Outline:
    """The outline of what lies in *body*, in time linear in its size."""
    return _Walk(body).walked()


class _Walk:
    """Most of the time that a page takes is spent in its loop, which is long for that reason."""

    def __init__(self, body: etree._Element) -> None:
        self._region = Region(body, body.tag, None, 0)
        self._outline = Outline(self._region)
        self._parts: list[str] = []
        self._pieces: list[tuple[etree._Element, bool]] = []
        self._counted = self._in_links = self._links = self._pre = 0

    def walked(self) -> Outline:
        body, kinds = self._outline.body.element, _KINDS
        self._add(body.text, body, is_tail=False)
        walk = etree.iterwalk(body, events=("start", "end"))
        next(walk)
        for event, node in walk:
            kind = kinds[node.tag]
            if event == "end":
                if kind > _SILENT:
                    if node is body:
                        break
                    self._end(kind)
                if text := node.tail:
                    self._add(text, node, is_tail=True)
            elif kind == _SILENT:
                walk.skip_subtree()
            else:
                if kind:
                    self._begin(node, kind)
                if text := node.text:
                    self._add(text, node, is_tail=False)
        if self._parts:
            self._close()
        self._outline.body.close()
        return self._outline

    def _add(self, text: str | None, node: etree._Element, *, is_tail: bool) -> None:
        if text and not text.isspace():
            self._counted += len(text)
            if self._links:
                self._in_links += len(text)
        elif not text or not self._parts:
            return
        self._parts.append(text)
        self._pieces.append((node, is_tail))

    def _begin(self, node: etree._Element, kind: int) -> None:
        if kind >= _CODE:
            if self._pre:
                self._pre += kind == _CODE
                return
            if self._parts:
                self._close()
            self._region = Region(node, node.tag, self._region, len(self._outline.blocks))
            self._outline.regions.append(self._region)
            # A code block is one block, whatever stands in it.
            self._pre = int(kind == _CODE)
        elif kind == _LINK:
            self._links += 1
        else:
            self._break()

    def _end(self, kind: int) -> None:
        if kind >= _CODE:
            self._pre -= kind == _CODE
            if self._pre:
                return
            if self._parts:
                self._close()
            if self._region.blocks:
                self._region.close()
            self._region = self._region.parent  # type: ignore[assignment]  # the body ends last
        elif kind == _LINK:
            self._links -= 1

    def _break(self) -> None:
        """Two line breaks end a block: so write pages that know no paragraphs."""
        if self._parts and self._parts[-1] == "\n" and not self._pre:
            self._close()
        elif self._parts:
            self._parts.append("\n")

    def _close(self) -> None:
        if self._counted:
            text = " ".join("".join(self._parts).split())
            block = Block(self._region, text, self._in_links / self._counted, self._pieces)
            block.count()
            self._outline.blocks.append(block)
        self._parts, self._pieces = [], []
        self._counted = self._in_links = 0
