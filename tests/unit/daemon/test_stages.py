"""Capture → Draft: what the page says is weighed against where it came from."""

from datetime import UTC, datetime

import pytest

from daemon.extract import parse
from daemon.model import Capture, Draft, Summary
from daemon.stages import draft_from, held_against
from daemon.summarizers import extract
from daemon.summarizers.extract import summarize

URL = "https://news.example.org/tides?from=mail"
HTML = "<html><head>{}</head><p>The tides come twice a day, and they go twice a day.</p></html>"


def draft_of(*, canonical: str | None = None, head: str = "", whole: bool = False) -> Draft:
    html = HTML.format(head)
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    capture = Capture(
        id="0123456789",
        url=URL,
        title="The tides",
        html=html,
        captured_at=moment,
        canonical=canonical,
        language="en-GB",
    )
    return draft_from(parse(html), capture, whole=whole)


@pytest.mark.parametrize("whole", [True, False], ids=["selection", "page"])
@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        (None, URL),
        ("https://news.example.org/tides", "https://news.example.org/tides"),
        ("https://bank.example/login", URL),
        ("javascript:alert(1)", URL),
        ("http://[", URL),
    ],
)
def test_a_page_cannot_pass_for_one_of_another_site(
    canonical: str | None, url: str, *, whole: bool
) -> None:
    assert draft_of(canonical=canonical, whole=whole).url == url


def test_the_browser_fills_in_what_the_page_does_not_say() -> None:
    draft = draft_of()

    assert (draft.title, draft.language) == ("The tides", "en-GB")


def test_the_page_knows_its_language_better() -> None:
    assert draft_of(head='<meta property="og:locale" content="fr_FR">').language == "fr-FR"


def test_the_end_of_a_long_page_is_read_for_its_summary() -> None:
    rows = "".join(f"<p>Row {number} of the table of tides</p>" for number in range(40_000))
    html = f"<h1>The tides</h1>{rows}<p>The tides of Fundy are the highest of all.</p>"
    capture = Capture(
        id="0123456789",
        url=URL,
        title="The tides",
        html=html,
        captured_at=datetime(2026, 11, 20, tzinfo=UTC),
    )

    draft = draft_from(parse(html), capture, whole=True)
    summary = summarize(draft, "en", (), settings=extract.Settings(sentences=1))

    assert len(draft.markdown) > 1_000_000
    assert "1. The tides of Fundy are the highest of all." in summary
    # The last thing that it says can be held against the page as well.
    assert not held_against(draft, Summary(markdown=summary, made_by="extract")).doubts


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "It took 2.75 m."},
        {"text": None, "markdown": "It took **2.75** m."},
        {"text": "", "title": "It took 2.75 m"},
        {"text": "", "site": "2.75 m"},
        {"text": "x" * 1_000_000, "markdown": f"{'x' * 1_000_000}\n\n2.75 m"},
    ],
    ids=["text", "edited", "title", "head", "long"],
)
def test_a_summary_is_held_against_all_that_a_draft_says(fields: dict[str, str]) -> None:
    draft = Draft(**({"url": "", "title": "", "markdown": ""} | fields))  # type: ignore[arg-type]  # as above
    summary = Summary(markdown="It took 2.75 m, not 2.85 m.", made_by="a-model")

    held = held_against(draft, summary)

    (doubt,) = held.doubts
    assert "2.85" in doubt.text
    assert held.markdown.count("⚠") == 1
