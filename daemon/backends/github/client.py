"""Asks the API: one request, its answer as a value, again where that may help.

Answers are taken for hostile: their size is limited, their types are checked, and a token goes to
the one server that the settings name.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
import stamina
from msgspec import Struct

from ...connections import LIMIT, UNANSWERED, Answer, Connections, TooLarge, kept, shared
from ...decoding import decoded
from . import faults
from .access import Access
from .sharing import Account
from .tree import File

T = TypeVar("T")

#: The version of the API that is spoken here.
VERSION = "2022-11-28"
#: Bytes a second at which an image is sent at least.
SLOWEST = 20_000
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
        self._connections = Connections(access.api, largest=LARGEST)

    @asynccontextmanager
    async def signed_in(self, *, anew: bool = False) -> AsyncIterator[None]:
        """The token is read, and connections stay open until the last who uses them is done.

        A token that was refused just now is not tried, unless *anew*.

        Raises:
            DeliveryDeferred: The keychain is locked.
            DeliveryRejected: There is no token, or it was refused.
            SettingsError: There is no keychain.
        """
        async with self._connections.opened():
            self._token = await kept(self._secret, self.access.secret)
            if not self._token:
                raise faults.token_missing(self.access)
            if not anew and self._account.refuses(self._token):
                raise faults.token_refused(self.access)
            yield

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

    async def _asked(self, method: str, path: str, kind: type[T], body: Body, passing: str) -> T:
        if rest := self._account.rest:
            raise faults.limited(self.access, rest)
        try:
            found = await self._answered(method, path, body)
        except UNANSWERED as error:
            raise faults.unreachable(self.access) from error
        except TooLarge as error:
            raise faults.not_understood(self.access) from error
        if found.status >= 400:
            raise self._fault(found, passing)
        try:
            answer = decoded(found.body, kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise faults.not_understood(self.access) from error
        self._account.answered(wrote=method != "GET")
        return answer

    def _fault(self, found: Answer, passing: str) -> Exception:
        """The error that an answer is, and what follows from it for the account."""
        fault = faults.of_answer(found.status, found.headers, found.body, self.access, self._token)
        if isinstance(fault, faults.LimitError):
            return faults.limited(self.access, self._account.limited(fault.seconds))
        if found.status == 401:
            self._account.refused(self._token)
        if isinstance(fault, faults.RefusedError) and passing and passing in fault.words:
            return faults.failed(self.access, fault.words)
        return fault

    async def _answered(self, method: str, path: str, body: Body) -> Answer:
        url = f"{self.access.api}{self._prefix}{path}"
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._request(method, url, body)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._followed(url, path, answer)
        raise faults.not_understood(self.access)

    def _followed(self, url: str, path: str, answer: Answer) -> str:
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

    async def _request(self, method: str, url: str, body: Body) -> Answer:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
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
        return await self._connections.ask(method, url, headers=headers, data=data, seconds=limit)


_BEFORE, _AFTER = b'{"encoding":"base64","content":"', b'"}'


async def _blob(file: File) -> AsyncIterator[bytes]:
    """The body that sends a file's bytes."""
    yield _BEFORE
    async for piece in file.encoded():
        yield piece
    yield _AFTER
