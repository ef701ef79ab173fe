"""Processes that write to one repository at once, and what must then be there."""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.github_server import ROOT, Repo

#: Seconds between two pushes of somebody else; a push of git itself takes longer.
PUSH_EVERY = 0.3


def start(
    folder: Path, name: str, count: int, api: str, repository: str, *more: str
) -> subprocess.Popen[str]:
    """A writer, with a folder of its own below *folder*."""
    own = folder / name
    own.mkdir(exist_ok=True)
    module = [sys.executable, "-m", "tests.fakes.github_writer"]
    return subprocess.Popen(
        [*module, str(own), name, str(count), api, repository, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


def swarm(folder: Path, repo: Repo, api: str, count: int) -> list[str]:
    """Two daemons with *count* notes each, while somebody pushes; what is not as it should be."""
    writers = [start(folder, name, count, api, repo.full_name) for name in ("one", "two")]
    over = threading.Event()
    pusher = threading.Thread(target=_push_until, args=(repo, over))
    pusher.start()
    told = [writer.communicate(timeout=600) for writer in writers]
    over.set()
    pusher.join()
    wanted = [f"{name}-{number:06}" for name in ("one", "two") for number in range(count)]
    return [*(error for _, error in told if error), *faults(repo, wanted)]


def _push_until(repo: Repo, over: threading.Event) -> None:
    number = 0
    while not over.wait(PUSH_EVERY):
        try:
            repo.push(f"theirs/{number % 10}.txt", f"push {number}")
            number += 1
        except urllib.error.HTTPError as error:  # somebody else was faster
            error.close()


def faults(repo: Repo, wanted: Sequence[str]) -> list[str]:
    """What is not as it should be, once the notes *wanted* were delivered."""
    found = []
    notes = {path: data for path, data in repo.files().items() if path.endswith(".md")}
    ids = [data.split(b"\n")[0].decode() for data in notes.values()]
    found += [f"{id} is lost" for id in set(wanted) - set(ids)]
    found += [f"{id} is there {ids.count(id)} times" for id in set(ids) if ids.count(id) > 1]
    history = [c for c in repo.history() if c["message"].startswith("Archive")]
    if len(history) != len(wanted):
        found.append(f"{len(history)} commits for {len(wanted)} notes")
    for commit in history:
        found += _faults_of(commit, repo)
    return found


def _faults_of(commit: dict[str, object], repo: Repo) -> list[str]:
    """Whether a commit has its note with all that belongs to it, and nothing else."""
    sha, parent = str(commit["sha"]), str(commit["parents"][0]["sha"])  # type: ignore[index]
    now, before = repo.ids(sha), repo.ids(parent)
    changed = {path: id for path, id in now.items() if before.get(path) != id}
    gone = before.keys() - now.keys()
    (note,) = [path for path in changed if path.endswith(".md")]
    id = repo.blob(changed[note]).split(b"\n")[0].decode()
    others = changed.keys() - {note, f"assets/{id}.png", "assets/all.png", note[:-3] + ".html"}
    if gone or others or not {f"assets/{id}.png", "assets/all.png"} <= now.keys():
        return [f"the commit of {id} changes {sorted(changed)} and removes {sorted(gone)}"]
    return []
