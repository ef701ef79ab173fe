"""One SQLite file, one thread that touches it, one transaction per call.

A file that turns out damaged is set aside and begun anew, whenever that is noticed.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .errors import StorageError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds to wait for a program that holds the file, a backup for example.
PATIENCE = 5.0
#: Writing transactions between two checkpoints of a durable file: about the 1,000 pages after which
#: SQLite makes its own, of which it tells nobody.
CHECKPOINT_AFTER = 100
#: What SQLite says of a file that is damaged (https://sqlite.org/rescode.html).
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
#: What it says of everything around the file. While it is opened, any other word is about what is
#: in it: a column that is not there, a text that is no number.
_AROUND = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
#: What it says when a row is not as ours are, or an index is not as its rows are; of a file that
#: can be made anew that is damage, for nothing else would ever mend it.
_UNEXPECTED = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH}
_HELD = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
COLUMNS = """
SELECT tables.name, columns.name, columns.type
FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' ORDER BY 1, columns.cid
"""
TEXTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2"


class Damaged(Exception):  # noqa: N818  told by its callers as what they do about it
    """The file is no database, or not the one that it should be."""


class Database:
    """A connection that lives on a thread of its own.

    SQLite calls block for an fsync, so they never run on the event loop; one thread means that
    transactions follow each other and none finds the file locked by a neighbour.

    *migrations*: the script of number n, counted from 1, makes version n of version n - 1; what has
    been published never changes. When the file is new, or its last use had no proper end,
    *reconcile* is called, in a transaction; before it *verify*, which reads all of the file and
    raises Damaged, unless the file is as we left it: then what is new is in its log, whose sums
    SQLite checks. A file that is not *durable* can be made anew: it is only read as it is used, and
    *verify*, which then takes no longer for a larger one, is called at each start. One that does
    not *heal* is a second connection, and leaves a damaged file to the first.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[str],
        *,
        durable: bool = True,
        page_size: int = 4096,
        heals: bool = True,
        verify: Callable[[], None] | None = None,
        reconcile: Callable[[], None] | None = None,
    ) -> None:
        self._path = path
        self._migrations = migrations
        self.durable = durable
        self._page_size = page_size  # bytes; counts when the file is made
        self._heals = heals
        self._verify = verify
        self._reconcile = reconcile
        self.begun_anew = False  #: the file was damaged; whoever cares sets it back
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None
        self._flushes = True  # each commit, as the connection is set
        self._written = 0  # transactions since the last checkpoint

    async def open(self) -> None:
        """Open or create the file, and bring it to the newest version.

        Raises:
            StorageError: The file cannot be opened or written, or is of a newer Guidang.
        """
        await self.run(self._open)

    async def close(self) -> None:
        if self._connection is not None:
            await self.run(self._close)
        self._thread.shutdown()

    async def begin_anew(self) -> None:
        """Set the file aside, which another connection has found damaged.

        Raises:
            StorageError: As for `open`.
        """
        await self.run(self._begin_anew)

    async def reopen(self) -> None:
        """Open the file that has its name now.

        Raises:
            StorageError: As for `open`.
        """
        await self.run(self._reopen)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a blocking *function* on the database's thread.

        Raises:
            StorageError: SQLite or the disk could not do it.
            Damaged: The file is damaged, and this connection does not heal it.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._called, function, *arguments)
        except (sqlite3.Error, OSError) as error:
            raise _not_stored(error) from error

    def atomically(
        self, function: Callable[[], T], *, durable: bool = True, begin: str = "BEGIN IMMEDIATE"
    ) -> T:
        """Call *function* in one transaction; on the database's thread.

        One that is not *durable* outlives the end of this process, but not a power cut, unless a
        durable one has followed: that flushes all before it.
        """
        self._open()  # a full disk may have kept it from being opened anew
        connection = self.connection
        if durable != self._flushes:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._flushes = durable
        connection.execute(begin)
        try:
            result = function()
            connection.execute("COMMIT")
        except BaseException:  # half a transaction must not stay, whatever ended it
            if connection.in_transaction:  # a full disk ends some of them by itself
                connection.execute("ROLLBACK")
            raise
        if self.durable and begin == "BEGIN IMMEDIATE":
            self._written += 1
            if self._written >= CHECKPOINT_AFTER:
                self._checkpoint(connection)
        return result

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        """Bring what was committed from the log into the file, and say how that is now.

        The log is emptied, or nothing is said: of a log that was brought in already, and is then
        damaged, SQLite would take the sound part for newer than the file.
        """
        self._written = 0
        with suppress(sqlite3.Error):  # all is committed; a full disk is told by who writes next
            connection.execute("PRAGMA busy_timeout = 0")  # another program may read for long
            try:
                is_held = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
            if not is_held:
                self._say(self._ours)

    @property
    def connection(self) -> sqlite3.Connection:
        """For code that runs on the database's thread."""
        assert self._connection is not None, "open() comes first"
        return self._connection

    def _called(self, function: Callable[..., T], *arguments: Any) -> T:
        """The result of *function*, from a file begun anew if this one turns out damaged."""
        try:
            return function(*arguments)
        except (sqlite3.Error, UnicodeDecodeError, Damaged) as error:
            if not (_is_damage(error) or (not self.durable and _code(error) in _UNEXPECTED)):
                raise
            if not self._heals:
                raise Damaged(str(error)) from error
            log.error("%s is damaged: %s", self._path.name, error)
        self._begin_anew()
        return function(*arguments)

    def _begin_anew(self) -> None:
        self._set_aside()
        self.begun_anew = True
        self._open()

    def _reopen(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._open()

    def _open(self) -> None:
        if self._connection is not None:
            return
        clean, ours = self._was_closed(), self._is_as_said(self._ours)
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        try:
            self._prepare(connection, sound=clean or ours)
        except BaseException:  # a file that stays open could not be set aside on Windows
            connection.close()
            raise
        self._connection = connection
        try:
            if self._verify and not (self.durable and (clean or ours)):
                self.atomically(self._verify)
            if self._reconcile and not clean:
                self.atomically(self._reconcile)
            if self.durable and not ours:
                self._checkpoint(connection)
        except BaseException:  # while it has not been looked through, nothing may build on it
            self._connection = None
            connection.close()
            raise

    def _prepare(self, connection: sqlite3.Connection, *, sound: bool) -> None:
        """Raises Damaged, or sqlite3.Error for what is not the file's fault."""
        with as_damage():
            connection.row_factory = sqlite3.Row
            version = self._version(connection)  # before anything is written
            connection.execute(f"PRAGMA page_size = {self._page_size}")
            connection.execute("PRAGMA journal_mode = WAL")
            # What the browser was told we have must survive a power cut; NORMAL would lose the last
            # commits of the WAL, and serves only what can be made anew.
            connection.execute("PRAGMA synchronous = FULL")
            self._flushes = True
            connection.execute("PRAGMA foreign_keys = ON")
            if self.durable:
                connection.execute("PRAGMA wal_autocheckpoint = 0")
            is_newest = version == len(self._migrations)
            if self.durable and not (sound and is_newest):
                self._check(connection)
            if not (self.durable and sound and is_newest):
                self._check_tables(connection, version)
        # A migration that fails on a sound file is a fault of ours, and no reason to set it aside.
        with nullcontext() if self.durable else as_damage():
            self._migrate(connection, version)

    def _version(self, connection: sqlite3.Connection) -> int:
        version, newest = _user_version(connection), len(self._migrations)
        if version > newest:
            raise StorageError(
                "state-too-new",
                f"{self._path.name} was written by a newer Guidang"
                f" (version {version}, this one knows {newest}).",
                "Update Guidang; nothing was changed.",
            )
        return version

    def _migrate(self, connection: sqlite3.Connection, version: int) -> None:
        newest = len(self._migrations)
        if 0 < version < newest:
            self._back_up(connection, version)
        for number in range(version + 1, newest + 1):
            _run_script(connection, self._migrations[number - 1], number)

    def _back_up(self, connection: sqlite3.Connection, version: int) -> None:
        """Copy the file beside itself, as it is before a migration."""
        copy = self._path.with_name(f"{self._path.name}.version-{version}")
        copy.unlink(missing_ok=True)
        with closing(sqlite3.connect(copy)) as target:
            connection.backup(target)

    def _check(self, connection: sqlite3.Connection) -> None:
        """Look at the whole file; not at each start."""
        answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if answer != "ok":
            raise Damaged(answer)
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise Damaged("a row names another that is not there")

    def _check_tables(self, connection: sqlite3.Connection, version: int) -> None:
        """Look whether the file has the tables of *version*, as it says."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
            for number, script in enumerate(self._migrations[:version], 1):
                _run_script(model, script, number)
            # A durable file may have come here through texts that an earlier Guidang wrote.
            asked = COLUMNS if self.durable else TEXTS
            if _answered(connection, asked) != _answered(model, asked):
                raise Damaged("its tables are not those of its version")

    def _was_closed(self) -> bool:
        """Whether the last run has closed the file, and nobody has touched it since."""
        with suppress(OSError):
            said = self._is_as_said(self._closed)
            self._closed.unlink()
            return said and not self._beside("-wal").exists()
        return False

    def _is_as_said(self, file: Path) -> bool:
        with suppress(OSError):
            return file.read_text("ascii") == self._as_it_is()
        return False

    def _say(self, file: Path) -> None:
        """Write down how the database's file is now."""
        with suppress(OSError):  # without it, the next start looks more closely
            file.write_text(self._as_it_is(), "ascii")

    def _close(self) -> None:
        self.connection.close()
        self._connection = None
        self._say(self._closed)
        if self.durable:
            self._say(self._ours)

    def _as_it_is(self) -> str:
        found = self._path.stat()
        return f"{found.st_size} {found.st_mtime_ns}"

    def _set_aside(self) -> None:
        """Keep the damaged file, with all that belongs to it, under another name."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._beside(ending).rename(self._beside(f".damaged-{moment}{ending}"))

    @property
    def _closed(self) -> Path:
        return self._beside(".closed")

    @property
    def _ours(self) -> Path:
        """Says how the file itself, without its log, was when we last wrote to it."""
        return self._beside(".ours")

    def _beside(self, ending: str) -> Path:
        return self._path.with_name(self._path.name + ending)


def set_aside_in(folder: Path) -> list[Path]:
    """The damaged databases that were set aside in *folder* and are still there."""
    return sorted(
        path for path in folder.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))
    )


def _run_script(connection: sqlite3.Connection, script: str, number: int) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;"
        )
    except BaseException:  # half a migration must not stay, whatever ended it
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def as_damage() -> Iterator[None]:
    """What SQLite finds in a file that it opens, as damage; a full disk is none."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if _code(error) in _AROUND:
            raise
        raise Damaged(str(error)) from error


def _user_version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version < 0:
        raise Damaged("its version is no number of ours")
    return version


def _answered(connection: sqlite3.Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(statement)]


def _code(error: Exception) -> int:
    """SQLite's primary result code; 0 for an error of the module itself."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_damage(error: Exception) -> bool:
    # A text that is no UTF-8 is told by the module, not by SQLite.
    is_text = isinstance(error, sqlite3.OperationalError) and not _code(error)
    return is_text or isinstance(error, Damaged | UnicodeDecodeError) or _code(error) in _DAMAGE


def _not_stored(error: Exception) -> StorageError:
    if _code(error) in _HELD:
        return StorageError(
            "storage-busy",
            "Another program holds the daemon's state.",
            "Wait for it, or close it (a backup, a database browser): the work goes on by itself.",
        )
    return StorageError(
        "storage-failed",
        f"The daemon's state could not be written ({error}).",
        "See whether the disk is full or its folder read-only.",
    )


class HasDatabase(Protocol):
    """What `transaction` needs of the class whose method it wraps."""

    _database: Database


S = TypeVar("S", bound=HasDatabase)


def transaction(
    method: Callable[Concatenate[S, P], T], *, durable: bool = True
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Make a blocking *method* a coroutine: one transaction on the database's thread."""
    return _between("BEGIN IMMEDIATE", method, durable=durable)


def query(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """The same for a *method* that only reads: it waits for no writer of the same file."""
    return _between("BEGIN", method, durable=False)


def passing(
    method: Callable[Concatenate[S, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """A transaction that a power cut may undo: what it says is found out again without it."""
    return transaction(method, durable=False)


def _between(
    begin: str, method: Callable[Concatenate[S, P], T], *, durable: bool
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    async def call(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        database = self._database
        atomically = functools.partial(
            database.atomically, durable=durable and database.durable, begin=begin
        )
        return await database.run(atomically, functools.partial(method, self, *arguments, **named))

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call
