"""A GitHub that nobody here wrote: emulate, in a process of its own, with what is read of it."""

from __future__ import annotations

import atexit
import base64
import functools
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "node_modules/emulate/dist/index.js"
OWNER, TOKEN = "reader", "github_pat_0123456789abcdefghijABCDEFGHIJ"
SEED = {
    "tokens": {TOKEN: {"login": OWNER, "scopes": ["repo"]}},
    "github": {"users": [{"login": OWNER, "name": "Reader", "email": "reader@example.org"}]},
}


@functools.cache
def emulated() -> str:
    """The base URL of the one of this process, which ends with it."""
    seed = Path(tempfile.mkdtemp(prefix="guidang-")) / "seed.json"
    seed.write_text(json.dumps(SEED))
    port = _free_port()
    server = subprocess.Popen(
        [_node(), str(CLI), "start", "-s", "github", "-p", str(port), "--seed", str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=seed.parent,
        text=True,
    )
    atexit.register(_end, server, seed.parent)
    assert server.stdout
    assert any("Ready" in line for line in server.stdout), "emulate did not start"
    return f"http://127.0.0.1:{port}"


def _node() -> str:
    """The program itself: the one of the environment starts it, and it would outlive that one."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=path)
    assert node, "make setup-tools brings Node"
    told = subprocess.run([node, "-p", "process.execPath"], capture_output=True, check=True)
    return told.stdout.decode().strip()


def _end(server: subprocess.Popen[str], folder: Path) -> None:
    with server:
        server.kill()
    shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


_asked = itertools.count()


def token_for_tests() -> str:
    """Another one every thousand calls: emulate counts 5,000 an hour for each, as GitHub does, and
    takes one that it does not know for the first user's.
    """
    return f"token-{os.getpid()}-{next(_asked) // 1_000}"


class Repo:
    """A repository of its own, read and written past the backend."""

    def __init__(self, *, empty: bool = False, name: str = "", api: str = "") -> None:
        self.api = api or emulated()
        self.name = name or f"notes-{uuid.uuid4().hex[:12]}"
        self.full_name = f"{OWNER}/{self.name}"
        if not name:
            made = {"name": self.name, "private": True, "auto_init": not empty}
            self.ask("POST", "/user/repos", made)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What the server answers; a path that begins with a dot is below the repository."""
        path = f"/repos/{self.full_name}{path[1:]}" if path.startswith(".") else path
        request = urllib.request.Request(
            self.api + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {token_for_tests()}",
                "Content-Type": "application/json",
            },
        )
        for _ in range(10):
            with (
                suppress(ConnectionResetError),  # its keep-alive had just ended
                urllib.request.urlopen(request, timeout=30) as answer,
            ):
                return json.loads(answer.read() or b"null")
        raise AssertionError("each connection was reset")

    @property
    def head(self) -> str:
        return str(self.ask("GET", "./git/ref/heads/main")["object"]["sha"])

    def files(self, commit: str = "") -> dict[str, bytes]:
        """Every file of the branch or *commit*, but for the README, by its path."""
        return {
            path: self.blob(sha) for path, sha in self.ids(commit).items() if path != "README.md"
        }

    def ids(self, commit: str = "") -> dict[str, str]:
        tree = self.commit(commit or self.head)["tree"]["sha"]
        listed = self.ask("GET", f"./git/trees/{tree}?recursive=1")["tree"]
        return {entry["path"]: entry["sha"] for entry in listed if entry["type"] == "blob"}

    def blob(self, sha: str) -> bytes:
        return base64.b64decode(self.ask("GET", f"./git/blobs/{sha}")["content"])

    def commit(self, sha: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"./git/commits/{sha}")
        return found

    def history(self, branch: str = "main") -> list[dict[str, Any]]:
        """The commits of a branch, the newest first."""
        sha: str | None = self.ask("GET", f"./git/ref/heads/{branch}")["object"]["sha"]
        found = []
        while sha:
            found.append(self.commit(sha))
            sha = next((parent["sha"] for parent in found[-1]["parents"]), None)
        return found

    def push(self, path: str, text: str, branch: str = "main") -> None:
        """Somebody else's commit."""
        where = f"./contents/{quote(path)}"
        content = base64.b64encode(text.encode()).decode()
        body = {"message": f"Push {path}", "content": content, "branch": branch}
        try:
            found = self.ask("GET", f"{where}?ref={branch}")
        except urllib.error.HTTPError as error:
            error.close()
        else:
            body["sha"] = found["sha"]
        self.ask("PUT", where, body)

    def in_git(self, folder: Path) -> Git:
        """The whole branch as a repository of git's own, whose program makes each object anew.

        AssertionError: an id is not the one that git gives to the same object.
        """
        git = Git(folder)
        for commit in reversed(self.history()):
            tree = commit["tree"]["sha"]
            for entry in self.ask("GET", f"./git/trees/{tree}?recursive=1")["tree"]:
                if entry["type"] == "blob":
                    git.write(entry["sha"], "blob", lambda sha=entry["sha"]: self.blob(sha))
                else:
                    git.make_tree(entry["sha"], self)
            git.make_tree(tree, self)
            git.make_commit(commit)
        git.run("update-ref", "refs/heads/main", self.head)
        git.run("fsck", "--strict")
        return git


class Git:
    """A bare repository that objects are written to, with the ids that the program gives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[str] = set()
        subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True, timeout=30)

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        command = ["git", "-C", str(self._folder), *arguments]
        done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
        assert not done.returncode, done.stderr
        return done.stdout

    def shown(self, name: str) -> bytes:
        """The bytes of an object."""
        return self.run("cat-file", "blob", name)

    def write(self, sha: str, kind: str, read: Any) -> None:
        if sha in self._written:
            return
        made = self.run("hash-object", "-w", "-t", kind, "--stdin", data=read()).decode().strip()
        assert made == sha, f"git calls the {kind} {made}, not {sha}"
        self._written.add(sha)

    def make_tree(self, sha: str, repo: Repo) -> None:
        if sha in self._written:
            return
        entries = repo.ask("GET", f"./git/trees/{sha}")["tree"]
        for entry in entries:
            if entry["type"] == "tree":
                self.make_tree(entry["sha"], repo)
        lines = (f"{e['mode']} {e['type']} {e['sha']}\t{e['path']}\0" for e in entries)
        told = self.run("mktree", "-z", "--missing", data="".join(lines).encode())
        assert told.decode().strip() == sha, f"git calls the tree {told!r}, not {sha}"
        self._written.add(sha)

    def make_commit(self, commit: dict[str, Any]) -> None:
        def person(who: dict[str, Any]) -> str:
            date = datetime.fromisoformat(who["date"])
            return f"{who['name']} <{who['email']}> {int(date.timestamp())} +0000"

        lines = [f"tree {commit['tree']['sha']}"]
        lines += [f"parent {parent['sha']}" for parent in commit["parents"]]
        lines += [f"author {person(commit['author'])}", f"committer {person(commit['committer'])}"]
        text = "\n".join([*lines, "", commit["message"]]) + "\n"
        self.write(commit["sha"], "commit", text.encode)
