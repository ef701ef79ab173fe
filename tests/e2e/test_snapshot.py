"""What the extension takes of a page, seen by a stand-in daemon behind the real host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from tests.e2e.recorder import Recorder
from tests.e2e.user import ROOT
from tests.fakes.http_socket import HttpSocket
from tools import chromium
from tools.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.user import User
    from tools.chromium import Extension

PAGES = Path(__file__).parent / "snapshot_pages"

pytestmark = pytest.mark.chromium


@dataclass(frozen=True)
class Snapshots:
    """Captures the pages in `snapshot_pages`, which are served at *address*."""

    extension: Extension
    recorder: Recorder
    address: str

    def capture(self, name: str, before: str = "null", *, timeout: float = 60) -> dict[str, Any]:
        """The capture of the page *name*, after evaluating the expression *before* in it."""
        page = self.extension.browser.open(f"{self.address}/{name}")
        page.evaluate(before)
        page.press(self.extension.shortcut("archive"))
        capture = self.recorder.next(timeout=timeout)
        page.close()
        return capture

    def tree(self, name: str) -> Any:
        """What was taken of the page *name*, as a tree; what an XPath yields has no one type."""
        return html.fromstring(self.capture(name)["html"])


@pytest.fixture
def snapshots(user: User, program: Path) -> Iterator[Snapshots]:
    profile = user.profile()
    recorder = Recorder()
    with (
        HttpSocket.unix(user.state / "daemon.sock", recorder.converse),
        serve(PAGES) as address,
        chromium.start(program, profile, headless=True, env=user.environ) as running,
    ):
        yield Snapshots(running.load_extension(ROOT), recorder, address)


def one(tree: Any, identity: str) -> Any:
    (element,) = tree.xpath("//*[@id=$identity]", identity=identity)
    return element


def test_a_page_says_what_it_is(snapshots: Snapshots) -> None:
    capture = snapshots.capture("hostile.html")

    assert capture["url"] == f"{snapshots.address}/hostile.html"
    assert capture["canonical"] == f"{snapshots.address}/hostile-canonical"
    assert capture["title"] == "Hostile page"
    assert capture["language"] == "en"
    assert capture["selection"] is None


def test_a_hostile_page_cannot_change_what_is_taken(snapshots: Snapshots) -> None:
    taken = snapshots.capture("hostile.html")["html"]

    assert "Inside the clobbering form." in taken
    assert "A frame named chrome." in taken
    assert "Attributes of the page." in taken
    assert '{"headline": "5 < 6 \\u003c!-- & \\"quoted\\""}' in taken
    for stolen in ("STOLEN", "REPLACED", "data-guidang-hidden", "data-guidang-mine"):
        assert stolen not in taken


def test_what_no_reader_sees_is_left_out(snapshots: Snapshots) -> None:
    taken = snapshots.capture("hostile.html")["html"]

    for hidden in ("SCRIPTED", ".styled", "TEMPLATED", "NOSCRIPTED", "OWN PANEL", "a comment"):
        assert hidden not in taken
    assert "onclick" not in taken


def test_half_a_surrogate_pair_becomes_a_replacement_character(snapshots: Snapshots) -> None:
    tree = snapshots.tree("hostile.html")

    assert one(tree, "surrogate").text_content() == "lone \ufffd surrogate"


def test_shadow_roots_are_flattened_in_place(snapshots: Snapshots) -> None:
    tree = snapshots.tree("shadow.html")

    assert tree.xpath("string(//open-card/h2)") == "Slotted name"
    assert tree.xpath("string(//open-card/div)") == "Default text"
    assert tree.xpath("string(//closed-card/p)") == "Closed root: In the default slot"
    assert tree.xpath("string(//empty-card)") == "Fallback of the slot"
    assert "UNASSIGNED" not in tree.text_content()


def test_fifty_shadow_roots_in_each_other_are_read_to_the_innermost(snapshots: Snapshots) -> None:
    tree = snapshots.tree("shadow.html")

    text = one(tree, "nest").text_content()

    assert [f"Level {level}." in text for level in range(1, 51)] == [True] * 50
    assert text.endswith("The innermost text.")


@pytest.mark.parametrize(
    ("identity", "mark"),
    [("hidden", "display"), ("invisible", "visibility"), ("transparent", None), ("found", None)],
)
def test_invisible_elements_are_marked(
    snapshots: Snapshots, identity: str, mark: str | None
) -> None:
    tree = snapshots.tree("shadow.html")

    assert one(tree, identity).get("data-guidang-hidden") == mark


def test_frames_of_the_same_origin_are_taken_in_place(snapshots: Snapshots) -> None:
    frames = snapshots.tree("frames.html").xpath("//*[@data-guidang-frame]")

    assert [frame.get("data-guidang-frame") for frame in frames] == [
        f"{snapshots.address}/frame.html",
        "about:srcdoc",
        "about:srcdoc",
        f"{snapshots.address}/frame.html",
    ]
    assert "Text of the frame." in frames[0].text_content()
    assert "Shadow in the frame." in frames[0].text_content()
    assert frames[0].xpath(".//img/@src") == [f"{snapshots.address}/elsewhere/picture.png"]
    assert "A frame in a frame." in frames[1].text_content()
    assert frames[3].get("data-guidang-hidden") == "display"


def test_frames_that_may_not_be_read_stay_empty(snapshots: Snapshots) -> None:
    tree = snapshots.tree("frames.html")

    assert "SANDBOXED" not in tree.text_content()
    assert one(tree, "foreign").tag == "iframe"
    assert one(tree, "foreign").text_content() == ""


def test_addresses_are_absolute_and_pictures_those_that_are_shown(snapshots: Snapshots) -> None:
    tree = snapshots.tree("lazy.html")
    address = snapshots.address

    assert one(tree, "picture").get("src") == f"{address}/large.svg"
    assert one(tree, "srcset").get("src") == f"{address}/one.svg"
    assert one(tree, "lazy").get("data-src") == f"{address}/lazy/one.png"
    assert one(tree, "lazy").get("data-srcset") == f"{address}/a.png 1x, {address}/b.png 2x"
    assert one(tree, "relative").get("href") == f"{address}/up.html?q=1#part"
    assert one(tree, "mail").get("href") == "mailto:someone@example.org"


def test_a_readable_canvas_is_taken_as_an_image(snapshots: Snapshots) -> None:
    tree = snapshots.tree("lazy.html")

    (source,) = tree.xpath("//img[@data-guidang-canvas]/@src")

    assert source.startswith("data:image/png;base64,")
    assert "FALLBACK" not in tree.text_content()


def test_no_value_of_a_form_is_taken(snapshots: Snapshots) -> None:
    taken = snapshots.capture("forms.html")["html"]

    assert "SECRET" not in taken
    assert "checked" not in taken
    assert "Send" in taken


@pytest.mark.parametrize(
    ("selecting", "selection"),
    [
        (
            "getSelection().selectAllChildren(document.querySelector('#selected'))",
            "Select <b>this part</b> of the text.",
        ),
        (
            "getSelection().setBaseAndExtent("
            "document.querySelector('#selected').firstChild, 7,"
            "document.querySelector('#selected b').firstChild, 4)",
            "<b>this</b>",
        ),
    ],
)
def test_the_selection_is_taken_beside_the_page(
    snapshots: Snapshots, selecting: str, selection: str
) -> None:
    capture = snapshots.capture("forms.html", selecting)

    assert selection in capture["selection"]
    assert "Five" not in capture["selection"]
    assert "Five" in capture["html"]


def test_a_page_thousands_of_levels_deep_is_taken_whole(snapshots: Snapshots) -> None:
    taken = snapshots.capture("deep.html")["html"]

    assert "Above." in taken
    assert "Below." in taken


def test_a_hundred_thousand_elements_are_taken(snapshots: Snapshots) -> None:
    tree = snapshots.tree("many.html")

    assert len(tree.xpath("//p")) == 20_000
    assert tree.xpath("string((//a)[last()]/@href)") == f"{snapshots.address}/row/19999"
