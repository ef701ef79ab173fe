"""Notes in Feishu: a document for each, whatever happens on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.errors import DeliveryDeferred, DeliveryRejected
from daemon.model import Note
from tests.fakes.docx_markdown import note_outline, outline
from tests.fakes.feishu import afterwards, applied_then_reset, raw, refusal, reset
from tests.fakes.feishu_site import PNG, Saved, Site, a_note, feishu
from tests.fakes.feishu_state import Base

pytestmark = pytest.mark.usefixtures("no_pauses")


PAGES = sorted(Path(__file__).parents[2].joinpath("pages").iterdir())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with feishu(tmp_path) as made:
        yield made


def texts(site: Site) -> list[list[str]]:
    return [document.texts for document in site.documents]


async def refused(site: Site, note: Note | None = None, **settings: Any) -> DeliveryRejected:
    with pytest.raises(DeliveryRejected) as error:
        await site.keep(note, **settings)
    assert error.value.hint
    return error.value


async def deferred(site: Site, note: Note, saved: Saved) -> DeliveryDeferred:
    with pytest.raises(DeliveryDeferred) as error:
        await site.keep(note, saved)
    assert error.value.hint
    return error.value


# Where it goes.


async def test_a_note_is_a_document_of_its_title_in_the_folder(site: Site) -> None:
    receipt = await site.keep(a_note("# Tides\n\nThe text.\n\n## More\n\n- one\n"))

    (document,) = site.documents
    assert document.title == "Tides"
    assert document.folder == site.place.token
    assert document.texts == ["The text.", "More", "one"]
    assert receipt.place == f"example.feishu.cn/docx/{document.id}"
    assert receipt.url == f"https://example.feishu.cn/docx/{document.id}"
    assert receipt.revision == str(document.revision)


async def test_a_note_goes_to_a_node_of_a_wiki(site: Site) -> None:
    space = site.server.state.space(**{site.server.app.id: "edit"})
    receipt = await site.keep(wiki=space.id)

    (document,) = site.documents
    node = site.server.state.nodes[document.node]
    assert (node.space, document.title) == (space.id, "Tides")
    assert receipt.place == f"example.feishu.cn/wiki/{node.token}/docx/{document.id}"
    assert receipt.url == f"https://example.feishu.cn/wiki/{node.token}"


@pytest.mark.parametrize(
    "url",
    ["", "javascript:0", "http://a.example/docx/x", "https://a\x1b[2J/", "https://a\x1b2J/docx/x"],
)
async def test_what_is_no_address_is_told_as_none(site: Site, url: str) -> None:
    told = msgspec.json.encode({"code": 0, "msg": "", "data": {"metas": [{"url": url}]}})
    site.server.on("POST", "/metas/batch_query", raw(told))
    receipt = await site.keep()

    assert (receipt.place, receipt.url) == (f"docx/{site.documents[0].id}", None)


async def test_each_capture_of_a_page_is_a_document(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    await site.keep(a_note("# Tides\n\nsecond\n"))

    assert texts(site) == [["first"], ["second"]]


async def test_a_page_that_is_there_is_skipped(site: Site) -> None:
    first = await site.keep()

    assert await site.keep(again="skip") == first
    assert len(site.documents) == 1


async def test_a_page_whose_document_was_deleted_is_not_skipped(site: Site) -> None:
    await site.keep()
    site.documents[0].deleted = True
    await site.keep(again="skip")

    assert len(site.documents) == 1


async def test_the_content_is_replaced_and_the_document_stays(site: Site) -> None:
    first = await site.keep(a_note("# Tides\n\nfirst\n\nand more\n"))
    second = await site.keep(a_note("# Tides\n\nsecond\n", title="New tides"), again="overwrite")

    (document,) = site.documents
    assert document.texts == ["second"]
    assert document.title == "New tides"
    assert second.place == first.place
    assert second.revision == str(document.revision) != first.revision


async def test_what_somebody_has_edited_is_not_replaced(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    site.documents[0].changed_by_somebody("Mine.")
    await site.keep(a_note("# Tides\n\nsecond\n"), again="overwrite")

    assert [sorted(found) for found in texts(site)] == [["Mine.", "first"], ["second"]]


async def test_a_summary_that_comes_late_takes_the_place_of_the_note(site: Site) -> None:
    note = a_note("# Tides\n\nwithout\n")
    await site.keep(note)
    late = msgspec.structs.replace(a_note("# Tides\n\nwith\n"), completes=note.id)
    await site.keep(late)

    assert texts(site) == [["with"]]


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
async def test_a_page_reads_back_from_the_service_as_its_note(site: Site, folder: Path) -> None:
    markdown = (folder / "note.md").read_text("utf-8")
    await site.keep(a_note(markdown))

    (document,) = site.documents
    told = [document.shown(node) for node in document.in_order()]
    # The one difference: the note's own title is that of the document.
    assert outline(told) == note_outline(markdown)[1:]


# F8: the document.


async def test_a_document_whose_answer_was_lost_is_found_and_filled(site: Site) -> None:
    note, saved = a_note(), Saved()
    site.server.on("POST", "/docx/v1/documents$", applied_then_reset)
    await deferred(site, note, saved)
    assert [document.texts for document in site.documents] == [[]]

    await site.keep(note, saved)
    (document,) = site.documents
    assert (document.title, document.texts) == ("Tides", ["The text."])


async def test_a_node_whose_answer_was_lost_is_found_and_filled(site: Site) -> None:
    space = site.server.state.space(**{site.server.app.id: "edit"})
    note, saved = a_note(), Saved()
    site.server.on("POST", "/nodes$", applied_then_reset)
    with pytest.raises(DeliveryDeferred):
        await site.keep(note, saved, wiki=space.id)

    await site.keep(note, saved, wiki=space.id)
    (document,) = site.documents
    assert (document.title, document.texts) == ("Tides", ["The text."])


async def test_a_document_that_was_never_made_is_made(site: Site) -> None:
    note, saved = a_note(), Saved()
    site.server.on("POST", "/docx/v1/documents$", reset)
    await deferred(site, note, saved)
    assert site.documents == []

    await site.keep(note, saved)
    assert texts(site) == [["The text."]]


# F7: its blocks.


async def test_blocks_whose_answer_was_lost_are_there_once(site: Site) -> None:
    site.server.on("POST", "/descendant", applied_then_reset, applied_then_reset)
    await site.keep(a_note("# Tides\n\none\n\ntwo\n"))

    assert texts(site) == [["one", "two"]]


async def test_an_attempt_goes_on_where_the_last_one_ended(site: Site) -> None:
    paragraphs = [f"paragraph {number}" for number in range(2_300)]
    note, saved = a_note("# Tides\n\n" + "\n\n".join(paragraphs)), Saved()
    site.server.state.rates.on = False
    site.server.on("POST", "/descendant", None, *[reset] * 20)
    await deferred(site, note, saved)
    (half,) = site.documents
    assert 0 < len(half.first_level) < len(paragraphs)
    assert "guidang" in half.title
    site.server.forget()

    await site.keep(note, saved)
    assert texts(site) == [paragraphs]


async def test_a_document_that_is_deleted_meanwhile_is_made_anew(site: Site) -> None:
    def delete_it() -> None:
        site.documents[0].deleted = True

    site.server.on("POST", "/descendant", afterwards(delete_it))
    await site.keep()

    assert texts(site) == [["The text."]]


async def test_a_document_that_is_edited_before_it_is_whole_is_made_anew(site: Site) -> None:
    paragraphs = [f"paragraph {number}" for number in range(1_200)]
    note, saved = a_note("# Tides\n\n" + "\n\n".join(paragraphs)), Saved()
    site.server.on("POST", "/descendant", None, *[reset] * 20)
    await deferred(site, note, saved)
    site.documents[0].changed_by_somebody("Mine.")
    site.server.forget()
    await site.keep(note, saved)

    assert texts(site) == [paragraphs]
    assert len(site.server.state.documents) == 2


# F9, F10: large notes.


async def test_a_large_note_is_whole_and_in_order_within_all_limits(site: Site) -> None:
    site.server.state.rates.on = False
    names = [f"{number:032x}.png" for number in range(45)]
    table = "| n | square |\n|---|---|\n" + "".join(f"| {n} | {n * n} |\n" for n in range(120))
    parts = [f"paragraph {number}" for number in range(2_300)]
    for number, name in enumerate(names):
        parts[number * 50] = f"![{name}](assets/{name})"
    note = site.illustrated(*names)
    markdown = "# Tides\n\n" + "\n\n".join(parts) + f"\n\n{table}"
    await site.keep(msgspec.structs.replace(note, markdown=markdown))

    (document,) = site.documents
    told = [text for text in document.texts if text.startswith("paragraph")]
    assert told == [part for part in parts if part.startswith("paragraph")]
    assert len(document.images) == 45
    assert all(image.content["token"] for image in document.images)
    assert {str(n * n) for n in range(120)} <= set(document.texts)
    assert site.server.state.most_at_once["upload"] == 1


async def test_a_note_that_no_document_takes_is_refused_before_anything_is_made(
    site: Site,
) -> None:
    error = await refused(site, a_note("word " * 2_100_000))

    assert error.code == "note-too-large"
    assert site.server.seen == []


# F11: images.


@pytest.mark.parametrize("code", [1061043, 1061109, 1061113])
async def test_an_image_that_is_refused_becomes_a_link(site: Site, code: int) -> None:
    note = site.illustrated("a.png", "b.png", "c.png")
    site.server.on("POST", "/medias/upload_all", None, refusal(code))
    receipt = await site.keep(note)

    (document,) = site.documents
    assert len(document.images) == 2
    assert [node.type for node in document.first_level] == [27, 2, 27]
    assert document.texts == ["b.png"]
    assert document.links == ["https://example.org/b.png"]
    assert [each.url for each in receipt.unsaved] == ["https://example.org/b.png"]
    assert receipt.unsaved[0].error.hint


async def test_an_image_that_is_gone_or_too_large_becomes_a_link(site: Site) -> None:
    note = site.illustrated("a.png", "b.png", "c.png")
    (site.folder / "a.png").unlink()
    (site.folder / "b.png").write_bytes(PNG + bytes(20_971_520))
    receipt = await site.keep(note)

    (document,) = site.documents
    assert len(document.images) == 1
    assert [each.error.code for each in receipt.unsaved] == [
        "image-lost",
        "image-refused-by-service",
    ]


async def test_an_image_that_cannot_be_shown_becomes_a_link(site: Site) -> None:
    note = site.illustrated("a.png", "b.png")
    site.server.on("PATCH", "/batch_update", refusal(1770013), None, refusal(1770013))
    receipt = await site.keep(note)

    (document,) = site.documents
    assert len(document.images) == 1
    assert [each.url for each in receipt.unsaved] == ["https://example.org/b.png"]


async def test_images_that_are_shown_are_not_sent_again(site: Site) -> None:
    note, saved = site.illustrated("a.png", "b.png"), Saved()
    site.server.on("POST", "/medias/upload_all", None, *[reset] * 20)
    await deferred(site, note, saved)
    site.server.forget()
    await site.keep(note, saved)

    (document,) = site.documents
    assert all(image.content["token"] for image in document.images)


# F12: structure.


@pytest.mark.parametrize("code", [1770001, 1770006, 1770041])
async def test_what_is_refused_in_its_form_is_stored_in_a_simpler_one(
    site: Site, code: int
) -> None:
    site.server.on("POST", "/descendant", refusal(code))
    await site.keep(
        a_note("# Tides\n\n> [!NOTE]\n> inner\n\n- one\n  - two\n\n| a |\n|---|\n| b |\n")
    )

    (document,) = site.documents
    told = " ".join(document.texts)
    assert all(word in told for word in ("inner", "one", "two", "a", "b"))
    assert document.title == "Tides"


async def test_what_is_refused_in_any_form_leaves_nothing_behind(site: Site) -> None:
    site.server.on("POST", "/descendant", refusal(1770001), refusal(1770001))
    error = await refused(site)

    assert error.code == "form-refused"
    assert site.documents == []


# F17: sharing; rows.


async def test_the_document_of_the_app_is_shared(site: Site) -> None:
    reader = site.server.user
    await site.keep(share_with=reader.open_id)

    (document,) = site.documents
    assert document.members[reader.open_id] == "full_access"


async def test_a_note_that_cannot_be_shared_is_stored_and_says_so(site: Site) -> None:
    site.server.on("POST", "/members", refusal(1063004))
    receipt = await site.keep(share_with="ou_reader")

    assert texts(site) == [["The text."]]
    assert receipt.warning is not None
    assert receipt.warning.code == "note-not-shared"
    assert "ou_reader" in receipt.warning.message
    assert receipt.url


async def test_each_note_has_a_row_in_the_base(site: Site) -> None:
    base = Base("bas1", "Notes", site.server.app.id, site.place.token, {}, 0)
    site.server.state.bases[base.token] = base
    first = await site.keep(
        msgspec.structs.replace(a_note(), tags=("sea", "moon")), base=base.token
    )
    await site.keep(a_note(title="Other"), base=base.token)

    (table,) = [table for table in base.tables.values() if table.name == "Guidang"]
    rows = list(table.records.values())
    assert [row["Title"] for row in rows] == ["Tides", "Other"]
    assert rows[0]["Tags"] == ["sea", "moon"]
    assert rows[0]["Document"]["link"] == first.url


async def test_a_row_that_cannot_be_made_costs_the_note_nothing(site: Site) -> None:
    receipt = await site.keep(base="nowhere")

    assert texts(site) == [["The text."]]
    assert receipt.warning is not None
    assert receipt.warning.code == "note-not-listed"


# F18: titles.


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("潮" * 900, "潮" * 800),
        ("a\0b\nc\u2028d\ud83d", "a b c d?"),
        ("", "untitled"),
        (" \n ", "untitled"),
        ("😀" * 800, "😀" * 800),
    ],
    ids=["long", "control characters", "empty", "blank", "emoji"],
)
async def test_any_title_becomes_one_that_is_taken(site: Site, given: str, shown: str) -> None:
    await site.keep(a_note(title=given))

    assert site.documents[0].title == shown


# The check.


async def test_a_check_says_where_notes_go_and_who_has_them(site: Site) -> None:
    said = await site.connected(share_with="ou_reader").check()

    assert site.place.token in said
    assert "ou_reader" in said
    assert site.documents == []


async def test_a_check_tells_a_folder_that_is_not_shared(site: Site) -> None:
    other = site.server.state.folder("somebody")
    with pytest.raises(DeliveryRejected) as error:
        await site.connected(folder=other.token).check()

    assert error.value.code == "folder-not-shared"
