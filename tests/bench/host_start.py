"""How long the native host takes from its start to its first answer, and for a further one."""

from __future__ import annotations

import json
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from native_host.launcher import base_interpreter
from native_host.socket_client import request
from tests.bench.figures import Figure
from tests.e2e.user import User

ROUNDS = 40


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        user = User.at(Path(home))
        launcher = user.install_host()
        user.wake_daemon()
        try:
            return _measured(user, launcher)
        finally:
            user.stop_daemon()


def _measured(user: User, launcher: Path) -> list[Figure]:
    bare = [str(base_interpreter()), "-ISE", "-c", "pass"]
    bares, firsts, furthers, alone = [], [], [], []
    for _ in range(ROUNDS):
        bares.append(_time(lambda: subprocess.run(bare, check=True)))
        begun = time.perf_counter()
        with subprocess.Popen(
            launcher, env=user.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as host:
            _ask(host)
            firsts.append(time.perf_counter() - begun)
            furthers.append(_time(lambda host=host: _ask(host)))  # type: ignore[misc]  # bound
            _pipe(host.stdin).close()
        alone.append(_time(lambda: request(user.daemon.address, "GET", "/status")))
    bare_time, first = statistics.median(bares), statistics.median(firsts)
    added = statistics.median(furthers) - statistics.median(alone)
    return [
        Figure("bare interpreter, python3 -ISE -c pass", bare_time * 1000, "ms"),
        Figure("host, start to first answer", first * 1000, "ms"),
        Figure("host, first answer ÷ bare interpreter", first / bare_time, "×", 5),
        Figure("host, added to a further request", added * 1000, "ms", 2),
    ]


def _time(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _ask(host: subprocess.Popen[bytes]) -> None:
    """One request through the host, as a browser sends it, and its whole answer."""
    body = json.dumps({"id": "r", "method": "GET", "path": "/status"}).encode()
    sink, source = _pipe(host.stdin), _pipe(host.stdout)
    sink.write(struct.pack("=I", len(body)) + body)
    sink.flush()
    while True:
        (length,) = struct.unpack("=I", source.read(4))
        answer = json.loads(source.read(length))
        if answer["status"] != 200:
            raise RuntimeError(f"the daemon answered {answer}")
        if "more" not in answer:
            return


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
