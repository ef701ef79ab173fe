"""Asks the API: one call, its answer as a value, again where that may help.

Answers are taken for hostile: their size is limited, their types are checked, none but a code of 0
is a success, and a token goes to the one server that the settings name.
"""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
import msgspec
import stamina
from msgspec import Struct

from ...connections import LIMIT, Connections, shared
from .. import Surroundings
from . import faults
from .access import Access
from .calls import LARGEST, call
from .faults import Said
from .settings import Settings
from .sharing import App, Document, Rest
from .tokens import tokens_of, value_of

T = TypeVar("T")

#: Bytes a second at which a file is sent at least.
SLOWEST = 20_000
#: Bytes of a file that is sent in one call.
LARGEST_FILE = 20_971_520
#: Characters of its name.
LONGEST_NAME = 250
ATTEMPTS = 6
#: Seconds that one call waits in all for limits to pass; what lasts longer is for later.
PATIENCE = 60.0
UPLOAD = "/open-apis/drive/v1/medias/upload_all"


class Client:
    """The API as one backend reaches it."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self.access: Access = settings.access(surroundings.name)
        self._tokens = tokens_of(self.access, surroundings)
        self._connections = Connections(self.access.api, largest=LARGEST)

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[None]:
        """The keychain is read, and connections stay open until the last who uses them is done.

        Raises:
            DeliveryDeferred: The keychain is locked.
            DeliveryRejected: It has no secret of the app, or nobody is signed in.
            SettingsError: There is no keychain.
        """
        async with self._connections.opened():
            await self._tokens.look()
            yield

    async def ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: Struct | dict[str, Any] | None = None,
        *,
        query: Mapping[str, str] = {},
        document: str = "",
        once: bool = False,
    ) -> T:
        """The `data` that *path* answers, which begins with /open-apis/; within `signed_in`.

        *document*: the id of the one that it edits, which takes three edits a second. *once*: it
        would be done twice if it were asked twice.

        Raises:
            LostAnswerError: It may have been done; if *once*, after a single attempt.
            PassingError: It did not work, several times.
            RefusedError: The service does not do it.
            DeliveryDeferred: Too many calls were made, or another server answered.
            DeliveryRejected: The token is not accepted, or nobody is signed in.
            SettingsError: There is no keychain.
        """
        query_string = f"?{urlencode(query)}" if query else ""
        asked = _Asked(
            method,
            path,
            query_string,
            document,
            {} if body is None else {"Content-Type": "application/json; charset=utf-8"},
            (lambda: None) if body is None else _json(body),
            LIMIT,
        )
        return await self._repeated(asked, kind, once=once)

    async def upload(self, *, name: str, parent: str, document: str, file: Path) -> str:
        """The token of *file*, stored for the image block *parent* of *document*.

        Raises:
            OSError: It cannot be read.
            DeliveryError, SettingsError: As `ask`.
        """
        content = await asyncio.to_thread(file.read_bytes)
        if len(content) > LARGEST_FILE:
            raise faults.refused(Said(status=200, code=1061043, words=""), self.access)
        form = {
            "file_name": name[-LONGEST_NAME:],
            "parent_type": "docx_image",
            "parent_node": parent,
            "size": str(len(content)),
            "checksum": str(await asyncio.to_thread(zlib.adler32, content)),
            "extra": msgspec.json.encode({"drive_route_token": document}).decode(),
        }
        seconds = LIMIT + len(content) / SLOWEST
        asked = _Asked("POST", UPLOAD, "", "", {}, lambda: _form(form, content), seconds)
        return (await self._repeated(asked, _Uploaded)).file_token

    async def _repeated(self, asked: _Asked, kind: type[T], *, once: bool = False) -> T:
        patience = _Patience(self.access)

        def may_pass(error: Exception) -> bool:
            is_lost = isinstance(error, faults.LostAnswerError)
            return isinstance(error, faults.PassingError) and not (once and is_lost)

        async for attempt in stamina.retry_context(
            on=may_pass,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=0.25,
            wait_max=4.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return value_of(await self._data(asked, patience), kind, self.access)
        raise AssertionError("attempts end with an answer or an error")

    @property
    def _app(self) -> App:
        return shared(App, self.access.api, self.access.app_id)

    async def _data(self, asked: _Asked, patience: _Patience) -> msgspec.Raw:
        """What one attempt gives, which waits for short limits and has a token renewed once."""
        app = self._app
        document = app.document(asked.document) if asked.document else None
        refused = ""
        while True:
            await patience.outlast(app.rest)
            if document:
                await patience.outlast(document.rest)
            try:
                token = await (self._tokens.other(refused) if refused else self._tokens.token())
            except faults.LimitError as limit:
                app.rest.limited(limit.seconds)
                continue
            said = await self._said(asked, token, app, document)
            if said is None:
                continue
            if not said.code and said.status < 400:
                _over(app, document)
                return said.data
            fault = faults.of_answer(said, self.access)
            if isinstance(fault, faults.LimitError):
                # Of a document it comes as 429, of the app as 400 where both have one.
                of_document = document is not None and said.status == 429
                (document if document and of_document else app).rest.limited(fault.seconds)
            elif isinstance(fault, faults.StaleError) and not refused:
                refused = token
            else:
                raise self._tokens.refused() if isinstance(fault, faults.StaleError) else fault

    async def _said(
        self, asked: _Asked, token: str, app: App, document: Document | None
    ) -> Said | None:
        """What is said to a call when its turn has come; None where a rest has begun by then."""
        async with app.turn(asked.method, asked.path, document) as turn:
            if app.rest.seconds or (document and document.rest.seconds):
                return None
            return await turn.of(
                call(
                    self._connections,
                    self.access,
                    asked.method,
                    self.access.api + asked.path + asked.query,
                    headers={"Authorization": f"Bearer {token}", **asked.headers},
                    data=asked.data(),
                    seconds=asked.seconds,
                    secrets=(token, *self._tokens.secrets),
                )
            )


class _Uploaded(Struct, frozen=True):
    file_token: str


class _Asked(Struct, frozen=True):
    """A call, as it is made once or several times."""

    method: str
    path: str
    query: str
    document: str
    headers: dict[str, str]
    data: Callable[[], Any]
    seconds: float


class _Patience:
    """The time that a call waits in all for limits to pass."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._left = PATIENCE

    async def outlast(self, rest: Rest) -> None:
        """Return when *rest* is over.

        Raises:
            DeliveryDeferred: That takes too long.
        """
        while seconds := rest.seconds:
            if seconds > self._left:
                raise faults.limited(self._access, seconds)
            self._left -= seconds
            await asyncio.sleep(seconds)


def _over(app: App, document: Document | None) -> None:
    """Limits that were met are no longer."""
    app.rest.over()
    if document:
        document.rest.over()


def _json(body: Struct | dict[str, Any]) -> Callable[[], io.BytesIO]:
    content = msgspec.json.encode(body)
    return lambda: io.BytesIO(content)


def _form(fields: Mapping[str, str], content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData(fields)
    form.add_field("file", io.BytesIO(content), filename="image")
    return form
