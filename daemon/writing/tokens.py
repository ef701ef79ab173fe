"""How many tokens a text has, without a service. To be replaced by the one that is measured."""

from __future__ import annotations


def estimate(text: str) -> int:
    """Tokens of *text*, rather more than fewer."""
    return len(text.encode("utf-8", "replace")) // 3 + 1
