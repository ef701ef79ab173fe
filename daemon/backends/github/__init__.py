"""Notes in a repository at GitHub: one commit for a note with all that belongs to it."""

from __future__ import annotations

from .. import Backend, Surroundings
from .backend import GitHub
from .settings import Settings

__all__ = ["PACE", "Settings", "connect"]

#: A note without new images takes three calls that make something, and GitHub allows 80 a minute.
PACE = 2.0


def connect(settings: Settings, surroundings: Surroundings) -> Backend:
    return GitHub(settings, surroundings)
