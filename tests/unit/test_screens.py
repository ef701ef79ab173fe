"""Pictures of screens are made small without a change that one sees."""

from __future__ import annotations

import io

from PIL import Image

from tools.screens.camera import crushed

SURFACE = (22, 25, 29)


def test_a_surface_keeps_its_colour_among_more_colours_than_a_picture_may_have() -> None:
    picture = Image.new("RGB", (64, 128), SURFACE)
    for at in range(64 * 64):
        red, green, blue = at // 256, at // 16 % 16, at % 16
        picture.putpixel((at % 64, at // 64), (red * 17, green * 17, blue * 17))
    written = io.BytesIO()
    picture.save(written, "PNG")

    small = Image.open(io.BytesIO(crushed(written.getvalue()))).convert("RGB")

    colours = small.getcolors(1 << 24)
    assert colours
    assert len(colours) <= 256
    assert small.getpixel((63, 127)) == SURFACE


def test_a_picture_of_few_colours_stays_as_it_is() -> None:
    picture = Image.new("RGB", (4, 4), SURFACE)
    picture.putpixel((0, 0), (255, 155, 143))
    written = io.BytesIO()
    picture.save(written, "PNG")

    small = Image.open(io.BytesIO(crushed(written.getvalue()))).convert("RGB")

    assert small.tobytes() == picture.tobytes()
