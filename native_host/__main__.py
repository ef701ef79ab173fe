"""What the launcher starts: a relay between the browser's pipes and the daemon."""

from __future__ import annotations

import os
import sys
from io import FileIO

from .errors import AbsentError
from .relay import Relay
from .socket_client import Connection, address


def connect() -> Connection:
    """Open a connection to the daemon, starting it if it is not running."""
    place = address(os.environ, sys.platform)
    try:
        return Connection(place)
    except AbsentError:
        from .wake import wake  # noqa: PLC0415 - 10 ms that only a sleeping daemon costs

        wake(os.environ, sys.platform)
        return Connection(place)


def main() -> int:
    """Relay until the browser closes the port; the exit code."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only Windows has it

        for stream in (sys.stdin, sys.stdout):
            msvcrt.setmode(stream.fileno(), os.O_BINARY)
    sink = FileIO(sys.stdout.fileno(), "wb", closefd=False)
    try:
        return Relay(sys.stdin.buffer, sink, connect).run()
    except KeyboardInterrupt:
        return 130  # Ctrl-C in the terminal that the browser was started from


if __name__ == "__main__":
    sys.exit(main())
