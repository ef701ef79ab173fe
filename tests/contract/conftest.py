"""What every kind of backend and summarizer needs to be put to the same tests.

A kind that is found but not described here fails its tests: a new one adds its entry.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import stamina

from daemon import backends, summarizers
from daemon.backends import Backend
from daemon.kinds import kinds
from daemon.model import Note
from daemon.presence import Folders
from daemon.settings import Settings
from daemon.spool import Spool
from daemon.stages import load
from daemon.summarizers import Summarizer
from daemon.workers import Workers
from tests.fakes import feishu_notes, summarizing
from tests.fakes.aimock_server import aimock
from tests.fakes.feishu import feishu_server
from tests.fakes.feishu_state import TENANT
from tests.fakes.feishu_tree import Document
from tests.fakes.github_proxy import github_proxy
from tests.fakes.github_server import TOKEN, Repo
from tests.fakes.surroundings import surroundings

BACKENDS = kinds(backends.__name__, backends.GROUP)
SUMMARIZERS = kinds(summarizers.__name__, "guidang.summarizers")


@dataclass
class Site:
    """Where a backend stores notes in a test.

    `table` holds its settings, and `where` is what a person calls the place; `notes` are the notes
    that lie there now, by their place as receipts name it, and `assets` their images, by name;
    `written` is what there is of a note then: for a place of files, its Markdown. `break_it` makes
    it unreachable for a while, in its own way, and returns what mends it. What is kept in `spool`
    can be delivered; `folders` are those that are known.
    """

    table: dict[str, Any]
    where: str
    notes: Callable[[], dict[str, bytes]]
    assets: Callable[[], dict[str, bytes]]
    break_it: Callable[[], Callable[[], None]]
    spool: Spool
    folders: Folders
    written: Callable[[Note], bytes] = lambda note: note.markdown.encode()
    secrets: dict[str, str] = field(default_factory=dict)
    snapshot: bytes | None = None
    at_end: ExitStack = field(default_factory=ExitStack)  #: what the place itself has open

    def connected(self) -> Backend:
        """The backend as the daemon connects it; a new one each time, as after a restart."""
        settings = Settings(backends={"tested": self.table})

        given = surroundings(
            secret=self.secrets.get,
            asset=self.spool.asset,
            recognize=self.folders.recognize,
            **self.pages(),
        )
        return backends.connect("tested", settings, given)

    def pages(self) -> dict[str, Any]:
        """What gives the page of a note, where one is kept."""
        if (page := self.snapshot) is None:
            return {}

        async def snapshot(_: str) -> bytes:
            return page

        return {"snapshot": snapshot}


def _local(folder: Path, **settings: Any) -> Site:
    notes = folder / "notes"
    notes.mkdir()
    spool = Spool(folder / "spool")
    spool.open()
    if settings.get("git"):
        subprocess.run(["git", "init", "--quiet", str(notes)], check=True, timeout=30)

    def unmount() -> Callable[[], None]:
        away = notes.rename(folder / "away")
        notes.mkdir()  # the mount point

        def mount() -> None:
            notes.rmdir()  # and nothing is in it
            away.rename(notes)

        return mount

    return Site(
        table={"kind": "local", "folder": str(notes), **settings},
        where=str(notes),
        notes=lambda: {
            str(path): data
            for path, data in _files(notes)
            if path.parent.name != "assets" and path.suffix != ".html"
        },
        assets=lambda: {
            path.name: data for path, data in _files(notes) if path.parent.name == "assets"
        },
        break_it=unmount,
        spool=spool,
        folders=Folders(folder / "state"),
        snapshot=b"<!doctype html>",
    )


def _github(folder: Path, **settings: Any) -> Site:
    repo, spool, at_end = Repo(), Spool(folder / "spool"), ExitStack()
    spool.open()
    proxy = at_end.enter_context(github_proxy(repo.api))

    def take_down() -> Callable[[], None]:
        proxy.down = True
        return lambda: setattr(proxy, "down", False)

    def files(*, of_assets: bool) -> dict[str, bytes]:
        found = {PurePosixPath(path): data for path, data in repo.files().items()}
        return {
            path.name if of_assets else f"{repo.full_name}/{path}": data
            for path, data in found.items()
            if (path.parent.name == "assets") is of_assets and path.suffix != ".html"
        }

    return Site(
        table={
            "kind": "github",
            "repository": repo.full_name,
            "api": proxy.url,
            **settings,
        },
        where=repo.full_name,
        notes=lambda: files(of_assets=False),
        assets=lambda: files(of_assets=True),
        break_it=take_down,
        spool=spool,
        folders=Folders(folder / "state"),
        secrets={"tested": TOKEN},
        snapshot=b"<!doctype html>",
        at_end=at_end,
    )


def _feishu(folder: Path, *, wiki: bool = False, **settings: Any) -> Site:
    spool, at_end = Spool(folder / "spool"), ExitStack()
    spool.open()
    server = at_end.enter_context(feishu_server())
    at_end.enter_context(stamina.set_testing(True, attempts=100, cap=True))
    state, app = server.state, server.app
    state.rates.on = False
    where = {"wiki": state.space(**{app.id: "edit"}).id} if wiki else {}
    place = where or {"folder": state.folder(app.id).token}

    def take_down() -> Callable[[], None]:
        server.down = True
        return lambda: setattr(server, "down", False)

    def named(document: Document) -> str:
        node = f"wiki/{document.node}/" if wiki else ""
        return f"{urlsplit(TENANT).netloc}/{node}docx/{document.id}"

    def lost(note: Note) -> set[str]:
        return {each.name for each in note.assets if not spool.asset(each.name).exists()}

    def assets() -> dict[str, bytes]:
        tokens = (image.content["token"] for each in state.kept for image in each.images)
        shown = (state.uploads[token] for token in tokens)
        return {upload.name: upload.data for upload in shown}

    return Site(
        table={
            "kind": "feishu",
            "app_id": app.id,
            "api": server.url,
            **place,
            **settings,
        },
        where=next(iter(place.values())),
        notes=lambda: {
            named(each): feishu_notes.stored(each, state.uploads) for each in state.kept
        },
        assets=assets,
        break_it=take_down,
        spool=spool,
        folders=Folders(folder / "state"),
        written=lambda note: feishu_notes.meant(note, without=lost(note)),
        secrets={"tested": app.secret},
        at_end=at_end,
    )


def _files(folder: Path) -> list[tuple[Path, bytes]]:
    """What lies in *folder* and below, but for what belongs to git."""
    paths = (path for path in folder.rglob("*") if ".git" not in path.parts)
    return [(path, path.read_bytes()) for path in paths if path.is_file()]


#: How to set up each kind of backend in an empty folder.
SITES: dict[str, Callable[[Path], Site]] = {
    "local": _local,
    "github": _github,
    "feishu": _feishu,
}
#: Settings of a kind that change what it does; each is put to the same tests.
VARIATIONS: dict[str, Callable[[Path], Site]] = {
    "local, named": lambda folder: _local(
        folder,
        subfolder="{{ archived.year }}/{{ site }}/{{ title }}",
        name="{{ archived.strftime('%Y-%m-%d') }} {{ title }}",
    ),
    "local, overwrite": lambda folder: _local(folder, again="overwrite"),
    "local, skip": lambda folder: _local(folder, again="skip"),
    "local, snapshot": lambda folder: _local(folder, snapshot=True),
    "github, all": lambda folder: _github(
        folder,
        subfolder="{{ archived.year }}/{{ site }}/{{ title }}",
        name="{{ archived.strftime('%Y-%m-%d') }} {{ title }}",
        again="overwrite",
        snapshot=True,
        author="A Reader <reader@example.org>",
        message="Keep {{ title }}",
    ),
    "feishu, all": lambda folder: _feishu(
        folder, wiki=True, share_with="oc_readers", again="overwrite"
    ),
    "local, git": lambda folder: _local(folder, git=True),
    "local, all": lambda folder: _local(
        folder, subfolder="{{ site }}/x", again="overwrite", snapshot=True, git=True
    ),
}
#: The settings of each kind of summarizer, and for one that asks a service, which that is.
TABLES: dict[str, Callable[[pytest.FixtureRequest], dict[str, Any]]] = {
    "extract": lambda _: {"kind": "extract"},
    "claude": lambda request: {
        "kind": "claude",
        "service": "own",
        "api": request.getfixturevalue("service"),
        "model": "tide-notes",
    },
}


@pytest.fixture(params=[*BACKENDS, *VARIATIONS])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A place for notes, of each kind in turn."""
    sites = SITES | VARIATIONS
    assert request.param in sites, f"say in {__file__} how to set up “{request.param}”"
    made = sites[request.param](tmp_path)
    with made.at_end:
        yield made


@pytest.fixture
async def backend(site: Site) -> AsyncIterator[Backend]:
    connected = site.connected()
    yield connected
    await connected.close()


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """One for all: it takes half a second to start."""
    started = Workers(1, load=load)
    yield started
    asyncio.run(started.close())


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The base URL of a service of models."""
    with aimock() as url:
        yield url


@pytest.fixture(params=SUMMARIZERS)
def summarizer(request: pytest.FixtureRequest, workers: Workers) -> Summarizer:
    """A summarizer of each kind in turn."""
    assert request.param in TABLES, f"say in {__file__} how to set up “{request.param}”"
    table = TABLES[request.param](request)
    return summarizers.connect(table, summarizing.surroundings(workers=workers))


@pytest.fixture
def offline(workers: Workers) -> Summarizer:
    """The one that asks nobody."""
    return summarizers.connect({"kind": "extract"}, summarizing.surroundings(workers=workers))
