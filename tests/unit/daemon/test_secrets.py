"""Secrets in a real keychain: a Secret Service on a session bus of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon import secrets
from tests.fakes.keychain import keychain
from tests.unit.daemon.running import RunningDaemon
from tools.daemon_client import DaemonRefusedError

SECRET = "wobbly-lantern-4711"
#: The backend that is chosen where there is a session bus; RunningDaemon names another.
SERVICE = "keyring.backends.SecretService.Keyring"
#: What a person without a desktop has; nothing here chooses a keychain.
BARE = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd())}


@pytest.fixture
def person() -> Iterator[Path]:
    """A fresh home; with a short name, as the keychain's socket is in it."""
    with tempfile.TemporaryDirectory(prefix="gd") as folder:
        yield Path(folder)


def in_a_process(environ: dict[str, str], call: str) -> str:
    """What `secrets.CALL` returns in a process of its own, or the code of its error."""
    program = (
        "from daemon import secrets; from daemon.errors import SettingsError\n"
        f"try: print(secrets.{call})\n"
        "except SettingsError as error: print(error.code)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.strip()


@pytest.mark.keyring
def test_a_secret_is_kept_for_later_processes_until_it_is_deleted(person: Path) -> None:
    with keychain(person, BARE) as environ:
        assert in_a_process(environ, "get('github')") == "None"
        in_a_process(environ, f"put('github', '{SECRET}')")
        assert in_a_process(environ, "get('github')") == SECRET
        assert in_a_process(environ, "get('feishu')") == "None"
        in_a_process(environ, "put('github', '密码 😀')")
        assert in_a_process(environ, "get('github')") == "密码 😀"
        in_a_process(environ, "delete('github')")
        assert in_a_process(environ, "get('github')") == "None"


@pytest.mark.keyring
def test_a_secret_that_is_not_there_is_deleted_already(person: Path) -> None:
    with keychain(person, BARE) as environ:
        assert in_a_process(environ, "delete('github')") == "None"


@pytest.mark.keyring
def test_a_secret_survives_the_session_and_lies_nowhere_in_plain_text(person: Path) -> None:
    with keychain(person, BARE) as environ:
        in_a_process(environ, f"put('github', '{SECRET}')")
    with keychain(person, BARE) as environ:
        assert in_a_process(environ, "get('github')") == SECRET

    files = [path for path in person.rglob("*") if path.is_file()]
    assert files
    assert all(SECRET.encode() not in path.read_bytes() for path in files)


@pytest.mark.keyring
@pytest.mark.parametrize("call", ["get('github')", "put('github', 'x')"])
def test_a_keychain_that_does_not_open_is_told_as_locked(person: Path, call: str) -> None:
    with keychain(person, BARE) as environ:
        in_a_process(environ, f"put('github', '{SECRET}')")

    with keychain(person, BARE, password="another") as environ:
        assert in_a_process(environ, call) == "keychain-locked"


@pytest.mark.parametrize("call", ["get('github')", "put('github', 'x')", "delete('github')"])
def test_without_a_bus_the_keychain_is_told_as_missing(person: Path, call: str) -> None:
    assert in_a_process({**BARE, "HOME": str(person)}, call) == "keychain-missing"


@pytest.mark.parametrize("bus", ["unix:path=/nowhere", "nonsense"])
def test_a_bus_that_does_not_answer_is_an_error_of_ours(person: Path, bus: str) -> None:
    environ = {**BARE, "HOME": str(person), "DBUS_SESSION_BUS_ADDRESS": bus}

    assert in_a_process(environ, "get('github')") in {"keychain-missing", "keychain-locked"}


@pytest.mark.keyring
def test_the_environment_goes_before_the_keychain(person: Path) -> None:
    with keychain(person, BARE) as environ:
        in_a_process(environ, "put('my-git', 'kept')")
        given = {**environ, "GUIDANG_SECRET_MY_GIT": SECRET}

        assert in_a_process(given, "get('my-git')") == SECRET
        assert in_a_process(environ, "get('my-git')") == "kept"


def test_the_environment_needs_no_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDANG_SECRET_GITHUB", SECRET)

    assert secrets.get("github") == SECRET


@pytest.mark.keyring
def test_a_secret_appears_in_no_log_setting_or_answer_of_the_daemon(home: Path) -> None:
    with keychain(home, BARE) as environ:
        daemon = RunningDaemon(home, {**environ, "PYTHON_KEYRING_BACKEND": SERVICE}).start()
        try:
            daemon.ask("PUT", "/secrets/github", {"value": SECRET})
            with pytest.raises(DaemonRefusedError) as refused:
                daemon.ask("PUT", "/secrets/github", {"value": [SECRET]})
            answers = [str(daemon.ask("GET", path)) for path in ("/settings", "/status")]
            kept = in_a_process(environ, "get('github')")
        finally:
            daemon.end()

    assert kept == SECRET
    assert all(SECRET not in told for told in [*answers, str(refused.value), daemon.log])
    assert not (home / "settings.toml").exists()
