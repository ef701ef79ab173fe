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

    async def archive(self, text: str, *, captured_at: datetime = NOW) -> str:
        made = CaptureRequest(
            id=str(uuid.uuid4()),
            url="https://example.org/tides?from=mail",
            canonical="https://example.org/tides",
            title="Tides",
            html=f"<h1>Tides</h1><p>The tides of {text} come and go twice a day.</p>",
            captured_at=captured_at,
        )
        await self.daemon.outbox.accept(made, encode(made), now=datetime.now(UTC))
        self.daemon.pipeline.look()
        return made.id

    async def until(self, id: str, state: DeliveryState, *, failed: bool = False) -> Delivery:
        """The delivery of note *id* in a *state*; one that *failed* has been tried."""
        async with asyncio.timeout(30), self.daemon.events.listen() as told:
            while True:
                for each in (await self.daemon.outbox.view(id)).deliveries:
                    if each.state == state and bool(each.error) == failed:
                        return each
                await told.get()

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
    folder = home.with_name("notes")
    _lay_out(home, folder, again)
    daemon = Daemon(Places.of(str(home)))
    async with daemon.opened():
        work = asyncio.create_task(daemon.run())
        yield AtWork(daemon, folder)
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
