"""One SQLite file, one thread that touches it, one transaction per call."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .errors import StorageError

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """A connection that lives on a thread of its own.

    SQLite calls block for an fsync, so they never run on the event loop; one thread means that
    transactions follow each other and none finds the file locked by a neighbour.
    """

    def __init__(
        self, path: Path, schema: str, *, durable: bool = True, page_size: int = 4096
    ) -> None:
        self._path = path
        self._schema = schema
        self._durable = durable
        self._page_size = page_size  # bytes; counts when the file is made
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open or create the file.

        Raises:
            StorageError: The file cannot be opened or written.
        """
        await self.run(self._open)

    async def close(self) -> None:
        if self._connection is not None:
            await self.run(self._connection.close)
        self._thread.shutdown()

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a blocking *function* on the database's thread.

        Raises:
            StorageError: SQLite could not do it.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, function, *arguments)
        except sqlite3.Error as error:
            raise StorageError(
                "storage-failed",
                f"The daemon's state could not be written ({error}).",
                "See whether the disk is full or its folder read-only.",
            ) from error

    @property
    def connection(self) -> sqlite3.Connection:
        """For code that runs on the database's thread."""
        assert self._connection is not None, "open() comes first"
        return self._connection

    def _open(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA page_size = {self._page_size}")
        connection.execute("PRAGMA journal_mode = WAL")
        # What the browser was told we have must survive a power cut; NORMAL would lose the last
        # commits of the WAL, and serves only what can be made anew.
        connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(self._schema)
        self._connection = connection


class HasDatabase(Protocol):
    """What `transaction` needs of the class whose method it wraps."""

    _database: Database


S = TypeVar("S", bound=HasDatabase)


def transaction(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make a blocking *method* a coroutine: one transaction on the database's thread."""
    return _between("BEGIN IMMEDIATE", method)


def reading(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for a *method* that only reads: it waits for no writer of the same file."""
    return _between("BEGIN", method)


def _between(
    begin: str, method: Callable[Concatenate[S, P], T]
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    async def call(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        def commit_or_roll_back() -> T:
            connection = self._database.connection
            connection.execute(begin)
            try:
                result = method(self, *arguments, **named)
            except BaseException:  # half a transaction must not stay, whatever ended it
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return result

        return await self._database.run(commit_or_roll_back)

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call
