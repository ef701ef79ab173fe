"""A client of the DevTools protocol over a pair of pipes: JSON messages, each ended by a NUL."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Mapping

#: The protocol's values are JSON whose shape each method defines; they are read where they arrive.
Json = dict[str, Any]

NUL = b"\0"

Found = TypeVar("Found")


class DevToolsError(Exception):
    """The browser refused a call, went away, or did not do in time what was waited for."""


@dataclass(frozen=True)
class Event:
    """Something the browser reports, from the browser itself or from one of its targets."""

    method: str
    params: Json
    session: str | None


class DevTools:
    """One connection: calls with answers, and every event kept, so that none is missed.

    One thread reads; any thread may call and wait.
    """

    def __init__(self, reader: io.BufferedReader, writer: io.BufferedWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answers: dict[int, Json] = {}
        self._events: list[Event] = []
        self._closed = False
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="devtools", daemon=True)
        self._thread.start()

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
        timeout: float = 30,
    ) -> Json:
        """Call *method*, of the target behind *session* if given, and return its result.

        Raises:
            DevToolsError: The browser refused, went away, or did not answer in *timeout* seconds.
        """
        number = next(self._ids)
        message: Json = {"id": number, "method": method, "params": dict(params or {})}
        if session is not None:
            message["sessionId"] = session
        self._write(message)
        answer = self._wait(lambda: self._answers.pop(number, None), method, timeout)
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error'].get('message')}")
        result: Json = answer.get("result", {})
        return result

    def close(self) -> None:
        """Close both pipes, after the browser has ended."""
        self._thread.join(10)
        with contextlib.suppress(OSError):  # an unsent rest has nobody left to read it
            self._writer.close()
        self._reader.close()

    def mark(self) -> int:
        """The present end of the events; `wait_for` with it sees only what comes after."""
        with self._changed:
            return len(self._events)

    def wait_for(
        self, matches: Callable[[Event], bool], what: str, *, since: int = 0, timeout: float = 30
    ) -> Event:
        """The first event after the mark *since* that *matches*; *what* names it in the error.

        Raises:
            DevToolsError: It did not come in *timeout* seconds, or the browser went away.
        """
        return self._wait(
            lambda: next((event for event in self._events[since:] if matches(event)), None),
            what,
            timeout,
        )

    def _wait(self, look: Callable[[], Found | None], what: str, timeout: float) -> Found:
        with self._changed:
            found: list[Found] = []

            def ready() -> bool:
                if (value := look()) is not None:
                    found.append(value)
                return bool(found) or self._closed

            if not self._changed.wait_for(ready, timeout):
                raise DevToolsError(f"{what}: nothing came within {timeout:g} s")
            if not found:
                raise DevToolsError(f"{what}: the browser went away")
            return found[0]

    def _write(self, message: Json) -> None:
        try:
            with self._writing:
                self._writer.write(json.dumps(message).encode() + NUL)
                self._writer.flush()
        except (OSError, ValueError) as error:  # ValueError: the pipe was closed by us
            raise DevToolsError(f"{message['method']}: the browser went away") from error

    def _read(self) -> None:
        buffer = bytearray()
        while data := self._read_some():
            buffer += data
            if NUL not in data:
                continue
            *messages, rest = bytes(buffer).split(NUL)
            buffer = bytearray(rest)
            self._take([json.loads(message) for message in messages])
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _read_some(self) -> bytes:
        try:
            return self._reader.read1(1 << 20)
        except (OSError, ValueError):
            return b""

    def _take(self, messages: list[Json]) -> None:
        with self._changed:
            for message in messages:
                if "id" in message:
                    self._answers[message["id"]] = message
                else:
                    session = message.get("sessionId")
                    self._events.append(Event(message["method"], message["params"], session))
            self._changed.notify_all()
