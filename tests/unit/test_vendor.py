"""What the extension holds of others."""

from __future__ import annotations

import json

from tests.unit import documents
from tools.vendor import MODULES, ROOT, VENDOR, wanted_versions


def test_what_is_vendored_is_what_was_published() -> None:
    wanted = wanted_versions()

    assert wanted.keys() == MODULES.keys()
    for name, version in wanted.items():
        package = ROOT / "node_modules" / name
        assert json.loads((package / "package.json").read_text("utf-8"))["version"] == version
        published = (package / MODULES[name]).read_bytes()
        assert (VENDOR / f"{name}.js").read_bytes() == published


def test_every_licence_of_it_lies_beside_it_and_is_told() -> None:
    licences = (VENDOR / "LICENCES.txt").read_text("utf-8")

    told = documents.rows("THIRD-PARTY.md", "In the extension")

    for name, version, licence, _ in told:
        assert f"{name} {version} ({licence.strip('()')}" in licences.replace("((", "(")
    assert wanted_versions().items() <= {name: version for name, version, *_ in told}.items()
