"""HTML → Markdown (GFM), and what else knows its syntax."""

from .escape import bare_url, escape, heading_text, line_text
from .headings import nest_headings
from .plain import plain_text
from .writer import render

__all__ = [
    "bare_url",
    "escape",
    "heading_text",
    "line_text",
    "nest_headings",
    "plain_text",
    "render",
]
