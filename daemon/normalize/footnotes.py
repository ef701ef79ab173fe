"""Footnotes, by the links between a mark and its note."""

from __future__ import annotations

import re

from lxml import etree

from .forms import FOOTNOTE, FOOTNOTE_MARK, Found, become, classes, drop, gone, text_of

_LABEL = re.compile(
    r"[\[(（【〔]?\s*(?:note\s*|注\s*)?([\w*†‡§¶①-⑳]{1,6})\s*[\])）】〕]?$", re.IGNORECASE
)
_MARKED = re.compile(
    r"foot-?note|\bfn\b|noteref|\bnote-?ref\b|endnote|\breference\b|footnote_ref", re.IGNORECASE
)
_NOTES = re.compile(
    r"foot-?note|end-?notes?\b|\breferences?\b|\bfn|cite_note|\bnotes?\b|ftn|citation",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"backref|reversefootnote|back-?link|footnote-?back|\bfn-?back\b|return", re.IGNORECASE
)
_BACK_SIGN = re.compile(r"[\s↩︎↑^⏎←⤴🔙]*$")
_NUMBER = re.compile(r"\s*[\[(]?\s*(\w{1,6}|[*†‡§])\s*[\])]?\s*[.:：、]?\s*$")
_BLOCKS = frozenset("li p div dd dt aside section td".split())


def normalize(page: etree._Element, found: Found) -> None:
    """Make marks `footnote-mark` and their notes `footnote`, with the same label."""
    _sidenotes(found)
    links = [link for link in found["a"] if "#" in link.get("href", "") and not gone(link)]
    marks = [link for link in links if _is_mark(link)]
    if not marks:
        return
    ids = {n.get("id") or n.get("name"): n for n in page.iter() if _is_named_place(n)}
    notes: dict[etree._Element, str] = {}
    for mark in marks:
        note = _note_of(mark, ids)
        if note is not None:
            _join(mark, note, notes)
    for note, label in notes.items():
        _read_note(note, label)


def _is_named_place(node: etree._Element) -> bool:
    return bool(node.get("id")) or (node.tag == "a" and bool(node.get("name")))


def _is_mark(link: etree._Element) -> bool:
    return _LABEL.match(text_of(link)) is not None and (_is_raised(link) or _is_named(link))


def _is_raised(link: etree._Element) -> bool:
    parent = link.getparent()
    return (parent is not None and parent.tag == "sup") or (len(link) == 1 and link[0].tag == "sup")


def _is_named(link: etree._Element) -> bool:
    said = " ".join(
        (classes(link), link.get("role", ""), link.get("rel", ""), link.get("epub:type", ""))
    )
    return bool(_MARKED.search(said)) or "data-footnote-ref" in link.attrib


def _note_of(mark: etree._Element, ids: dict[str | None, etree._Element]) -> etree._Element | None:
    """The block that a mark leads to, if that is a note."""
    target = ids.get(mark.get("href", "").rpartition("#")[2])
    if target is None or _BACK.search(classes(mark)):
        return None
    block = target
    while block.tag not in _BLOCKS and (parent := block.getparent()) is not None:
        block = parent
    if (
        block.tag == "p"
        and (item := block.getparent()) is not None
        and item.tag == "li"
        and item[0] is block
    ):
        block = item
    if block.tag == "dt" and (after := block.getnext()) is not None and after.tag == "dd":
        drop(block)
        block = after
    if block.tag not in _BLOCKS or any(node is block for node in mark.iterancestors()):
        return None
    return block if _is_note(block, target, mark) else None


def _is_note(block: etree._Element, target: etree._Element, mark: etree._Element) -> bool:
    if _leads_back(block, mark):
        return True
    near = [block, target, *list(block.iterancestors())[:2]]
    said = " ".join(f"{classes(node)} {node.get('id', '')} {node.get('role', '')}" for node in near)
    return bool(_NOTES.search(said))


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
        found = _LABEL.match(text_of(mark))
        wished = (
            found[1] if found and re.fullmatch(r"[A-Za-z0-9]+", found[1]) else str(len(notes) + 1)
        )
        taken = set(notes.values())
        while wished in taken:
            wished = f"{wished}-{len(notes) + 1}"
        notes[note] = wished
    around = mark
    parent = mark.getparent()
    if parent is not None and parent.tag == "sup" and len(parent) == 1 and not _words(parent, mark):
        around = parent
    become(around, FOOTNOTE_MARK, label=notes[note])


def _words(parent: etree._Element, mark: etree._Element) -> str:
    """What a raised text says beside its mark."""
    return re.sub(r"[\s\[\](),]", "", (parent.text or "") + (mark.tail or ""))


def _read_note(note: etree._Element, label: str) -> None:
    for link in list(note.iter("a")):
        if _BACK.search(classes(link)) or link.get("role") == "doc-backlink" or _is_back_sign(link):
            drop(link)
    for node in note.iter("span"):
        if "mw-cite-backlink" in classes(node):
            drop(node)
    _drop_number(note, label)
    around = note.getparent()
    note.tag = FOOTNOTE
    note.set("label", label)
    if around is not None and around.tag in {"ol", "ul", "dl"}:
        around.tag = "section"
        _read_list(around.getparent())


def _is_back_sign(link: etree._Element) -> bool:
    text = text_of(link)
    return link.get("href", "").startswith("#") and bool(_BACK_SIGN.match(text)) and bool(text)


def _drop_number(note: etree._Element, label: str) -> None:
    """A note's own number, written before its text."""
    first = note
    while len(first) and not (first.text or "").strip():
        first = first[0]
        if first.tag in {"a", "sup", "span", "strong", "b"}:
            text = text_of(first)
            if not text or (_NUMBER.match(text) and text.strip("[]().: ") == label):
                drop(first)
                first.tail = re.sub(r"^\s*[.:)\]]\s*", "", first.tail or "")
            return


def _read_list(section: etree._Element | None) -> None:
    """Headings and rules of a part that holds nothing but notes are of no use any more."""
    if section is None or not _NOTES.search(f"{classes(section)} {section.get('role', '')}"):
        return
    for node in section:
        if node.tag in {"hr", "h1", "h2", "h3", "h4", "h5", "h6"}:
            drop(node)


def _sidenotes(found: Found) -> None:
    """A note in the margin stands in the sentence that it belongs to; it becomes one below it."""
    for number, note in enumerate(found["sidenote"], 1):
        block = next(note.iterancestors("p", "li", "div", "section"), None)
        if (
            note.tag not in {"span", "small", "aside"}
            or block is None
            or block.getparent() is None
            or gone(note)
        ):
            continue
        label = f"side-{number}"
        moved = etree.Element(FOOTNOTE, {"label": label})
        moved.text = note.text
        moved.extend(list(note))
        moved.tail, block.tail = block.tail, None
        block.addnext(moved)
        become(note, FOOTNOTE_MARK, label=label)
    for toggle in found["toggle"]:
        drop(toggle)
