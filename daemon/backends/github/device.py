"""Signing in by the device flow: a person enters a code at GitHub, and a token comes of it.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from ...connections import UNANSWERED, Connections, TooLarge
from ...decoding import decoded
from ...errors import SettingsError
from ...services import quoted
from . import faults
from .access import Access

T = TypeVar("T")

#: Seconds for one request, and the least between two questions.
LIMIT, LEAST = 30.0, 5.0
#: Seconds by which the pause grows when GitHub asks to slow down.
SLOWER = 5.0
#: Bytes of an answer.
LARGEST = 100_000
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class _Code(Struct, frozen=True):
    device_code: str = ""
    user_code: str = ""
    verification_uri: str = ""
    expires_in: float = 900
    interval: float = LEAST
    error: str = ""


class _Token(Struct, frozen=True):
    access_token: str = ""
    interval: float = 0
    error: str = ""


async def sign_in(
    access: Access,
    client_id: str,
    show: Callable[[str, str], None],
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """A token, once the person to whom *show* tells a code and an address has entered the one at
    the other.

    Raises:
        SettingsError: There will be none, and why.
        DeliveryDeferred: GitHub cannot be reached, or what answers is another.
    """
    if not client_id:
        raise SettingsError(
            "sign-in-unknown",
            "This backend names no app that a person could sign in to.",
            f"Set its client_id, or make a token ({access.token_form}) and keep it:"
            f" guidang secret set {access.secret}",
        )
    connections = Connections(access.web, largest=LARGEST)
    async with connections.opened():
        asked = {"client_id": client_id, "scope": "repo"}
        code = await _answer(connections, access, "/login/device/code", asked, _Code)
        if code.error or not code.verification_uri.startswith(f"{access.web}/"):
            raise _refused(access, code.error or "it names another server")
        show(quoted(code.user_code, ""), quoted(code.verification_uri, ""))
        try:
            async with asyncio.timeout(code.expires_in):
                return await _token(connections, access, client_id, code, pause)
        except TimeoutError as error:
            raise _refused(access, "expired_token") from error


async def _token(
    connections: Connections,
    access: Access,
    client_id: str,
    code: _Code,
    pause: Callable[[float], Awaitable[None]],
) -> str:
    """Ask until there is a token, no faster than GitHub wishes."""
    asked = {"client_id": client_id, "device_code": code.device_code, "grant_type": _GRANT}
    rest = max(code.interval, LEAST)
    while True:
        await pause(rest)
        answer = await _answer(connections, access, "/login/oauth/access_token", asked, _Token)
        if answer.access_token:
            return answer.access_token
        if answer.error == "slow_down":
            rest = max(rest + SLOWER, answer.interval)
        elif answer.error != "authorization_pending":
            raise _refused(access, answer.error or "no token")


async def _answer(
    connections: Connections,
    access: Access,
    path: str,
    form: dict[str, str],
    kind: type[T],
) -> T:
    try:
        answer = await connections.ask(
            "POST",
            access.web + path,
            headers={"Accept": "application/json"},
            data=form,
            seconds=LIMIT,
        )
    except UNANSWERED as error:
        raise faults.unreachable(access) from error
    except TooLarge as error:
        raise faults.not_understood(access) from error
    try:
        return decoded(answer.body, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise faults.not_understood(access) from error


def _refused(access: Access, why: str) -> SettingsError:
    return SettingsError(
        "sign-in-refused",
        f"{access.title} gives no token ({quoted(why, '')}).",
        "Try again; the app that client_id names must have the device flow enabled.",
    )
