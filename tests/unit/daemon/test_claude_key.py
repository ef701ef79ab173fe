"""The key goes to one service and nowhere else, and nothing of other programs goes along."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import SettingsError, SummaryError
from daemon.summarizers.claude import client
from daemon.summarizers.claude.client import VERSION
from tests.fakes.messages_api import (
    KEY,
    MessagesApi,
    Reply,
    as_json,
    begun,
    error,
    other,
    raw,
    reset,
    said,
    silent,
    status,
    streamed,
)
from tests.unit.daemon.asking import (
    PROMPT,
    model,
    pieces_of,
)

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.mark.parametrize("auth", ["bearer", "x-api-key"])
async def test_the_key_goes_in_the_header_that_the_settings_name(auth: Any) -> None:
    async with MessagesApi(streamed(said("Fine.")), auth=auth) as api:
        await pieces_of(model(api.url, auth=auth))

    assert not api.refused


@pytest.mark.parametrize("kept", [None, "", "  \n", "schlüssel", "two\nlines"])
async def test_a_key_that_is_not_there_or_is_none_is_asked_for(kept: str | None) -> None:
    async with MessagesApi(silent()) as api:
        claude = model(api.url, service="deepseek", model="m", secret=lambda _: kept)
        for asking in (pieces_of(claude), claude.count(PROMPT)):
            with pytest.raises(SummaryError) as raised:
                await asking
            assert raised.value.code == "key-missing"
            assert "guidang secret set deepseek" in raised.value.hint

    assert not api.seen


async def test_a_local_service_gets_no_key_and_no_keychain_is_opened() -> None:
    def never(_: str) -> str:
        raise AssertionError

    async with MessagesApi(streamed(said("Fine.")), auth=None) as api:
        await pieces_of(model(api.url, service="ollama", model="m", secret=never))

    assert not api.refused


async def test_a_local_service_gets_the_key_that_is_named() -> None:
    names = []

    def secret(name: str) -> str:
        names.append(name)
        return f" {KEY}\n"

    async with MessagesApi(streamed(said("Fine."))) as api:
        await pieces_of(model(api.url, service="vllm", model="m", key="mine", secret=secret))

    assert names == ["mine"]
    assert not api.refused


async def test_a_keychain_is_asked_in_a_thread_and_may_be_locked() -> None:
    threads = []

    def locked(_: str) -> str:
        threads.append(threading.current_thread())
        raise SettingsError("keychain-locked", "The keychain did not open.", "Unlock it.")

    with pytest.raises(SummaryError, match="did not open"):
        await pieces_of(model("https://nobody.invalid", secret=locked))

    assert threads[0] is not threading.main_thread()


async def test_a_keychain_that_waits_for_its_password_has_an_end() -> None:
    answered = threading.Event()
    claude = model(
        "https://nobody.invalid", secret=lambda _: str(answered.wait(30)), limit_seconds=0.3
    )

    with pytest.raises(SummaryError, match="not done"):
        await pieces_of(claude)
    answered.set()


async def test_the_key_is_in_no_name_of_a_model_that_is_told() -> None:
    listed = as_json({"data": [{"id": f"tide-{KEY}"}]})
    async with MessagesApi(status(404, "not_found_error"), models=listed) as api:
        with pytest.raises(SummaryError) as raised:
            await pieces_of(model(api.url))

    assert "There are: " in raised.value.hint
    assert KEY[:12] not in raised.value.hint


@pytest.mark.parametrize(
    "reply",
    [
        status(401, "authentication_error", f"invalid x-api-key: {KEY}"),
        status(401, "authentication_error", f"invalid x-api-key: {KEY[:20]}***"),
        status(401, "authentication_error", f"invalid ?key={KEY[:20]}"),
        status(401, "authentication_error", f"invalid _{KEY}_"),
        status(400, "invalid_request_error", f"{'x' * 180} Bearer {KEY} {KEY}"),
        status(500, "api_error", KEY),
        streamed([*begun("The ti"), error("api_error", KEY)]),
        streamed([*begun("The ti"), error("authentication_error", KEY)]),
        other(401, KEY),
        raw(f"event: message_start\ndata: {KEY}\n\n".encode()),
        raw(f"event: error\ndata: {KEY}\n\n".encode()),
        reset(begun("The ti")),
        status(529, "overloaded_error", KEY, headers={"retry-after": "120"}),
    ],
)
async def test_the_key_appears_in_no_log_and_no_error(
    reply: Reply, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_quiet", lambda: None)
    for name in ("", "anthropic", "httpx2", "httpcore2", "asyncio", "stamina"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with MessagesApi(reply, count=reply, models=reply) as api:
        claude = model(api.url)
        await claude.count(PROMPT)
        with pytest.raises(SummaryError) as raised:
            await pieces_of(claude)
    try:
        raise raised.value
    except SummaryError:
        logging.getLogger("daemon").exception("told")

    assert "Sending HTTP Request" in caplog.text
    assert "SummaryError" in caplog.text
    told = f"{raised.value} {raised.value.hint} {claude!r} {vars(claude)}"
    assert KEY[:12] not in caplog.text + told


# What belongs to other programs.

ASKING = """
import asyncio, logging, sys
from daemon.summarizers.claude import Settings
from daemon.summarizers.claude.model import Claude
from daemon.writing import Prompt
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
async def main(url, key):
    claude = Claude(Settings(api=url, model="m").access, window=9_000, secret=lambda _: key)
    prompt = Prompt("", "A secret article.")
    print(await claude.count(prompt))
    async for piece in claude.ask(prompt, most=9):
        print(piece)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_the_environment_of_other_programs_is_not_used(tmp_path: Path) -> None:
    decoy = await asyncio.start_server(lambda *_: connections.append(1), "127.0.0.1", 0)
    connections: list[int] = []
    elsewhere = f"http://127.0.0.1:{decoy.sockets[0].getsockname()[1]}"
    (tmp_path / "configs").mkdir()
    profile = {"base_url": elsewhere, "authentication": {"type": "user_oauth"}}
    (tmp_path / "configs" / "default.json").write_text(json.dumps(profile))
    (tmp_path / "active_config").write_text("default")
    async with MessagesApi(streamed(said("Fine.")), count=as_json({"input_tokens": 7})) as api:
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASKING, api.url, KEY),
            env=os.environ
            | {
                "ANTHROPIC_API_KEY": "theirs",
                "ANTHROPIC_AUTH_TOKEN": "theirs",
                "ANTHROPIC_BASE_URL": elsewhere,
                "ANTHROPIC_CUSTOM_HEADERS": "X-Theirs: theirs\nAuthorization: theirs\n"
                "Anthropic-Version: 1999-01-01\nanthropic-beta: theirs\nUser-Agent: theirs",
                "ANTHROPIC_CONFIG_DIR": str(tmp_path),
                "ANTHROPIC_PROFILE": "default",
                "ANTHROPIC_IDENTITY_TOKEN": "theirs",
                "ANTHROPIC_FEDERATION_RULE_ID": "theirs",
                "ANTHROPIC_ORGANIZATION_ID": "theirs",
                "ANTHROPIC_WORKSPACE_ID": "theirs",
                "ANTHROPIC_MODEL": "theirs",
                "ANTHROPIC_LOG": "debug",
                "ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE": "content",
                "OTEL_EXPORTER_OTLP_ENDPOINT": elsewhere,
                **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), elsewhere),
                **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), elsewhere),
                "NO_PROXY": "",
                "no_proxy": "",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await run.communicate()
    decoy.close()
    await decoy.wait_closed()

    assert out.decode().split("\n")[:2] == ["7", "Fine."], err.decode()
    assert not connections
    assert not api.refused
    for seen in api.seen:
        assert "theirs" not in f"{seen.headers} {seen.body}"
        assert seen.headers["anthropic-version"] == VERSION
    assert "secret article" not in err.decode()


async def test_a_service_learns_nothing_of_this_machine() -> None:
    async with MessagesApi(streamed(said("Fine."))) as api:
        await pieces_of(model(api.url))

    assert {name.lower() for name in api.seen[0].headers} == {
        *("host", "content-type", "content-length", "accept", "accept-encoding", "connection"),
        *("user-agent", "anthropic-version", "authorization"),
    }


async def test_the_proxy_of_the_user_is_asked_for_a_service_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setenv("HTTPS_PROXY", url)
    monkeypatch.setenv("https_proxy", url)
    with pytest.raises(SummaryError) as raised:
        await pieces_of(model("https://claude.invalid"))
    server.close()
    await server.wait_closed()

    assert raised.value.code == "service-unreachable"
    assert asked[0].startswith(b"CONNECT claude.invalid:443 ")
    assert KEY.encode() not in b"".join(asked)


async def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "gopher://127.0.0.1:1")

    with pytest.raises(SummaryError, match="proxy"):
        await pieces_of(model("https://claude.invalid"))


def test_the_version_is_that_of_the_package() -> None:
    from anthropic._constants import ANTHROPIC_API_VERSION

    assert VERSION == ANTHROPIC_API_VERSION
