"""The same folder in Firefox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article, assert_is_note_of
from tests.e2e.user import ROOT, note_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.daemon_client import Events


@pytest.mark.firefox
def test_the_shortcut_archives_in_firefox(user: User, site: Site, events: Events) -> None:
    article = Article(1)
    url = site.publish(article)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    shortcut = manifest["commands"]["archive"]["suggested_key"]["default"]
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(shortcut)
        note = note_of(events, user, url)

    assert_is_note_of(article, note, url)
    assert user.notes() == [note]
