"""`make package`: a package for each kind of browser, and the source that both are made of."""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools import package

#: How files name others: in HTML, in modules and in styles.
NAMED = re.compile(
    r"""(?:src|href)="([^"#:]+)"|(?:from|import\(|import) ?"(\.[^"]+)"|url\("?([^")]+)"""
)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the packages, made of the checkout."""
    monkeypatch.setattr(package, "DIST", tmp_path)
    monkeypatch.setattr(package, "_tell", lambda _: None)
    assert package.main() == 0
    return tmp_path


def manifest_of(archive: Path) -> dict[str, Any]:
    with zipfile.ZipFile(archive) as packed:
        read: dict[str, Any] = json.loads(packed.read("manifest.json"))
    return read


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_package_holds_all_that_its_files_name_and_nothing_but_the_extension(
    made: Path, browser: str
) -> None:
    with zipfile.ZipFile(made / f"guidang-{browser}.zip") as packed:
        names = set(packed.namelist())
        sought = {
            (name, posixpath.normpath(posixpath.join(posixpath.dirname(name), found)))
            for name in names
            if name.endswith((".html", ".js", ".css")) and "/vendor/" not in name
            for parts in NAMED.findall(packed.read(name).decode())
            for found in parts
            if found and "${" not in found
        }

    assert len(sought) > 100
    assert [each for each in sorted(sought) if each[1] not in names] == []
    assert {name.split("/")[0] for name in names} == set(package.PARTS)
    assert {Path(name).suffix for name in names} <= {*package.KINDS, ""}


def test_each_store_gets_what_its_browsers_know(made: Path) -> None:
    chromium = manifest_of(made / "guidang-chromium.zip")
    firefox = manifest_of(made / "guidang-firefox.zip")

    assert not {"key", "browser_specific_settings"} & set(chromium)
    assert chromium["background"] == {
        "service_worker": "extension/background.js",
        "type": "module",
    }
    assert not {"key", "minimum_chrome_version"} & set(firefox)
    assert firefox["background"] == {"scripts": ["extension/background.js"], "type": "module"}
    assert firefox["optional_permissions"] == ["notifications"]
    assert chromium["permissions"] == firefox["permissions"]


def test_the_source_makes_the_same_packages_byte_for_byte(tmp_path: Path, made: Path) -> None:
    source = tmp_path / "source"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=package.ROOT, check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package.ROOT / name, source / name)
    environ = {"PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-m", "tools.package"], cwd=source, env=environ, check=True)

    for browser in ("chromium", "firefox"):
        name = f"guidang-{browser}.zip"
        assert (source / "dist" / name).read_bytes() == (made / name).read_bytes()
