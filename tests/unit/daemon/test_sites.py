"""Whether a page is of the site that a rule names."""

import pytest

from daemon.sites import fits


@pytest.mark.parametrize(
    ("site", "url"),
    [
        ("example.org", "https://example.org"),
        ("example.org", "https://example.org/a/b?c#d"),
        ("example.org", "http://www.example.org:8080/"),
        ("Example.ORG", "https://blog.example.org/"),
        ("example.org.", "https://example.org/"),
        ("example.org/blog", "https://example.org/blog"),
        ("example.org/blog/", "https://example.org/blog?page=2"),
        ("example.org/blog", "https://example.org/blog/2026/tides"),
        ("example.org/", "https://example.org/blog"),
        ("example.org/博客", "https://example.org/%E5%8D%9A%E5%AE%A2/a"),
        ("例子.测试", "https://xn--fsqu00a.xn--0zwm56d/a"),
        ("xn--fsqu00a.xn--0zwm56d", "https://例子.测试/a"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/a"),
        ("example.org:443", "https://example.org/"),
        ("[::1]", "http://[::1]:8000/"),
    ],
)
def test_a_page_is_of_a_site(site: str, url: str) -> None:
    assert fits(site, url)


@pytest.mark.parametrize(
    ("site", "url"),
    [
        ("example.org", "https://example.com/"),
        ("example.org", "https://badexample.org/"),
        ("www.example.org", "https://example.org/"),
        ("example.org/blog", "https://example.org/blogs"),
        ("example.org/blog", "https://example.org/Blog"),
        ("example.org/blog", "https://example.org/"),
        ("example.org:8000", "https://example.org/"),
        ("example.org", "file:///home/reader/example.org"),
        ("example.org", "https://example.com/example.org"),
        ("example.org", "https://example.org@example.com/"),
        ("example.org", "https://[example.org/"),
        ("example.org", "https://example.org:99999/"),
        ("example.org", "about:blank"),
        ("example.org", ""),
        ("example.org", f"https://{'a' * 70}.com/"),
    ],
)
def test_a_page_is_not_of_a_site(site: str, url: str) -> None:
    assert not fits(site, url)
