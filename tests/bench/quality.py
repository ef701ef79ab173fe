"""`make bench-quality SETS=FOLDER`: how well pages are read and written, held to its floors.

The harnesses of the sets decide (`sets.py`): the extraction bench asks `guidang article --jsonl`
for each of its pages and scores the text and, apart, the text of the Markdown; the Markdown bench
sends its cases through `guidang markdown --jsonl` and two renderers. `HELD_OUT=FOLDER` adds the
figures of judges that had not seen the sites of the pages they judge, with all groups of features
and without each: the answers, text by id, that `tools/train_judge.py --folds` writes.

All of it goes into RESULTS.md, beside the figures of others that come with the sets. Where a figure
is below its floor in floors.json, it ends with 2. `--pin` raises the floors to what was measured.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import results, sets
from tests.bench.figures import Figure, table

FLOORS = Path(__file__).with_name("floors.json")
GUIDANG = Path(sys.executable).with_name("guidang")
#: Text and Markdown of a source may differ by this, in percent of F1.
MOST_APART = 0.5
#: Seconds for a page or a case, as the harnesses count them; the program's own limit is 10.
LIMIT = 60
#: Sets whose cases are whole pages: there the share of blocks counts, not that of perfect pages.
WHOLE_PAGES = frozenset({"defuddle_clean", "defuddle_pages", "defuddle_raw", "h2m_documents"})
NOT_HELD = (
    "Not held, for SETS names no folder: the floors of {}. "
    "CONTRIBUTING.md, “Sets”, says where the sets come from."
)

#: Percent by set, of each thing that is measured.
Scores = dict[str, dict[str, float]]


def measure(folder: Path, held_out: Path | None) -> Scores:
    with tempfile.TemporaryDirectory(prefix="gd") as out:
        return {
            **_extraction(folder / "extraction", Path(out), held_out),
            "conversion": _conversion(folder / "markdown", Path(out)),
        }


def figures_of(scores: Scores, floors: Scores) -> list[Figure]:
    """Each score with its floor, and how far text and Markdown are apart."""
    figures = [
        Figure(f"{what}, {name}", value, "%", floor=floors.get(what, {}).get(name))
        for what, found in scores.items()
        if not what.startswith(results.WITHOUT)
        for name, value in found.items()
    ]
    apart = max(abs(scores["text"][name] - scores["markdown"][name]) for name in scores["text"])
    return [*figures, Figure("text and Markdown apart, most of a source", apart, "%", MOST_APART)]


def pinned(scores: Scores, floors: Scores) -> Scores:
    """The floors, none of them lower than before; what lacks features is measured, and not held."""
    return {
        what: {
            name: max(math.floor(value * 100) / 100, floors.get(what, {}).get(name, 0))
            for name, value in found.items()
        }
        for what, found in {**floors, **scores}.items()
        if not what.startswith(results.WITHOUT)
    }


def _extraction(data: Path, out: Path, held_out: Path | None) -> Scores:
    """F1 by source and their mean, of the text, of the Markdown, and held out."""
    bench = sets.harness(data.parent)
    answers = {"text": out / "text.jsonl", "markdown": out / "markdown.jsonl"}
    worker = bench.Worker([str(GUIDANG), "article", "--jsonl"], LIMIT)
    with answers["text"].open("w") as texts, answers["markdown"].open("w") as markdowns:
        for row in bench.load([data]):
            page = {"html": row["_page"].read_bytes().decode("utf-8"), "url": row["url"]}
            answer, took = worker.ask(page)
            texts.write(_record(bench, row, answer.get("text") or "", answer, took))
            markdown = bench.as_text({"markdown": answer.get("markdown") or ""})
            markdowns.write(_record(bench, row, markdown, answer, took))
    worker.close()
    for path in sorted(held_out.glob("*.json")) if held_out is not None else ():
        found = json.loads(path.read_text("utf-8"))
        name = results.HELD_OUT if path.stem == "all" else results.WITHOUT + path.stem
        with (out / f"{name}.jsonl").open("w") as lines:
            rows = (row for row in bench.load([data]) if row["id"] in found)
            lines.writelines(_record(bench, row, found[row["id"]], {}, 0) for row in rows)
    return _scored(data, out)


def _record(bench: Any, row: Any, text: str, answer: dict[str, Any], took: float) -> str:
    """What `bench.py run` keeps of an answer."""
    kept = {"id": row["id"], "ms": answer.get("ms", took), "rt": took, "text": text}
    kept |= {"error": answer.get("error"), "cpu_ms": None}
    return json.dumps({**kept, **bench.measure(row, text)}, ensure_ascii=True) + "\n"


def _scored(data: Path, out: Path) -> Scores:
    report = out / "report.json"
    _harness(
        data / "bench.py", "score", "--data", str(data), "--out", str(out), "--by", "source",
        "--bootstrap", "1", "--json", str(report),
    )  # fmt: skip
    scores: Scores = {}
    for each in json.loads(report.read_text("utf-8")):
        scores.setdefault(each["name"], {})[each["group"]] = _f1(each) * 100
    return {
        name: {**found, "mean": statistics.fmean(found.values())} for name, found in scores.items()
    }


def _f1(scored: dict[str, Any]) -> float:
    """That of 4-gram shingles, or of snippets where a source has nothing else."""
    if "shingle" in scored:
        return float(scored["shingle"][2])
    hit, missed, wrong, _ = map(int, scored["seg"])
    return 2 * hit / (2 * hit + missed + wrong)


def _conversion(data: Path, out: Path) -> dict[str, float]:
    """Percent of the cases that both renderers read as the HTML meant it; of pages, of blocks."""
    report = out / "conversion.report"
    cases = [data / "dev_cases.json", *sorted(data.glob("specs/*.json"))]
    _harness(
        data / "roundtrip.py", "--cmd", f"'{GUIDANG}' markdown --jsonl", "--out", str(report),
        "--timeout", str(LIMIT), *(word for path in cases for word in ("--set", str(path))),
    )  # fmt: skip
    return dict(_percents(json.loads(report.read_text("utf-8"))))


def _percents(report: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for path, found in report.items():
        name, summary = Path(path).stem, found["summary"]
        if name in WHOLE_PAGES:
            yield name, min(summary[renderer]["block_f1"] for renderer in ("cmark", "mdit"))
        else:
            yield name, summary["both"]


def _harness(program: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, str(program), *arguments], stdout=sys.stderr, check=True)


def main(arguments: list[str]) -> int:
    floors: Scores = json.loads(FLOORS.read_text("utf-8"))
    folder = sets.folder()
    if folder is None:
        held = (f"{what} ({len(each)})" for what, each in floors.items())
        print(NOT_HELD.format(", ".join(held)))
        return 0
    held_out = os.environ.get("HELD_OUT")
    scores = measure(folder, Path(held_out) if held_out else None)
    figures = figures_of(scores, floors)
    print(table(figures), flush=True)
    results.write(scores, folder)
    if "--pin" in arguments:
        FLOORS.write_text(json.dumps(pinned(scores, floors), indent=1) + "\n", "utf-8")
    return 2 if any(figure.missed for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
