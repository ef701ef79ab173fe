"""`make screens`: pictures of every screen into `docs/screens/`.

They show the real extension with the real daemon, of a user whose notes are made up, in both
languages and themes.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from native_host.browsers import Family
from native_host.errors import AbsentError
from native_host.install import Target as Installed
from native_host.install import install, write_manifest
from native_host.wake import wake

from . import browser, chromium
from .daemon_client import DaemonClient
from .serve import serve
from .steps import StepError
from .waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .chromium import Chromium, Extension, Target
    from .daemon_client import Json

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tools" / "sample"
SCREENS = ROOT / "docs" / "screens"

#: The sample page has an address as pages have: the browser looks for this host on this machine.
HOST = "news.example.org"
#: A screen on which a form is as high as it may be, and has two pixels for each of its own.
SCREEN = ("--screen-info={3200x2400}", "--force-device-scale-factor=2")
#: Pictures of pages in tabs.
WIDE = (1080, 680)
TALL = (1080, 820)
NARROW = (360, 640)

#: What a system takes by default differs. Quotation marks are as wide as a language has them.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<match><test name="family" qual="all" compare="not_eq"><string>monospace</string></test>
<test name="family" qual="all" compare="not_eq"><string>ui-monospace</string></test>
<edit name="family" mode="prepend" binding="strong">{names}</edit></match></fontconfig>"""
FAMILIES = {"en": ("Inter", "Noto Sans CJK SC"), "zh-CN": ("Noto Sans CJK SC",)}

SECTIONS = (
    "general",
    "plans",
    "backends",
    "ai",
    "notes",
    "images",
    "retention",
    "shortcuts",
    "transfer",
)
SETTINGS = {
    "backends": {
        "local": {"kind": "local"},
        "github": {"kind": "github", "repository": "reader/notes"},
    },
    "plans": {
        "local": {"backends": ["local"]},
        "github": {"backends": ["github"]},
        "both": {"backends": ["local", "github"]},
    },
}
#: Of the form; in the options, Feishu without a key would have nothing but its error to show.
MORE_PLANS = {
    "backends": {"feishu": {"kind": "feishu", "app_id": "cli_a1b2c3"}},
    "plans": {"feishu": {"backends": ["feishu"]}},
}
LIBRARY = "extension/library/library.html"
OPTIONS = "extension/options/options.html"
STAGE = "document.body?.dataset.stage"
HAS_NOTES = "document.querySelectorAll('.row').length > 4"
HAS_SETTINGS = "document.querySelectorAll('.backend-card').length > 0"


@dataclass(frozen=True)
class Reader:
    """The user whose notes are shown: an empty *home*, and a *language* for what he reads."""

    home: Path
    language: str

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    @property
    def profile(self) -> Path:
        return self.home / "browser"

    @property
    def daemon(self) -> DaemonClient:
        return DaemonClient.of(self.environ)

    def settle_in(self) -> None:
        """Choose the fonts."""
        fonts = self.home / ".config" / "fontconfig" / "fonts.conf"
        fonts.parent.mkdir(parents=True)
        names = "".join(f"<string>{name}</string>" for name in FAMILIES[self.language])
        fonts.write_text(FONTS.format(names=names), "utf-8")

    def install_host(self) -> None:
        launcher = install(Installed(self.environ, sys.platform, {}), Path(sys.executable), ())[0]
        write_manifest(self.profile / "NativeMessagingHosts", Family.CHROMIUM, launcher)

    def wake_daemon(self) -> None:
        wake({**self.environ, "GUIDANG_DAEMON": sys.executable}, sys.platform)

    def stop_daemon(self) -> None:
        with contextlib.suppress(AbsentError):
            os.kill(int(self.daemon.ask("GET", "/status")["pid"]), signal.SIGTERM)

    def archive_samples(self) -> str:
        """Archive the made-up notes; returns the id of the newest, which has an older version."""
        samples = json.loads((SAMPLE / f"notes.{self.language[:2]}.json").read_text("utf-8"))
        self.daemon.ask("PATCH", "/settings", rewriting(2))
        ids = [self._archive(sample) for sample in reversed(samples)]
        self.daemon.ask("PATCH", "/settings", rewriting(5))
        newer = str(self.daemon.ask("POST", f"/captures/{ids[-1]}/remake")["capture"])
        poll(lambda: self._has(newer), "the newer version", timeout=60)
        return newer

    def _archive(self, sample: Json) -> str:
        id = str(uuid.uuid4())
        capture = {
            "id": id,
            "url": sample["url"],
            "title": sample["title"],
            "html": html_of(sample),
            "captured_at": sample["captured_at"],
            "interface_language": self.language,
        }
        self.daemon.ask("POST", "/captures", capture)
        poll(lambda: self._has(id), f"the note “{sample['title']}”", timeout=60)
        return id

    def _has(self, id: str) -> bool:
        notes = self.daemon.ask("GET", "/notes?versions=true")["notes"]
        return any(note["id"] == id and note["places"] for note in notes)


@dataclass(frozen=True)
class Camera:
    """Takes pictures of what *extension* shows to *reader*."""

    extension: Extension
    reader: Reader

    @contextlib.contextmanager
    def page(self, path: str, size: tuple[int, int] = WIDE) -> Iterator[Target]:
        """A page of the extension; what is behind another one paints nothing, so it is closed."""
        page = self.extension.browser.open(f"chrome-extension://{self.extension.id}/{path}")
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        page.call("Emulation.setDeviceMetricsOverride", metrics)
        yield page
        page.close()

    def take(self, page: Target, name: str) -> None:
        """Write what *page* shows, light and dark."""
        page.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 1, "y": 1})
        for theme in ("light", "dark"):
            media = [
                {"name": "prefers-color-scheme", "value": theme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]
            page.call("Emulation.setEmulatedMedia", {"features": media})
            page.evaluate(chromium.PAINTED)
            shot = page.call("Page.captureScreenshot", timeout=60)
            path = SCREENS / f"{name}-{self.reader.language}-{theme}.png"
            path.write_bytes(crushed(base64.b64decode(shot["data"])))


def crushed(png: bytes) -> bytes:
    """The same picture in 256 colours, in 40 percent of the bytes.

    They are chosen to cover all that there are: then no pixel is off by more than 4 of 255, where
    the usual choice, by how often each is there, turns a red word grey.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = io.BytesIO()
    few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> int:
    """Take all pictures anew."""
    try:
        program = browser.obtain()
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    shutil.rmtree(SCREENS, ignore_errors=True)
    SCREENS.mkdir(parents=True)
    for language in ("en", "zh-CN"):
        with a_reader(language) as reader, serve(SAMPLE) as address:
            rules = f"--host-resolver-rules=MAP {HOST} {address.removeprefix('http://')}"
            flags = [rules, *SCREEN]
            with chromium.start(
                program, reader.profile, headless=True, env=reader.environ, flags=flags
            ) as running:
                take_all(running, reader)
    return 0


@contextlib.contextmanager
def a_reader(language: str) -> Iterator[Reader]:
    """A new user, whose home has a name that pictures may show."""
    home = Path(tempfile.gettempdir()) / "reader"
    home.mkdir(mode=0o700)  # of nobody else
    reader = Reader(home, language)
    try:
        reader.settle_in()
        yield reader
    finally:
        reader.stop_daemon()
        shutil.rmtree(home, ignore_errors=True)


def take_all(running: Chromium, reader: Reader) -> None:
    extension = running.load_extension(ROOT)
    camera = Camera(extension, reader)
    choose_language(camera)
    take_first_steps(camera)
    reader.wake_daemon()
    reader.daemon.ask("PATCH", "/settings", SETTINGS)
    take_options(camera)
    take_library(camera, reader.archive_samples())
    reader.daemon.ask("PATCH", "/settings", MORE_PLANS)
    take_form(camera)


def choose_language(camera: Camera) -> None:
    """Choose it for all pages; they keep a copy of it, which this page writes."""
    chosen = {"preferences": {"language": camera.reader.language, "theme": "system"}}
    with camera.page(chromium.WELCOME) as page:
        page.evaluate(f"chrome.storage.local.set({json.dumps(chosen)})")
        page.wait_until(f"localStorage.getItem('language') === '{camera.reader.language}'")


def take_first_steps(camera: Camera) -> None:
    with camera.page(LIBRARY) as library:
        library.wait_until("!document.querySelector('#trouble').hidden")
        camera.take(library, "library-without-program")
    with camera.page(chromium.WELCOME, TALL) as page:
        page.wait_until("!document.querySelector('#program-help').hidden")
        camera.take(page, "welcome-missing")
        camera.reader.install_host()  # what the command does
        page.wait_until("document.querySelector('#step-program').dataset.state === 'done'")
        camera.take(page, "welcome")
    with camera.page(LIBRARY) as library:
        library.wait_until("!document.querySelector('#nothing').hidden")
        camera.take(library, "library-empty")


def take_options(camera: Camera) -> None:
    with camera.page(OPTIONS) as page:
        page.wait_until(HAS_SETTINGS)
        page.evaluate("document.querySelector('.backend-card').open = true")
        page.wait_until("document.querySelector('#sample-note').textContent !== ''")
        for section in SECTIONS:
            page.evaluate(f"location.hash = '#{section}'")
            page.wait_until(f"document.querySelector('#{section}').hasAttribute('data-shown')")
            page.evaluate("scrollTo(0, 0)")
            camera.take(page, f"options-{section}")
    with camera.page(f"{OPTIONS}#plans", NARROW) as page:
        page.wait_until(HAS_SETTINGS)
        camera.take(page, "options-narrow")


def take_library(camera: Camera, note: str) -> None:
    with camera.page(f"{LIBRARY}?note={note}") as page:
        page.wait_until(HAS_NOTES)
        page.wait_until("document.querySelectorAll('#note-text p').length > 0")
        page.evaluate("document.activeElement.blur()")
        camera.take(page, "library")
        page.click("#note-versions")
        page.wait_until("!!document.querySelector('#versions button')")
        page.click("#versions button")
        page.wait_until("!document.querySelector('#difference').hidden")
        camera.take(page, "library-versions")
    with camera.page(LIBRARY, NARROW) as page:
        page.wait_until(HAS_NOTES)
        camera.take(page, "library-narrow")


def take_form(camera: Camera) -> None:
    extension = camera.extension
    language = camera.reader.language[:2]
    article = extension.browser.open(f"http://{HOST}/article.{language}.html")
    extension.trigger(article)
    form = extension.popup()
    form.wait_until(f"{STAGE} === 'editing'")
    form.click("#summarize")
    form.wait_until("document.querySelectorAll('#tags .chip').length > 0")
    form.evaluate("document.querySelector('#summary').scrollTop = 0")
    camera.take(form, "form")
    form.click("#archive")
    form.wait_until(f"{STAGE} === 'archived'")
    camera.take(form, "form-archived")
    form.close()
    extension.trigger(extension.browser.open("chrome://version"))
    failed = extension.popup()
    failed.wait_until(f"{STAGE} === 'failed'")
    camera.take(failed, "form-failed")


def rewriting(sentences: int) -> Json:
    """Settings for summaries of so many *sentences*; a newer version replaces the older file."""
    return {
        "summarizer": {"kind": "extract", "sentences": sentences},
        "backends": {"local": {"again": "overwrite"}},
    }


def html_of(sample: Json) -> str:
    """The page of a made-up note."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in sample["paragraphs"])
    head = (
        f'<title>{sample["title"]}</title><meta property="og:site_name" content="{sample["site"]}">'
    )
    article = f"<article><h1>{sample['title']}</h1>{text}</article>"
    return f"<!doctype html><html><head>{head}</head><body>{article}</body></html>"


if __name__ == "__main__":
    sys.exit(main())
