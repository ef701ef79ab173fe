from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from native_host.install import Target, write_launcher

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What GUIDANG_HOME names: the state of one instance."""
    folder = tmp_path / "it's a home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def launcher(home: Path) -> Path:
    """A launcher whose daemon cannot be started."""
    target = Target({"GUIDANG_HOME": str(home)}, sys.platform, {})
    return write_launcher(target, home / "no such daemon")
