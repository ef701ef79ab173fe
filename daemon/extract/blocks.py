"""A page as its blocks of text, and the regions of the page that they lie in.

A *block* is what stands between two breaks of the line: a paragraph, an item, a cell. A *region*
is an element that breaks the line, with all that lies in it. Both are found in one pass over the
tree, which also finds what nobody saw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from .clean import is_never_shown

#: Elements that break the line (HTML Standard, section 15.3), and those whose text is no text of
#: the page.
_BREAKING = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "menu nav noscript ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset("audio canvas datalist head iframe map option svg title video".split())
_INLINE = frozenset("b code em font i img small span strong sub sup u".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
#: One character of Chinese, Japanese and Korean is a token as a word is elsewhere.
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
#: A paragraph that is long enough to be prose, in tokens, and the largest share of links in it.
_PROSE, _PROSE_LINKED = 12, 0.4
#: A block that is a headline leading elsewhere, in tokens, and the least share of links in it.
_HEADLINE, _HEADLINE_LINKED = range(4, 41), 0.8


class Region:
    """An element that breaks the line; its counts hold for all that lies in it."""

    __slots__ = (
        "blocks",
        "children",
        "class_name",
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
        self.class_name: str = element.get("class", "")
        self.parent = parent
        self.children: list[Region] = []
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.tokens = 0
        self.linked = 0.0  #: tokens inside of links
        self.blocks = 0
        self.prose = 0  #: tokens of blocks that are prose
        self.headlines = 0  #: blocks that are a link of several words

    @property
    def markup(self) -> tuple[str, ...]:
        """How it is marked up: its element and class, and its parent's."""
        parent = self.parent or self
        return self.tag, self.class_name, parent.tag, parent.class_name

    def close(self) -> None:
        """Tell its parent what is in it."""
        parent = self.parent
        if parent is not None and self.blocks:
            parent.children.append(self)
            parent.tokens += self.tokens
            parent.linked += self.linked
            parent.blocks += self.blocks
            parent.prose += self.prose
            parent.headlines += self.headlines


def around(region: Region | None) -> Iterator[Region]:
    """*region* and those that it lies in."""
    while region is not None:
        yield region
        region = region.parent


class Block:
    """A run of text that no line break interrupts."""

    __slots__ = ("_words", "is_prose", "link_share", "pieces", "region", "text", "tokens")

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
        self._words: list[str] | None = None
        self.tokens = len(TOKEN.findall(text))
        self.is_prose = self.tokens >= _PROSE and link_share < _PROSE_LINKED

    @property
    def is_heading(self) -> bool:
        return self.region.tag in _HEADINGS

    @property
    def words(self) -> list[str]:
        """Its tokens in lower case."""
        if self._words is None:
            self._words = TOKEN.findall(self.text.lower())
        return self._words

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

    __slots__ = ("blocks", "body", "regions", "unseen")

    def __init__(self, body: Region) -> None:
        self.body = body
        self.blocks: list[Block] = []
        self.regions: list[Region] = [body]
        self.unseen: list[etree._Element] = []  #: elements that no reader saw


def outline_of(body: etree._Element) -> Outline:
    """The outline of what lies in *body*, in time linear in its size."""
    return _Walk(body).walked()


class _Walk:
    """Most of the time that a page takes is spent in its loop, which is long for that reason."""

    def __init__(self, body: etree._Element) -> None:
        self._outline = Outline(Region(body, body.tag, None, 0))
        self._region = self._outline.body
        self._parts: list[str] = []
        self._pieces: list[tuple[etree._Element, bool]] = []
        self._counted = self._in_links = self._links = self._pre = 0

    def walked(self) -> Outline:
        outline = self._outline
        body, pass_over = outline.body.element, outline.unseen.append
        walk = etree.iterwalk(body, events=("start", "end"))
        passed = None
        next(walk)
        self._add(body.text or "", body, is_tail=False)
        for event, node in walk:
            tag = node.tag
            if event == "start":
                if is_never_shown(node, tag):
                    pass_over(node)
                    passed = node
                elif tag in _SILENT:
                    passed = node
                if passed is not None:
                    walk.skip_subtree()
                    continue
                if tag not in _INLINE:
                    self._begin(node, tag)
                text = node.text
            elif node is body:
                break
            else:
                if passed is not None:
                    passed = None
                elif tag not in _INLINE:
                    self._end(tag)
                text = node.tail
            if text and (self._parts or not text.isspace()):
                self._add(text, node, is_tail=event == "end")
        self._close()
        return outline

    def _begin(self, node: etree._Element, tag: str) -> None:
        if tag == "a":
            self._links += 1
        elif tag == "br":
            self._break()
        elif not self._pre and (tag in _BREAKING or "-" in tag):
            if self._parts:
                self._close()
            self._region = Region(node, tag, self._region, len(self._outline.blocks))
            self._outline.regions.append(self._region)
            # A code block is one block, whatever stands in it.
            if tag == "pre":
                self._pre = 1
        elif tag == "pre":
            self._pre += 1

    def _end(self, tag: str) -> None:
        if tag == "a":
            self._links -= 1
            return
        if tag == "pre":
            self._pre -= 1
        if not self._pre and (tag in _BREAKING or "-" in tag):
            if self._parts:
                self._close()
            self._region.close()
            self._region = self._region.parent  # type: ignore[assignment]  # the body ends last

    def _break(self) -> None:
        """Two line breaks end a block: so write pages that know no paragraphs."""
        if self._parts and self._parts[-1] == "\n" and not self._pre:
            self._close()
        elif self._parts:
            self._parts.append("\n")

    def _add(self, text: str, node: etree._Element, *, is_tail: bool) -> None:
        self._parts.append(text)
        self._pieces.append((node, is_tail))
        if not text.isspace():
            self._counted += len(text)
            if self._links:
                self._in_links += len(text)

    def _close(self) -> None:
        if self._counted:
            text = " ".join("".join(self._parts).split())
            block = Block(self._region, text, self._in_links / self._counted, self._pieces)
            block.count()
            self._outline.blocks.append(block)
        self._parts, self._pieces = [], []
        self._counted = self._in_links = 0
