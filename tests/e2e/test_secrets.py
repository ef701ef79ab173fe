"""Secrets go to the system's keychain, a real one, and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.session_bus import keychain
from tools.daemon_client import DaemonRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.user import User

SECRET = "wobbly-lantern-4711"


@pytest.fixture
def desktop(user: User) -> Iterator[User]:
    """The user, with a keychain and a daemon that was started beside it."""
    with keychain(user) as with_keychain:
        with_keychain.wake_daemon()
        yield with_keychain
        with_keychain.stop_daemon()


@pytest.mark.keyring
def test_a_secret_lies_in_the_keychain_and_in_no_file_of_ours(desktop: User) -> None:
    desktop.daemon.ask("PUT", "/secrets/github", {"value": SECRET})

    assert read_from_keychain(desktop, "github") == SECRET
    for file in desktop.state.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()


@pytest.mark.keyring
def test_a_deleted_secret_is_gone(desktop: User) -> None:
    desktop.daemon.ask("PUT", "/secrets/github", {"value": SECRET})

    desktop.daemon.ask("DELETE", "/secrets/github")

    assert read_from_keychain(desktop, "github") == ""


def test_without_a_keychain_a_secret_is_refused_with_a_way_out(user: User) -> None:
    user.wake_daemon()

    with pytest.raises(DaemonRefusedError) as refused:
        user.daemon.ask("PUT", "/secrets/github", {"value": SECRET})

    assert refused.value.code == "keychain-missing"
    assert "GUIDANG_SECRET_" in str(refused.value)


def read_from_keychain(user: User, name: str) -> str:
    """What another program of the same user finds; empty when there is nothing."""
    program = Path(sys.executable).with_name("keyring")
    command = [str(program), "get", "guidang", name]
    done = subprocess.run(
        command, env=user.environ, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip()
