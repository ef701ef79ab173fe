"""What the fuzzer begins with: the pages of `tests/pages`, and one with something of every kind."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PAGES = Path(__file__).parents[1] / "pages"

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
    '<sup><a href="#j">1</a></sup><div class="footnote" id="j">javascript:alert(1)</div>',
    "<p>[a]: javascript:alert(1)<p>[a]",
    "[a](javascript:alert(1)) &lt;javascript:alert(1)&gt;",
    "a[0]<b>(javascript:alert(1))</b>",
    "<td>&lt;svg/onload=alert(1)&gt;<ul><li>&lt;img src=x onerror=alert(1)&gt;</ul>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</form>',
    '<base href="javascript://"><a href="%0aalert(1)">x</a>',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<object data="data:text/html,x"></object><embed src="javascript:alert(1)" title="x">',
    "<style>@import 'javascript:alert(1)'</style>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?php",
    "\0",
    "\ud800",
    "&#0;",
    "&#x110000;",
    "&notanentity;",
    "\x0b\x0c\x7f",
]


@cache
def pages() -> tuple[str, ...]:
    """The HTML of every page, the smallest first."""
    texts = [(page / "page.html").read_text("utf-8") for page in sorted(PAGES.iterdir())]
    return (ALL_KINDS, *sorted(texts, key=len))
