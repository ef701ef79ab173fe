"""How likely each block of a page is its content.

The judge is a sum of small decision trees over the numbers of `features`, trained by
`tools/train_judge.py` on pages whose content is known (gradient boosting, Friedman 2001). `judge.json`
holds its trees and the words that it knows; nothing else is learned.
"""

from __future__ import annotations

import functools
from importlib import resources
from math import exp

from msgspec import Struct

from ..decoding import decoded
from .features import NAMES, Words

#: A block whose sum is so low after the first trees stays out, whatever the others say.
_HOPELESS = -3.5
_FIRST = 20


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
    trees: tuple[Tree, ...]

    def probability(self, row: list[float]) -> float:
        """How likely the block of this *row* of features is content."""
        total = 0.0
        for number, tree in enumerate(self.trees):
            node = 0
            columns, limits, left, right = tree.columns, tree.limits, tree.left, tree.right
            while node >= 0:
                node = left[node] if row[columns[node]] <= limits[node] else right[node]
            total += tree.leaves[-1 - node]
            if number == _FIRST and total < _HOPELESS:
                break
        return 1 / (1 + exp(-total))


@functools.cache
def judge() -> Judge:
    """The judge of this version."""
    data = resources.files(__package__).joinpath("judge.json").read_bytes()
    found = decoded(data, Judge)
    if found.names != NAMES:
        raise RuntimeError("judge.json was trained on other features: run tools/train_judge.py")
    return found
