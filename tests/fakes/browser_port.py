"""The browser's end of a port: starts a native host and speaks frames with it."""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTH = struct.Struct("=I")


class BrowserPort:
    """A host as a process, started as a browser starts it, until the end of the `with` block."""

    def __init__(self, launcher: Path, environ: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [launcher, "chrome-extension://aakhkkgafdemjjcaofeacbnbocplhpmd/"],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self._in, self._out = self.process.stdin, self.process.stdout
        self._err = self.process.stderr
        #: Bytes of the longest frame so far.
        self.longest = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._out.close()
        self._err.close()
        with contextlib.suppress(BrokenPipeError):  # of what a test wrote to a host that had ended
            self._in.close()

    def send(self, **frame: Any) -> None:
        self.send_bytes(json.dumps(frame).encode())

    def send_bytes(self, body: bytes) -> None:
        self.send_raw(LENGTH.pack(len(body)) + body)

    def send_raw(self, data: bytes) -> None:
        self._in.write(data)
        self._in.flush()

    def receive(self) -> dict[str, Any]:
        """The next frame; EOFError when the host has ended."""
        head = self._out.read(LENGTH.size)
        if not head:
            raise EOFError
        (length,) = LENGTH.unpack(head)
        self.longest = max(self.longest, length)
        frame: dict[str, Any] = json.loads(self._out.read(length))
        return frame

    def answer(self) -> tuple[int, str]:
        """Status and body of the one request in flight."""
        frame: dict[str, Any] = {"more": True}
        body = ""
        while frame.get("more"):
            frame = self.receive()
            body += frame["body"]
        return int(frame["status"]), body

    def error(self) -> tuple[str | None, int, str]:
        """Id, status and code of the next frame, which is an error's."""
        frame = self.receive()
        error = json.loads(frame["body"])["error"]
        assert error["message"].endswith(".")
        assert error["hint"]
        return frame["id"], frame["status"], error["code"]

    def ask(self, method: str, path: str, body: str = "", name: str = "r1") -> tuple[int, str]:
        self.send(id=name, method=method, path=path, body=body)
        return self.answer()

    def close(self) -> int:
        """Close the port as the browser does; the exit code."""
        self._in.close()
        return self.process.wait()

    def stop_reading(self) -> None:
        self._out.close()

    def said(self) -> str:
        """What the ended host wrote to its log."""
        return self._err.read().decode()

    def peak_memory(self) -> int:
        """The most bytes of memory that the host has had; Linux only."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return int(peak) * 1024
