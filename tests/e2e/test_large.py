"""A page of 200 MB goes through browser, host and daemon, and holds nobody else up."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.articles import Article, assert_is_note_of
from tests.e2e.user import note_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension
    from tools.daemon_client import Events

MEGABYTES = 200

#: Seconds that a small capture may take meanwhile, with one of the two cores to itself.
PROMPT = 0.5

#: Grows in the page, where no reader sees it: to lay out so much text takes minutes.
GROW = f"""(() => {{
    const block = document.createElement("div");
    block.hidden = true;
    for (let megabyte = 0; megabyte < {MEGABYTES}; megabyte++) {{
        const paragraph = document.createElement("p");
        paragraph.textContent = "word ".repeat(200_000);
        block.append(paragraph);
    }}
    document.body.append(block);
    return true;
}})()"""


@pytest.mark.chromium
@pytest.mark.timeout(400)
def test_a_page_of_200_megabytes_is_archived_while_small_ones_pass(
    user: User, site: Site, events: Events, extension: Extension
) -> None:
    article = Article(1)
    url = site.publish(article)
    page = extension.browser.open(url)
    page.evaluate(GROW, timeout=60)

    page.press(extension.shortcut("archive"))
    waits = []
    while user.capture_of(url) is None:
        assert extension.badge()[0] != "!", extension.badge()[1]
        waits.append(time_of_small_capture(user))

    assert len(waits) > 1, "nothing was sent meanwhile"
    assert max(waits) < PROMPT
    assert_is_note_of(article, note_of(events, user, url, timeout=180), url)


def time_of_small_capture(user: User) -> float:
    """Send a small page to the daemon; returns the seconds until it was accepted."""
    number = uuid.uuid4()
    capture = {
        "id": str(number),
        "url": f"http://127.0.0.1/{number}",
        "title": "Small",
        "html": "<p>A small page.</p>",
        "captured_at": datetime.now(UTC).isoformat(),
        "draft": True,
    }
    begin = time.perf_counter()
    assert user.daemon.ask("POST", "/captures", capture)["state"] == "draft"
    return time.perf_counter() - begin
