"""Links and sources that work outside their page."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree

from ..normalize import writable

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
    # What the page writes as entities lxml reads, but does not take back.
    target = writable(target.strip())
    try:
        return writable(urljoin(base, target))
    except ValueError:  # an address that is none, such as http://[
        return target
