"""Pictures of the pages: the first steps, the options, the library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .. import chromium
from .camera import NARROW, TALL

if TYPE_CHECKING:
    from tests.fakes.feishu import FeishuServer

    from ..chromium import Target
    from .camera import Camera

LIBRARY = "extension/library/library.html"
OPTIONS = "extension/options/options.html"
SECTIONS = (
    "general",
    "plans",
    "rules",
    "backends",
    "ai",
    "notes",
    "images",
    "retention",
    "shortcuts",
    "transfer",
)
SETTINGS = {
    "backends": {
        "local": {"kind": "local"},
        "github": {"kind": "github", "repository": "reader/notes"},
    },
    "plans": {
        "local": {"backends": ["local"]},
        "github": {"backends": ["github"]},
        "both": {"backends": ["local", "github"]},
    },
    "rules": [
        {"site": "docs.example.org/api", "plan": "github", "summary": False},
        {"site": "kitchen.example.org", "template": "frontmatter"},
    ],
}
HAS_NOTES = "document.querySelectorAll('.row').length > 4"
HAS_SETTINGS = "document.querySelectorAll('.backend-card').length > 0"
CARD = "document.querySelector('[data-backend=feishu]')"


def choose_language(camera: Camera) -> None:
    """Choose it for all pages; they keep a copy of it, which this page writes."""
    chosen = {"preferences": {"language": camera.reader.language, "theme": "system"}}
    with camera.page(chromium.WELCOME) as page:
        page.evaluate(f"chrome.storage.local.set({json.dumps(chosen)})")
        page.wait_until(f"localStorage.getItem('language') === '{camera.reader.language}'")


def take_first_steps(camera: Camera, browser: str) -> None:
    """Without the program; *browser* is the name of the profile for which it is installed then."""
    with camera.page(LIBRARY) as library:
        library.wait_until("!document.querySelector('#trouble').hidden")
        camera.take(library, "library-without-program")
    with camera.page(chromium.WELCOME, TALL) as page:
        page.wait_until("!document.querySelector('#program-help').hidden")
        camera.take(page, "welcome-missing")
        camera.reader.install_host(camera.reader.profile(browser))
        page.wait_until("document.querySelector('#step-program').dataset.state === 'done'")
        camera.take(page, "welcome")
    with camera.page(LIBRARY) as library:
        library.wait_until("!document.querySelector('#nothing').hidden")
        camera.take(library, "library-empty")


def take_options(camera: Camera) -> None:
    with camera.page(OPTIONS) as page:
        page.wait_until(HAS_SETTINGS)
        page.evaluate("document.querySelector('.backend-card').open = true")
        page.wait_until("document.querySelector('#sample-note').textContent !== ''")
        for section in SECTIONS:
            go_to(page, section)
            camera.take(page, f"options-{section}")
    with camera.page(f"{OPTIONS}#plans", NARROW) as page:
        page.wait_until(HAS_SETTINGS)
        camera.take(page, "options-narrow")


def go_to(page: Target, section: str) -> None:
    page.evaluate(f"location.hash = '#{section}'")
    page.wait_until(f"document.querySelector('#{section}').hasAttribute('data-shown')")
    page.evaluate("scrollTo(0, 0)")


def set_up_feishu(camera: Camera, feishu: FeishuServer) -> None:
    """An app with folders that notes may go to."""
    names = {"en": ("Notes", "Work", "Recipes"), "zh-CN": ("归档笔记", "工作", "菜谱")}
    top = feishu.state.root(feishu.app.id).token
    folders = [
        feishu.state.folder(feishu.app.id, name, top).token
        for name in names[camera.reader.language]
    ]
    backend = {
        "kind": "feishu",
        "app_id": feishu.app.id,
        "api": feishu.url,
        "folder": folders[0],
    }
    camera.reader.change(
        {"backends": {"feishu": backend}, "plans": {"feishu": {"backends": ["feishu"]}}}
    )


def take_feishu(camera: Camera) -> None:
    """Its card in the options, and the list of folders."""
    with camera.page(f"{OPTIONS}#backends", TALL) as page:
        page.wait_until("!!document.querySelector('#places .place-line .name')")
        page.evaluate(f"{CARD}.open = true")
        page.evaluate(f"scrollBy(0, {CARD}.getBoundingClientRect().top - 32)")
        camera.take(page, "options-feishu")
        page.evaluate("document.querySelector('.place-line').scrollIntoView({ block: 'center' })")
        page.click(".place-line > button")
        page.wait_until("document.querySelector('#places-list').ariaBusy === 'false'")
        camera.take(page, "options-places")


def take_library(camera: Camera, note: str) -> None:
    with camera.page(f"{LIBRARY}?note={note}") as page:
        page.wait_until(HAS_NOTES)
        page.wait_until("document.querySelectorAll('#note-text p').length > 0")
        page.evaluate("document.activeElement.blur()")
        camera.take(page, "library")
        page.click("#note-versions")
        page.wait_until("!!document.querySelector('#versions button')")
        page.click("#versions button")
        page.wait_until("!document.querySelector('#difference').hidden")
        camera.take(page, "library-versions")
    with camera.page(LIBRARY, NARROW) as page:
        page.wait_until(HAS_NOTES)
        camera.take(page, "library-narrow")
