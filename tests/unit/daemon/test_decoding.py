"""What comes in becomes typed values, whichever threads ask first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from daemon.decoding import converted, decoded
from daemon.model import Fault

#: Threads that meet new types at the same time. A process of its own, as a fault ends it.
MEETING = """
import sys, threading, types
from daemon.decoding import converted, decoded

TYPES = '''
from __future__ import annotations
from msgspec import Struct

class Inner(Struct):
    a: str
    b: int | None = None

class Outer(Struct):
    inner: tuple[Inner, ...]
    more: dict[str, int] = {}
'''
THREADS = 3

def meet(kind, together):
    together.wait()
    assert decoded(b'{"inner": [{"a": "1"}], "more": {"b": 2}}', kind).inner[0].a == "1"
    assert converted({"inner": [{"a": "1"}]}, kind).more == {}

sys.setswitchinterval(1e-6)
for number in range(300):
    module = sys.modules["met"] = types.ModuleType("met")
    exec(TYPES, vars(module))
    together = threading.Barrier(THREADS)
    meeting = [
        threading.Thread(target=meet, args=(module.Outer, together)) for _ in range(THREADS)
    ]
    for thread in meeting:
        thread.start()
    for thread in meeting:
        thread.join()
print("all met")
"""


def test_threads_may_meet_a_type_at_the_same_time() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", MEETING],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout, run.stderr) == (0, "all met\n", "")


def test_what_is_not_of_the_type_is_told() -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded(b'{"code": 1, "message": ""}', Fault)
    with pytest.raises(msgspec.ValidationError):
        converted({"code": "x"}, Fault)


def test_values_may_come_loosely_or_from_objects() -> None:
    assert converted("5", int, strict=False) == 5
    assert converted(Fault("a", "b"), Fault, from_attributes=True) == Fault("a", "b")
