"""The command `guidang`, as a person runs it."""

import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from daemon import sources
from daemon.errors import DaemonError
from tests.unit.daemon.running import PAGE, RunningDaemon
from tools.waiting import poll

GONE = """
[plans.local]
backends = ["local"]
[plans.gone]
backends = ["gone"]
summary = false
[backends.local]
kind = "local"
[backends.gone]
kind = "local"
folder = "{home}/gone"
"""


@contextmanager
def served(body: bytes, content_type: str, status: int = 200, *, missing: int = 0) -> Iterator[str]:
    """A server that answers every request alike; yields its address.

    It announces *missing* bytes more than it sends.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body) + missing))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/page"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "tides.html"
    file.write_text(PAGE.format(title="The tides"), "utf-8")
    return file


def said(run: subprocess.CompletedProcess[str]) -> Any:
    """The JSON of a command that went well."""
    assert (run.returncode, run.stderr) == (0, "")
    return json.loads(run.stdout)


def refused(run: subprocess.CompletedProcess[str], code: str) -> str:
    """What a command that failed as expected says: one sentence with a code, and a hint."""
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    sentence, hint = run.stderr.rstrip("\n").split("\n")
    assert sentence.startswith("guidang: ")
    assert sentence.endswith(f" [{code}]")
    assert hint.strip()
    return run.stderr


def test_help_names_every_command(daemon: RunningDaemon) -> None:
    run = daemon.command("--help")

    assert run.returncode == 0
    for name in (
        "archive article doctor export install markdown reindex remake retry search secret"
        " serve settings status summarize uninstall"
    ).split():
        assert f"\n  {name} " in run.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["archive", "--help"], ["secret", "set", "--help"], ["--version"]]
)
def test_help_loads_nothing_heavy(daemon: RunningDaemon, arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from daemon.__main__ import main\n"
        "try: main()\n"
        "finally: print(sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**daemon.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    heavy = "aiohttp lxml jinja2 keyring markdown_it pebble rich rjieba stopwordsiso tomlkit"
    assert "click" in run.stdout
    assert [name for name in heavy.split() if f"'{name}'" in run.stdout] == []


def test_a_file_is_archived(daemon: RunningDaemon, page: Path) -> None:
    run = daemon.command("archive", str(page), "--url", "https://example.org/tides")

    note = daemon.archive / "The tides.md"
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"  local: delivered {note}\n"
    assert "- **URL**: https://example.org/tides\n" in note.read_text("utf-8")


@pytest.mark.parametrize(
    ("names", "told"), [("a", "1 image stayed a link"), ("ab", "2 images stayed links")]
)
def test_images_that_stayed_links_are_told(daemon: RunningDaemon, names: str, told: str) -> None:
    images = "".join(f'<p><img alt="" src="http://127.0.0.1:1/{name}.png"></p>' for name in names)
    html = PAGE.format(title="The tides").replace("</main>", f"{images}</main>")
    run = daemon.command("archive", "-", stdin=html)

    address = "http://127.0.0.1:1/{}.png"
    assert run.returncode == 0
    first, *others = run.stdout.splitlines()[1:]
    assert first == f"    {told}"
    assert [line.partition(".png: ")[0] + ".png" for line in others] == [
        f"    {address.format(name)}" for name in names
    ]
    assert all(line.endswith(".") for line in others)  # with the reason


def test_of_many_images_that_stayed_links_the_first_are_named(daemon: RunningDaemon) -> None:
    images = "".join(f'<p><img alt="" src="http://127.0.0.1:1/{n}.png"></p>' for n in range(8))
    html = PAGE.format(title="The tides").replace("</main>", f"{images}</main>")
    run = daemon.command("archive", "-", stdin=html)

    assert run.stdout.count(".png: ") == 5
    assert run.stdout.endswith("\n    and 3 more\n")


def test_a_page_that_was_archived_before_is_told(daemon: RunningDaemon, page: Path) -> None:
    first = said(daemon.command("archive", str(page), "--json"))
    poll(lambda: daemon.ask("GET", "/notes?state=delivered")["notes"], "the place", timeout=30)
    again = daemon.command("archive", str(page))

    place = daemon.archive / "The tides.md"
    assert first["earlier"] is None
    told, delivered = again.stdout.splitlines()
    assert told.startswith("  Already archived on 20")
    assert told.endswith(f": {first['id']}, {place}")
    assert delivered == f"  local: delivered {daemon.archive / 'The tides (2).md'}"


def test_a_file_without_an_address_has_its_own(daemon: RunningDaemon, page: Path) -> None:
    daemon.command("archive", str(page))

    assert f"- **URL**: {page.as_uri()}\n" in (daemon.archive / "The tides.md").read_text("utf-8")


def test_standard_input_is_archived(daemon: RunningDaemon) -> None:
    view = said(daemon.command("archive", "-", "--json", stdin=PAGE.format(title="潮汐从哪里来")))

    assert (view["state"], view["title"], view["url"]) == (
        "archived",
        "潮汐从哪里来",
        "about:stdin",
    )
    assert view["deliveries"][0]["state"] == "delivered"
    assert (daemon.archive / "潮汐从哪里来.md").exists()


def test_an_address_is_fetched_and_archived_in_its_encoding(daemon: RunningDaemon) -> None:
    body = PAGE.format(title="潮汐从哪里来").encode("gb18030")
    with served(body, "text/html; charset=gb2312") as address:
        run = daemon.command("archive", address)

    assert run.returncode == 0
    text = (daemon.archive / "潮汐从哪里来.md").read_text("utf-8")
    assert f"- **URL**: {address}\n" in text


def test_a_plan_is_chosen_by_name(daemon: RunningDaemon, page: Path) -> None:
    daemon.settings(GONE.format(home=daemon.home))
    run = daemon.command("archive", str(page), "--plan", "gone")

    assert run.returncode == 1
    assert "  gone: waiting (" in run.stdout
    assert f"{daemon.home}/gone is not there." in run.stdout
    assert not daemon.archive.exists()


def test_a_page_that_is_too_large_is_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"<p>" + b"a" * (1 << 20)
    monkeypatch.setattr(sources, "LARGEST", len(body))
    with served(body, "text/html") as address:
        assert len(sources.fetch(address).html) == len(body)
    with served(body + b"a", "text/html") as address, pytest.raises(DaemonError) as refusal:
        sources.fetch(address)

    assert refusal.value.code == "page-too-large"
    assert refusal.value.message == "The page is larger than 1 MiB."


def test_what_cannot_be_archived_says_why(
    daemon: RunningDaemon, page: Path, tmp_path: Path
) -> None:
    with served(b"gone", "text/html", 404) as address:
        assert "404" in refused(daemon.command("archive", address), "page-not-fetched")
    with served(b"<p>Half a page", "text/html", missing=9) as address:
        assert "9 more expected" in refused(daemon.command("archive", address), "page-not-fetched")
    refused(daemon.command("archive", "http://127.0.0.1:9/"), "page-not-fetched")
    refused(daemon.command("archive", "http://[/"), "page-not-fetched")
    refused(daemon.command("archive", str(tmp_path / "none.html")), "file-unreadable")
    refused(daemon.command("archive", str(tmp_path)), "file-unreadable")
    refused(daemon.command("archive", str(page), "--plan", "none"), "plan-unknown")
    refused(daemon.command("archive", "-", stdin=""), "page-empty")


def test_settings_that_are_not_valid_are_told_by_every_command(daemon: RunningDaemon) -> None:
    daemon.settings("language = 'tlh'")
    run = daemon.command("serve")

    assert "language" in refused(run, "settings-invalid")


def test_the_status_shows_what_is_on_its_way_and_retry_sends_it(
    daemon: RunningDaemon, page: Path
) -> None:
    daemon.settings(GONE.format(home=daemon.home))
    daemon.command("archive", str(page))
    daemon.command("archive", str(page), "--plan", "gone")
    status = daemon.command("status")
    found = said(daemon.command("status", "--json"))
    delivery = found["captures"][0]["deliveries"][0]
    refused(daemon.command("retry", "nothing.here"), "delivery-unknown")

    (daemon.home / "gone").mkdir()
    with daemon.client.events() as events:
        retried = said(daemon.command("retry", delivery["id"], "--json"))
        while (events.next(timeout=60) or {})["type"] != "delivered":
            pass

    assert "deliveries: 1 waiting, 0 sending, 1 delivered, 0 rejected\n" in status.stdout
    assert delivery["id"] in status.stdout
    assert re.search(r"\n    Tried (once|\d+ times); again at 20", status.stdout)
    assert status.stdout.count("The tides") == 1
    assert found["status"]["deliveries"]["waiting"] == 1
    assert retried == {"retried": [delivery["id"]], "unknown": []}
    assert daemon.command("retry").stdout == "trying 0 again\n"
    assert len(list((daemon.home / "gone").glob("*.md"))) == 1


def test_what_failed_for_good_is_discarded(daemon: RunningDaemon, page: Path) -> None:
    refused(daemon.command("archive", "-", stdin=""), "page-empty")
    daemon.command("archive", str(page))
    archived, failed = sorted(
        daemon.client.ask("GET", "/captures")["captures"], key=lambda view: view["state"]
    )

    assert daemon.command("discard", failed["id"]).returncode == 0
    assert failed["id"] not in daemon.command("status").stdout
    refused(daemon.command("discard", failed["id"]), "capture-unknown")
    refused(daemon.command("discard", archived["id"]), "not-a-draft")


def test_two_folders_and_a_backend_that_fails_end_as_two_receipts_and_one_deferral(
    daemon: RunningDaemon, page: Path
) -> None:
    folders = [daemon.home / name for name in ("first", "second", "gone")]
    for folder in folders[:2]:
        folder.mkdir()
    names = [folder.name for folder in folders]
    tables = [f'[backends.{it.name}]\nkind = "local"\nfolder = "{it}"\n' for it in folders]
    daemon.settings(f"plan = 'all'\n[plans.all]\nbackends = {names}\n" + "".join(tables))
    archived = daemon.command("archive", str(page))
    status = daemon.command("status")
    [view] = said(daemon.command("status", "--json"))["captures"]

    assert archived.returncode == 1
    for run in (archived, status):
        for folder in folders[:2]:
            assert f"{folder.name}: delivered {folder / 'The tides.md'}\n" in run.stdout
        assert f"gone: waiting ({view['id']}.gone)" in run.stdout
        assert f"The folder {folders[2]} is not there." in run.stdout
    states = [delivery["state"] for delivery in view["deliveries"]]
    assert states == ["delivered", "delivered", "waiting"]
    assert view["deliveries"][2]["error"]["hint"]
    assert view["deliveries"][2]["due_at"]


def test_what_needs_a_person_is_in_sight_behind_any_number_of_others(
    daemon: RunningDaemon, page: Path
) -> None:
    daemon.settings(GONE.format(home=daemon.home))
    daemon.command("archive", str(page), "--plan", "gone")
    [waiting] = said(daemon.command("status", "--json"))["captures"]
    daemon.end()
    with sqlite3.connect(daemon.home / "outbox.sqlite") as connection:
        connection.executemany(
            "INSERT INTO capture (id, url, title, state, accepted_at, captured_at, has_texts)"
            " VALUES (?, '', 'Later', 'archived', '2099-01-01', '2099-01-01', 0)",
            [(f"later-{number:05}",) for number in range(1_500)],
        )
    connection.close()

    assert waiting["deliveries"][0]["id"] in daemon.command("status").stdout
    assert daemon.command("retry").stdout == "trying 1 again\n"


def test_a_damaged_outbox_is_told_by_status_and_doctor(daemon: RunningDaemon, page: Path) -> None:
    daemon.command("archive", str(page))
    daemon.end()
    (daemon.home / "outbox.sqlite").write_bytes(b"no database at all\n" * 500)

    status = daemon.command("status")
    doctor = daemon.command("doctor")

    [aside] = daemon.home.glob("outbox.sqlite.damaged-*")
    sentence = f"outbox.sqlite was damaged and has been made anew; the damaged file is {aside}."
    assert f"{sentence}\n" in status.stdout
    assert f"BAD  state: {sentence}\n" in doctor.stdout
    aside.unlink()
    assert "damaged" not in daemon.command("status").stdout
    assert [path.name for path in daemon.archive.iterdir()] == ["The tides.md"]


def test_a_failed_capture_is_shown_and_tried_again(daemon: RunningDaemon) -> None:
    daemon.command("archive", "-", stdin="")
    status = daemon.command("status")
    with daemon.client.events() as events:
        run = daemon.command("retry")
        while (events.next(timeout=60) or {})["type"] != "failed":
            pass

    assert "1 failed" in status.stdout
    assert "The page holds no text." in status.stdout
    assert run.stdout == "trying 1 again\n"


def test_a_search_finds_words_of_any_length(daemon: RunningDaemon) -> None:
    text = "<p>月亮的引力每天两次推动海水涨落，占 50% 以上，a_b。The Tides.</p>"
    page = f"<html><head><title>潮汐的成因</title></head><body>{text}</body></html>"
    daemon.command("archive", "-", "--url", "https://example.org/tides", stdin=page)
    daemon.command("archive", "-", stdin=PAGE.format(title="Other"))

    for query in ("潮汐", "月", "月亮 引力", "tides", "TIDE", "50%", "a_b"):
        lines = daemon.command("search", query).stdout.splitlines()
        assert [line for line in lines if not line.startswith(" ")] == lines[:1], query
        assert lines[0].endswith("  潮汐的成因")
        assert lines[2].strip() == "example.org  https://example.org/tides"
    [note] = said(daemon.command("search", "潮汐", "--json"))
    assert (note["title"], note["url"]) == ("潮汐的成因", "https://example.org/tides")


def test_a_search_that_finds_nothing_gives_an_empty_list(daemon: RunningDaemon) -> None:
    assert said(daemon.command("search", "nothing", "--json")) == []


def test_settings_are_shown_and_changed(daemon: RunningDaemon) -> None:
    shown = daemon.command("settings")
    changed = said(
        daemon.command(
            "settings",
            "language=zh-CN",
            "idle_minutes=5",
            "backends.notes.kind=local",
            "backends.notes.folder=~/Notes",
            'plans.both={"backends": ["local", "notes"], "summary": false}',
            "--json",
        )
    )
    removed = said(daemon.command("settings", "language=", "plans.both=", "--json"))

    assert 'language = "auto"' in shown.stdout
    assert (changed["language"], changed["idle_minutes"]) == ("zh-CN", 5)
    assert changed["backends"] == {
        "local": {"kind": "local"},
        "notes": {"kind": "local", "folder": "~/Notes"},
    }
    assert changed["plans"]["both"] == {
        "backends": ["local", "notes"],
        "summary": False,
        "template": "",
    }
    assert removed["language"] == "auto"
    assert list(removed["plans"]) == ["local"]


def test_a_wrong_setting_says_why(daemon: RunningDaemon) -> None:
    refused(daemon.command("settings", "language=tlh"), "settings-invalid")
    refused(daemon.command("settings", "plan=none"), "plan-unknown")
    run = daemon.command("settings", "language")

    assert run.returncode == 2
    assert "“language” is not NAME=VALUE." in run.stderr


def test_one_name_cannot_be_both_a_value_and_a_table(daemon: RunningDaemon) -> None:
    run = daemon.command("settings", "language=en", "language.code=en")

    assert run.returncode == 2
    assert "“language.code=en” gives a value to what has one already." in run.stderr


@pytest.mark.parametrize("command", [["secret", "set", "github"], ["secret", "delete", "github"]])
def test_without_a_keychain_a_secret_has_nowhere_to_go(
    daemon: RunningDaemon, command: list[str]
) -> None:
    told = refused(daemon.command(*command, stdin="wobbly-lantern"), "keychain-missing")

    assert "GUIDANG_SECRET_<NAME>" in told
    assert "wobbly" not in told


def test_the_doctor_looks_at_every_piece(daemon: RunningDaemon) -> None:
    daemon.command("install", "--browser", "chromium")
    run = daemon.command("doctor", "--json")
    shown = daemon.command("doctor")
    findings = {found["what"]: found for found in json.loads(run.stdout)}

    assert findings["daemon"]["ok"]
    assert findings["backend local"]["ok"]
    assert str(daemon.archive) in findings["backend local"]["message"]
    assert run.returncode == shown.returncode == 0, shown.stdout
    assert "note keychain: There is no keychain on this machine. What is set up" in shown.stdout
    assert (
        "       → Start one (gnome-keyring, KWallet), or set GUIDANG_SECRET_<NAME>" in shown.stdout
    )
    assert "ok   backend local: " in shown.stdout
    assert all(what in shown.stdout for what in findings)


def test_the_doctor_finds_a_folder_that_is_gone(daemon: RunningDaemon) -> None:
    daemon.settings(GONE.format(home=daemon.home))
    findings = json.loads(daemon.command("doctor", "--json").stdout)

    [gone] = [found for found in findings if found["what"] == "backend gone"]
    assert not gone["ok"]
    assert gone["hint"]
    assert all(found["hint"] for found in findings if not found["ok"])


def test_install_writes_for_this_user_and_uninstall_takes_it_back(daemon: RunningDaemon) -> None:
    before = {path for path in daemon.home.rglob("*") if path.is_file()}
    run = daemon.command("install", "--browser", "chromium", "--browser", "firefox")
    written = {Path(line.removeprefix("wrote ")) for line in run.stdout.splitlines()}
    removed = daemon.command("uninstall")

    assert (run.returncode, run.stderr) == (0, "")
    assert written
    assert all(path.is_relative_to(daemon.home) for path in written)
    assert {line.removeprefix("removed ") for line in removed.stdout.splitlines()} == {
        str(path) for path in written
    }
    assert {path for path in daemon.home.rglob("*") if path.is_file()} == before


def test_an_unknown_browser_is_an_error_with_a_hint(daemon: RunningDaemon) -> None:
    run = daemon.command("install", "--browser", "netscape")

    assert run.returncode == 1
    assert "netscape" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_state_that_cannot_be_used_is_told(daemon: RunningDaemon) -> None:
    daemon.home.chmod(0o777)
    (daemon.home / "outbox.sqlite").mkdir()
    run = daemon.command("serve")

    refused(run, "storage-failed")
