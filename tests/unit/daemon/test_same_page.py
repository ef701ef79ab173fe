"""A page that is archived again: its note goes where settings say, and over no later one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon import app, backoff
from daemon.app import Daemon
from daemon.model import Delivery, DeliveryState
from daemon.protocol import CaptureRequest, encode
from daemon.settings import Places
from tests.faults.kill_points import Here

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@dataclass
class AtWork:
    """A daemon whose one backend is a folder, which may not be there."""

    daemon: Daemon
    folder: Path

    async def archive(self, text: str, *, captured_at: datetime = NOW, draft: bool = False) -> str:
        made = CaptureRequest(
            id=str(uuid.uuid4()),
            url="https://example.org/tides?from=mail",
            canonical="https://example.org/tides",
            title="Tides",
            html=f"<h1>Tides</h1><p>The tides of {text} come and go twice a day.</p>",
            captured_at=captured_at,
            draft=draft,
        )
        await self.daemon.outbox.accept(made, encode(made), now=datetime.now(UTC))
        self.daemon.pipeline.look()
        return made.id

    async def update(self, note: str, text: str) -> str:
        """Archive the page as the new version of *note*."""
        id = await self.archive(text, draft=True)
        await self.daemon.outbox.send_off(id, None, updates=note)
        self.daemon.pipeline.look()
        return id

    async def until(self, id: str, state: DeliveryState, *, failed: bool = False) -> Delivery:
        """The delivery of note *id* in a *state*; one that *failed* has been tried."""
        async with asyncio.timeout(30), self.daemon.events.listen() as told:
            while True:
                for each in (await self.daemon.outbox.view(id)).deliveries:
                    if each.state == state and bool(each.error) == failed:
                        return each
                await told.get()

    async def versions(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each note of the library with those that it replaces, once it knows all of them."""
        async with asyncio.timeout(30), self.daemon.events.listen() as told:
            while await self.daemon.outbox.to_index(limit=1):
                await told.get()
        return [(each.id, each.older_versions) for each in await self.daemon.library.search("")]

    @property
    def notes(self) -> dict[str, str]:
        """Of each file, the word that tells its text from the others."""
        texts = {path.name: path.read_text() for path in sorted(self.folder.glob("*.md"))}
        return {name: text.split("The tides of ")[1].split()[0] for name, text in texts.items()}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "Workers", Here)
    monkeypatch.setattr(app, "ROUND", 0.02)
    monkeypatch.setattr(backoff, "FIRST_PAUSE", timedelta(milliseconds=20))
    monkeypatch.setattr(backoff, "LAST_PAUSE", timedelta(milliseconds=50))


def _lay_out(home: Path, folder: Path, again: str) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(
        f'[backends.local]\nfolder = "{folder.as_posix()}"\nagain = "{again}"\n'
    )


@asynccontextmanager
async def at_work(home: Path, again: str) -> AsyncIterator[AtWork]:
    _lay_out(home, home.with_name("notes"), again)
    async with running(home) as here:
        yield here


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[AtWork]:
    daemon = Daemon(Places.of(str(home)))
    async with daemon.opened():
        work = asyncio.create_task(daemon.run())
        yield AtWork(daemon, home.with_name("notes"))
        daemon.stop()
        await work


async def test_notes_of_one_page_that_had_to_wait_go_out_in_their_order(tmp_path: Path) -> None:
    async with at_work(tmp_path / "home", "overwrite") as here:
        first = await here.archive("Monday")
        await here.until(first, DeliveryState.WAITING, failed=True)
        second = await here.archive("Tuesday")
        await here.until(second, DeliveryState.WAITING)
        here.folder.mkdir()
        third = await here.archive("Wednesday")
        places = {
            (await here.until(id, DeliveryState.DELIVERED)).receipt.place  # type: ignore[union-attr]  # delivered
            for id in (first, second, third)
        }

        assert here.notes == {"Tides.md": "Wednesday"}
        assert places == {str(here.folder / "Tides.md")}


async def test_a_note_of_an_earlier_capture_never_takes_the_place_of_a_later_one(
    tmp_path: Path,
) -> None:
    async with at_work(tmp_path / "home", "overwrite") as here:
        here.folder.mkdir()
        new = await here.archive("today")
        await here.until(new, DeliveryState.DELIVERED)
        old = await here.archive("yesterday", captured_at=NOW - timedelta(days=1))
        await here.until(old, DeliveryState.DELIVERED)

        assert here.notes == {"Tides.md": "today", "Tides (2).md": "yesterday"}


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ("skip", {"Tides.md": "classic", "Tides (2).md": "plain"}),
        ("version", {"Tides.md": "classic", "Tides (2).md": "plain"}),
        ("overwrite", {"Tides.md": "plain"}),
    ],
)
async def test_a_note_that_is_made_anew_is_stored_whatever_becomes_of_the_page_archived_again(
    tmp_path: Path, again: str, expected: dict[str, str]
) -> None:
    async with at_work(tmp_path / "home", again) as here:
        here.folder.mkdir()
        id = await here.archive("once")
        await here.until(id, DeliveryState.DELIVERED)
        here.daemon.change_settings({"template": "plain"})
        remade = await here.daemon.versions.remake(id)
        delivery = await here.until(remade.capture, DeliveryState.DELIVERED)

        forms = {
            path.name: "classic" if "**URL**" in path.read_text() else "plain"
            for path in here.folder.glob("*.md")
        }
        assert forms == expected
        assert delivery.receipt is not None
        assert forms[Path(delivery.receipt.place).name] == "plain"
        assert (await here.daemon.versions.remake(id)).outcome == "unchanged"


@pytest.mark.parametrize("again", ["skip", "version", "overwrite"])
async def test_an_update_takes_the_place_of_the_note_whatever_the_settings_say(
    tmp_path: Path, again: str
) -> None:
    async with at_work(tmp_path / "home", again) as here:
        here.folder.mkdir()
        first = await here.archive("Monday")
        await here.until(first, DeliveryState.DELIVERED)
        second = await here.update(first, "Tuesday")
        await here.until(second, DeliveryState.DELIVERED)
        third = await here.update(first, "Wednesday")
        delivery = await here.until(third, DeliveryState.DELIVERED)

        assert here.notes == {"Tides.md": "Wednesday"}
        assert delivery.receipt is not None
        assert delivery.receipt.place == str(here.folder / "Tides.md")
        assert await here.versions() == [(third, (second, first))]


async def _sent_off_asleep(home: Path, updates: str, *drafts: str) -> None:
    """Send *drafts* off as new versions of a note while nobody works at them."""
    asleep = Daemon(Places.of(str(home)))
    async with asleep.opened():
        for id in drafts:
            await asleep.outbox.send_off(id, None, updates=updates)


async def test_two_updates_of_one_note_at_once_are_two_versions_in_one_place(
    tmp_path: Path,
) -> None:
    async with at_work(tmp_path / "home", "version") as here:
        here.folder.mkdir()
        first = await here.archive("Monday")
        await here.until(first, DeliveryState.DELIVERED)
        drafts = [await here.archive(day, draft=True) for day in ("Tuesday", "Wednesday")]
    await _sent_off_asleep(tmp_path / "home", first, *drafts)
    async with running(tmp_path / "home") as here:
        for id in drafts:
            await here.until(id, DeliveryState.DELIVERED)

        remakes = {(await here.daemon.outbox.view(id)).remakes for id in drafts}
        assert list(here.notes) == ["Tides.md"]
        assert remakes - set(drafts) == {first}
        assert len(remakes) == 2


async def test_an_update_leaves_alone_what_a_person_has_changed_in_the_note(
    tmp_path: Path,
) -> None:
    async with at_work(tmp_path / "home", "version") as here:
        here.folder.mkdir()
        first = await here.archive("Monday")
        await here.until(first, DeliveryState.DELIVERED)
        (here.folder / "Tides.md").write_text("The tides of mine")
        await here.until(await here.update(first, "Tuesday"), DeliveryState.DELIVERED)

        assert here.notes == {"Tides.md": "mine", "Tides (2).md": "Tuesday"}


async def test_the_wish_for_an_update_survives_the_end_of_the_daemon(tmp_path: Path) -> None:
    async with at_work(tmp_path / "home", "version") as here:
        here.folder.mkdir()
        first = await here.archive("Monday")
        await here.until(first, DeliveryState.DELIVERED)
        draft = await here.archive("Tuesday", draft=True)
    await _sent_off_asleep(tmp_path / "home", first, draft)
    async with running(tmp_path / "home") as here:
        await here.until(draft, DeliveryState.DELIVERED)

        assert here.notes == {"Tides.md": "Tuesday"}
