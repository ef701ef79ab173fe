"""A summary never holds its note back; one that comes late is added, and paid for once."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon import app, backoff, maker, pipeline, stages, summaries, summarizers
from daemon.app import Daemon
from daemon.errors import ExtractionError, ProtocolError, SettingsError, StorageError, SummaryError
from daemon.library import Library
from daemon.model import Draft, Spent, Summary
from daemon.note import LABELS
from daemon.protocol import CaptureRequest, CaptureView, DraftReady, Edit, encode
from daemon.settings import Places
from daemon.summarizers import Offline, Piece
from daemon.turns import Turns
from daemon.versions import Versions
from tests.fakes.messages_api import MessagesApi, silent
from tests.faults.kill_points import Here

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BUSY = SummaryError("service-busy", "The service is busy.", "It is tried again.", temporary=True)
FULL = StorageError("storage-failed", "The disk is full.", "Make room.")
TOO_LONG = ExtractionError("extraction-failed", "It took too long.")
REFUSED = SummaryError("key-refused", "The key is refused.", "Set another one.")


@dataclass
class Service:
    """A summarizer that asks a service, which answers as its script says."""

    script: list[Exception | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    name: str = "model-1"
    offline: Offline | None = None
    tags: Callable[[], Awaitable[object]] | None = None

    def __post_init__(self) -> None:
        self.open.set()

    async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[Piece]:
        self.asked.append(draft.title)
        if self.tags:
            await self.tags()
        await self.open.wait()
        if failure := self.script.pop(0) if self.script else None:
            raise failure
        yield "### The "
        yield Summary(
            markdown=f"### The short of {draft.title}\n\n#tides",
            tags=("tides",),
            made_by=self.name,
            input_tokens=900,
            output_tokens=100,
            cost=0.012,
            seconds=2.5,
        )


@dataclass
class AtWork:
    daemon: Daemon
    home: Path

    async def archive(self, title: str = "Tides", **fields: object) -> str:
        made = CaptureRequest(
            id=str(uuid.uuid4()),
            url=f"https://example.org/{title}",
            title=title,
            html=f"<h1>{title}</h1><p>The tides come twice a day, and go twice a day.</p>",
            captured_at=NOW,
            **fields,  # type: ignore[arg-type]  # plan and draft
        )
        await self.daemon.outbox.accept(made, encode(made), now=datetime.now(UTC))
        self.daemon.pipeline.look()
        return made.id

    async def until(self, met: Callable[[list[CaptureView]], bool]) -> list[CaptureView]:
        """The captures, the newest first, as soon as they are as they should be."""
        async with asyncio.timeout(30), self.daemon.events.listen() as told:
            while not met(views := await self.daemon.outbox.views()):
                await told.get()
            return views

    async def delivered(self, id: str) -> CaptureView:
        views = await self.until(lambda views: any(map(_is_done(id), views)))
        return next(filter(_is_done(id), views))

    def notes(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.home / "archive").glob("*.md")}


def _is_done(id: str) -> Callable[[CaptureView], bool]:
    def is_done(view: CaptureView) -> bool:
        states = {delivery.state for delivery in view.deliveries}
        return view.id == id and states == {"delivered"}

    return is_done


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(app, "Workers", Here)
    monkeypatch.setattr(app, "ROUND", 0.02)
    monkeypatch.setattr(backoff, "FIRST_PAUSE", timedelta(milliseconds=20))
    monkeypatch.setattr(summarizers, "connect", lambda *_: service)
    return service


def _fails_once(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: Exception
) -> None:
    works = getattr(owner, name)

    def fails(*_: object, **__: object) -> None:
        monkeypatch.setattr(owner, name, works)
        raise error

    monkeypatch.setattr(owner, name, fails)


def _lay_out(home: Path, settings: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "settings.toml").write_text(settings)


@asynccontextmanager
async def at_work(home: Path, settings: str = "") -> AsyncIterator[AtWork]:
    await asyncio.to_thread(_lay_out, home, settings)
    daemon = Daemon(Places.of(str(home)))
    async with daemon.opened():
        work = asyncio.create_task(daemon.run())
        yield AtWork(daemon, home)
        daemon.stop()
        await work


async def test_a_note_has_the_summary_of_its_service_and_what_it_took(
    service: Service, tmp_path: Path
) -> None:
    async with at_work(tmp_path / "home", 'template = "frontmatter"') as here:
        view = await here.delivered(await here.archive())

        [note] = here.notes().values()
    for line in ('summary_model: "model-1"', "summary_tokens: 1000", "summary_cost: 0.012"):
        assert f"\n{line}\n" in note
    assert "\nsummary_seconds: 2.5\n" in note
    assert "### The short of Tides" in note
    assert (view.lacks_summary, view.warning) == (False, None)


async def test_a_summary_that_failed_for_now_takes_the_place_of_the_note_without_it(
    service: Service, tmp_path: Path
) -> None:
    service.script = [BUSY, BUSY]
    service.open.set()
    async with at_work(tmp_path / "home") as here:
        id = await here.archive(interface_language="zh-CN")
        first = await here.delivered(id)
        without = here.notes()
        views = await here.until(lambda views: len(views) == 2 and _is_done(views[0].id)(views[0]))

        assert here.notes().keys() == without.keys() == {"Tides.md"}
        assert (await here.daemon.outbox.lacking(now=NOW + timedelta(days=400))) == ([], None)
    assert "*没有摘要（service-busy）：成功后自动补上。*" in without["Tides.md"]
    assert first.lacks_summary
    assert first.warning is not None
    assert first.warning.code == "service-busy"
    assert (views[0].remakes, views[0].lacks_summary) == (id, False)
    assert "### The short of Tides" in here.notes()["Tides.md"]
    assert len(service.asked) == 3


async def test_a_clock_that_is_set_back_holds_up_no_late_summary(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_PAUSE", timedelta(minutes=30))
    service.script = [BUSY]
    async with at_work(tmp_path / "home") as here:
        await here.delivered(await here.archive())
        behind = Versions(
            here.daemon.outbox,
            here.daemon.maker,
            here.daemon.indexing,
            turns=Turns(),
            enqueue=here.daemon.pipeline.enqueue,
            clock=lambda: datetime.now(UTC) - timedelta(days=1),
        )
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(behind.run())
            await here.until(lambda views: len(views) == 2 and _is_done(views[0].id)(views[0]))
            work.cancel()

        assert "### The short of Tides" in here.notes()["Tides.md"]


async def test_what_a_person_has_changed_since_stays_beside_the_completed_note(
    service: Service, tmp_path: Path
) -> None:
    service.script = [REFUSED]
    async with at_work(tmp_path / "home") as here:
        id = await here.archive()
        await here.delivered(id)
        (tmp_path / "home" / "archive" / "Tides.md").write_text("my own words")

        version = await here.daemon.versions.summarize(id)
        await here.delivered(version.capture)

        notes = here.notes()
    assert notes["Tides.md"] == "my own words"
    assert "### The short of Tides" in notes["Tides (2).md"]


async def test_what_needs_a_person_is_not_tried_again_but_on_demand(
    service: Service, tmp_path: Path
) -> None:
    service.script = [REFUSED, REFUSED]
    async with at_work(tmp_path / "home") as here:
        id = await here.archive(interface_language="en")
        await here.delivered(id)
        outbox = here.daemon.outbox
        assert await outbox.lacking(now=NOW + timedelta(days=400)) == ([], None)
        assert (
            "*No summary (key-refused): “guidang summarize” adds it.*" in here.notes()["Tides.md"]
        )
        with pytest.raises(SummaryError) as still:
            await here.daemon.versions.summarize(id)
        before = here.notes()
        version = await here.daemon.versions.summarize(id)
        view = await here.delivered(version.capture)

        assert still.value.code == "key-refused"
        assert here.notes().keys() == before.keys()
        assert "### The short of Tides" in here.notes()["Tides.md"]
        assert outbox.spool.ids() == {id, view.id}


async def test_a_summary_that_takes_its_time_holds_up_no_version_of_another_note(
    service: Service, tmp_path: Path
) -> None:
    async with at_work(tmp_path / "home") as here:
        slow, quick = [await here.archive(title) for title in ("Slow", "Quick")]
        for id in (slow, quick):
            await here.delivered(id)
        service.open.clear()
        versions = here.daemon.versions
        first = asyncio.create_task(versions.summarize(slow))
        second = asyncio.create_task(versions.summarize(slow))
        async with asyncio.timeout(30):
            assert (await versions.remake(quick)).outcome == "unchanged"
        service.open.set()

        found = [await first, await second]
        await here.delivered(found[1].capture)
    assert found[0].capture != found[1].capture, "the second one is a version of the first"


async def test_a_summarizer_that_cannot_be_set_up_is_told_with_the_note(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> Service:
        raise SettingsError("settings-invalid", "There is no such model.", "Correct it.")

    monkeypatch.setattr(summarizers, "connect", connect)
    async with at_work(tmp_path / "home") as here:
        view = await here.delivered(await here.archive(interface_language="en"))

        assert "*No summary (settings-invalid): " in here.notes()["Tides.md"]
    assert view.lacks_summary
    assert view.warning is not None
    assert view.warning.code == "settings-invalid"


async def test_late_summaries_can_be_switched_off(service: Service, tmp_path: Path) -> None:
    service.script = [BUSY]
    async with at_work(tmp_path / "home", "late_summaries = false") as here:
        await here.delivered(await here.archive())

        assert await here.daemon.outbox.lacking(now=NOW + timedelta(days=400)) == ([], None)


async def test_a_service_that_takes_its_time_holds_up_nobody_else(
    service: Service, tmp_path: Path
) -> None:
    service.open.clear()
    plans = (
        '[plans.local]\nbackends = ["local"]\n[plans.bare]\nbackends = ["local"]\nsummary = false'
    )
    async with at_work(tmp_path / "home", plans) as here:
        slow = [await here.archive(f"Slow {number}") for number in range(12)]
        await here.delivered(await here.archive("Quick", plan="bare"))
        assert here.notes().keys() == {"Quick.md"}

        service.open.set()
        for id in slow:
            await here.delivered(id)
    assert sorted(service.asked) == sorted(f"Slow {number}" for number in range(12))


async def test_a_service_that_is_silent_holds_no_note_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "Workers", Here)
    monkeypatch.setattr(summaries, "PATIENCE", 2.0)
    monkeypatch.setattr(summaries, "MOST_ASKED", 1)
    async with MessagesApi(silent(), auth=None) as api:
        settings = f'[summarizer]\nkind = "claude"\nservice = "own"\nmodel = "m"\napi = "{api.url}"'
        async with at_work(tmp_path / "home", settings) as here:
            begun = time.monotonic()
            ids = [await here.archive(f"Silent {number}") for number in range(12)]
            views = [await here.delivered(id) for id in ids]
            took = time.monotonic() - begun

            notes = here.notes()
    assert took < 20, "one after the other they would take 24 s"
    assert len(notes) == 12
    assert all("(summary-late)" in note for note in notes.values())
    assert all(view.lacks_summary for view in views)


async def test_what_took_too_long_for_the_note_is_added_when_it_is_written(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "PATIENCE", 0.1)
    service.open.clear()
    async with at_work(tmp_path / "home") as here:
        first = await here.delivered(await here.archive(interface_language="en"))
        without = here.notes()["Tides.md"]
        service.open.set()
        await here.until(lambda views: len(views) == 2 and _is_done(views[0].id)(views[0]))

        assert "### The short of Tides" in here.notes()["Tides.md"]
    assert first.warning is not None
    assert first.warning.code == "summary-late"
    assert "*No summary (summary-late): it is added as soon as there is one.*" in without


async def test_notes_do_not_wait_for_a_service_that_was_away_just_now(
    service: Service, tmp_path: Path
) -> None:
    service.script = [SummaryError("service-unreachable", "It is away.", temporary=True)]
    async with at_work(tmp_path / "home", "late_summaries = false") as here:
        first = await here.archive("First")
        await here.delivered(first)
        second = await here.delivered(await here.archive("Second"))
        asked_by_then = list(service.asked)

        await here.delivered((await here.daemon.versions.summarize(first)).capture)
        await here.delivered(await here.archive("Third"))

        assert "### The short of Third" in here.notes()["Third.md"]
    assert second.warning is not None
    assert second.warning.code == "service-unreachable"
    assert asked_by_then == ["First"]
    assert service.asked == ["First", "First", "Third"]


async def test_another_service_than_the_one_that_was_away_is_asked_at_once(
    service: Service, tmp_path: Path
) -> None:
    service.script = [SummaryError("service-silent", "It is silent.", temporary=True)]
    async with at_work(tmp_path / "home", "late_summaries = false") as here:
        await here.delivered(await here.archive("First"))
        another = {"summarizer": {"kind": "extract", "sentences": 4}}
        await asyncio.to_thread(here.daemon.change_settings, another)
        await here.delivered(await here.archive("Second"))

        assert "### The short of Second" in here.notes()["Second.md"]


async def test_a_service_that_was_away_is_asked_again_after_a_while(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "AWAY_PAUSE", 0.0)
    service.script = [SummaryError("service-silent", "It is silent.", temporary=True)]
    async with at_work(tmp_path / "home", "late_summaries = false") as here:
        await here.delivered(await here.archive("First"))
        await here.delivered(await here.archive("Second"))

        assert "### The short of Second" in here.notes()["Second.md"]


async def test_what_was_written_before_the_daemon_ended_is_not_paid_for_twice(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_its_end = asyncio.Event()

    async def dies(*_: object, **__: object) -> None:
        at_its_end.set()
        raise asyncio.CancelledError

    async with at_work(tmp_path / "home") as here:
        monkeypatch.setattr(here.daemon.maker, "make", dies)
        id = await here.archive()
        await at_its_end.wait()
    async with at_work(tmp_path / "home") as here:
        await here.delivered(id)

        assert "### The short of Tides" in here.notes()["Tides.md"]
    assert service.asked == ["Tides"]


async def test_a_disk_that_is_full_for_a_while_has_no_summary_paid_for_twice(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "STORAGE_PAUSE", 0.01)
    async with at_work(tmp_path / "home") as here:
        _fails_once(monkeypatch, here.daemon.outbox.spool, "keep_summary", FULL)
        await here.delivered(await here.archive())

        assert "### The short of Tides" in here.notes()["Tides.md"]
    assert service.asked == ["Tides"]


async def test_a_late_summary_whose_note_the_disk_does_not_take_is_not_paid_for_twice(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.script = [REFUSED]
    async with at_work(tmp_path / "home") as here:
        id = await here.archive()
        await here.delivered(id)
        _fails_once(monkeypatch, maker, "write_note", FULL)
        with pytest.raises(StorageError):
            await here.daemon.versions.summarize(id)

        await here.delivered((await here.daemon.versions.summarize(id)).capture)

        assert "### The short of Tides" in here.notes()["Tides.md"]
    assert len(service.asked) == 2


@pytest.mark.parametrize("failure", [ZeroDivisionError(), TOO_LONG], ids=["bug", "limit"])
@pytest.mark.parametrize("kind", ["service", "offline"])
async def test_a_check_that_fails_costs_neither_the_note_nor_its_summary_and_is_told(
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    failure: Exception,
) -> None:
    if kind == "offline":
        service.offline = Offline("at hand", lambda *_: "### The short of Tides")
    async with at_work(tmp_path / "home") as here:
        _fails_once(monkeypatch, stages, "held_against", failure)
        await here.delivered(await here.archive(interface_language="zh-CN"))

        [note] = here.notes().values()
    assert f"*{LABELS['zh-CN']['unchecked']}*\n\n### The short of Tides" in note


@pytest.mark.parametrize("template", ["classic", "own"])
async def test_what_is_written_at_hand_is_held_against_a_huge_article_too(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    service.offline = Offline("at hand", lambda *_: "There are 17.")
    monkeypatch.setattr(stages, "MOST_AT_HAND", 20)
    templates = tmp_path / "home" / "templates"
    templates.mkdir(parents=True)
    templates.joinpath("own.md.j2").write_text("{{ summary }}")
    async with at_work(tmp_path / "home", f'template = "{template}"') as here:
        view = await here.delivered(await here.archive("Huge"))

        assert "There are 17⚠." in here.notes()["Huge.md"]
        assert "Not held against" not in here.notes()["Huge.md"]
    assert view.warning is None


async def test_a_huge_article_whose_check_takes_too_long_has_its_summary_and_says_so(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.offline = Offline("at hand", lambda *_: "There are 17.")
    monkeypatch.setattr(stages, "MOST_AT_HAND", 20)
    async with at_work(tmp_path / "home") as here:
        _fails_once(monkeypatch, summaries, "checked", TOO_LONG)
        await here.delivered(await here.archive("Huge"))

        note = here.notes()["Huge.md"]
    assert f"*{LABELS['en']['unchecked']}*\n\nThere are 17.\n" in note


@pytest.mark.parametrize("kind", ["service", "offline"])
async def test_a_library_that_cannot_be_read_holds_no_note_back(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async def unreadable(_: Library) -> list[str]:
        raise FULL

    monkeypatch.setattr(Library, "tags", unreadable)
    async with at_work(tmp_path / "home") as here:
        if kind == "offline":
            service.offline = Offline("at hand", lambda *_: "### At hand")
        else:
            service.tags = here.daemon.maker._tags
        await here.delivered(await here.archive())

        [note] = here.notes().values()
    assert "### At hand" in note or "### The short of Tides" in note


async def test_a_completed_note_waits_for_the_one_whose_place_it_takes(
    service: Service, tmp_path: Path
) -> None:
    service.script = [REFUSED]
    folder = tmp_path / "away"
    settings = f'[backends.local]\nfolder = "{folder}"\nagain = "overwrite"'
    async with at_work(tmp_path / "home", settings) as here:
        id = await here.archive()
        await here.until(lambda views: any(each.error for each in views[0].deliveries if views))
        version = (await here.daemon.versions.summarize(id)).capture

        claimed, _ = await here.daemon.outbox.claim([], now=datetime.now(UTC))
        assert version not in {each.delivery.capture for each in claimed}
        folder.mkdir()
        await here.daemon.outbox.retry(f"{id}.local", now=datetime.now(UTC))
        here.daemon.dispatch.look()
        await here.delivered(version)

        assert [path.name for path in folder.glob("*.md")] == ["Tides.md"]
        assert "### The short of Tides" in (folder / "Tides.md").read_text()


async def test_a_note_that_is_made_anew_waits_for_its_summary_as_before(
    service: Service, tmp_path: Path
) -> None:
    service.script = [SummaryError("busy", "", temporary=True, retry_after=4_000)]
    async with at_work(tmp_path / "home") as here:
        id = await here.archive(interface_language="en")
        await here.delivered(id)

        assert (await here.daemon.versions.remake(id)).outcome == "unchanged"
        here.daemon.change_settings({"template": "frontmatter"})
        again = await here.delivered((await here.daemon.versions.remake(id)).capture)
        [lacking], _ = await here.daemon.outbox.lacking(now=NOW + timedelta(days=400))

        assert (again.lacks_summary, lacking.id) == (True, again.id)


async def test_a_note_that_is_made_anew_keeps_the_summary_that_was_paid_for(
    service: Service, tmp_path: Path
) -> None:
    async with at_work(tmp_path / "home") as here:
        id = await here.archive()
        await here.delivered(id)

        assert (await here.daemon.versions.remake(id)).outcome == "unchanged"
        here.daemon.change_settings({"template": "plain"})
        version = await here.daemon.versions.remake(id)
        await here.delivered(version.capture)

        assert "### The short of Tides" in here.notes()["Tides (2).md"]
    assert service.asked == ["Tides"]


async def test_a_text_that_was_edited_stays_as_it_is(service: Service, tmp_path: Path) -> None:
    service.script = [REFUSED]
    async with at_work(tmp_path / "home") as here:
        outbox = here.daemon.outbox
        async with here.daemon.events.listen() as told:
            id = await here.archive(draft=True)
            while not isinstance(await told.get(), DraftReady):
                pass
        await outbox.edit(id, Edit(markdown="My own text."))
        await outbox.send_off(id, None)
        here.daemon.pipeline.look()
        await here.delivered(id)

        version = await here.daemon.versions.summarize(id)
        await here.delivered(version.capture)

        note = here.notes()["Tides.md"]
    assert "\nMy own text.\n" in note
    assert "### The short of Tides" in note


async def test_what_has_no_note_has_no_summary(service: Service, tmp_path: Path) -> None:
    async with at_work(tmp_path / "home") as here:
        id = await here.archive(draft=True)

        with pytest.raises(ProtocolError) as refused:
            await here.daemon.versions.summarize(id)
    assert refused.value.code == "not-archived"


async def test_the_ledger_counts_by_the_day(tmp_path: Path) -> None:
    daemon = Daemon(Places.of(str(tmp_path)))
    async with daemon.opened():
        ledger = daemon.outbox.ledger
        assert await ledger.spent() == Spent()
        await ledger.add(Spent(1_000, 0.5))
        await ledger.add(Spent(500, 0.25))
        assert await ledger.spent() == Spent(1_500, 0.75)
        ledger._today = lambda: datetime.now().astimezone().date() + timedelta(days=1)

        assert await ledger.spent() == Spent()
