"""The places that notes may go to, as a person chooses one: folders, wikis, and their nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct

from ...errors import DeliveryRejected
from ...protocol import fault_of
from .. import Destination, Destinations
from .client import Client
from .faults import RefusedError

FILES = "/open-apis/drive/v1/files"
SPACES = "/open-apis/wiki/v2/spaces"
#: Files and nodes of one answer.
FILES_AT_ONCE, NODES_AT_ONCE = 200, 50
#: Answers of one list: more than the 1,500 files of a folder and the 2,000 children of a node.
MOST = 50

#: A wiki, a node of one, or a folder.
_BELOW = re.compile(
    r"(?P<space>[0-9]{1,30})(?:/(?P<node>[A-Za-z0-9_-]{1,100}))?|(?P<folder>[A-Za-z0-9_-]{1,100})"
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


class _Nodes(_Page, frozen=True):
    items: list[_Node] = []


async def places_below(client: Client, below: str) -> Destinations:
    """The folders of a folder, or the nodes of a wiki or below a node; within `signed_in`.

    *below* is the token of one of these, as an earlier answer tells it. Empty: the folders of the
    root and the wikis; where one of both may not be seen, the other is told, with a warning.

    Raises:
        DeliveryRejected: *below* names no place.
        DeliveryError, SettingsError: As `Client.ask`.
    """
    if not below:
        return await _first(client)
    found = _BELOW.fullmatch(below)
    if found is None:
        raise DeliveryRejected(
            "place-unknown",
            f"“{below[:50]}” names no place of {client.access.title}.",
            f"Take the token of one from: guidang places {client.access.name}",
        )
    if found["space"]:
        return Destinations(await _nodes(client, found["space"], found["node"] or ""))
    return Destinations(await _folders(client, found["folder"]))


async def _first(client: Client) -> Destinations:
    places: list[Destination] = []
    refusals: list[RefusedError] = []
    for listed in (_root, _wikis):
        try:
            places += await listed(client)
        except RefusedError as error:
            refusals.append(error)
    if len(refusals) == 2:
        raise refusals[0]
    return Destinations(places, fault_of(refusals[0]) if refusals else None)


async def _root(client: Client) -> list[Destination]:
    return await _folders(client, "")


async def _folders(client: Client, folder: str) -> list[Destination]:
    # The root is told as a whole, and knows no pages.
    query = {"folder_token": folder, "page_size": str(FILES_AT_ONCE)} if folder else {}
    pages = await _pages(client, FILES, _Files, query)
    files = [file for page in pages for file in page.files if file.type == "folder"]
    return [
        Destination(file.name, file.token, "folder", _settings(folder=file.token))
        for file in files
        if _TOKEN.fullmatch(file.token)
    ]


async def _wikis(client: Client) -> list[Destination]:
    pages = await _pages(client, SPACES, _Spaces, {"page_size": str(NODES_AT_ONCE)})
    return [
        Destination(space.name, space.space_id, "wiki", _settings(wiki=space.space_id))
        for page in pages
        for space in page.items
        if _TOKEN.fullmatch(space.space_id)
    ]


async def _nodes(client: Client, space: str, parent: str) -> list[Destination]:
    query = {"parent_node_token": parent, "page_size": str(NODES_AT_ONCE)}
    pages = await _pages(client, f"{SPACES}/{space}/nodes", _Nodes, query)
    return [
        Destination(
            node.title,
            f"{space}/{node.node_token}",
            "node",
            _settings(wiki=space, wiki_parent=node.node_token),
        )
        for page in pages
        for node in page.items
        if _TOKEN.fullmatch(node.node_token)
    ]


def _settings(**chosen: str) -> dict[str, str]:
    """All that says where notes go: a place before it is let go."""
    return {"folder": "", "wiki": "", "wiki_parent": "", **chosen}


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
