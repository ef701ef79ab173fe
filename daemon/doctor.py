"""Looks at each piece of the chain, and says how to mend what it finds."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from native_host.install import check, this_user

from . import secrets
from .client import ask
from .decoding import converted
from .errors import DaemonError
from .protocol import PROTOCOL
from .settings import Places, Settings
from .templating import check_note


class Finding(Struct, frozen=True):
    """One piece of the chain; a *hint* mends it, or where it is ok, is good to know."""

    what: str
    ok: bool
    message: str
    hint: str = ""


def examine() -> Iterator[Finding]:
    """The chain from the browser to the notes, in its order."""
    for found in check(this_user()):
        yield Finding(found.what, found.ok, found.message, found.hint)
    yield _keychain()
    try:
        status = ask("GET", "/status")
    except DaemonError as error:
        yield Finding("daemon", False, error.message, error.hint)
        return
    yield _daemon(status)
    for fault in status["faults"]:
        yield Finding("state", False, fault["message"], fault["hint"])
    for name in sorted({name for plan in status["plans"] for name in plan["backends"]}):
        yield _backend(name)
    settings = converted(ask("GET", "/settings"), Settings)
    for name in settings.templates:
        yield _template(name)


def _daemon(status: dict[str, object]) -> Finding:
    message = f"Daemon {status['version']} answers (protocol {status['protocol']})."
    if status["protocol"] == PROTOCOL:
        return Finding("daemon", True, message)
    hint = "An older daemon is still running: stop it; the next request starts the new one."
    return Finding("daemon", False, message, hint)


def _keychain() -> Finding:
    try:
        secrets.get("doctor")
    except DaemonError as error:
        # What has a secret asks for it when it is checked, and is not ok then.
        message = f"{error.message} What is set up without a secret does not need it."
        return Finding("keychain", True, message, error.hint)
    return Finding("keychain", True, "The keychain opens.")


def _backend(name: str) -> Finding:
    what = f"backend {name}"
    try:
        return Finding(what, True, ask("POST", f"/backends/{name}/check")["message"])
    except DaemonError as error:
        return Finding(what, False, error.message, error.hint)


def _template(name: str) -> Finding:
    what = f"template {name}"
    try:
        check_note(name, Places.here().templates)
    except DaemonError as error:
        return Finding(what, False, error.message, error.hint)
    return Finding(what, True, f"Notes take the form of “{name}”.")
