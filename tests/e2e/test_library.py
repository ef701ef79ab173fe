"""The library as a page: found as it is typed, read, compared, taken out and put back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e import firefox
from tests.e2e.articles import Article
from tests.e2e.user import ROOT
from tests.unit.daemon.running import a_capture
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Target

LIBRARY = "extension/library/library.html"
HOST_IN_FIREFOX = 'return WebExtensionPolicy.getByID("guidang@extension").mozExtensionHostname'
PICTURES = ROOT / "build" / "pictures"
TITLES = "[...document.querySelectorAll('.row .title')].map((each) => each.textContent)"
MARKS = "[...document.querySelectorAll('#list mark')].map((each) => each.textContent)"
COUNT = "document.querySelector('#count')?.textContent"
READ = "(document.querySelector('#note').hidden ? '' : document.querySelector('#note').innerText)"
NOTICE = (
    "(document.querySelector('#notice').hidden ? '' : document.querySelector('#notice').innerText)"
)
OVERFLOWS = "document.documentElement.scrollWidth > innerWidth"

BOTH = """
plan = "both"
[plans.both]
backends = ["local", "second"]
summary = false
[backends.local]
kind = "local"
[backends.second]
kind = "local"
folder = "{folder}"
"""
PAGES = {
    "潮汐是怎样来的": (
        "月亮和太阳的引力让海水每天涨落两次，这就是潮汐。古人很早就注意到它与月相有关，并据此安排出海的时间。",
        "在杭州湾，潮汐涨落可达八米，涌潮尤其壮观。每年农历八月，许多人从各地赶来，站在堤上等候那一线白浪。",
        "沿海的港口靠潮汐表安排船只进出。表上的数字由几十个周期叠加而成，最主要的一个是十二小时二十五分钟。",
    ),
    "The tides of two coasts": (
        "The moon pulls the sea twice a day, and each coast answers in its own way, as its shape"
        " and the depth of its water allow.",
        "On the Bay of Fundy the tide rises by sixteen metres, more than anywhere else, because"
        " the bay swings along with it like water in a bathtub.",
        "In the Baltic it is hardly seen at all: what comes in through the straits has no time to"
        " fill the basin before it is drawn out again.",
    ),
    "量子计算入门": (
        "量子比特可以同时处于两种状态，这使某些计算快得多。要得到答案，还需要巧妙地让错误的路径互相抵消。",
        "不过要让它们保持稳定，需要接近绝对零度的低温和大量的纠错。今天的机器每运算几百步就会出一次错。",
        "因此人们先在化学和材料的问题上试用它：那里需要的比特不多，而普通计算机又确实难以胜任。",
    ),
    "A short history of the lighthouse": (
        "Before electricity, keepers carried oil up the stairs every evening, trimmed the wicks"
        " through the night and wrote down each ship that passed.",
        "Fresnel's lens of 1822 threw the light twice as far with half the oil, and within forty"
        " years there was hardly a coast without it.",
        "The last lighthouse of this coast was automated in the spring of 1991; its keeper stayed"
        " on as a guide for visitors.",
    ),
}


def archive(user: User, title: str, paragraphs: tuple[str, ...], **fields: Any) -> str:
    """Archive a page; returns the id of its note once the library has it with a place."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = (
        f"<!doctype html><html><head><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{text}</article></body></html>"
    )
    capture = a_capture(title=title, html=html, **fields)
    user.daemon.ask("POST", "/captures", capture)
    poll(lambda: placed(user, capture["id"]), f"the note “{title}”", timeout=60)
    return str(capture["id"])


def placed(user: User, id: str) -> bool:
    found = user.daemon.ask("GET", "/notes?versions=true")["notes"]
    return any(note["id"] == id and note["places"] for note in found)


@pytest.fixture
def notes(user: User) -> dict[str, str]:
    """Four notes of two sites, by their titles."""
    user.install_host()
    user.wake_daemon()
    return {
        title: archive(
            user,
            title,
            paragraphs,
            url=f"https://{'sea' if at < 2 else 'www'}.example.org/{at}",
            captured_at=f"2026-11-{17 + at}T08:00:00+00:00",
            interface_language="zh-CN" if at % 2 == 0 else "en",
        )
        for at, (title, paragraphs) in enumerate(PAGES.items())
    }


def library(extension: Extension, query: str = "") -> Target:
    """The library, once it has looked."""
    page = extension.browser.open(f"chrome-extension://{extension.id}/{LIBRARY}{query}")
    resize(page, 1280)
    page.wait_until(f"{COUNT} !== '' && document.querySelector('#list').ariaBusy === 'false'")
    return page


def type_text(page: Target, text: str) -> None:
    page.click("#query")
    page.evaluate("document.querySelector('#query').select()")
    for each in text:
        page.call("Input.insertText", {"text": each})


def open_note(page: Target, title: str) -> None:
    rows = "[...document.querySelectorAll('.row')]"
    found = f"{rows}.find((each) => each.textContent.includes({json.dumps(title)}))"
    page.wait_until(f"!!{found}")
    page.click(f"[data-id='{page.evaluate(f'{found}.dataset.id')}']")
    page.wait_until(f"{READ}.startsWith({json.dumps(title)})")


def choose(page: Target, field: str, value: str) -> None:
    """Set a filter as a person does: the value, and then the event of its change."""
    page.evaluate(
        f"(() => {{ const field = document.querySelector('#filter-{field}');"
        f" field.value = {json.dumps(value)}; field.dispatchEvent(new Event('change')); }})()"
    )


def picture(page: Target, name: str) -> None:
    """Light and dark, wide and narrow; nothing sticks out."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        page.call("Emulation.setEmulatedMedia", {"features": features})
        for width in (1280, 360):
            resize(page, width)
            page.screenshot(PICTURES / f"library-{name}-{scheme}-{width}.png")
            assert not page.evaluate(OVERFLOWS), (name, width)
    resize(page, 1280)


def resize(page: Target, width: int) -> None:
    size = {"width": width, "height": 720, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", size)
    page.evaluate(chromium.PAINTED)


@pytest.mark.chromium
def test_notes_are_found_as_they_are_typed_and_the_address_keeps_it(
    extension: Extension, notes: dict[str, str]
) -> None:
    page = library(extension)
    assert page.evaluate(TITLES) == list(reversed(notes))
    assert page.evaluate(COUNT) == "Notes: 4"
    picture(page, "all")

    type_text(page, "潮汐")
    page.wait_until(f"{COUNT} === 'Notes: 1'")
    assert page.evaluate(TITLES) == ["潮汐是怎样来的"]
    assert set(page.evaluate(MARKS)) == {"潮汐"}
    type_text(page, "tide")
    page.wait_until(f"{TITLES}[0] === 'The tides of two coasts'")
    assert set(page.evaluate(MARKS)) == {"tide", "tides"}
    picture(page, "found")
    page.call("Page.reload")
    page.wait_until(f"{COUNT} === 'Notes: 1'")

    assert page.evaluate("document.querySelector('#query').value") == "tide"
    assert page.evaluate(TITLES) == ["The tides of two coasts"]
    type_text(page, "moonlight")
    page.wait_until("!document.querySelector('#nothing').hidden")
    picture(page, "nothing")
    page.click("#nothing-clear")
    page.wait_until(f"{COUNT} === 'Notes: 4'")


@pytest.mark.chromium
def test_filters_are_chips_and_stay_in_the_address(
    extension: Extension, notes: dict[str, str]
) -> None:
    page = library(extension)
    page.click("#filters-toggle")
    choose(page, "site", "sea.example.org")
    page.wait_until(f"{COUNT} === 'Notes: 2'")
    choose(page, "since", "2026-11-18")
    page.wait_until(f"{COUNT} === 'Notes: 1'")
    choose(page, "backend", "local")
    choose(page, "state", "delivered")
    picture(page, "filters")
    page.call("Page.reload")
    page.wait_until(f"{COUNT} === 'Notes: 1'")

    chips = page.evaluate("[...document.querySelectorAll('.chip span')].map((e) => e.textContent)")
    assert chips[0] == "Site: sea.example.org"
    assert chips[1:3] == ["Stored in: local", "State: delivered"]
    assert page.evaluate(TITLES) == ["The tides of two coasts"]
    page.click("#chips .remove")
    page.wait_until(f"{COUNT} === 'Notes: 3'")
    page.click("#chips .plain")
    page.wait_until(f"{COUNT} === 'Notes: 4' && document.querySelector('#chips').hidden")
    assert "?" not in page.evaluate("location.href").rstrip("?")


@pytest.mark.chromium
def test_a_note_is_found_and_read_by_keys_alone(
    extension: Extension, notes: dict[str, str]
) -> None:
    page = library(extension)
    page.call("Input.insertText", {"text": "example"})
    for key in ("ArrowDown", "ArrowDown"):
        key_event(page, key)
    page.wait_until(f"document.querySelector('#list').ariaBusy === 'false' && {TITLES}.length")
    key_event(page, "Home")
    key_event(page, "ArrowDown")
    active = page.evaluate("document.querySelector('.row.active .title').textContent")
    page.press("Enter")
    page.wait_until(f"{READ}.startsWith({json.dumps(active)})")

    page.press("Escape")
    page.wait_until(f"{READ} === '' && document.activeElement.id === 'list'")
    page.press("/")
    assert page.evaluate("document.activeElement.id") == "query"


def key_event(page: Target, key: str) -> None:
    code = {"ArrowDown": 40, "ArrowUp": 38, "Home": 36, "End": 35}[key]
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
        page.call("Input.dispatchKeyEvent", event)


@pytest.mark.chromium
def test_a_note_is_read_taken_out_and_put_back_and_its_file_stays(
    extension: Extension, user: User, notes: dict[str, str]
) -> None:
    page = library(extension)
    open_note(page, "The tides of two coasts")
    read = page.evaluate(READ)
    assert "On the Bay of Fundy the tide rises by sixteen metres" in read
    assert str(user.archive / "The tides of two coasts.md") in read
    assert page.evaluate("document.querySelector('#note-page').href") == "https://sea.example.org/1"
    assert page.evaluate("document.querySelector('#versions').hidden")
    picture(page, "note")

    page.click("#note-remove")
    page.wait_until(f"{COUNT} === 'Notes: 3' && {NOTICE} !== ''")
    told = page.evaluate(NOTICE)
    assert "“The tides of two coasts” is deleted from the library." in told
    assert f"What is stored stays: local: {user.archive}" in told
    assert (user.archive / "The tides of two coasts.md").is_file()
    assert page.evaluate(READ).startswith("潮汐是怎样来的")  # the note below it
    picture(page, "removed")
    page.click("#notice-undo")
    page.wait_until(f"{READ}.startsWith('The tides') && {COUNT} === 'Notes: 4'")

    assert page.evaluate(NOTICE) == ""
    assert page.evaluate(TITLES) == list(reversed(notes))


@pytest.mark.chromium
def test_two_that_were_taken_out_are_put_back_one_after_the_other(
    extension: Extension, notes: dict[str, str]
) -> None:
    page = library(extension)
    for count, title in ((3, "量子计算入门"), (2, "潮汐是怎样来的")):
        open_note(page, title)
        page.click("#note-remove")
        page.wait_until(f"{COUNT} === 'Notes: {count}' && {NOTICE}.includes('{title}')")
    for count in (3, 4):
        page.click("#notice-undo")
        page.wait_until(f"{COUNT} === 'Notes: {count}'")
    assert page.evaluate(NOTICE) == ""

    page.click("#note-remove")
    page.wait_until(f"{NOTICE} !== ''")
    page.click("#notice-close")
    assert page.evaluate(NOTICE) == ""


@pytest.mark.chromium
def test_a_version_is_compared_with_the_one_before(
    extension: Extension, user: User, notes: dict[str, str]
) -> None:
    user.daemon.ask("PATCH", "/settings", {"template": "frontmatter"})
    user.daemon.ask(
        "PATCH", "/settings", {"plans": {"local": {"backends": ["local"], "summary": False}}}
    )
    old = notes["The tides of two coasts"]
    new = user.daemon.ask("POST", f"/captures/{old}/remake")["capture"]
    poll(lambda: placed(user, new), "the newer version", timeout=30)
    page = library(extension)
    open_note(page, "The tides of two coasts")

    page.click("#note-versions")
    page.wait_until("!!document.querySelector('#versions button')")
    page.click("#versions button")
    page.wait_until("!!document.querySelector('#note-text .line.gone')")
    gone = page.evaluate("document.querySelector('#note-text').innerText")
    assert "AI summary" in gone
    picture(page, "versions")
    page.click("#difference-close")
    page.wait_until("document.querySelector('#difference').hidden")
    assert page.evaluate(COUNT) == "Notes: 4"

    page = library(extension, f"?note={old}")
    page.wait_until(f"{READ} !== ''")
    page.click("#note-newer")
    page.wait_until(f"location.search === '?note={new}'")


@pytest.mark.chromium
def test_a_delivery_that_waits_is_tried_again_and_what_happens_is_seen(
    extension: Extension, user: User, notes: dict[str, str]
) -> None:
    folder = user.home / "second"
    settings = user.home / ".config" / "guidang" / "settings.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(BOTH.format(folder=folder), "utf-8")
    page = library(extension)

    id = archive(user, "Waves", PAGES["The tides of two coasts"])
    page.wait_until(f"{TITLES}[0] === 'Waves' && {COUNT} === 'Notes: 5'")
    page.wait_until("!!document.querySelector('.row .state.waiting')")
    assert (
        page.evaluate("document.querySelector('#unsettled-title').textContent") == "Unfinished: 1"
    )
    page.click("#unsettled summary")
    open_note(page, "Waves")
    page.wait_until("!!document.querySelector('#note-places [data-retry]')")
    picture(page, "waiting")
    folder.mkdir()
    page.click("#note-places [data-retry]")
    placed_there = json.dumps(str(folder / "Waves.md"))
    page.wait_until(f"document.querySelector('#note-places').innerText.includes({placed_there})")

    page.wait_until("document.querySelector('#unsettled').hidden")
    page.wait_until("!document.querySelector('.row .state')")
    user.daemon.ask("DELETE", f"/notes/{id}")
    page.wait_until(f"{COUNT} === 'Notes: 4' && {READ} === ''")


HOSTILE = """# Hostile

- **URL**: https://hostile.example/
- **Archived**: 2026-11-20 08:00:00

---

<script>globalThis.harmed = 1</script><img src="https://hostile.example/a.png" onerror="harmed = 2">

<form action="https://hostile.example/"><input name="a"><button>Send</button></form>

<link rel="stylesheet" href="https://hostile.example/a.css"><style>body { display: none }</style>

<iframe src="https://hostile.example/"></iframe><svg onload="globalThis.harmed = 3"></svg>

![image](https://hostile.example/b.png) [link](javascript:globalThis.harmed=4)

"""


@pytest.mark.chromium
def test_a_hostile_note_is_shown_inert(extension: Extension, user: User) -> None:
    user.archive.mkdir(parents=True)
    text = HOSTILE + "word " * 200_000 + "\n"
    (user.archive / "Hostile.md").write_text(text, "utf-8")
    user.install_host()
    user.wake_daemon()
    poll(lambda: user.daemon.ask("GET", "/notes")["notes"], "the note", timeout=60)
    page = library(extension)
    open_note(page, "Hostile")
    page.evaluate(chromium.PAINTED)

    tags = "script, form, input, iframe, link, style, object, embed, svg, img[src^=http]"
    assert page.evaluate(f"document.querySelectorAll('#note-text :is({tags})').length") == 0
    assert not page.evaluate(
        "[...document.querySelectorAll('#note-text *')].some((each) =>"
        " [...each.attributes].some(({ name, value }) =>"
        " name.startsWith('on') || value.startsWith('javascript:')))"
    )
    assert page.evaluate("typeof harmed") == "undefined"
    loaded = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert [name for name in loaded if not name.startswith("chrome-extension://")] == []
    assert not page.evaluate(OVERFLOWS)


@pytest.mark.chromium
def test_the_form_and_the_buttons_menu_lead_to_the_library(
    extension: Extension, site: Site, notes: dict[str, str]
) -> None:
    article = extension.browser.open(site.publish(Article(1)))
    extension.trigger(article)
    form = extension.popup()
    link = "document.querySelector('#to-library')"
    assert form.evaluate(f"{link}.textContent.trim()") == "Open the library"
    assert form.evaluate(f"{link}.href") == f"chrome-extension://{extension.id}/{LIBRARY}"
    form.close()

    worker = extension.service_worker()
    worker.evaluate("chrome.contextMenus.onClicked.dispatch({ menuItemId: 'library' }, { id: 1 })")
    address = f"chrome-extension://{extension.id}/{LIBRARY}"
    poll(
        lambda: [each for each in extension.browser.targets() if each["url"] == address],
        "the library",
        timeout=30,
    )


@pytest.mark.chromium
def test_a_program_that_is_not_there_is_told(program: Path, user: User) -> None:
    with chromium.start(program, user.home / "bare", headless=True, env=user.environ) as running:
        extension = running.load_extension(ROOT)
        page = running.open(f"chrome-extension://{extension.id}/{LIBRARY}")
        page.wait_until("!document.querySelector('#trouble').hidden")
        assert "guidang install" in page.evaluate("document.querySelector('#trouble').innerText")
        assert page.evaluate(NOTICE) == "", "it is told twice"
        picture(page, "absent")
        user.profile("bare")
        page.click("#trouble-retry")

        page.wait_until("!document.querySelector('#nothing').hidden")
        picture(page, "empty")


@pytest.mark.chromium
def test_it_is_told_in_chinese_too(user: User, notes: dict[str, str], program: Path) -> None:
    environ, flags = {**user.environ, "LANGUAGE": "zh_CN"}, ["--lang=zh-CN"]
    with chromium.start(
        program, user.profile(), headless=True, env=environ, flags=flags
    ) as running:
        page = library(running.load_extension(ROOT))
        open_note(page, "潮汐是怎样来的")
        picture(page, "note-zh")
        told = page.evaluate("document.body.innerText")

    for text in ("笔记库", "4 条笔记", "打开原网页", "保存位置", "删除"):
        assert text in told


@pytest.mark.firefox
def test_a_note_is_found_read_and_taken_out_in_firefox_too(
    user: User, notes: dict[str, str]
) -> None:
    user.install_host("firefox")
    with firefox.start(user.home / "firefox", user.environ) as browser:

        def run(script: str) -> object:
            return browser.command("WebDriver:ExecuteScript", script=script, args=[])["value"]

        def wait(expression: str) -> None:
            poll(lambda: run(f"return {expression}"), expression, timeout=30)

        browser.install(ROOT)
        browser.command("Marionette:SetContext", value="chrome")
        host = run(HOST_IN_FIREFOX)
        browser.command("Marionette:SetContext", value="content")
        browser.open(f"moz-extension://{host}/{LIBRARY}?query=tide")
        wait(f"{COUNT} === 'Notes: 1'")
        run("document.querySelector('.row').click()")
        wait(f"({READ}).includes('On the Bay of Fundy')")
        run("document.querySelector('#note-remove').click()")
        wait(f"({NOTICE}).includes('is deleted from the library')")
        run("document.querySelector('#notice-undo').click()")
        wait(f"{COUNT} === 'Notes: 1'")
