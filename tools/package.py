"""Pack the extension, and nothing else of the checkout, as the browsers' stores want it."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "dist" / "guidang-extension.zip"

#: What belongs to the extension.
PARTS = ("manifest.json", "_locales", "extension", "LICENSE")


def main() -> int:
    PACKAGE.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(PACKAGE, "w", zipfile.ZIP_DEFLATED) as package:
        for path in files():
            package.write(path, path.relative_to(ROOT))
    print(PACKAGE.relative_to(ROOT), file=sys.stderr)
    return 0


def files() -> list[Path]:
    """The extension's files, in an order that does not change from machine to machine."""
    inside = (path for part in PARTS for path in [ROOT / part, *(ROOT / part).rglob("*")])
    return sorted(path for path in inside if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
