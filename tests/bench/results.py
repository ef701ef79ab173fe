"""RESULTS.md: what was measured, beside what others reach on the same sets."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lxml import etree

RESULTS = Path(__file__).with_name("RESULTS.md")
#: Names of scores: of judges that had not seen the pages, and of those without a group of features.
HELD_OUT, WITHOUT = "held out", "without "
ABLATION = "## What each group of features adds"
PACKAGES = ("lxml", "cmarkgfm", "markdown-it-py", "mdit-py-plugins", "html5lib", "html-text")
#: The sets of the Markdown bench, as its README heads the figures of others.
COLUMNS = {
    "commonmark": "CommonMark",
    "gfm": "GFM",
    "gfm_ext": "GFM ext.",
    "turndown": "turndown",
    "markdownify": "markdownify",
    "html_to_markdown": "html-to-markdown",
    "dev_cases": "dev cases",
}
ROWS = {
    "text": "**Guidang**, text",
    "markdown": "**Guidang**, text of its Markdown",
    HELD_OUT: "**Guidang**, held out",
}
PAGE = """# Results

Written by `make bench-quality`; what it measures and how, `quality.py` says. {date}.

{machine}

## Extraction

F1 of 4-gram shingles, from macro precision and recall, by source (of `trafilatura`: F1 over \
wanted and unwanted snippets), on the development pages of the bench.

The judge of blocks was trained on these very pages, so the first two rows are better than what \
to expect of a page that it has not seen. That is what *held out* tells: each page was judged \
by a judge that was trained on other sites alone (`tools/train_judge.py --folds`); {held_out}. \
`mozilla` and `defuddle` are fixtures of those two programs, whose truth is their own output.

{extraction}

## Markdown

Percent of the cases that two renderers, cmark-gfm and markdown-it, both read as the HTML meant \
them.

{markdown}

Whole pages, percent of blocks (F1, the lower of the two renderers), for which no figures of \
others come with the sets: {pages}.

{ablation}
"""
#: Head of the ablation.
ADDED = """{head}

F1 in percent, held out as above: what all groups of features together reach, and how much is lost \
when the judge is trained without one of them; below 0, nothing is lost. \
`daemon/extract/features.py` has the groups.

{table}
"""


def write(scores: Mapping[str, Mapping[str, float]], folder: Path) -> None:
    """Write the page anew; *scores* are in percent, as `quality.measure` gives them."""
    conversion = scores["conversion"]
    page = PAGE.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=_machine(),
        held_out="its figures stand below" if HELD_OUT in scores else "not measured in this run",
        extraction=_extraction(scores, folder / "extraction"),
        markdown=_markdown(conversion, folder / "markdown"),
        pages=", ".join(
            f"`{name}` {value:.1f}" for name, value in conversion.items() if name not in COLUMNS
        ),
        ablation=_ablation(scores),
    )
    RESULTS.write_text(page, "utf-8")


def _extraction(scores: Mapping[str, Mapping[str, float]], data: Path) -> str:
    baselines = json.loads((data / "baselines.json").read_text("utf-8"))["per_source"]
    sources = [source for source in scores["text"] if source != "mean"]
    names = sorted({name for source in sources for name in baselines[source]})
    labels = _labels(data / "README.md")
    others = {
        labels.get(_plain(name), name): [baselines[source].get(name) for source in sources]
        for name in names
    }
    ours = {
        label: [scores[what][source] / 100 for source in sources]
        for what, label in ROWS.items()
        if what in scores
    }
    best = [max(filter(None, column)) for column in zip(*others.values(), strict=True)]
    ordered = sorted(others.items(), key=lambda row: -_mean(row[1]))
    rows = [*ours.items(), ("the best other on each source", best), *ordered]
    cells = ((name, *(_number(value, 3) for value in [*row, _mean(row)])) for name, row in rows)
    return _table(("F1", *sources, "mean"), cells)


def _markdown(conversion: Mapping[str, float], data: Path) -> str:
    others = _others(data / "README.md")
    ours = ("**Guidang**", *(_number(conversion.get(name), 1) for name in COLUMNS))
    return _table(("%", *COLUMNS.values()), [ours, *others])


def _others(readme: Path) -> list[list[str]]:
    """The rows of the table that is headed by the names of the sets."""
    lines = readme.read_text("utf-8").splitlines()
    first = next(
        at for at, line in enumerate(lines) if all(name in line for name in COLUMNS.values())
    )
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [row for row in rows if "prototype" not in row[0]]


def _labels(readme: Path) -> dict[str, str]:
    """Names with their versions, by their letters."""
    cells = re.findall(r"^\| ([^|]*?) \|", readme.read_text("utf-8"), re.MULTILINE)
    return {_plain(re.sub(r"\s[\d.]+", "", cell)): cell for cell in cells}


def _versions(names: Iterable[str]) -> Iterator[str]:
    """Those that are installed: tests of this table run without what only benches need."""
    for name in names:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    libxml2 = ".".join(map(str, etree.LIBXML_VERSION))
    packages = ", ".join(_versions(PACKAGES))
    return (
        f"Guidang {version('guidang')}, Python {platform.python_version()}, {packages}, "
        f"libxml2 {libxml2}; {platform.system()} on {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GB of memory."
    )


def _ablation(scores: Mapping[str, Mapping[str, float]]) -> str:
    """What a run that has not measured it finds written is kept."""
    groups = {what: found for what, found in scores.items() if what.startswith(WITHOUT)}
    if not groups:
        written = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
        _, found, below = written.partition(ABLATION)
        return (ABLATION + below).rstrip() if found else f"{ABLATION}\n\nNot measured yet."
    all_groups = scores[HELD_OUT]
    rows = [["all", *(_number(value, 1) for value in all_groups.values())]]
    for what, without in sorted(groups.items(), key=lambda row: row[1]["mean"]):
        lost = (f"{all_groups[source] - without[source]:+.2f}" for source in all_groups)
        rows.append([what, *lost])
    table = _table(("F1", *all_groups), rows)
    return ADDED.format(head=ABLATION, table=table).rstrip()


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _mean(row: Iterable[float | None]) -> float:
    return statistics.fmean(value for value in row if value is not None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
