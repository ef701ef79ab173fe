"""Registers the native host with the browsers of one user, checks that, and takes it back.

A browser starts what its *manifest* names: our *launcher*, a script in the state folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .browsers import BROWSERS, Browser, Family, Place, folder_of
from .errors import HostError, InstallError
from .launcher import base_interpreter, launcher_text
from .socket_client import check_private, make_private, state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOST = "guidang"

#: Chromium makes the id from the `key` in manifest.json.
CHROMIUM_ORIGIN = "chrome-extension://aakhkkgafdemjjcaofeacbnbocplhpmd/"
FIREFOX_ID = "guidang@extension"

#: A shell and a browser may have different ones, but the daemon of both must be the same.
PINNED = ("GUIDANG_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")

#: Seconds that the launcher may take to start and to end again.
START_TIMEOUT = 10.0

AGAIN = "Run `guidang install`."


class Registry(Protocol):
    """The default values of this user's registry keys; a dict will do."""

    def get(self, key: str, /) -> str | None: ...
    def __setitem__(self, key: str, value: str, /) -> None: ...
    def __delitem__(self, key: str, /) -> None: ...


@dataclass(frozen=True)
class Target:
    """Whose browsers, on which system.

    Attributes:
        environ: Tells the user's folders.
        platform: As `sys.platform`.
        registry: Only looked at on Windows.
    """

    environ: Mapping[str, str]
    platform: str
    registry: Registry

    @property
    def state(self) -> Path:
        return Path(state_folder(self.environ, self.platform))

    @property
    def launcher(self) -> Path:
        return self.state / ("guidang-host.bat" if self.platform == "win32" else "guidang-host")


@dataclass(frozen=True)
class Finding:
    """What `guidang doctor` says about one link of the chain; *hint* mends what is not *ok*."""

    what: str
    ok: bool
    message: str
    hint: str = ""


def this_user() -> Target:
    """The user and the system of this process."""
    if sys.platform == "win32":
        from .registry import WindowsRegistry  # noqa: PLC0415 - only Windows has one

        return Target(os.environ, sys.platform, WindowsRegistry())
    else:  # noqa: RET505 - so that type checkers see one of the two on each system
        return Target(os.environ, sys.platform, {})


def install(target: Target, daemon: Path, names: Sequence[str] = ()) -> list[Path]:
    """Write the launcher, and a manifest for each browser.

    Args:
        target: For whom.
        daemon: The interpreter of the environment that the daemon is installed in.
        names: The browsers; none means those that this user has started once.

    Returns:
        The files that were written, the launcher first.

    Raises:
        InstallError: No browser has such a name, or a file cannot be written.
        UnreachableError: The state folder cannot be made this user's alone.
    """
    slots = [slot for name in names for slot in _named(target, name)]
    launcher = write_launcher(target, daemon)
    manifests = [_register(target, slot) for slot in slots or _present(target)]
    return list(dict.fromkeys([launcher, *manifests]))


def uninstall(target: Target) -> list[Path]:
    """Remove what `install` wrote, and nothing that leads to another launcher.

    Returns:
        The files that were removed.

    Raises:
        InstallError: A file cannot be removed.
    """
    slots = _slots(target)
    for slot in slots:
        if slot.key and target.registry.get(slot.key) == str(slot.manifest):
            del target.registry[slot.key]
    manifests = [slot.manifest for slot in slots if _leads_to(slot.manifest, target.launcher)]
    return [path for path in dict.fromkeys([*manifests, target.launcher]) if _removed(path)]


def check(target: Target) -> list[Finding]:
    """Look at the chain from the browsers' manifests to a host that starts."""
    findings = [_check_folder(target), _check_launcher(target.launcher)]
    slots = _present(target)
    if not slots:
        message = "No browser that Guidang knows has been started by this user."
        hint = "Start the browser once, or run `guidang install --browser NAME`."
        findings.append(Finding("browsers", ok=False, message=message, hint=hint))
    return findings + [_check_manifest(target, slot) for slot in slots]


def write_launcher(target: Target, daemon: Path) -> Path:
    """Write the launcher alone; arguments and errors as for `install`."""
    make_private(str(target.state))
    pinned = {name: target.environ[name] for name in PINNED if target.environ.get(name)}
    if "GUIDANG_HOME" in pinned:
        pinned["GUIDANG_HOME"] = str(target.state)  # absolute, wherever the browser starts it
    text = launcher_text(
        target.platform,
        variables={"GUIDANG_DAEMON": str(daemon), **pinned},
        interpreter=base_interpreter(),
        root=Path(__file__).resolve().parent.parent,
    )
    return _write(target.launcher, text, mode=0o700)


def write_manifest(folder: Path, family: Family, launcher: Path) -> Path:
    """Write the manifest that leads browsers of *family* to *launcher* into *folder*.

    Raises:
        InstallError: It cannot be written.
    """
    text = json.dumps(manifest(family, launcher), indent=2, ensure_ascii=False)
    return _write(folder / f"{HOST}.json", f"{text}\n", mode=0o600)


def manifest(family: Family, launcher: Path) -> dict[str, object]:
    """The manifest that leads browsers of *family* to *launcher*."""
    shared = {
        "name": HOST,
        "description": "Guidang archives the page you are looking at.",
        "path": str(launcher),
        "type": "stdio",
    }
    if family is Family.FIREFOX:
        return {**shared, "allowed_extensions": [FIREFOX_ID]}
    return {**shared, "allowed_origins": [CHROMIUM_ORIGIN]}


@dataclass(frozen=True)
class _Slot:
    """One place of a browser as this user has it: the manifest's file, and on Windows its key."""

    browser: Browser
    profiles: Path
    manifest: Path
    key: str | None


def _slot(target: Target, browser: Browser, place: Place) -> _Slot:
    profiles = folder_of(place.profiles, target.environ)
    if target.platform == "win32":
        folder = target.state / "NativeMessagingHosts" / browser.family.value
        return _Slot(browser, profiles, folder / f"{HOST}.json", rf"{place.manifests}\{HOST}")
    folder = folder_of(place.manifests, target.environ)
    return _Slot(browser, profiles, folder / f"{HOST}.json", None)


def _slots(target: Target) -> list[_Slot]:
    return [
        _slot(target, browser, place)
        for browser in BROWSERS
        for place in browser.places(target.platform)
    ]


def _present(target: Target) -> list[_Slot]:
    return [slot for slot in _slots(target) if slot.profiles.is_dir()]


def _named(target: Target, name: str) -> list[_Slot]:
    """Where a browser looks that the user has named: the first place if it was never started."""
    slots = [slot for slot in _slots(target) if slot.browser.name == name]
    if not slots:
        known = ", ".join(browser.name for browser in BROWSERS)
        raise InstallError(
            "browser-unknown", f"Guidang knows no browser `{name}`.", f"Name one of {known}."
        )
    present = [slot for slot in slots if slot.profiles.is_dir()]
    return present or [slot for slot in slots if slot.profiles == slots[0].profiles]


def _register(target: Target, slot: _Slot) -> Path:
    written = write_manifest(slot.manifest.parent, slot.browser.family, target.launcher)
    if slot.key:
        target.registry[slot.key] = str(written)
    return written


def _check_folder(target: Target) -> Finding:
    try:
        check_private(str(target.state))
    except HostError as error:
        return Finding("folder", ok=False, message=error.message, hint=error.hint)
    return Finding("folder", ok=True, message=f"{target.state} is this user's alone.")


def _check_launcher(launcher: Path) -> Finding:
    """Starting it proves at once that it may run, its interpreter is there and finds the host."""
    try:
        subprocess.run(  # noqa: S603 - it is ours
            [launcher],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_TIMEOUT,
            check=True,
        )
    except FileNotFoundError:
        return Finding("launcher", ok=False, message=f"{launcher} is missing.", hint=AGAIN)
    except OSError as error:
        message = f"{launcher} cannot be started: {error.strerror}."
        return Finding("launcher", ok=False, message=message, hint=AGAIN)
    except subprocess.SubprocessError as error:
        message = f"{launcher} does not start the host: {_reason(error)}."
        return Finding("launcher", ok=False, message=message, hint=AGAIN)
    return Finding("launcher", ok=True, message=f"{launcher} starts the host.")


def _reason(error: subprocess.SubprocessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode(errors="replace").strip().splitlines()
        return said[-1].rstrip(".") if said else f"exit code {error.returncode}"
    return f"it did not end within {START_TIMEOUT:g} seconds"


def _check_manifest(target: Target, slot: _Slot) -> Finding:
    what, hint = slot.browser.name, f"Run `guidang install --browser {slot.browser.name}`."
    if slot.key and target.registry.get(slot.key) != str(slot.manifest):
        message = f"The registry key {slot.key} does not name {slot.manifest}."
        return Finding(what, ok=False, message=message, hint=hint)
    if not slot.manifest.exists():
        return Finding(what, ok=False, message=f"{slot.manifest} is missing.", hint=hint)
    if _read_manifest(slot.manifest) != manifest(slot.browser.family, target.launcher):
        message = f"{slot.manifest} does not lead to {target.launcher} as it should."
        return Finding(what, ok=False, message=message, hint=hint)
    return Finding(what, ok=True, message=f"{slot.manifest} leads to the launcher.")


def _leads_to(path: Path, launcher: Path) -> bool:
    found = _read_manifest(path)
    return isinstance(found, dict) and found.get("path") == str(launcher)


def _read_manifest(path: Path) -> object:
    """What the file says; None when it says nothing that a browser would understand."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str, *, mode: int) -> Path:
    """Write the whole file or nothing, as a browser may read it at any moment."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(file, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:  # no leftover beside the file, whatever ended the writing
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise InstallError(
            "install-failed",
            f"{path} cannot be written: {error.strerror}.",
            "Make its folder writable for you and try again.",
        ) from error
    return path


def _removed(path: Path) -> bool:
    """Whether there was such a file; it is gone now."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise InstallError(
            "uninstall-failed",
            f"{path} cannot be removed: {error.strerror}.",
            "Make its folder writable for you and try again.",
        ) from error
    return True
