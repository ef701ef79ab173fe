"""Images as a reader saw them, and what plays as links."""

from __future__ import annotations

import re

from lxml import etree

from .forms import Found, become, classes, drop, gone, writable

_LAZY = (
    "data-src data-original data-lazy-src data-actualsrc data-original-src data-lazy data-url "
    "data-hi-res-src data-full-url data-croporisrc"
).split()
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_PLACEHOLDER = re.compile(
    r"data:image/(?:gif|svg)|^data:image/png;base64,.{0,400}$|about:blank"
    r"|(?:placeholder|blank|spacer|loading|lazy|transparent|1x1|grey|pixel)[\w.-]*\.(?:gif|png|svg|jpe?g)",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(\S+)(?:\s+([\d.]+)([wx]))?\s*(?:,\s*|$)")


def normalize(found: Found) -> None:
    """Give images their `src`, and media a link; drop what only counts readers."""
    for image in found["img"]:
        if image.tag == "img":
            _read_image(image)
    for noscript in found["noscript"]:
        _read_noscript(noscript)
    for tag in ("iframe", "video", "audio", "embed", "object"):
        for element in found[tag]:
            if element.tag == tag and not gone(element):
                _read_media(element)


def _read_image(image: etree._Element) -> None:
    if {image.get("width", "").strip(), image.get("height", "").strip()} & {"0", "1"}:
        drop(image)
        return
    source = image.get("src", "").strip()
    if source and not _PLACEHOLDER.search(source) and not re.search(r"\blazy", classes(image)):
        return
    better = _lazy_source(image)
    if better:
        image.set("src", writable(better))


def _lazy_source(image: etree._Element) -> str:
    for name in _LAZY:
        value = (image.get(name) or "").strip()
        if value and not value.startswith(("{", "[", "data:")):
            return value
    for name in _SETS:
        if widest := _widest(image.get(name) or ""):
            return widest
    picture = image.getparent()
    if picture is not None and picture.tag == "picture":
        for source in picture.iter("source"):
            if widest := _widest(source.get("srcset") or source.get("data-srcset") or ""):
                return widest
    return ""


def _widest(candidates: str) -> str:
    """The largest image of a `srcset` (HTML Standard, section 4.8.4.2.1)."""
    if candidates.startswith("data:"):
        return ""
    found = [
        (float(size or 1), url.rstrip(","))
        for url, size, _ in _CANDIDATE.findall(candidates[:20_000])
    ]
    return max(found, key=lambda one: one[0])[1] if found else ""


def _read_noscript(noscript: etree._Element) -> None:
    """A picture for readers without scripts, where the one before it shows nothing."""
    inside = noscript.find(".//img")
    before = noscript.getprevious()
    if inside is None or before is None or before.tag != "img":
        return
    source = before.get("src", "").strip()
    if (not source or _PLACEHOLDER.search(source)) and inside.get("src"):
        before.set("src", writable(inside.get("src", "")))


def _read_media(element: etree._Element) -> None:
    if element.tag == "object" and (element.find(".//a") is not None or not element.get("data")):
        element.tag = "div"
        return
    source = element.get("src") or element.get("data-src") or element.get("data") or ""
    inner = element.find(".//source[@src]")
    source = source or (inner.get("src", "") if inner is not None else "")
    title = element.get("title") or element.get("aria-label") or ""
    if not source or _PLACEHOLDER.search(source):
        drop(element)
        return
    become(element, "embed", src=source, title=title)
