"""The cases by number: the same number is always the same page."""

from __future__ import annotations

from random import Random

from . import made
from .mutations import MUTATIONS
from .sources import pages

#: One of so many cases is made by Hypothesis, the others are pages that something happened to.
_MADE = 10


def page_of(number: int, seed: int = 0) -> str:
    """The page of the case *number*."""
    if number % _MADE == 0:
        block, place = divmod(number // _MADE, made.BLOCK)
        examples = made.block(seed * 1_000_000 + block)
        return examples[place % len(examples)]
    rng = Random(f"{seed}/{number}")
    html = _part(rng)
    for _ in range(rng.randrange(1, 7)):
        html = rng.choice(MUTATIONS)(rng, html)
    return html


def _part(rng: Random) -> str:
    """A page or a part of one; most are small, so that many can be tried."""
    html = rng.choice(pages())
    size = rng.choices([1_000, 4_000, 60_000], [90, 9, 1])[0]
    if len(html) <= size:
        return html
    begin = html.find("<", rng.randrange(len(html) - size))
    return html[begin : begin + size]
