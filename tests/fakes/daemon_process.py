"""A stand-in daemon that a host can start: notes its start, then says its process id.

Run as `python daemon_process.py`, with the folder of GUIDANG_HOME; ends by a signal.
"""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

from tests.fakes.http_socket import HttpSocket, say


def write_script(path: Path, interpreter: str, root: Path) -> Path:
    """A program that takes the daemon's arguments and is this module."""
    path.write_text(
        f'#!/bin/sh\necho "$@" >> "$GUIDANG_HOME/starts"\ncd {root}\n'
        f"exec {interpreter} -m tests.fakes.daemon_process\n"
    )
    path.chmod(stat.S_IRWXU)
    return path


def main() -> None:
    with HttpSocket.unix(Path(os.environ["GUIDANG_HOME"], "daemon.sock"), say(os.getpid())):
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main()
