"""Each folder under tests/pages holds a page and the Markdown that its article has to become."""

from pathlib import Path

import pytest

from daemon.extract import extract, parse
from daemon.markdown.writer import render

PAGES = sorted(Path(__file__).parents[2].joinpath("pages").iterdir())


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_the_page_becomes_its_article_and_nothing_else(folder: Path) -> None:
    page = parse((folder / "page.html").read_text("utf-8"))
    article = extract(page, "https://news.portal.example/page")

    note = f"# {article.title}\n\n{render(article.body)}\n"
    assert note == (folder / "note.md").read_text("utf-8")
