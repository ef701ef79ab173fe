"""Whatever a page is made of: no crash, no hang, and nothing that a Markdown viewer would run."""

import re
import time
from html import unescape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daemon.extract import parse
from daemon.markdown.writer import render
from tests.fuzz.sources import ALL_KINDS, HOSTILE, pages
from tests.fuzz.viewers import live_parts, rendered

SOURCES = [page[:20_000] for page in pages()]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A page that was cut, shuffled, doubled, nested, and fed with what is hostile."""
    html = draw(st.sampled_from(SOURCES))
    for _ in range(draw(st.integers(1, 6))):
        one, other = sorted(draw(st.tuples(*[st.integers(0, len(html))] * 2)))
        other = min(other, one + 3_000)
        part = html[one:other]
        change = draw(
            st.sampled_from(["cut", "double", "nest", "move", "feed", "repeat", "unclose"])
        )
        if change == "cut":
            html = html[:one] + html[other:]
        elif change == "double":
            html = html[:other] + part + html[other:]
        elif change == "nest":
            tag = draw(
                st.sampled_from("div b table td li ul blockquote pre code a sup math h2".split())
            )
            html = f"{html[:one]}<{tag}>{part}</{tag}>{html[other:]}"
        elif change == "move":
            html = html[:one] + html[other:] + part
        elif change == "feed":
            html = html[:one] + draw(st.sampled_from(HOSTILE)) + html[one:]
        elif change == "repeat":
            html = html[:one] + part[:40] * 20 + html[one:]
        else:
            html = html[:one] + part.replace(">", "", 2) + html[other:]
    return html[:60_000]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
@example("".join(HOSTILE))
@example("".join(f"<p>{hostile}</p>" for hostile in HOSTILE))
@example("".join(f"<table><tr><td>{hostile}<td><ul><li>x</ul></table>" for hostile in HOSTILE))
@example(f"<pre>{''.join(HOSTILE)}</pre>")
@example(ALL_KINDS)
def test_no_page_breaks_the_writer_or_gets_live_markup_through_it(html: str) -> None:
    markdown = render(parse(html))

    markdown.encode("utf-8")
    assert_inert(markdown)


def assert_inert(markdown: str) -> None:
    for html in rendered(markdown):
        assert not live_parts(html)


#: What would run in a page, and names an address or a script.
LIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="jav&#x09;ascript:alert(1)" onclick="alert(1)">x</a>',
    '<a href=" &#1; javascript:alert(1)">x</a>',
    '<a href="&nbsp;data:text/html,&lt;script&gt;">x</a>',
    '<a href="vbscript&colon;msgbox(1)">x</a>',
    '<iframe src="data:text/html,<script>alert(1)</script>" title="x"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    '<svg onload=alert(1)><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button></form>',
    '<p style="background:url(javascript:alert(1))" onmouseover="alert(1)">x</p>',
    "&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt;",
    "https://e.org/&lt;script&gt;alert(1)&lt;/script&gt; www.e.org/&lt;img/onerror=alert(1)&gt;",
    "[x](javascript:alert(1)) &lt;javascript:alert(1)&gt;",
    "<pre>&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;\r\n\r\n&lt;script&gt;</pre>",
    "<code>a&#13;&#13;&lt;script&gt;alert(1)&lt;/script&gt;</code>",
    "<math alttext='&lt;/td&gt;&#13;&#13;&lt;script&gt;'><mi>x</mi></math>",
]


@pytest.mark.parametrize("live", LIVE)
@pytest.mark.parametrize(
    "place",
    [
        "<p>{}</p>",
        "<h2>{}</h2>",
        "<blockquote><ul><li>{}</ul></blockquote>",
        "<table><tr><th>a<th>b<tr><td>{}<td>c</table>",
        "<table><tr><td onclick=alert(1) colspan='2\" onclick=alert(1)'>{}<ul><li>{}</ul></table>",
        "<table><tr><td><ul><ul><li>{}</ul></ul></table>",
        "<ul><li><table><tr><ul><td><u><ul><li>{}</ul></u></ul></table></ul>",
        "<ul><table><x></x><td><ul><td><s><li>{}",
        "<ul><li>a<table><tr><td><ul><li>{}</ul><td>a</table></ul>",
        "<table background='javascript:alert(1)'><tr><td>a<blockquote>{}</blockquote>"
        "<table><tr><th>{}<td>b</table></table>",
        "<sup><a href='#n'>1</a></sup><section class='footnotes'><p id='n'>{}</section>",
        "<div class='admonition note'><p class='admonition-title'>{}</p>{}</div>",
    ],
    ids=[
        "text",
        "heading",
        "list",
        "table",
        "HTML table",
        "lists in a table",
        "torn table",
        "item in a cell",
        "table in a list",
        "nested table",
        "footnote",
        "callout",
    ],
)
def test_nothing_that_a_viewer_would_run_gets_anywhere(live: str, place: str) -> None:
    assert_inert(render(parse(place.replace("{}", live))))


@pytest.mark.parametrize("count", [3, 254, 255, 264, 520])
@pytest.mark.parametrize("signs", ["`", "~", "`~"])
@pytest.mark.parametrize("around", ["{}", "<blockquote>{}</blockquote>", "<ul><li>{}</ul>"])
def test_no_line_of_code_ends_its_block(count: int, signs: str, around: str) -> None:
    lines = "\n".join(sign * length for sign in signs for length in (count, count + 1))
    code = f"a\n{lines}\n&lt;iframe src=javascript:alert(1)&gt;"

    markdown = render(parse(around.format(f"<pre><code>{code}</code></pre>")))

    assert_inert(markdown)
    for view in rendered(markdown):
        block = parse(view).find(".//code")
        assert block is not None
        assert (block.text or "").strip() == unescape(code)


def test_a_table_that_needs_html_has_spans_and_alignment_and_no_other_attribute() -> None:
    page = (
        "<table id=x><tr class=y onclick=z>"
        "<td colspan=2 style='color:red;text-align:right' onclick=z>a<ul><li>b</ul>"
        "<td rowspan=' 3' headers=q align='left\" onclick=z'>c</table>"
    )

    assert re.findall("<[a-z][^>]*>", render(parse(page))) == [
        "<table>",
        "<tr>",
        '<td colspan="2" align="right">',
        "<td>",
    ]


@pytest.mark.parametrize("note", ["javascript:alert(1)", 'data:text/html,x "t"', "vbscript:x\n'y'"])
def test_a_note_defines_no_link_for_a_viewer_without_footnotes(note: str) -> None:
    page = f"a<sup><a href='#n'>1</a></sup><section class='footnotes'><p id=n>{note}</section>"
    markdown = render(parse(page))

    assert "\n\n[^1]:" in markdown
    assert_inert(markdown)


def test_a_footnote_mark_before_a_colon_is_no_note() -> None:
    page = (
        "<p><sup><a href='#n'>1</a></sup>: javascript:alert(1)"
        "<section class='footnotes'><p id=n>The note.</section>"
    )
    first, *others = rendered(render(parse(page)))

    assert ": javascript:alert(1)" in first
    assert not [part for html in (first, *others) for part in live_parts(html)]


@pytest.mark.parametrize(
    "html",
    [
        f'<p title="{"x" * 1_000_000}" class="{"y " * 300_000}">a</p>',
        f'<a href="/{"x" * 1_000_000}">a</a><img src="/{"y" * 1_000_000}" alt="{"z[" * 300_000}">',
        f'<img srcset="{"/a 1w, " * 100_000}"><div style="{"color:red;" * 50_000}">a</div>',
        "<table>" + "<tr>" + "<td>a" * 5_000 + "<tr>" + "<td>b" * 5_000 + "</table>",
        "<table><tr>" + '<td rowspan="999" colspan="999">a' * 300 + "</table>",
        "<p>" + "<b><i>a</b>" * 3_000,
        "<p>" + "<b>。</b>中<i>，x</i>" * 3_000,
        "<p>" + "<b>a<a href='/x'>b</b>c</a>" * 3_000,
        "<p>" + "".join(f"<font color={n}>a" for n in range(3_000)) + "<p>b" * 3_000,
        "<p>" + "$a_1 " * 50_000,
        "<p>" + "\\(x_" * 50_000,
        "<p>" + "&lt;" * 100_000 + "[" * 100_000 + "_" * 100_000,
        "".join(f'<sup><a href="#n{n}">{n}</a></sup>' for n in range(3_000))
        + "".join(f'<p id="n{n}"><a href="#m{n}">x</a>' for n in range(3_000)),
        '<div class="katex"><math><mrow>' * 3_000 + "x",
        "<math>" + "<msup><mi>a</mi>" * 3_000 + "</math>",
        "<ul>x" * 3_000,
        '<div class="admonition note">' * 3_000 + "x",
        '<table class="highlight"><tr><td class="gutter">' * 1_000 + "x",
        "<table>" + '<tr><td class="gutter">some words of a text' * 5_000 + "</table>",
        '<div class="mjx-a">' + "<math><mi>a</mi></math><b></b>" * 20_000 + "</div>",
        "<pre><div>" * 3_000 + "x",
        "<!--" * 100_000 + "a",
        '<a "' * 100_000,
        "</div>" * 100_000 + "a",
        "<h1><p>a" * 3_000,
        "<table>a<p>b" * 2_000,
    ],
    ids=range(26),
)
def test_what_is_excessive_takes_seconds_at_most(html: str) -> None:
    begun = time.perf_counter()
    markdown = render(parse(html))

    assert time.perf_counter() - begun < 5
    assert_inert(markdown)
