"""`make run`: archive one page in a real browser through the whole chain, and say where it is."""

from __future__ import annotations

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from native_host.browsers import Family
from native_host.errors import HostError
from native_host.install import install, this_user, write_manifest
from native_host.wake import wake

from . import browser, chromium
from .daemon_client import DaemonClient, DaemonRefusedError
from .devtools import DevToolsError
from .serve import serve
from .steps import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .chromium import Chromium, Extension, Page
    from .daemon_client import Events, Json

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tools" / "sample"

#: What the toolbar button shows when a page was not archived; its tooltip says why.
FAILED = "!"

#: Seconds from the trigger to the note, when no person is in between.
PATIENCE = 120

#: Seconds that the window stays after the note has come, for the user to see it in the toolbar.
LOOK = 10

INSTRUCTIONS = """\
A browser has opened. Archive the page in it:
  · press {archive} to archive it at once, or
  · press {_execute_action}, or click Guidang's button in the toolbar (under the puzzle piece),
    and press Archive in the form.
"""


class RunError(Exception):
    """The page was not archived; the text is a sentence with a hint."""


#: What may go wrong without a mistake of ours; each is a sentence for the user.
EXPECTED = (DaemonRefusedError, DevToolsError, HostError, RunError, StepError, TimeoutError)


def main(arguments: list[str]) -> int:
    """Archive the page that the first of *arguments* names, or else the sample."""
    try:
        with address_of(*arguments[:1]) as url:
            note = archive(url)
    except (
        DaemonRefusedError,
        DevToolsError,
        HostError,
        RunError,
        StepError,
        TimeoutError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"note: {note}")
    return 0


@contextlib.contextmanager
def address_of(url: str | None = None) -> Iterator[str]:
    """The address to archive; without one given, that of the sample, served meanwhile."""
    if url:
        yield url
        return
    with serve(SAMPLE) as address:
        yield f"{address}/article.zh.html"


def archive(url: str) -> str:
    """Archive *url* and return the place of its note.

    Raises:
        RunError: It was not archived.
        DaemonRefusedError, DevToolsError, HostError, StepError: A part of the chain failed.
    """
    program = browser.obtain()
    cache = Path(platformdirs.user_cache_dir("guidang", appauthor=False))
    cache.mkdir(parents=True, exist_ok=True)
    by_hand = has_display()
    with tempfile.TemporaryDirectory(dir=cache, ignore_cleanup_errors=True) as folder:
        daemon = set_up(Path(folder))
        with (
            chromium.start(program, Path(folder), headless=not by_hand) as running,
            daemon.events() as events,
        ):
            extension = running.load_extension(ROOT)
            trigger(extension, running.open(url), by_hand=by_hand)
            place = follow(daemon, events, extension, patience=math.inf if by_hand else PATIENCE)
            if by_hand:
                show(running)
    return place


def set_up(profile: Path) -> DaemonClient:
    """Register the native host for this user and for *profile*, and see that the daemon runs."""
    interpreter = Path(sys.executable)
    user = this_user()
    install(user, interpreter)
    write_manifest(profile / "NativeMessagingHosts", Family.CHROMIUM, user.launcher)
    environ = {**os.environ, "GUIDANG_DAEMON": str(interpreter)}
    wake(environ, sys.platform)
    return DaemonClient.of(environ)


def has_display() -> bool:
    """Whether a window could be seen."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def trigger(extension: Extension, page: Page, *, by_hand: bool) -> None:
    """Press the shortcut that archives at once, or ask the user to."""
    if by_hand:
        keys = {name: extension.shortcut(name) for name in ("archive", "_execute_action")}
        print(INSTRUCTIONS.format(**keys), file=sys.stderr)
    else:
        page.press(extension.shortcut("archive"))


def follow(daemon: DaemonClient, events: Events, extension: Extension, *, patience: float) -> str:
    """Wait for the note of a capture that comes in from now on; return its place.

    Raises:
        RunError: It failed, or the browser was closed, or *patience* seconds were not enough.
    """
    captures: set[str] = set()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        event = events.next(timeout=1)
        if event is None:
            check_browser(extension)
        elif event["type"] == "accepted":
            captures.add(event["capture"])
        elif event.get("capture") in captures and (place := place_of(daemon, event)):
            return place
    raise RunError(f"No note came within {patience:g} seconds: `make doctor` looks for the reason.")


def check_browser(extension: Extension) -> None:
    """See that the browser is still there and that the page could be sent.

    Raises:
        RunError: It is not, or the toolbar button shows a failure.
    """
    if extension.browser.process.poll() is not None:
        raise RunError("The browser was closed before a page was archived: run it again.")
    text, title = extension.badge()
    if text == FAILED:
        raise RunError(title)


def place_of(daemon: DaemonClient, event: Json) -> str | None:
    """Where the note is, once *event* says that it is stored; a file is preferred.

    Raises:
        RunError: The event says that it will not be stored.
    """
    if event["type"] in {"failed", "rejected"}:
        raise RunError("{message} {hint}".format(**event["error"]))
    if event["type"] == "deferred":
        print("{message} It is tried again.".format(**event["error"]), file=sys.stderr)
    if event["type"] != "delivered":
        return None
    capture = daemon.ask("GET", f"/captures/{event['capture']}")
    receipts = [delivery["receipt"] for delivery in capture["deliveries"] if delivery["receipt"]]
    files = [receipt["place"] for receipt in receipts if Path(receipt["place"]).is_file()]
    elsewhere = [receipt["url"] or receipt["place"] for receipt in receipts]
    if capture["state"] == "archived":
        return str((files or elsewhere)[0])
    return str(files[0]) if files else None


def show(running: Chromium) -> None:
    """Leave the window for a look at what it says, unless the user closes it first."""
    print(f"The note is written. The browser closes in {LOOK} seconds.", file=sys.stderr)
    with contextlib.suppress(subprocess.TimeoutExpired):
        running.process.wait(LOOK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
