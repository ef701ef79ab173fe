"""Capture → snapshot: the page as one HTML file that looks, and does nothing.

It runs no script, asks no server and leads nowhere by itself: what could is taken out, and a
Content-Security-Policy forbids the rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .tree import drop

if TYPE_CHECKING:
    from lxml import etree

#: https://www.w3.org/TR/CSP3/: nothing is loaded but what the file itself holds.
POLICY = (
    "default-src 'none'; img-src data:; media-src data:; font-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)
#: Elements that run, load or lead somewhere; a link to a style sheet would be refused anyway.
_DROPPED = set(
    "script iframe frame frameset object embed applet portal base link meta noscript template"
    " source track animate animatemotion animatetransform set xmp noembed noframes"
    " plaintext".split()
)
#: Attributes that name what a browser fetches or sends to.
_FETCHED = set(
    "src srcset poster background data action formaction ping manifest imagesrcset srcdoc lowsrc"
    " longdesc cite".split()
)
_LINK = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:(?:image|audio|video|font)/", re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import[^;]*;?|url\(\s*(?!['\"]?data:)[^)]*\)", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f]+")
_MARK = re.compile(rb"\A<!doctype html><!-- guidang ([0-9a-f]{64}) -->\n")


def snapshot_of(page: etree._Element, *, url: str, images: Mapping[str, str]) -> bytes:
    """The parsed *page*, made inert, which was at *url*.

    *images* are those whose bytes are known, as data: URIs by their address; the others are not
    shown.
    """
    from lxml import html  # noqa: PLC0415  the daemon itself never loads lxml

    for element in list(page.iter("*")):
        if element.tag in _DROPPED:
            drop(element)
        else:
            _make_inert(element, images)
    body = html.tostring(page, encoding="unicode", method="html")
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="referrer" content="no-referrer"><link rel="canonical" href="{_quoted(url)}">'
    )
    written = f"{head}\n{body}\n".encode("utf-8", "replace")
    return b"<!doctype html><!-- guidang %s -->\n" % _digest(written) + written


def is_ours(data: bytes) -> bool:
    """Whether *data* is a snapshot just as it was written: its first line has the rest's hash."""
    found = _MARK.match(data)
    return found is not None and found[1] == _digest(data[found.end() :])


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _make_inert(element: etree._Element, images: Mapping[str, str]) -> None:
    attributes: Any = element.attrib
    if element.tag == "img" and attributes.get("src") in images:
        attributes["src"] = images[attributes["src"]]
    for name, value in list(attributes.items()):
        bare = re.split("[:}]", name)[-1].lower()
        fetched = bare in _FETCHED and not _is_data(bare, value)
        if bare.startswith("on") or fetched or (bare == "href" and not _leads_on(element, value)):
            del attributes[name]
        elif bare == "style":
            attributes[name] = _CSS_FETCH.sub("", value)
    if element.tag == "style":
        # Inside of SVG a browser reads markup where libxml2 reads text.
        element.text = _CSS_FETCH.sub("", element.text or "").replace("<", "\\3c ")
    elif element.tag in {"a", "area"}:
        attributes["rel"] = "noopener noreferrer"


def _leads_on(element: etree._Element, target: str) -> bool:
    """Whether a reader may follow it; only what is followed by a click may lead elsewhere."""
    bare = _UNSEEN.sub("", target)
    return bare.startswith("#") or (element.tag in {"a", "area"} and bool(_LINK.match(bare)))


def _is_data(name: str, value: str) -> bool:
    return name in {"src", "poster"} and bool(_DATA_IMAGE.match(_UNSEEN.sub("", value)))


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
