"""Finds the module of a backend or a summarizer by its kind."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import cast

from .errors import SettingsError


def kinds(package: str, group: str) -> list[str]:
    """The kinds there are: the modules of *package* and the entry points of *group*."""
    folder = importlib.import_module(package).__path__
    built_in = [module.name for module in pkgutil.iter_modules(folder)]
    return sorted({*built_in, *(entry.name for entry in entry_points(group=group))})


@functools.cache  # packages do not come and go while the daemon runs, and a search takes 1 ms
def kind_named(kind: str, package: str, group: str) -> ModuleType:
    """The module of *kind*.

    Raises:
        SettingsError: There is none of this name.
    """
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if module.name == kind:
            return importlib.import_module(f"{package}.{kind}")
    for entry in entry_points(group=group, name=kind):
        return cast("ModuleType", entry.load())
    raise SettingsError(
        "kind-unknown",
        f"There is no kind “{kind}”.",
        f"The kinds are: {', '.join(kinds(package, group))}.",
    )
