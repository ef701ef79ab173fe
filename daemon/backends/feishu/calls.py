"""One call, and what the service says to it: a value, whatever it says.

What is no answer of its API is an error of ours here, and never taken for a success.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from ...connections import LIMIT, UNANSWERED, Answer, Connections, TooLarge
from ...decoding import converted, decoded
from ...services import quoted, retry_after
from . import faults
from .access import Access
from .faults import Said

log = logging.getLogger(__name__)

#: Bytes of an answer: 500 blocks of a document, each with its texts.
LARGEST = 16_000_000
#: What goes wrong before anything is sent.
_UNSENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
#: Codes that say the same as the errors of RFC 6749 and RFC 8628.
_BY_NAME = {
    "invalid_client": 20002,
    "invalid_grant": 20026,
    "server_error": 20050,
    "temporarily_unavailable": 20072,
}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Violation(Struct, frozen=True):
    subject: str = ""


class _Help(Struct, frozen=True):
    url: str = ""


class _Details(Struct, frozen=True):
    log_id: str = ""
    permission_violations: tuple[_Violation, ...] = ()
    helps: tuple[_Help, ...] = ()


class _Envelope(Struct, frozen=True):
    code: int | msgspec.UnsetType = msgspec.UNSET
    msg: Any = ""
    error: Any = None
    error_description: Any = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


async def call(
    connections: Connections,
    access: Access,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Any = None,
    seconds: float = LIMIT,
    secrets: tuple[str, ...] = (),
    of_tokens: bool = False,
) -> Said:
    """What is said to a call of *url*, whether it is yes or no. Its words hold none of *secrets*.

    *of_tokens*: of a person, for which RFC 6749 knows no `code`.

    Raises:
        PassingError: It was not made.
        LostAnswerError: It may have been done.
        DeliveryError: Another server is named, which was not asked.
    """
    try:
        answer = await connections.ask(
            method, url, headers=headers or {}, data=data, seconds=seconds
        )
    except _UNSENT as error:
        raise faults.unreachable(access) from error
    except UNANSWERED as error:
        raise faults.broken_off(access) from error
    except TooLarge as error:
        raise faults.not_understood(access) from error
    said = _said(answer, access, url, secrets, of_tokens=of_tokens)
    if said.code or said.status >= 400:
        path = urlsplit(url).path
        log.warning("%s %s: %d, %d, log id %s", method, path, said.status, said.code, said.log)
    return said


def _said(
    answer: Answer, access: Access, url: str, secrets: tuple[str, ...], *, of_tokens: bool
) -> Said:
    if 300 <= answer.status < 400:
        host = urlsplit(urljoin(url, answer.headers.get("Location", ""))).netloc
        raise faults.leads_elsewhere(access, host, for_good=answer.status in {301, 308})
    try:
        envelope = decoded(answer.body, _Envelope)
    except _UNREADABLE as error:
        if answer.status == 429:  # of a server before it
            return Said(status=429, code=0, words="", rest=_rest(answer.headers))
        if answer.status >= 500:
            raise faults.failed(access, f"status {answer.status}") from error
        raise faults.not_understood(access) from error
    code = _code_by_rfc(envelope) if of_tokens else envelope.code
    if answer.status == 429:
        return _of_envelope(answer, envelope, code if isinstance(code, int) else 0, secrets)
    if not isinstance(code, int) or (answer.status >= 400 and not code):
        raise faults.not_understood(access)
    return _of_envelope(answer, envelope, code, secrets)


def _code_by_rfc(envelope: _Envelope) -> int:
    """The code of an answer that may have none: by the name of its error."""
    if isinstance(envelope.code, int):
        return envelope.code
    return _BY_NAME.get(envelope.error, -1) if isinstance(envelope.error, str) else 0


def _of_envelope(answer: Answer, envelope: _Envelope, code: int, secrets: tuple[str, ...]) -> Said:
    details = _details(envelope.error)
    return Said(
        status=answer.status,
        code=code,
        error=envelope.error if isinstance(envelope.error, str) else "",
        words=_words(envelope, secrets),
        log=_id(answer.headers.get("X-Tt-Logid", "") or details.log_id),
        rest=_rest(answer.headers),
        scopes=tuple(_hidden(each.subject, secrets) for each in details.permission_violations[:10]),
        help=_address([each.url for each in details.helps], secrets),
        data=msgspec.Raw(b"{}") if envelope.data == b"null" else envelope.data,
        body=answer.body,
    )


def _details(error: object) -> _Details:
    try:
        return converted(error, _Details)
    except msgspec.ValidationError:
        return _Details()


def _words(envelope: _Envelope, secrets: tuple[str, ...]) -> str:
    """What a refusal says: of the API in `msg`, of signing in in `error` and a description."""
    texts = (envelope.msg, envelope.error_description, envelope.error)
    words = next((text for text in texts if isinstance(text, str) and text), "")
    return _hidden(words, secrets)


def _hidden(words: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        words = quoted(words, secret)
    return quoted(words, "")


def _id(given: str) -> str:
    return given if re.fullmatch(r"[\w-]{1,80}", given) else ""


def _address(given: list[str], secrets: tuple[str, ...]) -> str:
    """The first that a person can open, as it stands; one that holds a secret of ours is none."""
    for url in given:
        is_one = re.fullmatch(r"https?://[!-~]{1,600}", url)
        if is_one and not any(secret and secret in url for secret in secrets):
            return url
    return ""


def _rest(headers: Mapping[str, str]) -> float | None:
    """Seconds that a limit lasts."""
    reset = headers.get("x-ogw-ratelimit-reset", "")
    return float(reset) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", reset) else retry_after(headers)
