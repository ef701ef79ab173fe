"""Backslashes exactly where CommonMark would read syntax (spec 0.31, section 2.4)."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

_SYNTAX = r"""\\(?=[!-/:-@\[-`{-~\n]|\Z)     # before punctuation, or at the end
    | `
    | \*(?!(?<=\s\*)\s)                   # alone between spaces it is none
    | ~(?!(?<=\s~)\s)
    | (?:(?<!\w)_++ | (?<!_)_++(?!\w))(?!(?<=\s_)\s)  # inside a word they are none
    | <(?=[A-Za-z/!?]|\Z)                  # an HTML tag, or an autolink; what follows may be one
    | &(?=\#?\w{1,32};)                    # an entity
    """
#: An index such as list[0] is no link.
_INLINE = re.compile(_SYNTAX + r"| \[(?!(?<=\w\[)\w{0,20}\](?![\[(:]))", re.VERBOSE)
#: Inside of brackets, those of a text would end them.
_LINKED = re.compile(_SYNTAX + r"| [\[\]]", re.VERBOSE)
#: What any of them begins with: most texts have none, and this is found three times as fast.
_ANY = re.compile(r"[\\`*\[\]~$_<&]")
#: What GFM takes for a link goes on to the next space or tag, over backslashes and other syntax: so
#: an address with any of it is kept from being one.
_ADDRESS = re.compile(
    r"(?<![a-z])(?:(?:https?|ftp)(?=://[^\s<]*\\)|www(?=\.[^\s<]*\\))", re.IGNORECASE
)
#: What could open and close math (Pandoc's rule, which GitHub and Obsidian follow or narrow).
_MATH_OPENS = re.compile(r"\$(?=\S)")
_MATH_CLOSES = re.compile(r"(?<=\S)\$(?!\d)")
_LINE_START = re.compile(
    r"^([ ]*)(\#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]+[ ]*$|(?:-[ ]*){3,}$|\d{1,9}(?=[.)](?:\s|$))"
    # The second line of a table (GFM 0.29, section 4.10).
    r"|[|:-](?=[ |:-]*$))"
)
#: cmark keeps the length of a fence in a byte: a longer one would end at a shorter.
_LONGEST_FENCE = 255
_STARTS = frozenset(" #>-+*=|:0123456789")
#: A footnote mark there would begin its note, or the definition of a link (CommonMark 0.31, 4.7).
_MARK_START = re.compile(r"^ *\[\^[^\]]*\](?=:)")
#: What a viewer without footnotes takes for the definition of a link, where a note begins so.
_DEFINITION = re.compile(r"(\S+)(?:\s+[\"'(].*)?", re.DOTALL)
_LINE_END = re.compile(r"(?:^|(?<=\s))#+$")


def escape(
    text: str, *, math: bool | None = None, linked: bool = False, followed: bool = False
) -> str:
    """*text* so that Markdown shows it as it is, inside a line.

    *math* tells whether a dollar sign would begin math, where more than *text* decides that;
    *linked* text stands in brackets itself; *followed* text has syntax right behind it.
    """
    written = _escaped(text, math=math, linked=linked) if _ANY.search(text) else text
    if linked or not may_have_address(text):
        return written
    return _ADDRESS.sub(r"\g<0>\\", written + "\\" * followed)[: -1 if followed else None]


def may_have_address(text: str) -> bool:
    """Whether there may be an address in *text* that GFM makes a link (0.29, section 6.9)."""
    return "://" in text or "www." in text


def _escaped(text: str, *, math: bool | None, linked: bool) -> str:
    written = (_LINKED if linked else _INLINE).sub(_each_escaped, text)
    if "$" in text and (has_math(text) if math is None else math):
        written = written.replace("$", "\\$")
    return written


def _each_escaped(signs: re.Match[str]) -> str:
    return "\\" + "\\".join(signs[0])


def has_math(text: str) -> bool:
    """Whether dollar signs in *text* would be read as math."""
    opened = _MATH_OPENS.search(text)
    return opened is not None and _MATH_CLOSES.search(text, opened.end()) is not None


def escape_line_start(line: str) -> str:
    """*line* so that its beginning starts no block."""
    found = _LINE_START.match(line) if line[:1] in _STARTS else None
    if not found:
        return _MARK_START.sub(r"\g<0>\\", line) if "]:" in line else line
    indent, marker = found.groups()
    if marker.isdigit():
        return f"{indent}{marker}\\{line[found.end() :]}"
    return f"{indent}\\{line[len(indent) :]}"


def defines_live_link(text: str) -> bool:
    """Whether *text*, right behind `[^label]:`, would define a link that must not be followed."""
    found = _DEFINITION.fullmatch(text)
    return found is not None and link_target(target_url(found[1])) is None


def escape_line_end(line: str) -> str:
    """*line*, the text of a heading, so that its end does not close the heading."""
    return _LINE_END.sub(r"\\\g<0>", line) if line.endswith("#") else line


def line_text(text: str) -> str:
    """*text* as a line of its own that starts no block."""
    return escape_line_start(escape(" ".join(text.split())))


def heading_text(text: str) -> str:
    """*text* as the text of a heading."""
    return escape_line_end(escape(" ".join(text.split())))


def code_span(text: str) -> str:
    """*text* as inline code; the fence is as short as the runs of backticks inside allow."""
    if "`" not in text:
        return f"`{text}`" if text.strip() else f"` {text} `"
    runs = {len(run) for run in re.findall("`+", text)}
    fence = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def code_block(text: str, language: str = "") -> str:
    """*text* as a fenced block; as an indented one where no fence would hold it."""
    for sign in "`~":
        longest = max(map(len, re.findall(f"{sign}{{3,}}", text)), default=2)
        if longest < _LONGEST_FENCE:
            fence = sign * (longest + 1)
            return f"{fence}{language}\n{text}\n{fence}"
    return "\n".join(f"    {line}" for line in text.split("\n"))


#: What a viewer may follow or show; everything else could run something.
#: What has no scheme is relative (URL Standard, section 4.4).
_SAFE_LINK = re.compile(r"(?:https?|mailto|tel|ftp):|(?![a-z][a-z\d+.-]*:)", re.IGNORECASE)
_SAFE_IMAGE = re.compile(
    r"https?:|data:image/(?:png|jpe?g|gif|webp|avif);|(?![a-z][a-z\d+.-]*:)", re.IGNORECASE
)
#: A title is text without markup (CommonMark 0.31, section 6.3); what reads no links reads HTML.
_TITLE = re.compile(r"\\(?=[!-/:-@\[-`{-~]|$)|&(?=#?\w{1,32};)|<(?=[A-Za-z/!?])|\](?=[(\[:])")
#: Most addresses: nothing in them has to be changed.
_PLAIN = re.compile(r"(?:https?://|[/#])[\w./?=#%+~,:@-]*+", re.ASCII)
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f]+")
#: What a viewer might trim as white space, though a browser takes it for a part of the address.
_BLANK = re.compile(r"[^\S\x00-\x20\x7f-\x9f]|\ufeff")


def link_target(url: str) -> str | None:
    """*url* as the target of a link; None when it must not be followed."""
    return _target(url, _SAFE_LINK)


def image_target(url: str) -> str | None:
    """*url* as the source of an image; None when it must not be loaded."""
    return _target(url, _SAFE_IMAGE)


def target_url(target: str) -> str:
    """The URL that the *target* of a link or image in Markdown stands for."""
    written = _ESCAPED.sub(r"\1", target.removeprefix("<").removesuffix(">"))
    # Only with its semicolon is it an entity here; HTML knows some without.
    return re.sub(r"&#?\w{1,32};", lambda entity: html.unescape(entity[0]), written)


def bare_url(url: str) -> str:
    """*url* as text that is no other markup; an ordinary one stays as it is."""
    written = "".join(url.split()).translate({60: "%3C", 62: "%3E", 96: "%60"})
    return written.replace("](", "]%28")


def link_title(title: str | None) -> str:
    """The *title* of a link or image as it stands behind its target; with the space before it."""
    if not title or not (folded := " ".join(title.split())):
        return ""
    written = _TITLE.sub(r"\\\g<0>", folded)
    if '"' not in written:
        return f' "{written}"'
    return f" '{written}'" if "'" not in written else f' "{written.replace(chr(34), "&quot;")}"'


def _target(url: str, safe: re.Pattern[str]) -> str | None:
    if _PLAIN.fullmatch(url):
        return url
    url = _BLANK.sub(lambda sign: quote(sign[0]), url)
    # Browsers drop control characters inside a scheme: "java\nscript:" runs.
    if not safe.match(_UNSEEN.sub("", url)):
        return None
    quoted = _UNSEEN.sub(lambda run: "%20" * (" " in run[0]), url.strip())
    written = quoted.translate({40: "%28", 41: "%29", 60: "%3C", 62: "%3E", 92: "%5C"})
    # Markdown reads entities in a target too: "javascript&colon;" would become a scheme.
    return _ENTITY.sub("&amp;", written) or None
