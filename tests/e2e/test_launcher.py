"""The button in pages: switched on, pressed, moved, hidden, and never part of a note."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article, assert_is_note_of
from tests.e2e.test_complete import ALLOW, ASKS, LISTEN, answer
from tests.e2e.test_options import press
from tests.e2e.test_places import HOST_IN_FIREFOX, PICTURES
from tests.e2e.user import note_of
from tools.package import allowed_everywhere
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tools.chromium import Chromium, Extension, Page, Target
    from tools.daemon_client import Events

OPTIONS = "extension/options/options.html#general"
SWITCH = "document.querySelector('[name=launch]')"
IS_THERE = "!!document.querySelector('guidang-launcher')"
PLACE = """(() => {
    const box = document.querySelector('guidang-launcher').getBoundingClientRect();
    return [box.x, box.y, box.width, box.height].map(Math.round);
})()"""


@pytest.fixture
def launching(headless: Chromium, tmp_path: Path) -> Extension:
    return headless.load_extension(allowed_everywhere(tmp_path / "extension"))


def switch(extension: Extension) -> Target:
    """Press the switch of the launcher; the options, which stay open."""
    options = extension.browser.open(f"chrome-extension://{extension.id}/{OPTIONS}")
    options.wait_until(f"{SWITCH}?.disabled === false")
    press(options, "[name=launch]")
    options.wait_until(f"{SWITCH}.checked")
    return options


def mouse(page: Page, kind: str, x: float, y: float) -> None:
    event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
    page.call("Input.dispatchMouseEvent", {**event, "buttons": int(kind != "mouseReleased")})


def hide(page: Page) -> None:
    """Press the × at the upper corner of the button, which comes with the pointer."""
    x, y, width, _ = page.evaluate(PLACE)
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        mouse(page, kind, x + width - 5, y + 2)


@pytest.mark.chromium
def test_it_is_off_until_it_is_switched_on_and_then_in_open_pages_too(
    launching: Extension, site: Site
) -> None:
    page = launching.browser.open(site.publish(Article(1)))
    assert not page.evaluate(IS_THERE)

    options = switch(launching)
    page.wait_until(IS_THERE)
    other = launching.browser.open(site.publish(Article(2)))
    other.wait_until(IS_THERE)
    assert other.evaluate("document.querySelector('guidang-launcher').shadowRoot") is None

    options.call("Page.bringToFront")
    press(options, "[name=launch]")
    for each in (page, other):
        each.wait_until(f"!{IS_THERE}")
    options.wait_until(f"!{SWITCH}.checked")


@pytest.mark.chromium
def test_it_archives_the_page_and_is_no_part_of_it(
    launching: Extension, site: Site, user: User, events: Events
) -> None:
    switch(launching)
    article = Article(1)
    url = site.publish(article)
    page = launching.browser.open(url)
    page.wait_until(IS_THERE)
    # Wherever a page puts it.
    page.evaluate("document.querySelector('p').append(document.querySelector('guidang-launcher'))")

    page.evaluate("document.querySelector('guidang-launcher').click()")
    page.click("guidang-launcher")
    note = note_of(events, user, url)

    assert_is_note_of(article, note, url)
    (kept,) = (user.state / "spool").glob("*.json.gz")
    assert b"guidang-launcher" not in gzip.decompress(kept.read_bytes())
    launching.wait_for_badge("✓")
    assert user.notes() == [note]


@pytest.mark.chromium
def test_it_says_why_nothing_was_sent(launching: Extension, site: Site) -> None:
    switch(launching)
    page = launching.browser.open(site.publish(Article(1)))
    page.wait_until(IS_THERE)
    before = page.evaluate(PLACE)
    worker = launching.service_worker()
    worker.evaluate(
        "chrome.scripting.executeScript = () => Promise.reject(new Error('No tab with id'))"
    )

    page.click("guidang-launcher")

    launching.wait_for_badge("!")
    page.wait_until(f"{PLACE}[2] > {before[2]} + 100")
    page.screenshot(PICTURES / "launcher-failed.png")
    page.wait_until(f"{PLACE}[2] === {before[2]}")


@pytest.mark.chromium
def test_it_is_moved_by_pointer_and_keys_and_stays_there_on_every_page(
    launching: Extension, site: Site, user: User
) -> None:
    switch(launching)
    page = launching.browser.open(site.publish(Article(1)))
    page.wait_until(IS_THERE)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(PICTURES / "launcher.png")
    x, y, width, height = page.evaluate(PLACE)

    mouse(page, "mousePressed", x + width / 2, y + height / 2)
    for step in (40, 80, 120):
        mouse(page, "mouseMoved", 30 + step, step)
    mouse(page, "mouseReleased", 60, 120)
    page.wait_until(f"{PLACE}[0] < 20")
    left = page.evaluate(PLACE)
    assert left[1] == 100
    page.press("ArrowDown")
    page.wait_until(f"{PLACE}[1] === 124")
    page.press("ArrowRight")
    page.wait_until(f"{PLACE}[0] === {x}")

    other = launching.browser.open(site.publish(Article(2)))
    other.wait_until(IS_THERE)
    assert other.evaluate(PLACE) == [x, 124, width, height]
    user.wake_daemon()
    assert user.daemon.ask("GET", "/captures")["captures"] == [], "nor was it pressed"


@pytest.mark.chromium
def test_it_is_hidden_on_a_site_and_brought_back_in_the_options(
    launching: Extension, site: Site
) -> None:
    options = switch(launching)
    page = launching.browser.open(site.publish(Article(1)))
    page.wait_until(IS_THERE)
    elsewhere = launching.browser.open(site.publish(Article(2)).replace("127.0.0.1", "localhost"))
    elsewhere.wait_until(IS_THERE)

    hide(page)
    page.wait_until(f"!{IS_THERE}")
    assert elsewhere.evaluate(IS_THERE)
    page.navigate(page.evaluate("location.href"))
    options.wait_until("document.querySelector('#hidden-sites button')?.innerText === '127.0.0.1'")
    assert not page.evaluate(IS_THERE)

    options.call("Page.bringToFront")
    options.screenshot(PICTURES / "launcher-options.png")
    press(options, "#hidden-sites button")
    page.wait_until(IS_THERE)
    assert options.evaluate("document.querySelector('#hidden-sites').hidden")


@pytest.mark.chromium
@pytest.mark.xvfb
def test_the_switch_asks_for_the_sites(window: Extension, screen: Display, site: Site) -> None:
    options = window.browser.open(f"chrome-extension://{window.id}/{OPTIONS}")
    options.wait_until(f"{SWITCH}?.disabled === false")
    options.evaluate(LISTEN)

    options.click("[name=launch]")
    options.wait_until(ASKS)
    assert not options.evaluate(f"{SWITCH}.checked")
    assert answer(options, screen, ALLOW)
    options.wait_until(f"{SWITCH}.checked")

    page = window.browser.open(site.publish(Article(1)))
    page.wait_until(IS_THERE)


@pytest.mark.firefox
def test_it_archives_in_firefox_too(user: User, site: Site, events: Events, tmp_path: Path) -> None:
    article = Article(1)
    url = site.publish(article)
    user.install_host("firefox")
    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(allowed_everywhere(tmp_path / "extension"))
        host = browser.evaluate(HOST_IN_FIREFOX.removeprefix("return "), context="chrome")
        browser.open(f"moz-extension://{host}/{OPTIONS}")
        poll(lambda: browser.evaluate(f"{SWITCH}?.disabled === false"), "the switch", timeout=30)
        click(browser, "[name=launch]")
        poll(lambda: browser.evaluate(f"{SWITCH}.checked"), "that it is on", timeout=30)
        browser.open(url)
        poll(lambda: browser.evaluate(IS_THERE), "the button", timeout=30)
        _, _, width, height = browser.evaluate(PLACE)
        click(browser, "guidang-launcher")
        note = note_of(events, user, url)

    assert (width, height) == (40, 40), "it has its style"
    assert_is_note_of(article, note, url)


def click(browser: firefox.Firefox, selector: str) -> None:
    """As a person does: what asks for leave needs that."""
    browser.command("Marionette:SetContext", value="content")
    found = browser.command("WebDriver:FindElement", using="css selector", value=selector)
    (id,) = found["value"].values()
    browser.command("WebDriver:ElementClick", id=id)
