"""The sets of pages and cases with known answers, which are not part of the repository.

`SETS` names their folder: `extraction/` with `bench.py`, `truth.jsonl`, `pages.tar.xz` and
`baselines.json`, and `markdown/` with `roundtrip.py`, `dev_cases.json` and `specs/`.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def folder() -> Path | None:
    """Where they lie, if the variable SETS says so."""
    named = os.environ.get("SETS")
    return Path(named).resolve() if named else None


def harness(sets: Path) -> Any:
    """The module `bench.py` of the extraction bench."""
    path = sets / "extraction" / "bench.py"
    spec = importlib.util.spec_from_file_location("extraction_bench", path)
    assert spec is not None, path
    assert spec.loader is not None, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages(sets: Path, *, every: int = 1) -> Iterator[tuple[str, str]]:
    """The HTML and the URL of each page, or of each so-manieth."""
    for number, row in enumerate(harness(sets).load([sets / "extraction"])):
        if number % every == 0:
            yield row["_page"].read_bytes().decode("utf-8"), row["url"]
