"""A limit of time for a page."""

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon.errors import ExtractionError
from daemon.limit import TimeLimit


def for_ever() -> None:
    while True:
        pass


def backtrack() -> None:
    re.match(r"(a|aa)+$", "a" * 100 + "b")


@pytest.mark.parametrize("work", [for_ever, backtrack])
def test_what_takes_longer_is_ended_and_told(work: object) -> None:
    with pytest.raises(ExtractionError) as ended, TimeLimit(0.02):
        work()  # type: ignore[operator]  # one of those above

    assert ended.value.code == "extraction-failed"
    assert "0.02 seconds" in ended.value.message
    assert ended.value.hint


def test_the_time_counts_over_all_that_is_done_within() -> None:
    limit = TimeLimit(1)
    with limit:
        begun = time.process_time()
        while time.process_time() < begun + 0.3:
            pass

    begun = time.process_time()
    with pytest.raises(ExtractionError), limit:
        for_ever()
    assert time.process_time() - begun < 0.95, "the kernel counts in ticks"


def test_what_is_done_in_time_goes_on_without_an_alarm() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with TimeLimit(30):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 29

    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_a_machine_that_is_busy_with_others_fails_no_page() -> None:
    with TimeLimit(0.05), subprocess.Popen([sys.executable, "-c", ""]) as others:
        code = others.wait(60)

    assert code == 0


def test_beside_the_main_thread_there_is_no_alarm_and_no_error() -> None:
    def guarded() -> str:
        with TimeLimit(0.01):
            return "done"

    with ThreadPoolExecutor() as pool:
        assert pool.submit(guarded).result() == "done"
