"""How a repository is reached: pure, from the settings."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct

#: The API of github.com.
API = "https://api.github.com"


class Access(Struct, frozen=True, kw_only=True):
    """Which repository, and how it is reached."""

    api: str  #: base URL, without a slash at its end
    repository: str  #: owner/name
    secret: str  #: the name of the token among the secrets

    @property
    def title(self) -> str:
        """What its users call the service."""
        return "GitHub" if self.api == API else urlsplit(self.api).netloc

    @property
    def web(self) -> str:
        """Where people see it: https://docs.github.com/en/enterprise-server/rest says how a server
        of one's own is called, and .../enterprise-cloud/admin/data-residency one at ghe.com.
        """
        url = urlsplit(self.api)
        host = url.netloc.removeprefix("api.") if url.path in {"", "/"} else url.netloc
        return f"{url.scheme}://{host}"

    @property
    def token_form(self) -> str:
        """Where a token is made, with what it needs filled in.

        https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens#pre-filling-fine-grained-personal-access-token-details-using-url-parameters
        """
        asked = {
            "name": "Guidang",
            "description": f"Notes to {self.repository}",
            "target_name": self.repository.partition("/")[0],
            "contents": "write",
        }
        return f"{self.web}/settings/personal-access-tokens/new?{urlencode(asked)}"

    def page_of(self, path: str, branch: str) -> str:
        """Where a person sees the file *path*."""
        return f"{self.web}/{self.repository}/blob/{quoted_path(branch)}/{quoted_path(path)}"


def quoted_path(path: str) -> str:
    """*path* for a URL, each of its parts percent-encoded."""
    return quote(path, safe="/", errors="replace")


def check_branch(name: str) -> None:
    """Refuse what cannot be a branch (git check-ref-format).

    Raises:
        ValueError: It is none.
    """
    parts = name.split("/")
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|^@$|^-|\.$", name)
    if bad or any(not part or part[0] == "." or part.endswith(".lock") for part in parts):
        raise ValueError(f"`branch` “{name}” is no name that git takes")
