"""A Feishu of our own, strict as its reference says, in a thread with a port on loopback.

It refuses with the documented codes what the documents do not allow, keeps tokens that end, and
counts how often it was asked. What a test told with `on` happens to the next requests that it
names; the rest goes its usual way. `state` is all that it keeps: documents, uploads, folders,
wikis, tables.

The pages where users agree and devices are allowed have the same address. `state.rates.on = False`
lifts the limits, which go on counting; `state.clock.move(seconds)` lets tokens and limits age.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from tests.fakes import feishu_base, feishu_docx, feishu_drive, feishu_wiki
from tests.fakes.feishu_answers import RefusedError
from tests.fakes.feishu_schemas import check_request
from tests.fakes.feishu_state import Ask, Route, State
from tests.fakes.feishu_tokens import OAuthRefusedError, User
from tests.fakes.github_proxy import (
    Call,
    Reply,
    afterwards,
    applied_then_reset,
    changed,
    html,
    meanwhile,
    raw,
    reset,
    silent,
)
from tests.fakes.github_proxy import Seen as SeenByProxy

ROUTES: list[Route] = [
    *feishu_docx.ROUTES,
    *feishu_drive.ROUTES,
    *feishu_wiki.ROUTES,
    *feishu_base.ROUTES,
]
APP_TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
USER_TOKEN = "/open-apis/authen/v2/oauth/token"
AUTHORIZE = "/open-apis/authen/v1/authorize"
DEVICE = "/oauth/v1/device_authorization"
#: The addresses that ask for no token.
OPEN = {("POST", APP_TOKEN), ("POST", USER_TOKEN), ("GET", AUTHORIZE), ("POST", DEVICE)}


class Seen(SeenByProxy, frozen=True):
    """A request that came; `route` is its path with names for ids, empty for an unknown one."""

    route: str = ""

    @property
    def step(self) -> str:
        """What it is for, without ids."""
        return f"{self.method} {self.route.removeprefix('/open-apis')}"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class FeishuServer:
    """The server; `app` is known to it with all scopes, and `user` may agree to it."""

    def __init__(self) -> None:
        self.state = State()
        self.app = self.state.tokens.app()
        self.user = self.state.tokens.user()
        self.agrees: User | None = self.user  #: who is asked for consent by a page; None: says no
        self.seen: list[Seen] = []
        self.refused: list[str] = []  #: what no client should ask, and why
        self.down = False  #: nobody answers
        self.url = ""
        self._rules: list[tuple[str, re.Pattern[str], list[Reply | None]]] = []
        self._ready = threading.Event()

    def on(self, method: str, path: str, *replies: Reply | None) -> None:
        """The next requests of *method* to what matches *path* get *replies*; None: the usual."""
        self._rules.append((method, re.compile(path), list(replies)))

    def steps(self) -> list[str]:
        """What was asked for, tokens left out."""
        return [seen.step for seen in self.seen if (seen.method, seen.route) not in OPEN]

    def forget(self) -> None:
        """What was told with `on` holds no longer."""
        self._rules.clear()

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
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        route, names = _route(request.method, request.path)
        seen = Seen(
            request.method,
            request.raw_path,
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
            request.get_extra_info("peername"),
            route.path if route else request.path if (request.method, request.path) in OPEN else "",
        )
        self.seen.append(seen)
        if fault := check_request(request.method, request.path, request.query_string, seen.body):
            self.refused.append(fault)
        over = self._counted(seen, route, names)
        call = Call(seen, request, lambda: self._forwarded(seen, route, names, over))
        reply = self._reply(seen)
        return await (reply(call) if reply else call.forward())

    def _reply(self, seen: Seen) -> Reply | None:
        for method, path, replies in self._rules:
            if method in {seen.method, "*"} and path.search(seen.path) and replies:
                return replies.pop(0)
        return None

    def _counted(
        self, seen: Seen, route: Route | None, names: dict[str, str]
    ) -> RefusedError | None:
        """Every limit of the call counts it; the first that says no."""
        refusals = []
        for limit in route.limits if route else ():
            try:
                app = self.state.tokens.who(seen.headers.get("authorization", "")).app.id
            except RefusedError:
                continue
            whose = names["document_id"] if limit.of_document else app
            refusals.append(self.state.rates.count(limit, whose))
        return next((each for each in refusals if each), None)

    async def _forwarded(
        self, seen: Seen, route: Route | None, names: dict[str, str], over: RefusedError | None
    ) -> web.Response:
        try:
            if (seen.method, seen.route) in OPEN:
                return self._opened(seen)
            if route is None:
                return web.Response(status=404, text="404 page not found")
            return await self._acted(seen, route, names, over)
        except RefusedError as refused:
            return refused.answer()
        except OAuthRefusedError as refused:
            return web.json_response(refused.body, status=400)
        finally:
            self.refused += self.state.faults
            self.state.faults.clear()

    async def _acted(
        self, seen: Seen, route: Route, names: dict[str, str], over: RefusedError | None
    ) -> web.Response:
        who = self.state.tokens.who(seen.headers.get("authorization", ""))
        if over:
            raise over
        if not set(route.scopes) & who.scopes:
            raise _without_scope(who.app.id, route.scopes, of_user=who.user is not None)
        ask = Ask(who, names, seen.query, seen.headers, seen.body)
        data = await route.act(self.state, ask)
        return web.json_response({"code": 0, "msg": "success", "data": data})

    def _opened(self, seen: Seen) -> web.Response:
        """What is answered to somebody without a token."""
        tokens = self.state.tokens
        if seen.route == APP_TOKEN:
            told = tokens.app_token(seen.json)
            return web.json_response({"code": 0, "msg": "ok", **told})
        if seen.route == USER_TOKEN:
            return web.json_response({"code": 0, **tokens.user_token(_form(seen))})
        if seen.route == DEVICE:
            header = seen.headers.get("authorization", "")
            return web.json_response(tokens.device(header, _form(seen), self.url))
        return self._led_back(seen.query)

    def _led_back(self, query: dict[str, str]) -> web.Response:
        """The page of consent, whose user has answered at once."""
        if query.get("response_type") != "code" or query.get("client_id") not in (
            self.state.tokens.apps
        ):
            return web.Response(status=400, text="20029")
        if self.agrees:
            told = {"code": self.state.tokens.agreed(query["client_id"], self.agrees, query)}
        else:
            told = {"error": "access_denied"}
        told |= {"state": query["state"]} if "state" in query else {}
        return web.Response(
            status=302, headers={"Location": f"{query['redirect_uri']}?{urlencode(told)}"}
        )


@contextlib.contextmanager
def feishu_server() -> Iterator[FeishuServer]:
    """A server that finds, at its end, that nothing was asked that no client should ask."""
    server = FeishuServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
    assert server.refused == []


def refusal(code: int, *, status: int | None = None, reset: int = 0, **error: Any) -> Reply:
    """An answer with this code, and the status that comes with it; *reset*: seconds to wait."""
    headers = {"x-ogw-ratelimit-reset": str(reset)} if reset else {}

    async def reply(_: Call) -> web.StreamResponse:
        return RefusedError(code, status=status, headers=headers, **error).answer()

    return reply


def _without_scope(app: str, scopes: tuple[str, ...], *, of_user: bool) -> RefusedError:
    kind = "action_privilege_required" if of_user else "action_scope_required"
    url = f"https://open.feishu.cn/app/{app}/auth?q={','.join(scopes)}&op_from=openapi"
    return RefusedError(
        99991679 if of_user else 99991672,
        ", ".join(scopes),
        permission_violations=[{"type": kind, "subject": scope} for scope in scopes],
        helps=[{"url": url, "description": "Apply for the scopes here"}],
    )


def _form(seen: Seen) -> dict[str, str]:
    """The fields of a body, which both kinds may carry."""
    if seen.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(seen.body.decode()))
    return {name: str(value) for name, value in seen.json.items()}


def _route(method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    for route in ROUTES:
        found = re.fullmatch(re.sub(r":(\w+)", r"(?P<\1>[^/]+)", route.path), path)
        if found and route.method == method:
            return route, found.groupdict()
    return None, {}


__all__ = [
    "Call",
    "FeishuServer",
    "Reply",
    "Seen",
    "afterwards",
    "applied_then_reset",
    "changed",
    "feishu_server",
    "html",
    "meanwhile",
    "raw",
    "refusal",
    "reset",
    "silent",
]
