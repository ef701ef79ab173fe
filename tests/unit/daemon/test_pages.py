"""Each folder under tests/pages holds a page and the Markdown that its article has to become."""

from difflib import SequenceMatcher
from pathlib import Path

import pytest

from daemon.decoding import decoded
from daemon.extract import extract, parse
from daemon.markdown.writer import render

PAGES = sorted(Path(__file__).parents[2].joinpath("pages").iterdir())
#: Lines that are missing, and those too many, on the pages that are not right yet.
WRONG = decoded(Path(__file__).with_name("wrong_lines.json").read_bytes(), dict[str, list[int]])


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_the_page_becomes_its_article_and_nothing_else(folder: Path) -> None:
    note = (folder / "note.md").read_text("utf-8")

    found = made(folder)

    if folder.name not in WRONG:
        assert found == note
    assert wrong_lines(note, found) == WRONG.get(folder.name, [0, 0])


def made(folder: Path) -> str:
    page = parse((folder / "page.html").read_text("utf-8"))
    article = extract(page, "https://news.portal.example/page")
    return f"# {article.title}\n\n{render(article.body)}\n"


def wrong_lines(wanted: str, found: str) -> list[int]:
    """How many lines of *wanted* are missing in *found*, and how many are too many there."""
    lines, others = ([line for line in text.split("\n") if line] for text in (wanted, found))
    matcher = SequenceMatcher(None, lines, others, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return [len(lines) - same, len(others) - same]
