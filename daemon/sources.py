"""Pages for `guidang archive`: from a file, from standard input, or from a URL."""

from __future__ import annotations

import sys
import urllib.request
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path

from msgspec import Struct

from .errors import DaemonError
from .extract import decode_html

#: Seconds between two bytes, and bytes of a page, that a server may take.
PATIENCE = 30.0
LARGEST = 256 << 20


class Source(Struct, frozen=True):
    """The HTML of a page and where it comes from."""

    html: str
    url: str


def read_source(name: str) -> Source:
    """The page in the file *name*, or on standard input for "-".

    Raises:
        DaemonError: The file cannot be read.
    """
    if name == "-":
        return Source(decode_html(sys.stdin.buffer.read()), "about:stdin")
    path = Path(name).absolute()
    try:
        return Source(decode_html(path.read_bytes()), path.as_uri())
    except OSError as error:
        raise DaemonError(
            "file-unreadable", f"{name} cannot be read ({error.strerror}).", "Name an HTML file."
        ) from error


def fetch(url: str) -> Source:
    """The page at *url*, without scripts run and without being signed in.

    Raises:
        DaemonError: It cannot be had.
    """
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "guidang"})  # noqa: S310  http only
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  as above
            data = _whole(answer)
            charset = answer.headers.get_content_charset()
            return Source(decode_html(data, charset), answer.url)
    except (OSError, ValueError, HTTPException) as error:
        raise DaemonError(
            "page-not-fetched",
            f"The page cannot be fetched ({error}).",
            "Open it in the browser and archive it there.",
        ) from error


def _whole(answer: HTTPResponse) -> bytes:
    """The body of *answer*, and nothing less.

    Raises:
        DaemonError: It is larger than a page may be.
        HTTPException: The server ended before it was complete.
    """
    data = answer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise DaemonError(
            "page-too-large",
            f"The page is larger than {LARGEST >> 20} MiB.",
            "Open it in the browser and archive a selection of it.",
        )
    if answer.length:  # of what was announced; a read of so many bytes at most does not tell it
        raise IncompleteRead(data, answer.length)
    return data
