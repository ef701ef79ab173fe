"""What the disk has at the moment of each answer: the power could go, and it would be kept.

The daemon runs under strace(1), and `Disk` plays the calls: of a file it has what was written
before its last fsync, and of a folder the names that were there at its last one. Of a database that
is not a yes or no, as one transaction may be written while another is answered for: SQLite itself
reads what the disk would have of it.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from daemon.decoding import decoded
from daemon.protocol import CaptureRequest, encode
from daemon.spool import Spool
from tests.fakes.images import png
from tests.unit.daemon.running import PAGE, RunningDaemon, a_capture
from tools.daemon_client import DaemonRefusedError
from tools.waiting import poll

CALLS = "openat,mkdir,mkdirat,write,pwrite64,writev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,sendto,sendmsg"  # noqa: E501  one argument
LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
OFFSET = re.compile(r", (\d+) *$")
#: Bytes of a call that strace tells: more than a page of a database has.
TOLD = 5000


CAPTURE = re.compile(r'\\"capture\\":\\"([^"\\]+)')
PLACE = re.compile(r'\\"place\\":\\"([^"\\]+)')
SETTINGS = """
[backends.local]
kind = "local"
again = "overwrite"
subfolder = "{{ archived.year }}/{{ site }}"
"""
IMAGE = f'<img src="data:image/png;base64,{base64.b64encode(png()).decode()}" alt="A tide">'
#: Copies a capture on a disk that has no hard links; not every kernel has a FAT to mount.
COPY = """
import os, sys
from pathlib import Path
from daemon.spool import Spool
def link(*_):
    raise PermissionError
os.link = link
Spool(Path(sys.argv[1]) / "spool").copy(sys.argv[2], "new", draft=False, summary=False)
"""


class Disk:
    """Which files and which names have changed since they were last made durable."""

    def __init__(self) -> None:
        self.dirty: set[str] = set()  #: files with bytes that may be lost
        self.known: set[str] = set()  #: names that were there or have been made
        self.passing: set[str] = set()  #: names that may be lost
        self.named: dict[str, str] = {}  #: the file behind a name, as it was first called
        self.written = defaultdict[str, bytearray](bytearray)  #: databases, as programs see them
        self.flushed: dict[str, bytes] = {}  #: databases, as they were last made durable

    def play(self, call: str, arguments: str) -> None:
        found = DESCRIPTOR.match(arguments)
        paths = QUOTED.findall(arguments)  # plain ASCII, as far as they are paths
        if call == "pwrite64" and found and ".sqlite" in found[1]:
            self.write(found[1], raw(paths[0]), int(OFFSET.findall(arguments)[0]))
        elif call in {"write", "pwrite64", "writev", "ftruncate"} and found:
            self.dirty.add(self.file(found[1]))
        elif call in {"fsync", "fdatasync"} and found:
            self.dirty.discard(self.file(found[1]))
            self.flushed[found[1]] = bytes(self.written[found[1]])
            self.passing -= {name for name in self.passing if str(Path(name).parent) == found[1]}
        elif call.startswith("mkdir") or (
            call == "openat" and "O_CREAT" in arguments and paths[0] not in self.known
        ):
            self.name(paths[0])
        elif call.startswith(("rename", "link")):
            self.named[paths[1]] = self.file(paths[0])
            self.name(paths[1])

    def write(self, name: str, data: bytes, offset: int) -> None:
        file = self.written[name]
        file.extend(bytes(max(0, offset - len(file))))
        file[offset : offset + len(data)] = data

    def name(self, name: str) -> None:
        self.known.add(name)
        self.passing.add(name)

    def file(self, name: str) -> str:
        return self.named.get(name, name)

    def has(self, path: Path) -> bool:
        """Whether the file at *path* would be there, whole, after the power has gone."""
        above = {str(folder) for folder in (path, *path.parents)}
        return self.file(str(path)) not in self.dirty and not above & self.passing

    def rows(self, database: Path, statement: str, copy: Path) -> list[tuple[str, ...]]:
        """What *statement* finds in *database* after the power has gone, read from a *copy*."""
        for ending in ("", "-wal"):
            name = f"{database}{ending}"
            there = name in self.flushed and name not in self.passing
            Path(f"{copy}{ending}").write_bytes(self.flushed[name] if there else b"")
        Path(f"{copy}-shm").unlink(missing_ok=True)
        with closing(sqlite3.connect(copy)) as connection:
            return connection.execute(statement).fetchall()


def raw(quoted: str) -> bytes:
    """The bytes that strace quotes as C does."""
    return quoted.encode("ascii").decode("unicode_escape").encode("latin-1")


def calls(trace: Path) -> Iterator[tuple[str, str]]:
    """The calls that went well, in their order; one that others interrupt counts at its end."""
    begun: dict[str, str] = {}  # by process
    for line in trace.read_text("utf-8", "replace").splitlines():
        pid = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            begun[pid] = line.removesuffix("<unfinished ...>")
            continue
        _, resumed, rest = line.partition(" resumed>")
        match = LINE.match(begun.pop(pid) + rest if resumed else line)
        if match and int(match[3]) >= 0:
            yield match[1], match[2]


@contextmanager
def traced(trace: Path, command: list[str], environ: dict[str, str]) -> Iterator[None]:
    """Run *command*, and write down its calls."""
    strace = ["strace", "-f", "-y", "-s", f"{TOLD}", "-e", f"trace={CALLS}", "-o", str(trace)]
    with subprocess.Popen([*strace, *command], env=environ):
        yield


@pytest.mark.strace
def test_the_disk_has_what_an_answer_promises(daemon: RunningDaemon, tmp_path: Path) -> None:
    trace, home = daemon.home / "trace", daemon.home
    daemon.settings(SETTINGS)
    with traced(trace, [sys.executable, "-m", "daemon", "serve"], daemon.environ):
        poll((home / "daemon.sock").exists, "the daemon's socket", timeout=60)
        ids = [archived(daemon.start(), f"Version {number}") for number in (1, 2)]
        daemon.ask("PATCH", "/settings", {"template": "plain"})
        with daemon.client.events() as events:
            remade = daemon.ask("POST", f"/captures/{ids[1]}/remake")["capture"]
            while (events.next(timeout=30) or {}).get("type") != "delivered":
                pass
        ids.append(daemon.ask("POST", "/captures", a_capture(title="Draft", draft=True))["id"])
        daemon.end()

    disk, accepted, delivered = Disk(), 0, []

    def rows(statement: str) -> list[str]:
        found = disk.rows(home / "outbox.sqlite", statement, tmp_path / "outbox.sqlite")
        return [str(value) for (value,) in found]

    for call, arguments in calls(trace):
        disk.play(call, arguments)
        if call not in {"sendto", "sendmsg"}:
            continue
        if "HTTP/1.1 201" in arguments:
            accepted += 1
            captures = [home / "spool" / f"{id}.json.gz" for id in ids[:accepted]]
            assert all(str(path) in disk.named for path in captures)
            assert all(disk.has(path) for path in captures)
            known = rows("SELECT id FROM capture ORDER BY rowid")
            assert [id for id in known if id != remade] == ids[:accepted]
        if '\\"type\\":\\"delivered\\"' in arguments:
            [id], [place] = CAPTURE.findall(arguments), map(Path, PLACE.findall(arguments))
            delivered.append(id)
            assert id in disk.file(str(place)), "the name is not that of another version"
            [asset] = (place.parent / "assets").iterdir()
            spooled = home / "spool" / "assets" / asset.name
            for file in (place, asset, home / "spool" / f"{id}.note.gz", spooled):
                assert str(file) in disk.named, file
                assert disk.has(file), file
            settled = "SELECT capture FROM delivery WHERE state = 'delivered' ORDER BY rowid"
            assert rows(settled) == delivered

    assert accepted == 3
    assert delivered == [*ids[:2], remade]
    assert len(list(daemon.archive.rglob("*.md"))) == 1, "each version was written over the last"


def archived(daemon: RunningDaemon, text: str) -> str:
    """The id of a capture with an image, once the library knows where its note is."""
    html = PAGE.format(title="Tides").replace("</main>", f"<p>{text}.</p>{IMAGE}</main>")
    id = str(daemon.archived(title="Tides", html=html)["id"])
    poll(lambda: is_placed(daemon, id), "the note in the library", timeout=30)
    return id


def is_placed(daemon: RunningDaemon, id: str) -> bool:
    try:
        return bool(daemon.ask("GET", f"/notes/{id}")["places"])
    except DaemonRefusedError:  # it is not in the library yet
        return False


@pytest.mark.strace
def test_a_capture_is_copied_durably_where_there_are_no_hard_links(
    tmp_path: Path, daemon: RunningDaemon
) -> None:
    trace, spool = tmp_path / "trace", Spool(tmp_path / "spool")
    spool.open()
    capture = decoded(json.dumps(a_capture()).encode(), CaptureRequest)
    spool.keep_capture(capture, encode(capture))
    with traced(trace, [sys.executable, "-c", COPY, str(tmp_path), capture.id], daemon.environ):
        pass
    disk, copied = Disk(), tmp_path / "spool" / "new.json.gz"

    for call, arguments in calls(trace):
        disk.play(call, arguments)

    assert str(copied) in disk.named
    assert disk.has(copied)
    assert spool.capture("new") == spool.capture(capture.id)
