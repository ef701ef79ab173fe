"""The device flow: a person allows the app at the service, and the tokens of that person come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.backends.feishu import device
from daemon.backends.feishu.device import CODE, sign_in
from daemon.backends.feishu.settings import Settings
from daemon.errors import DaemonError, DeliveryDeferred, DeliveryRejected, SettingsError
from tests.fakes.feishu import (
    USER_TOKEN,
    FeishuServer,
    Reply,
    changed,
    feishu_server,
    html,
    raw,
    refusal,
    reset,
)
from tests.fakes.github_proxy import redirected
from tests.unit.daemon.feishu_asking import Asking

pytestmark = pytest.mark.usefixtures("no_pauses")

PENDING = raw(b'{"error":"authorization_pending"}', 400)
SLOWER = raw(b'{"error":"slow_down"}', 400)


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    with feishu_server() as made:
        yield made


@pytest.fixture
def asking(server: FeishuServer, tmp_path: Path) -> Asking:
    return Asking(server, tmp_path)


class Person:
    """Is shown a code, and allows the app after *waits* questions; `pauses` lie between them."""

    def __init__(self, asking: Asking, *, waits: int = 0, allows: bool = True) -> None:
        self.shown: list[tuple[str, str]] = []
        self.pauses: list[float] = []
        self._asking = asking
        self._waits = waits
        self._allows = allows

    def show(self, code: str, address: str) -> None:
        self.shown.append((code, address))

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._asking.server.state.clock.move(seconds)
        if len(self.pauses) > self._waits:
            user = self._asking.server.user if self._allows else None
            self._asking.server.state.tokens.decide(self.shown[0][0], user)


async def signed_in(asking: Asking, person: Person | None = None, **settings: Any) -> str:
    person = person or Person(asking)
    table = {"app_id": asking.app.id, "api": asking.server.url, "as_user": True, **settings}
    made = Settings(**table)
    return await sign_in(
        made.access("notes"), made.scopes, person.show, asking.keychain.get, pause=person.pause
    )


async def refused(asking: Asking, person: Person | None = None, **settings: Any) -> DaemonError:
    """Why there are no tokens; no secret is told."""
    with pytest.raises(DaemonError) as raised:
        await signed_in(asking, person, **settings)
    error = raised.value
    for secret in asking.secrets:
        assert secret not in f"{error!r} {error} {error.__cause__!r}"
    return error


async def test_a_person_allows_the_app_and_notes_are_stored_as_that_person(asking: Asking) -> None:
    person = Person(asking, waits=2)
    asking.keychain.kept["notes-user"] = await signed_in(asking, person)
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    ((code, address),) = person.shown
    assert address == f"{asking.server.url}/oauth/v1/device/verify?user_code={code}"
    assert person.pauses == [5, 5, 5]
    assert [each.owner for each in asking.server.state.kept] == [asking.server.user.open_id]
    assert not asking.renewals - 3  # those were the questions


async def test_the_tokens_can_be_renewed_and_say_when_they_end(asking: Asking) -> None:
    pair = json.loads(await signed_in(asking))

    assert pair["refresh_token"].startswith("ur-")
    assert pair["refresh_expires_at"] - pair["expires_at"] == 604_800 - 7_200


async def test_the_app_shows_its_secret_and_asks_for_what_it_needs(asking: Asking) -> None:
    await signed_in(asking)
    first = asking.server.seen[0]

    assert first.path == CODE
    assert first.headers["authorization"].startswith("Basic ")
    assert b"offline_access" in first.body
    assert asking.app.secret.encode() not in first.body


async def test_it_slows_down_when_it_is_told_to(asking: Asking) -> None:
    asking.server.on("POST", USER_TOKEN, SLOWER, refusal(99991400, status=429), PENDING)
    person = Person(asking, waits=3)
    await signed_in(asking, person)

    assert person.pauses == [5, 10, 15, 15]


async def test_a_network_that_fails_for_a_moment_does_not_end_it(asking: Asking) -> None:
    asking.server.on("POST", USER_TOKEN, reset, html(502), PENDING, reset)
    await signed_in(asking, Person(asking, waits=4))


async def test_a_network_that_goes_on_failing_is_told(asking: Asking) -> None:
    asking.server.on("POST", USER_TOKEN, *[reset] * 4)
    error = await refused(asking)

    assert isinstance(error, DeliveryDeferred)
    assert error.code == "feishu-unreachable"
    assert asking.count(USER_TOKEN) == device.UNANSWERED + 1


async def test_a_person_who_says_no_gets_no_token(asking: Asking) -> None:
    error = await refused(asking, Person(asking, allows=False))

    assert isinstance(error, SettingsError)
    assert error.code == "sign-in-refused"
    assert "access_denied" in error.message


@pytest.mark.parametrize("why", ["expired_token", "invalid_grant", "invalid_scope"])
async def test_a_person_who_is_refused_is_told_why(asking: Asking, why: str) -> None:
    asking.server.on("POST", USER_TOKEN, raw(json.dumps({"error": why}).encode(), 400))
    error = await refused(asking)

    assert error.code == "sign-in-refused"
    assert why in error.message


async def test_a_code_that_nobody_enters_ends(asking: Asking) -> None:
    asking.server.on("POST", CODE, changed(lambda told: told | {"expires_in": 0}))

    async def pause(_: float) -> None:
        await asyncio.Event().wait()

    person = Person(asking)
    person.pause = pause  # type: ignore[assignment, method-assign]  # nobody enters it
    error = await refused(asking, person)

    assert error.code == "sign-in-refused"
    assert "expired_token" in error.message


@pytest.mark.parametrize(
    "address", ["https://evil.example.org/verify", "", "javascript:1", "https://accounts.feishu.cn"]
)
async def test_a_person_is_led_to_no_other_server(asking: Asking, address: str) -> None:
    led = {"verification_uri": address, "verification_uri_complete": address}
    asking.server.on("POST", CODE, changed(lambda told: told | led))
    person = Person(asking)
    error = await refused(asking, person)

    assert error.code == "sign-in-refused"
    assert "another server" in error.message
    assert not person.shown


@pytest.mark.parametrize("where", [CODE, USER_TOKEN])
async def test_no_secret_follows_to_another_server(asking: Asking, where: str) -> None:
    with feishu_server() as other:
        reply = redirected(307, lambda seen: f"{other.url}{seen.path}")
        asking.server.on("POST", where, reply)
        error = await refused(asking)

        assert not other.seen
    assert error.code == "feishu-elsewhere"


@pytest.mark.parametrize(
    "answer", [html(200), raw(b"[]"), raw(b"{}"), raw(b"\xff"), raw(b"[" * 200_000)]
)
async def test_what_is_no_answer_is_told(asking: Asking, answer: Reply) -> None:
    asking.server.on("POST", CODE, answer)
    error = await refused(asking)

    assert error.code == "feishu-not-understood"


async def test_a_secret_that_is_wrong_is_told_before_anybody_is_shown_a_code(
    asking: Asking,
) -> None:
    asking.keychain.kept["notes"] = "of-another-app-altogether"
    person = Person(asking)
    error = await refused(asking, person)

    assert error.code == "app-refused"
    assert "guidang secret set notes" in error.hint
    assert not person.shown


async def test_without_the_secret_of_the_app_nothing_is_asked(asking: Asking) -> None:
    del asking.keychain.kept["notes"]
    error = await refused(asking)

    assert isinstance(error, DeliveryRejected)
    assert error.code == "app-secret-missing"
    assert not asking.server.seen


async def test_a_sign_in_that_cannot_be_renewed_is_none(asking: Asking) -> None:
    def alone(told: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in told.items() if "refresh" not in name}

    asking.server.on("POST", USER_TOKEN, changed(alone))
    error = await refused(asking)

    assert error.code == "sign-in-not-renewable"


async def test_a_backend_that_stores_as_the_app_needs_nobody_to_sign_in(asking: Asking) -> None:
    error = await refused(asking, as_user=False)

    assert error.code == "sign-in-unknown"
    assert "as_user = true" in error.hint
    assert not asking.server.seen
