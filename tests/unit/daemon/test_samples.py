"""What a form of settings asks of the daemon: samples, tries, and which secrets are kept."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_host import socket_client
from tests.unit.daemon.running import RunningDaemon
from tools.daemon_client import DaemonRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "The tides rise and fall twice a day. In the bay the water rises by 12 metres."


@pytest.fixture(scope="module")
def daemon() -> Iterator[RunningDaemon]:
    """One for all of these: none of them changes what another one asks."""
    with tempfile.TemporaryDirectory(prefix="guidang-") as folder:
        secret = {"GUIDANG_SECRET_GITHUB": "wobbly-lantern-4711"}
        running = RunningDaemon(Path(folder), secret).start()
        yield running
        running.end()


def preview(daemon: RunningDaemon, **fields: Any) -> dict[str, Any]:
    return daemon.ask("POST", "/settings/preview", fields)


def tried(daemon: RunningDaemon, **fields: Any) -> list[dict[str, Any]]:
    """The lines of a try."""
    request = {"title": "Tides", "markdown": TEXT, **fields}
    path, body = "/summarizer/try", json.dumps(request).encode()
    status, answer = socket_client.request(daemon.client.address, "POST", path, body, timeout=60)
    assert status == 200
    return [json.loads(line) for line in answer.splitlines() if line.strip()]


def test_a_sample_note_has_the_form_and_the_file_that_are_asked_for(
    daemon: RunningDaemon,
) -> None:
    made = preview(
        daemon, template="frontmatter", subfolder="{{ archived.year }}/{{ site }}", language="en"
    )

    assert made["file"] == "2026/Example Review/Tides of the bay.md"
    assert made["markdown"].startswith('---\ntitle: "Tides of the bay"\n')
    assert "12 metres" in made["markdown"]
    assert daemon.ask("GET", "/captures")["captures"] == []


def test_a_sample_note_is_in_the_language_that_is_asked_for(daemon: RunningDaemon) -> None:
    assert "## AI总结" in preview(daemon, language="zh-CN")["markdown"]
    assert "## AI summary" in preview(daemon, language="fr")["markdown"]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"template": "absent"}, "template-unknown", "absent"),
        ({"name": "{{ titel }}"}, "template-failed", "titel"),
        ({"subfolder": "{% for"}, "template-failed", "line 1"),
        ({"template": "../x"}, "request-invalid", "template"),
        ({"nmae": "x"}, "request-invalid", "nmae"),
    ],
)
def test_what_cannot_be_used_is_told(
    daemon: RunningDaemon, fields: dict[str, str], code: str, words: str
) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        preview(daemon, **fields)

    assert refused.value.code == code
    assert words in str(refused.value)


def test_a_template_of_ones_own_is_named_and_shown(daemon: RunningDaemon) -> None:
    folder = daemon.home / "templates"
    folder.mkdir()
    (folder / "mine.md.j2").write_text("mine: {{ title }}", "utf-8")

    named = daemon.ask("GET", "/settings/templates")["templates"]

    assert named == ["classic", "frontmatter", "plain", "mine"]
    assert preview(daemon, template="mine", language="en")["markdown"] == (
        "mine: Tides of the bay\n"
    )


def test_a_summary_is_tried_on_a_text_and_kept_nowhere(daemon: RunningDaemon) -> None:
    lines = tried(daemon, language="en")

    assert lines[-1]["type"] == "done"
    assert "12 metres" in lines[-1]["summary"]["markdown"]
    assert lines[-1]["summary"]["made_by"] == "extract"
    assert daemon.ask("GET", "/captures")["captures"] == []


def test_a_try_says_what_the_service_lacks(daemon: RunningDaemon) -> None:
    daemon.ask("PATCH", "/settings", {"summarizer": {"kind": "claude"}})

    (line,) = tried(daemon)
    daemon.ask("PATCH", "/settings", {"summarizer": None})

    assert line["type"] == "error"
    assert line["error"]["code"] in {"key-missing", "keychain-missing"}


def test_whether_a_secret_is_kept_is_told_and_never_what_it_is(daemon: RunningDaemon) -> None:
    assert daemon.ask("GET", "/secrets/github") == {"kept": True}


def test_a_machine_without_a_keychain_says_so(daemon: RunningDaemon) -> None:
    with pytest.raises(DaemonRefusedError) as refused:
        daemon.ask("GET", "/secrets/absent")

    assert refused.value.code == "keychain-missing"


def test_the_schema_marks_what_names_a_secret(daemon: RunningDaemon) -> None:
    schema = daemon.ask("GET", "/settings/schema")

    marked = {
        (kind, name)
        for table in ("backends", "summarizers")
        for kind, each in schema[table].items()
        for name, field in each["$defs"]["Settings"]["properties"].items()
        if field.get("format") == "secret-name"
    }
    assert marked == {("github", "token"), ("feishu", "secret"), ("claude", "key")}
