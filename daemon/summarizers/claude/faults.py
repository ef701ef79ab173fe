"""What went wrong with a service → a SummaryError, in words for its user.

Which exceptions there are was tried with anthropic 2.12 against real sockets: beside the package's
own, those of its HTTP library come through from a stream that breaks.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...errors import SummaryError
from ...services import quoted, retry_after

if TYPE_CHECKING:
    import anthropic

    from .client import Access

#: What decoding makes of a stream that is none: JSON and its values (ValueError), and what the
#: package itself trips over where they are of another shape.
BROKEN = (ValueError, TypeError, AttributeError, LookupError, AssertionError)
#: The status that an error of this type has; in a stream the status was 200 long ago.
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_TOO_LONG = re.compile(
    r"(prompt|input|request)\b.{0,40}\btoo (long|large)|context.?(length|window|size|limit)"
    r"|too many (input |prompt )?tokens|exceed.{0,60}\btokens?\b|maximum.{0,20}\btokens?\b"
    r"|\b(prompt|input)\b.{0,40}\bexceed|\b(range|limit) of input length\b"
    r"|超长|超[过出].{0,40}(长度|限制|上限|token)|(输入|提示|上下文|内容).{0,20}[过太]长",
    re.IGNORECASE | re.DOTALL,
)
#: What else “超过…限制” (over the limit) is said of.
_TOO_OFTEN = re.compile("频率|频次|次数|速率|并发|余额|额度")
#: The tokens of an answer, by the names that they have in requests and in prose.
_OUTPUT = re.compile(
    r"\bmax_(new_|output_|completion_)?tokens\b|\b(output|completion) tokens?\b|最大输出|输出长度",
    re.IGNORECASE,
)
#: With these it is the prompt and the answer together, which the window has to hold.
_TOGETHER = re.compile(r"context|prompt|\binput (length|tokens?)\b|上下文|提示|输入", re.IGNORECASE)
#: No part of a name, as in gpt-4-1106, and none of a fraction.
_NUMBER = re.compile(r"(?<![\w.-])\d{1,3}(?:,\d{3})+(?!\w)|(?<![\w.-])\d+(?!\w)")
#: Characters of what a service says that are looked at.
_MOST_WORDS = 2_000
_MEANING = {
    401: (
        "key-refused",
        "{title} does not accept the key",
        "Set it anew: guidang secret set {key}",
    ),
    402: (
        "payment-needed",
        "{title} wants to be paid first",
        "Look at your account there, then write the summary again.",
    ),
    403: (
        "access-refused",
        "{title} does not let this key do that",
        "Look at your account there: its rights, its region, its limits.",
    ),
    404: (
        "model-unknown",
        "{title} has no model “{model}”",
        "Name another: guidang settings summarizer.model=NAME",
    ),
    413: (
        "prompt-too-long",
        "The page is too long for {title} at once",
        "Set summarizer.window to what the model takes.",
    ),
    429: (
        "service-busy",
        "{title} is asked too much at the moment",
        "It will be tried again; a limit of your account may be reached.",
    ),
    500: (
        "service-failed",
        "{title} has a fault of its own",
        "It will be tried again.",
    ),
    400: (
        "request-refused",
        "{title} does not accept what it was asked",
        "Look whether the model can do this; another may.",
    ),
}


class OutputError(SummaryError):
    """A service does not write so much at once; *numbers* are those that it names."""

    numbers: tuple[int, ...] = ()

    def bound(self, asked: int) -> int:
        """Tokens to ask for in place of so many: what it names, else the half.

        A far smaller number is a version, or the least that it takes.
        """
        fits = [number for number in self.numbers if asked / 16 < number < asked]
        return max(fits, default=max(1, asked // 2))


@contextmanager
def told(access: Access, key: str) -> Iterator[None]:
    """Every way in which a service fails, as a SummaryError.

    It stands alone: what it came from may hold the key, and would be printed with its traceback.
    """
    import anthropic  # noqa: PLC0415  takes a second: loaded by then
    import httpx2  # noqa: PLC0415

    try:
        yield
    except anthropic.APIStatusError as error:
        raise _of_status(error, access, key) from None
    except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
        raise _of_silence(error, access) from None
    except (anthropic.APIConnectionError, httpx2.ConnectError) as error:
        raise _of_connection(error, access) from None
    except httpx2.HTTPError:
        raise broken_off(access) from None
    except TimeoutError:
        raise too_slow(access) from None
    except (anthropic.AnthropicError, *BROKEN):
        raise not_understood(access) from None


def own_errors() -> tuple[type[Exception], ...]:
    """The errors of the package and of its HTTP library, and of a limit of time."""
    import anthropic  # noqa: PLC0415  takes a second: loaded by then
    import httpx2  # noqa: PLC0415

    return anthropic.AnthropicError, httpx2.HTTPError, TimeoutError


def any_errors() -> tuple[type[Exception], ...]:
    """Those, and what an answer of another shape leads to."""
    return *own_errors(), *BROKEN


def no_way_out() -> SummaryError:
    return SummaryError(
        "service-unreachable",
        "The proxy that this machine names cannot be used.",
        "Correct HTTPS_PROXY or ALL_PROXY (http:// and https:// are known).",
    )


def key_missing(access: Access) -> SummaryError:
    return SummaryError(
        "key-missing",
        f"{access.title} needs a key, and none is kept here.",
        f"Get one there, then: guidang secret set {access.key}",
    )


def refused(access: Access, explanation: str, key: str) -> SummaryError:
    return SummaryError(
        "answer-refused",
        _sentence(f"{access.title} declined to write this summary", explanation, key),
        "Write it yourself, or have another model do it.",
    )


def empty(access: Access) -> SummaryError:
    return SummaryError(
        "answer-refused",
        f"{access.title} answered without a word.",
        "Have another model write it.",
    )


def too_long(access: Access) -> SummaryError:
    code, message, hint = _MEANING[413]
    return SummaryError(code, message.format(title=access.title) + ".", hint)


def broken_off(access: Access) -> SummaryError:
    return SummaryError(
        "answer-broken",
        f"The answer of {access.title} broke off.",
        "It will be tried again.",
        temporary=True,
    )


def not_understood(access: Access) -> SummaryError:
    return SummaryError(
        "answer-broken",
        f"What answers at {access.base} does not speak the Messages API.",
        "Look at summarizer.service and summarizer.api; a network may also want you to sign in.",
    )


def too_slow(access: Access) -> SummaryError:
    return SummaryError(
        "service-slow",
        f"{access.title} was not done within {access.limit:g} seconds.",
        "Raise summarizer.limit_seconds, or take a faster model.",
        temporary=True,
    )


def with_models(error: SummaryError, models: list[str]) -> SummaryError:
    """*error* about a model, with those there are."""
    if not models:
        return error
    return SummaryError(error.code, error.message, f"{error.hint}. There are: {', '.join(models)}.")


def _of_status(error: anthropic.APIStatusError, access: Access, key: str) -> SummaryError:
    words = next(filter(None, map(_text, _places(error))), "")[:_MOST_WORDS]
    status = _STATUS.get(str(error.type), 0)
    if error.status_code != 200 and status != 402:
        status = error.status_code
    if status in {400, 422}:
        if _OUTPUT.search(words) and not _TOGETHER.search(words):
            return _too_much(words, access, key)
        if _TOO_LONG.search(words) and not _TOO_OFTEN.search(words):
            status = 413
    if 300 <= status < 400 or (status in {404, 405} and _field(error.body, "error") is None):
        return not_understood(access)  # not even its error is one of this API
    return _meaning(status, words, error.response.headers, access, key)


def _meaning(
    status: int, words: str, headers: Mapping[str, str], access: Access, key: str
) -> SummaryError:
    temporary = status in {0, 408, 409, 429} or status >= 500
    known = {529: 429, 408: 500, 409: 500, 0: 500}.get(status, status)
    code, message, hint = _MEANING.get(known) or _MEANING[500 if known >= 500 else 400]
    values = {"title": access.title, "model": access.model, "key": access.key or "NAME"}
    return SummaryError(
        code,
        _sentence(message.format(**values), words, key),
        hint.format(**values),
        temporary={"true": True, "false": False}.get(headers.get("x-should-retry", ""), temporary),
        retry_after=retry_after(headers),
    )


def _too_much(words: str, access: Access, key: str) -> OutputError:
    error = OutputError(
        "output-limited",
        _sentence(f"{access.title} does not write as much at once as it was asked for", words, key),
        "Set a shorter summarizer.length, or choose another model.",
    )
    found = _NUMBER.findall(words)
    error.numbers = tuple(int(number.replace(",", "")) for number in found if len(number) < 12)
    return error


def _of_silence(error: Exception, access: Access) -> SummaryError:
    import httpx2  # noqa: PLC0415

    if any(isinstance(cause, httpx2.ConnectTimeout) for cause in _chain(error)):
        return _of_connection(error, access)
    return SummaryError(
        "service-silent",
        f"{access.title} said nothing for {access.silence:g} seconds.",
        "It will be tried again; a slow model needs a higher summarizer.silence_seconds.",
        temporary=True,
    )


def _of_connection(error: Exception, access: Access) -> SummaryError:
    where = urlsplit(access.base).netloc
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(error)):
        return SummaryError(
            "service-unreachable",
            f"The certificate of {where} is not one that this machine trusts.",
            "Look at summarizer.api and at the clock; a proxy may stand between.",
        )
    return SummaryError(
        "service-unreachable",
        f"{access.title} cannot be reached at {where}.",
        "See whether the network is there, the service runs, and summarizer.api is right.",
        temporary=True,
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _places(error: anthropic.APIStatusError) -> tuple[object, ...]:
    """Where services have their words: the API says the first, Ollama and FastAPI the others."""
    return error.api_message, _field(error.body, "error"), _field(error.body, "message")


def _field(body: object, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _sentence(told: str, words: str, key: str) -> str:
    """What is *told*, with the service's own *words* where it gave any."""
    said = quoted(words, key)
    return f"{told} (“{said}”)." if said else f"{told}."
