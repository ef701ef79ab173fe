"""Writers that are killed at any request: one document, whole, and no stray."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.feishu import Call, FeishuServer, afterwards, feishu_server
from tests.fakes.feishu_site import Site
from tests.fakes.github_server import ROOT


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    with feishu_server() as server:
        yield server


@pytest.mark.timeout(600)
@pytest.mark.parametrize("settings", ["new", "shared", "wiki"])
@pytest.mark.parametrize("applied", [False, True])
def test_killed_at_any_request_it_goes_on_and_leaves_one_document(
    tmp_path: Path, server: FeishuServer, settings: str, *, applied: bool
) -> None:
    step, killed = 0, True
    while killed:
        folder = tmp_path / str(step)
        folder.mkdir()
        site = Site(server, folder)
        table = table_of(site, settings)
        killed = killed_at(step, site, table, applied=applied)
        receipt = ended(start(folder, table, server))
        step += 1

        (document,) = site.documents
        assert receipt["place"].endswith(f"docx/{document.id}"), f"killed at step {step}"
        assert document.title == "Tides"
        assert document.texts[0] == "one-000000"
        assert len(document.images) == 2
        assert all(image.content["token"] for image in document.images)
        document.deleted = True
    assert step > 7, "so many requests to be killed at"


def table_of(site: Site, settings: str) -> dict[str, Any]:
    if settings == "wiki":
        space = site.server.state.space(**{site.server.app.id: "edit"})
        return site.table(wiki=space.id)
    return site.table(**({"share_with": "ou_reader"} if settings == "shared" else {}))


def start(folder: Path, table: dict[str, Any], server: FeishuServer) -> subprocess.Popen[str]:
    module = [sys.executable, "-m", "tests.fakes.feishu_writer"]
    return subprocess.Popen(
        [*module, str(folder), json.dumps(table), server.app.secret],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )


def killed_at(step: int, site: Site, table: dict[str, Any], *, applied: bool) -> bool:
    """Deliver, and be killed with the request *step*, before or after it is *applied*; whether
    there were so many.
    """
    writer: list[subprocess.Popen[str]] = []

    def kill() -> None:
        writer[0].kill()
        writer[0].wait()

    async def before(call: Call) -> Any:
        kill()
        return call.break_off()

    site.server.on("*", "", *[None] * step, afterwards(kill) if applied else before)
    writer.append(start(site.folder, table, site.server))
    writer[0].communicate(timeout=60)
    site.server.forget()
    return writer[0].returncode != 0


def ended(writer: subprocess.Popen[str]) -> Any:
    told, error = writer.communicate(timeout=60)
    assert (writer.returncode, error) == (0, "")
    return json.loads(told)
