"""HTML of a note → blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from lxml import etree

from ...extract import parse
from ...markdown.inline import fold_space
from ...model import Asset
from .blocks import (
    BULLET,
    CALLOUT,
    CODE,
    DIVIDER,
    HEADING,
    IMAGE,
    ORDERED,
    QUOTE,
    QUOTES,
    TEXT,
    TODO,
    Block,
    Image,
)
from .languages import language_number
from .making import Frame, Link, List, Node, Table, done
from .runs import Run, cleaned, code_elements, elements, empty, followed, tidy, told
from .scripts import lowered, raised

#: Levels of blocks in blocks. Feishu names none (error 1770005); what is deeper stands beside what
#: it was in.
DEEPEST = 10
_MARKS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var", "address"), "italic"),
    **dict.fromkeys(("del", "s", "strike"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("code", "kbd", "samp", "tt"), "inline_code"),
}
_BOLD_BLOCKS = frozenset(["summary", "dt", "legend", "caption"])
_BLOCKS = frozenset(
    "article aside center dd details dir div dl fieldset figcaption figure footer header main nav "
    "p section body html thead tbody tfoot colgroup col".split()
) | {"summary", "dt", "legend", "caption"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MEDIA = frozenset(["video", "audio", "embed"])
#: What a callout takes (official documents, “文档概述”).
_IN_CALLOUT = frozenset([TEXT, *range(HEADING, BULLET), BULLET, ORDERED, TODO, QUOTE, QUOTES])
#: Its emoji, background and border, by what GitHub and Obsidian call it; all else is a note.
_CALLOUTS: dict[str, tuple[str, int, int]] = {
    **dict.fromkeys(("tip", "hint", "success", "check", "done"), ("bulb", 4, 4)),
    **dict.fromkeys(("important", "abstract", "summary", "tldr"), ("star", 6, 6)),
    **dict.fromkeys(("warning", "attention", "question", "help", "faq"), ("warning", 3, 3)),
    **dict.fromkeys(
        ("caution", "danger", "error", "failure", "fail", "missing", "bug"), ("no_entry", 1, 1)
    ),
}
_NOTE = ("pushpin", 5, 5)
_MOST_SPAN = 100

_Closer = Callable[[], None]


def read(html: str, assets: tuple[Asset, ...]) -> tuple[Block, ...]:
    """The blocks of *html*, in which *assets* are images."""
    body = parse(html)
    reader = _Reader({f"assets/{asset.name}": asset for asset in assets})
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, node in walk:
        if event == "start":
            if reader.start(node):
                reader.text(node.text)
            else:
                walk.skip_subtree()
        else:
            reader.end()
            if node is not body:
                reader.text(node.tail)
    return reader.finish()


class _Reader:
    """Takes elements and texts in their order; no call in a call, so that depth does no harm."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self._assets = assets
        self._page: list[Node | Block] = []
        self._frames = [Frame(self._page)]
        self._closers: list[_Closer] = []
        self._runs: list[Run] = []
        self._pictured = -1  #: how many runs there were behind the last link to an image
        self._marks: list[str] = []
        self._scripts: list[Callable[[str], str]] = []
        self._links: list[Link] = []
        self._lists: list[List] = []
        self._heading = 0
        self._waiting: list[Node] = []  #: images of a heading, which stand below it

    # What the walk calls.

    def start(self, node: etree._Element) -> bool:
        """Begin an element; false when its content is not to be visited."""
        tag = str(node.tag)
        whole = self._whole(tag, node)
        self._closers.append(_nothing if whole else self._open(tag, node))
        return not whole

    def end(self) -> None:
        self._closers.pop()()

    def text(self, text: str | None) -> None:
        if text:
            self._say(fold_space(text))

    def finish(self) -> tuple[Block, ...]:
        self._flush()
        return done(self._page)

    # Elements.

    def _whole(self, tag: str, node: etree._Element) -> bool:
        """Read an element in one go, if it is of that kind."""
        if tag == "br":
            self._runs.append(Run("\n"))
        elif tag == "hr":
            self._flush()
            self._put(Node(DIVIDER, {}))
        elif tag == "pre":
            self._code(node)
        elif tag == "img":
            self._image(node)
        elif node.get("class") == "math":
            self._math(node)
        elif tag in _MEDIA:
            self._media(node)
        else:
            return False
        return True

    def _open(self, tag: str, node: etree._Element) -> _Closer:
        if tag in _MARKS:
            return self._open_mark(_MARKS[tag])
        if tag in _BLOCKS:
            return self._open_block(bold=tag in _BOLD_BLOCKS)
        if tag in _HEADINGS:
            return self._open_heading(_HEADINGS[tag])
        opener = _OPENERS.get(tag)
        return opener(self, node) if opener else _nothing

    def _open_block(self, *, bold: bool) -> _Closer:
        self._flush()
        unmark = self._open_mark("bold") if bold else _nothing

        def close() -> None:
            self._flush()
            unmark()

        return close

    def _open_script(self, node: etree._Element) -> _Closer:
        self._scripts.append(lowered if node.tag == "sub" else raised)

        def close() -> None:
            self._scripts.pop()

        return close

    def _open_quotation(self, _node: etree._Element) -> _Closer:
        self._say("“")
        return lambda: self._say("”")

    def _open_row(self, _node: etree._Element) -> _Closer:
        self._flush()
        if table := self._frames[-1].table:
            table.begin_row()
        return self._flush

    def _open_mark(self, mark: str) -> _Closer:
        self._marks.append(mark)

        def close() -> None:
            self._marks.pop()

        return close

    def _open_heading(self, level: int) -> _Closer:
        self._flush()
        self._heading = level

        def close() -> None:
            self._flush()
            self._heading = 0
            waiting, self._waiting = self._waiting, []
            for image in waiting:
                self._put(image)

        return close

    def _open_link(self, node: etree._Element) -> _Closer:
        address = node.get("href") or ""
        target = followed(address)
        link = Link(target, "" if target else told(address))
        self._links.append(link)

        def close() -> None:
            if link.images and not link.has_text:
                self._name(link)
            elif link.has_images and link.target and not link.has_text:
                self._say(link.target)
            if link.told_as and link.has_text:
                self._say(f" ({link.told_as})")
            self._links.pop()

        return close

    def _name(self, link: Link) -> None:
        """A link around an image alone is a text below it, unless it leads to the image itself."""
        image = link.images[-1].image
        if link.target and image and link.target != image.url:
            link.images[-1].image = Image(image.name, "", image.width, image.url)
            self._say(image.caption or link.target)

    def _open_list(self, node: etree._Element) -> _Closer:
        self._flush()
        start = node.get("start") or "1"
        number = int(start) if start.isdecimal() and len(start) < 10 else 1
        self._lists.append(List(ordered=node.tag == "ol", number=number))

        def close() -> None:
            self._flush()
            self._lists.pop()

        return close

    def _open_item(self, node: etree._Element) -> _Closer:
        self._flush()
        item = self._item(node)
        self._put(item)
        shallow = len(self._frames) < DEEPEST
        blocks = item.children if shallow else self._frames[-1].blocks
        return self._open_frame(Frame(blocks, item))

    def _item(self, node: etree._Element) -> Node:
        content: dict[str, object] = {"elements": empty()}
        done = node.get("data-done")
        if done is not None:
            return Node(TODO, content | {"style": {"done": done == "true"}})
        current = self._lists[-1] if self._lists else None
        if current is None or not current.ordered:
            return Node(BULLET, content)
        number = f"{current.number}. "
        if self._is_counted(current):
            return Node(ORDERED, content)
        return Node(TEXT, content, said=number)

    def _is_counted(self, current: List) -> bool:
        """Whether Feishu gives the next item its number, as it counts on from the item before.

        A number of its own can be read from Feishu but not sent: other items say theirs as text.
        """
        before = self._frames[-1].blocks[-1:]
        follows = bool(before) and before[0].type == ORDERED
        begins = current.number == 1 and not follows
        right = follows and current.counted if current.begun else begins
        current.counted = right and len(self._frames) < DEEPEST
        current.number, current.begun = current.number + 1, True
        return current.counted

    def _open_quote(self, node: etree._Element) -> _Closer:
        callout = node.get("data-callout")
        self._flush()
        if len(self._frames) >= DEEPEST:
            return self._flush
        quote = Node(QUOTES, {})
        self._put(quote)
        close_frame = self._open_frame(Frame(quote.children))

        def close() -> None:
            close_frame()
            if not quote.children:
                quote.children.append(Node(TEXT, {"elements": empty()}))
            if callout and _all_in(quote.children, _IN_CALLOUT):
                emoji, background, border = _CALLOUTS.get(callout, _NOTE)
                quote.type = CALLOUT
                quote.content |= {
                    "background_color": background,
                    "border_color": border,
                    "emoji_id": emoji,
                }

        return close

    def _open_table(self, _node: etree._Element) -> _Closer:
        self._flush()
        in_cell = any(frame.table for frame in self._frames)
        frame = Frame([])  # what stands in the table and in no cell goes before it
        frame.table = table = Table()
        close_frame = self._open_frame(frame)

        def close() -> None:
            close_frame()
            for block in frame.blocks:
                self._put(block)
            whole = not in_cell and len(self._frames) < DEEPEST - 2
            for block in table.blocks(whole=whole):
                self._put(block)

        return close

    def _open_cell(self, node: etree._Element) -> _Closer:
        self._flush()
        table = self._frames[-1].table
        if table is None:  # no cell of a table
            return self._flush
        frame = Frame([])
        close_frame = self._open_frame(frame)
        columns, rows = (_span(node.get(name)) for name in ("colspan", "rowspan"))

        def close() -> None:
            close_frame()
            table.add(done(frame.blocks), columns=columns, rows=rows, head=node.tag == "th")

        return close

    def _open_frame(self, frame: Frame) -> _Closer:
        self._frames.append(frame)
        lists, self._lists = self._lists, []

        def close() -> None:
            self._flush()
            self._frames.pop()
            self._lists = lists

        return close

    # What is read in one go.

    def _code(self, node: etree._Element) -> None:
        self._flush()
        text = "".join(_texts(node)).removeprefix("\n").rstrip("\n")
        style = {"language": language_number(_language(node)), "wrap": True}
        for part in code_elements(text):
            self._put(Node(CODE, {"elements": part, "style": style}))

    def _image(self, node: etree._Element) -> None:
        source = node.get("src") or ""
        alt = fold_space(node.get("alt") or "").strip()
        caption = alt or fold_space(node.get("title") or "").strip()
        asset = self._assets.get(unquote(source).removeprefix("./"))
        if asset is None:
            self._linked_image(source, caption)
            return
        width = _pixels(node.get("width")) or asset.width
        image = Node(IMAGE, {}, Image(asset.name, cleaned(caption), width, _web(asset.url)))
        if self._links:
            self._links[-1].images.append(image)
        if self._heading:
            self._waiting.append(image)
        else:
            self._flush()
            self._put(image)

    def _linked_image(self, source: str, caption: str) -> None:
        """A link to an image; in a link its words alone.

        It does not run into another image, nor an address that stands for it into words.
        """
        target = followed(source)
        link = next((link for link in reversed(self._links) if link.target), None)
        if link and not caption:
            link.has_images = True
            return
        if not caption or self._pictured == len(self._runs):
            self._runs.append(Run(" "))
        if target and not link:
            self._runs.append(Run(caption or target, frozenset(self._marks), target))
        else:
            self._say(caption or told(source))
        self._pictured = len(self._runs)
        if not caption:
            self._runs.append(Run(" "))

    def _media(self, node: etree._Element) -> None:
        sources = [node.get("src"), *(source.get("src") for source in node.iter("source"))]
        target = next((found for source in sources if source and (found := followed(source))), None)
        words = fold_space(node.get("title") or "").strip() or " ".join(_all_text(node).split())
        self._flush()
        if target or words:
            self._runs.append(Run(words or target or "", link=target))
        self._flush()

    def _math(self, node: etree._Element) -> None:
        run = Run(_all_text(node), equation=True)
        if node.tag != "div":
            self._runs.append(run)
            return
        self._flush()
        self._runs.append(run)
        self._flush(style={"align": 2})

    # Texts.

    def _say(self, text: str) -> None:
        for script in self._scripts[-1:]:
            text = script(text)
        link = next((link.target for link in reversed(self._links) if link.target), None)
        for open_link in self._links:
            open_link.has_text = open_link.has_text or bool(text.strip())
        self._runs.append(Run(text, frozenset(self._marks), link))

    def _flush(self, style: dict[str, object] | None = None) -> None:
        """Put the block whose runs are complete."""
        runs, self._runs = tidy(self._runs), []
        self._pictured = -1
        if not runs:
            return
        kind = HEADING - 1 + self._heading if self._heading else TEXT
        item = self._frames[-1].item
        if item and self._heading:
            runs = [run._replace(marks=run.marks | {"bold"}) for run in runs]
        for part in elements(runs):
            if item:
                item.say(part)
                item = self._frames[-1].item = None
                continue
            self._put(Node(kind, {"elements": part} | ({"style": style} if style else {})))
            kind, style = TEXT, None

    def _put(self, block: Node | Block) -> None:
        self._frames[-1].item = None
        self._frames[-1].blocks.append(block)


#: How an element begins that is more than a mark or a block; each gives what ends it.
_OPENERS: dict[str, Callable[[_Reader, etree._Element], _Closer]] = {
    "a": _Reader._open_link,
    **dict.fromkeys(("sub", "sup"), _Reader._open_script),
    "q": _Reader._open_quotation,
    **dict.fromkeys(("ul", "ol"), _Reader._open_list),
    "li": _Reader._open_item,
    "blockquote": _Reader._open_quote,
    "table": _Reader._open_table,
    "tr": _Reader._open_row,
    **dict.fromkeys(("td", "th"), _Reader._open_cell),
}


def _nothing() -> None:
    pass


def _all_in(nodes: list[Node | Block], types: frozenset[int]) -> bool:
    return all(node.type in types and _all_in(list(node.children), types) for node in nodes)


def _span(written: str | None) -> int:
    known = written is not None and written.isdecimal() and len(written) < 4
    return min(max(int(written), 1), _MOST_SPAN) if written and known else 1


def _pixels(written: str | None) -> int | None:
    found = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", written or "")
    return int(found[1]) or None if found else None


def _web(address: str) -> str:
    return address if followed(address) else ""


def _all_text(node: etree._Element) -> str:
    return "".join(map(str, node.itertext()))


def _texts(node: etree._Element) -> list[str]:
    """The text of code; its breaks are line ends."""
    parts: list[str] = []
    for event, inner in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            parts.append("\n" if inner.tag == "br" else inner.text or "")
        elif inner is not node:
            parts.append(inner.tail or "")
    return parts


def _language(node: etree._Element) -> str:
    for inner in (node, *node.findall(".//code")):
        found = re.search(r"(?:^|\s)lang(?:uage)?-(\S+)", inner.get("class") or "")
        if found:
            return found[1]
    return node.get("lang") or ""
