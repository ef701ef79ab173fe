"""Backslashes exactly where CommonMark would read syntax (spec 0.31, section 2.4)."""

from __future__ import annotations

import html
import re

_INLINE = re.compile(
    r"""[\\`*\[\]~$]                        # always syntax, or soon
    | (?<![^\W_])_ | _(?![^\W_])            # an underscore inside a word is none
    | <(?=[A-Za-z/!?]|\Z)                   # an HTML tag, or an autolink; what follows may be one
    | &(?=\#?\w{1,32};)                     # an entity
    """,
    re.VERBOSE,
)
#: What any of them begins with: most texts have none, and this is found three times as fast.
_ANY = re.compile(r"[\\`*\[\]~$_<&]")
_LINE_START = re.compile(
    r"^([ ]*)(\#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]+[ ]*$|\d{1,9}(?=[.)](?:\s|$)))"
)
_LINE_END = re.compile(r"(?:^|(?<=\s))#+$")


def escape(text: str) -> str:
    """*text* so that Markdown shows it as it is, inside a line."""
    return _INLINE.sub(r"\\\g<0>", text) if _ANY.search(text) else text


def escape_line_start(line: str) -> str:
    """*line* so that its beginning starts no block."""
    found = _LINE_START.match(line)
    if not found:
        return line
    indent, marker = found.groups()
    if marker.isdigit():
        return f"{indent}{marker}\\{line[found.end() :]}"
    return f"{indent}\\{line[len(indent) :]}"


def escape_line_end(line: str) -> str:
    """*line*, the text of a heading, so that its end does not close the heading."""
    return _LINE_END.sub(r"\\\g<0>", line)


def line_text(text: str) -> str:
    """*text* as a line of its own that starts no block."""
    return escape_line_start(escape(" ".join(text.split())))


def heading_text(text: str) -> str:
    """*text* as the text of a heading."""
    return escape_line_end(escape(" ".join(text.split())))


def code_span(text: str) -> str:
    """*text* as inline code; the fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def code_block(text: str, language: str = "") -> str:
    """*text* as a fenced block."""
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


#: What a viewer may follow or show; everything else could run something.
_SAFE_LINK = re.compile(r"(?:https?:|mailto:|tel:|ftp:|#|/|\.|\?|[^:]*$)", re.IGNORECASE)
_SAFE_IMAGE = re.compile(
    r"(?:https?:|/|\.|[^:]*$|data:image/(?:png|jpe?g|gif|webp|avif);)", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\x9f]+")


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


def _target(url: str, safe: re.Pattern[str]) -> str | None:
    # Browsers drop control characters inside a scheme: "java\nscript:" runs.
    if not safe.match(_UNSEEN.sub("", url)):
        return None
    quoted = _UNSEEN.sub(lambda run: "%20" * (" " in run[0]), url.strip())
    written = quoted.translate({40: "%28", 41: "%29", 60: "%3C", 62: "%3E", 92: "%5C"})
    # Markdown reads entities in a target too: "javascript&colon;" would become a scheme.
    return _ENTITY.sub("&amp;", written) or None
