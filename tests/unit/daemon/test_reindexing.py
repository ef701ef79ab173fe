"""The library made anew: from the spool, the folders of notes, and the outbox."""

import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.filed import FiledNote, filed_note, local_folders
from daemon.library import Library
from daemon.model import Draft, Note, Receipt, Summary
from daemon.note import note_from
from daemon.outbox import Outbox
from daemon.protocol import CaptureRequest, FoundNote, Reindexed, encode
from daemon.reindexing import Reindexing
from daemon.settings import Settings

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
FRONTMATTER = """---
title: "The \\"tides\\""
url: https://example.org/tides
author: Somebody
archived: 2026-11-20T08:00:00+08:00
site: 'Bob''s'
tags:
  - sea
  - moon
model: null
---

# The tides

The moon pulls.
"""


class Here:
    """An outbox, a library, and a folder of notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "notes"
        self.folder.mkdir()
        self.outbox = Outbox(folder)
        self.library = Library(folder)
        self.reindexing = Reindexing(
            self.outbox, self.library, folders=lambda: {"local": self.folder}
        )

    async def archived(self, note: Note, receipt: Receipt | None = None) -> None:
        """As if the daemon had archived *note* before there was a library."""
        made = CaptureRequest(id=note.id, url=note.url, title="T", html="x", captured_at=NOW)
        await self.outbox.accept(made, encode(made), now=NOW)
        self.outbox.spool.keep_note(note)
        [delivery] = await self.outbox.enqueue(
            note.id, note.title, ["local"], address=note.url, now=NOW
        )
        if receipt is not None:
            await self.outbox.claim([], now=NOW)
            await self.outbox.settle(delivery.id, receipt, now=NOW)

    async def reindex(self) -> Reindexed:
        async with aclosing(self.reindexing.run()) as steps:
            return [step async for step in steps][-1]

    async def found(self, query: str = "") -> list[FoundNote]:
        return await self.library.search(query)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    there = Here(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        await there.outbox.open()
        stack.push_async_callback(there.outbox.close)
        await there.library.open()
        stack.push_async_callback(there.library.close)
        yield there


def a_note(markdown: str = "潮汐", **fields: Any) -> Note:
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "url": "https://example.org/tides",
        "title": "潮汐",
        "archived_at": NOW,
    } | fields
    return Note(markdown=markdown, **given)


def written(
    language: str = "zh-CN", url: str = "https://example.org/tides", template: str = "classic"
) -> Note:
    """A note in our form."""
    draft = Draft(url=url, title="The *tides* 潮汐", markdown="The moon pulls 武汉.", text=None)
    summary = Summary(markdown="### S\n\n#sea #moon", made_by="user")
    return note_from(
        draft,
        summary,
        id=str(uuid.uuid4()),
        archived_at=NOW,
        language=language,
        template=template,
        templates=Path("/nowhere"),
    )


async def test_notes_of_the_spool_and_their_receipts_come_back(here: Here) -> None:
    note = a_note()
    await here.archived(note, Receipt(place="/gone/潮汐.md"))

    done = await here.reindex()

    [shown] = await here.found("潮汐")
    assert shown.id == note.id
    assert [place.place for place in shown.places] == ["/gone/潮汐.md"]
    assert done == Reindexed(type="done", notes=1, added=1, places=1)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_note_in_a_folder_comes_back_with_its_head(here: Here, language: str) -> None:
    note = written(language)
    folder = here.folder / "2026"
    folder.mkdir()
    (folder / "tides.md").write_text(note.markdown, "utf-8")

    await here.reindex()

    [shown] = await here.found("武汉")
    assert (shown.title, shown.url) == ("The *tides* 潮汐", "https://example.org/tides")
    assert shown.archived_at.replace(tzinfo=None) == NOW.replace(tzinfo=None)  # as it is written
    assert shown.tags == ("sea", "moon")
    assert [(place.backend, place.place) for place in shown.places] == [
        ("local", str(folder / "tides.md"))
    ]
    assert (await here.library.note(shown.id)).markdown == note.markdown


async def test_a_file_whose_receipt_is_on_its_way_is_no_other_note(here: Here) -> None:
    note = msgspec.structs.replace(written(), archived_at=NOW.replace(microsecond=7))
    await here.archived(note, None)
    (here.folder / "tides.md").write_text(note.markdown, "utf-8")

    await here.reindex()

    assert [shown.id for shown in await here.found("武汉")] == [note.id]
    assert await here.library.places() == []  # the receipt says more than the file


async def test_a_file_that_seems_to_be_of_tomorrow_comes_back(here: Here) -> None:
    file = here.folder / "tides.md"
    file.write_text(written().markdown, "utf-8")
    soon = time.time() + 100_000
    os.utime(file, (soon, soon))

    assert (await here.reindex()).notes == 1


async def test_a_note_of_the_plain_template_comes_back(here: Here) -> None:
    file = here.folder / "tides.md"
    file.write_text(written(template="plain").markdown, "utf-8")
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))

    done = await here.reindex()

    [shown] = await here.found("武汉")
    assert (shown.title, shown.url) == ("The *tides* 潮汐", "https://example.org/tides")
    assert (shown.archived_at, shown.tags) == (NOW, ("sea", "moon"))
    assert (done.notes, done.passed_over) == (1, 0)


OWN = "## The tides\n\nText of {url}.\n\n{line}\n\nMore.\n"
PROPERTIES = (
    "---\nsource: https://example.org/tides\ncreated: 2026-11-20\n---\n\n# The tides\n\nMore.\n"
)


@pytest.mark.parametrize(
    "markdown",
    [
        OWN.format(url="x", line="https://example.org/tides"),
        OWN.format(url="x", line="<https://example.org/tides>"),
        OWN.format(url="https://example.org/", line="> **Source:** https://example.org/tides"),
        OWN.format(url="x", line="- 来源：[The page](https://example.org/tides)"),
        OWN.format(url="x" * 30_000, line="URL: https://example.org/tides"),
        OWN.format(url="x", line="URL: https://example.org/tides").replace("\n", "\r\n"),
        PROPERTIES,
        "# The tides\n\n- **URL**: https://example.org/tides\n- **Archived**: someday\n\n---\n",
    ],
)
async def test_a_note_of_a_users_template_comes_back(here: Here, markdown: str) -> None:
    (here.folder / "tides.md").write_bytes(markdown.encode())

    await here.reindex()

    assert [(shown.title, shown.url) for shown in await here.found()] == [
        ("The tides", "https://example.org/tides")
    ]


async def test_a_note_whose_file_was_deleted_is_found_no_more(here: Here) -> None:
    kept, deleted, forgotten = written(url="https://example.org/a"), written(), a_note()
    for note, name in ((kept, "a.md"), (deleted, "b.md"), (forgotten, "c.md")):
        (here.folder / name).write_text(note.markdown, "utf-8")
        await here.archived(note, Receipt(place=str(here.folder / name)))
    await here.reindex()
    here.outbox.spool.remove(forgotten.id)
    for name in ("b.md", "c.md"):
        (here.folder / name).unlink()

    for _ in range(2):
        done = await here.reindex()

        assert [shown.id for shown in await here.found()] == [kept.id]
        assert (done.gone, done.places, done.added) == (2, 1, 0)


async def test_while_a_folder_is_away_its_places_stay(here: Here, tmp_path: Path) -> None:
    note = written()
    (here.folder / "a.md").write_text(note.markdown, "utf-8")
    await here.archived(note, Receipt(place=str(here.folder / "a.md")))
    await here.reindex()
    here.folder.rename(tmp_path / "away")

    assert (await here.reindex()).gone == 0
    [shown] = await here.found()
    assert [place.place for place in shown.places] == [str(here.folder / "a.md")]


async def test_a_deleted_note_that_waits_for_another_backend_stays(here: Here) -> None:
    note = written()
    made = CaptureRequest(id=note.id, url=note.url, title="T", html="x", captured_at=NOW)
    await here.outbox.accept(made, encode(made), now=NOW)
    here.outbox.spool.keep_note(note)
    await here.outbox.enqueue(note.id, note.title, ["local", "zone"], address=note.url, now=NOW)
    [claimed, _], _ = await here.outbox.claim([], now=NOW)
    receipt = Receipt(place=str(here.folder / "gone.md"))
    await here.outbox.settle(claimed.delivery.id, receipt, now=NOW)

    await here.reindex()

    [shown] = await here.found()
    assert (shown.id, shown.places) == (note.id, ())


@pytest.mark.parametrize("template", ["classic", "plain"])
@pytest.mark.parametrize("is_kept", [True, False], ids=["in the spool", "forgotten"])
async def test_a_file_that_was_moved_is_the_same_note(
    here: Here, template: str, *, is_kept: bool
) -> None:
    note, file = written(template=template), here.folder / "tides.md"
    file.write_text(note.markdown, "utf-8")
    await here.archived(note, Receipt(place=str(file), revision="1"))
    await here.reindex()
    if not is_kept:
        here.outbox.spool.remove(note.id)
    (here.folder / "2026").mkdir()
    file.rename(here.folder / "2026" / "moved.md")

    for _ in range(2):
        await here.reindex()

        [shown] = await here.found()
        assert shown.id == note.id
        assert [place.place for place in shown.places] == [str(here.folder / "2026" / "moved.md")]


async def test_a_copy_is_no_other_note_and_is_told(here: Here) -> None:
    for name in ("a.md", "b.md"):
        (here.folder / name).write_text(written().markdown, "utf-8")
    (here.folder / "c.md").write_bytes(b"\xff")

    done = await here.reindex()

    assert len(await here.found()) == 1
    assert sorted(each.reason for each in done.passed) == [
        "another file has this note",
        "it is no UTF-8 text",
    ]


async def test_a_note_with_properties_comes_back_with_them(here: Here) -> None:
    (here.folder / "tides.md").write_text(FRONTMATTER, "utf-8")

    await here.reindex()

    [shown] = await here.found("moon pulls")
    assert (shown.title, shown.url) == ('The "tides"', "https://example.org/tides")
    assert shown.archived_at == datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
    assert (shown.byline, shown.site, shown.tags) == ("Somebody", "Bob's", ("sea", "moon"))


async def test_a_note_in_spool_and_folder_is_one(here: Here) -> None:
    note = written()
    file = here.folder / "tides.md"
    file.write_text(note.markdown, "utf-8")
    await here.archived(note, Receipt(place=str(file)))

    done = await here.reindex()

    assert [shown.id for shown in await here.found()] == [note.id]
    assert done.notes == 1


async def test_a_file_whose_note_the_spool_has_forgotten_keeps_its_id(here: Here) -> None:
    note = written()
    file = here.folder / "tides.md"
    file.write_text(note.markdown, "utf-8")
    await here.archived(note, Receipt(place=str(file)))
    here.outbox.spool.remove(note.id)

    await here.reindex()

    assert [shown.id for shown in await here.found("武汉")] == [note.id]


async def test_a_second_time_changes_nothing(here: Here) -> None:
    (here.folder / "a.md").write_text(written().markdown, "utf-8")
    await here.archived(a_note())
    await here.reindex()
    before = await here.found()

    done = await here.reindex()

    assert done.added == 0
    assert await here.found() == before


async def test_what_only_the_library_has_stays(here: Here) -> None:
    await here.library.add(a_note("只在索引里"))

    await here.reindex()

    assert len(await here.found("只在索引里")) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"# A list of things\n\n- milk\n",
        b"---\ntitle: no address\n---\n\ntext",
        b"---\nurl: https://example.org\narchived: someday\n---\n",
        b"---\nurl: https://example.org",
        b"\xff\xfe\x00binary",
        b"# The tides\n\nSee https://example.org/tides for more.\n",
        b"https://example.org/tides\n\nText without a heading\n",
    ],
)
async def test_a_file_that_is_no_note_is_passed_over(here: Here, data: bytes) -> None:
    (here.folder / "other.md").write_bytes(data)

    done = await here.reindex()

    assert (done.notes, done.passed_over) == (0, 1)


async def test_a_damaged_note_of_the_spool_holds_no_other_back(here: Here, tmp_path: Path) -> None:
    damaged, whole = a_note(), a_note("月亮")
    await here.archived(damaged)
    await here.archived(whole)
    (tmp_path / "spool" / f"{damaged.id}.note.gz").write_bytes(b"damaged")

    done = await here.reindex()

    assert (done.notes, done.passed_over) == (1, 1)
    assert [shown.id for shown in await here.found("月亮")] == [whole.id]


async def test_hidden_files_and_missing_folders_are_no_notes(here: Here) -> None:
    hidden = here.folder / ".git"
    hidden.mkdir()
    (hidden / "a.md").write_text(written().markdown, "utf-8")
    (here.folder / ".part.md").write_text(written().markdown, "utf-8")
    here.reindexing = Reindexing(
        here.outbox,
        here.library,
        folders=lambda: {"local": here.folder, "gone": here.folder / "gone"},
    )

    assert (await here.reindex()).notes == 0


async def test_a_library_that_is_new_is_completed_once(here: Here) -> None:
    await here.archived(a_note())

    await here.reindexing.complete()
    complete = await here.library.is_complete()
    (here.folder / "later.md").write_text(written().markdown, "utf-8")
    await here.reindexing.complete()

    assert complete
    assert len(await here.found()) == 1


def test_a_note_without_an_id_has_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(written().markdown, "utf-8")
    (tmp_path / "c.md").write_text(written(url="https://example.org/c").markdown, "utf-8")

    found = [filed_note(tmp_path / name, None) for name in ("a.md", "b.md", "c.md")]

    a, b, c = [filed.note.id for filed in found if isinstance(filed, FiledNote)]
    assert a == b != c


def test_only_backends_of_this_machine_have_folders(tmp_path: Path) -> None:
    settings = Settings(
        backends={
            "local": {},
            "second": {"kind": "local", "folder": "/notes"},
            "github": {"kind": "github", "folder": "notes"},
        }
    )

    assert local_folders(settings, tmp_path) == {"local": tmp_path, "second": Path("/notes")}
