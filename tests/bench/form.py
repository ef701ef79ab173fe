"""From the opening of the form to its first field that takes what is typed, and to the text.

The text is also held against what it cannot do without: the snapshot, taken once more by the same
form, and the extraction, done once more by a process that does nothing else.

The form of a tab is the same page as the popup, and tells when its navigation began. Each round has
a page that was never captured; the extension may read it, so no gesture stands before the clock.
"""

from __future__ import annotations

import json
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.filters import answer_article
from daemon.stages import load
from tests.bench import made_pages
from tests.bench.figures import Figure, median_and_p95
from tests.e2e.articles import Article
from tests.e2e.user import User, end
from tools import browser, chromium
from tools.package import allowed_everywhere
from tools.serve import serve

if TYPE_CHECKING:
    from tools.chromium import Extension, Page

ROUNDS = 20
WARM_UP = 3
#: Milliseconds in which a form is usable.
AIM = 150
#: The text may take so many times the snapshot and the extraction.
TEXT_AIM = 1.2
#: Bytes of made articles, and rounds with each.
SIZES = (100_000, 1_000_000)
HEAVY_ROUNDS = 7
FORM = "extension/popup/popup.html"
#: Notes when a field is first free to be written in, and when the text is there.
WATCH = """(() => {
    globalThis.seen = {};
    const note = (name, selector) => {
        if (!(name in seen) && document.querySelector(selector) !== null) {
            seen[name] = performance.now() / 1000;
        }
    };
    const look = () => {
        note("field", "#form :is(input, textarea):enabled");
        note("text", "[data-stage='editing'] #preview p:not(.waits)");
    };
    new MutationObserver(look).observe(document, {
        attributes: true, childList: true, subtree: true });
})()"""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home, serve(Path(home)) as site:
        user = User.at(Path(home))
        profile = user.profile()
        user.wake_daemon()
        try:
            with chromium.start(
                browser.obtain(), profile, headless=True, env=user.environ
            ) as running:
                extension = running.load_extension(allowed_everywhere(Path(home, "extension")))
                return _measured(user, extension, Path(home), site)
        finally:
            user.stop_daemon()


def _measured(user: User, extension: Extension, folder: Path, site: str) -> list[Figure]:
    form = extension.browser.open(f"chrome-extension://{extension.id}/{FORM}?list")
    form.call("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    figures: list[Figure] = []
    number = 0
    for name, hosts in (("host started by it", True), ("host still there", False)):
        series: dict[str, list[float]] = {"field": [], "text": []}
        for each in range(WARM_UP + ROUNDS):
            number += 1
            if hosts:
                for pid in user.hosts():
                    end(pid, signal.SIGKILL)
            page = extension.browser.open(f"{site}/{Article(number).write(folder)}")
            seen = _opened(form, extension, _tab(extension, page))
            page.close()
            if each >= WARM_UP:
                for key, times in series.items():
                    times.append(seen[key])
        median, p95 = median_and_p95(f"{name}: form to its first free field", series["field"])
        figures += [Figure(median.name, median.value, median.unit, AIM), p95]
        figures += median_and_p95(f"{name}: form to the text", series["text"])
    load()
    for size in SIZES:
        figures += _beside_its_parts(extension, form, folder, site, size)
    return figures


def _beside_its_parts(
    extension: Extension, form: Page, folder: Path, site: str, size: int
) -> list[Figure]:
    """The text of a page of *size* bytes, and its time over that of snapshot and extraction."""
    texts, ratios = [], []
    for seed in range(HEAVY_ROUNDS):
        name = f"made-{size}-{seed}.html"
        (folder / name).write_text(made_pages.page("news", size, seed=seed), "utf-8")
        page = extension.browser.open(f"{site}/{name}")
        tab = _tab(extension, page)
        text = _opened(form, extension, tab)["text"]
        seconds, html = _snapshot(form, tab)
        texts.append(text)
        ratios.append(text / (seconds + _extraction(html)))
        page.close()
    median, p95 = median_and_p95(f"form to the text of {size // 1000} KB", texts)
    name = f"the same ÷ snapshot and extraction, {size // 1000} KB"
    return [median, p95, Figure(name, statistics.median(ratios), "×", TEXT_AIM)]


def _tab(extension: Extension, page: Page) -> int:
    url = json.dumps(page.evaluate("location.href"))
    worker = extension.service_worker()
    tab: int = worker.evaluate(f"chrome.tabs.query({{ url: {url} }}).then(([{{ id }}]) => id)")
    worker.detach()
    return tab


def _opened(form: Page, extension: Extension, tab: int) -> dict[str, float]:
    """Seconds from the opening of the form of *tab*."""
    form.navigate(f"chrome-extension://{extension.id}/{FORM}?tab={tab}")
    seen: dict[str, float] = form.wait_until("'text' in globalThis.seen && seen", timeout=120)
    return seen


def _snapshot(form: Page, tab: int) -> tuple[float, str]:
    """Seconds of a snapshot, and its HTML."""
    seconds, html = form.evaluate(
        "import('../browser.js').then(async ({ browserOf }) => {"
        " const begun = performance.now();"
        f" const {{ html }} = await browserOf().snapshot({tab});"
        " return [(performance.now() - begun) / 1000, html]; })"
    )
    return seconds, html


def _extraction(html: str) -> float:
    line = json.dumps({"html": html}).encode()
    begun = time.perf_counter()
    answer_article(line)
    return time.perf_counter() - begun
