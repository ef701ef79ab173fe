"""Documents and notes as outlines, to hold the one against the other.

`outline` reads the blocks of a document as Feishu gives them back, `note_outline` reads Markdown;
they share no code with each other, and none with what turns notes into blocks. An outline is a list
of lines, a block a line, which look like Markdown: what is in a block is indented by two spaces.

How runs are cut is no matter: those that look alike are one. A text that stands for its own address
looks like any other text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_HEADINGS = {3 + level: "#" * (level + 1) for level in range(9)}
_TEXTS = {2: "text", 12: "bullet", 13: "ordered", 15: "quote", 17: "todo"} | {
    3 + level: f"heading{level + 1}" for level in range(9)
}
_STYLES = ("bold", "italic", "strikethrough", "underline", "inline_code")
#: The languages of code by their numbers (official documents, “块的数据结构”): those of the pages.
_LANGUAGES = {
    1: "",
    7: "bash",
    10: "c",
    12: "css",
    24: "html",
    28: "json",
    29: "java",
    30: "javascript",
    49: "python",
    53: "rust",
    56: "sql",
    60: "shell",
    67: "yaml",
    69: "diff",
    73: "properties",
}
#: What Markdown calls some of them besides. A template of Vue is HTML, a session in a terminal is
#: shell, and what has no number is plain text: Feishu has nothing nearer.
_ALSO = {
    "js": "javascript",
    "sh": "shell",
    "console": "shell",
    "ini": "properties",
    "vue": "html",
    "text": "",
}

Run = tuple[str, frozenset[str], str]
Stored = Mapping[str, Any]


def outline(blocks: Sequence[Stored], *, images: Mapping[str, str] | None = None) -> list[str]:
    """The outline of a document's blocks, of which one is its page.

    *images*: the names of what lies under the tokens of its images.
    """
    by_id = {block["block_id"]: block for block in blocks}
    page = next(block for block in blocks if block["block_type"] == 1)
    return list(_lines(page, by_id, 0, images or {}))


def _lines(
    parent: Stored, by_id: Mapping[str, Stored], depth: int, images: Mapping[str, str]
) -> Iterator[str]:
    number = 0
    for id in parent.get("children") or ():
        block = by_id[id]
        number = _counted(block, number)
        if block["block_type"] == 31:
            yield from _table(block, by_id, depth, images)
            continue
        for line in _own(block, number, images).split("\n"):
            yield "  " * depth + line
        yield from _lines(block, by_id, depth + 1, images)


def _counted(block: Stored, before: int) -> int:
    if block["block_type"] != 13:
        return 0
    said = block["ordered"].get("style", {}).get("sequence", "auto")
    return int(said) if said != "auto" else before + 1


def _own(block: Stored, number: int, images: Mapping[str, str]) -> str:
    kind = block["block_type"]
    if kind == 14:
        language = _LANGUAGES.get(block["code"].get("style", {}).get("language", 1), "other")
        text = "".join(part["text_run"]["content"] for part in block["code"]["elements"])
        return f"```{language}\n{text}"
    if kind == 27:
        image = block["image"]
        caption = image.get("caption", {}).get("content", "")
        return f"![{caption}]({images.get(image.get('token', ''), 'unknown')})"
    if kind not in _TEXTS:
        return {19: "> [!]", 22: "---", 34: ">"}[kind]
    content = block[_TEXTS[kind]]
    if (
        content.get("style", {}).get("align") == 2
    ):  # in the middle: an equation on a line of its own
        return f"${_inline(map(_run, content['elements']))}$"
    text = _inline(map(_run, content["elements"]))
    done = "x" if content.get("style", {}).get("done") else " "
    marks = {2: "", 12: "- ", 13: f"{number}. ", 15: "> ", 17: f"- [{done}] "}
    return f"{marks[kind]}{text}" if kind in marks else f"{_HEADINGS[kind]} {text}"


def _table(
    table: Stored, by_id: Mapping[str, Stored], depth: int, images: Mapping[str, str]
) -> Iterator[str]:
    shape = table["table"]["property"]
    columns = shape["column_size"]
    cells = [
        " / ".join(line for line in _lines(by_id[id], by_id, 0, images) if line)
        for id in table["children"]
    ]
    for row in range(shape["row_size"]):
        yield "  " * depth + f"| {' | '.join(cells[row * columns : (row + 1) * columns])} |"
        if row == 0 and shape.get("header_row"):
            yield "  " * depth + "|---|"


def _run(part: Mapping[str, Any]) -> Run:
    if "equation" in part:
        return _formula(part["equation"]["content"]), frozenset(), ""
    run = part["text_run"]
    style = run.get("text_element_style", {})
    marks = frozenset(mark for mark in _STYLES if style.get(mark))
    return run["content"], marks, unquote(style.get("link", {}).get("url", ""))


def _formula(latex: str) -> str:
    """An equation in a line; how its LaTeX is cut into lines says nothing."""
    return f"${' '.join(latex.split())}$"


def _inline(runs: Iterable[Run]) -> str:
    parts = []
    for (marks, link), alike in groupby(runs, key=lambda run: run[1:]):
        text = "".join(run[0] for run in alike)
        shown = "" if unquote(link).rstrip("/") == unquote(text).rstrip("/") else link
        says = " ".join([*sorted(marks), *([shown] if shown else [])])
        parts.append(f"[{text}]{{{says}}}" if says and text.strip() else text)
    return re.sub(r" *\n *", "⏎", "".join(parts)).strip(" ⏎")


# Notes.

_MARKS = {
    **dict.fromkeys(("strong", "b"), "bold"),
    **dict.fromkeys(("em", "i"), "italic"),
    **dict.fromkeys(("s", "del"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    "kbd": "inline_code",  # Feishu has no keys; code is set like them
}
_HTML = re.compile(r"<(/?)(\w+)[^>]*>")
_EQUATION = re.compile(r"\$(?! )([^$\n]+)(?<! )\$(?!\d)")
#: An equation on lines of its own, in a quote or an item too. It is read as code is: nothing in
#: it is Markdown.
_EQUATION_LINES = re.compile(r"^([ >]*)\$\$\n((?:\1.*\n)+?)\1\$\$$", re.MULTILINE)
#: Feishu has no raised text: digits have characters, all else is written as in mathematics.
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_CALLOUT = re.compile(r"\[!(\w+)\]$")
_DEFINITION = re.compile(r"\[\^([^\]\s]+)\]: ?")
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\]")
#: What no callout of Feishu takes (official documents, “文档概述”): a quote stands around it.
_NO_CALLOUT = frozenset(["fence", "hr", "table_open"])


def _equation(state: StateInline, silent: bool) -> bool:
    found = _EQUATION.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("equation", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _parser() -> MarkdownIt:
    """CommonMark with tables, strikethrough and equations.

    Without the addresses of links in lines of their own (`[a]: b`), which a footnote of one word
    looks like, and without code by an indent, which its further paragraphs look like: notes have
    neither. Without joined texts: an escaped bracket begins no footnote.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "equation", _equation)
    return parser.disable(["reference", "code", "text_join"])


_PARSER = _parser()


def note_outline(markdown: str) -> list[str]:
    """The outline of what a note says: CommonMark with tables, strikethrough, equations, footnotes
    and callouts.
    """
    read = _EQUATION_LINES.sub(r"\1~~~$$\n\2\1~~~", markdown)
    blocks = _note_blocks(_PARSER.parse(read))
    return [line for lines in blocks for line in lines.split("\n")]


def _note_blocks(tokens: list[Token]) -> Iterator[str]:  # noqa: PLR0912  a kind is a branch
    depth, marker = 0, ""
    numbers: list[int | None] = []
    row: list[str] = []
    notes = {found[1] for token in tokens if (found := _DEFINITION.match(token.content))}
    for index, token in enumerate(tokens):
        indent = "  " * depth
        if marker and token.type not in {"paragraph_open", "heading_open", "inline"}:
            yield f"{indent[2:]}{marker}"  # an item without a text of its own
            marker = ""
        match token.type:
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
            case "list_item_open":
                number = numbers.pop()
                marker = "- " if number is None else f"{number}. "
                numbers.append(None if number is None else number + 1)
                depth += 1
            case "blockquote_open":
                yield f"{indent}{'> [!]' if _is_callout(tokens[index:]) else '>'}"
                depth += 1
            case "list_item_close" | "blockquote_close":
                depth -= 1
            case "inline" if tokens[index - 1].type in {"td_open", "th_open"}:
                row.append(_inline(_note_runs(token.children or [], notes)))
            case "inline":
                own = f"{indent[2:] if marker else indent}{marker}"
                for line in _note_texts(tokens, index, notes, item=bool(marker)):
                    yield own + line
                marker = ""
            case "fence":
                text = _note_code(token)
                yield "\n".join(indent + line for line in text.split("\n"))
            case "hr":
                yield f"{indent}---"
            case "tr_close":
                if any(row):
                    yield f"{indent}| {' | '.join(row)} |"
                    if tokens[index + 1].type == "thead_close":
                        yield f"{indent}|---|"
                row = []


def _is_callout(tokens: list[Token]) -> bool:
    """Whether the quote that *tokens* begin with is a block that Feishu calls a callout."""
    if not _kind(tokens[2]):
        return False
    level = tokens[0].level
    inside = takewhile(
        lambda token: token.type != "blockquote_close" or token.level != level, tokens
    )
    return not any(token.type in _NO_CALLOUT and token.info != "$$" for token in inside)


def _kind(token: Token) -> str:
    """What a callout is that has *token* as its first paragraph: a note, a tip …"""
    first = (token.children or [token])[0]
    found = _CALLOUT.match(first.content) if first.type == "text" else None
    return found[1].capitalize() if found else ""


def _note_code(token: Token) -> str:
    if token.info == "$$":
        return f"${_formula(token.content)}$"
    name = token.info.strip()
    return f"```{_ALSO.get(name, name)}\n{token.content.rstrip()}"


def _note_texts(tokens: list[Token], index: int, notes: set[str], *, item: bool) -> Iterator[str]:
    """The lines of the text that is the token at *index*; *item*: it is that of an item."""
    around, opened, token = tokens[index - 2], tokens[index - 1], tokens[index]
    children = token.children or []
    level = int(opened.tag[1]) if opened.type == "heading_open" else 0
    if around.type == "blockquote_open" and (kind := _kind(token)):
        # Callouts have no title in Feishu: a text in bold is.
        yield f"[{kind}]{{bold}}"
        children = children[2:]
        if not children:
            return
    runs = _note_runs(children, notes)
    if level and item:
        # The text of an item is no heading in Feishu: it is bold.
        yield _inline((text, marks | {"bold"}, link) for text, marks, link in runs)
        return
    yield f"{'#' * level} {_inline(runs)}" if level else _inline(runs)


def _note_runs(children: list[Token], notes: set[str]) -> Iterator[Run]:
    marks: list[str] = []
    links: list[str] = []
    raised = False
    for index, child in enumerate(children):
        tag = _HTML.fullmatch(child.content) if child.type == "html_inline" else None
        name = tag[2] if tag else child.tag
        if name in _MARKS and (child.nesting or tag):
            opens = child.nesting == 1 or bool(tag and not tag[1])
            marks.append(_MARKS[name]) if opens else marks.remove(_MARKS[name])
        elif child.type in {"link_open", "link_close"}:
            links.append(_followed(child)) if child.nesting == 1 else links.pop()
        elif tag and name == "sup":
            raised = not tag[1]
        elif child.type == "image":
            yield from _note_image(children, index, frozenset(marks), links[-1] if links else "")
        else:
            code = ["inline_code"] if child.type == "code_inline" else []
            said = _said(child, name, notes, first=not index)
            said = _raised(said) if raised else said
            yield said, frozenset([*marks, *code]), links[-1] if links else ""


def _followed(link: Token) -> str:
    """Where a link leads in Feishu: a place on the same page is no address there."""
    address = str(link.attrs["href"])
    return "" if address.startswith("#") else address


def _note_image(
    children: list[Token], index: int, marks: frozenset[str], link: str
) -> Iterator[Run]:
    """A picture that is not kept: a link to it; in a link, its words alone."""
    image = children[index]
    before = children[index - 1] if index else None
    after = children[index + 1] if index + 1 < len(children) else None
    if link and not image.content:
        # A link around it alone is named by where it leads; words beside it are name enough.
        if before and after and (before.nesting, after.nesting) == (1, -1):
            yield link, marks, link
        return
    # No picture runs into another, and no address into words.
    bare = not image.content
    if before and (bare or before.type == "image") and not _has_space(before, -1):
        yield " ", frozenset(), ""
    source = str(image.attrs["src"])
    yield image.content or source, marks, link or source
    if after and bare and after.type != "image" and not _has_space(after, 0):
        yield " ", frozenset(), ""


def _has_space(token: Token, at: int) -> bool:
    """Whether a space is at the end of *token* that *at* is the index of."""
    return token.type in {"softbreak", "hardbreak"} or token.content[at:][:1] == " "


def _raised(text: str) -> str:
    return text.translate(_RAISED) if text.isdecimal() else f"^({text})"


def _said(child: Token, name: str, notes: set[str], *, first: bool) -> str:
    if child.type == "hardbreak" or (child.type == "html_inline" and name == "br"):
        return "\n"
    if child.type == "softbreak":
        return " "
    if child.type == "equation":
        return _formula(child.content)
    if child.type != "text":
        return child.content
    # Feishu has no footnotes: their numbers are text, here and where they are explained.
    text = _DEFINITION.sub(r"[\1] ", child.content, count=1) if first else child.content
    return _REFERENCE.sub(lambda found: f"[{found[1]}]" if found[1] in notes else found[0], text)
