"""A plan with the local folder, GitHub and Feishu, from the browser: three receipts in the form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.e2e.user import ROOT
from tests.fakes.feishu import feishu_server
from tests.fakes.feishu_site import Site
from tests.fakes.github_server import TOKEN
from tests.fakes.github_site import Github
from tests.fakes.github_site import site as github
from tools.serve import serve

if TYPE_CHECKING:
    from tests.e2e.user import User
    from tools.chromium import Extension

pytestmark = pytest.mark.chromium

LINES = "[...document.querySelectorAll('#deliveries li')]"
PICTURES = ROOT / "build" / "pictures"


class Places(NamedTuple):
    hub: Github
    feishu: Site


@pytest.fixture
def places(user: User, tmp_path: Path) -> Iterator[Places]:
    """A repository, a folder at Feishu, and a daemon whose default plan goes to both as well."""
    with github(tmp_path) as hub, feishu_server() as server:
        feishu = Site(server, tmp_path)
        user.environ["GUIDANG_SECRET_GITHUB"] = TOKEN
        user.environ["GUIDANG_SECRET_FEISHU"] = server.app.secret
        user.install_host()
        user.wake_daemon()
        user.daemon.ask(
            "PATCH",
            "/settings",
            {
                "plan": "three",
                "plans": {"three": {"backends": ["local", "github", "feishu"]}},
                "backends": {
                    "github": {
                        "kind": "github",
                        "repository": hub.repo.full_name,
                        "api": hub.proxy.url,
                    },
                    "feishu": feishu.table(),
                },
            },
        )
        yield Places(hub, feishu)


def test_a_plan_local_github_and_feishu_ends_with_three_receipts_in_the_form(
    extension: Extension, user: User, places: Places
) -> None:
    with serve(ROOT / "tools" / "sample") as address:
        extension.trigger(extension.browser.open(f"{address}/article.zh.html"))
        form = extension.popup()
        form.wait_until("document.body?.dataset.stage === 'editing'")
        title = form.evaluate("document.querySelector('#title').value")
        form.click("#archive")
        form.wait_until(f"{LINES}.filter((line) => line.dataset.state === 'delivered').length == 3")
        PICTURES.mkdir(parents=True, exist_ok=True)
        form.screenshot(PICTURES / "three-receipts.png")
        told = form.evaluate(f"{LINES}.map((line) => line.textContent)")
        links = form.evaluate(f"{LINES}.map((line) => line.querySelector('a')?.href ?? null)")

    (note,) = (path for path in places.hub.repo.files() if path.endswith(".md"))
    (document,) = places.feishu.documents
    assert "local" in told[0]
    assert f"github{places.hub.repo.full_name}/{note}" in told[1]
    assert f"feishuexample.feishu.cn/docx/{document.id}" in told[2]
    assert links[0] is None
    assert links[1].startswith(f"{places.hub.proxy.url}/{places.hub.repo.full_name}/blob/main/")
    assert links[2] == f"https://example.feishu.cn/docx/{document.id}"
    assert places.hub.repo.files()[note] == (user.archive / note).read_bytes()
    assert document.title == title
