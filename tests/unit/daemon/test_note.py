"""Draft + Summary → Note: the form of DESIGN, byte for byte."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from daemon.markdown import tags_of
from daemon.model import Doubt, Draft, Fault, Note, Summary
from daemon.note import Lack, edited, note_from, note_language
from daemon.templating import BUILT_IN

MOMENT = datetime(2025, 7, 25, 2, 7, 18, tzinfo=timezone(timedelta(hours=8)))
SUMMARY = Summary(markdown="### 归档笔记：潮汐\n\n#tide", tags=("tide",), made_by="extract")
CHINESE = """\
# 潮汐

- **URL**: https://example.org/tides
- **归档时间**: 2025/7/25 02:07:18

---

## 原文

第一段。

### 成因

第二段。

---

## AI总结

### 归档笔记：潮汐

#tide
"""
ENGLISH = """\
# 潮汐

- **URL**: https://example.org/tides
- **Archived**: 2025-07-25 02:07:18

---

## Original text

第一段。

### 成因

第二段。

---

## AI summary

### 归档笔记：潮汐

#tide
"""


def note(
    *,
    title: str = "潮汐",
    url: str = "https://example.org/tides",
    markdown: str = "第一段。\n\n# 成因\n\n第二段。",
    summary: Summary | None = SUMMARY,
    language: str = "zh-CN",
    archived_at: datetime = MOMENT,
    template: str = "classic",
    lack: Lack | None = None,
) -> Note:
    draft = Draft(url=url, title=title, markdown=markdown, text=None, site="example.org")
    return note_from(
        draft,
        summary,
        id="00000000-0000",
        archived_at=archived_at,
        language=language,
        template=template,
        templates=Path("/nowhere"),
        lack=lack,
    )


def headings(markdown: str) -> list[tuple[str, str]]:
    tokens = MarkdownIt("commonmark").parse(markdown)
    return [
        (token.tag, tokens[at + 1].content)
        for at, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


@pytest.mark.parametrize(("language", "form"), [("zh-CN", CHINESE), ("en", ENGLISH)])
def test_a_note_has_exactly_this_form(language: str, form: str) -> None:
    assert note(language=language).markdown == form


def test_a_note_carries_what_its_backends_need() -> None:
    found = note()

    assert (found.id, found.title, found.url) == (
        "00000000-0000",
        "潮汐",
        "https://example.org/tides",
    )
    assert (found.site, found.tags, found.archived_at) == ("example.org", ("tide",), MOMENT)


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh-CN", "*没有摘要。*"), ("en", "*No summary.*")]
)
def test_a_note_without_a_summary_says_so(language: str, sentence: str) -> None:
    assert note(summary=None, language=language).markdown.endswith(f"\n\n{sentence}\n")


@pytest.mark.parametrize("template", BUILT_IN)
def test_why_a_summary_is_lacking_stands_in_the_note_of_every_form(template: str) -> None:
    lack = Lack(Fault("api-down", "The service is down.", "Wait."))
    found = note(summary=None, language="en", template=template, lack=lack).markdown

    assert found.endswith("\n\n*No summary (api-down): “guidang summarize” adds it.*\n")


@pytest.mark.parametrize("template", ["frontmatter", "plain"])
def test_a_note_that_is_to_have_no_summary_says_nothing_of_one(template: str) -> None:
    assert note(summary=None, language="en", template=template).markdown.endswith("第二段。\n")


@pytest.mark.parametrize(
    ("moment", "language", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "zh-CN", "2026/1/2 03:04:05"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "en", "2026-01-02 03:04:05"),
        (datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=UTC), "zh-CN", "2026/11/22 23:59:59"),
        (datetime(2026, 11, 22, 0, 0, 0, tzinfo=MOMENT.tzinfo), "en", "2026-11-22 00:00:00"),
    ],
)
def test_the_time_is_written_as_its_place_has_it(
    moment: datetime, language: str, written: str
) -> None:
    assert f": {written}\n" in note(archived_at=moment, language=language).markdown


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("one\ntwo\r\n\tthree", "# one two three"),
        ("*Stars* and `code`", "# \\*Stars\\* and \\`code\\`"),
        ("<script>alert(1)</script>", "# \\<script>alert(1)\\</script>"),
        ("[x](javascript:alert(1))", "# \\[x](javascript:alert(1))"),
        ("Learn C #", "# Learn C \\#"),
        ("# not two", "# # not two"),
        ("snake_case & R&D", "# snake_case & R&D"),
    ],
)
def test_a_title_is_one_line_and_no_markup(title: str, line: str) -> None:
    found = note(title=title)

    assert found.markdown.split("\n")[0] == line
    assert found.title == title


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/<script>alert(1)</script>",
        "https://example.org/[x](https://evil.example)",
        "https://example.org/![x](https://evil.example)",
        "https://example.org/`a`",
        "https://example.org/a b\n# c",
    ],
)
def test_an_address_is_one_line_and_no_markup(url: str) -> None:
    tokens = MarkdownIt("commonmark").parse(note(url=url).markdown)

    line = next(token for token in tokens if token.type == "inline" and "URL" in token.content)
    kinds = {child.type for child in line.children or []}
    assert kinds == {"text", "strong_open", "strong_close"}
    assert headings(note(url=url).markdown)[1] == ("h2", "原文")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a_b_c?x=1&y=(2)#z~",
        "https://zh.example.org/潮汐",
        "http://[::1]:8000/a%20b",
        "file:///home/a.html",
    ],
)
def test_an_ordinary_address_stands_as_it_is(url: str) -> None:
    assert f"- **URL**: {url}\n" in note(url=url).markdown


def test_the_headings_of_text_and_summary_nest_below_theirs() -> None:
    summary = Summary(markdown="# 总结\n\n## 细节", made_by="user")
    found = note(markdown="# a\n\n## b\n\n```\n# code\n```\n\n###### c", summary=summary)

    assert headings(found.markdown) == [
        ("h1", "潮汐"),
        ("h2", "原文"),
        ("h3", "a"),
        ("h4", "b"),
        ("h6", "c"),
        ("h2", "AI总结"),
        ("h3", "总结"),
        ("h4", "细节"),
    ]


def test_an_empty_text_leaves_the_form_whole() -> None:
    assert headings(note(markdown="").markdown)[:3] == [
        ("h1", "潮汐"),
        ("h2", "原文"),
        ("h2", "AI总结"),
    ]


def test_text_that_looks_like_a_template_is_no_template() -> None:
    assert "{{ 7 * 7 }} {% raw %}" in note(markdown="{{ 7 * 7 }} {% raw %}").markdown
    assert "# {{ title }}\n" in note(title="{{ title }}").markdown


@pytest.mark.parametrize(
    ("summary", "tags"),
    [
        ("text\n\n#one #two", ("one", "two")),
        ("text\n\n#潮汐\n#月亮\n", ("潮汐", "月亮")),
        ("#early\n\nno tags", ()),
        ("text\n\n# heading", ()),
        ("text\n\nissue#1", ()),
        ("", ()),
    ],
)
def test_the_tags_of_a_summary_stand_at_its_end(summary: str, tags: tuple[str, ...]) -> None:
    assert tags_of(summary) == tags


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("zh-TW", "en"), "zh-CN"),
        (("zh", "en"), "zh-CN"),
        (("en-GB", "zh"), "en"),
        (("de", "zh"), "en"),
        ((None, "zh-Hans"), "zh-CN"),
        ((None, None), "en"),
        (("",), "en"),
        ((), "en"),
        (("ZH-cn",), "zh-CN"),
    ],
)
def test_the_language_is_the_first_wish(wishes: tuple[str | None, ...], language: str) -> None:
    assert note_language(*wishes) == language


def test_a_summary_of_the_users_own_is_the_users() -> None:
    assert edited(None, " My own. #mine\n") == Summary(
        markdown="My own. #mine", tags=("mine",), made_by="user"
    )


def test_an_edited_summary_keeps_its_model_its_cost_and_the_doubts_that_still_stand() -> None:
    doubts = (Doubt("2.3 m", "number"), Doubt("July 24", "date"))
    written = Summary(
        markdown="It took 2.3 m⚠ on July 24⚠.",
        tags=("tide",),
        made_by="a-model",
        doubts=doubts,
        output_tokens=9,
        cost=0.5,
    )

    assert edited(written, "It took 2.3 m⚠ on July 23. #sea") == Summary(
        markdown="It took 2.3 m⚠ on July 23. #sea",
        tags=("sea",),
        made_by="a-model, edited",
        doubts=doubts[:1],
        output_tokens=9,
        cost=0.5,
    )
