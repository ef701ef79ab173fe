"""Connections to a service of a backend: no cookies, no redirects, answers of a limited size.

What a service answers is hostile until it is decoded, and its token goes to no server but its own.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn, ParamSpec, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
from msgspec import Struct
from yarl import URL

from .errors import DeliveryDeferred, SettingsError

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds to connect, and without a byte; GitHub ends every call of its own after 10.
CONNECT, SILENCE = 10.0, 30.0
#: Seconds for one request that names none.
LIMIT = 60.0
#: Seconds that a keychain may wait for its user.
KEYCHAIN = 60.0


class Answer(Struct, frozen=True):
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TooLarge(Exception):  # noqa: N818  told by its callers as what they do about it
    """An answer has more bytes than any of this service."""


#: What goes wrong before there is an answer; ValueError: an address or a proxy that is none.
UNANSWERED = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


class Connections:
    """Those to one service, open as long as somebody uses them.

    Nothing stays open beyond: a daemon whose settings change drops its backends while they may be
    at work.
    """

    def __init__(self, api: str, *, largest: int) -> None:
        """*api*: any address of the service. *largest*: bytes of an answer."""
        self._api = api
        self._largest = largest
        self._session: aiohttp.ClientSession | None = None
        self._users = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """They stay open until the last who uses them is done."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users and self._session is not None:
                session, self._session = self._session, None
                await session.close()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: Any = None,
        seconds: float = LIMIT,
    ) -> Answer:
        """The answer of *url*, which is percent-encoded, whatever its status; within `opened`.

        Raises:
            TooLarge: It is none of this service.
            UNANSWERED: There is none.
        """
        request = self._open_session().request(
            method,
            URL(url, encoded=True),
            data=data,
            # So that the size of what comes is what is counted.
            headers={"User-Agent": "Guidang", "Accept-Encoding": "identity", **headers},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT, sock_read=SILENCE),
        )
        async with request as answer:
            return Answer(answer.status, answer.headers, await self._read(answer))

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Not trust_env: it would have a ~/.netrc take part, whose password is not meant.
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                proxy=proxy_for(self._api),
                auto_decompress=False,
            )
        return self._session

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > self._largest:
                raise TooLarge
        return bytes(body)


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[object, ...], object]] = (
    WeakKeyDictionary()
)


def shared(kind: type[T], *key: str) -> T:
    """The one of this *kind* and *key* in this event loop: what backends of a service share."""
    of_loop = _by_loop.setdefault(asyncio.get_running_loop(), {})
    found = of_loop.setdefault((kind, *key), kind())
    assert isinstance(found, kind)
    return found


async def in_keychain(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What *call* of the keychain returns, which may wait for its user.

    Raises:
        DeliveryDeferred: The keychain is locked.
        SettingsError: There is no keychain.
    """
    try:
        async with asyncio.timeout(KEYCHAIN):
            return await asyncio.to_thread(call, *arguments, **named)
    except TimeoutError as error:
        raise DeliveryDeferred(
            "keychain-locked", "The keychain did not open.", "Unlock it and try again."
        ) from error
    except SettingsError as error:
        if error.code != "keychain-locked":
            raise
        raise DeliveryDeferred(error.code, error.message, error.hint) from error


async def kept(secret: Callable[[str], str | None], name: str) -> str:
    """The secret called *name*, as a header can carry it; empty where there is none.

    Raises:
        DeliveryDeferred: The keychain is locked.
        SettingsError: There is no keychain.
    """
    value = await in_keychain(secret, name)
    value = (value or "").strip()
    return value if value.isascii() and value.isprintable() else ""


def proxy_for(api: str) -> str | None:
    """The proxy of the environment for this address: to itself a machine needs none."""
    url = urlsplit(api)
    host = url.hostname or ""
    if url.scheme != "https" or _is_here(host) or proxy_bypass(host):
        return None
    return getproxies().get("https")


def check_api(api: str) -> None:
    """Refuse what is no base URL, and one on whose way others could read the token.

    Raises:
        ValueError: Why.
    """
    url = urlsplit(api)
    try:
        is_base = bool(url.hostname) and url.port != 0 and not (url.query or url.fragment)
    except ValueError:  # a port that is none
        is_base = False
    if url.scheme not in {"http", "https"} or not is_base:
        _refuse("`api` is no base URL, as https://git.example.org/api/v3")
    if url.username is not None or url.password is not None:
        _refuse("`api` holds a name or a password; a token is kept by “guidang secret set”")
    if url.scheme == "http" and not _is_here(url.hostname or ""):
        _refuse("`api` is http://, where others could read the token: https://")


def _is_here(host: str) -> bool:
    """Whether *host* is this machine."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
