"""Rules: what becomes of the pages of a site when a person has chosen nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.errors import SettingsError
from daemon.settings import Planned, load
from tests.unit.daemon.running import RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError

PLANS = """
[plans.local]
backends = ["local"]

[plans.second]
backends = ["second"]
template = "plain"
summary = false

[backends.local]
kind = "local"

[backends.second]
kind = "local"
folder = "{folder}"
"""
RULES = (
    PLANS
    + """
[[rules]]
site = "example.org/news"
plan = "second"

[[rules]]
site = "example.org"
template = "frontmatter"
summary = false

[[rules]]
site = "example.org/never"
plan = "second"

[[rules]]
site = "example.net"
plan = "second"
template = "classic"
summary = true
"""
)


@pytest.fixture
def ruled(daemon: RunningDaemon) -> RunningDaemon:
    folder = daemon.home / "second"
    folder.mkdir()
    return daemon.settings(RULES.format(folder=folder)).start()


def planned(
    home: Path, url: str, plan: str | None = None, *, text: str = RULES
) -> tuple[str, str, bool]:
    file = home / "settings.toml"
    file.write_text(text, "utf-8")
    found: Planned = load(file).planned(plan, url)
    return found.plan, found.template, found.summary


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.org/news/tides", ("second", "plain", False)),
        ("https://example.org/", ("local", "frontmatter", False)),
        ("https://example.org/never", ("local", "frontmatter", False)),
        ("https://example.net/", ("second", "classic", True)),
        ("https://example.com/", ("local", "classic", True)),
    ],
)
def test_the_first_rule_that_fits_counts(
    tmp_path: Path, url: str, found: tuple[str, str, bool]
) -> None:
    assert planned(tmp_path, url) == found


@pytest.mark.parametrize(
    ("url", "plan", "found"),
    [
        ("https://example.net/", "second", ("second", "classic", True)),
        ("https://example.net/", "local", ("local", "classic", True)),
        ("https://example.org/news/tides", "local", ("local", "classic", True)),
        ("https://example.org/", "local", ("local", "frontmatter", False)),
        ("https://example.org/", "second", ("second", "frontmatter", False)),
    ],
)
def test_a_rule_with_a_plan_counts_for_that_plan_alone_and_one_without_for_each(
    tmp_path: Path, url: str, plan: str, found: tuple[str, str, bool]
) -> None:
    assert planned(tmp_path, url, plan) == found


@pytest.mark.parametrize(
    "site",
    [
        "",
        "https://example.org",
        "example.org/a?b",
        "*.example.org",
        "example .org",
        "a@example.org",
        "example.org:port",
        "/blog",
        "example.org\\n",
        "x" * 501,
    ],
)
def test_what_is_no_site_is_refused_and_its_place_is_named(tmp_path: Path, site: str) -> None:
    rules = f'[[rules]]\nsite = "example.org"\n[[rules]]\nsite = "{site}"\n'

    with pytest.raises(SettingsError) as refused:
        planned(tmp_path, "https://example.org/", text=rules)

    assert refused.value.code == "settings-invalid"
    assert "`$.rules[1].site`" in refused.value.message


def test_a_rule_whose_plan_is_not_there_is_refused(ruled: RunningDaemon) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        ruled.ask("PATCH", "/settings", {"plans": {"second": None}})

    assert refused.value.code == "plan-unknown"
    assert "example.org/news" in str(refused.value)


def test_a_rule_whose_template_is_not_there_is_refused(ruled: RunningDaemon) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        ruled.ask("PATCH", "/settings", {"rules": [{"site": "example.org", "template": "none"}]})

    assert refused.value.code == "template-unknown"


def test_a_page_goes_where_the_rule_says_in_its_form(ruled: RunningDaemon) -> None:
    view = ruled.archived(url="https://example.org/news/tides")

    [delivery] = view["deliveries"]
    note = Path(delivery["receipt"]["place"])
    assert delivery["backend"] == "second"
    assert view["plan"] is None
    assert note.is_relative_to(ruled.home / "second")
    assert note.read_text("utf-8").startswith("# A page\n\nhttps://example.org/news/tides\n")


def test_a_rule_switches_the_summary_off_and_on(ruled: RunningDaemon) -> None:
    without = ruled.archived(url="https://example.org/")
    within = ruled.archived(url="https://example.net/", title="Another")

    notes = [Path(view["deliveries"][0]["receipt"]["place"]) for view in (without, within)]
    assert ["#### " in note.read_text("utf-8") for note in notes] == [False, True]


def test_another_plan_that_was_asked_for_takes_the_place_of_the_rule(ruled: RunningDaemon) -> None:
    view = ruled.archived(url="https://example.org/news/tides", plan="local")

    assert [each["backend"] for each in view["deliveries"]] == ["local"]


def test_a_selection_goes_by_the_rule_of_its_page(ruled: RunningDaemon) -> None:
    selection = "<p>The part of the page that was selected, which is long enough for a note.</p>"
    view = ruled.archived(
        url="https://example.org/news/tides", selection=selection, part="selection"
    )

    assert [each["backend"] for each in view["deliveries"]] == ["second"]


def test_a_draft_says_what_becomes_of_it_with_each_plan_first_that_of_its_rule(
    ruled: RunningDaemon,
) -> None:
    capture = a_capture(url="https://example.org/news/tides", draft=True)
    ruled.ask("POST", "/captures", capture)

    draft = ruled.ask("GET", f"/captures/{capture['id']}")
    sent = ruled.ask("POST", f"/captures/{capture['id']}/archive", {"plan": "local"})

    assert draft["plan"] is None
    assert draft["planned"] == [
        {"plan": "second", "template": "plain", "summary": False},
        {"plan": "local", "template": "classic", "summary": True},
    ]
    assert (sent["plan"], sent["planned"]) == ("local", [])


def test_what_was_archived_is_made_anew_by_the_rules_of_today(ruled: RunningDaemon) -> None:
    before = ruled.archived(url="https://example.com/")
    ruled.ask("PATCH", "/settings", {"rules": [{"site": "example.com", "plan": "second"}]})

    remade = ruled.ask("POST", f"/captures/{before['id']}/remake")

    view = ruled.ask("GET", f"/captures/{remade['capture']}")
    assert [each["backend"] for each in view["deliveries"]] == ["second"]


def test_rules_are_kept_as_they_were_written_and_taken_back_as_they_are_told(
    ruled: RunningDaemon,
) -> None:
    told = ruled.ask("GET", "/settings")["rules"]
    for rules in (list(reversed(told)), [], told[:1]):
        changed = ruled.ask("PATCH", "/settings", {"rules": rules})

        assert changed["rules"] == rules
        assert ruled.ask("GET", "/settings")["rules"] == rules
    assert told[1] == {"site": "example.org", "template": "frontmatter", "summary": False}


def test_the_schema_tells_what_a_rule_is(ruled: RunningDaemon) -> None:
    rule = ruled.ask("GET", "/settings/schema")["settings"]["$defs"]["Rule"]

    assert list(rule["properties"]) == ["site", "plan", "template", "summary"]
    assert rule["required"] == ["site"]
    assert rule["properties"]["site"]["pattern"]
