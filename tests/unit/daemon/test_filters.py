"""The two filters as the programs that they are."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from daemon.filters import run_filter

PAGE = """<html lang="zh-CN"><head><title>潮汐的成因 - 科学网</title>
<meta name="author" content="作者"><meta property="og:site_name" content="科学网">
<meta property="article:published_time" content="2026-11-20"></head><body>
<nav>首页 新闻</nav><h1>潮汐的成因</h1><p>潮汐是由月亮和太阳的引力引起的，每天两次涨落 🌊。</p>
<p>它在很长的时间里塑造了海岸，<b>也塑造了</b>沿岸人的生活。</p></body></html>"""


class Filter:
    """A filter that reads and answers line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    def write(self, line: bytes) -> None:
        self._stdin.write(line + b"\n")
        self._stdin.flush()

    def read(self) -> Any:
        return json.loads(self._stdout.readline().decode("utf-8"))

    def answer(self, **fields: Any) -> Any:
        """Write a line and read its answer before the next."""
        self.write(json.dumps(fields).encode())
        return self.read()

    def end(self) -> bytes:
        """End the input; what was still to be said."""
        self._stdin.close()
        return self._stdout.read()


@contextmanager
def filter_of(name: str) -> Iterator[Filter]:
    command = [sys.executable, "-m", "daemon", name, "--jsonl"]
    # With this variable a filter that forgets to flush would pass.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
    ) as process:
        try:
            yield Filter(process)
            process.communicate(timeout=30)
            assert process.returncode == 0
        finally:
            process.kill()


@pytest.fixture(scope="module")
def article() -> Iterator[Filter]:
    with filter_of("article") as running:
        yield running


@pytest.fixture(scope="module")
def markdown() -> Iterator[Filter]:
    with filter_of("markdown") as running:
        yield running


def test_an_article_is_answered_with_all_its_fields(article: Filter) -> None:
    answer = article.answer(html=PAGE, url="https://example.org/tides")

    assert answer.pop("ms") > 0
    assert answer == {
        "title": "潮汐的成因",
        "byline": "作者",
        "published": "2026-11-20",
        "site": "科学网",
        "language": "zh-CN",
        "markdown": "潮汐是由月亮和太阳的引力引起的，每天两次涨落 🌊。\n\n"
        "它在很长的时间里塑造了海岸，**也塑造了**沿岸人的生活。",
        "text": "潮汐是由月亮和太阳的引力引起的，每天两次涨落 🌊。\n"
        "它在很长的时间里塑造了海岸，也塑造了沿岸人的生活。",
    }


def test_a_page_needs_no_address_and_may_carry_more(article: Filter) -> None:
    answer = article.answer(html=PAGE, id=7, url="")

    assert answer["title"] == "潮汐的成因"


def test_a_fragment_is_converted_whole(markdown: Filter) -> None:
    answer = markdown.answer(html="<nav>all</nav><p>of <b>it</b> 中文 🌊</p>")

    assert answer == {"markdown": "all\n\nof **it** 中文 🌊"}


def test_an_empty_fragment_is_empty_markdown(markdown: Filter) -> None:
    assert markdown.answer(html="") == {"markdown": ""}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "request-not-json"),
        (b"\xff", "request-not-json"),
        (b"[]", "request-invalid"),
        (b"{}", "request-invalid"),
        (b'{"html": 1}', "request-invalid"),
        (b'{"html": null}', "request-invalid"),
        (b'{"html": "\\ud800"}', "request-not-json"),
        (b'{"html": "", "url": ""}', "page-empty"),
        (b'{"html": "<p>text", "url": "http://["}', ""),
        (b'{"html": "\\u0000<p>text\\u0000"}', ""),
    ],
)
def test_a_bad_line_is_answered_and_the_next_goes_on(
    article: Filter, line: bytes, code: str
) -> None:
    article.write(line)
    answer = article.read()

    assert answer.get("error", {}).get("code", "") == code
    assert not code or (answer["error"]["message"] and answer["error"]["hint"])
    assert article.answer(html=PAGE)["title"] == "潮汐的成因"


def test_answers_come_in_the_order_of_the_lines(markdown: Filter) -> None:
    for number in range(50):
        markdown.write(json.dumps({"html": f"<p>{number}"}).encode())

    assert [markdown.read()["markdown"] for _ in range(50)] == [str(n) for n in range(50)]


def test_empty_lines_are_no_requests_and_the_end_of_input_is_the_end() -> None:
    command = [sys.executable, "-m", "daemon", "markdown", "--jsonl"]
    run = subprocess.run(
        command,
        input=b'\n{"html": "a"}\n\n{"html": "b"}',
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert run.stdout == b'{"markdown":"a"}\n{"markdown":"b"}\n'
    assert run.stderr == b""


def answer_or_never(line: bytes) -> dict[str, Any]:
    while line == b"never\n":
        pass
    return {"line": line.decode().strip()}


async def test_a_line_that_takes_too_long_answers_its_error_and_the_next_is_served() -> None:
    sink = io.BytesIO()

    await run_filter(answer_or_never, io.BytesIO(b"1\nnever\n2\n"), sink, time_limit=0.3)

    first, late, last = map(json.loads, sink.getvalue().splitlines())
    assert (first, last) == ({"line": "1"}, {"line": "2"})
    assert late["error"]["code"] == "extraction-failed"
    assert late["error"]["message"]
    assert late["error"]["hint"]


def test_a_reader_that_leaves_ends_the_filter_quietly() -> None:
    command = [sys.executable, "-m", "daemon", "markdown", "--jsonl"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(b'{"html": "a"}\n{"html": "b"}\n')
        process.stdin.close()

        said = process.stderr.read()
        process.wait(30)
    assert b"Traceback" not in said
