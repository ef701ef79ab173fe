"""`make fuzz`: many bad pages through both filters; exits with 1 when one of them does harm.

`python -m tests.fuzz --case 4711` runs one and shows its page.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator

from daemon.errors import ExtractionError
from daemon.workers import Workers

from .cases import page_of
from .checks import faults_of, load

#: Seconds after which a case hangs, with the viewers that read its Markdown.
_TIME_LIMIT = 120.0
_MOST_SHOWN = 40


def main() -> int:
    options = _options()
    if options.case is not None:
        print(repr(page_of(options.case, options.seed)))
        faults = faults_of(options.case, options.seed)
        print(*faults, sep="\n")
        return int(bool(faults))
    found = asyncio.run(_run(options.first, options.cases, options.seed))
    bad = [number for number, faults in sorted(found.items()) if faults]
    print(f"{len(found):,} cases, {len(bad)} with faults: {bad[:_MOST_SHOWN]}")
    return int(bool(bad))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other cases")
    parser.add_argument("--case", type=int, help="run this one alone, and show its page")
    return parser.parse_args()


async def _run(first: int, count: int, seed: int) -> dict[int, list[str]]:
    """The faults of each case."""
    processes = os.cpu_count() or 1
    workers = Workers(processes, load=load, time_limit=_TIME_LIMIT)
    found: dict[int, list[str]] = {}
    numbers = iter(range(first, first + count))
    begun = time.monotonic()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(processes):
                group.create_task(_work(workers, numbers, seed, found, begun))
    finally:
        await workers.close()
    return found


async def _work(
    workers: Workers, numbers: Iterator[int], seed: int, found: dict[int, list[str]], begun: float
) -> None:
    for number in numbers:
        try:
            found[number] = await workers.run(faults_of, number, seed)
        except ExtractionError as error:
            found[number] = [f"hangs, or ends its process: {error}"]
        if found[number]:
            print(f"case {number}", *found[number][:3], sep="\n  ", flush=True)
        if len(found) % 5_000 == 0:
            bad = sum(map(bool, found.values()))
            print(f"{len(found):,} in {time.monotonic() - begun:.0f} s, {bad} bad", flush=True)


if __name__ == "__main__":
    sys.exit(main())
