"""All tabs of a window: which are archived, what comes of each, and what tries it again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.test_links import ALLOW, ANSWER, DENY, LISTEN, answer, here
from tests.e2e.test_options import choose, picture, press
from tests.e2e.user import ROOT, note_of
from tools.package import allowed_everywhere
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tests.fakes.images import Web
    from tools.chromium import Chromium, Extension, Target
    from tools.daemon_client import Events

__all__ = ["here"]  # the fixture

TABS = "extension/tabs/tabs.html"


@pytest.fixture
def reading(headless: Chromium, tmp_path: Path) -> Extension:
    """The extension whose user has allowed all sites."""
    return headless.load_extension(allowed_everywhere(tmp_path / "extension"))


def opened(extension: Extension) -> Target:
    page = extension.browser.open(f"chrome-extension://{extension.id}/{TABS}")
    page.wait_until("document.querySelectorAll('#list > li').length > 0")
    return page


def row(url: str) -> str:
    """The row of the tab with this page, as an expression."""
    found = "document.querySelectorAll('#list > li')"
    return (
        f"[...{found}].find((row) => row.querySelector('.url').textContent === {json.dumps(url)})"
    )


def wait_for(page: Target, url: str, stage: str) -> str:
    """The text of a row, once it is in this *stage*."""
    return str(page.wait_until(f"{row(url)}?.dataset.stage === '{stage}' && {row(url)}.innerText"))


@pytest.mark.chromium
@pytest.mark.xvfb
def test_the_list_asks_for_the_sites_and_gives_them_back(
    here: Web, window: Extension, screen: Display
) -> None:
    url = here.put("/", b"<title>Tides</title><p>The tides of the bay.", "text/html")
    window.browser.open(url)
    page = window.browser.open(f"chrome-extension://{window.id}/{TABS}")
    page.wait_until("!document.querySelector('#ask').hidden")
    assert page.evaluate("document.querySelector('#choice').hidden")
    page.evaluate(LISTEN)

    page.click("#allow")
    answer(page, screen, DENY)
    page.wait_until("document.querySelector('#denied').textContent !== ''")
    assert page.evaluate("document.querySelector('#choice').hidden")
    page.evaluate("delete globalThis.answer")
    page.click("#allow")
    answer(page, screen, ALLOW)
    page.wait_until(f"{row(url)}?.querySelector('.title').textContent === 'Tides'")

    page.click("#forget")
    page.wait_until("!document.querySelector('#ask').hidden")


@pytest.mark.chromium
def test_ticked_tabs_are_archived_each_with_its_result(
    user: User, site: Site, events: Events, reading: Extension
) -> None:
    urls = [site.publish(Article(number)) for number in range(5)]
    for url in urls:
        reading.browser.open(url)
    reading.browser.open("chrome://version")
    page = opened(reading)
    empty = f"{row('')}.querySelector('input')"  # of what the browser does not tell
    assert page.evaluate(f"[{empty}.disabled, {empty}.checked]") == [True, False]
    assert "lets no extension read" in page.evaluate(f"{row('')}.innerText")
    picture(page, "tabs-en")

    page.evaluate(f"{row(urls[4])}.querySelector('input').click()")
    assert page.evaluate("document.querySelector('#archive').textContent") == "Archive 4 tabs"
    press(page, "#archive")
    for url in urls[:4]:
        assert str(user.archive) in wait_for(page, url, "archived")
    assert len(user.notes()) == 4
    assert page.evaluate("document.querySelector('#archive').disabled")
    picture(page, "tabs-archived-en")

    page.evaluate("location.reload()")
    page.wait_until(f"!!({row(urls[0])})")
    wait_for(page, urls[0], "archived")
    box = "querySelector('input').checked"
    assert page.evaluate(f"[{row(urls[0])}.{box}, {row(urls[4])}.{box}]") == [False, True]
    press(page, "#all")
    assert page.evaluate("document.querySelector('#archive').textContent") == "Archive 5 tabs"
    press(page, "#all")
    assert page.evaluate("document.querySelector('#archive').disabled")
    assert user.capture_of(urls[4]) is None


@pytest.mark.chromium
def test_a_tab_that_is_not_loaded_is_loaded_first(
    user: User, site: Site, events: Events, reading: Extension
) -> None:
    url = site.publish(Article(1))
    reading.browser.open(url)
    page = opened(reading)
    asleep = f"chrome.tabs.query({{ url: '{url}' }}).then(([tab]) => chrome.tabs.discard(tab.id))"
    page.evaluate(asleep)
    page.evaluate("location.reload()")
    page.wait_until(f"{row(url)}?.innerText.includes('Not loaded')")

    press(page, "#archive")

    wait_for(page, url, "archived")
    assert len(user.notes()) == 1


@pytest.mark.chromium
def test_what_was_begun_goes_on_when_the_list_is_closed(
    user: User, site: Site, events: Events, reading: Extension
) -> None:
    urls = [site.publish(Article(number)) for number in range(5)]
    for url in urls:
        reading.browser.open(url)
    page = opened(reading)

    press(page, "#archive")
    page.wait_until(f"['reading', 'sending'].includes({row(urls[0])}.dataset.stage)")
    reading.browser.devtools.call("Target.closeTarget", {"targetId": page.id})

    poll(lambda: len(user.notes()) == 5, "all notes", timeout=60)


@pytest.mark.chromium
def test_what_failed_is_tried_again_from_its_row(
    user: User, here: Web, events: Events, reading: Extension
) -> None:
    folder = user.home / "later"
    patch = {
        "backends": {"later": {"kind": "local", "folder": str(folder)}},
        "plans": {"later": {"backends": ["later"]}},
        "rules": [{"site": "127.0.0.1", "plan": "later"}],
    }
    user.daemon.ask("PATCH", "/settings", patch)
    text = b"<title>Tides</title><p>%s</p>" % (b"The tides of the bay rise and fall. " * 9)
    waits = here.put("/waits", text, "text/html")
    empty = here.put("/empty", b"<title>Empty</title>", "text/html")
    closed = here.put("/closed", text, "text/html")
    for url in (waits, empty):
        reading.browser.open(url)
    gone = reading.browser.open(closed)
    page = opened(reading)
    reading.browser.devtools.call("Target.closeTarget", {"targetId": gone.id})
    press(page, "#archive")

    assert "later" in wait_for(page, waits, "waiting")
    assert "no text" in wait_for(page, empty, "failed")
    assert "closed" in wait_for(page, closed, "failed")
    picture(page, "tabs-failed-en")
    folder.mkdir()
    page.evaluate(f"{row(waits)}.querySelector('[data-retry]').click()")
    wait_for(page, waits, "archived")

    capture = user.capture_of(empty)
    assert capture is not None
    page.evaluate(again(empty))
    assert times_accepted(events, capture["id"], 2)
    wait_for(page, empty, "failed")
    page.evaluate(again(closed))
    assert "closed" in wait_for(page, closed, "failed")


def again(url: str) -> str:
    return f"{row(url)}.querySelector('[data-retry]').click()"


def times_accepted(events: Events, capture: str, times: int) -> bool:
    """Whether a capture is accepted so many times, the first ones counted."""
    while times and (event := events.next(timeout=30)):
        times -= (event["type"], event["capture"]) == ("accepted", capture)
    return times == 0


@pytest.mark.chromium
def test_the_form_and_the_buttons_menu_lead_to_the_list_in_both_languages(
    user: User, site: Site, events: Events, reading: Extension
) -> None:
    page = reading.browser.open(site.publish(Article(1)))
    reading.trigger(page)
    form = reading.popup()
    form.wait_until("!document.querySelector('#archive').disabled")
    form.click("#all-tabs")
    poll(lambda: count(reading) == 1, "the list", timeout=30)

    worker = reading.service_worker()
    worker.evaluate("chrome.contextMenus.onClicked.dispatch({ menuItemId: 'tabs' }, { id: 1 })")
    poll(lambda: count(reading) == 2, "the second list", timeout=30)

    options = reading.browser.open(
        f"chrome-extension://{reading.id}/extension/options/options.html"
    )
    options.wait_until("!!document.querySelector('#general select')")
    choose(options, "#general select", "zh-CN")
    options.wait_until("document.documentElement?.lang === 'zh-CN'")
    listed = opened(reading)
    assert listed.evaluate("document.querySelector('h1').textContent") == "本窗口的所有标签页"
    picture(listed, "tabs-zh-CN")


def count(extension: Extension) -> int:
    targets = extension.browser.targets()
    return sum(info["type"] == "page" and TABS in info["url"] for info in targets)


LISTED = "document.querySelectorAll('#list > li input:checked').length"


@pytest.mark.firefox
def test_tabs_are_archived_in_firefox(user: User, site: Site, events: Events) -> None:
    url = site.publish(Article(1))
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.open_page(manifest["browser_specific_settings"]["gecko"]["id"], TABS)
        browser.click("#allow")
        poll(lambda: browser.evaluate(ANSWER, context="chrome"), "the question", timeout=30)
        poll(lambda: browser.evaluate(LISTED) == 1, "the tab", timeout=30)
        browser.click("#archive")
        note = note_of(events, user, url)
        stage = f"{row(url)}.dataset.stage"
        poll(lambda: browser.evaluate(stage) == "archived", "the result", timeout=30)

    assert user.notes() == [note]
