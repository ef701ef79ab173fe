"""How likely each block of a page is its content.

The judge is a sum of small decision trees over the numbers of `features`, trained by
`tools/train_judge.py` on pages whose content is known (gradient boosting, Friedman 2001).
`judge.json` holds its trees and the words that it knows; nothing else is learned.

It is a cascade (Viola and Jones 2001): the first trees know a block's region alone, and where their
sum leaves no hope, the others are not asked. On pages of the web that is so for most blocks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import groupby
from math import exp

from msgspec import Struct

from ..decoding import decoded
from .blocks import Outline
from .features import NAMES, REGION_NAMES, Features, Words

#: What stands beside the content, by the page's own marks: of text in `nav`, and in `header`,
#: `footer` and `aside` outside of any article, 1 to 5 % is content. So much less is its sum. It is
#: taken off what the trees say, who do not know of it: held out, that is better by 0.003 than trees
#: that do (mean F1).
DOUBT = 3.0
DOUBTFUL = NAMES.index("doubtful")

_Sum = Callable[..., float]


class Tree(Struct, frozen=True):
    """Inner nodes by their number; a child below 0 is a leaf, -1 the first of `leaves`."""

    columns: tuple[int, ...]
    limits: tuple[float, ...]  #: at most this goes left
    left: tuple[int, ...]
    right: tuple[int, ...]
    leaves: tuple[float, ...]


class Judge(Struct, frozen=True):
    """What training left."""

    names: tuple[str, ...]  #: the features, in the order of the columns
    words: Words
    of_region: tuple[Tree, ...]  #: they know the region of a block
    of_block: tuple[Tree, ...]  #: they know all
    hopeless: float  #: a sum of the first trees below which the others are not asked


class Judging(Struct, frozen=True):
    """A judge made ready."""

    words: Words
    hopeless: float
    first: _Sum
    others: _Sum

    def likely(self, outline: Outline, features: Features) -> list[float]:
        """How likely each block of *outline* is content: probabilities, in the blocks' order."""
        found = []
        regions = [block.region for block in outline.blocks]
        for region, inside in groupby(range(len(regions)), key=regions.__getitem__):
            row = features.of_region(region)
            hope = self.first(*row) - DOUBT * row[DOUBTFUL]
            for index in inside:
                total = hope
                if hope >= self.hopeless:
                    total += self.others(*row, *features.of_block(index))
                found.append(1 / (1 + exp(-total)))
        return found


@functools.cache
def judge() -> Judging:
    """The judge of this version."""
    data = resources.files(__package__).joinpath("judge.json").read_bytes()
    found = decoded(data, Judge)
    if found.names != NAMES:
        raise RuntimeError("judge.json was trained on other features: run tools/train_judge.py")
    return Judging(
        found.words,
        found.hopeless,
        sum_of(found.of_region, len(REGION_NAMES)),
        sum_of(found.of_block, len(NAMES)),
    )


def sum_of(trees: Sequence[Tree], width: int) -> _Sum:
    """A function of the *width* numbers of a row that is the sum of *trees*.

    They become the source of a function, which answers six times as fast as a walk over their
    lists. Nothing goes into it but numbers.
    """
    columns = ", ".join(f"c{column}" for column in range(width))
    lines = [f"def total({columns}):", " total = 0.0"]
    for tree in trees:
        _write(lines, tree, 0, " ")
    lines.append(" return total")
    names: dict[str, _Sum] = {}
    exec("\n".join(lines), names)  # noqa: S102  # as told above
    return names["total"]


def _write(lines: list[str], tree: Tree, node: int, indent: str) -> None:
    if node < 0:
        lines.append(f"{indent}total += {tree.leaves[-1 - node]!r}")
        return
    lines.append(f"{indent}if c{tree.columns[node]} <= {tree.limits[node]!r}:")
    _write(lines, tree, tree.left[node], indent + " ")
    lines.append(f"{indent}else:")
    _write(lines, tree, tree.right[node], indent + " ")
