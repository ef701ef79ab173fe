"""`make run` as a person meets it: an empty home, no display."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html

from tests.e2e.articles import parts_of
from tests.e2e.user import ROOT

if TYPE_CHECKING:
    from tests.e2e.user import User

SAMPLE = ROOT / "tools" / "sample" / "article.zh.html"

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(600)]

#: What an article's text is made of, and what stands around it.
BLOCKS = "h2 | p[not(@class)] | .//figcaption | .//th | .//td | .//li | blockquote/p"
AROUND = "//body/*[not(@class='columns')]//text() | //aside//text()"


def run(user: User, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", "run", *arguments]
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
