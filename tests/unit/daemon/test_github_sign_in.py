"""The device flow: a code for a person, questions no faster than GitHub wishes, a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from daemon import backends
from daemon.backends.github.access import Access
from daemon.backends.github.device import sign_in
from daemon.errors import DaemonError, DeliveryDeferred, SettingsError
from daemon.settings import Settings
from tests.unit.daemon.running import RunningDaemon

TOKEN = "gho_0123456789abcdefghij"
WAIT: dict[str, Any] = {"error": "authorization_pending"}


class Service:
    """Answers with *codes* and *tokens* in turn; `asked` are the forms that came."""

    def __init__(self) -> None:
        self.code: dict[str, Any] = {}
        self.tokens: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.url = ""

    async def give_code(self, request: web.Request) -> web.Response:
        assert request.headers["Accept"] == "application/json"
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        return web.json_response(self.code)

    async def give_token(self, request: web.Request) -> web.Response:
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        answer = self.tokens.pop(0)
        return web.Response(body=answer) if isinstance(answer, bytes) else web.json_response(answer)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = web.Application()
    app.router.add_post("/login/device/code", made.give_code)
    app.router.add_post("/login/oauth/access_token", made.give_token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    made.code = {
        "device_code": "d" * 40,
        "user_code": "WDJB-MJHT",
        "verification_uri": f"{made.url}/login/device",
        "expires_in": 900,
        "interval": 5,
    }
    yield made
    await runner.cleanup()


async def signed_in(service: Service) -> tuple[str, list[tuple[str, str]], list[float]]:
    """The token, what a person was shown, and the pauses between the questions."""
    shown: list[tuple[str, str]] = []
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    access = Access(api=service.url, repository="reader/notes", secret="hub")
    token = await sign_in(access, "Iv1.abc", lambda *told: shown.append(told), pause=pause)
    return token, shown, pauses


async def test_a_person_enters_a_code_and_a_token_comes(service: Service) -> None:
    service.tokens = [WAIT, WAIT, {"access_token": TOKEN}]
    token, shown, pauses = await signed_in(service)

    assert token == TOKEN
    assert shown == [("WDJB-MJHT", f"{service.url}/login/device")]
    assert pauses == [5, 5, 5]
    assert service.asked[0] == {"client_id": "Iv1.abc", "scope": "repo"}
    assert service.asked[1] == {
        "client_id": "Iv1.abc",
        "device_code": "d" * 40,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
    }


async def test_it_slows_down_when_it_is_told_to(service: Service) -> None:
    service.tokens = [{"error": "slow_down"}, {"error": "slow_down", "interval": 30}]
    service.tokens += [WAIT, {"access_token": TOKEN}]
    _, _, pauses = await signed_in(service)

    assert pauses == [5, 10, 30, 30]


@pytest.mark.parametrize("why", ["expired_token", "access_denied", "incorrect_device_code"])
async def test_a_person_who_is_refused_is_told_why(service: Service, why: str) -> None:
    service.tokens = [{"error": why}]
    with pytest.raises(SettingsError, match=why) as raised:
        await signed_in(service)

    assert raised.value.code == "sign-in-refused"


async def test_an_app_without_the_device_flow_is_told(service: Service) -> None:
    service.code = {"error": "device_flow_disabled"}
    with pytest.raises(SettingsError, match="device_flow_disabled"):
        await signed_in(service)


async def test_a_code_that_nobody_enters_ends(service: Service) -> None:
    service.code["expires_in"] = 0
    with pytest.raises(SettingsError, match="expired_token"):
        await signed_in(service)


@pytest.mark.parametrize("address", ["https://evil.example.org/login/device", "", "javascript:1"])
async def test_a_person_is_led_to_no_other_server(service: Service, address: str) -> None:
    service.code["verification_uri"] = address
    with pytest.raises(SettingsError, match="another server"):
        await signed_in(service)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"[" * 200_000, b"\xff"])
async def test_what_is_no_answer_is_told(service: Service, answer: bytes) -> None:
    service.tokens = [answer]
    with pytest.raises(DeliveryDeferred) as raised:
        await signed_in(service)

    assert raised.value.code == "repository-not-understood"


async def test_a_service_that_is_away_is_told(service: Service) -> None:
    access = Access(api="http://127.0.0.1:9", repository="reader/notes", secret="hub")
    with pytest.raises(DeliveryDeferred) as raised:
        await sign_in(access, "Iv1.abc", print)

    assert raised.value.code == "repository-unreachable"


@pytest.mark.parametrize(
    "table", [{"kind": "local"}, {"kind": "github", "repository": "reader/notes"}]
)
async def test_a_backend_that_nobody_signs_in_to_says_so(table: dict[str, str]) -> None:
    with pytest.raises(DaemonError) as raised:
        await backends.sign_in("hub", Settings(backends={"hub": table}), print, lambda _: None)

    assert raised.value.code == "sign-in-unknown"
    assert "guidang secret set" in raised.value.hint


def test_the_command_says_what_is_missing(daemon: RunningDaemon) -> None:
    daemon.start()
    done = daemon.command("sign-in", "local")

    assert done.returncode == 1
    assert "[sign-in-unknown]" in done.stderr
