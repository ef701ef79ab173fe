"""How Feishu and Lark are reached: pure, from the settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

#: The API of Feishu, and that of Lark, its international sister.
API = "https://open.feishu.cn"
LARK = "https://open.larksuite.com"


class Access(Struct, frozen=True, kw_only=True):
    """Which app asks the service, for whom, and where the service is."""

    name: str  #: of the backend
    api: str  #: base URL, without a slash at its end
    app_id: str
    secret: str  #: the name of the app's secret among the secrets
    as_user: bool = False  #: for the person who signed in, not for the app itself

    @property
    def title(self) -> str:
        """What its users call the service."""
        return {API: "Feishu", LARK: "Lark"}.get(self.api) or urlsplit(self.api).netloc

    @property
    def user_secret(self) -> str:
        """The name of the secret that holds the tokens of the person who signed in."""
        return f"{self.secret}-user"

    @property
    def who(self) -> str:
        """In whose name notes are stored, for a sentence."""
        return "the person who signed in" if self.as_user else "the app"

    @property
    def accounts(self) -> str:
        """Base URL of where a person signs in."""
        scheme, _, host = self.api.partition("://")
        return f"{scheme}://accounts.{host[5:]}" if host.startswith("open.") else self.api

    @property
    def console(self) -> str:
        """Where the owner of the app sees its secret, its scopes and its state."""
        return f"{self.api}/app/{self.app_id}"
