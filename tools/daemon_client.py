"""Ask the daemon as any program can: HTTP over its socket."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from native_host.errors import HostError, LostError
from native_host.socket_client import Address, Connection, address, request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Answers and events as the protocol defines them.
Json = dict[str, Any]


class DaemonRefusedError(Exception):
    """The daemon's answer was an error; the text is its sentence and its hint."""

    def __init__(self, status: int, error: Json) -> None:
        super().__init__(f"{error['message']} {error['hint']}".strip())
        self.status = status
        self.code = error["code"]


@dataclass(frozen=True)
class DaemonClient:
    """The daemon that listens at *address*."""

    address: Address

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> DaemonClient:
        """The daemon of the user whose environment this is."""
        return cls(address(environ, sys.platform))

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = 30
    ) -> Json:
        """The answer to one request.

        Raises:
            DaemonRefusedError: It was an error.
            HostError: There was none.
        """
        text = b"" if body is None else json.dumps(body).encode()
        status, answer = request(self.address, method, path, text, timeout=timeout)
        value: Json = json.loads(answer) if answer else {}
        if status >= 400:
            raise DaemonRefusedError(status, value["error"])
        return value

    @contextlib.contextmanager
    def events(self) -> Iterator[Events]:
        """Listen to what happens from now on."""
        with Connection(self.address) as connection:
            events = Events(connection)
            try:
                yield events
            finally:
                connection.abort()  # or the reading thread would wait for ever
                events.join()


class Events:
    """The daemon's events, read by a thread, so that waiting for one can have an end."""

    def __init__(self, connection: Connection) -> None:
        connection.start("GET", "/events", length=0)
        self._lines = _lines(iter(connection.answer()))
        next(self._lines)  # the greeting: from here on no event is missed
        self._arrived: queue.Queue[Json | HostError] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, *, timeout: float) -> Json | None:
        """The next event; None after *timeout* seconds of silence.

        Raises:
            HostError: The daemon has gone.
        """
        try:
            event = self._arrived.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(event, HostError):
            raise event
        return event

    def join(self) -> None:
        self._thread.join()

    def _read(self) -> None:
        try:
            for event in self._lines:
                self._arrived.put(event)
            raise LostError("The daemon ended.")
        except HostError as error:
            self._arrived.put(error)


def _lines(pieces: Iterator[bytes]) -> Iterator[Json]:
    """The JSON lines in *pieces*; empty ones are heartbeats."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
