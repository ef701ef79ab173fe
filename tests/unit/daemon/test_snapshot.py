"""A page as one HTML file that looks, and does nothing."""

from __future__ import annotations

import pytest
from lxml import etree

from daemon.extract import parse
from daemon.snapshot import POLICY, is_ours, snapshot_of

URL = "https://example.org/tides"
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def snapshot(page: str, **images: str) -> str:
    return snapshot_of(parse(page), url=URL, images=images).decode()


def body(page: str, **images: str) -> str:
    found = parse(snapshot(page, **images)).find("body")
    assert found is not None
    return etree.tostring(found, encoding="unicode", method="html").strip()


def test_encoding_and_policy_come_before_anything_of_the_page() -> None:
    written = snapshot("<head><meta charset=gbk><title>潮汐</title></head><p>第一段 😀")

    head = written.index("<html")
    assert written.index('<meta charset="utf-8">') < head
    assert written.index(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">') < head
    assert "gbk" not in written
    assert "<title>潮汐</title>" in written
    assert "<p>第一段 😀</p>" in written


def test_text_styles_links_and_known_images_stay() -> None:
    page = (
        '<style>p { color: red }</style><p style="color: red">a <b>b</b>'
        f'<a href="https://example.org/b">c</a><a href="#d">d</a><img src="{IMAGE}" alt="e"></p>'
    )

    kept = snapshot(page)

    for part in ("p { color: red }", 'style="color: red"', "<b>b</b>", 'href="#d"', IMAGE):
        assert part in kept
    assert 'href="https://example.org/b"' in kept


def test_an_image_whose_bytes_are_known_is_in_the_file() -> None:
    page = '<img src="https://a.example/1.png" alt="one"><img src="https://a.example/2.png">'

    shown = body(page, **{"https://a.example/1.png": IMAGE})

    assert shown.count("<img") == 2
    assert f'<img src="{IMAGE}" alt="one">' in shown
    assert "a.example" not in shown


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<script src='https://evil.example/a.js'></script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<svg><animate attributeName=href values='javascript:alert(1)'/></svg>",
        "<svg><image xlink:href='https://evil.example/a.png'/><use href='https://evil.example/a'/>",
        "<a href='javascript:alert(1)'>a</a>",
        "<a href=' java&#10;script:alert(1)'>a</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
        "<a href=# ping='https://evil.example'>a</a>",
        "<iframe src='https://evil.example'></iframe><iframe srcdoc='<script>alert(1)</script>'>",
        "<object data='https://evil.example'></object><embed src='https://evil.example'>",
        "<form action='https://evil.example'><button formaction='https://evil.example'>a</form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<link rel=stylesheet href='https://evil.example/a.css'>",
        "<link rel=dns-prefetch href='//evil.example'>",
        "<style>@import 'https://evil.example/a.css';</style>",
        "<style>p { background: url(https://evil.example/a.png) }</style>",
        "<p style='background: url( \"https://evil.example/a.png\" )'>a</p>",
        "<img srcset='https://evil.example/a.png 2x'><video poster='https://evil.example/a.png'>",
        "<picture><source srcset='https://evil.example/a.png'></picture>",
        "<table background='https://evil.example/a.png'>",
        "<noscript><p title='</noscript><script>alert(1)</script>'></noscript>",
        "<xmp><p title='</xmp><script>alert(1)</script>'></xmp>",
        "<template><script>alert(1)</script></template>",
        "<!-- --><p><?php evil.example ?>a</p>",
        "<body onload=alert(1) background='https://evil.example/a.png'>",
    ],
)
def test_what_runs_loads_or_leads_elsewhere_is_taken_out(evil: str) -> None:
    shown = body(f"<p>before</p>{evil}<p>after</p>")

    assert "before" in shown
    for sign in ("alert", "evil.example", "script", "onerror", "onload", "refresh", "<iframe"):
        assert sign not in shown.lower()


def test_a_style_holds_no_markup_that_a_browser_would_see_where_we_see_text() -> None:
    style = "<style>a::before { content: '<meta http-equiv=refresh>' }</style>"

    assert "content: '\\3c meta http-equiv=refresh>'" in snapshot(f"<svg>{style}</svg>")


def test_the_text_around_what_is_taken_out_stays() -> None:
    assert "<p>ab<i>c</i>d</p>" in body("<p>a<script>x</script>b<i>c</i><script>x</script>d</p>")


def test_the_address_of_the_page_is_no_markup() -> None:
    written = snapshot_of(parse("<p>a"), url='https://a.example/"><script>', images={}).decode()

    assert '<link rel="canonical" href="https://a.example/&quot;>&lt;script>">' in written


def test_a_snapshot_proves_that_nobody_has_changed_it() -> None:
    written = snapshot_of(parse("<p>a"), url=URL, images={})

    assert is_ours(written)
    assert not is_ours(written + b" ")
    assert not is_ours(written.replace(b"<p>a", b"<p>b"))
    assert not is_ours(b"<!doctype html><p>a")
    assert not is_ours(b"")
