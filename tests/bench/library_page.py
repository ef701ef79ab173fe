"""The library's page with as many notes as there are: whether a frame of it takes over 50 ms.

Chromium tells each frame that did (long-animation-frame), from its input to its painting.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench.figures import Figure
from tests.e2e.user import ROOT
from tools import browser, chromium

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.user import User
    from tools.chromium import Target

LIBRARY = "extension/library/library.html"
READY = (
    "document.querySelector('#count').textContent !== ''"
    " && document.querySelector('#list').ariaBusy === 'false'"
)
WATCH = """(() => {
    globalThis.slow = [];
    new PerformanceObserver((list) => slow.push(...list.getEntries().map(
        ({ duration }) => Math.round(duration)))).observe({ type: 'long-animation-frame' });
})()"""
#: A wheel that is turned fast, a drag of the bar through all, and jumps; a frame each.
SCROLL = """(async () => {
    const list = document.querySelector('#list');
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const end = list.scrollHeight - list.clientHeight;
    for (let at = 0; at < 240; at++) { list.scrollTop += 120; await frame(); }
    for (let at = 0; at <= 240; at++) { list.scrollTop = end * at / 240; await frame(); }
    for (let at = 0; at < 40; at++) {
        list.scrollTop = end * ((at * 37) % 100) / 100;
        for (let wait = 0; wait < 8; wait++) await frame();
    }
    return list.scrollHeight;
})()"""


def frames(user: User, queries: Sequence[str]) -> list[Figure]:
    """Frames over 50 ms while it is scrolled, and while each of *queries* is typed."""
    with chromium.start(
        browser.obtain(), user.profile(), headless=True, env=user.environ
    ) as running:
        extension = running.load_extension(ROOT)
        page = running.open(f"chrome-extension://{extension.id}/{LIBRARY}")
        page.wait_until(READY, timeout=60)
        page.evaluate(WATCH)
        page.evaluate(SCROLL, timeout=120)
        scrolled = page.evaluate("slow.splice(0)")
        for query in queries:
            _type(page, query)
        typed = page.evaluate("slow.splice(0)")
    return [
        Figure("library's page, frames over 50 ms while it is scrolled", len(scrolled), "", 0),
        Figure("library's page, its slowest frame while scrolled", max(scrolled, default=50), "ms"),
        Figure("library's page, frames over 50 ms while it is searched", len(typed), "", 0),
        Figure("library's page, its slowest frame while searched", max(typed, default=50), "ms"),
    ]


def _type(page: Target, query: str) -> None:
    page.evaluate("document.querySelector('#query').select()")
    for letter in query:
        page.call("Input.insertText", {"text": letter})
        page.evaluate(chromium.PAINTED)
    wanted = json.dumps(query)
    page.wait_until(f"new URLSearchParams(location.search).get('query') === {wanted} && {READY}")
