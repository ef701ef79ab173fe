"""What the outbox makes of the spool when its rows are gone: all that the user chose is there."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.model import CaptureState, Draft, Note
from daemon.outbox import Outbox
from daemon.protocol import CaptureRequest, CaptureView, Edit, encode
from daemon.spool import Choices

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DRAFT = Draft(url="https://example.org/", title="Tides", markdown="Text", text="Text")


async def opened(folder: Path) -> Outbox:
    outbox = Outbox(folder)
    await outbox.open()
    return outbox


async def made_anew(outbox: Outbox, folder: Path) -> Outbox:
    """The outbox after its rows were lost."""
    await outbox.close()
    (folder / "outbox.sqlite").unlink()
    return await opened(folder)


async def accept(outbox: Outbox, *, draft: bool = True, plan: str | None = None) -> str:
    request = CaptureRequest(
        id=str(uuid.uuid4()),
        url="https://example.org/",
        title="Tides",
        html="<p>Text",
        captured_at=NOW,
        draft=draft,
        plan=plan,
    )
    await outbox.accept(request, encode(request), now=NOW)
    if draft:
        outbox.spool.keep_draft(request.id, DRAFT)
        await outbox.drafted(request.id, DRAFT.title)
    return request.id


async def archived(
    outbox: Outbox, id: str, *, remakes: str | None = None, now: datetime | None = None
) -> str:
    note = Note(id=id, url="https://example.org/", title="Tides", markdown="# T", archived_at=NOW)
    outbox.spool.keep_note(note)
    await outbox.enqueue(
        id, "Tides", ["local"], address="x", now=now or datetime.now(UTC), remakes=remakes
    )
    return id


async def remade(outbox: Outbox, old: str, *, now: datetime | None = None) -> str:
    """A newer version of *old* that is still to be delivered."""
    new = str(uuid.uuid4())
    outbox.spool.copy(old, new, draft=False, summary=True)
    return await archived(outbox, new, remakes=old, now=now)


async def the_view(outbox: Outbox, id: str) -> CaptureView:
    view = await outbox.view(id)
    await outbox.close()
    return view


async def test_a_summary_that_was_edited_comes_back(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    await outbox.edit(id, Edit(summary="My own words."))
    await outbox.edit(id, Edit(title="High tide"))

    view = await the_view(await made_anew(outbox, tmp_path), id)

    assert (view.state, view.summary, view.title) == ("draft", "My own words.", "High tide")


async def test_a_draft_that_was_sent_off_stays_on_its_way_to_the_chosen_plan(
    tmp_path: Path,
) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox, plan="first")
    await outbox.edit(id, Edit(summary="My own words."))
    await outbox.send_off(id, "chosen")

    view = await the_view(await made_anew(outbox, tmp_path), id)

    assert (view.state, view.plan, view.summary) == ("accepted", "chosen", "My own words.")


async def test_a_draft_that_was_sent_off_without_a_choice_keeps_the_plan_of_its_capture(
    tmp_path: Path,
) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox, plan="first")
    await outbox.send_off(id, None)

    view = await the_view(await made_anew(outbox, tmp_path), id)

    assert (view.state, view.plan) == ("accepted", "first")


async def test_a_note_that_is_not_yet_everywhere_goes_to_the_plan_that_was_chosen(
    tmp_path: Path,
) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    await outbox.send_off(id, "chosen")
    await archived(outbox, id)

    outbox = await made_anew(outbox, tmp_path)
    reading = await outbox.reading(id)
    await outbox.close()

    assert (reading.plan, reading.has_note) == ("chosen", True)


async def test_what_is_archived_takes_no_other_plan(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    await outbox.send_off(id, "chosen")
    await archived(outbox, id)
    await outbox.send_off(id, "too late")

    assert (await the_view(await made_anew(outbox, tmp_path), id)).plan == "chosen"


async def test_a_remade_note_comes_back_as_a_version_of_the_one_before(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    first = await accept(outbox)
    await outbox.edit(first, Edit(summary="My own words."))
    await outbox.send_off(first, "chosen")
    second = await remade(outbox, await archived(outbox, first))
    third = await remade(outbox, second)

    outbox = await made_anew(outbox, tmp_path)
    views = await outbox.views()
    went_out = []
    while to_read := await outbox.to_read():
        went_out += [await archived(outbox, each.id) for each in to_read]
    await outbox.close()

    assert went_out == [first, second, third], "they go out in their order"
    assert {view.id: view.remakes for view in views} == {first: None, second: first, third: second}
    assert {(view.state, view.plan, view.summary) for view in views} == {
        (CaptureState.ACCEPTED, "chosen", "My own words.")
    }


async def test_a_version_that_was_made_when_the_clock_was_behind_comes_after_its_old_note(
    tmp_path: Path,
) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    second = await remade(outbox, first, now=NOW.replace(year=2020))

    outbox = await made_anew(outbox, tmp_path)
    before = [reading.id for reading in await outbox.to_read()]
    await archived(outbox, first)
    after = [reading.id for reading in await outbox.to_read()]
    await outbox.close()

    assert (before, after) == ([first], [second])


async def test_a_version_whose_old_note_has_gone_comes_back_alone(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    second = await remade(outbox, first)
    outbox.spool.remove(first)

    outbox = await made_anew(outbox, tmp_path)
    [view] = await outbox.views()
    await outbox.close()

    assert (view.id, view.remakes) == (second, None)


async def test_a_version_that_was_being_made_at_the_end_is_not_taken_up(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    outbox.spool.copy(first, "cut-off-" + first[8:], draft=False, summary=True)

    outbox = await made_anew(outbox, tmp_path)
    ids = [view.id for view in await outbox.views()]
    await outbox.close()

    assert ids == [first]


async def test_a_choice_that_did_not_reach_its_row_changes_nothing(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    outbox.spool.keep_choices(id, Choices(plan="chosen", archive=True))  # and then the end
    await outbox.edit(id, Edit(title="High tide"))

    view = await the_view(await made_anew(outbox, tmp_path), id)

    assert (view.state, view.plan) == ("draft", None)


async def test_an_update_that_was_sent_off_is_still_one(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    id = await accept(outbox)
    await outbox.send_off(id, None, updates=first)

    outbox = await made_anew(outbox, tmp_path)
    reading = await outbox.reading(id)
    before = [each.id for each in await outbox.to_read()]
    await outbox.close()

    assert (reading.updates, before) == (first, [first]), "after the note that it updates"


async def test_an_update_that_was_made_comes_back_as_a_version(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    id = await accept(outbox)
    await outbox.edit(id, Edit(summary="My own words."))
    await outbox.send_off(id, "chosen", updates=first)
    await archived(outbox, id, remakes=first)

    outbox = await made_anew(outbox, tmp_path)
    reading, view = await outbox.reading(id), await outbox.view(id)
    await outbox.close()

    assert (reading.updates, view.remakes) == (None, first), "it is made, and sent as it is"
    assert (view.plan, view.summary) == ("chosen", "My own words.")


async def test_two_files_that_name_one_note_as_the_one_before_do_not_stop_the_daemon(
    tmp_path: Path,
) -> None:
    outbox = await opened(tmp_path)
    first = await archived(outbox, await accept(outbox))
    second = await remade(outbox, first)
    third = await accept(outbox)
    outbox.spool.keep_choices(third, Choices(archive=True, updates=first, remakes=first))

    outbox = await made_anew(outbox, tmp_path)
    views = await outbox.views()
    await outbox.close()

    assert [view.remakes for view in views].count(first) == 1
    assert {view.id for view in views} == {first, second, third}


@pytest.mark.parametrize("damage", [b"", b"no gzip"], ids=["empty", "no gzip"])
async def test_choices_that_cannot_be_read_are_told(tmp_path: Path, damage: bytes) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    await outbox.send_off(id, "chosen")
    (tmp_path / "spool" / f"{id}.choices.gz").write_bytes(damage)

    outbox = await made_anew(outbox, tmp_path)
    [view] = await outbox.views()
    await outbox.close()

    assert view.state == CaptureState.FAILED
    assert view.error is not None
    assert view.error.code == "capture-lost"


async def test_the_choices_go_with_the_texts(tmp_path: Path) -> None:
    outbox = await opened(tmp_path)
    id = await accept(outbox)
    await outbox.edit(id, Edit(summary="My own words."))
    before = {path.name for path in (tmp_path / "spool").glob("*.gz")}
    await outbox.discard(id)
    await outbox.close()

    assert f"{id}.choices.gz" in before
    assert list((tmp_path / "spool").glob("*.gz")) == []
