"""The form beside its page, in the side panel."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article
from tests.e2e.conftest import pin_button
from tests.e2e.test_form import EDITING, PLACES, opened, picture, written
from tests.e2e.user import ROOT, note_of
from tools import chromium
from tools.serve import serve
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Chromium, Extension, Page, Target

pytestmark = pytest.mark.chromium

TITLE = "document.querySelector('#title').value"
TOLD = "document.querySelector('#elsewhere').textContent"
STAGE = "document.body?.dataset.stage"
#: What stands in the header and can be pressed.
HEADER = """[...document.querySelectorAll('header button')]
    .filter((each) => each.checkVisibility()).map(({ id }) => id)"""
TEXT_HEIGHT = "document.querySelector('#preview').getBoundingClientRect().height"


def copied(folder: Path) -> Path:
    """The extension as its user has it who has allowed the panel, once it was loaded anew."""
    for part in ("_locales", "extension"):
        shutil.copytree(ROOT / part, folder / part)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    manifest["permissions"].append("sidePanel")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def allowed(headless: Chromium, tmp_path: Path) -> Extension:
    return headless.load_extension(copied(tmp_path / "extension"))


@pytest.fixture
def unpacking(program: Path, user: User) -> Iterator[Chromium]:
    """A browser in which a developer works: it loads an extension anew when that asks for it."""
    profile = user.profile()
    pin_button(profile)
    with chromium.start(program, profile, headless=True, env=user.environ) as running:
        yield running


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """A page of another site."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with serve(folder) as address:
        yield f"{address}/{Article(2).write(folder)}"


def panels(extension: Extension) -> list[str]:
    """The targets that are panels, by what is in their addresses alone."""
    pages = (each for each in extension.browser.targets() if each["type"] == "page")
    return [each["targetId"] for each in pages if "&panel=" in each["url"]]


def popups(extension: Extension) -> list[str]:
    pages = (each for each in extension.browser.targets() if each["type"] == "page")
    return [each["targetId"] for each in pages if each["url"].endswith("/popup.html")]


def beside(extension: Extension, page: Page) -> Target:
    """The panel of *page*, opened by the button in its form."""
    before = set(panels(extension))
    form = opened(extension, page)
    form.click("#open-panel")
    return shown(extension, before)


def shown(extension: Extension, before: set[str]) -> Target:
    """A panel that was not there before, once it can be edited."""
    target = poll(lambda: set(panels(extension)) - before, "the panel", timeout=30).pop()
    panel = extension.browser.attach(target)
    panel.wait_until(EDITING)
    return panel


def shown_popup(extension: Extension) -> Target:
    """The form that is no panel, once it can be edited."""
    target = poll(lambda: popups(extension), "the popup", timeout=30).pop()
    popup = extension.browser.attach(target)
    popup.wait_until(EDITING)
    return popup


def of_page(extension: Extension, not_title: str) -> Target | None:
    """The panel, once it shows another title than this."""
    for target in panels(extension):
        panel = extension.browser.attach(target)
        if panel.evaluate(f"{EDITING} && {TITLE} !== {json.dumps(not_title)}"):
            return panel
    return None


def resize(panel: Target, width: int, height: int = 760) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    panel.call("Emulation.setDeviceMetricsOverride", metrics)


def test_the_form_goes_on_beside_the_page_and_archives_from_there(
    allowed: Extension, user: User, site: Site
) -> None:
    url = site.publish(Article(1))
    page = allowed.browser.open(url)
    form = opened(allowed, page)
    form.click("#title")
    form.evaluate("document.querySelector('#title').select()")
    form.call("Input.insertText", {"text": "Mine"})
    form.click("#open-panel")
    panel = shown(allowed, set())

    poll(lambda: not popups(allowed), "the end of the popup", timeout=30)
    assert panel.evaluate(TITLE) == "Mine"
    assert len(user.daemon.ask("GET", "/captures")["captures"]) == 1
    assert panel.evaluate(HEADER) == ["all-tabs"]
    with user.daemon.events() as events:
        panel.click("#archive")
        note = note_of(events, user, url)
    panel.wait_until(f"{STAGE} === 'archived'")
    assert note.name == "Mine.md"


def test_the_first_click_allows_it_and_says_when_it_is_ready(
    unpacking: Chromium, site: Site
) -> None:
    extension = unpacking.load_extension(ROOT)
    page = extension.browser.open(site.publish(Article(1)))
    form = opened(extension, page)
    form.click("#open-panel")
    form.wait_until("!document.querySelector('#later').hidden")
    form.click("#open-panel")
    assert panels(extension) == []
    picture(form, "form-panel-later")
    form.close()

    worker = extension.service_worker()
    gone = worker.id
    worker.evaluate("setTimeout(() => chrome.runtime.reload())")
    poll(
        lambda: gone not in {each["targetId"] for each in unpacking.targets()},
        "its end",
        timeout=30,
    )
    extension.service_worker().detach()

    assert beside(extension, page).evaluate(EDITING)


def test_the_panel_is_of_its_tab_alone_and_ends_with_it(allowed: Extension, site: Site) -> None:
    page = allowed.browser.open(site.publish(Article(1)))
    panel = beside(allowed, page)
    other = allowed.browser.open(site.publish(Article(2)))
    panel.wait_until("document.visibilityState === 'hidden'")
    assert len(panels(allowed)) == 1

    page.call("Page.bringToFront")
    panel.wait_until("document.visibilityState === 'visible'")
    page.close()

    poll(lambda: not panels(allowed), "the end of the panel", timeout=30)
    other.close()


def test_closing_the_panel_leaves_the_draft(allowed: Extension, site: Site, user: User) -> None:
    page = allowed.browser.open(site.publish(Article(1)))
    panel = beside(allowed, page)
    panel.evaluate("document.querySelector('#title').select()")
    panel.call("Input.insertText", {"text": "Mine"})
    panel.close()

    form = opened(allowed, page)
    form.wait_until(f"{TITLE} === 'Mine'")
    assert len(user.daemon.ask("GET", "/captures")["captures"]) == 1


def test_another_page_in_the_tab_is_told_of_and_taken_when_the_user_says_so(
    allowed: Extension, site: Site, user: User
) -> None:
    first, second = Article(1), Article(2)
    page = allowed.browser.open(site.publish(first))
    panel = beside(allowed, page)
    title = panel.evaluate(TITLE)
    page.navigate(site.publish(second))
    panel.wait_until(f"{TOLD}.includes('Capture again')")
    assert panel.evaluate(TITLE) == title
    resize(panel, 360)
    picture(panel, "panel-other-page")

    panel.click("#recapture")
    panel.wait_until(f"{EDITING} && {TITLE} !== {json.dumps(title)} && {TOLD} === ''")

    captures = user.daemon.ask("GET", "/captures")["captures"]
    assert [each["state"] for each in captures] == ["draft", "draft"]
    page.navigate(site.publish(first))
    allowed.trigger(page)
    assert shown_popup(allowed).evaluate(TITLE) == title


def test_a_page_of_another_site_comes_beside_with_a_click_on_the_button_in_the_toolbar(
    allowed: Extension, site: Site, elsewhere: str
) -> None:
    page = allowed.browser.open(site.publish(Article(1)))
    panel = beside(allowed, page)
    title = panel.evaluate(TITLE)
    page.navigate(elsewhere)
    panel.wait_until(f"{TOLD}.includes('toolbar')")
    assert panel.evaluate("document.querySelector('#recapture').disabled")
    resize(panel, 360)
    picture(panel, "panel-other-site")

    allowed.trigger(page)
    popup = shown_popup(allowed)
    panel.wait_until(f"{TOLD}.includes('Capture again')")
    popup.click("#open-panel")
    again = poll(lambda: of_page(allowed, title), "the other page beside", timeout=30)

    assert again.evaluate(TOLD) == ""
    assert len(panels(allowed)) == 1


def test_the_panel_is_usable_at_any_width_and_height(allowed: Extension, site: Site) -> None:
    panel = beside(allowed, allowed.browser.open(site.publish(Article(1))))
    for width in (320, 360, 480):
        resize(panel, width)
        picture(panel, f"panel-{width}")
        assert panel.evaluate("document.documentElement.scrollWidth") <= width
        assert panel.evaluate("document.documentElement.scrollHeight") == 760
    places = panel.evaluate(PLACES)
    written(panel)
    assert panel.evaluate(PLACES) == places
    low = panel.evaluate(TEXT_HEIGHT)

    resize(panel, 480, 1000)

    assert panel.evaluate(TEXT_HEIGHT) == low + 240
    panel.click("#archive")
    panel.wait_until(f"{STAGE} === 'archived'")
    picture(panel, "panel-archived")
    foot = "document.querySelector('footer').getBoundingClientRect().bottom"
    assert panel.evaluate(foot) > 960


def test_what_could_not_be_captured_is_not_put_beside(allowed: Extension) -> None:
    allowed.trigger(allowed.browser.open("chrome://version"))
    form = allowed.popup()
    form.wait_until(f"{STAGE} === 'failed'")

    assert form.evaluate("document.querySelector('#open-panel').disabled")


def test_a_window_without_a_place_beside_the_page_offers_none(allowed: Extension) -> None:
    worker = allowed.service_worker()
    worker.evaluate(
        "chrome.windows.create({ type: 'popup', url: 'extension/popup/popup.html' }).then(() => 1)"
    )
    form = allowed.browser.attach(poll(lambda: popups(allowed), "the form", timeout=30).pop())
    form.wait_until(f"{STAGE} !== undefined")

    assert form.evaluate(HEADER) == ["all-tabs", "open-tab"]
