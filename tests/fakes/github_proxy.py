"""Stands before emulate and does what it does not: fails as GitHub does, and as networks do.

Each request is held against the official description first; one that it does not know is refused,
and `refused` says why. What a test told with `on` happens to the next requests that it names; the
rest goes through.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
from aiohttp import web
from msgspec import Struct
from yarl import URL

from tests.fakes import github_description
from tests.fakes.github_server import TOKEN, token_for_tests


class Seen(Struct, frozen=True):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: object  #: the other side of it

    @property
    def step(self) -> str:
        """What it is for, without names and ids."""
        path = re.sub(r"^/repos/[^/]+/[^/?]+|^/repositories/\d+", "", self.path).partition("?")[0]
        return f"{self.method} {re.sub('/(?:[0-9a-f]{40}|heads/.*)$', '', path) or '/'}"


class Call(Struct):
    """A request on its way."""

    seen: Seen
    request: web.Request
    forward: Callable[[], Awaitable[web.Response]]

    def break_off(self) -> web.Response:
        """Cut the connection without an answer."""
        assert self.request.transport is not None
        self.request.transport.abort()
        return web.Response()


Reply = Callable[[Call], Awaitable[web.StreamResponse]]


class Proxy:
    """The proxy to *upstream*, in a thread of its own."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._rules: list[tuple[str, re.Pattern[str], list[Reply | None]]] = []
        self._ready = threading.Event()
        self.seen: list[Seen] = []
        self.refused: list[str] = []  #: what the description did not allow
        self.uploads = 0  #: that are under way
        self.most_uploads = 0
        self.down = False  #: nobody answers
        self.url = ""

    def on(self, method: str, path: str, *replies: Reply | None) -> None:
        """The next requests of *method* to what matches *path* get *replies*; None: the usual."""
        self._rules.append((method, re.compile(path), list(replies)))

    def steps(self) -> list[str]:
        return [seen.step for seen in self.seen]

    def start(self) -> None:
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        assert self._ready.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(auto_decompress=False) as self._session:
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        is_upload = request.path.endswith("/git/blobs")
        self.uploads += is_upload
        self.most_uploads = max(self.uploads, self.most_uploads)
        try:
            return await self._answered(request)
        finally:
            self.uploads -= is_upload

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        peer = request.get_extra_info("peername")
        seen = Seen(request.method, request.raw_path, headers, await request.read(), peer)
        self.seen.append(seen)
        path = re.sub(r"^/repositories/\d+", "/repos/reader/renamed", seen.path)
        if fault := github_description.fault(seen.method, path, headers, seen.body):
            self.refused.append(f"{seen.method} {seen.path}: {fault}")
            return web.json_response({"message": fault}, status=400)
        reply = self._reply(seen)
        call = Call(seen, request, lambda: self._forwarded(seen))
        if reply is None and headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, "Bad credentials")
        return await (reply(call) if reply else call.forward())

    def _reply(self, seen: Seen) -> Reply | None:
        for method, path, replies in self._rules:
            if method in {seen.method, "*"} and path.search(seen.path) and replies:
                return replies.pop(0)
        return None

    async def _forwarded(self, seen: Seen) -> web.Response:
        headers = {"Authorization": f"Bearer {token_for_tests()}"}
        if seen.body:
            headers["Content-Type"] = "application/json"
        url = URL(self._upstream + seen.path, encoded=True)
        async with self._session.request(
            seen.method, url, data=io.BytesIO(seen.body) if seen.body else None, headers=headers
        ) as answer:
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower().startswith("x-ratelimit") or name.lower() == "content-type"
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


@contextlib.contextmanager
def github_proxy(upstream: str) -> Iterator[Proxy]:
    """A proxy that finds, at its end, that every request was one that GitHub knows."""
    proxy = Proxy(upstream)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
    assert proxy.refused == []


def refusal(status: int, message: str, **headers: str) -> web.Response:
    """An error as GitHub writes it; the names of *headers* are with underscores."""
    body = {"message": message, "documentation_url": "https://docs.github.com", "status": status}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response(body, status=status, headers=named)


def refused(status: int, message: str, **headers: str) -> Reply:
    async def reply(_: Call) -> web.StreamResponse:
        return refusal(status, message, **headers)

    return reply


def html(status: int) -> Reply:
    async def reply(_: Call) -> web.StreamResponse:
        page = "<!DOCTYPE html><html><title>Unicorn!</title></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    return reply


def raw(body: bytes, status: int = 200) -> Reply:
    async def reply(_: Call) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type="application/json")

    return reply


async def reset(call: Call) -> web.StreamResponse:
    """The connection breaks before anything happened."""
    return call.break_off()


async def applied_then_reset(call: Call) -> web.StreamResponse:
    """It happens, and the connection breaks before the answer."""
    assert (await call.forward()).status < 300
    return call.break_off()


def changed(change: Callable[[Any], Any]) -> Reply:
    """The real answer, its JSON changed."""

    async def reply(call: Call) -> web.StreamResponse:
        answer = await call.forward()
        assert isinstance(answer.body, bytes)
        return web.json_response(change(json.loads(answer.body)), status=answer.status)

    return reply


def redirected(status: int, to: Callable[[Seen], str]) -> Reply:
    async def reply(call: Call) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": to(call.seen)})

    return reply


def meanwhile(happens: Callable[[], object]) -> Reply:
    """Something happens first, in a thread; then it goes through."""

    async def reply(call: Call) -> web.StreamResponse:
        await asyncio.to_thread(happens)
        return await call.forward()

    return reply


def afterwards(happens: Callable[[], object]) -> Reply:
    """It goes through; then something happens before the answer."""

    async def reply(call: Call) -> web.StreamResponse:
        answer = await call.forward()
        await asyncio.to_thread(happens)
        return answer

    return reply


async def silent(_: Call) -> web.StreamResponse:
    """No answer, for as long as the client stays."""
    await asyncio.Event().wait()
    raise AssertionError
