"""The package anthropic, made so that nothing goes anywhere but what the settings say.

It takes over a second to load, so that happens with the first summary, in a thread; and what it
reads of the environment (keys, addresses, headers, profiles, its log) belongs to other programs.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from ...errors import SettingsError, SummaryError
from . import faults
from .services import Auth

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

#: The version of the API that anthropic 2.12 speaks.
VERSION = "2026-10-21"
#: What a service needs of what the package sends. The rest describes this machine, or comes from
#: ANTHROPIC_CUSTOM_HEADERS, which the package cannot be told to leave.
_HEADERS = ("Host", "Content-Type", "Content-Length", "Accept", "Accept-Encoding", "Connection")


class Access(Struct, frozen=True, kw_only=True):
    """How a service is reached."""

    title: str
    base: str
    model: str
    auth: Auth
    key: str  #: name of the secret; empty where none is sent
    proxies: bool  #: those of the environment
    silence: float  #: seconds without a byte
    limit: float  #: seconds for one answer


@asynccontextmanager
async def opened(
    access: Access, secret: Callable[[str], str | None], deadline: float
) -> AsyncIterator[tuple[AsyncAnthropic, str]]:
    """A client of the service, and the key that it sends; *secret* may block.

    Raises:
        SummaryError: There is no key, or no way out.
    """
    try:
        async with asyncio.timeout_at(deadline):
            key = await asyncio.to_thread(_key, access, secret)
            client = await asyncio.to_thread(_client, access, key)
    except TimeoutError:  # a keychain that waits for its password
        raise faults.too_slow(access) from None
    async with client:
        yield client, key


def _key(access: Access, secret: Callable[[str], str | None]) -> str:
    if not access.key:
        return ""
    try:
        found = (secret(access.key) or "").strip()
    except SettingsError as error:
        locked = error.code == "keychain-locked"
        raise SummaryError(error.code, error.message, error.hint, temporary=locked) from error
    if not found or not found.isascii() or not found.isprintable():
        raise faults.key_missing(access)
    return found


def _client(access: Access, key: str) -> AsyncAnthropic:
    import anthropic  # noqa: PLC0415  takes a second
    import httpx2  # noqa: PLC0415

    _quiet()
    limits = httpx2.Timeout(access.silence, connect=min(10.0, access.silence))
    try:
        http = httpx2.AsyncClient(
            auth=functools.partial(_signed, auth=access.auth, key=key),
            follow_redirects=False,  # X-Api-Key would go along
            timeout=limits,
            trust_env=access.proxies,
            verify=_trusted(),
        )
    except (ImportError, ValueError):  # a proxy of an unknown kind, or no address
        raise faults.no_way_out() from None
    return anthropic.AsyncAnthropic(
        api_key="in the request alone",  # given, so that none is looked for
        base_url=access.base,
        http_client=http,
        max_retries=0,
        open_telemetry=False,
        timeout=limits,
    )


def _signed(request: httpx2.Request, *, auth: Auth, key: str) -> httpx2.Request:
    """*request* with the headers that are meant, and no others.

    The key is put on here, where a request leaves: so no object of the package holds it.
    """
    import httpx2  # noqa: PLC0415

    headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
    headers |= {"User-Agent": "Guidang", "anthropic-version": VERSION}
    if key:
        headers |= {"Authorization": f"Bearer {key}"} if auth == "bearer" else {"X-Api-Key": key}
    request.headers = httpx2.Headers(headers)
    return request


def _quiet() -> None:
    """Keep articles out of the log: ANTHROPIC_LOG may ask for DEBUG, where requests are told."""
    for name in ("anthropic", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


@functools.cache  # takes 20 ms, and a summary may ask ten times
def _trusted() -> ssl.SSLContext:
    import httpx2  # noqa: PLC0415

    return httpx2.create_ssl_context()
