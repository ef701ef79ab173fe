"""Notifications of what needs a person: asked for, shown, and where a click leads."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.test_complete import ALLOW, ASKS, LISTEN, answer
from tests.e2e.test_options import press
from tests.e2e.test_places import HOST_IN_FIREFOX
from tests.e2e.test_unsettled import ROWS, away, picture, send
from tests.e2e.user import ROOT
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tools.chromium import Chromium, Extension, Target

__all__ = ["away"]

SHOWN = "chrome.notifications.getAll()"
SWITCH = "document.querySelector('[name=notify]')"
CLICK = "chrome.notifications.onClicked.dispatch({id})"
LIST = "popup.html?list"
LIST_PAGE = f"extension/popup/{LIST}"


def copied(folder: Path) -> Path:
    """The extension as its user has it who has allowed the notifications."""
    for part in ("_locales", "extension"):
        shutil.copytree(ROOT / part, folder / part)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    manifest["permissions"].append("notifications")
    manifest["optional_permissions"].remove("notifications")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def wanted(headless: Chromium, tmp_path: Path) -> Extension:
    return headless.load_extension(copied(tmp_path / "extension"))


def archive(extension: Extension, site: Site, user: User, number: int = 1) -> str:
    """Archive a page by the shortcut; its capture, once it has had its attempt."""
    url = site.publish(Article(number))
    extension.browser.open(url).press(extension.shortcut("archive"))

    def tried() -> dict[str, Any] | None:
        view = user.capture_of(url)
        states = [each["state"] for each in view["deliveries"]] if view else []
        return view if states and not {"sending"} & set(states) else None

    return str(poll(tried, "the attempt", timeout=60)["id"])


def plan(user: User, name: str) -> None:
    user.daemon.ask("PATCH", "/settings", {"plan": name})


@pytest.mark.chromium
def test_what_is_rejected_is_told_once_and_a_click_lists_it(
    wanted: Extension, site: Site, user: User, away: Path
) -> None:
    plan(user, "broken")
    worker = wanted.service_worker()
    id = archive(wanted, site, user)
    poll(lambda: worker.evaluate(SHOWN) == {id: True}, "the notification", timeout=30)
    before = send(user, "Of another program", plan="broken")

    worker.evaluate(CLICK.format(id=json.dumps(id)))
    page = listed(wanted, 2)

    assert page.evaluate(ROWS)[0]["title"] == before["title"]
    assert page.evaluate("document.querySelector('#title').checkVisibility()") is False
    poll(lambda: worker.evaluate(SHOWN) == {}, "that it is gone", timeout=30)
    picture(page, "list")
    plan(user, "local")
    user.daemon.ask("PATCH", "/settings", {"backends": {"broken": {"name": None}}})
    for _ in range(2):
        press(page, "#unsettled-list [data-retry]")
        page.evaluate("document.querySelector('#unsettled-list [data-retry]')?.blur()")
    page.wait_until("document.querySelector('#settled').checkVisibility()")
    picture(page, "list-empty")


def listed(extension: Extension, count: int) -> Target:
    def pages() -> list[str]:
        found = [each for each in extension.browser.targets() if each["type"] == "page"]
        return [each["targetId"] for each in found if LIST in each["url"]]

    (tab,) = poll(pages, "the list", timeout=30)
    page = extension.browser.attach(tab)
    page.wait_until(f"document.querySelectorAll('#unsettled-list > li').length === {count}")
    return page


@pytest.mark.chromium
def test_what_is_tried_again_by_itself_is_not_told(
    wanted: Extension, site: Site, user: User, away: Path
) -> None:
    assert not away.exists()
    plan(user, "away")
    worker = wanted.service_worker()

    archive(wanted, site, user)
    wanted.wait_for_badge("…")
    assert worker.evaluate(SHOWN) == {}

    plan(user, "broken")
    id = archive(wanted, site, user, number=2)
    poll(lambda: worker.evaluate(SHOWN) == {id: True}, "the one that was rejected", timeout=30)


@pytest.mark.chromium
def test_without_leave_nothing_is_shown(
    extension: Extension, site: Site, user: User, away: Path
) -> None:
    assert not away.exists()
    plan(user, "broken")

    archive(extension, site, user)
    extension.wait_for_badge("!")

    worker = extension.service_worker()
    assert (
        worker.evaluate("chrome.permissions.contains({ permissions: ['notifications'] })") is False
    )
    assert worker.evaluate("typeof chrome.notifications") == "undefined"


@pytest.mark.chromium
def test_what_never_reached_the_daemon_leads_to_its_page(
    wanted: Extension, site: Site, user: User
) -> None:
    shutil.rmtree(user.home / "profile" / "NativeMessagingHosts")
    worker = wanted.service_worker()
    page = wanted.browser.open(site.publish(Article(1)))
    page.press(wanted.shortcut("archive"))
    (id,) = poll(lambda: list(worker.evaluate(SHOWN)), "the notification", timeout=30)
    wanted.browser.open(site.publish(Article(2)))
    assert page.evaluate("document.visibilityState") == "hidden"

    worker.evaluate(CLICK.format(id=json.dumps(id)))

    page.wait_until("document.visibilityState === 'visible'")
    poll(lambda: worker.evaluate(SHOWN) == {}, "that it is gone", timeout=30)
    there = wanted.browser.open(f"chrome-extension://{wanted.id}/{LIST_PAGE}")
    there.wait_until("document.querySelector('#error').checkVisibility()")
    picture(there, "list-failed")


@pytest.mark.chromium
@pytest.mark.xvfb
def test_the_switch_asks_and_the_next_failure_is_told(
    window: Extension, screen: Display, site: Site, user: User, away: Path
) -> None:
    assert not away.exists()
    plan(user, "broken")
    options = window.browser.open(
        f"chrome-extension://{window.id}/extension/options/options.html#general"
    )
    options.wait_until(f"{SWITCH}?.disabled === false")
    options.evaluate(LISTEN)
    options.click("[name=notify]")
    options.wait_until(ASKS)
    assert answer(options, screen, ALLOW)
    options.wait_until(f"{SWITCH}.checked")

    id = archive(window, site, user)

    worker = window.service_worker()
    poll(lambda: worker.evaluate(SHOWN) == {id: True}, "the notification", timeout=30)


#: A Firefox without a screen shows none, so the background notes what it is asked to show.
RECORD = """const done = arguments[arguments.length - 1];
    browser.runtime.getBackgroundPage().then((background) => {
        background.chrome.notifications.create = (id, { message }) =>
            background.chrome.storage.local.set({ shown: `${id} ${message}` });
        done(true);
    });"""
RECORDED = """const done = arguments[arguments.length - 1];
    browser.storage.local.get("shown").then(({ shown }) => done(shown ?? ""));"""


@pytest.mark.firefox
def test_what_is_rejected_is_told_in_firefox_too(
    user: User, site: Site, away: Path, tmp_path: Path
) -> None:
    assert not away.exists()
    plan(user, "broken")
    user.install_host("firefox")
    url = site.publish(Article(1))
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    with firefox.start(user.home / "firefox", user.environ) as browser:

        def asked(script: str) -> str:
            browser.open(f"moz-extension://{host}/extension/options/options.html")
            run = {"script": script, "args": []}
            return str(browser.command("WebDriver:ExecuteAsyncScript", **run)["value"])

        browser.install(copied(tmp_path / "extension"))
        host = browser.evaluate(HOST_IN_FIREFOX.removeprefix("return "), context="chrome")
        asked(RECORD)
        browser.open(url)
        browser.press(manifest["commands"]["archive"]["suggested_key"]["default"])
        view = poll(lambda: user.capture_of(url), "the capture", timeout=60)
        told = poll(lambda: asked(RECORDED), "the notification", timeout=60)

    assert told.startswith(view["id"])
    assert "template" in told
