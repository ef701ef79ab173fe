"""What a worker makes of a capture: its draft and its note, from file to file of the spool.

Only a title goes back to the daemon. Texts of 30 MB, sent there and back between processes, would
hold up everybody else's captures for as long as they are packed.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .errors import LostError, summary_failed
from .images import Kept, data_uris, illustrated, keep_embedded, wanted
from .library import Entry, entry_of
from .limit import TimeLimit
from .model import MOST_TEXT, Article, Capture, Draft, Fault, Summary
from .note import Lack, note_from, note_language, summary_from
from .settings import Images
from .snapshot import snapshot_of
from .spool import Spool
from .summarizers import Offline

if TYPE_CHECKING:
    from lxml import etree

log = logging.getLogger(__name__)

#: Seconds for a page to become Markdown, without what its images take.
EXTRACTION_LIMIT = 10.0

#: Characters of notes that are cut into words in one call, for as long as a large page takes.
MOST_CUT = 1_000_000
#: Characters of an article that what is written at hand is held against in the same call. A longer
#: one gets a call of its own: a million characters of mere numbers take 18 s, and the page, its
#: summary and its note have 120 s together.
MOST_AT_HAND = 1_000_000


#: What becomes the summary of a note: the user's own, what writes it at hand, or why there is none.
Section = Summary | Offline | Lack | None


class Made(Struct, frozen=True):
    """The note that lies in the spool now, or what is still to be fetched for it."""

    title: str
    warning: Fault | None = None  #: what the note lacks, and why
    lacks_summary: bool = False
    summary_due: datetime | None = None  #: when the summary that it lacks is tried again
    page: str = ""  #: its URL
    widths: dict[str, int] = {}  #: of its images, as for a draft
    wanted: tuple[str, ...] = ()  #: images to download; until that is tried, there is no note
    unchecked: Summary | None = None  #: to be held against the draft; until then there is no note


def load() -> None:
    """Load what reading a page needs, 0.6 s of it. Runs first in each worker."""
    import rjieba  # noqa: PLC0415  its dictionary loads with its first use
    import stopwordsiso  # noqa: F401, PLC0415  as the dictionary

    from . import checking, extract, svg  # noqa: F401, PLC0415  the daemon itself never loads lxml
    from .extract.judge import judge  # noqa: PLC0415  as above
    from .markdown import plain, writer  # noqa: F401, PLC0415  as above

    rjieba.cut("预热")
    judge()


def write_draft(spool: Spool, id: str, *, images: Images) -> str:
    """Keep the article of capture *id* as its draft, and the images that came with it; the title.

    Raises:
        LostError: A file of it is gone or damaged.
        ExtractionError: The page holds no text.
        StorageError: The disk did not take the draft.
    """
    draft = read(spool, id, images=images)
    spool.keep_draft(id, draft)
    return draft.title


def write_note(
    spool: Spool,
    id: str,
    *,
    has_draft: bool,
    archived_at: datetime,
    languages: Sequence[str | None],
    summary: Section,
    tags: Sequence[str] = (),
    remakes: str | None = None,
    completes: str | None = None,
    template: str,
    templates: Path,
    images: Images,
    downloads: Kept | None = None,
) -> Made:
    """Keep the note of capture *id*.

    *has_draft*: it is on disk. The note is written in the first of *languages* that
    is known, or else in that of the article, with the library's *tags* preferred, and in the form
    of *template*, a built-in one or a file in the folder *templates*. With images to download of
    which *downloads* does not tell, only the draft is kept; and where a summary that was written at
    hand has yet to be held against a long article. The summary is given, or written at hand, or
    there is a Lack that is told. The note may be another one made anew: *remakes*; or that one with
    nothing but its summary added: *completes*.

    Raises:
        LostError, ExtractionError, StorageError: As for `write_draft`.
        TemplateError: The template cannot be used; the note is not written.
        SummaryError: The summarizer failed; the note is not written.
    """
    draft = spool.draft(id) if has_draft else read(spool, id, images=images)
    if images.save and downloads is None and (missing := wanted(draft)):
        if not has_draft:
            spool.keep_draft(id, draft)
        return Made(draft.title, page=draft.url, widths=draft.widths, wanted=missing)
    draft = _with(draft, downloads or Kept())
    draft, assets = illustrated(draft)
    language = note_language(*languages, draft.language)
    section = _section(summary, draft, language, tags)
    if isinstance(summary, Offline) and len(draft.markdown) > MOST_AT_HAND:
        if not has_draft:
            spool.keep_draft(id, draft)
        return Made(draft.title, unchecked=section)
    lack = summary if isinstance(summary, Lack) else None
    note = note_from(
        draft,
        section,
        id=id,
        archived_at=archived_at,
        language=language,
        template=template,
        templates=templates,
        lack=lack,
    )
    note = msgspec.structs.replace(
        note, assets=assets, unsaved=draft.unsaved, remakes=remakes, completes=completes
    )
    spool.keep_note(note)
    if lack is None:
        return Made(note.title, page=note.url)
    return Made(
        note.title,
        warning=lack.fault,
        lacks_summary=True,
        summary_due=lack.due,
        page=note.url,
    )


def checked(spool: Spool, id: str, summary: Summary) -> Summary:
    """*summary*, with marks behind what the draft of capture *id* does not hold.

    Raises:
        LostError: The file of the draft is gone or damaged.
    """
    return held_against(spool.draft(id), summary)


def held_against(draft: Draft, summary: Summary) -> Summary:
    """*summary*, with marks behind what *draft*, its text or its head, does not hold."""
    from .checking import marked  # noqa: PLC0415  only where there is a summary
    from .markdown.plain import whole_text  # noqa: PLC0415  loads a parser

    head = (draft.title, draft.byline, draft.published, draft.site, draft.url)
    article = "\n".join((*filter(None, head), whole_text(draft)))
    markdown, doubts = marked(summary.markdown, article)
    return msgspec.structs.replace(summary, markdown=markdown, doubts=doubts, unchecked=False)


def write_snapshot(spool: Spool, id: str) -> bytes:
    """The page of note *id* as one inert HTML file, with the images whose bytes are known.

    Raises:
        LostError: The file of its capture is gone or damaged.
    """
    from .extract import parse  # noqa: PLC0415  the daemon itself never loads lxml

    capture = spool.capture(id)
    images = data_uris(spool, spool.note(id).assets, capture.images)
    return snapshot_of(parse(capture.html), url=capture.url, images=images)


def cut(spool: Spool, ids: Sequence[str]) -> dict[str, Entry | None]:
    """Notes, cut into words for the library; None for one whose file is gone or damaged.

    They are the first of *ids*, as many as have MOST_CUT characters together, and at least one.
    """
    entries: dict[str, Entry | None] = {}
    characters = 0
    for id in ids:
        if characters > MOST_CUT:
            break
        try:
            note = spool.note(id)
        except LostError:
            entries[id] = None
            continue
        entries[id] = entry_of(note)
        characters += len(note.markdown)
    return entries


def read(spool: Spool, id: str, *, images: Images) -> Draft:
    """The draft of capture *id*; the images that came with it are kept.

    Raises:
        LostError: Its file is gone or damaged.
        ExtractionError: The page holds no text, or takes too long.
    """
    from .extract import parse  # noqa: PLC0415  the daemon itself never loads lxml

    capture: Capture = spool.capture(id)
    limit = TimeLimit(EXTRACTION_LIMIT)
    with limit:
        page = parse(capture.chosen_html)
    whole = capture.chosen_html is not capture.html
    # The tree of a large page is large enough without its source.
    capture = _without_html(capture)
    keep = functools.partial(_kept, spool, capture, images) if images.save else None
    return draft_from(page, capture, whole=whole, keep=keep, limit=limit)


def draft_from(
    page: etree._Element,
    capture: Capture,
    *,
    whole: bool,
    keep: Callable[[Article], Kept] | None = None,
    limit: TimeLimit | None = None,
) -> Draft:
    """The parsed *page* of a capture → Article → Draft, with what *keep* saves of its images.

    Raises:
        ExtractionError: The page holds no text and no image, or takes more time than *limit* has.
    """
    from .extract import extract, own_address, text_of  # noqa: PLC0415  as above
    from .markdown.writer import render  # noqa: PLC0415  as above

    url = own_address(capture.canonical or "", capture.url) or capture.url
    limit = limit or TimeLimit(EXTRACTION_LIMIT)
    with limit:
        article = extract(page, url, title=capture.title, whole=whole)
    embedded = keep(article) if keep else Kept()
    with limit:
        markdown, text = render(article.body), text_of(article.body)[:MOST_TEXT]
    return Draft(
        url=article.url,
        title=article.title,
        markdown=markdown,
        text=text,
        byline=article.byline,
        published=article.published,
        modified=article.modified,
        site=article.site,
        language=article.language or capture.language,
        image=article.image,
        assets=embedded.assets,
        unsaved=embedded.unsaved,
        widths=article.widths,
    )


def _kept(spool: Spool, capture: Capture, images: Images, article: Article) -> Kept:
    from .extract import absolute  # noqa: PLC0415  as above

    sent = {absolute(article.url, image.url): image.data for image in capture.images}
    return keep_embedded(spool, article.body, sent, article.widths, largest=images.largest)


def _with(draft: Draft, downloads: Kept) -> Draft:
    return msgspec.structs.replace(
        draft,
        assets=draft.assets + downloads.assets,
        unsaved=draft.unsaved + downloads.unsaved,
    )


def _section(given: Section, draft: Draft, language: str, tags: Sequence[str]) -> Summary | None:
    if isinstance(given, Offline):
        return _at_hand(given, draft, language, tags)
    return given if isinstance(given, Summary) else None


def _at_hand(offline: Offline, draft: Draft, language: str, tags: Sequence[str]) -> Summary:
    try:
        summary = summary_from(offline.write(draft, language, tags), made_by=offline.name)
    except Exception as error:  # whatever it is, it is told, and holds no note back
        raise summary_failed(error) from error
    if len(draft.markdown) > MOST_AT_HAND:
        return summary
    try:
        return held_against(draft, summary)
    except Exception:  # a bug of the check costs no summary; it is told in the note
        log.exception("a summary could not be held against its article")
        return msgspec.structs.replace(summary, unchecked=True)


def _without_html(capture: Capture) -> Capture:
    return msgspec.structs.replace(capture, html="", selection=None)
