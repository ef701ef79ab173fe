"""The calls about wikis."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, Literal

from msgspec import Meta

from tests.fakes.feishu_answers import RefusedError
from tests.fakes.feishu_rates import Limit
from tests.fakes.feishu_shapes import Shape
from tests.fakes.feishu_state import Ask, Route, Space, State, WikiNode, allows, page
from tests.fakes.feishu_tree import Document

LIBRARY = "my_library"  #: a user's own space; apps have none
TIME = 1_780_000_000


class Paged(Shape):
    page_size: Annotated[int, Meta(ge=1, le=50)] = 20
    page_token: str = ""


class PagedNodes(Paged):
    parent_node_token: str = ""


class CreateNode(Shape):
    obj_type: Literal["docx"]
    node_type: Literal["origin"]
    parent_node_token: str = ""
    title: Annotated[str, Meta(max_length=800)] = ""


class DeleteNode(Shape):
    obj_type: Literal["wiki"]
    include_children: bool


class GetNode(Shape):
    token: str
    obj_type: Literal["docx", "wiki"] = "wiki"


class MoveDocument(Shape):
    obj_type: Literal["docx"]
    obj_token: str
    parent_wiki_token: str = ""
    apply: bool = False


async def list_spaces(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(Paged)
    found = [each for each in state.spaces.values() if ask.who.id in each.members]
    items, more = page(found, asked.page_size, asked.page_token)
    return {"items": [_told_space(each) for each in items], **more}


async def list_nodes(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(PagedNodes)
    space = _space(state, ask, "view")
    _check_parent(state, space, asked.parent_node_token)
    found = [
        each
        for each in state.nodes.values()
        if (each.space, each.parent) == (space.id, asked.parent_node_token)
    ]
    items, more = page(found, asked.page_size, asked.page_token)
    return {"items": [_told(state, each) for each in items], **more}


async def create(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.body(CreateNode)
    space = _space(state, ask, "edit")
    _check_parent(state, space, asked.parent_node_token)
    document = Document(asked.title, ask.who.id, "", state.number())
    state.documents[document.id] = document
    return {"node": _told(state, _put(state, document, space, asked.parent_node_token))}


async def delete(state: State, ask: Ask) -> dict[str, Any]:
    """Delete a node; what is below it moves up, or is deleted as well."""
    asked = ask.body(DeleteNode)
    space = _space(state, ask, "edit")
    node = state.nodes.get(ask.names["node_token"])
    if node is None or node.space != space.id:
        raise RefusedError(131005, ask.names["node_token"])
    below = [each for each in state.nodes.values() if each.parent == node.token]
    if asked.include_children and below:
        raise RefusedError(131003, "the stand-in deletes one node at a time")
    for each in below:
        each.parent = node.parent
    state.documents[node.document].deleted = True
    del state.nodes[node.token]
    return {}


async def get_node(state: State, ask: Ask) -> dict[str, Any]:
    asked = ask.asked(GetNode)
    token = asked.token
    if asked.obj_type == "docx" and token in state.documents:
        token = state.documents[token].node
    node = state.nodes.get(token)
    if node is None:
        raise RefusedError(131005, token)
    if not state.permission(state.documents[node.document], ask.who):
        raise RefusedError(131006, token)
    return {"node": _told(state, node)}


async def move(state: State, ask: Ask) -> dict[str, Any]:
    """The document is in the wiki at once, or when its task is asked about a second time."""
    asked = ask.body(MoveDocument)
    space = _space(state, ask, "edit")
    _check_parent(state, space, asked.parent_wiki_token)
    document = state.documents.get(asked.obj_token)
    if document is None or document.deleted or document.node:
        raise RefusedError(131005, asked.obj_token)
    if not allows(state.permission(document, ask.who), "full_access"):
        raise RefusedError(131006, asked.obj_token)
    if state.slow_moves:
        task = f"{state.number()}-{secrets.token_hex(16)}"
        state.moves[task] = (document.id, space.id, asked.parent_wiki_token)
        return {"task_id": task}
    return {"wiki_token": _put(state, document, space, asked.parent_wiki_token).token}


async def get_task(state: State, ask: Ask) -> dict[str, Any]:
    task = ask.names["task_id"]
    if task not in state.moves or ask.query.get("task_type") != "move":
        raise RefusedError(131005, task)
    document_id, space, parent = state.moves[task]
    document = state.documents[document_id]
    if task not in state.moving:
        state.moving.add(task)
        waiting = {"node": {}, "status": 1, "status_msg": "processing"}
        return {"task": {"task_id": task, "move_result": [waiting]}}
    if not document.node:
        _put(state, document, state.spaces[space], parent)
    node = _told(state, state.nodes[document.node])
    done = {"node": node, "status": 0, "status_msg": "success"}
    return {"task": {"task_id": task, "move_result": [done]}}


def _put(state: State, document: Document, space: Space, parent: str) -> WikiNode:
    node = WikiNode(f"wik{secrets.token_hex(12)}", space.id, parent, document.id, state.number())
    state.nodes[node.token] = node
    document.node, document.folder = node.token, ""
    return node


def _space(state: State, ask: Ask, need: str) -> Space:
    name = ask.names["space_id"]
    if name == LIBRARY:
        if ask.who.user is None:
            raise RefusedError(131002, "an app has no library")
        return _library(state, ask.who.id)
    if name not in state.spaces:
        raise RefusedError(131005, name)
    if not allows(state.spaces[name].members.get(ask.who.id, ""), need):
        raise RefusedError(131006, name)
    return state.spaces[name]


def _library(state: State, user: str) -> Space:
    found = (each for each in state.spaces.values() if each.name == LIBRARY)
    own = (each for each in found if user in each.members)
    return next(own, None) or state.space(LIBRARY, **{user: "full_access"})


def _check_parent(state: State, space: Space, parent: str) -> None:
    if parent and (parent not in state.nodes or state.nodes[parent].space != space.id):
        raise RefusedError(131005, parent)


def _told_space(space: Space) -> dict[str, Any]:
    return {
        "space_id": space.id,
        "name": space.name,
        "description": "",
        "space_type": "team",
        "visibility": "private",
        "open_sharing": "closed",
    }


def _told(state: State, node: WikiNode) -> dict[str, Any]:
    document, time = state.documents[node.document], str(TIME + node.made)
    return {
        "space_id": node.space,
        "node_token": node.token,
        "obj_token": document.id,
        "obj_type": "docx",
        "parent_node_token": node.parent,
        "node_type": "origin",
        "origin_node_token": node.token,
        "origin_space_id": node.space,
        "has_child": any(each.parent == node.token for each in state.nodes.values()),
        "title": document.title,
        "obj_create_time": time,
        "obj_edit_time": time,
        "node_create_time": time,
        "creator": document.owner,
        "owner": document.owner,
    }


_READ = ("wiki:wiki", "wiki:wiki:readonly")
_SPACE = "/open-apis/wiki/v2/spaces/:space_id/nodes"
ROUTES = [
    Route("GET", "/open-apis/wiki/v2/spaces", list_spaces, (*_READ, "wiki:space:retrieve")),
    Route("GET", "/open-apis/wiki/v2/spaces/get_node", get_node, (*_READ, "wiki:node:read")),
    Route("GET", _SPACE, list_nodes, (*_READ, "wiki:node:retrieve")),
    Route(
        "POST",
        _SPACE,
        create,
        ("wiki:wiki", "wiki:node:create"),
        (Limit("create_node", 100, 60),),
    ),
    Route("DELETE", f"{_SPACE}/:node_token", delete, ("wiki:wiki", "wiki:node:create")),
    Route(
        "POST",
        f"{_SPACE}/move_docs_to_wiki",
        move,
        ("wiki:wiki", "wiki:node:move"),
        (Limit("move", 100, 60),),
    ),
    Route("GET", "/open-apis/wiki/v2/tasks/:task_id", get_task, (*_READ, "wiki:node:read")),
]
