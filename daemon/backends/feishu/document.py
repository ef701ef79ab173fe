"""Documents of a folder or a wiki: made, found again, written, named.

https://open.feishu.cn/document/server-docs/docs/docs-overview; docx/v1, drive/v1, wiki/v2.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct, field

from ...connections import shared
from . import faults
from .batches import Batch
from .blocks import KEYS, MOST_TEXT, Block, Image, alone
from .client import Client

#: Of a title (docx/v1, "创建文档").
LONGEST_TITLE = 800
#: Blocks, files and nodes of one answer, and blocks that one call changes.
BLOCKS, FILES, NODES, CHANGES = 500, 200, 50, 200
#: Pages of a list. A folder has 1,500 children, a node 2,000, and of a document 100,000 blocks are
#: far more than anybody reports.
MOST_PAGES = 200
#: Codes of a document that is there, and not for whoever signs in.
_NOT_OURS = frozenset({1770032})
_HOST = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?=/)")

#: What may stand in a path: an answer decides about no other.
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,100}\Z")]


class Place(Struct, frozen=True):
    """A document, and the node that it has in a wiki."""

    document: str
    node: str = ""


class _Said(Struct, frozen=True):
    content: str = ""


class _Element(Struct, frozen=True):
    text_run: _Said = _Said()
    equation: _Said = _Said()


class _Content(Struct, frozen=True):
    """What stands under the key of a block's type."""

    elements: tuple[_Element, ...] = ()
    token: str = ""  #: of an image


class Standing(Struct, frozen=True, rename={"id": "block_id", "type": "block_type"}):
    """A block as it stands in a document."""

    id: Id
    type: int
    children: tuple[Id, ...] = ()
    text: _Content = _Content()
    heading1: _Content = _Content()
    heading2: _Content = _Content()
    heading3: _Content = _Content()
    heading4: _Content = _Content()
    heading5: _Content = _Content()
    heading6: _Content = _Content()
    heading7: _Content = _Content()
    heading8: _Content = _Content()
    heading9: _Content = _Content()
    bullet: _Content = _Content()
    ordered: _Content = _Content()
    code: _Content = _Content()
    quote: _Content = _Content()
    todo: _Content = _Content()
    image: _Content = _Content()

    @property
    def has_picture(self) -> bool:
        return bool(self.image.token)

    @property
    def says(self) -> str:
        """Its text, without that of its children; empty for a block without any."""
        content = getattr(self, KEYS.get(self.type, ""), None)
        elements = content.elements if isinstance(content, _Content) else ()
        return "".join(one.text_run.content + one.equation.content for one in elements)


class About(Struct, frozen=True, rename={"id": "document_id", "revision": "revision_id"}):
    """A document without its blocks; each edit, whoever makes it, changes its revision."""

    id: Id
    revision: int = 0
    title: str = ""


class _Made(Struct, frozen=True):
    document: About


class _Changed(Struct, frozen=True):
    document_revision_id: int = 0


class _Blocks(Struct, frozen=True):
    items: Annotated[list[Standing], Meta(max_length=BLOCKS)] = []
    has_more: bool = False
    page_token: str = ""


class _Page(Struct, frozen=True):
    block: Standing


class _File(Struct, frozen=True):
    token: Id
    name: str = ""
    type: str = ""


class _Files(Struct, frozen=True):
    files: list[_File] = []
    has_more: bool = False
    page_token: str = field(name="next_page_token", default="")


class _Node(Struct, frozen=True):
    node_token: Id
    obj_token: Id
    title: str = ""


class _MadeNode(Struct, frozen=True):
    node: _Node


class _Nodes(Struct, frozen=True):
    items: list[_Node] = []
    has_more: bool = False
    page_token: str = ""


class _Meta(Struct, frozen=True):
    url: str = ""


class _Metas(Struct, frozen=True):
    metas: list[_Meta] = []


class _Tenant:
    """Where the documents of one company are seen."""

    prefix = ""  #: scheme and host, once they are known


class _Nothing(Struct, frozen=True):
    """What an answer says does not matter."""


P = TypeVar("P", _Blocks, _Files, _Nodes)


class Documents:
    """Those of one folder, or below one node of a wiki."""

    def __init__(self, client: Client, *, folder: str, wiki: str, parent: str) -> None:
        """*wiki*: a space; *parent*: a node of it, or empty. Without a wiki the *folder* counts,
        an empty one for the root of whoever signs in.
        """
        self._client = client
        self._folder = folder
        self._wiki = wiki
        self._parent = parent

    async def make(self, title: str) -> Place:
        """A new document, which is empty.

        Raises:
            LostAnswerError: It may be there; `found` knows.
            DeliveryError: As for `Client.ask`.
        """
        if self._wiki:
            asked = {"obj_type": "docx", "node_type": "origin", "title": title}
            asked |= {"parent_node_token": self._parent} if self._parent else {}
            made = await self._client.ask("POST", self._nodes, _MadeNode, asked, once=True)
            return Place(made.node.obj_token, made.node.node_token)
        wanted = {"title": title} | ({"folder_token": self._folder} if self._folder else {})
        document = await self._client.ask("POST", DOCUMENTS, _Made, wanted, once=True)
        return Place(document.document.id)

    async def found(self, title: str) -> list[Place]:
        """The documents of this title, the newest first."""
        named = self._named_nodes(title) if self._wiki else self._named_files(title)
        return [place async for place in named]

    async def _named_files(self, title: str) -> AsyncIterator[Place]:
        query = {"folder_token": self._folder, "page_size": str(FILES)}
        query |= {"order_by": "CreatedTime", "direction": "DESC"}
        async for page in self._pages("/open-apis/drive/v1/files", _Files, query):
            for file in page.files:
                if file.name == title and file.type == "docx":
                    yield Place(file.token)

    async def _named_nodes(self, title: str) -> AsyncIterator[Place]:
        query = {"parent_node_token": self._parent, "page_size": str(NODES)}
        async for page in self._pages(self._nodes, _Nodes, query):
            for node in page.items:
                if node.title == title:
                    yield Place(node.obj_token, node.node_token)

    async def _pages(self, path: str, kind: type[P], query: dict[str, str]) -> AsyncIterator[P]:
        """The pages of a list, one after the other.

        Raises:
            LostAnswerError: They have no end.
            DeliveryError: As for `Client.ask`.
        """
        for _ in range(MOST_PAGES):
            page = await self._client.ask("GET", path, kind, query=query)
            yield page
            if not page.has_more:
                return
            if page.page_token in {"", query.get("page_token")}:
                break
            query = {**query, "page_token": page.page_token}
        raise faults.not_understood(self._client.access)

    @property
    def _nodes(self) -> str:
        return f"/open-apis/wiki/v2/spaces/{self._wiki}/nodes"

    async def blocks(self, place: Place) -> dict[str, Standing]:
        """All blocks of a document by their ids; its own is the page."""
        found: dict[str, Standing] = {}
        text = 0
        query = {"page_size": str(BLOCKS), "document_revision_id": "-1"}
        async for page in self._pages(f"{DOCUMENTS}/{place.document}/blocks", _Blocks, query):
            found |= {block.id: block for block in page.items}
            text += sum(len(block.says) for block in page.items)
            if text > 2 * MOST_TEXT:
                raise faults.not_understood(self._client.access)
        return found

    async def children(self, place: Place, block: str) -> tuple[str, ...]:
        """The blocks that are directly in *block*."""
        path = f"{DOCUMENTS}/{place.document}/blocks/{block}"
        page = await self._client.ask("GET", path, _Page, query={"document_revision_id": "-1"})
        return page.block.children

    async def about(self, place: Place) -> About | None:
        """What a document is called, and its revision; None for one that is gone or not ours."""
        try:
            made = await self._client.ask("GET", f"{DOCUMENTS}/{place.document}", _Made)
        except faults.RefusedError as error:
            if not (error.is_gone or error.code_of_service in _NOT_OURS):
                raise
            return None
        return made.document

    async def insert(self, place: Place, block: str, batch: Batch, token: str) -> dict[str, str]:
        """Put *batch* at the end of *block*; the id of each of its blocks, by the temporary one.

        With the same *token*, a UUID, it is put there once.

        Raises:
            LostAnswerError: It may be there; the document knows.
            DeliveryError: As for `Client.ask`.
        """
        asked = {"index": -1, "children_id": batch.children_id, "descendants": batch.descendants}
        inserted = await self._client.ask(
            "POST",
            f"{DOCUMENTS}/{place.document}/blocks/{block}/descendant",
            _Inserted,
            asked,
            query={"document_revision_id": "-1", "client_token": token},
            document=place.document,
        )
        ids = {one.temporary_block_id: one.block_id for one in inserted.block_id_relations}
        if not all(each["block_id"] in ids for each in batch.descendants):
            raise faults.not_understood(self._client.access)
        return ids

    async def put(self, place: Place, block: str, at: int, child: Block) -> None:
        """Make *child*, which has none itself, the child of *block* that has the number *at*."""
        await self._client.ask(
            "POST",
            f"{DOCUMENTS}/{place.document}/blocks/{block}/children",
            _Nothing,
            {"index": at, "children": [alone(child)]},
            query={"document_revision_id": "-1"},
            document=place.document,
            once=True,
        )

    async def remove(self, place: Place, block: str, start: int, end: int) -> None:
        """Remove the children of *block* from *start* up to, and without, *end*."""
        await self._client.ask(
            "DELETE",
            f"{DOCUMENTS}/{place.document}/blocks/{block}/children/batch_delete",
            _Nothing,
            {"start_index": start, "end_index": end},
            query={"document_revision_id": "-1"},
            document=place.document,
            once=True,
        )

    async def show(self, place: Place, pictures: Sequence[tuple[str, str, Image]]) -> None:
        """Have image blocks show what was uploaded: their ids, tokens of files, and images."""
        for start in range(0, len(pictures), CHANGES):
            some = pictures[start : start + CHANGES]
            asked = [
                {"block_id": id, "replace_image": _shown(token, image)} for id, token, image in some
            ]
            await self._change(place, asked)

    async def rename(self, place: Place, title: str) -> int:
        """A document is called as its page says; its revision after that."""
        elements = [{"text_run": {"content": title}}]
        asked = {"block_id": place.document, "update_text_elements": {"elements": elements}}
        return await self._change(place, [asked])

    async def _change(self, place: Place, requests: list[dict[str, Any]]) -> int:
        changed = await self._client.ask(
            "PATCH",
            f"{DOCUMENTS}/{place.document}/blocks/batch_update",
            _Changed,
            {"requests": requests},
            query={"document_revision_id": "-1"},
            document=place.document,
        )
        return changed.document_revision_id

    async def delete(self, place: Place) -> None:
        """Move a document to the recycle bin."""
        if place.node:
            # Drive refuses what is in a wiki with 1061004; the other call is that of the official
            # command-line program (larksuite/cli, wiki +node-delete).
            asked = {"obj_type": "wiki", "include_children": False}
            await self._client.ask("DELETE", f"{self._nodes}/{place.node}", _Nothing, asked)
            return
        path = f"/open-apis/drive/v1/files/{place.document}"
        await self._client.ask("DELETE", path, _Nothing, query={"type": "docx"})

    async def address(self, place: Place) -> str:
        """Where a person sees a document; empty where the service does not say.

        Each company has a host of its own, which is asked for once.
        """
        tenant = shared(_Tenant, self._client.access.api, self._client.access.app_id)
        if not tenant.prefix:
            document = {"doc_token": place.document, "doc_type": "docx"}
            asked = {"request_docs": [document], "with_url": True}
            found = await self._client.ask("POST", METAS, _Metas, asked)
            host = _HOST.match(next((meta.url for meta in found.metas), ""))
            tenant.prefix = host[0] if host else ""
        if not tenant.prefix:
            return ""
        return tenant.prefix + (f"/wiki/{place.node}" if place.node else f"/docx/{place.document}")

    async def share(self, place: Place, named_by: str, kind: str, member: str) -> None:
        """Let *member*, a person or a group as *kind* says, do everything with a document."""
        asked = {"member_type": named_by, "type": kind, "member_id": member, "perm": "full_access"}
        await self._client.ask(
            "POST",
            f"/open-apis/drive/v1/permissions/{place.document}/members",
            _Nothing,
            asked,
            query={"type": "docx"},
        )


DOCUMENTS = "/open-apis/docx/v1/documents"
METAS = "/open-apis/drive/v1/metas/batch_query"


class _Relation(Struct, frozen=True):
    temporary_block_id: str
    block_id: Id


class _Inserted(Struct, frozen=True):
    block_id_relations: list[_Relation] = []


def _shown(token: str, image: Image) -> dict[str, Any]:
    shown: dict[str, Any] = {"token": token}
    if image.caption:
        shown["caption"] = {"content": image.caption}
    return shown
