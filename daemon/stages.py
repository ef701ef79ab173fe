"""What a worker makes of a capture: its draft and its note, from file to file of the spool.

Only a title goes back to the daemon. Texts of 30 MB, sent there and back between processes, would
hold up everybody else's captures for as long as they are packed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .errors import SummaryError
from .model import Capture, Draft, Summary
from .note import note_from, note_language, summary_from
from .spool import Spool
from .summarizers import Offline

if TYPE_CHECKING:
    from lxml import etree

#: Characters of plain text kept beside a draft: more than a summary's extract can use.
MOST_TEXT = 1_000_000


def load() -> None:
    """Load what reading a page needs, 0.4 s of it. Runs first in each worker."""
    import rjieba  # noqa: PLC0415  its dictionary loads with its first use

    from . import extract  # noqa: F401, PLC0415  the daemon itself never loads lxml
    from .markdown import plain, writer  # noqa: F401, PLC0415  as above

    rjieba.cut("预热")


def write_draft(spool: Spool, id: str) -> str:
    """Keep the article of capture *id* as its draft; the title.

    Raises:
        LostError: A file of it is gone or damaged.
        ExtractionError: The page holds no text.
        StorageError: The disk did not take the draft.
    """
    draft = read(spool, id)
    spool.keep_draft(id, draft)
    return draft.title


def write_note(
    spool: Spool,
    id: str,
    *,
    has_draft: bool,
    archived_at: datetime,
    languages: Sequence[str | None],
    summary: Summary | Offline | None,
    template: str,
    templates: Path,
) -> str:
    """Keep the note of capture *id*; its title.

    *has_draft*: it is on disk. The note is written in the first of *languages* that
    is known, or else in that of the article, and in the form of *template*, a built-in one or
    a file in the folder *templates*.

    Raises:
        LostError, ExtractionError, StorageError: As for `write_draft`.
        TemplateError: The template cannot be used; the note is not written.
        SummaryError: The summarizer failed; the note is not written.
    """
    draft = spool.draft(id) if has_draft else read(spool, id)
    language = note_language(*languages, draft.language)
    note = note_from(
        draft,
        _written(summary, draft, language),
        id=id,
        archived_at=archived_at,
        language=language,
        template=template,
        templates=templates,
    )
    spool.keep_note(note)
    return note.title


def read(spool: Spool, id: str) -> Draft:
    """The draft of capture *id*.

    Raises:
        LostError: Its file is gone or damaged.
        ExtractionError: The page holds no text.
    """
    from .extract import parse  # noqa: PLC0415  the daemon itself never loads lxml

    capture: Capture = spool.capture(id)
    page = parse(capture.chosen_html)
    whole = capture.chosen_html is not capture.html
    # The tree of a large page is large enough without its source.
    capture = _without_html(capture)
    return draft_from(page, capture, whole=whole)


def draft_from(page: etree._Element, capture: Capture, *, whole: bool) -> Draft:
    """The parsed *page* of a capture → Article → Draft.

    Raises:
        ExtractionError: The page holds no text and no image.
    """
    from .extract import extract, own_address, text_of  # noqa: PLC0415  as above
    from .markdown.writer import render  # noqa: PLC0415  as above

    url = own_address(capture.canonical or "", capture.url) or capture.url
    article = extract(page, url, title=capture.title, whole=whole)
    return Draft(
        url=article.url,
        title=article.title,
        markdown=render(article.body),
        text=text_of(article.body)[:MOST_TEXT],
        byline=article.byline,
        published=article.published,
        site=article.site,
        language=article.language or capture.language,
    )


def _written(summary: Summary | Offline | None, draft: Draft, language: str) -> Summary | None:
    if not isinstance(summary, Offline):
        return summary
    try:
        return summary_from(summary.write(draft, language), made_by=summary.name)
    except Exception as error:  # whatever it is, it is told, and holds no note back
        raise SummaryError(
            "summary-failed",
            f"The summary could not be written ({type(error).__name__}).",
            "The daemon's log has the details.",
        ) from error


def _without_html(capture: Capture) -> Capture:
    return msgspec.structs.replace(capture, html="", selection=None)
