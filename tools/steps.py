"""Steps of a set-up: say what happens, run it quietly, and show its output only if it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds; a download of a browser over a slow line still fits.
STEP_TIMEOUT = 1800


class StepError(Exception):
    """A step could not be done; the text is one sentence for the user that says what to do."""


def step(
    what: str,
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run *command* and announce it on stderr as *what*.

    Raises:
        StepError: The command is missing, failed or took longer than half an hour.
    """
    print(f"· {what}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=STEP_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepError(f"While {what}: {error}") from error
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        raise StepError(f"While {what}, `{' '.join(command)}` failed: see its words above.")


def can_apt() -> bool:
    """Whether packages of the system can be installed: root on Debian, Ubuntu and their kin."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Sequence[str]) -> None:
    """Install *packages* with fresh lists.

    Raises:
        StepError: apt-get failed.
    """
    names = " ".join(packages)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    step("reading the package lists", ["apt-get", "update", "--quiet"], env=env)
    install = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages]
    step(f"installing {names}", install, env=env)
