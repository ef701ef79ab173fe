"""Links and sources that work outside their page."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import etree

#: What no XML may hold (XML 1.0, 2.2): lxml reads it out of a page, and refuses to write it.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTES = ("href", "src", "data-src", "poster", "cite")


def base_of(page: etree._Element, url: str) -> str:
    """What links of the *page* at *url* start from: its own base, if it names one (HTML, 2.4.3)."""
    named = page.find(".//base[@href]")
    return url if named is None else absolute(url, named.get("href", ""))


def make_absolute(page: etree._Element, base: str) -> None:
    """Resolve, in place, what is relative to *base*."""
    for element in page.iter(etree.Element):
        for name in _ATTRIBUTES:
            target = element.get(name)
            if target and not target.startswith("#"):
                element.set(name, absolute(base, target))


def absolute(base: str, target: str) -> str:
    """*target* as an address that starts from *base*."""
    target = _NOT_IN_XML.sub("", target.strip())
    try:
        return urljoin(base, target)
    except ValueError:  # an address that is none, such as http://[
        return target
