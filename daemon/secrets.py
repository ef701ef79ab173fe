"""Secrets by name, in the system's keychain and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import keyring
import keyring.errors

from .errors import SettingsError

SERVICE = "guidang"

P = ParamSpec("P")
T = TypeVar("T")


def get(name: str) -> str | None:
    """The secret called *name*, or None when it is not set.

    GUIDANG_SECRET_<NAME> in the daemon's environment goes first: for machines without a keychain.

    Raises:
        SettingsError: The keychain is locked or there is none.
    """
    variable = "GUIDANG_SECRET_" + name.upper().replace("-", "_")
    return os.environ.get(variable) or _call(keyring.get_password, SERVICE, name)


def put(name: str, value: str) -> None:
    """Keep *value* under *name*.

    Raises:
        SettingsError: The keychain is locked or there is none.
    """
    _call(keyring.set_password, SERVICE, name, value)


def delete(name: str) -> None:
    """Forget *name*; a secret that is not there is forgotten already.

    Raises:
        SettingsError: The keychain is locked or there is none.
    """
    try:
        _call(keyring.delete_password, SERVICE, name)
    except keyring.errors.PasswordDeleteError:
        return


def _call(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call the keychain, its errors translated; a deletion of nothing passes through."""
    try:
        return function(*arguments, **named)
    except keyring.errors.PasswordDeleteError:
        raise
    except keyring.errors.NoKeyringError as error:
        raise SettingsError(
            "keychain-missing",
            "There is no keychain on this machine.",
            "Start one (gnome-keyring, KWallet), or set GUIDANG_SECRET_<NAME> for the daemon.",
        ) from error
    except keyring.errors.KeyringError as error:
        raise SettingsError(
            "keychain-locked", "The keychain did not open.", "Unlock it and try again."
        ) from error
