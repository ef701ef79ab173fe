import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from native_host.errors import HostError
from tests.unit.daemon.running import RunningDaemon


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with a short name: the path of a socket may have 103 bytes."""
    with tempfile.TemporaryDirectory(prefix="guidang-") as folder:
        yield Path(folder)


@pytest.fixture
def daemon(home: Path) -> Iterator[RunningDaemon]:
    """A daemon that is not started yet, and that is gone after the test."""
    running = RunningDaemon(home)
    yield running
    with contextlib.suppress(HostError):
        running.end(signal.SIGKILL)
