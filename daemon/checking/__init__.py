"""Stands in."""

from __future__ import annotations

from ..model import Doubt


def marked(summary: str, article: str) -> tuple[str, tuple[Doubt, ...]]:
    return summary, ()
