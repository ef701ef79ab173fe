"""Shares that are told by how an amount is split: 1:1, fifty-fifty, 平摊."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .readings import SHARE, Found, Quantity

_SPLIT = re.compile(
    r"(?:(?P<behind>[按以])\s?(?:照\s?)?)?(?<![\d.:])(?P<one>\d{1,2})\s?(?:[:：比∶]|-?to-?)\s?"
    r"(?P<other>\d{1,2})(?![\d:]|\.\d)(?P<before>\s?(?:的?比例|分担|分摊|分配|分成|配套|出资|承担"
    r"|ratio|split|basis))?"
    r"|(?P<half>\b(?:fifty-fifty|50[-–/:]50|(?:split|shared?|divided?)\s(?:[a-z]+\s){0,3}(?:equally|evenly)"
    r"|(?:equally|evenly)\s(?:split|shared|divided|between))\b|五五开|平[摊分]|均摊|对半|各半)"
)


def shares(text: str) -> Iterator[Found]:
    """The shares of both sides, where *text* says that something is split."""
    for match in _SPLIT.finditer(text):
        if match["half"]:
            yield Found(*match.span(), [_share(0.5)])
        elif (match["behind"] or match["before"]) and (whole := _sum(match)):
            own = [int(match[side]) / whole for side in ("one", "other")]
            yield Found(*match.span(), [_share(share) for share in own])


def _sum(match: re.Match[str]) -> int:
    return int(match["one"]) + int(match["other"])


def _share(share: float) -> Quantity:
    return Quantity(SHARE, 100 * share, 1, 1, 2)
