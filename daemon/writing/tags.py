"""The tags of a summary, written as the library writes them already."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Characters that no tag has: what is left is read as one in every program that knows #tags.
_NONE = re.compile(r"[^\w/]+")
_WHOLE = re.compile(r"[\w/-]+")
_JOINT = re.compile(r"-*/-*|-{2,}")
_CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}])[-_](?=[{_CJK}])")
_LONGEST = 40


def normal_tags(found: Sequence[str], known: Sequence[str], most: int) -> tuple[str, ...]:
    """*found* as tags, *most* at most: those that are *known* in the spelling that they have there.

    Case, width and hyphens make no other tag.
    """
    spelling = {_folded(tag): tag for tag in reversed(known) if is_tag(tag)}
    tags: dict[str, str] = {}
    for tag in filter(None, map(_tag, found)):
        tags.setdefault(_folded(tag), spelling.get(_folded(tag), tag))
    tags.pop("", None)
    return tuple(tags.values())[:most]


def is_tag(text: str) -> bool:
    """Whether it is one as it stands: earlier pages may have put anything behind a #."""
    return _WHOLE.fullmatch(text) is not None


def _tag(text: str) -> str:
    joined = _NONE.sub("-", unicodedata.normalize("NFKC", text))
    tag = _BETWEEN_CJK.sub("", _JOINT.sub(lambda run: "/" if "/" in run[0] else "-", joined))
    tag = tag[:_LONGEST].strip("-_/")
    return tag if any(map(str.isalpha, tag)) else ""


def _folded(tag: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", tag).casefold())
