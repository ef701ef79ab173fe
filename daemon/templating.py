"""Jinja2, sandboxed: a template shows values and reaches nothing else."""

from __future__ import annotations

import functools
from typing import Any

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


def fill(template: str, **values: Any) -> str:
    """The built-in *template* with *values*."""
    return _environment().get_template(f"{template}.md.j2").render(**values)


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Markdown is no HTML: what goes in is escaped where it is made.
    return ImmutableSandboxedEnvironment(
        loader=PackageLoader("daemon"),
        autoescape=False,
        undefined=StrictUndefined,
        keep_trailing_newline=False,
    )
