"""The user whose screens are shown, and what he reads."""

from __future__ import annotations

import contextlib
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
from urllib.parse import urlsplit

from native_host.browsers import Family
from native_host.errors import AbsentError
from native_host.install import Target as Installed
from native_host.install import install, write_manifest
from native_host.wake import wake

from ..daemon_client import DaemonClient
from ..waiting import poll

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..daemon_client import Json

SAMPLE = Path(__file__).resolve().parent.parent / "sample"

#: What a system takes by default differs. Quotation marks are as wide as a language has them.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<match><test name="family" qual="all" compare="not_eq"><string>monospace</string></test>
<test name="family" qual="all" compare="not_eq"><string>ui-monospace</string></test>
<edit name="family" mode="prepend" binding="strong">{names}</edit></match></fontconfig>"""
FAMILIES = {"en": ("Inter", "Noto Sans CJK SC"), "zh-CN": ("Noto Sans CJK SC",)}


@dataclass(frozen=True)
class Reader:
    """One with an empty *home*, a *language*, and the secret of an app at Feishu."""

    home: Path
    language: str
    secret: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "GUIDANG_SECRET_FEISHU": self.secret,
        }

    @property
    def daemon(self) -> DaemonClient:
        return DaemonClient.of(self.environ)

    @property
    def samples(self) -> list[Json]:
        """What his notes are made of, the newest first."""
        text = (SAMPLE / f"notes.{self.language[:2]}.json").read_text("utf-8")
        samples: list[Json] = json.loads(text)
        return samples

    @property
    def web(self) -> Path:
        """The folder with the pages that he reads."""
        return self.home / "web"

    def settle_in(self) -> None:
        """Choose the fonts, and write the pages."""
        fonts = self.home / ".config" / "fontconfig" / "fonts.conf"
        fonts.parent.mkdir(parents=True)
        names = "".join(f"<string>{name}</string>" for name in FAMILIES[self.language])
        fonts.write_text(FONTS.format(names=names), "utf-8")
        shutil.copytree(SAMPLE, self.web)
        for sample in self.samples:
            page = self.web / path_of(sample) / "index.html"
            page.parent.mkdir(parents=True)
            page.write_text(html_of(sample), "utf-8")

    def profile(self, name: str) -> Path:
        """The folder of a browser."""
        return self.home / name

    def install_host(self, profile: Path) -> None:
        """Do for a browser what the command does."""
        launcher = install(Installed(self.environ, sys.platform, {}), Path(sys.executable), ())[0]
        write_manifest(profile / "NativeMessagingHosts", Family.CHROMIUM, launcher)

    def wake_daemon(self) -> None:
        wake({**self.environ, "GUIDANG_DAEMON": sys.executable}, sys.platform)

    def stop_daemon(self) -> None:
        with contextlib.suppress(AbsentError):
            os.kill(int(self.daemon.ask("GET", "/status")["pid"]), signal.SIGTERM)

    def change(self, settings: Json) -> None:
        self.daemon.ask("PATCH", "/settings", settings)

    def archive_samples(self) -> str:
        """Archive the made-up notes; returns the id of the newest, which has an older version."""
        self.change(rewriting(2))
        ids = [self._archive(sample) for sample in reversed(self.samples)]
        self.change(rewriting(5))
        newer = str(self.daemon.ask("POST", f"/captures/{ids[-1]}/remake")["capture"])
        poll(lambda: self._has(newer), "the newer version", timeout=60)
        return newer

    def _archive(self, sample: Json) -> str:
        id = self.send(sample)
        poll(lambda: self._has(id), f"the note “{sample['title']}”", timeout=60)
        return id

    def send(self, sample: Json, **more: str) -> str:
        """Send the page of a made-up note, with *more* fields; returns the capture's id."""
        id = str(uuid.uuid4())
        capture = {
            "id": id,
            "url": sample["url"],
            "title": sample["title"],
            "html": html_of(sample),
            "captured_at": sample["captured_at"],
            "interface_language": self.language,
        }
        self.daemon.ask("POST", "/captures", {**capture, **more})
        return id

    def wait_for_failure(self, id: str) -> None:
        """Until it is known why a capture, or a delivery of it, does not succeed."""

        def failed() -> bool:
            view = self.daemon.ask("GET", f"/captures/{id}")
            return any(each["error"] for each in (view, *view["deliveries"]))

        poll(failed, "the failure of a capture", timeout=60)

    def _has(self, id: str) -> bool:
        notes = self.daemon.ask("GET", "/notes?versions=true")["notes"]
        return any(note["id"] == id and note["places"] for note in notes)


@contextlib.contextmanager
def a_reader(language: str, secret: str) -> Iterator[Reader]:
    """A new user, whose home has a name that pictures may show."""
    home = Path(tempfile.gettempdir()) / "reader"
    home.mkdir(mode=0o700)  # of nobody else
    reader = Reader(home, language, secret)
    try:
        reader.settle_in()
        yield reader
    finally:
        reader.stop_daemon()
        poll(lambda: is_removed(home), f"the end of what writes to {home}", timeout=30)


def is_removed(folder: Path) -> bool:
    """Whether *folder* could be removed: what has just ended may have written to it meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def rewriting(sentences: int) -> Json:
    """Settings for summaries of so many *sentences*; a newer version replaces the older file."""
    return {
        "summarizer": {"kind": "extract", "sentences": sentences},
        "backends": {"local": {"again": "overwrite"}},
    }


def path_of(sample: Json) -> str:
    """Of the page of a made-up note, below its host."""
    return urlsplit(sample["url"]).path.strip("/")


def html_of(sample: Json) -> str:
    """The page of a made-up note."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in sample["paragraphs"])
    head = (
        f'<meta charset="utf-8"><title>{sample["title"]}</title>'
        f'<meta property="og:site_name" content="{sample["site"]}">'
    )
    article = f"<article><h1>{sample['title']}</h1>{text}</article>"
    return f"<!doctype html><html><head>{head}</head><body>{article}</body></html>"
