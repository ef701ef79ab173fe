"""Footnotes without links: raised numbers, and notes that have these numbers.

Such notes are blocks that begin with their numbers, or the items of a list that is named as one of
notes. The numbers go up from 1, each mark stands before its note, and no mark and no note is
missing: so verses, exponents and numbered paragraphs stay what they are.
"""

from __future__ import annotations

import re

from lxml import etree

from .forms import FOOTNOTE, FOOTNOTE_MARK, HEADINGS, become, classes, drop, gone, text_of

_NUMBER = re.compile(r"[\[(]?([1-9]\d?)[\])]?")
_BLOCKS = frozenset(["p", "li", "div", "dd"])
_TITLE = re.compile(
    r"(?:foot|end)?notes|references|sources|anmerkungen|fußnoten|quellen|notas|remarques"
    r"|[脚腳尾]?[注註](?:[释釋解]|脚|腳)?|参考(?:文献|资料)|參考(?:文獻|資料)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:foot-?|end-?)notes?\b|\breferences\b", re.IGNORECASE)

Numbered = tuple[int, etree._Element]


def normalize(page: etree._Element) -> None:
    """Make such marks and notes those of the plain form."""
    signs = [
        (number, sign)
        for sign in page.iter("sup", "strong", "b")
        if (number := _number_of(sign)) and not gone(sign) and not _is_linked(sign)
    ]
    if signs and not _join_blocks(signs):
        _join_list(signs, page)


def _number_of(sign: etree._Element) -> int:
    if len(sign) > 1 or (len(sign) and (len(sign[0]) or sign[0].tag == "a")):
        return 0
    found = _NUMBER.fullmatch(text_of(sign))
    return int(found[1]) if found else 0


def _is_linked(sign: etree._Element) -> bool:
    return next(sign.iterancestors("a", FOOTNOTE), None) is not None


def _join_blocks(signs: list[Numbered]) -> bool:
    marks: list[etree._Element] = []
    notes: list[tuple[etree._Element, etree._Element]] = []
    follow = True  #: no mark stands behind a note
    for number, sign in signs:
        block = _begun_by(sign)
        if block is None:
            if sign.tag == "sup" and number == len(marks) + 1:
                marks.append(sign)
                follow = follow and not notes
        elif number == len(notes) + 1:
            beside = not notes or notes[0][0].getparent() is block.getparent()
            if number > len(marks) or not beside:
                return False
            notes.append((block, sign))
    if not notes or len(notes) != len(marks):
        return False
    _drop_title(notes[0][0])
    if follow:
        _gather([block for block, _ in notes])
    for number, (mark, (block, sign)) in enumerate(zip(marks, notes, strict=True), 1):
        drop(sign)
        sign.tail = re.sub(r"^\s*[.:)\]]?\s*", "", sign.tail or "")
        _join(mark, block, number)
    return True


def _begun_by(sign: etree._Element) -> etree._Element | None:
    """The block that *sign* stands at the beginning of."""
    node = sign
    while node.tag not in _BLOCKS:
        outer = node.getparent()
        if outer is None or node.getprevious() is not None or (outer.text or "").strip():
            return None
        node = outer
    return node if len(text_of(node)) > len(text_of(sign)) else None


def _gather(notes: list[etree._Element]) -> None:
    """What stands between two notes belongs to the first."""
    begins = set(notes)
    for block in notes[:-1]:
        while (after := block.getnext()) is not None and after not in begins:
            block.append(after)


def _join_list(signs: list[Numbered], page: etree._Element) -> None:
    """Marks with the items of the last list of notes."""
    notes = next(filter(_is_of_notes, reversed(list(page.iter("ol")))), None)
    items = [] if notes is None else [item for item in notes if item.tag == "li"]
    marks: list[etree._Element] = []
    for number, sign in signs:
        if sign.tag == "sup" and number == len(marks) + 1:
            marks.append(sign)
    if notes is None or not items or len(items) != len(marks):
        return
    if next(notes.iterancestors(FOOTNOTE), None) is not None:
        return
    _drop_title(notes)
    for number, (mark, item) in enumerate(zip(marks, items, strict=True), 1):
        _join(mark, item, number)


def _is_of_notes(element: etree._Element) -> bool:
    outer, before = element.getparent(), element.getprevious()
    if before is not None:
        return before.tag in HEADINGS and _TITLE.fullmatch(text_of(before)) is not None
    return bool(_NAMED.search(classes(element) or ("" if outer is None else classes(outer))))


def _join(mark: etree._Element, note: etree._Element, number: int) -> None:
    become(mark, FOOTNOTE_MARK, f"[{number}]", label=str(number))
    outer = note.getparent()
    note.tag = FOOTNOTE
    note.set("label", str(number))
    if outer is not None and outer.tag in {"ol", "ul", "dl"}:
        outer.tag = "section"


def _drop_title(note: etree._Element) -> None:
    """A rule or a title over the notes is of no use any more."""
    before = note.getprevious()
    if before is None:
        return
    if before.tag == "hr" or (before.tag in HEADINGS and _TITLE.fullmatch(text_of(before))):
        drop(before)
