"""A user whom nobody knows yet: an empty home, and what Guidang puts there."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from native_host.browsers import Family
from native_host.errors import AbsentError, HostError
from native_host.install import Target, install, write_manifest
from native_host.socket_client import state_folder
from native_host.wake import wake
from tools.daemon_client import DaemonClient

if TYPE_CHECKING:
    from tools.daemon_client import Events, Json

ROOT = Path(__file__).resolve().parents[2]


#: An image that belongs to a note.
IS_ASSET = re.compile(r"/assets/[0-9a-f]{32}\.\w+$")


@dataclass(frozen=True)
class User:
    """A user with a *home*, whose programs run with *environ*."""

    home: Path
    environ: dict[str, str]

    @classmethod
    def at(cls, home: Path) -> User:
        """The user of the empty folder *home*, who has no desktop."""
        environ = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }
        return cls(home, environ)

    @property
    def daemon(self) -> DaemonClient:
        return DaemonClient.of(self.environ)

    @property
    def state(self) -> Path:
        """The folder of the daemon's socket; only there once the host is installed."""
        return Path(state_folder(self.environ, sys.platform))

    @property
    def archive(self) -> Path:
        """Where notes go when nobody has said otherwise."""
        return self.home / "Documents" / "Guidang"

    def notes(self) -> list[Path]:
        """Every file of the archive but images, so that a leftover is seen too."""
        files = (path for path in self.archive.rglob("*") if path.is_file())
        return sorted(path for path in files if not IS_ASSET.search(path.as_posix()))

    def install_host(self, *names: str) -> Path:
        """Register the native host with the browsers *names*; returns the launcher."""
        target = Target(self.environ, sys.platform, {})
        return install(target, Path(sys.executable), names)[0]

    def profile(self, name: str = "profile") -> Path:
        """A folder for a Chromium that knows the native host."""
        folder = self.home / name
        manifests = folder / "NativeMessagingHosts"
        write_manifest(manifests, Family.CHROMIUM, self.install_host())
        return folder

    def wake_daemon(self) -> None:
        wake({**self.environ, "GUIDANG_DAEMON": sys.executable}, sys.platform)

    def kill_daemon(self) -> None:
        """End the daemon as a power cut would, if one runs."""
        with contextlib.suppress(AbsentError):
            end(int(self.daemon.ask("GET", "/status")["pid"]), signal.SIGKILL)

    def stop_daemon(self) -> None:
        """End the daemon as a system that shuts down does, if one runs."""
        with contextlib.suppress(AbsentError):
            end(int(self.daemon.ask("GET", "/status")["pid"]), signal.SIGTERM)

    def processes(self) -> dict[int, str]:
        """The command lines of all that runs for this user, by process id."""
        home = f"HOME={self.home}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it is another user's, or has just ended
                if home in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        return found

    def hosts(self) -> list[int]:
        """The process ids of the native hosts that browsers have started."""
        lines = self.processes().items()
        return [pid for pid, line in lines if "native_host.__main__" in line]

    def capture_of(self, url: str) -> Json | None:
        """The daemon's capture of *url*, once it has accepted it and while it answers."""
        try:
            captures = self.daemon.ask("GET", "/captures")["captures"]
        except HostError:
            return None
        return next((capture for capture in captures if capture["url"] == url), None)


def end(pid: int, number: signal.Signals) -> None:
    """Send a signal to the process *pid*, which is not a child of ours, and wait for its end."""
    watched = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(watched, number)
        ended, _, _ = select.select([watched], [], [], 60)
    finally:
        os.close(watched)
    assert ended, f"process {pid} goes on in spite of {number.name}"


def next_type(events: Events) -> str | None:
    """The type of the next event of a capture, if one comes; the library has its own time."""
    while (event := events.next(timeout=30)) and event["type"] == "indexed":
        continue
    return None if event is None else str(event["type"])


def note_of(events: Events, user: User, url: str, *, timeout: float = 60) -> Path:
    """Wait until a capture of *url* is delivered; returns the note's file.

    Raises:
        AssertionError: It failed, or nothing came in time.
    """
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        event = events.next(timeout=left)
        assert event is not None, f"no note of {url} within {timeout:g} s"
        assert event["type"] not in {"failed", "rejected"}, event
        if event["type"] == "delivered":
            view = user.daemon.ask("GET", f"/captures/{event['capture']}")
            if view["url"] == url:
                return Path(event["receipt"]["place"])
    raise AssertionError(f"no note of {url} within {timeout:g} s")
