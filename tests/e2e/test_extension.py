"""The checkout itself as an extension, and what it says where it may not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import ROOT
from tools import chromium

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Chromium, Extension

pytestmark = pytest.mark.chromium

ID = "aakhkkgafdemjjcaofeacbnbocplhpmd"

#: What the button shows when a page was not archived.
FAILED = "!"


def test_the_checkout_loads_as_it_is(headless: Chromium) -> None:
    loaded = headless.load_extension(ROOT)

    assert loaded.id == ID
    assert loaded.service_worker().evaluate("chrome.runtime.id") == ID


def test_the_browser_gives_the_shortcuts_that_the_manifest_suggests(extension: Extension) -> None:
    commands = extension.service_worker().evaluate("chrome.commands.getAll()")

    given = {command["name"]: command["shortcut"] for command in commands}
    assert given == {name: extension.shortcut(name) for name in extension.manifest["commands"]}


@pytest.mark.parametrize("url", ["chrome://version", "about:blank", "data:text/html,text"])
def test_the_button_says_that_a_page_may_not_be_read(extension: Extension, url: str) -> None:
    page = extension.browser.open(url)

    page.press(extension.shortcut("archive"))

    title = extension.wait_for_badge(FAILED)
    assert "lets no extension read this page" in title


def test_the_form_says_that_a_page_may_not_be_read(extension: Extension) -> None:
    page = extension.browser.open("chrome://version")

    extension.trigger(page)

    form = extension.popup()
    form.wait_until("!document.querySelector('#error').hidden")
    assert form.evaluate("document.querySelector('#archive').disabled")
    message = form.evaluate("document.querySelector('#error-message').textContent")
    assert "lets no extension read this page" in message


def test_without_a_host_the_button_says_what_to_do(program: Path, user: User, site: Site) -> None:
    url = site.publish(Article(1))

    with chromium.start(program, user.home / "new", headless=True, env=user.environ) as running:
        extension = running.load_extension(ROOT)
        running.open(url).press(extension.shortcut("archive"))
        title = extension.wait_for_badge(FAILED)

    assert "guidang install" in title
