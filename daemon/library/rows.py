"""Rows of the library → values. A value that cannot be read says that the file is damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from sqlite3 import Row

import msgspec

from ..database import Damaged
from ..decoding import decoded
from ..model import Note, Receipt
from ..protocol import Place
from .words import MOST_TEXT


def head_of(blob: bytes) -> Note:
    """All of a note but its Markdown. Raises Damaged."""
    with _as_damage():
        return decoded(blob, Note)


def markdown_of(blob: bytes) -> str:
    """Raises Damaged."""
    with _as_damage():
        return zlib.decompress(blob).decode()


def beginning_of(blob: bytes) -> str:
    """As much of a note's Markdown as is searched. Raises Damaged."""
    with _as_damage():
        return zlib.decompressobj().decompress(blob, 4 * MOST_TEXT).decode("utf-8", "ignore")


def receipt_of(blob: bytes) -> Receipt:
    """Raises Damaged."""
    with _as_damage():
        return decoded(blob, Receipt)


def place_of(row: Row) -> Place:
    """Raises Damaged."""
    receipt = receipt_of(row["receipt"])
    with _as_damage():
        return Place(
            backend=row["backend"],
            place=receipt.place,
            url=receipt.url,
            revision=receipt.revision,
            stored_at=datetime.fromisoformat(row["stored_at"]),
        )


@contextmanager
def _as_damage() -> Iterator[None]:
    # What SQLite gives back has no check sum: a bit that flips in a value is noticed here alone.
    try:
        yield
    except (ValueError, RecursionError, zlib.error, msgspec.MsgspecError) as error:
        raise Damaged(f"a value cannot be read ({type(error).__name__})") from error
