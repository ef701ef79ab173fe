"""A document of the stand-in for Feishu: a tree of blocks, and the rules that it keeps."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Struct

from tests.fakes.feishu_answers import RefusedError
from tests.fakes.feishu_shapes import (
    CALLOUT,
    CELL,
    COLUMN,
    GRID,
    IMAGE,
    KINDS,
    PAGE,
    QUOTES,
    TABLE,
    TEXTS,
    DeleteChildren,
    InsertChildren,
    InsertDescendants,
    ReplaceImage,
    UpdateBlock,
    UpdateElements,
    check_elements,
    content_of,
    text_of,
)

#: What may have children of any kind, what may not lose all, and what is the whole of a kind.
PARENTS = {PAGE, *TEXTS, CALLOUT, COLUMN, CELL, QUOTES, TABLE, GRID} - {14, 15}
FILLED = {CALLOUT, COLUMN, CELL}
ONLY = {TABLE: CELL, GRID: COLUMN}
#: What a callout takes: texts, headings, lists, to-dos, quotes.
IN_CALLOUT = set(TEXTS) - {14} | {QUOTES}
MOST_TEXT = 10_485_760


def new_id() -> str:
    """An id as the service gives them, of 27 characters."""
    return "dox" + secrets.token_hex(12)


class Node(Struct):
    """A block of the tree; `token` is the picture's, of an image alone."""

    id: str
    type: int
    parent: str
    content: dict[str, Any]
    children: list[str]

    @property
    def key(self) -> str:
        return "page" if self.type == PAGE else KINDS[self.type][0]

    @property
    def text(self) -> str:
        return text_of(self.content)


class Upload(Struct, frozen=True):
    """A file that was uploaded for a block; *size* is width and height, if it is a picture."""

    token: str
    name: str
    data: bytes
    parent: str
    document: str
    size: tuple[int, int]


class Limits(Struct):
    """What the service does not publish."""

    blocks: int = 40_000
    depth: int = 30


class Document:
    """What the service knows of a document; readable by tests."""

    def __init__(self, title: str, owner: str, folder: str, made: int) -> None:
        self.id = new_id()
        self.owner, self.folder, self.made = owner, folder, made
        self.node = ""  #: the node of the wiki that it is at
        self.deleted = False
        self.revision = 1
        self.members: dict[str, str] = {}  #: what each may do
        self.public: dict[str, Any] = {"link_share_entity": "closed"}
        self.blocks = {self.id: Node(self.id, PAGE, "", _page(title), [])}
        self.limits = Limits()
        self.applied = 0  #: changes that had an effect

    # For tests.

    @property
    def title(self) -> str:
        return self.blocks[self.id].text

    @property
    def first_level(self) -> list[Node]:
        return [self.blocks[each] for each in self.blocks[self.id].children]

    @property
    def images(self) -> list[Node]:
        return [node for node in self.in_order() if node.type == IMAGE]

    @property
    def texts(self) -> list[str]:
        """The text of every block that has one, the title left out, in order."""
        return [node.text for node in self.in_order() if "elements" in node.content][1:]

    @property
    def links(self) -> list[str]:
        """The addresses that texts lead to, in order."""
        parts = (
            part
            for node in self.in_order()
            for element in node.content.get("elements", [])
            for part in element.values()
        )
        found = (part["text_element_style"].get("link") for part in parts)
        return [unquote(link["url"]) for link in found if link]

    def tree(self, root: str = "") -> list[Any]:
        """Each child as its key and text, with its children."""
        return [
            [node.key, node.text, *self.tree(node.id)]
            for node in map(self.blocks.__getitem__, self.blocks[root or self.id].children)
        ]

    def in_order(self, root: str = "") -> Iterator[Node]:
        """The blocks, parents before children."""
        node = self.blocks[root or self.id]
        yield node
        for child in node.children:
            yield from self.in_order(child)

    def changed_by_somebody(self, text: str = "Somebody was here.") -> None:
        """A reader adds a line of text at the end."""
        element = {"text_run": {"content": text, "text_element_style": {}}}
        self.insert_children(
            self.id,
            InsertChildren(children=[{"block_type": 2, "text": {"elements": [element]}}]),
        )

    # What the service does.

    def node_of(self, block: str) -> Node:
        if block not in self.blocks:
            raise RefusedError(1770002, f"block {block}")
        return self.blocks[block]

    def shown(self, node: Node) -> dict[str, Any]:
        """A block as the service tells it."""
        content = dict(node.content)
        if node.type == TABLE:
            content["cells"] = list(node.children)
        made = {
            "block_id": node.id,
            "parent_id": node.parent,
            "block_type": node.type,
            node.key: content,
        }
        return {**made, "children": list(node.children)} if node.children else made

    def insert(self, parent: str, asked: InsertDescendants) -> tuple[list[Node], dict[str, str]]:
        """Insert whole subtrees; the new first blocks, and the id of each temporary one."""
        into = self.node_of(parent)
        self._check_index(into, asked.index)
        ids = _temporary_ids(asked.descendants)
        _check_references(asked, set(ids))
        given = dict(zip(ids, asked.descendants, strict=True))
        contents = {name: content_of(block) for name, block in given.items()}
        _check_amounts(contents)
        children = {name: list(block.get("children") or []) for name, block in given.items()}
        _check_filled(contents, children)
        _check_parents(into.type, asked.children_id, contents, children)
        self._check_room(into, asked.children_id, contents, children)
        made = {name: new_id() for name in ids}
        for name, (kind, content) in contents.items():
            own = [made[child] for child in children[name]]
            self._add(Node(made[name], kind, "", content, own))
        self._attach(into, [made[name] for name in asked.children_id], asked.index)
        return [self.blocks[made[name]] for name in asked.children_id], made

    def insert_children(self, parent: str, asked: InsertChildren) -> list[Node]:
        """Insert single blocks; those that may not be empty get an empty text."""
        into = self.node_of(parent)
        self._check_index(into, asked.index)
        if any(block.get("children") for block in asked.children):
            raise RefusedError(1770001, "children of children")
        made = []
        for number, block in enumerate(asked.children):
            kind, content = content_of({**block, "block_id": f"new{number}"})
            _check_parents(into.type, ["new"], {"new": (kind, content)}, {"new": []})
            made.append(Node(new_id(), kind, "", content, []))
        _check_amounts({node.id: (node.type, node.content) for node in made})
        _check_small_tables(made)
        for node in made:
            self._fill(node)
        self._attach(into, [node.id for node in made], asked.index)
        return made

    def delete_children(self, parent: str, asked: DeleteChildren) -> None:
        into = self.node_of(parent)
        count = len(into.children)
        if not asked.start_index < asked.end_index <= count:
            raise RefusedError(1770001, f"{asked.start_index}:{asked.end_index} of {count}")
        if into.type in ONLY or (
            into.type in FILLED and asked.end_index - asked.start_index == count
        ):
            raise RefusedError(1770031, f"all children of {into.key}")
        for child in into.children[asked.start_index : asked.end_index]:
            for node in list(self.in_order(child)):
                del self.blocks[node.id]
        del into.children[asked.start_index : asked.end_index]
        self._changed()

    def update(self, asked: list[tuple[str, UpdateBlock]], files: dict[str, Upload]) -> list[Node]:
        """All of the changes, or none."""
        for block, count in Counter(block for block, _ in asked).items():
            if count > 1:
                raise RefusedError(1770001, f"block {block} {count} times")
        changes = [self._change(self.node_of(block), each, files) for block, each in asked]
        for node, content in changes:
            node.content = content
        self._changed()
        return [node for node, _ in changes]

    def check_revision(self, revision: int) -> None:
        if revision == -1:
            return
        if not 0 <= revision <= self.revision:
            raise RefusedError(1770001, f"revision {revision} of {self.revision}")
        if self.revision - revision > 1_000:
            raise RefusedError(1770021, f"revision {revision} of {self.revision}")

    def _change(
        self, node: Node, asked: UpdateBlock, files: dict[str, Upload]
    ) -> tuple[Node, dict[str, Any]]:
        given = [asked.update_text_elements, asked.replace_image]
        given = [each for each in given if each is not UNSET]
        if len(given) != 1:
            raise RefusedError(1770001, "one change for a block")
        if isinstance(given[0], UpdateElements):
            return node, _with_elements(node, given[0])
        assert isinstance(given[0], ReplaceImage)
        return node, _with_image(node, given[0], files)

    def _check_room(
        self,
        into: Node,
        roots: list[str],
        contents: dict[str, tuple[int, dict[str, Any]]],
        children: dict[str, list[str]],
    ) -> None:
        if len(self.blocks) + len(contents) > self.limits.blocks:
            raise RefusedError(1770004)
        above = 0
        while into.parent:
            into, above = self.blocks[into.parent], above + 1
        if above + max(_depth(root, children) for root in roots) > self.limits.depth:
            raise RefusedError(1770005)
        texts = [content for _, content in contents.values()]
        texts += [node.content for node in self.blocks.values()]
        if sum(len(text_of(content)) for content in texts) > MOST_TEXT:
            raise RefusedError(1770033)

    def _add(self, node: Node) -> None:
        if node.type == IMAGE:
            node.content = {"width": 100, "height": 100, "token": "", **node.content}
        if node.type == TABLE:
            size = node.content["property"]
            count = size["row_size"] * size["column_size"]
            size["merge_info"] = [{"row_span": 1, "col_span": 1} for _ in range(count)]
            size.setdefault("column_width", [100] * size["column_size"])
        self.blocks[node.id] = node

    def _fill(self, node: Node) -> None:
        """The service's own children of a block that may not be empty."""
        if node.type == TABLE:
            size = node.content["property"]
            for _ in range(size["row_size"] * size["column_size"]):
                self._filled(node, Node(new_id(), CELL, node.id, {}, []))
        if node.type == GRID:
            for _ in range(node.content["column_size"]):
                self._filled(node, Node(new_id(), COLUMN, node.id, {}, []))
        if node.type in FILLED:
            self._filled(node, Node(new_id(), 2, node.id, _page(""), []))
        self._add(node)

    def _filled(self, parent: Node, child: Node) -> None:
        parent.children.append(child.id)
        self._fill(child)

    def _attach(self, into: Node, roots: list[str], index: int) -> None:
        at = len(into.children) if index == -1 else index
        into.children[at:at] = roots
        for node in self.in_order(into.id):
            for child in node.children:
                self.blocks[child].parent = node.id
        self._changed()

    def _check_index(self, into: Node, index: int) -> None:
        if not -1 <= index <= len(into.children):
            raise RefusedError(1770001, f"index {index}")

    def _changed(self) -> None:
        self.revision += 1
        self.applied += 1


def _page(text: str) -> dict[str, Any]:
    style = {"bold": False, "italic": False, "strikethrough": False}
    style |= {"underline": False, "inline_code": False}
    element = {"text_run": {"content": text, "text_element_style": style}}
    return {"elements": [element], "style": {"align": 1, "folded": False}}


def _temporary_ids(blocks: list[dict[str, Any]]) -> list[str]:
    ids = [str(block.get("block_id") or new_id()) for block in blocks]
    if len(set(ids)) < len(ids):
        raise RefusedError(1770019, "a temporary id twice")
    return ids


def _check_references(asked: InsertDescendants, ids: set[str]) -> None:
    """Every block has just one place: as a child of another, or on the first level."""
    below = [child for block in asked.descendants for child in block.get("children") or []]
    if unknown := {*below, *asked.children_id} - ids:
        raise RefusedError(1770041, f"{unknown} are not among the descendants")
    if twice := [each for each, count in Counter(below).items() if count > 1]:
        raise RefusedError(1770014, f"{twice} have two parents")
    if len(set(asked.children_id)) < len(asked.children_id):
        raise RefusedError(1770019, "a child twice")
    if deeper := set(asked.children_id) & set(below):
        raise RefusedError(1770006, f"{deeper} are not on the first level")
    if lost := ids - set(below) - set(asked.children_id):
        raise RefusedError(1770041, f"{lost} are nobody's children")


def _check_amounts(contents: dict[str, tuple[int, dict[str, Any]]]) -> None:
    counts = Counter(kind for kind, _ in contents.values())
    if counts[IMAGE] > 20:
        raise RefusedError(1770035, f"{counts[IMAGE]} images")
    if counts[CELL] > 2_000:
        raise RefusedError(1770011, f"{counts[CELL]} cells")
    for kind, content in contents.values():
        size = content.get("property", {})
        if kind == TABLE and size["row_size"] * size["column_size"] > 2_000:
            raise RefusedError(1770011, "a table of more than 2,000 cells")


def _check_small_tables(nodes: list[Node]) -> None:
    for node in nodes:
        size = node.content.get("property")
        if size and max(size["row_size"], size["column_size"]) > 9:
            raise RefusedError(1770001, "a table of more than 9 x 9")


def _check_filled(
    contents: dict[str, tuple[int, dict[str, Any]]], children: dict[str, list[str]]
) -> None:
    for name, (kind, content) in contents.items():
        if kind in FILLED and not children[name]:
            raise RefusedError(1770041, f"an empty {KINDS[kind][0]}")
        if kind == TABLE:
            size = content["property"]
            if len(children[name]) != size["row_size"] * size["column_size"]:
                raise RefusedError(1770041, f"{len(children[name])} cells for {size}")
        if kind == GRID and len(children[name]) != content["column_size"]:
            raise RefusedError(1770041, f"{len(children[name])} columns")


def _check_parents(
    into: int,
    roots: list[str],
    contents: dict[str, tuple[int, dict[str, Any]]],
    children: dict[str, list[str]],
) -> None:
    for name in roots:
        _check_parent(into, contents[name][0])
    for name, own in children.items():
        for child in own:
            _check_parent(contents[name][0], contents[child][0])


def _check_parent(parent: int, child: int) -> None:
    if parent not in PARENTS:
        raise RefusedError(1770028, f"type {parent} has no children")
    if ONLY.get(parent, child) != child or (child in ONLY.values() and parent not in ONLY):
        raise RefusedError(1770030, f"type {child} in type {parent}")
    if parent == CALLOUT and child not in IN_CALLOUT:
        raise RefusedError(1770030, f"type {child} in a callout")
    if parent == CELL and child in ONLY:
        raise RefusedError(1770030, f"type {child} in a cell")


def _depth(root: str, children: dict[str, list[str]]) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [below for each in level for below in children[each]]
    return depth


def _with_elements(node: Node, asked: UpdateElements) -> dict[str, Any]:
    if "elements" not in node.content:
        raise RefusedError(1770025, f"text of a block of type {node.type}")
    check_elements(asked.elements)
    elements = msgspec.to_builtins(asked.elements)
    if node.type == PAGE and not len(text_of({"elements": elements})) <= 800:
        raise RefusedError(1770001, "a title of more than 800 characters")
    return {**node.content, "elements": elements}


def _with_image(node: Node, asked: ReplaceImage, files: dict[str, Upload]) -> dict[str, Any]:
    if node.type != IMAGE:
        raise RefusedError(1770025, f"an image in a block of type {node.type}")
    file = files.get(asked.token)
    if file is None or file.parent != node.id:
        raise RefusedError(1770013, "a file that was uploaded for another block")
    size = {} if node.content["token"] else dict(zip(("width", "height"), file.size, strict=True))
    return {**node.content, **size, **msgspec.to_builtins(asked)}
