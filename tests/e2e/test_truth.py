"""The button, the form and `guidang status` tell of a capture what is so, and all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article
from tools.waiting import poll

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension

pytestmark = pytest.mark.chromium

WAITING, ARCHIVED, FAILED = "…", "✓", "!"


def guidang(user: User, *arguments: str) -> str:
    command = [sys.executable, "-m", "daemon", *arguments]
    run = subprocess.run(
        command, env=user.environ, capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


def deliveries(user: User) -> list[dict[str, Any]]:
    """Those of the only capture that is not settled."""
    [capture] = json.loads(guidang(user, "status", "--json"))["captures"]
    return list(capture["deliveries"])


def test_a_backend_that_is_away_is_told_in_the_same_words_until_it_is_back(
    user: User, extension: Extension, site: Site
) -> None:
    (user.home / "second").mkdir()
    third = user.home / "third"
    user.wake_daemon()
    user.daemon.ask(
        "PATCH",
        "/settings",
        {
            "plans": {"local": {"backends": ["local", "second", "third"]}},
            "backends": {
                "local": {"kind": "local"},
                "second": {"kind": "local", "folder": str(user.home / "second")},
                "third": {"kind": "local", "folder": str(third)},
            },
        },
    )
    page = extension.browser.open(site.publish(Article(1)))
    page.press(extension.shortcut("archive"))

    sentence = f"The folder {third} is not there."
    poll(lambda: sentence in extension.badge()[1], "the reason on the button", timeout=30)
    assert extension.badge()[0] == WAITING
    assert sentence in guidang(user, "status")
    states = {each["backend"]: each["state"] for each in deliveries(user)}
    assert states == {"local": "delivered", "second": "delivered", "third": "waiting"}

    extension.trigger(page)
    form = extension.popup()
    form.wait_until("document.querySelectorAll('#deliveries li').length === 3")
    shown = "[...document.querySelectorAll('#deliveries li')].map(li => li.dataset.state)"
    assert form.evaluate(shown) == ["delivered", "delivered", "waiting"]
    assert sentence in form.evaluate("document.querySelector('#deliveries').textContent")

    third.mkdir()
    guidang(user, "retry")
    form.wait_until("document.body.dataset.stage === 'archived'")
    extension.wait_for_badge(ARCHIVED)
    assert json.loads(guidang(user, "status", "--json"))["captures"] == []
    assert len(list(third.glob("*.md"))) == 1


def test_what_needs_a_person_is_told_in_the_same_words_until_it_is_mended(
    user: User, extension: Extension, site: Site
) -> None:
    user.wake_daemon()
    broken = {"kind": "local", "name": "{{ title.nothing.of.this }}"}
    user.daemon.ask("PATCH", "/settings", {"backends": {"local": broken}})
    page = extension.browser.open(site.publish(Article(1)))
    page.press(extension.shortcut("archive"))

    title = extension.wait_for_badge(FAILED)
    [delivery] = deliveries(user)
    assert delivery["state"] == "rejected"
    assert delivery["error"]["message"] in title
    assert delivery["error"]["message"] in guidang(user, "status")

    user.daemon.ask("PATCH", "/settings", {"backends": {"local": {"name": None}}})
    guidang(user, "retry")
    # Of what waits for a person the button hears nothing more until he looks.
    extension.trigger(page)
    extension.popup().wait_until("document.body.dataset.stage === 'archived'")
    extension.wait_for_badge(ARCHIVED)
    assert json.loads(guidang(user, "status", "--json"))["captures"] == []
