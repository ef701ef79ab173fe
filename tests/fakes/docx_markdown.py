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
from itertools import groupby
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

_HEADINGS = {3 + level: "#" * (level + 1) for level in range(9)}
_TEXTS = {2: "text", 12: "bullet", 13: "ordered", 15: "quote", 17: "todo"} | {
    3 + level: f"heading{level + 1}" for level in range(9)
}
_STYLES = ("bold", "italic", "strikethrough", "underline", "inline_code")
#: What the numbers of languages are called here; of each only one name.
_LANGUAGES = {1: "", 7: "bash", 28: "json", 30: "javascript", 49: "python", 67: "yaml"}

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
        return f"${part['equation']['content'].strip()}$", frozenset(), ""
    run = part["text_run"]
    style = run.get("text_element_style", {})
    marks = frozenset(mark for mark in _STYLES if style.get(mark))
    return run["content"], marks, unquote(style.get("link", {}).get("url", ""))


def _inline(runs: Iterable[Run]) -> str:
    parts = []
    for (marks, link), alike in groupby(runs, key=lambda run: run[1:]):
        text = "".join(run[0] for run in alike)
        shown = "" if unquote(link).rstrip("/") == unquote(text).rstrip("/") else link
        says = " ".join([*sorted(marks), *([shown] if shown else [])])
        parts.append(f"[{text}]{{{says}}}" if says and text.strip() else text)
    return re.sub(r" *\n *", "⏎", "".join(parts)).strip(" ⏎")


# Notes.

_PARSER = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
_MARKS = {"strong": "bold", "b": "bold", "em": "italic", "i": "italic"} | dict.fromkeys(
    ("s", "del"), "strikethrough"
)
_HTML = re.compile(r"<(/?)(\w+)[^>]*>")


def note_outline(markdown: str) -> list[str]:
    """The outline of what a note says, by CommonMark with tables and strikethrough."""
    return [line for lines in _note_blocks(_PARSER.parse(markdown)) for line in lines.split("\n")]


def _note_blocks(tokens: list[Token]) -> Iterator[str]:  # noqa: PLR0912  a kind is a branch
    depth, marker = 0, ""
    numbers: list[int | None] = []
    row: list[str] = []
    for index, token in enumerate(tokens):
        indent = "  " * depth
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
                yield f"{indent}>"
                depth += 1
            case "list_item_close" | "blockquote_close":
                depth, marker = depth - 1, ""
            case "inline" if tokens[index - 1].type in {"td_open", "th_open"}:
                row.append(_inline(_note_runs(token.children or [])))
            case "inline":
                heading = tokens[index - 1]
                level = int(heading.tag[1]) if heading.type == "heading_open" else 0
                text = _inline(_note_runs(token.children or []))
                own = f"{indent[2:] if marker else indent}{marker}"
                yield f"{own}{'#' * level} {text}" if level else own + text
                marker = ""
            case "fence":
                text = f"```{token.info.strip()}\n{token.content.rstrip()}"
                yield "\n".join(indent + line for line in text.split("\n"))
            case "hr":
                yield f"{indent}---"
            case "tr_close":
                if any(row):
                    yield f"{indent}| {' | '.join(row)} |"
                    if tokens[index + 1].type == "thead_close":
                        yield f"{indent}|---|"
                row = []


def _note_runs(children: list[Token]) -> Iterator[Run]:
    marks: list[str] = []
    links: list[str] = []
    for child in children:
        tag = _HTML.fullmatch(child.content) if child.type == "html_inline" else None
        name = tag[2] if tag else child.tag
        if name in _MARKS and (child.nesting or tag):
            opens = child.nesting == 1 or bool(tag and not tag[1])
            marks.append(_MARKS[name]) if opens else marks.remove(_MARKS[name])
        elif child.type in {"link_open", "link_close"}:
            links.append(str(child.attrs["href"])) if child.nesting == 1 else links.pop()
        elif child.type == "image":
            yield child.content, frozenset(marks), (links or [str(child.attrs["src"])])[-1]
        else:
            code = ["inline_code"] if child.type == "code_inline" else []
            yield _said(child, name), frozenset([*marks, *code]), links[-1] if links else ""


def _said(child: Token, name: str) -> str:
    if child.type == "hardbreak" or (child.type == "html_inline" and name == "br"):
        return "\n"
    return " " if child.type == "softbreak" else child.content
