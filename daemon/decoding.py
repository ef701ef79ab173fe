"""Typed values of what comes in: of JSON, and of what was read from elsewhere."""

from __future__ import annotations

import functools
import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_one_at_a_time = threading.Lock()


def decoded(data: bytes | bytearray | memoryview | str, kind: type[T]) -> T:
    """The JSON *data* as a value of *kind*.

    Raises:
        msgspec.DecodeError: It is no JSON, or as its ValidationError, not of *kind*.
        UnicodeDecodeError, RecursionError: It is no JSON that anybody would write.
    """
    value: T = _decoder(kind).decode(data)  # type: ignore[arg-type]  # types are hashable
    return value


def converted(
    value: object, kind: type[T], *, strict: bool = True, from_attributes: bool = False
) -> T:
    """*value*, of the kinds that JSON or TOML have, as one of *kind*; the rest is as in msgspec.

    Raises:
        msgspec.ValidationError: It is not of *kind*.
    """
    _decoder(kind)  # type: ignore[arg-type]  # as above
    made: T = msgspec.convert(  # noqa: TID251  the type is known by now
        value, kind, strict=strict, from_attributes=from_attributes
    )
    return made


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    # msgspec 0.22 puts its description of a Struct into the type before it is complete, and reads
    # annotations in between. A second thread that asks for the same type then takes it half made,
    # and the process ends by SIGSEGV: 1 of 100 runs of tests/faults/kill_points did that.
    with _one_at_a_time:
        return msgspec.json.Decoder(kind)
