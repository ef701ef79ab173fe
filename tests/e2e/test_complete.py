"""The complete capture: by the user's leave, images come from the browser that none else gets."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e import firefox
from tests.e2e.test_images import LOADED, name_of
from tests.e2e.user import ROOT, note_of
from tests.fakes.images import png, web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from tests.e2e.display import Display
    from tests.e2e.user import User
    from tests.fakes.images import Web
    from tools.chromium import Chromium, Extension, Page
    from tools.daemon_client import Events

OPTIONS = "extension/options/options.html#images"
SWITCH = "[complete.checked, complete.disabled]"
#: The switch, and the beginning of what is said below it.
SHOWN = """[complete.checked, complete.disabled,
    document.querySelector("#complete-text").innerText.split("\\n").at(-1).split(";")[0]]"""
HOST_IN_FIREFOX = 'return WebExtensionPolicy.getByID("guidang@extension").mozExtensionHostname'
ALLOWED = "chrome.permissions.contains({ permissions: ['pageCapture'] })"
#: Notes what the browser's question is answered.
LISTEN = """(() => {
    const { request } = chrome.permissions;
    chrome.permissions.request = async (leave) => (globalThis.answer = await request(leave));
})()"""
ASKS = "!document.hasFocus()"
#: In the window of the tests: the answers to the browser's question.
ALLOW = (808, 257)
DENY = (730, 257)

COOKIE = "reader=known"
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">
<rect width="64" height="64" fill="teal"/><text>a=b \xc3\xa9</text></svg>"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Complete</title></head>
<body><main><article><h1>Complete</h1>
<p>An article whose images belong to another site, which shows them to its readers alone.</p>
{images}
<p>And a second paragraph, which says that nothing of the article was left out on its way.</p>
</article></main><script>
    const bytes = Uint8Array.from(atob("{blob}"), (character) => character.charCodeAt(0));
    const blob = URL.createObjectURL(new Blob([bytes], {{ type: "image/png" }}));
    const image = document.querySelector("[alt=blob]");
    image.src = blob;
    image.decode().then(() => {{ URL.revokeObjectURL(blob); document.title = "Revoked"; }});
</script></body></html>"""


@pytest.fixture
def here() -> Iterator[Web]:
    with web() as site:
        yield site


@pytest.fixture
def there() -> Iterator[Web]:
    """Another origin, which knows its reader by a cookie."""
    with web() as site:
        yield site


@pytest.fixture
def allowed(headless: Chromium, tmp_path: Path) -> Extension:
    """The extension whose user has allowed the complete capture.

    Nobody answers the browser's question without a screen, so this copy has the permission from the
    beginning; the code is the same.
    """
    folder = tmp_path / "extension"
    for part in ("_locales", "extension"):
        shutil.copytree(ROOT / part, folder / part)
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    manifest["permissions"] += manifest["optional_permissions"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return headless.load_extension(folder)


def for_readers(there: Web, path: str, body: bytes, kind: str = "image/png") -> str:
    """An image that is given only with the cookie. Its URL."""
    there.put(path, body, kind)
    given = there.answers[path]

    def answer(request: BaseHTTPRequestHandler) -> None:
        if COOKIE in request.headers.get("Cookie", ""):
            given(request)
        else:
            request.send_error(403)

    there.answers[path] = answer
    return there.address + path


def write_page(here: Web, there: Web) -> tuple[str, dict[str, str]]:
    """A page with an image of each kind that its scripts may not read; its URL, and theirs."""
    sources = {
        "foreign": for_readers(there, "/foreign.png", png(1)),
        "svg": for_readers(there, "/drawn.svg", SVG, "image/svg+xml"),
        "large": for_readers(there, "/large.png", png(2, width=80)),
        "picture": for_readers(there, "/picture.png", png(3)),
        "one": for_readers(there, "/one.png", png(4)),
        "two": for_readers(there, "/two.png", png(5)),
        "blob": "",
    }
    small = for_readers(there, "/small.png", png(6))
    blank = for_readers(there, "/blank.png", png(7))
    images = f"""
        <p>A. <img alt="foreign" src="{sources["foreign"]}"></p>
        <p>B. <img alt="svg" src="{sources["svg"]}"></p>
        <p>C. <img alt="large" src="{small}" srcset="{sources["large"]} 1x"></p>
        <p>D. <picture><source srcset="{sources["picture"]}"><img alt="picture" src="{small}">
        </picture></p>
        <p>E. <img alt="one" src="{blank}" srcset="{sources["one"]} 1x"></p>
        <p>F. <img alt="two" src="{blank}" srcset="{sources["two"]} 1x"></p>
        <p>G. <img alt="blob" src=""></p>"""
    html = PAGE.format(images=images, blob=base64.b64encode(png(8)).decode())
    return here.put("/page.html", html.encode(), "text/html"), sources


def archive(extension: Extension, there: Web, url: str) -> None:
    """Read the page at *url* as a reader whom the other site knows, and press the shortcut."""
    there.put("/in", b"<p>Welcome", "text/html", Set_Cookie=f"{COOKIE}; Path=/")
    extension.browser.open(f"{there.address}/in").close()
    page = extension.browser.open(url)
    page.wait_until(f"{LOADED} && document.title === 'Revoked'")
    page.press(extension.shortcut("archive"))


def answer(options: Page, screen: Display, at: tuple[int, int]) -> bool:
    """Answer the browser's question by a click, and return the answer."""
    # Lest a click meant for the page counts, it takes none in its first half second, nor one that
    # follows another so soon.
    for _ in range(10):
        screen.click(*at)
        with contextlib.suppress(TimeoutError):
            options.wait_until("globalThis.answer !== undefined", timeout=2)
            break
    return bool(options.evaluate("globalThis.answer"))


def unsaved_of(user: User, url: str) -> dict[str, str]:
    capture = user.capture_of(url)
    assert capture is not None
    receipt = capture["deliveries"][0]["receipt"]
    return {each["url"]: each["error"]["code"] for each in receipt["unsaved"]}


@pytest.mark.chromium
@pytest.mark.xvfb
def test_the_switch_asks_the_user_and_shows_what_was_allowed(
    user: User, here: Web, there: Web, events: Events, window: Extension, screen: Display
) -> None:
    url, _ = write_page(here, there)
    options = window.browser.open(f"chrome-extension://{window.id}/{OPTIONS}")
    assert options.evaluate(SWITCH) == [False, False]
    options.evaluate(LISTEN)

    options.click("#complete")
    options.wait_until(ASKS)
    assert answer(options, screen, ALLOW)
    options.wait_until("complete.checked")
    archive(window, there, url)
    assert name_of(png(1)) in note_of(events, user, url).read_text("utf-8")

    window.browser.devtools.call("Target.activateTarget", {"targetId": options.id})
    options.click("#complete")
    options.wait_until("!complete.checked")
    assert not options.evaluate(ALLOWED)


@pytest.mark.chromium
@pytest.mark.xvfb
def test_the_switch_stays_off_while_the_browser_asks_and_when_it_is_denied(
    window: Extension, screen: Display
) -> None:
    options = window.browser.open(f"chrome-extension://{window.id}/{OPTIONS}")
    options.evaluate(LISTEN)

    options.click("#complete")
    options.wait_until(ASKS)
    assert options.evaluate(SWITCH) == [False, False]
    assert not answer(options, screen, DENY)

    assert options.evaluate(SWITCH) == [False, False]


@pytest.mark.chromium
def test_the_switch_shows_leave_that_is_there(allowed: Extension) -> None:
    options = allowed.browser.open(f"chrome-extension://{allowed.id}/{OPTIONS}")

    options.wait_until("complete.checked && !complete.disabled")


@pytest.mark.firefox
def test_a_browser_without_it_says_so(user: User) -> None:
    with firefox.start(user.home / "firefox", user.environ) as browser:
        browser.install(ROOT)
        browser.command("Marionette:SetContext", value="chrome")
        host = browser.command("WebDriver:ExecuteScript", script=HOST_IN_FIREFOX, args=[])["value"]
        browser.open(f"moz-extension://{host}/{OPTIONS}")
        shown = browser.command("WebDriver:ExecuteScript", script=f"return {SHOWN}", args=[])

    assert shown["value"] == [False, True, "This browser has no complete capture"]


@pytest.mark.chromium
def test_images_that_only_the_browser_gets_lie_beside_the_note(
    user: User, here: Web, there: Web, events: Events, allowed: Extension
) -> None:
    url, sources = write_page(here, there)

    archive(allowed, there, url)
    note = note_of(events, user, url)

    text = note.read_text("utf-8")
    for name, data in {"foreign": png(1), "picture": png(3), "blob": png(8)}.items():
        assert f"![{name}]({name_of(data)})" in text
        assert (note.parent / name_of(data)).read_bytes() == data
    assert (note.parent / name_of(png(2, width=80))).read_bytes() == png(2, width=80)
    assert "teal" in next((note.parent / "assets").glob("*.svg")).read_text("utf-8")
    # The browser names both by their place holder, and has but one: better none than the wrong one.
    names = ("one", "two")
    assert unsaved_of(user, url) == {sources[name]: "image-refused" for name in names}


@pytest.mark.chromium
def test_what_is_kept_has_them_when_the_note_is_made_anew(
    user: User, here: Web, there: Web, events: Events, allowed: Extension
) -> None:
    url, _ = write_page(here, there)
    archive(allowed, there, url)
    note = note_of(events, user, url)
    capture = user.capture_of(url)
    assert capture is not None
    there.answers.clear()

    remade = user.daemon.ask("POST", f"/captures/{capture['id']}/remake")

    assert remade["outcome"] == "unchanged"
    assert name_of(png(1)) in note.read_text("utf-8")


@pytest.mark.chromium
def test_it_is_taken_only_where_an_image_is_missing(
    user: User, here: Web, there: Web, events: Events, allowed: Extension
) -> None:
    image = f'<p>One. <img src="{here.put("/same.png", png(1))}"></p>'
    html = PAGE.format(images=image + '<img alt="blob" src="">', blob="")
    whole = here.put("/whole.html", html.split("<script>")[0].encode(), "text/html")
    lacking, _ = write_page(here, there)
    worker = allowed.service_worker()
    worker.evaluate("chrome.pageCapture.saveAsMHTML = async () => { globalThis.taken = true; }")

    page = allowed.browser.open(whole)
    page.press(allowed.shortcut("archive"))
    note_of(events, user, whole)
    assert not worker.evaluate("globalThis.taken")
    archive(allowed, there, lacking)
    note_of(events, user, lacking)
    assert worker.evaluate("globalThis.taken")


@pytest.mark.chromium
def test_without_leave_they_stay_links_and_are_told(
    user: User, here: Web, there: Web, events: Events, extension: Extension
) -> None:
    url, sources = write_page(here, there)

    archive(extension, there, url)
    note = note_of(events, user, url)

    text = note.read_text("utf-8")
    names = ("foreign", "svg", "large", "picture", "one", "two")
    assert all(f"]({sources[name]})" in text for name in names)
    codes = list(unsaved_of(user, url).values())
    assert codes.count("image-refused") == len(names)
    assert codes.count("image-not-captured") == 1
