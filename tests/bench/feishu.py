"""`python -m tests.bench.feishu`: a note with 2,300 blocks and 45 images to Feishu.

Feishu is the stand-in of the tests, in a process of its own, and its limits are on. The least
number of requests that these allow: one for the token of the app, one that makes the document, as
many that insert as ⌈blocks ÷ 1,000⌉ or ⌈images ÷ 20⌉, whichever is more, one for each image, and
⌈images ÷ 200⌉ that show them; here 1 + 1 + 3 + 45 + 1 = 51.

The pace: what is allowed in any second begins with its 3 edits (or 5 uploads) at once, so n of them
take at least ⌈n ÷ 3⌉ − 1 seconds. Their time, from when the first is counted until the last one is,
is set beside that. One note has too few edits to tell, so the edits are those of a series of small
ones to one document; once with a server that answers at once, once with one that takes 0.33 s for
each call, as the service itself may.

Whether others are held up: small notes go to a folder of this machine, one after the other with a
pause between them, by a backend in the same event loop, before, during and after. Their median
would hide a loop that stands still for a moment, so the longest is told too, and the longest that
the loop stood still, whose ticks are 5 ms apart.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from daemon.backends import Backend, Progress, connect
from daemon.backends.feishu.client import Client
from daemon.backends.feishu.settings import Settings as FeishuSettings
from daemon.model import Asset, Note
from daemon.settings import Settings
from daemon.stages import load
from daemon.workers import Workers
from tests.bench.figures import Figure, table
from tests.fakes.feishu_site import Saved, a_note
from tests.fakes.feishu_slow import slow_feishu
from tests.fakes.github_server import ROOT
from tests.fakes.images import png
from tests.fakes.surroundings import surroundings

BLOCKS, IMAGES, IMAGE = 2_300, 45, 100_000
EDITS = 25
SLOW = 0.33
#: Seconds between two notes to the folder.
PAUSE = 0.05
NOTES = 60
DOCUMENTS = "/open-apis/docx/v1/documents"
LEAST = (
    2 + max(math.ceil(BLOCKS / 1_000), math.ceil(IMAGES / 20)) + IMAGES + math.ceil(IMAGES / 200)
)


class Place(Struct, frozen=True):
    """What a client has to know of a server in another process."""

    api: str
    app_id: str
    secret: str
    folder: str


class Seen(Struct, frozen=True):
    """What the server has seen: the calls with the seconds at which they came."""

    calls: list[tuple[str, float]]
    limited: int

    def within(self, step: str) -> float:
        """Seconds from the first to the last call of this kind."""
        times = [moment for made, moment in self.calls if step in made]
        return times[-1] - times[0]


class Server:
    """The stand-in, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._stdin, self._stdout = process.stdin, process.stdout
        self.place = msgspec.json.decode(self._stdout.readline(), type=Place)

    def seen(self) -> Seen:
        """What it has seen since it was asked for the last time."""
        self._stdin.write("\n")
        self._stdin.flush()
        return msgspec.json.decode(self._stdout.readline(), type=Seen)


@contextmanager
def _server(seconds: float) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.bench.feishu", str(seconds)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Server(process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(30) == 0


def _serve(seconds: float) -> None:
    """Be the server until standard input ends; a line of it asks what was seen."""
    with slow_feishu(seconds / 2, after=seconds / 2) as server:
        folder = server.state.folder(server.app.id).token
        place = Place(server.url, server.app.id, server.app.secret, folder)
        print(msgspec.json.encode(place).decode(), flush=True)
        for _ in sys.stdin:
            told = Seen(server.came, server.limited)
            print(msgspec.json.encode(told).decode(), flush=True)
            server.came, server.limited = [], 0


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        with _server(0) as server:
            figures = asyncio.run(_note(server, Path(folder)))
            figures += asyncio.run(_edits("edits", server))
        with _server(SLOW) as server:
            figures += asyncio.run(_edits(f"edits of {SLOW} s", server))
        return figures


async def _note(server: Server, folder: Path) -> list[Figure]:
    async with _backends(server.place, folder) as (feishu, local):
        await _to_folder(local)
        before = [await _to_folder(local) for _ in range(NOTES)]
        note = _a_large_note(folder)
        async with asyncio.TaskGroup() as tasks:
            ticks: list[float] = []
            ticking = tasks.create_task(_tick(ticks))
            began = time.perf_counter()
            delivery = tasks.create_task(_deliver(feishu, note))
            during = [await _to_folder(local)]
            while not delivery.done():
                during.append(await _to_folder(local))
            took = await delivery - began
            ticking.cancel()
        after = [await _to_folder(local) for _ in range(NOTES)]
    seen = server.seen()
    alone = before + after
    uploads = seen.within("/medias/upload_all")
    return [
        Figure(f"note with {BLOCKS} blocks, {IMAGES} images to Feishu", took, "s"),
        Figure("requests", len(seen.calls), ""),
        Figure("requests ÷ the least", len(seen.calls) / LEAST, "", aim=1.2),
        Figure("uploads: time ÷ the least", uploads / (math.ceil(IMAGES / 5) - 1), "", aim=1.25),
        Figure("answers that a limit was met", seen.limited, "", aim=0),
        Figure("note to a folder, alone, median", statistics.median(alone) * 1000, "ms"),
        Figure(
            "during ÷ alone, median",
            statistics.median(during) / statistics.median(alone),
            "",
            aim=1.3,
        ),
        Figure("during ÷ alone, mean", statistics.mean(during) / statistics.mean(alone), ""),
        Figure("the longest, alone", max(alone) * 1000, "ms"),
        Figure("the longest, during", max(during) * 1000, "ms"),
        Figure("the event loop stood still, at most", max(ticks) * 1000, "ms", aim=100),
    ]


async def _edits(name: str, server: Server) -> list[Figure]:
    """A series of edits of one document."""
    place = server.place
    settings = FeishuSettings(app_id=place.app_id, folder=place.folder, api=place.api)
    client = Client(settings, surroundings(name="notes", secret={"notes": place.secret}.get))
    block = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "High water."}}]}}
    async with client.signed_in():
        made = await client.ask("POST", DOCUMENTS, dict[str, Any], {"title": "Tides"})
        id = made["document"]["document_id"]
        path = f"{DOCUMENTS}/{id}/blocks/{id}/children"
        for _ in range(EDITS):
            await client.ask("POST", path, dict[str, Any], {"children": [block]}, document=id)
    seen = server.seen()
    ratio = seen.within("/children") / (math.ceil(EDITS / 3) - 1)
    return [
        Figure(f"{name}: time ÷ the least", ratio, "", aim=1.25),
        Figure(f"{name}: answers that a limit was met", seen.limited, "", aim=0),
    ]


@asynccontextmanager
async def _backends(place: Place, folder: Path) -> AsyncIterator[tuple[Backend, Backend]]:
    """One to Feishu, and one to a folder of this machine."""
    archive = folder / "notes"
    archive.mkdir()
    settings = Settings(
        backends={
            "notes": {
                "kind": "feishu",
                "app_id": place.app_id,
                "folder": place.folder,
                "api": place.api,
            },
            "local": {"kind": "local", "folder": str(archive)},
        }
    )
    workers = Workers(load=load)
    secrets = {"notes": place.secret}
    given: dict[str, Any] = {"secret": secrets.get, "asset": folder.joinpath, "work": workers.run}
    feishu = connect("notes", settings, surroundings(name="notes", **given))
    local = connect("local", settings, surroundings(archive, name="local", **given))
    await workers.run(len, "")  # so that its start is not measured
    try:
        yield feishu, local
    finally:
        await feishu.close()
        await local.close()
        await workers.close()


def _a_large_note(folder: Path) -> Note:
    """Texts, and an image now and then."""
    names = {f"{os.urandom(16).hex()}.png" for _ in range(IMAGES)}
    for number, name in enumerate(names):
        (folder / name).write_bytes(png(number, padding=IMAGE))
    texts = [f"Paragraph {n} of the tides, **high** and *low*." for n in range(BLOCKS - IMAGES)]
    images = [f"![](assets/{name})" for name in names]
    each = math.ceil(len(texts) / IMAGES)
    parts = [
        part
        for n, image in enumerate(images)
        for part in (*texts[n * each : (n + 1) * each], image)
    ]
    assets = tuple(Asset(name, f"https://example.org/{name}") for name in names)
    return msgspec.structs.replace(a_note("# Tides\n\n" + "\n\n".join(parts)), assets=assets)


async def _deliver(backend: Backend, note: Note) -> float:
    """When the note was there."""
    await backend.deliver(note, key=note.id, progress=Progress(None, Saved().save))
    return time.perf_counter()


_numbers = itertools.count()


async def _to_folder(local: Backend) -> float:
    """Seconds for a note of 30 KB to the folder; a pause comes before it."""
    await asyncio.sleep(PAUSE)
    note = a_note("# Ebb\n\n" + "The water goes. " * 2_000, title=f"Ebb {next(_numbers)}")
    start = time.perf_counter()
    return await _deliver(local, note) - start


async def _tick(late: list[float]) -> None:
    """Tell by how much the loop is late, again and again."""
    while True:
        start = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(time.perf_counter() - start - 0.005)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve(float(sys.argv[1]))
        sys.exit()
    found = measure()
    print(table(found))
    sys.exit(any(figure.missed for figure in found))
