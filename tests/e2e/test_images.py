"""The images of a page lie beside its note, byte for byte; what cannot be had stays a link."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.user import ROOT, note_of
from tests.fakes.images import png, web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.user import User
    from tests.fakes.images import Web
    from tools.chromium import Extension
    from tools.daemon_client import Events

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" onload="run()">
<script>run()</script><rect width="64" height="64" fill="teal"/></svg>"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Images</title>
{policy}
</head><body><main><article><h1>Images</h1>
<p>An article that shows images of every kind, and says so in a sentence that is long enough.</p>
{images}
<p>And a second paragraph, which says that nothing of the article was left out on its way.</p>
</article></main><script>
    const bytes = Uint8Array.from(atob("{blob}"), (character) => character.charCodeAt(0));
    document.querySelector("[alt=blob]").src = URL.createObjectURL(new Blob([bytes]));
    fetch = btoa = FileReader = Blob = AbortSignal = Promise.all = undefined;
</script></body></html>"""
#: In Firefox 153 it holds for extensions too, and the images of such a page are left to the daemon.
POLICY = """<meta http-equiv="Content-Security-Policy" content="connect-src 'none'">"""
LOADED = "[...document.images].every((image) => image.complete)"


@pytest.fixture
def here() -> Iterator[Web]:
    with web() as site:
        yield site


@pytest.fixture
def there() -> Iterator[Web]:
    """Another origin."""
    with web() as site:
        yield site


def write_page(here: Web, there: Web, policy: str) -> tuple[str, dict[str, str]]:
    """A page with an image of each kind; its URL, and theirs."""
    sources = {
        "same": here.put("/same.png", png(1)),
        "again": here.put("/again.png", png(1)),
        "wide": here.put("/wide.png", png(2, width=400)),
        "cors": there.put("/cors.png", png(3), Access_Control_Allow_Origin="*"),
        "foreign": there.put("/foreign.png", png(4)),
        "broken": here.put("/broken.png", b"<p>Not found", "text/html"),
        "data": f"data:image/png;base64,{base64.b64encode(png(5)).decode()}",
        "blob": "",
        "svg": here.put("/drawn.svg", SVG, "image/svg+xml"),
        "large": here.put("/large.png", png(6, padding=20_000_000)),
        "point": here.put("/point.png", png(7, width=1, height=1)),
    }
    images = "".join(
        f'<p>Before it. <img alt="{name}" src="{source}"{" width=200" * (name == "wide")}></p>'
        for name, source in sources.items()
    )
    html = PAGE.format(policy=policy, images=images, blob=base64.b64encode(png(8)).decode())
    return here.put("/page.html", html.encode(), "text/html"), sources


def name_of(data: bytes, ending: str = "png") -> str:
    return f"assets/{hashlib.sha256(data).hexdigest()[:32]}.{ending}"


def assert_has_its_images(user: User, url: str, note: Path, sources: dict[str, str]) -> None:
    text = note.read_text("utf-8")
    saved = {"same": png(1), "again": png(1), "cors": png(3), "data": png(5), "blob": png(8)}
    for name, data in saved.items():
        assert f"![{name}]({name_of(data)})" in text
        assert (note.parent / name_of(data)).read_bytes() == data
    wide = png(2, width=400)
    assert f'<img src="{name_of(wide)}" alt="wide" width="200">' in text
    assert (note.parent / name_of(wide)).read_bytes() == wide
    (drawn,) = re.findall(r"!\[svg\]\((assets/[0-9a-f]{32}\.svg)\)", text)
    clean = (note.parent / drawn).read_text()
    assert "teal" in clean
    assert "run" not in clean
    for name in ("foreign", "broken", "large"):
        assert f"![{name}]({sources[name]})" in text
    assert "point" not in text
    assert len(list((note.parent / "assets").iterdir())) == 6
    capture = user.capture_of(url)
    assert capture is not None
    receipt = capture["deliveries"][0]["receipt"]
    unsaved = {each["url"]: each["error"]["code"] for each in receipt["unsaved"]}
    # They lie in a network that the daemon asks nothing of.
    names = ("foreign", "broken", "large")
    assert unsaved == {sources[name]: "image-refused" for name in names}


@pytest.mark.chromium
def test_images_lie_beside_the_note(
    user: User, here: Web, there: Web, events: Events, extension: Extension
) -> None:
    url, sources = write_page(here, there, POLICY)

    page = extension.browser.open(url)
    page.wait_until(LOADED)
    page.press(extension.shortcut("archive"))
    note = note_of(events, user, url)

    assert_has_its_images(user, url, note, sources)


@pytest.mark.firefox
def test_images_lie_beside_the_note_in_firefox(
    user: User, here: Web, there: Web, events: Events
) -> None:
    url, sources = write_page(here, there, "")
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    shortcut = manifest["commands"]["archive"]["suggested_key"]["default"]
    user.install_host("firefox")

    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.open(url)
        browser.press(shortcut)
        note = note_of(events, user, url)

    assert_has_its_images(user, url, note, sources)
