"""Where each browser looks for the native hosts of one user.

From the browsers' own documentation:
developer.chrome.com/docs/extensions/develop/concepts/native-messaging,
learn.microsoft.com/microsoft-edge/extensions/developer-guide/native-messaging and
developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_manifests.
The others are built from Chromium, which looks below its profile on Linux and macOS. On Windows
they are seen to read their own registry key, or Chrome's, or both, by version; so both are set:
a key that nobody reads does no harm.

Browsers from Flatpak and Chromium from a snap are left out: their sandbox has another home and
cannot start a program outside of it. Firefox from a snap reads the usual folder, by way of the
desktop's portal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Family(Enum):
    """How a manifest names the extensions that may start the host."""

    CHROMIUM = "chromium"  #: by origin, in `allowed_origins`
    FIREFOX = "firefox"  #: by id, in `allowed_extensions`


@dataclass(frozen=True)
class Place:
    """A place where a browser looks for manifests.

    Attributes:
        profiles: The folder that exists once this user has started the browser; it begins with
            HOME, CONFIG, LOCALAPPDATA or APPDATA, for which see `folder_of`.
        manifests: The folder of manifests, likewise, or on Windows the registry key of hosts.
    """

    profiles: str
    manifests: str


@dataclass(frozen=True)
class Browser:
    """A browser, and its places on each system."""

    name: str
    family: Family
    linux: tuple[Place, ...]
    macos: tuple[Place, ...]
    windows: tuple[Place, ...]

    def places(self, platform: str) -> tuple[Place, ...]:
        """Its places on *platform*, which is as `sys.platform`."""
        return {"win32": self.windows, "darwin": self.macos}.get(platform, self.linux)


def folder_of(path: str, environ: Mapping[str, str]) -> Path:
    """The folder that *path* of a `Place` means for the user of *environ*.

    CONFIG is the XDG folder of configuration; the other roots are variables of that name.
    """
    root, _, rest = path.partition("/")
    return _root(root, environ) / rest


_WINDOWS = {"LOCALAPPDATA": "AppData/Local", "APPDATA": "AppData/Roaming"}


def _root(name: str, environ: Mapping[str, str]) -> Path:
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    if name == "CONFIG":
        given = environ.get("XDG_CONFIG_HOME", "")
        return Path(given) if given.startswith("/") else home / ".config"
    if name in _WINDOWS:
        return Path(environ.get(name) or home / _WINDOWS[name])
    return home


def _below(profiles: str) -> tuple[Place, ...]:
    return (Place(profiles, f"{profiles}/NativeMessagingHosts"),)


def _keys(profiles: str, *products: str) -> tuple[Place, ...]:
    return tuple(
        Place(profiles, rf"Software\{product}\NativeMessagingHosts") for product in products
    )


_SUPPORT = "HOME/Library/Application Support"

BROWSERS = (
    Browser(
        "chrome",
        Family.CHROMIUM,
        linux=_below("CONFIG/google-chrome"),
        macos=_below(f"{_SUPPORT}/Google/Chrome"),
        windows=_keys("LOCALAPPDATA/Google/Chrome/User Data", r"Google\Chrome"),
    ),
    Browser(
        "chromium",
        Family.CHROMIUM,
        linux=_below("CONFIG/chromium"),
        macos=_below(f"{_SUPPORT}/Chromium"),
        windows=_keys("LOCALAPPDATA/Chromium/User Data", "Chromium"),
    ),
    Browser(
        "edge",
        Family.CHROMIUM,
        linux=_below("CONFIG/microsoft-edge"),
        macos=_below(f"{_SUPPORT}/Microsoft Edge"),
        windows=_keys("LOCALAPPDATA/Microsoft/Edge/User Data", r"Microsoft\Edge"),
    ),
    Browser(
        "brave",
        Family.CHROMIUM,
        linux=_below("CONFIG/BraveSoftware/Brave-Browser"),
        macos=_below(f"{_SUPPORT}/BraveSoftware/Brave-Browser"),
        windows=_keys(
            "LOCALAPPDATA/BraveSoftware/Brave-Browser/User Data",
            r"BraveSoftware\Brave-Browser",
            r"Google\Chrome",
        ),
    ),
    Browser(
        "vivaldi",
        Family.CHROMIUM,
        linux=_below("CONFIG/vivaldi"),
        macos=_below(f"{_SUPPORT}/Vivaldi"),
        windows=_keys("LOCALAPPDATA/Vivaldi/User Data", "Vivaldi", r"Google\Chrome"),
    ),
    Browser(
        "opera",
        Family.CHROMIUM,
        linux=_below("CONFIG/opera"),
        macos=_below(f"{_SUPPORT}/com.operasoftware.Opera"),
        windows=_keys(
            "APPDATA/Opera Software/Opera Stable",
            "Opera Software",
            r"Google\Chrome",
        ),
    ),
    Browser(
        "firefox",
        Family.FIREFOX,
        # Since version 147 a new profile is in the second folder; the first goes on to be read
        # when it exists.
        linux=(
            Place("HOME/.mozilla", "HOME/.mozilla/native-messaging-hosts"),
            Place("CONFIG/mozilla", "CONFIG/mozilla/native-messaging-hosts"),
        ),
        macos=(Place(f"{_SUPPORT}/Firefox", f"{_SUPPORT}/Mozilla/NativeMessagingHosts"),),
        windows=_keys("APPDATA/Mozilla/Firefox", "Mozilla"),
    ),
)
