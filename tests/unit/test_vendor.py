"""What the extension holds of others."""

from __future__ import annotations

from tests.unit import documents
from tools.vendor import MODULES, VENDOR, wanted_versions


def test_what_is_vendored_has_the_versions_that_are_wanted() -> None:
    wanted = wanted_versions()

    assert wanted.keys() == MODULES.keys()
    for name, version in wanted.items():
        banner = (VENDOR / f"{name}.js").read_text("utf-8").splitlines()[0]
        assert f"{name} {version} " in banner.lower()


def test_every_licence_of_it_lies_beside_it_and_is_told() -> None:
    licences = (VENDOR / "LICENCES.txt").read_text("utf-8")

    told = documents.rows("THIRD-PARTY.md", "In the extension")

    for name, version, licence, _ in told:
        assert f"{name} {version} ({licence.strip('()')}" in licences.replace("((", "(")
    assert wanted_versions().items() <= {name: version for name, version, *_ in told}.items()
