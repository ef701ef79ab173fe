"""Which sentences say most of what an article says, and which of its words name it.

A sentence weighs what its words weigh, and words weigh as Edmundson found what extracts need ("New
Methods in Automatic Extracting", 1969): by how many sentences have them, whether the title has
them, and where the sentence stands. The words of a chosen sentence then weigh less, as in SumBasic
(Nenkova and Vanderwende, "The Impact of Frequency on Summarization", 2005), so that the next one
says something else. ARCHITECTURE.md has what this found, beside the first sentences and SumBasic.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from itertools import chain

from .words import Words

#: Words of a full clause: short sentences would win by their one frequent word.
_CLAUSE = 8
#: The n-th sentence counts n to this power: the second 0.71, the tenth 0.32.
_PLACE = -0.5
#: What the title adds to a word, in counts of the most frequent one.
_TITLE = 2
#: What a word still counts after a chosen sentence has said it.
_SAID = 0.5


def key_sentences(title: str, words: Words, wanted: int) -> list[int]:
    """Which *wanted* sentences of the text say most, the weightiest first.

    A heap with late re-weighing: weights only fall, so the top that is still right is the best.
    """
    weights = _weights(words, title)
    keys = [frozenset(found) for found in words.keys]
    heap = [(-_weight(index, keys[index], weights), index) for index in range(len(keys))]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < wanted:
        old, index = heapq.heappop(heap)
        now = -_weight(index, keys[index], weights)
        if now > old:
            heapq.heappush(heap, (now, index))
            continue
        chosen.append(index)
        for key in keys[index]:
            weights[key] *= _SAID
    return chosen


def _weights(words: Words, title: str) -> dict[str, float]:
    counts = Counter(chain.from_iterable(map(set, words.keys)))
    most = _TITLE * max(counts.values(), default=0)
    titled = words.keys_in(title)
    return {key: count + most * (key in titled) for key, count in counts.items()}


def _weight(index: int, keys: frozenset[str], weights: dict[str, float]) -> float:
    # The root lies between the sum, which long sentences win, and the mean, which short ones win.
    length = math.sqrt(max(_CLAUSE, len(keys)))
    return sum(map(weights.__getitem__, keys)) / length * float((index + 1) ** _PLACE)
