"""What people do to a document while a note goes into it, and what a hostile service answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from daemon.backends import Progress
from daemon.backends.feishu import document, sharing
from daemon.errors import DeliveryDeferred, DeliveryRejected
from daemon.model import Note
from tests.fakes.feishu import Call, Reply, afterwards, applied_then_reset, refusal, reset
from tests.fakes.feishu_shapes import DeleteChildren
from tests.fakes.feishu_site import Saved, Site, a_note, feishu
from tests.fakes.feishu_state import Base
from tests.fakes.feishu_tree import Document

pytestmark = pytest.mark.usefixtures("no_pauses")
LONG = [f"paragraph {number}" for number in range(1_001)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with feishu(tmp_path) as made:
        made.server.state.rates.on = False
        yield made


def written(paragraphs: list[str]) -> Note:
    return a_note("# Tides\n\n" + "\n\n".join(paragraphs))


def texts(site: Site) -> list[list[str]]:
    return [each.texts for each in site.documents]


def first(site: Site) -> Document:
    return next(iter(site.server.state.documents.values()))


async def deferred(site: Site, note: Note, saved: Saved, **settings: Any) -> DeliveryDeferred:
    with pytest.raises(DeliveryDeferred) as error:
        await site.keep(note, saved, **settings)
    site.server.forget()
    return error.value


# F7, F8: an attempt that goes on takes nothing for its own that is not.


async def test_a_line_of_somebody_where_the_next_batch_belongs_is_not_taken_for_it(
    site: Site,
) -> None:
    note, saved = written(LONG), Saved()
    site.server.on("POST", "/descendant", None, *[reset] * 20)
    await deferred(site, note, saved)
    assert len(first(site).first_level) == len(LONG) - 1
    first(site).changed_by_somebody("Mine.")
    await site.keep(note, saved)

    assert texts(site) == [LONG]


async def test_an_image_that_was_half_a_link_becomes_one_and_is_told(site: Site) -> None:
    note, saved = site.illustrated("a.png", "b.png"), Saved()
    site.server.on("POST", "/medias/upload_all", refusal(1061113))
    site.server.on("DELETE", "/batch_delete", *[reset] * 20)
    await deferred(site, note, saved)
    assert [node.type for node in first(site).first_level] == [2, 27, 27]
    receipt = await site.keep(note, saved)

    (kept,) = site.documents
    assert [node.type for node in kept.first_level] == [2, 27]
    assert all(image.content["token"] for image in kept.images)
    assert [each.url for each in receipt.unsaved] == ["https://example.org/a.png"]


async def test_another_note_of_the_same_title_and_form_is_not_taken_for_a_lost_one(
    site: Site,
) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    note = a_note("# Tides\n\nsecond\n")
    receipt = await site.connected().deliver(
        note, key=f"{note.id}.notes", progress=Progress(None, Saved().save, lost=True)
    )

    assert texts(site) == [["first"], ["second"]]
    assert receipt.place.endswith(site.documents[1].id)


async def test_a_half_of_which_nobody_remembers_anything_is_gone_on_with(site: Site) -> None:
    note, saved = written(LONG), Saved()
    site.server.on("POST", "/descendant", None, *[reset] * 20)
    await deferred(site, note, saved)
    site.server.state.done.clear()  # so long ago that the service knows no client token
    await site.connected().deliver(
        note, key=f"{note.id}.notes", progress=Progress(None, Saved().save, lost=True)
    )

    assert texts(site) == [LONG]


async def test_a_batch_that_has_changed_is_not_taken_for_the_one_before(site: Site) -> None:
    note, saved = site.illustrated("a.png", "b.png"), Saved()
    site.server.on("POST", "/descendant", *[applied_then_reset] * 6)
    await deferred(site, note, saved)
    first(site).delete_children(first(site).id, _all_of(first(site)))
    (site.folder / "a.png").unlink()
    await site.keep(note, saved)

    (kept,) = site.documents
    assert [node.type for node in kept.first_level] == [2, 27]
    assert all(image.content["token"] for image in kept.images)


def _all_of(document: Document) -> DeleteChildren:
    return DeleteChildren(start_index=0, end_index=len(document.first_level))


async def test_answers_that_are_lost_again_and_again_make_no_further_document(site: Site) -> None:
    note, saved = a_note(), Saved()
    site.server.on("POST", "/documents$", applied_then_reset)
    await deferred(site, note, saved)
    for _ in range(3):
        site.server.on("GET", "/drive/v1/files", *[reset] * 20)
        await deferred(site, note, saved)
    await site.keep(note, saved)

    assert len(site.server.state.documents) == 1
    assert texts(site) == [["The text."]]


# What a note replaces.


async def test_an_edit_of_what_is_replaced_is_never_lost(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))

    def edit() -> None:
        node = first(site).first_level[0]
        node.content["elements"][0]["text_run"]["content"] = "first, and mine"
        first(site).revision += 1

    site.server.on("POST", "/descendant", afterwards(edit))
    receipt = await site.keep(a_note("# Tides\n\nsecond\n"), again="overwrite")

    assert texts(site) == [["first, and mine"], ["second"]]
    assert receipt.place.endswith(site.documents[1].id)


async def test_a_line_that_somebody_adds_to_what_is_replaced_is_never_lost(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    site.server.on("POST", "/descendant", afterwards(lambda: first(site).changed_by_somebody()))
    await site.keep(a_note("# Tides\n\nsecond\n"), again="overwrite")

    assert {"first", "Somebody was here."} <= set(texts(site)[0])
    assert texts(site)[1] == ["second"]


async def test_what_is_replaced_stays_until_the_note_is_whole(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    note, saved = written(LONG), Saved()
    site.server.on("POST", "/descendant", None, *[reset] * 20)
    await deferred(site, note, saved, again="overwrite")
    assert texts(site)[0][0] == "first"
    await site.keep(note, saved, again="overwrite")

    assert texts(site) == [LONG]


@pytest.mark.parametrize("reply", [reset, applied_then_reset])
async def test_the_old_is_removed_once_whatever_becomes_of_the_answer(
    site: Site, reply: Reply
) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    note, saved = a_note("# Tides\n\nsecond\n"), Saved()
    site.server.on("DELETE", "/batch_delete", reply, *[reset] * 6)
    await deferred(site, note, saved, again="overwrite")
    await site.keep(note, saved, again="overwrite")

    assert texts(site) == [["second"]]


async def test_an_edit_right_after_the_last_call_is_seen_by_the_next_note(site: Site) -> None:
    site.server.on(
        "PATCH", "/batch_update", afterwards(lambda: first(site).changed_by_somebody("Mine."))
    )
    await site.keep(a_note("# Tides\n\nfirst\n"))
    await site.keep(a_note("# Tides\n\nsecond\n"), again="overwrite")

    assert texts(site) == [["first", "Mine."], ["second"]]


async def test_an_earlier_document_that_is_no_longer_ours_is_left_alone(site: Site) -> None:
    await site.keep(a_note("# Tides\n\nfirst\n"))
    first(site).owner, first(site).folder = "somebody", "elsewhere"
    await site.keep(a_note("# Tides\n\nsecond\n"), again="overwrite")

    assert texts(site) == [["first"], ["second"]]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("reply", [reset, applied_then_reset])
async def test_whatever_request_is_the_last_one_the_note_takes_the_place_of_the_old(
    site: Site, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(sharing, "_LIMITS", ())
    monkeypatch.setattr(sharing, "EDITS", 1_000)
    step, ended = 0, False
    while not ended:
        site.receipts.clear()
        await site.keep(a_note("# Tides\n\nfirst\n\nand more\n"))
        note, saved = site.illustrated("a.png", "b.png"), Saved()
        note = msgspec.structs.replace(note, markdown=f"{note.markdown}second\n")
        ended = await _is_ended(site, note, saved, [None] * step + [reply] + [reset] * 30)
        site.server.on("POST", "/medias/upload_all", *[refusal(1061113)] * 9)
        receipt = await site.keep(note, saved, again="overwrite")

        assert receipt.place.endswith(site.documents[-1].id), f"at step {step}"
        assert [kept.texts[-1] for kept in site.documents] == ["second"], f"at step {step}"
        assert "first" not in site.documents[0].texts, f"at step {step}"
        assert len(site.documents[0].first_level) == 3, f"at step {step}"
        assert len(receipt.unsaved) == 2 - len(site.documents[0].images), f"at step {step}"
        site.documents[0].deleted = True
        step += 1
    assert step > 12, "so many requests to be the last one"


async def _is_ended(site: Site, note: Note, saved: Saved, replies: list[Reply | None]) -> bool:
    """Deliver *note* with these *replies*; whether it comes to its end."""
    site.server.on("*", "", *replies)
    try:
        await site.keep(note, saved, again="overwrite")
    except DeliveryDeferred:
        return False
    finally:
        site.server.forget()
    return True


# Images and other people.


async def test_an_image_whose_place_somebody_has_moved_costs_no_text(site: Site) -> None:
    note = site.illustrated("a.png")
    note = msgspec.structs.replace(note, markdown=f"# Tides\n\nbefore\n\n{note.markdown[9:]}")

    async def refused_and_moved(call: Call) -> web.StreamResponse:
        node = first(site).first_level
        first(site).blocks[first(site).id].children[:] = [node[1].id, node[0].id]
        return await refusal(1061113)(call)

    site.server.on("POST", "/medias/upload_all", refused_and_moved)
    await site.keep(note)

    (kept,) = site.documents
    assert kept.texts == ["a.png", "before"]
    assert kept.images == []


async def test_an_image_whose_file_goes_meanwhile_becomes_a_link(site: Site) -> None:
    note = site.illustrated("a.png", "b.png")
    gone = site.folder / "b.png"
    site.server.on("POST", "/medias/upload_all", afterwards(gone.unlink))
    receipt = await site.keep(note)

    (kept,) = site.documents
    assert len(kept.images) == 1
    assert [each.error.code for each in receipt.unsaved] == ["image-lost"]


# F13: what needs a person.


async def test_what_is_refused_when_the_note_is_whole_makes_no_second_document(site: Site) -> None:
    note, saved = a_note(), Saved()
    site.server.on("PATCH", "/batch_update", refusal(1770032))
    with pytest.raises(DeliveryRejected):
        await site.keep(note, saved)
    assert len(site.documents) == 1
    await site.keep(note, saved)

    assert texts(site) == [["The text."]]


async def test_what_cannot_be_taken_back_is_gone_on_with(site: Site) -> None:
    note, saved = written(LONG), Saved()
    site.server.on("POST", "/descendant", None, refusal(1770032))
    site.server.on("DELETE", "/files/", refusal(1061004))
    with pytest.raises(DeliveryRejected):
        await site.keep(note, saved)
    assert len(site.documents) == 1
    await site.keep(note, saved)

    assert texts(site) == [LONG]


async def test_a_note_whose_address_is_not_told_is_stored(site: Site) -> None:
    site.server.on("POST", "/metas/batch_query", refusal(99991672))
    receipt = await site.keep()

    assert receipt.url is None
    assert texts(site) == [["The text."]]


# F16: hostile answers.


@pytest.mark.parametrize("token", ["", "page1"])
@pytest.mark.parametrize(
    ("path", "settings"), [("/drive/v1/files", {}), ("/nodes", {"wiki": True})]
)
async def test_pages_without_an_end_end(
    site: Site, path: str, settings: dict[str, Any], token: str
) -> None:
    wiki = site.server.state.space(**{site.server.app.id: "edit"}).id
    settings = {"wiki": wiki} if settings else {}
    site.server.on("GET", path, *[_endless(token)] * 1_000)
    note = a_note()
    with pytest.raises(DeliveryDeferred) as error:
        await site.connected(**settings).deliver(
            note, key=f"{note.id}.notes", progress=Progress(None, Saved().save, lost=True)
        )

    assert error.value.code == "feishu-not-understood"
    assert len([seen for seen in site.server.seen if path in seen.path]) <= 2


async def test_pages_that_always_name_another_are_not_followed_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "MOST_PAGES", 7)
    numbers = iter(range(1_000))

    async def another(call: Call) -> web.StreamResponse:
        return await _endless(f"page{next(numbers)}")(call)

    site.server.on("GET", "/drive/v1/files", *[another] * 1_000)
    note = a_note()
    with pytest.raises(DeliveryDeferred):
        await site.connected().deliver(
            note, key=f"{note.id}.notes", progress=Progress(None, Saved().save, lost=True)
        )

    assert next(numbers) == 7


async def test_tables_without_an_end_cost_the_note_nothing(site: Site) -> None:
    base = Base("bas1", "Notes", site.server.app.id, site.place.token, {}, 0)
    site.server.state.bases[base.token] = base
    site.server.on("GET", "/tables", *[_endless("page0")] * 1_000)
    await site.keep(base=base.token)

    assert texts(site) == [["The text."]]
    assert len([seen for seen in site.server.seen if "/tables?" in seen.path]) == 5


def _endless(token: str) -> Reply:
    async def reply(_: Call) -> web.StreamResponse:
        found = {"files": [], "items": [], "has_more": True}
        told = found | {"page_token": token, "next_page_token": token}
        return web.json_response({"code": 0, "msg": "", "data": told})

    return reply


@pytest.mark.parametrize("id", ["", "../../drive/v1/files/a", "a?b", "a\n", "x" * 101])
async def test_an_id_that_is_none_leads_to_no_other_call(site: Site, id: str) -> None:
    site.server.on("POST", "/documents$", _answer({"document": {"document_id": id}}))
    error = await deferred(site, a_note(), Saved())

    assert error.code == "feishu-not-understood"
    assert site.server.steps() == ["POST /docx/v1/documents"]


@pytest.mark.parametrize("relations", [[], [{"temporary_block_id": "b1", "block_id": "../x"}]])
async def test_blocks_of_which_no_ids_are_told_are_looked_up(
    site: Site, relations: list[Any]
) -> None:
    note, saved = site.illustrated("a.png"), Saved()

    async def without(call: Call) -> web.StreamResponse:
        await call.forward()
        return await _answer({"block_id_relations": relations})(call)

    site.server.on("POST", "/descendant", *[without] * 6)
    await deferred(site, note, saved)
    await site.keep(note, saved)

    (kept,) = site.documents
    assert [bool(image.content["token"]) for image in kept.images] == [True]


@pytest.mark.parametrize(
    "url", ["https://[/docx/a", "https://a@b.example/docx/a", "javascript:alert(1)", "https://a"]
)
async def test_an_address_that_is_none_is_not_told(site: Site, url: str) -> None:
    site.server.on("POST", "/metas/batch_query", _answer({"metas": [{"url": url}]}))
    receipt = await site.keep()

    assert receipt.url is None


def _answer(data: Any) -> Reply:
    async def reply(_: Call) -> web.StreamResponse:
        return web.Response(text=json.dumps({"code": 0, "msg": "", "data": data}))

    return reply


# F10, F15: what the service converts or imports itself may come in another order, or cut.


async def test_a_note_is_neither_converted_nor_imported_by_the_service(site: Site) -> None:
    await site.keep(written(LONG))

    assert not [step for step in site.server.steps() if "convert" in step or "import" in step]
    assert texts(site) == [LONG]


# Wikis.


async def test_a_check_of_a_wiki_leaves_nothing(site: Site) -> None:
    space = site.server.state.space(**{site.server.app.id: "edit"})
    said = await site.connected(wiki=space.id).check()

    assert space.id in said
    assert site.documents == []
    assert site.server.state.nodes == {}


async def test_what_is_refused_in_any_form_leaves_nothing_in_a_wiki(site: Site) -> None:
    space = site.server.state.space(**{site.server.app.id: "edit"})
    site.server.on("POST", "/descendant", refusal(1770001), refusal(1770001))
    with pytest.raises(DeliveryRejected):
        await site.keep(wiki=space.id)

    assert site.documents == []
