"""The registry keys of this user, as `install.Registry` wants them."""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # nothing else has `winreg`, and type checkers stop here

import winreg  # noqa: E402 - as above


class WindowsRegistry:
    """The default values of the keys below HKEY_CURRENT_USER."""

    def get(self, key: str, /) -> str | None:
        try:
            return winreg.QueryValue(winreg.HKEY_CURRENT_USER, key)
        except FileNotFoundError:
            return None

    def __setitem__(self, key: str, value: str, /) -> None:
        winreg.SetValue(winreg.HKEY_CURRENT_USER, key, winreg.REG_SZ, value)

    def __delitem__(self, key: str, /) -> None:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)
