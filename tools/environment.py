"""The private environment `.venv/`, made and kept up to date by `make setup`.

It runs before anything is installed, so it uses the standard library alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from .steps import StepError, apt_install, can_apt, step

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"


def main(parts: list[str]) -> int:
    """Bring the named *parts* of the environment up to date; each is skipped while it is."""
    try:
        make_environment()
        for part in parts:
            bring_up_to_date(part)
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make_environment() -> None:
    """Create `.venv/`, unless this very Python is the one inside it."""
    if Path(sys.prefix) == VENV:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not has_ensurepip():
        install_ensurepip()
    step("making the environment .venv", [sys.executable, "-m", "venv", str(VENV)])


def has_ensurepip() -> bool:
    """Whether this Python can put pip into an environment; Debian packs that part apart."""
    return (Path(sysconfig.get_path("stdlib")) / "ensurepip" / "__init__.py").is_file()


def install_ensurepip() -> None:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not can_apt():
        raise StepError(
            f"{sys.executable} cannot make environments: install the package {package} "
            f"(or python3-venv) and run this again."
        )
    apt_install([package])


def bring_up_to_date(part: str) -> None:
    """Install *part* unless its stamp says that nothing it depends on has changed."""
    install, sources = PARTS[part]
    stamp = VENV / f"{part}.stamp"
    state = state_of(sources)
    if stamp.is_file() and stamp.read_text("ascii") == state:
        return
    install()
    stamp.write_text(state, "ascii")


def state_of(sources: tuple[str, ...]) -> str:
    """A digest of the files and of the place, because scripts in `.venv/bin` name the checkout."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for name in sources:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def install_package() -> None:
    pip_install("installing Guidang into .venv", "--editable", ".")


def install_tools() -> None:
    pip_install("installing the tools that check and test into .venv", "--editable", ".[dev]")


def install_bench() -> None:
    """Install what benches compare with, by a newer pip.

    That of Python 3.11.7 (23.2) breaks off where two packages want the same extra of lxml under two
    spellings, as those that trafilatura needs do.
    """
    pip_install("bringing pip up to date in .venv", "--upgrade", "pip")
    pip_install("installing what benches compare with into .venv", "--editable", ".[bench]")


def pip_install(what: str, *arguments: str) -> None:
    step(what, [str(BIN / "python"), "-m", "pip", "install", "--quiet", *arguments], cwd=ROOT)


def install_javascript() -> None:
    """Install what package-lock.json names, with the npm of the environment."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    npm = [str(BIN / "npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    step("installing the JavaScript tools", npm, cwd=ROOT, env={**os.environ, "PATH": path})


SETTINGS = ("setup.cfg", "pyproject.toml")

#: How each part is installed, and the files that say what belongs to it.
PARTS: dict[str, tuple[Callable[[], None], tuple[str, ...]]] = {
    "package": (install_package, SETTINGS),
    "tools": (install_tools, SETTINGS),
    "bench": (install_bench, SETTINGS),
    "javascript": (install_javascript, ("package.json", "package-lock.json")),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
