"""The values that flow: Capture → Article → Draft → (Summary) → Note → Delivery → Receipt."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Names files in the spool, so nothing but what every file system takes.
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{8,64}(?!\n)$")]
#: Characters of a title; what is longer is no title, and would slow down every list.
LONGEST_TITLE = 5_000
#: Characters of plain text that are kept beside a draft: all that most articles have. A page of
#: 30 MB would lie on the disk twice.
MOST_TEXT = 1_000_000
#: Characters or bytes of a text that are encoded or decoded at once, in about a millisecond.
PIECE = 1 << 20
#: A moment with its offset, so that no machine's time zone changes it.
Moment = Annotated[datetime, Meta(tz=True)]


class Image(Struct, frozen=True):
    """The bytes of an image of a page, as they were in the browser."""

    url: str  #: as the page's HTML has it
    data: bytes


class Capture(Struct, frozen=True, kw_only=True):
    """A page as it was rendered, with what it says of itself."""

    id: Id
    url: str
    title: str
    html: str
    captured_at: Moment
    canonical: str | None = None
    language: str | None = None  #: the page's own, as BCP 47
    interface_language: str | None = None  #: the reader's, as BCP 47
    selection: str | None = None  #: the selected part, as HTML
    part: Literal["page", "selection"] = "page"  #: which of the two becomes the note
    images: tuple[Image, ...] = ()

    @property
    def chosen_html(self) -> str:
        """The HTML that becomes the note."""
        return self.selection if self.part == "selection" and self.selection else self.html


class Article(Struct, frozen=True, kw_only=True):
    """The main content of a page as a tree, and its metadata."""

    url: str
    title: str
    body: _Element
    byline: str | None = None
    published: str | None = None  #: ISO 8601, a date or a moment
    modified: str | None = None  #: as published
    site: str | None = None
    language: str | None = None  #: BCP 47
    image: str | None = None  #: the address of its lead image
    widths: dict[str, int] = {}  #: CSS pixels that the page gives an image, by its URL


class Fault(Struct, frozen=True):
    """An error as a value: what is stored and what crosses a wire."""

    code: str
    message: str
    hint: str = ""


class Asset(Struct, frozen=True):
    """An image of a note; its bytes lie in the spool by this name."""

    name: str  #: hash of its bytes and an extension: "<32 hex>.webp"
    url: str  #: where the page has it
    width: int | None = None  #: in CSS pixels, where the page shows it smaller than it is


class Unsaved(Struct, frozen=True):
    """An image that stayed a link, and why."""

    url: str
    error: Fault


class Draft(Struct, frozen=True, kw_only=True):
    """An article as Markdown, which the user may still edit."""

    url: str
    title: str
    markdown: str
    text: str | None  #: its beginning as plain text, a paragraph a line; None once it was edited
    byline: str | None = None
    published: str | None = None
    modified: str | None = None
    site: str | None = None
    language: str | None = None
    image: str | None = None  #: the address of its lead image
    assets: tuple[Asset, ...] = ()  #: of the images that came with the capture
    unsaved: tuple[Unsaved, ...] = ()  #: of those, what is no image, or too large
    widths: dict[str, int] = {}  #: CSS pixels that the page gives an image, by its URL

    @property
    def whole_text(self) -> str | None:
        """All of it as plain text; None where only its Markdown says that."""
        return None if self.text is None or len(self.text) >= MOST_TEXT else self.text


class Doubt(Struct, frozen=True):
    """Words of a summary that its article does not hold."""

    text: str  #: as the summary has it: "2.3万亿元"
    kind: Literal["number", "date", "quotation"]


class Anew(Struct, frozen=True):
    """What a summarizer has written so far is void: it begins again."""


class Summary(Struct, frozen=True, kw_only=True):
    """The summary section of a note."""

    markdown: str
    tags: tuple[str, ...] = ()
    made_by: str  #: the summarizer, or a model's name
    doubts: tuple[Doubt, ...] = ()  #: what its article does not hold; marked in the Markdown
    unchecked: bool = False  #: it could not be held against its article
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None  #: in the currency of the settings' prices; None where none is set
    seconds: float | None = None  #: that it took to write


class Spent(Struct, frozen=True):
    """What services took."""

    tokens: int = 0
    cost: float = 0.0  #: in the currency of the settings' prices


class Note(Struct, frozen=True, kw_only=True):
    """What the backends store."""

    id: Id
    url: str
    title: str
    markdown: str  #: the whole note
    archived_at: Moment
    byline: str | None = None
    published: str | None = None  #: ISO 8601, a date or a moment
    site: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    made_by: str | None = None  #: of the summary: the summarizer, or a model's name
    tokens: int = 0  #: that the summary took of a service
    cost: float | None = None  #: of the summary
    seconds: float | None = None  #: that the summary took to write
    remakes: Id | None = None  #: the note of which it is a newer version
    completes: Id | None = None  #: the note whose place it takes, whatever the settings say
    assets: tuple[Asset, ...] = ()  #: what the Markdown links as `assets/<name>`
    unsaved: tuple[Unsaved, ...] = ()

    def encoded(self) -> bytes:
        """The Markdown as UTF-8, with a question mark for what has no bytes.

        Made in pieces: 50 MB at once would stop every other thread for 40 ms.
        """
        starts = range(0, len(self.markdown), PIECE)
        return b"".join(
            self.markdown[start : start + PIECE].encode("utf-8", "replace") for start in starts
        )


class CaptureState(StrEnum):
    DRAFT = "draft"  #: waits for the user's Archive
    ACCEPTED = "accepted"  #: on disk, its note is not yet made
    ARCHIVED = "archived"  #: its note is made and handed to the deliveries
    FAILED = "failed"  #: no note could be made; the capture is kept


class DeliveryState(StrEnum):
    WAITING = "waiting"  #: goes out when its time has come
    SENDING = "sending"  #: a backend has it; a restart turns it back to waiting
    DELIVERED = "delivered"  #: a backend's receipt is here
    REJECTED = "rejected"  #: needs a person


class Receipt(Struct, frozen=True, kw_only=True):
    """A backend's word that it has the note."""

    place: str  #: where a person finds it: a path, or a name in a repository
    url: str | None = None
    revision: str | None = None
    unsaved: tuple[Unsaved, ...] = ()  #: images that are not there with the note
    warning: Fault | None = None  #: what else is missing beside the note, and why


class Delivery(Struct, frozen=True, kw_only=True):
    """One note on its way to one backend."""

    id: str
    capture: str
    backend: str
    state: DeliveryState
    attempts: int = 0
    due_at: Moment | None = None
    receipt: Receipt | None = None
    error: Fault | None = None
