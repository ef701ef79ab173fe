"""Draft + Summary → Note, in the form of the template."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .markdown import tags_of
from .model import Draft, Fault, Note, Summary
from .templating import Written, fill_note

LABELS = {
    "zh-CN": {
        "archived": "归档时间",
        "original": "原文",
        "summary": "AI总结",
        "unchecked": "未能与原文核对：其中的数字、日期和引文未经检查。",
        "no_summary": "没有摘要。",
        "summary_later": "没有摘要（{code}）：成功后自动补上。",
        "summary_by_hand": "没有摘要（{code}）：可用 guidang summarize 补写。",
    },
    "en": {
        "archived": "Archived",
        "original": "Original text",
        "summary": "AI summary",
        "unchecked": "Not held against the original text: its numbers and quotations may be wrong.",
        "no_summary": "No summary.",
        "summary_later": "No summary ({code}): it is added as soon as there is one.",
        "summary_by_hand": "No summary ({code}): “guidang summarize” adds it.",
    },
}


class Lack(Struct, frozen=True):
    """Why a note has no summary that it should have."""

    fault: Fault
    due: datetime | None = None  #: when it is tried again


def note_language(*wishes: str | None) -> str:
    """The language of labels and summary (zh-CN or en): the first wish that is known."""
    stated = next((wish for wish in wishes if wish), "en")
    return "zh-CN" if stated.lower().startswith("zh") else "en"


def note_from(
    draft: Draft,
    summary: Summary | None,
    *,
    id: str,
    archived_at: datetime,
    language: str,
    template: str,
    templates: Path,
    lack: Lack | None = None,
) -> Note:
    """The note, complete; *archived_at* is written in its own offset.

    Without a summary it says why: *lack*.

    *template* is a built-in one or a file in the folder *templates*.

    Raises:
        TemplateError: The template cannot be used.
    """
    values = values_of(draft, summary, archived_at=archived_at, language=language, lack=lack)
    return Note(
        id=id,
        url=draft.url,
        title=draft.title,
        markdown=fill_note(template, templates, values).rstrip("\n") + "\n",
        archived_at=archived_at,
        byline=draft.byline,
        published=draft.published,
        site=draft.site,
        language=draft.language,
        tags=values["tags"],
        made_by=values["made_by"],
        tokens=values["tokens"],
        cost=values["cost"],
        seconds=values["seconds"],
    )


def values_of(
    draft: Draft,
    summary: Summary | None,
    *,
    archived_at: datetime,
    language: str,
    lack: Lack | None = None,
) -> dict[str, Any]:
    """What a note template sees; README.md lists it for those who write one."""
    return {
        "title": draft.title,
        "url": draft.url,
        "byline": draft.byline,
        "published": draft.published,
        "modified": draft.modified,
        "archived": archived_at,
        "site": draft.site,
        "language": draft.language,
        "image": draft.image,
        "tags": summary.tags if summary else (),
        "made_by": summary.made_by if summary else None,
        "tokens": summary.input_tokens + summary.output_tokens if summary else 0,
        "cost": summary.cost if summary else None,
        "seconds": summary.seconds if summary else None,
        "original": Written(draft.markdown.strip("\n")),
        "summary": Written(_told(summary, LABELS[language])) if summary else None,
        "lacks_summary": lack is not None,
        "no_summary": _no_summary(lack, LABELS[language]),
        "locale": language,
        "labels": LABELS[language],
    }


def _told(summary: Summary, labels: dict[str, str]) -> str:
    line = f"*{labels['unchecked']}*\n\n" if summary.unchecked else ""
    return line + summary.markdown


def _no_summary(lack: Lack | None, labels: dict[str, str]) -> str:
    if lack is None:
        return labels["no_summary"]
    label = labels["summary_later" if lack.due else "summary_by_hand"]
    return label.format(code=lack.fault.code)


def summary_from(markdown: str, *, made_by: str) -> Summary:
    """What a summarizer or the user wrote, as a value."""
    written = markdown.strip()
    return Summary(markdown=written, tags=tags_of(written), made_by=made_by)


def edited(written: Summary | None, markdown: str) -> Summary:
    """The summary that the user left: of his own, or an edited one that was *written*.

    It cost what it did, and what stays in it of the doubts is still doubted.
    """
    own = summary_from(markdown, made_by="user")
    if written is None:
        return own
    return msgspec.structs.replace(
        written,
        markdown=own.markdown,
        tags=own.tags,
        made_by=f"{written.made_by}, edited",
        doubts=tuple(doubt for doubt in written.doubts if doubt.text in own.markdown),
    )
