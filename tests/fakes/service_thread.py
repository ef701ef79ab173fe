"""The server of the Messages API in a thread of its own, for who has no event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fakes.messages_api import MessagesApi


@dataclass(frozen=True)
class Service:
    """A server that runs: *api*, and the loop that it runs on."""

    api: MessagesApi
    loop: asyncio.AbstractEventLoop

    def set(self, event: asyncio.Event) -> None:
        """Set an event that a reply waits for."""
        self.loop.call_soon_threadsafe(event.set)


@contextmanager
def served(api: MessagesApi) -> Iterator[Service]:
    """*api*, answering until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(api.__aenter__(), loop).result(30)
        yield Service(api, loop)
        asyncio.run_coroutine_threadsafe(api.__aexit__(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
