"""Every page of the extension keeps the rules of WCAG AA that a machine can check."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import test_library, test_panel, test_tabs
from tests.e2e.articles import Article
from tests.e2e.axe import assert_accessible
from tests.e2e.test_options import OPTIONS, SECTIONS, go_to, press
from tests.e2e.user import ROOT, User
from tests.unit.daemon.running import a_capture
from tools import chromium
from tools.package import allowed_everywhere
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tools.chromium import Chromium, Extension, Page, Target

pytestmark = pytest.mark.chromium

LIBRARY = test_library.LIBRARY
FORM = "extension/popup/popup.html"
TABS = test_tabs.TABS
STAGE = "document.body?.dataset.stage"
NARROW = {"width": 360, "height": 760, "deviceScaleFactor": 1, "mobile": False}
#: A template that no note can be named by.
BROKEN = "{{ title.nothing.of.this }}"
#: Sentences, so that a summary has something to choose from, and what Markdown has besides.
TEXT = (
    "The tide rises by sixteen metres in the bay, more than anywhere else.",
    "The moon pulls the sea twice a day, and each coast answers in its own way.",
    "In the Baltic it is hardly seen, for the straits let too little water in.",
)


@pytest.fixture(params=["en", "zh-CN"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def speaking(program: Path, user: User, language: str) -> Iterator[Extension]:
    """The extension in a browser that speaks the *language*."""
    with browser_in(language, program, user, user.profile()) as running:
        yield running.load_extension(ROOT)


def browser_in(
    language: str, program: Path, user: User, profile: Path
) -> AbstractContextManager[Chromium]:
    environ = {**user.environ, "LANGUAGE": language.replace("-", "_")}
    flags = [f"--lang={language}"]
    return chromium.start(program, profile, headless=True, env=environ, flags=flags)


@pytest.fixture
def allowed(program: Path, user: User, language: str, tmp_path: Path) -> Iterator[Extension]:
    """The same, of a user who lets it read all sites."""
    with browser_in(language, program, user, user.profile()) as running:
        yield running.load_extension(allowed_everywhere(tmp_path / "extension"))


def opened(extension: Extension, path: str, language: str) -> Target:
    """A page of the extension, once it speaks the *language*."""
    page = extension.browser.open(f"chrome-extension://{extension.id}/{path}")
    page.wait_until(f"document.documentElement?.lang === '{language}'")
    return page


def form_of(extension: Extension, page: Page, stage: str, language: str) -> Target:
    """The form of *page*, once it has come to the *stage*."""
    extension.trigger(page)
    form = extension.popup()
    form.wait_until(f"{STAGE} === '{stage}' && document.documentElement?.lang === '{language}'")
    return form


@contextmanager
def stopped_daemon(user: User) -> Iterator[None]:
    """Let the daemon do nothing meanwhile."""
    pid = int(user.daemon.ask("GET", "/status")["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def unsettled(user: User) -> list[str]:
    """The ids of captures that a broken template rejects, and whose backend is away."""
    user.install_host()
    user.wake_daemon()
    backends: dict[str, Any] = {
        "local": {"kind": "local"},
        "away": {"kind": "local", "folder": str(user.home / "away")},
        "broken": {"kind": "local", "name": BROKEN},
    }
    plans = {name: {"backends": [name]} for name in backends}
    user.daemon.ask("PATCH", "/settings", {"backends": backends, "plans": plans})
    titles = ("A disk that is away", "A template that is broken")
    return [sent(user, title, plan) for title, plan in zip(titles, ("away", "broken"), strict=True)]


def sent(user: User, title: str, plan: str) -> str:
    """Archive a page, and wait until it did not succeed; returns the capture's id."""
    capture = a_capture(title=title, plan=plan)
    user.daemon.ask("POST", "/captures", capture)

    def failed() -> bool:
        view = user.daemon.ask("GET", f"/captures/{capture['id']}")
        return any(delivery["error"] for delivery in view["deliveries"])

    poll(failed, f"the failure of “{title}”", timeout=30)
    return str(capture["id"])


def test_the_form_through_all_its_stages(
    speaking: Extension, language: str, user: User, site: Site, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    page = speaking.browser.open(site.publish(Article(1)))
    with stopped_daemon(user):
        speaking.trigger(page)
        form = speaking.popup()
        form.wait_until(f"document.documentElement?.lang === '{language}'")
        assert_accessible(form, "a form without a text")
    form.wait_until(f"{STAGE} === 'editing'")
    form.wait_until("!document.querySelector('#unsettled').hidden")
    assert_accessible(form, "a form with a text")

    form.wait_until("document.querySelectorAll('#preview .block').length > 0")
    form.evaluate("document.querySelector('#preview').focus()")
    form.press("Enter")
    assert form.evaluate("document.activeElement.closest('.editing') !== null")
    assert_accessible(form, "a form in whose preview a part is edited")

    form.click("#summarize")
    form.wait_until("document.querySelectorAll('#tags .chip').length > 0")
    form.click("#tab-source")
    assert_accessible(form, "a form with a summary, tags and Markdown")
    form.click("#archive")
    form.wait_until(f"{STAGE} === 'archived'")
    assert_accessible(form, "a form that was sent")


def test_the_form_of_a_page_that_cannot_be_read(speaking: Extension, language: str) -> None:
    page = speaking.browser.open("chrome://version")

    assert_accessible(form_of(speaking, page, "failed", language), "a form that has failed")


def test_the_form_as_a_page_of_its_own(
    extension: Extension, site: Site, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    form = form_of(extension, extension.browser.open(site.publish(Article(1))), "editing", "en")
    form.click("#open-tab")

    def tab() -> str | None:
        found = (it for it in extension.browser.targets() if "popup.html?tab=" in it["url"])
        return next((str(each["targetId"]) for each in found if each["type"] == "page"), None)

    own = extension.browser.attach(poll(tab, "the form in a tab", timeout=30))
    own.wait_until(f"{STAGE} === 'editing'")
    assert_accessible(own, "a form in a tab")
    own.call("Emulation.setDeviceMetricsOverride", NARROW)
    assert_accessible(own, "a narrow form")


def test_the_form_beside_its_page(
    program: Path, user: User, site: Site, language: str, tmp_path: Path
) -> None:
    with browser_in(language, program, user, user.profile()) as running:
        extension = running.load_extension(test_panel.copied(tmp_path / "extension"))
        page = running.open(site.publish(Article(1)))
        panel = test_panel.beside(extension, page)
        for width in (320, 360):
            test_panel.resize(panel, width)
            assert_accessible(panel, f"a panel of {width} pixels")
        page.navigate(site.publish(Article(2)))
        panel.wait_until(f"{test_panel.TOLD} !== ''")
        assert_accessible(panel, "a panel whose tab shows another page")
        panel.click("#archive")
        panel.wait_until(f"{STAGE} === 'archived'")
        assert_accessible(panel, "a panel that was sent")


def test_every_section_of_the_options(
    speaking: Extension, language: str, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    page = opened(speaking, OPTIONS, language)
    page.wait_until("document.querySelectorAll('.backend-card').length > 0")
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")

    for section in SECTIONS:
        go_to(page, section)
        if section == "ai":
            press(page, "#try-start")
            page.wait_until("document.querySelector('#try-result').textContent !== ''")
        if section == "notes":
            page.wait_until("document.querySelector('#sample-note').textContent !== ''")
        assert_accessible(page, f"the options, {section}")
    page.call("Emulation.setDeviceMetricsOverride", NARROW)
    page.click("#menu")
    assert_accessible(page, "the menu of narrow options")


def test_the_list_of_what_is_not_settled(
    speaking: Extension, language: str, user: User, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    user.daemon.ask("POST", "/captures", a_capture(title="A page without a text", html=""))
    page = opened(speaking, f"{FORM}?list", language)
    page.wait_until("document.querySelectorAll('#unsettled-list > li').length === 3")
    assert_accessible(page, "a list of what is not settled")
    page.call("Emulation.setDeviceMetricsOverride", NARROW)
    assert_accessible(page, "a narrow list of what is not settled")


def test_an_empty_list_of_what_is_not_settled(
    speaking: Extension, language: str, user: User
) -> None:
    user.wake_daemon()
    page = opened(speaking, f"{FORM}?list", language)
    page.wait_until("!document.querySelector('#settled').hidden")
    assert_accessible(page, "a list without anything")


def test_the_tabs_of_a_window_that_are_not_allowed_yet(speaking: Extension, language: str) -> None:
    page = opened(speaking, TABS, language)
    page.wait_until("!document.querySelector('#ask').hidden")

    assert_accessible(page, "the question for the tabs of a window")


def test_the_tabs_of_a_window_through_all_their_stages(
    allowed: Extension, language: str, user: User, site: Site, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    waiting, archived, left = (site.publish(Article(number)) for number in range(3))
    (site.folder / "empty.html").write_text("<title>Empty</title>", "utf-8")
    failing = f"{site.address}/empty.html"
    rule = {"site": f"127.0.0.1/{waiting.rpartition('/')[2]}", "plan": "away"}
    user.daemon.ask("PATCH", "/settings", {"rules": [rule]})
    for url in (waiting, archived, left, failing, "chrome://version"):
        allowed.browser.open(url)
    page = opened(allowed, TABS, language)
    page.wait_until(f"!!({test_tabs.row(failing)})")
    page.evaluate(f"{test_tabs.row(left)}.querySelector('input').click()")
    assert_accessible(page, "tabs to choose from")

    with stopped_daemon(user):
        page.click("#archive")
        page.wait_until(f"{test_tabs.row(waiting)}.dataset.stage === 'sending'")
        assert_accessible(page, "tabs that are being archived")
    results = {waiting: "waiting", archived: "archived", failing: "failed"}
    for url, stage in results.items():
        test_tabs.wait_for(page, url, stage)
    assert_accessible(page, "tabs with what came of each")
    page.call("Emulation.setDeviceMetricsOverride", NARROW)
    assert_accessible(page, "narrow tabs")


def test_the_library_with_notes_and_with_what_is_not_settled(
    speaking: Extension, language: str, user: User, unsettled: list[str]
) -> None:
    assert len(unsettled) == 2
    old = test_library.archive(user, "Tides", TEXT, url="https://sea.example.org/tides")
    user.daemon.ask("PATCH", "/settings", {"template": "frontmatter"})
    new = user.daemon.ask("POST", f"/captures/{old}/remake")["capture"]
    poll(lambda: test_library.placed(user, new), "the newer version", timeout=30)
    page = opened(speaking, LIBRARY, language)
    test_library.resize(page, 1280)
    page.wait_until("document.querySelectorAll('.row').length > 0")
    page.wait_until("!document.querySelector('#unsettled').hidden")
    page.evaluate("document.querySelector('#unsettled').open = true")
    page.click("#filters-toggle")
    test_library.choose(page, "state", "delivered")
    page.wait_until("!document.querySelector('#chips').hidden")
    assert_accessible(page, "a library that is filtered")

    test_library.open_note(page, "Tides")
    page.wait_until("document.querySelectorAll('#note-text p').length > 0")
    assert_accessible(page, "a note that is read")
    page.click("#note-versions")
    page.wait_until("!!document.querySelector('#versions button')")
    page.click("#versions button")
    page.wait_until("!document.querySelector('#difference').hidden")
    assert_accessible(page, "versions that are compared")
    page.click("#note-remove")
    page.wait_until("!document.querySelector('#notice').hidden")
    assert_accessible(page, "a library with a notice")
    page.call("Emulation.setDeviceMetricsOverride", NARROW)
    assert_accessible(page, "a narrow library")


def test_pages_without_the_program_and_once_it_is_there(
    program: Path, user: User, language: str
) -> None:
    with browser_in(language, program, user, user.home / "bare") as running:
        extension = running.load_extension(ROOT)
        options = opened(extension, OPTIONS, language)
        options.wait_until("!!document.querySelector('#set-up')")
        assert_accessible(options, "options without the program")
        library = opened(extension, LIBRARY, language)
        library.wait_until("!document.querySelector('#trouble').hidden")
        assert_accessible(library, "a library without the program")
        welcome = opened(extension, chromium.WELCOME, language)
        welcome.wait_until("!document.querySelector('#program-help').hidden")
        assert_accessible(welcome, "the first steps without the program")

        user.profile("bare")  # what the command does
        welcome.wait_until("document.querySelector('#step-program').dataset.state === 'done'")
        assert_accessible(welcome, "the first steps with the program")
        empty = opened(extension, LIBRARY, language)
        empty.wait_until("!document.querySelector('#nothing').hidden")
        assert_accessible(empty, "a library without notes")
