"""HTML → Markdown: what was written must mean what was meant.

Where the exact text does not matter, the Markdown is rendered again and its HTML looked at.
"""

import re
import time
from collections.abc import Callable
from html import escape as html_escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from daemon.extract import parse, text_of
from daemon.markdown import escape, nest_headings
from daemon.markdown.writer import render
from tests.fuzz.viewers import rendered as viewed
from tests.timing import seconds

#: GFM, as far as it concerns us; raw HTML counts as HTML, so that it is seen when it is there.
RENDERER = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])


def markdown(html: str) -> str:
    return render(parse(html))


def rendered(html: str) -> str:
    """The HTML of the Markdown of *html*."""
    return str(RENDERER.render(markdown(html)))


def again(html: str) -> etree._Element:
    """The tree of the HTML of the Markdown of *html*."""
    return parse(rendered(html))


def links(html: str) -> list[str | None]:
    return [link.get("href") for link in again(html).iter("a")]


def images(html: str) -> list[str | None]:
    return [image.get("src") for image in again(html).iter("img")]


@pytest.mark.parametrize("level", range(1, 7))
def test_a_heading_keeps_its_level(level: int) -> None:
    assert markdown(f"<h{level}>The <em>tides</em></h{level}><p>x</p>") == (
        f"{'#' * level} The *tides*\n\nx"
    )


@pytest.mark.parametrize("text", ["C #", "#", "a ##", "C#", "# a", "1. a", "- a"])
def test_a_heading_keeps_its_number_signs(text: str) -> None:
    heading = again(f"<h2>{text}</h2>").find(".//h2")

    assert heading is not None
    assert text_of(heading) == text


def test_a_heading_is_one_line() -> None:
    assert markdown("<h2>one<br>two</h2>") == "## one two"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ul><li><p>a<li><p>b</ul>", "- a\n\n- b"),
        ("<ul><li><p>a</p><p>b</p></ul>", "- a\n\n  b"),
        ("<ul><li>a<ul><li>b<li>c</ul><li>d</ul>", "- a\n  - b\n  - c\n- d"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=7><li>a<li>b</ol>", "7. a\n8. b"),
        ("<ol start=-7><li>a</ol>", "1. a"),
        ("<ol start=99999999999><li>a</ol>", "1. a"),
        ("<ol><li>a<ul><li>b</ul></ol>", "1. a\n   - b"),
        ("<p>x</p><ul><li>a</ul><p>y</p>", "x\n\n- a\n\ny"),
        ("<ul><li>a</ul><ol><li>b</ol>", "- a\n\n1. b"),
        ("<ul><li><pre>x\ny</pre></ul>", "- ```\n  x\n  y\n  ```"),
        ("<ul><li><blockquote>a</blockquote></ul>", "- > a"),
        ("<li>a</li>", "- a"),
    ],
)
def test_lists_are_tight_or_loose_nested_and_numbered_as_they_were(
    html: str, expected: str
) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b"),
        ("<ol><li>a</ol><ol><li>b</ol>", "1. a\n\n1) b"),
        ("<ul><li>a</ul><p>x</p><ul><li>b</ul>", "- a\n\nx\n\n- b"),
        ("<ul><li><hr></ul>", "- ___"),
        ("<ul><li>a<li><li>b</ul>", "- a\n-\n- b"),
        ("<ul><li>a<ul><li><li>b</ul></ul>", "- a\n\n  -\n  - b"),
        (
            "<ul><li><input type=checkbox checked> a<li><input type=checkbox>b</ul>",
            "- [x] a\n- [ ] b",
        ),
        (
            "<ul><li><label><input type=checkbox></label><div><p>a</p></div></ul>",
            "- [ ] a",
        ),
        ("<p><input type=checkbox>a</p>", "a"),
    ],
)
def test_lists_stay_apart_and_tasks_are_tasks(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("H<sub>2</sub>O m<sup>2</sup>", "H<sub>2</sub>O m<sup>2</sup>"),
        (
            "<kbd>Ctrl</kbd> <mark>a</mark> <u>b</u> <ins>c</ins>",
            "<kbd>Ctrl</kbd> <mark>a</mark> <u>b</u> <ins>c</ins>",
        ),
        ("<a href='/x'><u>a</u></a> <u><a href='/y'>b</a></u>", "[a](/x) [b](/y)"),
        (
            "<a href='https://e.org/x'>https://e.org/x</a> and <a href='/y'><b>b:</b></a>",
            "<https://e.org/x> and [**b:**](/y)",
        ),
        ("<b>a:</b> b <i>(c)</i>. <b>d:</b>e", "**a:** b *(c)*. **d**:e"),
        ("A<sup>®</sup> b<sup>™</sup>", "A® b™"),
        ("he said <q>yes</q>", "he said <q>yes</q>"),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字", "漢(かん)字"),
        (
            '<span style="font-weight:700">a</span> <span style="font-style: italic">b</span>',
            "**a** *b*",
        ),
        ('<b style="font-weight:normal">a</b>', "a"),
        ('<span style="text-decoration: line-through">a</span>', "~~a~~"),
        ("<code>a</code><code>b</code>", "`ab`"),
        ("<code>a</code> <code>b</code>", "`a` `b`"),
        ("<code>a</code><code> b</code>", "`a b`"),
        ("<code>a <a href='/x'>b</a></code>", "`a `[`b`](/x)"),
        ('<a href="/x" title="a &quot;b&quot;">c</a>', "[c](/x 'a \"b\"')"),
        ('<a href="https://e.org/a_b*c">https://e.org/a_b*c</a>', "<https://e.org/a_b*c>"),
        ("<em>a</em><strong>b</strong>", "*a***b**"),
        ("见<strong>说明<a href='/x'>文档</a></strong>后", "见**说明**[**文档**](/x)后"),
        ("使用<strong><code>git</code></strong>命令", "使用<strong>`git`</strong>命令"),
        ("他说<strong>“重点。”</strong>然后", "他说“**重点**。”然后"),
        ("<b>注意：</b>内容<b>警告！</b>", "**注意**：内容**警告！**"),
        ("与<b>“引用”</b>，", "与“**引用**”，"),
        ("한국어\n줄", "한국어 줄"),
        ("第一行\n第二行 third\nfourth", "第一行第二行 third fourth"),
    ],
)
def test_marks_and_spaces_mean_what_they_meant(html: str, expected: str) -> None:
    assert markdown(f"<p>{html}</p>") == expected


def test_list_items_stay_in_their_lists() -> None:
    tree = again("<ul><li>a<ol start=9><li>b<li>c<ul><li>d</ul></ol><li>e</ul>")
    paths = {
        text_of(item).partition("\n")[0]: [parent.tag for parent in item.iterancestors("ul", "ol")]
        for item in tree.iter("li")
    }

    assert paths == {
        "a": ["ul"],
        "b": ["ol", "ul"],
        "c": ["ol", "ul"],
        "d": ["ul", "ol", "ul"],
        "e": ["ul"],
    }
    assert [ordered.get("start") for ordered in tree.iter("ol")] == ["9"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<blockquote>a</blockquote>", "> a"),
        ("<blockquote><p>a<p>b</blockquote>c", "> a\n>\n> b\n\nc"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b"),
    ],
)
def test_quotes_hold_their_blocks(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<pre>a\n  b\n</pre>", "```\na\n  b\n```"),
        ("<pre><code class='hljs language-c++'>x</code></pre>", "```c++\nx\n```"),
        ("<div class='highlight-source-python'><pre>x</pre></div>", "```python\nx\n```"),
        ("<pre class='lang-py'>x</pre>", "```py\nx\n```"),
        ("<pre>a\n```\nb</pre>", "````\na\n```\nb\n````"),
        ("<pre>a<br>b</pre>", "```\na\nb\n```"),
        ("<pre><span>a</span>\n\n\n<b>b</b></pre>", "```\na\n\n\nb\n```"),
        ("<pre>&lt;b&gt; *x* \\</pre>", "```\n<b> *x* \\\n```"),
    ],
)
def test_code_blocks_hold_their_text_and_language(html: str, expected: str) -> None:
    assert markdown(html) == expected


def test_a_code_block_keeps_the_spaces_at_the_ends_of_its_lines() -> None:
    code = again("<pre>a  \n  \n b </pre>").find(".//code")

    assert code is not None
    assert code.text == "a  \n  \n b \n"


@pytest.mark.parametrize("text", ["a", "`", "``", "a`b", "`a`", "```", "a ``` b", "\\", "*a*", "|"])
def test_a_code_span_shows_its_text(text: str) -> None:
    codes = [code.text for code in again(f"<p>x <code>{text}</code> y</p>").iter("code")]

    assert codes == [text]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<table><tr><th>a<th>b<tr><td>1<td>2</table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "<table><tr><td>1<td>2<tr><td>3<td>4</table>",
            "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |",
        ),
        (
            "<table><thead><tr><td>a<td>b</thead><tr><td>1<td>2</table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "<table><tr><th colspan=2>a<th>b<tr><td>1<td>2<td>3</table>",
            "| a |  | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |",
        ),
        (
            "<table><tr><th>a<th>b<tr><td>1</table>",
            "| a | b |\n| --- | --- |\n| 1 |  |",
        ),
        (
            "<table><caption>Tides</caption><tr><th>a<th>b</table>",
            "Tides\n\n| a | b |\n| --- | --- |",
        ),
        (
            "<table><tr><th>a<th>b<tr><td>1<br>2<td><p>3<p>4</table>",
            "| a | b |\n| --- | --- |\n| 1<br>2 | 3<br>4 |",
        ),
    ],
    ids=["head", "no head", "thead", "colspan", "short row", "caption", "breaks"],
)
def test_a_table_of_data_is_a_table(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<table><tr><th align=right>a<th style='text-align: center'>b<tr><td>1<td>2</table>",
            "| a | b |\n| ---: | :---: |\n| 1 | 2 |",
        ),
        (
            "<table><tr><th>a<th>b<tr><td rowspan=2>1<td>2<tr><td>3</table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |",
        ),
        (
            "<table><tfoot><tr><td>3<td>4</tfoot><thead><tr><td>a<td>b</thead></table>",
            "| a | b |\n| --- | --- |\n| 3 | 4 |",
        ),
        (
            "<table>before<tr><td>1<td>2</table>",
            "before\n\n|  |  |\n| --- | --- |\n| 1 | 2 |",
        ),
        (
            "<table><tr><td>1</td><x>between</x><td>2<tr><td>3<td>4</td><x>behind</x></table>",
            "between\n\nbehind\n\n|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |",
        ),
        (
            "<table><tr><td>a<td><ul><li>b</ul></table>",
            "<table>\n<tr>\n<td>\n\na\n\n</td>\n<td>\n\n- b\n\n</td>\n</tr>\n</table>",
        ),
    ],
    ids=[
        "alignment",
        "rowspan",
        "foot",
        "text beside cells",
        "unknown beside cells",
        "blocks in cells",
    ],
)
def test_a_table_keeps_its_shape(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize("text", ["a|b", "|", "||", "\\", "\\|", "a\\\\|b", "`|`"])
@pytest.mark.parametrize("tag", ["span", "code"])
def test_a_pipe_does_not_end_its_cell(text: str, tag: str) -> None:
    cells = [
        text_of(cell)
        for cell in again(f"<table><tr><th>x<th>y<tr><td><{tag}>{text}</{tag}><td>z</table>").iter(
            "td"
        )
    ]

    assert cells == [text, "z"]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td><p>a<tr><td><p>b</table>",
        "<table role=presentation><tr><td>a<tr><td>b</table>",
        "<table><tr><td>a<td><table><tr><td>b</table></table>",
    ],
    ids=["one column", "role", "nested"],
)
def test_a_table_that_lays_out_a_page_is_read_as_blocks(html: str) -> None:
    assert markdown(html) == "a\n\nb"


def test_a_line_that_a_table_lays_out_stays_one() -> None:
    row = "<tr><td>1.<td><td><a href=/a>Tides</a> (a.example)<tr><td><td><td>5 points"

    text = markdown(f"<table role=presentation>{row}</table>")

    assert text == "1\\. [Tides](/a) (a.example)\n\n5 points"


def test_a_cell_that_holds_the_page_is_read_as_blocks() -> None:
    lines = ["A line of the page, as long as lines of a page are wont to be."] * 4

    text = markdown(f"<table><tr><td>News<td>Print<tr><td colspan=2>{'<br>'.join(lines)}</table>")

    assert text == "News Print\n\n" + "\\\n".join(lines)


def test_a_long_cell_of_a_table_with_a_head_stays_in_it() -> None:
    lines = ["A line of the page, as long as lines of a page are wont to be."] * 4

    text = markdown(f"<table><tr><th>a<th>b<tr><td>c<td>{'<br>'.join(lines)}</table>")

    assert text == f"| a | b |\n| --- | --- |\n| c | {'<br>'.join(lines)} |"


def test_an_absurd_span_does_no_harm() -> None:
    text = markdown("<table><tr><th colspan=999999999>a<th colspan=998>b<tr><td>1<td>2</table>")

    assert len(text) < 10_000
    assert text.startswith("| a | b |")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://example.org/a">text</a>', "[text](https://example.org/a)"),
        ('<a href="/a (b)">x</a>', "[x](/a%20%28b%29)"),
        ('<a href="https://e.org/<b>">x</a>', "[x](https://e.org/%3Cb%3E)"),
        ('<a href="mailto:a@example.org">x</a>', "[x](mailto:a@example.org)"),
        ('<a href="#note-1">1</a>', "[1](#note-1)"),
        ('<a href="">x</a>', "x"),
        ("<a>x</a>", "x"),
        ('<a href="/x"></a>', ""),
        ('<a href="/x"><p>a<p>b</a>', "[a](/x)\n\n[b](/x)"),
        ('<a href="/a">a</a><a href="/b">b</a>', "[a](/a)[b](/b)"),
        ('<a href="/a">[x]</a>', "[\\[x\\]](/a)"),
        ("<b><i>x</i></b>", "***x***"),
        ("中<b><i>“x”</i></b>中", "中“***x***”中"),
        ("中<b><i>。</i></b>中", "中。中"),
        ('<a href="/a"><b>x</b> y</a>', "[**x** y](/a)"),
        ('<a href="/a"><img src="/b.png" alt="c"></a>', "[![c](/b.png)](/a)"),
    ],
)
def test_links_keep_their_text_and_target(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("see https://e.org/a_b?c=1&d=2 and www.e.org", "see https://e.org/a_b?c=1&d=2 and www.e.org"),  # noqa: E501
        ("https://e.org/*a", "https\\://e.org/\\*a"),
        ("www.e.org/&lt;b", "www\\.e.org/\\<b"),
        ("https://e.org<br>a", "https\\://e.org\\\na"),
        ("https://e.org<code>a</code>", "https\\://e.org`a`"),
        ("<b>https://e.org</b> a", "**https://e.org** a"),
        ("<b>https://e.org</b>a", "**https\\://e.org**a"),
        ("<b>a <i>https://e.org</i></b>", "**a *https://e.org***"),
        ("<b>a <i>https://e.org</i>a</b>", "**a *https\\://e.org*a**"),
        ("https://e.org<u>a</u>", "https://e.org<u>a</u>"),
        ("中https://e.org/_[", "中https\\://e.org/\\_\\["),
    ],
)  # fmt: skip
def test_an_address_that_gfm_makes_a_link_swallows_nothing(html: str, expected: str) -> None:
    assert markdown(f"<p>{html}</p>") == expected
    for view in viewed(expected):
        assert text_of(parse(view)) == text_of(parse(html))


def test_a_link_after_an_exclamation_mark_is_no_image() -> None:
    html = 'Look!<a href="/a">here</a> and !<b><a href="/b">there</a></b>'

    assert links(html) == ["/a", "/b"]
    assert images(html) == []
    assert text_of(again(html)) == "Look!here and !there"


HOSTILE = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript\x0b:alert(1)",
    "javascript&colon;alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "view-source:javascript:alert(1)",
    "file:///etc/passwd",
    "blob:https://example.org/1",
    "livescript:x",
]


@pytest.mark.parametrize("url", HOSTILE)
@pytest.mark.parametrize("element", ['<a href="{}">x</a>', '<iframe src="{}" title="x"></iframe>'])
def test_a_link_that_could_run_something_leads_nowhere(url: str, element: str) -> None:
    html = element.format(url.replace('"', "&quot;"))

    assert links(html) == []
    assert "alert" not in markdown(html)


@pytest.mark.parametrize("url", [*HOSTILE, "data:image/svg+xml,<svg onload=alert(1)>"])
def test_an_image_that_could_run_something_is_not_loaded(url: str) -> None:
    assert images(f'<img src="{url}" alt="x">') == []


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="https://e.org/a.png" alt="A  cat">', "![A cat](https://e.org/a.png)"),
        ('<img src="/a b.png">', "![](/a%20b.png)"),
        ('<img src="/a.png" alt="a]b[c">', "![a\\]b\\[c](/a.png)"),
        ('<img data-src="/lazy.png">', "![](/lazy.png)"),
        ('<img src="data:image/png;base64,AAAA">', "![](data:image/png;base64,AAAA)"),
        ("<img>", ""),
        ('<video src="/a.mp4"></video>', "[/a.mp4](/a.mp4)"),
        ('<iframe src="https://v.org/1" title="A film"></iframe>', "[A film](https://v.org/1)"),
    ],
)
def test_images_and_films_keep_their_source_and_their_words(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "a <strong>b</strong> c",
        "中文<strong>重点</strong>中文",
        "中文<strong>“重点”</strong>中文",
        "中文<strong>重点。</strong>中文",
        "中文<strong>（重点）</strong>，中文",
        "他说：<strong>「重点」</strong>是这样",
        "한국어<strong>‘중요’</strong>는",
        "a<strong>(b)</strong>c",
        "“<strong>b</strong>”",
        "a<strong>b</strong>c",
        "<strong>$100</strong>each",
        "<strong>a</strong><strong>b</strong>",
        "<em>a</em><strong>b</strong>",
        "<strong>a</strong><em>b</em>",
        "<strong><em>a</em></strong>",
        "<strong><em>a</em>b</strong>",
        "<em>a<strong>b</strong></em>",
        "<em>a</em>*",
        "<strong><a href='/x'>a</a></strong>b",
        "<strong>a<br>b</strong>",
        "<strong> a </strong>b",
        "<del>a</del>b",
        "<del>(a)</del>b",
        "😀<strong>a</strong>😀",
        "中<strong><code>b</code></strong>中",
        "见<strong>说明<a href='/x'>文档</a></strong>。见<strong><a href='/x'>文档</a></strong>后",
        "a<strong><code>b</code></strong>c",
    ],
)
def test_emphasis_renders_as_emphasis_next_to_anything(html: str) -> None:
    assert styled(again(f"<p>{html}</p>")) == styled(parse(f"<p>{html}</p>"))


STYLES = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "del": "del", "s": "del"}


def styled(tree: etree._Element) -> list[tuple[str, frozenset[str]]]:
    """Each letter and digit and what emphasises it; that of punctuation at an edge may move."""
    characters: list[tuple[str, frozenset[str]]] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        holder = element if event == "start" else element.getparent()
        if holder is None:
            continue
        styles = frozenset(
            STYLES[node.tag]
            for node in (holder, *holder.iterancestors())
            if isinstance(node.tag, str) and node.tag in STYLES
        )
        text = (element.text if event == "start" else element.tail) or ""
        characters += [(letter, styles) for letter in text if letter.isalnum()]
    return characters


#: Letters, spaces and punctuation of both scripts, and what Markdown reads as syntax.
WORDS = st.text(st.sampled_from("ab 1中文，。“”（）*_~`[]()!<>&;#+-.:|\\\"'$é😀"), max_size=4)


@st.composite
def inline_html(draw: st.DrawFn, depth: int = 3) -> str:
    """Words, some of them emphasised."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        tag = draw(st.sampled_from(["", "", "strong", "em", "del", "span"])) if depth else ""
        inside = draw(inline_html(depth - 1)) if tag else html_escape(draw(WORDS))
        parts.append(f"<{tag}>{inside}</{tag}>" if tag else inside)
    return "".join(parts)


@settings(max_examples=400)
@given(inline_html())
@example("<strong><em>1</em><strong>1<em>1</em></strong></strong>")
@example("a<del><strong>b</strong></del>c")
@example("<em><strong>1</strong><em>:<strong>😀</strong></em>:1</em>")
@example("<em><strong>1</strong>😀<strong>+1</strong></em>😀<em>1</em>")
@example("<strong>$_`$</strong>1`")
def test_every_letter_keeps_its_emphasis(html: str) -> None:
    page = f"<p>{html}</p>"

    for view in viewed(markdown(page)):
        assert styled(parse(view)) == styled(parse(page))


def shown(tree: etree._Element) -> str:
    return " ".join(text_of(tree).split())


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
@example("&lt;script&gt; &#65; &amp;amp; &copy")
@example("1. a")
@example("---")
@example("    indented")
@example("a_b_c __init__ _x_ *y* ~~z~~")
@example("[a](javascript:b) ![c](d) [e]: f <http://x>")
@example("a\\")
@example("<!-- x --> <?php <![CDATA[x]]>")
@example("```")
@example("===")
@example("+ a")
@example("123456789) a")
@example("| a | b |")
@example("\u2028a\u0085b\xa0c")
def test_any_text_is_shown_as_it_was(text: str) -> None:
    html = f"<p>{html_escape(text)}</p>"

    assert shown(again(html)) == shown(parse(html))


@given(
    st.lists(st.text(st.sampled_from("a1#>-+=*_`~[]()!<&;:|.\\ /"), max_size=8), max_size=5),
    st.sampled_from(["p", "li", "blockquote", "td", "h2"]),
)
def test_any_lines_are_shown_as_they_were(lines: list[str], tag: str) -> None:
    html = f"<{tag}>{'<br>'.join(map(html_escape, lines))}</{tag}>"

    assert shown(again(html)).split() == shown(parse(html)).split()


@pytest.mark.parametrize(
    "html",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;<span>script&gt;alert(1)</span>",
        "&lt;<!-- x -->script&gt;alert(1)",
        "&lt;<b></b>img src=x onerror=alert(1)&gt;",
        "<code>&lt;script&gt;</code>",
        "<pre>&lt;/code&gt;&lt;script&gt;\n```\n&lt;script&gt;</pre>",
        "<h2>&lt;script&gt;</h2>",
        "<table><tr><th>&lt;script&gt;<th>b<tr><td>&lt;svg/onload=alert(1)&gt;<td>c</table>",
        '<img src="/x" alt="&lt;script&gt;">',
        '<a href="/x">&lt;script&gt;</a>',
        '<iframe src="/x" title="&lt;script&gt;"></iframe>',
        '<pre class="lang-x">&lt;script&gt;</pre>',
    ],
)
def test_markup_in_the_text_of_a_page_is_inert(html: str) -> None:
    tree = again(html)

    assert not list(tree.iter("script", "svg"))
    assert all(not image.get("onerror") for image in tree.iter("img"))
    assert "<script" not in rendered(html)


def took(html: str) -> float:
    """Processor seconds that the Markdown of *html* takes."""
    tree = parse(html)
    return seconds(lambda: render(tree))


@pytest.mark.parametrize("tag", ["div", "blockquote", "ul><li", "b", "span", "table><tr><td", "a"])
def test_5000_nested_elements_keep_their_text(tag: str) -> None:
    opened = f"<{tag}>"
    html = "first " + "".join(f"{opened}w{number} " for number in range(5_000))

    begun = time.perf_counter()
    words = text_of(again(html)).split()

    assert [word for word in words if re.fullmatch(r"first|w\d+", word)] == [
        "first",
        *(f"w{number}" for number in range(5_000)),
    ]
    assert time.perf_counter() - begun < 10


@pytest.mark.parametrize(
    "page",
    [
        lambda n: "<p>A paragraph of words.</p>" * n,
        lambda n: "a <b>b</b> <i>c</i> " * n,
        lambda n: "word<br>" * n,
        lambda n: "<a href='/x'>a</a> " * n,
        lambda n: "<ul>" + "<li>a" * n + "</ul>",
        lambda n: "<table>" + "<tr><td>a<td>b" * n + "</table>",
        lambda n: "<table><tr><td>a" * n,
        lambda n: "<ul><li>a" * n,
        lambda n: "<blockquote>a" * n,
        lambda n: "<b>a" * n,
        lambda n: "<p>" + "*" * n,
        lambda n: "<p>" + "`" * n,
        lambda n: "<p>" + "中 \n " * n,
        lambda n: "<p>" + " " * n + "a",
        lambda n: "<pre>" + "` `` " * n + "</pre>",
        lambda n: "<p>" + "-" * n + "a",
        lambda n: "<p>" + "&amp;" + "a" * n,
        lambda n: "<p>" + "<span>word </span>" * 8 * n,
        lambda n: "<p>a" + "_" * 9 * n + "b",
    ],
    ids=[
        "paragraphs",
        "emphasis",
        "breaks",
        "links",
        "list",
        "table",
        "nested tables",
        "nested lists",
        "nested quotes",
        "nested bold",
        "stars",
        "backticks",
        "line joins",
        "spaces",
        "code",
        "rule",
        "entity",
        "spans",
        "blanks",
    ],
)
def test_time_grows_with_the_size_of_the_page(page: Callable[[int], str]) -> None:
    small, large = took(page(5_000)), took(page(20_000))

    # Four times the page; quadratic growth would be sixteen.
    assert large < 9 * small + 0.02


@pytest.mark.parametrize(
    ("markdown", "below", "expected"),
    [
        ("# a\n\n## b", 2, "### a\n\n#### b"),
        ("### a\n\n#### b", 2, "### a\n\n#### b"),
        ("#### a", 2, "### a"),
        (
            "# a\n## b\n### c\n#### d\n##### e\n###### f",
            2,
            "### a\n#### b\n##### c\n###### d\n###### e\n###### f",
        ),
        ("## b\n\n# a", 2, "#### b\n\n### a"),
        ("```\n# code\n```\n\n# a", 2, "```\n# code\n```\n\n### a"),
        ("~~~\n# code\n```\n# code\n~~~\n# a", 2, "~~~\n# code\n```\n# code\n~~~\n### a"),
        ("````\n```\n# code\n````\n# a", 2, "````\n```\n# code\n````\n### a"),
        ("- ```\n  # code\n  ```\n\n# a", 2, "- ```\n  # code\n  ```\n\n### a"),
        ("> # a\n> # b", 2, "> ### a\n> ### b"),
        ("- # a\n- # b", 2, "- ### a\n- ### b"),
        ("1. > # a", 2, "1. > ### a"),
        ("#hashtag\n\n# a", 2, "#hashtag\n\n### a"),
        ("\\# a", 2, "\\# a"),
        ("```` ``` ```` is a fence\n\n# a", 2, "```` ``` ```` is a fence\n\n### a"),
        ("no headings", 2, "no headings"),
        ("#", 2, "###"),
        ("# a", 1, "## a"),
    ],
)
def test_headings_are_shifted_alike_to_nest_below_a_level(
    markdown: str, below: int, expected: str
) -> None:
    assert nest_headings(markdown, below=below) == expected


def test_deep_quotes_take_no_longer_to_nest() -> None:
    line = "> " * 200 + "x"

    begun = time.perf_counter()
    assert nest_headings(f"# a\n{line}", below=2) == f"### a\n{line}"
    assert time.perf_counter() - begun < 1


def test_a_heading_of_a_page_that_shows_markdown_nests_too() -> None:
    written = nest_headings(
        markdown("<h1>a</h1><p><code>```</code></p><ul><li><h2>b</h2></ul>"), below=2
    )

    levels = [token.tag for token in RENDERER.parse(written) if token.type == "heading_open"]
    assert levels == ["h3", "h4"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("snake_case", "snake_case"),
        ("是______月 a__b", "是______月 a__b"),
        ("__init__ ___ _", "\\_\\_init\\_\\_ \\_\\_\\_ \\_"),
        ("R&D and AT&T", "R&D and AT&T"),
        ("2 < 3 > 1", "2 < 3 > 1"),
        ("a - b + c", "a - b + c"),
        ("Wow! (really)", "Wow! (really)"),
        ("*", "\\*"),
        ("5 * 3, list[0] and a~", "5 * 3, list[0] and a\\~"),
        ("C:\\dir \\* x\\", "C:\\dir \\\\\\* x\\\\"),
        ("$5 or $6", "$5 or $6"),
        ("$5 or 6$", "\\$5 or 6\\$"),
        ("[x] ![y](z) [^1]", "\\[x] !\\[y](z) \\[^1]"),
    ],
)
def test_only_what_would_be_syntax_is_escaped(text: str, expected: str) -> None:
    assert escape(text) == expected
