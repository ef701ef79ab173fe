"""What takes pictures."""

from __future__ import annotations

import base64
import contextlib
import io
from dataclasses import dataclass
from math import dist
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PIL import Image

from .. import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..chromium import Extension, Target
    from .reader import Reader

SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"

#: A screen on which a form is as high as it may be, and has two pixels for each of its own.
SCREEN = ("--screen-info={3200x2400}", "--force-device-scale-factor=2")
#: Pictures of pages in tabs.
WIDE = (1080, 680)
TALL = (1080, 860)
NARROW = (360, 640)

#: As many colours of a picture stay as they are.
EXACT = 64
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Camera:
    """Takes pictures of what *extension* shows to *reader*."""

    extension: Extension
    reader: Reader

    @contextlib.contextmanager
    def page(self, path: str, size: tuple[int, int] = WIDE) -> Iterator[Target]:
        """A page of the extension; what is behind another one paints nothing, so it is closed."""
        page = self.extension.browser.open(f"chrome-extension://{self.extension.id}/{path}")
        resize(page, size)
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


def resize(page: Target, size: tuple[int, int]) -> None:
    """Let *page* have so many pixels, width and height."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", metrics)


def empty() -> None:
    """Take the old pictures away."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for picture in SCREENS.glob("*.png"):
        picture.unlink()


def crushed(png: bytes) -> bytes:
    """The same picture in 256 colours, in a third of the bytes.

    The commonest stay as they are: a surface has the same colour in all pictures. The others are
    chosen to cover all that there are: then none is off by more than 13 of 255, where the usual
    choice, by how often each is there, turns a red word grey.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    colours = colours_of(picture)
    common, rare = colours[:EXACT], colours[EXACT:]
    palette = [*common, *covering(rare, 256 - EXACT)]
    places = {colour: at for at, colour in enumerate(common)}
    places |= {colour: nearest(colour, palette) for colour in rare}
    parts = picture.tobytes()
    pixels = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    small = Image.frombytes("P", picture.size, bytes(places[pixel] for pixel in pixels))
    small.putpalette([part for colour in palette for part in colour])
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()


def colours_of(picture: Image.Image) -> list[Colour]:
    """All of them, the commonest first."""
    counted = cast("list[tuple[int, Colour]]", picture.getcolors(1 << 24))
    return [colour for _, colour in sorted(counted, reverse=True)]


def covering(colours: Sequence[Colour], count: int) -> list[Colour]:
    """*count* colours at most, none of *colours* far from all of them."""
    if not colours:
        return []
    parts = bytes(part for colour in colours for part in colour)
    line = Image.frombytes("RGB", (len(colours), 1), parts)
    few = line.quantize(count, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    return colours_of(few.convert("RGB"))


def nearest(colour: Colour, palette: Sequence[Colour]) -> int:
    """The place in the *palette* of what looks most like *colour*."""
    return min(range(len(palette)), key=lambda at: dist(palette[at], colour))
