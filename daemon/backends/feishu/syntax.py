"""Markdown as notes have it → HTML: GFM, footnotes, math, callouts, and HTML of its own.

The rules beyond those of `markdown_it` are our own. The plug-ins that there are (mdit-py-plugins
0.7) take time that grows with the square of long lists of tasks and of unclosed footnotes, drop
footnotes that nothing refers to, and see an equation in an address with two dollar signs.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

#: Levels of quotes and lists (two for each list) that are read as such. The writer of articles
#: goes as far as 24 lists.
_DEEPEST = 60
_MARKERS = re.compile(r"[ \t]*(?:(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))[ \t]*)+")
_DEFINITION = re.compile(r"\[\^([^\s\[\]]{1,200})\]:[ \t]*")
_REFERENCE = re.compile(r"\[\^([^\s\[\]]{1,200})\]")
_TASK = re.compile(r"\[([ xX])\](?=[ \t\n])[ \t]?")
_CALLOUT = re.compile(r"\[!([A-Za-z][\w-]{0,30})\][+-]?(?=[ \t\n]|$)[ \t]*")
#: An equation, as most programs agree on it: no space inside of its marks, and no character of a
#: word or an address outside of them. No part of it is read twice.
_BODY = r"[^$\\]*(?:\\.[^$\\]*)*"
_DISPLAY = re.compile(rf"\$\$({_BODY})\$\$", re.DOTALL)
_INLINE = re.compile(rf"\$(?![\s$])({_BODY})(?<!\s)\$(?![0-9A-Za-z$])", re.DOTALL)
_CLOSED = re.compile(r"\$\$\s*$")
_ESCAPED = re.compile(r"\\.")
_BEFORE = re.compile(r"[0-9A-Za-z$=/&?%#:+-]")
#: What a note may hold as HTML. All other tags are text: what they say would be lost, and some
#: run or load (GFM 0.29, section 6.11).
_KNOWN = frozenset(
    "a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite "
    "code col colgroup data dd del details dfn dir div dl dt em embed figcaption figure font "
    "footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd label legend li main mark nav ol p picture "
    "pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody "
    "td tfoot th thead time tr tt u ul var video wbr".split()
)
_TAG = re.compile(r"<(?=/?([A-Za-z][A-Za-z0-9:-]*))")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n((?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_PROPERTY = re.compile(r"([\w-]+):(?:[ \t]+(.*))?$")


def html_of(markdown: str) -> str:
    """*markdown* as HTML, without its own title: the level-1 heading that it begins with.

    Math is in elements of the class `math`; a list item with `data-done` is a task, a quote with
    `data-callout` a callout.
    """
    properties, title, body = _front_matter(markdown)
    tokens = _PARSER.parse(body)
    if _title(tokens) is not None and title in {"", _title(tokens)}:
        del tokens[:3]
    rendered: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return properties + rendered


def _title(tokens: list[Token]) -> str | None:
    if len(tokens) < 3 or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        return None
    return "".join(child.content for child in tokens[1].children or [])


def _front_matter(markdown: str) -> tuple[str, str, str]:
    """The properties of YAML at the beginning as HTML, the title among them, and the rest."""
    found = _FRONT_MATTER.match(markdown)
    if not found or not _PROPERTY.match(found[1].partition("\n")[0]):
        return "", "", markdown
    rest = markdown[found.end() :]
    lines = [line for line in found[1].split("\n") if line.strip()]
    properties = [_PROPERTY.match(line) for line in lines]
    if None in properties:  # more than a list of values: as it is
        written = html.escape(found[1].rstrip("\n"))
        return f'<pre><code class="language-yaml">{written}</code></pre><hr>', "", rest
    values = {line[1]: _value(line[2] or "") for line in properties if line}
    title = values.pop("title", "")
    listed = "".join(
        f"<li><strong>{name}</strong>: {html.escape(value)}</li>" for name, value in values.items()
    )
    return (f"<ul>{listed}</ul><hr>" if listed else ""), title, rest


def _value(written: str) -> str:
    """The value of a property; what is no JSON is a plain scalar of YAML."""
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return written.strip().strip("'")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else written


# Rules for blocks.


def _flat(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Quotes, lists and footnotes that lie too deep are paragraphs; only their marks are left out.

    The parser would leave out all of them, and reads each level by a call in a call.
    """
    if state.level < _DEEPEST:
        return False
    begin = state.bMarks[start] + state.tShift[start]
    found = _MARKERS.match(state.src, begin, state.eMarks[start])
    begin = found.end() if found else begin
    definition = _DEFINITION.match(state.src, begin, state.eMarks[start])
    if silent:
        return bool(found or definition)
    # No code either: where the marks are gone, an indent says nothing.
    state.bMarks[start], state.tShift[start], state.sCount[start] = begin, 0, state.blkIndent
    if definition:
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content, token.children = state.src[begin : state.eMarks[start]], []
        state.push("paragraph_close", "p", -1)
        state.line = start + 1
    return definition is not None


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", begin):
        return False
    line, last, lines = state.src[begin + 2 : state.eMarks[start]], start, []
    # A dollar inside ends the search, so that no line is read again from another beginning.
    while not (closed := _CLOSED.search(line)) and "$" not in _ESCAPED.sub("", line):
        lines.append(line)
        last += 1
        if last >= end or state.isEmpty(last) or state.sCount[last] < state.blkIndent:
            return False
        line = state.getLines(last, last + 1, state.blkIndent, False)
    lines.append(line[: closed.start()] if closed else line)
    written = "\n".join(lines).strip()
    if not closed or not written or "$" in _ESCAPED.sub("", lines[-1]):
        return False
    if not silent:
        token = state.push("math_block", "div", 0)
        token.content = written
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`[^1]: …` and the lines below it that are indented."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    found = _DEFINITION.match(state.src, begin, state.eMarks[start])
    if not found or silent:
        return found is not None
    state.env.setdefault("footnotes", set()).add(found[1])
    state.push("footnote_open", "div", 1).info = found[1]
    kept = (state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType)
    state.bMarks[start], state.tShift[start] = found.end(), 0
    state.blkIndent += 4
    state.sCount[start] = state.blkIndent
    state.parentType = "footnote"
    state.md.block.tokenize(state, start, end)
    state.blkIndent -= 4
    state.bMarks[start], state.tShift[start], state.sCount[start], state.parentType = kept
    state.push("footnote_close", "div", -1)
    return True


# Rules for lines.


def _math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    display = _DISPLAY.match(state.src, state.pos, state.posMax)
    found = display or _INLINE.match(state.src, state.pos, state.posMax)
    before = state.src[state.pos - 1] if state.pos else " "
    if not found or not found[1].strip() or (not display and _BEFORE.match(before)):
        return False
    if not silent:
        token = state.push("math_block" if display else "math_inline", "span", 0)
        token.content = found[1].strip()
    state.pos = found.end()
    return True


def _footnote_reference(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[" or not state.env.get("footnotes"):
        return False
    found = _REFERENCE.match(state.src, state.pos, state.posMax)
    if not found or found[1] not in state.env["footnotes"]:
        return False
    if not silent:
        state.push("text", "", 0).content = f"[{found[1]}]"
    state.pos = found.end()
    return True


# Rules for the whole.


def _marked(state: StateCore) -> None:
    """Tasks, callouts and the numbers of footnotes, which are told by how a paragraph begins."""
    tokens = state.tokens
    for index, token in enumerate(tokens[2:], 2):
        if token.type != "inline" or tokens[index - 1].type != "paragraph_open":
            continue
        around, children = tokens[index - 2], token.children or []
        if around.type == "footnote_open":
            around.meta["told"] = True
            children.insert(0, _text(f"[{around.info}] "))
        elif not children or children[0].type != "text":
            continue
        elif around.type == "list_item_open" and (task := _TASK.match(token.content)):
            around.attrSet("data-done", "true" if task[1] in "xX" else "false")
            _cut(children[0], task.end())
        elif around.type == "blockquote_open" and (callout := _CALLOUT.match(token.content)):
            around.attrSet("data-callout", callout[1].lower())
            _cut(children[0], callout.end())
            token.children = list(_titled(children, callout[1]))


def _cut(token: Token, length: int) -> None:
    token.content = token.content[length:].lstrip(" \t")


def _titled(children: list[Token], kind: str) -> Iterator[Token]:
    """The first paragraph of a callout; its first line, or else its kind, is a title."""
    ends = (n for n, child in enumerate(children) if child.type in {"softbreak", "hardbreak"})
    end = next(ends, len(children))
    title = children[:end]
    if not any(child.content.strip() for child in title):
        title = [_text(kind.replace("-", " ").replace("_", " ").capitalize())]
    yield Token("strong_open", "strong", 1)
    yield from title
    yield Token("strong_close", "strong", -1)
    if end < len(children):
        yield Token("html_inline", "", 0, content="</p><p>")
        yield from children[end + 1 :]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


# HTML.


def _render_html(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _o: OptionsDict, _e: EnvType
) -> str:
    return known(tokens[index].content)


def known(written: str) -> str:
    """HTML in which tags that no note needs are text, and a comment that has no end."""
    opened = written.rfind("<!--")
    if opened > written.rfind("-->"):
        written = f"{written[:opened]}&lt;{written[opened + 1 :]}"
    return _TAG.sub(lambda tag: "<" if tag[1].lower() in _KNOWN else "&lt;", written)


def _render_math(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _o: OptionsDict, _e: EnvType
) -> str:
    tag = "div" if tokens[index].type == "math_block" else "span"
    return f'<{tag} class="math">{html.escape(tokens[index].content)}</{tag}>'


def _render_footnote(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _o: OptionsDict, _e: EnvType
) -> str:
    token = tokens[index]
    return "<div>" if token.meta.get("told") else f"<div><p>[{html.escape(token.info)}]</p>"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough"])
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("table", "flat", _flat, ends)
    parser.block.ruler.before("fence", "math_block", _math_block, ends)
    parser.block.ruler.before("reference", "footnote", _footnote, ends)
    parser.inline.ruler.before("escape", "math_inline", _math_inline)
    parser.inline.ruler.before("link", "footnote_reference", _footnote_reference)
    parser.core.ruler.push("marked", _marked)
    for name in ("html_block", "html_inline"):
        parser.add_render_rule(name, _render_html)
    for name in ("math_block", "math_inline"):
        parser.add_render_rule(name, _render_math)
    parser.add_render_rule("footnote_open", _render_footnote)
    return parser


_PARSER = _parser()
