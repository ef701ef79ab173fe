"""Rules by site, in the form and without it: where a page goes that nobody chose a plan for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.user import ROOT, note_of
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension
    from tools.daemon_client import Events

CHOSEN = "document.querySelector('#plan-list :checked')?.value"
PLACEHOLDER = "document.querySelector('#summary').placeholder"


@pytest.fixture
def second(user: User, events: Events) -> Path:
    """The folder to which the notes of the tests' site go by a rule, without a summary."""
    folder = user.home / "second"
    folder.mkdir()
    patch = {
        "backends": {"second": {"kind": "local", "folder": str(folder)}},
        "plans": {"second": {"backends": ["second"]}},
        "rules": [{"site": "127.0.0.1", "plan": "second", "summary": False}],
    }
    user.daemon.ask("PATCH", "/settings", patch)
    return folder


@pytest.mark.chromium
def test_a_page_goes_by_its_rule_until_another_plan_is_chosen(
    user: User, site: Site, events: Events, second: Path, extension: Extension
) -> None:
    urls = [site.publish(Article(number)) for number in range(3)]
    page = extension.browser.open(urls[0])
    page.press(extension.shortcut("archive"))
    assert note_of(events, user, urls[0]).parent == second

    page = extension.browser.open(urls[1])
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("!document.querySelector('#archive').disabled")
    assert form.evaluate(CHOSEN) == "second"
    assert form.evaluate(PLACEHOLDER).startswith("None.")
    form.click("#archive")
    note = note_of(events, user, urls[1])
    form.close()
    assert note.parent == second
    assert "####" not in note.read_text("utf-8")

    page = extension.browser.open(urls[2])
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("!document.querySelector('#archive').disabled")
    form.click("#plan-list input[value=local]")
    form.wait_until(f"!{PLACEHOLDER}.startsWith('None.')")
    form.click("#archive")
    assert note_of(events, user, urls[2]).is_relative_to(user.archive)


@pytest.mark.firefox
def test_a_page_goes_by_its_rule_in_firefox(
    user: User, site: Site, events: Events, second: Path
) -> None:
    url = site.publish(Article(1))
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(manifest["commands"]["_execute_action"]["suggested_key"]["default"])
        poll(lambda: user.capture_of(url), "the draft of the popup", timeout=60)
        browser.open_form(manifest["browser_specific_settings"]["gecko"]["id"])
        editing = "document.body.dataset.stage === 'editing'"
        poll(lambda: browser.evaluate(editing), "the form in a tab", timeout=60)
        chosen = browser.evaluate(CHOSEN)
        browser.evaluate("document.querySelector('#archive').click()")
        note = note_of(events, user, url)

    assert chosen == "second"
    assert note.parent == second
