"""What a page shows its images as."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

_WIDTH = re.compile(r"(?:^|;)\s*width\s*:\s*(\d{1,5})(?:\.\d+)?px\s*(?:;|$)", re.IGNORECASE)

#: Sides of an icon, in CSS pixels.
_ICON = 32
_HOME = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#]|$)", re.IGNORECASE)
#: Elements around an image among which is the link that it stands in.
_NEAR = 4


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


def is_icon(image: etree._Element) -> bool:
    """Whether it is shown no larger than two lines of text are high."""
    sides = [image.get(side, "").strip() for side in ("width", "height")]
    return all(re.fullmatch(r"\d{1,2}", side) and int(side) <= _ICON for side in sides)


def is_emblem(image: etree._Element) -> bool:
    """Whether it shows who speaks: the face of a writer, or the logo that leads to a home page."""
    link = _link_of(image)
    around = [image] if link is None else [image, link]
    if any("avatar" in element.get("class", "").lower() for element in around):
        return True
    return link is not None and _HOME.fullmatch(link.get("href", "").strip()) is not None


def is_linked(image: etree._Element) -> bool:
    """Whether it leads elsewhere than to itself."""
    link = _link_of(image)
    return link is not None and not _IMAGE.search(link.get("href", ""))


def _link_of(image: etree._Element) -> etree._Element | None:
    return next((above for above in islice(image.iterancestors(), _NEAR) if above.tag == "a"), None)
