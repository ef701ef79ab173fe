"""Notes as the extension's pages show them: nothing in them acts, nothing is fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tools.chromium import Extension, Target

pytestmark = pytest.mark.chromium

#: All that could act, each of which would say so.
HOSTILE = """
<script>globalThis.acted = 1</script>
<img src="x:y" onerror="globalThis.acted = 2"> <svg onload="globalThis.acted = 3"></svg>
<iframe srcdoc="<script>parent.acted = 4</script>"></iframe>
<form action="https://example.org/"><input name="a"><button>Send</button></form>
<link rel="stylesheet" href="https://example.org/a.css"><style>body { display: none }</style>
<base href="https://example.org/"><meta http-equiv="refresh" content="0;url=https://example.org/">
<a id="form" name="title" href="javascript:globalThis.acted = 5" style="color: red">a</a>
[b](javascript:globalThis.acted=6) [c](data:text/html,x) [d](../options/options.html) <x-y>z</x-y>
<video src="https://example.org/a.mp4" autoplay></video> <math><mtext></form><form></math>
"""

DRAWN = """[...shown.querySelectorAll("*")].map((element) => [
    element.localName, ...[...element.attributes].map(({ name, value }) => `${name}=${value}`)])"""


@pytest.fixture
def form(extension: Extension, site: Site) -> Target:
    extension.trigger(extension.browser.open(site.publish(Article(1))))
    opened = extension.popup()
    opened.wait_until("document.body?.dataset.stage === 'editing'")
    return opened


def drawn(form: Target, markdown: str) -> Any:
    """The elements of *markdown* in the document of the form, with their attributes."""
    return form.evaluate(f"""import("/extension/rendering.js").then(({{ renderSafely }}) => {{
        const shown = globalThis.shown = document.createElement("div");
        shown.append(renderSafely({json.dumps(markdown)}));
        document.body.append(shown);
        return {DRAWN};
    }})""")


def test_a_note_is_rendered_with_its_tables_lists_and_code(form: Target) -> None:
    elements = drawn(
        form,
        "# T\n\n- a **b** ~~c~~\n\n| x | y |\n| --- | --: |\n| 1 | 2 |\n\n```py\nd\n```\n\n3. e\n"
        '\n<table><tr><td colspan="2">f</td></tr></table>\n',
    )

    names = [name for name, *_ in elements]
    assert {"h1", "ul", "li", "strong", "s", "table", "pre", "code", "ol"} <= set(names)
    assert ["td", "align=right"] in elements
    assert ["ol", "start=3"] in elements
    assert ["td", "colspan=2"] in elements


def test_footnotes_formulas_and_callouts_are_shown_as_such(form: Target) -> None:
    elements = drawn(
        form,
        "a[^1] $x_i*2*3_j$ and $5 or $6\n\n> [!NOTE]\n> **T**\n>\n> b\n\n$$\ny\n$$\n\n[^1]: c\n",
    )

    names = [name for name, *_ in elements]
    assert names.count("sup") == 1
    assert names.count("li") == 1
    assert "em" not in names
    assert [each for each in elements if each[0] == "code"] == [["code", "class=math"]] * 2
    assert ["strong", "class=callout"] in elements
    text = form.evaluate("shown.innerText")
    assert "x_i*2*3_j and $5 or $6" in text
    assert "NOTE" in text
    assert "[!" not in text
    assert "↩" not in text


def test_a_note_takes_no_look_of_the_page(form: Target) -> None:
    assert drawn(form, '<b class="error">a</b> <b class="callout">b</b>') == [
        ["p"],
        ["b"],
        ["b", "class=callout"],
    ]


def test_a_link_leads_to_the_web_in_a_tab_of_its_own_or_nowhere(form: Target) -> None:
    elements = drawn(form, "[a](https://example.org/a) [b](/b) [c](#c) [d](../d)")

    web = ["a", "href=https://example.org/a", "target=_blank", "rel=noreferrer"]
    assert elements == [["p"], web, ["a"], ["a"], ["a"]]


def test_nothing_in_a_hostile_note_acts_or_is_fetched(form: Target) -> None:
    elements = drawn(form, HOSTILE)
    form.evaluate("new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))")

    assert form.evaluate("globalThis.acted ?? null") is None
    names = {name for name, *_ in elements}
    assert names <= {"p", "a", "span", "div", "br"}, names
    attributes = {each.split("=")[0] for _, *rest in elements for each in rest}
    assert attributes <= {"class"}, attributes
    asked = form.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert not [url for url in asked if "example.org" in url]


def test_an_image_is_its_address_until_somebody_follows_it(form: Target) -> None:
    elements = drawn(
        form, '![sea](https://example.org/a.png) <img src="assets/b.png" alt="B"> ![d](data:x,y)'
    )

    picture, *rest = [each for each in elements if each[0] in {"a", "img"}]
    assert "href=https://example.org/a.png" in picture
    assert rest == []
    texts = form.evaluate("[...shown.querySelectorAll('.picture')].map((it) => it.textContent)")
    assert texts[:2] == ["seahttps://example.org/a.png", "Bassets/b.png"]
    assert "data:" not in "".join(texts)


def test_a_line_of_a_megabyte_is_shown_and_a_text_beyond_is_cut(form: Target) -> None:
    length = form.evaluate("""import("/extension/rendering.js").then((rendering) => {
        const since = performance.now();
        const length = rendering.renderSafely("x".repeat(1_000_000)).textContent.trim().length;
        return [length, rendering.MOST_RENDERED, performance.now() - since];
    })""")

    assert length[0] == length[1]
    assert length[2] < 2000


@pytest.mark.parametrize(
    "part", ["[", "*a **b ", "> ", "<div>", "- ", "`a``b", "![](", "|", "$", "[^1]", "$a\\\\$"]
)
def test_no_pattern_makes_the_page_hang(form: Target, part: str) -> None:
    taken = form.evaluate(
        f"""import("/extension/rendering.js").then(({{ renderSafely, MOST_RENDERED }}) => {{
            const since = performance.now();
            renderSafely({json.dumps(part)}.repeat(MOST_RENDERED));
            return performance.now() - since;
        }})""",
        timeout=60,
    )

    print(f"{part!r}: {taken:.0f} ms")
    assert taken < 5000
