"""The settings of a service."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from daemon.errors import SettingsError
from daemon.summarizers.claude import Settings
from daemon.summarizers.claude.services import SERVICES
from tests.unit.daemon.asking import (
    settings,
)


@pytest.mark.parametrize(
    "given",
    [
        "https://api.example.org",
        "https://api.example.org/",
        "https://api.example.org/v1",
        "https://api.example.org/v1/",
        "https://api.example.org//v1//messages/",
        " https://api.example.org ",
    ],
)
def test_an_address_is_taken_with_what_requests_add_to_it(given: str) -> None:
    assert settings(api=given).base == "https://api.example.org"


def test_a_path_is_kept() -> None:
    assert settings(api="https://x.org/v1x/anthropic/v1").base == "https://x.org/v1x/anthropic"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"api": "http://api.example.org"}, "others could read the key"),
        ({"api": "http://93.184.216.34"}, "others could read the key"),
        ({"api": "http://[::ffff:93.184.216.34]"}, "others could read the key"),
        ({"api": "http://localhost.example.org"}, "others could read the key"),
        ({"api": "api.example.org"}, "no base URL"),
        ({"api": "ftp://localhost"}, "no base URL"),
        ({"api": "https://"}, "no base URL"),
        ({"api": "https://x.org:port"}, "no base URL"),
        ({"api": "https://x.org/?key=1"}, "no base URL"),
        ({"api": "https://me:secret@x.org"}, "guidang secret set"),
        ({"service": "nobody"}, "anthropic, deepseek"),
        ({"service": "own", "model": "m"}, "`api` is needed"),
        ({"service": "ollama"}, "`model` is needed"),
        ({"window": -1}, "window"),
        ({"auth": "basic"}, "auth"),
        ({"key": "no name"}, "key"),
    ],
)
def test_settings_that_cannot_work_are_refused(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(**table)

    assert says in raised.value.message
    assert "secret@" not in raised.value.message


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"note_cost": 0.5}, "`note_cost` needs `input_price` and `output_price`"),
        ({"day_cost": 0.5}, "`day_cost` needs `input_price` and `output_price`"),
        ({"day_cost": 0.5, "input_price": 3}, "`day_cost` needs `output_price`"),
        ({"input_price": 3}, "`output_price` is needed beside the other price"),
        ({"output_price": 15}, "`input_price` is needed beside the other price"),
    ],
)
def test_a_ceiling_of_cost_that_could_not_hold_is_refused(
    table: dict[str, float], says: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)) as raised:
        settings(**table)

    assert raised.value.code == "settings-invalid"


def test_a_price_may_be_nothing() -> None:
    chosen = settings(input_price=0, output_price=15, note_cost=1)

    assert chosen.cost(1_000_000, 1_000) == 0.015


@pytest.mark.parametrize(
    "host",
    [
        "localhost:11434",
        "127.0.0.1:1",
        "[::1]:1",
        "192.168.1.5:1",
        "10.0.0.2",
        "100.64.0.9",
        "nas",
        "nas.local",
    ],
)
def test_http_is_for_this_machine_and_its_own_network(host: str) -> None:
    assert settings(service="own", api=f"http://{host}", model="m").base == f"http://{host}"


@pytest.mark.parametrize(
    ("api", "uses"),
    [
        ("https://api.example.org", True),
        ("https://192.168.1.5", True),
        ("https://localhost:1", False),
        ("https://127.0.0.1:1", False),
        ("http://192.168.1.5", False),
        ("http://localhost:1", False),
    ],
)
def test_proxies_are_for_what_is_elsewhere_and_encrypted(api: str, uses: bool) -> None:
    assert settings(api=api).access.proxies is uses


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_works_as_it_is(name: str) -> None:
    preset = SERVICES[name]

    chosen = settings(service=name, model="m", api=preset.api or "https://x.org")

    assert chosen.base == chosen.api
    assert chosen.access.key == (name if preset.needs_key else "")
    assert preset.api.startswith("https://") or not preset.needs_key


def test_the_schema_has_all_that_a_form_needs() -> None:
    [schema] = msgspec.json.schema(Settings)["$defs"].values()

    service = schema["properties"]["service"]
    assert service["enum"] == list(SERVICES)
    assert service["services"]["deepseek"] == {
        "title": "DeepSeek",
        "api": "https://api.deepseek.com/anthropic",
        "auth": "x-api-key",
    }
