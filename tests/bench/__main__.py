"""`make bench`: measures, prints a table, and exits with 1 when an aim is missed."""

from __future__ import annotations

import sys

from tests.bench import (
    click_to_note,
    daemon_memory,
    feishu,
    form,
    github,
    host_start,
    summaries,
    throughput,
)
from tests.bench.figures import Figure, table


def main() -> int:
    figures: list[Figure] = []
    for bench in (
        host_start,
        summaries,
        daemon_memory,
        throughput,
        click_to_note,
        form,
        github,
        feishu,
    ):
        found = bench.measure()
        print(table(found), flush=True)
        figures += found
    return int(any(figure.missed for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
