"""What a page says of itself."""

import json
import time
from typing import Any

import pytest

from daemon.extract import extract, parse
from daemon.extract.metadata import Metadata, read_metadata, told_by

URL = "https://news.example.org/2026/tides"
TEXT = "<p>The tides come twice a day, and they go twice a day, on every coast of the sea.</p>" * 3


def metadata(head: str = "", body: str = "", *, url: str = URL, html: str = "") -> Metadata:
    page = f"<html {html}><head>{head}</head><body>{body}{TEXT}</body></html>"
    return read_metadata(told_by(parse(page), url))


def linked(*things: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(things)}</script>'


def news(**fields: Any) -> str:
    return linked({"@type": "NewsArticle", **fields})


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("The tides – Tide Times", "The tides"),
        ("The tides — Tide Times", "The tides"),
        ("The tides | Tide Times", "The tides"),
        ("The tides - Tide Times", "The tides"),
        ("The tides · Tide Times", "The tides"),
        ("The tides : Tide Times", "The tides"),
        ("The tides « Tide Times", "The tides"),
        ("The tides » Tide Times", "The tides"),
        ("The tides :: Tide Times", "The tides"),
        ("Tide Times: The tides", "The tides"),
        ("Tide Times » The tides", "The tides"),
        ("The tides | Science | Tide Times", "The tides"),
        ("The low-tide e-book", "The low-tide e-book"),
        ("Tides - a history", "Tides - a history"),
        ("He speaks of «tides» - Tide Times", "He speaks of «tides»"),
        ("Tides: a history - Tide Times", "Tides: a history"),
        ("Why __init__ and snake_case matter", "Why __init__ and snake_case matter"),
        ("Tide Times", "Tide Times"),
    ],
)
def test_the_name_of_the_site_is_no_part_of_the_title(stated: str, title: str) -> None:
    site = '<meta property="og:site_name" content="Tide Times">'

    assert metadata(f"<title>{stated}</title>{site}").title == title


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("潮汐的成因与规律_新浪网", "潮汐的成因与规律"),
        ("潮汐的成因与规律_科学频道_新浪网", "潮汐的成因与规律"),
        ("潮汐的成因与规律-人民网", "潮汐的成因与规律"),
        ("潮汐的成因与规律--科技--人民网", "潮汐的成因与规律"),
        ("潮汐的成因与规律｜科学日报", "潮汐的成因与规律"),
        ("潮汐的成因与规律 - 中国政府网", "潮汐的成因与规律"),
        ("中国-东盟潮汐研究合作", "中国-东盟潮汐研究合作"),
        ("潮汐——大海的呼吸", "潮汐——大海的呼吸"),
        ("深度|潮汐能的未来", "深度|潮汐能的未来"),
    ],
)
def test_the_title_of_a_chinese_portal_ends_before_its_sections(stated: str, title: str) -> None:
    assert metadata(f"<title>{stated}</title>").title == title


@pytest.mark.parametrize(
    "evidence",
    [
        "<h1>潮汐的成因是什么</h1>",
        '<a href="/">知乎</a>',
        '<a href="https://news.example.org/"><img alt="知乎" src="/l.png"></a>',
        linked({"@type": "WebSite", "name": "知乎"}),
        news(publisher={"@type": "Organization", "name": "知乎"}),
        news(headline="潮汐的成因是什么"),
        '<meta name="application-name" content="知乎">',
        '<meta property="og:title" content="潮汐的成因是什么">',
        "<div class=title> 潮汐的成因是什么\n</div>",
    ],
)
def test_anything_on_the_page_may_tell_what_the_site_is_called(evidence: str) -> None:
    assert metadata("<title>潮汐的成因是什么-知乎</title>", evidence).title == "潮汐的成因是什么"


@pytest.mark.parametrize(
    ("stated", "url"),
    [
        ("The tides - The Tidal Post", "https://www.thetidalpost.com/a"),
        ("The tides - tidal.example", "https://tidal.example/a"),
        ("The tides - Tidal News", "https://www.tidal.co.uk/a"),
    ],
)
def test_the_host_may_tell_what_the_site_is_called(stated: str, url: str) -> None:
    assert metadata(f"<title>{stated}</title>", url=url).title == "The tides"


@pytest.mark.parametrize(
    ("stated", "heading", "title"),
    [
        ("【葱油拌面的做法步骤图】葱油拌面怎么做好吃_灶台", "葱油拌面", "葱油拌面"),
        ("溪桥晚步原文、翻译及赏析_砚边古诗", "溪桥晚步", "溪桥晚步"),
        ("云溪日报：停产的纺织厂", "云溪", "云溪日报：停产的纺织厂"),
        ("Model Comparison Table", "Model Comparison", "Model Comparison Table"),
    ],
)
def test_what_a_chinese_title_adds_to_its_heading_is_no_part_of_it(
    stated: str, heading: str, title: str
) -> None:
    html = f"<title>{stated}</title><h1>{heading}</h1><p>Text</p>"

    assert metadata(html).title == title


def test_a_title_that_is_its_heading_stays_whole() -> None:
    stated = "Rust | a language"

    assert metadata(f"<title>{stated}</title>", f"<h1>{stated}</h1>").title == stated


def test_a_heading_with_the_name_of_the_site_is_not_the_title() -> None:
    found = metadata("<title>Why do tides turn - Tide Forum</title>", "<h1>Tide Forum</h1>")

    assert found.title == "Why do tides turn"


def test_a_heading_that_is_only_a_part_of_a_phrase_is_not_the_title() -> None:
    found = metadata("<title>Tides of war, a history</title>", "<h1>Tides</h1>")

    assert found.title == "Tides of war, a history"


@pytest.mark.parametrize(
    ("author", "byline"),
    [
        ("A. Writer", "A. Writer"),
        ({"@type": "Person", "name": "A. Writer"}, "A. Writer"),
        ([{"name": "A. Writer"}, {"name": "B. Author"}], "A. Writer, B. Author"),
        ([{"name": "A. Writer"}, {"name": "A. Writer"}], "A. Writer"),
        ({"@id": "#a"}, "C. Penman"),
        ([{"@id": "#a"}, "By D. Scribe"], "C. Penman, D. Scribe"),
        ({"name": ["A. Writer", "B. Author"]}, "A. Writer, B. Author"),
        ("https://www.facebook.com/awriter", None),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ({"name": {"deep": 1}}, None),
        (7, None),
        ("x" * 3_000, None),
    ],
)
def test_json_ld_names_the_authors(author: object, byline: str | None) -> None:
    article = {"@type": ["Thing", "https://schema.org/BlogPosting"], "author": author}
    person = {"@type": "Person", "@id": "#a", "name": "C. Penman"}

    assert metadata(linked({"@graph": [article, person]})).byline == byline


@pytest.mark.parametrize(
    ("shown", "byline"),
    [
        ("<a rel=author href=/a>A. Writer</a>", "A. Writer"),
        ("<a rel=author href=/a>By A. Writer</a>", "A. Writer"),
        ("<p itemprop=author>A. Writer</p>", "A. Writer"),
        ("<p itemprop=author><b itemprop=name>A. Writer</b>, editor</p>", "A. Writer"),
        ("<p itemprop=author><meta itemprop=name content='A. Writer'></p>", "A. Writer"),
        ("<p class='post-byline'>Written by A. Writer</p>", "A. Writer"),
        ("<span class=author-name>A. Writer</span>", "A. Writer"),
        ("<span class=comment-author>A. Writer</span>", None),
        ("<span class=authority>A. Writer</span>", None),
        ("<span class=author>https://www.facebook.com/x</span>", None),
        ("<h1>潮汐</h1><p>作者：李明　来源：新华社</p>", "李明"),
        ("<h1>潮汐</h1><p>来源：新华社 作者：李明 2024-03-05</p>", "李明"),
        ("<h1>潮汐</h1><p>作者：<span>李明</span></p>", "李明"),
        ("<h1>潮汐</h1><p>来源：新华社</p>", "新华社"),
        ("<h1>潮汐</h1><p>文｜李明　编辑｜王红</p>", "李明"),
        ("<h1>潮汐</h1><p>本报记者：李明（编辑：王红）</p>", "李明"),
        ("", None),
    ],
)
def test_the_page_shows_who_wrote_it(shown: str, byline: str | None) -> None:
    assert metadata(body=shown).byline == byline


def test_the_data_of_a_page_goes_before_what_it_shows() -> None:
    meta = "<meta name=Author content='C. Penman'>"
    shown = "<a rel=author href=/a>D. Scribe</a>"

    assert metadata(news(author="A. Writer") + meta, shown).byline == "A. Writer"
    assert metadata(meta, shown).byline == "C. Penman"


def test_an_address_in_a_meta_element_hides_no_name() -> None:
    head = (
        "<meta property=article:author content='https://www.facebook.com/x'>"
        "<meta name=byl content='By A. Writer'>"
    )

    assert metadata(head).byline == "A. Writer"


@pytest.mark.parametrize(
    ("stated", "date"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T09:30:00.123+0800", "2024-03-05T09:30:00+08:00"),
        ("2024-03-05 09:30:00", "2024-03-05T09:30:00"),
        ("2024/3/5 9:30", "2024-03-05T09:30"),
        ("20240305", "2024-03-05"),
        ("2024年3月5日 09:30", "2024-03-05T09:30"),
        ("2024年03月05日09时30分", "2024-03-05T09:30"),
        ("2024年3月5日（星期二）09:30", "2024-03-05T09:30"),
        ("March 5, 2024 9:30 pm", "2024-03-05T21:30"),
        ("Mar. 5th, 2024", "2024-03-05"),
        ("5 March 2024", "2024-03-05"),
        ("Tue, 05 Mar 2024 09:30:00 GMT", "2024-03-05T09:30:00Z"),
        ("1709631000", "2024-03-05T09:30:00Z"),
        ("1709631000000", "2024-03-05T09:30:00Z"),
        ("2024-02-30", None),
        ("2024-03", None),
        ("2024", None),
        ("0001-01-01T00:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("2024-03-05 25:61", None),
        ("yesterday", None),
        ("٢٠٢٤-٠٣-٠٥", None),
        ("", None),
    ],
)
def test_a_date_is_given_as_iso_8601_where_it_is_complete(stated: str, date: str | None) -> None:
    assert metadata(news(datePublished=stated)).published == date
    assert metadata(news(dateModified=stated)).modified == date


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<meta property=article:published_time content=2024-03-05T09:30>", ""),
        ("<meta itemprop=datePublished content=2024-03-05T09:30>", ""),
        ("", "<time itemprop=datePublished datetime=2024-03-05T09:30>5 March</time>"),
        ("", "<time pubdate datetime=2024-03-05T09:30>5 March</time>"),
        ("", "<time datetime=2024-03-05T09:30>5 March</time>"),
        ("", "<h1>潮汐</h1><div>2024年3月5日 09:30　来源：新华社</div>"),
        ("", "<h1>潮汐</h1><div>发布时间：<i>2024-03-05 09:30</i></div>"),
        ("", "<h1>Tides</h1><div>Posted March 5, 2024 at 9:30 am</div>"),
    ],
)
def test_a_page_says_or_shows_when_it_was_published(head: str, body: str) -> None:
    assert metadata(head, body).published == "2024-03-05T09:30"


def test_a_day_that_the_text_speaks_of_is_not_when_it_was_published() -> None:
    body = f"<h1>潮汐</h1><p>{'潮汐每天两次涨落。' * 12}那是2024年3月5日。</p>"

    assert metadata(body=body).published is None


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("<meta property=article:modified_time content=2024-03-05>", ""),
        ("<meta property=og:updated_time content=1709631000>", ""),
        ("", "<time itemprop=dateModified datetime=2024-03-05>today</time>"),
        ("", "<time class=updated datetime=2024-03-05>today</time>"),
    ],
)
def test_a_page_says_when_it_was_changed(head: str, body: str) -> None:
    found = metadata(head, body)

    assert (found.modified or "")[:10] == "2024-03-05"


@pytest.mark.parametrize(
    ("html", "head", "body", "language"),
    [
        ('lang="zh_cn"', "", "", "zh-CN"),
        ('lang="zh-hans-CN"', "", "", "zh-Hans-CN"),
        ("", "<meta http-equiv=Content-Language content='de-AT, en'>", "", "de-AT"),
        ("", "<meta property=og:locale content=zh_TW>", "", "zh-TW"),
        ('lang="{{ lang }}"', "<meta property=og:locale content=fr_FR>", "", "fr-FR"),
        ("", "", "潮汐是由月亮和太阳的引力引起的。" * 30, "zh"),
        ("", "", "潮の満ち引きは月の引力によって起こります。" * 30, "ja"),
        ("", "", "조석은 달의 인력 때문에 일어난다." * 30, "ko"),
        ("", "", "", None),
    ],
)
def test_the_language_is_what_the_page_says_or_its_script_tells(
    html: str, head: str, body: str, language: str | None
) -> None:
    assert metadata(head, f"<p>{body}</p>", html=html).language == language


@pytest.mark.parametrize(
    ("head", "image"),
    [
        ("<meta property=og:image content=/a.png>", "https://news.example.org/a.png"),
        ("<meta property=og:image content=//cdn.example/a.png>", "https://cdn.example/a.png"),
        (news(image="https://cdn.example/a.png"), "https://cdn.example/a.png"),
        (news(image={"url": "/a.png"}), "https://news.example.org/a.png"),
        (news(image=[{"contentUrl": "/a.png"}]), "https://news.example.org/a.png"),
        ("<meta name=twitter:image content=/a.png>", "https://news.example.org/a.png"),
        ("<link rel=image_src href=/a.png>", "https://news.example.org/a.png"),
        ("<meta property=og:image content='javascript:alert(1)'>", None),
        ("<meta property=og:image content='data:image/png;base64,AA=='>", None),
        ("<meta property=og:image content='https://['>", None),
        ("<meta property=og:image content='file:///etc/passwd'>", None),
        (f"<meta property=og:image content='/{'a' * 3_000}.png'>", None),
        ("", None),
    ],
)
def test_the_lead_image_has_an_address_on_the_web(head: str, image: str | None) -> None:
    assert metadata(head).image == image


def test_what_was_published_and_changed_and_the_image_are_in_the_article() -> None:
    head = news(datePublished="2024-03-05", dateModified="2024-03-06", image="/a.png")
    article = extract(parse(f"<html><head>{head}</head><body>{TEXT}</body></html>"), URL)

    assert (article.published, article.modified) == ("2024-03-05", "2024-03-06")
    assert article.image == "https://news.example.org/a.png"


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "null",
        "7",
        '["x", 7, null, [[]]]',
        '{"@type": 7, "author": {"@id": []}, "headline": {}, "image": 7}',
        '{"@graph": {"@graph": {"@type": {"x": "Article"}}}}',
        '{"@type": "Article", "headline": "The tides", "author": "\\ud800"}',
        '{"@type": "Article", "author": {"@id": "#x"}, "@id": "#x", "name": {"@id": "#x"}}',
        '{"@type": "Article", "headline": "' + "x" * 3_000_000 + '"}',
    ],
    ids=range(11),
)
def test_hostile_data_changes_nothing(data: str) -> None:
    begun = time.process_time()
    found = metadata(
        f"<title>The tides</title><script type=application/ld+json>{data}</script>",
    )

    assert time.process_time() - begun < 2
    assert found.title == "The tides"
    assert found.byline is None


@pytest.mark.parametrize("part", ["-", "a|", "a - ", "潮-", " ", "|", "::", "a: ", "－", "\u3000"])
def test_a_title_without_end_is_no_work(part: str) -> None:
    begun = time.process_time()
    for times in (200, 100_000):
        metadata(f"<title>{part * times}</title>", f"<h1>{part * times}</h1>")

    assert time.process_time() - begun < 1


def test_no_control_character_or_line_break_is_in_what_a_page_says() -> None:
    evil = "a\n\x1b[31mb\u2028c\x7f"
    head = news(headline=evil, author=evil, publisher={"name": evil})
    found = metadata(head + f'<meta property="og:image" content="/{evil}">')

    for text in (found.title, found.byline, found.site, found.image):
        assert text is None or (text.isprintable() and "\n" not in text)


def test_metadata_is_found_in_a_pass_over_the_page_whatever_its_shape() -> None:
    heading = "<h1>" * 3_000 + "潮汐" + "<span class=author>" * 3_000
    names = "<span class=author>1</span><a href=/>x</a><time>x</time>" * 20_000
    head = "<title>The tides - The sea | The Daily</title>" + "<meta name=x content=y>" * 20_000
    page = parse(f"<html><head>{head}</head><body>{heading}{names}</body></html>")
    begun = time.process_time()
    read_metadata(told_by(page, URL))

    assert time.process_time() - begun < 1
