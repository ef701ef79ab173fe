"""HTML → Markdown (GFM), and what else knows its syntax.

`writer` and `plain` are imported where they are used: they load parsers, which the daemon itself
never needs.
"""

from .escape import bare_url, escape, heading_text, line_text
from .headings import nest_headings
from .tags import tags_of

__all__ = ["bare_url", "escape", "heading_text", "line_text", "nest_headings", "tags_of"]
