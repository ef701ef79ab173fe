"""Pages archived by a daemon whose summaries a service writes, and what is kept of it all."""

from __future__ import annotations

import gzip
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native_host.wake import wake
from tests.fakes.messages_api import KEY
from tests.unit.daemon.running import RunningDaemon

#: A whole summary, as the prompt asks for it.
SUMMARY = """### Archive note: A page

#### Basics

- **Site**: example.org

#### Core content

The whole of it.

#### Sources

- example.org

#### Tags

#tides"""
#: The beginning of one, which must never be taken for it.
HALF = "### Archive note: A page\n\n#### Core content\n\nHalf a summ"

_AT_ONCE = """#!{python} -I
import stamina
from daemon.__main__ import main

if __name__ == "__main__":
    stamina.set_testing(True, attempts=100, cap=True)
    main(["serve"])
"""


@dataclass(frozen=True)
class Archived:
    """A page that was archived: its *note*, the *summary* in it, and the capture as it is shown."""

    note: str
    summary: str
    view: dict[str, Any]


def with_key(home: Path) -> RunningDaemon:
    """A daemon, not started yet, that has the key of the service."""
    return RunningDaemon(home, environ={"GUIDANG_SECRET_ANTHROPIC": KEY})


def start_at_once(daemon: RunningDaemon) -> None:
    """Start *daemon* so that its attempts at an answer follow each other at once."""
    program = daemon.home / "at_once"
    program.write_text(_AT_ONCE.format(python=sys.executable))
    program.chmod(stat.S_IRWXU)
    wake({**daemon.environ, "GUIDANG_DAEMON": str(program)}, sys.platform)


def claude(url: str, **table: Any) -> dict[str, Any]:
    """Settings by which the service at *url* writes the summaries."""
    return {"summarizer": {"kind": "claude", "api": url, **table}}


def archived(daemon: RunningDaemon, **fields: Any) -> Archived:
    """A page that *daemon* has archived."""
    view = daemon.archived(**fields)
    [delivery] = view["deliveries"]
    assert delivery["state"] == "delivered"
    note = Path(delivery["receipt"]["place"]).read_text("utf-8")
    return Archived(note, note.partition("\n## AI summary\n")[2], view)


def holding(home: Path, text: str) -> list[str]:
    """The names of the files below *home* that hold *text*, packed or not."""
    return [path.name for path in home.rglob("*") if text.encode() in _bytes_of(path)]


def _bytes_of(path: Path) -> bytes:
    with suppress(OSError):  # a folder, a socket; or it has just gone
        data = path.read_bytes()
        return data + gzip.decompress(data) if path.suffix == ".gz" else data
    return b""
