"""Which blocks are the content, by how likely each of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from .blocks import Block, Outline, Region
from .together import keep_together

#: How much a block is like the others in the region around it, and like those marked up alike.
_FROM_REGION = _FROM_ALIKE = 0.2


def chosen(outline: Outline, probabilities: Sequence[float]) -> list[bool]:
    """Whether each block of *outline* is kept.

    Those are kept whose choice makes the expected F1 over tokens largest, which takes the likely
    ones down to a limit that is the page's own (Ye, Chai, Lee, Chieu 2012, "Optimizing F-measure").
    """
    likely = _beside_others(outline.blocks, probabilities)
    limit = _limit(outline.blocks, likely)
    kept = [each >= limit for each in likely]
    keep_together(outline, kept)
    return kept


def _beside_others(blocks: list[Block], probabilities: Sequence[float]) -> list[float]:
    """A block is likely what the others in its region are, and those that are marked up alike.

    Held out, F1 is 0.002 to 0.003 higher with shares of 0.2 and 0.3 than with none.
    """
    inside: defaultdict[Region, _Mean] = defaultdict(_Mean)
    alike: defaultdict[tuple[str, ...], _Mean] = defaultdict(_Mean)
    means = []
    for block, probability in zip(blocks, probabilities, strict=True):
        pair = inside[block.region.parent or block.region], alike[block.region.markup]
        for mean in pair:
            mean.add(probability, block.tokens)
        means.append(pair)
    return [
        (1 - _FROM_REGION - _FROM_ALIKE) * probability
        + _FROM_REGION * region.value
        + _FROM_ALIKE * marked.value
        for probability, (region, marked) in zip(probabilities, means, strict=True)
    ]


class _Mean:
    """The mean of what is added, by its weight."""

    __slots__ = ("_total", "_weight")

    def __init__(self) -> None:
        self._total = self._weight = 0.0

    def add(self, value: float, weight: float) -> None:
        self._total += value * weight
        self._weight += weight

    @property
    def value(self) -> float:
        return self._total / self._weight if self._weight else 0.0


def _limit(blocks: list[Block], probabilities: Sequence[float]) -> float:
    """The lowest probability that is kept."""
    expected = sum(p * block.tokens for p, block in zip(probabilities, blocks, strict=True))
    best, limit = -1.0, 1.0
    taken = content = 0.0
    for index in sorted(range(len(blocks)), key=lambda each: -probabilities[each]):
        taken += blocks[index].tokens
        content += probabilities[index] * blocks[index].tokens
        score = content / (taken + expected) if taken + expected else 0.0
        if score >= best:
            best, limit = score, probabilities[index]
    return limit
