"""A summarizer that writes what a test dictates, over a socket: word by word, when it says so.

Installed beside a daemon by `installed`, as a package of somebody else's would be.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from native_host.errors import HostError
from tools.daemon_client import DaemonClient
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]

MODULE = """
import asyncio, json, msgspec
from daemon.errors import SummaryError
from daemon.model import Anew, Summary

class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    port: int

def connect(settings, surroundings):
    return Dictated(settings.port)

class Dictated:
    name = "dictated"
    offline = None

    def __init__(self, port):
        self._port = port

    async def summarize(self, draft, *, language):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            asked = {"title": draft.title, "markdown": draft.markdown}
            writer.write(msgspec.json.encode(asked) + b"\\n")
            while line := await reader.readline():
                said = json.loads(line)
                if isinstance(said, str):
                    yield said
                elif said is None:
                    yield Anew()
                elif "error" in said:
                    raise SummaryError(**said["error"])
                else:
                    yield msgspec.convert(said, Summary)
                    return
        finally:
            writer.close()
"""


class Writing:
    """A summary that the daemon has asked for, in the hands of the test."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self.draft: dict[str, Any] = json.loads(self._stream.readline())

    def say(self, *pieces: str | None) -> None:
        """Write *pieces*; None begins anew."""
        for piece in pieces:
            self._send(piece)

    def end(self, markdown: str, **fields: Any) -> None:
        self._send({"markdown": markdown, "made_by": "a-model", **fields})

    def fail(self, **error: str) -> None:
        self._send({"error": error})

    def stopped(self) -> None:
        """Wait until nobody listens any longer.

        Raises:
            TimeoutError: Somebody still does.
        """
        assert self._stream.read() == b""

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _send(self, said: Any) -> None:
        self._connection.sendall(json.dumps(said).encode() + b"\n")


class Dictation:
    """Where the summarizer gets its words; *table* is for the settings."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self._writings: list[Writing] = []
        self.table = {"kind": "dictated", "port": self._listener.getsockname()[1]}

    @property
    def settings(self) -> str:
        """The table as TOML."""
        return f'[summarizer]\nkind = "dictated"\nport = {self.table["port"]}\n'

    def asked(self) -> Writing:
        """The next summary that the daemon asks for."""
        connection, _ = self._listener.accept()
        connection.settimeout(60)
        self._writings.append(Writing(connection))
        return self._writings[-1]

    def close(self) -> None:
        for writing in self._writings:
            writing.close()
        self._listener.close()


@contextmanager
def serving(folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """A daemon that knows the kind `dictated`, which is installed in *folder*."""
    information = folder / "dictated-1.dist-info"
    information.mkdir(parents=True)
    (folder / "dictated_kind.py").write_text(MODULE)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: dictated\nVersion: 1\n")
    (information / "entry_points.txt").write_text(
        "[guidang.summarizers]\ndictated = dictated_kind\n"
    )
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]\n"
        "from daemon.__main__ import main\nmain(['serve'])"
    )
    process = subprocess.Popen([sys.executable, "-I", "-c", program], env=dict(environ))
    try:
        poll(lambda: _answers(environ), "the daemon", timeout=60)
        yield
    finally:
        watched = os.pidfd_open(process.pid)
        signal.pidfd_send_signal(watched, signal.SIGTERM)
        select.select([watched], [], [], 30)
        os.close(watched)
        process.wait(30)


def _answers(environ: Mapping[str, str]) -> bool:
    try:
        return bool(DaemonClient.of(dict(environ)).ask("GET", "/status"))
    except HostError:
        return False
