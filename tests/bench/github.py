"""`python -m tests.bench.github`: a note with 20 images of 200 KB to a repository at GitHub.

What it takes is set beside the same requests sent bare, in a loop with as many at a time, in the
same run; each is the median of several, taken in turn. GitHub is emulate, on this machine.
The memory is the most that a process of its own had beyond what it had before, by tracemalloc: that
of the libraries counts too.
"""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import aiohttp
import msgspec

from daemon.backends import Progress
from daemon.model import Note
from tests.bench.figures import Figure, table
from tests.fakes.github_proxy import Proxy, Seen, github_proxy
from tests.fakes.github_server import ROOT, Repo, emulated
from tests.fakes.github_site import Github, Saved, a_note

IMAGES, SIZE, ROUNDS = 20, 200_000, 7


def measure() -> list[Figure]:
    logging.getLogger("stamina").setLevel(logging.ERROR)
    with github_proxy(emulated()) as proxy, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(proxy, Path(folder)))


async def _measured(proxy: Proxy, folder: Path) -> list[Figure]:
    hub = Github(Repo(), proxy, folder)
    await _delivered(hub)
    proxy.seen.clear()
    await _delivered(hub)
    requests = list(proxy.seen)
    # Without the proxy: it shares this process, and what it does would be measured as ours.
    direct = Github(hub.repo, Proxy(hub.repo.api), folder)
    direct.proxy.url = hub.repo.api
    await _delivered(direct)
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(await _delivered(direct))
        bare.append(await _bare(direct.proxy.url, requests))
    memory = await asyncio.to_thread(_memory, hub)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    return [
        Figure("note with 20 images to GitHub", statistics.median(ours) * 1000, "ms"),
        Figure("the same requests, bare", statistics.median(bare) * 1000, "ms"),
        Figure("ours ÷ bare", ratio, "", aim=1.3),
        Figure("requests", len(requests), "", aim=4 + IMAGES),
        Figure("uploads at a time", proxy.most_uploads, "", aim=3),
        Figure("memory ÷ the largest image", memory / SIZE, "", aim=4),
    ]


async def _delivered(hub: Github) -> float:
    """Seconds for a note with images that nobody has."""
    note = _note(hub)
    start = time.perf_counter()
    await hub.keep(note)
    return time.perf_counter() - start


def _note(hub: Github) -> Note:
    assets = tuple(hub.image(f"{os.urandom(8).hex()}.png", os.urandom(SIZE)) for _ in range(IMAGES))
    return msgspec.structs.replace(a_note(os.urandom(8).hex()), assets=assets)


async def _bare(api: str, requests: list[Seen]) -> float:
    """Seconds for *requests* as they were, but for the images, whose bytes are others."""
    images = [seen for seen in requests if seen.step == "POST /git/blobs"]
    others = [seen for seen in requests if seen.step != "POST /git/blobs"]
    bodies = [
        b'{"encoding":"base64","content":"%s"}' % base64.b64encode(os.urandom(SIZE)) for _ in images
    ]
    start = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        few = asyncio.Semaphore(3)

        async def send(seen: Seen, body: bytes | None) -> None:
            headers = {name: seen.headers[name] for name in _HEADERS if name in seen.headers}
            async with (
                few,
                session.request(
                    seen.method,
                    api + seen.path,
                    data=io.BytesIO(body) if body else None,
                    headers=headers,
                ) as answer,
            ):
                await answer.read()

        await send(others[0], None)
        await asyncio.gather(*map(send, images, bodies))
        for seen in others[1:]:
            await send(seen, seen.body or None)
    return time.perf_counter() - start


_HEADERS = ("accept", "authorization", "content-type", "user-agent", "x-github-api-version")


def _memory(hub: Github) -> int:
    """Bytes beyond those before, at the most, in a process that delivers a note."""
    where = [hub.proxy.url, hub.repo.full_name, str(hub.folder)]
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.github", *where],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    return int(told.stdout)


async def _most_memory(api: str, repository: str, folder: Path) -> int:
    hub = Github(Repo(name=repository.partition("/")[2], api=api), Proxy(api), folder)
    hub.proxy.url = api
    backend = hub.connected()
    await backend.check()
    note = _note(hub)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    await backend.deliver(note, key=note.id, progress=Progress(None, Saved().save))
    _, most = tracemalloc.get_traced_memory()
    await backend.close()
    return most - before


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(asyncio.run(_most_memory(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
        sys.exit()
    found = measure()
    print(table(found))
    sys.exit(any(figure.missed for figure in found))
