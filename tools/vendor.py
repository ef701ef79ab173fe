"""Put the published ES modules that the extension uses into `extension/vendor/`, as they are.

The checkout is the extension, so what it needs is part of the repository. `package.json` says which
versions; after a change there: `npm install`, then `.venv/bin/python -m tools.vendor`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "extension" / "vendor"

#: By package: what of it is published for browsers without further imports.
MODULES = {
    "dompurify": "dist/purify.es.mjs",
    "markdown-it": "dist/browser/markdown-it.esm.min.mjs",
    "markdown-it-footnote": "index.mjs",
}

#: What those modules hold, with the files of their licences.
LICENCES = {
    "dompurify": ("LICENSE",),
    "markdown-it": ("LICENSE",),
    "markdown-it-footnote": ("LICENSE",),
    "entities": ("LICENSE",),
    "linkify-it": ("LICENSE",),
    "mdurl": ("LICENSE",),
    "punycode.js": ("LICENSE-MIT.txt",),
    "uc.micro": ("LICENSE.txt", "LICENSE"),
}


def main() -> int:
    installed = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "node_modules"
    wanted = wanted_versions()
    VENDOR.mkdir(exist_ok=True)
    for name, module in MODULES.items():
        found = _package(installed / name)["version"]
        if found != wanted[name]:
            raise SystemExit(f"{name} is {found}, not {wanted[name]}: run `npm install`.")
        (VENDOR / f"{name}.js").write_bytes((installed / name / module).read_bytes())
    texts = [_licence(installed, name) for name in LICENCES]
    (VENDOR / "LICENCES.txt").write_text("\n\n".join(texts), "utf-8")
    return 0


def wanted_versions() -> dict[str, str]:
    """The packages of the extension, and their versions, as `package.json` has them."""
    versions: dict[str, str] = _package(ROOT)["dependencies"]
    return versions


def _licence(installed: Path, name: str) -> str:
    # markdown-it may have its own version of what another package needs too.
    folders = (installed / "markdown-it" / "node_modules" / name, installed / name)
    folder = next(each for each in folders if each.is_dir())
    package = _package(folder)
    (text, *_) = [folder / each for each in LICENCES[name] if (folder / each).is_file()]
    heading = f"{name} {package['version']} ({package['license']})"
    return f"{heading}\n{'=' * len(heading)}\n\n{text.read_text('utf-8').strip()}\n"


def _package(folder: Path) -> Any:
    return json.loads((folder / "package.json").read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
