"""The answer of a model → the summary section, in its form; or what is wrong with it.

It is read as Markdown and written anew, so that nothing is in it but what is written here:
headings, paragraphs, lists, quotes, tables, code and emphasis. Runs in a worker: an answer is as
hostile as a page, and the parsers are loaded there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..markdown import bare_url, heading_text, line_text, nest_headings
from .inert import URL, made_inert, rendered
from .labels import LABELS
from .page import Page, cleaned
from .shaping import Asked, Flaw, Shaped
from .tags import normal_tags

_SECTIONS = ("basics", "core", "sources", "tags")
#: What models write in front of a heading's words, or behind them.
_AROUND = re.compile(r"^[\W\d_]+|[\W_]+$")
_TAG = re.compile(r"[#＃]\s*([^\s#＃,，、;；]+)")
_TAG_LINE = re.compile(r"(?:\s*[#＃][^\s#＃]+[,，、;；]?)+\s*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_BREAKS = frozenset(["softbreak", "hardbreak"])
_LONGEST_TITLE = 200
#: One is the rule in `MarkdownIt`: a line of dashes below a paragraph makes it a heading, which
#: models never mean.
_PARSER = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable(["lheading", "reference"])
)

Block = list[Token]


def section_of(answer: str, asked: Asked) -> Shaped | Flaw:
    """The section that *answer* makes, or why it makes none."""
    text = cleaned(answer).strip()
    if not text:
        return "empty"
    if asked.own:
        return _as_it_is(text, asked)
    for _ in range(4):  # JSON in a fence, a fence in JSON, or both
        blocks = _blocks(text)
        sections = _sections(blocks, asked.language)
        if "core" in sections or not (inner := _inside(text, blocks, asked.language)):
            break
        text = inner
    return _in_form(sections, asked) or ("json" if text[0] in "{[" else "form")


def _in_form(sections: dict[str, list[Block]], asked: Asked) -> Shaped | Flaw | None:
    found, sections = _tags(sections)
    core = _written(sections.get("core", []), asked)
    if not core:
        return None
    if not asked.strange and not _is_in(asked.language, core):
        return "language"
    labels, page = LABELS[asked.language], asked.page
    tags = normal_tags(found, asked.tags, asked.most_tags)
    parts = [
        f"### {labels['heading']}{_title(sections, asked)}",
        f"#### {labels['basics']}",
        _written(sections.get("basics", []), asked) or _basics(page, labels),
        f"#### {labels['core']}",
        core,
        f"#### {labels['sources']}",
        _written(_alike(sections.get("sources", [])), asked) or f"- {_source(page)}",
        f"*{labels['cut']}*" if asked.cut else "",
        f"#### {labels['tags']}" if tags else "",
        " ".join(f"#{tag}" for tag in tags),
    ]
    return Shaped("\n\n".join(filter(None, parts)), tags)


def _as_it_is(text: str, asked: Asked) -> Shaped | Flaw:
    """An answer to the user's own prompt: clean, its headings below the note's.

    Its form nobody knows, but the language that the rules ask for is known.
    """
    blocks = _blocks(text)
    if len(blocks) == 1 and blocks[0][0].type == "fence":
        blocks = _blocks(blocks[0][0].content)
    found: list[str] = []
    if blocks and _TAG_LINE.fullmatch(_words(blocks[-1])):
        found = _TAG.findall(_words(blocks.pop()))
    tags = normal_tags(found, asked.tags, asked.most_tags)
    body = nest_headings(_written(blocks, asked), below=2)
    if not any(map(str.isalnum, body)):
        return "empty"
    if not asked.strange and not _is_in(asked.language, body):
        return "language"
    cut = f"*{LABELS[asked.language]['cut']}*" if asked.cut else ""
    parts = filter(None, [body, cut, " ".join(f"#{tag}" for tag in tags)])
    return Shaped("\n\n".join(parts), tags)


# What is in an answer.


def _blocks(text: str) -> list[Block]:
    """The blocks of the outermost level."""
    blocks: list[Block] = []
    for token in _PARSER.parse(text):
        if token.level == 0 and token.nesting >= 0:
            blocks.append([])
        blocks[-1].append(token)
    return blocks


def _sections(blocks: list[Block], language: str) -> dict[str, list[Block]]:
    """The blocks below each known heading, without what stands before the first of them."""
    sections: dict[str, list[Block]] = {}
    current = None
    for block in blocks:
        name = _name(block, language)
        if name and not (name == "title" and sections):
            current = sections.setdefault(name, [block] if name == "title" else [])
        elif block[0].type == "hr":
            current = current if current is not sections.get("tags") else None
        elif current is not None:
            current.append(_lowered(block))
    title, *lead = sections.get("title", [[]])
    if lead and "core" not in sections:
        sections |= {"title": [title], "core": lead}
    return sections


def _name(block: Block, language: str) -> str | None:
    """The section that a heading begins, where it is one; "title" for the first of all."""
    if block[0].type != "heading_open" and not _is_bold_line(block):
        return None
    words = _words(block)
    labels = LABELS[language]
    if _bare(words).startswith(_bare(labels["heading"])):
        return "title"
    return next((name for name in _SECTIONS if _bare(words) == _bare(labels[name])), None)


def _is_bold_line(block: Block) -> bool:
    if block[0].type != "paragraph_open":
        return False
    kinds = [
        child.type
        for child in _children(block)
        if child.type != "text" or child.content.strip(" :：")
    ]
    return kinds == ["strong_open", "text", "strong_close"]


def _bare(words: str) -> str:
    return _AROUND.sub("", words).casefold()


def _lowered(block: Block) -> Block:
    """A heading inside of a section, below those of the sections."""
    for token in block:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h5"
    return block


def _inside(text: str, blocks: list[Block], language: str) -> str | None:
    """The text that an answer wraps in a code fence or in JSON."""
    core = LABELS[language]["core"]
    fences = [block[0].content for block in blocks if block[0].type == "fence"]
    found = next((content for content in fences if core in content), None)
    if found is not None:
        return found.strip()
    for candidate in (text, *fences):
        texts = [value for value in _texts(_json(candidate)) if core in value]
        if texts:
            return max(texts, key=len).strip()
    return None


def _json(text: str) -> Any:
    try:
        # Models write line breaks into strings, which JSON forbids.
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case list(values):
                waiting.extend(values)
            case dict(fields):
                waiting.extend(fields.values())


def _children(block: Block) -> list[Token]:
    return [child for token in block for child in token.children or []]


def _words(block: Block) -> str:
    """The text of a block, without its markup."""
    return " ".join(
        "".join(" " if child.type in _BREAKS else child.content for child in token.children or [])
        for token in block
        if token.type == "inline"
    )


def _is_in(language: str, text: str) -> bool:
    """Whether a text is Chinese, or is not: of a few words nothing is known.

    Chinese texts on technology are half English, and English ones on China name things twice.
    """
    words, han = len(_WORD.findall(text)), len(_HAN.findall(text))
    if words + han < 10:
        return True
    return han > words / 4 if language == "zh-CN" else han < 2 * words


# What is made of it.


def _written(blocks: list[Block], asked: Asked) -> str:
    tokens = [token for block in blocks for token in block]
    return rendered(made_inert(tokens, asked.page)) if tokens else ""


def _title(sections: dict[str, list[Block]], asked: Asked) -> str:
    """What the answer calls the page; its own title where that will not do."""
    words = _words(sections["title"][0]) if "title" in sections else ""
    label = LABELS[asked.language]["heading"].strip(": ：")
    title = words[words.casefold().find(label.casefold()) + len(label) :].strip(" :：")
    fits = 0 < len(title) <= _LONGEST_TITLE and not URL.search(title)
    return heading_text(title if fits else asked.page.title)


def _basics(page: Page, labels: dict[str, str]) -> str:
    known = [("site", page.site), ("byline", page.byline), ("published", page.published)]
    lines = [(labels[name], line_text(value)) for name, value in known if value]
    lines = lines or [("URL", bare_url(page.url))]
    return "\n".join(f"- **{name}**{labels['colon']}{value}" for name, value in lines)


def _source(page: Page) -> str:
    site = line_text(page.site) if page.site else bare_url(page.url)
    return site + (f" ({line_text(page.published)})" if page.published else "")


def _alike(blocks: list[Block]) -> list[Block]:
    """The sources, without what models add to their last section ("Let me know …")."""
    return [block for block in blocks if block[0].type == blocks[0][0].type]


def _tags(sections: dict[str, list[Block]]) -> tuple[list[str], dict[str, list[Block]]]:
    """The tags of an answer, and its sections without them."""
    if "tags" in sections:
        text = "\n".join(_marked(block) for block in sections["tags"])
        words = [word for word in re.split(r"[\n,，、;；]+", text) if len(word.split()) <= 3]
        return _TAG.findall(text) or words, sections
    for name, blocks in sections.items():
        if name != "title" and blocks and _TAG_LINE.fullmatch(_words(blocks[-1])):
            return _TAG.findall(_words(blocks[-1])), sections | {name: blocks[:-1]}
    return [], sections


def _marked(block: Block) -> str:
    """The text of a block; "# tag" is read as a heading, and is none here."""
    return ("#" if block[0].type == "heading_open" else "") + _words(block)
