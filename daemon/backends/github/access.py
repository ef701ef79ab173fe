"""How a repository is reached: pure, from the settings."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from typing import NoReturn
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

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


def proxy_for(api: str) -> str | None:
    """The proxy of the environment for this address: to itself a machine needs none."""
    url = urlsplit(api)
    host = url.hostname or ""
    if url.scheme != "https" or _is_here(host) or proxy_bypass(host):
        return None
    return getproxies().get("https")


def check_api(api: str) -> None:
    """Refuse what is no base URL, and one on whose way others could read the token.

    Raises:
        ValueError: Why.
    """
    url = urlsplit(api)
    try:
        is_base = bool(url.hostname) and url.port != 0 and not (url.query or url.fragment)
    except ValueError:  # a port that is none
        is_base = False
    if url.scheme not in {"http", "https"} or not is_base:
        _refuse("`api` is no base URL, as https://github.example.com/api/v3")
    if url.username is not None or url.password is not None:
        _refuse("`api` holds a name or a password; a token is kept by “guidang secret set”")
    if url.scheme == "http" and not _is_here(url.hostname or ""):
        _refuse("`api` is http://, where others could read the token: https://")


def check_branch(name: str) -> None:
    """Refuse what cannot be a branch (git check-ref-format).

    Raises:
        ValueError: It is none.
    """
    parts = name.split("/")
    bad = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|^@$|^-|\.$", name)
    if bad or any(not part or part[0] == "." or part.endswith(".lock") for part in parts):
        _refuse(f"`branch` “{name}” is no name that git takes")


def _is_here(host: str) -> bool:
    """Whether *host* is this machine."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
