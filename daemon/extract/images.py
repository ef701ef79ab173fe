"""How wide a page shows its images."""

from __future__ import annotations

import re

from lxml import etree

_WIDTH = re.compile(r"(?:^|;)\s*width\s*:\s*(\d{1,5})(?:\.\d+)?px\s*(?:;|$)", re.IGNORECASE)


def shown_widths(page: etree._Element) -> dict[str, int]:
    """The CSS pixels that the page gives to images, by URL: its style wins over its attribute."""
    widths: dict[str, int] = {}
    for image in page.iter("img"):
        styled = _WIDTH.search(image.get("style", ""))
        given = styled[1] if styled else image.get("width", "").strip()
        if re.fullmatch(r"[1-9]\d{0,4}", given):
            widths.setdefault(image.get("src") or image.get("data-src") or "", int(given))
    return widths


def is_spacer(image: etree._Element) -> bool:
    """Whether it is shown as a point or a line: it counts readers, or keeps things apart."""
    return bool({image.get("width", "").strip(), image.get("height", "").strip()} & {"0", "1"})
