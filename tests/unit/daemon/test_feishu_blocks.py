"""Markdown of notes → blocks of a document: nothing is lost, nothing is sent that is refused."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.backends.feishu.batches import batches
from daemon.backends.feishu.blocks import (
    BULLET,
    CALLOUT,
    CELL,
    CODE,
    DIVIDER,
    HEADING,
    IMAGE,
    KEYS,
    ORDERED,
    QUOTE,
    QUOTES,
    ROOM,
    TABLE,
    TEXT,
    TODO,
    Block,
    Image,
    weight,
)
from daemon.backends.feishu.plain import plainer
from daemon.backends.feishu.reader import DEEPEST
from daemon.backends.feishu.reading import blocks_of
from daemon.extract import extract, parse
from daemon.markdown.writer import render
from daemon.model import Asset, Draft
from daemon.note import note_from, summary_from
from tests.fakes.docx_markdown import note_outline, outline
from tests.fakes.feishu_schemas import check_request
from tests.fakes.feishu_shapes import InsertDescendants
from tests.fakes.feishu_tree import Document
from tests.timing import seconds

PAGES = sorted(Path(__file__).parents[2].joinpath("pages").iterdir())
NAME = f"{'a' * 32}.webp"
ASSET = Asset(NAME, "https://page.example/a.webp", 320)
SUMMARY = """\
### A queue

#### Core

1. **First**
   - a point with *weight*
   - another
2. **Second**

| Name | Value |
| --- | --- |
| a | `1` |

#queue #sqlite"""


def stored(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """What the stand-in for Feishu, which is strict, has of *blocks* once all calls are made."""
    document = Document("Title", "owner", "folder", 0)
    ids: dict[str | None, str] = {None: document.id}
    images: dict[str, Image] = {}
    for call in batches(blocks):
        asked = InsertDescendants(children_id=call.children_id, descendants=call.descendants)
        _, made = document.insert(ids[call.parent], asked)
        ids.update(made)
        images |= {made[id]: image for id, image in call.images}
    shown = [document.shown(node) for node in document.in_order()]
    for block in shown:
        if image := images.get(block["block_id"]):
            block["image"] = {"token": image.name, "caption": {"content": image.caption}}
    return shown


def outlined(markdown: str, *assets: Asset) -> list[str]:
    names = {asset.name: asset.name for asset in assets}
    return outline(stored(blocks_of(markdown, assets)), images=names)


def described(blocks: Sequence[Block]) -> list[str | None]:
    """What the official schemas have against the calls that send *blocks*."""
    path = "/open-apis/docx/v1/documents/d/blocks/b/descendant"
    bodies = (
        {"children_id": call.children_id, "index": -1, "descendants": call.descendants}
        for call in batches(blocks)
    )
    return [check_request("POST", path, "", json.dumps(body).encode()) for body in bodies]


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from walk(block.children)


def text_of(blocks: Iterable[Block]) -> str:
    """All that is written in *blocks*, the captions too."""
    parts = []
    for block in walk(blocks):
        elements = block.content.get("elements", ())
        parts += [part["content"] for element in elements for part in element.values()]
        parts += [block.image.caption, "\n"] if block.image else ["\n"]
    return "".join(parts)


def kinds(blocks: Iterable[Block]) -> list[int]:
    return [block.type for block in blocks]


def runs(block: Block) -> list[tuple[str, dict[str, Any]]]:
    """The texts of a block with their styles, links decoded."""
    found = []
    for element in block.content["elements"]:
        run = element["text_run"]
        style = dict(run.get("text_element_style", {}))
        if "link" in style:
            style["link"] = unquote(style["link"]["url"])
        found.append((run["content"], style))
    return found


def only(markdown: str, *assets: Asset) -> Block:
    [block] = blocks_of(markdown, assets)
    return block


# Whole notes.


@pytest.mark.parametrize("template", ["classic", "plain"])
@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_a_document_has_the_structure_of_its_note(folder: Path, template: str) -> None:
    page = parse((folder / "page.html").read_text("utf-8"))
    article = extract(page, "https://news.portal.example/page")
    draft = Draft(url=article.url, title=article.title, markdown=render(article.body), text=None)
    note = note_from(
        draft,
        summary_from(SUMMARY, made_by="a-model"),
        id="0" * 32,
        archived_at=datetime(2025, 7, 25, 2, 7, 18, tzinfo=UTC),
        language="en",
        template=template,
        templates=Path(),
    )

    # The one difference: the note's own title is the document's.
    expected = note_outline(note.markdown)
    assert expected[0] == f"# {article.title}"
    assert outlined(note.markdown) == expected[1:]


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_an_article_becomes_a_document_with_its_structure(folder: Path) -> None:
    markdown = (folder / "note.md").read_text("utf-8")

    assert outlined(markdown) == note_outline(markdown)[1:]


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        # Feishu has no HTML: what a note needs of it is a block or a style, the rest is text.
        ("<b>a</b> <u>b</u>", ["[a]{bold} [b]{underline}"]),
        ("List<String> <script>x</script>", ["List<String> <script>x</script>"]),
        ("<script>\nx < 1\n</script>", ["<script> x < 1 </script>"]),
        ("H<sub>2</sub>O x<sup>n+1</sup> y<sup>好</sup>", ["H₂O xⁿ⁺¹ y^(好)"]),
        ("<kbd>Ctrl</kbd>", ["[Ctrl]{inline_code}"]),
        ("<details><summary>More</summary>\n\n- a\n\n</details>", ["[More]{bold}", "- a"]),
        ("a<br>b <!-- unseen -->", ["a⏎b"]),
        ("a <!-- no end", ["a <!-- no end"]),
        ("<!-- no end\n\nb", ["<!-- no end b"]),
        # It has no footnotes either.
        ("a[^1]\n\n[^1]: b\n\n    c", ["a[1]", "[1] b", "c"]),
        ("a[^1]\n\n[^2]: not referred to", ["a[^1]", "[2] not referred to"]),
        # A line that ends is a space, or nothing in Chinese; a break is one.
        ("a\nb\\\nc", ["a b⏎c"]),
        ("中\n文", ["中文"]),
        ("- [ ] a\n- [x] b\n- \\[ ] c", ["- [ ] a", "- [x] b", "- [ ] c"]),
        ("3. a\n4. b", ["3. a", "4. b"]),
        ("1. a\n\n<!-- -->\n\n1. b", ["1. a", "1. b"]),
        ("- # a\n- ```\n  b\n  ```", ["- [a]{bold}", "-", "  ```", "  b"]),
        ("> [!TIP]\n> a\n> b", ["> [!]", "  [Tip]{bold}", "  a b"]),
        ("> [!faq]- *Why*?\n>\n> - a", ["> [!]", "  [Why]{bold italic}[?]{bold}", "  - a"]),
        ("> [!note]\n> ```py\n> a\n> ```", [">", "  [Note]{bold}", "  ```python", "  a"]),
        ("> \\[!note] a", [">", "  [!note] a"]),
        ("~~a~~ ***b*** `c`", ["[a]{strikethrough} [b]{bold italic} [c]{inline_code}"]),
        ("[a](b.md) [c](#d) [e](tel:1)", ["a (b.md) c e (tel:1)"]),
        # Images that are not kept do not run into one another, nor their addresses into words.
        ("![a](http://a/1)![b](http://a/2)", ["[a]{http://a/1} [b]{http://a/2}"]),
        ("![](http://a/1)![](http://a/2)", ["http://a/1 http://a/2"]),
        ("a![](http://a/1)*b*", ["a http://a/1 [b]{italic}"]),
        ("![a](http://a/1)\n\nb![c](http://a/2)", ["[a]{http://a/1}", "b[c]{http://a/2}"]),
        ("a![😀](http://a/1)b", ["a[😀]{http://a/1}b"]),
        # A link is named by its words, or by where it leads; not by the address of an image in it.
        ("[![](http://a/1)](http://b/)", ["http://b/"]),
        ("[![](http://a/1) b](http://b/)", ["[b]{http://b/}"]),
        ("[![a](http://a/1)](http://b/)", ["[a]{http://b/}"]),
        ("[![](http://a/1)](#b)", ["http://a/1"]),
    ],
)
def test_what_markdown_and_html_say_is_said_by_blocks(markdown: str, lines: list[str]) -> None:
    assert [line.rstrip() for line in outlined(markdown)] == lines


# Blocks.


def test_headings_go_down_to_the_sixth_and_the_first_is_the_documents_title() -> None:
    blocks = blocks_of("# T\n\n# A\n\n###### B", ())

    assert kinds(blocks) == [HEADING, HEADING + 5]


def test_code_has_its_language_and_all_its_lines() -> None:
    block = only("```rs title=x\nfn a() {\n\n\tb\n}\n```")

    assert block.content == {
        "elements": [{"text_run": {"content": "fn a() {\n\n\tb\n}"}}],
        "style": {"language": 53, "wrap": True},
    }


def test_an_address_is_encoded_as_a_whole() -> None:
    [element] = only("[a](https://b.example/?q=1&r=%20#s)").content["elements"]

    url = element["text_run"]["text_element_style"]["link"]["url"]
    assert url == "https%3A%2F%2Fb.example%2F%3Fq%3D1%26r%3D%2520%23s"


def test_a_bare_address_is_a_link_without_the_punctuation_behind_it() -> None:
    texts = runs(only("(see www.a.example/x_(y)). 和https://b.example/路，好 `https://c.example`"))

    assert [(text, style["link"]) for text, style in texts if "link" in style] == [
        ("www.a.example/x_(y)", "http://www.a.example/x_(y)"),
        ("https://b.example/路", "https://b.example/路"),
    ]


@pytest.mark.parametrize(
    ("markdown", "equations"),
    [
        ("$x^2$ and 公式$y_1$是", ["x^2", "y_1"]),
        ("$$\n\\int x\n$$", ["\\int x"]),
        ("a $$b$$ c", ["b"]),
        ("- a\n\n  $$b$$", ["b"]),
        ("it costs $5 and $10, or \\$a\\$", []),
        ("https://a.example/?a=$b&c=$d", []),
        ("$ a$ $b $ $$ $$", []),
        (f"$${'x' * 10_001}$$", []),
    ],
)
def test_equations_are_told_from_money(markdown: str, equations: list[str]) -> None:
    blocks = list(walk(blocks_of(markdown, ())))

    elements = [part for block in blocks for part in block.content.get("elements", ())]
    found = [part["equation"]["content"] for part in elements if "equation" in part]
    assert found == equations
    assert markdown.count("x") == text_of(blocks).count("x")


def test_properties_are_a_list_and_their_title_is_the_documents() -> None:
    markdown = '---\ntitle: "T"\nurl: "https://a.example/"\ntags: ["a", "b"]\n---\n\n## B\n'

    assert outlined(markdown) == [
        "- [url]{bold}: https://a.example/",
        "- [tags]{bold}: a, b",
        "---",
        "## B",
    ]


def test_other_yaml_stays_as_it_is_and_a_line_is_no_properties() -> None:
    assert outlined("---\na:\n  - b\n---\nc") == ["```yaml", "a:", "  - b", "---", "c"]
    assert outlined("---\n\nfoo\n\n---\n") == ["---", "foo", "---"]


def test_a_heading_that_is_not_the_title_of_the_properties_stays() -> None:
    assert outlined('---\ntitle: "T"\n---\n\n# U\n') == ["# U"]
    assert outlined('---\ntitle: "T"\n---\n\n# T\n') == []


# Images.


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        (f"a ![b](assets/{NAME}) c", [TEXT, IMAGE, TEXT]),
        (f"## a ![b](assets/{NAME})", [HEADING + 1, IMAGE]),
        (f"- ![b](assets/{NAME})", [BULLET, IMAGE]),
        (f"- a\n\n  ![b](assets/{NAME})", [BULLET, IMAGE]),
        (f"> ![b](assets/{NAME})", [QUOTES, IMAGE]),
        (f"> [!note]\n> ![b](assets/{NAME})", [QUOTES, TEXT, IMAGE]),
        (f"| a |\n| - |\n| ![b](assets/{NAME}) c |", [TABLE, CELL, TEXT, CELL, IMAGE, TEXT]),
        (f"[![b](assets/{NAME})]({ASSET.url})", [IMAGE]),
        (f"[![b](assets/{NAME})](https://other.example/)", [IMAGE, TEXT]),
    ],
)
def test_an_asset_is_an_image_block_at_its_place(markdown: str, expected: list[int]) -> None:
    assert kinds(walk(blocks_of(markdown, (ASSET,)))) == expected


def test_an_image_has_what_the_note_says_of_it() -> None:
    blocks = blocks_of(
        f"![a *b*](assets/{NAME})\n\n"
        f'<img src="assets/{NAME}" title="c" width="64">\n\n'
        f"[![d](assets/{NAME})](https://other.example/)",
        (ASSET,),
    )

    assert [block.image for block in blocks] == [
        Image(NAME, "a b", 320, ASSET.url),
        Image(NAME, "c", 64, ASSET.url),
        Image(NAME, "", 320, ASSET.url),
        None,
    ]
    assert runs(blocks[3]) == [("d", {"link": "https://other.example/"})]


def test_an_image_that_is_no_asset_is_a_link() -> None:
    block = only("![a](https://b.example/c.png) ![](https://b.example/d.png) ![e](assets/f.png)")

    assert runs(block) == [
        ("a", {"link": "https://b.example/c.png"}),
        (" ", {}),
        ("https://b.example/d.png", {"link": "https://b.example/d.png"}),
        (" e", {}),
    ]


# Tables.


def shape(table: Block) -> dict[str, Any]:
    found: dict[str, Any] = table.content["property"]
    return found


def table_of(rows: int, columns: int, cell: str = "x") -> str:
    row = f"|{f'{cell}|' * columns}\n"
    return row + f"|{'-|' * columns}\n" + row * (rows - 1)


def test_a_table_has_its_header_and_widths_by_what_is_in_it() -> None:
    block = only("| a | b |\n| - | - |\n| 1 | 很长很长很长很长的一段文字 |\n")

    assert shape(block) == {
        "row_size": 2,
        "column_size": 2,
        "column_width": [80, 234],
        "header_row": True,
    }


def test_a_header_without_words_is_none() -> None:
    block = only("|  |  |\n| - | - |\n| 1 | 2 |\n")

    assert shape(block)["row_size"] == 1
    assert "header_row" not in shape(block)


def test_a_table_of_html_has_its_spans_and_blocks_in_cells() -> None:
    markdown = (
        "<table><tr><th colspan=2>h</th></tr>"
        "<tr><td rowspan=2>a</td><td>b<p>c<ul><li>d</ul></td></tr><tr><td>e</td></tr></table>"
    )

    assert outlined(markdown) == ["| h |  |", "|---|", "| a | b / c / - d |", "|  | e |"]


def test_a_table_in_a_cell_is_lines() -> None:
    markdown = "<table><tr><td>a<table><tr><td>b<td>c</table></table>"

    assert outlined(markdown) == ["| a / b | c |"]


def test_wide_columns_share_the_page() -> None:
    widths = shape(only(table_of(2, 6, "word " * 40)))["column_width"]

    assert sum(widths) <= 820 + 6
    assert len(set(widths)) == 1


@pytest.mark.parametrize(
    ("rows", "columns"), [(120, 3), (120, 5), (5_000, 2), (3, 120), (40, 99), (1, 1), (900, 1)]
)
def test_large_tables_are_split_and_no_cell_is_lost(rows: int, columns: int) -> None:
    blocks = blocks_of(table_of(rows, columns), ())

    kept = 0
    for block in blocks:
        height, width = shape(block)["row_size"], shape(block)["column_size"]
        assert weight(block).fits(ROOM)
        assert len(block.children) == height * width <= 2_000
        assert width == len(shape(block)["column_width"]) <= 50
        assert shape(block)["header_row"]
        kept += height * width
    assert kept >= rows * columns
    assert text_of(blocks).count("x") == kept


def test_each_part_of_a_long_table_begins_with_the_header() -> None:
    rows = "".join(f"| {number} | x |\n" for number in range(600))
    blocks = blocks_of(f"| No | b |\n| - | - |\n{rows}", ())

    firsts = [text_of([block.children[0]]).strip() for block in blocks]
    numbers = re.findall(r"\d+", text_of(blocks))
    assert firsts == ["No"] * len(blocks)
    assert numbers == [str(number) for number in range(600)]


def test_each_part_of_a_wide_table_begins_with_the_first_column() -> None:
    names = "|".join(f"c{number}" for number in range(120))
    blocks = blocks_of(f"|{names}|\n|{'-|' * 120}\n", ())

    firsts = [text_of([block.children[0]]).strip() for block in blocks]
    assert firsts == ["c0"] * 3


def test_a_row_of_many_images_is_sent_as_a_table_with_its_cells() -> None:
    cells = f"![](assets/{NAME})|" * 30
    blocks = blocks_of(f"|{'a|' * 30}\n|{'-|' * 30}\n|{cells}\n", (ASSET,))

    calls = batches(blocks)
    assert len(calls[0].images) == 20
    assert sum(len(call.images) for call in calls) == 30
    assert all(len(call.images) <= 20 for call in calls)


def test_a_table_of_gaps_is_lines() -> None:
    cells = "<td>x" * 40_000
    blocks = blocks_of(f"<table><tr>{cells}</tr>{'<tr><td>y</tr>' * 3_000}</table>", ())

    assert set(kinds(blocks)) == {TEXT}
    assert text_of(blocks).count("x") == 40_000


# Limits.


ALLOWED = frozenset(KEYS)
CHILDLESS = {CODE, QUOTE, DIVIDER, IMAGE}


def check(blocks: Sequence[Block], depth: int = 1) -> None:
    """What every document keeps to."""
    for block in blocks:
        assert depth <= DEEPEST + 3
        assert block.type in ALLOWED
        assert not (block.children and block.type in CHILDLESS)
        if block.type in {CELL, CALLOUT, QUOTES}:
            assert block.children
        if block.type == CALLOUT:
            assert not {IMAGE, TABLE, CODE, DIVIDER} & set(kinds(walk(block.children)))
        if block.type == CELL:
            assert TABLE not in kinds(walk(block.children))
        if block.type not in {CELL, QUOTES, CALLOUT, DIVIDER, IMAGE, TABLE}:
            check_elements(block.content["elements"])
        assert (block.type == IMAGE) == (block.image is not None)
        check(block.children, depth + 1)


def check_elements(elements: Sequence[dict[str, Any]]) -> None:
    assert elements
    for element in elements:
        [(kind, part)] = element.items()
        assert kind in {"text_run", "equation"}
        assert len(part["content"]) <= 10_000
        assert kind == "text_run" or part["content"]
        part["content"].encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", part["content"])
    assert sum(len(next(iter(part.values()))["content"]) for part in elements) <= 50_000


def test_nothing_that_cannot_be_sent_is_sent() -> None:
    blocks = blocks_of("# t\x00\n\na\ud800b\x07c&#7;\x85 [d\x1b](http://e\x02) `f\x00`\r\ng", ())

    check(blocks)
    assert text_of(blocks).startswith("a\ufffdbc")


@pytest.mark.parametrize("length", [50_000, 50_001, 1_000_000])
def test_a_long_text_is_several_blocks(length: int) -> None:
    lines = "xxx\n" * (length // 4)
    for markdown in ["x" * length, f"```\n{lines}```", f"- {'x' * length}"]:
        blocks = blocks_of(markdown, ())

        check(blocks)
        assert text_of(blocks).count("x") == markdown.count("x")


DEEP = {
    "quotes": "> " * 5_000 + "x",
    "lists": "- " * 5_000 + "x",
    "lists in lines": "\n".join("  " * depth + "- x" for depth in range(500)),
    "quotes in lines": "\n\n".join("> " * depth + "x" for depth in range(300)),
    "ordered": "1. " * 5_000 + "x",
    "footnotes": "[^a]: " * 5_000 + "x",
    "callouts": "> [!note]\n> x\n> " + "> " * 2_000 + "x",
    "quotes and lists": "> - " * 3_000 + "x",
    "HTML lists": "<ul><li>x" * 5_000,
    "HTML quotes": "<blockquote>x" * 5_000,
    "HTML tables": "<table><tr><td>x" * 3_000,
    "emphasis": "*x" * 2_000 + "*" * 2_000,
    "links": "[" * 3_000 + "x" + "](https://a.e)" * 3_000,
    "images": "![" * 300 + "x" + "](https://a.e)" * 300,
    "marks": "<b>" * 5_000 + "x",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_lies_too_deep_stands_beside_and_is_not_lost(name: str) -> None:
    blocks = blocks_of(DEEP[name], ())

    check(blocks)
    expected = DEEP[name].count("x")
    assert text_of(blocks).count("x") == expected
    assert text_of(plainer(blocks)).count("x") == expected


LONG = {
    "paragraphs": "a *b* [c](https://d.example) e\n\n",
    "tasks": "- [ ] a\n",
    "rows": "| a | b |\n",
    "dollars": "$$a\n",
    "dollars apart": "$$a\n\n",
    "emphasis": "*a **b ",
    "addresses": "https://a.example/(b ",
    "tags": "<b>a</b> ",
    "images": f"![](assets/{NAME}) ",
    "spans": "<span>a",
}


@pytest.mark.parametrize("name", LONG)
def test_time_grows_with_the_length_alone(name: str) -> None:
    head = "| a | b |\n| - | - |\n" if name == "rows" else ""

    def took(count: int) -> float:
        return seconds(lambda: batches(blocks_of(head + LONG[name] * count, (ASSET,))))

    # With the square of the length it would take 64 times as long.
    assert took(8_000) < 24 * max(took(1_000), 0.02)


MARKDOWN = [
    "# ",
    "> ",
    "- ",
    "1. ",
    "    ",
    "```",
    "```py\n",
    "**",
    "*",
    "~~",
    "$",
    "$$",
    "\\",
    "`",
]
MARKDOWN += ["\n", "\n\n", "---\n", "[^1]", "[^1]: ", "> [!note] ", "- [ ] ", "|", "| - | - |\n"]
MARKDOWN += ["中文", "a", "b ", "&amp;", "<br>", "<b>", "</b>", "https://a.b/c", "![", "\x00", "\t"]
HTML = [
    "<td>",
    "<table>",
    "<tr>",
    "</table>",
    "<li>",
    "<h2>",
    "<blockquote>",
    "<!--",
    "<pre>",
    "<a",
]
HTML += [
    "<details>",
    "<summary>",
    f"<img src=assets/{NAME}>",
    f"](assets/{NAME})",
    "](u)",
    "[",
    "]",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(MARKDOWN + HTML), max_size=40).map("".join))
def test_whatever_a_note_says_its_document_is_valid(markdown: str) -> None:
    blocks = blocks_of(markdown, (ASSET,))

    check(blocks)
    check(plainer(blocks))
    stored(blocks)
    stored(plainer(blocks))
    assert pickle.loads(pickle.dumps(blocks)) == blocks


#: What stands behind a fence names the language of its code.
NAMED = re.compile("(?:```|~~~)[^\n]*中文")


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from(MARKDOWN), max_size=40)
    .map("".join)
    .filter(lambda markdown: not NAMED.search(markdown))
)
def test_no_word_is_lost(markdown: str) -> None:
    blocks = blocks_of(f"a\n\n{markdown}", ())

    words = markdown.count("中文")
    assert text_of(blocks).count("中文") == words
    assert text_of(plainer(blocks)).count("中文") == words


# The simpler form.


RICH = f"""\
a **b** [c](https://d.example) $e$

> [!note]
> f

> g
>
> - h

1. i
   1. j
   2. k
2. l

- [x] m

| n | o |
| - | - |
| p | ![q](assets/{NAME}) |

```py
r
```

5. s

---
"""


def test_the_simpler_form_is_flat_and_says_the_same() -> None:
    blocks = blocks_of(RICH, (ASSET,))
    plain = plainer(blocks)

    assert all(not block.children for block in plain)
    assert {block.type for block in plain} <= {
        *(TEXT, BULLET, ORDERED, CODE, QUOTE, TODO, DIVIDER, IMAGE)
    }
    styles = [block.content.get("style", {}) for block in plain]
    assert [style for style in styles if style] == [{"done": True}]
    assert all("text_element_style" not in str(block.content) for block in plain)
    assert outline(stored(plain)) == [
        "a b c (https://d.example) $e$",
        "> Note",
        "> f",
        "> g",
        "- h",
        "1. i",
        "- 1. j",
        "- 2. k",
        "- 2. l",
        "- [x] m",
        "n | o",
        "p |",
        "![q](unknown)",
        "```",
        "r",
        "5. s",
        "---",
    ]


def test_the_official_schemas_know_the_calls() -> None:
    blocks = blocks_of(RICH, (ASSET,))

    assert described(blocks) == [None]
    assert described(plainer(blocks)) == [None]


def test_an_empty_note_has_no_blocks() -> None:
    assert blocks_of("", ()) == ()
    assert blocks_of("# Title\n", ()) == ()
    assert plainer(()) == ()
