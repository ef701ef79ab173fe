"""Where notes may go at Feishu is chosen from a list, of folders and wikis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon import backends
from daemon.backends import Destination, Destinations
from daemon.errors import DeliveryRejected, SettingsError
from daemon.settings import Settings
from tests.fakes.feishu import FeishuServer, changed, feishu_server, refusal
from tests.fakes.feishu_state import Space
from tests.fakes.surroundings import surroundings
from tests.unit.daemon.feishu_asking import Asking
from tests.unit.daemon.running import RunningDaemon

pytestmark = pytest.mark.usefixtures("no_pauses")

FILES, SPACES = "/open-apis/drive/v1/files", "/open-apis/wiki/v2/spaces"
METAS = "/open-apis/drive/v1/metas/batch_query"
ROOT = Destination("", "", "root", {"folder": "", "wiki": "", "wiki_parent": ""})


#: Addresses of other things, and what only looks like one.
STRANGE = [
    "https://example.feishu.cn/docx/doxcn1",
    "https://example.feishu.cn/drive/folder/",
    "https://example.feishu.cn/drive/folder/a%2Fb",
    "ftp://example.feishu.cn/drive/folder/fld",
    "https://example.feishu.cn/?/drive/folder/fld",
    "https://" + "/a" * 5_000,
]


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    with feishu_server() as made:
        yield made


@pytest.fixture
def asking(server: FeishuServer, tmp_path: Path) -> Asking:
    return Asking(server, tmp_path)


async def told(asking: Asking, below: str = "", **settings: Any) -> Destinations:
    table = {"kind": "feishu", "app_id": asking.app.id, "api": asking.server.url, **settings}
    given = surroundings(
        name="notes",
        state=asking.state,
        secret=asking.keychain.get,
        keep_secret=asking.keychain.put,
    )
    return await backends.places("notes", Settings(backends={"notes": table}), given, below)


async def refused(asking: Asking, below: str = "", **settings: Any) -> DeliveryRejected:
    with pytest.raises(DeliveryRejected) as raised:
        await told(asking, below, **settings)
    asking.check(raised.value)
    return raised.value


def names(found: Destinations) -> list[str]:
    return sorted(place.name for place in found.places)


def root(asking: Asking, who: str = "") -> str:
    """The token of the root folder of the app, or of somebody else."""
    state, owner = asking.server.state, who or asking.app.id
    roots = (
        f.token for f in state.folders.values() if (f.owner, f.parent, f.name) == (owner, "", "")
    )
    return next(roots, "") or state.folder(owner, "").token


async def node(asking: Asking, space: Space, title: str, parent: str = "") -> str:
    """The token of a new node of a wiki."""
    client = asking.client()
    asked = {"obj_type": "docx", "node_type": "origin", "title": title}
    asked |= {"parent_node_token": parent} if parent else {}
    async with client.signed_in():
        made = await client.ask("POST", f"{SPACES}/{space.id}/nodes", dict[str, Any], asked)
    return str(made["node"]["node_token"])


async def test_the_first_are_the_folders_of_the_root_and_the_wikis(asking: Asking) -> None:
    top = root(asking)
    folder = asking.server.state.folder(asking.app.id, "Tides", top)
    space = asking.server.state.space("Library", **{asking.app.id: "edit"})
    asking.server.state.space("Of others", ou_1="edit")
    client = asking.client()
    async with client.signed_in():
        await asking.make(client, "No folder")

    assert await told(asking) == Destinations(
        [
            Destination(
                "Tides",
                folder.token,
                "folder",
                {"folder": folder.token, "wiki": "", "wiki_parent": ""},
            ),
            Destination(
                "Library", space.id, "wiki", {"folder": "", "wiki": space.id, "wiki_parent": ""}
            ),
        ],
        here=ROOT,
        chosen=ROOT,
    )


async def test_below_a_folder_are_its_folders(asking: Asking) -> None:
    state = asking.server.state
    folder = state.folder(asking.app.id, "Tides", root(asking))
    state.folder(asking.app.id, "High", folder.token)
    state.folder(asking.app.id, "Elsewhere", root(asking))

    assert names(await told(asking, folder.token)) == ["High"]


async def test_below_a_wiki_are_its_nodes_and_below_these_theirs(asking: Asking) -> None:
    space = asking.server.state.space("Library", **{asking.app.id: "edit"})
    above = await node(asking, space, "Tides")
    below = await node(asking, space, "High", above)
    first = await told(asking, space.id)
    second = await told(asking, first.places[0].token)

    assert names(first) == ["Tides"]
    assert second.places == [
        Destination(
            "High",
            f"{space.id}/{below}",
            "node",
            {"folder": "", "wiki": space.id, "wiki_parent": below},
        )
    ]


async def test_long_lists_are_told_whole(asking: Asking) -> None:
    state = asking.server.state
    folder = state.folder(asking.app.id, "Many", root(asking))
    for number in range(201):
        state.folder(asking.app.id, f"{number}", folder.token)
    for number in range(51):
        state.space(f"{number}", **{asking.app.id: "edit"})

    assert len((await told(asking, folder.token)).places) == 201
    assert len((await told(asking)).places) == 51 + 1
    assert asking.count(FILES, "GET") == 2 + 1
    assert asking.count(SPACES, "GET") == 2


async def test_a_list_without_an_end_is_left(asking: Asking) -> None:
    more = {"has_more": True, "page_token": "page0"}
    endless = changed(lambda body: body | {"data": body["data"] | more})
    asking.server.on("GET", f"{SPACES}\\?", *[endless] * 60)
    asking.server.state.space("Library", **{asking.app.id: "edit"})
    await told(asking)

    assert asking.count(SPACES, "GET") == 50


async def test_what_no_settings_could_hold_is_not_told(asking: Asking) -> None:
    strange = {"token": "fld; rm -rf ~", "name": "Strange", "type": "folder"}
    reply = changed(lambda body: body | {"data": {"files": [strange], "has_more": False}})
    asking.server.on("GET", FILES, reply)

    assert names(await told(asking)) == []


async def test_a_place_that_is_told_can_be_chosen(asking: Asking) -> None:
    folder = asking.server.state.folder(asking.app.id, "Tides", root(asking))
    (place,) = (await told(asking)).places
    client = asking.client(**place.settings)
    async with client.signed_in():
        id = await asking.make(client, folder_token=place.settings["folder"])

    assert asking.server.state.documents[id].folder == folder.token


async def test_a_person_is_told_what_the_person_may_see(asking: Asking) -> None:
    asking.signed_in()
    user, state = asking.server.user.open_id, asking.server.state
    state.folder(user, "Mine", root(asking, user))
    state.folder(asking.app.id, "Of the app", root(asking))
    state.space("Ours", **{user: "edit"})

    assert names(await told(asking, as_user=True)) == ["Mine", "Ours"]


# The places themselves, with their names.


async def test_the_place_that_was_asked_for_is_told_too(asking: Asking) -> None:
    state = asking.server.state
    folder = state.folder("ou_1", "Shared", **{asking.app.id: "edit"})
    space = state.space("Library", **{asking.app.id: "edit"})
    title = await node(asking, space, "Tides")
    settings = {"folder": folder.token, "wiki": "", "wiki_parent": ""}

    shared = await told(asking, folder.token)
    assert shared.here == Destination("Shared", folder.token, "folder", settings)
    assert shared.chosen is None
    below = (await told(asking, f"{space.id}/{title}")).here
    assert below is not None
    assert (below.name, below.kind) == ("Tides", "node")


@pytest.mark.parametrize("kind", ["folder", "node", "wiki", "wiki in the list"])
async def test_the_place_that_is_chosen_is_told_by_its_name(asking: Asking, kind: str) -> None:
    state = asking.server.state
    folder = state.folder("ou_1", "Shared", **{asking.app.id: "edit"})
    space = state.space("Library", **{asking.app.id: "edit"})
    title = await node(asking, space, "Tides")
    if kind == "wiki":
        space.members.clear()
    settings, name = {
        "folder": ({"folder": folder.token}, "Shared"),
        "node": ({"wiki": space.id, "wiki_parent": title}, "Tides"),
        "wiki": ({"wiki": space.id}, ""),
        "wiki in the list": ({"wiki": space.id}, "Library"),
    }[kind]

    chosen = (await told(asking, **settings)).chosen

    assert chosen is not None
    assert chosen.name == name
    assert chosen.settings == {"folder": "", "wiki": "", "wiki_parent": ""} | settings


async def test_a_place_without_a_name_is_told_all_the_same(asking: Asking) -> None:
    folder = asking.server.state.folder(asking.app.id, "Tides", root(asking))
    asking.server.on("POST", METAS, refusal(1061004), refusal(1061004))
    below = await told(asking, folder.token)
    gone = await told(asking, folder="fldgone")

    assert below.here is not None
    assert (below.here.name, below.here.token) == ("", folder.token)
    assert gone.chosen is not None
    assert (gone.chosen.name, gone.chosen.token) == ("", "fldgone")


@pytest.mark.parametrize(
    ("path", "ends"),
    [
        ("drive/folder/{folder}", ""),
        ("drive/shared/folder/{folder}", "?from=space_persnoal_filelist&x=1"),
        ("folder/{folder}", "/#top"),
        ("wiki/{node}", ""),
        ("wiki/{node}", "?fromScene=spaceOverview"),
        ("wiki/space/{space}", ""),
        ("wiki/settings/{space}", "/"),
    ],
)
async def test_a_place_is_found_by_its_address(asking: Asking, path: str, ends: str) -> None:
    folder = asking.server.state.folder("ou_1", "Shared", **{asking.app.id: "edit"})
    space = asking.server.state.space("Library", **{asking.app.id: "edit"})
    title = await node(asking, space, "Tides")
    address = path.format(folder=folder.token, node=title, space=space.id)
    here = (await told(asking, f"https://example.feishu.cn/{address}{ends}")).here

    assert here is not None
    assert (
        here.token
        == {"f": folder.token, "n": f"{space.id}/{title}", "s": space.id}[path[path.index("{") + 1]]
    )


# What is missing.


@pytest.mark.parametrize(
    ("scopes", "left", "missing"),
    [({"drive:drive"}, "Tides", "wiki:wiki"), ({"wiki:wiki"}, "Library", "drive:drive")],
)
async def test_folders_are_told_without_a_right_to_wikis_and_the_other_way_round(
    asking: Asking, scopes: set[str], left: str, missing: str
) -> None:
    asking.server.state.folder(asking.app.id, "Tides", root(asking))
    asking.server.state.space("Library", **{asking.app.id: "edit"})
    asking.app.scopes &= scopes
    found = await told(asking)

    assert names(found) == [left]
    assert found.warning is not None
    assert found.warning.code == "scope-missing"
    assert f"“{missing}”" in found.warning.message
    assert "/auth?q=" in found.warning.hint


async def test_without_any_right_its_lack_is_an_error(asking: Asking) -> None:
    asking.app.scopes.clear()
    error = await refused(asking)

    assert error.code == "scope-missing"
    assert "“drive:drive”" in error.message


async def test_a_right_that_a_list_below_needs_is_an_error(asking: Asking) -> None:
    space = asking.server.state.space("Library", **{asking.app.id: "edit"})
    asking.app.scopes.discard("wiki:wiki")
    error = await refused(asking, space.id)

    assert error.code == "scope-missing"


@pytest.mark.parametrize("below", ["7000000000000000000", "7/wik1", "fld"])
async def test_below_what_is_not_there_is_nothing(asking: Asking, below: str) -> None:
    assert (await refused(asking, below)).code == "place-missing"


@pytest.mark.parametrize(
    "below", ["a/b", "7/", "/", "7/a/b", "../tokens", "٣", "x" * 101, "fld\n", *STRANGE]
)
async def test_what_names_no_place_is_not_asked_for(asking: Asking, below: str) -> None:
    error = await refused(asking, below)

    assert error.code == "place-unknown"
    assert "guidang places notes" in error.hint
    assert not asking.server.seen


async def test_without_the_secret_of_the_app_nothing_is_told(asking: Asking) -> None:
    asking.keychain.kept.clear()

    assert (await refused(asking)).code == "app-secret-missing"


async def test_a_backend_without_a_list_says_so() -> None:
    settings = Settings(backends={"local": {"kind": "local"}})
    with pytest.raises(SettingsError) as raised:
        await backends.places("local", settings, surroundings(), "")

    assert raised.value.code == "places-unknown"
    assert raised.value.hint


# As a request and a command.


@pytest.fixture
def running(daemon: RunningDaemon, asking: Asking) -> RunningDaemon:
    daemon.environ["GUIDANG_SECRET_NOTES"] = asking.app.secret
    table = f'[backends.notes]\nkind = "feishu"\napp_id = "{asking.app.id}"\nwiki = "7"\n'
    daemon.settings(f'{table}api = "{asking.server.url}"\n[backends.local]\nkind = "local"\n')
    return daemon.start()


def test_places_are_a_request_and_a_command(running: RunningDaemon, asking: Asking) -> None:
    state = asking.server.state
    folder = state.folder(asking.app.id, "Tides", root(asking))
    state.folder(asking.app.id, "High", folder.token)
    answer = running.ask("GET", "/backends/notes/places")
    below = running.ask("GET", f"/backends/notes/places?below={folder.token}")

    (place,) = answer["places"]
    chosen = {"folder": folder.token, "wiki": "", "wiki_parent": ""}
    assert place == {"name": "Tides", "token": folder.token, "kind": "folder", "settings": chosen}
    assert answer["warning"] is None
    assert [each["name"] for each in below["places"]] == ["High"]
    assert json.loads(running.command("places", "notes", "--json").stdout) == answer
    command = ["places", "notes", "--below", folder.token, "--json"]
    assert json.loads(running.command(*command).stdout) == below


def test_the_command_shows_what_chooses_a_place(running: RunningDaemon, asking: Asking) -> None:
    folder = asking.server.state.folder(asking.app.id, "Ti\x1b[31mdes", root(asking))
    shown = running.command("places", "notes").stdout.splitlines()
    _, _, *changes = shown[1].split()
    running.command("settings", *changes)

    assert shown[0] == f"{folder.token}  Ti [31mdes (folder)"
    assert shown[1].strip().startswith("guidang settings backends.notes.folder=")
    notes = running.ask("GET", "/settings")["backends"]["notes"]
    assert notes["folder"] == folder.token
    assert "wiki" not in notes


def test_the_command_says_why_there_is_nothing(running: RunningDaemon, asking: Asking) -> None:
    empty = running.command("places", "notes")
    asking.app.scopes &= {"drive:drive"}
    partly = running.command("places", "notes")
    none = running.command("places", "local")
    strange = running.command("places", "notes", "--below", "a/b")

    assert "no place here" in empty.stderr
    assert "lacks the scope “wiki:wiki”" in partly.stderr
    assert (empty.returncode, partly.returncode) == (0, 0)
    assert "[places-unknown]" in none.stderr
    assert "[place-unknown]" in strange.stderr
    assert (none.returncode, strange.returncode) == (1, 1)
