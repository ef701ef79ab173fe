"""A plan with the local folder and GitHub, from the browser: two receipts in the form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.user import ROOT
from tests.fakes.github_server import TOKEN
from tests.fakes.github_site import Github, site
from tools.serve import serve

if TYPE_CHECKING:
    from tests.e2e.user import User
    from tools.chromium import Extension

pytestmark = pytest.mark.chromium

LINES = "[...document.querySelectorAll('#deliveries li')]"
PICTURES = ROOT / "build" / "pictures"


@pytest.fixture
def hub(user: User, tmp_path: Path) -> Iterator[Github]:
    """A repository, and a daemon whose default plan goes there too."""
    with site(tmp_path) as hub:
        user.environ["GUIDANG_SECRET_GITHUB"] = TOKEN
        user.install_host()
        user.wake_daemon()
        table = {"kind": "github", "repository": hub.repo.full_name, "api": hub.proxy.url}
        user.daemon.ask(
            "PATCH",
            "/settings",
            {
                "plan": "both",
                "plans": {"both": {"backends": ["local", "github"]}},
                "backends": {"github": table},
            },
        )
        yield hub


def test_a_plan_local_and_github_ends_with_both_receipts_in_the_form(
    extension: Extension, user: User, hub: Github
) -> None:
    with serve(ROOT / "tools" / "sample") as address:
        extension.trigger(extension.browser.open(f"{address}/article.zh.html"))
        form = extension.popup()
        form.wait_until("document.body?.dataset.stage === 'editing'")
        form.click("#archive")
        form.wait_until(f"{LINES}.filter((line) => line.dataset.state === 'delivered').length == 2")
        PICTURES.mkdir(parents=True, exist_ok=True)
        form.screenshot(PICTURES / "github-receipts.png")
        told = form.evaluate(f"{LINES}.map((line) => line.textContent)")
        links = form.evaluate(f"{LINES}.map((line) => line.querySelector('a')?.href ?? null)")

    (note,) = (path for path in hub.repo.files() if path.endswith(".md"))
    assert "local" in told[0]
    assert f"github{hub.repo.full_name}/{note}" in told[1]
    assert links[0] is None
    assert links[1].startswith(f"{hub.proxy.url}/{hub.repo.full_name}/blob/main/")
    assert hub.repo.files()[note] == (user.archive / note).read_bytes()
