"""Summaries that a service writes after their notes went out: by themselves, or on demand."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon import app, backoff
from native_host.errors import HostError
from tests.fakes.messages_api import KEY, MessagesApi, Reply, said, status, streamed
from tests.faults.kill_points import Here
from tests.unit.daemon.archiving import SUMMARY, Archived, archived, claude, with_key
from tests.unit.daemon.running import RunningDaemon
from tests.unit.daemon.test_versions import AtWork, at_work

WORDS = "The whole of it."
WRITTEN = streamed(said(SUMMARY))
REFUSED = status(401, "authentication_error")
OVERLOADED = status(529, "overloaded_error")
LATER = status(429, "rate_limit_error", headers={"retry-after": "120"})


# By themselves.


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, no_pauses: None) -> None:
    """What is tried again is tried at once, unless somebody wishes otherwise."""
    monkeypatch.setattr(app, "Workers", Here)
    monkeypatch.setattr(app, "ROUND", 0.02)
    monkeypatch.setattr(backoff, "FIRST_PAUSE", timedelta(milliseconds=20))
    monkeypatch.setenv("GUIDANG_SECRET_ANTHROPIC", KEY)


def settings(api: MessagesApi) -> str:
    return f'[summarizer]\nkind = "claude"\napi = "{api.url}"\n'


async def due_after(here: AtWork, moment: datetime) -> datetime:
    """When the next late summary is due, as soon as that is after *moment*."""
    async with asyncio.timeout(30):
        while (due := (await here.daemon.outbox.lacking(now=moment))[1]) is None or due < moment:
            pass  # no event tells of it
    return due


@pytest.mark.parametrize("failed", [0, 1], ids=["first", "later"])
@pytest.mark.usefixtures("quick")
async def test_a_service_that_asks_for_two_minutes_is_not_asked_before(
    tmp_path: Path, failed: int
) -> None:
    replies = [*[OVERLOADED] * 4 * failed, LATER, WRITTEN]
    asked = datetime.now(UTC)
    async with MessagesApi(*replies) as api, at_work(tmp_path / "home", settings(api)) as here:
        await here.delivered(await here.archive())
        due = await due_after(here, asked + timedelta(minutes=1))

        assert await here.daemon.outbox.lacking(now=datetime.now(UTC)) == ([], due)
    assert due >= asked + timedelta(seconds=120)
    assert api.asked == 4 * failed + 1


@pytest.mark.usefixtures("quick")
async def test_a_summary_that_comes_late_is_added_to_all_backends_of_the_plan(
    tmp_path: Path,
) -> None:
    plan = (
        '[plans.local]\nbackends = ["local", "second"]\n[backends.local]\nkind = "local"\n'
        f'[backends.second]\nkind = "local"\nfolder = "{tmp_path}/second"\n'
    )
    folders = tmp_path / "home" / "archive", tmp_path / "second"
    folders[1].mkdir()
    replies = [*[OVERLOADED] * 4, WRITTEN]
    async with (
        MessagesApi(*replies) as api,
        at_work(tmp_path / "home", plan + settings(api)) as here,
    ):
        id = await here.archive()
        [late, _] = await here.until(
            lambda views: (
                len(views) == 2 and {each.state for each in views[0].deliveries} == {"delivered"}
            )
        )

    assert late.remakes == id
    assert {delivery.backend for delivery in late.deliveries} == {"local", "second"}
    for folder in folders:
        [note] = folder.glob("*.md")
        assert WORDS in note.read_text("utf-8"), folder
    assert api.asked == 5, "it is paid for once"


# On demand.


@pytest.fixture
def served(home: Path) -> Iterator[RunningDaemon]:
    running = with_key(home).start()
    yield running
    with contextlib.suppress(HostError):
        running.end(signal.SIGKILL)


async def archives(daemon: RunningDaemon, api: MessagesApi, *titles: str) -> list[Archived]:
    """Pages of these titles, whose summaries *api* is to write, one after the other."""
    await asyncio.to_thread(daemon.ask, "PATCH", "/settings", claude(api.url))
    return [await asyncio.to_thread(archived, daemon, title=title) for title in titles]


def place(found: Archived) -> Path:
    return Path(found.view["deliveries"][0]["receipt"]["place"])


def by_name(daemon: RunningDaemon, id: str) -> None:
    run = daemon.command("summarize", id)
    assert (run.returncode, run.stdout.split()[0]) == (0, "remade"), run


def by_lack(daemon: RunningDaemon, id: str) -> None:
    run = daemon.command("summarize", "--missing")
    assert (run.returncode, run.stdout.split()[0]) == (0, "remade"), run


def by_request(daemon: RunningDaemon, id: str) -> None:
    answer = daemon.ask("POST", f"/captures/{id}/summarize")
    assert answer["outcome"] == "remade"
    assert daemon.ask("GET", f"/captures/{answer['capture']}")["remakes"] == id


def delivered(daemon: RunningDaemon, ask: Any, id: str) -> None:
    """The newer version that *ask* has made is delivered."""
    with daemon.client.events() as events:
        ask(daemon, id)
        while (events.next(timeout=60) or {})["type"] != "delivered":
            pass


@pytest.mark.parametrize("ask", [by_name, by_lack, by_request])
async def test_a_summary_on_demand_takes_the_place_of_the_note_without_it(
    served: RunningDaemon, ask: Any
) -> None:
    async with MessagesApi(REFUSED, WRITTEN) as api:
        [found] = await archives(served, api, "A page")
        await asyncio.to_thread(delivered, served, ask, found.view["id"])

    assert "*No summary (key-refused): “guidang summarize” adds it.*" in found.note
    note = place(found).read_text("utf-8")
    assert WORDS in note
    assert "The first paragraph of the article" in note
    assert list(served.archive.glob("*.md")) == [place(found)]
    assert api.asked == 2


async def test_what_has_its_summary_is_not_missing_one(served: RunningDaemon) -> None:
    replies: list[Reply] = [REFUSED, WRITTEN, streamed(said(SUMMARY.replace("whole", "rest")))]
    async with MessagesApi(*replies) as api:
        lacking, complete = await archives(served, api, "Lacking", "Complete")
        await asyncio.to_thread(delivered, served, by_lack, lacking.view["id"])
        again = await asyncio.to_thread(served.command, "summarize", "--missing")

    assert WORDS in complete.note == place(complete).read_text("utf-8")
    assert "The rest of it." in place(lacking).read_text("utf-8")
    assert (again.returncode, again.stdout, api.asked) == (0, "", 3)


@pytest.mark.parametrize("how", ["NOTE", "--missing"])
async def test_a_summary_on_demand_that_fails_is_told_and_leaves_the_note(
    served: RunningDaemon, how: str
) -> None:
    async with MessagesApi(REFUSED) as api:
        [found] = await archives(served, api, "A page")
        chosen = found.view["id"] if how == "NOTE" else how
        run: subprocess.CompletedProcess[str] = await asyncio.to_thread(
            served.command, "summarize", chosen
        )

    assert run.returncode == 1
    assert run.stdout.split()[:2] == ["failed", found.view["id"]]
    assert "key" in run.stdout
    assert KEY not in run.stdout + run.stderr
    assert place(found).read_text("utf-8") == found.note
