"""Where notes go is chosen in the options, from what the service has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.axe import assert_accessible
from tests.e2e.user import ROOT
from tests.fakes.feishu import FeishuServer, feishu_server, refusal
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tests.fakes.feishu_state import Folder
    from tools.chromium import Chromium, Extension, Target

OPTIONS = "extension/options/options.html#backends"
HOST_IN_FIREFOX = 'return WebExtensionPolicy.getByID("guidang@extension").mozExtensionHostname'
PICTURES = ROOT / "build" / "pictures"
#: What the list shows: the names of places, the first of them that whose list it is.
NAMES = "[...document.querySelectorAll('#places-list .about .name')].map((e) => e.textContent)"
STEPS = "[...document.querySelectorAll('#places-trail li')].map((e) => e.textContent)"
LINE = "document.querySelector('.place-line').innerText"
#: Whose button has the focus, and where the list has it.
FOCUS = "document.activeElement.ariaLabel ?? document.activeElement.innerText"
LIST_HAS_FOCUS = "document.activeElement.id === 'places-list'"
LOADED = "document.querySelector('#places-list').ariaBusy === 'false'"
OVERFLOWS = "document.documentElement.scrollWidth > innerWidth"


class Drive(NamedTuple):
    """What a Feishu has: a folder with another, one that somebody else shares, and a wiki."""

    server: FeishuServer
    work: Folder
    tides: Folder
    shared: Folder


@pytest.fixture
def drive(user: User) -> Iterator[Drive]:
    """A backend whose notes go to a folder that is in no list, set up by hand."""
    with feishu_server() as server:
        state, app = server.state, server.app
        top = state.root(app.id).token
        work = state.folder(app.id, "Work", top)
        state.folder(app.id, "读书笔记：很长的名字也要完整地换行，而不是把按钮挤出窗口", top)
        tides = state.folder(app.id, "Tides", work.token)
        shared = state.folder("ou_1", "Shared with me", **{app.id: "edit"})
        state.space("Library", **{app.id: "edit"})
        user.environ["GUIDANG_SECRET_FEISHU"] = app.secret
        settings(user).parent.mkdir(parents=True)
        settings(user).write_text(
            "# Set up by hand.\n"
            'plan = "feishu"\n[plans.feishu]\nbackends = ["feishu"]\nsummary = false\n'
            f'[backends.feishu]\nkind = "feishu"\napp_id = "{app.id}"\napi = "{server.url}"\n'
            f'folder = "{shared.token}"  # of all notes\n',
            encoding="utf-8",
        )
        user.install_host()
        user.wake_daemon()
        yield Drive(server, work, tides, shared)


def settings(user: User) -> Path:
    return user.home / ".config" / "guidang" / "settings.toml"


def options_of(extension: Extension) -> Target:
    """The open options, once it is known where notes go."""
    page = extension.browser.open(f"chrome-extension://{extension.id}/{OPTIONS}")
    page.wait_until("!!document.querySelector(':is(#places .place-line, .error)')")
    return page


def opened(extension: Extension) -> Target:
    """The options with the list."""
    page = options_of(extension)
    page.click(".place-line > button")
    page.wait_until(LOADED)
    return page


def press(page: Target, name: str, *, kind: str = "into") -> None:
    """Click what goes into the place *name*, or uses it."""
    mark = f"the-{kind}"
    found = "[...document.querySelectorAll('#places-list li')].find((line) => " + (
        f"line.querySelector('.name')?.textContent === '{name}').querySelector('button.{kind}')"
    )
    page.evaluate(f"{found}.id = '{mark}'")
    page.click(f"#{mark}")


def try_again(page: Target) -> None:
    """Click the button of the error in the line of the backend."""
    button = ".progress .error button"
    page.evaluate(f"document.querySelector('{button}').scrollIntoView()")
    page.click(button)


def tab_to(page: Target, wanted: str) -> None:
    """Go on with the key Tab until what says *wanted* has the focus."""
    for _ in range(12):
        page.press("Tab")
        if page.evaluate(FOCUS).startswith(wanted):
            return
    raise AssertionError(f"{wanted} is not reached by Tab")


def picture(page: Target, name: str) -> None:
    """Light and dark, wide and narrow; nothing sticks out."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.call("Emulation.setEmulatedMedia", {"features": features})
        for width in (1280, 360):
            size = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
            page.call("Emulation.setDeviceMetricsOverride", size)
            page.evaluate(chromium.PAINTED)
            page.screenshot(PICTURES / f"places-{name}-{scheme}-{width}.png")
            assert not page.evaluate(OVERFLOWS), (name, width)
    page.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.chromium
def test_a_folder_is_chosen_by_keys_alone_and_the_next_note_lies_in_it(
    extension: Extension, user: User, site: Site, drive: Drive
) -> None:
    page = options_of(extension)
    assert "Shared with me" in page.evaluate(LINE)
    before = settings(user).read_text("utf-8")

    tab_to(page, "Choose…")
    page.press("Enter")
    page.wait_until(f"{LOADED} && {LIST_HAS_FOCUS}")
    tab_to(page, "Work")
    page.press("Enter")
    page.wait_until(f"{LOADED} && {STEPS}.length === 2 && {LIST_HAS_FOCUS}")
    assert page.evaluate(NAMES) == ["Work", "Tides"]
    tab_to(page, "Use this place: Tides")
    page.press("Enter")
    page.wait_until("!!document.querySelector('.progress .checked')")

    assert "Tides" in page.evaluate(LINE)
    assert f"Notes go to the folder {drive.tides.token}" in page.evaluate(LINE)
    assert page.evaluate(FOCUS) == "Choose… feishu"
    after = settings(user).read_text("utf-8")
    assert after.startswith(before.replace(drive.shared.token, drive.tides.token).rstrip())
    picture(page, "checked")

    url = site.publish(Article(1))
    article = extension.browser.open(url)
    article.press(extension.shortcut("archive"))
    poll(lambda: delivered(user, url), "the note", timeout=60)
    (document,) = drive.server.state.kept
    assert document.folder == drive.tides.token


def delivered(user: User, url: str) -> bool:
    capture = user.capture_of(url)
    states = [each["state"] for each in capture["deliveries"]] if capture else []
    return states == ["delivered"]


@pytest.mark.chromium
def test_a_shared_folder_is_found_by_its_address(
    extension: Extension, user: User, drive: Drive
) -> None:
    user.daemon.ask("PATCH", "/settings", {"backends": {"feishu": {"folder": ""}}})
    page = opened(extension)
    assert "Top level" in page.evaluate(LINE)
    assert "Shared with me" not in page.evaluate(NAMES)

    page.click("#places-address")
    address = f"https://example.feishu.cn/drive/folder/{drive.shared.token}?from=link"
    page.call("Input.insertText", {"text": address})
    page.press("Enter")
    page.wait_until(f"{LOADED} && {NAMES}[0] === 'Shared with me'")
    assert page.evaluate(STEPS) == ["All places", "Shared with me"]
    assert page.evaluate("document.activeElement.id") == "places-address"
    picture(page, "empty")
    press(page, "Shared with me", kind="use")
    page.wait_until("!!document.querySelector('.progress .checked')")

    chosen = user.daemon.ask("GET", "/settings")["backends"]["feishu"]
    assert chosen["folder"] == drive.shared.token


@pytest.mark.chromium
def test_the_list_shows_what_is_there_what_is_in_use_and_the_way_back(
    extension: Extension, user: User, drive: Drive
) -> None:
    choice = {"folder": drive.work.token}
    user.daemon.ask("PATCH", "/settings", {"backends": {"feishu": choice}})
    page = opened(extension)

    shown = page.evaluate("document.querySelector('#places-list').innerText").split("\n")
    assert shown[:2] == ["Top level", "You are here"]
    assert shown[shown.index("Work") + 1] == "Folder"
    assert shown[shown.index("Work") + 2] == "In use"
    assert shown[shown.index("Library") + 1] == "Wiki"
    height = page.evaluate("document.querySelector('#places-dialog').offsetHeight")
    picture(page, "list")
    assert_accessible(page, "the list of places")
    press(page, "Work")
    page.wait_until(f"{LOADED} && {NAMES}[0] === 'Work'")
    assert page.evaluate("document.querySelector('#places-status').textContent") == "Places: 1"
    assert page.evaluate("document.querySelector('#places-dialog').offsetHeight") == height
    page.click("#places-trail button")
    page.wait_until(f"{LOADED} && {NAMES}[0] === 'Top level'")
    page.click("#places-close")

    page.wait_until("!document.querySelector('#places-dialog').open")


@pytest.mark.chromium
def test_a_service_that_refuses_is_told_and_asked_again(extension: Extension, drive: Drive) -> None:
    page = opened(extension)
    drive.server.on("GET", "/drive/v1/files", refusal(1061004))
    press(page, "Work")
    page.wait_until("!!document.querySelector('#places-list .error')")
    told = page.evaluate("document.querySelector('#places-list .error').innerText")
    assert "does not let the app do this in this place." in told
    assert page.evaluate("document.querySelector('#places-status').textContent").startswith(
        told.split("\n")[0]
    )
    picture(page, "error")
    page.click("#places-list .error button")
    page.wait_until(f"{LOADED} && {NAMES}[0] === 'Work'")

    drive.server.on("POST", "/docx/v1/documents", refusal(1770040))
    press(page, "Tides", kind="use")
    page.wait_until("!!document.querySelector('.progress .error')")
    assert "Saved, but notes cannot go there yet" in page.evaluate(LINE)
    assert "does not let the app write into the folder." in page.evaluate(LINE)
    picture(page, "unchecked")
    try_again(page)
    page.wait_until("!!document.querySelector('.progress .checked')")
    assert page.evaluate(FOCUS) == "Choose… feishu"


@pytest.mark.chromium
def test_what_may_not_be_seen_is_told_above_the_rest(extension: Extension, drive: Drive) -> None:
    drive.server.app.scopes.discard("wiki:wiki")
    page = opened(extension)

    assert "Work" in page.evaluate(NAMES)
    warning = page.evaluate("document.querySelector('#places-list .warning').innerText")
    assert "lacks the scope “wiki:wiki”" in warning
    picture(page, "warning")
    assert_accessible(page, "the list of places")


@pytest.mark.chromium
def test_a_service_that_says_nothing_of_places_is_told_in_its_line(
    extension: Extension, drive: Drive
) -> None:
    drive.server.app.scopes.clear()
    page = options_of(extension)
    assert "lacks the scope" in page.evaluate(LINE)
    picture(page, "unknown")

    drive.server.app.scopes |= {"drive:drive", "docx:document", "wiki:wiki"}
    try_again(page)
    page.wait_until(f"{LINE}.includes('Shared with me')")


@pytest.mark.chromium
def test_a_list_that_is_left_while_it_loads_stays_closed(
    extension: Extension, drive: Drive
) -> None:
    page = options_of(extension)
    page.click(".place-line > button")
    page.press("Escape")
    page.wait_until("!document.querySelector('#places-dialog').open")
    page.evaluate(chromium.PAINTED)

    page.click(".place-line > button")
    page.wait_until(f"{LOADED} && {NAMES}.includes('Work')")
    assert page.evaluate(STEPS) == ["All places"]


@pytest.mark.chromium
def test_without_a_backend_that_has_places_there_is_nothing_to_see(
    extension: Extension, user: User
) -> None:
    page = extension.browser.open(f"chrome-extension://{extension.id}/{OPTIONS}")
    page.wait_until("document.querySelector('#places .lines')?.childElementCount === 0")

    assert page.evaluate("document.querySelector('#places').hidden")


@pytest.mark.chromium
def test_a_program_that_is_not_there_is_told(program: Path, user: User) -> None:
    with chromium.start(program, user.home / "bare", headless=True, env=user.environ) as running:
        page = options_of(running.load_extension(ROOT))
        assert "guidang install" in page.evaluate("document.querySelector('#faults').innerText")
        picture(page, "absent")
        user.profile("bare")
        page.click("#faults .error button")

        page.wait_until("document.querySelector('#places .lines')?.childElementCount === 0")
        assert page.evaluate("document.querySelector('#faults').childElementCount") == 0


@pytest.mark.chromium
def test_it_is_told_in_chinese_too(user: User, drive: Drive, program: Path) -> None:
    environ, flags = {**user.environ, "LANGUAGE": "zh_CN"}, ["--lang=zh-CN"]
    with chromium.start(
        program, user.profile(), headless=True, env=environ, flags=flags
    ) as running:
        page = in_chinese(running)

    assert "笔记存到哪里" in page[0]
    assert "文件夹" in page[0]
    assert "“feishu”的笔记存到哪里" in page[1]
    for text in ("最上层", "知识库", "存到这里"):
        assert text in page[1]


def in_chinese(running: Chromium) -> tuple[str, str]:
    """What stands in the section, and in the list."""
    page = opened(running.load_extension(ROOT))
    picture(page, "list-zh")
    assert_accessible(page, "the list of places")
    return (
        page.evaluate("document.querySelector('#places').innerText"),
        page.evaluate("document.querySelector('#places-dialog').innerText"),
    )


@pytest.mark.firefox
def test_a_folder_is_chosen_in_firefox_too(user: User, drive: Drive) -> None:
    user.install_host("firefox")
    with firefox.start(user.home / "firefox", user.environ) as browser:

        def run(script: str) -> object:
            return browser.command("WebDriver:ExecuteScript", script=script, args=[])["value"]

        browser.install(ROOT)
        browser.command("Marionette:SetContext", value="chrome")
        host = run(HOST_IN_FIREFOX)
        browser.command("Marionette:SetContext", value="content")
        browser.open(f"moz-extension://{host}/{OPTIONS}")
        for name in (".place-line > button", "#places-list .use[aria-label$=Work]"):
            found = f"document.querySelector('{name}')"
            poll(lambda found=found: run(f"return !!{found}"), name, timeout=30)  # type: ignore[misc]  # mypy knows no type of a default
            run(f"{found}.click()")
        checked = "return document.querySelector('.progress .checked')?.textContent"
        told = poll(lambda: run(checked), "what the backend says", timeout=30)

    assert f"Notes go to the folder {drive.work.token}" in str(told)
