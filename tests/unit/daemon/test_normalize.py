"""Every platform's way to write a thing becomes the same Markdown."""

import pytest
from lxml import etree

from daemon.extract import parse, text_of
from daemon.markdown.writer import render
from daemon.normalize import normalize


def markdown(html: str) -> str:
    return render(parse(html))


def cases(*pairs: tuple[str, str, str]) -> pytest.MarkDecorator:
    """Cases by the name of who writes it so."""
    return pytest.mark.parametrize(
        ("html", "expected"), [pair[1:] for pair in pairs], ids=[pair[0] for pair in pairs]
    )


PYTHON = "```python\nimport os\nx = 1\n```"


@cases(
    (
        "highlight.js",
        '<pre><code class="hljs language-python"><span>import</span> os\nx = 1</code></pre>',
        PYTHON,
    ),
    (
        "Prism",
        '<pre class="language-python"><code class="language-python">import os\nx = 1'
        '<span aria-hidden="true" class="line-numbers-rows"><span></span></span></code></pre>',
        PYTHON,
    ),
    (
        "Pygments",
        '<div class="highlight-python"><div class="highlight"><pre><span></span>import os\nx = 1\n'
        "</pre></div></div>",
        PYTHON,
    ),
    (
        "GitHub",
        '<div class="highlight highlight-source-python"><pre>import os\nx = 1</pre></div>',
        PYTHON,
    ),
    (
        "Hexo",
        '<figure class="highlight python"><table><tr><td class="gutter"><pre>1<br>2</pre></td>'
        '<td class="code"><pre>import os<br>x = 1<br></pre></td></tr></table></figure>',
        PYTHON,
    ),
    (
        "hljs-ln",
        '<pre><code class="hljs python"><table class="hljs-ln"><tr>'
        '<td class="hljs-ln-numbers">1</td><td>import os</td></tr><tr>'
        '<td class="hljs-ln-numbers">2</td><td>x = 1</td></tr></table></code></pre>',
        PYTHON,
    ),
    (
        "GitHub's files",
        '<table data-tagsearch-lang="Python"><tr><td class="blob-num"></td><td>import os</td></tr>'
        '<tr><td class="blob-num"></td><td>x = 1</td></tr></table>',
        PYTHON,
    ),
    (
        "WeChat",
        '<section><ul class="code-snippet__line-index"><li></li></ul><pre data-lang="python">'
        "<code><span>import os</span></code><code><span>x = 1</span></code></pre></section>",
        PYTHON,
    ),
    (
        "Shiki",
        '<pre class="shiki" data-language="python"><code><span class="line">import os</span>'
        '<span class="line">x = 1</span></code></pre>',
        PYTHON,
    ),
    (
        "VitePress",
        '<div class="language-python"><button>Copy</button><span class="lang">python</span>'
        "<pre><code>import os\nx = 1</code></pre></div>",
        PYTHON,
    ),
    (
        "Docusaurus",
        '<pre class="language-python"><code><span class="token-line">import os<br></span>'
        '<span class="token-line">x = 1<br></span></code></pre>',
        PYTHON,
    ),
    (
        "SyntaxHighlighter",
        '<pre class="brush: python; title: ;">\nimport os\nx = 1\n</pre>',
        PYTHON,
    ),
    (
        "Hugo",
        '<table class="lntable"><tr><td class="lntd"><pre class="chroma"><code>'
        '<span class="lnt">1\n</span><span class="lnt">2\n</span></code></pre></td>'
        '<td class="lntd"><pre class="chroma"><code class="language-python">'
        "<span>import os\n</span><span>x = 1\n</span></code></pre></td></tr></table>",
        PYTHON,
    ),
    ("other line ends", '<pre class="lang-python">import os&#13;\nx = 1&#13;</pre>', PYTHON),
    ("Enlighter", '<pre data-enlighter-language="python">import os\nx = 1</pre>', PYTHON),
    (
        "cnblogs",
        '<div class="language-python"><pre><span>1</span> import os\n<span>2</span> x = 1</pre>'
        "</div>",
        PYTHON,
    ),
    (
        "Hexo, as a browser has it",
        '<figure class="highlight python"><table><tbody><tr><td class="gutter"><pre>1<br>2</pre>'
        '</td><td class="code"><pre>import os<br>x = 1<br></pre></td></tr></tbody></table>'
        "</figure>",
        PYTHON,
    ),
    (
        "CSDN",
        '<pre><code class="language-python">import os\nx = 1</code>'
        '<ul class="pre-numbering"><li>1</li><li>2</li></ul></pre>',
        PYTHON,
    ),
    (
        "rustdoc",
        '<pre class="rust item-decl"><code><span class="kw">use </span>std::io;</code></pre>',
        "```rust\nuse std::io;\n```",
    ),
    ("a class of another kind", '<pre class="rust">x</pre>', "```\nx\n```"),
    ("no language", '<div class="highlight-default"><pre>x</pre></div>', "```\nx\n```"),
    ("of people", '<pre lang="en">x</pre>', "```\nx\n```"),
)
def test_code_keeps_its_lines_and_language(html: str, expected: str) -> None:
    assert markdown(html) == expected


@cases(
    (
        "KaTeX",
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>a</mi>'
        '<annotation encoding="application/x-tex">a^2</annotation></semantics></math></span>'
        '<span class="katex-html" aria-hidden="true">a2</span></span>',
        "$a^2$",
    ),
    (
        "KaTeX, a block",
        '<span class="katex-display"><span class="katex"><math><annotation '
        'encoding="application/x-tex">a^2</annotation></math>a2</span></span>',
        "$$\na^2\n$$",
    ),
    (
        "MathJax 2",
        '<span class="MathJax_Preview"></span><span class="MathJax">a2</span>'
        '<script type="math/tex">a^2</script>',
        "$a^2$",
    ),
    (
        "MathJax 2, a block",
        '<div class="MathJax_Display">a2</div><script type="math/tex; mode=display">a^2</script>',
        "$$\na^2\n$$",
    ),
    (
        "MathJax 3",
        '<mjx-container class="MathJax"><mjx-math></mjx-math><mjx-assistive-mml><math>'
        "<msup><mi>a</mi><mn>2</mn></msup></math></mjx-assistive-mml></mjx-container>",
        "$a^{2}$",
    ),
    (
        "Wikipedia",
        '<span class="mwe-math-element"><span class="mwe-math-mathml-inline"><math '
        r'alttext="{\displaystyle a^2}"><mi>a</mi></math></span>'
        r'<img class="mwe-math-fallback-image-inline" alt="{\displaystyle a^2}" src="/x"></span>',
        "$a^2$",
    ),
    ("WordPress", r'<img class="latex" alt="\frac{1}{2}" src="/latex.php?x">', r"$\frac{1}{2}$"),
    ("Zhihu", '<img src="https://z.example/equation?tex=a%5E2" alt="">', "$a^2$"),
    ("Zhihu's spans", '<span class="ztext-math" data-tex="a^2">a2</span>', "$a^2$"),
    ("Pandoc", r'<span class="math inline">\(a^2\)</span>', "$a^2$"),
    ("GitHub", '<math-renderer class="js-inline-math">$a^2$</math-renderer>', "$a^2$"),
    ("TeX in the text", r"so $a_1^2$ and \(b_1\)", "so $a_1^2$ and $b_1$"),
    ("money", "$5 or $6 each", "$5 or $6 each"),
    ("in a cell", "<table><tr><td>a<td><math><mi>x</mi><mo>|</mo></math></table>", "|  |  |\n| --- | --- |\n| a | $x\\|$ |"),  # noqa: E501  a table
)  # fmt: skip
def test_math_becomes_tex(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("mathml", "tex"),
    [
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{a}{b+1}"),
        ("<msqrt><mi>n</mi></msqrt><mroot><mn>8</mn><mn>3</mn></mroot>", r"\sqrt{n}\sqrt[3]{8}"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_{i}^{2}"),
        ("<msup><mrow><mi>a</mi><mi>b</mi></mrow><mn>2</mn></msup>", "{ab}^{2}"),
        (
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi>"
            "</munderover><mi>i</mi>",
            r"\sum_{i=1}^{n}i",
        ),
        ("<mi>sin</mi><mi>θ</mi><mo>≤</mo><mi>x</mi>", r"\sin\theta\le x"),
        ("<mover><mi>x</mi><mo>^</mo></mover>", r"\hat{x}"),
        (
            "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn>"
            "</mtd><mtd><mn>4</mn></mtd></mtr></mtable>",
            r"\begin{matrix} 1 & 2 \\ 3 & 4 \end{matrix}",
        ),
        ("<mfenced><mi>x</mi><mi>y</mi></mfenced>", r"\left( x,y \right)"),
        ("<mtext>if</mtext><mi mathvariant='double-struck'>R</mi>", r"\text{if}\mathbb{R}"),
        ("<msup><mi>f</mi><mo>′</mo></msup><mi>rank</mi>", r"f'\mathrm{rank}"),
    ],
)
def test_mathml_becomes_tex(mathml: str, tex: str) -> None:
    assert markdown(f"<math>{mathml}</math>") == f"${tex}$"


NOTE = "a[^1].\n\n[^1]: The note."


@cases(
    (
        "GitHub",
        '<p>a<sup><a href="#user-content-fn-1" id="user-content-fnref-1" data-footnote-ref>1</a>'
        '</sup>.</p><section class="footnotes"><h2 class="sr-only">Footnotes</h2><ol>'
        '<li id="user-content-fn-1"><p>The note. <a href="#user-content-fnref-1" '
        "data-footnote-backref>↩</a></p></li></ol></section>",
        NOTE,
    ),
    (
        "Wikipedia",
        '<p>a<sup class="reference" id="r"><a href="#n">[1]</a></sup>.</p><ol class="references">'
        '<li id="n"><span class="mw-cite-backlink">^ <a href="#r">a</a></span> The note.</li></ol>',
        NOTE,
    ),
    (
        "Substack",
        '<p>a<a id="footnote-anchor-1" href="#footnote-1" class="footnote-anchor">1</a>.</p>'
        '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" '
        'class="footnote-number">1</a><div><p>The note.</p></div></div>',
        NOTE,
    ),
    (
        "Sphinx",
        '<p>a<a class="footnote-reference" href="#i2" id="i1">[1]</a>.</p><aside class="footnote" '
        'id="i2"><span class="label">[<a href="#i1">1</a>]</span><p>The note.</p></aside>',
        NOTE,
    ),
    (
        "Sphinx, in a table",
        '<p>a<a class="footnote-reference" href="#i2" id="i1">[1]</a>.</p><table class="footnote" '
        'id="i2"><tr><td><a href="#i1">[1]</a></td><td>The note.</td></tr></table>',
        NOTE,
    ),
    (
        "Word",
        '<p>a<a href="#_ftn1" name="_ftnref1">[1]</a>.</p>'
        '<p><a href="#_ftnref1" name="_ftn1">[1]</a> The note.</p>',
        NOTE,
    ),
    (
        "by hand",
        '<p>a<sup><a href="#note1">1</a></sup>.</p><p id="note1">1. The note.</p>',
        NOTE,
    ),
    (
        "EPUB",
        '<p>a<a epub:type="noteref" href="#n">1</a>.</p>'
        '<aside epub:type="footnote" id="n"><p>The note.</p></aside>',
        NOTE,
    ),
    (
        "in the margin",
        '<p>a<label class="margin-toggle"></label><input type="checkbox" class="margin-toggle">'
        '<span class="sidenote">The note.</span>.</p>',
        NOTE.replace("[^1]", "[^side-1]"),
    ),
    (
        "Word, without its names",
        '<p>a<sup><a href="#_ftn1">[1]</a></sup>.</p>'
        '<p><span><sup><a href="//x#_ftnref1">[1]</a> </sup>The note.</span></p>',
        NOTE,
    ),
    (
        "lines of one block",
        '<p>a<a href="#o"><sup>1</sup></a> b<a href="#t"><sup>2</sup></a></p><p><a name="o">'
        '<sup>1</sup></a> One.<br><br><a name="t"><sup>2</sup></a> Two.</p>',
        "a[^1] b[^2]\n\n[^1]: One.\n\n[^2]: Two.",
    ),
    (
        "without links",
        "<p>a<sup>1</sup> b<sup>2</sup></p><hr><p><sup>1</sup> One.</p><ul><li>x</li></ul>"
        "<p><sup>2</sup> Two.</p><p>c</p>",
        "a[^1] b[^2]\n\n[^1]: One.\n\n    - x\n\n[^2]: Two.\n\nc",
    ),
    (
        "without links, below a title",
        "<p>a<sup>[1]</sup>.</p><h2>Notes</h2><p><b>1</b>. The note.</p>",
        NOTE,
    ),
    (
        "without links, as a list",
        "<p>a<sup>1</sup>.</p><h3>注释</h3><ul><li><sup>1</sup>The note.</li></ul>",
        "a[^1].\n\n### 注释\n\n[^1]: The note.",
    ),
    (
        "without links, each behind its mark",
        "<p>a<sup>1</sup></p><p><sup>1</sup> One.</p><p>b<sup>2</sup></p><p><sup>2</sup> Two.</p>",
        "a[^1]\n\n[^1]: One.\n\nb[^2]\n\n[^2]: Two.",
    ),
    (
        "a list without links",
        "<p>a<sup>1</sup> b<sup>2</sup></p><h2>参考资料</h2><ol><li>One.</li><li>Two.</li></ol>",
        "a[^1] b[^2]\n\n[^1]: One.\n\n[^2]: Two.",
    ),
    (
        "raised with other signs",
        '<p>a<sup>*<a href="#n">1</a></sup></p><p id="n">1. The note.</p>',
        "a<sup>\\*</sup>[^1]\n\n[^1]: The note.",
    ),
    (
        "in brackets",
        '<p>a <a href="#r1">[1]</a>.</p><div class="reference"><a id="r1">1.</a>'
        "<div>The note.</div></div>",
        NOTE.replace("a[", "a ["),
    ),
    (
        "a list of another kind",
        "<p>a<sup>1</sup> b<sup>2</sup></p><ol><li>One.</li><li>Two.</li></ol>",
        "a<sup>1</sup> b<sup>2</sup>\n\n1. One.\n2. Two.",
    ),
    (
        "verses",
        "<p><sup>1</sup> In <sup>2</sup> and</p><p><sup>3</sup> so</p>",
        "<sup>1</sup> In <sup>2</sup> and\n\n<sup>3</sup> so",
    ),
    (
        "a note that no mark names",
        "<p>a<sup>1</sup></p><p><sup>1</sup> One</p><p><sup>2</sup> Two</p>",
        "a<sup>1</sup>\n\n<sup>1</sup> One\n\n<sup>2</sup> Two",
    ),
    ("an exponent", "<p>x<sup>2</sup></p>", "x<sup>2</sup>"),
    (
        "a link to a section",
        '<p>a<sup><a href="#s">2</a></sup></p><h2 id="s">S</h2><p>b</p>',
        "a[<sup>2</sup>](#s)\n\n## S\n\nb",
    ),
)
def test_footnotes_are_footnotes(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<p>a<sup><a href="#n">1</a></sup>.</p><p id="n">1. The note.</p>',
        "<p>a<sup>1</sup>.</p><p><sup>1</sup> The note.</p>",
    ],
)
def test_the_text_of_a_page_says_where_its_notes_belong(html: str) -> None:
    page = parse(html)

    normalize(page)

    assert text_of(page) == "a[1].\n[1] The note."


@cases(
    (
        "GitHub",
        '<div class="markdown-alert markdown-alert-warning"><p class="markdown-alert-title">'
        "<svg></svg>Warning</p><p>Hot.</p></div>",
        "> [!WARNING]\n> Hot.",
    ),
    (
        "Obsidian",
        '<div data-callout="info" class="callout"><div class="callout-title">Look</div>'
        '<div class="callout-content"><p>Hot.</p></div></div>',
        "> [!NOTE]\n> **Look**\n>\n> Hot.",
    ),
    (
        "MkDocs",
        '<div class="admonition danger"><p class="admonition-title">Danger</p><p>Hot.</p></div>',
        "> [!CAUTION]\n> **Danger**\n>\n> Hot.",
    ),
    (
        "AsciiDoc",
        '<div class="admonitionblock tip"><table><tr><td class="icon"><div class="title">Tip</div>'
        '</td><td class="content">Hot.</td></tr></table></div>',
        "> [!TIP]\n> Hot.",
    ),
    (
        "Docusaurus",
        '<div class="theme-admonition theme-admonition-tip"><div class="admonitionHeading_x">tip'
        "</div><div><p>Hot.</p></div></div>",
        "> [!TIP]\n> Hot.",
    ),
    ("Bootstrap", '<div class="alert alert-danger">Hot.</div>', "> [!CAUTION]\n> Hot."),
    ("of no kind", '<div class="alert">Hot.</div>', "Hot."),
    ("as written", "<blockquote><p>[!TIP]<br>Hot.</p></blockquote>", "> [!TIP]\n> Hot."),
)
def test_callouts_are_quotes_of_a_kind(html: str, expected: str) -> None:
    assert markdown(html) == expected


@cases(
    ("lazy", '<img src="data:image/gif;base64,R0" data-src="/a.png" alt="x">', "![x](/a.png)"),
    ("a placeholder", '<img src="/placeholder.gif" data-original="/a.png">', "![](/a.png)"),
    ("sizes", '<img srcset="/s.png 480w, /l.png 1200w">', "![](/l.png)"),
    (
        "picture",
        '<picture><source srcset="/a.webp 1x, /b.webp 2x"><img alt="x"></picture>',
        "![x](/b.webp)",
    ),
    ("its own", '<picture><source srcset="/a.webp"><img src="/a.png"></picture>', "![](/a.png)"),
    ("noscript", '<p><img src=""><noscript><img src="/a.png"></noscript></p>', "![](/a.png)"),
    ("a counter", '<p>a<img src="/t.gif" width="1" height="1">b</p>', "ab"),
    (
        "a film",
        '<iframe src="https://v.example/1" title="A film"></iframe>',
        "[A film](https://v.example/1)",
    ),
    (
        "a late one",
        '<iframe data-src="https://v.example/1"></iframe>',
        "[v.example](https://v.example/1)",
    ),
    ("its source", '<video><source src="/a.mp4">too old</video>', "[/a.mp4](/a.mp4)"),
    ("an object", '<object data="/a.pdf">none</object>', "[/a.pdf](/a.pdf)"),
    ("nothing", '<p>a</p><iframe src="about:blank"></iframe>', "a"),
    ("an advertisement", '<p>a</p><iframe src="https://x.example/ads/1.html"></iframe>', "a"),
    ("its server", '<p>a</p><iframe src="//adserver.example/?p=1"></iframe>', "a"),
    ("a button", '<p>a</p><iframe src="//x.example/plugins/like.php?u=1"></iframe>', "a"),
    (
        "what only sounds so",
        '<iframe src="https://www.example.org/loads/roads?ad=1"></iframe>',
        "[example.org](https://www.example.org/loads/roads?ad=1)",
    ),
)
def test_images_are_those_that_were_seen_and_what_plays_is_a_link(html: str, expected: str) -> None:
    assert markdown(html) == expected


@cases(
    ("Sphinx", '<h2>A<a class="headerlink" href="#a">¶</a></h2>', "## A"),
    ("GitHub", '<h2><a class="anchor" href="#a"><svg></svg></a>A</h2>', "## A"),
    ("MediaWiki", '<h2>A<span class="mw-editsection">[<a href="/e">edit</a>]</span></h2>', "## A"),
    ("a manual", '<h2>A &nbsp; <a href="#top"><span>top</span></a></h2>', "## A"),
    ("a link", '<h2><a href="/p">A</a></h2>', "## [A](/p)"),
)
def test_headings_have_no_links_to_themselves(html: str, expected: str) -> None:
    assert markdown(html) == expected


@cases(
    ("a list", "<ol><li>a</li><ol><li>b</li></ol><li>c</li></ol>", "1. a\n   1. b\n2. c"),
    ("a paragraph", "<ul><p>a</p></ul>", "- a"),
    ("text", "<ul>a<li>b</li>c</ul>", "- a\n- bc"),
)
def test_what_stands_between_items_is_in_one(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<span class="ztext-math" data-tex="a">{}',
        '<span class="katex"><math><mi>a</mi></math> <p>{}</p>',
        '<div class="katex"><math></math>{}',
        '<table><tr><td class="gutter">{}<td><pre>a</pre></table>',
        '<table><tr><td class="gutter">{}</table>',
        '<table><tr><th>{}<tr><td class="gutter">1<td>a</table>',
        '<table class="ltx_equation"><tr><td class="ltx_eqn_eqno">{}</table>',
    ],
    ids=["its TeX", "its MathML", "no math", "gutter", "gutter alone", "heading", "its number"],
)
def test_an_element_that_was_never_ended_swallows_no_text(html: str) -> None:
    text = "Every tide follows the moon, which nobody who lives beside the sea has ever doubted."

    assert text in markdown(html.replace("{}", text))


def test_a_page_that_was_normalized_stays_as_it_is() -> None:
    page = parse(
        '<pre class="lang-py">x</pre><img data-src="/a"><div class="alert alert-info">a</div>'
        '<p>a<sup><a href="#n">1</a></sup><p id="n">1. b<math><mi>x</mi></math>'
    )
    normalize(page)
    once = etree.tostring(page)

    normalize(page)
    assert etree.tostring(page) == once


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<blockquote><div>a</blockquote><p>b", "> a\n\nb"),
        ("<ul><li><div>a</li><li>b</ul>", "- a\n- b"),
        ("<h1>a <p>b</p> c</h1>", "# a b c"),
        ("<b><i>a</b>b</i> c", "***a**b* c"),
        ("<b><p>a</p></b>b", "**a**\n\nb"),
        ("<table>a<tr><td>b<td>c</div></table>", "a\n\n|  |  |\n| --- | --- |\n| b | c |"),
        ("<a href=/x><table><tr><td>b<td>c</table></a>", "|  |  |\n| --- | --- |\n| [b](/x) | [c](/x) |"),  # noqa: E501  a table
        ("</div>a</b> b", "a b"),
        ("<p>a<wbr>b<embed src=/x.swf>c</p>", "ab\n\n[/x.swf](/x.swf)\n\nc"),
    ],
)  # fmt: skip
def test_tags_are_nested_as_a_browser_nests_them(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    "mark",
    [
        '<svg><g><sup><a href="#n">1</a></sup></g></svg>',
        '<pre>x <sup><a href="#n">1</a></sup></pre>',
    ],
)
def test_a_note_to_which_no_written_mark_leads_is_a_text(mark: str) -> None:
    written = markdown(f'<p>A</p>{mark}<p id="n" class="footnote">The note.</p>')

    assert "The note." in written
    assert "[^" not in written


def test_a_mark_whose_note_is_a_text_is_one_too() -> None:
    written = markdown(
        '<p id="n1" class="footnote">One <sup><a href="#n2">2</a></sup></p>'
        '<p id="n2" class="footnote">Two</p><p>A <sup><a href="#n1">1</a></sup></p>'
    )

    assert "[^1]: One" in written
    assert "Two" in written
    assert "[^2]" not in written


@pytest.mark.parametrize(
    "begun",
    [
        '<h2>A</h2><span class="mw-editsection">[<a href="/e">edit</a>',
        '<div><pre class="line-numbers"><code>a = 1</code>',
        '<p>A</p><pre>a = 1<span class="line-numbers-rows">',
    ],
)
def test_what_was_never_ended_keeps_the_text_that_it_swallowed(begun: str) -> None:
    text = "Most faults are one of these: the wires go to the heater, or they are too long for it."

    assert text in markdown(f'{begun}</i><pre class="line-numbers">{text}</pre>')
