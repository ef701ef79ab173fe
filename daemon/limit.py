"""A limit of time for what a worker does with a page, which ends that alone and not the worker."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType

from .errors import ExtractionError


class TimeLimit:
    """So many *seconds* of the processor for all that is done within, however often it is entered.

    On a busy machine a page has as much of them as on an idle one. It rests on an alarm of the
    system, which Windows and other threads than the first do not have; there the limit of the whole
    call ends the page and its worker. The alarm is heard between two steps of the interpreter and
    inside of regular expressions; the parser, which is linear, does not hear it.

    Raises:
        ExtractionError: The time is over. What is done within lets it through.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = self._left = seconds

    def __enter__(self) -> None:
        if _has_alarm():
            self._earlier = signal.signal(signal.SIGPROF, self._over)
            # 0 would mean no alarm at all.
            signal.setitimer(signal.ITIMER_PROF, max(self._left, 1e-6))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if _has_alarm():
            self._left, _interval = signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, self._earlier)

    def _over(self, _: int, __: FrameType | None) -> None:
        raise ExtractionError(
            "extraction-failed",
            f"The page could not be read within {self._seconds:g} seconds.",
            "What was captured is kept; try the selection of its main part.",
        )


def _has_alarm() -> bool:
    main = threading.current_thread() is threading.main_thread()
    return sys.platform != "win32" and main
