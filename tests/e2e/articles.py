"""Pages to archive, each with an article of its own, and the note that has to come of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PLACES = ("渡口", "茶园", "灯塔", "果林", "老桥", "盐田", "驿站", "水渠", "窑厂", "船坞")
NAVIGATION = ("首页", "资讯", "视频", "更多频道", "注册登录")
FOOTER = "版权所有，未经许可不得转载"

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>
<body>
<nav>{navigation}</nav>
<main><article><h1>{title}</h1>{paragraphs}</article></main>
<footer><p>{footer}</p></footer>
</body></html>
"""

PARAGRAPH = (
    "{place}的第{number}号记录写在第{part}页上：清晨的雾散去以后，守望的人沿着石阶走到水边，"
    "把前一夜的水位、风向和来往的船只逐项记下，再与去年同一天的数字对照，看这一年的变化究竟有多大。"
)


@dataclass(frozen=True)
class Article:
    """An article that no other shares a sentence with."""

    number: int

    @property
    def title(self) -> str:
        return f"{PLACES[self.number % len(PLACES)]}守望记第{self.number}篇"

    @property
    def paragraphs(self) -> list[str]:
        place = PLACES[self.number % len(PLACES)]
        return [
            PARAGRAPH.format(place=place, number=self.number, part=part) for part in range(1, 6)
        ]

    def write(self, folder: Path) -> str:
        """Write the page into *folder*; returns its name."""
        name = f"article-{self.number}.html"
        html = PAGE.format(
            title=self.title,
            navigation="".join(f'<a href="#">{word}</a> ' for word in NAVIGATION),
            paragraphs="".join(f"<p>{text}</p>" for text in self.paragraphs),
            footer=FOOTER,
        )
        (folder / name).write_text(html, "utf-8")
        return name


#: The default form of a note; the groups are what differs from note to note.
FORM = (
    r"# (?P<title>[^\n]+)\n\n"
    r"- \*\*URL\*\*: (?P<url>\S+)\n"
    r"- \*\*{archived}\*\*: {time}\n\n"
    r"---\n\n"
    r"## {original}\n\n"
    r"(?P<text>.+?)\n\n"
    r"---\n\n"
    r"## {summary}\n\n"
    r"(?P<summary>.+)\n"
)
CHINESE = FORM.format(
    archived="归档时间",
    time=r"\d{4}/\d{1,2}/\d{1,2} \d\d:\d\d:\d\d",
    original="原文",
    summary="AI总结",
)
ENGLISH = FORM.format(
    archived="Archived",
    time=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    original="Original text",
    summary="AI summary",
)


def parts_of(note: Path) -> dict[str, str]:
    """The parts of a whole note, whose labels are in the browser's language."""
    text = note.read_text("utf-8")
    found = re.fullmatch(CHINESE, text, re.DOTALL) or re.fullmatch(ENGLISH, text, re.DOTALL)
    assert found is not None, f"not in the form of a note:\n{text}"
    return found.groupdict()


def assert_is_note_of(article: Article, note: Path, url: str) -> None:
    parts = parts_of(note)

    assert parts["title"] == article.title
    assert parts["url"] == url
    assert paragraphs_in(parts["text"]) == article.paragraphs


def paragraphs_in(text: str) -> list[str]:
    return [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
