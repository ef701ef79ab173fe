"""The preview in the form: edited block by block, where it is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article, parts_of
from tests.e2e.test_form import ON, opened, view_of
from tests.e2e.user import note_of
from tools.waiting import poll

if TYPE_CHECKING:
    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Page, Target

pytestmark = pytest.mark.chromium

BLOCKS = "document.querySelectorAll('#preview .block')"
MARKDOWN = "document.querySelector('#markdown').value"
FIELD = "document.querySelector('#preview textarea')"
#: What is edited, in two parts: before and after the caret.
WRITTEN = f"""(({{ value, selectionStart: caret }}) => [value.slice(0, caret), value.slice(caret)])(
    {FIELD})"""
#: Where every block is.
PLACES = f"[...{BLOCKS}].map((block) => JSON.stringify(block.getBoundingClientRect()))"
#: Where *text* ends on the screen, once it is there and was scrolled into view.
PLACE = """((text) => {
    const panel = document.querySelector("#preview");
    const nodes = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
        const { data, parentElement: around } = nodes.currentNode;
        if (data.includes(text) && around.closest("[aria-hidden]") === null) {
            around.scrollIntoView({ block: "nearest" });
            const range = document.createRange();
            range.setStart(nodes.currentNode, data.indexOf(text));
            range.setEnd(nodes.currentNode, data.indexOf(text) + text.length);
            const { right, y, height } = range.getBoundingClientRect();
            return [right - 1, y + height / 2];
        }
    }
    return null;
})"""

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tides of the bay</title>
<main><article><h1>Tides of the bay</h1>
<p>The tide rises by <b>sixteen</b> metres in the bay, more than <i>anywhere</i> else, and each
coast answers <a href="/moon">the moon</a> in its own way, as the harbour has written down.</p>
<h2>What was measured</h2>
<ul><li>In January, twelve metres<ul><li>of them two at neap</li></ul></li><li>In June</li></ul>
<table><tr><th>Harbour</th><th>Metres</th></tr><tr><td>A</td><td>12</td></tr></table>
<pre><code class="language-py">tide = 16


print(tide)</code></pre>
<blockquote><p>Nobody believes it who has not seen it, and whoever has tells of nothing else.</p>
</blockquote>
<p>In the Baltic it is hardly seen, for the straits let too little water in.</p>
</article></main></html>
"""

TEXT = """# A heading

First, a **bold** word and [a link](https://example.org/a)[^1].

- one
- two

| x | y |
| --- | --- |
| 1 | 2 |

Last.

[^1]: A note
"""

DETAILS = """before

<details data-block="0">
<summary>More</summary>

inside

</details>

after
"""


@pytest.fixture
def page(extension: Extension, site: Site) -> Page:
    return extension.browser.open(site.publish(Article(1)))


@pytest.fixture
def form(extension: Extension, page: Page) -> Target:
    form = opened(extension, page)
    form.wait_until(f"{BLOCKS}.length > 0")
    return form


def put(form: Target, markdown: str) -> None:
    """Let *markdown* be the text of the form."""
    form.click("#tab-source")
    form.evaluate("document.querySelector('#markdown').select()")
    form.call("Input.insertText", {"text": markdown})
    form.evaluate(f"globalThis.last = {BLOCKS}[0]; undefined")
    form.click("#tab-preview")
    form.wait_until(f"{BLOCKS}.length > 0 && {BLOCKS}[0] !== last")


def mouse(form: Target, kind: str, place: list[float], **more: Any) -> None:
    at = {"x": place[0], "y": place[1], **more}
    form.call("Input.dispatchMouseEvent", {"type": kind, **at})


def click_on(form: Target, text: str, *, count: int = 1) -> None:
    """Click behind *text* in the preview."""
    place = form.wait_until(f"{PLACE}({json.dumps(text)})")
    for each in range(1, count + 1):
        for kind in ("mousePressed", "mouseReleased"):
            mouse(form, kind, place, button="left", clickCount=each)


def write(form: Target, text: str) -> None:
    form.call("Input.insertText", {"text": text})


def clear(form: Target) -> None:
    """Take out all that is in the field."""
    form.evaluate(f"{FIELD}.select()")
    form.press("Delete")


def test_what_is_edited_in_the_preview_is_all_that_changes_in_the_note(
    extension: Extension, site: Site, user: User
) -> None:
    (site.folder / "tides.html").write_text(PAGE, "utf-8")
    address = f"{site.address}/tides.html"
    page = extension.browser.open(address)
    form = opened(extension, page)
    with user.daemon.events() as events:
        form.click("#archive")
        untouched = parts_of(note_of(events, user, address))["text"]
    form.close()
    form = opened(extension, page)
    form.wait_until(f"{BLOCKS}.length === 7")
    click_on(form, "more than")
    assert form.evaluate(WRITTEN)[0].endswith("sixteen** metres in the bay, more than")
    write(form, " $a_b$ nearly")
    with user.daemon.events() as events:
        form.press("Ctrl+Enter")
        text = parts_of(note_of(events, user, address))["text"]

    assert untouched.count("more than") == 1
    assert text == untouched.replace("more than", "more than $a_b$ nearly")


def test_a_block_is_edited_in_its_place_and_read_again_after_it(form: Target) -> None:
    put(form, TEXT)
    click_on(form, "bold")
    before, after = form.evaluate(WRITTEN)
    assert (before, after[:7]) == ("First, a **bold", "** word")
    assert form.evaluate(f"{FIELD}.scrollHeight <= {FIELD}.clientHeight")
    write(form, "er")
    form.press("ArrowUp")
    assert form.evaluate(WRITTEN) == ["# A heading", ""]
    assert form.evaluate(
        f"{FIELD}.clientHeight < 2 * parseFloat(getComputedStyle({FIELD}).lineHeight)"
    )
    form.press("Escape")

    assert form.evaluate(ON) == "preview"
    assert form.evaluate("document.querySelector('#preview strong').textContent") == "bolder"
    assert form.evaluate(MARKDOWN) == TEXT.replace("bold", "bolder")


def test_each_block_has_its_markdown(form: Target) -> None:
    put(form, TEXT)
    found = {}
    for shown in ("A heading", "two", "2", "A note"):
        click_on(form, shown)
        found[shown] = "".join(form.evaluate(WRITTEN))

    assert found == {
        "A heading": "# A heading",
        "two": "- one\n- two",
        "2": "| x | y |\n| --- | --- |\n| 1 | 2 |",
        "A note": "[^1]: A note",
    }


def test_one_block_after_the_other_is_edited_by_clicks(form: Target) -> None:
    put(form, TEXT)
    click_on(form, "A heading")
    write(form, "\n\nA new paragraph, longer than what it pushes down by a line or even two.")
    click_on(form, "two")
    assert "".join(form.evaluate(WRITTEN)) == "- one\n- two"
    write(form, "!")
    click_on(form, "A new paragraph")
    assert form.evaluate(WRITTEN)[0] == "A new paragraph"
    form.click("#title")

    assert form.evaluate(f"{FIELD} === null")
    assert form.evaluate(ON) == "title"
    assert form.evaluate(MARKDOWN) == TEXT.replace(
        "A heading",
        "A heading\n\nA new paragraph, longer than what it pushes down by a line or even two.",
    ).replace("two\n\n|", "two!\n\n|")


def test_what_is_typed_stays_when_the_form_closes_meanwhile(
    extension: Extension, page: Page, form: Target, user: User
) -> None:
    click_on(form, "第1页上")
    write(form, "（未完）")
    form.close()

    poll(lambda: "第1页上（未完）" in view_of(user)["markdown"], "what was typed", timeout=30)
    again = opened(extension, page)
    again.wait_until("document.querySelector('#preview').textContent.includes('（未完）')")


def test_the_preview_is_edited_by_keyboard_alone(form: Target) -> None:
    put(form, TEXT)
    form.press("Tab")
    assert form.evaluate(ON) == "preview"
    assert form.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby'))"
        ".textContent.includes('Enter')"
    )
    form.press("Enter")
    assert form.evaluate("document.activeElement.ariaLabel") == "Edit this part"
    assert form.evaluate(WRITTEN) == ["", "# A heading"]
    form.press("ArrowDown")
    assert form.evaluate(WRITTEN)[1].startswith("First, ")
    form.press("ArrowUp")
    assert form.evaluate(WRITTEN) == ["# A heading", ""]
    write(form, " of mine")
    form.press("ArrowDown")
    while not form.evaluate(WRITTEN)[1].startswith("- one"):
        form.press("ArrowDown")
    form.press("ArrowDown")
    assert form.evaluate(WRITTEN) == ["- one\n", "- two"]
    form.press("Escape")
    assert form.evaluate(ON) == "preview"
    form.press("Enter")
    form.press("Tab")

    assert form.evaluate(f"{FIELD} === null")
    assert form.evaluate("document.activeElement.textContent") == "a link"
    assert form.evaluate(MARKDOWN) == TEXT.replace("A heading", "A heading of mine")


def test_the_arrows_go_on_only_from_the_first_and_the_last_line_that_is_shown(
    form: Target,
) -> None:
    put(form, f"a\n\n{'wide ' * 60}\n\nb")
    click_on(form, "a")
    form.press("ArrowDown")
    for _ in range(3):
        form.press("ArrowDown")
        assert form.evaluate(WRITTEN)[1] not in {"b", ""}
    form.press("ArrowUp")
    assert form.evaluate(WRITTEN)[0] not in {"a", ""}


def test_a_block_that_is_emptied_goes_with_its_blank_line(form: Target) -> None:
    put(form, TEXT)
    click_on(form, "one")
    clear(form)
    form.press("ArrowDown")

    assert "".join(form.evaluate(WRITTEN)).startswith("| x | y |")
    assert form.evaluate(MARKDOWN) == TEXT.replace("- one\n- two\n\n", "")


def test_a_text_without_anything_is_begun_in_the_preview(form: Target) -> None:
    put(form, "x")
    click_on(form, "x")
    clear(form)
    form.press("Escape")
    assert form.evaluate(MARKDOWN) == ""
    form.press("Enter")
    write(form, "Begun")
    form.press("Escape")

    assert form.evaluate(MARKDOWN) == "Begun"
    assert form.evaluate("document.querySelector('#preview p').textContent") == "Begun"


def test_links_and_selections_are_not_edited(form: Target) -> None:
    put(form, TEXT)
    form.evaluate("addEventListener('click', (event) => event.preventDefault(), true)")
    click_on(form, "a link")
    assert form.evaluate(f"{FIELD} === null")
    start, end = (form.evaluate(f"{PLACE}('{word}')") for word in ("First", "word"))
    mouse(form, "mousePressed", start, button="left", clickCount=1)
    mouse(form, "mouseMoved", end, button="left", buttons=1)
    mouse(form, "mouseReleased", end, button="left", clickCount=1)

    assert form.evaluate("String(getSelection())") == ", a bold word"
    assert form.evaluate(f"{FIELD} === null")


def test_what_is_sent_from_elsewhere_is_not_edited_any_longer(form: Target, user: User) -> None:
    click_on(form, "第1页上")
    user.daemon.ask("POST", f"/captures/{view_of(user)['id']}/archive", {})
    form.wait_until("document.body.dataset.stage === 'archived'")

    assert form.evaluate(f"{FIELD} === null")
    assert not form.evaluate("document.querySelector('#preview').hasAttribute('data-editable')")
    form.evaluate(f"{BLOCKS}[0].click()")
    assert form.evaluate(f"{FIELD} === null")


def test_a_block_that_is_empty_as_the_text_is_sent_is_none(form: Target, user: User) -> None:
    put(form, TEXT)
    click_on(form, "one")
    clear(form)
    form.press("Ctrl+Enter")
    form.wait_until("document.body.dataset.stage === 'archived'")

    assert view_of(user)["markdown"] == TEXT.replace("- one\n- two\n\n", "")


def test_nothing_moves_under_the_mouse(form: Target) -> None:
    put(form, TEXT)
    place = form.wait_until(f"{PLACE}('First')")
    places = form.evaluate(PLACES)
    mouse(form, "mouseMoved", place)

    style = "getComputedStyle(document.querySelector('#preview p')).outlineStyle"
    assert form.evaluate(style) == "solid"
    assert form.evaluate(PLACES) == places


def test_a_part_that_html_folds_is_edited_alone_or_with_what_folds_it(form: Target) -> None:
    put(form, DETAILS)
    click_on(form, "More")
    assert form.evaluate("document.querySelector('#preview details').open")
    assert form.evaluate(f"{FIELD} === null")
    click_on(form, "inside")
    assert form.evaluate(WRITTEN) == ["inside", ""]
    write(form, " it")
    form.press("Escape")
    assert form.evaluate("document.querySelector('#preview details').open")
    click_on(form, "before")
    form.press("ArrowDown")

    whole = DETAILS.removeprefix("before\n\n").removesuffix("\n\nafter\n")
    assert "".join(form.evaluate(WRITTEN)) == whole.replace("inside", "inside it")
    form.press("Escape")
    assert form.evaluate(MARKDOWN) == DETAILS.replace("inside", "inside it")


def test_a_text_cannot_say_what_its_blocks_are(form: Target) -> None:
    forged = "".join(
        f'<div data-block="{name}" class="block editing" id="preview">forged</div>\n\n'
        for name in ("0", "-0", "undefined", "null")
    )
    inline = '<b data-block="-0" class="block">inline</b> and more'
    put(form, f"one\n\n{forged}{inline}\n\ntwo")

    assert form.evaluate(f"[...{BLOCKS}].map(({{ localName }}) => localName)") == [
        *("p", "div", "div", "div", "div", "p", "p"),
    ]
    assert form.evaluate("document.querySelector('[data-block]') === null")
    assert form.evaluate("document.querySelectorAll('.editing, #preview').length") == 1
    click_on(form, "inline")
    assert "".join(form.evaluate(WRITTEN)) == inline
    click_on(form, "two")
    assert form.evaluate(WRITTEN) == ["two", ""]


def test_what_is_no_block_is_edited_in_the_source(form: Target) -> None:
    put(form, "a\n\n<form>\n\n<!-- --> loose\n\n</form>")
    click_on(form, "loose", count=2)

    assert form.evaluate(ON) == "markdown"


def test_of_a_very_long_text_the_beginning_is_edited_and_the_rest_stays(form: Target) -> None:
    rest = "A paragraph of some length.\n\n" * 15_000
    form.evaluate(f"""(() => {{
        const source = document.querySelector("#markdown");
        source.value = "first\\n\\n" + {json.dumps(rest)};
        source.dispatchEvent(new Event("input"));
    }})()""")
    form.click("#tab-source")
    form.click("#tab-preview")
    form.wait_until(f"{BLOCKS}[0]?.textContent === 'first' && {BLOCKS}.length > 10_000")
    click_on(form, "first")
    write(form, " of all")
    form.press("Escape")

    assert form.evaluate(f"{MARKDOWN} === 'first of all\\n\\n' + {json.dumps(rest)}")
    last = f"{BLOCKS}[{BLOCKS}.length - 1]"
    assert form.evaluate(f"{last}.textContent") == "A paragraph of some length."
    assert form.evaluate("document.querySelector('#preview > :last-child').className") == "waits"
