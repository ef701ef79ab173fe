"""Notes as they were written: head and text of a note's Markdown, in any of our forms."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from .words import MOST_TEXT, plain

_RULE = "\n---\n"
#: A head is short; so nothing of a text is taken for one.
_LONGEST_HEAD = 20_000
_CLASSIC = re.compile(
    r"# (?P<title>[^\n]*)\n+- \*\*URL\*\*: *(?P<url>[^\n]*)\n"
    r"- \*\*[^*\n]+\*\*: *(?P<archived>[^\n]*)\n"
)
_PROPERTY = re.compile(
    r"^(?P<name>\w+):[ \t]*(?P<value>[^\n]*(?:\n[ \t]*- [^\n]*)*)$", re.MULTILINE
)
_ESCAPED = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?")


class Written(Struct, frozen=True, kw_only=True):
    """What the head of a note says; *archived_at* has its offset or is this machine's time."""

    title: str
    url: str
    archived_at: datetime
    site: str | None = None
    language: str | None = None
    byline: str | None = None
    published: str | None = None
    tags: tuple[str, ...] = ()


def read(markdown: str) -> Written | None:
    """What the head of *markdown* says; None when it is no note of ours."""
    head = markdown[:_LONGEST_HEAD].replace("\r\n", "\n").removeprefix("\ufeff")
    return _properties(head) if head.startswith("---\n") else _classic(head)


def text_of(markdown: str) -> str:
    """What is searched of a note, as a reader sees it."""
    return plain(body(markdown[:MOST_TEXT]))


def body(markdown: str) -> str:
    """*markdown* without its head, where it has one that is known."""
    head, rule, rest = markdown.partition(_RULE)
    if len(head) > _LONGEST_HEAD or not (head.startswith("---\n") or _CLASSIC.match(head + "\n")):
        return markdown
    return rest if rule else markdown


def _classic(head: str) -> Written | None:
    found = _CLASSIC.match(head)
    archived_at = _moment(found["archived"]) if found else None
    if found is None or archived_at is None:
        return None
    return Written(
        title=_ESCAPED.sub("", found["title"]).strip(),
        url=found["url"].strip().strip("<>"),
        archived_at=archived_at,
    )


def _properties(head: str) -> Written | None:
    """The properties of YAML that matter, a line each; lists in brackets or a line a piece."""
    block, rule, _ = head.removeprefix("---\n").partition(_RULE)
    found = (
        {each["name"].lower(): each["value"] for each in _PROPERTY.finditer(block)} if rule else {}
    )
    url, archived_at = _text(found.get("url", "")), _moment(_text(found.get("archived", "")))
    if not url or archived_at is None:
        return None
    return Written(
        title=_text(found.get("title", "")) or url,
        url=url,
        archived_at=archived_at,
        site=_text(found.get("site", "")) or None,
        language=_text(found.get("language", "")) or None,
        byline=_text(found.get("author", "")) or None,
        published=_text(found.get("published", "")) or None,
        tags=_list(found.get("tags", "")),
    )


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
