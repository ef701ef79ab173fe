"""A limit of time for what a worker does with a page, which ends that alone and not the worker."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType

from .errors import ExtractionError


class TimeLimit:
    """So many *seconds* for all that is done within it, however often it is entered.

    It rests on the system's alarm, which Windows and other threads than the first do not have;
    there the limit of the whole call ends the page and its worker. The alarm is heard between two
    steps of the interpreter and inside of regular expressions; the parser, which is linear, does
    not hear it.

    Raises:
        ExtractionError: The time is over. What is done within lets it through.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = self._left = seconds

    def __enter__(self) -> None:
        if not _has_alarm():
            return
        self._begun = time.monotonic()
        self._earlier = signal.signal(signal.SIGALRM, self._over)
        # 0 would mean no alarm at all.
        self._other = signal.setitimer(signal.ITIMER_REAL, max(self._left, 1e-6))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not _has_alarm():
            return
        took = time.monotonic() - self._begun
        self._left -= took
        # Somebody else's alarm, such as that of a test, goes on.
        left, interval = self._other
        signal.setitimer(signal.ITIMER_REAL, left and max(left - took, 1e-6), interval)
        signal.signal(signal.SIGALRM, self._earlier)

    def _over(self, _: int, __: FrameType | None) -> None:
        raise ExtractionError(
            "extraction-failed",
            f"The page could not be read within {self._seconds:g} seconds.",
            "What was captured is kept; try the selection of its main part.",
        )


def _has_alarm() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return sys.platform != "win32" and main
