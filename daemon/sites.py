"""Sites as a rule names them: a host, or one with the beginning of a path."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

_PORTS = {"http": 80, "https": 443}


def fits(site: str, url: str) -> bool:
    """Whether the page at *url* is of *site*: its host is the site's or below that, and its path
    the site's or below that, by whole names. A site without a port has every port.
    """
    try:
        there, page = urlsplit(f"//{site}"), urlsplit(url)
        port = page.port or _PORTS.get(page.scheme)
        same_port = there.port in {None, port}
    except ValueError:  # an address that is none
        return False
    host, path = _host(page.hostname), _path(page.path)
    return (
        same_port
        and f".{host}".endswith(f".{_host(there.hostname)}")
        and f"{path}/".startswith(f"{_path(there.path)}/")
    )


def _host(name: str | None) -> str:
    """A host as it crosses the wire, whichever way it was written."""
    name = (name or "").rstrip(".")
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:  # a name that no server has
        return name.lower()


def _path(text: str) -> str:
    return unquote(text).rstrip("/")
