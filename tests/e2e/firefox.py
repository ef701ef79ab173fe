"""Drive Firefox over Marionette, its own remote protocol: `length:JSON` over a local socket."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any

from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Firefox takes a free port and writes it into the profile.
PREFERENCES = {
    "marionette.port": 0,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
PORT_FILE = "MarionetteActivePort"

#: WebDriver's names of the keys that are held while another is pressed.
HELD = {"Alt": "\ue00a", "Ctrl": "\ue009", "Shift": "\ue008"}

#: The number by which extensions know the tab that is shown.
TAB = """ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs")
    .ExtensionParent.apiManager.global.tabTracker.getId(gBrowser.selectedTab)"""
#: What stands in the addresses of an extension's pages; another in each profile.
UUIDS = """JSON.stringify([
    JSON.parse(Services.prefs.getStringPref("extensions.webextensions.uuids"))[%s]])"""


class FirefoxError(Exception):
    """Firefox refused a command, or went away."""


class Firefox:
    """A running Firefox; `start` makes and ends it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._stream = self._socket.makefile("rb")
        self._ids = itertools.count(1)
        self._receive()  # Firefox speaks first
        self.command("WebDriver:NewSession")

    def command(self, name: str, **params: Any) -> Any:
        """Do a command and return what it yields.

        Raises:
            FirefoxError: Firefox refused it.
        """
        packet = json.dumps([0, next(self._ids), name, params]).encode()
        self._socket.sendall(b"%d:%b" % (len(packet), packet))
        _, _, error, result = self._receive()
        if error is not None:
            raise FirefoxError(f"{name}: {error['message']}")
        return result

    def install(self, folder: Path) -> None:
        """Load *folder* as "Load Temporary Add-on" does."""
        self.command("Addon:Install", path=str(folder), temporary=True)

    def open(self, url: str) -> None:
        """Go to *url* and wait until it has loaded."""
        self.command("Marionette:SetContext", value="content")
        self.command("WebDriver:Navigate", url=url)

    def press(self, shortcut: str) -> None:
        """Press keys as `manifest.json` names them, in the browser's own window."""
        *held, key = shortcut.split("+")
        keys = [*(HELD[name] for name in held), key.lower()]
        actions = [{"type": "keyDown", "value": value} for value in keys]
        actions += [{"type": "keyUp", "value": value} for value in reversed(keys)]
        self.command("Marionette:SetContext", value="chrome")
        sequence = {"type": "key", "id": "keyboard", "actions": actions}
        self.command("WebDriver:PerformActions", actions=[sequence])

    def open_menu(self, selector: str) -> None:
        """Click with the right button on what *selector* finds in the page."""
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": self._found(selector)}
        press = [{"type": kind, "button": 2} for kind in ("pointerDown", "pointerUp")]
        mouse = {"type": "pointer", "id": "mouse", "actions": [move, *press]}
        self.command("WebDriver:PerformActions", actions=[mouse])

    def click(self, selector: str) -> None:
        """Click on what *selector* finds in the page, as a person does."""
        ((_, id),) = self._found(selector).items()
        self.command("WebDriver:ElementClick", id=id)

    def write(self, selector: str, text: str) -> None:
        """Type *text* into the field that *selector* finds; keys have WebDriver's names in it."""
        ((_, id),) = self._found(selector).items()
        self.command("WebDriver:ElementSendKeys", id=id, text=text)

    def _found(self, selector: str) -> dict[str, str]:
        self.command("Marionette:SetContext", value="content")
        found = self.command("WebDriver:FindElement", using="css selector", value=selector)
        return dict(found["value"])

    def evaluate(self, expression: str, *, context: str = "content") -> Any:
        """The value of *expression* in the page, or in the browser's own window (`"chrome"`)."""
        self.command("Marionette:SetContext", value=context)
        return self.command("WebDriver:ExecuteScript", script=f"return {expression}", args=[])[
            "value"
        ]

    def open_form(self, id: str) -> None:
        """Go to the form of the extension *id* for the page that is shown, in a new tab."""
        tab = self.evaluate(TAB, context="chrome")
        self.open_page(id, f"extension/popup/popup.html?tab={tab}")

    def open_page(self, id: str, path: str) -> None:
        """Go to a page of the extension *id*, in a new tab."""
        (uuid,) = json.loads(self.evaluate(UUIDS % json.dumps(id), context="chrome"))
        made = self.command("WebDriver:NewWindow", type="tab")
        self.command("WebDriver:SwitchToWindow", handle=made["handle"], focus=True)
        self.open(f"moz-extension://{uuid}/{path}")

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            if not digit:
                raise FirefoxError("Firefox went away.")
            length += digit
        return json.loads(self._stream.read(int(length)))


@contextlib.contextmanager
def start(profile: Path, environ: Mapping[str, str]) -> Iterator[Firefox]:
    """Run Firefox without a window on the new folder *profile*; leaving the block ends it."""
    profile.mkdir()
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in PREFERENCES.items()
    ]
    (profile / "user.js").write_text("".join(lines))
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program is not None, "install firefox-esr, or leave this test out with SKIP=firefox"
    flags = ["--marionette", "--remote-allow-system-access", "--no-remote", "--headless"]
    with (profile / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [program, *flags, "--profile", str(profile)],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that all its processes can be ended together
        )
    try:
        port = profile / PORT_FILE
        poll(lambda: port.is_file() and port.read_text(), "Firefox's port", timeout=60)
        with contextlib.closing(Firefox(int(port.read_text()))) as firefox:
            yield firefox
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
