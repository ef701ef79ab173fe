"""Math, by whatever rendered it: its TeX where that is left, otherwise from its MathML."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import etree

from .forms import Found, all_text, become, classes, drop, gone, is_label, text_of
from .mathml import tex_of

_WRAPPER = re.compile(
    r"\b(?:katex(?:-mathml|-display|-html|-block)?|MathJax(?:_\w+)?|mwe-math-\S+|mjx-\w+|ltx_Math"
    r"|math-container)\b"
)
_WRAPPERS = frozenset(["mjx-container", "mjx-assistive-mml", "math-renderer"])
_SENTENCE = re.compile(r"[\u3400-\u9fff]{9}")
_TEXTS = ("p", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "figure")
#: Characters that are drawn for one of TeX, with what is there for those who cannot see.
_MOST_DRAWN = 20
_DISPLAY = re.compile(r"\bkatex-(?:display|block)\b|\bMathJax_Display\b|display")
_DELIMITED = re.compile(
    r"\s*(?:\$\$(?P<a>.*)\$\$|\\\[(?P<b>.*)\\\]|\\\((?P<c>.*)\\\)|\$(?P<d>.*)\$)\s*$", re.DOTALL
)
_STYLED = re.compile(r"\{\\(?:display|text)style\s+(?P<tex>.*)\}\s*$", re.DOTALL)
_IMAGE = re.compile(
    r"latex\.php|/equation\?tex=|latex\.codecogs\.com|mimetex|mathtex|/media/math/render/"
)
_IMAGE_CLASS = re.compile(r"\b(?:latex|tex|math|mwe-math\S*|ee_img|eqn?)\b")
_TEX = ("data-tex", "data-latex", "data-formula", "data-equation", "data-expr", "data-math")


def normalize(found: Found) -> None:
    """Make all math a `math` element whose text is TeX."""
    for script in found["script"]:
        if script.get("type", "").lower().startswith(("math/tex", "math/asciimath")):
            _from_script(script)
    for renderer in found["math-renderer"]:
        _put(renderer, text_of(renderer), display="js-display" in classes(renderer))
    for element in found["tex"]:
        _from_attribute(element)
    for element in found["math"]:
        if len(element) and not gone(element):
            _from_mathml(element)
    for equation in found["equation"]:
        _from_equation(equation)
    for image in found["img"]:
        if not gone(image):
            _from_image(image)


def _put(element: etree._Element, tex: str, *, display: bool) -> None:
    delimited = _DELIMITED.match(tex)
    if delimited:
        display = display or bool(delimited["a"] or delimited["b"])
        tex = next(part for part in delimited.groups() if part is not None)
    while styled := _STYLED.match(tex.strip()):
        tex = styled["tex"]
    tex = tex.strip().removeprefix("\\displaystyle ").rstrip()
    become(element, "math", tex.strip(), display="block" if display else "inline")


def _from_script(script: etree._Element) -> None:
    """MathJax 2 keeps the TeX in a script, and shows what stands before it."""
    before = script.getprevious()
    while before is not None and re.search(r"\bMathJax|\bmjx-", classes(before)):
        # One that was never ended holds more than the drawing.
        if (before.tail or "").strip() or len(all_text(before)) > _MOST_DRAWN * len(
            all_text(script)
        ):
            break
        drop(before)
        before = before.getprevious()
    _put(script, unescape(script.text or ""), display="mode=display" in script.get("type", ""))


def _from_attribute(element: etree._Element) -> None:
    """Elements that carry TeX in an attribute, or as delimited text (Pandoc)."""
    tex = next((element.get(name) for name in _TEX if element.get(name)), None)
    if tex is None and element.get("data-mathml"):
        tex = _from_markup(element.get("data-mathml", ""))
    if tex is None and not len(element) and element.tag in {"span", "div"}:
        text = element.text or ""
        tex = text if _DELIMITED.match(text) else None
    if tex and not gone(element) and not _holds_more(element, tex):
        _put(element, tex, display=element.tag == "div" or "display" in classes(element))


def _from_markup(mathml: str) -> str:
    try:
        parsed = etree.fromstring(mathml.encode("utf-8", "replace"), etree.HTMLParser())
    except etree.XMLSyntaxError:  # there is nothing in it
        return ""
    math = None if parsed is None else parsed.find(".//math")
    return "" if math is None else _annotated(math) or tex_of(math)


def _from_mathml(math: etree._Element) -> None:
    tex = _annotated(math) or math.get("alttext") or math.get("data-latex") or tex_of(math)
    around, display = _around(math, tex)
    display = display or math.get("display") == "block" or math.get("mode") == "display"
    _put(around, tex, display=display)


def _annotated(math: etree._Element) -> str:
    for note in math.iter("annotation"):
        if "tex" in note.get("encoding", "").lower():
            return all_text(note).strip()
    return ""


def _around(math: etree._Element, tex: str) -> tuple[etree._Element, bool]:
    """The outermost element that shows *math* and nothing else, and whether it is a block."""
    outer, display = math, False
    for node in math.iterancestors():
        if node.tag not in _WRAPPERS and not _WRAPPER.search(classes(node)):
            break
        if not tex or _holds_more(node, tex):
            break
        outer = node
        display = display or bool(_DISPLAY.search(classes(node))) or node.get("display") == "true"
    return outer, display


def _holds_more(element: etree._Element, tex: str) -> bool:
    """Whether *element*, as one that was never ended, holds more than the forms of *tex*.

    KaTeX writes a formula three times: as MathML, as TeX and as signs in their places. None writes
    a paragraph.
    """
    room = 24 + 4 * len(tex)
    for text in map(str, element.itertext()):
        room -= len(text.strip())
        if room < 0 or (_SENTENCE.search(text) and not _SENTENCE.search(tex)):
            return True
    return next(element.iter(*_TEXTS), None) not in {None, element}


def _from_equation(equation: etree._Element) -> None:
    """LaTeXML lays out numbered equations in a table."""
    if equation.tag != "table" or gone(equation):
        return
    for node in equation.iter("td", "th"):
        if "ltx_eqn_eqno" in classes(node) and is_label(node):
            drop(node)
    for node in list(equation.iter("table", "tbody", "tr", "td")):
        node.tag = "div"


def _from_image(image: etree._Element) -> None:
    name, source = classes(image), image.get("src") or ""
    drawn = ("tex" in source or "math" in source) and _IMAGE.search(source)
    if not drawn and not _IMAGE_CLASS.search(name):
        return
    tex = image.get("alt", "") if "\\" in image.get("alt", "") else ""
    tex = tex or _from_source(source) or image.get("alt", "")
    if tex.strip():
        _put(image, tex, display="display" in name)


def _from_source(source: str) -> str:
    """The TeX in the address of an image that a server draws."""
    try:
        parts = urlsplit(source)
        named = parse_qs(parts.query)
    except ValueError:
        return ""
    for name in ("tex", "latex", "chl"):
        if name in named:
            return named[name][0]
    if "codecogs" in parts.netloc or "tex" in parts.path:
        return unquote(parts.query).replace("&space;", " ").strip()
    return ""
