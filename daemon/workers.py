"""Worker processes with a time and a memory limit: a hostile page fails only itself."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as WorkTimeoutError
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from .errors import LimitError

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds for one call; a 50 MB page takes about 20 here.
TIME_LIMIT = 120.0
#: Bytes of address space for one worker; a 50 MB page takes a sixth of it.
MEMORY_LIMIT = 4 << 30
#: Bytes of a worker that has more to give back than it takes again: after small pages it has 80 MB.
LARGE = 150 << 20
#: Seconds without work after which the workers go, so that a daemon at rest is small.
REST = 60.0


class Workers:
    """Calls pure functions in other processes, which call *load* first.

    A process that dies is replaced.

    Functions and values are pickled, so functions are module-level; what they raise comes back.
    """

    def __init__(
        self,
        processes: int = 2,
        *,
        load: Callable[[], object],
        time_limit: float = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self._processes = processes
        self._load = load
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._pool: ProcessPool | None = None
        self._under_way = 0
        self._last_work = time.monotonic()

    async def run(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """The result of *function* from a worker.

        Raises:
            LimitError: It took too long or too much memory, or its process died.
        """
        return await self.run_within(math.inf, function, *arguments, **named)

    async def run_within(
        self, seconds: float, function: Callable[P, T], *arguments: P.args, **named: P.kwargs
    ) -> T:
        """The same, if need be with a shorter time limit, of *seconds*."""
        self._under_way += 1
        try:
            return await self._call_again(seconds, function, arguments, named)
        except (WorkTimeoutError, ProcessExpired, BrokenProcessPool, MemoryError) as error:
            raise LimitError(
                "extraction-failed",
                f"The page could not be read within its limits ({type(error).__name__}).",
                "What was captured is kept; try the selection of its main part.",
            ) from error
        finally:
            self._under_way -= 1
            self._last_work = time.monotonic()

    async def _call_again(
        self,
        seconds: float,
        function: Callable[..., T],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> T:
        """Call it, and once more if its process died: it may have died before it had this call."""
        try:
            return await self._call(seconds, function, arguments, named)
        except (ProcessExpired, BrokenProcessPool):
            return await self._call(seconds, function, arguments, named)

    async def _call(
        self,
        seconds: float,
        function: Callable[..., T],
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> T:
        future = self._started().schedule(
            _called,
            args=(function, *arguments),
            kwargs=named,
            timeout=min(seconds, self._time_limit),
        )
        result: T = await asyncio.wrap_future(future)
        return result

    def warm(self) -> None:
        """Start the processes before they are needed."""
        self._started().schedule(self._load)

    async def rest(self) -> None:
        """End the processes if there has been nothing to do for a while."""
        if not self._under_way and time.monotonic() - self._last_work > REST:
            await self.close()

    async def close(self) -> None:
        """End the processes; what they were doing is dropped."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_end, pool)

    def _started(self) -> ProcessPool:
        self._last_work = time.monotonic()
        if self._pool is None or not self._pool.active:  # it ends when an idle process is killed
            self._pool = ProcessPool(
                max_workers=self._processes,
                # What a parser might leak goes with its process; 3,000 pages leak nothing.
                max_tasks=5000,
                initializer=_prepare,
                initargs=[self._memory_limit, self._load],
                # A fork would copy the daemon's threads and locks.
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _prepare(memory_limit: int, load: Callable[[], object]) -> None:
    """Runs first in each worker."""
    # Ctrl-C goes to the whole group; the daemon decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform == "linux":  # macOS takes the call and ignores it
        import resource  # noqa: PLC0415  not there on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = memory_limit if hard == resource.RLIM_INFINITY else min(memory_limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    load()


def _called(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    result = function(*arguments, **named)
    _give_back()
    return result


def _give_back() -> None:
    """Give the memory of a large tree that is gone back to the system: glibc keeps it, 400 MB of it
    for a page of 50 MB (malloc_trim(3)). What a small page took, the next one takes again: to give
    and to take it costs 0.7 ms.
    """
    if sys.platform == "linux" and _resident() > LARGE:
        with contextlib.suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _resident() -> int:
    """Bytes of memory that this process has now (proc(5))."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  twice as fast, after each call
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _end_with_parent() -> None:
    """A daemon that is killed cannot end its workers, nor keep them to their limits."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
