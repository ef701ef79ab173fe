"""What happens is told to all who listen, and to nobody for ever."""

from daemon.events import MOST_UNREAD, Events
from daemon.protocol import DraftReady

READY = DraftReady(capture="0b6f6a3e-5d0c")


async def test_every_listener_hears_every_event() -> None:
    events = Events()
    async with events.listen() as one, events.listen() as other:
        events.tell(READY)

        assert await one.get() == await other.get() == READY


async def test_a_listener_that_does_not_read_is_let_go() -> None:
    events = Events()
    async with events.listen() as slow:
        for _ in range(MOST_UNREAD + 1):
            events.tell(READY)

        heard = [await slow.get() for _ in range(slow.qsize())]
        assert heard[-1] is None


async def test_the_end_lets_go_of_those_who_listen_and_of_those_who_come_late() -> None:
    events = Events()
    async with events.listen() as early:
        events.end()
        async with events.listen() as late:
            assert await early.get() is None
            assert await late.get() is None
