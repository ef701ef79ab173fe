"""What the backends of one process share: an account's rest, and the one writer of a repository."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from .tree import Head

#: Seconds without a call where a limit names none; GitHub asks for a minute at least.
LEAST_REST = 60.0
#: Seconds for which a token that was refused is not tried again: many such calls lock an account.
REFUSED_FOR = 60.0
#: Seconds for which a read may give a former head: 30 were seen (rust-lang/homu#75). Later it is
#: somebody who has set the branch back, and what he took away is not to come again.
LAG = 40.0
#: Former heads of a branch that are remembered.
REMEMBERED = 200


class Account:
    """When a token may be used again."""

    def __init__(self) -> None:
        self._until = 0.0
        self._limits = 0  # that came one after the other and named no time
        self._refused: tuple[str, float] | None = None

    @property
    def rest(self) -> float:
        """Seconds until the next call may be made."""
        return max(0.0, self._until - monotonic())

    def limited(self, seconds: float | None) -> float:
        """A limit was met that lasts *seconds*; None: it does not say. How long to rest."""
        if seconds is None:
            seconds = min(LEAST_REST * 2**self._limits, 3_600.0)
            self._limits = min(self._limits + 1, 10)
        self._until = max(self._until, monotonic() + seconds)
        return self.rest

    def answered(self, *, wrote: bool) -> None:
        """A call went well. Reads do while writes are limited, so what *wrote* ends a limit."""
        self._refused = None
        if wrote:
            self._limits = 0

    def refused(self, token: str) -> None:
        """*token* is none that is accepted."""
        self._refused = (token, monotonic() + REFUSED_FOR)

    def refuses(self, token: str) -> bool:
        """Whether *token* was refused just now."""
        if self._refused is None:
            return False
        refused, until = self._refused
        return token == refused and monotonic() < until


class Writer:
    """The one that commits to a repository, with what it knows of it."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.default_branch = ""  #: once it is known
        self.sent: set[str] = set()  #: blobs that are there, and in no commit yet
        self._heads: dict[str, Head] = {}
        self._past: dict[str, deque[str]] = {}
        self._wrote_at: dict[str, float] = {}

    def known(self, branch: str) -> Head | None:
        """The newest head of *branch* that was read or written here."""
        return self._heads.get(branch)

    def is_past(self, branch: str, commit: str) -> bool:
        """Whether *commit* was the head before our own last ones: what reads it reads late."""
        if monotonic() - self._wrote_at.get(branch, 0.0) > LAG:
            return False
        return commit in self._past.get(branch, ())

    def read(self, branch: str, head: Head) -> None:
        self._heads[branch] = head

    def wrote(self, branch: str, head: Head, *, after: str) -> None:
        """Our commit is the head of *branch*, and *after* is not any longer."""
        self._heads[branch] = head
        self._past.setdefault(branch, deque(maxlen=REMEMBERED)).append(after)
        self._wrote_at[branch] = monotonic()
        self.sent.clear()

    def forget(self, branch: str) -> None:
        """Somebody else moved *branch*, wherever to."""
        self._heads.pop(branch, None)
        self._past.pop(branch, None)
