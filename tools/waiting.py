"""Wait for what no event announces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")


def poll(look: Callable[[], Found | None], what: str, *, timeout: float) -> Found:
    """The first truthy value of *look*, asked every 20 ms; *what* names it in the error.

    Raises:
        TimeoutError: There was none within *timeout* seconds.
    """
    deadline = time.monotonic() + timeout
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: nothing came within {timeout:g} s")
        time.sleep(0.02)
    return found
