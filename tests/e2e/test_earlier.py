"""The form of a page that was archived before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.test_form import picture
from tests.e2e.user import ROOT, note_of
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Page, Target
    from tools.daemon_client import Events


@pytest.mark.chromium
def test_the_form_says_when_the_page_was_archived_before(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    url = site.publish(Article(1))
    page = extension.browser.open(url)
    page.press(extension.shortcut("archive"))
    note = note_of(events, user, url)
    poll(
        lambda: [each for each in user.daemon.ask("GET", "/notes")["notes"] if each["places"]],
        "the note in the library",
        timeout=30,
    )

    extension.trigger(page)

    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    line = "document.querySelector('#earlier')"
    assert not form.evaluate(f"{line}.hidden")
    assert form.evaluate(f"{line}.textContent").startswith("Already archived on ")
    assert form.evaluate(f"{line}.firstChild.title") == str(note)


@pytest.mark.chromium
def test_the_button_says_it_when_there_is_no_form(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    url = site.publish(Article(1))
    page = extension.browser.open(url)
    page.press(extension.shortcut("archive"))
    note_of(events, user, url)
    poll(lambda: user.daemon.ask("GET", "/notes")["notes"], "the note in the library", timeout=30)

    page.press(extension.shortcut("archive"))

    def told() -> bool:
        text, title = extension.badge()
        return text == "✓" and "Already archived on " in title

    poll(told, "on the button, when it was archived before", timeout=30)


def archived(extension: Extension, page: Page, user: User, events: Events) -> Path:
    """The note of an open page, once the library knows where it is."""
    page.press(extension.shortcut("archive"))
    note = note_of(events, user, page.evaluate("location.href"))
    poll(lambda: [each for each in found(user) if each["places"]], "its place", timeout=30)
    return note


def found(user: User) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = user.daemon.ask("GET", "/notes")["notes"]
    return notes


def opened(extension: Extension, page: Page) -> Target:
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    return form


@pytest.mark.chromium
def test_update_archives_the_page_in_the_place_of_its_note(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    page = extension.browser.open(site.publish(Article(1)))
    note = archived(extension, page, user, events)
    before = note.read_text("utf-8")
    page.evaluate("document.querySelector('p').prepend('What is new. ')")

    form = opened(extension, page)
    picture(form, "form-earlier")
    form.click("#update")
    form.wait_until("document.body.dataset.stage === 'archived'")

    assert user.notes() == [note]
    assert note.read_text("utf-8") != before
    assert "What is new." in note.read_text("utf-8")
    poll(lambda: found(user)[0]["older_versions"], "the version in the library", timeout=30)
    assert form.evaluate("document.querySelector('#deliveries').innerText").count(note.name) == 1


@pytest.mark.chromium
def test_archive_goes_by_the_settings_when_there_is_a_note(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    page = extension.browser.open(site.publish(Article(1)))
    archived(extension, page, user, events)

    form = opened(extension, page)
    form.click("#archive")
    form.wait_until("document.body.dataset.stage === 'archived'")

    assert len(user.notes()) == 2


@pytest.mark.chromium
def test_update_waits_for_the_summary_that_is_being_written_as_archive_does(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    page = extension.browser.open(site.publish(Article(1)))
    archived(extension, page, user, events)
    form = opened(extension, page)
    form.evaluate("""(() => {
        globalThis.seen = [];
        const state = (id) => document.getElementById(id).disabled;
        new MutationObserver(() => seen.push([state('archive'), state('update')].join()))
            .observe(document.body, { attributes: true, subtree: true });
    })()""")

    form.click("#summarize")
    form.wait_until("document.querySelector('#summary').value.includes('#')")
    form.wait_until("!document.querySelector('#update').disabled")

    assert form.evaluate("seen.includes('true,true')")


@pytest.mark.chromium
def test_open_leads_to_the_note_in_the_library_when_it_is_a_file(
    extension: Extension, site: Site, user: User, events: Events
) -> None:
    page = extension.browser.open(site.publish(Article(1)))
    archived(extension, page, user, events)
    form = opened(extension, page)

    # A popup that closes answers no click.
    form.evaluate("void setTimeout(() => document.querySelector('#earlier a').click())")

    def tabs() -> list[str]:
        pages = [each for each in extension.browser.targets() if each["type"] == "page"]
        return [each["targetId"] for each in pages if "library.html?note=" in each["url"]]

    (tab,) = poll(tabs, "the library", timeout=30)
    library = extension.browser.attach(tab)
    library.wait_until("document.body?.innerText.includes('Where it is stored')")


@pytest.mark.chromium
@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("file:///a.md", "library/library.html?note=n"),
        ("javascript:alert(1)", "library/library.html?note=n"),
        (None, "library/library.html?note=n"),
    ],
)
def test_only_a_place_on_the_web_is_opened_there(
    extension: Extension, site: Site, url: str | None, href: str
) -> None:
    extension.trigger(extension.browser.open(site.publish(Article(1))))
    form = extension.popup()
    place = {"place": "a.md", "url": url}
    earlier = {"id": "n", "archived_at": "2026-11-20T12:00:00Z", "places": [place]}

    shown = form.evaluate(f"""import("./earlier.js").then(({{ EarlierLine }}) => {{
        const browser = {{ language: () => "en", text: (key, [date] = [key]) => date }};
        const line = document.createElement("p");
        const earlier = {json.dumps(earlier)};
        new EarlierLine(line, browser, () => {{}}).show({{ earlier, state: "draft" }}, {{}});
        const [told, way] = line.children;
        return {{ text: told.textContent, title: told.title, href: way.href }};
    }})""")

    assert shown["href"].endswith(href)
    assert {**shown, "href": ""} == {"text": "Nov 20, 2026", "title": "a.md", "href": ""}


@pytest.mark.chromium
def test_the_form_of_a_new_page_says_nothing_of_it(extension: Extension, site: Site) -> None:
    page = extension.browser.open(site.publish(Article(1)))

    extension.trigger(page)

    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    assert form.evaluate("document.querySelector('#earlier').hidden")
    assert form.evaluate("document.querySelector('#earlier').textContent") == ""


@pytest.mark.firefox
def test_update_archives_the_page_in_the_place_of_its_note_in_firefox_too(
    user: User, site: Site, events: Events
) -> None:
    url = site.publish(Article(1))
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    keys = {name: each["suggested_key"]["default"] for name, each in manifest["commands"].items()}
    user.install_host("firefox")
    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(keys["archive"])
        note = note_of(events, user, url)
        poll(lambda: [each for each in found(user) if each["places"]], "its place", timeout=30)
        browser.press(keys["_execute_action"])
        poll(
            lambda: user.daemon.ask("GET", "/captures?state=draft")["captures"],
            "the draft of the popup",
            timeout=60,
        )
        browser.open_form(manifest["browser_specific_settings"]["gecko"]["id"])
        update = "document.querySelector('#update')"
        poll(lambda: browser.evaluate(f"{update}?.disabled === false"), "the button", timeout=60)
        browser.evaluate(f"{update}.click()")
        poll(lambda: found(user)[0]["older_versions"], "the new version", timeout=60)

    assert user.notes() == [note]
