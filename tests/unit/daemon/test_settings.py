"""The settings file and the places of an instance."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon import settings as settings_file
from daemon.errors import SettingsError
from daemon.settings import Places, Settings, SettingsFile, load
from native_host.socket_client import state_folder


def change(file: Path, patch: dict[str, Any]) -> Settings:
    """A change that nobody else objects to."""
    return settings_file.change(file, patch, check=lambda _: None)


WRITTEN = """\
# mine
language = "en" # as I like it

[plans.both]
backends = ["local", "second"]
summary = false

[plans.local]
backends = ["local"]

[backends.local]
kind = "local"

[backends.second]
kind = "local"
folder = "/notes" # the big disk
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


@pytest.fixture
def written(file: Path) -> Path:
    file.write_text(WRITTEN, "utf-8")
    return file


def test_without_a_file_the_settings_are_the_default(file: Path) -> None:
    settings = load(file)

    assert settings == Settings()
    assert settings.plan_named(None).backends == ("local",)
    assert not file.exists()


def test_a_file_says_what_differs_from_the_default(written: Path) -> None:
    settings = load(written)

    assert settings.language == "en"
    assert settings.idle_minutes == Settings().idle_minutes
    assert settings.plan_named("both").backends == ("local", "second")
    assert not settings.plan_named("both").summary


def test_a_change_keeps_comments_and_everything_else(written: Path) -> None:
    changed = change(written, {"language": "zh-CN", "backends": {"second": {"folder": "/n"}}})

    assert changed == load(written)
    assert written.read_text("utf-8") == WRITTEN.replace('"en"', '"zh-CN"').replace(
        '"/notes"', '"/n"'
    )


def test_null_removes_a_field_or_a_table(written: Path) -> None:
    changed = change(
        written, {"language": None, "plans": {"both": None}, "backends": {"second": None}}
    )

    assert changed.language == "auto"
    assert list(changed.plans) == list(changed.backends) == ["local"]
    assert "second" not in written.read_text("utf-8")


def test_null_in_a_new_table_is_nothing(file: Path) -> None:
    changed = change(file, {"backends": {"new": {"kind": "local", "folder": None}}})

    assert changed.backends["new"] == {"kind": "local"}


def test_what_is_added_to_a_default_leaves_the_default_in_place(file: Path) -> None:
    change(file, {"backends": {"second": {"kind": "local", "folder": "/notes"}}})
    changed = change(file, {"plans": {"both": {"backends": ["local", "second"]}}})

    assert list(changed.backends) == ["local", "second"]
    assert list(changed.plans) == ["local", "both"]
    assert changed == load(file)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colour = 'red'", "settings-invalid"),
        ("idle_minutes = 'long'", "settings-invalid"),
        ("idle_minutes = 0", "settings-invalid"),
        ("language = 'tlh'", "settings-invalid"),
        ("plans = []", "settings-invalid"),
        ("[plans.local]\nbackends = []", "settings-invalid"),
        ("[plans.local]\nbackends = ['local']\ncolour = 'red'", "settings-invalid"),
        ("[plans.'Big Name']\nbackends = ['local']", "settings-invalid"),
        ("language = ", "settings-invalid"),
        ("language = 'en'\nlanguage = 'en'", "settings-invalid"),
        ("plan = 'none'", "plan-unknown"),
        ("[plans.local]\nbackends = ['github']", "backend-unknown"),
    ],
)
def test_a_wrong_file_is_an_error_that_says_what_to_do(file: Path, text: str, code: str) -> None:
    file.write_text(text, "utf-8")

    with pytest.raises(SettingsError) as failed:
        load(file)

    assert failed.value.code == code
    assert failed.value.hint


@pytest.mark.parametrize("call", [load, lambda file: change(file, {"language": "en"})])
@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["no UTF-8", "a folder"])
def test_a_file_that_cannot_be_read_is_an_error(
    file: Path, call: Any, content: bytes | None
) -> None:
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)

    with pytest.raises(SettingsError) as failed:
        call(file)

    assert failed.value.code == "settings-unreadable"
    assert str(file) in failed.value.hint


@pytest.mark.parametrize(
    "patch",
    [
        {"colour": "red"},
        {"idle_minutes": "long"},
        {"language": {"code": "en"}},
        {"plans": {"both": {"backends": ["github"]}}},
        {"plans": {"both": {"backends": [None]}}},
        {"plans": {"local": None}},
        {"backends": {"local": None}},
        {"plan": "none"},
    ],
)
def test_a_change_that_would_not_be_valid_leaves_the_file_as_it_was(
    written: Path, patch: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError) as failed:
        change(written, patch)

    assert failed.value.hint
    assert written.read_text("utf-8") == WRITTEN


def test_a_change_replaces_the_file_in_one_step(written: Path) -> None:
    with written.open("rb") as before:
        change(written, {"language": "zh-CN"})

        assert before.read().decode() == WRITTEN
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "settings.toml"
    change(file, {"language": "en"})

    assert load(file).language == "en"


def test_a_file_that_cannot_be_written_is_an_error(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(SettingsError) as failed:
        change(written, {"language": "zh-CN"})

    assert failed.value.code == "settings-not-written"
    assert failed.value.hint
    assert load(written).language == "en"
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_an_unknown_plan_is_told_with_those_there_are(written: Path) -> None:
    with pytest.raises(SettingsError) as failed:
        load(written).plan_named("none")

    assert failed.value.code == "plan-unknown"
    assert "both, local" in failed.value.hint


def test_a_home_holds_everything(tmp_path: Path) -> None:
    places = Places.of(str(tmp_path))

    assert places == Places(tmp_path / "settings.toml", tmp_path, tmp_path / "archive")


def test_a_home_may_be_relative_to_here() -> None:
    assert Places.of("notes").archive == Path.cwd() / "notes" / "archive"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"XDG_STATE_HOME": "/var/state"},
        {"XDG_STATE_HOME": ""},
        {"XDG_STATE_HOME": "relative/state"},
        {"GUIDANG_HOME": "/srv/guidang"},
        {"GUIDANG_HOME": ""},
        {"GUIDANG_HOME": "portable"},
        {"GUIDANG_HOME": "~/guidang"},
        {"GUIDANG_HOME": "/srv/../srv/guidang/"},
    ],
    ids=str,
)
def test_host_and_daemon_agree_on_the_folder_of_the_state(environ: dict[str, str]) -> None:
    environ = {"HOME": "/home/somebody", **environ}
    program = "from daemon.settings import Places; print(Places.here().state)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()

    assert os.path.realpath(said) == os.path.realpath(state_folder(environ, sys.platform))


# Edited by hand, while they are in force.


def told_by(kept: SettingsFile) -> str | None:
    return kept.error.code if kept.error else None


def test_a_file_that_was_edited_is_in_force_from_the_next_look_on(written: Path) -> None:
    kept = SettingsFile(written)
    assert not kept.look()
    written.write_text(WRITTEN.replace('"en"', '"zh-CN"'), "utf-8")

    assert kept.look()
    assert kept.current.language == "zh-CN"
    assert not kept.look()


def test_a_file_that_was_not_there_is_in_force_once_it_is(file: Path) -> None:
    kept = SettingsFile(file)
    assert not kept.look()
    file.write_text(WRITTEN, "utf-8")

    assert kept.look()
    assert kept.current == load(file)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("language = ", "settings-invalid"),
        ("colour = 'red'", "settings-invalid"),
        ("plan = 'none'", "plan-unknown"),
        ("[plans.local]\nbackends = ['nowhere']", "backend-unknown"),
        (None, "settings-unreadable"),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_used_leaves_the_last_settings_in_force_and_is_told(
    written: Path, text: str | None, code: str
) -> None:
    kept = SettingsFile(written)
    before = kept.current
    if text is None:
        written.unlink()
    else:
        written.write_text(text, "utf-8")

    assert not kept.look()
    assert kept.current == before
    assert told_by(kept) == code
    written.write_text("language = 'zh-CN'", "utf-8")
    assert kept.look()
    assert (kept.current.language, told_by(kept)) == ("zh-CN", None)


def test_a_change_keeps_an_edit_that_nobody_has_looked_at(written: Path) -> None:
    kept = SettingsFile(written)
    written.write_text(WRITTEN.replace('"en"', '"zh-CN"'), "utf-8")
    kept.change({"plan": "both"}, check=lambda _: None)

    assert (kept.current.language, kept.current.plan) == ("zh-CN", "both")
    assert load(written) == kept.current
    assert not kept.look()


def test_an_edit_while_a_change_is_checked_is_kept(written: Path) -> None:
    kept = SettingsFile(written)
    edits = [WRITTEN.replace('"en"', '"zh-CN"')]

    def edited_meanwhile(_: Settings) -> None:
        if edits:
            written.write_text(edits.pop(), "utf-8")

    kept.change({"plan": "both"}, check=edited_meanwhile)

    assert (kept.current.language, kept.current.plan) == ("zh-CN", "both")
    assert load(written) == kept.current
    assert [path.name for path in written.parent.iterdir()] == [written.name]


def test_a_change_leaves_an_edit_that_cannot_be_read_alone(written: Path) -> None:
    kept = SettingsFile(written)
    written.write_text("language = ", "utf-8")

    with pytest.raises(SettingsError):
        kept.change({"plan": "both"}, check=lambda _: None)
    assert written.read_text("utf-8") == "language = "
    assert kept.current.plan == "local"


def test_the_kinds_of_a_plan_are_those_of_its_backends(file: Path) -> None:
    backends = {"disk": {"kind": "local", "folder": "/n"}}
    plans = {"both": {"backends": ["disk", "local"]}}

    changed = change(file, {"backends": backends, "plans": plans})

    assert changed.kinds_of(changed.plans["both"]) == ("local", "local")
    assert changed.kinds_of(changed.plans["local"]) == ("local",)
