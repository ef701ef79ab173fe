"""A page as its blocks of text, and the regions of the page that they lie in.

A *block* is what stands between two breaks of the line: a paragraph, an item, a cell. A *region* is an
element that breaks the line, with all that lies in it. Both are found in one pass over the tree.
"""

from __future__ import annotations

import re

from lxml import etree

#: Elements that break the line (HTML Standard, section 15.3), and those that hold no text of a page.
_BREAKING = frozenset(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "menu nav noscript ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_SILENT = frozenset(
    "audio button canvas datalist dialog head iframe input link map meta object option script select "
    "style svg template textarea title video".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
#: One character of Chinese, Japanese and Korean is a token as a word is elsewhere.
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
#: A paragraph that is long enough to be prose, in tokens, and the largest share of links in it.
_PROSE, _PROSE_LINKED = 12, 0.4
#: A block that is a headline leading elsewhere, in tokens, and the least share of links in it.
_HEADLINE, _HEADLINE_LINKED = range(4, 41), 0.8


class Region:
    """An element that breaks the line; its counts hold for all that lies in it."""

    __slots__ = (
        "blocks",
        "children",
        "depth",
        "element",
        "headlines",
        "linked",
        "parent",
        "prose",
        "tokens",
    )

    def __init__(self, element: etree._Element, parent: Region | None) -> None:
        self.element = element
        self.parent = parent
        self.children: list[Region] = []
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.tokens = 0
        self.linked = 0.0  #: tokens inside of links
        self.blocks = 0
        self.prose = 0  #: tokens of blocks that are prose
        self.headlines = 0  #: blocks that are a link of several words

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


class Block:
    """A run of text that no line break interrupts."""

    __slots__ = ("bold", "link_share", "pieces", "region", "text", "tokens", "words")

    def __init__(self, region: Region) -> None:
        self.region = region
        self.pieces: list[tuple[etree._Element, bool]] = []  #: whose text, or whose tail (True)
        self.text = ""
        self.words: list[str] = []
        self.tokens = 0
        self.link_share = 0.0
        self.bold = 0.0  #: its share of bold characters

    @property
    def is_heading(self) -> bool:
        return self.region.element.tag in _HEADINGS

    @property
    def is_prose(self) -> bool:
        return self.tokens >= _PROSE and self.link_share < _PROSE_LINKED


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
    def __init__(self, body: etree._Element) -> None:
        self._outline = Outline(Region(body, None))
        self._region = self._outline.body
        self._links = self._bold = 0
        self._parts: list[str] = []
        self._pieces: list[tuple[etree._Element, bool]] = []
        self._counted = self._in_links = self._in_bold = 0
        self._pre = 0

    def walked(self) -> Outline:
        body = self._outline.body.element
        silent = None
        for event, node in etree.iterwalk(body, events=("start", "end")):
            if silent is not None:
                if node is silent and event == "end":
                    silent = None
                    self._add(node.tail, node, is_tail=True)
            elif event == "start":
                if node.tag in _SILENT and not _is_formula(node):
                    silent = node
                else:
                    self._begin(node)
                    self._add(node.text, node, is_tail=False)
            else:
                self._end(node)
                if node is not body:
                    self._add(node.tail, node, is_tail=True)
        self._close()
        self._outline.body.close()
        return self._outline

    def _begin(self, node: etree._Element) -> None:
        tag = node.tag
        if tag == "a":
            self._links += 1
        elif tag in {"b", "strong"}:
            self._bold += 1
        elif tag == "br":
            self._break()
        elif self._breaks(tag):
            self._close()
            if node is not self._outline.body.element:
                self._region = Region(node, self._region)
                self._outline.regions.append(self._region)
        if tag == "pre":
            self._pre += 1

    def _end(self, node: etree._Element) -> None:
        tag = node.tag
        if tag == "pre":
            self._pre -= 1
        if tag == "a":
            self._links -= 1
        elif tag in {"b", "strong"}:
            self._bold -= 1
        elif tag != "br" and self._breaks(tag) and self._region.parent is not None:
            self._close()
            self._region.close()
            self._region = self._region.parent

    def _breaks(self, tag: str) -> bool:
        """Custom elements are containers; a code block is one block, whatever stands in it."""
        return not self._pre and (tag in _BREAKING or "-" in tag)

    def _break(self) -> None:
        """Two line breaks end a block: so write pages that know no paragraphs."""
        if self._parts and self._parts[-1] == "\n" and not self._pre:
            self._close()
        elif self._parts:
            self._parts.append("\n")

    def _add(self, text: str | None, node: etree._Element, *, is_tail: bool) -> None:
        if not text:
            return
        length = len(text.strip())
        if not length and not self._parts:
            return
        self._parts.append(text)
        self._pieces.append((node, is_tail))
        self._counted += length
        self._in_links += length if self._links else 0
        self._in_bold += length if self._bold else 0

    def _close(self) -> None:
        if self._counted:
            self._outline.blocks.append(self._made())
        if self._parts:
            self._parts, self._pieces = [], []
            self._counted = self._in_links = self._in_bold = 0

    def _made(self) -> Block:
        region = self._region
        block = Block(region)
        block.text = " ".join("".join(self._parts).split())
        block.pieces = self._pieces
        block.words = TOKEN.findall(block.text.lower())
        block.tokens = len(block.words)
        block.link_share = self._in_links / self._counted
        block.bold = self._in_bold / self._counted
        region.blocks += 1
        region.tokens += block.tokens
        region.linked += block.tokens * block.link_share
        if block.is_prose:
            region.prose += block.tokens
        if block.tokens in _HEADLINE and block.link_share > _HEADLINE_LINKED:
            region.headlines += 1
        return block


def _is_formula(node: etree._Element) -> bool:
    return node.tag == "script" and node.get("type", "").startswith("math/tex")
