"""Find a Chromium-family browser on this machine, or get one."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .steps import StepError, apt_install, can_apt, step

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Names on the PATH, in the order of preference. Branded Chrome comes after Chromium.
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "brave",
)
MAC_APPS = ("Chromium", "Google Chrome", "Microsoft Edge", "Brave Browser")
WINDOWS_PROGRAMS = (
    r"Chromium\Application\chrome.exe",
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"BraveSoftware\Brave-Browser\Application\brave.exe",
)
WINDOWS_FOLDERS = ("LOCALAPPDATA", "PROGRAMFILES", "PROGRAMFILES(X86)")

#: Asked of an installed Playwright: where its Chromium is, whether downloaded or not.
PLAYWRIGHT_PATH = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def main() -> int:
    """Print the browser's path; the set-up calls this, so that tests find one."""
    try:
        print(f"browser: {obtain()}", file=sys.stderr)
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def obtain() -> Path:
    """A browser that runs: the user's choice, one of this machine, or a new one.

    Raises:
        StepError: `BROWSER` names none, or there is none and none could be got.
    """
    return chosen() or installed() or from_playwright() or get()


def chosen() -> Path | None:
    """What the variable `BROWSER` names, a path or a name on the PATH.

    Raises:
        StepError: It names nothing that runs.
    """
    name = os.environ.get("BROWSER")
    if not name:
        return None
    found = shutil.which(name)
    if found is None or not runs(Path(found)):
        raise StepError(f"BROWSER is {name!r}, which does not run: set another, or none.")
    return Path(found)


def installed() -> Path | None:
    """The first browser of this machine that runs."""
    return next((path for path in candidates() if path.is_file() and runs(path)), None)


def candidates() -> Iterator[Path]:
    if sys.platform == "darwin":
        for app in MAC_APPS:
            for folder in (Path("/Applications"), Path.home() / "Applications"):
                yield folder / f"{app}.app" / "Contents" / "MacOS" / app
    elif sys.platform == "win32":
        for program in WINDOWS_PROGRAMS:
            for variable in WINDOWS_FOLDERS:
                yield Path(os.environ.get(variable, "")) / program
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))


def runs(path: Path) -> bool:
    """Whether *path* is a browser that can start our native host.

    Ubuntu's package `chromium` is a script that asks for a snap, and a browser inside a snap may
    not start programs outside of it.
    """
    if path.is_relative_to("/snap") or path.resolve().name == "snap":
        return False
    if sys.platform == "win32":  # there `--version` opens a window instead of answering
        return True
    try:
        command = [str(path), "--version"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def get() -> Path:
    """Get a browser: from the system's packages where that is possible, else from Playwright.

    Raises:
        StepError: Neither way led to a browser that runs.
    """
    if can_apt():
        try:
            apt_install(["chromium"])
        except StepError as error:
            print(error, file=sys.stderr)
        if found := installed():
            return found
    return download()


def download() -> Path:
    """Let Playwright download its Chromium, with the system's libraries where we may install them.

    Raises:
        StepError: The download failed, or what came does not run.
    """
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "playwright"]
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        step("installing Playwright, which brings a browser", pip)
        step("downloading Chromium", [*install, "--with-deps"] if can_apt() else install)
    except StepError as error:
        raise StepError(f"{error}\n{NO_BROWSER}") from error
    found = from_playwright()
    if found is None:
        raise StepError(NO_BROWSER)
    return found


NO_BROWSER = (
    "No browser was found and none could be downloaded: install Chromium, Chrome, Edge or Brave, "
    "or set BROWSER to the path of one."
)


def from_playwright() -> Path | None:
    """The Chromium that Playwright downloaded earlier, if it did and it runs."""
    if importlib.util.find_spec("playwright") is None:
        return None
    command = [sys.executable, "-c", PLAYWRIGHT_PATH]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    path = Path(done.stdout.strip())
    return path if path.is_file() and runs(path) else None


if __name__ == "__main__":
    sys.exit(main())
