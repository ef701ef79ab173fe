"""Notes as they were written: head and text of a note's Markdown, in any of our forms.

Of a form that a user made, what every such form has is looked for: a heading, and a line with the
address of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from .words import MOST_TEXT, plain

_RULE = "\n---\n"
#: A head is short; so nothing of a text is taken for one.
_LONGEST_HEAD = 20_000
#: What stands at its end is found, too.
_LONGEST_END = 2_000
_CLASSIC = re.compile(
    r"# (?P<title>[^\n]*)\n+- \*\*URL\*\*: *(?P<url>[^\n]*)\n"
    r"- \*\*[^*\n]+\*\*: *(?P<archived>[^\n]*)\n"
)
_PLAIN = re.compile(r"# [^\n]*\n\n[a-z][a-z0-9+.-]*:\S+\n")
#: The lines of our templates and of the form of summaries that are not the note's text.
_OURS = re.compile(
    r"^(?:##[ \t]+(?:Original text|AI summary|原文|AI总结)"
    r"|####[ \t]+(?:Basics|Core content|Sources|Tags|基本信息|核心内容|数据来源|归档标签)"
    r"|\*(?:No summary|Offline extract|没有摘要|离线摘录)[^\n]*\*|---)[ \t]*\r?$\n?"
    r"|^###[ \t]+(?:Archive note: |归档笔记：)",
    re.MULTILINE,
)
#: An image, and the link around it; what cannot be one ends at the next bracket, in linear time.
_TARGET = r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)"
_IMAGE = re.compile(rf"\[?!\[[^\[\]\n]*\]{_TARGET}(?:\]{_TARGET})?")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<title>[^\n]*\S)", re.MULTILINE)
#: A line with nothing but an address, behind a mark and a label if there are such.
_ADDRESS_LINE = re.compile(
    r"^[ \t>*+-]{0,8}(?:\*{0,2}[^\s:：*\[][^\n:：*]{0,30}\*{0,2}[:：]\*{0,2}[ \t]*)?"
    r"(?:\[[^\]\n]{0,200}\]\()?<?(?P<url>(?:https?|file)://[^\s<>]+?|about:\w+)[>)]{0,2}[ \t]*$",
    re.MULTILINE,
)
_PROPERTY = re.compile(
    r"^(?P<name>\w+):[ \t]*(?P<value>[^\n]*(?:\n[ \t]*- [^\n]*)*)$", re.MULTILINE
)
#: Properties that hold them, in the forms that are about.
_URLS = ("url", "source", "link", "address")
_MOMENTS = ("archived", "created", "saved", "clipped", "date")
_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class Written(Struct, frozen=True, kw_only=True):
    """What the head of a note says; *archived_at* has its offset or is this machine's time."""

    title: str
    url: str
    archived_at: datetime | None = None
    site: str | None = None
    language: str | None = None
    byline: str | None = None
    published: str | None = None
    tags: tuple[str, ...] = ()


def read(markdown: str) -> Written | None:
    """What the head of *markdown* says; None when it has no title or no address."""
    head = markdown[:_LONGEST_HEAD].replace("\r\n", "\n").removeprefix("\ufeff")
    return _classic(head) or _properties(head) or _lines(head, markdown[-_LONGEST_END:])


def text_of(markdown: str) -> str:
    """What is searched of a note, as a reader sees it."""
    return plain(_OURS.sub("", body(markdown[:MOST_TEXT])))


def shown_of(markdown: str) -> str:
    """The same without its images: what a snippet is taken of."""
    return text_of(_IMAGE.sub("", markdown) if "![" in markdown else markdown)


def body(markdown: str) -> str:
    """*markdown* without its head, where it has one that is known."""
    head, rule, rest = markdown.partition(_RULE)
    if plain_head := _PLAIN.match(markdown):
        return markdown[plain_head.end() :]
    if len(head) > _LONGEST_HEAD or not (head.startswith("---\n") or _CLASSIC.match(head + "\n")):
        return markdown
    return rest if rule else markdown


def _classic(head: str) -> Written | None:
    found = _CLASSIC.match(head)
    archived_at = _moment(found["archived"]) if found else None
    if found is None:
        return None
    return Written(
        title=_ESCAPED.sub("", found["title"]).strip(),
        url=found["url"].strip().strip("<>"),
        archived_at=archived_at,
    )


def _properties(head: str) -> Written | None:
    """The properties of YAML that matter, a line each; lists in brackets or a line a piece."""
    if not head.startswith("---\n"):
        return None
    block, rule, rest = head.removeprefix("---\n").partition(_RULE)
    found = (
        {each["name"].lower(): each["value"] for each in _PROPERTY.finditer(block)} if rule else {}
    )
    url, archived_at = _first(found, _URLS), _moment(_first(found, _MOMENTS))
    title = _first(found, ("title",)) or _title(rest)
    if not url or not (title or archived_at):
        return None
    return Written(
        title=title or url,
        url=url,
        archived_at=archived_at,
        site=_text(found.get("site", "")) or None,
        language=_text(found.get("language", "")) or None,
        byline=_text(found.get("author", "")) or None,
        published=_text(found.get("published", "")) or None,
        tags=_list(found.get("tags", "")),
    )


def _lines(head: str, end: str) -> Written | None:
    """Title and address as lines of the text; the moment is not looked for."""
    title = _title(head)
    found = _ADDRESS_LINE.search(head) or _ADDRESS_LINE.search(end)
    if not title or found is None:
        return None
    return Written(title=title, url=found["url"])


def _title(text: str) -> str:
    found = _HEADING.search(text)
    return _ESCAPED.sub("", found["title"]).strip() if found else ""


def _first(found: dict[str, str], names: Iterable[str]) -> str:
    """The value of the first of *names* that has one."""
    return next(filter(None, (_text(found.get(name, "")) for name in names)), "")


def _text(value: str) -> str:
    value = value.strip()
    if value[:1] == "'" == value[-1:]:
        return value[1:-1].replace("''", "'")
    if value[:1] == '"' == value[-1:]:
        return _ESCAPED.sub("", value[1:-1])
    return "" if value in {"null", "~"} else value


def _list(value: str) -> tuple[str, ...]:
    pieces = re.split(r"\n[ \t]*- ", value) if "\n" in value else value.strip("[] ").split(",")
    return tuple(tag for tag in map(_text, pieces) if tag)


def _moment(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(text).astimezone()
    found = _MOMENT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second).astimezone()
    except (ValueError, OverflowError):
        return None
