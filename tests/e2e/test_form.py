"""The form: its tabs, tags, plans and keys, as a popup and as a page of its own."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import ROOT, note_of
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Page, Target

pytestmark = pytest.mark.chromium

#: Pictures of the form, for people.
PICTURES = ROOT / "build" / "pictures"

EDITING = "document.body?.dataset.stage === 'editing'"
TAGS = "[...document.querySelectorAll('#tags .tag')].map((tag) => tag.textContent)"
SUMMARY = "document.querySelector('#summary').value"
CHOSEN = "document.querySelector('#plan-list :checked')?.value"
ON = "document.activeElement.id"

#: Where everything is, until something moves.
PLACES = """[...document.querySelectorAll('#title, #preview, #summary, #plans, #archive')]
    .map((part) => part.getBoundingClientRect()).map(({ x, y, width, height }) =>
        [x, y, width, height].map(Math.round))"""


@pytest.fixture
def plans(user: User) -> Path:
    """Plans of several kinds; returns the folder of the user's own."""
    own = user.home / "own"
    own.mkdir()
    user.install_host()
    user.wake_daemon()
    backends = {
        "local": {"kind": "local"},
        "own": {"kind": "local", "folder": str(own)},
        "github": {"kind": "github", "repository": "a/notes"},
        "feishu": {"kind": "feishu", "app_id": "cli_a"},
    }
    plans = {
        "local": {"backends": ["local"]},
        "github": {"backends": ["github"]},
        "feishu": {"backends": ["feishu"]},
        "everywhere": {"backends": ["local", "own"]},
    }
    user.daemon.ask("PATCH", "/settings", {"backends": backends, "plans": plans})
    return own


@pytest.fixture
def page(extension: Extension, site: Site) -> Page:
    return extension.browser.open(site.publish(Article(1)))


def opened(extension: Extension, page: Page) -> Target:
    extension.trigger(page)
    form = extension.popup()
    form.wait_until(EDITING)
    return form


def written(form: Target) -> str:
    """The summary, once it is there."""
    form.click("#summarize")
    form.wait_until(f"{SUMMARY}.includes('#') && !document.querySelector('#summary').readOnly")
    text: str = form.evaluate(SUMMARY)
    return text


def picture(form: Target, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        form.call("Emulation.setEmulatedMedia", {"features": features})
        form.screenshot(PICTURES / f"{name}-{scheme}.png")


def view_of(user: User) -> dict[str, Any]:
    (capture,) = user.daemon.ask("GET", "/captures")["captures"]
    found: dict[str, Any] = user.daemon.ask("GET", f"/captures/{capture['id']}")
    return found


def test_the_text_is_read_in_one_tab_and_edited_in_the_other(
    extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    preview = "document.querySelector('#preview')"
    form.wait_until(f"{preview}.querySelectorAll('p').length > 1")
    assert form.evaluate("document.querySelector('#source').hidden")

    form.click("#tab-preview")
    form.press("ArrowRight")
    assert form.evaluate(ON) == "tab-source"
    assert form.evaluate(f"{preview}.hidden")
    form.click("#markdown")
    form.evaluate("document.querySelector('#markdown').select()")
    form.call("Input.insertText", {"text": "## Mine\n\nAnd **this**."})
    form.click("#tab-preview")

    form.wait_until(f"{preview}.querySelector('h2')?.textContent === 'Mine'")
    assert form.evaluate(f"{preview}.querySelector('strong').textContent") == "this"
    with user.daemon.events() as events:
        form.click("#archive")
        assert "And **this**." in note_of(events, user, view_of(user)["url"]).read_text("utf-8")


def test_tags_are_taken_out_and_added_in_the_summary_itself(
    extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    assert form.evaluate("document.querySelector('#tag').disabled")
    written(form)
    tags = form.evaluate(TAGS)
    assert tags

    form.click("#tags button")
    assert form.evaluate(ON) == "tag"
    form.call("Input.insertText", {"text": "my own"})
    form.press("Enter")
    assert form.evaluate(TAGS) == [*tags[1:], "#my-own"]
    assert form.evaluate(SUMMARY).endswith("#my-own")
    with user.daemon.events() as events:
        form.click("#archive")
        text = note_of(events, user, view_of(user)["url"]).read_text("utf-8")

    assert "#my-own" in text
    assert tags[0] not in text.split()


def test_plans_are_told_by_sign_and_name_and_the_choice_survives_closing(
    extension: Extension, page: Page, user: User, plans: Path
) -> None:
    form = opened(extension, page)
    shown = form.evaluate(
        "[...document.querySelectorAll('#plan-list label')].map((it) => it.innerText.split('\\n'))"
    )
    picture(form, "form-plans")
    assert [" ".join(each) for each in shown] == [
        "💾 Local",
        "🐙 GitHub",
        "🚀 Feishu",
        "🔄 everywhere",
    ]
    assert form.evaluate(CHOSEN) == "local"

    form.evaluate("document.querySelector('#plan-list :checked').focus()")
    form.press("ArrowLeft")
    assert form.evaluate(CHOSEN) == "everywhere"
    form.close()
    again = opened(extension, page)
    again.wait_until(f"{CHOSEN} === 'everywhere'")
    again.press("Ctrl+Enter")
    again.wait_until("document.body.dataset.stage === 'archived'")
    picture(again, "form-archived")

    assert len(list(plans.glob("*.md"))) == 1
    assert {each["backend"] for each in view_of(user)["deliveries"]} == {"local", "own"}
    again.click("#deliveries .copy")
    again.wait_until("document.querySelector('#deliveries .copy').textContent === 'Copied'")


def test_nothing_moves_while_text_and_summary_come(
    extension: Extension, page: Page, user: User, plans: Path
) -> None:
    assert plans.is_dir()
    form = opened(extension, page)
    places = form.evaluate(PLACES)

    written(form)
    picture(form, "form")

    assert form.evaluate(PLACES) == places
    assert form.evaluate("document.documentElement.scrollHeight") <= 600


def test_the_form_is_a_page_of_its_own_too(extension: Extension, page: Page, user: User) -> None:
    form = opened(extension, page)
    form.click("#open-tab")

    def tabs() -> list[str]:
        return [
            each["targetId"]
            for each in extension.browser.targets()
            if each["type"] == "page" and "popup.html?tab=" in each["url"]
        ]

    (tab,) = poll(tabs, "the form in a tab", timeout=30)
    own = extension.browser.attach(tab)
    own.wait_until(EDITING)
    assert own.evaluate("document.querySelector('#open-tab').hidden")
    for width in (360, 1100):
        metrics = {"width": width, "height": 760, "deviceScaleFactor": 2, "mobile": False}
        own.call("Emulation.setDeviceMetricsOverride", metrics)
        picture(own, f"form-tab-{width}")
        assert own.evaluate("document.documentElement.scrollWidth") <= width
    own.call("Emulation.clearDeviceMetricsOverride")
    with user.daemon.events() as events:
        own.click("#archive")
        note = note_of(events, user, view_of(user)["url"])

    assert note.is_file()


def test_a_title_is_written_before_the_text_is_there_and_kept(
    extension: Extension, page: Page, user: User
) -> None:
    user.wake_daemon()
    daemon = int(user.daemon.ask("GET", "/status")["pid"])
    os.kill(daemon, signal.SIGSTOP)
    try:
        extension.trigger(page)
        form = extension.popup()
        form.wait_until("document.body?.dataset.stage === 'sending'")
        form.click("#title")
        form.call("Input.insertText", {"text": "A title of my own"})
    finally:
        os.kill(daemon, signal.SIGCONT)
    form.wait_until(EDITING)

    assert form.evaluate("document.querySelector('#title').value") == "A title of my own"
    assert form.evaluate(ON) == "title"
    poll(lambda: view_of(user)["title"] == "A title of my own", "the edit", timeout=30)
    with user.daemon.events() as events:
        form.press("Ctrl+Enter")
        note = note_of(events, user, view_of(user)["url"])
    assert note.name == "A title of my own.md"


def test_the_form_speaks_chinese(user: User, plans: Path, program: Path, site: Site) -> None:
    assert plans.is_dir()
    environ = {**user.environ, "LANGUAGE": "zh_CN"}
    with chromium.start(
        program, user.profile(), headless=True, env=environ, flags=["--lang=zh-CN"]
    ) as running:
        extension = running.load_extension(ROOT)
        form = opened(extension, running.open(site.publish(Article(1))))
        written(form)
        picture(form, "form-chinese")
        shown = form.evaluate("document.body.innerText")

    for text in ("预览", "AI总结", "本地", "飞书", "归档"):
        assert text in shown, json.dumps(shown, ensure_ascii=False)
