"""Tests that the user leaves out by name: `make test SKIP="firefox xvfb"`."""

from __future__ import annotations

import os

import hypothesis
import pytest

#: Marks that name what a test needs besides Python.
MARKS = {
    "chromium": "drives a real Chromium-family browser",
    "firefox": "drives a real Firefox",
    "keyring": "uses a private session bus with a keychain",
    "strace": "follows the daemon's calls to the system, which takes Linux and strace",
    "mounts": "mounts a small file system, which takes root and Linux",
    "xvfb": "drives a browser in a window, with mouse and keys, on a display of its own",
}
LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    # An example may take longer while the machine has other work; a test of time says its bound.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what a word of `SKIP` names: a mark, or a part of the test's own name."""
    words = os.environ.get("SKIP", "").split()
    left_out = [item for item in items if any(is_named(item, word) for word in words)]
    config.stash[LEFT_OUT] = [item.nodeid for item in left_out]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def is_named(item: pytest.Item, word: str) -> bool:
    if word in MARKS:
        return item.get_closest_marker(word) is not None
    return word in item.nodeid


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if left_out := config.stash[LEFT_OUT]:
        terminalreporter.section(f"left out on your wish, SKIP={os.environ['SKIP']!r}")
        for name in left_out:
            terminalreporter.line(name)
