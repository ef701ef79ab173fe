"""The summary in the form: written while one looks on, stopped, written anew, edited, archived."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from daemon.spool import Spool
from tests.e2e.articles import Article
from tests.e2e.user import ROOT, note_of
from tests.fakes.dictated import Dictation, serving
from tests.fakes.messages_api import MessagesApi, begun, held, said
from tests.fakes.service_thread import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tests.fakes.dictated import Writing
    from tools.chromium import Extension, Page, Target

pytestmark = pytest.mark.chromium

#: Pictures of the form, for people.
PICTURES = ROOT / "build" / "pictures"

TEXT = "document.querySelector('#summary').value"
TOLD = "document.querySelector('#summary-told').textContent"
BUTTON = "document.querySelector('#summarize').textContent"
DOUBTS = "[...document.querySelectorAll('#doubted li')].map((line) => line.textContent)"
SIZE = "[document.documentElement.scrollHeight, document.querySelector('#archive').offsetTop]"

#: Notes the time at which words are in the field and on the screen.
WATCH = """{
    globalThis.shown = null;
    const field = document.querySelector("#summary");
    const look = () => {
        if (shown === null && field.readOnly && field.value.startsWith("Words"))
            shown = performance.timeOrigin + performance.now();
        requestAnimationFrame(look);
    };
    look();
}"""

#: What a service writes in the end.
WHOLE = "\n\n### Archive note: A fair\n\n#### Core content\n\nThe whole of it."
FIRST = "### Archive note\n\nThe fair took 2.3 m, and the rain stopped nobody.\n\n#fair"


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
    # Opened again, it may still be the empty document before it.
    form.wait_until("document.body?.dataset.stage === 'editing'")
    return form


def shows(form: Target, expression: str, value: object) -> None:
    """Wait until it does."""
    form.wait_until(f"({expression}) === {json.dumps(value)}")


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


def asked(form: Target, dictation: Dictation) -> Writing:
    """The summary that is asked for with a click."""
    form.click("#summarize")
    return dictation.asked()


def at_rest(form: Target, text: str) -> None:
    """Wait until nothing is written and the field holds *text*."""
    form.wait_until(f"!document.querySelector('#summary').readOnly && {TEXT}.includes({text!r})")


def archived(form: Target, user: User) -> str:
    with user.daemon.events() as events:
        form.click("#archive")
        return note_of(events, user, view_of(user)["url"]).read_text("utf-8")


def test_a_summary_is_written_while_one_looks_on_edited_and_archived(
    dictation: Dictation, extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    size = form.evaluate(SIZE)
    writing = asked(form, dictation)
    writing.say("### Archive note\n\n", "The fair took 2.3 m")
    shows(form, TEXT, "### Archive note\n\nThe fair took 2.3 m")
    picture(form, "summary-streams")
    assert form.evaluate(BUTTON) == "Stop"
    assert form.evaluate("document.querySelector('#archive').disabled")
    assert form.evaluate("document.querySelector('#summary').readOnly")
    assert form.evaluate(TOLD) == "Writing…"

    writing.end(FIRST, input_tokens=5120, output_tokens=340, cost=0.0042, seconds=6.5)
    at_rest(form, "⚠")
    picture(form, "summary-written")
    (doubt,) = form.evaluate(DOUBTS)
    assert "2.3" in doubt
    assert form.evaluate(TOLD) == "a-model · 5,460 tokens · cost 0.0042 · 6.5 s"
    assert form.evaluate(SIZE) == size, "nothing has moved"

    edit(form, FIRST.replace("2.3 m", "much"))
    assert form.evaluate(DOUBTS) == []
    assert form.evaluate(TOLD).endswith(" · edited")
    note = archived(form, user)

    assert "The fair took much" in note
    assert "2.3" not in note


def test_a_summary_goes_into_the_note_as_it_was_written(
    dictation: Dictation, extension: Extension, page: Page, user: User
) -> None:
    user.daemon.ask("PATCH", "/settings", {"template": "frontmatter"})
    form = opened(extension, page)
    asked(form, dictation).end(FIRST)
    at_rest(form, "⚠")

    note = archived(form, user)

    assert "The fair took 2.3" in note
    assert "⚠" in note
    assert 'summary_model: "a-model"' in note


def test_stop_ends_the_writing_and_brings_the_summary_before_back(
    dictation: Dictation, extension: Extension, page: Page
) -> None:
    form = opened(extension, page)
    asked(form, dictation).end("The first one.")
    at_rest(form, "The first one.")

    writing = asked(form, dictation)
    writing.say("Half a")
    shows(form, TEXT, "Half a")
    form.click("#summarize")
    writing.stopped()

    at_rest(form, "The first one.")
    assert form.evaluate(BUTTON) == "Regenerate"
    asked(form, dictation).end("The second one.")
    at_rest(form, "The second one.")


def test_what_began_anew_takes_the_place_of_what_came(
    dictation: Dictation, extension: Extension, page: Page
) -> None:
    form = opened(extension, page)
    writing = asked(form, dictation)
    writing.say("Wrong")
    shows(form, TEXT, "Wrong")

    writing.say(None, "Right")

    shows(form, TEXT, "Right")


def test_why_there_is_no_summary_is_told_and_the_note_goes_out_all_the_same(
    dictation: Dictation, extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    size = form.evaluate(SIZE)
    writing = asked(form, dictation)
    writing.say("Half a")
    writing.fail(code="api-down", message="The service is down.", hint="Wait a little.")

    shows(form, "document.querySelector('#unwritten').innerText.includes('Wait a little.')", True)
    assert form.evaluate(TEXT) == ""
    assert form.evaluate(BUTTON) == "Generate"
    assert form.evaluate(SIZE) == size
    edit(form, "My own words.")
    assert "My own words." in archived(form, user)


def test_a_form_that_is_closed_while_it_is_written_finds_it_again(
    dictation: Dictation, extension: Extension, page: Page
) -> None:
    form = opened(extension, page)
    writing = asked(form, dictation)
    writing.say("The fair")
    shows(form, TEXT, "The fair")
    form.close()

    again = opened(extension, page)
    shows(again, TEXT, "The fair")
    again.close()
    writing.end(FIRST)
    last = opened(extension, page)

    at_rest(last, "The fair took 2.3")
    assert last.evaluate(TOLD).startswith("a-model")


def test_a_summary_that_is_told_after_the_draft_is_shown_unless_the_user_wrote_one(
    extension: Extension, page: Page
) -> None:
    form = opened(extension, page)
    form.evaluate(
        """(async () => {
            const { SummaryField } = await import("./summary.js");
            const browser = { text: (name) => name, language: () => "en" };
            const field = new SummaryField(browser, { edit() {} });
            const capture = { id: "1", markdown: "M", written: null, planned: [] };
            const rest = { stage: "editing", plans: [], writing: null, unwritten: null };
            window.tell = (summary) => field.show({ ...rest, capture: { ...capture, summary } });
            window.tell(null);
            window.tell("The first one.");
        })()"""
    )
    assert form.evaluate(TEXT) == "The first one."

    form.evaluate("document.querySelector('#summary').dispatchEvent(new Event('input'))")
    form.evaluate("window.tell('The second one.')")
    assert form.evaluate(TEXT) == "The first one."


def test_who_reads_further_up_is_left_there(
    dictation: Dictation, extension: Extension, page: Page
) -> None:
    form = opened(extension, page)
    writing = asked(form, dictation)
    top = "document.querySelector('#summary').scrollTop"
    writing.say("A line.\n" * 40)
    form.wait_until(f"{top} > 100")
    form.evaluate(f"{top} = 20")

    writing.say("The end.")

    form.wait_until(f"{TEXT}.endsWith('The end.')")
    assert form.evaluate(top) == 20


def test_the_offline_extract_is_generated_and_says_so(
    extension: Extension, site: Site, user: User
) -> None:
    form = opened(extension, extension.browser.open(site.publish(Article(1))))

    form.click("#summarize")

    at_rest(form, "#")
    assert form.evaluate(TOLD) == "Offline extract, not by AI"
    assert view_of(user)["written"]["made_by"] == "extract"


def test_a_summary_that_could_not_be_checked_says_so(
    dictation: Dictation, extension: Extension, page: Page, user: User
) -> None:
    form = opened(extension, page)
    asked(form, dictation).end(FIRST)
    at_rest(form, "⚠")
    told_before = form.evaluate(TOLD)
    form.close()
    spool = Spool(user.state / "spool")
    (id,) = spool.ids()
    written = spool.summary(id)
    assert written is not None
    spool.keep_summary(id, structs.replace(written, unchecked=True))

    form = opened(extension, page)

    assert told_before == "a-model"
    shows(form, TOLD, "a-model · ⚠ not held against the article")


def test_the_first_words_are_in_the_form_150_ms_after_the_service_sent_them(
    extension: Extension, site: Site, user: User
) -> None:
    sent: list[float] = []
    turns = [asyncio.Event() for _ in range(20)]
    replies = [held(begun("Words"), turn, rest=said(WHOLE)[1:], sent=sent) for turn in turns]
    with served(MessagesApi(*replies, auth=None)) as service:
        table = {"kind": "claude", "service": "own", "api": service.api.url, "model": "tide-1"}
        user.install_host()
        user.wake_daemon()
        user.daemon.ask("PATCH", "/settings", {"summarizer": table})
        form = opened(extension, extension.browser.open(site.publish(Article(1))))
        form.evaluate(WATCH)
        since = time.time() - time.perf_counter()
        taken = []
        for turn in turns:
            form.evaluate("shown = null")
            form.click("#summarize")
            shown = form.wait_until("shown", timeout=60)
            taken.append(shown - (since + sent[-1]) * 1000)
            service.set(turn)
            at_rest(form, "The whole of it.")

    print(f"ms: median {statistics.median(taken):.1f}, worst {max(taken):.1f}")
    assert len(taken) == len(sent) == 20
    assert max(taken) <= 150, taken
