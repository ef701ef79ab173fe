"""The durable memory: what was accepted is on disk, and each state follows from the one before."""

import asyncio
import os
import sqlite3
import sys
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from daemon.database import Database, set_aside_in
from daemon.errors import LostError, ProtocolError, StorageError, UnknownError
from daemon.model import Asset, CaptureState, Delivery, DeliveryState, Draft, Fault, Note, Receipt
from daemon.outbox import Outbox
from daemon.outbox.schema import MIGRATIONS, VERSION_1
from daemon.outbox.statements import DUE, TO_INDEX, TO_READ
from daemon.protocol import CaptureRequest, Edit, encode
from tests.fakes.small_disk import SmallDisk, small_disk

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
FAULT = Fault("disk-full", "The disk is full.", "Make room.")
RECEIPT = Receipt(place="/archive/Tides.md", url="file:///archive/Tides.md", revision="1")
DRAFT = Draft(url="https://example.org/", title="Tides", markdown="Text", text="Text")


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    opened = Outbox(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 1 << 20) as mounted:
        yield mounted


def request(*, title: str = "Tides", draft: bool = False, html: str = "<p>Text") -> CaptureRequest:
    return CaptureRequest(
        id=str(uuid.uuid4()),
        url="https://example.org/",
        title=title,
        html=html,
        captured_at=NOW,
        draft=draft,
    )


async def accept(outbox: Outbox, made: CaptureRequest, *, now: datetime = NOW) -> str:
    await outbox.accept(made, encode(made), now=now)
    return made.id


def note_of(id: str) -> Note:
    return Note(id=id, url="https://example.org/", title="Tides", markdown="# T", archived_at=NOW)


async def enqueue(outbox: Outbox, id: str, backends: Iterable[str]) -> list[Delivery]:
    outbox.spool.keep_note(note_of(id))
    return await outbox.enqueue(id, "Tides", backends, address=id, now=NOW)


async def to_read(outbox: Outbox) -> list[str]:
    return [reading.id for reading in await outbox.to_read()]


async def drafted(outbox: Outbox, id: str) -> None:
    outbox.spool.keep_draft(id, DRAFT)
    await outbox.drafted(id, DRAFT.title)


async def enqueued(
    outbox: Outbox, *backends: str, now: datetime = NOW, title: str = "Tides", address: str = ""
) -> str:
    """A note of a page of its own, if not of that at *address*."""
    id = await accept(outbox, request(title=title), now=now)
    outbox.spool.keep_note(note_of(id))
    await outbox.enqueue(id, title, backends or ["local"], address=address or id, now=now)
    return id


async def settled(outbox: Outbox, *, now: datetime) -> str:
    """A note that is delivered and indexed."""
    id = await enqueued(outbox, now=now)
    [sending], _ = await outbox.claim((), now=now)
    await outbox.settle(sending.delivery.id, RECEIPT, now=now)
    await outbox.indexed([id])
    return id


def rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    """What another program sees: only what is committed."""
    with sqlite3.connect(folder / "outbox.sqlite") as connection:
        found = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return found


def capture_file(folder: Path, id: str) -> Path:
    return folder / "spool" / f"{id}.json.gz"


def inode(path: Path) -> int:
    return path.stat().st_ino


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "spool").rglob("*") if path.is_file())


async def test_what_is_accepted_is_on_disk(outbox: Outbox, tmp_path: Path) -> None:
    made = request()
    accepted, is_new = await outbox.accept(made, encode(made), now=NOW)

    assert (accepted.id, accepted.state, is_new) == (made.id, CaptureState.ACCEPTED, True)
    assert [row[0] for row in rows(tmp_path, "capture")] == [made.id]
    assert files(tmp_path) == [f"{made.id}.json.gz"]
    assert outbox.spool.capture(made.id) == made


async def test_the_disk_has_it_before_the_sender_is_told(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = set()
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        flushed.add(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", watched)
    id = await accept(outbox, request())

    spool = tmp_path / "spool"
    assert {inode(spool), inode(spool / f"{id}.json.gz")} <= flushed


async def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite", MIGRATIONS)
    await database.open()
    mode = await database.run(
        lambda: database.connection.execute("PRAGMA synchronous").fetchone()[0]
    )
    await database.close()

    assert mode == 2, "FULL"


async def test_the_same_id_again_changes_nothing(outbox: Outbox, tmp_path: Path) -> None:
    made = request()
    await outbox.accept(made, encode(made), now=NOW)
    before = rows(tmp_path, "capture"), capture_file(tmp_path, made.id).read_bytes()

    other = msgspec.structs.replace(made, title="Other")
    accepted, is_new = await outbox.accept(other, encode(other), now=SOON)

    assert (accepted.state, is_new) == (CaptureState.ACCEPTED, False)
    file = capture_file(tmp_path, made.id)
    assert (rows(tmp_path, "capture"), file.read_bytes()) == before


async def test_the_same_id_at_the_same_time_is_new_once(outbox: Outbox, tmp_path: Path) -> None:
    made = request()
    answers = await asyncio.gather(*(outbox.accept(made, encode(made), now=NOW) for _ in range(8)))

    assert sum(is_new for _, is_new in answers) == 1
    assert {accepted.state for accepted, _ in answers} == {CaptureState.ACCEPTED}
    assert files(tmp_path) == [f"{made.id}.json.gz"]


async def test_a_file_that_was_cut_off_is_gone_after_a_restart(tmp_path: Path) -> None:
    incoming = tmp_path / "spool" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "half").write_bytes(b"half")

    outbox = Outbox(tmp_path)
    await outbox.open()
    await outbox.close()

    assert files(tmp_path) == []


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"no gzip"])
async def test_a_damaged_capture_is_told_as_lost(
    outbox: Outbox, tmp_path: Path, damage: bytes
) -> None:
    id = await accept(outbox, request())
    file = capture_file(tmp_path, id)
    file.write_bytes(file.read_bytes()[:20] if damage == b"" else damage)

    with pytest.raises(LostError) as lost:
        outbox.spool.capture(id)

    assert (lost.value.code, bool(lost.value.hint)) == ("capture-lost", True)


async def test_captures_are_read_in_the_order_in_which_they_came(outbox: Outbox) -> None:
    late = await accept(outbox, request(), now=SOON)
    early = await accept(outbox, request(), now=NOW)
    draft = await accept(outbox, request(draft=True), now=SOON + timedelta(1))

    assert await to_read(outbox) == [early, late, draft]
    await drafted(outbox, draft)
    await outbox.fail(late, FAULT)
    assert await to_read(outbox) == [early]


async def test_a_draft_is_edited_until_it_is_sent_off(outbox: Outbox) -> None:
    id = await accept(outbox, request(draft=True))
    with pytest.raises(ProtocolError) as early:
        await outbox.edit(id, Edit(title="Mine"))
    await drafted(outbox, id)
    await outbox.edit(id, Edit(title="Mine", summary="Short"))
    view = await outbox.view(id)
    await outbox.send_off(id, "both")
    with pytest.raises(ProtocolError) as late:
        await outbox.edit(id, Edit(title="Later"))

    assert (early.value.code, late.value.code) == ("not-a-draft", "not-a-draft")
    assert (view.title, view.markdown, view.summary) == ("Mine", "Text", "Short")
    assert (await outbox.view(id)).state == CaptureState.ACCEPTED
    assert (await outbox.view(id)).plan == "both"


async def test_the_text_of_an_edited_draft_is_made_from_its_markdown(outbox: Outbox) -> None:
    id = await accept(outbox, request(draft=True))
    await drafted(outbox, id)
    await outbox.edit(id, Edit(title="Mine"))
    titled = await outbox.draft(id)
    await outbox.edit(id, Edit(markdown="Other"))
    edited = await outbox.draft(id)

    assert titled is not None
    assert edited is not None
    assert (titled.text, edited.text, edited.markdown) == ("Text", None, "Other")


async def test_a_draft_or_a_failed_capture_is_discarded_with_its_file(
    outbox: Outbox, tmp_path: Path
) -> None:
    draft = await accept(outbox, request(draft=True))
    failed = await accept(outbox, request())
    await outbox.fail(failed, FAULT)
    for id in (draft, failed):
        await outbox.discard(id)

    assert (rows(tmp_path, "capture"), files(tmp_path)) == ([], [])


async def test_what_is_on_its_way_or_archived_is_not_discarded(outbox: Outbox) -> None:
    for id in (await accept(outbox, request()), await enqueued(outbox)):
        with pytest.raises(ProtocolError) as refused:
            await outbox.discard(id)
        assert refused.value.code == "not-a-draft"


async def test_a_failed_capture_can_be_sent_off_again(outbox: Outbox) -> None:
    id = await accept(outbox, request())
    await outbox.fail(id, FAULT)
    failed = await outbox.view(id)
    await outbox.send_off(id, None)

    assert (failed.state, failed.error) == (CaptureState.FAILED, FAULT)
    assert (await outbox.view(id)).error is None
    assert await to_read(outbox) == [id]


async def test_an_archived_capture_neither_fails_nor_is_sent_off(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    before = await outbox.view(id)
    await outbox.fail(id, FAULT)
    await outbox.send_off(id, "both")

    assert await outbox.view(id) == before


async def test_the_note_that_is_enqueued_is_on_disk(outbox: Outbox) -> None:
    id = await enqueued(outbox)

    assert await outbox.note(id) == note_of(id)


async def test_a_note_is_enqueued_once(outbox: Outbox) -> None:
    id = await accept(outbox, request())
    first = await enqueue(outbox, id, ["local", "second"])
    again = await enqueue(outbox, id, ["third"])

    assert first == again
    assert [(delivery.backend, delivery.state) for delivery in first] == [
        ("local", DeliveryState.WAITING),
        ("second", DeliveryState.WAITING),
    ]
    assert (await outbox.view(id)).state == CaptureState.ARCHIVED


async def test_a_plan_that_names_a_backend_twice_means_it_once(outbox: Outbox) -> None:
    id = await accept(outbox, request())

    assert len(await enqueue(outbox, id, ["local", "local"])) == 1


async def test_a_draft_is_not_enqueued_behind_the_users_back(outbox: Outbox) -> None:
    id = await accept(outbox, request(draft=True))

    assert await enqueue(outbox, id, ["local"]) == []
    assert (await outbox.view(id)).state == CaptureState.DRAFT


async def test_a_fault_in_the_middle_of_an_enqueue_leaves_nothing_of_it(
    outbox: Outbox, tmp_path: Path
) -> None:
    id = await accept(outbox, request())

    def backends() -> Iterator[str]:
        yield "local"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await enqueue(outbox, id, backends())

    assert rows(tmp_path, "delivery") == []
    assert await to_read(outbox) == [id]
    assert len(await enqueue(outbox, id, ["local"])) == 1


async def test_a_process_that_dies_in_the_middle_of_an_enqueue_leaves_nothing_of_it(
    tmp_path: Path,
) -> None:
    program = f"""
import asyncio, os, sys
from pathlib import Path
from daemon.outbox import Outbox
from tests.unit.daemon.test_outbox import NOW, accept, enqueue, request

def backends():
    yield "local"
    os._exit(9)

async def main():
    outbox = Outbox(Path({str(tmp_path)!r}))
    await outbox.open()
    id = await accept(outbox, request())
    await enqueue(outbox, id, backends())

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 9

    outbox = Outbox(tmp_path)
    await outbox.open()
    captures, deliveries = await outbox.counts()
    await outbox.close()
    assert captures["accepted"] == 1
    assert set(deliveries.values()) == {0}


async def test_one_delivery_for_each_backend_is_claimed_in_the_order_of_the_notes(
    outbox: Outbox,
) -> None:
    first = await enqueued(outbox, "local", "second")
    later = await enqueued(outbox, "local")

    claimed, _ = await outbox.claim((), now=NOW)
    assert [(sending.delivery.capture, sending.delivery.backend) for sending in claimed] == [
        (first, "local"),
        (first, "second"),
    ]
    assert {sending.delivery.state for sending in claimed} == {DeliveryState.SENDING}
    assert [sending.delivery.attempts for sending in claimed] == [1, 1]
    assert await outbox.claim({"local", "second"}, now=NOW) == ([], None)
    await outbox.settle(f"{first}.local", RECEIPT, now=NOW)
    [next_one], _ = await outbox.claim({"second"}, now=NOW)
    assert next_one.delivery.capture == later


async def test_what_nobody_has_in_hand_any_more_is_claimed_again(outbox: Outbox) -> None:
    await enqueued(outbox, "local")
    [lost], _ = await outbox.claim((), now=NOW)

    [again], _ = await outbox.claim((), now=NOW)

    assert again.delivery.id == lost.delivery.id
    assert again.delivery.attempts == 2


async def test_nothing_is_claimed_before_its_time(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.defer(sending.delivery.id, FAULT, SOON, now=NOW)

    assert await outbox.claim((), now=SOON - timedelta(microseconds=1)) == ([], SOON)
    [again], due = await outbox.claim((), now=SOON)
    assert (again.delivery.attempts, again.asked_at) == (2, NOW)
    assert due is None
    assert (await outbox.view(id)).deliveries[0].due_at is None


async def test_a_backend_gets_back_what_it_saved(outbox: Outbox) -> None:
    await enqueued(outbox)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.save_progress(sending.delivery.id, {"branch": ["中", 1, None]})
    await outbox.defer(sending.delivery.id, FAULT, NOW, now=NOW)

    [again], _ = await outbox.claim((), now=NOW)
    assert sending.progress is None
    assert again.progress == {"branch": ["中", 1, None]}


async def test_a_receipt_settles_what_is_being_sent(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.settle(sending.delivery.id, RECEIPT, now=NOW)

    [delivery] = (await outbox.view(id)).deliveries
    assert (delivery.state, delivery.receipt) == (DeliveryState.DELIVERED, RECEIPT)
    assert delivery.error is None


async def test_only_what_is_being_sent_changes_by_a_backends_word(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    key = f"{id}.local"
    waiting = await outbox.view(id)
    await outbox.settle(key, RECEIPT, now=NOW)
    await outbox.reject(key, FAULT)
    await outbox.defer(key, FAULT, SOON, now=NOW)
    await outbox.save_progress(key, "x")
    assert await outbox.view(id) == waiting

    await outbox.claim((), now=NOW)
    await outbox.settle(key, RECEIPT, now=NOW)
    delivered = await outbox.view(id)
    await outbox.reject(key, FAULT)
    await outbox.defer(key, FAULT, SOON, now=NOW)
    await outbox.retry(key, now=NOW)
    assert await outbox.view(id) == delivered


async def test_a_rejected_delivery_waits_again_when_a_person_says_so(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.reject(sending.delivery.id, FAULT)
    [rejected] = (await outbox.view(id)).deliveries
    await outbox.retry(sending.delivery.id, now=SOON)

    [waiting] = (await outbox.view(id)).deliveries
    assert (rejected.state, rejected.error) == (DeliveryState.REJECTED, FAULT)
    assert (waiting.state, waiting.due_at) == (DeliveryState.WAITING, SOON)


async def test_an_update_that_its_backend_refused_leads_to_the_place_of_the_note_before(
    outbox: Outbox,
) -> None:
    first = await settled(outbox, now=NOW)
    update = await accept(outbox, request(draft=True))
    await drafted(outbox, update)
    await outbox.send_off(update, None, updates=first)
    for id, before in ((update, first), ("made-anew", update)):
        outbox.spool.keep_note(note_of(id))
        await outbox.enqueue(id, "Tides", ["local"], address=id, now=NOW, remakes=before)
        [sending], _ = await outbox.claim((), now=NOW)
        await outbox.reject(sending.delivery.id, FAULT)

    assert await outbox.receipt(update, "local") == RECEIPT
    assert await outbox.receipt("made-anew", "local") is None, "it was to lie beside"


async def test_a_note_is_no_version_of_itself(outbox: Outbox) -> None:
    id = await accept(outbox, request(draft=True))

    with pytest.raises(ProtocolError) as refused:
        await outbox.send_off(id, None, updates=id)

    assert refused.value.code == "request-invalid"


async def test_a_restart_turns_what_was_being_sent_back_to_waiting(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    await outbox.open()
    id = await enqueued(outbox, "local", "second")
    await outbox.claim((), now=NOW)
    await outbox.save_progress(f"{id}.local", "half")
    await outbox.settle(f"{id}.second", RECEIPT, now=NOW)
    await outbox.close()

    outbox = Outbox(tmp_path)
    await outbox.open()
    states = [delivery.state for delivery in (await outbox.view(id)).deliveries]
    [again], _ = await outbox.claim((), now=NOW)
    await outbox.close()
    assert states == [DeliveryState.WAITING, DeliveryState.DELIVERED]
    assert (again.delivery.attempts, again.progress) == (2, "half")


@pytest.mark.parametrize("call", ["view", "reading", "discard"])
async def test_an_unknown_capture_is_an_error(outbox: Outbox, call: str) -> None:
    with pytest.raises(UnknownError) as unknown:
        await getattr(outbox, call)("nobody-knows")

    assert (unknown.value.code, bool(unknown.value.hint)) == ("capture-unknown", True)


async def test_an_unknown_delivery_is_an_error(outbox: Outbox) -> None:
    with pytest.raises(UnknownError) as unknown:
        await outbox.retry("nobody.knows", now=NOW)

    assert unknown.value.code == "delivery-unknown"


async def test_the_newest_captures_are_shown_first_by_state(outbox: Outbox) -> None:
    old = await accept(outbox, request(title="Old"), now=NOW)
    draft = await accept(outbox, request(title="Draft", draft=True), now=SOON)
    new = await enqueued(outbox, now=SOON + timedelta(1))

    assert [view.id for view in await outbox.views()] == [new, draft, old]
    assert [view.id for view in await outbox.views("draft")] == [draft]
    assert await outbox.views("failed") == []
    assert [view.id for view in await outbox.views(limit=1)] == [new]


async def test_a_view_names_the_note_once_it_is_made(outbox: Outbox) -> None:
    id = await accept(outbox, request())
    before = await outbox.view(id)
    await enqueue(outbox, id, ["local"])
    after = await outbox.view(id)

    assert before.note is None
    assert after.note is not None
    assert (after.note.id, after.note.title) == (id, "Tides")


async def test_every_state_is_counted(outbox: Outbox) -> None:
    await accept(outbox, request(draft=True))
    await enqueued(outbox, "local", "second")
    await outbox.claim({"second"}, now=NOW)

    captures, deliveries = await outbox.counts()
    assert captures == {"draft": 1, "accepted": 0, "archived": 1, "failed": 0}
    assert deliveries == {"waiting": 1, "sending": 1, "delivered": 0, "rejected": 0}


async def test_old_captures_go_when_their_note_is_everywhere(
    outbox: Outbox, tmp_path: Path
) -> None:
    done = await enqueued(outbox, now=NOW)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.settle(sending.delivery.id, RECEIPT, now=NOW)
    await outbox.indexed([done])
    kept = [
        await enqueued(outbox, now=NOW),
        await accept(outbox, request(), now=NOW),
        await accept(outbox, request(draft=True), now=NOW),
    ]
    fresh = await enqueued(outbox, "other", now=SOON)
    [sending], _ = await outbox.claim({"local"}, now=SOON)
    await outbox.settle(sending.delivery.id, RECEIPT, now=NOW)

    for name in ("old.png", "young.png"):
        outbox.spool.keep_asset(name, b"bytes")
    os.utime(outbox.spool.asset("old.png"), (0, 0))

    await outbox.forget_older(timedelta(), now=SOON)
    await outbox.forget_older(timedelta(), now=SOON)

    assert not outbox.spool.asset("old.png").exists()
    outbox.spool.asset("young.png").unlink()  # one that nothing names yet is left

    texts = [f"{id}.json.gz" for id in [*kept, fresh]] + [
        f"{id}.note.gz" for id in (kept[0], fresh)
    ]
    assert files(tmp_path) == sorted(texts)
    assert (await outbox.view(done)).state == CaptureState.ARCHIVED


async def test_a_clock_that_is_set_far_forward_forgets_nothing_for_a_day(outbox: Outbox) -> None:
    month, day = timedelta(days=30), timedelta(days=1)
    done = await settled(outbox, now=NOW)
    newest = await settled(outbox, now=NOW + 20 * day)
    await outbox.forget_older(month, now=NOW + 3650 * day)
    wrong = await settled(outbox, now=NOW + 3650 * day)
    await outbox.forget_older(month, now=NOW + 3650.5 * day)
    kept = set(outbox.spool.sizes())
    await outbox.forget_older(month, now=NOW + 3651 * day)

    assert kept == {done, newest, wrong}
    assert set(outbox.spool.sizes()) == {wrong}, "then it is believed"


async def test_captures_go_by_their_age_while_others_come(outbox: Outbox) -> None:
    day = timedelta(days=1)
    ids = [await settled(outbox, now=NOW + number * day) for number in range(0, 40, 8)]
    await outbox.forget_older(30 * day, now=NOW + 33 * day)

    assert set(outbox.spool.sizes()) == set(ids[1:])


async def test_a_late_summary_waits_no_longer_when_the_clock_is_set_back(outbox: Outbox) -> None:
    id = await accept(outbox, request())
    outbox.spool.keep_note(note_of(id))
    await outbox.enqueue(id, "Tides", (), address=id, now=NOW, lacks_summary=True, summary_due=SOON)
    before_its_time, due = await outbox.lacking(now=NOW)
    back = NOW - timedelta(days=1)
    asked, _ = await outbox.lacking(now=back)
    await outbox.lacks(id, back + timedelta(minutes=1), now=back)
    then, due_then = await outbox.lacking(now=back)

    assert (before_its_time, due) == ([], SOON)
    assert [lacking.id for lacking in asked] == [id]
    assert (then, due_then) == ([], back + timedelta(minutes=1))


async def test_the_oldest_settled_texts_go_when_all_take_too_much(outbox: Outbox) -> None:
    ids = [
        await accept(outbox, request(), now=NOW + timedelta(minutes=number)) for number in range(4)
    ]
    for id in ids[1:]:
        (delivery,) = await enqueue(outbox, id, ["local"])
        await outbox.claim([], now=SOON)
        await outbox.settle(delivery.id, Receipt(place="x"), now=NOW)
        await outbox.indexed([id])
    sizes = outbox.spool.sizes()
    await outbox.forget_over(sum(sizes.values()))
    all_kept = set(outbox.spool.sizes())
    await outbox.forget_over(sizes[ids[0]] + sizes[ids[3]])
    some_kept = set(outbox.spool.sizes())
    await outbox.forget_over(0)

    assert all_kept == set(ids)
    assert some_kept == {ids[0], ids[3]}
    assert set(outbox.spool.sizes()) == {ids[0]}, "what is not settled stays whatever it takes"


async def test_images_count_once_and_go_with_the_last_note_that_names_them(outbox: Outbox) -> None:
    named = [("old.png",), ("shared.png", "lone.png"), ("shared.png",)]
    ids = []
    for number, names in enumerate(named):
        for name in names:
            outbox.spool.keep_asset(name, bytes(10_000))
            os.utime(outbox.spool.asset(name), (0, 0))
        ids.append(await accept(outbox, request(), now=NOW + timedelta(minutes=number)))
        assets = tuple(Asset(name, f"https://example.org/{name}") for name in names)
        outbox.spool.keep_note(msgspec.structs.replace(note_of(ids[-1]), assets=assets))
        [delivery] = await outbox.enqueue(ids[-1], "Tides", ["local"], address=f"{number}", now=NOW)
        await outbox.claim([], now=SOON)
        await outbox.settle(delivery.id, RECEIPT, now=NOW)
        await outbox.indexed([ids[-1]])

    await outbox.forget_over(outbox.spool.size())
    assert set(outbox.spool.sizes()) == set(ids)
    await outbox.forget_over(25_000)
    assert set(outbox.spool.sizes()) == set(ids[1:])
    await outbox.forget_over(15_000)
    assert set(outbox.spool.sizes()) == {ids[2]}
    assert outbox.spool.asset("shared.png").exists()
    assert not outbox.spool.asset("lone.png").exists()


@pytest.mark.mounts
async def test_a_full_disk_is_told_and_nothing_half_stays(disk: SmallDisk) -> None:
    outbox = Outbox(disk.folder)
    await outbox.open()
    kept = await accept(outbox, request())
    disk.fill()
    made = request()

    with pytest.raises(StorageError) as full:
        await outbox.accept(made, encode(made), now=NOW)
    with pytest.raises(UnknownError):
        await outbox.view(made.id)

    assert (full.value.code, bool(full.value.hint)) == ("storage-failed", True)
    disk.clear()
    assert (await outbox.accept(made, encode(made), now=NOW))[1]
    await outbox.close()
    assert files(disk.folder) == sorted([f"{kept}.json.gz", f"{made.id}.json.gz"])


@pytest.mark.mounts
async def test_the_outbox_works_again_when_there_is_room(disk: SmallDisk) -> None:
    outbox = Outbox(disk.folder)
    await outbox.open()
    ids = [await enqueued(outbox) for _ in range(5)]
    claimed, _ = await outbox.claim((), now=NOW)
    disk.fill()

    async def write_until_refused() -> None:
        while True:  # SQLite has set some room aside
            await outbox.save_progress(claimed[0].delivery.id, "x" * 4_000)
            await outbox.retry(f"{ids[1]}.local", now=NOW)

    with pytest.raises(StorageError) as full:
        await write_until_refused()
    assert full.value.code == "storage-failed"
    with pytest.raises(StorageError):
        await outbox.save_progress(claimed[0].delivery.id, "y" * 100_000)
    disk.clear()

    await outbox.settle(claimed[0].delivery.id, RECEIPT, now=NOW)
    view = await outbox.view(ids[0])
    new = await accept(outbox, request())
    await outbox.close()
    assert view.deliveries[0].state == DeliveryState.DELIVERED
    assert new in [row[0] for row in rows(disk.folder, "capture")]


@pytest.mark.mounts
async def test_a_read_only_disk_is_told_at_once(disk: SmallDisk) -> None:
    disk.make_read_only()

    outbox = Outbox(disk.folder)
    with pytest.raises(StorageError) as refused:
        await outbox.open()
    await outbox.close()

    assert (refused.value.code, bool(refused.value.hint)) == ("storage-failed", True)


def as_version_1(folder: Path) -> str:
    """An outbox as the first version left it, with one capture of each kind; the archived one."""
    ids = [str(uuid.uuid4()) for _ in range(2)]
    with sqlite3.connect(folder / "outbox.sqlite") as connection:
        connection.executescript(VERSION_1 + "PRAGMA user_version = 1;")
        for id, state in zip(ids, ("accepted", "archived"), strict=True):
            connection.execute(
                "INSERT INTO capture (id, url, title, state, accepted_at, captured_at)"
                " VALUES (?, 'https://example.org/', 'Tides', ?, ?, ?)",
                (id, state, NOW.isoformat(), NOW.isoformat()),
            )
        connection.execute(
            "INSERT INTO delivery (id, capture, backend, state, enqueued_at, due_at)"
            " VALUES (?, ?, 'local', 'waiting', ?, ?)",
            (f"{ids[1]}.local", ids[1], NOW.isoformat(), NOW.isoformat()),
        )
    connection.close()
    return ids[1]


async def test_an_older_outbox_is_brought_forward_and_kept_beside(tmp_path: Path) -> None:
    archived = as_version_1(tmp_path)

    outbox = Outbox(tmp_path)
    await outbox.open()
    [sending], _ = await outbox.claim((), now=SOON)
    found = await to_read(outbox)
    await outbox.close()

    assert (sending.delivery.capture, sending.asked_at) == (archived, NOW)
    assert len(found) == 1
    with sqlite3.connect(tmp_path / "outbox.sqlite.version-1") as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM capture").fetchone() == (2,)
    copy.close()


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    as_version_1(tmp_path)
    broken = Database(tmp_path / "outbox.sqlite", (VERSION_1, "CREATE TABLE x (y); SELECT z"))

    with pytest.raises(StorageError) as failed:
        await broken.open()
    await broken.close()

    assert failed.value.code == "storage-failed"
    outbox = Outbox(tmp_path)
    await outbox.open()
    captures, _ = await outbox.counts()
    await outbox.close()
    assert (captures["accepted"], captures["archived"]) == (1, 1)
    assert set_aside_in(tmp_path) == []


async def test_an_outbox_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "outbox.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript("CREATE TABLE later (x); PRAGMA user_version = 99;")
    connection.close()
    before = file.read_bytes()

    outbox = Outbox(tmp_path)
    with pytest.raises(StorageError) as refused:
        await outbox.open()
    await outbox.close()

    assert refused.value.code == "state-too-new"
    assert "99" in refused.value.message
    assert "Update" in refused.value.hint
    assert file.read_bytes() == before
    assert set_aside_in(tmp_path) == []


async def test_a_file_without_a_row_is_taken_up_after_a_sudden_end(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    await outbox.open()
    known = await accept(outbox, request())
    files_only = [request(), request(draft=True)]
    for made in files_only:
        outbox.spool.keep_capture(made, encode(made))
    await die(outbox, tmp_path)

    outbox = Outbox(tmp_path)
    await outbox.open()
    states = {view.id: view.state for view in await outbox.views()}
    await outbox.close()
    assert states == {
        known: CaptureState.ACCEPTED,
        files_only[0].id: CaptureState.ACCEPTED,
        files_only[1].id: CaptureState.DRAFT,
    }


async def test_a_start_after_a_proper_end_looks_at_no_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    await outbox.open()
    await accept(outbox, request())
    await outbox.close()
    stray = request()
    outbox.spool.keep_capture(stray, encode(stray))

    outbox = Outbox(tmp_path)
    await outbox.open()
    found = [view.id for view in await outbox.views()]
    await outbox.close()
    assert len(found) == 1


async def test_a_file_that_cannot_be_read_and_has_no_row_is_told(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    id = str(uuid.uuid4())
    capture_file(tmp_path, id).write_bytes(b"no gzip")

    outbox = Outbox(tmp_path)
    await outbox.open()
    [view] = await outbox.unsettled()
    await outbox.discard(id)
    await outbox.close()

    assert (view.id, view.state) == (id, CaptureState.FAILED)
    assert view.error is not None
    assert view.error.code == "capture-lost"
    assert files(tmp_path) == []


async def test_a_draft_whose_text_is_gone_is_read_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    await outbox.open()
    id = await accept(outbox, request(draft=True))
    await drafted(outbox, id)
    (tmp_path / "spool" / f"{id}.draft.gz").unlink()
    await die(outbox, tmp_path)

    outbox = Outbox(tmp_path)
    await outbox.open()
    found = await to_read(outbox)
    await outbox.close()
    assert found == [id]


async def die(outbox: Outbox, folder: Path) -> None:
    """End without a word to the file that says that the end was proper."""
    await outbox.close()
    (folder / "outbox.sqlite.closed").unlink()


async def test_a_full_disk_at_the_end_of_a_transaction_leaves_none_open(outbox: Outbox) -> None:
    id = await enqueued(outbox)
    connection = outbox._database.connection

    def refuse(*_: object) -> int:
        return sqlite3.SQLITE_DENY

    await outbox._database.run(lambda: connection.set_authorizer(refuse))
    with pytest.raises(StorageError):
        await outbox.indexed([id])
    await outbox._database.run(lambda: connection.set_authorizer(None))

    await outbox.indexed([id])
    assert await outbox.to_index(limit=1) == []


async def test_all_that_is_unsettled_is_shown_however_much_it_is(outbox: Outbox) -> None:
    needs_a_person = await enqueued(outbox, now=NOW)
    [sending], _ = await outbox.claim((), now=NOW)
    await outbox.reject(sending.delivery.id, FAULT)
    done = await enqueued(outbox, "other", now=SOON)
    [sending], _ = await outbox.claim((), now=SOON)
    await outbox.settle(sending.delivery.id, RECEIPT, now=NOW)
    draft = await accept(outbox, request(draft=True), now=SOON)
    waiting = [await enqueued(outbox, now=SOON) for _ in range(1_100)]

    shown = [view.id for view in await outbox.unsettled()]

    assert set(shown) == {needs_a_person, draft, *waiting}
    assert done not in shown


async def test_the_questions_of_each_capture_read_no_more_than_they_answer(
    outbox: Outbox,
) -> None:
    plans = [
        row["detail"]
        for statement, values in ((TO_READ, (1,)), (TO_INDEX, (1,)), (DUE, ("local", "2026")))
        for row in await outbox._database.run(
            lambda s=statement, v=values: outbox._database.connection.execute(
                f"EXPLAIN QUERY PLAN {s}", v
            ).fetchall()
        )
    ]

    assert plans == [
        "SCAN capture USING INDEX capture_to_read",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH older USING INDEX sqlite_autoindex_capture_1 (id=?)",
        "SCAN capture USING INDEX capture_to_index",
        "SEARCH delivery USING INDEX delivery_to_send (backend=?)",
        "CORRELATED SCALAR SUBQUERY 1",
        "SEARCH older USING INDEX delivery_by_address (backend=? AND address=? AND rowid<?)",
    ]
