"""Drive a Chromium-family browser with an extension, over `--remote-debugging-pipe`.

A private profile, the extension loaded the way a person loads it ("Load unpacked"), pages, the
extension's service worker and popup, triggers, screenshots, and an end without leftovers.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .devtools import DevTools, DevToolsError, Event, Json
from .waiting import poll

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

#: For a browser that is there for this one extension: no first-run pages, no traffic of its own.
FLAGS = (
    "--remote-debugging-pipe",
    "--enable-unsafe-extension-debugging",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--password-store=basic",
    "--use-mock-keychain",
)

#: Chromium takes its commands on descriptor 3 and answers on 4; subprocess can only set 0, 1, 2.
REDIRECT = 'exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null'

#: What a new user is shown.
WELCOME = "extension/welcome/welcome.html"

#: A browser ignores clicks and keys until it has shown the first frame of a page.
PAINTED = "new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))"

BADGE = """(async () => {
    const [{ id }] = (await chrome.tabs.query({ active: true })).slice(-1);
    return Promise.all([
        chrome.action.getBadgeText({ tabId: id }), chrome.action.getTitle({ tabId: id })]);
})()"""

#: The codes of keys that are no letters.
KEYS = {
    "Tab": 9,
    "Enter": 13,
    "Escape": 27,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Delete": 46,
}

#: As DevTools counts modifiers.
MODIFIERS = {"Alt": 1, "Ctrl": 2, "MacCtrl": 2, "Command": 4, "Shift": 8}


@contextlib.contextmanager
def start(
    program: Path,
    profile: Path,
    *,
    headless: bool,
    env: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> Iterator[Chromium]:
    """Run *program* on the folder *profile*; leaving the block ends it with all its processes.

    Raises:
        DevToolsError: It did not start; the text holds its last words.
    """
    words = profile / "stderr.log"
    profile.mkdir(parents=True, exist_ok=True)
    browser = Chromium(launch(program, profile, headless, env, flags))
    try:
        try:
            browser.greet()
        except DevToolsError as error:
            last = words.read_text(errors="replace")[-2000:]
            raise DevToolsError(f"{program} did not start: {error}\n{last}") from error
        yield browser
    finally:
        browser.close()


def launch(
    program: Path,
    profile: Path,
    headless: bool,
    env: Mapping[str, str] | None,
    flags: Sequence[str],
) -> subprocess.Popen[bytes]:
    command = [str(program), *FLAGS, f"--user-data-dir={profile}", *flags]
    if headless:
        command.append("--headless=new")
    if os.geteuid() == 0:  # Chromium refuses to run its sandbox as root
        command.append("--no-sandbox")
    with (profile / "stderr.log").open("wb") as stderr:
        return subprocess.Popen(
            ["sh", "-c", REDIRECT, "sh", *command, "about:blank"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=env,
            start_new_session=True,  # so that its processes can be ended together
        )


class Chromium:
    """A running browser; `start` makes and ends it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._is_new = (
            True  # an extension is new in it, also with a profile that had it, and greets
        )
        self.devtools = DevTools(
            cast("io.BufferedReader", process.stdout), cast("io.BufferedWriter", process.stdin)
        )

    def greet(self, *, timeout: float = 60) -> None:
        """Wait until the browser answers."""
        self.devtools.call("Browser.getVersion", timeout=timeout)

    def load_extension(self, folder: Path) -> Extension:
        """Load *folder* as "Load unpacked" does, with the same checks.

        Raises:
            DevToolsError: The browser refuses it; the text is the browser's reason.
        """
        loaded = self.devtools.call("Extensions.loadUnpacked", {"path": str(folder)}, timeout=60)
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        extension = Extension(self, loaded["id"], manifest)
        # A shortcut that is pressed while the worker is still being registered is lost.
        extension.service_worker().detach()
        if self._is_new and (folder / WELCOME).exists():
            self._dismiss(f"chrome-extension://{extension.id}/{WELCOME}")
        self._is_new = False
        return extension

    def _dismiss(self, url: str) -> None:
        """Close the page by which an extension greets: it would stand in front of any other."""

        def shown() -> Json | None:
            pages = (each for each in self.targets() if each["type"] == "page")
            return next((each for each in pages if each["url"] == url), None)

        greeting = poll(shown, "the greeting", timeout=30)
        self.devtools.call("Target.closeTarget", {"targetId": greeting["targetId"]})

    def open(self, url: str, *, timeout: float = 60) -> Page:
        """Open *url* in a new tab in front and wait until it has loaded and can be seen."""
        tab = self.devtools.call("Target.createTarget", {"url": "about:blank", "forTab": True})
        page = self._page_of(tab["targetId"])
        page.call("Page.enable")
        page.navigate(url, timeout=timeout)
        page.evaluate(PAINTED, timeout=timeout)
        return page

    def _page_of(self, tab: str) -> Page:
        """What a tab shows is a target of its own, attached through the tab's."""
        outer = self.attach(tab)
        follow = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        outer.call("Target.setAutoAttach", follow)
        inner = outer.wait_for_event("Target.attachedToTarget").params
        return Page(self.devtools, inner["targetInfo"]["targetId"], inner["sessionId"], tab)

    def attach(self, target: str) -> Target:
        attached = self.devtools.call(
            "Target.attachToTarget", {"targetId": target, "flatten": True}
        )
        return Target(self.devtools, target, attached["sessionId"])

    def targets(self) -> list[Json]:
        """Everything that runs: pages, tabs, workers, the extension's popup."""
        infos = self.devtools.call("Target.getTargets", {"filter": [{}]})["targetInfos"]
        return cast("list[Json]", infos)

    def close(self, *, timeout: float = 15) -> None:
        """Ask the browser to end, and end it with all its processes if it does not."""
        with contextlib.suppress(DevToolsError):
            self.devtools.call("Browser.close", timeout=timeout)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self.kill()
        self.devtools.close()

    def kill(self) -> None:
        """End the browser at once, as a crash would, with every process it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@dataclass(frozen=True)
class Target:
    """A page, a popup or a worker, attached."""

    devtools: DevTools
    id: str
    session: str

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float = 30
    ) -> Json:
        return self.devtools.call(method, params, session=self.session, timeout=timeout)

    def navigate(self, url: str, *, timeout: float = 60) -> None:
        """Go to *url* and wait for its load event.

        Raises:
            DevToolsError: It could not be loaded, or not in time.
        """
        mark = self.devtools.mark()
        answer = self.call("Page.navigate", {"url": url}, timeout=timeout)
        if reason := answer.get("errorText"):
            raise DevToolsError(f"{url} could not be loaded: {reason}")
        self.wait_for_event("Page.loadEventFired", since=mark, timeout=timeout)

    def wait_for_event(self, method: str, *, since: int = 0, timeout: float = 30) -> Event:
        return self.devtools.wait_for(
            lambda event: event.session == self.session and event.method == method,
            method,
            since=since,
            timeout=timeout,
        )

    def evaluate(self, expression: str, *, timeout: float = 30, context: int | None = None) -> Any:
        """The value of a JavaScript *expression*; a promise is awaited.

        Raises:
            DevToolsError: It threw; the text is the error's.
        """
        params: Json = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        if context is not None:
            params["contextId"] = context
        answer = self.call("Runtime.evaluate", params, timeout=timeout)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            description = thrown.get("exception", {}).get("description", thrown["text"])
            raise DevToolsError(f"{expression}: {description}")
        return answer["result"].get("value")

    def wait_until(self, expression: str, *, timeout: float = 30) -> Any:
        """The first truthy value of *expression*.

        Raises:
            DevToolsError: It threw.
            TimeoutError: It was still falsy after *timeout* seconds.
        """
        return poll(lambda: self.evaluate(expression), expression, timeout=timeout)

    def press(self, shortcut: str) -> None:
        """Press keys as `manifest.json` names them, for example `Alt+Shift+A` or `Enter`."""
        *modifiers, key = shortcut.split("+")
        code = KEYS.get(key) or ord(key)
        event: Json = {
            "modifiers": sum(MODIFIERS[name] for name in modifiers),
            "key": key,
            "code": key if key in KEYS else f"Key{key}",
            "windowsVirtualKeyCode": code,
            "nativeVirtualKeyCode": code,  # without it, the browser's own shortcuts do not fire
        }
        down = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
        if down:
            self.call("Input.dispatchKeyEvent", {"type": "char", **event, **down})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def click(self, selector: str) -> None:
        """Click in the middle of the element that *selector* finds, with real mouse events."""
        with self.held(selector):
            pass

    @contextlib.contextmanager
    def held(self, selector: str) -> Iterator[None]:
        """Hold the mouse's button down where that element is now."""
        middle = self.evaluate(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)})"
            ".getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        at = {"x": middle[0], "y": middle[1], "button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", {"type": "mousePressed", **at})
        yield
        self.call("Input.dispatchMouseEvent", {"type": "mouseReleased", **at})

    def screenshot(self, path: Path) -> None:
        """Write what is visible to *path* as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def detach(self) -> None:
        """Leave the target alone; a worker that nobody watches ends when it is idle."""
        self.devtools.call("Target.detachFromTarget", {"sessionId": self.session})

    def close(self) -> None:
        """Close the page or popup and wait until it is gone."""
        self.devtools.call("Target.closeTarget", {"targetId": self.id})
        self.devtools.wait_for(
            lambda event: (
                event.method == "Target.detachedFromTarget"
                and event.params["sessionId"] == self.session
            ),
            "the end of a page",
        )


@dataclass(frozen=True)
class Page(Target):
    """A page in a tab; actions of extensions belong to the *tab*."""

    tab: str


@dataclass(frozen=True)
class Extension:
    """The loaded extension."""

    browser: Chromium
    id: str
    manifest: Json

    def trigger(self, page: Page) -> None:
        """Do what a click on the toolbar button does while *page* is in front."""
        params = {"id": self.id, "targetId": page.tab}
        self.browser.devtools.call("Extensions.triggerAction", params)

    def shortcut(self, command: str) -> str:
        """The keys that the manifest suggests for *command* on this system."""
        keys = self.manifest["commands"][command]["suggested_key"]
        return str(keys["default"])

    def badge(self) -> tuple[str, str]:
        """Text and tooltip of the toolbar button for the page in front."""
        worker = self.service_worker()
        text, title = worker.evaluate(BADGE)
        worker.detach()
        return text, title

    def wait_for_badge(self, text: str, *, timeout: float = 30) -> str:
        """The tooltip of the toolbar button, once it shows *text* for the page in front."""

        def look() -> str | None:
            shown, title = self.badge()
            return title if shown == text else None

        return poll(look, f"{text} on the button", timeout=timeout)

    def service_worker(self, *, timeout: float = 30) -> Target:
        """The background worker, attached once its `chrome` object is there."""
        worker = self._target("service_worker", timeout)
        worker.wait_until("globalThis.chrome?.runtime?.id", timeout=timeout)
        return worker

    def popup(self, *, timeout: float = 30) -> Target:
        """The open form, attached once it has loaded."""
        popup = self._target("page", timeout)
        # Before its own document it has empty ones, which are complete as well.
        loaded = "location.protocol !== 'about:' && document.readyState === 'complete'"
        popup.wait_until(f"{loaded} && !!document.body", timeout=timeout)
        return popup

    def _target(self, kind: str, timeout: float) -> Target:
        def newest() -> str | None:
            own = [info for info in self.browser.targets() if self._is_own(info, kind)]
            return str(own[-1]["targetId"]) if own else None

        target = poll(newest, f"the extension's {kind}", timeout=timeout)
        return self.browser.attach(target)

    def _is_own(self, info: Json, kind: str) -> bool:
        return bool(
            info["type"] == kind and info["url"].startswith(f"chrome-extension://{self.id}/")
        )
