"""What the stand-in for Feishu keeps, who may have it, and what a call of it is."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec import Struct

from tests.fakes.feishu_answers import RefusedError, invalid
from tests.fakes.feishu_rates import Clock, Limit, Rates
from tests.fakes.feishu_shapes import shaped
from tests.fakes.feishu_tokens import Tokens, Who
from tests.fakes.feishu_tree import Document, Upload

T = TypeVar("T")
PERMISSIONS = ("view", "edit", "full_access")
TENANT = "https://example.feishu.cn"


class Folder(Struct):
    token: str
    name: str
    owner: str
    parent: str
    made: int
    members: dict[str, str] = {}


class Space(Struct):
    """A wiki; `members` are apps and users."""

    id: str
    name: str
    members: dict[str, str]


class WikiNode(Struct):
    token: str
    space: str
    parent: str
    document: str
    made: int


class Table(Struct):
    """Rows by their ids; `fields` are ids and types by the name."""

    name: str
    fields: dict[str, tuple[str, int]]
    records: dict[str, dict[str, Any]]


class Base(Struct):
    token: str
    name: str
    owner: str
    folder: str
    tables: dict[str, Table]
    made: int
    members: dict[str, str] = {}


class Ask(Struct):
    """A call that may be made, and who makes it."""

    who: Who
    names: dict[str, str]  #: what stands in the path
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    def body(self, kind: type[T]) -> T:
        """The body as one of *kind*; none is as good as an empty one."""
        try:
            value = json.loads(self.raw or b"{}")
        except ValueError as error:
            raise invalid("body", "is no JSON") from error
        return shaped(value, kind)

    def asked(self, kind: type[T]) -> T:
        """The query as one of *kind*."""
        return shaped(self.query, kind, strict=False)


class State:
    """All of it. Tests read, and write what other people do."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.rates = Rates(self.clock)
        self.tokens = Tokens(self.clock)
        self.documents: dict[str, Document] = {}
        self.uploads: dict[str, Upload] = {}
        self.folders: dict[str, Folder] = {}
        self.spaces: dict[str, Space] = {}
        self.nodes: dict[str, WikiNode] = {}
        self.bases: dict[str, Base] = {}
        self.busy: set[str] = set()  #: what only one call may have, and one has
        self.takes = 0.02  #: seconds that such a call has it
        self.most_at_once: dict[str, int] = {}  #: of such calls, by what they want
        self.done: dict[str, tuple[str, dict[str, Any]]] = {}  #: answers, by client token
        self.slow_moves = False  #: documents move into the wiki after their answer
        self.moves: dict[str, tuple[str, str, str]] = {}  #: by task: document, space, parent
        self.moving: set[str] = set()  #: tasks that were asked about
        self.faults: list[str] = []  #: what was asked that no client should ask
        self._numbers = 0

    # For tests.

    def folder(self, owner: str, name: str = "Notes", parent: str = "", **members: str) -> Folder:
        token = f"fld{secrets.token_hex(12)}"
        made = Folder(token, name, owner, parent, self.number(), members)
        self.folders[token] = made
        return made

    def space(self, name: str = "Library", **members: str) -> Space:
        made = Space(str(7_000_000_000_000_000_000 + self.number()), name, members)
        self.spaces[made.id] = made
        return made

    def of_title(self, title: str) -> list[Document]:
        return [each for each in self.kept if each.title == title]

    @property
    def kept(self) -> list[Document]:
        """The documents that are not deleted, in the order in which they were made."""
        return [each for each in self.documents.values() if not each.deleted]

    # What the service does.

    def number(self) -> int:
        """Grows with everything that is made."""
        self._numbers += 1
        return self._numbers

    def root(self, who: str) -> Folder:
        """The root folder of an app or a user."""
        found = [each for each in self.folders.values() if not each.parent and each.owner == who]
        return next((each for each in found if each.name == ""), None) or self.folder(who, "")

    def document(self, document: str, who: Who, need: str = "view") -> Document:
        found = self.documents.get(document)
        if found is None:
            raise RefusedError(1770002, f"document {document}")
        if found.deleted:
            raise RefusedError(1770003, f"document {document}")
        if not allows(self.permission(found, who), need):
            raise RefusedError(1770032, f"{who.id} may not {need} {document}")
        return found

    def permission(self, document: Document, who: Who) -> str:
        """The most that somebody may do with a document; nothing at all: ""."""
        if document.owner == who.id:
            return "full_access"
        found = [document.members.get(who.id, "")]
        found.append(self.permission_of_folder(document.folder, who))
        if document.node:
            found.append(self.spaces[self.nodes[document.node].space].members.get(who.id, ""))
        shared = {"tenant_readable": "view", "tenant_editable": "edit"}
        found.append(shared.get(document.public["link_share_entity"], ""))
        return max(found, key=lambda each: PERMISSIONS.index(each) if each else -1)

    def permission_of_folder(self, folder: str, who: Who) -> str:
        found = self.folders.get(folder)
        if found is None:
            return ""
        if found.owner == who.id:
            return "full_access"
        return found.members.get(who.id) or self.permission_of_folder(found.parent, who)


def allows(permission: str, need: str) -> bool:
    return bool(permission) and PERMISSIONS.index(permission) >= PERMISSIONS.index(need)


Act = Callable[[State, Ask], Awaitable[dict[str, Any]]]


class Route(Struct, frozen=True):
    """A call: the scopes of which one is needed, and how often it may be made."""

    method: str
    path: str
    act: Act
    scopes: tuple[str, ...]
    limits: tuple[Limit, ...] = ()


def page(items: list[T], size: int, token: str) -> tuple[list[T], dict[str, Any]]:
    """A page of *items*, and where the next begins."""
    start = 0
    if token:
        if not token.startswith("page") or not token[4:].isdigit():
            raise RefusedError(1770022, token)
        start = int(token[4:])
    end = start + size
    more = end < len(items)
    return items[start:end], {"has_more": more, **({"page_token": f"page{end}"} if more else {})}
