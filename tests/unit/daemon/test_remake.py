"""Notes that are made anew from their kept pages, through the daemon's socket and command."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.daemon.running import RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError


def names(daemon: RunningDaemon) -> list[str]:
    return sorted(path.name for path in daemon.archive.iterdir())


def settled(daemon: RunningDaemon, id: str) -> dict[str, Any]:
    """The capture, once its deliveries are delivered."""
    with daemon.client.events() as events:
        while True:
            view = daemon.ask("GET", f"/captures/{id}")
            if all(delivery["state"] == "delivered" for delivery in view["deliveries"]):
                return view
            assert events.next(timeout=60) is not None


def remade(daemon: RunningDaemon, id: str) -> dict[str, Any]:
    return daemon.ask("POST", f"/captures/{id}/remake")


def spooled(daemon: RunningDaemon) -> set[str]:
    return {path.name.partition(".")[0] for path in (daemon.home / "spool").glob("*.gz")}


def test_a_note_that_would_be_the_same_is_not_sent_again(daemon: RunningDaemon) -> None:
    view = daemon.start().archived(title="Tides")
    spool = spooled(daemon)

    answer = remade(daemon, view["id"])

    assert answer == {"capture": view["id"], "outcome": "unchanged", "warning": None}
    assert names(daemon) == ["Tides.md"]
    assert spooled(daemon) == spool


def test_a_note_that_has_changed_is_a_version_beside_the_old_one(daemon: RunningDaemon) -> None:
    first = daemon.start().archived(title="Tides")
    daemon.ask("PATCH", "/settings", {"template": "plain"})
    answer = remade(daemon, first["id"])
    second = settled(daemon, answer["capture"])
    same = remade(daemon, first["id"])

    assert answer["outcome"] == "remade"
    assert names(daemon) == ["Tides (2).md", "Tides.md"]
    assert (daemon.archive / "Tides.md").read_text().startswith("# Tides\n\n- **URL**")
    assert (daemon.archive / "Tides (2).md").read_text().startswith("# Tides\n\nhttps://")
    assert (second["remakes"], second["url"]) == (first["id"], first["url"])
    assert same == {"capture": second["id"], "outcome": "unchanged", "warning": None}
    [newest] = daemon.ask("GET", "/notes?query=tides")["notes"]
    assert (newest["id"], newest["older_versions"]) == (second["id"], [first["id"]])
    notes = daemon.ask("GET", "/notes?query=tides&versions=true")["notes"]
    assert {note["id"]: note["newer_version"] for note in notes} == {
        first["id"]: second["id"],
        second["id"]: None,
    }


def test_a_remade_note_keeps_its_time_and_the_summary_of_its_user(daemon: RunningDaemon) -> None:
    capture = a_capture(title="Tides", draft=True)
    with daemon.start().client.events() as events:
        daemon.ask("POST", "/captures", capture)
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
    daemon.ask("POST", f"/captures/{capture['id']}/archive", {"summary": "My own words. #mine"})
    with daemon.client.events() as events:
        while not (view := daemon.ask("GET", f"/captures/{capture['id']}"))["deliveries"]:
            events.next(timeout=60)
    first = settled(daemon, view["id"])
    daemon.ask("PATCH", "/settings", {"template": "frontmatter"})
    second = settled(daemon, remade(daemon, first["id"])["capture"])

    old, new = (Path(view["deliveries"][0]["receipt"]["place"]) for view in (first, second))
    assert "My own words. #mine" in new.read_text()
    assert "2026-11-20 " in old.read_text()
    assert '\narchived: "2026-11-20T' in new.read_text()
    assert second["summary"] == "My own words. #mine"


def test_a_text_that_was_edited_is_not_made_anew(daemon: RunningDaemon) -> None:
    capture = a_capture(draft=True)
    with daemon.start().client.events() as events:
        daemon.ask("POST", "/captures", capture)
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
        daemon.ask("POST", f"/captures/{capture['id']}/archive", {"markdown": "My own text."})
        while (events.next(timeout=60) or {})["type"] != "delivered":
            pass

    with pytest.raises(DaemonRefusedError) as refused:
        remade(daemon, capture["id"])

    assert refused.value.code == "text-edited"


def test_what_has_no_note_or_is_not_there_is_told(daemon: RunningDaemon) -> None:
    capture = a_capture(draft=True)
    daemon.start().ask("POST", "/captures", capture)

    for id, code in ((capture["id"], "not-archived"), ("nothing-here", "capture-unknown")):
        with pytest.raises(DaemonRefusedError) as refused:
            remade(daemon, id)
        assert refused.value.code == code


def test_the_command_tells_what_became_of_each_note(daemon: RunningDaemon) -> None:
    kept, gone = (daemon.start().archived(title=title)["id"] for title in ("Kept", "Gone"))
    (daemon.home / "spool" / f"{gone}.json.gz").unlink()
    daemon.ask("PATCH", "/settings", {"template": "plain"})
    run = daemon.command("remake", "--all", "--json")
    told = {line["outcome"]: line for line in json.loads(run.stdout)}
    again = daemon.command("remake", "--all")
    wrong = daemon.command("remake")

    assert run.returncode == 0
    assert told.keys() == {"remade", "gone"}
    assert told["gone"]["note"] == gone
    assert told["gone"]["error"]["code"] == "capture-lost"
    assert settled(daemon, told["remade"]["note"])["remakes"] == kept
    assert sorted(line.split()[0] for line in again.stdout.splitlines() if line[0] != " ") == [
        "gone",
        "unchanged",
    ]
    assert wrong.returncode == 2


def test_a_note_that_fails_to_be_made_anew_ends_the_command_with_1(daemon: RunningDaemon) -> None:
    daemon.start()
    run = daemon.command("remake", "nothing-here", "--json")

    assert run.returncode == 1
    assert [line["outcome"] for line in json.loads(run.stdout)] == ["failed"]


def test_captures_are_listed_page_by_page(daemon: RunningDaemon) -> None:
    ids = [daemon.start().archived(title=f"Page {number}")["id"] for number in range(3)]

    def before(id: str) -> list[str]:
        return [view["id"] for view in daemon.ask("GET", f"/captures?before={id}")["captures"]]

    assert before(ids[2]) == [ids[1], ids[0]]
    assert before(ids[0]) == []


def test_a_template_that_fails_is_told_by_the_command(daemon: RunningDaemon) -> None:
    daemon.home.joinpath("templates").mkdir()
    daemon.home.joinpath("templates/mine.md.j2").write_text("{{ titel }}")
    daemon.settings('template = "mine"').start()
    page = daemon.home / "page.html"
    page.write_text(a_capture()["html"])
    run = daemon.command("archive", str(page), "--url", "https://example.org/a")

    assert run.returncode == 0
    assert "The template “mine” failed in line 1: 'titel' is undefined." in run.stdout


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"template": "nosuch"}, "template-unknown"),
        ({"plans": {"local": {"template": "nosuch"}}}, "template-unknown"),
        ({"template": "broken"}, "template-failed"),
        ({"backends": {"local": {"colour": "red"}}}, "settings-invalid"),
        ({"backends": {"local": {"folder": "Notes"}}}, "settings-invalid"),
        ({"backends": {"local": {"name": "{{ titel }}"}}}, "settings-invalid"),
        ({"backends": {"other": {"kind": "papyrus"}}}, "kind-unknown"),
        ({"summarizer": {"sentences": "many"}}, "settings-invalid"),
        ({"summarizer": {"kind": "oracle"}}, "kind-unknown"),
    ],
    ids=str,
)
def test_what_could_never_work_is_refused_before_it_is_written(
    daemon: RunningDaemon, patch: dict[str, Any], code: str
) -> None:
    daemon.home.joinpath("templates").mkdir()
    daemon.home.joinpath("templates/broken.md.j2").write_text("{% for %}")
    daemon.settings("idle_minutes = 5").start()

    with pytest.raises(DaemonRefusedError) as refused:
        daemon.ask("PATCH", "/settings", patch)

    assert refused.value.code == code
    assert (daemon.home / "settings.toml").read_text() == "idle_minutes = 5"


@pytest.mark.parametrize(("template", "ok"), [("nosuch", False), ("plain", True)])
def test_the_doctor_looks_at_the_templates(
    daemon: RunningDaemon, template: str, *, ok: bool
) -> None:
    daemon.settings(f'template = "{template}"').start()
    findings = json.loads(daemon.command("doctor", "--json").stdout)

    assert [found["ok"] for found in findings if found["what"] == f"template {template}"] == [ok]


def test_a_snapshot_of_the_kept_page_lies_beside_the_note(daemon: RunningDaemon) -> None:
    daemon.settings('[backends.local]\nkind = "local"\nsnapshot = true').start()
    daemon.archived(title="Tides")

    assert names(daemon) == ["Tides.html", "Tides.md"]
    assert "All rights reserved" in (daemon.archive / "Tides.html").read_text()


def test_a_snapshot_that_could_not_be_made_is_told_with_the_receipt(
    daemon: RunningDaemon,
) -> None:
    folder = daemon.home / "notes"
    table = f'[backends.local]\nkind = "local"\nsnapshot = true\nfolder = "{folder}"\n'
    later = f'[backends.later]\nkind = "local"\nfolder = "{daemon.home}/later"\n'
    plan = '[plans.local]\nbackends = ["local", "later"]\n'
    daemon.settings(plan + table + later).start()
    view = daemon.archived(title="Tides")  # neither folder is there
    (daemon.home / "spool" / f"{view['id']}.json.gz").unlink()
    folder.mkdir()
    with daemon.client.events() as events:
        daemon.ask("POST", f"/deliveries/{view['id']}.local/retry")
        while (event := events.next(timeout=60) or {})["type"] != "delivered":
            pass
    status = daemon.command("status").stdout

    assert [path.name for path in folder.glob("*.md")] == ["Tides.md"]
    assert event["receipt"]["warning"]["code"] == "snapshot-not-made"
    assert "The page itself is not beside the note. A file of this capture is missing" in status
    assert "Archive the page again" in status


def test_a_name_that_never_ends_is_rejected_and_holds_up_nobody(daemon: RunningDaemon) -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    text = '[plans.local]\nbackends = ["local", "slow"]\n[backends.local]\n[backends.slow]\n'
    daemon.settings(f"{text}kind = \"local\"\nname = '{loop}'").start()
    with daemon.client.events() as events:
        daemon.ask("POST", "/captures", capture := a_capture(title="Tides"))
        while (events.next(timeout=60) or {})["type"] != "rejected":
            pass
    states = {
        delivery["backend"]: delivery
        for delivery in daemon.ask("GET", f"/captures/{capture['id']}")["deliveries"]
    }

    assert states["local"]["state"] == "delivered"
    assert states["slow"]["error"]["code"] == "template-failed"
