"""The settings of the GitHub backend."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from ...connections import check_api
from ...placing import TITLE, check_templates
from ...settings import SECRET_NAME, NameOrNone
from .. import Again
from .access import API, Access, check_branch
from .repository import Person

#: The message of most commits, which needs no template to be filled.
MESSAGE = f"Archive “{TITLE}”"
#: What the names of the page and of the capture beside a note end in.
PAGE, CAPTURE = ".html", ".json.gz"
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_PERSON = re.compile(r"\s*([^<>\n]+?)\s*<([^<>\s]+@[^<>\s]+)>\s*")


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where notes go, how they are called, and what their commits say."""

    repository: Annotated[str, Meta(description="owner/name")]
    branch: Annotated[str, Meta(max_length=200, description="empty: the default branch")] = ""
    create_branch: Annotated[bool, Meta(description="make the branch if it is not there")] = False
    subfolder: str = ""  #: a template of names, with slashes
    name: str = TITLE  #: a template of names
    again: Again = "version"  #: when the URL is archived again
    snapshot: bool = False  #: with the page itself beside the note
    capture: bool = False  #: with the capture beside the note
    message: Annotated[str, Meta(description="a template of the commit's message")] = MESSAGE
    author: Annotated[str, Meta(description="Name <address>; empty: the owner of the token")] = ""
    token: Annotated[
        NameOrNone,
        Meta(
            description="name of the secret that is the token; empty: as the backend is called",
            extra_json_schema=SECRET_NAME,
        ),
    ] = ""
    client_id: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._-]{0,100}(?!\n)$",
            description="of an app with the device flow, for “guidang sign-in”",
        ),
    ] = ""
    api: Annotated[str, Meta(description="base URL, as https://github.example.com/api/v3")] = API

    def __post_init__(self) -> None:
        """Raises ValueError, which becomes a SettingsError: what could never work."""
        if not _REPOSITORY.fullmatch(self.repository):
            raise ValueError("`repository` is called owner/name, as in its address")
        if self.branch:
            check_branch(self.branch)
        if self.author and not _PERSON.fullmatch(self.author):
            raise ValueError("`author` is written Name <address>")
        check_api(self.api)
        check_templates(self.subfolder, self.name, self.message)

    def access(self, name: str) -> Access:
        """How the backend called *name* reaches its repository."""
        secret = self.token or name
        return Access(api=self.api.rstrip("/"), repository=self.repository, secret=secret)

    @property
    def person(self) -> Person | None:
        found = _PERSON.fullmatch(self.author)
        return Person(found[1], found[2]) if found else None

    @property
    def longest_ending(self) -> str:
        """Of the names of a note and what lies beside it: all of them find room by it."""
        return CAPTURE if self.capture else PAGE if self.snapshot else ".md"
