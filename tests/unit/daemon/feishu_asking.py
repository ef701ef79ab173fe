"""A client that asks the Feishu of our own, with a keychain that a test can see."""

from __future__ import annotations

import base64
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from daemon.backends.feishu.client import Client
from daemon.backends.feishu.settings import Settings
from daemon.errors import DeliveryDeferred, DeliveryError, DeliveryRejected, SettingsError
from tests.fakes.feishu import APP_TOKEN, USER_TOKEN, FeishuServer
from tests.fakes.feishu_tokens import App
from tests.fakes.surroundings import surroundings

DOCUMENTS = "/open-apis/docx/v1/documents"


class Made(Struct):
    document_id: str


class Created(Struct):
    document: Made


class Keychain:
    """Secrets by name; `log` says in which order they were read and kept."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept
        self.log: list[str] = []
        self.error: SettingsError | None = None  #: why nothing is kept
        self.fails_at = 0  #: of all that is kept, from which on
        self._one_at_a_time = threading.Lock()

    def get(self, name: str) -> str | None:
        with self._one_at_a_time:
            return self.kept.get(name)

    def put(self, name: str, value: str) -> None:
        with self._one_at_a_time:
            self.log.append(f"kept {name}")
            if self.error and len(self.log) > self.fails_at:
                raise self.error
            self.kept[name] = value


class Asking:
    """One app at one server, and what its backends may use."""

    def __init__(self, server: FeishuServer, state: Path) -> None:
        self.server = server
        self.app: App = server.app
        self.keychain = Keychain(notes=self.app.secret)
        self.state = state

    def client(self, **settings: Any) -> Client:
        table = {"app_id": self.app.id, "api": self.server.url, **settings}
        given = surroundings(
            name="notes", state=self.state, secret=self.keychain.get, keep_secret=self.keychain.put
        )
        return Client(Settings(**table), given)

    def signed_in(self, *, for_seconds: float = 7_200) -> dict[str, Any]:
        """A person has signed in, whose token is good *for_seconds* by our clock."""
        granted = self.server.state.tokens.signed_in(self.app, self.server.user)
        pair = {
            "access_token": granted["access_token"],
            "refresh_token": granted["refresh_token"],
            "expires_at": int(time.time() + for_seconds),
            "refresh_expires_at": int(time.time() + 604_800),
        }
        self.keychain.kept["notes-user"] = json.dumps(pair)
        return pair

    @property
    def pair(self) -> dict[str, Any]:
        """The tokens in the keychain."""
        found: dict[str, Any] = json.loads(self.keychain.kept["notes-user"])
        return found

    def count(self, path: str, method: str = "POST") -> int:
        """How often *path* was asked."""
        return sum((s.method, s.path.partition("?")[0]) == (method, path) for s in self.server.seen)

    @property
    def renewals(self) -> int:
        return self.count(USER_TOKEN)

    @property
    def app_tokens(self) -> int:
        return self.count(APP_TOKEN)

    @property
    def secrets(self) -> list[str]:
        """What no error may say."""
        found = [self.app.secret]
        if "notes-user" in self.keychain.kept:
            found += [self.pair["access_token"], self.pair["refresh_token"]]
        basic = base64.b64encode(f"{self.app.id}:{self.app.secret}".encode()).decode()
        return [secret for secret in (*found, basic) if secret]

    async def make(self, client: Client, title: str = "Tides", **more: Any) -> str:
        """The id of a new document."""
        body = {"title": title, **more}
        return (await client.ask("POST", DOCUMENTS, Created, body)).document.document_id

    async def failed(self, client: Client, *, once: bool = False) -> DeliveryError:
        """What a new document ends with."""
        with pytest.raises(DeliveryError) as raised:
            async with client.signed_in():
                await client.ask("POST", DOCUMENTS, Created, {"title": "Tides"}, once=once)
        self.check(raised.value)
        return raised.value

    async def rejected(self, client: Client) -> DeliveryRejected:
        error = await self.failed(client)
        assert isinstance(error, DeliveryRejected)
        return error

    async def deferred(self, client: Client, *, once: bool = False) -> DeliveryDeferred:
        error = await self.failed(client, once=once)
        assert isinstance(error, DeliveryDeferred)
        return error

    def check(self, error: DeliveryError) -> None:
        """Its user has a sentence, knows what to do, and sees no secret."""
        assert error.message.endswith(".")
        assert error.hint
        for secret in self.secrets:
            assert secret not in f"{error!r} {error} {error.__cause__!r}"


async def edit(client: Client, document: str, text: str = "High water.") -> None:
    """Add a paragraph to *document*."""
    block = {"block_type": 2, "text": {"elements": [{"text_run": {"content": text}}]}}
    path = f"{DOCUMENTS}/{document}/blocks/{document}/children"
    await client.ask("POST", path, dict[str, Any], {"children": [block]}, document=document)
