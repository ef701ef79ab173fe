"""What a page says of itself: OpenGraph, the usual meta names, and its own elements."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from lxml import etree
from msgspec import Struct

from .text import one_line, text_of

_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_TITLES = ("og:title", "twitter:title")
_BYLINES = ("author", "article:author", "og:article:author")
_DATES = (
    "article:published_time",
    "og:published_time",
    "datePublished",
    "pubdate",
    "publishdate",
    "date",
)


class Metadata(Struct, frozen=True):
    """Every field is None where the page does not say."""

    title: str | None
    byline: str | None
    published: str | None
    site: str | None
    language: str | None
    canonical: str | None


def read_metadata(page: etree._Element, url: str) -> Metadata:
    """The metadata of the page at *url*, before anything is taken out of it."""
    given = named(page)
    return Metadata(
        title=_title(page, given),
        byline=_first(given, _BYLINES),
        published=_published(page, given),
        site=given.get("og:site_name") or _host(url),
        language=page.get("lang") or given.get("og:locale"),
        canonical=_canonical(page, url),
    )


def named(page: etree._Element) -> dict[str, str]:
    """The page's meta elements by name; the first of a name counts."""
    named: dict[str, str] = {}
    for meta in page.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = one_line(meta.get("content") or "")
        if name and content:
            named.setdefault(name, content)
    return named


def _first(named: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((named[name] for name in names if name in named), None)


def _title(page: etree._Element, named: dict[str, str]) -> str | None:
    """The page's title without its site, where a heading or OpenGraph tells what that is."""
    element = page.find(".//title")
    title = one_line(element.text or "") if element is not None else ""
    headings = (one_line(text_of(heading)) for heading in page.iter("h1"))
    within = [text for text in headings if len(text) > 3 and text in title]
    # A site's name may be a heading too; it stands behind the title.
    within.sort(key=lambda text: not title.startswith(text))
    return next(iter(within), None) or _first(named, _TITLES) or title or None


def _published(page: etree._Element, named: dict[str, str]) -> str | None:
    claimed = _first(named, _DATES)
    if claimed is None:
        claimed = next(
            (time.get("datetime") for time in page.iter("time") if time.get("datetime")), ""
        )
    found = _DATE.match(claimed or "")
    return found[0] if found else None


def _canonical(page: etree._Element, url: str) -> str | None:
    """The address that the page gives as its own."""
    for link in page.iter("link"):
        if link.get("rel", "").lower() == "canonical" and link.get("href"):
            return own_address(link.get("href", ""), url)
    return None


def own_address(claimed: str, url: str) -> str | None:
    """*claimed* as the address of the page at *url*; a page may only speak for its own site."""
    try:
        target = urljoin(url, claimed.strip())
        there, here = urlsplit(target), urlsplit(url)
    except ValueError:  # an address that is none, such as http://[
        return None
    is_own = there.scheme in {"http", "https"} and there.hostname == here.hostname
    # Some sites name their home page on every page.
    is_home = there.path in {"", "/"} and here.path not in {"", "/"}
    return target if is_own and not is_home else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # as above
        return None
