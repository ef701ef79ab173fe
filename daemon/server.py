"""HTTP on the daemon's socket: each route reads a request, asks the others, and answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from . import secrets
from .backends import Destinations
from .errors import (
    DaemonError,
    DeliveryError,
    LostError,
    ProtocolError,
    SettingsError,
    StorageError,
    SummaryError,
    UnknownError,
)
from .events import Events
from .library import Filters, Library
from .model import Anew, CaptureState, DeliveryState, Draft, Fault
from .model import Summary as WrittenSummary
from .outbox import Outbox
from .pipeline import Pipeline
from .protocol import (
    INTERNAL,
    ArchiveRequest,
    CaptureAccepted,
    CaptureHead,
    CaptureRequest,
    CaptureView,
    DeliveryRetried,
    Earlier,
    Edit,
    Hello,
    NoteIndexed,
    NoteRemoved,
    NotesRequest,
    PlacesRequest,
    PlannedView,
    PlanView,
    Preview,
    PreviewRequest,
    SecretRequest,
    SecretView,
    Status,
    SummaryAnew,
    SummaryDone,
    SummaryFailed,
    SummaryLine,
    SummaryText,
    TryRequest,
    decode,
    decode_moment,
    decode_query,
    encode,
    encode_line,
    error_answer,
    fault_of,
)
from .reindexing import Reindexing
from .settings import Settings
from .summaries import Summaries, Tell
from .summarizers import Piece
from .versions import Versions

log = logging.getLogger(__name__)

#: Bytes of one request; a 200 MB page is about 230 MB as JSON.
LARGEST_REQUEST = 512 << 20
#: Bytes that are decoded in 10 ms.
LARGE_REQUEST = 8 << 20
#: Seconds between two blank lines on a silent stream, so that a lost listener is noticed.
HEARTBEAT = 20.0
#: Seconds between two looks whether a client that waits for a summary is still there.
LOOK = 0.1

#: The address of a text that was never at one.
SAMPLE = "https://example.org/"

_STATUS: tuple[tuple[type[DaemonError], int], ...] = (
    (UnknownError, 404),
    (ProtocolError, 400),
    (LostError, 410),
    (SettingsError, 409),
    (SummaryError, 502),
    (DeliveryError, 502),
    (StorageError, 507),
)


class Control(Protocol):
    """What the server asks of the whole daemon."""

    version: str

    @property
    def settings(self) -> Settings: ...
    async def follow_settings(self) -> None: ...
    def change_settings(self, patch: dict[str, Any]) -> Settings: ...
    def settings_schema(self) -> dict[str, Any]: ...
    def templates(self) -> list[str]: ...
    async def preview(self, asked: PreviewRequest) -> Preview: ...
    async def check_backend(self, name: str) -> str: ...
    async def places(self, name: str, below: str) -> Destinations: ...
    def faults(self) -> list[Fault]: ...


class Server:
    """The routes. *secret*, where there is one, must come with every request."""

    def __init__(
        self,
        outbox: Outbox,
        library: Library,
        events: Events,
        pipeline: Pipeline,
        control: Control,
        *,
        summaries: Summaries,
        versions: Versions,
        reindexing: Reindexing,
        deliver: Callable[[], None],
        secret: str | None = None,
    ) -> None:
        self._outbox = outbox
        self._library = library
        self._events = events
        self._pipeline = pipeline
        self._summaries = summaries
        self._versions = versions
        self._reindexing = reindexing
        self._control = control
        self._deliver = deliver
        self._secret = secret
        self._under_way = 0
        self._last_request = time.monotonic()

    @property
    def idle_for(self) -> float:
        """Seconds since the last request ended; 0 while one is under way."""
        return 0.0 if self._under_way else time.monotonic() - self._last_request

    def application(self) -> web.Application:
        application = web.Application(
            middlewares=[self._counted, _answered, self._proven, self._informed]
        )
        application.add_routes(
            [
                web.get("/status", self._status),
                web.post("/captures", self._accept),
                web.get("/captures", self._captures),
                web.get("/captures/{id}", self._capture),
                web.patch("/captures/{id}", self._edit),
                web.delete("/captures/{id}", self._discard),
                web.post("/captures/{id}/archive", self._archive),
                web.post("/captures/{id}/summary", self._summary),
                web.post("/captures/{id}/remake", self._remake),
                web.post("/captures/{id}/summarize", self._summarize),
                web.get("/events", self._stream_events),
                web.get("/notes", self._notes),
                web.get("/notes/{id}", self._note),
                web.delete("/notes/{id}", self._remove),
                web.post("/notes/{id}/restore", self._restore),
                web.post("/notes/reindex", self._reindex),
                web.post("/deliveries/{id}/retry", self._retry),
                web.get("/settings", self._settings),
                web.patch("/settings", self._change_settings),
                web.get("/settings/schema", self._schema),
                web.get("/settings/templates", self._templates),
                web.post("/settings/preview", self._preview),
                web.post("/summarizer/try", self._try),
                web.get("/secrets/{name}", self._secret_view),
                web.put("/secrets/{name}", self._put_secret),
                web.delete("/secrets/{name}", self._delete_secret),
                web.post("/backends/{name}/check", self._check),
                web.get("/backends/{name}/places", self._places),
            ]
        )
        return application

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._under_way += 1
        try:
            return await handler(request)
        finally:
            self._under_way -= 1
            self._last_request = time.monotonic()

    @web.middleware
    async def _proven(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if self._secret and not hmac.compare_digest(given, f"Bearer {self._secret}"):
            raise web.HTTPUnauthorized
        return await handler(request)

    @web.middleware
    async def _informed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whoever has edited the settings and then asks for something means the new ones."""
        await self._control.follow_settings()
        return await handler(request)

    async def _status(self, _: web.Request) -> web.Response:
        captures, deliveries = await self._outbox.counts()
        settings = self._control.settings
        return _json(
            Status(
                version=self._control.version,
                pid=os.getpid(),
                captures=captures,
                deliveries=deliveries,
                plans=tuple(
                    PlanView(name, plan.backends, settings.kinds_of(plan), plan.summary)
                    for name, plan in settings.plans.items()
                ),
                plan=settings.plan,
                faults=tuple(await asyncio.to_thread(self._control.faults)),
            )
        )

    async def _accept(self, request: web.Request) -> web.Response:
        body = await _body(request)
        # To decode a large capture would hold up everybody else; its worker checks the rest of it.
        is_large = len(body) > LARGE_REQUEST
        capture: CaptureHead | CaptureRequest = (
            decode(CaptureHead, body) if is_large else decode(CaptureRequest, body)
        )
        self._control.settings.plan_named(capture.plan)
        canonical = capture.canonical if _same_host(capture.canonical, capture.url) else None
        earlier = await self._earlier(capture.id, capture.url, canonical)
        accepted, is_new = await self._outbox.accept(capture, body, now=datetime.now(UTC))
        if is_new:
            log.info("capture %s is accepted", capture.id)
            self._events.tell(CaptureAccepted(capture=capture.id))
            self._pipeline.look()
        answer = msgspec.structs.replace(accepted, earlier=earlier)
        return _json(answer, status=201 if is_new else 200)

    async def _captures(self, request: web.Request) -> web.Response:
        state, before = request.query.get("state"), request.query.get("before")
        if state == "unsettled":
            return _json({"captures": await self._outbox.unsettled()})
        return _json({"captures": await self._outbox.views(state, before=before)})

    async def _capture(self, request: web.Request) -> web.Response:
        return await self._viewed(request.match_info["id"])

    async def _edit(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        await self._outbox.edit(id, decode(Edit, await _body(request)))
        return await self._viewed(id)

    async def _discard(self, request: web.Request) -> web.Response:
        await self._outbox.discard(request.match_info["id"])
        return web.Response(status=204)

    async def _archive(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        last = decode(ArchiveRequest, await _body(request) or b"{}")
        self._control.settings.plan_named(last.plan)
        if (last.title, last.markdown, last.summary) != (None, None, None):
            await self._outbox.edit(id, last)
        if await self._outbox.send_off(id, last.plan, updates=last.updates) == CaptureState.FAILED:
            self._events.tell(CaptureAccepted(capture=id))
        self._pipeline.look()
        return await self._viewed(id, status=202)

    async def _viewed(self, id: str, *, status: int = 200) -> web.Response:
        view = await self._outbox.view(id)
        earlier = await self._earlier(id, view.url, view.address)
        whole = msgspec.structs.replace(view, earlier=earlier, planned=self._planned(view))
        return _json(whole, status=status)

    def _planned(self, view: CaptureView) -> tuple[PlannedView, ...]:
        """What a draft comes to with each plan, first the one that it goes by; nothing where that
        plan is gone, which is told when it is sent off.
        """
        settings = self._control.settings
        if view.state != CaptureState.DRAFT:
            return ()
        with suppress(SettingsError):
            first = settings.planned(view.plan, view.url)
            others = (name for name in settings.plans if name != first.plan)
            each = (first, *(settings.planned(name, view.url) for name in others))
            return tuple(
                PlannedView(plan=p.plan, template=p.template, summary=p.summary) for p in each
            )
        return ()

    async def _earlier(self, id: str, *urls: str | None) -> Earlier | None:
        """The note of the same page before; what fails here holds no capture up."""
        try:
            return await self._library.earlier(id, *urls)
        except StorageError as error:
            log.error("whether %s was archived before is not known: %s", id, error.code)
        except Exception:  # a bug there refuses no capture
            log.exception("whether %s was archived before is not known", id)
        return None

    async def _summary(self, request: web.Request) -> web.StreamResponse:
        id = request.match_info["id"]
        await self._outbox.reading(id)  # an unknown one is told before all else
        return await _summary_stream(request, lambda tell: self._summaries.request(id, tell), id)

    async def _try(self, request: web.Request) -> web.StreamResponse:
        asked = decode(TryRequest, await _body(request))
        draft = Draft(url=SAMPLE, title=asked.title, markdown=asked.markdown, text=None)

        async def write(tell: Tell) -> WrittenSummary:
            return await self._summaries.tried(draft, asked.language, tell)

        return await _summary_stream(request, write, "a try")

    async def _remake(self, request: web.Request) -> web.Response:
        remade = await self._versions.remake(request.match_info["id"])
        return _json(remade, status=202 if remade.outcome == "remade" else 200)

    async def _summarize(self, request: web.Request) -> web.Response:
        return _json(await self._versions.summarize(request.match_info["id"]), status=202)

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        async def lines() -> AsyncGenerator[bytes, None]:
            async with self._events.listen() as queue:
                yield encode_line(Hello(version=self._control.version))
                while True:
                    try:
                        async with asyncio.timeout(HEARTBEAT):
                            event = await queue.get()
                    except TimeoutError:
                        yield b"\n"
                        continue
                    if event is None:
                        return
                    yield encode_line(event)

        return await _stream(request, lines())

    async def _notes(self, request: web.Request) -> web.Response:
        asked = decode_query(NotesRequest, request.query)
        await self._refuse_unknown(asked.backend)
        ids = None
        if asked.state not in {None, DeliveryState.DELIVERED}:  # the library knows receipts alone
            ids = tuple(await self._outbox.in_state(DeliveryState(asked.state), asked.backend))
        filters = Filters(
            site=asked.site,
            tag=asked.tag,
            since=decode_moment(asked.since) if asked.since else None,
            until=decode_moment(asked.until, end_of_day=True) if asked.until else None,
            backend=asked.backend if ids is None else None,
            ids=ids,
            delivered=asked.state == DeliveryState.DELIVERED,
            versions=asked.versions,
        )
        found = await self._library.search(
            asked.query, filters, limit=asked.limit, offset=asked.offset
        )
        total = await self._library.count(asked.query, filters) if asked.count else None
        return _json({"notes": found} if total is None else {"notes": found, "total": total})

    async def _refuse_unknown(self, backend: str | None) -> None:
        """Raises UnknownError for a backend that neither the settings nor the library know."""
        known = set(self._control.settings.backends)
        if backend is None or backend in known:
            return
        known |= set(await self._library.backends())
        if backend not in known:
            raise UnknownError(
                "backend-unknown",
                f"There is no backend “{backend}”.",
                f"There are: {', '.join(sorted(known))}.",
            )

    async def _note(self, request: web.Request) -> web.Response:
        return _json(await self._library.note(request.match_info["id"]))

    async def _remove(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        await self._library.remove(id)
        await self._outbox.removals.add(id)
        self._events.tell(NoteRemoved(capture=id))
        return web.Response(status=204)

    async def _restore(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        await self._library.restore(id)
        await self._outbox.removals.take_back(id)
        self._events.tell(NoteIndexed(capture=id))
        return web.Response(status=204)

    async def _reindex(self, request: web.Request) -> web.StreamResponse:
        async def lines() -> AsyncGenerator[bytes, None]:
            try:
                async with aclosing(self._reindexing.run()) as steps:
                    async for step in steps:
                        yield encode_line(step)
            except DaemonError as error:
                yield encode_line({"type": "error", "error": fault_of(error)})
            except Exception:  # its answer has begun, so nobody else can tell
                log.exception("the library cannot be made anew")
                yield encode_line({"type": "error", "error": INTERNAL})

        return await _stream(request, lines())

    async def _retry(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if await self._outbox.retry(id, now=datetime.now(UTC)):
            capture, _, backend = id.partition(".")
            self._events.tell(DeliveryRetried(capture=capture, delivery=id, backend=backend))
        self._deliver()
        return web.Response(status=202)

    async def _settings(self, _: web.Request) -> web.Response:
        return _json(self._control.settings)

    async def _change_settings(self, request: web.Request) -> web.Response:
        patch = decode(dict[str, Any], await _body(request))
        return _json(await asyncio.to_thread(self._control.change_settings, patch))

    async def _schema(self, _: web.Request) -> web.Response:
        return _json(await asyncio.to_thread(self._control.settings_schema))

    async def _templates(self, _: web.Request) -> web.Response:
        return _json({"templates": await asyncio.to_thread(self._control.templates)})

    async def _preview(self, request: web.Request) -> web.Response:
        asked = decode(PreviewRequest, await _body(request) or b"{}")
        return _json(await self._control.preview(asked))

    async def _secret_view(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(secrets.get, request.match_info["name"])
        return _json(SecretView(kept=bool(found)))

    async def _put_secret(self, request: web.Request) -> web.Response:
        value = decode(SecretRequest, await _body(request)).value
        await asyncio.to_thread(secrets.put, request.match_info["name"], value)
        return web.Response(status=204)

    async def _delete_secret(self, request: web.Request) -> web.Response:
        await asyncio.to_thread(secrets.delete, request.match_info["name"])
        return web.Response(status=204)

    async def _check(self, request: web.Request) -> web.Response:
        return _json({"message": await self._control.check_backend(request.match_info["name"])})

    async def _places(self, request: web.Request) -> web.Response:
        below = decode_query(PlacesRequest, request.query).below
        return _json(await self._control.places(request.match_info["name"], below))


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure as an answer with code, message and hint."""
    try:
        return await handler(request)
    except DaemonError as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return _error(error, status)
    except web.HTTPException as error:
        return _error(_http_error(error, request), error.status)
    except ConnectionResetError:
        raise  # nobody is there to be answered
    except Exception:  # a bug of ours is an answer too, and told in the log
        log.exception("a request failed")
        return _error(DaemonError(INTERNAL.code, INTERNAL.message, INTERNAL.hint), 500)


def _http_error(error: web.HTTPException, request: web.Request) -> DaemonError:
    see = "See PROTOCOL.md."
    if error.status == 401:
        return ProtocolError("secret-wrong", "The request does not carry the daemon's secret.", see)
    if error.status == 405:
        return ProtocolError("method-not-allowed", f"{request.method} is not for this path.", see)
    if error.status == 413:
        return ProtocolError(
            "capture-too-large", "The capture is too large.", "Archive the selection instead."
        )
    return ProtocolError("route-unknown", "There is nothing at this path.", see)


def _same_host(there: str | None, here: str) -> bool:
    """A page may speak for its own site only."""
    try:
        return there is not None and urlsplit(there).hostname == urlsplit(here).hostname
    except ValueError:  # an address that is none
        return False


async def _body(request: web.Request) -> bytearray:
    """The whole body, without the second copy that `request.read()` makes of it."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_REQUEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST_REQUEST, len(body))
    return body


async def _stream(request: web.Request, lines: AsyncGenerator[bytes, None]) -> web.StreamResponse:
    response = await _begun(request)
    try:
        async with aclosing(lines):  # so that what a listener leaves ends at once
            async for line in lines:
                await response.write(line)
    except ConnectionResetError:
        log.info("a listener left")
    return response


async def _begun(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    return response


async def _summary_stream(
    request: web.Request, writing: Callable[[Tell], Awaitable[WrittenSummary]], what: str
) -> web.StreamResponse:
    """What *writing* tells and gives, as lines; its errors are lines too."""
    response = await _begun(request)

    async def tell(piece: Piece) -> None:
        await response.write(encode_line(_told(piece)))

    async def write() -> None:
        try:
            await tell(await writing(tell))
        except DaemonError as error:
            await response.write(encode_line(SummaryFailed(fault_of(error))))
        except Exception:
            if request.transport is None:
                raise  # nobody is there to be told
            log.exception("%s gets no summary", what)
            await response.write(encode_line(SummaryFailed(INTERNAL)))

    await _while_there(request, response, write())
    return response


async def _while_there(
    request: web.Request, response: web.StreamResponse, work: Coroutine[Any, Any, None]
) -> None:
    """Do *work*, which writes the *response*; it ends at once when its client leaves.

    The server could end every handler so (`handler_cancellation`), but a capture whose sender
    leaves is to be kept to the end.
    """
    async with asyncio.TaskGroup() as tasks:
        parts = [tasks.create_task(part) for part in (_leaving(work), _gone(request, response))]
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in parts:
            part.cancel()


async def _leaving(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except ConnectionResetError:
        log.info("a listener left")


async def _gone(request: web.Request, response: web.StreamResponse) -> None:
    """Wait until the client has left; a blank line now and then tells it that we are there."""
    beat = time.monotonic() + HEARTBEAT
    with suppress(ConnectionResetError):
        while request.transport is not None:
            await asyncio.sleep(LOOK)
            if time.monotonic() > beat:
                beat += HEARTBEAT
                await response.write(b"\n")


def _json(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")


def _error(error: DaemonError, status: int) -> web.Response:
    return web.Response(body=error_answer(error), status=status, content_type="application/json")


def _told(piece: Piece) -> SummaryLine:
    """A piece of a summary, as its stream has it."""
    if isinstance(piece, str):
        return SummaryText(piece)
    return SummaryAnew() if isinstance(piece, Anew) else SummaryDone(piece)
