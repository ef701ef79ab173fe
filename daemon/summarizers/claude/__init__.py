"""Summaries by Claude, and by every service that speaks Anthropic's Messages API.

The API: https://docs.anthropic.com/en/api/messages, through the package anthropic 2.x.
"""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from typing import Annotated, Literal, NoReturn
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Meta

from ...download import is_public
from ...settings import SECRET_NAME, NameOrNone
from ...writing import Wishes, Written
from .. import Summarizer, Surroundings
from .client import Access
from .model import Claude
from .services import SERVICES, Auth, Service

#: Names that no server of the public internet has (RFC 6761, 6762, 8375, and ICANN's .internal).
_PRIVATE_NAMES = (".localhost", ".local", ".home.arpa", ".internal", ".lan", ".test")
#: What belongs to the path of a request; the package adds it itself.
_REQUEST_PATH = re.compile(r"(?:/+v1(?:/+messages)?)?/*$")


class Settings(Wishes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which service writes, and how it is reached; what is empty or 0 is as that service has it."""

    service: Annotated[
        str,
        Meta(
            description="the service, or one that is reached alike",
            extra_json_schema={
                "enum": list(SERVICES),
                "services": msgspec.to_builtins(SERVICES),  # for a form that fills in the rest
            },
        ),
    ] = "anthropic"
    api: Annotated[str, Meta(description="base URL, as https://api.example.com")] = ""
    model: Annotated[
        str, Meta(max_length=200, description="the model, as the service calls it")
    ] = ""
    auth: Annotated[
        Literal["", "bearer", "x-api-key"], Meta(description="the header that carries the key")
    ] = ""
    key: Annotated[
        NameOrNone,
        Meta(
            description="name of the secret that is the key; empty: as the service is called",
            extra_json_schema=SECRET_NAME,
        ),
    ] = ""
    window: Annotated[
        int, Meta(ge=0, le=100_000_000, description="tokens of prompt and answer together")
    ] = 0
    silence_seconds: Annotated[
        float, Meta(ge=0.1, le=3_600, description="without a word of the service")
    ] = 180
    limit_seconds: Annotated[
        float, Meta(ge=0.1, le=86_400, description="for one answer, new attempts included")
    ] = 600

    def __post_init__(self) -> None:
        """Refuse what cannot work; msgspec tells a ValueError like any value that is not valid."""
        super().__post_init__()
        if self.service not in SERVICES:
            _refuse("service", f"is one of {', '.join(SERVICES)}")
        if not (self.api or self.preset.api):
            _refuse("api", "is needed: the base URL of the service")
        if not (self.model or self.preset.model):
            _refuse("model", f"is needed: the name of a model of {self.preset.title}")
        _check_address(urlsplit(self.base))

    @property
    def preset(self) -> Service:
        return SERVICES[self.service]

    @property
    def base(self) -> str:
        """The base URL, without what the package adds: /v1 and the slash at the end."""
        return _REQUEST_PATH.sub("", (self.api or self.preset.api).strip())

    @property
    def access(self) -> Access:
        """How the service is reached."""
        needed = self.service if self.preset.needs_key else ""
        auth: Auth = self.auth or self.preset.auth
        return Access(
            title=urlsplit(self.base).netloc if self.api else self.preset.title,
            base=self.base,
            model=self.model or self.preset.model,
            auth=auth,
            key=self.key or needed,
            proxies=_uses_proxies(urlsplit(self.base)),
            silence=self.silence_seconds,
            limit=self.limit_seconds,
        )


def connect(settings: Settings, surroundings: Surroundings) -> Summarizer:
    window = settings.window or settings.preset.window
    model = Claude(settings.access, window=window, secret=surroundings.secret)
    return Written(
        model,
        settings,
        tags=surroundings.tags,
        ledger=surroundings.ledger,
        workers=surroundings.workers,
        templates=surroundings.templates,
    )


def _check_address(url: SplitResult) -> None:
    """Refuse what is no base URL, and one whose way is open to others.

    Raises:
        ValueError: Why it cannot be used. The key and the article, which may be from behind a
            login, would travel in clear text: that is refused, not warned of, as nobody reads the
            log of a program that works.
    """
    if url.scheme not in {"http", "https"} or not _port_and_host(url) or url.query or url.fragment:
        _refuse("api", "is no base URL, as https://api.example.com")
    if url.username is not None or url.password is not None:
        _refuse("api", "holds a name or a password; a key is kept by “guidang secret set”")
    if url.scheme == "http" and not _is_private(url.hostname or ""):
        _refuse(
            "api", "is http:// on a server elsewhere, where others could read the key: https://"
        )


def _port_and_host(url: SplitResult) -> bool:
    try:
        return bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is none
        return False


def _is_private(host: str) -> bool:
    """Whether *host* is this machine, or in its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.lower().endswith(_PRIVATE_NAMES)
    return not is_public(address)


def _uses_proxies(url: SplitResult) -> bool:
    """Whether the proxies of the environment are for this address.

    The user's proxy is his way out, and sees nothing inside of TLS. To itself a machine needs none,
    and one elsewhere would read what goes to a neighbour over http.
    """
    host = (url.hostname or "").lower()
    here = host == "localhost" or host.endswith(".localhost")
    with suppress(ValueError):
        here = here or ipaddress.ip_address(host).is_loopback
    return url.scheme == "https" and not here


def _refuse(field: str, why: str) -> NoReturn:
    raise ValueError(f"`{field}` {why}")
