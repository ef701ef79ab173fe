"""Which blocks are the content, by how likely each of them is."""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import Block, Outline, Region

#: Stands or falls as a whole: half a table says something else.
_WHOLE = frozenset({"table", "dl", "pre"})


def chosen(outline: Outline, probabilities: Sequence[float]) -> list[bool]:
    """Whether each block of *outline* is kept.

    Those are kept whose choice makes the expected F1 over tokens largest, which takes the likely ones
    down to a limit that is the page's own (Ye, Chai, Lee, Chieu 2012, "Optimizing F-measure").
    """
    limit = _limit(outline.blocks, probabilities)
    kept = [probability >= limit for probability in probabilities]
    _keep_headings(outline.blocks, kept)
    for region, inside in _wholes(outline).items():
        tokens = sum(outline.blocks[index].tokens for index in inside if kept[index])
        for index in inside:
            kept[index] = tokens * 2 >= region.tokens
    return kept


def _keep_headings(blocks: list[Block], kept: list[bool]) -> None:
    """A heading stands or falls with what it heads."""
    for index in range(len(blocks) - 2, -1, -1):
        if blocks[index].is_heading and kept[index + 1]:
            kept[index] = True


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


def _wholes(outline: Outline) -> dict[Region, list[int]]:
    """The blocks of each table of data: one with headers, or whose cells are one block each."""
    owners: dict[Region, Region | None] = {}
    found: dict[Region, list[int]] = {}
    for region in outline.regions:
        above = owners.get(region.parent) if region.parent is not None else None
        owners[region] = above or (region if _is_whole(region) else None)
    for index, block in enumerate(outline.blocks):
        owner = owners[block.region]
        if owner is not None:
            found.setdefault(owner, []).append(index)
    return found


def _is_whole(region: Region) -> bool:
    tag = region.element.tag
    if tag != "table":
        return tag in _WHOLE
    return region.element.find(".//th") is not None
