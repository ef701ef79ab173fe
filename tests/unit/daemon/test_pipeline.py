"""Accepted captures become notes, whatever becomes of their summary."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon import stages
from daemon.download import Address, is_public
from daemon.errors import ExtractionError, SummaryError
from daemon.events import Events
from daemon.indexing import Indexing
from daemon.library import Entry, Library
from daemon.maker import Maker
from daemon.model import CaptureState, Draft, Note
from daemon.outbox import Outbox
from daemon.pipeline import Pipeline
from daemon.protocol import (
    CaptureFailed,
    CaptureRequest,
    DraftReady,
    Edit,
    Event,
    NoteEnqueued,
    encode,
)
from daemon.settings import Images, Plan, Settings
from daemon.stages import load
from daemon.summaries import Summaries
from daemon.summarizers import Offline, Summarizer
from daemon.turns import Turns
from daemon.workers import Workers
from tests.fakes.images import Web, png, web

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PAGE = "<h1>The tides</h1><p>The tides come twice a day, and they go twice a day.</p>"


@dataclass
class Service:
    """A summarizer that asks a service, and fails when it is told to."""

    fails: Exception | None = None
    asked: int = 0
    name: str = "service"
    offline: Offline | None = None

    async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[str]:
        self.asked += 1
        yield f"### {draft.title}, in {language}\n\n"
        if self.fails:
            raise self.fails
        yield "#tides"


async def ignore(piece: object) -> None:
    """Nobody listens."""


class AtHand(Service):
    """One that asks nobody; `Service` is what the form would use of it."""

    def __init__(self, write: object) -> None:
        super().__init__(offline=Offline("at hand", write))  # type: ignore[arg-type]  # one of below


def short(draft: Draft, language: str, tags: Sequence[str]) -> str:
    return f"### {draft.title}, in {language}\n\n#tides"


def broken(draft: Draft, language: str, tags: Sequence[str]) -> str:
    raise ZeroDivisionError


def endless(draft: Draft, language: str, tags: Sequence[str]) -> str:
    time.sleep(60)  # until its worker is ended for it
    return ""


class Running:
    """A pipeline at work."""

    def __init__(self, outbox: Outbox, pipeline: Pipeline, summaries: Summaries) -> None:
        self.outbox = outbox
        self.pipeline = pipeline
        self.summaries = summaries

    async def accept(self, *, html: str = PAGE, draft: bool = False, **fields: str) -> str:
        made = CaptureRequest(
            id=str(uuid.uuid4()),
            url="https://example.org/",
            title="The tides",
            html=html,
            captured_at=NOW,
            draft=draft,
            **fields,  # type: ignore[arg-type]  # texts all of them
        )
        await self.outbox.accept(made, encode(made), now=NOW)
        self.pipeline.look()
        return made.id


async def no_tags() -> list[str]:
    return []


@asynccontextmanager
async def running(
    folder: Path,
    summarizer: Summarizer,
    library: Library | None = None,
    *,
    time_limit: float = 20,
    load: Callable[[], None] = load,
    settings: Settings = Settings(),  # noqa: B008  it is frozen
    may_connect: Callable[[Address], bool] = is_public,
) -> AsyncIterator[tuple[Running, asyncio.Queue[Event | None]]]:
    """The pipeline, and what it tells."""
    outbox, library, events = Outbox(folder), library or Library(folder), Events()
    workers = Workers(1, load=load, time_limit=time_limit)
    summaries = Summaries(outbox, workers, settings=lambda: settings, summarizer=lambda: summarizer)
    maker = Maker(
        outbox,
        workers,
        summaries,
        settings=lambda: settings,
        tags=no_tags,
        templates=folder / "templates",
        may_connect=may_connect,
    )
    indexing = Indexing(outbox, library, workers, events, reading=lambda: pipeline.reading)
    pipeline = Pipeline(
        outbox,
        maker,
        summaries,
        indexing,
        events,
        settings=lambda: settings,
        enqueued=lambda: None,
        turns=Turns(),
    )
    await outbox.open()
    await library.open()
    try:
        async with events.listen() as told, asyncio.timeout(60):
            work = [asyncio.create_task(part.run()) for part in (pipeline, indexing)]
            yield Running(outbox, pipeline, summaries), told
            for part in work:
                part.cancel()
            await asyncio.wait(work)
    finally:
        await workers.close()
        await library.close()
        await outbox.close()


async def note_with(folder: Path, summarizer: Summarizer, *, time_limit: float = 20) -> Note:
    async with running(folder, summarizer, time_limit=time_limit) as (here, told):
        id = await here.accept()
        assert isinstance(await told.get(), NoteEnqueued)
        return await here.outbox.note(id)


@pytest.mark.parametrize("summarizer", [Service(), AtHand(short)], ids=["service", "at hand"])
async def test_a_note_has_the_summary_and_its_tags(tmp_path: Path, summarizer: Service) -> None:
    note = await note_with(tmp_path, summarizer)

    assert note.markdown.endswith("## AI summary\n\n### The tides, in en\n\n#tides\n")
    assert note.tags == ("tides",)
    assert "The tides come twice a day" in note.markdown


@pytest.mark.parametrize(
    ("summarizer", "time_limit", "code"),
    [
        (Service(SummaryError("api-down", "It is down.")), 20, "api-down"),
        (Service(ExtractionError("extraction-failed", "Too much.")), 20, "extraction-failed"),
        (Service(ZeroDivisionError()), 20, "summary-failed"),
        (Service(TimeoutError()), 20, "summary-timeout"),
        (AtHand(broken), 20, "summary-failed"),
        (AtHand(endless), 1, "extraction-failed"),
    ],
    ids=["refused", "limits", "a bug", "too slow", "a bug at hand", "too slow at hand"],
)
async def test_whatever_fails_about_a_summary_the_note_goes_out(
    tmp_path: Path, summarizer: Service, time_limit: float, code: str
) -> None:
    note = await note_with(tmp_path, summarizer, time_limit=time_limit)

    assert f"## AI summary\n\n*No summary ({code}): " in note.markdown
    assert "The tides come twice a day" in note.markdown


@pytest.mark.parametrize("summarizer", [Service(), AtHand(short)], ids=["service", "at hand"])
async def test_a_page_without_text_fails_and_no_service_is_asked(
    tmp_path: Path, summarizer: Service
) -> None:
    async with running(tmp_path, summarizer) as (here, told):
        id = await here.accept(html="<p> </p>")
        failed = await told.get()

    assert isinstance(failed, CaptureFailed)
    assert (failed.capture, failed.error.code, summarizer.asked) == (id, "page-empty", 0)


def load_without_patience() -> None:
    """What a worker loads, and a limit that a large page breaks for certain."""
    stages.EXTRACTION_LIMIT = 0.02
    load()


@pytest.mark.parametrize("draft", [False, True], ids=["at once", "with the form"])
async def test_a_page_that_takes_too_long_is_kept_and_told_and_the_next_goes_on(
    tmp_path: Path, *, draft: bool
) -> None:
    large = PAGE * 20_000
    async with running(tmp_path, AtHand(short), load=load_without_patience) as (here, told):
        id = await here.accept(html=large, draft=draft)
        failed = await told.get()
        view = await here.outbox.view(id)
        await here.accept()
        following = await told.get()

    assert isinstance(failed, CaptureFailed)
    assert (failed.capture, failed.error.code) == (id, "extraction-failed")
    assert "0.02 seconds" in failed.error.message
    assert failed.error.hint
    assert (view.state, view.error) == (CaptureState.FAILED, failed.error)
    assert here.outbox.spool.capture(id).html == large
    assert isinstance(following, NoteEnqueued)


async def test_a_draft_becomes_a_note_as_the_user_left_it(tmp_path: Path) -> None:
    service = Service()
    async with running(tmp_path, service) as (here, told):
        id = await here.accept(draft=True)
        assert isinstance(await told.get(), DraftReady)
        edit = Edit(title="Mine", markdown="My text", summary="### Short\n\n#mine")
        await here.outbox.edit(id, edit)
        await here.outbox.send_off(id, None)
        here.pipeline.look()
        assert isinstance(await told.get(), NoteEnqueued)
        note = await here.outbox.note(id)

    assert (note.title, note.tags, service.asked) == ("Mine", ("mine",), 0)
    assert "\n## Original text\n\nMy text\n" in note.markdown


async def test_the_summary_of_a_draft_is_asked_for_in_the_readers_language(tmp_path: Path) -> None:
    async with running(tmp_path, Service()) as (here, told):
        id = await here.accept(draft=True, interface_language="zh-TW")
        assert isinstance(await told.get(), DraftReady)
        summary = await here.summaries.request(id, ignore)

    assert summary.markdown == "### The tides, in zh-CN\n\n#tides"


class Slow(Service):
    """One whose service falls silent."""

    closed = False

    async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[str]:
        yield "Half a"
        try:
            await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_a_summary_on_request_has_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.summaries.SUMMARY_LIMIT", 0.1)
    slow = Slow()
    async with running(tmp_path, slow) as (here, told):
        id = await here.accept(draft=True)
        assert isinstance(await told.get(), DraftReady)
        with pytest.raises(SummaryError) as late:
            await here.summaries.request(id, ignore)
        view = await here.outbox.view(id)

    assert (late.value.code, slow.closed) == ("summary-timeout", True)
    assert (view.summary, view.written) == (None, None)


async def test_a_listener_that_fails_closes_the_writing(tmp_path: Path) -> None:
    closed = asyncio.Event()

    class Paid(Service):
        async def summarize(self, draft: Draft, *, language: str) -> AsyncIterator[str]:
            try:
                yield "Half a"
            finally:
                closed.set()

    async def leave(_: object) -> None:
        raise ConnectionResetError

    async with running(tmp_path, Paid()) as (here, told):
        id = await here.accept(draft=True)
        assert isinstance(await told.get(), DraftReady)
        with pytest.raises(ConnectionResetError):
            await here.summaries.request(id, leave)
        assert closed.is_set()


async def test_what_became_a_note_is_found(tmp_path: Path) -> None:
    library = Library(tmp_path)
    indexed = asyncio.Event()
    put = library.put

    async def watched(entries: Iterable[Entry]) -> int:
        added = await put(entries)
        indexed.set()
        return added

    library.put = watched  # type: ignore[method-assign]
    async with running(tmp_path, AtHand(short), library) as (here, _):
        id = await here.accept()
        await indexed.wait()
        found = await library.search("twice")

    assert [note.id for note in found] == [id]


async def illustrated(
    folder: Path, site: Web, summarizer: Summarizer, *, public: bool = False, images: Images
) -> tuple[Outbox, Note]:
    """The note of a page with a picture that is there and one that is not."""
    shown = "".join(f'<p><img alt="{name}" src="{site.address}/{name}.png"></p>' for name in "ab")
    site.put("/a.png", png())
    async with running(
        folder,
        summarizer,
        settings=Settings(images=images),
        may_connect=is_public if public else lambda _: True,
    ) as (here, told):
        id = await here.accept(html=PAGE + shown)
        assert isinstance(await told.get(), NoteEnqueued)
        return here.outbox, await here.outbox.note(id)


@pytest.mark.parametrize("summarizer", [Service(), AtHand(short)], ids=["service", "at hand"])
async def test_what_did_not_come_with_the_capture_is_downloaded(
    tmp_path: Path, summarizer: Service
) -> None:
    with web() as site:
        outbox, note = await illustrated(tmp_path, site, summarizer, images=Images())

    (asset,) = note.assets
    assert outbox.spool.asset(asset.name).read_bytes() == png()
    assert f"![a](assets/{asset.name})" in note.markdown
    assert f"![b]({site.address}/b.png)" in note.markdown
    assert [each.error.code for each in note.unsaved] == ["image-not-fetched"]
    assert note.markdown.endswith("#tides\n")


@pytest.mark.parametrize(
    ("public", "images", "codes"),
    [
        (True, Images(), {"image-refused"}),
        (False, Images(download=False), {"image-not-downloaded"}),
        (False, Images(save=False), set()),
    ],
    ids=["not public", "no downloads", "no images"],
)
async def test_what_may_not_be_downloaded_stays_a_link(
    tmp_path: Path, images: Images, codes: set[str], *, public: bool
) -> None:
    with web() as site:
        _, note = await illustrated(tmp_path, site, AtHand(short), public=public, images=images)

    assert site.requests == []
    assert note.assets == ()
    assert {each.error.code for each in note.unsaved} == codes
    assert f"![a]({site.address}/a.png)" in note.markdown


async def test_a_summary_that_fails_beside_downloads_costs_none_of_them(tmp_path: Path) -> None:
    with web() as site:
        _, note = await illustrated(tmp_path, site, AtHand(broken), images=Images())

    assert len(note.assets) == 1
    assert [path for path, _ in site.requests].count("/a.png") == 1
    assert "*No summary (summary-failed): " in note.markdown


@pytest.mark.parametrize(
    ("source", "code", "reason"),
    [
        ("{{ titel }}", "template-failed", "line 1"),
        (None, "template-unknown", "mine"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "template-failed",
            "too much time",
        ),
        ("{{ 'x' * 10 ** 10 }}", "template-failed", "mine"),
        ("{{ 10 ** (10 ** 9) }}", "template-failed", "too much time"),
    ],
    ids=["unknown value", "no file", "endless loop", "memory", "endless sum"],
)
async def test_a_template_that_fails_is_told_and_the_note_is_classic(
    tmp_path: Path, source: str | None, code: str, reason: str
) -> None:
    (tmp_path / "templates").mkdir()
    if source is not None:
        (tmp_path / "templates" / "mine.md.j2").write_text(source)
    settings = Settings(template="mine")
    async with running(tmp_path, Service(), time_limit=2, settings=settings) as (here, told):
        await here.accept()
        event = await told.get()
        assert isinstance(event, NoteEnqueued)
        note = await here.outbox.note(event.capture)
        view = await here.outbox.view(event.capture)

    assert note.markdown.startswith("# The tides\n\n- **URL**: ")
    assert "#tides" in note.markdown
    assert event.warning == view.warning
    assert event.warning
    assert event.warning.code == code
    assert reason in event.warning.message
    assert event.warning.hint


async def test_a_plan_has_a_template_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.md.j2").write_text("mine of {{ title }}, {{ summary }}")
    settings = Settings(template="frontmatter", plans={"local": Plan(template="mine")})
    async with running(tmp_path, Service(), settings=settings) as (here, told):
        await here.accept()
        event = await told.get()
        assert isinstance(event, NoteEnqueued)
        note = await here.outbox.note(event.capture)

    assert note.markdown == "mine of The tides, ### The tides, in en\n\n#tides\n"
    assert event.warning is None


async def until_all_is_indexed(outbox: Outbox) -> None:
    while await outbox.to_index(limit=1):
        pass


class Ending(Library):
    """A library that is told of a note as the daemon ends."""

    async def put(self, entries: Iterable[Entry]) -> int:
        raise asyncio.CancelledError


async def test_a_note_that_the_library_does_not_know_is_indexed_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, AtHand(short), Ending(tmp_path)) as (here, told):
        id = await here.accept()
        assert isinstance(await told.get(), NoteEnqueued)
    library = Library(tmp_path)
    async with running(tmp_path, AtHand(short), library) as (here, _):
        await until_all_is_indexed(here.outbox)
        found = await library.search("tides")

    assert [note.id for note in found] == [id]


async def test_a_note_that_is_lost_before_it_is_indexed_is_let_go(tmp_path: Path) -> None:
    async with running(tmp_path, AtHand(short), Ending(tmp_path)) as (here, told):
        id = await here.accept()
        assert isinstance(await told.get(), NoteEnqueued)
    here.outbox.spool.remove(id)
    async with running(tmp_path, AtHand(short)) as (here, told):
        await until_all_is_indexed(here.outbox)

        assert told.empty()
