"""Whatever a page is made of: no crash, no hang, and nothing that a Markdown viewer would run."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon.extract import parse
from daemon.markdown.writer import render

PAGES = Path(__file__).parents[2] / "pages"
RENDERER = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(
    ["table", "strikethrough"]
)
#: The HTML that the writer itself makes.
OURS = re.compile(
    r"</?(?:em|strong|del|ins|u|mark|q|sub|sup|kbd|table|tr)>|<br>"
    r'|</?t[dh](?: colspan="\d+")?(?: rowspan="\d+")?>'
)

#: Something of every kind that is read in a way of its own.
ALL_KINDS = """
<h1>Title<a class="headerlink" href="#t">¶</a></h1>
<p>a <b>b</b><i>c</i> <code>d|e</code> <a href="/x" title='t"'>f</a>
<sup id="r1"><a href="#n1">1</a></sup>
<span class="katex"><math><mfrac><mi>a</mi><mn>2</mn></mfrac></math></span>
$$x_i$$ costs $5 or $6</p>
<div class="admonition warning"><p class="admonition-title">Take care</p><p>of <q>it</q></p></div>
<ul><li><input type="checkbox" checked>one<ol start="7"><li>two</ol><pre class="lang-py">x
y</pre><p>stray</ul>
<table><caption>cap</caption><tr><th align="right">h<th>i
<tr><td rowspan="2">1<td>2<br>3<tr><td>4</table>
<table><tr><td><ul><li>x</ul><td><table><tr><td>y<td>z</table></table>
<table class="highlight"><tr><td class="gutter">1</td>
<td class="code"><pre>code</pre></td></tr></table>
<figure><picture><source srcset="/b.webp 2x"><img data-src="/a.png" alt="a]"></picture>
<figcaption>c</figcaption></figure><noscript><img src="/n.png"></noscript>
<iframe src="https://v.example/1" title="film"></iframe><video><source src="/v.mp4"></video>
<script type="math/tex">\\alpha</script><ruby>漢<rt>かん</rt></ruby>
<details><summary>s</summary>t</details>
<dl><dt>k<dd>v</dl><span class="sidenote">note</span><blockquote>q<hr></blockquote>
<section class="footnotes"><ol><li id="n1">note <a href="#r1">↩</a></ol></section>
"""
SOURCES = [
    ALL_KINDS,
    *((page / "page.html").read_text("utf-8")[:20_000] for page in PAGES.iterdir()),
]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '<a title="&lt;svg onload=alert(1)&gt;" href="/x">',
    '<img alt="](javascript:alert(1))" src="/x" title="&quot;&lt;script&gt;">',
    '<math alttext="&lt;script&gt;alert(1)&lt;/script&gt;"><mi>x',
    '<script type="math/tex">x<script>alert(1)',
    '<span class="ztext-math" data-tex="&lt;iframe src=javascript:alert(1)&gt;">',
    "<mtext>&lt;img/onerror=alert(1)&gt;</mtext>",
    '<code class="language-`&lt;script&gt;">x',
    '<div data-callout="&lt;script&gt;" class="callout"><p class="callout-title">&lt;script&gt;',
    '<a href="#n&lt;script&gt;"><sup>&lt;b&gt;</sup></a>',
    '<td colspan="1&quot; onclick=alert(1)">',
    "$$<script>alert(1)</script>_$$",
    "\\(&lt;script&gt;_\\)",
    "<!--",
    "-->",
    "<![CDATA[",
    "\0",
    "\ud800",
    "&#0;",
    "&#x110000;",
    "&notanentity;",
    "\x0b\x0c\x7f",
]


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
    tokens = [
        part for token in RENDERER.parse(markdown) for part in [token, *(token.children or [])]
    ]
    for token in tokens:
        if token.type in {"html_block", "html_inline"}:
            assert not OURS.sub("", token.content).strip(), token.content
        target = str(token.attrs.get("href") or token.attrs.get("src") or "")
        assert not re.match(r"\s*(?:javascript|vbscript|data:text)", target, re.IGNORECASE), target


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
        "<pre><div>" * 3_000 + "x",
        "<!--" * 100_000 + "a",
        '<a "' * 100_000,
        "</div>" * 100_000 + "a",
        "<h1><p>a" * 3_000,
        "<table>a<p>b" * 2_000,
    ],
    ids=range(24),
)
def test_what_is_excessive_takes_seconds_at_most(html: str) -> None:
    begun = time.perf_counter()
    markdown = render(parse(html))

    assert time.perf_counter() - begun < 5
    assert_inert(markdown)
