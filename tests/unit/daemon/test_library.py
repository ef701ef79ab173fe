"""The library: what is found, how it is shown, and what it knows of each note."""

import asyncio
import contextlib
import re
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.errors import UnknownError
from daemon.library import Filters, Library
from daemon.library.query import parse
from daemon.model import Draft, Note, Receipt
from daemon.note import LABELS, note_from, summary_from
from daemon.summarizers.extract import Settings, summarize

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
CHINESE = "在武汉的一家软件外包公司，工程师们把旧系统搬到云上。"
ENGLISH = "The tides of two cities: stories, a café, don't panic. snake_case and 50%."


def a_note(markdown: str = "Text", **fields: Any) -> Note:
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "url": "https://www.example.org/page",
        "title": "A page",
        "archived_at": NOW,
    } | fields
    return Note(markdown=markdown, **given)


@contextlib.asynccontextmanager
async def opened(folder: Path, *notes: Note) -> AsyncIterator[Library]:
    library = Library(folder)
    await library.open()
    try:
        for note in notes:
            await library.add(note)
        yield library
    finally:
        await library.close()


async def found(library: Library, query: str, **filters: Any) -> list[str]:
    return [note.title for note in await library.search(query, Filters(**filters))]


async def test_its_tags_come_the_most_used_first(tmp_path: Path) -> None:
    notes = [a_note(tags=tags) for tags in (("Sea", "tide"), ("tide", "moon"), ("tide", "sea"))]

    async with opened(tmp_path, *notes) as library:
        assert await library.tags() == ["tide", "sea", "moon"]


@pytest.mark.parametrize(
    "query",
    [
        "武汉",
        "外包",
        "外包公司",
        "软件外包公司",
        "武",
        "上",
        "云上",
        "武汉 外包",
        "工程师 武汉",
        '"武汉的一家"',
        "“旧系统”",
        "司，工",
        "tide",
        "tide*",
        "TIDES",
        "city",
        "story",
        "cafe",
        "CAFÉ",
        "don't",
        "snake_case",
        "50%",
        '"two cities"',
        "tides 武汉",
    ],
)
async def test_each_word_of_a_note_finds_it(tmp_path: Path, query: str) -> None:
    async with opened(
        tmp_path, a_note(f"{CHINESE}\n\n{ENGLISH}"), a_note("另一个", title="B")
    ) as library:
        assert await found(library, query) == ["A page"]


@pytest.mark.parametrize(
    "query",
    [
        "汉武",
        "武外",
        "包武汉",
        "武汉 北京",
        '"外包 武汉"',
        '"cities two"',
        "tid",
        "tides OR nothing",
        "tides NEAR cities",
        "title:tides nothing",
        "NOT nothing",
        '"',
        '""',
        "*",
        "()",
        "\0",
        "'; DROP TABLE note; --",
        "水" * 10_000,
        "z " * 5_000,
        "😀",
        "\ud800",
    ],
)
async def test_what_a_note_does_not_hold_does_not_find_it(tmp_path: Path, query: str) -> None:
    async with opened(tmp_path, a_note(f"{CHINESE}\n\n{ENGLISH}")) as library:
        assert await found(library, query) == []
        assert await found(library, "武汉") == ["A page"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(query=st.text(max_size=200))
def test_any_text_is_a_query(tmp_path: Path, query: str) -> None:
    async def search() -> None:
        async with opened(tmp_path, a_note(CHINESE)) as library:
            await library.search(query)

    asyncio.run(search())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.sampled_from("水汉武a b，s"), min_size=1, max_size=20), st.data())
def test_every_run_of_a_chinese_text_finds_it(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject
) -> None:
    chinese = "".join(each for each in text if each in "水汉武") or "水"
    start = data.draw(st.integers(0, len(chinese) - 1))
    end = data.draw(st.integers(start + 1, len(chinese)))

    async def search() -> list[str]:
        folder = tmp_path_factory.mktemp("library")
        async with opened(folder, a_note(f"x{chinese}y")) as library:
            return await found(library, chinese[start:end])

    assert asyncio.run(search()) == ["A page"]


async def test_an_emoji_is_a_word(tmp_path: Path) -> None:
    async with opened(tmp_path, a_note("All is well 😀!"), a_note("No", title="B")) as library:
        assert await found(library, "😀") == ["A page"]


async def test_an_empty_query_gives_all_the_newest_first_page_by_page(tmp_path: Path) -> None:
    notes = [a_note(title=str(day), archived_at=NOW + timedelta(days=day)) for day in range(5)]
    async with opened(tmp_path, *notes) as library:
        first = await library.search(" ", limit=2)
        second = await library.search("", limit=2, offset=2)

    assert [note.title for note in first + second] == ["4", "3", "2", "1"]


async def test_a_word_of_the_title_counts_more_than_one_of_the_text(tmp_path: Path) -> None:
    padding = "其他的话。" * 20
    notes = [
        a_note(f"{padding}潮汐潮汐潮汐{padding}", title="别的"),
        a_note(padding, title="潮汐"),
        a_note(padding, title="无关"),
        a_note(padding, title="也无关"),
    ]
    async with opened(tmp_path, *notes) as library:
        assert await found(library, "潮汐") == ["潮汐", "别的"]


async def test_of_equals_the_newer_comes_first(tmp_path: Path) -> None:
    notes = [
        a_note("潮汐", title=f"第{day}天", archived_at=NOW + timedelta(days=day))
        for day in (2, 3, 1)
    ]
    async with opened(tmp_path, *notes, a_note("无关")) as library:
        assert await found(library, "潮汐") == ["第3天", "第2天", "第1天"]


async def test_hits_are_marked_as_pieces_of_text(tmp_path: Path) -> None:
    note = a_note("It's <b>the</b> Tide [and](https://example.org/tide) 武汉的水。", title="Tides")
    async with opened(tmp_path, note) as library:
        [shown] = await library.search('tide "武汉"')

    assert shown.marked_title == ("", "Tides", "")
    assert shown.snippet == ("It's <b>the</b> ", "Tide", " [and] ", "武汉", "的水。")


async def test_a_snippet_shows_where_the_first_hit_is(tmp_path: Path) -> None:
    async with opened(tmp_path, a_note("前言。" * 500 + "潮汐" + "后记。" * 500)) as library:
        [shown] = await library.search("潮汐")

    before, hit, after = shown.snippet
    assert hit == "潮汐"
    assert before.startswith("…")
    assert before.endswith("前言。")
    assert after.startswith("后记。")
    assert after.endswith("…")
    assert len("".join(shown.snippet)) < 200


async def test_the_head_of_a_note_is_no_text(tmp_path: Path) -> None:
    head = "# A page\n\n- **URL**: https://example.org/secretword\n- **Archived**: 2026-11-20\n"
    async with opened(tmp_path, a_note(f"{head}\n---\n\n## Original text\n\nTides.\n")) as library:
        assert await found(library, "secretword") == []
        assert await found(library, "tides") == ["A page"]


@pytest.mark.parametrize("text", ["![", "![](", "[![a](b)](", "*No summary", "# a:", "---\n"])
async def test_no_text_of_a_page_holds_a_search_up(tmp_path: Path, text: str) -> None:
    async with opened(tmp_path, a_note(text * (400_000 // len(text)))) as library:
        begun = time.process_time()
        await library.search("")

    assert time.process_time() - begun < 3


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("template", ["classic", "plain", "frontmatter"])
async def test_a_snippet_is_of_the_text_without_words_of_templates_and_images(
    tmp_path: Path, template: str, language: str
) -> None:
    draft = Draft(
        url="https://example.org/tides",
        title="Tides",
        markdown="[![pic](a.png)](https://example.org) The moon pulls ![two](b.png) the sea.",
        text="The moon pulls the sea.",
    )
    summary = summary_from(summarize(draft, language, [], settings=Settings()), made_by="extract")
    markdown = note_from(
        draft,
        summary,
        id="note-of-tides",
        archived_at=NOW,
        language=language,
        template=template,
        templates=tmp_path,
    ).markdown
    async with opened(tmp_path, a_note(markdown)) as library:
        [shown] = await library.search("")
        labels = [value for value in LABELS[language].values() if "{" not in value]
        hits = [label for label in labels if await found(library, f'"{label}"')]

    assert "".join(shown.snippet).startswith("The moon pulls the sea. ")
    assert [label for label in labels if label in "".join(shown.snippet)] == hits == []
    assert not re.search("Archive note|归档笔记|pic|two", "".join(shown.snippet))


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        ({"site": "example.org"}, ["A", "B"]),
        ({"site": "www.Example.org"}, ["A", "B"]),
        ({"site": "news.example.org"}, ["B"]),
        ({"site": "the NEWS"}, ["B"]),
        ({"site": "ample.org"}, []),
        ({"site": "%"}, []),
        ({"tag": "Physics"}, ["A"]),
        ({"tag": "#physics"}, ["A"]),
        ({"since": NOW}, ["B", "C"]),
        ({"until": NOW}, ["A"]),
        ({"since": NOW - timedelta(days=1), "until": NOW + timedelta(seconds=1)}, ["A", "B"]),
        ({"backend": "local"}, ["A"]),
        ({"delivered": True}, ["A", "B"]),
        ({"ids": ("note-of-c", "another")}, ["C"]),
        ({"ids": ()}, []),
        ({"tag": "physics", "backend": "github"}, []),
    ],
)
@pytest.mark.parametrize("query", ["", "text"])
async def test_filters_leave_the_others_out(
    tmp_path: Path, query: str, filters: dict[str, Any], hits: list[str]
) -> None:
    a = a_note(title="A", tags=("physics",), archived_at=NOW - timedelta(days=1))
    b = a_note(title="B", url="https://news.example.org/", site="The News")
    c = a_note(id="note-of-c", title="C", url="http://[", archived_at=NOW + timedelta(days=1))
    async with opened(tmp_path, a, b, c) as library:
        await library.stored([(a.id, "local", Receipt(place="a.md"), NOW)])
        await library.stored([(b.id, "github", Receipt(place="b.md"), NOW)])

        assert sorted(await found(library, query, **filters)) == hits


async def test_a_note_added_twice_is_there_once(tmp_path: Path) -> None:
    note = a_note("潮汐")
    async with opened(tmp_path) as library:
        assert await library.add(note)
        assert not await library.add(note)

        assert await found(library, "潮汐") == ["A page"]


async def test_a_note_that_changed_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    note = a_note("潮汐 tides", title="Old", tags=("sea",))
    new = a_note("月亮 moon", title="New", id=note.id)
    async with opened(tmp_path, note, new) as library:
        assert await found(library, "潮汐") == await found(library, "old") == []
        assert await found(library, "", tag="sea") == []
        assert await found(library, "月亮 moon new") == ["New"]
        assert (await library.note(note.id)).markdown == "月亮 moon"


async def test_a_note_has_all_that_is_known_of_it(tmp_path: Path) -> None:
    receipt = Receipt(place="notes/a.md", url="https://example.org/a.md", revision="abc")
    note = a_note(
        "潮汐\r\n",
        site="Example",
        byline="Somebody",
        published="2026-01-01",
        language="zh-CN",
        tags=("Sea",),
    )
    async with opened(tmp_path, note) as library:
        await library.stored([(note.id, "github", receipt, NOW)])
        whole = await library.note(note.id)

    assert whole.markdown == "潮汐\r\n"
    assert (whole.site, whole.byline, whole.published) == ("Example", "Somebody", "2026-01-01")
    assert (whole.language, whole.tags, whole.archived_at) == ("zh-CN", ("Sea",), NOW)
    [place] = whole.places
    assert (place.backend, place.place, place.url, place.revision, place.stored_at) == (
        "github",
        "notes/a.md",
        "https://example.org/a.md",
        "abc",
        NOW,
    )


async def test_a_note_that_is_not_there_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        with pytest.raises(UnknownError) as told:
            await library.note("nothing-here")

    assert told.value.code == "note-unknown"


async def test_receipts_are_those_of_the_same_page_and_backend_newest_first(tmp_path: Path) -> None:
    first, second = a_note(url="https://example.org/a#one"), a_note(url="https://example.org/a#two")
    other = a_note(url="https://example.org/b")
    async with opened(tmp_path, first, second, other) as library:
        await library.stored([(first.id, "local", Receipt(place="1"), NOW)])
        await library.stored([(second.id, "local", Receipt(place="2"), NOW + timedelta(days=1))])
        await library.stored([(second.id, "github", Receipt(place="3"), NOW)])
        await library.stored([(other.id, "local", Receipt(place="4"), NOW)])

        receipts = await library.receipts("https://example.org/a", "local", NOW)

    assert [receipt.place for receipt in receipts] == ["2", "1"]


async def test_receipts_of_later_notes_of_the_page_are_left_out(tmp_path: Path) -> None:
    old, new = a_note(), a_note(archived_at=NOW + timedelta(days=1))
    async with opened(tmp_path, old, new) as library:
        await library.stored([(old.id, "local", Receipt(place="old"), NOW)])
        await library.stored([(new.id, "local", Receipt(place="new"), NOW)])

        receipts = await library.receipts(old.url, "local", old.archived_at)

    assert [receipt.place for receipt in receipts] == ["old"]


async def test_a_receipt_may_come_before_its_note(tmp_path: Path) -> None:
    note = a_note()
    async with opened(tmp_path) as library:
        await library.stored([(note.id, "local", Receipt(place="a.md"), NOW)])
        await library.add(note)

        assert await found(library, "", backend="local") == ["A page"]


async def test_the_earlier_note_is_the_newest_other_one_of_the_page(tmp_path: Path) -> None:
    old, new = a_note(title="Old"), a_note(title="New", archived_at=NOW + timedelta(days=1))
    async with opened(tmp_path, new, old) as library:
        await library.stored([(new.id, "local", Receipt(place="new.md"), NOW)])
        earlier = await library.earlier("another-id", None, f"{new.url}#part")
        own = await library.earlier(new.id, new.url)
        none = await library.earlier("another-id", "https://example.org/other", "http://[")

    assert earlier is not None
    assert (earlier.id, earlier.title, earlier.archived_at) == (new.id, "New", new.archived_at)
    assert [place.place for place in earlier.places] == ["new.md"]
    assert own is not None
    assert own.id == old.id
    assert none is None


async def test_who_asks_waits_for_no_writer(tmp_path: Path) -> None:
    async with opened(tmp_path, a_note("潮汐")) as library:
        with contextlib.closing(sqlite3.connect(tmp_path / "library.sqlite")) as writer:
            writer.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(2):
                assert await found(library, "潮汐") == ["A page"]
                assert await library.receipts("https://example.org/", "local", NOW) == []


async def test_of_versions_the_newest_alone_is_found_unless_all_are_asked_for(
    tmp_path: Path,
) -> None:
    first, second, third = (a_note("潮汐", title=title) for title in "ABC")
    async with opened(tmp_path, first) as library:
        await library.versions({second.id: first.id, third.id: second.id})
        before = await found(library, "潮汐")
        await library.add(third)
        await library.add(second)

        assert before == ["A"]  # the others are not there yet
        for query in ("潮汐", ""):
            assert await found(library, query) == ["C"]
            assert sorted(await found(library, query, versions=True)) == ["A", "B", "C"]
        oldest, newest = [await library.note(note.id) for note in (first, third)]
        assert (oldest.newer_version, oldest.older_versions) == (third.id, ())
        assert (newest.newer_version, newest.older_versions) == (None, (second.id, first.id))
        earlier = await library.earlier("another-id", first.url)
        assert earlier is not None
        assert earlier.id == third.id


async def test_a_place_that_was_overwritten_belongs_to_the_newest_alone(tmp_path: Path) -> None:
    old, new, same = a_note(), a_note(), a_note()
    receipts = [Receipt(place="a.md", revision=revision) for revision in ("1", "2")]
    stored = [
        (old.id, "local", receipts[0], NOW),
        (old.id, "second", receipts[0], NOW),
        (new.id, "local", receipts[1], NOW + timedelta(days=1)),
        (same.id, "local", receipts[1], NOW + timedelta(days=2)),  # nothing was stored for it
    ]
    async with opened(tmp_path, old, new, same) as library:
        for order in (stored, stored[::-1]):
            await library.stored(order)

            whole = [await library.note(note.id) for note in (old, new, same)]
            assert [[place.backend for place in note.places] for note in whole] == [
                ["second"],
                ["local"],
                ["local"],
            ]
            receipts = await library.receipts(old.url, "local", NOW + timedelta(days=9))
            assert [receipt.revision for receipt in receipts] == ["2", "2"]


async def test_a_library_of_another_version_is_made_anew(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "library.sqlite")) as older:
        older.execute("CREATE TABLE note (id TEXT)")
    async with opened(tmp_path, a_note("潮汐")) as library:
        assert not await library.is_complete()
        assert await found(library, "潮汐") == ["A page"]


async def test_a_library_that_is_complete_stays_so(tmp_path: Path) -> None:
    async with opened(tmp_path, a_note("潮汐")) as library:
        await library.completed(NOW)
    async with opened(tmp_path) as library:
        assert await library.is_complete()
        assert await found(library, "潮汐") == ["A page"]


async def test_a_file_that_is_no_database_is_begun_anew_and_told_once(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite").write_bytes(b"no database at all, but long enough" * 10)
    async with opened(tmp_path, a_note("潮汐")) as library:
        assert [await library.begun_anew() for _ in range(2)] == [True, False]
        assert await found(library, "潮汐") == ["A page"]
        assert not await library.is_complete()


async def test_damage_that_a_search_finds_is_begun_anew(tmp_path: Path) -> None:
    async with opened(tmp_path, *(a_note(f"潮汐 {number}") for number in range(50))):
        pass
    file = tmp_path / "library.sqlite"
    with file.open("r+b") as opened_file:
        opened_file.seek(8192)
        opened_file.write(b"\xaa" * (file.stat().st_size - 8192))
    async with opened(tmp_path) as library:
        assert await library.search("潮汐") == []
        await library.add(a_note("潮汐"))
        assert await found(library, "潮汐") == ["A page"]
        assert await library.begun_anew()


async def test_only_the_beginning_of_a_huge_note_is_searched_and_all_of_it_kept(
    tmp_path: Path,
) -> None:
    markdown = "潮汐" + "水" * 1_000_000 + "月亮"
    note = a_note(markdown)
    async with opened(tmp_path, note) as library:
        assert await found(library, "潮汐") == ["A page"]
        assert await found(library, "月亮") == []
        assert (await library.note(note.id)).markdown == markdown


def test_a_query_is_as_long_as_a_sentence() -> None:
    assert parse("水" * 10_000) == parse("水" * 500)


async def test_a_note_that_is_taken_out_is_found_nowhere_and_can_be_put_back(
    tmp_path: Path,
) -> None:
    note, other = a_note("潮汐", tags=("sea",)), a_note("潮汐", title="B", url="https://b.example/")
    async with opened(tmp_path, note, other) as library:
        await library.remove(note.id)

        assert await found(library, "潮汐") == await found(library, "") == ["B"]
        assert await library.count("") == await library.count("潮汐") == 1
        assert await library.tags() == []
        assert await library.earlier("another-one", note.url) is None
        with pytest.raises(UnknownError):
            await library.note(note.id)
        await library.restore(note.id)
        assert await found(library, "", tag="sea") == ["A page"]


async def test_the_older_versions_go_with_a_note_and_come_back_with_it(tmp_path: Path) -> None:
    old, new, newest = (a_note(title=title) for title in ("Old", "New", "Newest"))
    async with opened(tmp_path, old, new) as library:
        await library.versions({new.id: old.id})
        await library.remove(new.id)
        assert await found(library, "", versions=True) == []

        await library.versions({newest.id: new.id})
        await library.add(newest)
        assert await found(library, "", versions=True) == []
        await library.restore(new.id)

        assert sorted(await found(library, "", versions=True)) == ["New", "Newest", "Old"]
        assert await found(library, "") == ["Newest"]


async def test_a_note_that_was_taken_out_is_not_indexed_anew(tmp_path: Path) -> None:
    note = a_note("潮汐")
    async with opened(tmp_path, note) as library:
        await library.remove(note.id)
        await library.add(note)
        await library.put([])
        await library.add(a_note("月亮", id=note.id))

        assert await found(library, "", versions=True) == []


async def test_what_is_not_there_is_neither_taken_out_nor_put_back(tmp_path: Path) -> None:
    async with opened(tmp_path, a_note()) as library:
        for act in (library.remove, library.restore):
            with pytest.raises(UnknownError) as told:
                await act("nothing-here")
            assert told.value.code == "note-unknown"
        assert await found(library, "") == ["A page"]


@pytest.mark.parametrize(
    ("query", "filters", "count"),
    [
        ("", {}, 3),
        ("潮汐", {}, 2),
        ("", {"site": "b.example"}, 1),
        ("潮汐", {"tag": "sea"}, 1),
        ("没有", {}, 0),
        ("*", {}, 0),
    ],
)
async def test_all_that_a_search_finds_is_counted(
    tmp_path: Path, query: str, filters: dict[str, Any], count: int
) -> None:
    notes = [a_note("潮汐", tags=("sea",)), a_note("潮汐"), a_note(url="https://b.example/")]
    async with opened(tmp_path, *notes) as library:
        assert await library.count(query, Filters(**filters)) == count
        assert len(await library.search(query, Filters(**filters))) == count


@pytest.mark.parametrize("title", ["Tides", "潮汐 😀"])
async def test_where_the_text_of_a_note_begins_is_told(tmp_path: Path, title: str) -> None:
    head = f"# {title}\n\n- **URL**: https://example.org/\n- **Archived**: 2026-11-20\n\n---\n"
    text = "\n## Original text\n\nTides.\n"
    async with opened(tmp_path, note := a_note(head + text), bare := a_note("Tides.")) as library:
        whole = await library.note(note.id)

        assert whole.markdown.encode("utf-16-le")[2 * whole.text_at :].decode("utf-16-le") == text
        assert (await library.note(bare.id)).text_at == 0
