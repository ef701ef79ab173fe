"""Links and sources that work outside their page."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree

from ..normalize import writable

_ATTRIBUTES = ("href", "src", "data-src", "poster", "cite")


def make_absolute(page: etree._Element, url: str) -> None:
    """Resolve, in place, what is relative to *url* or to the page's own base (HTML, 2.4.3)."""
    named = page.find(".//base[@href]")
    base = url if named is None else absolute(url, named.get("href", ""))
    for element in page.iter(etree.Element):
        for name in _ATTRIBUTES:
            target = element.get(name)
            if target and not target.startswith("#"):
                # What the page writes as entities lxml reads, but does not take back.
                element.set(name, writable(absolute(base, target)))


def absolute(base: str, target: str) -> str:
    """*target* as an address that starts from *base*."""
    try:
        return urljoin(base, target.strip())
    except ValueError:  # an address that is none, such as http://[
        return target
