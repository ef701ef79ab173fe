"""HTML → Article."""

from __future__ import annotations

from lxml import etree

from ..errors import ExtractionError
from ..model import LONGEST_TITLE, Article
from ..normalize import normalize
from .claims import claims_of
from .clean import clean
from .images import shown_widths
from .links import absolute, base_of, make_absolute
from .main_content import main_content
from .metadata import own_address, read_metadata, told_by
from .opening import without_opening
from .parse import decode_html, parse
from .text import one_line, text_of

__all__ = ["absolute", "decode_html", "extract", "own_address", "parse", "text_of"]


def extract(page: etree._Element, url: str, *, title: str = "", whole: bool = False) -> Article:
    """The main content of a parsed *page*, which is taken apart, and what it says of itself.

    *title* serves a page that names none; with *whole* everything visible is the content, as it is
    for a selection.

    Raises:
        ExtractionError: The page holds no text and no image.
    """
    told = told_by(page, url)
    metadata = read_metadata(told)
    base = base_of(page, url)
    clean(page, never=["noscript"] if whole else [])
    body = page if whole else main_content(page, claims_of(told), url)
    normalize(body)
    make_absolute(body, base)  # now that late images and films have their source
    widths = shown_widths(body)
    heading = (metadata.title or one_line(title) or url)[:LONGEST_TITLE]
    without_opening(body, heading, None if whole else metadata)
    if not text_of(body) and body.find(".//img") is None:
        raise ExtractionError(
            "page-empty", "The page holds no text.", "Wait until it has loaded and try again."
        )
    return Article(
        url=metadata.canonical or url,
        title=heading,
        body=body,
        byline=metadata.byline,
        published=metadata.published,
        modified=metadata.modified,
        site=metadata.site,
        language=metadata.language,
        image=metadata.image,
        widths=widths,
    )
