"""Take all pictures anew."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from tests.fakes.feishu import FeishuServer, feishu_server

from .. import browser, chromium
from ..package import ROOT, allowed_everywhere
from ..serve import serve
from ..steps import StepError
from . import camera, forms, pages
from .camera import Camera
from .reader import a_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .reader import Reader


def main() -> int:
    try:
        program = browser.obtain()
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    camera.empty()
    for language in ("en", "zh-CN"):
        with (
            feishu_server() as feishu,
            a_reader(language, feishu.app.secret) as reader,
            serve(reader.web) as address,
        ):
            take_all(program, reader, feishu, address)
    return 0


def take_all(program: Path, reader: Reader, feishu: FeishuServer, address: str) -> None:
    with a_camera(program, reader, address, ROOT, "first") as first:
        pages.choose_language(first)
        pages.take_first_steps(first, "first")
        reader.wake_daemon()
        reader.change(pages.SETTINGS)
        pages.take_options(first)
        pages.take_library(first, reader.archive_samples())
        pages.set_up_feishu(first, feishu)
        pages.take_feishu(first)
        forms.take_form(first)
    allowing = allowed_everywhere(reader.home / "extension")
    reader.install_host(reader.profile("second"))
    with a_camera(program, reader, address, allowing, "second") as second:
        pages.choose_language(second)
        forms.take_tabs(second)
        forms.take_unsettled(second)


@contextlib.contextmanager
def a_camera(
    program: Path, reader: Reader, address: str, extension: Path, name: str
) -> Iterator[Camera]:
    """One in a new browser with the *extension*, to which all sites lie at *address*."""
    profile = reader.profile(name)
    sites = f"--host-resolver-rules=MAP *.example.org {address.removeprefix('http://')}"
    flags = [sites, *camera.SCREEN]
    with chromium.start(
        program, profile, headless=True, env=reader.environ, flags=flags
    ) as running:
        yield Camera(running.load_extension(extension), reader)


if __name__ == "__main__":
    sys.exit(main())
