"""The tokens to ask with: of the app, and of the person who signed in.

A person's are renewed by a token that works once: the new ones are in the keychain before they are
used, and of all who want them anew, in this process and others, one asks.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic, time
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from native_host.lock import take_lock

from ...connections import Connections, in_keychain, kept, shared
from ...decoding import decoded
from .. import Surroundings
from . import faults
from .access import Access
from .calls import LARGEST, call
from .faults import Said

T = TypeVar("T")

#: Seconds before its end from which a token is not used any more. The service gives the same token
#: of an app as long as that lasts half an hour or longer.
MARGIN = 300.0
#: Seconds for one call, and for another process to be done with its own.
LIMIT, LOCK_WAIT = 30.0, 120.0
#: Seconds between two looks at whether it is.
LOOK = 0.05
#: Where the token of an app comes from, and that of a person.
APP = "/open-apis/auth/v3/tenant_access_token/internal"
USER = "/open-apis/authen/v2/oauth/token"


class Tokens(Protocol):
    """Those of one backend."""

    async def look(self) -> None:
        """Read the keychain: what is there may be another than before.

        Raises:
            DeliveryDeferred: It is locked.
            DeliveryRejected: What is needed is not there.
            SettingsError: There is no keychain.
        """
        ...

    async def token(self) -> str:
        """The one to ask with.

        Raises:
            LimitError, DeliveryError, SettingsError: There is none for now, or at all.
        """
        ...

    async def other(self, refused: str) -> str:
        """The one to ask with where *refused* is not accepted; raises as `token`."""
        ...

    def refused(self) -> Exception:
        """The error that two tokens, one after the other, are not accepted."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may say."""
        ...


class Pair(Struct, frozen=True):
    """The tokens of a person, as the keychain has them; moments in seconds since 1970."""

    access_token: str
    refresh_token: str = ""
    expires_at: int = 0
    refresh_expires_at: int = 0

    @property
    def is_fresh(self) -> bool:
        return self.expires_at - MARGIN > time()


class _Granted(Struct, frozen=True):
    access_token: str
    expires_in: float = 0
    refresh_token: str = ""
    refresh_token_expires_in: float = 0


class _OfApp(Struct, frozen=True):
    tenant_access_token: str
    expire: float


class _Renewal(Struct, frozen=True):
    """How tokens are asked for; an app by its id and secret, a person by the former token too."""

    client_id: str
    client_secret: str
    refresh_token: str
    grant_type: str = "refresh_token"


def tokens_of(access: Access, surroundings: Surroundings) -> Tokens:
    """Those with which notes are stored."""
    if access.as_user:
        return UserTokens(access, surroundings)
    return AppTokens(access, surroundings.secret)


def pair_of(said: Said, access: Access) -> Pair:
    """The tokens that an answer gives to a person.

    Raises:
        LostAnswerError: It gives none.
    """
    granted = value_of(said.body, _Granted, access)
    if not granted.access_token:
        raise faults.not_understood(access)
    now = time()
    return Pair(
        granted.access_token,
        granted.refresh_token,
        int(now + granted.expires_in),
        int(now + granted.refresh_token_expires_in),
    )


def value_of(data: bytes | memoryview, kind: type[T], access: Access) -> T:
    """What an answer holds.

    Raises:
        LostAnswerError: It is not what the API answers.
    """
    try:
        return decoded(data, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise faults.not_understood(access) from error


class _OneApp:
    """The token of an app, for all backends that ask with it."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.token = ""
        self.of = ""  # the secret that it was given for
        self.until = 0.0


class AppTokens:
    """Those of the app: asked for with its secret whenever they are needed."""

    def __init__(self, access: Access, secret: Callable[[str], str | None]) -> None:
        self._access = access
        self._kept = secret
        self._secret = ""

    async def look(self) -> None:
        self._secret = await app_secret(self._access, self._kept)

    async def token(self) -> str:
        async with self._app.turn:
            if self._app.of != self._secret or monotonic() >= self._app.until:
                await self._fetch()
            return self._app.token

    async def other(self, refused: str) -> str:
        async with self._app.turn:
            if self._app.of != self._secret or self._app.token == refused:
                await self._fetch()
            return self._app.token

    def refused(self) -> Exception:
        return faults.app_token_refused(self._access)

    @property
    def secrets(self) -> tuple[str, ...]:
        return self._secret, self._app.token

    @property
    def _app(self) -> _OneApp:
        return shared(_OneApp, self._access.api, self._access.app_id)

    async def _fetch(self) -> None:
        asked = {"app_id": self._access.app_id, "app_secret": self._secret}
        said = await _post(self._access, APP, asked, self.secrets)
        given = value_of(said.body, _OfApp, self._access)
        if not given.tenant_access_token:
            raise faults.not_understood(self._access)
        self._app.token = given.tenant_access_token
        self._app.of = self._secret
        self._app.until = monotonic() + max(given.expire - MARGIN, given.expire / 2)


class _OnePerson:
    """The tokens of a person, for all backends that ask with them."""

    def __init__(self) -> None:
        self.pair: Pair | None = None
        self.renewal: asyncio.Task[Pair] | None = None
        self.spent: set[str] = set()  # tokens to renew with that work no longer
        #: The pair in the keychain, and its successor, which the keychain did not take.
        self.held: tuple[Pair, Pair] | None = None


class UserTokens:
    """Those of the person who signed in: the keychain has them."""

    def __init__(self, access: Access, surroundings: Surroundings) -> None:
        self._access = access
        self._kept = surroundings.secret
        self._keep_secret = surroundings.keep_secret
        self._lock = surroundings.state / f"{access.user_secret}.lock"

    async def look(self) -> None:
        self._person.pair = await self._stored()

    async def token(self) -> str:
        pair = self._person.pair or await self._stored()
        return pair.access_token if pair.is_fresh else await self.other(pair.access_token)

    async def other(self, refused: str) -> str:
        person = self._person
        if person.renewal is None or person.renewal.done():
            person.renewal = asyncio.create_task(self._renewed(refused))
            # Who waits for it may be cancelled: then nobody hears how it ended.
            person.renewal.add_done_callback(lambda done: done.cancelled() or done.exception())
        # Once it has begun it ends: an answer that nobody takes would cost the sign-in.
        return (await asyncio.shield(person.renewal)).access_token

    def refused(self) -> Exception:
        return faults.signed_out(self._access)

    @property
    def secrets(self) -> tuple[str, ...]:
        pair = self._person.pair
        return (pair.access_token, pair.refresh_token) if pair else ()

    @property
    def _person(self) -> _OnePerson:
        return shared(_OnePerson, self._access.api, self._access.user_secret)

    async def _renewed(self, refused: str) -> Pair:
        """Another pair than that of the token *refused*, which is in the keychain."""
        async with _alone(self._lock, self._access):
            stored = await self._stored()
            if stored.access_token == refused or not stored.is_fresh:
                stored = await self._successor(stored)
            self._person.pair = stored
            return stored

    async def _successor(self, stored: Pair) -> Pair:
        """The pair that comes after *stored*, kept."""
        if self._person.held is None or self._person.held[0] != stored:
            # A keychain that takes nothing is found out while the token is still good.
            await self._keep(stored)
            pair = await self._granted(stored)
            if (now := await self._stored()) != stored:  # somebody has signed in meanwhile
                return now
            self._person.held = (stored, pair)
        pair = self._person.held[1]
        await self._keep(pair)
        self._person.held = None
        return pair

    async def _granted(self, stored: Pair) -> Pair:
        """What the service gives for the token of *stored*, which is spent by it."""
        if not stored.refresh_token or stored.refresh_token in self._person.spent:
            raise faults.signed_out(self._access)
        secret = await app_secret(self._access, self._kept)
        asked = _Renewal(self._access.app_id, secret, stored.refresh_token)
        hidden = (secret, stored.refresh_token, stored.access_token)
        try:
            return pair_of(await _post(self._access, USER, asked, hidden), self._access)
        except faults.SignedOutError:
            # Another Guidang, of another folder, may have been faster.
            if (now := await self._stored()) != stored:
                return now
            self._person.spent.add(stored.refresh_token)
            raise

    async def _stored(self) -> Pair:
        text = await kept(self._kept, self._access.user_secret)
        try:
            return decoded(text, Pair)
        except (msgspec.DecodeError, RecursionError) as error:
            raise faults.signed_out(self._access) from error

    async def _keep(self, pair: Pair) -> None:
        text = msgspec.json.encode(pair).decode()
        await in_keychain(self._keep_secret, self._access.user_secret, text)


async def app_secret(access: Access, secret: Callable[[str], str | None]) -> str:
    """The secret of the app.

    Raises:
        DeliveryDeferred: The keychain is locked.
        DeliveryRejected: There is none.
        SettingsError: There is no keychain.
    """
    if found := await kept(secret, access.secret):
        return found
    raise faults.app_secret_missing(access)


async def _post(
    access: Access, path: str, body: Struct | dict[str, str], hidden: tuple[str, ...]
) -> Said:
    """What is said to a question for tokens, if it is yes; raises as `Tokens.token`."""
    connections = Connections(access.api, largest=LARGEST)
    async with connections.opened():
        said = await call(
            connections,
            access,
            "POST",
            access.api + path,
            headers={"Content-Type": "application/json; charset=utf-8"},
            data=msgspec.json.encode(body),
            seconds=LIMIT,
            secrets=hidden,
            of_tokens=path == USER,
        )
    if not said.code:
        return said
    fault = faults.of_answer(said, access)
    # There is no token yet that could be one no longer.
    raise faults.refused(said, access) if isinstance(fault, faults.StaleError) else fault


@asynccontextmanager
async def _alone(file: Path, access: Access) -> AsyncIterator[None]:
    """No other process of this user holds the lock on *file* meanwhile.

    Raises:
        DeliveryDeferred: One does, for too long, or there can be no such file.
    """
    try:
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise faults.state_not_writable(access, error.strerror or "") from error
    try:
        async with asyncio.timeout(LOCK_WAIT):
            while not take_lock(lock):  # noqa: ASYNC110  another process tells nobody
                await asyncio.sleep(LOOK)
    except TimeoutError as error:
        os.close(lock)
        raise faults.not_one_at_a_time(access) from error
    except BaseException:  # whoever gives up waiting must not hold the file open
        os.close(lock)
        raise
    try:
        yield
    finally:
        os.close(lock)
