"""A stand-in daemon that keeps the captures it is sent, so that tests can look at them."""

from __future__ import annotations

import contextlib
import json
import queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.http_socket import Conversation


class Recorder:
    """Accepts every capture, and knows nothing of it later."""

    def __init__(self) -> None:
        self._captures: queue.Queue[dict[str, Any]] = queue.Queue()

    def next(self, *, timeout: float = 60) -> dict[str, Any]:
        """The next capture, once it is there.

        Raises:
            queue.Empty: There was none within *timeout* seconds.
        """
        return self._captures.get(timeout=timeout)

    def converse(self, conversation: Conversation) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the browser has ended
            self._converse(conversation)

    def _converse(self, conversation: Conversation) -> None:
        match conversation.method, conversation.path:
            case "POST", "/captures":
                capture = json.loads(conversation.body())
                conversation.answer(201, _json(id=capture["id"], state="accepted"))
                self._captures.put(capture)
            case "GET", "/events":
                conversation.begin_chunks()
                conversation.chunk(_json(type="hello", version="0", protocol=1) + b"\n")
                conversation.wait_for_close()
            case _:
                error = {"code": "capture-unknown", "message": "Not kept.", "hint": ""}
                conversation.answer(404, _json(error=error))


def _json(**value: Any) -> bytes:
    return json.dumps(value).encode()
