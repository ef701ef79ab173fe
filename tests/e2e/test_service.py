"""The sample page, summarised in the form by a service that nobody here wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.user import ROOT, note_of
from tests.fakes.aimock_server import aimock
from tools.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.user import User
    from tools.chromium import Extension, Target

pytestmark = pytest.mark.chromium

#: Pictures of the form, for people.
PICTURES = ROOT / "build" / "pictures"
TEXT = "document.querySelector('#summary').value"
TOLD = "document.querySelector('#summary-told').textContent"
DOUBTS = "[...document.querySelectorAll('#doubted li')].map((line) => line.textContent)"


@pytest.fixture
def service(user: User) -> Iterator[str]:
    """A daemon that asks a server which takes its time, twelve characters after the other."""
    with aimock("--chunk-size", "12", "--latency", "60") as address:
        user.environ["GUIDANG_SECRET_ANTHROPIC"] = "sk-a-test-key"
        user.install_host()
        user.wake_daemon()
        table = {"kind": "claude", "api": address, "model": "river-notes"}
        settings = {"summarizer": table, "template": "frontmatter", "language": "zh-CN"}
        user.daemon.ask("PATCH", "/settings", settings)
        yield address


def form_of_the_sample(extension: Extension, address: str) -> Target:
    page = extension.browser.open(f"{address}/article.zh.html")
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("document.body?.dataset.stage === 'editing'")
    return form


@pytest.mark.usefixtures("service")
def test_a_service_writes_into_the_form_and_what_the_page_does_not_say_is_marked(
    extension: Extension, user: User
) -> None:
    with serve(ROOT / "tools" / "sample") as address:
        form = form_of_the_sample(extension, address)
        form.click("#summarize")
        form.wait_until(f"{TEXT}.includes('核心内容')")
        assert form.evaluate("document.querySelector('#summary').readOnly"), "it still writes"
        PICTURES.mkdir(parents=True, exist_ok=True)
        form.screenshot(PICTURES / "service-streams.png")

        form.wait_until("!document.querySelector('#summary').readOnly")
        form.screenshot(PICTURES / "service-written.png")
        written = form.evaluate(TEXT)
        (doubt,) = form.evaluate(DOUBTS)
        told = form.evaluate(TOLD)
        with user.daemon.events() as events:
            form.click("#archive")
            (capture,) = user.daemon.ask("GET", "/captures")["captures"]
            note = note_of(events, user, capture["url"]).read_text("utf-8")

    assert "八小时⚠" in written
    assert written.count("⚠") == 1, "all else is in the article"
    assert "八小时" in doubt
    assert told.startswith("river-notes · 2,270 ")
    assert "八小时⚠" in note
    assert 'summary_model: "river-notes"\nsummary_tokens: 2270\n' in note
    assert f"tags: {json.dumps(['水文', '防汛', '自动化'], ensure_ascii=False)}" in note
