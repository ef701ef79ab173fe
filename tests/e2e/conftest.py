"""A fresh user, pages to archive, and browsers that have the extension."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.display import Display, display
from tests.e2e.user import ROOT, User
from tools import browser, chromium
from tools.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.articles import Article
    from tools.chromium import Chromium, Extension
    from tools.daemon_client import Events


@dataclass(frozen=True)
class Site:
    """Pages in *folder*, served at *address*."""

    folder: Path
    address: str

    def publish(self, article: Article) -> str:
        """Put the page of *article* on the site; returns its URL."""
        return f"{self.address}/{article.write(self.folder)}"


@pytest.fixture
def user() -> Iterator[User]:
    # Not pytest's own folder: its long name would not leave room for the socket.
    with tempfile.TemporaryDirectory(prefix="gd", ignore_cleanup_errors=True) as home:
        person = User.at(Path(home))
        yield person
        person.stop_daemon()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serve(tmp_path) as address:
        yield Site(tmp_path, address)


@pytest.fixture
def events(user: User) -> Iterator[Events]:
    """What the daemon says from now on; it is woken for that."""
    user.wake_daemon()
    with user.daemon.events() as listening:
        yield listening


@pytest.fixture(scope="session")
def program() -> Path:
    """The browser that the tests drive."""
    return browser.obtain()


@pytest.fixture
def headless(program: Path, user: User) -> Iterator[Chromium]:
    with chromium.start(program, user.profile(), headless=True, env=user.environ) as running:
        yield running


@pytest.fixture
def extension(headless: Chromium) -> Extension:
    """The extension of the checkout, in the headless browser."""
    return headless.load_extension(ROOT)


@pytest.fixture
def screen() -> Iterator[Display]:
    with display() as shown:
        yield shown


@pytest.fixture
def window(program: Path, user: User, screen: Display) -> Iterator[Extension]:
    """The extension in a window on *screen*, with its button in the toolbar."""
    profile = user.profile()
    pin_button(profile)
    environ = {**user.environ, "DISPLAY": screen.name}
    flags = ["--window-position=0,0", "--window-size=1280,900"]
    with chromium.start(program, profile, headless=False, env=environ, flags=flags) as running:
        yield running.load_extension(ROOT)


def pin_button(profile: Path) -> None:
    """Let the button stand in the toolbar itself instead of under the puzzle piece."""
    preferences = {
        "extensions": {
            "ui": {"developer_mode": True},
            "pinned_extensions": ["aakhkkgafdemjjcaofeacbnbocplhpmd"],
        }
    }
    folder = profile / "Default"
    folder.mkdir(parents=True)
    (folder / "Preferences").write_text(json.dumps(preferences))
