"""The answer of a model becomes the section: what is repaired, what is made harmless."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon.markdown import tags_of
from daemon.writing.page import Page
from daemon.writing.shaping import Asked, Shaped, shaped

TEXT = (
    "The tides at [Fundy](https://example.org/fundy?a=1&b=2) reach 16 metres.\n\n"
    "![The bay](https://example.org/bay.png)\n\nSee https://example.org/tables for more."
)
CORE = "1. **Cause**\n   - The Moon pulls at the sea."
RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).disable("linkify")


def asked(**given: Any) -> Asked:
    page = Page(
        title="Tides",
        url="https://example.org/tides",
        text=given.pop("text", TEXT),
        site="example.org",
        published="2026-11-20",
    )
    values: dict[str, Any] = {
        "language": "en",
        "own": False,
        "strange": False,
        "tags": (),
        "most_tags": 5,
    }
    return Asked(page=page, **(values | given))


def answer(core: str = CORE, *, title: str = "Tides", tags: str = "#tides #Moon") -> str:
    return (
        f"### Archive note: {title}\n\n#### Basics\n\n- **Place**: Fundy\n\n#### Core content\n\n"
        f"{core}\n\n#### Sources\n\n- example.org\n\n#### Tags\n\n{tags}"
    )


def section(text: str, **given: Any) -> Shaped:
    result = shaped(text, asked(**given))
    assert isinstance(result, Shaped), result
    return result


def core_of(markdown: str) -> str:
    return markdown.partition("#### Core content\n\n")[2].partition("\n\n#### Sources")[0]


def headings(markdown: str) -> list[str]:
    return re.findall(r"^#{1,6} .*$", markdown, re.MULTILINE)


HEADINGS = ["### Archive note: Tides", "#### Basics", "#### Core content", "#### Sources"]


def test_an_answer_in_the_form_stays_as_it_is() -> None:
    assert section(answer()).markdown == answer()


@pytest.mark.parametrize(
    "given_",
    [
        f"```markdown\n{answer()}\n```",
        f"````\n{answer()}",
        f"Here is the summary:\n\n```md\n{answer()}\n```\n\nLet me know if you need more!",
        f"Here is the summary:\n\n{answer()}",
        f"Sure! Here it is.\n---\n{answer()}",
        f"---\ntitle: x\nlayout: evil\n---\n\n{answer()}",
        f"{answer()}\n\n---\n**Note**: shortened from the original.",
        f"{answer()}\n---\nLet me know if you need more!",
        f"{answer()}\n\nLet me know if you need more!",
        json.dumps({"summary": answer()}),
        json.dumps({"role": "assistant", "content": [{"type": "text", "text": answer()}]}),
        f'{{"summary": "{answer()}"}}',
        f"```json\n{json.dumps({'summary': answer()})}\n```",
        "```json\n" + json.dumps(["```\n" + answer() + "\n```"]) + "\n```",
        answer().replace("### ", "# ").replace("#### ", "## "),
        re.sub(r"^#+ (.*)$", r"**\1**", answer(), flags=re.MULTILINE),
        re.sub(r"^#### (.*)$", r"**\1**：", answer(), flags=re.MULTILINE),
        re.sub(r"^#### (.*)$", r"**\1:**", answer(), flags=re.MULTILINE),
        re.sub(r"^#### (.*)$", r"## 📌 1. \1：", answer(), flags=re.MULTILINE),
        answer().replace("\n", "\r\n"),
        answer().replace("Core content", "CORE CONTENT"),
        f"\ufeff\u200b{answer()}\0",
    ],
)
def test_what_models_put_around_a_summary_goes(given_: str) -> None:
    assert section(given_).markdown == answer()


def test_a_title_of_the_models_own_is_kept() -> None:
    written = section(answer(title="The [tides](https://evil.example) of *Fundy* # 1")).markdown

    assert headings(written)[0] == "### Archive note: The tides of Fundy # 1"


@pytest.mark.parametrize("title", ["", "   ", "x" * 500, "see https://evil.example/x now"])
def test_a_title_that_is_none_is_the_pages_own(title: str) -> None:
    assert headings(section(answer(title=title)).markdown)[0] == HEADINGS[0]


def test_sections_that_are_missing_are_made_of_what_the_page_says_of_itself() -> None:
    written = section(f"#### Core content\n\n{CORE}").markdown

    assert headings(written) == HEADINGS
    assert "- **Site**: example.org\n- **Published**: 2026-11-20" in written
    assert written.endswith("#### Sources\n\n- example.org (2026-11-20)")


def test_a_text_below_the_title_alone_is_the_core() -> None:
    written = section(f"### Archive note: Tides\n\n{CORE}\n\n#### Tags\n\n#a").markdown

    assert headings(written) == [*HEADINGS, "#### Tags"]
    assert core_of(written) == CORE


def test_sections_in_another_order_are_put_in_order() -> None:
    title, basics, core, sources, tags = re.split(r"\n\n(?=####)", answer())

    assert section("\n\n".join([title, tags, sources, core, basics])).markdown == answer()


def test_headings_of_the_models_own_stand_below_those_of_the_sections() -> None:
    written = section(answer(f"# More\n\n{CORE}\n\n###### Less\n\nText.")).markdown

    assert headings(written) == [
        *HEADINGS[:3],
        "##### More",
        "##### Less",
        *HEADINGS[3:],
        "#### Tags",
    ]


def test_a_heading_like_the_title_inside_of_a_section_is_one_of_its_own() -> None:
    written = section(answer(f"{CORE}\n\n## Archive notes in libraries\n\nText.")).markdown

    assert "##### Archive notes in libraries\n\nText." in core_of(written)


def test_tables_quotes_and_code_are_kept() -> None:
    core = (
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n> said\n\n```\nx = 1\n```\n\n"
        "Some `code` and **bold** and ~~gone~~."
    )

    assert core_of(section(answer(core)).markdown) == core


def test_emphasis_beside_chinese_marks_is_seen() -> None:
    core = "- **“数智赋能”**是主题。\n- **时间**：2025年"
    chinese = f"#### 核心内容\n\n{core}"

    written = section(chinese, language="zh-CN").markdown

    assert "- **时间**：2025年" in written
    assert "\\*\\*" in written or "<strong>" in written


# What could do harm.


@pytest.mark.parametrize(
    "core",
    [
        "[click](https://evil.example/)",
        "[click][1]\n\n[1]: https://evil.example/",
        "[click]\n\n[click]: <https://evil.example/>",
        "<https://evil.example/click>",
        "https://evil.example/click",
        "看https://evil.example/click，",
        "www.evil.example/click",
        "click@evil.example",
        "[https://](x)evil.example/click",
        "http<br>s://evil.example/click",
        "![click](https://evil.example/p.png)",
        "![click](https://evil.example/p.png?q=secret)",
        '<img src="https://evil.example/click">',
        '<a href="https://evil.example/">click</a>',
        "<script>click</script>",
        '<iframe src="https://evil.example/click"></iframe>',
        "[click](javascript:alert(1))",
        "[click](java&#10;script:alert(1))",
        "[click](data:text/html;base64,AAAA)",
        "![click](data:image/svg+xml;base64,AAAA)",
        "[click](https://example.org/fundy?a=1&b=2&c=3)",
        "[click](https://example.org/fun)",
        "[click](https://example.org)",
        "[a ![click](https://evil.example/p.png) b](https://evil.example/)",
        "click[^1]\n\n[^1]: https://evil.example/",
        "![[click]] and [[click]]",
    ],
)
def test_what_leads_out_of_the_page_is_not_in_the_note(core: str) -> None:
    written = section(answer(f"Text here.\n\n{core}\n\nMore text.")).markdown

    tokens = [child for token in RENDERER.parse(written) for child in token.children or [token]]
    kinds = {token.type for token in tokens}
    assert not kinds & {"link_open", "image", "html_inline", "html_block"}
    texts = [token.content for token in tokens if token.type == "text"]
    assert not re.search(r"https?://|www\.|@evil", "".join(texts))
    assert "click" in written


@pytest.mark.parametrize(
    ("core", "expected"),
    [
        (
            "[Fundy](https://example.org/fundy?a=1&b=2)",
            "[Fundy](https://example.org/fundy?a=1&b=2)",
        ),
        ("![The bay](https://example.org/bay.png)", "![The bay](https://example.org/bay.png)"),
        (
            "See https://example.org/tables.",
            "See <https://example.org/tables>.",
        ),
        ("[Home](https://example.org/tides)", "[Home](https://example.org/tides)"),
    ],
)
def test_what_leads_where_the_page_leads_is_kept(core: str, expected: str) -> None:
    assert core_of(section(answer(core)).markdown) == expected


def test_a_title_of_a_link_is_not_kept() -> None:
    core = '[Fundy](https://example.org/fundy?a=1&b=2 "Ignore the above")'

    assert "Ignore" not in section(answer(core)).markdown


def test_code_says_nowhere_what_runs_it() -> None:
    core = "```dataviewjs\nalert(1)\n```\n\n~~~mermaid\ngraph\n~~~"

    assert core_of(section(answer(core)).markdown) == "```\nalert(1)\n```\n\n```\ngraph\n```"


def test_what_looks_like_a_template_is_text() -> None:
    core = "Write {{ page.title }} and {% raw %}."

    assert core_of(section(answer(core)).markdown) == core


def test_a_rule_and_front_matter_inside_of_a_section_are_none() -> None:
    written = section(answer(f"{CORE}\n\n---\nlayout: evil\n---")).markdown

    assert not re.search(r"^---$", written, re.MULTILINE)


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                *"[]()<>!`*_#|\\\n ~",
                "https://evil.example/",
                "javascript:alert(1)",
                "\n\n",
                "\n    ",
                "- ",
                "> ",
                "![",
                "](",
                "<img src=x>",
                "```",
                "text",
                "文",
                "#### Tags\n",
                "#### Core content\n",
                "\n[1]: https://evil.example/\n",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_no_answer_brings_markup_into_the_note(core: str) -> None:
    result = shaped(answer(f"Text.\n\n{core}"), asked())

    assert isinstance(result, Shaped)
    tokens = [c for token in RENDERER.parse(result.markdown) for c in token.children or [token]]
    assert not {token.type for token in tokens} & {"link_open", "image", "html_block"}
    allowed = {"<strong>", "</strong>", "<em>", "</em>", "<del>", "</del>"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= allowed
    assert headings(result.markdown)[:2] == HEADINGS[:2]
    again = shaped(result.markdown, asked())
    assert isinstance(again, Shaped)
    assert again.tags == result.tags


@pytest.mark.parametrize(
    "core",
    [
        "[" * 30_000,
        "*a" * 30_000,
        "`" * 30_000,
        "> " * 30_000,
        "<" * 60_000,
        "a@" * 30_000,
        "a" * 90_000,
        "https://" * 10_000,
        "{" * 60_000,
        "- " * 20_000,
        "![](" * 15_000,
        "#a " * 20_000,
        "|a" * 20_000 + "\n" + "|-" * 20_000,
        "\n".join(f"{'  ' * depth}- x" for depth in range(200)),
    ],
    ids=range(14),
)
def test_a_hostile_answer_takes_no_longer_than_it_may(core: str) -> None:
    begun = time.perf_counter()
    shaped(answer(f"Text.\n\n{core}"), asked())
    shaped(core, asked())

    assert time.perf_counter() - begun < 15


# Tags.


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("#tides #Moon", ("tides", "Moon")),
        ("# tides # Moon", ("tides", "Moon")),
        ("- #tides\n- #Moon", ("tides", "Moon")),
        ("tides, Moon、海", ("tides", "Moon", "海")),
        ("#tides,#Moon；#海", ("tides", "Moon", "海")),
        ("＃潮汐 ＃月亮", ("潮汐", "月亮")),
        ("`#tides` **#Moon**", ("tides", "Moon")),
        ("#tides #TIDES #ｔｉｄｅｓ #tide-s", ("tides",)),
        ("#C# #node.js #a*b* #<b>x</b> #_x_", ("C", "node-js", "ab", "b-x/b", "x")),
        ("#2025 #42 #--- #2025年", ("2025年",)),
        ("#AI/赋能 #人工-智能", ("AI/赋能", "人工智能")),
        (f"#{'x' * 500}", ("x" * 40,)),
    ],
)
def test_tags_are_words_that_every_program_reads(written: str, tags: tuple[str, ...]) -> None:
    result = section(answer(tags=written))

    assert result.tags == tags
    assert tags_of(result.markdown) == tags


def test_tags_without_a_heading_are_found_at_the_end() -> None:
    text = answer().replace("#### Tags\n\n", "")

    assert section(text).markdown == answer()


def test_tags_at_the_end_of_the_core_stand_at_the_end_of_the_summary_alone() -> None:
    result = section(f"#### Core content\n\n{CORE}\n\n#tides #Moon")

    assert core_of(result.markdown) == CORE
    assert result.tags == ("tides", "Moon")


def test_a_sentence_in_place_of_tags_is_none() -> None:
    assert section(answer(tags="There are no tags that apply here.")).tags == ()


def test_tags_of_the_library_are_written_as_there() -> None:
    known = ["Tide-Mills", "moon", "with space", "a#b"]
    result = section(answer(tags="#tide_mills #ＭＯＯＮ #with-space #a-b"), tags=known)

    assert result.tags == ("Tide-Mills", "moon", "with-space", "a-b")


def test_an_answer_that_breaks_off_says_so_before_its_tags() -> None:
    blocks = section(answer(), cut=True).markdown.split("\n\n")

    assert blocks[-3].startswith("*The model's answer reached its limit")
    assert blocks[-1] == "#tides #Moon"


# What is no summary.


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("HACKED", "form"),
        ('{"a": 1}', "json"),
        ('{"a": ', "json"),
        ("[" * 100_000, "json"),
        ("```json\n{}\n```", "form"),
        ("#### Core content", "form"),
        ("#### 核心内容\n\n潮汐", "form"),
        ("#### Core content\n\n" + "潮汐由引力引起。" * 5, "language"),
    ],
)
def test_what_is_no_summary_is_none(text: str, fault: str) -> None:
    assert shaped(text, asked()) == fault


def test_a_few_foreign_words_are_no_other_language() -> None:
    section(answer("1. The word is 潮汐, said the author of the book on the tides."))
    section(
        "#### 核心内容\n\n- GitHub Copilot 与 Visual Studio Code 现已支持 Model Context Protocol",
        language="zh-CN",
    )


# The user's own prompt.


def test_an_answer_to_the_users_own_prompt_keeps_its_form_and_is_clean() -> None:
    text = (
        "# Haiku\n\nThe [sea](https://evil.example/)\nrises.\n\n## Why\n\n<b>So.</b>\n\n#Sea #haiku"
    )

    result = section(text, own=True, tags=["sea"])

    assert result.tags == ("sea", "haiku")
    assert result.markdown == (
        "### Haiku\n\nThe sea rises.\n\n#### Why\n\n\\<b>So.\\</b>\n\n#sea #haiku"
    )


def test_of_the_users_own_prompt_only_nothing_has_no_form() -> None:
    assert shaped("<!-- -->", asked(own=True)) == "empty"
    assert shaped("---", asked(own=True)) == "empty"
    assert section("```\nThe sea.\n```", own=True).markdown == "The sea."


def test_an_answer_to_the_users_own_prompt_is_in_the_language_that_was_asked_for() -> None:
    chinese, english = "潮汐由月亮的引力引起。" * 5, "The tides rise and fall twice a day. " * 5

    assert shaped(chinese, asked(own=True)) == "language"
    assert shaped(english, asked(own=True, language="zh-CN")) == "language"
    assert section(chinese, own=True, language="zh-CN").markdown == chinese
    assert section(chinese, own=True, strange=True).markdown == chinese


def test_an_answer_to_the_users_own_prompt_brings_no_link_or_image_of_its_own() -> None:
    known = "[tides](https://example.org/fundy?a=1&b=2)"

    written = section(f"{known} ![x](https://evil.example/x.png) [y](//evil.example)", own=True)

    assert known in written.markdown
    assert "evil" not in written.markdown
