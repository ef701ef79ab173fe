"""Backends: each module here is one kind, found by its name.

A module offers `Settings` (a msgspec Struct) and `connect(settings, surroundings) -> Backend`, and
may name its `PACE`: the least seconds from the end of one delivery to the beginning of the next.
Other packages add theirs through the entry-point group `guidang.backends`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from msgspec import Struct

from ..errors import SettingsError
from ..kinds import kind_named
from ..model import Note, Receipt
from ..settings import Settings, typed

GROUP = "guidang.backends"


class Surroundings(Struct, frozen=True):
    """What a backend may use of the daemon."""

    archive: Path  #: the default folder of notes
    secret: Callable[[str], str | None]


class Progress(Struct, frozen=True):
    """What a backend must know if it has to go on with a delivery after a crash."""

    saved: Any  #: what was saved last in an earlier attempt, as JSON values; None at first
    save: Callable[[Any], Awaitable[None]]  #: returns when it is on disk
    lost: bool = False  #: an earlier attempt may have stored the note, and what it saved is lost


class Backend(Protocol):
    """Stores notes at one place."""

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        """Store *note*; the same *key* twice must store it once.

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


def connect(name: str, settings: Settings, surroundings: Surroundings) -> Backend:
    """The backend called *name* in the settings.

    Raises:
        SettingsError: There is none, its kind is unknown, or its settings are not valid.
    """
    table, module = _kind(name, settings)
    options = {key: value for key, value in table.items() if key != "kind"}
    backend: Backend = module.connect(
        typed(module.Settings, options, where=f"the backend “{name}”"), surroundings
    )
    return backend


def pace(name: str, settings: Settings) -> float:
    """Seconds between two deliveries to the backend called *name*.

    Raises:
        SettingsError: There is none, or its kind is unknown.
    """
    _, module = _kind(name, settings)
    return float(getattr(module, "PACE", 0))


def _kind(name: str, settings: Settings) -> tuple[dict[str, Any], ModuleType]:
    """The table of the backend called *name*, and the module of its kind."""
    table = settings.backends.get(name)
    if table is None:
        raise SettingsError(
            "backend-unknown",
            f"There is no backend “{name}” in the settings.",
            f"Add [backends.{name}], or change the plan.",
        )
    return table, kind_named(str(table.get("kind", name)), __name__, GROUP)
