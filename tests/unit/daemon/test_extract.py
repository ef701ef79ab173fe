"""HTML → Article."""

import codecs

import pytest
from lxml import etree

from daemon.errors import ExtractionError
from daemon.extract import decode_html, extract, parse, text_of
from daemon.extract.links import make_absolute
from daemon.markdown.writer import render
from daemon.model import Article

URL = "https://news.example.org/2026/tides"
FIRST = "The first paragraph says, at some length, what the whole article is going to be about."
LAST = "The last paragraph ends the article, and nothing of it may be lost on the way to the note."
TEXT = f"<p>{FIRST}</p><p>Another one, which goes on for a good while as well.</p><p>{LAST}</p>"


def article(body: str, *, head: str = "", html: str = "", url: str = URL) -> Article:
    page = f"<html {html}><head>{head}</head><body>{body}</body></html>"
    return extract(parse(page), url)


def text(body: str, *, whole: bool = False) -> str:
    page = parse(body if whole else f"<html><head><title>t</title></head>{body}</html>")
    return text_of(extract(page, URL, whole=whole).body)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Tides</title>", "", "Tides"),
        ("<title>Tides - The Daily</title>", "<h1>Tides</h1>", "Tides"),
        (
            "<title>The tides - The Daily</title>",
            "<header><h1>The Daily</h1></header><h1>The tides</h1>",
            "The tides",
        ),
        ("<title>潮汐的成因_科学网</title>", "<h1>潮汐的成因</h1>", "潮汐的成因"),
        ("<title>Tides | The Daily</title><meta property=og:title content=Tides>", "", "Tides"),
        ("<title>The Daily</title>", "<h1>Menu</h1>", "The Daily"),
        ("<title>  The\n tides </title>", "", "The tides"),
        ("<meta name=twitter:title content='Tides'>", "", "Tides"),
        ("<title></title><meta property=og:title content=' '>", "", "given"),
    ],
)
def test_the_title_is_the_pages_without_its_site(head: str, body: str, title: str) -> None:
    page = parse(f"<html><head>{head}</head><body>{body}{TEXT}</body></html>")

    assert extract(page, URL, title="given").title == title


def test_a_page_without_any_title_is_called_by_its_address() -> None:
    assert article(TEXT).title == URL


@pytest.mark.parametrize(
    ("head", "field", "value"),
    [
        ("<meta name=author content='A.  Writer'>", "byline", "A. Writer"),
        ("<meta property=article:author content='A. Writer'>", "byline", "A. Writer"),
        ("", "byline", None),
        (
            "<meta property=article:published_time content=2026-11-20T08:00:00+08:00>",
            "published",
            "2026-11-20T08:00:00+08:00",
        ),
        ("<meta itemprop=datePublished content=2026-11-20>", "published", "2026-11-20"),
        ("<meta name=date content='last week'>", "published", None),
        ("", "published", None),
        ("<meta property=og:site_name content='The Daily'>", "site", "The Daily"),
        ("", "site", "news.example.org"),
        ("<meta property=og:locale content=zh_CN>", "language", "zh-CN"),
        ("", "language", None),
    ],
)
def test_the_page_says_who_when_where_and_in_what_language(
    head: str, field: str, value: str | None
) -> None:
    assert getattr(article(TEXT, head=f"<title>t</title>{head}"), field) == value


def test_the_language_of_the_page_goes_before_that_of_its_preview() -> None:
    found = article(TEXT, head="<meta property=og:locale content=en_US>", html='lang="zh-Hans"')

    assert found.language == "zh-Hans"


def test_a_time_element_tells_when_it_was_published() -> None:
    found = article(f"<time>today</time><time datetime=2026-11-20T08:00Z>today</time>{TEXT}")

    assert found.published == "2026-11-20T08:00Z"


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("https://news.example.org/tides", "https://news.example.org/tides"),
        ("/tides", "https://news.example.org/tides"),
        (" /tides ", "https://news.example.org/tides"),
        ("https://bank.example/login", URL),
        ("https://news.example.org.evil.example/x", URL),
        ("https://news.example.org/", URL),
        ("javascript:alert(1)", URL),
        ("javascript://news.example.org/%0aalert(1)", URL),
        ("http://[", URL),
        ("", URL),
    ],
)
def test_a_page_names_its_address_only_on_its_own_site(canonical: str, url: str) -> None:
    found = article(TEXT, head=f'<link rel="canonical" href="{canonical}">')

    assert found.url == url


def test_a_page_from_a_file_names_no_script_as_its_address() -> None:
    head = '<link rel="canonical" href="javascript:alert(1)">'

    assert article(TEXT, head=head, url="file:///home/tides.html").url == "file:///home/tides.html"


@pytest.mark.parametrize(
    "around",
    [
        "<nav>AROUND</nav>",
        "<aside>AROUND</aside>",
        "<footer>AROUND</footer>",
        "<header>AROUND</header>",
        "<div role=navigation>AROUND</div>",
        "<div role=Complementary>AROUND</div>",
        "<div role=contentinfo>AROUND</div>",
        "<dialog open>AROUND</dialog>",
        "<script>AROUND</script>",
        "<style>AROUND</style>",
        "<template>AROUND</template>",
        "<noscript>AROUND</noscript>",
        "<select><option>AROUND</select>",
        "<textarea>AROUND</textarea>",
        "<button>AROUND</button>",
        "<div data-guidang-hidden=display>AROUND <p>AROUND</p></div>",
        "<div data-guidang-hidden=visibility>AROUND</div>",
    ],
)
def test_what_is_around_the_article_or_hidden_is_left_out(around: str) -> None:
    found = text(f"{around}<article><h2>Head</h2>{TEXT}</article>{around}")

    assert "AROUND" not in found
    assert found.startswith("Head")
    assert found.endswith(LAST)


def test_text_behind_what_is_left_out_stays() -> None:
    body = "<p>one<script>AROUND</script> two<b>three</b><button>AROUND</button> four</p>"

    assert text(body, whole=True) == "one twothree four"


def test_what_is_visible_inside_an_invisible_element_stays() -> None:
    body = (
        '<div data-guidang-hidden="visibility">no<p data-guidang-hidden="visibility">no</p>no'
        "<p>yes<b data-guidang-hidden='visibility'>no</b> and yes</p>no</div><p>too</p>"
    )

    assert text(body, whole=True) == "yes and yes\ntoo"


def test_the_header_of_an_article_is_part_of_it() -> None:
    lead = "Its lead stands in a header of its own, and tells in a sentence what is to come."

    found = text(f"<header>AROUND</header><article><header>{lead}</header>{TEXT}</article>")

    assert found.startswith(lead)


def test_the_heading_that_repeats_the_title_is_left_out() -> None:
    found = article(f"<h1>Tides</h1>{TEXT}", head="<title>Tides - The Daily</title>")

    assert text_of(found.body).startswith(FIRST)


def test_a_selection_is_kept_whole() -> None:
    found = text("<nav>all</nav><div>that</div><footer>was chosen</footer>", whole=True)

    assert found == "all\nthat\nwas chosen"


@pytest.mark.parametrize(
    "html", ["", " ", "\0", "<html></html>", "<!-- x -->", "<?xml ?>", "<p> &nbsp; </p>"]
)
def test_a_page_without_text_is_an_error_with_a_hint(html: str) -> None:
    with pytest.raises(ExtractionError) as failed:
        extract(parse(html), URL)

    assert failed.value.code == "page-empty"
    assert failed.value.hint


def test_a_page_with_nothing_but_an_image_is_an_article() -> None:
    assert article("<img src=/a.png>").body.find(".//img") is not None


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        f"<article>{TEXT}</article>",
        f"<div><div>{TEXT}</div></div>",
        f"<table><tr><td>{TEXT}</table>",
        f"<form>{TEXT}</form>",
        f"<section><p>{FIRST}</p></section>"
        + "<section><p>More of it, and more.</p></section>" * 5
        + f"<section><p>{LAST}</p></section>",
        f"<div class=comment>{TEXT}</div>",
        f"{FIRST}<br><br>More of it.<br><br>{LAST}",
    ],
    ids=["body", "article", "div", "table", "form", "sections", "misleading class", "breaks"],
)
def test_the_first_and_the_last_paragraph_are_kept(body: str) -> None:
    found = text(body)

    assert FIRST in found
    assert LAST in found


def test_where_nothing_stands_out_the_whole_page_is_the_article() -> None:
    body = "".join(f"<div>Word {number}</div>" for number in range(30))

    assert text(body).split("\n") == [f"Word {number}" for number in range(30)]


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "ul><li", "table><tr><td", "a"])
def test_5000_levels_keep_all_their_text(tag: str) -> None:
    page = parse(f"<p>{FIRST}</p>" + "".join(f"<{tag}>w{number} " for number in range(5_000)))

    words = text_of(page).split()
    assert {f"w{number}" for number in range(5_000)} <= set(words)
    assert max(len(list(element.iterancestors())) for element in page.iter()) <= 255


def test_a_deep_page_may_have_tags_of_any_name() -> None:
    page = parse("<div>" * 300 + "a</div>" * 300 + '<b:c>d</b:c><e"&f;>g</e"&f;>')

    assert text_of(page).endswith("dg")


def test_an_address_with_what_a_tree_does_not_take_is_one_all_the_same() -> None:
    page = parse("<p><a href='&#1;b'>c</a>")

    make_absolute(page, "https://example.org/a\x01b/\ud800")
    assert [link.get("href") for link in page.iter("a")] == ["https://example.org/ab/b"]


def test_a_page_that_does_not_say_where_its_body_begins_has_one() -> None:
    page = parse(f"<!doctype html><title>T</title><article><p>{FIRST}</p></article>")

    assert [each.tag for each in page] == ["head", "body"]
    assert FIRST in render(page)


@pytest.mark.timeout(10)
def test_a_deep_page_is_not_mended() -> None:
    """The standard asks, at each `div`, whether one of all that are open is a `p`."""
    page = parse("<p><i>a</p></b>" + "<div>b" * 200_000)

    assert text_of(page).count("b") == 200_000


def test_a_deep_page_still_is_an_article() -> None:
    found = text("<div>" * 5_000 + TEXT + "</div>" * 5_000)

    assert FIRST in found
    assert LAST in found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a\0b", "ab"),
        ("<p>a<p>b", "a\nb"),
        ("a\ud800b", "a?b"),
        ("a\x01\x0b\ufffeb&#1;&#x1f;&#31;&#65535;c", "abc"),
        ("a\x0cb", "a b"),
        ("&#x110000;&#10;&#310;&#x1F600;", "\ufffd Ķ😀"),
        ('<?xml version="1.0" encoding="gb2312"?><p>中文</p>', "中文"),
        ('<meta charset="utf-16"><p>中文</p>', "中文"),
        ("<![CDATA[a]]>b", "b"),
        ("&lt;b&gt; &#20013; &hellip;", "<b> 中 …"),
        ("plain text, no tags", "plain text, no tags"),
        ("<p>a</div></span></p></html>b", "a\nb"),
        ("<p <b>a", "a"),
        ("<html><body><p>a</body></html><p>b", "a\nb"),
        ("<html><body><p>a</p></body >b</HTML>\n<html><body><p>c</body></html>", "a\nb\nc"),
    ],
)
def test_any_markup_becomes_a_tree(html: str, expected: str) -> None:
    page = parse(html)

    assert isinstance(page, etree._Element)
    assert text_of(page) == expected


CHINESE = "潮汐是由月亮和太阳的引力引起的，每天两次涨落。" * 5
TRADITIONAL = "潮汐是由月亮和太陽的引力引起的，每天兩次漲落。" * 5
FRENCH = "Les marées sont causées par la Lune; l’été, à côté de la forêt."


def page_of(words: str, claim: str = "") -> str:
    return f"<html><head>{claim and f'<meta charset={claim}>'}</head><p>{words}</p></html>"


@pytest.mark.parametrize(
    ("encoding", "claim", "words"),
    [
        ("utf-8", "", CHINESE),
        ("utf-8", "gb2312", CHINESE),
        ("utf-8", "iso-8859-1", FRENCH),
        ("gb18030", "gb2312", CHINESE + "镕㐂😀"),
        ("gbk", "gbk", CHINESE),
        ("gbk", "", CHINESE),
        ("big5", "big5", TRADITIONAL),
        ("big5", "", TRADITIONAL),
        ("shift_jis", "shift_jis", "潮の満ち引きは月の引力によって起こります。"),
        ("iso-8859-1", "iso-8859-1", FRENCH.replace("’", "'")),
        ("cp1252", "iso-8859-1", FRENCH),
        ("cp1252", "utf-8", FRENCH),
        ("gb18030", "nonsense", CHINESE),
        ("gb18030", "hex", CHINESE),
        ("gb18030", "rot13", CHINESE),
    ],
)
def test_a_page_is_read_whatever_encoding_it_claims(encoding: str, claim: str, words: str) -> None:
    page = page_of(words, claim)

    assert decode_html(page.encode(encoding)) == page


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_wins_and_is_no_text(mark: bytes, encoding: str) -> None:
    page = page_of(CHINESE, "big5")

    assert decode_html(mark + page.encode(encoding), "big5") == page


def test_the_header_of_an_answer_goes_before_the_claim_of_the_page() -> None:
    page = page_of(TRADITIONAL, "gb2312")

    assert decode_html(page.encode("big5"), "Big5") == page


def test_one_broken_byte_does_not_change_the_encoding_that_a_page_claims() -> None:
    page = page_of("plain English text, mostly " * 200 + "“quoted”")
    claiming = page_of("plain English text, mostly " * 200 + "“quoted”", "utf-8")

    assert decode_html(page.encode() + b"\xe4", "utf-8") == page + "\ufffd"
    assert decode_html(claiming.encode() + b"\xe4") == claiming + "\ufffd"


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x00", bytes(range(256))])
def test_any_bytes_become_text(data: bytes) -> None:
    assert isinstance(decode_html(data), str)


@pytest.mark.parametrize("character", ["&#8;", "\x08", "&#x1b;", "&#xFFFE;", "\ufffe"])
def test_a_character_that_no_tree_takes_back_breaks_no_link(character: str) -> None:
    found = article(f"{TEXT}<p>More in <a href='/more{character}?a=1'>the appendix</a>.</p>{TEXT}")

    assert FIRST in text_of(found.body)
    assert [link.get("href") for link in found.body.iter("a")] == [
        "https://news.example.org/more?a=1"
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a.png?b=1&c=2",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
        "data:image/svg+xml;utf8,<svg width='9' style='fill:red'></svg>",
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_the_address_of_an_image_stays_as_it_is(address: str, *, whole: bool) -> None:
    image = f'<p><img src="{address}"></p>'
    page = parse(
        f"<html><body><img src=/0.png><article>{TEXT}{image}{TEXT}</article></body></html>"
    )
    [*_, found] = extract(page, URL, whole=whole).body.iter("img")

    assert found.get("src") == address


@pytest.mark.parametrize(
    "image",
    ['<img src="/blank.gif" data-original="/a.png">', '<img srcset="/s.png 1x, /a.png 2x">'],
)
def test_the_address_of_a_late_image_works_outside_its_page(image: str) -> None:
    page = parse(f"<html><body><article>{TEXT}<p>{image}</p>{TEXT}</article></body></html>")

    [found] = extract(page, "https://example.org/x/").body.iter("img")

    assert found.get("src") == "https://example.org/a.png"
