"""A daemon of our own, in a process of its own, with all that belongs to it in one folder."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from native_host.wake import wake
from tools.daemon_client import DaemonClient

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title></head><body>
<nav>Home News Sport</nav><main><h1>{title}</h1>
<p>The first paragraph of the article says what it is about, in one long sentence.</p>
<p>The second paragraph, which goes on for a while as well, tells the rest of it.</p>
</main><footer>All rights reserved</footer></body></html>"""


@dataclass
class RunningDaemon:
    """The daemon of *home*, started when it is first asked."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GUIDANG_HOME": str(self.home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **self.environ,
        }

    @property
    def client(self) -> DaemonClient:
        return DaemonClient.of(self.environ)

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def log(self) -> str:
        return (self.home / "guidang.log").read_text()

    def start(self) -> RunningDaemon:
        wake({**self.environ, "GUIDANG_DAEMON": sys.executable}, sys.platform)
        return self

    def settings(self, text: str) -> RunningDaemon:
        self.home.joinpath("settings.toml").write_text(text, "utf-8")
        return self

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.client.ask(method, path, body)

    @property
    def pid(self) -> int:
        return int(self.ask("GET", "/status")["pid"])

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the daemon and wait until it has gone."""
        watched = os.pidfd_open(self.pid)
        signal.pidfd_send_signal(watched, number)
        select.select([watched], [], [], 30)  # a process that has ended is readable
        os.close(watched)

    def archived(self, **fields: Any) -> dict[str, Any]:
        """Send a capture and wait until its deliveries have been tried."""
        capture = a_capture(**fields)
        with self.client.events() as events:
            self.ask("POST", "/captures", capture)
            while True:
                event = events.next(timeout=60)
                assert event is not None, "nothing happened for 60 s"
                if event["capture"] != capture["id"]:
                    continue
                view = self.ask("GET", f"/captures/{capture['id']}")
                if view["error"] or (view["deliveries"] and all(map(_tried, view["deliveries"]))):
                    return view

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run `guidang` as a person would."""
        return subprocess.run(
            [sys.executable, "-m", "daemon", *arguments],
            env=self.environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def a_capture(**fields: Any) -> dict[str, Any]:
    """A request that archives a small page."""
    title = fields.get("title", "A page")
    return {
        "id": str(uuid.uuid4()),
        "url": "https://example.org/page",
        "title": title,
        "html": PAGE.format(title=title),
        "captured_at": "2026-11-20T08:00:00+00:00",
    } | fields


def _tried(delivery: dict[str, Any]) -> bool:
    return delivery["state"] in {"delivered", "rejected"} or bool(delivery["error"])
