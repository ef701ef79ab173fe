import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

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


@pytest.fixture
def no_pauses() -> Iterator[None]:
    """Attempts follow each other at once."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def pauses(no_pauses: None) -> Iterator[None]:
    """They do not."""
    with stamina.set_testing(False):
        yield
