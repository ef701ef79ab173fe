"""The two filters: JSON lines in, JSON lines out, one answer for each line at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from msgspec import Struct

from .errors import DaemonError
from .protocol import INTERNAL, decode, encode_line, fault_of
from .stages import load
from .workers import Workers

#: Seconds for one line.
TIME_LIMIT = 10.0


class ArticleRequest(Struct, frozen=True):
    """One line for `guidang article`; other fields are ignored."""

    html: str
    url: str = ""


class MarkdownRequest(Struct, frozen=True):
    """One line for `guidang markdown`; other fields are ignored."""

    html: str


def answer_article(line: bytes) -> dict[str, Any]:
    """The article of one page. Runs in a worker.

    Raises:
        ProtocolError: The line is not such a request.
        ExtractionError: The page holds no text.
    """
    from .extract import extract, parse, text_of  # noqa: PLC0415  only workers load lxml
    from .markdown.writer import render  # noqa: PLC0415  as above

    begun = time.perf_counter()
    request = decode(ArticleRequest, line)
    article = extract(parse(request.html), request.url)
    return {
        "title": article.title,
        "byline": article.byline,
        "published": article.published,
        "site": article.site,
        "language": article.language,
        "markdown": render(article.body),
        "text": text_of(article.body),
        "ms": round((time.perf_counter() - begun) * 1000, 3),
    }


def answer_markdown(line: bytes) -> dict[str, Any]:
    """The Markdown of one fragment, converted whole. Runs in a worker.

    Raises:
        ProtocolError: The line is not such a request.
    """
    from .extract import parse  # noqa: PLC0415  as above
    from .markdown.writer import render  # noqa: PLC0415

    return {"markdown": render(parse(decode(MarkdownRequest, line).html))}


async def run_filter(
    answer: Callable[[bytes], dict[str, Any]],
    source: BinaryIO,
    sink: BinaryIO,
    *,
    time_limit: float = TIME_LIMIT,
) -> None:
    """Answer each line of *source* on *sink*; a line that fails answers its error.

    *time_limit*: seconds for one line.
    """
    workers = Workers(1, load=load, time_limit=time_limit)
    try:
        while line := await asyncio.to_thread(source.readline):
            if line.strip():
                sink.write(encode_line(await _answered(workers, answer, line)))
                sink.flush()
    finally:
        await workers.close()


async def _answered(
    workers: Workers, answer: Callable[[bytes], dict[str, Any]], line: bytes
) -> dict[str, Any]:
    try:
        return await workers.run(answer, line)
    except DaemonError as error:
        return {"error": fault_of(error)}
    except Exception:  # noqa: BLE001  a bug fails its line alone; the next one goes on
        return {"error": INTERNAL}
