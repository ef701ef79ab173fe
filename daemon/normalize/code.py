"""Code blocks, by the class names and tables of highlighters."""

from __future__ import annotations

import re

from lxml import etree

from ..tree import DROPPED
from .forms import (
    NUMBERING,
    Found,
    all_text,
    become,
    classes,
    drop,
    gone,
    is_label,
    text_of,
    writable,
)

_OWN = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight-source)-([^\s{`]+)")
_BRUSH = re.compile(r"(?:brush|lang):\s*([\w+#-]+)")
_HIGHLIGHTER = re.compile(r"(?:^|\s)syntaxhighlighter\s.*?([a-z][\w#]*)\s*$")
_PANDOC = re.compile(r"(?:^|\s)(?:sourceCode|hljs|prettyprint|highlight)\s+([a-z][\w+#-]*)\b")
_AROUND = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight|source)-([\w+#-]+)")
#: Words of highlighters that are no language.
_NO_LANGUAGE = frozenset(
    "default none undefined auto line-numbers notranslate wrap hljs linenums tab-size "
    "highlighter-rouge table wrapper container source code".split()
)
#: What a class has to name where nothing around it says that it is a language.
_LANGUAGES = frozenset(
    "bash clojure cpp csharp css dart diff dockerfile elixir erlang fsharp go graphql groovy "
    "haskell html ini java javascript js json jsx julia kotlin latex lua makefile matlab nginx "
    "objectivec ocaml perl php powershell python ruby rust scala scss shell sql swift toml tsx "
    "typescript xml yaml zig".split()
)
_ATTRIBUTES = (
    "data-lang data-language data-code-language data-tagsearch-lang data-enlighter-language"
).split()
#: A language of people, not of programs.
_PEOPLES = re.compile(r"(?:[a-z]{2,3}-[A-Za-z]{2,4}|en|zh|de|fr|es|ja|ko|ru|pt|it|nl|pl)$")
_NUMBERS = re.compile(
    r"(?:^|\s)(?:line-?numbers?(?:-rows)?|linenos?|lineno|ln|gutter|blob-num|hljs-ln-numbers?"
    r"|hljs-ln-n|rouge-gutter|line-num|linenumber|code-line-number|react-syntax-highlighter-line-number"
    r"|code__line-number|select-none|unselectable|copy-?(?:btn|button|code)\S*|code-block-extension-header)(?:\s|$)"
)
#: Letters that a gutter may hold besides numbers.
_FEW = 8
_LINES = frozenset("div p li tr section ol ul".split())
_SILENT = frozenset("button style script select textarea svg".split())


def normalize(found: Found) -> None:
    """Make each code block a `pre` with one `code`, and tables with line numbers such blocks."""
    for index in filter(is_label, found["line-index"]):
        drop(index)
    cells = [cell for cell in found["gutter"] if cell.tag == "td"]
    # Each table once: one that is none of code would be looked at for each of its cells.
    for table in dict.fromkeys(next(cell.iterancestors("table"), None) for cell in cells):
        if table is not None and table.tag == "table" and not gone(table):
            _read_table(table)
    for pre in found["pre"]:
        if pre.tag == "pre" and not gone(pre):
            _read_block(pre)


def _read_block(pre: etree._Element) -> None:
    if next(pre.iterancestors("pre"), None) is not None:
        return
    language = language_of(pre)
    label = pre.getprevious()
    if label is not None and language and text_of(label).lower() == language:
        drop(label)
    _plain(pre, code_text(pre), language)


def _plain(element: etree._Element, text: str, language: str) -> None:
    become(element, "pre")
    code = etree.SubElement(element, "code")
    # A line ends with each of them in Markdown, and would leave what the code stands in.
    code.text = writable(re.sub("\r\n?", "\n", text.replace("\xa0", " ")))
    if language:
        code.set("class", writable(f"language-{language}"))


def language_of(pre: etree._Element) -> str:
    """The language that a block, what is in it, or what is closely around it, names."""
    inner = [code for code in pre if code.tag == "code"][:1] or pre.findall(".//code")[:1]
    for node in (*inner, pre):
        if own := _OWN.search(classes(node)) or _BRUSH.search(classes(node)):
            return own[1]
    for node in (*inner, pre):
        named = next((node.get(name) for name in _ATTRIBUTES if node.get(name)), None)
        named = named or _program(node.get("lang")) or _listed(_PANDOC.search(classes(node)))
        if named:
            return named.strip().lower().replace(" ", "-")
    return _bare(pre, inner) or _around(pre)


def _bare(pre: etree._Element, inner: list[etree._Element]) -> str:
    """A language that is a class of its own, where the code is coloured: others mean else by it."""
    if pre.find(".//span") is None:
        return ""
    words = (word for node in (*inner, pre) for word in classes(node).split())
    return next((word for word in words if word in _LANGUAGES), "")


def _around(pre: etree._Element) -> str:
    for level, node in enumerate(pre.iterancestors()):
        if level > 3 or node.tag in {"body", "article"}:
            break
        if found := _listed(_AROUND.search(classes(node))):
            return found
        pattern = _PANDOC if node.tag == "figure" else _HIGHLIGHTER
        if found := _listed(pattern.search(classes(node))):
            return found
        for name in _ATTRIBUTES:
            if node.get(name):
                return node.get(name, "").lower()
    return ""


def _listed(found: re.Match[str] | None) -> str:
    return found[1] if found and found[1].lower() not in _NO_LANGUAGE else ""


def _program(language: str | None) -> str:
    return language if language and not _PEOPLES.match(language) else ""


def code_text(element: etree._Element) -> str:
    """The text of code: its breaks are line ends, numbers and buttons are not in it."""
    parts: list[str] = []
    lines = [child for child in element if child.tag == "code"]
    by_code = len(lines) > 1
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "start":
            if node.tag == "br":
                parts.append("\n")
            elif node is not element and _is_number(node):
                walk.skip_subtree()
            else:
                if node.tag in _LINES:
                    _end_line(parts)
                parts.append(node.text or "")
        elif node is not element:
            if node.tag in _LINES or (by_code and node.tag == "code"):
                _end_line(parts)
            parts.append(node.tail or "")
    return "".join(_unnumbered(_apart(element, parts))).strip("\n")


def _apart(element: etree._Element, parts: list[str]) -> list[str]:
    """The parts; where each line is a `span` and no line end is between them, with line ends."""
    if any("\n" in part for part in parts):
        return parts
    spans = [
        span
        for span in element.iter("span")
        if re.search(r"(?:^|\s)(?:line|token-line)(?:\s|$)", classes(span))
    ]
    return ["\n".join(all_text(span) for span in spans)] if len(spans) > 1 else parts


def _unnumbered(parts: list[str]) -> list[str]:
    """The parts without numbers that each line has, in an element of its own, before its text."""
    numbers, begins = [], True
    for at, part in enumerate(parts):
        if begins and part.strip():
            if not part.strip().isdecimal():
                return parts
            numbers.append(at)
            begins = False
        begins = begins or "\n" in part
    counted = [int(parts[at]) for at in numbers if len(parts[at]) < 9]
    first = counted[0] if counted else 0
    if len(numbers) < 2 or counted != list(range(first, first + len(numbers))):
        return parts
    numbered = set(numbers)
    bare = ["" if at in numbered else part for at, part in enumerate(parts)]
    spaced = all(parts[at + 1 : at + 2] and parts[at + 1].startswith(" ") for at in numbers)
    for at in numbers if spaced else []:
        bare[at + 1] = bare[at + 1][1:]
    return bare


def _end_line(parts: list[str]) -> None:
    last = next((part for part in reversed(parts) if part), "")
    if last and not last.endswith("\n"):
        parts.append("\n")


def _is_number(node: etree._Element) -> bool:
    """Whether it is a number, a label or a button beside the code: nobody can select those."""
    if node.tag in _SILENT or node.tag == DROPPED:
        return True
    style = node.get("style", "")
    is_beside = _NUMBERS.search(classes(node)) or ("user-select" in style and "none" in style)
    return bool(is_beside) and is_label(node)


def _is_gutter(cell: etree._Element) -> bool:
    text = text_of(cell)
    if _is_number(cell):
        return len(NUMBERING.sub("", text)) <= _FEW
    return "lntd" in classes(cell) and text.replace(" ", "").isdecimal()


def _is_of_data(table: etree._Element) -> bool:
    """Whether *table* has a caption or headings beside its cells; GitHub names the columns of its
    differences, in the head, for those who cannot see them.
    """
    named = table.iter("th", "caption")
    return any(next(each.iterancestors("thead"), None) is None for each in named)


def _read_table(table: etree._Element) -> None:
    """A table whose cells are line numbers and code."""
    if _is_of_data(table) or next(table.iterancestors("pre"), None) is not None:
        return
    cells = list(table.iter("td"))
    numbers = [cell for cell in cells if _is_gutter(cell)]
    beside = set(numbers)
    lines = [code_text(cell) for cell in cells if cell not in beside]
    if not numbers or not any(lines):
        return
    if table.find(".//pre") is None:
        _plain(table, "\n".join(lines), language_of(table))
        return
    language = language_of(table)
    for pre in table.iter("pre"):
        pre.set("data-language", language_of(pre) or language)
    for cell in numbers:
        drop(cell)
    for node in table.iter("table", "thead", "tbody", "tr", "td"):
        node.tag = "div"
