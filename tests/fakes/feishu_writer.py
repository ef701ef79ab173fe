"""Delivers a note to Feishu in a process of its own, which may be killed at any moment.

`python -m tests.fakes.feishu_writer FOLDER SETTINGS SECRET` writes the receipt. What a daemon keeps
on disk, the progress and the images, lies in FOLDER; a second run goes on there.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import sys
from pathlib import Path
from typing import Any

import msgspec

from daemon.backends import Progress, connect
from daemon.settings import Settings
from tests.fakes.feishu_site import PNG
from tests.fakes.github_writer import a_note, save
from tests.fakes.surroundings import surroundings


async def main(folder: Path, table: dict[str, Any], secret: str) -> None:
    note = a_note(folder, "one", 0)
    for asset in note.assets:
        folder.joinpath(asset.name).write_bytes(PNG + asset.name.encode())
    file = folder / f"{note.id}.progress"
    saved = json.loads(file.read_text()) if file.exists() else None
    given = surroundings(name="notes", secret=lambda _: secret, asset=folder.joinpath)
    backend = connect("notes", Settings(backends={"notes": table}), given)
    receipt = await backend.deliver(
        note, key=f"{note.id}.notes", progress=Progress(saved, functools.partial(save, file))
    )
    await backend.close()
    print(json.dumps(msgspec.to_builtins(receipt)), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]))
