"""The options: every section changes what it says, in the real browser, with the real daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.test_places import HOST_IN_FIREFOX, OVERFLOWS, PICTURES
from tests.e2e.user import ROOT
from tools import chromium
from tools.screens.pages import SECTIONS
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.e2e.user import User
    from tools.chromium import Extension, Target

OPTIONS = "extension/options/options.html"


@pytest.fixture
def options(extension: Extension, user: User) -> Target:
    """The open options, once the settings are there."""
    user.wake_daemon()
    return opened(extension, "general")


def opened(extension: Extension, section: str) -> Target:
    page = extension.browser.open(f"chrome-extension://{extension.id}/{OPTIONS}#{section}")
    page.wait_until("document.querySelectorAll('.backend-card').length > 0")
    return page


def go_to(page: Target, section: str) -> None:
    page.evaluate(f"location.hash = '#{section}'")
    page.wait_until(f"document.querySelector('#{section}').hasAttribute('data-shown')")


def settings(user: User) -> dict[str, Any]:
    return user.daemon.ask("GET", "/settings")


def press(page: Target, selector: str) -> None:
    page.wait_until(f"!!document.querySelector({json.dumps(selector)})")
    page.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView()")
    page.evaluate(chromium.PAINTED)
    page.click(selector)


def write(page: Target, selector: str, text: str) -> None:
    """Write *text* in place of what is there, and leave the field."""
    press(page, selector)
    page.evaluate("document.activeElement.select()")
    page.call("Input.insertText", {"text": text})
    page.press("Tab")


def choose(page: Target, selector: str, value: str) -> None:
    page.evaluate(
        f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
        f" field.value = {json.dumps(value)};"
        " field.dispatchEvent(new Event('input', { bubbles: true }));"
        " field.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )


def told(page: Target, selector: str, state: str) -> str:
    """What the field says, once it is in this *state*."""
    found = f"document.querySelector({json.dumps(selector + f' .told[data-state={state}]')})"
    return str(page.wait_until(f"{found}?.textContent"))


def picture(page: Target, name: str) -> None:
    """Light and dark, wide and narrow; nothing sticks out."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.call("Emulation.setEmulatedMedia", {"features": features})
        for width, scale in ((1280, 1), (360, 2)):
            size = {"width": width, "height": 860, "deviceScaleFactor": scale, "mobile": False}
            page.call("Emulation.setDeviceMetricsOverride", size)
            page.evaluate(chromium.PAINTED)
            page.screenshot(PICTURES / f"{name}-{scheme}-{width}.png")
            assert not page.evaluate(OVERFLOWS), (name, width)
    page.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.chromium
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_section_is_shown_in_both_languages(options: Target, language: str) -> None:
    choose(options, "#general select", language)
    options.wait_until(f"document.documentElement?.lang === '{language}'")
    options.wait_until("document.querySelectorAll('.backend-card').length > 0")

    for section in SECTIONS:
        go_to(options, section)
        if section == "backends":
            options.evaluate("document.querySelector('.backend-card').open = true")
        if section == "notes":
            options.wait_until("document.querySelector('#sample-note').textContent !== ''")
        options.evaluate("scrollTo(0, 0)")
        picture(options, f"options-{section}-{language}")
        empty = "[...document.querySelectorAll('[data-shown] [data-needs]:empty')].length"
        assert options.evaluate(empty) == 0
    nameless = (
        "[...document.querySelectorAll('input, select, textarea, button')]"
        ".filter((e) => !(e.ariaLabel || e.labels?.length || e.textContent.trim())).length"
    )
    assert options.evaluate(nameless) == 0


@pytest.mark.chromium
def test_language_and_theme_hold_on_every_page_from_the_first_frame_on(
    options: Target, extension: Extension
) -> None:
    choose(options, "#general select", "zh-CN")
    options.wait_until("document.querySelector('h1')?.textContent === 'Guidang 选项'")
    choose(options, "#general .field:nth-child(2) select", "dark")
    assert told(options, "#general", "saved") == "已保存"

    form = extension.browser.open(f"chrome-extension://{extension.id}/extension/popup/popup.html")
    theme = "getComputedStyle(document.documentElement).colorScheme"
    assert form.evaluate("document.querySelector('[for=title]').textContent") == "标题"
    assert form.evaluate(theme) == "dark"
    worker = extension.service_worker()
    titles = "chrome.i18n.getUILanguage()"
    assert worker.evaluate(titles).startswith("en")


@pytest.mark.chromium
def test_a_plan_is_added_changed_renamed_made_the_default_and_removed(
    options: Target, user: User
) -> None:
    go_to(options, "plans")
    write(options, "#plans .add input", "Über")
    press(options, "#add-plan")
    assert "Lowercase letters" in told(options, "#plans .add", "failed")

    write(options, "#plans .add input", "quick")
    press(options, "#add-plan")
    options.wait_until("!!document.querySelector('[data-plan=quick]')")
    press(options, "[data-plan=quick] [role=switch]")
    told(options, "[data-plan=quick]", "saved")
    choose(options, "[data-plan=quick] select", "plain")
    poll(
        lambda: settings(user)["plans"]["quick"]["template"] == "plain", "the template", timeout=30
    )
    assert settings(user)["plans"]["quick"]["summary"] is False

    write(options, "[data-plan=quick] .control", "fast")
    options.wait_until("!!document.querySelector('[data-plan=fast]')")
    assert settings(user)["plans"]["fast"] == {
        "backends": ["local"],
        "summary": False,
        "template": "plain",
    }
    press(options, "[data-plan=fast] .make-default")
    options.wait_until("!!document.querySelector('[data-plan=fast] .badge')")
    assert settings(user)["plan"] == "fast"
    press(options, "[data-plan=local] .remove")
    options.wait_until("!document.querySelector('[data-plan=local]')")
    assert list(settings(user)["plans"]) == ["fast"]


@pytest.mark.chromium
def test_rules_are_added_changed_ordered_and_removed(options: Target, user: User) -> None:
    user.daemon.ask("PATCH", "/settings", {"plans": {"quick": {"backends": ["local"]}}})
    options.evaluate("location.reload()")
    options.wait_until("!!document.querySelector('[data-plan=quick]')")
    go_to(options, "rules")
    write(options, "#rules .add input", "example.org/blog?page=2")
    press(options, "#add-rule")
    assert "example.org/blog" in told(options, "#rules .add", "failed")

    write(options, "#rules .add input", "https://example.org/blog/?page=2#end")
    press(options, "#add-rule")
    first = "[data-rule='example.org/blog']"
    options.wait_until(f'!!document.querySelector("{first}")')
    for name, value in (("plan", "quick"), ("template", "plain"), ("summary", "off")):
        choose(options, f"{first} [data-setting={name}] select", value)
        told(options, f"{first} [data-setting={name}]", "saved")
    write(options, "#rules .add input", "example.net")
    press(options, "#add-rule")
    second = "[data-rule='example.net']"
    options.wait_until(f'!!document.querySelector("{second}")')
    blog = {"site": "example.org/blog", "plan": "quick", "template": "plain", "summary": False}
    assert settings(user)["rules"] == [blog, {"site": "example.net"}]
    picture(options, "options-rules")

    press(options, f"{second} .up")
    options.wait_until(f'!!document.querySelector(".rules > {second}:first-child .down:focus")')
    assert settings(user)["rules"] == [{"site": "example.net"}, blog]
    press(options, f"{second} .down")
    options.wait_until(f'!!document.querySelector(".rules > {second}:last-child .up:focus")')
    assert settings(user)["rules"] == [blog, {"site": "example.net"}]

    write(options, f"{second} [data-setting=site] input", "no site")
    assert "example.org/blog" in told(options, f"{second} [data-setting=site]", "failed")
    write(options, f"{second} [data-setting=site] input", "example.com")
    told(options, f"{second} [data-setting=site]", "saved")
    choose(options, f"{first} [data-setting=summary] select", "")
    told(options, f"{first} [data-setting=summary]", "saved")
    del blog["summary"]
    assert settings(user)["rules"] == [blog, {"site": "example.com"}]

    press(options, f"{first} .remove")
    options.wait_until("document.querySelectorAll('.rule').length === 1")
    assert settings(user)["rules"] == [{"site": "example.com"}]


@pytest.mark.chromium
def test_a_plan_that_is_renamed_keeps_its_rules_and_one_with_rules_is_not_removed(
    options: Target, user: User
) -> None:
    plans = {"quick": {"backends": ["local"]}}
    rules = [{"site": "example.org", "plan": "quick"}]
    user.daemon.ask("PATCH", "/settings", {"plans": plans, "rules": rules})
    options.evaluate("location.reload()")
    options.wait_until("!!document.querySelector('[data-plan=quick]')")
    go_to(options, "plans")

    write(options, "[data-plan=quick] .control", "fast")
    options.wait_until("!!document.querySelector('[data-plan=fast]')")
    press(options, "[data-plan=fast] .remove")

    assert "example.org" in told(options, "[data-plan=fast]", "failed")
    assert settings(user)["rules"] == [{"site": "example.org", "plan": "fast"}]


@pytest.mark.chromium
def test_a_backend_is_added_filled_in_checked_and_removed(
    options: Target, user: User, tmp_path: Path
) -> None:
    go_to(options, "backends")
    assert options.evaluate("document.querySelector('[data-backend=local] .remove').disabled")
    choose(options, "#backends .add select", "local")
    write(options, "#backends .add input", "disk")
    press(options, "#add-backend")
    options.wait_until("document.querySelector('[data-backend=disk]')?.open")
    folder = "[data-backend=disk] [data-setting=folder]"
    write(options, f"{folder} input", "notes")
    assert "is not a full path" in told(options, folder, "failed")
    picture(options, "options-refused")
    write(options, f"{folder} input", str(tmp_path / "absent"))
    told(options, folder, "saved")

    press(options, "[data-backend=disk] .check")
    result = "document.querySelector('[data-backend=disk] .result').innerText"
    options.wait_until(f"{result}.includes('absent')")
    write(options, f"{folder} input", str(tmp_path))
    told(options, folder, "saved")
    press(options, "[data-backend=disk] .check")
    options.wait_until(f"{result}.startsWith('✓')")
    assert settings(user)["backends"]["disk"] == {"kind": "local", "folder": str(tmp_path)}

    press(options, "[data-backend=disk] .remove")
    options.wait_until("!document.querySelector('[data-backend=disk]')")
    assert list(settings(user)["backends"]) == ["local"]


@pytest.mark.chromium
def test_a_backend_that_lacks_something_is_kept_once_it_is_there(
    options: Target, user: User
) -> None:
    go_to(options, "backends")
    choose(options, "#backends .add select", "github")
    press(options, "#add-backend")
    options.wait_until("document.querySelector('[data-backend=github]')?.open")
    write(options, "[data-backend=github] [data-setting=subfolder] input", "Clippings")
    assert "repository" in told(
        options, "[data-backend=github] [data-setting=repository]", "failed"
    )
    assert "another field" in told(
        options, "[data-backend=github] [data-setting=subfolder]", "waits"
    )
    assert list(settings(user)["backends"]) == ["local"]

    write(options, "[data-backend=github] [data-setting=repository] input", "reader/notes")
    told(options, "[data-backend=github] [data-setting=repository]", "saved")

    assert settings(user)["backends"]["github"] == {
        "kind": "github",
        "repository": "reader/notes",
        "subfolder": "Clippings",
    }
    picture(options, "options-github")


@pytest.mark.chromium
def test_the_summarizer_is_chosen_and_tried(options: Target, user: User) -> None:
    go_to(options, "ai")
    press(options, "#try-start")
    options.wait_until("document.querySelector('#try-result').textContent.includes('12 metres')")
    options.wait_until("document.querySelector('#try-told').innerText.includes('not by AI')")
    picture(options, "options-tried")

    choose(options, "#summarizer-kind", "claude")
    service = "[data-setting=service]"
    options.wait_until(f"!!document.querySelector('{service}')")
    model = "document.querySelector('[data-setting=model] input').placeholder"
    assert options.evaluate(model) == "claude-sonnet-5-5"
    choose(options, f"{service} select", "deepseek")
    assert "model" in told(options, "[data-setting=model]", "failed")
    write(options, "[data-setting=model] input", "deepseek-v4-flash")
    told(options, "[data-setting=model]", "saved")
    assert settings(user)["summarizer"] == {
        "kind": "claude",
        "service": "deepseek",
        "model": "deepseek-v4-flash",
    }
    options.evaluate("scrollTo(0, 0)")
    picture(options, "options-deepseek")
    press(options, "#try-start")
    options.wait_until("!!document.querySelector('#try-told .error')")


@pytest.mark.chromium
def test_the_sample_note_follows_what_is_written(options: Target, user: User) -> None:
    go_to(options, "notes")
    note = "document.querySelector('#sample-note').textContent"
    options.wait_until(f"{note}.startsWith('# Tides of the bay')")
    choose(options, "#notes [data-setting=template]", "frontmatter")
    options.wait_until(f"{note}.startsWith('---')")
    file = "document.querySelector('#sample-file').textContent"
    write(options, "#notes [data-setting=subfolder] input", "{{ archived.year }}/{{ site }}")
    options.wait_until(f"{file} === '2026/Example Review/Tides of the bay.md'")
    write(options, "#notes [data-setting=name] input", "{{ titel }}")
    assert "titel" in told(options, "#notes [data-setting=name]", "failed")
    options.wait_until("document.querySelector('#sample-told').textContent.includes('titel')")

    poll(lambda: settings(user)["template"] == "frontmatter", "the template", timeout=30)
    local = settings(user)["backends"]["local"]
    assert local == {"kind": "local", "subfolder": "{{ archived.year }}/{{ site }}"}


@pytest.mark.chromium
def test_numbers_out_of_range_are_told_and_others_kept(options: Target, user: User) -> None:
    go_to(options, "images")
    largest = "[data-setting=largest_mb]"
    write(options, f"{largest} input", "1000")
    assert told(options, largest, "failed") == "From 0 to 100."
    write(options, f"{largest} input", "25")
    told(options, largest, "saved")
    go_to(options, "retention")
    write(options, "[data-setting=keep_captures_days] input", "90")
    told(options, "[data-setting=keep_captures_days]", "saved")

    assert settings(user)["images"]["largest_mb"] == 25
    assert settings(user)["keep_captures_days"] == 90


@pytest.mark.chromium
def test_what_the_file_has_wrong_is_told(extension: Extension, user: User) -> None:
    user.wake_daemon()
    file = user.home / ".config" / "guidang" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("idle_minutes = [", "utf-8")
    page = opened(extension, "general")

    page.wait_until("document.querySelector('#faults').innerText.includes('is not TOML')")
    picture(page, "options-fault")


@pytest.mark.chromium
def test_settings_are_exported_and_imported(
    extension: Extension, user: User, tmp_path: Path
) -> None:
    user.wake_daemon()
    user.daemon.ask("PATCH", "/settings", {"keep_captures_days": 7})
    options = opened(extension, "transfer")
    folder = {"behavior": "allow", "downloadPath": str(tmp_path)}
    options.call("Page.setDownloadBehavior", folder)
    press(options, "#export")
    file = tmp_path / "guidang-settings.json"
    poll(lambda: file.is_file() and file.read_text(), "the file", timeout=30)
    assert json.loads(file.read_text("utf-8"))["settings"]["keep_captures_days"] == 7

    user.daemon.ask(
        "PATCH",
        "/settings",
        {"keep_captures_days": 8, "plans": {"other": {"backends": ["local"]}}},
    )
    options = opened(extension, "transfer")
    root = options.call("DOM.getDocument")["root"]["nodeId"]
    found = options.call("DOM.querySelector", {"nodeId": root, "selector": "#import-file"})
    options.call("DOM.setFileInputFiles", {"files": [str(file)], "nodeId": found["nodeId"]})
    options.wait_until("document.querySelector('#transfer-told').innerText === 'Imported.'")

    assert settings(user)["keep_captures_days"] == 7
    assert list(settings(user)["plans"]) == ["local"]


@pytest.mark.chromium
def test_where_there_is_little_room_the_sections_are_behind_a_button(options: Target) -> None:
    size = {"width": 360, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    options.call("Emulation.setDeviceMetricsOverride", size)
    options.evaluate(chromium.PAINTED)
    assert options.evaluate("document.querySelector('#sections').offsetHeight") == 0
    press(options, "#menu")
    options.wait_until("document.querySelector('#sections').offsetHeight > 0")
    press(options, "#sections a[href='#notes']")

    options.wait_until("document.querySelector('#menu').textContent === 'Notes'")
    assert options.evaluate("document.querySelector('#sections').offsetHeight") == 0
    assert options.evaluate("document.querySelector('#notes').offsetHeight > 0")


@pytest.mark.chromium
def test_shortcuts_are_shown_and_lead_to_the_page_of_the_browser(
    options: Target, extension: Extension
) -> None:
    go_to(options, "shortcuts")
    shown = options.evaluate("document.querySelector('#shortcuts-list').innerText")
    assert "Alt+Shift+G" in shown
    press(options, "#shortcuts-change")

    poll(
        lambda: any(
            each["url"].startswith("chrome://extensions/shortcuts")
            for each in extension.browser.targets()
        ),
        "the page of shortcuts",
        timeout=30,
    )


@pytest.mark.firefox
def test_a_setting_is_changed_in_firefox_too(user: User) -> None:
    user.install_host("firefox")
    with firefox.start(user.home / "firefox", user.environ) as browser:

        def run(script: str) -> object:
            return browser.command("WebDriver:ExecuteScript", script=script, args=[])["value"]

        browser.install(ROOT)
        browser.command("Marionette:SetContext", value="chrome")
        host = run(HOST_IN_FIREFOX)
        browser.command("Marionette:SetContext", value="content")
        browser.open(f"moz-extension://{host}/{OPTIONS}#images")
        field = "document.querySelector('[data-setting=download] input')"
        poll(lambda: run(f"return !!{field}"), "the field", timeout=30)
        run(f"{field}.click()")
        saved = "return !!document.querySelector('[data-setting=download] [data-state=saved]')"
        poll(lambda: run(saved), "that it is saved", timeout=30)

    assert settings(user)["images"]["download"] is False
