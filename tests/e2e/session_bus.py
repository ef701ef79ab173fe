"""The user with an open keychain, as a desktop has one."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.fakes import keychain as session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.user import User


@contextlib.contextmanager
def keychain(user: User) -> Iterator[User]:
    """The same user, whose programs reach a keychain of her own."""
    with session.keychain(user.home, user.environ) as environ:
        yield replace(user, environ=environ)
