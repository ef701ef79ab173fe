"""From the shortcut to the note on disk, beside what the browser alone needs.

The browser alone: take the same snapshot and pass it to a native host that only answers. Both run
on the same page in turn, in one headless Chromium; once with hosts that the click has to start, as
after a pause, and once with hosts that are still there from the click before.
"""

from __future__ import annotations

import json
import signal
import statistics
import tempfile
import time
from pathlib import Path

from native_host.install import CHROMIUM_ORIGIN
from native_host.launcher import base_interpreter
from tests.bench.figures import Figure, median_and_p95
from tests.e2e.user import ROOT, User, end
from tools import browser, chromium
from tools.chromium import Extension, Page, Target
from tools.daemon_client import Events
from tools.serve import serve

ROUNDS = 30
WARM_UP = 3
ARTICLE_SIZE = 100_000
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<title>小城记事</title></head><body>
<nav><a href="/">首页</a></nav>
<main><article><h1>小城记事</h1>{paragraphs}</article></main></body></html>"""
SENTENCE = "这一段说的是第{number}件事，它发生在河边的小城，人们把它记在本子上。"

BARE = """(async () => {
    const [tab] = await chrome.tabs.query({ active: true });
    const begun = performance.now();
    globalThis.bare ??= chrome.runtime.connectNative("guidang_bare");
    const [{ result }] = await chrome.scripting.executeScript({
        target: { tabId: tab.id }, files: ["/extension/snapshot.js"] });
    await new Promise((answered) => {
        const hear = () => { bare.onMessage.removeListener(hear); answered(); };
        bare.onMessage.addListener(hear);
        bare.postMessage(result);
    });
    return (performance.now() - begun) / 1000;
})()"""


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home, serve(Path(home)) as site:
        user = User.at(Path(home))
        Path(home, "article.html").write_text(_html(), "utf-8")
        profile = user.profile()
        _install_bare_host(profile)
        user.wake_daemon()
        try:
            with (
                user.daemon.events() as events,
                chromium.start(
                    browser.obtain(), profile, headless=True, env=user.environ
                ) as running,
            ):
                extension = running.load_extension(ROOT)
                return _measured(user, extension, events, f"{site}/article.html")
        finally:
            user.stop_daemon()


def _measured(user: User, extension: Extension, events: Events, url: str) -> list[Figure]:
    page = extension.browser.open(url)
    worker = extension.service_worker()
    figures = []
    for start, hosts in (("hosts started by the click", True), ("hosts still there", False)):
        figures += _series(user, extension, page, worker, events, f"{start}: ", end_hosts=hosts)
    return figures


def _series(
    user: User,
    extension: Extension,
    page: Page,
    worker: Target,
    events: Events,
    name: str,
    *,
    end_hosts: bool,
) -> list[Figure]:
    stages: dict[str, list[float]] = {"accepted": [], "enqueued": [], "delivered": []}
    bare: list[float] = []
    for number in range(WARM_UP + ROUNDS):
        if end_hosts:
            for pid in user.hosts():
                end(pid, signal.SIGKILL)
            worker.evaluate("void (globalThis.bare = undefined)")
        times = _round(extension, page, events)
        alone = float(worker.evaluate(BARE))
        if number >= WARM_UP:
            bare.append(alone)
            for stage, series in stages.items():
                series.append(times[stage])
    read = [b - a for a, b in zip(stages["accepted"], stages["enqueued"], strict=True)]
    sent = [b - a for a, b in zip(stages["enqueued"], stages["delivered"], strict=True)]
    ratio = statistics.median(stages["delivered"]) / statistics.median(bare)
    return [
        *median_and_p95(f"{name}browser alone", bare),
        *median_and_p95(f"{name}click to accepted", stages["accepted"]),
        *median_and_p95(f"{name}accepted to note", read),
        *median_and_p95(f"{name}note to delivered", sent),
        *median_and_p95(f"{name}click to note", stages["delivered"]),
        Figure(f"{name}click to note ÷ alone", ratio, "×", 3),
    ]


def _round(extension: Extension, page: Page, events: Events) -> dict[str, float]:
    """Seconds from the key to each event of the capture."""
    begun = time.perf_counter()
    page.press(extension.shortcut("archive"))
    times: dict[str, float] = {}
    while "delivered" not in times:
        event = events.next(timeout=60)
        assert event is not None, "no note within a minute"
        times[event["type"]] = time.perf_counter() - begun
    return times


def _html() -> str:
    paragraphs: list[str] = []
    size = 0
    while size < ARTICLE_SIZE:
        first = len(paragraphs) * 5
        text = "".join(SENTENCE.format(number=number) for number in range(first, first + 5))
        paragraphs.append(f"<p>{text}</p>")
        size += len(paragraphs[-1].encode())
    return PAGE.format(paragraphs="".join(paragraphs))


def _install_bare_host(profile: Path) -> None:
    host = profile / "bare_host"
    program = Path(__file__).with_name("bare_host.py")
    host.write_text(f"#!/bin/sh\nexec '{base_interpreter()}' -ISE '{program}'\n")
    host.chmod(0o700)
    manifest = {
        "name": "guidang_bare",
        "description": "Only answers.",
        "path": str(host),
        "type": "stdio",
        "allowed_origins": [CHROMIUM_ORIGIN],
    }
    folder = profile / "NativeMessagingHosts"
    (folder / "guidang_bare.json").write_text(json.dumps(manifest))
