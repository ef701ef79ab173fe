"""Folders with a daemon's state in them, and that daemon, with threads for workers."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from daemon.app import Daemon
from daemon.protocol import CaptureRequest, Edit, encode
from tests.faults.kill_points import SETTINGS, is_untold, notes, running

#: What a folder holds before it is damaged: each ends in another state.
TITLES = ("Tides", "Moon", "Sea", "Empty", "Draft")
#: Of the draft, as its user wrote it.
SUMMARY = "The draft in my own words."


@dataclass
class Home:
    """The state folder of a daemon that has done its work."""

    folder: Path
    ids: dict[str, str]  #: of the captures, by title

    @property
    def database(self) -> Path:
        return self.folder / "outbox.sqlite"

    def copy(self, folder: Path) -> Home:
        shutil.copytree(self.folder, folder)
        (folder / "settings.toml").write_text(SETTINGS.format(folder=folder), "utf-8")
        return Home(folder, self.ids)

    def notes(self) -> dict[str, str]:
        """The text of each note, by its place."""
        return {
            str(path.relative_to(self.folder)): path.read_text("utf-8")
            for path in notes(self.folder)
        }

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Daemon]:
        async with asyncio.timeout(60), running(self.folder) as (here, _):
            yield here


def a_request(title: str) -> CaptureRequest:
    text = "" if title == "Empty" else f"<h1>{title}</h1><p>The {title} comes and goes again.</p>"
    return CaptureRequest(
        id=str(uuid.uuid4()),
        url=f"https://example.org/{title}",
        title=title,
        html=text,
        captured_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        draft=title == "Draft",
    )


async def a_home(folder: Path) -> Home:
    """Three notes in two places, a draft whose summary was edited, and a capture that failed."""
    (folder / "second").mkdir(parents=True)
    (folder / "settings.toml").write_text(SETTINGS.format(folder=folder), "utf-8")
    home = Home(folder, {})
    async with home.at_work() as here:
        await fill(home, here)
    return home


async def a_killed_home(folder: Path) -> Home:
    """The same, as a daemon leaves it that is killed: what it wrote last is in the WAL alone."""
    home = await a_home(folder.with_name(f"{folder.name}.before"))
    async with home.at_work() as here:
        home.ids["Late"] = await accept(here, a_request("Late"))
        await until_done(here)
        return home.copy(folder)


async def fill(home: Home, here: Daemon) -> None:
    for title in TITLES:
        home.ids[title] = await accept(here, a_request(title))
    await until_done(here)
    await here.outbox.edit(home.ids["Draft"], Edit(summary=SUMMARY))


async def accept(here: Daemon, request: CaptureRequest) -> str:
    await here.outbox.accept(request, encode(request), now=datetime.now(UTC))
    here.pipeline.look()
    return request.id


async def until_done(here: Daemon) -> None:
    """Wait until only a person could go on."""
    async with asyncio.timeout(30), here.events.listen() as told:
        while await _is_to_be_read(here) or await _on_its_way(here):
            here.dispatch.look()
            try:
                await asyncio.wait_for(told.get(), 0.05)  # the search is told without an event
            except TimeoutError:
                continue


async def _is_to_be_read(here: Daemon) -> bool:
    return bool(await here.outbox.to_read()) or await is_untold(here)


async def _on_its_way(here: Daemon) -> bool:
    _, deliveries = await here.outbox.counts()
    return bool(deliveries["waiting"] or deliveries["sending"])
