"""What GitHub answers when it does not do as it was asked → an error, in words for its user.

Texts and statuses: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
and .../rate-limits-for-the-rest-api; which refusals of a ref are final, as Dependabot has it
(dependabot-core, common/lib/dependabot/pull_request_updater/github.rb).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from ...decoding import decoded
from ...errors import DeliveryDeferred, DeliveryError, DeliveryRejected
from ...services import now_by, quoted, retry_after
from .access import Access

_FINAL = re.compile(
    r"protected branch|required status check|through a pull request|verified signatures?"
    r"|not authorized to push|merge queue|rule violations?|cannot update this protected ref"
    r"|secret_scanning|push protection",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(
    r"too large|too big|timed out|exceeds?\b.{0,40}\b(size|limit)", re.IGNORECASE
)


class PassingError(DeliveryDeferred):
    """It may be over in a moment: worth asking again at once."""

    @property
    def is_too_large(self) -> bool:
        """Whether it may be: large trees ended in 502 (googleapis/code-suggester#397)."""
        return self.code == "repository-failed"


class MovedError(DeliveryDeferred):
    """The branch is not what it was when the commit was made for it."""

    def __init__(self, repository: str) -> None:
        super().__init__(
            "repository-busy",
            f"Others wrote to {repository} at the same time, again and again.",
            "It is tried again by itself.",
        )


class RefusedError(DeliveryRejected):
    """GitHub understood, and does not do it; *words* say why."""

    def __init__(self, code: str, message: str, hint: str, *, status: int, words: str) -> None:
        super().__init__(code, message, hint)
        self.status = status
        self.words = words

    @property
    def is_final(self) -> bool:
        """Whether a rule of the repository forbids it, so that no new attempt can help."""
        return bool(_FINAL.search(self.words))

    @property
    def is_too_large(self) -> bool:
        return self.status == 413 or bool(_TOO_LARGE.search(self.words))

    @property
    def is_of_nothing(self) -> bool:
        """Whether the repository has no commit yet: "Git Repository is empty."."""
        return self.status == 409 and "empty" in self.words.lower()


class LimitError(Exception):
    """Too many calls; *seconds* until the next one may be made, None where GitHub does not say."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


class _Refusal(Struct, frozen=True):
    message: str = ""
    errors: list[Any] = []


def of_answer(
    status: int, headers: Mapping[str, str], body: bytes, access: Access, token: str
) -> DeliveryError | LimitError:
    """What an answer with a *status* from 400 on means."""
    words = quoted(_words(body), token)
    if status in {403, 429} and _is_limit(status, headers, words):
        return LimitError(_rest(headers))
    if status == 401:
        return token_refused(access)
    if status == 408 or status >= 500:
        return failed(access, f"status {status}")
    if status == 403:
        return _of_permission(headers, words, access)
    return refused(status, words, access)


def _is_limit(status: int, headers: Mapping[str, str], words: str) -> bool:
    asked_to_wait = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return asked_to_wait or status == 429 or "rate limit" in words.lower()


def _rest(headers: Mapping[str, str]) -> float | None:
    """Seconds that a limit lasts: by GitHub's own clock, as ours may be wrong."""
    if (pause := retry_after(headers)) is not None:
        return pause
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") != "0" or not re.fullmatch(r"\d{1,11}", reset):
        return None
    until = datetime.fromtimestamp(int(reset), UTC)
    return max(1.0, (until - now_by(headers)).total_seconds())


def _of_permission(headers: Mapping[str, str], words: str, access: Access) -> DeliveryError:
    if "archived" in words.lower():
        return archived(access, words)
    if sign_on := headers.get("x-github-sso"):
        address = re.search(r"url=(https://[^\s;,]+)", sign_on)
        return DeliveryRejected(
            "token-not-authorized",
            f"The organisation of {access.repository} wants the token to be authorized first.",
            f"Open {address[1] if address else 'the settings of the token'}, then “guidang retry”.",
        )
    return too_narrow(access, headers.get("x-accepted-github-permissions", ""), words)


def archived(access: Access, words: str = "") -> DeliveryRejected:
    said = f" (“{words}”)" if words else ""
    return DeliveryRejected(
        "repository-archived",
        f"The repository {access.repository} is archived: it can only be read{said}.",
        "Unarchive it at GitHub, or name another; then “guidang retry”.",
    )


def too_narrow(access: Access, needed: str = "", words: str = "") -> DeliveryRejected:
    wanted = quoted(needed, "").replace("=", ": ") or "contents: write"
    said = f" (“{words}”)" if words else ""
    return DeliveryRejected(
        "token-too-narrow",
        f"The token may not write to {access.repository}{said}.",
        f"Give it the permission “{wanted}” for this repository, then “guidang retry”.",
    )


def token_missing(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "token-missing",
        f"{access.title} needs a token, and none is kept here.",
        f"Make one for {access.repository} with “Contents: Read and write”"
        f" ({access.token_form}), then: guidang secret set {access.secret}",
    )


def token_refused(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "token-refused",
        f"{access.title} does not accept the token: it is wrong, has expired or was withdrawn.",
        f"Make a new one ({access.token_form}), then: guidang secret set {access.secret}",
    )


def refused(status: int, words: str, access: Access) -> RefusedError:
    if status == 404:
        return RefusedError(
            "repository-missing",
            f"There is no repository {access.repository}, or the token does not reach it.",
            "See its name in the settings, and that the token was made for it.",
            status=status,
            words=words,
        )
    return RefusedError(
        "commit-refused",
        f"{access.title} does not take the note (“{words or f'status {status}'}”).",
        "See the rules of the repository and its branch, or name another; then “guidang retry”.",
        status=status,
        words=words,
    )


def by_rule(error: RefusedError, access: Access, branch: str) -> DeliveryRejected:
    """*error* came of a rule of the branch."""
    return DeliveryRejected(
        "branch-protected",
        f"A rule of {access.repository} keeps the note out of “{branch}” (“{error.words}”).",
        "Name another branch, or let the owner of the token push to it; then “guidang retry”.",
    )


def branch_missing(access: Access, branch: str) -> DeliveryRejected:
    return DeliveryRejected(
        "branch-missing",
        f"The repository {access.repository} has no branch “{branch}”.",
        "Make it, or set create_branch = true for this backend; then “guidang retry”.",
    )


def in_the_way(access: Access, path: str) -> DeliveryRejected:
    return DeliveryRejected(
        "folder-is-file",
        f"“{path}” is a file in {access.repository}, so there can be no folder of this name.",
        "Rename it, or change subfolder for this backend; then “guidang retry”.",
    )


def unreachable(access: Access) -> PassingError:
    return PassingError(
        "repository-unreachable",
        f"{access.title} cannot be reached.",
        "See whether the network is there; it is tried again by itself.",
    )


def failed(access: Access, why: str) -> PassingError:
    return PassingError(
        "repository-failed",
        f"{access.title} has a fault of its own ({why}).",
        "It is tried again by itself.",
    )


def not_understood(access: Access) -> PassingError:
    return PassingError(
        "repository-not-understood",
        f"What answers at {access.api} is not the API of GitHub.",
        "A network may want you to sign in; else look at the setting api of this backend.",
    )


def limited(access: Access, rest: float) -> DeliveryDeferred:
    return DeliveryDeferred(
        "rate-limited",
        f"{access.title} was asked too much for now.",
        "It goes on by itself as soon as it may.",
        retry_after=rest,
    )


def leads_elsewhere(access: Access, host: str, *, for_good: bool) -> DeliveryError:
    error = DeliveryRejected(
        "repository-elsewhere",
        f"{access.title} leads to another server ({quoted(host, '')}), which gets nothing.",
        "A network may want you to sign in; else look at the setting api of this backend.",
    )
    return error if for_good else DeliveryDeferred(error.code, error.message, error.hint)


def differs(access: Access) -> DeliveryDeferred:
    return DeliveryDeferred(
        "blob-differs",
        f"{access.title} has stored other bytes than were sent; nothing was committed.",
        "It is tried again by itself; a proxy may stand between.",
    )


def too_large(access: Access) -> DeliveryRejected:
    return DeliveryRejected(
        "note-too-large",
        f"The note is too large for {access.title}.",
        "Archive a selection of the page.",
    )


def _words(body: bytes) -> str:
    """What an error says of itself; nothing where it is none of the API."""
    try:
        refusal = decoded(body, _Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    more = (error.get("message") for error in refusal.errors if isinstance(error, dict))
    return " ".join([refusal.message, *(text for text in more if isinstance(text, str))]).strip()
