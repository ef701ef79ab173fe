"""Pack the extension for each kind of browser as its store wants it, and the source of both.

The checkout itself is loaded by every browser, so its manifest speaks to all of them. A store takes
what its own browsers know: Chromium's takes no `key`, for it gives the extension's id itself
(https://developer.chrome.com/docs/extensions/reference/manifest/key); Firefox's warns of fields and
permissions that Firefox has not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"

#: What belongs to the extension: these, and of what lies in folders files of these kinds.
PARTS = ("manifest.json", "_locales", "extension", "LICENSE")
KINDS = {".css", ".html", ".js", ".json", ".png", ".svg"}

#: Permissions that Firefox does not know.
OF_CHROMIUM = {"pageCapture", "sidePanel"}
#: The time of every file, lest the same files make another archive; ZIP knows none before.
TIME = (1980, 1, 1, 0, 0, 0)


def main() -> int:
    DIST.mkdir(exist_ok=True)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    packages = {"chromium": for_chromium(manifest), "firefox": for_firefox(manifest)}
    for browser, adapted in packages.items():
        _tell(_pack(DIST / f"guidang-{browser}.zip", adapted))
    if (ROOT / ".git").exists():
        source = DIST / "guidang-source.zip"
        archive = ["git", "archive", "--format=zip", f"--output={source}", "HEAD"]
        subprocess.run(archive, cwd=ROOT, check=True)
        _tell(source)
    return 0


def for_chromium(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        **_without(manifest, "key", "browser_specific_settings"),
        "background": _without(manifest["background"], "scripts"),
    }


def for_firefox(manifest: dict[str, Any]) -> dict[str, Any]:
    optional = [each for each in manifest["optional_permissions"] if each not in OF_CHROMIUM]
    return {
        **_without(manifest, "key", "minimum_chrome_version"),
        "background": _without(manifest["background"], "service_worker"),
        "optional_permissions": optional,
    }


def files() -> list[Path]:
    """The extension's files, in an order that does not change from machine to machine."""
    given = [ROOT / part for part in PARTS if (ROOT / part).is_file()]
    found = [
        path
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.suffix in KINDS and not path.name.startswith(".")
    ]
    return sorted([*given, *found])


def _pack(target: Path, manifest: dict[str, Any]) -> Path:
    own = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in files():
            name = path.relative_to(ROOT).as_posix()
            data = own if name == "manifest.json" else path.read_bytes()
            package.writestr(zipfile.ZipInfo(name, TIME), data, zipfile.ZIP_DEFLATED)
    return target


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _tell(made: Path) -> None:
    print(made.relative_to(ROOT), file=sys.stderr)


def allowed_everywhere(folder: Path) -> Path:
    """A copy of the extension in *folder*, as its user has it who lets it read all sites.

    Nobody answers the browser's question without a screen, so the copy has the permission from
    the beginning; the code is the same.
    """
    for part in ("_locales", "extension"):
        shutil.copytree(ROOT / part, folder / part)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


if __name__ == "__main__":
    sys.exit(main())
