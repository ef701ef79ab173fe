"""Blocks that stand or fall together, however likely each of them is on its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from ..normalize import kinds_of
from .blocks import Block, Outline, Region

#: Blocks at a figure; more of them are a text of its own.
_MOST_AT_FIGURE = 3
#: Tokens of the buttons that stand behind a heading, in one line with it.
_BUTTONS = 4
_SECTIONS = frozenset({"h2", "h3", "h4"})
#: Stands or falls as a whole: half a table says something else.
_WHOLE = frozenset({"dl", "pre"})
_BOXES = frozenset({"aside", "blockquote", "details", "div", "section"})
#: Blocks between the title and the text, among which picture and standfirst are.
MOST_ABOVE = 12
#: What a standfirst is called.
_STANDFIRST = re.compile(
    r"standfirst|sub-?(?:title|head|line)|\b(?:dek|lead|lede)\b", re.IGNORECASE
)
_LISTS = frozenset({"ol", "ul"})
#: The share of tokens in links that makes a list one of links.
_LINKED = 0.8
#: Tokens of the label of an advertisement, and what it says.
_SHORT = 12
_AD = re.compile(
    r"\W*(?:广告|廣告|広告|advertisement|anzeige|werbung|publicité|publicidad|реклама)\W*"
    r"(?:[(（][^()（）]{0,20}[)）]|$)",
    re.IGNORECASE,
)
#: Whose a site is, and tokens of the line that says so.
_RIGHTS = re.compile(
    r"(?:©|copyright)\W*(?:19|20)\d\d|版权所有|版權所有|all rights reserved", re.IGNORECASE
)
_LONGEST_FOOT = 60
#: What forums print below every post of a member: of its tokens, 7 % are content.
_SIGNATURE = re.compile(r"(?:^|[\s_-])signature(?:\s|$)", re.IGNORECASE)


def keep_together(outline: Outline, kept: list[bool]) -> None:
    """Mend, in place, which blocks of *outline* are *kept*, where others decide for them."""
    _drop_signatures(outline, kept)
    _drop_numbers(outline, kept)
    _drop_labels_of_ads(outline.blocks, kept)
    _drop_rights(outline.blocks, kept)
    _drop_contents(outline, kept)
    _keep_captions(outline, kept)
    _keep_headings(outline.blocks, kept)
    _keep_standfirst(outline, kept)
    _keep_lists(outline, kept)
    _keep_wholes(outline, kept)
    _keep_notes(outline, kept)


def holds(region: Region | None, index: int) -> bool:
    """Whether the block at *index* lies in *region*."""
    return region is not None and region.start <= index < region.start + region.blocks


def inside(region: Region) -> range:
    """The indices of the blocks in *region*."""
    return range(region.start, region.start + region.blocks)


def _drop_signatures(outline: Outline, kept: list[bool]) -> None:
    for region in outline.regions:
        if "ignature" in region.class_name and _SIGNATURE.search(region.class_name):
            for index in inside(region):
                kept[index] = False


def _drop_numbers(outline: Outline, kept: list[bool]) -> None:
    """A list shows the numbers of its items anyway."""
    for region in outline.regions:
        for number, item in enumerate(region.children if region.tag in _LISTS else (), 1):
            if outline.blocks[item.start].text.rstrip(".、)") == str(number):
                kept[item.start] = False


def _drop_labels_of_ads(blocks: list[Block], kept: list[bool]) -> None:
    for index, block in enumerate(blocks):
        if kept[index] and block.tokens <= _SHORT and _AD.fullmatch(block.text):
            kept[index] = False


def _drop_rights(blocks: list[Block], kept: list[bool]) -> None:
    """What ends with the rights of the site is its foot."""
    for index in range(len(blocks) - 1, -1, -1):
        if kept[index]:
            if blocks[index].tokens > _LONGEST_FOOT or not _RIGHTS.search(blocks[index].text):
                return
            kept[index] = False


def _drop_contents(outline: Outline, kept: list[bool]) -> None:
    """A table of contents in a box of its own repeats the headings; an author's is in the text."""
    blocks = outline.blocks
    headings = {block.text for block in blocks if block.is_heading}
    for region in outline.regions:
        is_linked = region.linked > _LINKED * region.tokens and region.blocks > 2
        if region.tag not in _LISTS or not is_linked or (region.parent and region.parent.prose):
            continue
        if sum(blocks[index].text in headings for index in inside(region)) * 2 > region.blocks:
            for index in inside(region):
                kept[index] = False


def _keep_headings(blocks: list[Block], kept: list[bool]) -> None:
    """A heading stands or falls with what it heads."""
    for index in range(len(blocks) - 2, -1, -1):
        if blocks[index].is_heading:
            after = _headed(blocks, index)
            kept[index] = kept[index] or kept[index + 1] or (after < len(kept) and kept[after])


def _headed(blocks: list[Block], index: int) -> int:
    """The first block that the heading at *index* heads, behind buttons in one line with it."""
    block, bar = blocks[index], blocks[index].region.parent
    if bar is None or bar.start != index or bar.tokens - block.tokens > _BUTTONS:
        return index + 1
    # Titles, the names of authors, and labels have other things in their line.
    is_inner = block.region.tag in _SECTIONS and not block.link_share
    return index + bar.blocks if is_inner else index + 1


def _keep_captions(outline: Outline, kept: list[bool]) -> None:
    """What is written at a figure stands with the text behind it, or else before it."""
    for region in outline.regions:
        if region.tag == "figure" and region.blocks <= _MOST_AT_FIGURE:
            near = next(_beside(region, len(kept)), None)
            if near is not None and kept[near]:
                for index in inside(region):
                    kept[index] = True


def _beside(region: Region, end: int) -> Iterator[int]:
    """The blocks behind and before *region* that are in the region around it."""
    for index in (region.start + region.blocks, region.start - 1):
        if 0 <= index < end and holds(region.parent, index):
            yield index


def _widened(region: Region) -> Region:
    """The largest region with the same blocks."""
    while region.parent is not None and region.parent.blocks == region.blocks:
        region = region.parent
    return region


def _keep_standfirst(outline: Outline, kept: list[bool]) -> None:
    """What stands below the title and is named so stands with the text."""
    blocks = outline.blocks
    first = kept.index(True) if True in kept else 0
    for index in range(first - 1, max(first - 1 - MOST_ABOVE, 0), -1):
        region, title = blocks[index].region, blocks[index - 1].region
        if title.tag == "h1" and region.parent is title.parent:
            is_named = _STANDFIRST.search(region.class_name) is not None
            kept[index] = is_named and not blocks[index].link_share


def _keep_lists(outline: Outline, kept: list[bool]) -> None:
    """Of a list of plain items all stand when most of them do."""
    for region in outline.regions:
        is_plain = region.blocks == len(region.children) > 2 and not region.linked
        if region.tag not in _LISTS or not is_plain:
            continue
        if sum(kept[index] for index in inside(region)) * 2 >= region.blocks:
            for index in inside(region):
                kept[index] = True


def _keep_notes(outline: Outline, kept: list[bool]) -> None:
    """A footnote stands with the mark that leads to it."""
    names: set[str] = set()
    for block, is_kept in zip(outline.blocks, kept, strict=True):
        if is_kept and block.link_share:
            names |= {_noted(element) for element, _ in block.pieces}
    names.discard("")
    for region in outline.regions if names else ():
        if region.element.get("id") in names:
            for index in inside(region):
                kept[index] = True


def _noted(element: etree._Element) -> str:
    """The name of the note that a link with the text at *element* leads to: one in, or around,
    `sup`, in whose brackets the text may be.
    """
    around = [element, *islice(element.iterancestors(), 2)]
    link = next((each for each in around if each.tag == "a"), None)
    if link is None:
        return ""
    raised = {each.tag for each in (*around, link.getparent()) if each is not None}
    is_mark = "sup" in raised or link.get("role") == "doc-noteref"
    address = link.get("href", "") if is_mark else ""
    return address[1:] if address.startswith("#") else ""


def _keep_wholes(outline: Outline, kept: list[bool]) -> None:
    """What is one thing stands when most of it does, or when it is in the midst of the text."""
    for whole in _wholes(outline):
        tokens = sum(outline.blocks[index].tokens for index in inside(whole) if kept[index])
        beside = [kept[index] for index in _beside(_widened(whole), len(kept))]
        is_kept = tokens * 2 >= whole.tokens or beside == [True, True]
        for index in inside(whole):
            kept[index] = is_kept


def _wholes(outline: Outline) -> Iterator[Region]:
    """The outermost tables of data, lists of definitions, code blocks and callouts."""
    tables = _Tables(outline)
    end = 0
    for region in outline.regions:
        if region.blocks and region.start >= end and (_is_whole(region) or tables.is_data(region)):
            end = region.start + region.blocks
            yield region


def _is_whole(region: Region) -> bool:
    if region.tag in _BOXES:
        return "callout" in kinds_of(region.class_name)
    return region.tag in _WHOLE


class _Tables:
    """The tables of a page: which of them hold data, and which lay out the page."""

    def __init__(self, outline: Outline) -> None:
        self._counts: dict[Region, dict[str, int]] = {}
        self._codes: set[Region] = set()
        self._layouts: set[Region] = set()
        around: dict[Region | None, Region | None] = {None: None}
        for region in outline.regions:
            table = around[region.parent]
            if region.tag == "table":
                self._counts[region] = dict.fromkeys(("td", "th", "tr"), 0)
                if table is not None:
                    self._layouts.add(table)
                table = region
            elif table is not None and region.tag in self._counts[table]:
                self._counts[table][region.tag] += 1
                # The lines of a code block and their numbers stand in cells, too.
                if "gutter" in kinds_of(region.class_name):
                    self._codes.add(table)
            around[region] = table

    def is_data(self, table: Region) -> bool:
        """Whether it has no table in it, and headers, or no cell with more than a block."""
        if table not in self._counts or table in self._layouts:
            return False
        cells, headers, rows = (self._counts[table][tag] for tag in ("td", "th", "tr"))
        is_even = rows > 1 and cells >= 2 * rows and table.blocks <= cells
        return table in self._codes or headers > 0 or is_even
