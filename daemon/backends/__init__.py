"""Backends: each module here is one kind, found by its name.

A module offers `Settings` (a msgspec Struct) and `connect(settings, surroundings) -> Backend`, and
may name its `PACE`: the least seconds from the end of one delivery to the beginning of the next.
One whose service gives tokens to a person may offer `sign_in(name, settings, show, secret)`, and
one that has several places for notes `places(settings, surroundings, below) -> Destinations`.
Other packages add theirs through the entry-point group `guidang.backends`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol

from msgspec import Struct

from ..errors import SettingsError
from ..kinds import kind_named
from ..model import Fault, Note, Receipt
from ..settings import Settings, typed

GROUP = "guidang.backends"

#: What becomes of a note whose URL was archived before.
Again = Literal["version", "overwrite", "skip"]


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a backend may use of the daemon."""

    name: str  #: of the backend in the settings, and of its secret
    archive: Path  #: the default folder of notes
    state: Path  #: the folder of the daemon's own state
    secret: Callable[[str], str | None]
    keep_secret: Callable[[str, str], None]  #: under a name; blocking, as `secret`
    asset: Callable[[str], Path]  #: the file of a note's asset, by its name
    capture: Callable[[str], Path]  #: the file of a note's capture, by the note's id
    #: See that a folder is the one that took notes before; blocking. As `Folders.recognize`.
    recognize: Callable[[Path], None]
    #: This backend's receipts for notes of the same URL that were archived no later than this one,
    #: the newest first: no other may have its place taken by it.
    earlier: Callable[[Note], Awaitable[list[Receipt]]]
    #: This backend's receipt for a note, by its id, if it has one.
    receipt: Callable[[str], Awaitable[Receipt | None]]
    #: A template of the settings with the values of a note, within limits; raises TemplateError.
    fill: Callable[[str, Note], Awaitable[str]]
    #: The page of a note as one inert HTML file, by the note's id; raises SnapshotError.
    snapshot: Callable[[str], Awaitable[bytes]]
    #: What a pure function of a module makes of its arguments, in a worker: as `Workers.run`.
    work: Callable[..., Awaitable[Any]]


class Progress(Struct, frozen=True):
    """What a backend must know if it has to go on with a delivery after a crash."""

    saved: Any  #: what was saved last in an earlier attempt, as JSON values; None at first
    save: Callable[[Any], Awaitable[None]]  #: returns when it is on disk
    lost: bool = False  #: an earlier attempt may have stored the note, and what it saved is lost


class Destination(Struct, frozen=True):
    """A place that a person may choose for notes."""

    name: str  #: as its service shows it
    token: str  #: by which the places below it are asked for
    kind: str  #: what its service calls such a place
    settings: dict[str, str]  #: of the backend, with which notes go there


class Destinations(Struct, frozen=True):
    """Those next to each other; *warning*: why some are not told.

    A name is empty where the service does not tell it.
    """

    places: list[Destination]
    warning: Fault | None = None
    here: Destination | None = None  #: the place that they are in
    chosen: Destination | None = None  #: where notes go now; told with the first places alone


class Backend(Protocol):
    """Stores notes at one place."""

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        """Store *note* and its assets; the same *key* twice must store it once.

        Its Markdown links an asset as `assets/<name>`. They are stored before the note is seen; one
        whose file is gone is told in the receipt, and holds nothing back; so is a snapshot that
        could not be made.

        Raises:
            DeliveryDeferred: It may work later.
            DeliveryRejected: It will not work until a person changes something.
        """
        ...

    async def check(self) -> str:
        """One sentence that says where notes go, after trying that they can.

        Raises:
            DeliveryError: They cannot, and why.
        """
        ...

    async def close(self) -> None: ...


async def earlier_of(note: Note, again: Again, surroundings: Surroundings) -> list[Receipt]:
    """The receipts of notes that *note* may stand for, the newest first.

    Of the note whose place it takes; or, if *again* asks for it, of those of its URL. What was made
    anew on request is never skipped.
    """
    if note.completes:
        completed = await surroundings.receipt(note.completes)
        return [completed] if completed else []
    if again == "version" or (again == "skip" and note.remakes):
        return []
    return await surroundings.earlier(note)


def connect(name: str, settings: Settings, surroundings: Surroundings) -> Backend:
    """The backend called *name* in the settings.

    Raises:
        SettingsError: There is none, its kind is unknown, or its settings are not valid.
    """
    module, own = _kind_and_settings(name, settings)
    backend: Backend = module.connect(own, surroundings)
    return backend


async def sign_in(
    name: str,
    settings: Settings,
    show: Callable[[str, str], None],
    secret: Callable[[str], str | None],
) -> tuple[str, str]:
    """Have a person sign in to the service of the backend called *name*, who is shown a code and
    the address where it is entered; the name of a secret, and its value.

    *secret*: what is kept under a name, as an app may need its own to ask for tokens.

    Raises:
        SettingsError: There is no such backend, it has no such way, or the person is refused.
        DeliveryError: Its service cannot be asked.
    """
    module, own = _kind_and_settings(name, settings)
    if not hasattr(module, "sign_in"):
        raise SettingsError(
            "sign-in-unknown",
            f"Nobody signs in to the backend “{name}”.",
            "If it needs a secret: guidang secret set NAME.",
        )
    kept_as, value = await module.sign_in(name, own, show, secret)
    return kept_as, value


async def places(
    name: str, settings: Settings, surroundings: Surroundings, below: str
) -> Destinations:
    """The places for notes of the backend called *name*: the first, or those *below* the one that
    has this token or address.

    Raises:
        SettingsError: There is no such backend, or it has no list of places.
        DeliveryError: Its service does not tell them.
    """
    module, own = _kind_and_settings(name, settings)
    if not hasattr(module, "places"):
        raise SettingsError(
            "places-unknown",
            f"The backend “{name}” has no list of places.",
            "Say in its settings where notes go; “guidang doctor” tells whether they can.",
        )
    found: Destinations = await module.places(own, surroundings, below)
    return found


def check_settings(settings: Settings) -> None:
    """Refuse tables of backends that their kinds do not take.

    Raises:
        SettingsError: A kind is unknown, or its settings are not valid.
    """
    for name in settings.backends:
        _kind_and_settings(name, settings)


def pace(name: str, settings: Settings) -> float:
    """Seconds between two deliveries to the backend called *name*.

    Raises:
        SettingsError: There is none, or its kind is unknown.
    """
    return float(getattr(_kind(name, settings), "PACE", 0))


def _kind_and_settings(name: str, settings: Settings) -> tuple[ModuleType, Any]:
    module = _kind(name, settings)
    options = {key: value for key, value in settings.backends[name].items() if key != "kind"}
    return module, typed(module.Settings, options, where=f"the backend “{name}”")


def _kind(name: str, settings: Settings) -> ModuleType:
    table = settings.backends.get(name)
    if table is None:
        raise SettingsError(
            "backend-unknown",
            f"There is no backend “{name}” in the settings.",
            f"Add [backends.{name}], or change the plan.",
        )
    return kind_named(str(table.get("kind", name)), __name__, GROUP)
