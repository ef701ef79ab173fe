"""Commits files into a git working tree of the user's, through the program `git`.

Only the files that are named are touched: what else is staged or changed there stays as it is, and
nothing is pushed. The user's hooks run, as they would for a commit of his own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from .errors import DeliveryDeferred, DeliveryError, DeliveryRejected

#: Seconds for one command; hooks of the user's may run in it.
LIMIT = 60.0
#: Seconds that git gets to remove its lock files once it is told to end.
GRACE = 5.0
#: What lies in the folder of git while it waits for its user to finish something.
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


async def check(folder: Path) -> None:
    """See that *folder* can take commits now.

    Raises:
        DeliveryDeferred: It is no working tree, git is missing, or its user is in the middle of
            a merge.
    """
    status, found, reason = await _git(folder, "rev-parse", "--is-inside-work-tree")
    if status or found.strip() != "true":
        raise DeliveryDeferred(
            "git-no-work-tree",
            f"The folder {folder} is no working tree of git ({_first_line(reason) or 'bare'}).",
            "Run “git init” there, or set git = false for this backend.",
        )
    _, git_folder, _ = await _git(folder, "rev-parse", "--absolute-git-dir")
    for name in _UNDER_WAY:
        if (Path(git_folder.rstrip("\n")) / name).exists():
            raise DeliveryDeferred(
                "git-busy",
                f"A merge or rebase is under way in {folder}.",
                "Finish or abort it; the note lies there and is committed by itself then.",
            )


async def commit(folder: Path, files: Sequence[Path], message: str) -> str:
    """Commit *files* of *folder*, alone; the id of the commit that has them as they are now.

    What a commit has already is not committed again.

    Raises:
        DeliveryDeferred: As `check` tells, or git did not end in time, or its index is locked.
        DeliveryRejected: Git or a hook refuses.
    """
    await check(folder)
    paths = ["--", *(str(file.relative_to(folder)) for file in files)]
    await _done(folder, "add", *paths)
    if await _done(folder, "status", "--porcelain", "--untracked-files=all", *paths):
        who = await _author(folder)
        await _done(folder, *who, "commit", "--quiet", "--only", f"--message={message}", *paths)
    return (await _done(folder, "rev-list", "--max-count=1", "HEAD", *paths)).strip()


async def is_unchanged(folder: Path, file: Path, revision: str) -> bool:
    """Whether *file* of *folder* is as the commit *revision* has it."""
    # Only what can be no option is passed on: a revision comes from a receipt.
    if not revision.isalnum():
        return False
    name = file.relative_to(folder).as_posix()
    status, then, _ = await _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}:./{name}")
    if status:
        return False
    status, now, _ = await _git(folder, "hash-object", "--", name)
    return not status and now == then


async def _author(folder: Path) -> list[str]:
    """Options that name an author where the user's own settings name none."""
    status, found, _ = await _git(folder, "config", "user.email")
    if not status and found.strip():
        return []
    return ["-c", "user.name=Guidang", "-c", "user.email=guidang@localhost"]


async def _done(folder: Path, *arguments: str) -> str:
    """What git writes.

    Raises:
        DeliveryDeferred, DeliveryRejected: As for `commit`.
    """
    status, found, reason = await _git(folder, *arguments)
    if not status:
        return found
    if "index.lock" in reason:
        raise DeliveryDeferred(
            "git-busy",
            f"Another git is at work in {folder}: its index is locked.",
            "It is tried again by itself. If no git runs, remove the file index.lock in .git.",
        )
    told = _first_line(reason) or f"exit code {status}"
    raise DeliveryRejected(
        "git-refused",
        f"The note lies in {folder}, but git did not commit it ({told}).",
        "See what “git commit” says there; then “guidang retry”.",
    )


async def _git(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code of git, and what it wrote to its outputs.

    Raises:
        DeliveryDeferred: There is no git, it could not start, or it took too long.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            "--literal-pathspecs",  # a note called “[a].md” is no pattern
            *arguments,
            cwd=folder,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # its hooks end with it
        )
    except OSError as error:
        raise _not_started(folder, error) from error
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    except TimeoutError as error:
        raise DeliveryDeferred(
            "git-timeout",
            f"Git took longer than {LIMIT:.0f} seconds in {folder}.",
            "See whether a hook or a signature waits for an answer there.",
        ) from error
    finally:
        await _end(process)
    return process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _not_started(folder: Path, error: OSError) -> DeliveryError:
    if folder.is_dir():
        return DeliveryDeferred(
            "git-missing",
            f"The program git could not be started ({error.strerror}).",
            "Install git, or set git = false for this backend.",
        )
    return DeliveryDeferred(
        "folder-missing",
        f"The folder {folder} is not there.",
        "Mount its disk or create it, or choose another folder.",
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """End what still runs. Told to end, git removes its locks; killed, it would leave them."""
    for number in (signal.SIGTERM, signal.SIGKILL if os.name != "nt" else signal.SIGTERM):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if os.name == "nt":
                process.terminate()
            else:
                os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.communicate()


def _environment() -> dict[str, str]:
    """Ours without what would point git elsewhere; its words in English, nobody asked anything."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true"}


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
