"""Images from the web, for a page that may name any address: guarded like a browser's, and more.

Only addresses of the public internet are connected to, whatever name, notation or redirect led
there: the rule is asked about the address of each socket before it connects, so no second look-up
can change it. Proxies of the environment are not used, for they would look names up out of our
sight. No cookies are sent, and nothing is decompressed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias
from urllib.parse import urljoin

import aiohttp
from msgspec import Struct
from yarl import URL

from .errors import DaemonError, ImageError, image_too_large
from .model import Unsaved
from .protocol import INTERNAL, fault_of

log = logging.getLogger(__name__)

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: IPv6 that stands for an address of IPv4 behind a translator (RFC 6052, section 2.1).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Not public, whatever Python says: IETF Protocol Assignments (RFC 6890), of which Python knows a
#: part, and the address at which Azure serves its machines.
_SPECIAL = (ipaddress.ip_network("192.0.0.0/24"), ipaddress.ip_network("168.63.129.16/32"))
_ACCEPT = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"


class Limits(Struct, frozen=True):
    """Bytes, seconds and numbers of the downloads for one note."""

    largest: int
    in_all: int = 50_000_000
    most: int = 200
    at_once: int = 6
    time_each: float = 10.0
    time_in_all: float = 20.0


def is_public(address: Address) -> bool:
    """Whether *address* is one of the public internet; one that stands for another is that one."""
    if isinstance(address, ipaddress.IPv6Address):
        meant = address.ipv4_mapped
        if address in _NAT64:
            meant = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if meant is not None:
            return is_public(meant)
        if address.sixtofour or address.teredo or address.is_site_local:
            return False  # tunnels that few have left, and that end anywhere
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address in network for network in _SPECIAL)
    )


async def download(
    urls: Iterable[str],
    keep: Callable[[str, bytes], Awaitable[None]],
    *,
    page: str,
    limits: Limits,
    allowed: Callable[[Address], bool] = is_public,
) -> list[Unsaved]:
    """Pass each image of *urls* to *keep*, for the page at *page*; those that could not be had,
    and those that *keep* would not take.
    """
    batch = _Batch(keep, page, limits)
    connector = aiohttp.TCPConnector(
        limit=limits.at_once, socket_factory=lambda info: _guarded_socket(info, allowed)
    )
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=limits.time_each),
            auto_decompress=False,
            trust_env=False,
        ) as session,
        asyncio.TaskGroup() as tasks,
    ):
        for number, url in enumerate(urls):
            tasks.create_task(batch.take(session, url, number))
    return batch.unsaved


class _RefusedError(OSError):
    """A socket to an address that is not allowed."""


def _guarded_socket(info: tuple[Any, ...], allowed: Callable[[Address], bool]) -> socket.socket:
    """The socket for an address that is about to be connected to."""
    family, kind, protocol, _, where = info
    if not allowed(ipaddress.ip_address(str(where[0]).partition("%")[0])):
        raise _RefusedError("not a public address")
    return socket.socket(family, kind, protocol)


class _Batch:
    """The images of one note, and the limits that they share."""

    def __init__(
        self, keep: Callable[[str, bytes], Awaitable[None]], page: str, limits: Limits
    ) -> None:
        self.unsaved: list[Unsaved] = []
        self._keep = keep
        self._page = page
        self._limits = limits
        self._left = limits.in_all
        self._few = asyncio.Semaphore(limits.at_once)
        self._deadline = asyncio.get_running_loop().time() + limits.time_in_all

    async def take(self, session: aiohttp.ClientSession, url: str, number: int) -> None:
        try:
            async with asyncio.timeout_at(self._deadline), self._few:
                data = await self._fetched(session, url, number)
            await self._keep(url, data)
        except DaemonError as error:
            self.unsaved.append(Unsaved(url, fault_of(error)))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # What a server or an address does to the libraries has many names.
            self.unsaved.append(Unsaved(url, fault_of(_explained(error))))
        except Exception:  # a bug of ours holds no note back; it is told as one
            log.exception("an image could not be downloaded")
            self.unsaved.append(Unsaved(url, INTERNAL))

    async def _fetched(self, session: aiohttp.ClientSession, url: str, number: int) -> bytes:
        if number >= self._limits.most:
            raise _too_many()
        for _ in range(MOST_REDIRECTS + 1):
            target = _checked(url)
            async with session.get(
                target,
                allow_redirects=False,
                headers={
                    "Accept": _ACCEPT,
                    "Accept-Encoding": "identity",
                    "User-Agent": "Mozilla/5.0 (compatible; Guidang)",
                    **referrer(self._page, target),
                },
            ) as answer:
                if answer.status not in _REDIRECTS:
                    return await self._body(answer)
                url = urljoin(url, answer.headers.get("Location", ""))
        raise _not_fetched("it is redirected too often")

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status != 200:
            raise _not_fetched(f"status {answer.status}")
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            self._left -= len(piece)
            if len(body) > self._limits.largest:
                raise image_too_large(self._limits.largest)
            if self._left < 0:
                raise _too_many()
        return bytes(body)


def _checked(url: str) -> URL:
    """*url*, if it is of the web and names nobody.

    Raises:
        ImageError: It is not.
    """
    target = URL(url)
    if target.scheme not in {"http", "https"} or not target.host or target.user is not None:
        raise _refused()
    return target


def referrer(page: str, target: URL) -> dict[str, str]:
    """The header that browsers send by default (Referrer Policy, section 3.7:
    strict-origin-when-cross-origin).
    """
    here = URL(page)
    if here.scheme not in {"http", "https"} or (here.scheme, target.scheme) == ("https", "http"):
        return {}
    if here.origin() == target.origin():
        return {"Referer": str(here.with_user(None).with_fragment(None))}
    return {"Referer": f"{here.origin()}/"}


def _explained(error: BaseException) -> ImageError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _RefusedError):
            return _refused()
        cause = cause.__cause__
    return _not_fetched("its server did not give it")


def _refused() -> ImageError:
    return ImageError(
        "image-refused",
        "The address of the image is not one of the public internet.",
        "Its link stays.",
    )


def _not_fetched(why: str) -> ImageError:
    return ImageError(
        "image-not-fetched",
        f"The image could not be fetched ({why}).",
        "Its link stays; archive the page again to try once more.",
    )


def _too_many() -> ImageError:
    return ImageError(
        "images-too-many",
        "The images of the page are too many, or too large together.",
        "Its link stays; archive a part of the page.",
    )
