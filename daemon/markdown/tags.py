"""#tags, as people write them into Markdown."""

from __future__ import annotations

import re

_TAG = re.compile(r"(?:^|\s)#([^\s#]+)")


def tags_of(summary: str) -> tuple[str, ...]:
    """The #tags in the last paragraph of a summary."""
    return tuple(_TAG.findall(summary.strip().rsplit("\n\n", 1)[-1]))
