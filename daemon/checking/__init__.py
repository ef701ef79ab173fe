"""What a summary says, held against its article. TO BE REPLACED: a stand-in that knows decimals."""

from __future__ import annotations

import re

from ..model import Doubt

_DECIMAL = re.compile(r"(\d+\.\d+)⚠?")


def marked(summary: str, article: str) -> tuple[str, tuple[Doubt, ...]]:
    """*summary* (Markdown) with ⚠ behind what *article* (plain text) does not hold, and what that
    is.
    """
    found = [each for each in _DECIMAL.findall(summary) if each not in article]
    markdown = _DECIMAL.sub(lambda each: each[1] + ("⚠" if each[1] in found else ""), summary)
    return markdown, tuple(Doubt(each, "number") for each in dict.fromkeys(found))
