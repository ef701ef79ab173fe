"""A service of models that nobody here wrote: aimock, with the answers in tests/fakes/aimock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "node_modules/@copilotkit/aimock/dist/cli.js"
ANSWERS = Path(__file__).with_name("aimock")


@contextmanager
def aimock(*options: str) -> Iterator[str]:
    """Its base URL; *options* as its command line has them."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=path)
    assert node, "make setup-tools brings Node"
    with subprocess.Popen(
        [node, str(CLI), "--port", "0", "--fixtures", str(ANSWERS), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        try:
            told = (re.search(r"listening on (\S+)", line) for line in server.stdout)
            yield next(found[1] for found in told if found)
        finally:
            server.terminate()
