"""The form of a page that was archived before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import note_of
from tools.waiting import poll

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension
    from tools.daemon_client import Events

pytestmark = pytest.mark.chromium


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


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("file:///a.md", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_only_a_place_on_the_web_is_linked(
    extension: Extension, site: Site, url: str | None, href: str | None
) -> None:
    extension.trigger(extension.browser.open(site.publish(Article(1))))
    form = extension.popup()
    place = {"place": "a.md", "url": url}
    earlier = {"archived_at": "2026-11-20T12:00:00Z", "places": [place]}

    shown = form.evaluate(f"""import("./earlier.js").then(({{ describeEarlier }}) => {{
        const browser = {{ language: () => "en", text: (_, [date] = []) => date }};
        const [line, way] = describeEarlier({json.dumps(earlier)}, browser);
        return {{ text: line.textContent, title: line.title, href: way.href ?? null }};
    }})""")

    assert shown == {"text": "Nov 20, 2026", "title": "a.md", "href": href}


def test_the_form_of_a_new_page_says_nothing_of_it(extension: Extension, site: Site) -> None:
    page = extension.browser.open(site.publish(Article(1)))

    extension.trigger(page)

    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    assert form.evaluate("document.querySelector('#earlier').hidden")
    assert form.evaluate("document.querySelector('#earlier').textContent") == ""
