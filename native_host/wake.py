"""Starts the daemon when nobody answers: once, however many hosts want it at the same time.

Imported only then: `subprocess` and `contextlib` cost what a host's start can do without.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import AbsentError, UnreachableError
from .lock import take_lock
from .socket_client import Address, Connection, address, make_private, state_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds until a daemon that has been started answers, on a slow disk after a cold boot.
PATIENCE = 15.0

#: Seconds between two looks at the socket or the lock, neither of which can be waited for.
PAUSE = 0.02

ARGUMENTS = ("-I", "-m", "daemon", "serve")


def wake(environ: Mapping[str, str], platform: str, *, patience: float = PATIENCE) -> None:
    """Return when a daemon answers, after starting one if need be.

    Args:
        environ: GUIDANG_DAEMON is the interpreter that has the daemon; it inherits the rest.
        platform: As `sys.platform`.
        patience: Seconds until it must answer.

    Raises:
        UnreachableError: It cannot be started, or does not answer.
    """
    place = address(environ, platform)
    folder = state_folder(environ, platform)
    make_private(folder)
    deadline = time.monotonic() + patience
    with _lock(f"{folder}/wake.lock", deadline):
        if not _answers(place):
            _start_until_it_answers(place, environ, folder, deadline)


def _answers(place: Address) -> bool:
    try:
        Connection(place).close()
    except AbsentError:
        return False
    return True


def _start(environ: Mapping[str, str], folder: str) -> subprocess.Popen[bytes]:
    """Start the daemon so that it outlives this host and the browser."""
    interpreter = environ.get("GUIDANG_DAEMON")
    if not interpreter:
        raise UnreachableError(
            "The launcher does not say which daemon to start.", "Run `guidang install` again."
        )
    try:
        process = subprocess.Popen(  # noqa: S603 - the path is what `guidang install` wrote
            [interpreter, *ARGUMENTS],
            cwd=folder,  # or it would hold on to whichever folder the browser was started in
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=_creation_flags(),
        )
    except OSError as error:
        raise UnreachableError(
            f"The daemon cannot be started: {error.strerror}.", "Run `guidang install` again."
        ) from error
    # Somebody has to take its exit code, or it stays a zombie as long as this host lives.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def _creation_flags() -> int:
    """On Windows a browser's job ends all that it started, unless it breaks away."""
    if sys.platform == "win32":
        return subprocess.CREATE_BREAKAWAY_FROM_JOB | subprocess.DETACHED_PROCESS
    else:  # noqa: RET505 - so that type checkers see one of the two on each system
        return 0


def _start_until_it_answers(
    place: Address, environ: Mapping[str, str], folder: str, deadline: float
) -> None:
    process = _start(environ, folder)
    while not _answers(place):
        if process.returncode:
            raise UnreachableError(
                f"The daemon stopped with exit code {process.returncode} while starting.",
                "Run `guidang serve` in a terminal to see why.",
            )
        _pause(deadline)
        # One that exits with 0 has found another daemon, which may just be ending.
        if process.returncode == 0 and not _answers(place):
            process = _start(environ, folder)


def _pause(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise UnreachableError(
            "The daemon was started but does not answer.",
            "Run `guidang serve` in a terminal to see why.",
        )
    time.sleep(PAUSE)


@contextmanager
def _lock(path: str, deadline: float) -> Iterator[None]:
    """Hold the lock file at *path*, which ends with this process at the latest."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UnreachableError(
            f"The file {path} cannot be written: {error.strerror}.", "Look at `guidang doctor`."
        ) from error
    try:
        while not take_lock(file):
            _pause(deadline)
        yield
    finally:
        os.close(file)
