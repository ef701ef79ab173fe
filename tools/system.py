"""What the tests need from the system besides Python: displays, fonts, a keychain, Firefox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from .steps import StepError, apt_install, can_apt


@dataclass(frozen=True)
class Need:
    """A part of the system that tests use."""

    #: The word that leaves it, and the tests that use it, out: `make test SKIP=word`.
    word: str
    #: Debian's name of the package that brings it.
    package: str
    #: A program whose presence shows that it is there; without one, a language with a font.
    program: str | None = None
    font: str | None = None


NEEDS = (
    Need("xvfb", "xvfb", "Xvfb"),
    Need("xvfb", "xdotool", "xdotool"),
    Need("keyring", "gnome-keyring", "gnome-keyring-daemon"),
    Need("keyring", "dbus", "dbus-daemon"),
    Need("strace", "strace", "strace"),
    Need("firefox", "firefox-esr", "firefox-esr"),
    Need("fonts", "fontconfig", "fc-list"),
    Need("fonts", "fonts-noto-cjk", font="zh-cn"),
    Need("fonts", "fonts-noto-color-emoji", font="und-zsye"),
)


def main() -> int:
    try:
        provide(os.environ.get("SKIP", "").split())
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def provide(skipped: list[str]) -> None:
    """Install what is missing, except for the words in *skipped*.

    Raises:
        StepError: Something is missing and cannot be installed from here.
    """
    missing = [need for need in NEEDS if need.word not in skipped and not is_there(need)]
    if not missing:
        return
    packages = [need.package for need in missing]
    if not can_apt():
        words = " ".join(sorted({need.word for need in missing}))
        raise StepError(
            f"The tests need {', '.join(packages)} from your system: install them, "
            f'or leave their tests out with SKIP="{words}".'
        )
    apt_install(packages)


def is_there(need: Need) -> bool:
    if need.program is not None:
        return shutil.which(need.program) is not None
    if shutil.which("fc-list") is None:
        return False
    fonts = subprocess.run(
        ["fc-list", f":lang={need.font}"], capture_output=True, timeout=60, check=True
    )
    return bool(fonts.stdout)


if __name__ == "__main__":
    sys.exit(main())
