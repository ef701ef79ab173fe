"""What a bench found, and how it is shown."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value: *aim* is the most it should be, *floor* the least, None where none is."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    floor: float | None = None

    @property
    def missed(self) -> bool:
        too_much = self.aim is not None and self.value > self.aim
        return too_much or (self.floor is not None and self.value < self.floor)

    def named(self, name: str) -> Figure:
        return dataclasses.replace(self, name=name)


def median_and_p95(name: str, seconds: Sequence[float]) -> list[Figure]:
    """The usual two figures of a series of times."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return [
        Figure(f"{name}, median", statistics.median(ordered) * 1000, "ms"),
        Figure(f"{name}, p95", p95 * 1000, "ms"),
    ]


def table(figures: Sequence[Figure]) -> str:
    """One line a figure."""
    return "\n".join(
        f"{figure.name:58} {figure.value:9.2f} {figure.unit:4}"
        + ("" if figure.aim is None else f"  aim {figure.aim:g}")
        + ("" if figure.floor is None else f"  floor {figure.floor:g}")
        + " MISSED" * figure.missed
        for figure in figures
    )
