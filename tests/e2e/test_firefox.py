"""The same folder in Firefox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article, assert_is_note_of, paragraphs_in, parts_of
from tests.e2e.user import ROOT, note_of
from tools.waiting import poll

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.daemon_client import Events


@pytest.mark.firefox
def test_the_shortcut_archives_in_firefox(user: User, site: Site, events: Events) -> None:
    article = Article(1)
    url = site.publish(article)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    shortcut = manifest["commands"]["archive"]["suggested_key"]["default"]
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(shortcut)
        note = note_of(events, user, url)

    assert_is_note_of(article, note, url)
    assert user.notes() == [note]


@pytest.mark.firefox
def test_the_form_shows_the_text_to_edit_and_archives_it_in_firefox(
    user: User, site: Site, events: Events
) -> None:
    article = Article(1)
    url = site.publish(article)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    shortcut = manifest["commands"]["_execute_action"]["suggested_key"]["default"]
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(shortcut)
        poll(lambda: user.capture_of(url), "the draft of the popup", timeout=60)
        browser.open_form(manifest["browser_specific_settings"]["gecko"]["id"])
        poll(
            lambda: browser.evaluate("document.body.dataset.stage") == "editing",
            "the form in a tab",
            timeout=60,
        )
        poll(
            lambda: browser.evaluate("document.querySelectorAll('#preview p').length") > 1,
            "the text as one reads it",
            timeout=30,
        )
        chosen = browser.evaluate("document.querySelector('#plan-list :checked').value")
        browser.click("#preview p")
        browser.write("#preview textarea", "\ue010补记。\ue015")  # End and ArrowDown
        neighbour = browser.evaluate("document.querySelector('#preview textarea').value")
        browser.click("#archive")
        note = note_of(events, user, url)

    assert chosen == "local"
    first, *rest = article.paragraphs
    assert neighbour == rest[0]
    assert paragraphs_in(parts_of(note)["text"]) == [f"{first}补记。", *rest]


@pytest.mark.firefox
def test_the_form_offers_no_side_panel_in_firefox(user: User) -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        id = manifest["browser_specific_settings"]["gecko"]["id"]
        browser.open_page(id, "extension/popup/popup.html")
        poll(
            lambda: browser.evaluate("document.body.dataset.stage") is not None,
            "the form",
            timeout=60,
        )
        shown = browser.evaluate(
            "[...document.querySelectorAll('header button')]"
            ".filter((each) => !each.hidden).map(({ id }) => id)"
        )

    assert shown == ["all-tabs", "open-tab"]
