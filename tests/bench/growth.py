"""How time and memory of the two filters grow with the page: 1, 5, 10 and 20 MB of four shapes.

Each page is read in a process of its own, as a worker reads it: loaded and warm. Its memory is the
most that the process held while it had the line, less what it held before it read it. That process
also times lxml's parse of the same page, in turns. By how much time grows from 1 to 20 MB is
compared with by how much that of the parse does.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from daemon.filters import TIME_LIMIT, answer_article, answer_markdown
from daemon.stages import load
from tests.bench import made_pages
from tests.bench.figures import Figure

MEGABYTE = 1_000_000
SIZES = (1, 5, 10, 20)
#: More turns on a page than the first: small ones are short, and one turn tells little.
TURNS = {1: 5, 5: 2, 10: 1, 20: 0}
PARSES = 3
WARM_UP = 100_000
#: Seconds for one page of one shape, all turns.
LIMIT = 600
FILTERS: dict[str, Callable[[bytes], dict[str, Any]]] = {
    "article": answer_article,
    "markdown": answer_markdown,
}


def measure() -> Iterator[list[Figure]]:
    return (_shape(name, shape) for name in FILTERS for shape in made_pages.SHAPES)


def _shape(name: str, shape: str) -> list[Figure]:
    found = {size: _measured(name, shape, size) for size in SIZES}
    first, last = found[SIZES[0]], found[SIZES[-1]]
    growth = (last["took"] / first["took"]) / (last["parse"] / first["parse"])
    figures = [
        Figure(f"{name}, {shape}: growth to 20 MB ÷ lxml's", growth, "×", 1.2),
        Figure(f"{name}, {shape}: 20 MB", last["took"], "s", TIME_LIMIT),
    ]
    if name == "article":
        most = max(each["memory"] / (size * MEGABYTE) for size, each in found.items())
        return [*figures, Figure(f"{name}, {shape}: memory ÷ the page, most", most, "×", 12)]
    return [*figures, Figure(f"{name}, {shape}: memory, 5 MB", found[5]["memory"] / 1e6, "MB", 100)]


def _measured(name: str, shape: str, size: int) -> dict[str, float]:
    line = json.dumps({"html": made_pages.large(shape, size * MEGABYTE)}, ensure_ascii=False)
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.growth", name, shape, str(TURNS[size])],
        input=line.encode(),
        stdout=subprocess.PIPE,
        timeout=LIMIT,
        check=True,
    )
    measured: dict[str, float] = json.loads(run.stdout)
    return measured


def _one_page(name: str, shape: str, turns: int) -> dict[str, float]:
    """The figures of the line that comes in."""
    from tests.bench.engine import in_turns, parse_alone

    answer = FILTERS[name]
    load()
    warm = made_pages.large(shape, WARM_UP)
    for _ in range(2):
        answer(json.dumps({"html": warm}).encode())
    before = _held("VmRSS")
    line = sys.stdin.buffer.read()
    took = in_turns(1, lambda: answer(line))[0]
    memory = _held("VmHWM") - before
    html = json.loads(line)["html"]
    more = [in_turns(1, lambda: parse_alone(html), lambda: answer(line)) for _ in range(turns)]
    alone = in_turns(PARSES, lambda: parse_alone(html))
    return {
        "parse": statistics.median([*alone, *(parse for parse, _ in more)]),
        "took": statistics.median([took, *(ours for _, ours in more)]),
        "memory": memory,
    }


def _held(what: str) -> int:
    """Bytes that this process holds (VmRSS), or held at most (VmHWM; proc(5))."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


if __name__ == "__main__":
    name, shape, turns = sys.argv[1:]
    print(json.dumps(_one_page(name, shape, int(turns))))
