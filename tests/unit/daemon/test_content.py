"""What of a page is its content, beside what the pages of `tests/pages` show."""

import pytest

from daemon.extract import extract, parse, text_of
from daemon.extract.metadata import read_metadata, told_by
from daemon.extract.opening import without_opening
from daemon.markdown.writer import render

TITLE = "The gauge at the ford learns to read"
PARAGRAPHS = [
    "The gauge at the ford has told the height of the river since 1921, and nobody ever asked how "
    "it knew. Now it says so itself, every five minutes, to whoever wants to hear.",
    "A radar on the bank looks down on the water and counts the waves that pass. From their speed, "
    "and from a map of the bed, a small computer works out how much water there is.",
    "What the gauge does not know is what the numbers mean for the people below the ford. For that "
    "there is still a man with a telephone, and a list of names that he keeps in his coat.",
]
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def note(content: str, *, body: str = "") -> str:
    """What becomes of an article with *content*, and *body* around it."""
    page = (
        f"<html><head><title>{TITLE}</title></head><body>"
        f"<nav><a href=/>Home</a> <a href=/news>News</a> <a href=/sport>Sport</a></nav>"
        f"{body or '<article>CONTENT</article>'}"
        "<footer>© The Daily. All rights reserved.</footer></body></html>"
    )
    article = extract(parse(page.replace("CONTENT", content)), "https://daily.example/gauge")
    return render(article.body)


def below(line: str) -> str:
    """What is left of *line* and the text below it, on a page that says much of itself."""
    head = (
        f'<meta property="og:title" content="{TITLE}"><meta name="author" content="Ann Reader">'
        '<meta property="article:published_time" content="2025-03-04">'
    )
    page = parse(f"<html><head>{head}</head><body>{line}{TEXT}</body></html>")
    body = page[1]  # behind the head
    without_opening(body, TITLE, read_metadata(told_by(page, "https://daily.example/gauge")))
    return render(body)


def lines(markdown: str) -> list[str]:
    return [line for line in markdown.split("\n") if line]


def test_a_callout_in_the_midst_of_the_text_is_kept() -> None:
    box = '<div class="alert alert-warning"><p>Keep out.</p></div>'

    found = note(f"<h1>{TITLE}</h1>{TEXT}{box}{TEXT}")

    assert "Keep out." in found


def test_a_table_that_holds_another_is_laid_out_and_drags_nothing_along() -> None:
    menu = "".join(f"<tr><td><a href=/{name}>{name}</a></td></tr>" for name in "abcdefghij")
    body = (
        f"<table><tr><td><table>{menu}</table></td><td><table>"
        "<tr><td>CONTENT</td></tr></table></td></tr></table>"
    )

    found = note(TEXT, body=body)

    assert lines(found) == PARAGRAPHS


def test_a_table_of_data_between_paragraphs_is_kept_whatever_wraps_it() -> None:
    table = (
        "<table><tr><th>Year</th><th>Height</th></tr>"
        "<tr><td>1921</td><td>2.1</td></tr><tr><td>1922</td><td>1.7</td></tr></table>"
    )

    found = note(f'{TEXT}<div class="wrap"><div class="scroll">{table}</div></div>{TEXT}')

    assert "| 1922 | 1.7 |" in found


def test_a_heading_is_kept_with_the_buttons_in_its_line_left_out() -> None:
    heading = '<div class="bar"><h2>How it reads</h2><div class="tools">edit</div></div>'

    found = note(f"{TEXT}{heading}{TEXT}")

    assert "## How it reads" in found


def test_a_signature_is_no_part_of_a_post() -> None:
    found = note(f'{TEXT}<div class="signature">Fair winds to all of you who read this.</div>')

    assert lines(found) == PARAGRAPHS


def test_a_list_numbers_its_items_itself() -> None:
    steps = "".join(
        f'<li><div class="number">{number}</div><div>{paragraph}</div></li>'
        for number, paragraph in enumerate(PARAGRAPHS, 1)
    )

    found = note(f"{TEXT}<ol>{steps}</ol>{TEXT}")

    assert f"1. {PARAGRAPHS[0]}" in lines(found)


@pytest.mark.parametrize("label", ["Advertisement", "广告", "廣告（請繼續閱讀本文）"])
def test_the_label_of_an_advertisement_is_no_text(label: str) -> None:
    found = note(f"{TEXT}<p>{label}</p>{TEXT}")

    assert label not in found


def test_of_a_list_of_plain_items_none_is_lost_where_most_are_kept() -> None:
    items = "".join(f"<li>{paragraph}</li>" for paragraph in PARAGRAPHS)

    found = note(f"{TEXT}<ul>{items}<li class=share>Share this</li></ul>{TEXT}")

    assert "- Share this" in found


@pytest.mark.parametrize("rights", ["版权所有 榕树书屋", "Copyright © 2003 The Banyan", "© 2003"])
def test_what_ends_with_the_rights_of_the_site_is_its_foot(rights: str) -> None:
    found = note(f"{TEXT}<p>{rights}</p>")

    assert rights not in found


def test_who_made_a_picture_is_no_foot() -> None:
    figure = "<figure><img src=/f.jpg><figcaption>© 2003 The Banyan</figcaption></figure>"

    assert "© 2003 The Banyan" in note(f"{TEXT}{figure}{TEXT}")


@pytest.mark.parametrize(
    "mark",
    [
        '<a role="doc-noteref" href="#n1">[1]</a>',
        '<sup><a href="#n1"><span>[</span>1<span>]</span></a></sup>',
        '<a role="doc-noteref" href="#n1"><span>[</span>1<span>]</span></a>',
        '<a href="#n1"><sup>1</sup></a>',
    ],
)
def test_a_note_is_kept_with_the_mark_that_leads_to_it(mark: str) -> None:
    notes = '<aside class="notes"><div id="n1"><p>Measured in March.</p></div></aside>'

    found = note(f"{TEXT}<p>It never was wrong.{mark} Not once, in all those years.</p>{notes}")

    assert "Measured in March." in found


def test_a_standfirst_below_the_title_is_kept() -> None:
    standfirst = '<p class="standfirst">Every five minutes, to whoever wants to hear.</p>'

    found = note(f"<header><h1>{TITLE}</h1>{standfirst}</header><div>{TEXT}</div>")

    assert lines(found)[0] == "Every five minutes, to whoever wants to hear."


@pytest.mark.parametrize("caption", ["", "<div>The ford in March</div>"])
def test_the_picture_between_title_and_text_is_kept(caption: str) -> None:
    picture = f'<div class="lead"><img src="/ford.jpg" alt="The ford">{caption}</div>'
    byline = "<p class=meta>By the towns desk | 4 March 2025</p>"

    found = note(f"<h1>{TITLE}</h1>{byline}{picture}<div class=text>{TEXT}</div>")

    assert "![The ford](https://daily.example/ford.jpg)" in found


@pytest.mark.parametrize(
    "image",
    [
        '<div><img src="/zoom.png" alt="Zoom" width="16" height="16"></div>',
        '<a class="avatar" href="/ann"><img src="/ann.jpg" alt="Ann"></a>',
        '<a href="https://daily.example/"><img src="/logo.png" alt="The Daily"></a>',
    ],
)
def test_icons_faces_and_logos_are_no_pictures_of_the_article(image: str) -> None:
    found = note(f"<div>{PARAGRAPHS[0]}</div>{image}{TEXT}")

    assert "![" not in found


def test_an_image_that_leads_elsewhere_is_no_picture_of_the_article() -> None:
    banner = '<div><a href="https://shop.example/buy"><img src="/buy.png" alt="Buy"></a></div>'

    found = note(f"<h1>{TITLE}</h1><p class=meta>4 March 2025</p>{banner}<div>{TEXT}</div>")

    assert "Buy" not in found


def test_a_small_image_in_a_line_of_text_is_kept() -> None:
    found = note(f'{TEXT}<p>Press <img src="/key.png" alt="Q" width="16" height="16"> to end.</p>')

    assert "Press ![Q](https://daily.example/key.png) to end." in found


def test_rules_divide_texts_and_nothing_else() -> None:
    found = note(f"<hr>{TEXT}<hr><hr>{TEXT}<hr>")

    assert lines(found) == [*PARAGRAPHS, "---", *PARAGRAPHS]


@pytest.mark.parametrize(
    "line",
    [
        f"<h1>{TITLE}</h1>",
        f"<h1><span>[Rivers]</span> {TITLE}</h1>",
        "<p>March 4, 2025</p>",
        "<p>2025年03月04日 08:30:00</p>",
        "<p>作者：安 来源：本站 时间：2025-03-04</p>",
        "<p>By Ann Reader</p>",
        "<p><a href=/>Home</a> &gt; <a href=/rivers>Rivers</a> &gt; The gauge</p>",
        "<p>Read on: <a href=/a>Fords</a>, <a href=/b>Weirs</a>, <a href=/c>Locks</a></p>",
        "<hr>",
    ],
)
def test_a_line_above_the_text_that_the_note_has_already_is_left_out(line: str) -> None:
    assert lines(below(f"<div>{line}</div>")) == PARAGRAPHS


@pytest.mark.parametrize(
    "line",
    [
        "最后更新：2025年3月4日",
        "2025年3月4日，雨。",
        "On March 4, 2025 the river rose.",
        "If the height > 2 → call the office → wait",
    ],
)
def test_a_line_above_the_text_that_says_more_is_kept(line: str) -> None:
    assert lines(below(f"<p>{line}</p>"))[1:] == PARAGRAPHS


def test_the_title_is_left_out_beside_an_image_that_stays() -> None:
    found = below(f'<div><img src="/ford.jpg" alt="The ford"><h1>{TITLE}</h1></div>')

    assert lines(found) == ["![The ford](/ford.jpg)", *PARAGRAPHS]


def test_a_selection_loses_nothing_but_the_title() -> None:
    menu = "<p><a href=/a>Fords</a>, <a href=/b>Weirs</a>, <a href=/c>Locks</a></p>"
    head = f'<meta property="og:title" content="{TITLE}">'
    page = parse(f"<html><head>{head}</head><body><h1>{TITLE}</h1>{menu}{TEXT}</body></html>")

    found = text_of(extract(page, "https://daily.example/gauge", whole=True).body)

    assert found == "\n".join(["Fords, Weirs, Locks", *PARAGRAPHS])


def test_the_title_above_every_post_is_left_out() -> None:
    posts = [f"<h3>Re: {TITLE}</h3><p>{paragraph}</p>" for paragraph in PARAGRAPHS[1:]]
    thread = f"<h3>{TITLE}</h3><p>{PARAGRAPHS[0]}</p>{''.join(posts)}"

    found = note(thread)

    assert lines(found) == PARAGRAPHS
