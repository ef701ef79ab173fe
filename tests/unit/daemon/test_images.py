"""Images are known by their bytes, kept under their hash, and linked in the note alone."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from lxml import etree

from daemon.errors import ImageError
from daemon.images import Kept, illustrated, keep_image, wanted
from daemon.markdown.escape import image_target, target_url
from daemon.markdown.images import Shown, replace_images
from daemon.model import Asset, Draft, Image, Note
from daemon.protocol import CaptureRequest, encode
from daemon.settings import Images
from daemon.spool import Spool
from daemon.stages import Made, write_draft, write_note, write_snapshot
from daemon.svg import clean_svg
from tests.fakes.images import png

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ID = "0b6f6a3e"
URL = "https://example.org/a.png"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(tmp_path)
    made.open()
    return made


def kept(spool: Spool, **images: bytes) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in spool.asset("x").parent.iterdir()}


# Markdown.


@pytest.mark.parametrize(
    "markdown",
    [
        "<>",
        "text <> text",
        "- item\n\n    <>",
        "- a\n  - b\n\n    <>",
        "[<>](https://example.org)",
        "> <>",
        "| a | <> |\n| --- | --- |",
        "# <>",
        "`` ` `` <> `code`",
        "` alone <>",
        "```\ncode\n```\n<>",
        "a\\\\<>",
        "1. <>",
    ],
)
def test_images_are_found_wherever_they_stand(markdown: str) -> None:
    found = []

    def put(shown: Shown) -> str:
        found.append(shown)
        return "<>"

    assert replace_images(markdown.replace("<>", "![alt](a.png)"), put) == markdown
    assert found == [Shown("alt", "a.png", "")]


@pytest.mark.parametrize(
    "markdown",
    [
        "`![alt](a.png)`",
        "`` ` ![alt](a.png) ``",
        "`first\n![alt](a.png)`",
        "```\n![alt](a.png)\n```",
        "~~~~\n~~~\n![alt](a.png)\n~~~~",
        "> ```\n> ![alt](a.png)\n> ```",
        "    ![alt](a.png)",
        "text\n\n    ![alt](a.png)\n    ![alt](a.png)",
        "- item\n\ntext\n\n    ![alt](a.png)",
        "\\![alt](a.png)",
        "!\\[alt](a.png)",
        "![alt] (a.png)",
        "![alt](a.png",
        "[alt](a.png)",
    ],
)
def test_what_is_no_image_stays_as_it_is(markdown: str) -> None:
    assert replace_images(markdown, lambda _: "REPLACED") == markdown


@pytest.mark.parametrize("run", ["![", "`", "``` ", "![a](", "![\\", "[", "- ![`"])
def test_time_grows_with_the_length_alone(run: str) -> None:
    begun = time.process_time()
    replace_images(f"![{run * 200_000}", lambda _: None)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "url",
    [
        "https://e.org/a(1).png",
        "https://e.org/a b.png",
        "https://e.org/?a&copy;=1&lt;",
        "https://e.org/?a&copy=1&amp;amp;",
        "https://e.org/<a>\\b.png",
        "https://e.org/潮汐.png",
    ],
)
def test_a_target_is_the_same_however_often_it_is_read_and_written(url: str) -> None:
    target = image_target(url)
    assert target is not None

    assert image_target(target_url(target)) == target


def a_draft(markdown: str, *assets: Asset) -> Draft:
    return Draft(url="https://example.org/", title="T", markdown=markdown, text=None, assets=assets)


@pytest.mark.parametrize(
    "url", ["https://e.org/a(1).png", "https://e.org/?a&copy;=1", "https://e.org/a b.png"]
)
def test_an_escaped_target_is_linked_to_its_asset(url: str) -> None:
    draft, assets = illustrated(a_draft(f"![a\\]b]({image_target(url)})", Asset("x.png", url)))

    assert draft.markdown == "![a\\]b](assets/x.png)"
    assert [asset.url for asset in assets] == [url]


def test_only_the_asset_that_is_shown_goes_with_the_note() -> None:
    draft = a_draft(f"![one]({URL})", Asset("one.png", URL), Asset("two.png", f"{URL}?2"))

    assert [asset.name for asset in illustrated(draft)[1]] == ["one.png"]


def test_a_width_is_written_as_html_that_no_text_breaks() -> None:
    asset = Asset("x.png", URL, 200)
    draft, _ = illustrated(a_draft(f'| ![a "b" \\<i\\> & c\\|d]({URL} "title") |', asset))

    expected = 'alt="a &quot;b&quot; &lt;i&gt; &amp; c&#124;d" width="200"'
    assert draft.markdown == f'| <img src="assets/x.png" {expected}> |'


def test_a_title_that_the_user_wrote_stays() -> None:
    draft, _ = illustrated(a_draft(f'![a]({URL} "b")', Asset("x.png", URL)))

    assert draft.markdown == '![a](assets/x.png "b")'


def test_what_the_web_has_and_nobody_sent_is_wanted_once() -> None:
    text = f"![a]({URL}) ![b]({URL}?2) ![c]({URL}?2) ![d](assets/x.png) ![e](data:image/png;,)"

    assert wanted(a_draft(text, Asset("x.png", URL))) == (f"{URL}?2",)


# Bytes.


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (png(), "png"),
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (b"GIF87a...", "gif"),
        (b"GIF89a...", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"\0\0\0\x1cftypavif", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0miafavif", "avif"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "bmp"),
        (b"\0\0\1\0\1\0", "ico"),
    ],
)
def test_an_image_is_kept_as_it_is_under_its_hash(spool: Spool, data: bytes, ending: str) -> None:
    asset = keep_image(spool, URL, data)

    assert asset == Asset(f"{hashlib.sha256(data).hexdigest()[:32]}.{ending}", URL)
    assert kept(spool) == {asset.name: data}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html><p>Not found</p>",
        b"<html><svg></svg></html>",
        b"%PDF-1.7",
        b"BM, a text",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x1cftypisom",
        b"MZ\x90",
        b"#!/bin/sh",
        b"<svg",
        b"<svg><rect/></svg>",
    ],
)
def test_what_is_no_image_is_not_kept(spool: Spool, data: bytes) -> None:
    with pytest.raises(ImageError) as refused:
        keep_image(spool, URL, data)

    assert refused.value.code == "image-unknown"
    assert kept(spool) == {}


@pytest.mark.parametrize(("given", "written"), [(None, None), (20, 20), (40, None), (400, None)])
def test_a_width_counts_where_it_is_smaller_than_the_image(
    spool: Spool, given: int | None, written: int | None
) -> None:
    assert keep_image(spool, URL, png(width=40), given).width == written


def test_an_image_of_a_hundred_thousand_pixels_costs_what_it_weighs(spool: Spool) -> None:
    data = png().replace(b"\0\0\0\x28" * 2, b"\0\1\x86\xa0" * 2)
    begun = time.process_time()

    assert keep_image(spool, URL, data, 50).width == 50
    assert time.process_time() - begun < 1


# SVG.


@pytest.mark.parametrize(
    "inner",
    [
        "<script>RUN</script>",
        "<SCRIPT>RUN</SCRIPT>",
        '<script href="https://RUN"/>',
        '<s:script xmlns:s="http://www.w3.org/2000/svg">RUN</s:script>',
        '<rect onload="RUN"/>',
        '<rect OnClick="RUN"/>',
        "<foreignObject><p>RUN</p></foreignObject>",
        '<h:script xmlns:h="http://www.w3.org/1999/xhtml">RUN</h:script>',
        '<a href="javascript:RUN"><rect/></a>',
        '<image href="https://RUN/"/>',
        '<image xlink:href="//RUN/"/>',
        '<image href="data:image/svg+xml;base64,RUN"/>',
        '<use href="https://RUN#a"/>',
        '<set attributeName="href" to="RUN"/>',
        '<animate attributeName="href" values="RUN"/>',
        '<rect fill="url(https://RUN)"/>',
        "<rect fill=\"URL( '//RUN')\"/>",
        '<rect style="fill:u\\72l(RUN)"/>',
        "<rect style=\"background:image-set('RUN' 1x)\"/>",
        "<style>@import 'RUN';</style>",
        "<style>rect { fill: url(RUN) }</style>",
        "<style>@font-face { src: url(//RUN) }</style>",
        "<style>@<desc/>import 'RUN';</style>",
        '<g xml:base="https://RUN/"><rect/></g>',
        "<?xml-stylesheet href='RUN'?>",
        "<!-- RUN -->",
    ],
)
def test_what_could_run_or_load_is_taken_out_of_svg(inner: str) -> None:
    clean = clean_svg(SVG.format(f"{inner}<circle r='5'/>").encode())

    assert b"RUN" not in clean
    assert b"circle" in clean


def test_svg_that_only_draws_stays(spool: Spool) -> None:
    inner = (
        '<defs><linearGradient id="a"><stop offset="1"/></linearGradient></defs>'
        "<style>rect { x: 1 }</style>"
        '<rect fill="url(#a)"/><use href="#b"/><text>tail</text>'
        '<image xlink:href="data:image/png;base64,AAAA"/>'
    )
    clean = clean_svg(SVG.format(inner).encode()).decode()

    for part in ("stop", "x: 1", "url(#a)", '"#b"', "tail", "base64,AAAA"):
        assert part in clean


#: Each entity is ten times the one before: the last is a billion characters.
LAUGHS = '<!ENTITY b0 "xxxxxxxxxx">' + "".join(
    f'<!ENTITY b{number} "' + f"&b{number - 1};" * 10 + '">' for number in range(1, 9)
)


@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE svg [{LAUGHS}]>",
        '<!DOCTYPE svg [<!ENTITY b8 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg [<!ENTITY b8 SYSTEM "http://127.0.0.1:1/">]>',
        '<!DOCTYPE svg SYSTEM "http://127.0.0.1:1/a.dtd">',
    ],
    ids=["a billion", "a file", "a server", "a DTD"],
)
def test_entities_expand_to_nothing_large_or_foreign(doctype: str) -> None:
    begun = time.process_time()
    try:
        clean = clean_svg((doctype + SVG.format("<text>&b8;</text>")).encode())
    except ImageError as refused:
        clean = refused.code.encode()

    assert len(clean) < 1_000
    assert b"root:" not in clean
    assert b"DOCTYPE" not in clean
    assert time.process_time() - begun < 1


def test_svg_ten_thousand_levels_deep_is_no_image() -> None:
    with pytest.raises(ImageError):
        clean_svg(SVG.format("<g>" * 10_000 + "</g>" * 10_000).encode())


def test_entities_of_an_editor_are_written_out() -> None:
    data = '<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;"><g/></svg>'

    assert etree.fromstring(clean_svg(data.encode())).tag == "{http://www.w3.org/2000/svg}svg"


# From the capture to the note.


def keep_capture(spool: Spool, body: str, **images: bytes) -> None:
    text = "<p>A sentence that is long enough to be one of an article, and then some more.</p>"
    capture = CaptureRequest(
        id=ID,
        url="https://example.org/page",
        title="T",
        html=f"<html><body><article>{text}{body}{text}</article></body></html>",
        captured_at=NOW,
        images=tuple(
            Image(f"https://example.org/{name}.png", data) for name, data in images.items()
        ),
    )
    spool.keep_capture(capture, encode(capture))


def noted(
    spool: Spool,
    *,
    images: Images | None = None,
    downloads: Kept | None = None,
    drafted: bool = False,
) -> Made:
    return write_note(
        spool,
        ID,
        has_draft=drafted,
        archived_at=NOW,
        languages=("en",),
        summary=None,
        template="classic",
        templates=Path("/nowhere"),
        images=images or Images(),
        downloads=downloads,
    )


def test_images_that_came_with_the_capture_are_in_the_note_at_once(spool: Spool) -> None:
    keep_capture(spool, '<p><img alt="a" src="https://example.org/a.png"></p>', a=png(), b=png(1))

    assert noted(spool).wanted == ()
    note = spool.note(ID)
    assert f"![a](assets/{note.assets[0].name})" in note.markdown
    assert kept(spool) == {note.assets[0].name: png()}  # not those that are not in the article


def test_for_what_is_to_be_downloaded_only_the_draft_is_written(spool: Spool) -> None:
    keep_capture(spool, f'<p><img alt="a" src="{URL}" width="20"></p>')

    written = noted(spool)
    assert (written.wanted, written.page) == ((URL,), "https://example.org/page")
    asset = keep_image(spool, URL, png(), written.widths[URL])
    noted(spool, drafted=True, downloads=Kept((asset,)))
    assert f'<img src="assets/{asset.name}" alt="a" width="20">' in spool.note(ID).markdown


def test_what_only_the_page_has_is_called_by_its_asset_in_the_draft(spool: Spool) -> None:
    data = f"data:image/png;base64,{base64.b64encode(png(3)).decode()}"
    blob = "blob:https://example.org/1-2"
    body = "".join(f"<p><img alt=a src='{url}'></p>" for url in (data, blob))
    keep_capture(spool, body)
    write_draft(spool, ID, images=Images())

    draft = spool.draft(ID)
    assert re.findall(r"!\[a\]\(.*\)", draft.markdown) == [f"![a](assets/{draft.assets[0].name})"]
    assert [each.error.code for each in draft.unsaved] == ["image-not-captured"]
    assert png(3) in kept(spool).values()


def test_a_drawing_in_the_page_itself_is_saved_with_the_note(spool: Spool) -> None:
    drawing = SVG.format('<circle r="5"/>')
    addresses = (
        f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}",
        f"data:image/svg+xml,{quote(drawing.replace('5', '6'))}",
    )
    keep_capture(spool, "".join(f'<p><img alt="a" src="{url}"></p>' for url in addresses))
    noted(spool)

    note = spool.note(ID)
    assert [asset.name.endswith(".svg") for asset in note.assets] == [True, True]
    assert re.findall(r"!\[a\]\((.*?)\)", note.markdown) == [
        f"assets/{asset.name}" for asset in note.assets
    ]


def test_edits_of_a_draft_survive_and_its_images_are_found_in_them(spool: Spool) -> None:
    keep_capture(spool, '<p><img alt="a" src="https://example.org/a.png"></p>', a=png())
    write_draft(spool, ID, images=Images())
    draft = spool.draft(ID)
    assert f"![a]({URL})" in draft.markdown
    edited = f"Mine, with ![another name]({URL}) and `![a]({URL})`."
    spool.keep_draft(ID, msgspec.structs.replace(draft, markdown=edited))

    noted(spool, drafted=True)
    note = spool.note(ID)
    linked = f"assets/{note.assets[0].name}"
    assert f"Mine, with ![another name]({linked}) and `![a]({URL})`." in note.markdown


def test_an_image_that_is_too_large_or_none_stays_a_link(spool: Spool) -> None:
    body = "".join(f'<p><img alt="{n}" src="https://example.org/{n}.png"></p>' for n in "ab")
    keep_capture(spool, body, a=png(padding=2_000_000), b=b"<p>Not found")

    assert noted(spool, images=Images(largest_mb=1)).wanted == ()
    note = spool.note(ID)
    assert {each.url: each.error.code for each in note.unsaved} == {
        "https://example.org/a.png": "image-too-large",
        "https://example.org/b.png": "image-unknown",
    }
    assert "![a](https://example.org/a.png)" in note.markdown
    assert kept(spool) == {}


def test_a_snapshot_shows_the_images_that_came_and_those_that_were_fetched(spool: Spool) -> None:
    address = "https://example.org/{}.png"
    shown = "".join(f'<img alt="{name}" src="{address.format(name)}">' for name in "abc")
    keep_capture(spool, f"<p>{shown}</p>", a=png(), c=b"no image")
    fetched = keep_image(spool, address.format("b"), png(1))
    noted(spool, downloads=Kept(assets=(fetched,)))

    page = write_snapshot(spool, ID).decode()

    for name, data in (("a", png()), ("b", png(1))):
        uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        assert f'<img alt="{name}" src="{uri}">' in page
    assert '<img alt="c">' in page


def test_with_images_off_nothing_is_kept_or_told(spool: Spool) -> None:
    keep_capture(spool, f'<p><img alt="a" src="{URL}"></p>', a=png())

    assert noted(spool, images=Images(save=False)).wanted == ()
    note = spool.note(ID)
    assert f"![a]({URL})" in note.markdown
    assert (note.assets, note.unsaved, kept(spool)) == ((), (), {})


@pytest.mark.parametrize("size", ['width="1" height="1"', 'width="0"', 'height="1" width="600"'])
def test_what_counts_readers_is_not_part_of_the_note(spool: Spool, size: str) -> None:
    keep_capture(spool, f'<p><img alt="a" src="{URL}" {size}></p>')

    assert noted(spool).wanted == ()
    assert "![" not in spool.note(ID).markdown


# The spool.


def a_note(id: str, *names: str) -> Note:
    assets = tuple(Asset(name, URL) for name in names)
    return Note(id=id, url=URL, title="T", markdown="text", archived_at=NOW, assets=assets)


def test_a_capture_reads_back_as_it_came_however_its_parts_are_packed(spool: Spool) -> None:
    keep_capture(spool, '<pre>,"images":[</pre>', a=os.urandom(500_000), b=b"")
    capture = spool.capture(ID)

    assert '<pre>,"images":[</pre>' in capture.html
    assert [len(image.data) for image in capture.images] == [500_000, 0]


def test_only_assets_that_nothing_names_any_longer_are_swept(spool: Spool) -> None:
    for name in ("draft.png", "note.png", "shared.png", "nobodys.png", "fresh.png"):
        spool.keep_asset(name, b"bytes")
        if name != "fresh.png":
            os.utime(spool.asset(name), (0, 0))
    spool.keep_draft("00000001", a_draft("", Asset("draft.png", URL)))
    spool.keep_note(a_note("00000002", "note.png", "shared.png"))
    spool.keep_note(a_note("00000003", "shared.png"))

    spool.sweep()
    assert sorted(kept(spool)) == ["draft.png", "fresh.png", "note.png", "shared.png"]
    spool.remove("00000002")
    spool.sweep()
    assert sorted(kept(spool)) == ["draft.png", "fresh.png", "shared.png"]


def test_an_asset_that_is_there_is_not_written_again_and_counts_as_new(spool: Spool) -> None:
    spool.keep_asset("a.png", b"bytes")
    os.utime(spool.asset("a.png"), (0, 0))
    before = spool.asset("a.png").stat().st_ino

    spool.keep_asset("a.png", b"bytes")
    assert spool.asset("a.png").stat().st_ino == before
    spool.sweep()
    assert kept(spool) == {"a.png": b"bytes"}


def test_an_asset_that_was_cut_is_written_anew(spool: Spool) -> None:
    spool.asset("a.png").write_bytes(b"by")

    spool.keep_asset("a.png", b"bytes")
    assert kept(spool) == {"a.png": b"bytes"}
