"""A lock on an open file, which the system gives back at the end of the process.

The daemon uses it too: the `filelock` package makes and removes a folder whenever it is imported.
"""

from __future__ import annotations

import sys


def take_lock(file: int) -> bool:
    """Whether the lock on the descriptor *file* could be had, without waiting for it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only Windows has it

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - Windows has it not

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False  # somebody else holds it
    return True
