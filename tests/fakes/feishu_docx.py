"""The calls about documents and their blocks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from msgspec import UNSET

from tests.fakes.feishu_answers import RefusedError, invalid
from tests.fakes.feishu_rates import Limit
from tests.fakes.feishu_shapes import (
    CreateDocument,
    DeleteChildren,
    InsertChildren,
    InsertDescendants,
    Pages,
    Place,
    UpdateBlock,
    UpdateBlocks,
)
from tests.fakes.feishu_state import Ask, Route, State, allows, page
from tests.fakes.feishu_tree import Document

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def create(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(CreateDocument)
    folder = asked.folder_token or state.root(ask.who.id).token
    if folder not in state.folders:
        raise RefusedError(1770039, folder)
    if not allows(state.permission_of_folder(folder, ask.who), "edit"):
        raise RefusedError(1770040, folder)
    async with alone(state, folder, 1770036):
        title = "" if asked.title is UNSET else str(asked.title)
        document = Document(title, ask.who.id, folder, state.number())
        state.documents[document.id] = document
    return {"document": _told(document)}


async def get(state: State, ask: Ask) -> dict[str, Any]:
    return {"document": _told(state.document(ask.names["document_id"], ask.who))}


async def list_blocks(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(Pages)
    document = state.document(ask.names["document_id"], ask.who)
    document.check_revision(asked.document_revision_id)
    shown = [document.shown(node) for node in document.in_order()]
    items, more = page(shown, asked.page_size, asked.page_token)
    return {"items": items, **more}


async def get_block(state: State, ask: Ask) -> dict[str, Any]:
    document = state.document(ask.names["document_id"], ask.who)
    return {"block": document.shown(document.node_of(ask.names["block_id"]))}


async def raw_content(state: State, ask: Ask) -> dict[str, Any]:
    document = state.document(ask.names["document_id"], ask.who)
    texts = [document.title, *document.texts]
    return {"content": "".join(f"{text}\n" for text in texts)}


async def insert(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(InsertDescendants)

    def act(document: Document) -> dict[str, Any]:
        nodes, made = document.insert(ask.names["block_id"], asked)
        relations = [
            {"temporary_block_id": temporary, "block_id": real} for temporary, real in made.items()
        ]
        return {
            "children": [document.shown(node) for node in nodes],
            "block_id_relations": relations,
        }

    return _edited(state, ask, act)


async def insert_children(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(InsertChildren)

    def act(document: Document) -> dict[str, Any]:
        nodes = document.insert_children(ask.names["block_id"], asked)
        return {"children": [document.shown(node) for node in nodes]}

    return _edited(state, ask, act)


async def update_blocks(state: State, ask: Ask) -> dict[str, Any]:
    asked: list[tuple[str, UpdateBlock]] = [
        (each.block_id, each) for each in ask.body(UpdateBlocks).requests
    ]

    def act(document: Document) -> dict[str, Any]:
        nodes = document.update(asked, state.uploads)
        return {"blocks": [document.shown(node) for node in nodes]}

    return _edited(state, ask, act)


async def update_block(state: State, ask: Ask) -> dict[str, Any]:
    asked = [(ask.names["block_id"], ask.body(UpdateBlock))]

    def act(document: Document) -> dict[str, Any]:
        (node,) = document.update(asked, state.uploads)
        return {"block": document.shown(node)}

    return _edited(state, ask, act)


async def delete_children(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(DeleteChildren)

    def act(document: Document) -> dict[str, Any]:
        document.delete_children(ask.names["block_id"], asked)
        return {}

    return _edited(state, ask, act)


def _edited(state: State, ask: Ask, act: Callable[[Document], dict[str, Any]]) -> dict[str, Any]:
    """What *act* tells, once for each client token."""
    place = ask.asked(Place)
    token = place.client_token or str(uuid.uuid4())
    document = state.document(ask.names["document_id"], ask.who, "edit")
    known = repeated(state, ask, token)
    if known is not None:
        return known
    document.check_revision(place.document_revision_id)
    told = act(document) | {"document_revision_id": document.revision, "client_token": token}
    return remembered(state, ask, token, told)


def repeated(state: State, ask: Ask, token: str) -> dict[str, Any] | None:
    """The answer to the earlier call with the same client token."""
    if not _UUID.fullmatch(token):
        raise invalid("client_token", "is no UUID of version 4")
    before, told = state.done.get(token, ("", {}))
    if not before:
        return None
    if before != _fingerprint(ask):
        state.faults.append(f"client token {token} for two things")
        raise RefusedError(1770001, "another call with the same client token")
    return told


def remembered(state: State, ask: Ask, token: str, told: dict[str, Any]) -> dict[str, Any]:
    state.done[token] = (_fingerprint(ask), json.loads(json.dumps(told)))
    return told


def _fingerprint(ask: Ask) -> str:
    return json.dumps([ask.names, json.loads(ask.raw or b"{}")], sort_keys=True)


def _told(document: Document) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "revision_id": document.revision,
        "title": document.title,
        "display_setting": {
            "show_authors": True,
            "show_create_time": False,
            "show_pv": False,
            "show_uv": False,
            "show_like_count": False,
            "show_comment_count": False,
            "show_related_matters": False,
        },
    }


@contextlib.asynccontextmanager
async def alone(
    state: State, what: str, code: int, status: int | None = None
) -> AsyncIterator[None]:
    """For a moment nobody else may have *what*; whoever wants it gets *code*."""
    state.most_at_once[what] = max(state.most_at_once.get(what, 0), 1 + (what in state.busy))
    if what in state.busy:
        raise RefusedError(code, what, status=status)
    state.busy.add(what)
    try:
        await asyncio.sleep(state.takes)
        yield
    finally:
        state.busy.discard(what)


_READ = ("docx:document", "docx:document:readonly")
_WRITE = ("docx:document", "docx:document:write_only")
_DOCUMENT = "/open-apis/docx/v1/documents/:document_id"
_BLOCK = f"{_DOCUMENT}/blocks/:block_id"
_EDITS = Limit("document", 3, of_document=True)


def _edit(name: str) -> tuple[Limit, ...]:
    return Limit(name, 3), _EDITS


ROUTES = [
    Route(
        "POST",
        "/open-apis/docx/v1/documents",
        create,
        ("docx:document", "docx:document:create"),
        (Limit("create", 3),),
    ),
    Route("GET", _DOCUMENT, get, _READ, (Limit("get", 5),)),
    Route("GET", f"{_DOCUMENT}/raw_content", raw_content, _READ, (Limit("raw_content", 5),)),
    Route("GET", f"{_DOCUMENT}/blocks", list_blocks, _READ, (Limit("list_blocks", 5),)),
    Route(
        "PATCH",
        f"{_DOCUMENT}/blocks/batch_update",
        update_blocks,
        _WRITE,
        _edit("update_blocks"),
    ),
    Route("GET", _BLOCK, get_block, _READ, (Limit("get_block", 5),)),
    Route("PATCH", _BLOCK, update_block, _WRITE, _edit("update_block")),
    Route("POST", f"{_BLOCK}/descendant", insert, _WRITE, _edit("insert")),
    Route("POST", f"{_BLOCK}/children", insert_children, _WRITE, _edit("insert_children")),
    Route(
        "DELETE",
        f"{_BLOCK}/children/batch_delete",
        delete_children,
        _WRITE,
        _edit("delete_children"),
    ),
]
