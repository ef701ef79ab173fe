"""What a page says of itself: JSON-LD, OpenGraph, the usual meta names, and its own elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, dropwhile, islice
from urllib.parse import urljoin, urlsplit

from lxml import etree
from msgspec import Struct

from .bylines import author_of, joined, shown_author
from .dates import date_in, date_of
from .languages import language_of, language_tag
from .linked_data import Thing, subject_of, texts, things_of, types_of
from .links import absolute
from .text import one_line, text_of
from .titles import beginnings, goes_on, names_of_host, plain, without_site

_TAGS = ("title", "meta", "link", "script", "time", "h1")
_TITLES = ("og:title", "twitter:title", "dc.title")
_AUTHORS = ("author", "article:author", "og:article:author", "dc.creator", "parsely-author", "byl")
_PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish-date",
    "og:release_date",
    "dc.date.issued",
    "dc.date",
    "parsely-pub-date",
    "date",
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "moddate")
_SITES = ("og:site_name", "application-name", "apple-mobile-web-app-title")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
#: Characters of an address that programs take.
_LONGEST_ADDRESS = 2_000
#: Elements of something that is no heading, and headings that are looked at.
_LARGEST_HEADING, _MOST_HEADINGS = 30, 10
#: Elements behind the heading in which a page shows who wrote it and when, and characters of a line
#: that says nothing else.
_NEAR, _SHORT = 60, 80
_LONGEST_LINE = 4 * _SHORT  #: with its white space
_UNSEEN = frozenset({"script", "style", "noscript"})
#: Characters of a title that is known by its line on the page: a menu has shorter ones.
_SHORTEST_SHOWN = 8
_MOST_ELEMENTS = 1_000  #: among which that line is
#: Links among which is the one to the home page, and times among which are those of the page.
_MOST_LINKS, _MOST_TIMES = 100, 100


class Metadata(Struct, frozen=True):
    """Every field is None where the page does not say; each text is one line."""

    title: str | None
    byline: str | None
    published: str | None  #: ISO 8601, a date or a moment
    modified: str | None  #: as published
    site: str | None
    language: str | None  #: BCP 47
    canonical: str | None
    image: str | None  #: the address of its lead image


class Told(Struct, frozen=True):
    """Where a page says something of itself."""

    page: etree._Element
    url: str
    elements: dict[str, list[etree._Element]]  #: by tag, those of _TAGS
    given: dict[str, str]  #: its meta elements, by name
    things: list[Thing]
    subject: Thing  #: the one of them that the page is

    def given_as(self, names: tuple[str, ...]) -> list[str]:
        return [self.given[name] for name in names if name in self.given]

    def stated(self, *names: str) -> Iterator[str]:
        """Texts of the subject."""
        return (text for name in names for text in texts((), self.subject.get(name)))


def read_metadata(told: Told) -> Metadata:
    """The metadata of a page that has *told* of itself, before anything is taken out of it."""
    names = [*told.given_as(_SITES), *_publishers(told)]
    title = _title(told, names)
    near = [] if _is_dated_and_signed(told) else _lines_near(told, title)
    return Metadata(
        title=title,
        byline=_byline(told, near),
        published=_published(told, near),
        modified=_modified(told),
        site=next(iter(names), None) or _host(told.url),
        language=_language(told),
        canonical=_canonical(told),
        image=_image(told),
    )


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


def told_by(page: etree._Element, url: str) -> Told:
    """Where the *page* at *url* says something of itself, in one look."""
    found: dict[str, list[etree._Element]] = {tag: [] for tag in _TAGS}
    for element in page.iter(_TAGS):
        found[element.tag].append(element)
    things = things_of(found["script"])
    return Told(page, url, found, _named(found["meta"]), things, subject_of(things))


def _named(metas: Iterable[etree._Element]) -> dict[str, str]:
    named: dict[str, str] = {}
    for meta in metas:
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = one_line(meta.get("content") or "")
        if name and content:
            named.setdefault(name.strip().lower(), content)
    return named


def _title(told: Told, names: list[str]) -> str | None:
    """The title without its site, where a heading, OpenGraph or JSON-LD tells what that is."""
    title = next((one_line(each.text or "") for each in told.elements["title"]), "")
    sites = [*names, *names_of_host(told.url)]
    known = {plain(site) for site in sites}
    shared = [text for text in told.given_as(_TITLES) if plain(text) not in known]
    headlines = list(told.stated("headline"))
    others = (text for text in [*shared, *headlines] if text != title)
    shown = list(_headings(told.elements["h1"]))
    headings = [*shown, *others]
    for stated in [title, *shared]:
        if (found := without_site(stated, headings=headings, sites=())) in headings:
            return found
    if len(shown) == 1 and plain(shown[0]) not in known and goes_on(title, shown[0]):
        return shown[0]
    stated = next(filter(None, [*shared, title, *headlines]), "")
    if len(shorter := beginnings(stated)) < 2:
        return stated or None
    lines = (text for text in shorter if len(text) >= _SHORTEST_SHOWN and _shows(told, text))
    sites += [text for text in headings if text != stated and stated.endswith(text)]
    return next(lines, None) or without_site(
        stated, headings=(), sites=[*sites, *_home_names(told)]
    )


def _shows(told: Told, text: str) -> bool:
    """Whether a line of the page is *text* and nothing else."""
    body = told.page.find("body")
    elements = islice((told.page if body is None else body).iter(etree.Element), _MOST_ELEMENTS)
    return any(text in (each.text or "") and one_line(each.text or "") == text for each in elements)


def _headings(elements: Iterable[etree._Element]) -> Iterator[str]:
    for heading in islice(elements, _MOST_HEADINGS):
        if sum(1 for _ in islice(heading.iter(), _LARGEST_HEADING)) < _LARGEST_HEADING:
            yield one_line(text_of(heading))


def _home_names(told: Told) -> Iterator[str]:
    """What the links to the home page of the site are called."""
    home = "/".join(told.url.split("/")[:3])
    for link in islice(told.page.iter("a"), _MOST_LINKS):
        href = link.get("href")
        if href and href.rstrip("/") in {"", home}:
            image = link.find(".//img")
            yield one_line(link.text or "")
            yield link.get("title") or link.get("aria-label") or ""
            yield image.get("alt", "") if image is not None else ""


def _publishers(told: Told) -> Iterator[str]:
    yield from texts(told.things, told.subject.get("publisher"))
    for thing in told.things:
        if "WebSite" in types_of(thing):
            yield from texts(told.things, thing.get("name"))


def _is_dated_and_signed(told: Told) -> bool:
    dated = any(told.given_as(_PUBLISHED)) or "datePublished" in told.subject
    return dated and (any(told.given_as(_AUTHORS)) or "author" in told.subject)


def _lines_near(told: Told, title: str | None) -> list[str]:
    """The short lines behind the heading of the article, in their order."""
    headings = told.elements["h1"][:_MOST_HEADINGS]
    same = (each for each in headings if one_line(each.text or "") == title)
    first = next(same, next(iter(headings), None))
    body = told.page.find("body")
    elements: Iterable[etree._Element] = (told.page if body is None else body).iter(etree.Element)
    if first is not None:
        elements = dropwhile(lambda element: element is not first, elements)
    visible = (each for each in elements if each.tag not in _UNSEEN)
    parts = (text for each in islice(visible, _NEAR) for text in (each.text, each.tail) if text)
    lines = (" ".join(part.split()) for part in parts if len(part) < _LONGEST_LINE)
    return [line for line in lines if 0 < len(line) < _SHORT]


def _byline(told: Told, near: list[str]) -> str | None:
    return (
        joined(texts(told.things, told.subject.get("author")))
        or next(filter(None, (joined([name]) for name in told.given_as(_AUTHORS))), None)
        or shown_author(told.page)
        or author_of(near)
    )


def _published(told: Told, near: list[str]) -> str | None:
    """What the page claims goes before what it shows, and that before a time of anything."""
    claimed = (
        *told.stated("datePublished", "pubDate", "uploadDate", "dateCreated"),
        *told.given_as(_PUBLISHED),
        *_times(told, r"publish|pubdate|entry-date|posted"),
    )
    dates = chain(map(date_of, claimed), map(date_in, near), map(date_of, _times(told, "")))
    return next(filter(None, dates), None)


def _modified(told: Told) -> str | None:
    claimed = (
        *told.stated("dateModified", "upDate"),
        *told.given_as(_MODIFIED),
        *_times(told, r"updated|modified"),
    )
    return next(filter(None, map(date_of, claimed)), None)


def _times(told: Told, marks: str) -> Iterator[str]:
    """The moments of the first elements that are marked so."""
    for time in islice(told.elements["time"], _MOST_TIMES):
        kind = " ".join((time.get("itemprop", ""), time.get("class", ""), *map(str, time.keys())))
        if (stated := time.get("datetime")) and re.search(marks, kind, re.IGNORECASE):
            yield stated


def _language(told: Told) -> str | None:
    stated = (
        told.page.get("lang"),
        told.page.get("xml:lang"),
        *map(_of_content, told.elements["meta"]),
        told.given.get("og:locale"),
    )
    return next(filter(None, map(language_tag, filter(None, stated))), None) or language_of(
        told.page
    )


def _of_content(meta: etree._Element) -> str:
    name = meta.get("http-equiv") or meta.get("itemprop") or meta.get("name") or ""
    is_language = name.lower() in {"content-language", "inlanguage", "language"}
    return meta.get("content", "") if is_language else ""


def _canonical(told: Told) -> str | None:
    """The address that the page gives as its own."""
    for link in told.elements["link"]:
        if "canonical" in link.get("rel", "").lower().split() and link.get("href"):
            return own_address(link.get("href", ""), told.url)
    return None


def _image(told: Told) -> str | None:
    value = told.subject.get("image") or told.subject.get("images")
    links = told.elements["link"]
    candidates = (
        *told.given_as(_IMAGES[:3]),
        *texts(told.things, value, "url"),
        *texts(told.things, value, "contentUrl"),
        *told.given_as(_IMAGES[3:]),
        *(link.get("href", "") for link in links if link.get("rel") == "image_src"),
    )
    return next((found for each in candidates if (found := _web_address(told.url, each))), None)


def _web_address(url: str, claimed: str) -> str | None:
    target = absolute(url, claimed)
    has_host = re.match(r"https?://\w", target, re.IGNORECASE)
    return target if has_host and len(target) <= _LONGEST_ADDRESS and " " not in target else None


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # as above
        return None
