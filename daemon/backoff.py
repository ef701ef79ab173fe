"""When what failed for now is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: The pauses between attempts double from the first to the last.
FIRST_PAUSE = timedelta(seconds=5)
LAST_PAUSE = timedelta(hours=1)
#: A holiday without a network is no reason to give up.
GIVE_UP_AFTER = timedelta(days=30)


def next_attempt(
    attempts: int,
    *,
    retry_after: float | None,
    since: datetime,
    now: datetime,
    chance: float,
) -> datetime | None:
    """When to try again after *attempts* attempts *since* a moment; None to give up.

    The pause doubles, with *chance* (0 to 1) spreading it over its upper half; the other side's own
    wish, in seconds, is never undercut.
    """
    if now - since > GIVE_UP_AFTER:
        return None
    full: timedelta = min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 20))
    pause: timedelta = full * (0.5 + chance / 2)
    wish = timedelta(seconds=min(retry_after or 0, GIVE_UP_AFTER.total_seconds()))
    return now + max(pause, wish)
