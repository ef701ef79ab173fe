"""The summary in the form: written while one looks on, stopped, written anew, edited, archived."""

from __future__ import annotations

import json
import statistics
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import ROOT, note_of
from tests.fakes.dictated import Dictation, serving
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Page, Target

pytestmark = pytest.mark.chromium

#: Pictures of the form, for people.
PICTURES = ROOT / "build" / "pictures"

TEXT = "document.querySelector('#summary').value"
TOLD = "document.querySelector('#summary-told').textContent"
BUTTON = "document.querySelector('#summarize').textContent"
DOUBTS = "[...document.querySelectorAll('#doubted li')].map((line) => line.textContent)"
SIZE = "[document.documentElement.scrollHeight, document.querySelector('#archive').offsetTop]"

FIRST = "### Archive note\n\nThe fair took 2.3 m, and the rain stopped nobody.\n\n#fair"
DOUBT = {"text": "2.3 m", "kind": "number"}


@pytest.fixture
def dictation(user: User, tmp_path: Path) -> Iterator[Dictation]:
    """A daemon whose summaries the test dictates."""
    made = Dictation()
    user.install_host()
    with serving(tmp_path / "kinds", user.environ):
        user.daemon.ask("PATCH", "/settings", {"summarizer": made.table})
        yield made
    made.close()


@pytest.fixture
def page(dictation: Dictation, extension: Extension, site: Site) -> Page:
    return extension.browser.open(site.publish(Article(1)))


def opened(extension: Extension, page: Page) -> Target:
    """The form of *page*, with its text."""
    extension.trigger(page)
    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    return form


def shows(form: Target, expression: str, value: object) -> None:
    form.wait_until(
        f"JSON.stringify({expression}) === {json.dumps(json.dumps(value, ensure_ascii=False, separators=(',', ':')))}"
    )


def edit(form: Target, text: str) -> None:
    """Write *text* into the field of the summary, as a person would."""
    form.evaluate("document.querySelector('#summary').focus()")
    form.evaluate("document.querySelector('#summary').select()")
    form.call("Input.insertText", {"text": text})


def picture(form: Target, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    form.screenshot(PICTURES / f"{name}.png")


def view_of(user: User) -> dict[str, Any]:
    (capture,) = user.daemon.ask("GET", "/captures")["captures"]
    found: dict[str, Any] = user.daemon.ask("GET", f"/captures/{capture['id']}")
    return found


def test_a_summary_is_written_while_one_looks_on_edited_and_archived(
    dictation: Dictation, extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    size = form.evaluate(SIZE)
    form.click("#summarize")
    writing = dictation.asked()
    writing.say("### Archive note\n\n", "The fair took 2.3 m")
    shows(form, TEXT, "### Archive note\n\nThe fair took 2.3 m")
    picture(form, "summary-streams")
    assert form.evaluate(BUTTON) == "Stop"
    assert form.evaluate("document.querySelector('#archive').disabled")
    assert form.evaluate("document.querySelector('#summary').readOnly")
    writing.end(
        FIRST, doubts=[DOUBT], input_tokens=5120, output_tokens=340, cost=0.0042, seconds=6.5
    )
    form.wait_until(f"!document.querySelector('#summary').readOnly && {TEXT}.includes('2.3')")
    picture(form, "summary-written")
    (doubt,) = form.evaluate(DOUBTS)
    assert "2.3" in doubt
    assert form.evaluate(TOLD) == "a-model · 5,460 tokens · cost 0.0042 · 6.5 sec"
    assert form.evaluate(SIZE) == size, "nothing has moved"

    edit(form, FIRST.replace("2.3 m", "much"))
    assert form.evaluate(DOUBTS) == []
    with user.daemon.events() as events:
        form.click("#archive")
        note = note_of(events, user, view_of(user)["url"])

    text = note.read_text("utf-8")
    assert "The fair took much" in text
    assert "2.3 m" not in text
