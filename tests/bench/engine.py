"""`make bench-engine`: the engine beside lxml's own parsing, trafilatura and markdownify.

What `guidang article` and `guidang markdown` do for a line, without the pipes, is timed in turns
with the others on the same page in one process, so that a busy machine slows down all of them. Of
each page the medians of its turns are compared; the figures are medians and 95th percentiles of
those ratios. lxml's own share is to parse a page and to serialise it again.

The pages are those of `tests/pages`, made ones of five kinds and ten sizes and, with `SETS=FOLDER`,
a ninth of those of the extraction bench. Growth is measured on made pages (`growth.py`).
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import trafilatura
from lxml import etree
from markdownify import markdownify

from daemon.errors import DaemonError
from daemon.extract import parse
from daemon.extract.metadata import read_metadata, told_by
from daemon.filters import answer_article, answer_markdown
from daemon.stages import load
from tests.bench import growth, made_pages, sets
from tests.bench.figures import Figure, table

#: Turns of each program on a page.
TURNS, MARKDOWN_TURNS = 3, 15
#: Of the pages of the set.
EVERY = 9
PAGES = Path(__file__).parents[1] / "pages"
URL = "https://example.org/page"


def measure() -> Iterator[list[Figure]]:
    """The figures, as they are found."""
    load()
    yield _articles("own pages", own_pages())
    if (folder := sets.folder()) is None:
        print("Not measured, for SETS names no folder: the pages of the set.")
    else:
        yield _articles("pages of the set", sets.pages(folder, every=EVERY))
    yield [*_metadata(), *_markdown()]
    yield from growth.measure()


def own_pages() -> Iterator[tuple[str, str]]:
    for path in sorted(PAGES.glob("*/page.html")):
        yield path.read_text("utf-8"), URL
    for html in made_pages.site_pages():
        yield html, URL


def parse_and_serialise(html: str) -> object:
    parser = etree.HTMLParser(encoding="utf-8")
    return etree.tostring(etree.fromstring(html.encode("utf-8", "replace"), parser))


def parse_alone(html: str) -> object:
    parser = etree.HTMLParser(encoding="utf-8")
    return etree.fromstring(html.encode("utf-8", "replace"), parser)


def in_turns(turns: int, *programs: Callable[[], object]) -> list[float]:
    """The median of the seconds of each program; they run one after another, *turns* times."""
    times: list[list[float]] = [[] for _ in programs]
    for _ in range(turns):
        for program, took in zip(programs, times, strict=True):
            begun = time.perf_counter()
            program()
            took.append(time.perf_counter() - begun)
    return [statistics.median(took) for took in times]


def _articles(name: str, pages: Iterable[tuple[str, str]]) -> list[Figure]:
    beside_lxml, beside_trafilatura, ours = [], [], []
    for html, url in pages:
        line = json.dumps({"html": html, "url": url}).encode()
        try:
            answer_article(line)  # once, so that nobody pays for what loads with the first use
        except DaemonError:  # it holds no text: others may take nothing for it
            continue
        own, other, article = in_turns(
            TURNS,
            lambda html=html: parse_and_serialise(html),  # type: ignore[misc]  # bound here
            lambda html=html, url=url: trafilatura.extract(html, url=url),  # type: ignore[misc]
            lambda line=line: answer_article(line),  # type: ignore[misc]
        )
        beside_lxml.append(article / own)
        beside_trafilatura.append(article / other)
        ours.append(article * 1000)
    return [
        Figure(f"article, {name} ({len(ours)}), median", statistics.median(ours), "ms"),
        Figure(f"article ÷ lxml, {name}, median", statistics.median(beside_lxml), "×", 4),
        Figure(f"article ÷ lxml, {name}, p95", _p95(beside_lxml), "×", 8),
        Figure(
            f"article ÷ trafilatura, {name}, median", statistics.median(beside_trafilatura), "×", 1
        ),
    ]


def _metadata() -> list[Figure]:
    """Of a page that says nothing of itself in its data, which is the longest way."""
    html = made_pages.page("portal", 100_000, chinese=True)
    page = parse(re.sub(r"<script type=.*?</script>|<meta property.*?>", "", html))
    own, ours = in_turns(
        MARKDOWN_TURNS, lambda: parse_alone(html), lambda: read_metadata(told_by(page, URL))
    )
    return [Figure("metadata of 100 KB ÷ lxml's parse", ours / own, "×", 1)]


def _markdown() -> list[Figure]:
    html = made_pages.page("manual", 100_000)
    line = json.dumps({"html": html}).encode()
    own, other, ours = in_turns(
        MARKDOWN_TURNS,
        lambda: parse_alone(html),
        lambda: markdownify(html),
        lambda: answer_markdown(line),
    )
    return [
        Figure("markdown of 100 KB", ours * 1000, "ms"),
        Figure("markdown of 100 KB ÷ lxml's parse", ours / own, "×", 25),
        Figure("markdownify ÷ markdown of 100 KB", other / ours, "×", floor=3),
    ]


def _p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]


def main() -> int:
    missed = False
    for figures in measure():
        print(table(figures), flush=True)
        missed |= any(figure.missed for figure in figures)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
