"""A sample note, by which a person sees what settings make before a page is archived."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from .errors import LimitError, TemplateError
from .model import Draft, Note, Summary
from .note import note_from, note_language
from .placing import file_names, folder_of, name_of
from .protocol import Preview, PreviewRequest
from .templating import name_from
from .workers import Workers

#: Seconds for the template of a note or a name; those that come with Guidang take 0.1.
LIMIT = 10.0

_ARCHIVED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_TEXTS = {
    "en": {
        "title": "Tides of the bay",
        "byline": "R. Reader",
        "site": "Example Review",
        "text": "The tides rise and fall **twice a day**, because the Moon pulls at the sea.\n\n"
        "## How high they are\n\n"
        "In the bay the water rises by 12 metres; on the open coast by 2.",
        "summary": "### Archive note: Tides of the bay\n\n"
        "#### Core content\n\n1. In the bay the water rises by 12 metres.\n\n"
        "#### Tags\n\n#tides #moon",
        "tags": ("tides", "moon"),
    },
    "zh-CN": {
        "title": "海湾的潮汐",
        "byline": "读者",
        "site": "示例评论",
        "text": "因为月球牵引海水，潮水**每天涨落两次**。\n\n"
        "## 潮水有多高\n\n海湾里的水位升高 12 米，开阔海岸则是 2 米。",
        "summary": "### 归档笔记：海湾的潮汐\n\n"
        "#### 核心内容\n\n1. 海湾里的水位升高 12 米。\n\n#### 标签\n\n#潮汐 #月球",
        "tags": ("潮汐", "月球"),
    },
}


async def preview(asked: PreviewRequest, *, templates: Path, workers: Workers) -> Preview:
    """What the sample note would be, and the file in which it would lie.

    Raises:
        TemplateError: A template of *asked* cannot be used.
    """

    async def filled(template: str, note: Note) -> str:
        return await workers.run_within(LIMIT, name_from, template, note)

    language = note_language(asked.language)
    try:
        note = await workers.run_within(LIMIT, sample, asked.template, templates, language)
        folder = await folder_of(note, asked.subfolder, filled)
        name = await name_of(note, asked.name, filled)
    except LimitError as error:
        raise TemplateError(
            "template-failed",
            "A template took too much time or memory.",
            "Look for a loop without an end.",
        ) from error
    return Preview(file="/".join((*folder, next(file_names(name)))), markdown=note.markdown)


def sample(template: str, templates: Path, language: str) -> Note:
    """The sample in the form of *template*, for a worker: a user's template may do anything.

    Raises:
        TemplateError: The template cannot be used.
    """
    texts = _TEXTS[language]
    draft = Draft(
        url="https://example.org/tides",
        title=str(texts["title"]),
        markdown=str(texts["text"]),
        text=None,
        byline=str(texts["byline"]),
        published="2026-11-18",
        site=str(texts["site"]),
        language=language,
    )
    summary = Summary(
        markdown=str(texts["summary"]), tags=tuple(texts["tags"]), made_by="claude-sonnet-5-5"
    )
    return note_from(
        draft,
        summary,
        id="sample",
        archived_at=_ARCHIVED,
        language=language,
        template=template,
        templates=templates,
    )
