"""Asks the API: one request, its answer as a value, again where that may help.

Answers are taken for hostile: their size is limited, their types are checked, and a token goes to
the one server that the settings name.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
import stamina
from msgspec import Struct
from yarl import URL

from ...decoding import decoded
from ...errors import DeliveryDeferred, SettingsError
from . import faults
from .access import Access, proxy_for
from .sharing import Account, shared
from .tree import File

T = TypeVar("T")

#: The version of the API that is spoken here.
VERSION = "2022-11-28"
#: Seconds to connect, and without a byte; GitHub ends every call of its own after 10.
CONNECT, SILENCE = 10.0, 30.0
#: Seconds for one request; those that send an image get more, by its size.
LIMIT = 60.0
#: Bytes a second at which an image is sent at least.
SLOWEST = 20_000
#: Seconds that a keychain may wait for its user.
KEYCHAIN = 60.0
#: Bytes of an answer. A tree has 7 MB at most, by the documentation of the API.
LARGEST = 16_000_000
ATTEMPTS = 4
MOST_REDIRECTS = 3
#: A renamed repository answers 301; 303 and what turns a write into a read are not the API's.
_REDIRECTS = frozenset({301, 302, 307, 308})

Body = Struct | File | None


class Client:
    """The API as one token of one backend reaches it."""

    def __init__(self, access: Access, secret: Callable[[str], str | None]) -> None:
        self.access = access
        self._secret = secret
        self._token = ""
        self._prefix = f"/repos/{access.repository}"
        self._session: aiohttp.ClientSession | None = None
        self._users = 0

    @asynccontextmanager
    async def signed_in(self, *, anew: bool = False) -> AsyncIterator[None]:
        """The token is read, and connections stay open until the last who uses them is done.

        A token that was refused just now is not tried, unless *anew*. Nothing stays open beyond: a
        daemon whose settings change drops its backends while they may be at work.

        Raises:
            DeliveryDeferred: The keychain is locked.
            DeliveryRejected: There is no token, or it was refused.
            SettingsError: There is no keychain.
        """
        self._users += 1
        try:
            self._token = await self._kept_token()
            if not anew and self._account.refuses(self._token):
                raise faults.token_refused(self.access)
            yield
        finally:
            self._users -= 1
            if not self._users and self._session is not None:
                session, self._session = self._session, None
                await session.close()

    async def get(self, path: str, kind: type[T]) -> T:
        return await self.ask("GET", path, kind)

    async def ask(
        self, method: str, path: str, kind: type[T], body: Body = None, *, passing: str = ""
    ) -> T:
        """What *path*, below the repository, answers; a refusal that says *passing* may pass.

        Every call may be made twice: objects are named by their bytes, and a branch that is where
        it is told to go stays there.

        Raises:
            PassingError: It did not work, several times.
            RefusedError: GitHub does not do it.
            DeliveryDeferred: Too many calls were made, or another server answered.
            DeliveryRejected: The token is not accepted, or may not do it.
        """
        async for attempt in stamina.retry_context(
            on=faults.PassingError,
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=0.25,
            wait_max=4.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return await self._asked(method, path, kind, body, passing)
        raise AssertionError("attempts end with an answer or an error")

    @property
    def _account(self) -> Account:
        return shared(Account, self.access.api, self.access.secret)

    async def _kept_token(self) -> str:
        try:
            async with asyncio.timeout(KEYCHAIN):
                token = await asyncio.to_thread(self._secret, self.access.secret)
        except TimeoutError as error:
            raise DeliveryDeferred(
                "keychain-locked", "The keychain did not open.", "Unlock it and try again."
            ) from error
        except SettingsError as error:
            if error.code != "keychain-locked":
                raise
            raise DeliveryDeferred(error.code, error.message, error.hint) from error
        token = (token or "").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise faults.token_missing(self.access)
        return token

    async def _asked(self, method: str, path: str, kind: type[T], body: Body, passing: str) -> T:
        if rest := self._account.rest:
            raise faults.limited(self.access, rest)
        try:
            status, headers, data = await self._answered(method, path, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # ValueError: an address or a proxy that aiohttp does not take.
            raise faults.unreachable(self.access) from error
        if status >= 400:
            raise self._fault(status, headers, data, passing)
        try:
            answer = decoded(data, kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise faults.not_understood(self.access) from error
        self._account.answered(wrote=method != "GET")
        return answer

    def _fault(
        self, status: int, headers: Mapping[str, str], data: bytes, passing: str
    ) -> Exception:
        """The error that an answer is, and what follows from it for the account."""
        fault = faults.of_answer(status, headers, data, self.access, self._token)
        if isinstance(fault, faults.LimitError):
            return faults.limited(self.access, self._account.limited(fault.seconds))
        if status == 401:
            self._account.refused(self._token)
        if isinstance(fault, faults.RefusedError) and passing and passing in fault.words:
            return faults.failed(self.access, fault.words)
        return fault

    async def _answered(
        self, method: str, path: str, body: Body
    ) -> tuple[int, Mapping[str, str], bytes]:
        url = f"{self.access.api}{self._prefix}{path}"
        for _ in range(MOST_REDIRECTS + 1):
            async with self._request(method, url, body) as answer:
                if answer.status not in _REDIRECTS:
                    return answer.status, answer.headers, await _read(answer, self.access)
                url = self._followed(url, path, answer)
        raise faults.not_understood(self.access)

    def _followed(self, url: str, path: str, answer: aiohttp.ClientResponse) -> str:
        """Where a redirect leads; a renamed repository is asked there from now on."""
        target = urljoin(url, answer.headers.get("Location", ""))
        here, there = urlsplit(self.access.api), urlsplit(target)
        for_good = answer.status in {301, 308}
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            raise faults.leads_elsewhere(self.access, there.netloc, for_good=for_good)
        prefix = target.removeprefix(self.access.api).removesuffix(path)
        if for_good and re.fullmatch(r"/repositories/\d+|/repos/[\w.-]+/[\w.-]+", prefix):
            self._prefix = prefix
        return target

    def _request(
        self, method: str, url: str, body: Body
    ) -> aiohttp.client._BaseRequestContextManager[aiohttp.ClientResponse]:
        headers = {
            "Accept": "application/vnd.github+json",
            "Accept-Encoding": "identity",  # so that the size of what comes is what is counted
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "Guidang",
            "X-GitHub-Api-Version": VERSION,
        }
        limit = LIMIT
        data: io.BytesIO | AsyncIterator[bytes] | None = None
        if body is not None:
            headers["Content-Type"] = "application/json"
        if isinstance(body, File):
            limit += body.size / SLOWEST
            headers["Content-Length"] = str(len(_BEFORE) + body.encoded_size + len(_AFTER))
            data = _blob(body)
        elif body is not None:
            data = io.BytesIO(msgspec.json.encode(body))
        return self._opened.request(
            method,
            URL(url, encoded=True),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=limit, sock_connect=CONNECT, sock_read=SILENCE),
        )

    @property
    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Not trust_env: it would have a ~/.netrc take part, whose password is not meant.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=proxy_for(self.access.api),
                auto_decompress=False,
            )
        return self._session


_BEFORE, _AFTER = b'{"encoding":"base64","content":"', b'"}'


async def _blob(file: File) -> AsyncIterator[bytes]:
    """The body that sends a file's bytes."""
    yield _BEFORE
    async for piece in file.encoded():
        yield piece
    yield _AFTER


async def _read(answer: aiohttp.ClientResponse, access: Access) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > LARGEST:
            raise faults.not_understood(access)
    return bytes(body)
