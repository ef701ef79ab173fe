"""MathML → TeX (MathML Core, and what MathJax, KaTeX and Word write of MathML 3).

Libraries were looked at: mathml-to-latex had one release, in 2024, mathml2latex its last in 2019.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from .forms import all_text

_SIGNS = {
    "−": "-",
    "×": r"\times",
    "÷": r"\div",
    "⋅": r"\cdot",
    "·": r"\cdot",
    "±": r"\pm",
    "∓": r"\mp",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "≡": r"\equiv",
    "∼": r"\sim",
    "≅": r"\cong",
    "∝": r"\propto",
    "∞": r"\infty",
    "∂": r"\partial",
    "∇": r"\nabla",
    "∑": r"\sum",
    "∏": r"\prod",
    "∫": r"\int",
    "∬": r"\iint",
    "∮": r"\oint",
    "√": r"\surd",
    "∈": r"\in",
    "∉": r"\notin",
    "∋": r"\ni",
    "⊂": r"\subset",
    "⊃": r"\supset",
    "⊆": r"\subseteq",
    "⊇": r"\supseteq",
    "∪": r"\cup",
    "∩": r"\cap",
    "∅": r"\emptyset",
    "∀": r"\forall",
    "∃": r"\exists",
    "¬": r"\neg",
    "∧": r"\land",
    "∨": r"\lor",
    "→": r"\to",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow",
    "⇔": r"\Leftrightarrow",
    "↦": r"\mapsto",
    "…": r"\dots",
    "⋯": r"\cdots",
    "⋮": r"\vdots",
    "⋱": r"\ddots",
    "∘": r"\circ",
    "∗": "*",
    "⊕": r"\oplus",
    "⊗": r"\otimes",
    "⊥": r"\perp",
    "∥": r"\parallel",
    "∠": r"\angle",
    "°": r"^\circ",
    "′": "'",
    "″": "''",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "‖": r"\|",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "$": r"\$",
    "_": r"\_",
    "ℏ": r"\hbar",
    "ℓ": r"\ell",
    "ℜ": r"\Re",
    "ℑ": r"\Im",
    "ℝ": r"\mathbb{R}",
    "ℕ": r"\mathbb{N}",
    "ℤ": r"\mathbb{Z}",
    "ℚ": r"\mathbb{Q}",
    "ℂ": r"\mathbb{C}",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "≪": r"\ll",
    "≫": r"\gg",
    "†": r"\dagger",
    "⁡": "",
    "⁢": "",
    "⁣": "",
    "⁤": "",
    "\xa0": " ",
    "\u2009": r"\,",
    "\\": r"\backslash",
    "∖": r"\setminus",
    "≔": ":=",
    **dict(
        zip(
            "αβγδεζηθικλμνξπρσςτυφχψωϵϑϕϱϖ",
            (
                f"\\{name}"
                for name in (
                    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi "
                    "pi rho sigma varsigma tau upsilon varphi chi psi omega epsilon vartheta phi "
                    "varrho varpi"
                ).split()
            ),
            strict=True,
        )
    ),
    **dict(
        zip(
            "ΓΔΘΛΞΠΣΥΦΨΩ",
            (
                f"\\{name}"
                for name in "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
            ),
            strict=True,
        )
    ),
}
_FUNCTIONS = frozenset(
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf "
    "det dim ker deg gcd arg Pr limsup liminf hom".split()
)
_ACCENTS = {
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "¯": "bar",
    "‾": "overline",
    "→": "vec",
    "⃗": "vec",
    "˙": "dot",
    ".": "dot",
    "¨": "ddot",
    "ˇ": "check",
    "˘": "breve",
    "⏞": "overbrace",
    "⏟": "underbrace",
    "_": "underline",
    "̲": "underline",
    "―": "overline",
    "´": "acute",
    "`": "grave",
}
_ALPHABETS = {
    "bold": "mathbf",
    "double-struck": "mathbb",
    "script": "mathcal",
    "fraktur": "mathfrak",
    "sans-serif": "mathsf",
    "monospace": "mathtt",
    "bold-italic": "boldsymbol",
    "bold-script": "mathcal",
    "normal": "mathrm",
}
_SPACES = {"1em": r"\quad", "2em": r"\qquad"}
_OPENING = {"(": "(", "[": "[", "{": r"\{", "|": "|", "‖": r"\|", "⟨": r"\langle", "": "."}
_CLOSING = {")": ")", "]": "]", "}": r"\}", "|": "|", "‖": r"\|", "⟩": r"\rangle", "": "."}
#: Nesting beyond it is left out: no formula has it, and each level is a call.
_DEEPEST = 60


def tex_of(math: etree._Element) -> str:
    """The TeX of a `math` element."""
    return " ".join(_row(math, 0).split())


def _row(element: etree._Element, depth: int) -> str:
    return _joined([_one(child, depth) for child in element])


def _joined(parts: list[str]) -> str:
    """Parts one behind the other; a command needs a space before a letter."""
    text = ""
    for part in parts:
        command = text.rpartition("\\")[2] if "\\" in text else ""
        apart = command.isalpha() and text.endswith(command) and part[:1].isalpha()
        text += " " * apart + part
    return text


def _one(element: etree._Element, depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    tag = str(element.tag).rpartition(":")[2]
    if tag in _TOKENS:
        return _token(element, tag)
    if tag in _SILENT:
        return ""
    if tag == "mspace":
        return _SPACES.get(element.get("width", ""), r"\ ")
    return _of_parts(element, tag, [_one(child, depth + 1) for child in element])


def _of_parts(element: etree._Element, tag: str, parts: list[str]) -> str:
    """The TeX of what has parts; what is not known is their row."""
    if tag in _FORMS and len(parts) >= _FORMS[tag][0]:
        return _FORMS[tag][1](parts)
    if tag in {"mover", "munder", "munderover"} and len(parts) > 1:
        return _above_below(tag, list(element), parts)
    if tag == "mfenced":
        return _fenced(element, parts)
    if tag == "menclose" and "box" in element.get("notation", ""):
        return rf"\boxed{{{_joined(parts)}}}"
    return _joined(parts)


_TOKENS = frozenset(["mi", "mn", "mo", "mtext", "ms"])
_SILENT = frozenset(["annotation", "annotation-xml", "mphantom", "none", "mprescripts"])
_FORMS: dict[str, tuple[int, Callable[[list[str]], str]]] = {
    "mtable": (0, lambda p: r"\begin{matrix} " + r" \\ ".join(p) + r" \end{matrix}"),
    "mtr": (0, " & ".join),
    "mfrac": (2, lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
    "msqrt": (1, lambda p: rf"\sqrt{{{_joined(p)}}}"),
    "mroot": (2, lambda p: rf"\sqrt[{p[1]}]{{{p[0]}}}"),
    "msup": (
        2,
        lambda p: f"{_base(p[0])}^{{{p[1]}}}" if set(p[1]) - {"'"} else f"{_base(p[0])}{p[1]}",
    ),
    "msub": (2, lambda p: f"{_base(p[0])}_{{{p[1]}}}"),
    "msubsup": (3, lambda p: f"{_base(p[0])}_{{{p[1]}}}^{{{p[2]}}}"),
}


def _base(tex: str) -> str:
    """What an index belongs to; more than one sign is put in braces."""
    one = len(tex) <= 1 or (tex.startswith("\\") and tex[1:].isalpha()) or tex.isdigit()
    return tex if one or _is_braced(tex) else f"{{{tex}}}"


def _is_braced(tex: str) -> bool:
    return tex.startswith("\\math") and tex.endswith("}") and tex.count("}") == 1


def _token(element: etree._Element, tag: str) -> str:
    text = " ".join(all_text(element).split())
    if tag in {"mtext", "ms"}:
        return rf"\text{{{text}}}" if text else r"\ "
    if tag != "mn" and text in _FUNCTIONS:
        return f"\\{text}"
    written = _joined([_SIGNS.get(letter, letter) for letter in text])
    alphabet = _ALPHABETS.get(element.get("mathvariant", ""))
    if tag == "mi" and len(text) > 1 and text.isalpha() and text.isascii():
        return rf"\{alphabet or 'mathrm'}{{{text}}}"
    if alphabet and tag == "mi" and alphabet != "mathrm":
        return rf"\{alphabet}{{{written}}}"
    return written


def _above_below(tag: str, children: list[etree._Element], parts: list[str]) -> str:
    """Accents, limits, and what is put over or under a sign."""
    sign = all_text(children[1]).strip()
    if tag != "munderover" and sign in _ACCENTS and children[1].tag == "mo":
        return rf"\{_ACCENTS[sign]}{{{parts[0]}}}"
    if tag == "munderover" and len(parts) > 2:
        return f"{_base(parts[0])}_{{{parts[1]}}}^{{{parts[2]}}}"
    large = parts[0].startswith("\\") and parts[0][1:].isalpha()
    if large:
        return f"{parts[0]}{'_' if tag == 'munder' else '^'}{{{parts[1]}}}"
    return rf"\{'underset' if tag == 'munder' else 'overset'}{{{parts[1]}}}{{{parts[0]}}}"


def _fenced(element: etree._Element, parts: list[str]) -> str:
    opening = _OPENING.get(element.get("open", "("), "(")
    closing = _CLOSING.get(element.get("close", ")"), ")")
    between = (element.get("separators") or ",")[:1]
    return rf"\left{opening} {between.join(parts)} \right{closing}"
