"""What every service says in its answers: how long to wait, and words for its user."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a service asks to wait: a number or a date (RFC 9110, 10.2.3)."""
    if (pause := _number(headers.get("retry-after-ms"))) is not None:
        return pause / 1000
    if (pause := _number(headers.get("retry-after"))) is not None:
        return pause
    if (moment := _moment(headers.get("retry-after"))) is None:
        return None
    return max(0.0, (moment - now_by(headers)).total_seconds())


def now_by(headers: Mapping[str, str]) -> datetime:
    """The moment of an answer by the clock of who made it; by ours where it does not say."""
    return _moment(headers.get("date")) or datetime.now(UTC)


def quoted(words: str, key: str) -> str:
    """*words* of a service as one short line, without the *key* or a part of it."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in words[:2_000]).split())
    if key:
        clean = clean.replace(key, "…")
        clean = re.sub(r"[\w-]{6,}", lambda run: "…" if run[0] in key else run[0], clean)
    return clean if len(clean) <= 200 else clean[:199] + "…"


def _moment(given: str | None) -> datetime | None:
    with suppress(ValueError):
        date = parsedate_to_datetime(given or "")
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None


def _number(given: str | None) -> float | None:
    with suppress(ValueError):
        number = float(given or "")
        return max(0.0, number) if math.isfinite(number) else None
    return None
