"""Deliveries: side by side, in order, again when it may work later, and never twice."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.backends import Backend, Progress
from daemon.backoff import FIRST_PAUSE, GIVE_UP_AFTER, LAST_PAUSE, next_attempt
from daemon.dispatch import Dispatch
from daemon.errors import DeliveryDeferred, DeliveryRejected, SettingsError, StorageError
from daemon.events import Events
from daemon.model import DeliveryState, Note, Receipt
from daemon.outbox import Outbox
from daemon.protocol import (
    CaptureRequest,
    DeliveryDelivered,
    DeliveryRefused,
    DeliverySending,
    DeliveryWaits,
    Event,
    encode,
)
from tests.fakes.backend import FakeBackend

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
LATER = DeliveryDeferred("disk-full", "The disk is full.", "Make room.")
NEVER = DeliveryRejected("token-invalid", "The token is not valid.", "Make a new one.")


class Running:
    """A dispatch at work, its outbox, and what it tells."""

    def __init__(
        self, outbox: Outbox, dispatch: Dispatch, told: asyncio.Queue[Event | None]
    ) -> None:
        self.outbox = outbox
        self.dispatch = dispatch
        self._told = told

    async def enqueue(self, *backends: str, page: str = "") -> str:
        """The id of a new note for *backends*, of a page of its own or the one that is named."""
        id = str(uuid.uuid4())
        url = f"https://example.org/{page or id}"
        made = CaptureRequest(id=id, url=url, title="T", html="x", captured_at=NOW)
        note = Note(id=id, url=url, title="T", markdown="# T", archived_at=NOW)
        await self.outbox.accept(made, encode(made), now=NOW)
        self.outbox.spool.keep_note(note)
        await self.outbox.enqueue(id, note.title, backends, address=url, now=datetime.now(UTC))
        self.dispatch.look()
        return id

    async def next(self) -> Event:
        async with asyncio.timeout(30):
            event = await self._told.get()
        assert event is not None
        return event

    async def until(self, kind: type[Event], backend: str | None = None) -> Event:
        """The next event of *kind*, about *backend* when it is given."""
        while True:
            event = await self.next()
            if isinstance(event, kind) and backend in {None, getattr(event, "backend", None)}:
                return event

    async def state(self, id: str, backend: str) -> DeliveryState:
        deliveries = (await self.outbox.view(id)).deliveries
        return next(each.state for each in deliveries if each.backend == backend)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


def real_time() -> datetime:
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def running(
    outbox: Outbox,
    /,
    *,
    clock: Callable[[], datetime] = real_time,
    pace: float = 0.0,
    **backends: Backend,
) -> AsyncIterator[Running]:
    """A dispatch with *backends* until the end of the block."""

    def connected(name: str) -> Backend:
        if name not in backends:
            raise SettingsError("backend-unknown", f"There is no {name}.", "Add it.")
        return backends[name]

    async def known(_: str, __: str) -> Receipt | None:
        return None

    events = Events()
    await outbox.open()
    dispatch = Dispatch(
        outbox,
        events,
        backend=connected,
        pace=lambda _: pace,
        known=known,
        clock=clock,
        settled=lambda: None,
    )

    async with events.listen() as told:
        work = asyncio.create_task(dispatch.run())
        try:
            yield Running(outbox, dispatch, told)
            assert not work.done(), work.exception()
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            await outbox.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path)


async def test_a_receipt_settles_a_delivery(outbox: Outbox) -> None:
    backend = FakeBackend()
    async with running(outbox, local=backend) as here:
        id = await here.enqueue("local")
        sending = await here.until(DeliverySending)
        delivered = await here.until(DeliveryDelivered)

        [delivery] = (await outbox.view(id)).deliveries
    assert isinstance(sending, DeliverySending)
    assert isinstance(delivered, DeliveryDelivered)
    assert (sending.capture, sending.delivery, sending.backend) == (id, f"{id}.local", "local")
    assert delivered.receipt == Receipt(place=f"memory/{id}.local") == delivery.receipt
    assert delivery.state == DeliveryState.DELIVERED
    assert backend.stored[f"{id}.local"].id == id


async def test_backends_work_side_by_side(outbox: Outbox) -> None:
    slow, quick = FakeBackend(), FakeBackend()
    slow.open.clear()
    async with running(outbox, slow=slow, quick=quick) as here:
        id = await here.enqueue("slow", "quick")
        await here.until(DeliveryDelivered, "quick")

        assert await here.state(id, "slow") == DeliveryState.SENDING
        assert here.dispatch.busy
        slow.open.set()
        await here.until(DeliveryDelivered, "slow")


async def test_a_backend_gets_one_note_at_a_time_in_their_order(outbox: Outbox) -> None:
    backend = FakeBackend()
    backend.open.clear()
    async with running(outbox, local=backend) as here:
        ids = [await here.enqueue("local") for _ in range(5)]
        backend.open.set()
        for _ in ids:
            await here.until(DeliveryDelivered)

    assert backend.asked == [f"{id}.local" for id in ids]
    assert backend.most_under_way == 1


async def test_a_deferred_delivery_waits_and_goes_out_again(outbox: Outbox) -> None:
    backend = FakeBackend(LATER)
    async with running(outbox, local=backend) as here:
        id = await here.enqueue("local")
        waits = await here.until(DeliveryWaits)
        waiting = (await outbox.view(id)).deliveries[0]
        await outbox.retry(f"{id}.local", now=datetime.now(UTC))
        here.dispatch.look()
        await here.until(DeliveryDelivered)

    assert isinstance(waits, DeliveryWaits)
    assert waits.error.code == "disk-full"
    assert (waiting.state, waiting.error, waiting.due_at) == (
        DeliveryState.WAITING,
        waits.error,
        waits.due_at,
    )
    assert backend.asked == [f"{id}.local"] * 2


async def test_a_deferred_delivery_goes_out_by_itself_when_it_is_due(outbox: Outbox) -> None:
    backend = FakeBackend(LATER)
    async with running(outbox, local=backend) as here:
        await here.enqueue("local")
        await here.until(DeliveryWaits)
        await here.until(DeliveryDelivered)


async def test_a_deferred_delivery_does_not_hold_up_the_next_note(outbox: Outbox) -> None:
    backend = FakeBackend(LATER)
    async with running(outbox, local=backend) as here:
        first = await here.enqueue("local")
        await here.until(DeliveryWaits)
        second = await here.enqueue("local")
        delivered = await here.until(DeliveryDelivered)

        assert isinstance(delivered, DeliveryDelivered)
        assert delivered.capture == second
        assert await here.state(first, "local") == DeliveryState.WAITING


async def test_a_note_waits_for_the_one_before_of_its_page_at_each_backend(
    outbox: Outbox,
) -> None:
    clock = Clock()
    local, other = FakeBackend(LATER), FakeBackend()
    async with running(outbox, clock=clock, local=local, other=other) as here:
        first = await here.enqueue("local", "other", page="tides")
        waits = await here.until(DeliveryWaits)
        second = await here.enqueue("local", "other", page="tides")
        while f"{second}.other" not in other.stored:
            await here.until(DeliveryDelivered)
        assert f"{second}.local" not in local.asked
        assert isinstance(waits, DeliveryWaits)
        clock.now = waits.due_at
        here.dispatch.look()
        while f"{second}.local" not in local.stored:
            await here.until(DeliveryDelivered)

    assert local.asked == [f"{first}.local", f"{first}.local", f"{second}.local"]
    assert list(other.stored) == [f"{first}.other", f"{second}.other"]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NEVER, "token-invalid"),
        (SettingsError("kind-unknown", "There is no such kind.", "Choose one."), "kind-unknown"),
        (ZeroDivisionError("a bug, with a https://secret.example/token in it"), "internal-error"),
        (ExceptionGroup("bugs", [ValueError("x")]), "internal-error"),
    ],
)
async def test_what_will_not_work_is_rejected_and_the_others_go_on(
    outbox: Outbox, failure: Exception, code: str
) -> None:
    async with running(outbox, bad=FakeBackend(failure), good=FakeBackend()) as here:
        id = await here.enqueue("bad", "good")
        refused = await here.until(DeliveryRefused)
        again = await here.enqueue("bad", "good")
        await here.until(DeliveryDelivered, "bad")

        assert isinstance(refused, DeliveryRefused)
        assert (refused.capture, refused.error.code) == (id, code)
        assert refused.error.message
        assert refused.error.hint
        assert "secret" not in refused.error.message + refused.error.hint
        assert await here.state(id, "good") == DeliveryState.DELIVERED
        assert await here.state(again, "bad") == DeliveryState.DELIVERED


async def test_a_backend_that_is_not_set_up_any_more_rejects(outbox: Outbox) -> None:
    async with running(outbox) as here:
        await here.enqueue("gone")
        refused = await here.until(DeliveryRefused)

    assert isinstance(refused, DeliveryRefused)
    assert refused.error.code == "backend-unknown"


class Forgetful(Outbox):
    """An outbox whose disk does not take receipts."""

    async def settle(self, delivery: str, receipt: Receipt, *, now: datetime) -> None:
        raise StorageError("storage-failed", "The disk is full.", "Make room.")


async def test_a_receipt_that_could_not_be_kept_is_asked_for_again_and_stored_once(
    tmp_path: Path,
) -> None:
    backend = FakeBackend()
    async with running(Forgetful(tmp_path), local=backend, other=FakeBackend()) as here:
        id = await here.enqueue("local")
        await here.until(DeliverySending)
        await here.enqueue("other")
        await here.until(DeliverySending, "other")
        assert await here.state(id, "local") == DeliveryState.SENDING

    async with running(Outbox(tmp_path), local=backend, other=FakeBackend()) as here:
        here.dispatch.look()
        await here.until(DeliveryDelivered, "local")
        assert await here.state(id, "local") == DeliveryState.DELIVERED
    assert backend.asked == [f"{id}.local"] * 2
    assert list(backend.stored) == [f"{id}.local"]


async def test_progress_that_could_not_be_kept_is_no_reason_to_reject(tmp_path: Path) -> None:
    class Full(Outbox):
        async def save_progress(self, delivery: str, progress: object) -> None:
            raise StorageError("storage-failed", "The disk is full.", "Make room.")

    local, other = FakeBackend(), FakeBackend()
    async with running(Full(tmp_path), local=local) as here:
        id = await here.enqueue("local")
        await here.until(DeliverySending)
        await here.enqueue("other")
        refused = await here.until(DeliveryRefused)

    assert isinstance(refused, DeliveryRefused)
    assert refused.backend == "other"
    async with running(Outbox(tmp_path), local=local, other=other) as here:
        await here.until(DeliveryDelivered)
    assert list(local.stored) == [f"{id}.local"]


async def test_what_was_being_sent_at_the_end_is_sent_again_with_its_progress(
    tmp_path: Path,
) -> None:
    class Curious(FakeBackend):
        saved: object = None

        async def deliver(self, note, *, key, progress):  # type: ignore[no-untyped-def]  # as in FakeBackend
            self.saved = progress.saved
            return await super().deliver(note, key=key, progress=progress)

    backend = Curious()
    backend.open.clear()
    async with running(Outbox(tmp_path), local=backend) as here:
        id = await here.enqueue("local")
        await asyncio.wait_for(backend.begun.wait(), 30)

    backend.open.set()
    async with running(Outbox(tmp_path), local=backend) as here:
        await here.until(DeliveryDelivered)
    assert backend.asked == [f"{id}.local"] * 2
    assert backend.saved == {"attempt": 1}


def attempt(
    attempts: int,
    *,
    chance: float = 1.0,
    retry_after: float | None = None,
    age: timedelta = NOW - NOW,
) -> timedelta | None:
    at = next_attempt(attempts, retry_after=retry_after, since=NOW - age, now=NOW, chance=chance)
    return None if at is None else at - NOW


def test_a_wish_beyond_the_calendar_is_no_error() -> None:
    assert attempt(1, retry_after=1e300) == GIVE_UP_AFTER


def test_the_pause_doubles_up_to_an_hour() -> None:
    pauses = [attempt(number) for number in range(1, 12)]

    assert pauses == [min(FIRST_PAUSE * 2**number, LAST_PAUSE) for number in range(11)]
    assert pauses[-1] == LAST_PAUSE
    assert attempt(100_000) == LAST_PAUSE


@given(st.integers(1, 50), st.floats(0, 1))
def test_chance_spreads_the_pause_over_its_upper_half(attempts: int, chance: float) -> None:
    shortest, pause, longest = (attempt(attempts, chance=each) for each in (0.0, chance, 1.0))

    assert shortest is not None
    assert pause is not None
    assert longest is not None
    assert shortest == longest / 2
    assert shortest <= pause <= longest


@pytest.mark.parametrize("wish", [10.0, 90.0, 7200.0])
def test_a_backend_is_not_asked_before_it_wishes(wish: float) -> None:
    assert attempt(1, chance=0.0, retry_after=wish) == timedelta(seconds=wish)


def test_a_wish_does_not_shorten_the_pause() -> None:
    assert attempt(12, retry_after=1.0) == LAST_PAUSE


def test_after_thirty_days_it_is_given_up() -> None:
    assert attempt(9, age=GIVE_UP_AFTER) is not None
    assert attempt(9, age=GIVE_UP_AFTER + timedelta(seconds=1)) is None


async def test_what_is_given_up_is_rejected_with_its_last_reason(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    async with running(outbox, local=FakeBackend(LATER)) as here:
        id = str(uuid.uuid4())
        made = CaptureRequest(id=id, url="x", title="T", html="x", captured_at=NOW)
        await outbox.accept(made, encode(made), now=NOW)
        long_ago = datetime.now(UTC) - GIVE_UP_AFTER - timedelta(hours=1)
        note = Note(id=id, url="x", title="T", markdown="# T", archived_at=NOW)
        outbox.spool.keep_note(note)
        await outbox.enqueue(id, note.title, ["local"], address="x", now=long_ago)
        here.dispatch.look()
        refused = await here.until(DeliveryRefused)

    assert isinstance(refused, DeliveryRefused)
    assert (refused.error.code, refused.error.message) == ("disk-full", "The disk is full.")
    assert refused.error.hint == (
        "It is given up after 30 days. When the cause is gone, send the note again:"
        " “guidang retry”, or the button in the form."
    )


async def test_after_a_week_without_a_network_it_still_goes_out(outbox: Outbox) -> None:
    clock = Clock()
    back = clock.now + timedelta(days=7)

    class Offline(FakeBackend):
        async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
            self.asked.append(key)
            if clock.now < back:
                raise LATER
            return Receipt(place="memory")

    backend = Offline()
    async with running(outbox, clock=clock, local=backend) as here:
        await here.enqueue("local")
        while not isinstance(event := await here.next(), DeliveryDelivered):
            if isinstance(event, DeliveryWaits):
                clock.now = event.due_at
                here.dispatch.look()

    assert back <= clock.now <= back + LAST_PAUSE
    assert 7 * 24 < len(backend.asked) < 2 * 7 * 24 + 20


async def test_a_clock_that_is_set_back_a_day_stalls_nothing(outbox: Outbox) -> None:
    clock = Clock()
    backend = FakeBackend(LATER)
    async with running(outbox, clock=clock, local=backend) as here:
        deferred = await here.enqueue("local")
        await here.until(DeliveryWaits)
        clock.now -= timedelta(days=1)
        fresh = await here.enqueue("local")
        for _ in range(2):
            await here.until(DeliveryDelivered)

    assert backend.asked == [f"{deferred}.local", f"{deferred}.local", f"{fresh}.local"]


async def test_a_wait_that_a_backend_wishes_holds_back_all_that_would_come_to_it(
    outbox: Outbox,
) -> None:
    clock = Clock()
    slow_down = DeliveryDeferred("too-many", "Too many.", "Wait.", retry_after=3600)
    backend = FakeBackend(slow_down)
    backend.open.clear()
    async with running(outbox, clock=clock, local=backend) as here:
        first, second = [await here.enqueue("local") for _ in range(2)]
        backend.open.set()
        await here.until(DeliveryWaits)
        [held_back] = (await outbox.view(second)).deliveries
        clock.now += timedelta(seconds=3601)
        here.dispatch.look()
        for _ in range(2):
            await here.until(DeliveryDelivered)

    assert held_back.due_at is not None
    assert held_back.due_at >= clock.now - timedelta(seconds=1)
    assert backend.asked == [f"{id}.local" for id in (first, first, second)]


async def test_a_backend_that_names_a_pace_is_asked_no_faster(outbox: Outbox) -> None:
    backend = FakeBackend()
    async with running(outbox, pace=0.2, local=backend, other=FakeBackend()) as here:
        begun = asyncio.get_running_loop().time()
        for _ in range(3):
            await here.enqueue("local")
        for _ in range(3):
            await here.until(DeliveryDelivered)
        took = asyncio.get_running_loop().time() - begun

        assert not here.dispatch.busy
    assert 0.4 <= took < 5


async def test_what_is_overdue_at_a_busy_backend_keeps_no_other_waiting(outbox: Outbox) -> None:
    stuck, other = FakeBackend(), FakeBackend(LATER)
    stuck.open.clear()
    async with running(outbox, stuck=stuck, other=other) as here:
        for _ in range(2):
            await here.enqueue("stuck")
        await here.enqueue("other")
        await here.until(DeliveryWaits, "other")

        await here.until(DeliveryDelivered, "other")
        stuck.open.set()


async def test_thirty_days_begin_anew_when_a_person_asks(tmp_path: Path) -> None:
    clock = Clock()
    outbox = Outbox(tmp_path)
    async with running(outbox, clock=clock, local=FakeBackend(LATER, LATER)) as here:
        id = await here.enqueue("local")
        await here.until(DeliveryWaits)
        clock.now += GIVE_UP_AFTER + timedelta(days=1)
        await outbox.retry(f"{id}.local", now=clock.now)
        here.dispatch.look()
        waits = await here.until(DeliveryWaits)

    assert isinstance(waits, DeliveryWaits)
    assert waits.due_at > clock.now


async def test_the_pauses_begin_anew_when_a_person_asks(outbox: Outbox) -> None:
    clock = Clock()
    async with running(outbox, clock=clock, local=FakeBackend(*[LATER] * 5)) as here:
        id = await here.enqueue("local")
        for _ in range(3):
            waits = await here.until(DeliveryWaits)
            assert isinstance(waits, DeliveryWaits)
            clock.now = waits.due_at
            here.dispatch.look()
        grown = await here.until(DeliveryWaits)
        await outbox.retry(f"{id}.local", now=clock.now)
        here.dispatch.look()
        anew = await here.until(DeliveryWaits)

    assert isinstance(grown, DeliveryWaits)
    assert isinstance(anew, DeliveryWaits)
    assert grown.due_at - clock.now >= 4 * FIRST_PAUSE
    assert anew.due_at - clock.now <= FIRST_PAUSE
