"""Delivers a note to the local backend again and again, each time killed some lines later.

`python -m tests.fakes.killed_delivery FOLDER SETTINGS` writes the number of lines at which it was
killed, and says on standard error what was then not as it should be.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.backends import Backend, Progress, connect
from daemon.errors import DeliveryDeferred
from daemon.extract import parse
from daemon.model import Asset, Note, Receipt
from daemon.settings import Settings
from daemon.snapshot import snapshot_of
from tests.fakes.surroundings import surroundings

TRACED = ("daemon/backends/local.py", "daemon/files.py", "daemon/git.py")
URL = "https://example.org/tides"
IMAGE = Asset("tide.png", "https://example.org/tide.png")
PAGE = snapshot_of(parse("<p>page</p>"), url=URL, images={})


def main(folder: Path, settings: dict[str, Any]) -> int:
    # Twenty programs for each commit take half a second; 11 shares no factor with what loops.
    step = 11 if settings.get("git") else 1
    number = 0
    while True:
        place = folder / str(number)
        archive = Archive(place, settings)
        archive.prepare()
        killed = in_child(functools.partial(archive.deliver_traced, number))
        if in_child(archive.deliver):
            print(f"killed at {number}: it could not go on", file=sys.stderr)
        for fault in faults(archive.files(), settings, archive.commits()):
            print(f"killed at {number}: {fault}", file=sys.stderr)
        if not killed:
            return number
        number += step


def faults(files: dict[str, bytes], settings: dict[str, Any], commits: list[str]) -> list[str]:
    """What is not as it should be, once the new note was delivered after all."""
    over = settings.get("again") == "overwrite"
    expected = {"Tides.md": b"new"} if over else {"Tides.md": b"old", "Tides (2).md": b"new"}
    expected[f"assets/{IMAGE.name}"] = b"image"
    if settings.get("snapshot"):
        expected["Tides.html" if over else "Tides (2).html"] = PAGE
    found = [] if files == expected else [f"the files are {sorted(files)}"]
    if settings.get("git") and len(commits) != 2:
        found.append(f"the commits are {commits}")
    return found


class Archive:
    """A folder with a note, to which a newer one of the same URL is delivered."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self._folder = folder
        self._settings = settings
        self._progress = folder.with_suffix(".progress")
        self._image = folder.with_suffix(".image")

    def prepare(self) -> None:
        self._folder.mkdir()
        self._image.write_bytes(b"image")
        if self._settings.get("git"):
            self._git("init", "--quiet")
        receipt = asyncio.run(self._delivered("old", self._connected([])))
        self._progress.unlink(missing_ok=True)
        self._receipt = receipt

    def deliver_traced(self, number: int) -> None:
        """Deliver, and be killed at the line *number* that is reached."""
        trace = killing_at(number)
        threading.settrace(trace)
        sys.settrace(trace)
        self.deliver(wait=False)

    def deliver(self, *, wait: bool = True) -> None:
        while True:
            try:
                asyncio.run(self._delivered("new", self._connected([self._receipt])))
            except DeliveryDeferred as error:
                # A git that outlived us still holds its lock, for a moment.
                if error.code != "git-busy" or not wait:
                    raise
            else:
                return

    def files(self) -> dict[str, bytes]:
        files = (path for path in self._folder.rglob("*") if path.is_file())
        named = {path.relative_to(self._folder).as_posix(): path for path in files}
        return {
            name: path.read_bytes() for name, path in named.items() if not name.startswith(".git/")
        }

    def commits(self) -> list[str]:
        return self._git("log", "--format=%s").splitlines() if self._settings.get("git") else []

    def _connected(self, earlier: list[Receipt]) -> Backend:
        async def receipts(_: Note) -> list[Receipt]:
            return earlier

        async def snapshot(_: str) -> bytes:
            return PAGE

        table = {"kind": "local", "folder": str(self._folder), **self._settings}
        pages: dict[str, Any] = {"snapshot": snapshot} if earlier else {}
        given = surroundings(earlier=receipts, asset=lambda _: self._image, **pages)
        return connect("local", Settings(backends={"local": table}), given)

    async def _delivered(self, text: str, backend: Backend) -> Receipt:
        note = Note(
            id=f"note-{text}",
            url=URL,
            title="Tides",
            markdown=text,
            archived_at=datetime.now(UTC),
            assets=(IMAGE,) if text == "new" else (),
        )
        saved = json.loads(self._progress.read_text()) if self._progress.exists() else None
        return await backend.deliver(
            note, key=f"{note.id}.local", progress=Progress(saved, self._save)
        )

    async def _save(self, value: Any) -> None:
        part = self._progress.with_suffix(".part")
        part.write_text(json.dumps(value))
        part.replace(self._progress)

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self._folder), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout


def in_child(function: Callable[[], object]) -> bool:
    """Call it in a fork of this process; whether that was killed or failed."""
    child = os.fork()
    if not child:
        function()
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def killing_at(number: int, traced: tuple[str, ...] = TRACED) -> Any:
    """A trace function that ends this process at the line *number* of the files *traced*."""
    left = [number]

    def trace(frame: Any, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith(traced):
            return None
        if event == "line":
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
        return trace

    return trace


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
