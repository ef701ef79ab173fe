"""What `make bench-quality` makes of its scores."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import results
from tests.bench.figures import Figure, table
from tests.bench.quality import FLOORS, figures_of, pinned

SCORES = {
    "text": {"news": 95.0, "forums": 80.126, "mean": 87.56},
    "markdown": {"news": 94.8, "forums": 80.1, "mean": 87.45},
    "conversion": dict.fromkeys(results.COLUMNS, 99.5) | {"defuddle_raw": 94.2},
}
BASELINES = {
    "per_source": {
        "news": {"old-reader": 0.9, "other": 0.8},
        "forums": {"old-reader": 0.7, "other": 0.75},
    }
}
EXTRACTION = "| F1 | news | forums |\n|---|---|---|\n| Old reader 1.2 | 0.900 | 0.700 |\n"
MARKDOWN = f"""| | {" | ".join(results.COLUMNS.values())} |
|{"---|" * 8}
| pandoc 2.17 | 93.3 | 82.6 | 84 | 90.3 | 83.5 | 72.9 | 62.5 |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sets with figures of others, and no pages."""
    for name, readme in {"extraction": EXTRACTION, "markdown": MARKDOWN}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(readme, "utf-8")
    (tmp_path / "extraction" / "baselines.json").write_text(json.dumps(BASELINES), "utf-8")
    return tmp_path


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that results are written to."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    return tmp_path / "RESULTS.md"


def test_a_figure_misses_below_its_floor_and_above_its_aim() -> None:
    assert Figure("a", 1.9, "×", floor=2).missed
    assert not Figure("a", 2, "×", floor=2, aim=3).missed
    assert Figure("a", 3.1, "×", floor=2, aim=3).missed
    assert table([Figure("a", 1.9, "×", floor=2)]).endswith("floor 2 MISSED")


def test_every_score_is_held_to_its_floor() -> None:
    floors = {"text": {"news": 95.0, "forums": 80.13}, "conversion": {"gfm": 100.0}}

    missed = [figure.name for figure in figures_of(SCORES, floors) if figure.missed]
    assert missed == ["text, forums", "conversion, gfm"]


def test_text_and_markdown_of_a_source_may_not_be_far_apart() -> None:
    apart = {**SCORES, "markdown": {**SCORES["markdown"], "forums": 79.5}}

    assert [figure.name for figure in figures_of(apart, {}) if figure.missed] == [
        "text and Markdown apart, most of a source"
    ]


def test_to_pin_raises_floors_and_lowers_none() -> None:
    floors = {"text": {"news": 95.5, "forums": 70.0}, "held out": {"news": 90.0}}

    found = pinned(SCORES, floors)
    assert found["text"] == {"news": 95.5, "forums": 80.12, "mean": 87.56}
    assert found["held out"] == {"news": 90.0}


def test_what_lacks_features_is_not_held() -> None:
    assert pinned({"without words": {"news": 83.0}}, {"text": {"news": 95.0}}) == {
        "text": {"news": 95.0}
    }


def test_without_sets_it_is_said_which_floors_were_not_held() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "SETS"}
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.quality"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environ,
    )

    assert run.stdout.startswith("Not held")
    for name, floors in json.loads(FLOORS.read_text("utf-8")).items():
        assert f"{name} ({len(floors)})" in run.stdout


def test_the_results_stand_beside_those_of_others(folder: Path, page: Path) -> None:
    results.write(SCORES, folder)

    rows = page.read_text("utf-8").splitlines()
    assert "| **Guidang**, text | 0.950 | 0.801 | 0.876 |" in rows
    assert "| the best other on each source | 0.900 | 0.750 | 0.825 |" in rows
    assert "| Old reader 1.2 | 0.900 | 0.700 | 0.800 |" in rows
    assert "| **Guidang** | 99.5 | 99.5 | 99.5 | 99.5 | 99.5 | 99.5 | 99.5 |" in rows
    assert "| pandoc 2.17 | 93.3 | 82.6 | 84 | 90.3 | 83.5 | 72.9 | 62.5 |" in rows
    assert "`defuddle_raw` 94.2" in page.read_text("utf-8")


def test_figures_of_pages_that_no_judge_had_seen_stand_below(folder: Path, page: Path) -> None:
    results.write(SCORES, folder)
    assert "not measured in this run" in page.read_text("utf-8")

    results.write({**SCORES, "held out": {"news": 93.0, "forums": 78.0, "mean": 85.5}}, folder)

    assert "| **Guidang**, held out | 0.930 | 0.780 | 0.855 |" in page.read_text("utf-8")


def test_what_each_group_of_features_adds_stands_below(folder: Path, page: Path) -> None:
    scores = {
        **SCORES,
        "held out": {"news": 93.0, "forums": 78.0, "mean": 85.5},
        "without title": {"news": 93.25, "forums": 77.0, "mean": 85.13},
        "without words": {"news": 90.0, "forums": 76.0, "mean": 83.0},
    }

    results.write(scores, folder)

    _, _, below = page.read_text("utf-8").partition(results.ABLATION)
    assert [line for line in below.splitlines() if line.startswith("| ")] == [
        "| F1 | news | forums | mean |",
        "| --- | --- | --- | --- |",
        "| all | 93.0 | 78.0 | 85.5 |",
        "| without words | +3.00 | +2.00 | +2.50 |",
        "| without title | -0.25 | +1.00 | +0.37 |",
    ]


def test_what_is_written_about_ablation_is_kept(folder: Path, page: Path) -> None:
    results.write(SCORES, folder)
    with page.open("a", encoding="utf-8") as file:
        file.write("\nText density adds 0.02.\n")

    results.write(SCORES, folder)

    assert page.read_text("utf-8").count("Text density adds 0.02.") == 1
    assert page.read_text("utf-8").count(results.ABLATION) == 1


def test_results_name_no_place_of_the_machine() -> None:
    text = results.RESULTS.read_text("utf-8")

    assert str(Path.home()) not in text
    assert "/tmp" not in text
