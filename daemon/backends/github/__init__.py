"""Notes in a repository at GitHub: one commit for a note with all that belongs to it."""

from __future__ import annotations

from collections.abc import Callable

from .. import Backend, Surroundings
from . import device
from .backend import GitHub
from .settings import Settings

__all__ = ["PACE", "Settings", "connect", "sign_in"]

#: A note without new images takes three calls that make something, and GitHub allows 80 a minute.
PACE = 2.0


def connect(settings: Settings, surroundings: Surroundings) -> Backend:
    return GitHub(settings, surroundings)


async def sign_in(
    name: str,
    settings: Settings,
    show: Callable[[str, str], None],
    _: Callable[[str], str | None],
) -> tuple[str, str]:
    access = settings.access(name)
    return access.secret, await device.sign_in(access, settings.client_id, show)
