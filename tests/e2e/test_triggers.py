"""Every way to archive a page, by real gestures: twenty rounds, and the right note each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article, assert_is_note_of, paragraphs_in, parts_of
from tests.e2e.user import note_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Site
    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tools.chromium import Extension, Page
    from tools.daemon_client import Events

ROUNDS = 20

#: In the window of the tests: the button in the toolbar, and a place beside all text of the page.
BUTTON = (1130, 63)
EMPTY = (900, 700)

#: Selects it, and says where on the screen it is: the page begins below the toolbar.
SELECT_SECOND_PARAGRAPH = """(() => {
    const paragraph = document.querySelectorAll("article p")[1];
    getSelection().selectAllChildren(paragraph);
    const box = paragraph.getBoundingClientRect();
    return [box.x + 40, box.y + box.height / 2 + (outerHeight - innerHeight)];
})()"""


@pytest.mark.chromium
@pytest.mark.timeout(240)
def test_the_shortcut_archives_every_page(
    user: User, site: Site, events: Events, extension: Extension
) -> None:
    def press(page: Page) -> None:
        page.press(extension.shortcut("archive"))

    assert_rounds(user, site, events, extension, press)


@pytest.mark.chromium
@pytest.mark.timeout(240)
def test_the_form_archives_every_page(
    user: User, site: Site, events: Events, extension: Extension
) -> None:
    def open_and_press(page: Page) -> None:
        extension.trigger(page)
        press_archive(extension)

    assert_rounds(user, site, events, extension, open_and_press)


@pytest.mark.chromium
@pytest.mark.timeout(240)
def test_the_shortcut_of_the_form_opens_it(
    user: User, site: Site, events: Events, extension: Extension
) -> None:
    def open_and_press(page: Page) -> None:
        page.press(extension.shortcut("_execute_action"))
        press_archive(extension)

    assert_rounds(user, site, events, extension, open_and_press)


@pytest.mark.chromium
@pytest.mark.xvfb
@pytest.mark.timeout(240)
def test_real_keys_archive_every_page(
    user: User, site: Site, events: Events, window: Extension, screen: Display
) -> None:
    def press(page: Page) -> None:
        screen.click(*EMPTY)
        screen.keys(window.shortcut("archive").lower())

    assert_rounds(user, site, events, window, press)


@pytest.mark.chromium
@pytest.mark.xvfb
@pytest.mark.timeout(240)
def test_the_context_menu_archives_every_page(
    user: User, site: Site, events: Events, window: Extension, screen: Display
) -> None:
    def choose(page: Page) -> None:
        screen.open_menu(*EMPTY)
        # From the end of the menu: to inspect, to view the source, and then ours.
        screen.keys("Up", "Up", "Up", "Return")

    assert_rounds(user, site, events, window, choose)


@pytest.mark.chromium
@pytest.mark.xvfb
@pytest.mark.timeout(240)
def test_the_context_menu_archives_what_is_selected(
    user: User, site: Site, events: Events, window: Extension, screen: Display
) -> None:
    for number in range(ROUNDS):
        article = Article(number)
        url = site.publish(article)
        page = window.browser.open(url)
        left, top = page.evaluate(SELECT_SECOND_PARAGRAPH)
        screen.open_menu(round(left), round(top))
        # From the end of the menu: to inspect, and then ours.
        screen.keys("Up", "Up", "Return")
        note = note_of(events, user, url)
        page.close()

        assert paragraphs_in(parts_of(note)["text"]) == [article.paragraphs[1]]
    assert len(user.notes()) == ROUNDS


@pytest.mark.chromium
@pytest.mark.xvfb
@pytest.mark.timeout(240)
def test_the_toolbar_button_opens_the_form_on_every_page(
    user: User, site: Site, events: Events, window: Extension, screen: Display
) -> None:
    def click_and_press(page: Page) -> None:
        screen.click(*BUTTON)
        press_archive(window)

    assert_rounds(user, site, events, window, click_and_press)


def press_archive(extension: Extension) -> None:
    """Wait until the form is ready, and click on *Archive* in it."""
    form = extension.popup()
    form.wait_until("!document.querySelector('#archive').disabled")
    form.click("#archive")
    form.wait_until("document.body.dataset.stage === 'archived'")
    form.close()


def assert_rounds(
    user: User, site: Site, events: Events, extension: Extension, archive: Callable[[Page], None]
) -> None:
    """Let *archive* archive twenty pages, one after the other; then exactly their notes exist."""
    for number in range(ROUNDS):
        article = Article(number)
        url = site.publish(article)
        page = extension.browser.open(url)
        archive(page)
        note = note_of(events, user, url)
        page.close()

        assert_is_note_of(article, note, url)
    assert len(user.notes()) == ROUNDS
