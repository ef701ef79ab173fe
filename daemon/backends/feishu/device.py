"""Signing in by the device flow (RFC 8628): a person allows the app at the service, and the tokens
of that person come of it.

As the service's own command line does it (github.com/larksuite/cli, internal/auth/device_flow.go).
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from ...connections import Connections
from ...errors import SettingsError
from ...services import quoted
from . import faults
from .access import Access
from .calls import call
from .faults import Said
from .tokens import USER, app_secret, pair_of, value_of

#: Seconds for one request, and the least between two questions.
LIMIT, LEAST = 30.0, 5.0
#: Seconds by which the pause grows when the service asks to slow down, or cannot be reached.
SLOWER = 5.0
#: Questions in a row that may stay without an answer.
UNANSWERED = 3
#: Bytes of an answer.
LARGEST = 100_000
CODE = "/oauth/v1/device_authorization"
_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class _Code(Struct, frozen=True):
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str = ""
    expires_in: float = 240
    interval: float = LEAST


async def sign_in(
    access: Access,
    scopes: str,
    show: Callable[[str, str], None],
    secret: Callable[[str], str | None],
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> str:
    """The tokens of a person, as the keychain is to have them, once the one to whom *show* tells a
    code and an address has allowed the app to use *scopes*. *secret* gives that of the app.

    Raises:
        SettingsError: There will be none, and why.
        DeliveryError: The app is not accepted, the service cannot be reached, or what answers is
            another.
    """
    if not access.as_user:
        raise SettingsError(
            "sign-in-unknown",
            "This backend stores notes as the app, for which nobody signs in.",
            f"Set as_user = true, or keep the app's secret: guidang secret set {access.secret}",
        )
    known = await app_secret(access, secret)
    code = await _code(access, scopes, known)
    address = code.verification_uri_complete or code.verification_uri
    if not address.startswith(f"{access.accounts}/"):
        raise _refused(access, "it names another server")
    show(quoted(code.user_code, ""), quoted(address, ""))
    try:
        async with asyncio.timeout(code.expires_in):
            said = await _granted(access, known, code, pause)
    except TimeoutError as error:
        raise _refused(access, "expired_token") from error
    pair = pair_of(said, access)
    if not pair.refresh_token:
        raise faults.refused(Said(status=said.status, code=20074, words=""), access)
    return msgspec.json.encode(pair).decode()


async def _code(access: Access, scopes: str, secret: str) -> _Code:
    basic = b64encode(f"{access.app_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    form = {"client_id": access.app_id, "scope": scopes}
    said = await _asked(access, access.accounts + CODE, form, headers, (secret, basic))
    if said.code:
        raise _no(access, said)
    return value_of(said.body, _Code, access)


async def _granted(
    access: Access, secret: str, code: _Code, pause: Callable[[float], Awaitable[None]]
) -> Said:
    """The answer with the tokens: asked for until it comes, no faster than the service wishes."""
    form = {
        "grant_type": _GRANT,
        "client_id": access.app_id,
        "client_secret": secret,
        "device_code": code.device_code,
    }
    hidden = (secret, code.device_code)
    rest, unanswered = max(code.interval, LEAST), 0
    while True:
        await pause(rest)
        try:
            said = await _asked(access, access.api + USER, form, {}, hidden)
        except faults.PassingError:
            rest, unanswered = rest + SLOWER, unanswered + 1
            if unanswered > UNANSWERED:
                raise
            continue
        unanswered = 0
        if not said.code and said.status < 400:
            return said
        if said.error == "slow_down" or said.status == 429:
            rest += SLOWER
        elif said.error != "authorization_pending":
            raise _no(access, said)


async def _asked(
    access: Access, url: str, form: dict[str, str], headers: dict[str, str], hidden: tuple[str, ...]
) -> Said:
    connections = Connections(url, largest=LARGEST)
    async with connections.opened():
        return await call(
            connections,
            access,
            "POST",
            url,
            headers=headers,
            data=form,
            seconds=LIMIT,
            secrets=hidden,
            of_tokens=True,
        )


def _no(access: Access, said: Said) -> Exception:
    """The error of a refusal: of the app, or of the person."""
    if said.code in faults.OF_APP:
        return faults.refused(said, access)
    return _refused(access, said.error or said.words or f"code {said.code}")


def _refused(access: Access, why: str) -> SettingsError:
    return SettingsError(
        "sign-in-refused",
        f"{access.title} gives no token ({quoted(why, '')}).",
        f"Try again; the app must have all the scopes that it asks for ({access.console}/auth).",
    )
