"""Pictures of the form, and of the tabs of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..waiting import poll
from .camera import NARROW, TALL, resize
from .reader import path_of

if TYPE_CHECKING:
    from ..chromium import Chromium, Page, Target
    from ..daemon_client import Json
    from .camera import Camera
    from .reader import Reader

#: The sample page has an address as pages have: the browser looks for this host on this machine.
HOST = "news.example.org"
FORM = "extension/popup/popup.html"
TABS = "extension/tabs/tabs.html"
STAGE = "document.body?.dataset.stage"
#: A template that no note can be named by.
BROKEN = "{{ site.name }} {{ title }}"
ROWS = "[...document.querySelectorAll('#list > li')]"
HAS_RESULT = "({ dataset }) => ['archived', 'waiting'].includes(dataset.stage)"


def article_of(camera: Camera) -> Page:
    address = f"http://{HOST}/article.{camera.reader.language[:2]}.html"
    return camera.extension.browser.open(address)


def form_of(camera: Camera, page: Page, stage: str) -> Target:
    """The form of *page*, once it has come to the *stage*."""
    camera.extension.trigger(page)
    form = camera.extension.popup()
    form.wait_until(f"{STAGE} === '{stage}'")
    return form


def take_form(camera: Camera) -> None:
    article = article_of(camera)
    form = form_of(camera, article, "editing")
    form.click("#summarize")
    form.wait_until("document.querySelectorAll('#tags .chip').length > 0")
    form.evaluate("document.querySelector('#summary').scrollTop = 0")
    camera.take(form, "form")
    form.click("#tab-source")
    camera.take(form, "form-markdown")
    form.click("#tab-preview")
    form.click("#archive")
    form.wait_until(f"{STAGE} === 'archived'")
    camera.take(form, "form-archived")
    form.click("#recapture")
    form.wait_until(f"{STAGE} === 'editing'")
    form.wait_until("!document.querySelector('#earlier').hidden")
    camera.take(form, "form-earlier")
    form.click("#open-tab")
    take_form_in_tab(camera)
    failed = form_of(camera, camera.extension.browser.open("chrome://version"), "failed")
    camera.take(failed, "form-failed")
    failed.close()


def take_form_in_tab(camera: Camera) -> None:
    """The form as a page of its own, which is there already, wide and narrow."""
    browser = camera.extension.browser

    def target() -> str | None:
        found = (it for it in browser.targets() if "popup.html?tab=" in it["url"])
        return next((str(each["targetId"]) for each in found if each["type"] == "page"), None)

    page = browser.attach(poll(target, "the form in a tab", timeout=30))
    page.wait_until(f"{STAGE} === 'editing'")
    page.evaluate("document.activeElement.blur()")
    for name, size in (("form-tab", TALL), ("form-narrow", NARROW)):
        resize(page, size)
        camera.take(page, name)
    page.close()


def take_unsettled(camera: Camera) -> None:
    """The list of what needs somebody, or time: the page of a tab waits already."""
    reader = camera.reader
    broken = {"kind": "local", "name": BROKEN}
    plans = {"obsidian": {"backends": ["obsidian"]}}
    reader.change({"backends": {"obsidian": broken}, "plans": plans})
    empty, whole, *_ = reader.samples
    reader.wait_for_failure(reader.send(empty, html=""))
    reader.wait_for_failure(reader.send(whole, plan="obsidian"))
    with camera.page(f"{FORM}?list") as page:
        page.wait_until("document.querySelectorAll('#unsettled-list > li').length === 3")
        camera.take(page, "form-unsettled")


def take_tabs(camera: Camera) -> None:
    """The tabs of a window: before, and with what came of each. The user has allowed all sites."""
    one_waits(camera.reader)
    tabs = tabs_of(camera)
    with camera.page(TABS) as page:
        page.wait_until(f"{ROWS}.length === {len(tabs)}")
        page.wait_until("!document.querySelector('#archive').disabled")
        page.evaluate(f"{ROWS}[0].querySelector('input').click()")
        camera.take(page, "tabs")
        page.click("#archive")
        page.wait_until(f"{ROWS}.slice(1, -1).every({HAS_RESULT})", timeout=60)
        resize(page, TALL)
        camera.take(page, "tabs-archived")
    for tab in tabs:
        tab.close()


def one_waits(reader: Reader) -> None:
    """The pages of one site go to a folder that is not there."""
    backend = {"kind": "local", "folder": str(reader.home / "nas")}
    rule = {"site": "field.example.org", "plan": "nas"}
    plans = {"nas": {"backends": ["nas"]}}
    reader.change({"backends": {"nas": backend}, "plans": plans, "rules": [rule]})


def tabs_of(camera: Camera) -> list[Page]:
    """The pages of the notes, and one of the browser's own, and no other."""
    browser = camera.extension.browser
    tabs = [browser.open(address_of(sample)) for sample in camera.reader.samples]
    tabs.append(browser.open("chrome://version"))
    close_first_tab(browser)
    return tabs


def close_first_tab(browser: Chromium) -> None:
    """The empty one with which a browser begins."""
    for target in browser.targets():
        if (target["type"], target["url"]) == ("page", "about:blank"):
            browser.devtools.call("Target.closeTarget", {"targetId": target["targetId"]})


def address_of(sample: Json) -> str:
    """Of the page of a made-up note, as it is served."""
    return f"http://{urlsplit(sample['url']).hostname}/{path_of(sample)}/"
