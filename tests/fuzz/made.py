"""HTML that Hypothesis makes: any elements in each other, around words that are hard to write."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

#: Cases that are made at once.
BLOCK = 250

#: Letters, spaces and punctuation of both scripts, and what Markdown reads as syntax.
WORDS = st.text(
    st.sampled_from("ab 1中文，。“”（）*_~`[]()!<>&;#+-.:|\\\"'$é😀\n=^{}/%@"), max_size=8
)
LINES = (
    "strong em b i del s ins u mark q sub sup kbd code samp a span font ruby rt abbr small br img "
    "input math wbr"
).split()
BLOCKS = (
    "p div section h1 h3 ul ol li dl dt dd blockquote pre table thead tr td th caption figure "
    "figcaption details summary hr aside footer"
).split()
ATTRIBUTES = [
    "",
    "",
    "",
    ' class="callout note"',
    ' class="highlight-source-python"',
    ' class="footnotes"',
    ' class="katex"',
    ' id="n1"',
    ' href="#n1"',
    ' href="/a_(b)*c"',
    ' href="https://example.org/?a=1&amp;b=2" title="t&quot;\'"',
    ' src="/a b.png" alt="[x](y)"',
    ' style="font-weight:bold; text-align:right"',
    ' rowspan="2" colspan="3"',
    ' start="7"',
    ' type="checkbox" checked',
    ' data-callout="tip"',
    ' role="presentation"',
]


@st.composite
def fragment(draw: st.DrawFn, depth: int = 3) -> str:
    """Some elements, texts and ends without a beginning."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        tag = draw(st.sampled_from(["", "", *LINES, *BLOCKS])) if depth else ""
        if not tag:
            parts.append(escape(draw(WORDS)))
            continue
        attributes = draw(st.sampled_from(ATTRIBUTES))
        end = draw(st.sampled_from([f"</{tag}>"] * 6 + ["", f"</{tag}></{tag}>"]))
        parts.append(f"<{tag}{attributes}>{draw(fragment(depth - 1))}{end}")
    return "".join(parts)


@lru_cache(4)
def block(number: int) -> tuple[str, ...]:
    """So many fragments, always the same for a *number* and a version of Hypothesis."""
    found: list[str] = []

    @seed(number)
    @settings(
        max_examples=BLOCK,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(fragment())
    def gather(html: str) -> None:
        found.append(html)

    gather()
    return tuple(found)
