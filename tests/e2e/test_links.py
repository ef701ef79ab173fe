"""Archiving what a link leads to, from the context menu, with the browser's own question."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.user import ROOT, note_of
from tests.fakes.images import web
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tests.fakes.images import Web
    from tools.chromium import Extension, Page, Target
    from tools.daemon_client import Events

#: Notes what the browser's question is answered.
LISTEN = """(() => {
    const { request } = chrome.permissions;
    chrome.permissions.request = async (leave) => (globalThis.answer = await request(leave));
})()"""
#: In the window of the tests: the answers to the browser's question.
ALLOW = (808, 257)
DENY = (730, 257)
PAGE = b"""<!doctype html><html lang="en"><title>Start</title>
<p style="margin: 200px"><a href="%s">On the tides of the bay</a></p></html>"""
#: Its text comes after it has loaded, in steps.
LATE = b"""<!doctype html><html lang="en"><head><title>The late page</title></head><body>
<main><p>A first paragraph, which is there from the beginning and says what the page is.</p></main>
<script>const texts = [
    "The second paragraph, which comes after the page has loaded, as many do.",
    "The third paragraph, which comes after the second and belongs to the article.",
    "The fourth paragraph, which comes after the third and is not the last one.",
    "The paragraph that came late, which belongs to the article all the same.",
];
function write() {
    const text = document.createElement("p");
    text.textContent = texts.shift();
    document.querySelector("main").append(text);
    if (texts.length > 0) { setTimeout(write, 700); }
}
addEventListener("load", () => setTimeout(write, 700));</script></body></html>"""
PLACE = """(() => {
    const box = document.querySelector("a").getBoundingClientRect();
    return [box.x + 20, box.y + box.height / 2 + (outerHeight - innerHeight)];
})()"""


@pytest.fixture
def here() -> Iterator[Web]:
    with web() as site:
        yield site


def choose_link(here: Web, target: str, window: Extension, screen: Display) -> Page:
    """Open a page with a link to *target*, and choose to archive it."""
    page = window.browser.open(here.put("/", PAGE % target.encode(), "text/html"))
    left, top = page.evaluate(PLACE)
    screen.open_menu(round(left), round(top))
    # From the end of the menu: to inspect, and then ours.
    screen.keys("Up", "Up", "Return")
    return page


def pages(window: Extension, part: str) -> list[str]:
    """The addresses of open pages with *part* in them."""
    targets = window.browser.targets()
    urls = [str(info["url"]) for info in targets if info["type"] == "page"]
    return [url for url in urls if part in url]


def answer(worker: Target, screen: Display, at: tuple[int, int]) -> None:
    """Answer the browser's question by a click; one that comes too soon after it does not count."""
    for _ in range(20):
        screen.click(*at)
        with contextlib.suppress(TimeoutError):
            worker.wait_until("globalThis.answer !== undefined", timeout=2)
            return
    raise AssertionError("the question was not answered")


@pytest.mark.chromium
@pytest.mark.xvfb
def test_a_link_is_archived_as_its_page_was_rendered_and_its_tab_closed(
    user: User, here: Web, events: Events, window: Extension, screen: Display
) -> None:
    url = here.put("/late", LATE, "text/html").replace("127.0.0.1", "localhost")
    worker = window.service_worker()
    worker.evaluate(LISTEN)

    choose_link(here, url, window, screen)
    answer(worker, screen, ALLOW)
    note = note_of(events, user, url)

    assert "The paragraph that came late" in note.read_text("utf-8")
    window.wait_for_badge("✓")
    poll(lambda: not pages(window, "/late"), "the end of its tab", timeout=30)


@pytest.mark.chromium
@pytest.mark.xvfb
def test_a_site_that_is_denied_is_not_opened_and_told(
    here: Web, window: Extension, screen: Display
) -> None:
    worker = window.service_worker()
    worker.evaluate(LISTEN)

    choose_link(here, "http://localhost:1/", window, screen)
    answer(worker, screen, DENY)

    assert "This site may not be read." in window.wait_for_badge("!")
    assert pages(window, "localhost") == []


@pytest.mark.chromium
@pytest.mark.xvfb
def test_a_link_that_leads_away_stays_open_and_is_told(
    user: User, here: Web, events: Events, window: Extension, screen: Display
) -> None:
    here.put("/late", LATE, "text/html")
    url = here.redirect("/away", f"{here.address}/late").replace("127.0.0.1", "localhost")
    worker = window.service_worker()
    worker.evaluate(LISTEN)

    choose_link(here, url, window, screen)
    answer(worker, screen, ALLOW)

    assert "The link led to another site" in window.wait_for_badge("!")
    assert pages(window, "/late")
    assert user.notes() == []


#: In Firefox's own window: the entry of the open context menu, chosen; and the answer “Allow”.
CHOOSE = """(() => {
    const menu = document.getElementById("contentAreaContextMenu");
    const entry = [...menu.querySelectorAll("menuitem")].find(
        ({ label }) => label === "Archive this link");
    if (menu.state !== "open" || !entry) { return false; }
    menu.activateItem(entry);
    return true;
})()"""
ANSWER = """(() => {
    const panel = document.querySelector("#addon-webext-permissions-notification");
    if (panel?.closest("panel")?.state !== "open") { return false; }
    panel.button.click();
    return true;
})()"""
COUNT = "gBrowser.tabs.length"


@pytest.mark.firefox
def test_a_link_is_archived_in_firefox(user: User, here: Web, events: Events) -> None:
    url = here.put("/late", LATE, "text/html").replace("127.0.0.1", "localhost")
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(here.put("/", PAGE % url.encode(), "text/html"))
        browser.open_menu("a")
        poll(lambda: browser.evaluate(CHOOSE, context="chrome"), "the entry", timeout=30)
        poll(lambda: browser.evaluate(ANSWER, context="chrome"), "the question", timeout=30)
        note = note_of(events, user, url)
        poll(
            lambda: browser.evaluate(COUNT, context="chrome") == 1, "the end of its tab", timeout=30
        )

    assert "The paragraph that came late" in note.read_text("utf-8")
