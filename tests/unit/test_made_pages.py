"""The pages that benches are measured on."""

import pytest

from daemon.extract import extract, parse, text_of
from tests.bench import made_pages


def test_pages_are_the_same_each_time() -> None:
    assert list(made_pages.site_pages()) == list(made_pages.site_pages())


def test_a_page_has_about_the_size_that_was_asked_for() -> None:
    for kind in made_pages.KINDS:
        for size in (20_000, 200_000):
            made = len(made_pages.page(kind, size).encode())
            assert 0.7 * size < made < 1.3 * size, (kind, size)


@pytest.mark.parametrize("shape", made_pages.SHAPES)
def test_a_large_page_is_as_large_as_was_asked_for(shape: str) -> None:
    made = len(made_pages.large(shape, 1_000_000).encode())

    assert 1_000_000 <= made < 1_100_000


@pytest.mark.parametrize("kind", made_pages.KINDS)
@pytest.mark.parametrize("chinese", [False, True], ids=["English", "Chinese"])
def test_a_page_has_an_article_of_its_own_among_what_is_the_sites(
    kind: str, *, chinese: bool
) -> None:
    article = extract(parse(made_pages.page(kind, 60_000, chinese=chinese)), "https://example.org/")

    assert article.language == ("zh-CN" if chinese else "en")
    assert article.published == "2026-11-20T08:00:00+08:00"
    assert not article.title.endswith("The Site")
    assert len(text_of(article.body)) > 3_000
