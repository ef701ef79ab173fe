"""What a number of a text may mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .units import BARE, COUNT, THINGS

#: Dimensions of numbers that measure nothing.
PLAIN = frozenset([BARE, COUNT, THINGS])
#: A number of a score, 3-2: it may be told in other words, but it measures nothing.
SCORE = "score"
#: A duration in the form of a time of day: 2:09:56.
CLOCK = "clock"
#: A percentage that is told as a fraction, or as one number out of another.
SHARE = "share"


class Quantity(NamedTuple):
    """One reading of a number, in the first unit of its dimension."""

    dimension: str
    value: float
    step: float  #: the place of its last digit
    rounded: float  #: the same, where zeros at its end only hold places
    digits: int  #: significant ones
    size: float = 1.0  #: of the unit in which it is written

    def scaled(self, dimension: str, size: float) -> Quantity:
        _, value, step, rounded, digits, own = self
        return Quantity(dimension, value * size, step * size, rounded * size, digits, own * size)

    def moved(self, dimension: str, distance: float) -> Quantity:
        """The same on a scale that begins elsewhere."""
        return self._replace(dimension=dimension, value=self.value + distance)


#: Dimension and size of a unit.
Measure = tuple[str, float]


class Found(NamedTuple):
    """A number where it stands, with all that it may mean."""

    start: int
    end: int
    readings: list[Quantity]
    telling: bool = True  #: False for 一 and "first", which are words as often as numbers
    #: Of one, for a number before that shares them.
    measures: Sequence[Measure] = ()
    #: For how much it is told: an hour, of 5 km an hour.
    per: Sequence[Measure] = ()
    parts: tuple[Found, ...] = ()  #: of 2 hours 9 minutes, which are one quantity, and of 6/38
    #: Whether it holds nothing that is rounded: the 15th may be 15 days, and is no two weeks.
    exact: bool = False
    ratio: float = 0.0  #: of a later to an earlier quantity, where words say that alone: doubled

    @property
    def is_plain(self) -> bool:
        """Whether it is a number and nothing else."""
        return list(self.measures) == [(BARE, 1.0)]
