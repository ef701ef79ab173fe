"""A server of the Messages API on loopback, for what goes wrong between two sockets.

It answers what it was told to, in turn, and the last one for ever. A request that the API would
not take (a field or header that is missing, unknown or of another type) gets 400, whatever was to
be answered: https://docs.anthropic.com/en/api/messages.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Self

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

KEY = "sk-ant-api03-0123456789-abcdefghij"
Event = dict[str, Any]
Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Turn(Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: Annotated[str, Meta(min_length=1)]


class _Question(Struct, forbid_unknown_fields=True):
    model: Annotated[str, Meta(min_length=1)]
    messages: Annotated[list[_Turn], Meta(min_length=1)]
    system: Annotated[str, Meta(min_length=1)] | msgspec.UnsetType = msgspec.UNSET


class _Asked(_Question, forbid_unknown_fields=True, kw_only=True):
    max_tokens: Annotated[int, Meta(ge=1)]
    stream: Literal[True] | msgspec.UnsetType


class Seen(Struct):
    """A request that was taken."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class MessagesApi:
    """The server; *auth* is the header in which it wants *key*, None where it wants none."""

    def __init__(
        self,
        *replies: Reply,
        count: Reply | None = None,
        models: Reply | None = None,
        auth: Literal["bearer", "x-api-key"] | None = "bearer",
        key: str = KEY,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.seen: list[Seen] = []
        self.refused: list[str] = []  #: why requests were not taken
        self.closed = asyncio.Event()  #: a client went away before the end
        self._replies = list(replies)
        self._count = count or status(404)
        self._models = models or status(404)
        self._auth, self._key, self._tls = auth, key, tls

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.add_routes(
            [
                web.post("/v1/messages", self._message),
                web.post("/v1/messages/count_tokens", self._counted),
                web.get("/v1/models", self._listed),
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"https://localhost:{port}" if self._tls else f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def asked(self) -> int:
        """How many answers were asked for."""
        return sum(seen.path == "/v1/messages" for seen in self.seen)

    async def _message(self, request: web.Request) -> web.StreamResponse:
        if refusal := await self._refusal(request, _Asked):
            return refusal
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        try:
            return await reply(request)
        except (asyncio.CancelledError, ConnectionError):
            self.closed.set()
            raise

    async def _counted(self, request: web.Request) -> web.StreamResponse:
        return await self._refusal(request, _Question) or await self._count(request)

    async def _listed(self, request: web.Request) -> web.StreamResponse:
        return await self._models(request)

    async def _refusal(self, request: web.Request, kind: type[Struct]) -> web.Response | None:
        try:
            self._check_headers(request)
            msgspec.json.decode(await request.read(), type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, AssertionError) as error:
            self.refused.append(str(error))
            return web.json_response(_error("invalid_request_error", str(error)), status=400)
        body = await request.json()
        self.seen.append(Seen(path=request.path, headers=dict(request.headers), body=body))
        return None

    def _check_headers(self, request: web.Request) -> None:
        found = request.headers
        assert found.get("Content-Type") == "application/json", "content-type"
        assert found.get("anthropic-version", "") >= "2023-06-01", "anthropic-version"
        wanted = {
            "bearer": ("Authorization", f"Bearer {self._key}"),
            "x-api-key": ("X-Api-Key", self._key),
        }
        for auth, (name, value) in wanted.items():
            expected = value if auth == self._auth else None
            assert found.get(name) == expected, f"{name}: {found.get(name)}"


# Replies.


def said(
    *texts: str,
    stop: str | None = "end_turn",
    usage: tuple[int, int] | None = (12, 34),
    model: str | None = None,
) -> list[Event]:
    """The events of a whole answer of *model*, None where the service does not tell its name."""
    read, wrote = ({"input_tokens": usage[0]}, {"output_tokens": usage[1]}) if usage else ({}, {})
    return [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": read,
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *map(text, texts),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            **({"usage": wrote} if usage else {}),
        },
        {"type": "message_stop"},
    ]


def begun(*texts: str) -> list[Event]:
    """The events of an answer that goes no further."""
    return said(*texts)[: 3 + len(texts)]


def text(added: str) -> Event:
    delta = {"type": "text_delta", "text": added}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def error(kind: str, message: str = "Overloaded") -> Event:
    return _error(kind, message)


def streamed(events: list[Event], *, sent: list[float] | None = None) -> Reply:
    """All *events*, each in a packet of its own; the times at which they went to *sent*."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = await _opened(request)
        for event in events:
            if sent is not None:
                sent.append(time.perf_counter())
            await response.write(_sse(event))
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    return reply


def held(
    events: list[Event],
    go_on: asyncio.Event | None = None,
    *,
    rest: list[Event] | None = None,
    sent: list[float] | None = None,
) -> Reply:
    """*events*, then silence: for ever, or until it may *go_on* with the *rest* of the answer.

    The time at which the last of *events* went out goes to *sent*.
    """

    async def reply(request: web.Request) -> web.StreamResponse:
        response = await _opened(request)
        for number, event in enumerate(events, 1):
            if sent is not None and number == len(events):
                sent.append(time.perf_counter())
            await response.write(_sse(event))
        await (go_on or asyncio.Event()).wait()
        for event in said()[-3:] if rest is None else rest:
            await response.write(_sse(event))
        return response

    return reply


def silent() -> Reply:
    """Nothing at all."""

    async def reply(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return reply


def reset(events: list[Event]) -> Reply:
    """*events*, then the connection is torn down."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = await _opened(request)
        for event in events:
            await response.write(_sse(event))
        assert request.transport
        request.transport.abort()
        return response

    return reply


def raw(data: bytes, kind: str = "text/event-stream", *, size: int = 0) -> Reply:
    """These bytes, in packets of *size*."""

    async def reply(request: web.Request) -> web.StreamResponse:
        response = await _opened(request, kind)
        for start in range(0, len(data), size or len(data) or 1):
            await response.write(data[start : start + (size or len(data))])
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    return reply


def status(
    number: int,
    kind: str = "api_error",
    message: str = "No.",
    headers: dict[str, str] | None = None,
) -> Reply:
    """An error of the API with this status."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.json_response(_error(kind, message), status=number, headers=headers)

    return reply


def other(number: int, body: str, kind: str = "text/html", **headers: str) -> Reply:
    """What something else answers that stands at this address."""

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=number, text=body, content_type=kind, headers=headers)

    return reply


def as_json(value: object) -> Reply:
    async def reply(_: web.Request) -> web.StreamResponse:
        return web.json_response(value)

    return reply


def events_of(events: list[Event]) -> bytes:
    return b"".join(map(_sse, events))


async def _opened(request: web.Request, kind: str = "text/event-stream") -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": kind})
    await response.prepare(request)
    return response


def _sse(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _error(kind: str, message: str) -> Event:
    return {"type": "error", "error": {"type": kind, "message": message}}
