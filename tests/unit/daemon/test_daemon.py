"""The whole daemon through its socket."""

import contextlib
import json
import os
import select
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from native_host.socket_client import UnixAddress, request
from tests.unit.daemon.running import PAGE, RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError, Events, Json


def told_until(events: Events, kind: str) -> list[Json]:
    """The events of captures up to the first of this *kind*; the library has its own time."""
    told: list[Json] = []
    while not told or told[-1]["type"] != kind:
        event = events.next(timeout=60)
        assert event is not None, f"no {kind} after {told}"
        if event["type"] != "indexed":
            told.append(event)
    return told


def test_a_capture_becomes_a_note_on_disk_in_the_given_form(daemon: RunningDaemon) -> None:
    view = daemon.start().archived(title="Tides", interface_language="en-GB")

    note = Path(view["deliveries"][0]["receipt"]["place"])
    lines = note.read_text("utf-8").split("\n")
    assert note == daemon.archive / "Tides.md"
    assert lines[0] == "# Tides"
    assert lines[2] == "- **URL**: https://example.org/page"
    assert lines[3].startswith("- **Archived**: 2026-11-20 ")
    assert lines[5:9] == ["---", "", "## Original text", ""]
    assert lines[9].startswith("The first paragraph")
    assert lines[11].startswith("The second paragraph")
    assert lines[13:17] == ["---", "", "## AI summary", ""]
    assert lines[17] == "*Offline extract: key sentences of the original text, not written by AI.*"


def test_the_same_id_again_is_the_same_capture(daemon: RunningDaemon) -> None:
    capture = a_capture()
    daemon.start().archived(**capture)

    again = daemon.ask("POST", "/captures", capture)

    assert again == {"id": capture["id"], "state": "archived", "earlier": None}
    assert len(list(daemon.archive.iterdir())) == 1


def test_the_same_page_again_is_a_second_note(daemon: RunningDaemon) -> None:
    daemon.start().archived(title="Tides")
    daemon.archived(title="Tides")

    assert sorted(path.name for path in daemon.archive.iterdir()) == ["Tides (2).md", "Tides.md"]


def test_a_draft_waits_is_edited_and_sent_off(daemon: RunningDaemon) -> None:
    capture = a_capture(draft=True)
    with daemon.start().client.events() as events:
        assert daemon.ask("POST", "/captures", capture)["state"] == "draft"
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
    path = f"/captures/{capture['id']}"
    assert daemon.ask("GET", path)["markdown"].startswith("The first paragraph")
    daemon.ask("PATCH", path, {"title": "Mine", "markdown": "# My words\n\n```\n# code\n```"})
    daemon.end()
    daemon.start()
    assert daemon.ask("GET", "/captures?state=draft")["captures"][0]["title"] == "Mine"

    with daemon.client.events() as events:
        daemon.ask("POST", f"{path}/archive", {"plan": "local"})
        while (events.next(timeout=60) or {})["type"] != "delivered":
            pass

    text = (daemon.archive / "Mine.md").read_text("utf-8")
    assert "\n### My words\n\n```\n# code\n```\n" in text


def test_a_draft_can_be_discarded_and_a_note_cannot(daemon: RunningDaemon) -> None:
    draft = a_capture(draft=True)
    daemon.start().ask("POST", "/captures", draft)
    daemon.ask("DELETE", f"/captures/{draft['id']}")
    note = daemon.archived()

    with pytest.raises(DaemonRefusedError) as gone:
        daemon.ask("GET", f"/captures/{draft['id']}")
    with pytest.raises(DaemonRefusedError) as refused:
        daemon.ask("DELETE", f"/captures/{note['id']}")

    assert (gone.value.code, refused.value.code) == ("capture-unknown", "not-a-draft")


def test_a_selection_is_archived_whole(daemon: RunningDaemon) -> None:
    daemon.start().archived(
        title="Part", part="selection", selection="<nav>chosen by the reader</nav>"
    )

    assert "chosen by the reader" in (daemon.archive / "Part.md").read_text("utf-8")


def test_a_plan_without_summary_says_that_there_is_none(daemon: RunningDaemon) -> None:
    daemon.settings('[plans.local]\nbackends = ["local"]\nsummary = false\n').start()
    daemon.archived(title="Bare", interface_language="zh-CN")

    note = (daemon.archive / "Bare.md").read_text("utf-8")
    assert note.endswith("## AI总结\n\n*没有摘要。*\n")


def test_a_summary_that_fails_never_holds_the_note_back(daemon: RunningDaemon) -> None:
    daemon.settings('[summarizer]\nkind = "nobody"\n').start()
    view = daemon.archived()

    assert view["deliveries"][0]["state"] == "delivered"


def test_a_failing_backend_does_not_hold_up_the_other(daemon: RunningDaemon) -> None:
    daemon.settings(
        f"""
        [plans.local]
        backends = ["gone", "local"]
        [backends.local]
        kind = "local"
        [backends.gone]
        kind = "local"
        folder = "{daemon.home}/gone"
        """
    ).start()
    view = daemon.archived()

    gone, local = view["deliveries"]
    assert local["state"] == "delivered"
    assert (gone["state"], gone["error"]["code"]) == ("waiting", "folder-missing")
    assert str(daemon.home / "gone") in gone["error"]["message"]
    assert gone["due_at"]


def test_a_deferred_delivery_goes_out_when_it_is_retried(daemon: RunningDaemon) -> None:
    folder = daemon.home / "later"
    daemon.settings(f'[backends.local]\nkind = "local"\nfolder = "{folder}"\n').start()
    delivery = daemon.archived()["deliveries"][0]
    folder.mkdir()

    with daemon.client.events() as events:
        daemon.ask("POST", f"/deliveries/{delivery['id']}/retry")
        told = told_until(events, "delivered")
        daemon.ask("POST", f"/deliveries/{delivery['id']}/retry")
        daemon.archived(title="Another day")
        after = told_until(events, "delivered")

    assert len(list(folder.iterdir())) == 2
    assert [event["type"] for event in told] == ["retried", "sending", "delivered"]
    assert {event["delivery"] for event in told} == {delivery["id"]}
    assert "retried" not in {event["type"] for event in after}, "it had been delivered"


def test_a_capture_that_failed_and_is_sent_off_again_is_told_as_accepted(
    daemon: RunningDaemon,
) -> None:
    failed = daemon.start().archived(html="")

    with daemon.client.events() as events:
        daemon.ask("POST", f"/captures/{failed['id']}/archive")
        told = told_until(events, "failed")

    assert [event["type"] for event in told] == ["accepted", "failed"]


def test_an_empty_page_fails_with_a_hint_and_the_daemon_goes_on(daemon: RunningDaemon) -> None:
    view = daemon.start().archived(html="")

    assert view["state"] == "failed"
    assert view["error"]["code"] == "page-empty"
    assert daemon.archived()["deliveries"][0]["state"] == "delivered"


@pytest.mark.parametrize(
    "html",
    [
        "not HTML at all, only a text",
        "<div>" * 5_000 + "not HTML" + "</div>" * 5_000,
        "<p>not\0 HTML\0</p>",
        '<?xml version="1.0" encoding="gb2312"?><meta charset="utf-16"><p>not HTML 中文</p>',
        "<p>not HTML" + "<b>" * 3_000,
    ],
    ids=["text", "deep", "NUL", "wrong encodings", "unclosed"],
)
def test_strange_input_is_a_note_all_the_same(daemon: RunningDaemon, html: str) -> None:
    view = daemon.start().archived(html=html, title="Strange")

    assert "not" in view["markdown"] if view["markdown"] else True
    assert "not" in (daemon.archive / "Strange.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/captures", b"{", 400, "request-not-json"),
        ("POST", "/captures", b"{}", 400, "request-invalid"),
        ("GET", "/captures/none", b"", 404, "capture-unknown"),
        ("POST", "/deliveries/none/retry", b"", 404, "delivery-unknown"),
        ("GET", "/nowhere", b"", 404, "route-unknown"),
        ("DELETE", "/status", b"", 405, "method-not-allowed"),
        ("PATCH", "/settings", b'{"language": "tlh"}', 409, "settings-invalid"),
        ("PATCH", "/settings", b'{"plan": "none"}', 409, "plan-unknown"),
        ("POST", "/backends/none/check", b"", 409, "backend-unknown"),
        ("GET", "/backends/none/places", b"", 409, "backend-unknown"),
        ("GET", "/backends/local/places", b"", 409, "places-unknown"),
        ("PUT", "/secrets/github", b'{"value": "x"}', 409, "keychain-missing"),
    ],
)
def test_a_bad_request_is_answered_with_code_message_and_hint(
    daemon: RunningDaemon, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    daemon.start()
    answer = request(daemon.client.address, method, path, body)

    assert answer[0] == status
    assert f'"code":"{code}"'.encode() in answer[1]
    assert b'"message":"' in answer[1]
    assert b'"hint":""' not in answer[1]


def test_a_capture_for_an_unknown_plan_is_refused_before_it_is_kept(daemon: RunningDaemon) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        daemon.start().ask("POST", "/captures", a_capture(plan="nowhere"))

    assert refused.value.code == "plan-unknown"
    assert daemon.ask("GET", "/captures") == {"captures": []}


def test_the_socket_is_for_this_user_only_and_no_port_is_open(daemon: RunningDaemon) -> None:
    daemon.start()
    address = daemon.client.address
    assert isinstance(address, UnixAddress)

    assert stat.S_IMODE(Path(address.path).stat().st_mode) == 0o600
    assert stat.S_IMODE(daemon.home.stat().st_mode) == 0o700
    assert not sockets_of(daemon.pid) & listening_ports()


def sockets_of(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds."""
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            found.add(link.readlink().name.removeprefix("socket:[").removesuffix("]"))
    return found


def listening_ports() -> set[str]:
    """The inodes of all TCP sockets that listen (state 0A, see proc(5))."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    return {fields[9] for fields in lines if fields[3] == "0A"}


def test_a_second_daemon_finds_the_first_and_leaves(daemon: RunningDaemon) -> None:
    first = daemon.start().pid
    second = daemon.command("serve")

    assert (second.returncode, second.stderr) == (0, "The daemon is already running.\n")
    assert daemon.pid == first


def test_many_wakers_at_once_get_one_daemon(daemon: RunningDaemon) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: daemon.start(), range(8)))

    assert daemon.log.count("listens") == 1


def test_an_idle_daemon_ends_by_itself(daemon: RunningDaemon) -> None:
    daemon.settings("idle_minutes = 0.01\n").start()
    watched = os.pidfd_open(daemon.pid)

    assert select.select([watched], [], [], 30)[0]
    os.close(watched)
    assert "rests" in daemon.log


def test_a_daemon_with_a_delivery_in_hand_does_not_rest(daemon: RunningDaemon) -> None:
    daemon.settings(
        f'idle_minutes = 0.01\n[backends.local]\nkind = "local"\nfolder = "{daemon.home}/no"\n'
    ).start()
    daemon.archived()
    watched = os.pidfd_open(daemon.pid)

    assert not select.select([watched], [], [], 3)[0]
    os.close(watched)


def test_work_in_hand_is_taken_up_after_a_kill(daemon: RunningDaemon) -> None:
    captures = [a_capture(title=f"Note {number}") for number in range(20)]
    daemon.start()
    for capture in captures:
        daemon.ask("POST", "/captures", capture)
    daemon.end(signal.SIGKILL)
    daemon.start()
    last = daemon.archived(title="Last")

    assert last["deliveries"][0]["state"] == "delivered"
    names = {f"Note {number}.md" for number in range(20)} | {"Last.md"}
    wait = threading.Event()
    for _ in range(600):
        if {path.name for path in daemon.archive.iterdir()} == names:
            break
        wait.wait(0.05)
    assert {path.name for path in daemon.archive.iterdir()} == names


def test_sigterm_finishes_or_parks_what_is_in_hand(daemon: RunningDaemon) -> None:
    daemon.start().ask("POST", "/captures", a_capture(title="In hand"))
    daemon.end(signal.SIGTERM)
    daemon.start().archived(title="Next")

    assert sorted(path.name for path in daemon.archive.iterdir()) == ["In hand.md", "Next.md"]


def test_the_log_holds_ids_and_no_content(daemon: RunningDaemon) -> None:
    view = daemon.start().archived(title="Secret title", url="https://secret.example/path")
    daemon.archived(html="", title="Secret title")

    assert view["id"] in daemon.log
    assert "ecret" not in daemon.log.replace("daemon.secrets", "")
    assert "paragraph" not in daemon.log


def test_a_small_capture_is_accepted_while_a_large_one_is_read(daemon: RunningDaemon) -> None:
    paragraph = "<p>" + "A sentence that fills the page and is not short at all. " * 20 + "</p>"
    large = PAGE.replace("<p>", paragraph * 4_000 + "<p>", 1)
    daemon.start().archived()  # the workers are awake
    daemon.ask("POST", "/captures", a_capture(html=large, title="Large"))

    small = daemon.archived(title="Small")

    assert small["deliveries"][0]["state"] == "delivered"
    assert not (daemon.archive / "Large.md").exists()


def test_settings_are_changed_over_the_socket_and_keep_their_comments(
    daemon: RunningDaemon,
) -> None:
    daemon.settings("# mine\nlanguage = 'en' # as I like it\n").start()
    daemon.ask("PATCH", "/settings", {"language": "zh-CN"})
    daemon.archived(title="标题")

    text = (daemon.home / "settings.toml").read_text("utf-8")
    assert text.startswith("# mine\n")
    assert "# as I like it" in text
    assert "归档时间" in (daemon.archive / "标题.md").read_text("utf-8")


def test_settings_that_are_edited_by_hand_hold_for_the_next_request(
    daemon: RunningDaemon,
) -> None:
    daemon.start()
    daemon.settings("plan = 'second'\n[plans.second]\nbackends = ['local']\nsummary = false\n")
    view = daemon.archived(title="Tides", plan="second")

    assert daemon.ask("GET", "/settings")["plan"] == "second"
    assert "*No summary.*" in Path(view["deliveries"][0]["receipt"]["place"]).read_text()


def test_an_edit_that_is_not_valid_is_told_and_the_settings_from_before_stay(
    daemon: RunningDaemon,
) -> None:
    daemon.settings("language = 'en'\n").start()
    daemon.settings("language = 'tlh'\n")
    view = daemon.archived(title="Tides")
    [fault] = daemon.ask("GET", "/status")["faults"]
    told = daemon.command("status").stdout
    doctor = daemon.command("doctor").stdout
    daemon.settings("language = 'zh-CN'\n")

    assert view["deliveries"][0]["state"] == "delivered"
    assert fault["code"] == "settings-invalid"
    assert "tlh" in fault["message"]
    assert fault["message"].endswith("The settings from before stay in force.")
    assert fault["message"] in told
    assert fault["message"] in doctor
    assert daemon.ask("GET", "/status")["faults"] == []
    assert daemon.ask("GET", "/settings")["language"] == "zh-CN"


def test_the_schema_describes_settings_backends_and_summarizers(daemon: RunningDaemon) -> None:
    schema = daemon.start().ask("GET", "/settings/schema")

    assert "plans" in schema["settings"]["$defs"]["Settings"]["properties"]
    assert "local" in schema["backends"]
    assert "extract" in schema["summarizers"]


def test_a_backend_can_be_checked(daemon: RunningDaemon) -> None:
    answer = daemon.start().ask("POST", "/backends/local/check")

    assert str(daemon.archive) in answer["message"]
    assert list(daemon.archive.iterdir()) == []


def test_the_summary_of_a_draft_streams(daemon: RunningDaemon) -> None:
    capture = a_capture(draft=True)
    with daemon.start().client.events() as events:
        daemon.ask("POST", "/captures", capture)
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
    address = daemon.client.address
    status, body = request(address, "POST", f"/captures/{capture['id']}/summary")

    lines = body.splitlines()
    assert status == 200
    assert b"Offline extract" in lines[0]
    done = json.loads(lines[-1])
    assert done["type"] == "done"
    assert done["summary"]["made_by"] == "extract"
    assert done["summary"]["markdown"] in json.loads(lines[0])["text"]


def test_importing_any_module_does_nothing() -> None:
    program = (
        "import sys, socket, pkgutil, importlib, daemon, native_host\n"
        "def refuse(event, arguments):\n"
        "    if event.startswith(('socket.connect', 'subprocess', 'os.mkdir', 'sqlite3')):\n"
        "        raise SystemExit(f'importing did {event} {arguments}')\n"
        "sys.addaudithook(refuse)\n"
        "for package in (daemon, native_host):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if not found.name.endswith('registry'):\n"
        "            importlib.import_module(found.name)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (run.returncode, run.stderr) == (0, "")


def test_the_daemon_itself_loads_no_parser() -> None:
    program = (
        "import sys, daemon.app, daemon.summarizers.extract, daemon.backends.local\n"
        "heavy = {'lxml', 'markdown_it', 'rjieba', 'stopwordsiso'}\n"
        "print(*heavy & set(sys.modules))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert run.stdout == "\n"


def test_settings_that_are_changed_at_once_are_all_kept(daemon: RunningDaemon) -> None:
    daemon.start()
    names = [f"plan-{number}" for number in range(20)]

    with ThreadPoolExecutor(8) as threads:
        for name in names:
            change = {"plans": {name: {"backends": ["local"]}}}
            threads.submit(daemon.ask, "PATCH", "/settings", change)

    assert set(names) <= set(daemon.ask("GET", "/settings")["plans"])


def test_a_killed_worker_is_replaced(daemon: RunningDaemon) -> None:
    daemon.start().archived(title="Before")
    for pid in workers_of(daemon.pid):
        os.kill(pid, signal.SIGKILL)

    assert daemon.archived(title="After")["deliveries"][0]["state"] == "delivered"


def workers_of(pid: int) -> list[int]:
    """The processes of a daemon that read pages."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [
        child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_a_summarizer_with_impossible_settings_does_not_hold_the_note_back(
    daemon: RunningDaemon,
) -> None:
    daemon.settings('[summarizer]\nkind = "extract"\ntags = -1\n').start()

    assert daemon.archived()["deliveries"][0]["state"] == "delivered"


def test_a_title_of_megabytes_is_cut(daemon: RunningDaemon) -> None:
    title = "Long \x1b]0;title\x07 " * 200_000
    view = daemon.start().archived(title=title, html=f"<title>{title}</title><p>Some text.</p>")

    assert len(view["title"]) <= 5_000
    assert "\x1b" not in view["title"]


def test_a_large_request_without_its_page_fails_and_the_daemon_goes_on(
    daemon: RunningDaemon,
) -> None:
    capture = a_capture(selection="x" * (9 << 20))
    del capture["html"]
    view = daemon.start().archived(**capture, html=None)

    assert view["state"] == "failed"
    assert view["error"]["hint"]
    assert daemon.archived()["deliveries"][0]["state"] == "delivered"
