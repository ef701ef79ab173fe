"""The page after installation: three steps to the first archived page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article
from tests.e2e.test_options import choose, picture, press
from tests.e2e.user import ROOT
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Target

STATES = "[...document.querySelectorAll('li')].map((step) => step.dataset.state).join(' ')"
#: What the page would put on the clipboard.
CLIPBOARD = "navigator.clipboard.writeText = (text) => { globalThis.copied = text; }"


def welcome(extension: Extension) -> Target:
    return extension.browser.open(f"chrome-extension://{extension.id}/{chromium.WELCOME}")


@pytest.mark.chromium
def test_it_goes_on_by_itself_from_a_missing_program_to_the_first_page(
    program: Path, user: User, site: Site
) -> None:
    with chromium.start(program, user.home / "bare", headless=True, env=user.environ) as running:
        extension = running.load_extension(ROOT)
        page = welcome(extension)
        page.wait_until("!document.querySelector('#program-help').hidden")
        assert page.evaluate(STATES) == "waiting later later"
        assert page.evaluate("document.querySelector('#command').textContent") == "make install"
        page.evaluate(CLIPBOARD)
        page.click("#copy")
        page.wait_until("document.querySelector('#copy').textContent === 'Copied'")
        assert page.evaluate("globalThis.copied") == "make install"
        picture(page, "welcome-missing-en")

        user.profile("bare")  # what the command does
        page.wait_until(f"{STATES} === 'done waiting waiting'")
        assert page.evaluate("document.querySelector('#keys').innerText").count("Alt+Shift") == 2
        picture(page, "welcome-ready-en")

        article = running.open(site.publish(Article(1)))
        article.press(extension.shortcut("archive"))
        page.wait_until(f"{STATES} === 'done done done'", timeout=60)


@pytest.mark.chromium
def test_it_is_shown_after_installation_and_leads_to_the_options(program: Path, user: User) -> None:
    with chromium.start(program, user.home / "bare", headless=True, env=user.environ) as running:
        # `load_extension` waits for the page of a new user, and closes it.
        extension = running.load_extension(ROOT)
        page = welcome(extension)
        press(page, "#options")

        def options() -> bool:
            return any(each["url"].endswith("options.html") for each in running.targets())

        poll(options, "the options", timeout=30)


@pytest.mark.chromium
def test_options_without_the_program_lead_to_it_and_keep_what_is_theirs(
    program: Path, user: User
) -> None:
    with chromium.start(program, user.home / "bare", headless=True, env=user.environ) as running:
        extension = running.load_extension(ROOT)
        page = running.open(f"chrome-extension://{extension.id}/extension/options/options.html")
        page.wait_until("!!document.querySelector('#set-up')")
        picture(page, "options-absent")
        choose(page, "#general select", "zh-CN")
        page.wait_until("document.documentElement?.lang === 'zh-CN'")
        page.wait_until("!!document.querySelector('#set-up')")
        press(page, "#set-up")

        def shown() -> bool:
            return any(each["url"].endswith("welcome.html") for each in running.targets())

        poll(shown, "the page that helps", timeout=30)
        help_ = welcome(extension)
        help_.wait_until("!document.querySelector('#program-help').hidden")
        picture(help_, "welcome-missing-zh")
