"""What a summary says, held against its article. TO BE REPLACED: a stand-in that doubts nothing."""

from __future__ import annotations

from ..model import Doubt


def marked(summary: str, article: str) -> tuple[str, tuple[Doubt, ...]]:
    """*summary* (Markdown) with ⚠ behind what *article* (plain text) does not hold, and what that
    is.
    """
    return summary, ()
