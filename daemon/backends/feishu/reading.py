"""Markdown → blocks. Pure, and the Markdown as hostile as a page: it runs in a worker.

The Markdown becomes HTML first, so that the HTML in a note and its Markdown are read alike: a table
as the one or the other, emphasis that Markdown cannot mark, a break in a cell.
"""

from __future__ import annotations

from ...model import Asset
from .blocks import Block
from .runs import cleaned


def blocks_of(markdown: str, assets: tuple[Asset, ...]) -> tuple[Block, ...]:
    """The first-level blocks of a document with the Markdown of a note.

    Its own `# title`, if it begins with it, is left out: the title of the document says it. Its
    *assets* are image blocks; other images are links.
    """
    # Workers load lxml and the parser of Markdown; the daemon, which names this function, does not.
    from .reader import read  # noqa: PLC0415
    from .syntax import html_of  # noqa: PLC0415

    return read(html_of(cleaned(markdown)), assets)
