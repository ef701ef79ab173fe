"""Notes as the daemon and the command find, tell of and write them."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.fakes.images import png
from tests.unit.daemon.running import PAGE, RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError
from tools.waiting import poll

ASSET = "0123456789abcdef0123456789abcdef.webp"


def notes(daemon: RunningDaemon, query: str = "", **filters: Any) -> list[dict[str, Any]]:
    found = daemon.ask("GET", f"/notes?{urlencode({'query': query} | filters)}")["notes"]
    assert isinstance(found, list)
    return found


def placed(daemon: RunningDaemon, **fields: Any) -> dict[str, Any]:
    """A note that was archived and indexed with its place."""
    view = daemon.archived(**fields)
    return poll(
        lambda: next(
            (note for note in notes(daemon) if note["id"] == view["id"] and note["places"]), None
        ),
        "the note with its place",
        timeout=30,
    )


def test_a_note_is_found_with_its_snippet_and_its_place(daemon: RunningDaemon) -> None:
    note = placed(daemon.start(), title="武汉的潮汐")

    [found] = notes(daemon, "武汉 PARAGRAPH", site="example.org", backend="local", limit=1)

    assert found["marked_title"] == ["", "武汉", "的潮汐"]
    assert "paragraph" in found["snippet"]
    [place] = found["places"]
    assert place["place"] == str(daemon.archive / "武汉的潮汐.md")
    assert found == note | {name: found[name] for name in ("marked_title", "snippet")}


def test_a_note_is_told_whole(daemon: RunningDaemon) -> None:
    note = placed(daemon.start(), title="Tides")

    whole = daemon.ask("GET", f"/notes/{note['id']}")

    assert whole["markdown"] == (daemon.archive / "Tides.md").read_text("utf-8")
    with pytest.raises(DaemonRefusedError) as refused:
        daemon.ask("GET", "/notes/nothing-here")
    assert (refused.value.status, refused.value.code) == (404, "note-unknown")


def test_a_note_that_is_taken_out_keeps_its_file_and_can_be_put_back(daemon: RunningDaemon) -> None:
    note = placed(daemon.start(), title="Tides")
    file = daemon.archive / "Tides.md"
    text = file.read_bytes()

    with daemon.client.events() as events:
        daemon.ask("DELETE", f"/notes/{note['id']}")
        assert notes(daemon) == []
        assert file.read_bytes() == text
        daemon.command("reindex")
        assert daemon.ask("GET", "/notes?count=true") == {"notes": [], "total": 0}
        daemon.ask("POST", f"/notes/{note['id']}/restore")
        told: list[tuple[str, str]] = []
        while len(told) < 2:
            event = events.next(timeout=30)
            assert event is not None
            if event["type"] in {"removed", "indexed"}:
                told.append((event["type"], event["capture"]))

    assert told == [("removed", note["id"]), ("indexed", note["id"])]
    assert daemon.ask("GET", "/notes?count=true") == {"notes": [note], "total": 1}


def test_a_note_that_was_taken_out_stays_out_of_a_library_that_is_made_anew(
    daemon: RunningDaemon,
) -> None:
    kept = placed(daemon.start(), title="Tides")
    note = placed(daemon, title="Moon", url="https://example.org/moon")
    daemon.ask("DELETE", f"/notes/{note['id']}")
    daemon.end()
    (daemon.home / "library.sqlite").unlink()

    daemon.start().command("reindex")

    assert [each["id"] for each in notes(daemon)] == [kept["id"]]
    daemon.ask("POST", f"/notes/{note['id']}/restore")
    assert {each["id"] for each in notes(daemon)} == {kept["id"], note["id"]}


def test_what_the_library_lacks_cannot_be_taken_out_or_put_back(daemon: RunningDaemon) -> None:
    daemon.start()
    for method, path in (
        ("DELETE", "/notes/nothing-here"),
        ("POST", "/notes/nothing-here/restore"),
    ):
        with pytest.raises(DaemonRefusedError) as refused:
            daemon.ask(method, path)
        assert (refused.value.status, refused.value.code) == (404, "note-unknown")


def test_a_note_is_told_of_when_the_library_has_it(daemon: RunningDaemon) -> None:
    capture = a_capture(title="Tides")
    with daemon.start().client.events() as events:
        daemon.ask("POST", "/captures", capture)
        while (event := events.next(timeout=60)) and event["type"] != "indexed":
            assert event["capture"] == capture["id"]

        assert event is not None, "nothing happened for 60 s"
        assert [note["id"] for note in notes(daemon)] == [event["capture"]] == [capture["id"]]


def test_a_day_counts_whole(daemon: RunningDaemon) -> None:
    daemon.start().archived(captured_at="2026-11-20T12:00:00+00:00")
    poll(lambda: notes(daemon), "the note", timeout=30)

    assert len(notes(daemon, since="2026-11-19", until="2026-11-21")) == 1
    assert len(notes(daemon, until="2026-11-20T12:00:01Z")) == 1
    assert notes(daemon, until="2026-11-18") == []
    assert notes(daemon, since="2026-11-22") == []


PLANS = """
plan = "both"
[plans.both]
backends = ["local", "gone"]
summary = false
[backends.local]
kind = "local"
[backends.gone]
kind = "local"
folder = "{home}/gone"
"""


def test_a_note_is_found_by_the_states_of_its_deliveries(daemon: RunningDaemon) -> None:
    daemon.settings(PLANS.format(home=daemon.home))
    note = placed(daemon.start(), title="Tides")

    def ids(**filters: str) -> list[str]:
        return [found["id"] for found in notes(daemon, "tides", **filters)]

    assert ids(state="waiting") == ids(state="delivered") == [note["id"]]
    assert ids(state="waiting", backend="gone") == ids(backend="local") == [note["id"]]
    assert ids(state="delivered", backend="gone") == ids(state="waiting", backend="local") == []
    assert ids(state="rejected") == ids(backend="gone") == []


def test_a_backend_that_is_not_there_is_told_with_those_that_are(daemon: RunningDaemon) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        notes(daemon.start(), backend="locale")
    shown = daemon.command("search", "--backend", "locale")

    assert (refused.value.status, refused.value.code) == (404, "backend-unknown")
    assert "  There are: local.\n" in shown.stderr


@pytest.mark.parametrize(
    "query",
    "since=yesterday until=9999-12-31 limit=0 limit=many limit=1001 offset=-1 state=lost".split(),
)
def test_what_is_no_filter_is_refused(daemon: RunningDaemon, query: str) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        daemon.start().ask("GET", f"/notes?{query}")

    assert (refused.value.status, refused.value.code) == (400, "request-invalid")


def test_a_query_of_ten_thousand_characters_is_answered(daemon: RunningDaemon) -> None:
    assert daemon.start().ask("GET", f"/notes?query={quote('水' * 10_000)}") == {"notes": []}


def test_a_page_that_was_archived_before_is_known(daemon: RunningDaemon) -> None:
    first = placed(daemon.start(), title="First", url="https://example.org/a")

    capture = a_capture(title="Second", url="https://example.org/a#part", draft=True)
    answer = daemon.ask("POST", "/captures", capture)
    view = daemon.ask("GET", f"/captures/{capture['id']}")
    other = daemon.ask("POST", "/captures", a_capture(url="https://example.org/b", draft=True))

    expected = {name: first[name] for name in ("id", "title", "archived_at", "places")}
    assert answer["earlier"] == view["earlier"] == expected
    assert other["earlier"] is None


def test_a_page_is_known_by_the_address_that_it_gives_as_its_own(daemon: RunningDaemon) -> None:
    def a_visit(number: int, **fields: Any) -> dict[str, Any]:
        url, own = f"https://example.org/a?visit={number}", "https://example.org/a"
        return a_capture(url=url, canonical=own, **fields)

    first = placed(daemon.start(), **a_visit(1))
    capture = a_visit(2, draft=True)
    answer = daemon.ask("POST", "/captures", capture)
    view = poll(
        lambda: next(
            (
                view
                for view in [daemon.ask("GET", f"/captures/{capture['id']}")]
                if view["markdown"]
            ),
            None,
        ),
        "the draft",
        timeout=30,
    )
    liar = a_capture(url="https://other.example/", canonical="https://example.org/a", draft=True)

    assert answer["earlier"]["id"] == view["earlier"]["id"] == first["id"]
    assert view["address"] == "https://example.org/a"
    assert daemon.ask("POST", "/captures", liar)["earlier"] is None


def test_a_note_is_not_earlier_than_itself(daemon: RunningDaemon) -> None:
    note = placed(daemon.start())

    assert daemon.ask("GET", f"/captures/{note['id']}")["earlier"] is None


def test_a_library_that_is_missing_is_made_anew_by_itself(daemon: RunningDaemon) -> None:
    note = placed(daemon.start(), title="Tides")
    daemon.end()
    for file in daemon.home.glob("library.sqlite*"):
        file.unlink()

    daemon.start()
    [again] = poll(
        lambda: [each for each in notes(daemon, "tides") if each["places"]], "the note", timeout=30
    )

    assert (again["id"], again["title"]) == (note["id"], "Tides")
    assert again["places"][0]["place"] == note["places"][0]["place"]


def test_reindex_finds_what_was_put_into_the_folder(daemon: RunningDaemon) -> None:
    placed(daemon.start(), title="Tides")
    text = (daemon.archive / "Tides.md").read_text("utf-8")
    moved = text.replace("# Tides", "# Moon").replace("/page\n", "/moon\n")
    (daemon.archive / "Moon.md").write_text(moved, "utf-8")
    (daemon.archive / "List.md").write_text("# Milk\n", "utf-8")

    counts = json.loads(daemon.command("reindex", "--json").stdout)
    again = daemon.command("reindex")

    assert (counts["notes"], counts["added"], counts["passed_over"]) == (2, 1, 1)
    assert [note["url"] for note in notes(daemon, "moon")] == ["https://example.org/moon"]
    reason = "it has no title, or no line with the address of a page"
    assert again.stdout.splitlines() == [
        "2 notes, 0 of them new or changed; 1 places, 0 gone; 1 files passed over",
        f"    {daemon.archive / 'List.md'}: {reason}",
    ]


def test_search_takes_filters_and_shows_no_control_characters(daemon: RunningDaemon) -> None:
    html = PAGE.format(title="Tides").replace("sentence", "\x9b31m sentence")
    note = placed(daemon.start(), title="Tides", html=html)

    shown = daemon.command("search", "sentence", "--site", "example.org", "--state", "delivered")
    none = daemon.command("search", "sentence", "--tag", "nothing", "--json")

    assert "\x9b" not in shown.stdout
    assert "sentence" in shown.stdout
    assert f"\n            {note['id']}\n" in shown.stdout
    assert f"local: {daemon.archive / 'Tides.md'}\n" in shown.stdout
    assert json.loads(none.stdout) == []


def test_a_search_that_finds_nothing_says_so(daemon: RunningDaemon) -> None:
    placed(daemon.start(), title="Tides")

    nothing = daemon.command("search", "moonlight", "--site", "example.org")
    site = daemon.command("search", "--site", "example.com")
    date = daemon.command("search", "--since", "yesterday")

    assert (nothing.returncode, nothing.stdout, site.stdout) == (0, "", "")
    assert nothing.stderr == "No note was found.\n"
    assert "no note of the site “example.com”" in site.stderr
    assert "  Write a day as 2026-11-20, or a moment as 2026-11-20T08:00.\n" in date.stderr


def exported(daemon: RunningDaemon, folder: Path) -> dict[str, Any]:
    run = daemon.command("export", str(folder), "--json")
    assert run.returncode == 0, run.stderr
    counts = json.loads(run.stdout)
    assert isinstance(counts, dict)
    return counts


def test_export_writes_every_note_with_its_images_and_a_catalogue(
    daemon: RunningDaemon, tmp_path: Path
) -> None:
    (daemon.archive / "assets").mkdir(parents=True)
    (daemon.archive / "assets" / ASSET).write_bytes(b"image")
    for title in ("Tides", "Tides", "潮汐"):
        text = f"<p>{title} and <img src='assets/{ASSET}' alt='a picture'> some text.</p>"
        placed(daemon.start(), title=title, html=f"<title>{title}</title>{text}")
    for file in daemon.archive.glob("*.md"):  # as a backend that saves images writes it
        text = file.read_text("utf-8").replace("https://example.org/assets/", "assets/")
        file.write_text(text, "utf-8")
    for file in (daemon.home / "spool").glob("*.note.gz"):
        file.unlink()
    daemon.command("reindex")

    counts = exported(daemon, tmp_path / "out")

    out = tmp_path / "out"
    names = ["Tides (2).md", "Tides.md", "assets", "catalogue.jsonl", "潮汐.md"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert counts == {"notes": 3, "kept": 0, "assets": 1, "missing": 0}
    assert (out / "assets" / ASSET).read_bytes() == b"image"
    lines = [json.loads(line) for line in (out / "catalogue.jsonl").read_text("utf-8").splitlines()]
    assert [line["title"] for line in lines] == ["潮汐", "Tides", "Tides"]
    for line in lines:
        [place] = line["places"]
        assert (out / line["file"]).read_bytes() == Path(place["place"]).read_bytes()


def test_export_writes_the_newest_version_and_marks_the_others_on_request(
    daemon: RunningDaemon, tmp_path: Path
) -> None:
    first = placed(daemon.start(), title="Tides")
    daemon.ask("PATCH", "/settings", {"template": "plain"})
    second = daemon.ask("POST", f"/captures/{first['id']}/remake")["capture"]

    exported(daemon, tmp_path / "newest")
    daemon.command("export", str(tmp_path / "all"), "--versions")

    def catalogue(name: str) -> dict[str, Any]:
        lines = (tmp_path / name / "catalogue.jsonl").read_text("utf-8").splitlines()
        return {line["id"]: line for line in map(json.loads, lines)}

    newest, every = catalogue("newest"), catalogue("all")
    assert list(newest) == [second]
    assert newest[second]["older_versions"] == [first["id"]]
    assert len(list((tmp_path / "newest").glob("*.md"))) == 1
    assert {id: line["newer_version"] for id, line in every.items()} == {
        first["id"]: second,
        second: None,
    }
    assert len(list((tmp_path / "all").glob("*.md"))) == 2


def test_export_takes_images_that_no_folder_of_notes_has(
    daemon: RunningDaemon, tmp_path: Path
) -> None:
    picture = {"url": "https://example.org/a.png", "data": base64.b64encode(png()).decode()}
    text = "<p>A sentence that is long enough to be one of an article, and then some more.</p>"
    html = f"<article>{text}<img src='https://example.org/a.png' alt='a'>{text}</article>"
    placed(daemon.start(), title="Tides", html=html, images=[picture])
    shutil.rmtree(daemon.archive / "assets")

    counts = exported(daemon, tmp_path / "out")

    assert (counts["assets"], counts["missing"]) == (1, 0)
    [asset] = (tmp_path / "out" / "assets").iterdir()
    assert asset.read_bytes() == png()


def test_export_changes_no_file_that_is_there(daemon: RunningDaemon, tmp_path: Path) -> None:
    placed(daemon.start(), title="Tides")
    (tmp_path / "Tides.md").write_text("mine", "utf-8")

    first = exported(daemon, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    second = exported(daemon, tmp_path)

    assert (tmp_path / "Tides.md").read_text("utf-8") == "mine"
    assert (first["notes"], first["kept"]) == (1, 0)
    assert (second["notes"], second["kept"]) == (0, 1)
    assert {path: path.read_bytes() for path in before} == before
    assert (tmp_path / "catalogue (2).jsonl").is_file()


def test_export_into_a_folder_that_takes_nothing_says_so(
    daemon: RunningDaemon, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")

    run = daemon.start().command("export", str(tmp_path / "file" / "below"))

    assert run.returncode == 1
    assert "[export-failed]" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
