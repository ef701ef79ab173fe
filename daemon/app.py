"""The composition root: puts the parts together and runs them as one daemon."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.handlers
import os
import secrets as randomness
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from native_host.lock import take_lock
from native_host.socket_client import Address, UnixAddress, address, make_private

from . import backends, secrets, summarizers
from .backends import Backend, Destinations
from .database import set_aside_in
from .dispatch import Dispatch
from .errors import ExtractionError, LostError, SnapshotError, StorageError, TemplateError
from .events import Events
from .filed import local_folders
from .files import make_folder
from .indexing import Indexing
from .kinds import kind_named, kinds
from .library import Library, address_of
from .maker import Maker
from .model import Fault, Note, Receipt
from .outbox import Outbox
from .pipeline import Pipeline
from .presence import Folders
from .protocol import Preview, PreviewRequest
from .reindexing import Reindexing
from .samples import preview
from .server import Server
from .settings import Places, Settings, SettingsFile
from .stages import load, write_snapshot
from .summaries import Summaries
from .summarizers import Summarizer
from .templating import check_note, name_from, note_templates
from .turns import Turns
from .versions import Versions
from .workers import Workers

log = logging.getLogger(__name__)

#: Seconds that work in hand gets to finish when the daemon is told to stop; the rest is parked.
GRACE = 10.0
#: Bytes of a request's first line, which holds what is searched for; by default 8,190.
LONGEST_LINE = 1 << 20
#: Seconds until a thread that works lets another go on. A request changes threads ten times, and
#: with Python's 5 ms waits up to 0.2 s for the threads that read and encode a note of 50 MB.
SWITCH = 0.0005
#: Seconds for the template of a name.
NAME_LIMIT = 10.0
#: Seconds between two looks at whether the daemon may rest, or old captures may go.
ROUND = 15.0


class AlreadyRunning(Exception):  # noqa: N818  no error: the daemon is there
    """Another daemon serves these places."""


class Daemon:
    """Everything of one instance."""

    def __init__(self, places: Places, *, secret: str | None = None) -> None:
        self.version = version("guidang")
        self._places = places
        self._settings = SettingsFile(places.settings_file)
        self._connected: dict[str, Backend] = {}
        self._stopping = asyncio.Event()
        self.outbox = Outbox(places.state)
        self.library = Library(places.state)
        self.events = Events()
        self.workers = Workers(load=load)
        self.indexing = Indexing(
            self.outbox,
            self.library,
            self.workers,
            self.events,
            reading=lambda: self.pipeline.reading,
        )
        self.dispatch = Dispatch(
            self.outbox,
            self.events,
            backend=self._backend,
            pace=lambda name: backends.pace(name, self.settings),
            known=self.library.receipt,
            settled=self.indexing.look,
        )
        self.reindexing = Reindexing(
            self.outbox, self.library, folders=lambda: local_folders(self.settings, places.archive)
        )
        self.summaries = Summaries(
            self.outbox,
            self.workers,
            settings=lambda: self.settings,
            summarizer=self._summarizer,
        )
        self.maker = Maker(
            self.outbox,
            self.workers,
            self.summaries,
            settings=lambda: self.settings,
            tags=self._tags,
            templates=places.templates,
        )
        turns = Turns()
        self.pipeline = Pipeline(
            self.outbox,
            self.maker,
            self.summaries,
            self.indexing,
            self.events,
            settings=lambda: self.settings,
            enqueued=self.dispatch.look,
            turns=turns,
        )
        self.versions = Versions(
            self.outbox, self.maker, self.indexing, turns=turns, enqueue=self.pipeline.enqueue
        )
        self.server = Server(
            self.outbox,
            self.library,
            self.events,
            self.pipeline,
            self,
            summaries=self.summaries,
            versions=self.versions,
            reindexing=self.reindexing,
            deliver=self.dispatch.look,
            secret=secret,
        )

    @property
    def settings(self) -> Settings:
        return self._settings.current

    def change_settings(self, patch: dict[str, Any]) -> Settings:
        """Change the settings file and use it from now on; blocking.

        Raises:
            SettingsError: The result would not be valid.
        """
        self._settings.change(patch, check=self._check)
        self._connected = {}
        return self.settings

    async def follow_settings(self) -> None:
        """Use the settings file as it is now; one that is not valid is told by `faults`."""
        if await asyncio.to_thread(self._settings.look):
            log.info("the settings were edited")
            self._connected = {}

    def _check(self, settings: Settings) -> None:
        """Refuse what the kinds of backends and summarizers do not take, and unknown templates."""
        backends.check_settings(settings)
        summarizers.check_settings(settings.summarizer)
        for name in settings.templates:
            check_note(name, self._places.templates)

    def settings_schema(self) -> dict[str, Any]:
        """JSON Schema of the settings, and of each kind of backend and summarizer."""
        return {
            "settings": msgspec.json.schema(Settings),
            "backends": _schemas(backends.__name__, "guidang.backends"),
            "summarizers": _schemas(summarizers.__name__, "guidang.summarizers"),
        }

    def templates(self) -> list[str]:
        """The names of all note templates; blocking."""
        return note_templates(self._places.templates)

    async def preview(self, asked: PreviewRequest) -> Preview:
        """What settings make of a sample note.

        Raises:
            TemplateError: A template cannot be used.
        """
        return await preview(asked, templates=self._places.templates, workers=self.workers)

    async def check_backend(self, name: str) -> str:
        """Where the notes of backend *name* go.

        Raises:
            SettingsError: It is not set up.
            DeliveryError: It would not take a note.
        """
        return await self._backend(name).check()

    async def places(self, name: str, below: str) -> Destinations:
        """The places for notes of backend *name*, as `backends.places`.

        Raises:
            SettingsError: It is not set up, or has no list of places.
            DeliveryError: Its service does not tell them.
        """
        return await backends.places(name, self.settings, self._surroundings(name), below)

    def faults(self) -> list[Fault]:
        """What happened to the state and needs a look: databases that were set aside, settings that
        cannot be used; blocking.
        """
        return [*self._settings_fault(), *self._damages()]

    def _settings_fault(self) -> list[Fault]:
        if (error := self._settings.error) is None:
            return []
        message = f"{error.message} The settings from before stay in force."
        return [Fault(error.code, message, error.hint)]

    def _damages(self) -> list[Fault]:
        return [
            Fault(
                "state-damaged",
                f"{path.name.partition('.damaged-')[0]} was damaged and has been made anew;"
                f" the damaged file is {path}.",
                "Look whether notes are missing or there twice, then delete that file.",
            )
            for path in set_aside_in(self._places.state)
        ]

    def stop(self) -> None:
        """Finish what is in hand, park the rest, and end."""
        self._stopping.set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """The outbox and the library are open, and are closed at the end."""
        async with AsyncExitStack() as stack:
            await self.outbox.open()
            stack.push_async_callback(self.outbox.close)
            await self.library.open()
            stack.push_async_callback(self.library.close)
            stack.push_async_callback(self.workers.close)
            stack.push_async_callback(self._close_backends)
            yield

    async def run(self) -> None:
        """Work until `stop` is called or nothing has been asked for the idle time."""
        self.workers.warm()
        async with asyncio.TaskGroup() as tasks:
            parts = [
                tasks.create_task(part)
                for part in (
                    self.pipeline.run(),
                    self.dispatch.run(),
                    self.indexing.run(),
                    self.versions.run(),
                    self.reindexing.complete(),
                    self._watch(),
                )
            ]
            await self._stopping.wait()
            self.events.end()
            await self._finish()
            for part in parts:
                part.cancel()

    async def _finish(self) -> None:
        """Wait for what is being read or sent, but not for ever."""
        deadline = asyncio.get_running_loop().time() + GRACE
        while self.pipeline.busy or self.dispatch.busy or self.indexing.busy:
            if asyncio.get_running_loop().time() > deadline:
                log.info("what is still being sent is parked")
                return
            await asyncio.sleep(0.02)

    async def _watch(self) -> None:
        """Let idle workers and old capture files go, and end an idle daemon."""
        while True:
            idle = self.settings.idle_minutes * 60
            await asyncio.sleep(min(ROUND, idle / 2))
            keep = timedelta(days=self.settings.keep_captures_days)
            await self.follow_settings()
            try:
                if await self.library.begun_anew():
                    await self.reindexing.complete()
                await self.workers.rest()
                await self.outbox.forget_older(keep, now=datetime.now(UTC))
                await self.outbox.forget_over(int(self.settings.keep_captures_mb * 1e6))
                if self.server.idle_for >= idle and not await self._has_work():
                    log.info("nothing to do: the daemon rests")
                    self.stop()
            except StorageError as error:
                log.error("the outbox has to wait: %s", error.code)
            # Nothing else tells of a clock that was set, a night's sleep, a database begun anew.
            self.pipeline.look()
            self.dispatch.look()
            self.indexing.look()
            self.versions.look()

    async def _has_work(self) -> bool:
        captures, deliveries = await self.outbox.counts()
        return (
            self.pipeline.busy
            or self.indexing.busy
            or self.reindexing.busy
            or self.versions.busy
            or bool(captures["accepted"] or deliveries["waiting"] or deliveries["sending"])
        )

    def _backend(self, name: str) -> Backend:
        if name not in self._connected:
            surroundings = self._surroundings(name)
            self._connected[name] = backends.connect(name, self.settings, surroundings)
        return self._connected[name]

    def _surroundings(self, name: str) -> backends.Surroundings:
        return backends.Surroundings(
            name=name,
            archive=self._places.archive,
            state=self._places.state,
            secret=secrets.get,
            keep_secret=secrets.put,
            asset=self.outbox.spool.asset,
            capture=self.outbox.spool.capture_file,
            recognize=Folders(self._places.state).recognize,
            earlier=lambda note: self._earlier(note, name),
            receipt=lambda id: self._receipt(id, name),
            fill=self._filled,
            snapshot=self._snapshot,
            work=self.workers.run,
        )

    async def _receipt(self, id: str, backend: str) -> Receipt | None:
        """The receipt of *backend* for a note, which the outbox may not know any more."""
        known = await self.outbox.receipt(id, backend)
        return known or await self.library.receipt(id, backend)

    async def _earlier(self, note: Note, backend: str) -> list[Receipt]:
        """The receipts of *backend* for earlier notes of the same page, the newest first."""
        untold = await self.outbox.unplaced(address_of(note.url), backend, note.archived_at)
        return untold + await self.library.receipts(note.url, backend, note.archived_at)

    def _summarizer(self) -> Summarizer:
        surroundings = summarizers.Surroundings(
            workers=self.workers,
            secret=secrets.get,
            tags=self._tags,
            ledger=self.outbox.ledger,
            templates=self._places.templates,
        )
        return summarizers.connect(self.settings.summarizer, surroundings)

    async def _tags(self) -> list[str]:
        """Those of the library; what it cannot tell holds neither a summary nor its note back."""
        try:
            return await self.library.tags()
        except StorageError as error:
            log.error("the tags of the library are not known: %s", error.code)
        except Exception:  # a bug of ours costs the tags, and no summary
            log.exception("the tags of the library are not known")
        return []

    async def _filled(self, template: str, note: Note) -> str:
        """A template of the settings with the values of *note*, filled in a worker."""
        head = msgspec.structs.replace(note, markdown="")
        try:
            return await self.workers.run_within(NAME_LIMIT, name_from, template, head)
        except ExtractionError as error:
            raise TemplateError(
                "template-failed",
                f"The template “{template}” took too much time or memory.",
                "Make it simpler, then “guidang retry”.",
            ) from error

    async def _snapshot(self, id: str) -> bytes:
        """The snapshot of a note; its loss never holds up the note."""
        try:
            return await self.workers.run(write_snapshot, self.outbox.spool, id)
        except (LostError, ExtractionError) as error:
            log.warning("note %s gets no snapshot: %s", id, error.code)
            raise SnapshotError(
                "snapshot-not-made",
                f"The page itself is not beside the note. {error.message}",
                "Archive the page again to have it.",
            ) from error

    async def _close_backends(self) -> None:
        for backend in self._connected.values():
            await backend.close()


async def serve(places: Places) -> None:
    """Run the daemon of *places* until it is told to stop or has been idle.

    Raises:
        AlreadyRunning: Another one is there.
        SettingsError: The settings are not valid.
        StorageError: The state folder cannot be written.
        HostError: Its folder is not this user's alone.
    """
    make_private(str(places.state))
    sys.setswitchinterval(SWITCH)
    with _only_one(places.state):
        where = address(os.environ, sys.platform)
        make_private(where.folder)
        secret = None if isinstance(where, UnixAddress) else randomness.token_urlsafe(32)
        daemon = Daemon(places, secret=secret)
        _stop_on_signals(daemon)
        async with daemon.opened():
            runner = web.AppRunner(
                daemon.server.application(),
                access_log=None,
                shutdown_timeout=2.0,
                max_line_size=LONGEST_LINE,
            )
            await runner.setup()
            try:
                await web.SockSite(runner, _listen(where, secret)).start()
                log.info("daemon %s listens", daemon.version)
                await daemon.run()
            finally:
                _remove(where)
                await runner.cleanup()


def log_to(folder: Path) -> None:
    """Log into a rotating file of this user: ids, never content."""
    make_folder(folder, mode=0o700)
    handler = logging.handlers.RotatingFileHandler(
        folder / "guidang.log", maxBytes=1 << 20, backupCount=3, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    file = os.open(folder / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not take_lock(file):
            raise AlreadyRunning
        yield
    finally:
        os.close(file)


def _listen(where: Address, secret: str | None) -> socket.socket:
    """A listening socket that only this user can reach."""
    if isinstance(where, UnixAddress):
        Path(where.path).unlink(missing_ok=True)  # we hold the lock: whoever left it is gone
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(where.path)
        finally:
            os.umask(before)
        listener.listen(128)
        return listener
    listener = socket.create_server(("127.0.0.1", 0))
    file = Path(where.file)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"port": listener.getsockname()[1], "secret": secret}), "ascii")
    return listener


def _remove(where: Address) -> None:
    Path(where.path if isinstance(where, UnixAddress) else where.file).unlink(missing_ok=True)


def _stop_on_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, daemon.stop)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt there
            return


def _schemas(package: str, group: str) -> dict[str, Any]:
    return {
        kind: msgspec.json.schema(kind_named(kind, package, group).Settings)
        for kind in kinds(package, group)
    }
