"""Notes in Feishu or Lark: a document for each note, with its images."""

from __future__ import annotations

from collections.abc import Callable

from .. import Backend, Destinations, Surroundings
from . import device
from .backend import Feishu
from .client import Client
from .places import places_below
from .settings import Settings

__all__ = ["Settings", "connect", "places", "sign_in"]


def connect(settings: Settings, surroundings: Surroundings) -> Backend:
    return Feishu(settings, surroundings)


async def sign_in(
    name: str,
    settings: Settings,
    show: Callable[[str, str], None],
    secret: Callable[[str], str | None],
) -> tuple[str, str]:
    access = settings.access(name)
    return access.user_secret, await device.sign_in(access, settings.scopes, show, secret)


async def places(settings: Settings, surroundings: Surroundings, below: str) -> Destinations:
    client = Client(settings, surroundings)
    async with client.signed_in():
        return await places_below(client, settings, below)
