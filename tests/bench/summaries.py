"""What a summary costs beside the service: the daemon's own time, its start, the offline extract.

The daemon's own time is that of `POST /captures/{id}/summary` from the request to the line `done`,
less the time in which the service's server, a stand-in that answers at once, was sending. Starts of
the daemon with the two kinds of summarizers take turns, and turns in going first, so that what else
the machine does hits both. Articles are clauses of the two READMEs, joined at random: so no two
sentences of a million characters are alike.
"""

from __future__ import annotations

import functools
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.markdown.plain import plain_text
from daemon.model import Draft
from daemon.summarizers.extract import Settings, summarize
from native_host.errors import AbsentError
from native_host.socket_client import Connection
from native_host.wake import ARGUMENTS, PATIENCE
from tests.bench.figures import Figure, median_and_p95
from tests.e2e.user import ROOT, User
from tests.fakes.messages_api import MessagesApi, Reply, said, streamed
from tests.fakes.service_thread import served
from tests.unit.daemon.running import a_capture

if TYPE_CHECKING:
    from aiohttp import web

ROUNDS = 40
WARM_UP = 3
STARTS = 30
ARTICLE = 5_000
#: Articles in a long text, which then has a million characters.
MANY = 200
DOCUMENTS = {"en": "README.md", "zh-CN": "README.zh-CN.md"}
CLAUSE = re.compile(r"[^\n.,;:。，；：]{8,60}")
ANSWER = """### Archive note: A page

#### Basics

- **Site**: example.org

#### Core content

{points}

#### Sources

- example.org

#### Tags

#tides #sea"""
#: What takes turns: kinds of summarizers.
EXTRACT = '[summarizer]\nkind = "extract"\n'
CLAUDE = '[summarizer]\nkind = "claude"\n'


def measure() -> list[Figure]:
    return [*_own_share(), *_starts(), *_offline()]


# The daemon's own share.


def _own_share() -> list[Figure]:
    article = _article("en", ARTICLE)
    points = "\n".join(f"- {line.partition('.')[0]}." for line in article.split("\n")[:12])
    answer = re.findall(r"(?s).{1,40}", ANSWER.format(points=points))
    serving: list[float] = []
    own: list[float] = []
    with (
        served(MessagesApi(_timed(streamed(said(*answer)), serving), auth=None)) as service,
        _user() as user,
    ):
        table = {"kind": "claude", "service": "own", "api": service.api.url, "model": "m"}
        user.daemon.ask("PATCH", "/settings", {"summarizer": table})
        for number in range(WARM_UP + ROUNDS):
            id = _draft(user, f"Page {number}", article)
            took = _summarized(user, id) - serving.pop()
            if number >= WARM_UP:
                own.append(took)
    middle, late = median_and_p95("summary by a service, own time", own)
    return [middle, Figure(late.name, late.value, late.unit, 100)]


def _timed(reply: Reply, taken: list[float]) -> Reply:
    """*reply*, with the seconds that it took noted."""

    async def timed(request: web.Request) -> web.StreamResponse:
        begun = time.perf_counter()
        response = await reply(request)
        taken.append(time.perf_counter() - begun)
        return response

    return timed


def _draft(user: User, title: str, article: str) -> str:
    """A draft whose text is ready."""
    paragraphs = "".join(f"<p>{line}</p>" for line in article.split("\n"))
    html = f"<html lang='en'><body><main><h1>{title}</h1>{paragraphs}</main></body></html>"
    capture = a_capture(title=title, html=html, draft=True)
    with user.daemon.events() as events:
        user.daemon.ask("POST", "/captures", capture)
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
    return str(capture["id"])


def _summarized(user: User, id: str) -> float:
    """Seconds from the request for a summary to its last line."""
    begun = time.perf_counter()
    with Connection(user.daemon.address, timeout=60) as connection:
        connection.start("POST", f"/captures/{id}/summary", length=0)
        said = b"".join(iter(connection.answer()))
    took = time.perf_counter() - begun
    last = json.loads(said.strip().rpartition(b"\n")[2])
    if last["type"] != "done":
        raise RuntimeError(f"there is no summary: {last}")
    return took


# Its start.


def _starts() -> list[Figure]:
    taken: dict[str, list[float]] = {EXTRACT: [], CLAUDE: []}
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        user = User.at(Path(home))
        user.environ["GUIDANG_HOME"] = home
        for number in range(WARM_UP + STARTS):
            for settings in sorted(taken, reverse=bool(number % 2)):
                Path(home, "settings.toml").write_text(settings)
                took = _start(user)
                if number >= WARM_UP:
                    taken[settings].append(took)
    extract, claude = (statistics.median(taken[settings]) for settings in (EXTRACT, CLAUDE))
    return [
        Figure("start of the daemon, kind extract, median", extract * 1000, "ms"),
        Figure("start of the daemon, kind claude, median", claude * 1000, "ms"),
        Figure("start of the daemon, claude ÷ extract", claude / extract, "×", 1.05),
    ]


def _start(user: User) -> float:
    """Seconds until a new daemon answers; it has ended then."""
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, *ARGUMENTS], env=user.environ) as daemon:
        try:
            while not _answers(user):
                if time.perf_counter() - begun > PATIENCE:
                    raise RuntimeError("the daemon does not answer")
                time.sleep(0.001)
            user.daemon.ask("GET", "/status")
            return time.perf_counter() - begun
        finally:
            daemon.terminate()


def _answers(user: User) -> bool:
    try:
        Connection(user.daemon.address).close()
    except AbsentError:
        return False
    return True


# The offline extract.


def _offline() -> Iterator[Figure]:
    for language in DOCUMENTS:
        short, long = _article(language, ARTICLE), _article(language, ARTICLE * MANY)
        _extract(short, language)  # its dictionary is loaded
        one = statistics.median(_extract(short, language) for _ in range(21))
        many = statistics.median(_extract(long, language) for _ in range(3))
        name = f"offline summary, {language}"
        yield Figure(f"{name}, {ARTICLE:,} characters", one * 1000, "ms", 50)
        yield Figure(f"{name}, {ARTICLE * MANY:,} characters", many, "s")
        yield Figure(f"{name}, the long one ÷ {MANY} short ones", many / (one * MANY), "×", 1.5)


def _extract(text: str, language: str) -> float:
    """Seconds for the offline summary of *text*."""
    markdown = text.replace("\n", "\n\n")  # of a long text no other is kept
    draft = Draft(url="https://example.org/", title="Tides", markdown=markdown, text=text)
    begun = time.perf_counter()
    summarize(draft, language, (), settings=Settings())
    return time.perf_counter() - begun


def _article(language: str, size: int) -> str:
    """So many characters, five sentences a line."""
    draws = random.Random(1)
    comma, stop, joint = ("，", "。", "") if language == "zh-CN" else (", ", ".", " ")
    lines: list[str] = []
    left = size
    while left > 0:
        sentences = (comma.join(draws.sample(_clauses(language), 3)) + stop for _ in range(5))
        lines.append(joint.join(sentences)[:left])
        left -= len(lines[-1]) + 1
    return "\n".join(lines)


@functools.cache
def _clauses(language: str) -> list[str]:
    text = plain_text((ROOT / DOCUMENTS[language]).read_text("utf-8"))
    return sorted({clause.strip() for clause in CLAUSE.findall(text)})


@contextmanager
def _user() -> Iterator[User]:
    with tempfile.TemporaryDirectory(prefix="gd") as home:
        user = User.at(Path(home))
        user.wake_daemon()
        try:
            yield user
        finally:
            user.stop_daemon()
