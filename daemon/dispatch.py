"""Deliveries go to their backends, side by side, until a receipt or a person settles them."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from .backends import Backend, Progress
from .backoff import GIVE_UP_AFTER, next_attempt
from .errors import DaemonError, DeliveryDeferred, SettingsError, StorageError
from .events import Events
from .model import Fault, Receipt
from .outbox import STORAGE_PAUSE, Outbox, Sending
from .protocol import (
    INTERNAL,
    DeliveryDelivered,
    DeliveryRefused,
    DeliverySending,
    DeliveryWaits,
    fault_of,
)

log = logging.getLogger(__name__)

#: Seconds for one attempt.
ATTEMPT_LIMIT = 600.0


def _now() -> datetime:
    return datetime.now(UTC)


class Dispatch:
    """One delivery per backend at a time, in the order in which the notes were made."""

    def __init__(
        self,
        outbox: Outbox,
        events: Events,
        *,
        backend: Callable[[str], Backend],
        pace: Callable[[str], float],
        known: Callable[[str, str], Awaitable[Receipt | None]],
        settled: Callable[[], None],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """*pace*: the least seconds between two deliveries to a backend.

        *known*: the receipt for a note, by its id, of a backend, by its name, where somebody else
        remembers it.
        """
        self._outbox = outbox
        self._events = events
        self._backend = backend
        self._known = known
        self._settled = settled
        self._pace = pace
        self._clock = clock
        self._more = asyncio.Event()
        self._busy: set[str] = set()
        self._resting: set[str] = set()  # of these, those that wait before the next attempt

    def look(self) -> None:
        """Something is due."""
        self._more.set()

    @property
    def busy(self) -> bool:
        return self._busy != self._resting

    async def run(self) -> None:
        """Work until cancelled; what is then being sent is sent again after a restart."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._more.clear()
                pause = await self._start_due(tasks)
                try:
                    async with asyncio.timeout(pause):
                        await self._more.wait()
                except TimeoutError:
                    continue  # something has become due

    async def _start_due(self, tasks: asyncio.TaskGroup) -> float | None:
        """Start what is due; seconds until the next look, None for none."""
        now = self._clock()
        try:
            claimed, due = await self._outbox.claim(self._busy, now=now)
            for sending in claimed:
                self._busy.add(sending.delivery.backend)
                tasks.create_task(self._send(sending))
        except StorageError as error:
            log.error("the outbox has to wait: %s", error.code)
            return STORAGE_PAUSE
        # What is overdue waits for its busy backend, which looks again when it is done.
        return None if due is None else (due - now).total_seconds()

    async def _send(self, sending: Sending) -> None:
        delivery = sending.delivery
        told = {"capture": delivery.capture, "delivery": delivery.id, "backend": delivery.backend}
        self._events.tell(DeliverySending(**told))
        try:
            rest = await self._tried(sending, told)
            self._resting.add(delivery.backend)
            await asyncio.sleep(rest)
        finally:
            self._resting.discard(delivery.backend)
            self._busy.discard(delivery.backend)
            self._more.set()

    async def _tried(self, sending: Sending, told: dict[str, str]) -> float:
        """Make an attempt; seconds until the next one to the same backend."""
        try:
            await self._attempt(sending, told)
            return self._pace(sending.delivery.backend)
        except StorageError as error:
            # Its receipt could not be kept: the backend, asked again later with the same key, finds
            # that it has the note.
            log.error("delivery %s is not settled: %s", sending.delivery.id, error.code)
            return STORAGE_PAUSE
        except SettingsError:  # there is no such backend any more, as the delivery was told
            return 0.0

    async def _attempt(self, sending: Sending, told: dict[str, str]) -> None:
        delivery = sending.delivery
        try:
            receipt = await self._remembered(sending) or await self._deliver(sending)
        except DeliveryDeferred as error:
            await self._defer(sending, error, told)
        except StorageError:
            raise
        except DaemonError as error:
            await self._reject(delivery.id, fault_of(error), told)
        except Exception:  # a bug of a backend must not stop the others; it is told as one
            log.exception("delivery %s failed", delivery.id)
            await self._reject(delivery.id, INTERNAL, told)
        else:
            await self._outbox.settle(delivery.id, receipt, now=self._clock())
            log.info("delivery %s is delivered", delivery.id)
            self._events.tell(DeliveryDelivered(**told, receipt=receipt))
            self._settled()

    async def _remembered(self, sending: Sending) -> Receipt | None:
        """The receipt of a delivery whose row was lost.

        The backend would look for the note where it was, and for its bytes: what its user has moved
        or edited since would be stored once more.
        """
        if not sending.lost:
            return None
        return await self._known(sending.delivery.capture, sending.delivery.backend)

    async def _deliver(self, sending: Sending) -> Receipt:
        delivery = sending.delivery
        save = functools.partial(self._outbox.save_progress, delivery.id)
        try:
            async with asyncio.timeout(ATTEMPT_LIMIT):
                note = await self._outbox.note(delivery.capture)
                receipt = await self._backend(delivery.backend).deliver(
                    note, key=delivery.id, progress=Progress(sending.progress, save, sending.lost)
                )
                return msgspec.structs.replace(receipt, unsaved=note.unsaved + receipt.unsaved)
        except TimeoutError as error:
            raise DeliveryDeferred(
                "delivery-timeout", "The backend took too long.", "It is tried again by itself."
            ) from error

    async def _defer(self, sending: Sending, error: DeliveryDeferred, told: dict[str, str]) -> None:
        now = self._clock()
        due_at = next_attempt(
            sending.delivery.attempts,
            retry_after=error.retry_after,
            since=sending.asked_at,
            now=now,
            chance=random.random(),  # noqa: S311  spreads attempts, guards nothing
        )
        if due_at is None:
            await self._reject(sending.delivery.id, _given_up(error), told)
            return
        all_until = due_at if error.retry_after else None
        await self._outbox.defer(
            sending.delivery.id, fault_of(error), due_at, now=now, all_until=all_until
        )
        log.info("delivery %s waits: %s", sending.delivery.id, error.code)
        self._events.tell(DeliveryWaits(**told, error=fault_of(error), due_at=due_at))

    async def _reject(self, id: str, fault: Fault, told: dict[str, str]) -> None:
        await self._outbox.reject(id, fault)
        log.warning("delivery %s is rejected: %s", id, fault.code)
        self._events.tell(DeliveryRefused(**told, error=fault))


def _given_up(error: DeliveryDeferred) -> Fault:
    """The last reason; its own hint may promise that the note goes out by itself."""
    return Fault(
        error.code,
        error.message,
        f"It is given up after {GIVE_UP_AFTER.days} days. When the cause is gone, send the note"
        " again: “guidang retry”, or the button in the form.",
    )
