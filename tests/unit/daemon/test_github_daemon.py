"""GitHub in a plan of a daemon: two receipts, pauses that end by themselves, no token told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.snapshot import is_ours
from tests.fakes.github_proxy import refused
from tests.fakes.github_server import TOKEN
from tests.fakes.github_site import Github, site
from tests.unit.daemon.running import RunningDaemon, a_capture

SETTINGS = """
plan = "both"

[plans.both]
backends = ["local", "hub"]

[backends.local]
kind = "local"

[backends.hub]
kind = "github"
repository = "{repository}"
api = "{api}"
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Github]:
    with site(tmp_path) as made:
        yield made


@pytest.fixture
def running(daemon: RunningDaemon, hub: Github) -> RunningDaemon:
    daemon.environ["GUIDANG_SECRET_HUB"] = TOKEN
    daemon.settings(SETTINGS.format(repository=hub.repo.full_name, api=hub.proxy.url))
    return daemon.start()


def ended(running: RunningDaemon) -> dict[str, Any]:
    """Archive a page and wait until both backends have it."""
    capture = a_capture(title="潮汐 #1 😀")
    left = {"local", "hub"}
    with running.client.events() as events:
        running.ask("POST", "/captures", capture)
        while left:
            event = events.next(timeout=60)
            assert event is not None
            assert event["type"] != "rejected", event
            if event["type"] == "delivered":
                left.discard(event["backend"])
    return running.ask("GET", f"/captures/{capture['id']}")


def test_a_plan_with_two_backends_has_two_receipts(running: RunningDaemon, hub: Github) -> None:
    view = ended(running)

    receipts = {each["backend"]: each["receipt"] for each in view["deliveries"]}
    assert receipts["local"]["place"] == str(running.archive / "潮汐 #1 😀.md")
    assert receipts["hub"]["place"] == f"{hub.repo.full_name}/潮汐 #1 😀.md"
    assert receipts["hub"]["revision"] == hub.repo.head
    (stored,) = hub.repo.files().values()
    assert stored == (running.archive / "潮汐 #1 😀.md").read_bytes()


def test_page_and_capture_lie_beside_the_note(daemon: RunningDaemon, hub: Github) -> None:
    daemon.environ["GUIDANG_SECRET_HUB"] = TOKEN
    table = SETTINGS.format(repository=hub.repo.full_name, api=hub.proxy.url)
    ended(daemon.settings(f"{table}snapshot = true\ncapture = true\n").start())

    files = hub.repo.files()
    assert sorted(Path(path).suffix for path in files) == [".gz", ".html", ".md"]
    (page,) = (data for path, data in files.items() if path.endswith(".html"))
    (capture,) = (data for path, data in files.items() if path.endswith(".json.gz"))
    assert is_ours(page)
    assert "The first paragraph" in json.loads(gzip.decompress(capture))["html"]


def test_a_limit_is_waited_for_by_itself_and_holds_up_no_other_backend(
    running: RunningDaemon, hub: Github
) -> None:
    hub.proxy.on("POST", "/git/trees", refused(429, "secondary rate limit", Retry_After="1"))
    view = ended(running)

    (delivery,) = (each for each in view["deliveries"] if each["backend"] == "hub")
    assert delivery["attempts"] == 2
    assert len(hub.repo.files()) == 1


def test_the_token_is_told_nowhere(running: RunningDaemon, hub: Github) -> None:
    hub.proxy.on("POST", "/git/trees", refused(422, f"strange {TOKEN}"))
    view = running.archived()
    told = [
        json.dumps(view),
        running.log,
        json.dumps(running.ask("GET", "/settings")),
        running.command("status").stdout,
        running.command("doctor").stdout,
    ]

    assert view["deliveries"][1]["state"] == "rejected"
    assert TOKEN not in "".join(told)
    assert "ok" in told[-1]


def test_a_check_is_a_request_and_part_of_doctor(running: RunningDaemon, hub: Github) -> None:
    sentence = f"Notes go to {hub.repo.full_name}, branch “main”."

    assert running.ask("POST", "/backends/hub/check") == {"message": sentence}
    assert sentence in running.command("doctor").stdout


def test_the_schema_has_what_a_form_needs(running: RunningDaemon) -> None:
    schema = running.ask("GET", "/settings/schema")["backends"]["github"]
    fields = schema["$defs"]["Settings"]["properties"]

    assert fields["repository"]["description"] == "owner/name"
    assert fields["again"]["enum"] == ["overwrite", "skip", "version"]
