"""The settings of the Feishu backend."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from ...connections import check_api
from ...settings import SECRET_NAME, NameOrNone
from .. import Again
from .access import API, Access

_TOKEN = r"[A-Za-z0-9_-]{1,100}"  # noqa: S105  of a folder, a node: a name, no secret
_APP = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ONE = re.compile(rf"(?:{_TOKEN})?")
_PERSON = re.compile(r"(?:o[uc]_[A-Za-z0-9]{1,100}|[^\s@/<>]{1,100}@[^\s@/<>]{1,150})?")


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which app stores notes, where, and for whom."""

    app_id: Annotated[str, Meta(description="of your app, as cli_a1b2c3")]
    folder: Annotated[
        str, Meta(description="token of a folder, the end of its address; empty: the root")
    ] = ""
    wiki: Annotated[str, Meta(description="id of a wiki space, in place of a folder")] = ""
    wiki_parent: Annotated[
        str, Meta(description="token of the wiki's node below which notes go; empty: the top")
    ] = ""
    as_user: Annotated[
        bool, Meta(description="store notes as the person of “guidang sign-in”, not as the app")
    ] = False
    share_with: Annotated[
        str,
        Meta(description="who may edit the notes of the app: ou_…, a group oc_…, a mail address"),
    ] = ""
    again: Again = "version"  #: when the URL is archived again
    base: Annotated[
        str, Meta(description="token of a Base that gets a table with a row for each note")
    ] = ""
    secret: Annotated[
        NameOrNone,
        Meta(
            description="name of the secret of the app; empty: as the backend is called",
            extra_json_schema=SECRET_NAME,
        ),
    ] = ""
    api: Annotated[str, Meta(description="base URL; of Lark https://open.larksuite.com")] = API

    def __post_init__(self) -> None:
        """Raises ValueError, which becomes a SettingsError: what could never work."""
        if not _APP.fullmatch(self.app_id):
            raise ValueError("`app_id` is no id of an app, as cli_a1b2c3")
        for name in ("folder", "wiki", "wiki_parent", "base"):
            if not _ONE.fullmatch(getattr(self, name)):
                raise ValueError(f"`{name}` is no token: it is the last part of the address")
        if self.folder and self.wiki:
            raise ValueError("`folder` and `wiki` name two places: a note goes to one")
        if self.wiki_parent and not self.wiki:
            raise ValueError("`wiki_parent` is a node of a wiki: name its space in `wiki`")
        if not _PERSON.fullmatch(self.share_with):
            raise ValueError("`share_with` is ou_…, oc_… or a mail address")
        if self.share_with and self.as_user:
            raise ValueError("`share_with` is for notes of the app: with `as_user` they are yours")
        check_api(self.api)

    def access(self, name: str) -> Access:
        """How the backend called *name* reaches its service."""
        return Access(
            name=name,
            api=self.api.rstrip("/"),
            app_id=self.app_id,
            secret=self.secret or name,
            as_user=self.as_user,
        )

    @property
    def member(self) -> tuple[str, str] | None:
        """Whom notes are shared with, as the API calls it: `member_type` and `type`."""
        if not self.share_with:
            return None
        if self.share_with.startswith("oc_"):
            return "openchat", "chat"
        return ("openid" if self.share_with.startswith("ou_") else "email"), "user"

    @property
    def where(self) -> str:
        """Where notes go, for a sentence."""
        if self.wiki:
            return f"the wiki {self.wiki}" + (
                f", below {self.wiki_parent}" * bool(self.wiki_parent)
            )
        return f"the folder {self.folder}" if self.folder else "the root folder"

    @property
    def owned(self) -> str:
        """What it means that an app owns what it makes."""
        if self.as_user:
            return ""
        if self.share_with:
            return f" The app owns them; {self.share_with} may do everything with them."
        return " The app owns them, so nobody sees them whom the folder is not shared with."

    @property
    def scopes(self) -> str:
        """What a person who signs in is asked to grant, to be renewed without being asked again."""
        wiki = ["wiki:wiki"] if self.wiki else []
        base = ["bitable:app"] if self.base else []
        usual = ["docx:document", "docs:document.media:upload", "drive:drive"]
        return " ".join([*usual, *wiki, *base, "offline_access"])
