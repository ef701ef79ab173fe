"""A display of its own, with a mouse and keys: what a person at a desk does to a browser."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT = 1280, 900


@dataclass(frozen=True)
class Display:
    """A screen, by its *name* as programs find it in DISPLAY."""

    name: str

    def keys(self, *names: str) -> None:
        """Press keys one after the other, as xdotool names them."""
        self._xdotool("key", "--delay", "30", *names)

    def click(self, x: int, y: int, *, button: int = 1) -> None:
        self._xdotool("mousemove", str(x), str(y), "click", str(button))

    def open_menu(self, x: int, y: int) -> None:
        """Click with the right button and wait until the menu, a window of its own, is there."""
        before = self.windows()
        self.click(x, y, button=3)
        poll(lambda: self.windows() - before, "the context menu", timeout=20)

    def windows(self) -> set[str]:
        """The ids of all windows that can be seen."""
        return set(self._xdotool("search", "--onlyvisible", "--name", ".*").split())

    def _xdotool(self, *words: str) -> str:
        environ = {**os.environ, "DISPLAY": self.name}
        command = ["xdotool", *words]
        done = subprocess.run(
            command, env=environ, timeout=30, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout


@contextlib.contextmanager
def display() -> Iterator[Display]:
    """A screen that nobody sees."""
    screen = f"{WIDTH}x{HEIGHT}x24"
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", screen, "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as number:
            name = number.readline().strip()  # written once the display can be used
        assert name, f"Xvfb did not start: exit code {server.wait(30)}"
        yield Display(f":{name}")
    finally:
        server.terminate()
        server.wait(30)
