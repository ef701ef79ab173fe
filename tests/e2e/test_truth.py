"""The button, the form and `guidang status` tell of a capture what is so, and all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import next_type
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
    other = extension.browser.open(site.publish(Article(2)))
    assert extension.wait_for_badge(FAILED) == title, "told on every page"
    guidang(user, "retry")
    poll(lambda: extension.badge()[0] == "", "no badge on the other page", timeout=30)
    assert json.loads(guidang(user, "status", "--json"))["captures"] == []
    other.close()
    extension.wait_for_badge(ARCHIVED)


def test_at_each_event_of_a_story_button_form_and_status_say_the_same(
    user: User, extension: Extension, site: Site
) -> None:
    folder = user.home / "away"

    def set_up(**table: str | None) -> None:
        local = {"kind": "local", "folder": str(folder), **table}
        user.daemon.ask("PATCH", "/settings", {"backends": {"local": local}})

    user.wake_daemon()
    set_up()
    page = extension.browser.open(site.publish(Article(1)))
    page.press(extension.shortcut("archive"))
    extension.wait_for_badge(WAITING)
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("document.querySelectorAll('#deliveries li').length === 1")

    def told() -> tuple[str, str, str, list[str]]:
        line = "document.querySelector('#deliveries li').dataset.state"
        stage = "document.body.dataset.stage"
        status = json.loads(guidang(user, "status", "--json"))["captures"]
        states = [each["state"] for capture in status for each in capture["deliveries"]]
        return extension.badge()[0], form.evaluate(stage), form.evaluate(line), states

    def all_say(*expected: str | list[str]) -> None:
        poll(lambda: told() == expected, f"{expected} everywhere", timeout=30)

    with user.daemon.events() as events:

        def retried(outcome: str) -> None:
            guidang(user, "retry")
            types = [next_type(events) for _ in range(3)]
            assert types == ["retried", "sending", outcome]

        all_say(WAITING, "waiting", "waiting", ["waiting"])
        retried("deferred")
        all_say(WAITING, "waiting", "waiting", ["waiting"])
        folder.mkdir()
        set_up(name="{{ title.nothing.of.this }}")
        retried("rejected")
        all_say(FAILED, "failed", "rejected", ["rejected"])
        retried("rejected")
        all_say(FAILED, "failed", "rejected", ["rejected"])
        set_up(name=None)
        retried("delivered")
        all_say(ARCHIVED, "archived", "delivered", [])

    assert len(list(folder.glob("*.md"))) == 1
