"""Footnotes, by the links between a mark and its note.

A mark is a short link to a place of the page, raised or named as one; or it leads to a place that
leads back to it. A note is the block at that place.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from lxml import etree

from ..tree import DROPPED
from .forms import (
    FOOTNOTE,
    FOOTNOTE_MARK,
    HEADINGS,
    Found,
    become,
    classes,
    drop,
    gone,
    is_label,
    text_of,
)

_LABEL = re.compile(
    r"[\[(（【〔]?\s*(?:note\s*|注\s*)?([\w*†‡§¶①-⑳]{1,6})\s*[\])）】〕]?$", re.IGNORECASE
)
_MARKED = re.compile(r"foot-?note|\bfn\b|noteref|note-?ref\b|endnote|\breference\b", re.IGNORECASE)
_NOTES = re.compile(
    r"foot-?note|end-?notes?\b|\breferences?\b|\bfn|cite_note|\bnotes?(?:\b|[-_]?\d)|ftn|citation",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"backref|reversefootnote|back-?link|footnote-?back|\bfn-?back\b|return", re.IGNORECASE
)
_BACK_SIGN = re.compile(r"[\s↩︎↑^⏎←⤴🔙]+$")
_BLOCKS = frozenset("li p div dd dt aside section td table".split())
_SIGNS = re.compile(r"[\s\[\](),，、]")
_BRACKETED = re.compile(r"\[\d{1,3}\]")
_RETURN = re.compile(r"_(ft|ed)nref(\d+)")


def normalize(page: etree._Element, found: Found) -> None:
    """Make marks `footnote-mark` and their notes `footnote`, with the same label."""
    _sidenotes(found)
    # Not those that were found: some are code meanwhile, and their text is no link any more.
    links = [link for link in page.iter("a") if "#" in link.get("href", "")]
    marks = [
        link for link in links if len(link) < 4 and _LABEL.match(text_of(link)) and not gone(link)
    ]
    if not marks:
        return
    ids = _returns(links) | _places(page, set(map(_end, marks)))
    targets = {place: ids[place] for mark in marks if (place := _end(mark)) in ids}
    _split_lines(targets.values())
    places = {place: _block_at(target) for place, target in targets.items()}
    shared = Counter(places.values())
    notes: dict[etree._Element, str] = {}
    for mark, sure in [(mark, _is_sure(mark)) for mark in marks]:
        block = places.get(_end(mark))
        # A block with the places of several notes is none of them.
        if block is None or shared[block] > 1 or _is_in(mark, notes):
            continue
        note = _note_of(mark, block, ids[_end(mark)], sure=sure)
        if note is not None:
            _join(mark, note, notes)
    marks = list(page.iter(FOOTNOTE_MARK))
    reached = {mark.get("label") for mark in marks if _is_read(mark, notes)}
    for note, label in notes.items():
        if label in reached:
            _read_note(note, label)
            continue
        for mark in marks:  # viewers leave out a note to which no mark in the text leads
            if mark.get("label") == label:
                mark.tag = "span"


def _returns(links: list[etree._Element]) -> dict[str, etree._Element]:
    """The places of Word's notes where their names are lost: each begins with a link back."""
    backs = ((_RETURN.fullmatch(_end(link)), link) for link in links)
    return {f"_{found[1]}n{found[2]}": link for found, link in backs if found and not gone(link)}


def _split_lines(targets: Iterable[etree._Element]) -> None:
    """Notes that are lines of one block each become a block of their own."""
    lines: dict[etree._Element, list[etree._Element]] = defaultdict(list)
    for target in dict.fromkeys(targets):
        if (block := target.getparent()) is not None and block.tag in {"p", "div"}:
            lines[block].append(target)
    for block, begins in lines.items():
        if len(begins) < 2 or not all(map(_begins_line, begins)):
            continue
        block.tag = "div"
        first = set(begins)
        for child in list(block):
            if child in first:
                part = etree.Element("div")
                child.addprevious(part)
            elif child.getprevious() is None:
                continue
            part.append(child)


def _begins_line(target: etree._Element) -> bool:
    before = target.getprevious()
    if before is None:
        outer = target.getparent()
        return outer is not None and not (outer.text or "").strip()
    return before.tag == "br" and not (before.tail or "").strip()


def _places(page: etree._Element, wanted: set[str]) -> dict[str, etree._Element]:
    """The elements of *page* with the *wanted* names."""
    places = {}
    for node in page.iter():
        place = node.get("id") or (node.tag == "a" and node.get("name"))
        if place and place in wanted:
            places[place] = node
    return places


def _end(mark: etree._Element) -> str:
    """The place that a link leads to."""
    return mark.get("href", "").rpartition("#")[2]


def _is_in(mark: etree._Element, notes: dict[etree._Element, str]) -> bool:
    return bool(notes) and any(node in notes for node in mark.iterancestors())


def _is_read(mark: etree._Element, notes: dict[etree._Element, str]) -> bool:
    """Whether it stands in the text: a drawing is not written, and a note leads to no other."""
    return not _is_in(mark, notes) and next(mark.iterancestors("svg"), None) is None


def _is_sure(link: etree._Element) -> bool:
    """Whether it is raised, in brackets, or named as a mark."""
    if _BRACKETED.fullmatch(text_of(link)):
        return True
    parent = link.getparent()
    if (parent is not None and parent.tag == "sup") or (len(link) == 1 and link[0].tag == "sup"):
        return True
    names = (classes(link), link.get("role"), link.get("rel"), link.get("epub:type"))
    return bool(_MARKED.search(" ".join(name or "" for name in names))) or (
        "data-footnote-ref" in link.attrib
    )


def _note_of(
    mark: etree._Element, block: etree._Element, target: etree._Element, *, sure: bool
) -> etree._Element | None:
    """The *block* at the *target* of a mark, if that is a note."""
    if _BACK.search(classes(mark)) or mark.tag != "a":
        return None
    if block.tag not in _BLOCKS or any(node is block for node in mark.iterancestors()):
        return None
    if _leads_back(block, mark) or (sure and _is_note(block, target, mark)):
        return _content(block)
    return None


def _block_at(target: etree._Element) -> etree._Element:
    block = target
    while block.tag not in _BLOCKS and (parent := block.getparent()) is not None:
        block = parent
    outer = block.getparent()
    if block.tag == "p" and outer is not None and outer[0] is block and outer.tag == "li":
        return outer
    return block


def _content(block: etree._Element) -> etree._Element:
    """Where the text of a note is, if its number has an element of its own."""
    after = block.getnext()
    if block.tag == "dt" and after is not None and after.tag == "dd":
        drop(block)
        return after
    if block.tag == "table":
        cells = list(block.iter("td"))
        for node in list(block.iter("table", "tbody", "tr", "td", "col", "colgroup")):
            node.tag = "div"
        for cell in cells[:-1]:
            drop(cell)
    return block


def _is_note(block: etree._Element, target: etree._Element, mark: etree._Element) -> bool:
    """Whether a block says that it is a note, or begins with the label of its mark."""
    near = [block, target, *list(block.iterancestors())[:2]]
    names = ("class", "id", "role", "epub:type")
    if _NOTES.search(" ".join(node.get(name) or "" for node in near for name in names)):
        return True
    label = _SIGNS.sub("", text_of(mark))
    return re.match(rf"[\[(]?{re.escape(label)}[\])]?[.:：、\s]", text_of(block)) is not None


def _leads_back(block: etree._Element, mark: etree._Element) -> bool:
    own = {mark.get("id"), mark.get("name")}
    own |= {node.get("id") for node in list(mark.iterancestors())[:2]}
    own |= {node.get("id") for node in mark}
    return any(
        link.get("href", "").rpartition("#")[2] in own - {None}
        for link in block.iter("a")
        if "#" in link.get("href", "")
    )


def _join(mark: etree._Element, note: etree._Element, notes: dict[etree._Element, str]) -> None:
    if note not in notes:
        notes[note] = _label(mark, notes)
    for link in note.iter("a"):
        if link.get("href", "").startswith("#") and _leads_back(note, mark) and _is_number(link):
            drop(link)
    around = mark
    parent = mark.getparent()
    if parent is not None and parent.tag == "sup":
        words = (parent.text or "") + "".join(child.tail or "" for child in parent)
        if not _SIGNS.sub("", words):
            parent.tag, around = "span", parent if len(parent) == 1 else mark
    become(around, FOOTNOTE_MARK, f"[{notes[note]}]", label=notes[note])
    _drop_brackets(around)


def _label(mark: etree._Element, notes: dict[etree._Element, str]) -> str:
    found = _LABEL.match(text_of(mark))
    wished = found[1] if found and re.fullmatch("[A-Za-z0-9]+", found[1]) else str(len(notes) + 1)
    taken = set(notes.values())
    return wished if wished not in taken else f"{wished}-{len(notes) + 1}"


def _is_number(link: etree._Element) -> bool:
    return _LABEL.match(text_of(link)) is not None


def _drop_brackets(mark: etree._Element) -> None:
    """A mark in brackets needs them no more."""
    parent, before = mark.getparent(), mark.getprevious()
    text = (before.tail if before is not None else parent.text if parent is not None else "") or ""
    tail = mark.tail or ""
    if parent is None or not text.endswith("[") or not tail.startswith("]"):
        return
    mark.tail = tail[1:]
    if before is not None:
        before.tail = text[:-1]
    else:
        parent.text = text[:-1]


def _read_note(note: etree._Element, label: str) -> None:
    for link in list(note.iter("a")):
        if _BACK.search(classes(link)) or link.get("role") == "doc-backlink" or _is_sign(link):
            drop(link)
    for node in note.iter("span"):
        if "mw-cite-backlink" in classes(node):
            drop(node)
    _drop_number(note, label)
    outer = note.getparent()
    note.tag = FOOTNOTE
    note.set("label", label)
    if outer is not None and outer.tag in {"ol", "ul", "dl"}:
        outer.tag = "section"
    for part in list(note.iterancestors())[:2]:
        _tidy(part)


def _is_sign(link: etree._Element) -> bool:
    return link.get("href", "").startswith("#") and bool(_BACK_SIGN.match(text_of(link)))


def _drop_number(note: etree._Element, label: str) -> None:
    """A note's own number, written before its text."""
    number = re.compile(rf"\s*[\[(]?\s*{re.escape(label)}\s*[\])]?\s*[.:：、]?\s*")
    first = note
    while len(first) and not (first.text or "").strip():
        first = first[0]
        if first.tag in {DROPPED, "a", "sup", "span", "strong", "b"}:
            if first.tag == DROPPED or not text_of(first) or number.fullmatch(text_of(first)):
                drop(first)
                first.tail = re.sub(r"^\s*[.:)\]]?\s*", "", first.tail or "")
                return
            if (first.text or "").strip():
                return
    found = number.match(first.text or "")
    if found and found[0].rstrip()[-1:] in {".", ":", "：", "、", "]", ")"}:
        first.text = (first.text or "")[found.end() :]


def _tidy(part: etree._Element) -> None:
    """Headings and rules of a part that holds nothing but notes are of no use any more."""
    said = " ".join(part.get(name) or "" for name in ("class", "id", "role"))
    if not re.search(r"foot-?notes|endnotes", said, re.IGNORECASE):
        return
    before = part.getprevious()
    for node in [*part, *([] if before is None or before.tag != "hr" else [before])]:
        if node.tag == "hr" or node.tag in HEADINGS:
            drop(node)


def _sidenotes(found: Found) -> None:
    """A note that stands in the sentence it belongs to, shown in the margin, becomes a footnote."""
    for number, note in enumerate(found["sidenote"], 1):
        block = next(note.iterancestors("p", "li", "div", "section"), None)
        if block is None or block.getparent() is None or gone(note):
            continue
        for mark in note.iter("sup", "span"):
            if re.search(r"\bltx_(?:note_mark|tag)\b", classes(mark)):
                drop(mark)
        before = note.getprevious()
        if before is not None and "footnote" in classes(before) and not (before.tail or "").strip():
            drop(before)
        _move(note, block, f"side-{number}")
    for toggle in filter(is_label, found["toggle"]):
        if next(toggle.iter(FOOTNOTE_MARK), None) is None:
            drop(toggle)


def _move(note: etree._Element, block: etree._Element, label: str) -> None:
    moved = etree.Element(FOOTNOTE, {"label": label})
    moved.text = note.text
    moved.extend(list(note))
    if block.tag == "li":
        block.append(moved)
    else:
        moved.tail, block.tail = block.tail, None
        block.addnext(moved)
    become(note, FOOTNOTE_MARK, label=label)
