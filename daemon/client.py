"""The daemon as the command line sees it: woken when it rests, its errors raised again."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from native_host.errors import HostError
from native_host.socket_client import Connection, address, request
from native_host.wake import wake

from .decoding import decoded
from .errors import DaemonError
from .protocol import CaptureRequest, encode

#: Seconds; a large capture takes a while to arrive.
PATIENCE = 300.0
#: Seconds for one that waits for a summary, perhaps behind another one.
LONG_PATIENCE = 3900.0
#: What became of a note that was not made anew, by the daemon's code.
_REFUSED = {"capture-lost": "gone", "text-edited": "edited"}


def ask(
    method: str, path: str, value: Any = None, *, start: bool = True, patience: float = PATIENCE
) -> Any:
    """The daemon's answer, decoded; None when it has no body.

    With *start* false a daemon that rests is left alone.

    Raises:
        DaemonError: The daemon says so, or it cannot be reached.
    """
    try:
        if start:
            wake({**os.environ, "GUIDANG_DAEMON": sys.executable}, sys.platform)
        body = b"" if value is None else encode(value)
        place = address(os.environ, sys.platform)
        status, answer = request(place, method, path, body, timeout=patience)
    except HostError as error:
        raise DaemonError(error.code, error.message, error.hint) from error
    found: Any = decoded(answer, Any) if answer else None
    if status >= 400:
        raise DaemonError(**found["error"])
    return found


def follow(method: str, path: str) -> Iterator[dict[str, Any]]:
    """The lines of a stream of the daemon, decoded, as they come.

    Raises:
        DaemonError: The daemon says so, or it cannot be reached.
    """
    ask("GET", "/status")
    try:
        with Connection(address(os.environ, sys.platform), timeout=PATIENCE) as connection:
            connection.start(method, path, length=0)
            for line in _lines(connection.answer()):
                found = decoded(line, dict[str, Any])
                if "error" in found:
                    raise DaemonError(**found["error"])
                yield found
    except HostError as error:
        raise DaemonError(error.code, error.message, error.hint) from error


def archive(html: str, url: str, *, plan: str | None) -> dict[str, Any]:
    """Archive a page and wait until every delivery is delivered, deferred or rejected.

    Returns:
        The CaptureView, as PROTOCOL.md describes it; its `earlier` is from when it was accepted.

    Raises:
        DaemonError: The daemon did not accept it, or could make no note of it.
    """
    capture = CaptureRequest(
        id=str(uuid.uuid4()),
        url=url,
        title="",
        html=html,
        captured_at=datetime.now(UTC),
        plan=plan,
    )
    ask("GET", "/status")
    with _events() as events:
        _wait(events)
        earlier = ask("POST", "/captures", capture, start=False)["earlier"]
        while True:
            view: dict[str, Any] = ask("GET", f"/captures/{capture.id}", start=False)
            if view["error"]:
                raise DaemonError(**view["error"])
            if view["deliveries"] and all(map(_is_settled, view["deliveries"])):
                return view | {"earlier": earlier}
            _wait(events)


def newest_notes(*, lacking: bool = False) -> list[str]:
    """The ids of all archived captures, without those of which there is a newer version.

    With *lacking*, of those whose summary could not be written.
    """
    found: list[dict[str, Any]] = []
    while page := ask("GET", f"/captures?state=archived{_before(found)}")["captures"]:
        found += page
    remade = {view["remakes"] for view in found}
    return [
        view["id"]
        for view in found
        if view["id"] not in remade and (view["lacks_summary"] or not lacking)
    ]


def renew(id: str, what: Literal["remake", "summarize"]) -> dict[str, Any]:
    """Make a note anew, or write its summary.

    Returns:
        note: its id, of the new one where there is one.
        outcome: remade, unchanged, gone (its page is not kept), edited (its text is a person's
            own) or failed.
        error, warning: as PROTOCOL.md describes them, or None.

    Raises:
        DaemonError: The daemon cannot be reached.
    """
    try:
        made = ask("POST", f"/captures/{id}/{what}", patience=LONG_PATIENCE)
    except DaemonError as error:
        if error.code in {"daemon-lost", "daemon-unreachable"}:
            raise
        outcome = _REFUSED.get(error.code, "failed")
        told = {"code": error.code, "message": error.message, "hint": error.hint}
        return {"note": id, "outcome": outcome, "error": told, "warning": None}
    return {
        "note": made["capture"],
        "outcome": made["outcome"],
        "error": None,
        "warning": made["warning"],
    }


def _before(found: list[dict[str, Any]]) -> str:
    return f"&before={found[-1]['id']}" if found else ""


def _wait(events: Iterator[bytes]) -> None:
    """Wait for the next event.

    Raises:
        DaemonError: The daemon has gone. What it accepted, it goes on with when it is back.
    """
    try:
        ended = next(events, None) is None
    except HostError:
        ended = True
    if ended:
        raise DaemonError(
            "daemon-lost",
            "The daemon ended before the note was delivered.",
            "Nothing is lost: see “guidang status”.",
        )


def _is_settled(delivery: dict[str, Any]) -> bool:
    if delivery["state"] == "waiting":
        return delivery["error"] is not None
    return delivery["state"] in {"delivered", "rejected"}


@contextmanager
def _events() -> Iterator[Iterator[bytes]]:
    """The daemon's events as they come; a heartbeat is one too."""
    with Connection(address(os.environ, sys.platform), timeout=PATIENCE) as connection:
        connection.start("GET", "/events", length=0)
        yield iter(connection.answer())


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from filter(None, lines)
    if rest:
        yield rest
