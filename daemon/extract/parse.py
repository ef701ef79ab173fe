"""Bytes and text → tree."""

from __future__ import annotations

import codecs
import re

import chardet
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

#: libxml2 drops what lies deeper than 255 levels; so do the tools that parse our tree again.
DEEPEST = 200
#: They end nothing: what follows is in the body all the same (HTML Standard, section 13.2.6.4.19).
#: libxml2 puts it beside the body or the page, where it is lost.
_END = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
#: There is nothing in them (HTML Standard, section 13.1.2); libxml2 does not know that, and puts
#: into them what follows.
_VOID = re.compile(rb"<(wbr|source|track|embed)((?:\s[^<>]*)?)>", re.IGNORECASE)
#: What no reader sees and a tree does not take back, though the parser gives it: NUL would even end
#: the page for libxml2.
_UNTAKEN = bytes([*range(9), 0x0B, *range(0x0E, 0x20)])
_UNTAKEN_REFERENCE = re.compile(
    rb"&#(?:0*(?:[0-8]|1[1-24-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    rb"|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
_NONCHARACTER = re.compile(b"\xef\xbf[\xbe\xbf]")
#: A form feed is white space (HTML Standard, section 2.3.1), but XML has none.
_SPACED = bytes.maketrans(b"\x0c", b" ")
_TOO_DEEP = {etree.ErrorTypes.ERR_RESOURCE_LIMIT}
_MISNESTED = {etree.ErrorTypes.ERR_TAG_NAME_MISMATCH}
#: What libxml2 ends where one of some other elements begins in it, as a list of HTML 4 says; by
#: other names it ends nothing.
_ENDED_EARLY = (
    "a address b big caption colgroup dd dir dl dt font form h1 h2 h3 h4 h5 h6 i legend li menu ol "
    "p pre s small span strike tbody td tfoot th thead tr tt u ul"
).split()
_MASK = "masked-"
_MASKED = {_MASK + name: name for name in _ENDED_EARLY}
#: Their tags, as Lexbor writes them, and what holds no tags.
_MARKUP = re.compile(
    r"<!--.*?-->|<(?:script|style|textarea|title|xmp|iframe|noembed|noframes)\b.*?</"
    rf"|(</?)((?:{'|'.join(_ENDED_EARLY)})[\s>])",
    re.DOTALL,
)
#: The share of characters that may be broken where an encoding is claimed, as browsers show them.
_BROKEN = 0.001
#: What a tree takes as the name of an element or attribute; the parser itself takes stray signs.
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
#: Labels of the Encoding Standard (section 4.2) whose Python codec of that name is narrower.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252"}


def parse(html: str) -> etree._Element:
    """The tree of a page; markup that breaks the rules is mended, nothing raises."""
    tree, faults = _read(html)
    # Where a page does not say that its body begins, libxml2 may put it into the head.
    if not _TOO_DEEP & faults and (_MISNESTED & faults or tree.find("body") is None):
        html = _mended(html)
        tree, faults = _read(html)
        if _MISNESTED & faults:
            tree, faults = _read(_MARKUP.sub(_masked, html))
            _unmask(tree)
    if _TOO_DEEP & faults:
        target = etree.HTMLParser(encoding="utf-8", huge_tree=True, target=_Shallow())  # type: ignore[arg-type]  # the stubs ask for more
        tree = _root(_prepared(html), target)
    return tree


def _read(html: str) -> tuple[etree._Element, set[int]]:
    """The tree and what kinds of faults libxml2 found."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = _root(_prepared(html), parser)
    return tree, {entry.type for entry in parser.error_log}


def _mended(html: str) -> str:
    """*html* with the nesting that a browser gives it (HTML Standard, section 13.2.6).

    libxml2 ends an element where the end of an outer one comes only if it was not left open itself.
    Lexbor reads as the standard says, and costs as much as a parse of libxml2, so only what that
    complains of goes through it.
    """
    return LexborHTMLParser(html.encode("utf-8", "replace")).html or ""


def _masked(markup: re.Match[str]) -> str:
    begin, rest = markup.groups()
    return f"{begin}{_MASK}{rest}" if begin else markup[0]


def _unmask(tree: etree._Element) -> None:
    for element in tree.iter(*_MASKED):
        element.tag = _MASKED[element.tag]


def _prepared(html: str) -> bytes:
    # A lone surrogate has no bytes.
    data = html.encode("utf-8", "replace").translate(_SPACED, _UNTAKEN)
    data = _UNTAKEN_REFERENCE.sub(b"", data) if b"&#" in data else data
    data = _NONCHARACTER.sub(b"", _END.sub(b"", data))
    return _VOID.sub(rb"<\1\2></\1>", data)


def decode_html(data: bytes, declared: str | None = None) -> str:
    """The text of a file or an answer whose encoding is only claimed.

    A byte order mark wins, then UTF-8 where it fits (other encodings hardly ever pass as UTF-8),
    then *declared* (from the header), the page's own claim, each of them with a few broken
    characters, and at last a guess.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    claimed = _DECLARED.search(data[:4096])
    stated = [name for name in (declared, claimed and claimed[1].decode("ascii")) if name]
    for name, broken in (
        ("utf-8", 0),
        *((name, 0) for name in stated),
        *((name, _BROKEN) for name in stated),
    ):
        text = _decoded(data, name, broken)
        if text is not None:
            return text
    guess = chardet.detect(data[:100_000])["encoding"] or "utf-8"
    return data.decode(_known(guess) or "utf-8", "replace")


def _decoded(data: bytes, name: str, broken: float) -> str | None:
    """The text, unless more than the share *broken* of it is; None for what is no encoding."""
    codec = _known(name)
    try:
        text = data.decode(codec, "replace" if broken else "strict") if codec else None
    except (UnicodeError, LookupError):  # Python calls "hex" and "rot13" codecs too
        return None
    return text if text is None or text.count("\ufffd") <= broken * len(text) else None


def _known(name: str) -> str | None:
    wider = _WIDER.get(name.lower(), name)
    try:
        return codecs.lookup(wider).name
    except LookupError:
        return None


def _root(data: bytes, parser: etree.HTMLParser) -> etree._Element:
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:  # "Document is empty"
        root = None
    return etree.fromstring(b"<html><body/></html>") if root is None else root


class _Shallow:
    """A parser target that leaves out the tags below the deepest level and keeps their text.

    The SAX interface that lxml gives to targets has no limit of depth.
    """

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth <= DEEPEST:
            named = {name: value for name, value in attributes.items() if _NAME.fullmatch(name)}
            self._builder.start(_tag(tag), named)  # type: ignore[arg-type]  # as above
        else:
            self._builder.data(" ")

    def end(self, tag: str) -> None:
        if self._depth <= DEEPEST:
            self._builder.end(_tag(tag))
        self._depth -= 1

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> etree._Element | None:
        return self._builder.close() if self._depth == 0 else None


def _tag(name: str) -> str:
    return name if _NAME.fullmatch(name) else "span"
