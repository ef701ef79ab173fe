"""A session bus with an open keychain, as a desktop has one, for programs without a desktop."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextlib.contextmanager
def keychain(
    home: Path, environ: Mapping[str, str], *, password: str = "open"
) -> Iterator[dict[str, str]]:
    """*environ* for programs that reach the keychain in *home*.

    A home without a keychain gets one. Another *password* than that one's leaves it locked; an
    empty one makes gnome-keyring ask for it in a window.
    """
    runtime = home / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    found = {**environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
    with contextlib.ExitStack() as stack:
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            env=found,
            stdout=subprocess.PIPE,
        )
        stack.callback(stop, bus)
        assert bus.stdout is not None
        found["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground"],
            env=found,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # it complains of a password that is wrong, as we want it
        )
        stack.callback(stop, keyring)
        assert keyring.stdin is not None
        keyring.stdin.write(password.encode())
        keyring.stdin.close()
        poll(lambda: owns_secrets(found), "the keychain", timeout=30)
        yield found


def owns_secrets(environ: Mapping[str, str]) -> bool:
    """Whether the keychain has taken its name on the bus."""
    ask = ["--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner"]
    command = ["dbus-send", "--session", *ask, "string:org.freedesktop.secrets"]
    done = subprocess.run(command, env=environ, capture_output=True, timeout=30, check=True)
    return b"boolean true" in done.stdout


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
