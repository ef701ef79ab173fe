"""The places that notes may go to, as a person chooses one: folders, wikis, and their nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from ...errors import DeliveryRejected
from ...protocol import fault_of
from .. import Destination, Destinations
from .client import Client
from .faults import RefusedError
from .settings import Settings

FILES = "/open-apis/drive/v1/files"
METAS = "/open-apis/drive/v1/metas/batch_query"
SPACES = "/open-apis/wiki/v2/spaces"
NODE = f"{SPACES}/get_node"
#: Files and nodes of one answer.
FILES_AT_ONCE, NODES_AT_ONCE = 200, 50
#: Answers of one list: more than the 1,500 files of a folder and the 2,000 children of a node.
MOST = 50

#: A wiki, a node of one, or a folder.
_BELOW = re.compile(
    r"(?P<space>[0-9]{1,30})(?:/(?P<node>[A-Za-z0-9_-]{1,100}))?|(?P<folder>[A-Za-z0-9_-]{1,100})"
)
#: What a browser shows of a folder, a node or a wiki; of a node it does not name the wiki.
_ADDRESS = re.compile(
    r"https?://[^/?#\s]{1,260}(?:/[\w-]{1,40}){0,4}?/"
    r"(?:folder/(?P<folder>[A-Za-z0-9_-]{1,100})"
    r"|wiki/(?:space|settings)/(?P<space>[0-9]{1,30})"
    r"|wiki/(?P<node>[A-Za-z0-9_-]{1,100}))/?(?:[?#].*)?"
)
#: As the settings take it.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")


class _File(Struct, frozen=True):
    token: str
    name: str = ""
    type: str = ""


class _Page(Struct, frozen=True):
    has_more: bool = False
    page_token: str = ""


P = TypeVar("P", bound=_Page)


class _Files(_Page, frozen=True, rename={"page_token": "next_page_token"}):
    files: list[_File] = []
    page_token: str = ""  # one that is inherited is not renamed


class _Space(Struct, frozen=True):
    space_id: str
    name: str = ""


class _Spaces(_Page, frozen=True):
    items: list[_Space] = []


class _Node(Struct, frozen=True):
    node_token: str
    title: str = ""
    space_id: str = ""


class _Found(Struct, frozen=True):
    node: _Node


class _Titled(Struct, frozen=True):
    title: str = ""


class _Metas(Struct, frozen=True):
    metas: list[_Titled] = []


class _Nodes(_Page, frozen=True):
    items: list[_Node] = []


async def places_below(client: Client, settings: Settings, below: str) -> Destinations:
    """The folders of a folder, or the nodes of a wiki or below a node; within `signed_in`.

    *below* is the token of one of these, as an earlier answer tells it, or its address in a
    browser. Empty: the folders of the root and the wikis; where one of both may not be seen, the
    other is told, with a warning.

    Raises:
        DeliveryRejected: *below* names no place.
        DeliveryError, SettingsError: As `Client.ask`.
    """
    if not below:
        return await _first(client, settings)
    here = await _asked_for(client, below)
    if here.kind == "folder":
        places = await _folders(client, here.token)
    else:
        places = await _nodes(client, here.settings["wiki"], here.settings["wiki_parent"])
    return Destinations(places, here=await _named(client, here))


async def _asked_for(client: Client, below: str) -> Destination:
    """The place that *below* means."""
    if found := _BELOW.fullmatch(below):
        if found["space"]:
            return _at(wiki=found["space"], wiki_parent=found["node"] or "")
        return _at(folder=found["folder"])
    if found := _ADDRESS.fullmatch(below):
        if found["folder"]:
            return _at(folder=found["folder"])
        if found["space"]:
            return _at(wiki=found["space"])
        node = await _node(client, found["node"])
        if _TOKEN.fullmatch(node.space_id) and _TOKEN.fullmatch(node.node_token):
            return _at(node.title, wiki=node.space_id, wiki_parent=node.node_token)
    raise DeliveryRejected(
        "place-unknown",
        f"“{below[:50]}” names no place of {client.access.title}.",
        f"Take the address of a folder or a wiki page, or a token from: guidang places "
        f"{client.access.name}",
    )


async def _first(client: Client, settings: Settings) -> Destinations:
    places: list[Destination] = []
    refusals: list[RefusedError] = []
    for listed in (_root, _wikis):
        try:
            places += await listed(client)
        except RefusedError as error:
            refusals.append(error)
    if len(refusals) == 2:
        raise refusals[0]
    warning = fault_of(refusals[0]) if refusals else None
    chosen = _at(folder=settings.folder, wiki=settings.wiki, wiki_parent=settings.wiki_parent)
    known = next((place for place in places if place.settings == chosen.settings), None)
    return Destinations(places, warning, here=_at(), chosen=known or await _named(client, chosen))


async def _root(client: Client) -> list[Destination]:
    return await _folders(client, "")


async def _folders(client: Client, folder: str) -> list[Destination]:
    # The root is told as a whole, and knows no pages.
    query = {"folder_token": folder, "page_size": str(FILES_AT_ONCE)} if folder else {}
    pages = await _pages(client, FILES, _Files, query)
    files = [file for page in pages for file in page.files if file.type == "folder"]
    return [_at(file.name, folder=file.token) for file in files if _TOKEN.fullmatch(file.token)]


async def _wikis(client: Client) -> list[Destination]:
    pages = await _pages(client, SPACES, _Spaces, {"page_size": str(NODES_AT_ONCE)})
    return [
        _at(space.name, wiki=space.space_id)
        for page in pages
        for space in page.items
        if _TOKEN.fullmatch(space.space_id)
    ]


async def _nodes(client: Client, space: str, parent: str) -> list[Destination]:
    query = {"parent_node_token": parent, "page_size": str(NODES_AT_ONCE)}
    pages = await _pages(client, f"{SPACES}/{space}/nodes", _Nodes, query)
    return [
        _at(node.title, wiki=space, wiki_parent=node.node_token)
        for page in pages
        for node in page.items
        if _TOKEN.fullmatch(node.node_token)
    ]


def _at(name: str = "", *, folder: str = "", wiki: str = "", wiki_parent: str = "") -> Destination:
    """A place, with all that says where notes go: a place before it is let go."""
    settings = {"folder": folder, "wiki": wiki, "wiki_parent": wiki_parent}
    if wiki_parent:
        return Destination(name, f"{wiki}/{wiki_parent}", "node", settings)
    if wiki:
        return Destination(name, wiki, "wiki", settings)
    return Destination(name, folder, "folder" if folder else "root", settings)


async def _named(client: Client, place: Destination) -> Destination:
    """The place with its name, where the service tells it: nobody needs more of it to choose."""
    try:
        return msgspec.structs.replace(place, name=place.name or await _name(client, place))
    except RefusedError:
        return place


async def _name(client: Client, place: Destination) -> str:
    if place.kind == "node":
        return (await _node(client, place.settings["wiki_parent"])).title
    if place.kind == "folder":
        asked = {"request_docs": [{"doc_token": place.token, "doc_type": "folder"}]}
        found = await client.ask("POST", METAS, _Metas, asked)
        return next((meta.title for meta in found.metas), "")
    return ""


async def _node(client: Client, token: str) -> _Node:
    return (await client.ask("GET", NODE, _Found, query={"token": token})).node


async def _pages(client: Client, path: str, kind: type[P], query: Mapping[str, str]) -> list[P]:
    """The answers of a list, one after the other."""
    found: list[P] = []
    asked = dict(query)
    while len(found) < MOST:
        found.append(await client.ask("GET", path, kind, query=asked))
        if not (found[-1].has_more and found[-1].page_token):
            break
        asked["page_token"] = found[-1].page_token
    return found
