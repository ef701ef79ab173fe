"""Draft + Summary → Note, in the form of the template."""

from __future__ import annotations

import re
from datetime import datetime

from .markdown import bare_url, heading_text, nest_headings
from .model import Draft, Note, Summary
from .templating import fill

LABELS = {
    "zh-CN": {
        "archived": "归档时间",
        "original": "原文",
        "summary": "AI总结",
        "no_summary": "*没有摘要。*",
    },
    "en": {
        "archived": "Archived",
        "original": "Original text",
        "summary": "AI summary",
        "no_summary": "*No summary.*",
    },
}
_TAG = re.compile(r"(?:^|\s)#([^\s#]+)")


def note_language(*wishes: str | None) -> str:
    """The language of labels and summary (zh-CN or en): the first wish that is known."""
    stated = next((wish for wish in wishes if wish), "en")
    return "zh-CN" if stated.lower().startswith("zh") else "en"


def note_from(
    draft: Draft, summary: Summary | None, *, id: str, archived_at: datetime, language: str
) -> Note:
    """The note, complete; *archived_at* is written in its own offset."""
    labels = LABELS[language]
    markdown = fill(
        "classic",
        title=heading_text(draft.title),
        url=bare_url(draft.url),
        archived=_written(archived_at, language),
        labels=labels,
        original=nest_headings(draft.markdown.strip("\n"), below=2),
        summary=nest_headings(summary.markdown, below=2) if summary else labels["no_summary"],
    )
    return Note(
        id=id,
        url=draft.url,
        title=draft.title,
        markdown=markdown + "\n",
        archived_at=archived_at,
        site=draft.site,
        language=draft.language,
        tags=summary.tags if summary else (),
    )


def summary_from(markdown: str, *, made_by: str) -> Summary:
    """What a summarizer or the user wrote, as a value."""
    written = markdown.strip()
    return Summary(markdown=written, tags=tags_of(written), made_by=made_by)


def tags_of(summary: str) -> tuple[str, ...]:
    """The #tags in the last paragraph of a summary."""
    return tuple(_TAG.findall(summary.strip().rsplit("\n\n", 1)[-1]))


def _written(moment: datetime, language: str) -> str:
    if language == "zh-CN":
        return f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M:%S}"
