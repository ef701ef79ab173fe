"""The options have a text for every setting that the daemon's schema has, in both languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from daemon import backends, summarizers
from daemon.kinds import kind_named, kinds
from daemon.settings import Images, Settings
from tests.unit.documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Settings that have a section of their own, and no field.
SECTIONS = {"plan", "plans", "rules", "backends", "summarizer", "images", "template"}
#: Their values are names that no language has a word for.
NAMES = {"service"}


def scopes() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Each kind of settings, as the options call it."""
    yield "settings", Settings
    yield "images", Images
    for package in (backends, summarizers):
        group = f"guidang.{package.__name__.partition('.')[2]}"
        for kind in kinds(package.__name__, group):
            yield kind, kind_named(kind, package.__name__, group).Settings


def fields(kind: type[msgspec.Struct]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = msgspec.json.schema(kind)["$defs"][kind.__name__][
        "properties"
    ]
    return {name: field for name, field in properties.items() if name not in SECTIONS}


def wanted() -> Iterator[list[str]]:
    """The keys of each text, of which one has to be there."""
    for scope, kind in scopes():
        if scope not in {"settings", "images"}:
            yield [f"kind_{scope}", f"summarizer_{scope}"]
        for name, field in fields(kind).items():
            yield [f"field_{scope}_{name}", f"field_{name}"]
            for value in () if name in NAMES else field.get("enum", ()):
                key = value.replace("-", "_") or "none"
                yield [f"value_{scope}_{name}_{key}", f"value_{name}_{key}"]


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
def test_every_setting_and_every_choice_has_a_text(locale: str) -> None:
    texts = json.loads((ROOT / "_locales" / locale / "messages.json").read_text("utf-8"))

    assert [keys for keys in wanted() if not any(key in texts for key in keys)] == []


def test_no_text_of_a_setting_is_left_that_there_is_not() -> None:
    texts = json.loads((ROOT / "_locales/en/messages.json").read_text("utf-8"))
    known = {key for keys in wanted() for key in keys}
    fields_known = {key for key in known if key.startswith("field_")}

    unknown = [
        key
        for key in texts
        if key.split("_")[0] in {"field", "value", "kind", "summarizer", "help"}
        and key not in known
        and key.replace("help_", "field_", 1) not in fields_known
    ]

    assert unknown == []
