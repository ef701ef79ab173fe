"""`make run` as a person meets it: an empty home, no display."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest
from lxml import html

from tests.e2e.articles import parts_of
from tests.e2e.user import ROOT

if TYPE_CHECKING:
    from tests.e2e.display import Display
    from tests.e2e.user import User

SAMPLE = ROOT / "tools" / "sample" / "article.zh.html"

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(600)]

COMMAND = ["make", "--silent", "run"]

#: A place on the screen that the window covers.
ON_THE_PAGE = (400, 500)

#: What an article's text is made of, and what stands around it.
BLOCKS = "h2 | p[not(@class)] | .//figcaption | .//th | .//td | .//li | blockquote/p"
AROUND = "//body/*[not(@class='columns')]//text() | //aside//text()"


def run(user: User, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=user.environ, capture_output=True, text=True, check=False
    )


def test_make_run_archives_the_sample_and_says_where(user: User) -> None:
    done = run(user)

    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("note: ")
    note = Path(last.removeprefix("note: "))
    assert user.notes() == [note]
    assert_is_note_of_the_sample(note)


def test_make_run_says_why_a_page_was_not_archived(user: User) -> None:
    done = run(user, "URL=chrome://version")

    assert done.returncode != 0
    assert "lets no extension read this page" in done.stderr
    assert "note:" not in done.stdout


def test_make_run_says_that_the_chosen_browser_does_not_run(user: User) -> None:
    done = run(user, "BROWSER=/nowhere/browser")

    assert done.returncode != 0
    assert "BROWSER is '/nowhere/browser', which does not run" in done.stderr


@pytest.mark.xvfb
def test_with_a_display_make_run_leaves_the_click_to_the_user(user: User, screen: Display) -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    shortcut = manifest["commands"]["archive"]["suggested_key"]["default"]
    environ = {**user.environ, "DISPLAY": screen.name}

    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environ, stdout=PIPE, stderr=PIPE, text=True
    ) as running:
        assert running.stderr is not None
        said = next(line for line in running.stderr if shortcut in line)
        screen.click(*ON_THE_PAGE)
        screen.keys(shortcut.lower())
        out, _ = running.communicate(timeout=120)

    assert said.strip() == f"· press {shortcut} to archive it at once, or"
    assert running.returncode == 0
    assert_is_note_of_the_sample(Path(out.splitlines()[-1].removeprefix("note: ")))


def assert_is_note_of_the_sample(note: Path) -> None:
    """All of the article, in its order, and nothing of what stands around it."""
    page = html.parse(str(SAMPLE)).getroot()
    (article,) = page.xpath("//article")
    parts = parts_of(note)

    assert parts["title"] == article.findtext("h1")
    expected = [" ".join(block.text_content().split()) for block in article.xpath(BLOCKS)]
    dateline = article.xpath("string(p[@class='origin'])")
    assert [line for line in lines_of(parts["text"]) if line != dateline] == expected
    assert "![青滩水文站的测流塔](" in parts["text"]
    around = {text.strip() for text in page.xpath(AROUND)}
    assert around.isdisjoint(lines_of(note.read_text("utf-8")))


def lines_of(markdown: str) -> list[str]:
    """The texts of headings, paragraphs, quotations, items and cells, without their marks."""
    texts = []
    for line in markdown.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            texts += [cell for cell in cells if not re.fullmatch(r":?-+:?", cell)]
        elif not line.startswith("!["):
            texts.append(re.sub(r"^(#+ |> |\d+\. |- )", "", line))
    return [text for text in texts if text.strip()]
