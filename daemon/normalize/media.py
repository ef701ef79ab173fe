"""Images as a reader saw them, and what plays as links."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from .forms import Found, become, classes, drop, gone, text_of, writable

_LAZY = (
    "data-src data-original data-lazy-src data-actualsrc data-original-src data-lazy data-url "
    "data-hi-res-src data-full-url data-croporisrc"
).split()
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_DATA = re.compile(r"data:image/(?:gif|svg)|data:image/png;base64,.{0,400}$|about:blank")
#: In the name of a file.
_PLACEHOLDER = re.compile(
    r"(?:placeholder|blank|spacer|loading|lazy|transparent|1x1|grey|pixel)[\w.-]*\.(?:gif|png|svg|jpe?g)",
    re.IGNORECASE,
)
#: Frames that advertise, or that are buttons to share by.
_UNWANTED = re.compile(
    r"(?:^|[/._-])(?:ads?|adv|adi?frames?|adserv\w*|adclient|adsen[cs]e|advert\w*|banners?|doubleclick"
    r"|googlesyndication)(?=[/._-]|$)|plugins/(?:like|share|follow|page|fan|facepile|activity)"
    r"|(?:tweet|follow|share|like|subscribe)[_-]?button",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(\S+)(?:\s+([\d.]+)([wx]))?\s*(?:,\s*|$)")


def normalize(found: Found) -> None:
    """Give images their `src`, and media a link; drop what only counts readers."""
    for image in found["img"]:
        if image.tag == "img":
            _read_image(image)
    for tag in ("iframe", "video", "audio", "embed", "object"):
        for element in found[tag]:
            if element.tag == tag and not gone(element):
                _read_media(element)
    for noscript in found["noscript"]:
        if not gone(noscript):
            _read_noscript(noscript)


def _read_image(image: etree._Element) -> None:
    if {image.get("width", "").strip(), image.get("height", "").strip()} & {"0", "1"}:
        drop(image)
        return
    source = image.get("src", "").strip()
    shown = bool(source) and not _is_placeholder(source)
    if shown and not re.search(r"\blazy", classes(image)):
        return
    better = _named_source(image) or ("" if shown else _sized_source(image))
    if better:
        image.set("src", writable(better))


def _is_placeholder(source: str) -> bool:
    name = source.partition("?")[0].rpartition("/")[2]
    return bool(_DATA.match(source) or _PLACEHOLDER.search(name))


def _named_source(image: etree._Element) -> str:
    """The address that a script would have put in place of a picture of nothing."""
    for name in _LAZY:
        value = (image.get(name) or "").strip()
        if value and not value.startswith(("{", "[", "data:")):
            return value
    return ""


def _sized_source(image: etree._Element) -> str:
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
    if inside is None:
        return
    if before is None or before.tag not in {"img", "picture"}:
        outer = noscript.getparent()
        images = [] if outer is None else islice(outer.iter("img"), 9)
        others = any(image is not inside and not gone(image) for image in images)
        if not others and not text_of(noscript):
            noscript.tag = "span"
        return
    before = before if before.tag == "img" else before.find(".//img")
    if before is None:
        return
    source = before.get("src", "").strip()
    if (not source or _is_placeholder(source)) and inside.get("src"):
        before.set("src", writable(inside.get("src", "")))


def _read_media(element: etree._Element) -> None:
    if element.tag == "object" and (element.find(".//a") is not None or not element.get("data")):
        element.tag = "div"
        return
    source = element.get("src") or element.get("data-src") or element.get("data") or ""
    inner = element.find(".//source[@src]")
    source = source or (inner.get("src", "") if inner is not None else "")
    title = element.get("title") or element.get("aria-label") or ""
    unwanted = element.tag == "iframe" and _UNWANTED.search(source.partition("?")[0])
    if not source or unwanted or _is_placeholder(source):
        drop(element)
        return
    become(element, "embed", src=source, title=title)
