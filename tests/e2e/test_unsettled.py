"""The list of what is not settled, in the form of any page, and its buttons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.articles import Article
from tests.e2e.user import ROOT, next_type
from tests.unit.daemon.running import a_capture
from tools import chromium
from tools.waiting import poll

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.e2e.conftest import Site
    from tests.e2e.user import User
    from tools.chromium import Extension, Target

pytestmark = pytest.mark.chromium

#: Pictures of the form, for people.
PICTURES = ROOT / "build" / "pictures"

#: Pixels of a form that a browser shows at most; without a screen Chromium shows 510 of them.
SHOWN = 600

ROWS = """[...document.querySelectorAll('#unsettled-list > li')].map((row) => ({
    title: row.querySelector('.title').textContent,
    lines: [...row.querySelectorAll('.deliveries > li')].map((line) =>
        ['.backend', '.told', '.problem'].map((part) =>
            line.querySelector(part)?.textContent ?? '')),
    retry: row.querySelector('button')?.textContent ?? null,
}))"""
TITLES = "[...document.querySelectorAll('#unsettled-list .title')].map((it) => it.textContent)"
BROKEN = "{{ title.nothing.of.this }}"


def send(user: User, title: str, **fields: object) -> dict[str, Any]:
    """Archive a page as another program, or an earlier session of the browser, has done."""
    capture = a_capture(title=title, **fields)
    user.daemon.ask("POST", "/captures", capture)

    def rested() -> dict[str, Any] | None:
        view: dict[str, Any] = user.daemon.ask("GET", f"/captures/{capture['id']}")
        states = [each["state"] for each in view["deliveries"]]
        tried = states and not any(
            each["attempts"] == 0 or each["state"] == "sending" for each in view["deliveries"]
        )
        return view if tried or view["state"] == "failed" else None

    return poll(rested, f"the first attempt of {title}", timeout=30)


@pytest.fixture
def away(user: User) -> Path:
    """The folder of the backend `away`, which is not there; the backend `broken` rejects all."""
    folder = user.home / "away"
    user.install_host()
    user.wake_daemon()
    user.daemon.ask(
        "PATCH",
        "/settings",
        {
            "plans": {"away": {"backends": ["local", "away"]}, "broken": {"backends": ["broken"]}},
            "backends": {
                "local": {"kind": "local"},
                "away": {"kind": "local", "folder": str(folder)},
                "broken": {"kind": "local", "name": BROKEN},
            },
        },
    )
    return folder


def mend(user: User, away: Path) -> None:
    away.mkdir()
    user.daemon.ask("PATCH", "/settings", {"backends": {"broken": {"name": None}}})


def opened(extension: Extension, url: str, count: int) -> Target:
    """The form of the page *url*, once it lists *count* captures."""
    extension.trigger(extension.browser.open(url))
    form = extension.popup()
    form.wait_until(f"{TITLES}.length === {count}")
    return form


def picture(form: Target, name: str, schemes: Sequence[str] = ("light", "dark")) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in schemes:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        form.call("Emulation.setEmulatedMedia", {"features": features})
        form.screenshot(PICTURES / f"{name}-{scheme}.png")


def retry(form: Target, id: str) -> None:
    """Click the button of the list that tries *id* again."""
    form.click(in_view(form, f"[data-retry='{id}']"))


def in_view(form: Target, selector: str) -> str:
    """Scroll to a button of the list; returns what finds it."""
    button = f"#unsettled-list {selector}"
    form.evaluate(f'document.querySelector("{button}").scrollIntoView({{ block: "center" }})')
    return button


def unsettled(user: User) -> list[str]:
    captures = user.daemon.ask("GET", "/captures?state=unsettled")["captures"]
    return [each["title"] for each in captures if each["state"] != "draft"]


def test_the_form_of_another_page_lists_it_and_tries_it_again(
    user: User, away: Path, extension: Extension, site: Site
) -> None:
    rejected = send(user, "A template that is broken", plan="broken")
    waiting = send(user, "A disk that is away", plan="away")
    failed = send(user, "An empty page", html="")

    form = opened(extension, site.publish(Article(1)), 3)
    form.wait_until("document.body.dataset.stage === 'editing'")
    picture(form, "unsettled")
    rows = {row["title"]: row for row in form.evaluate(ROWS)}
    assert form.evaluate("document.documentElement.scrollHeight") <= SHOWN

    assert set(rows) == {view["title"] for view in (rejected, waiting, failed)}
    [[backend, state, problem]] = rows[rejected["title"]]["lines"]
    assert (backend, state) == ("broken", "rejected")
    assert problem.startswith(rejected["deliveries"][0]["error"]["message"])
    [[backend, state, problem]] = rows[waiting["title"]]["lines"]
    assert (backend, state) == ("away", "waiting")
    assert f"The folder {away} is not there." in problem
    assert "Next attempt at " in problem
    [[backend, state, problem]] = rows[failed["title"]]["lines"]
    assert (backend, state) == ("", "Not archived")
    assert problem == f"{failed['error']['message']} {failed['error']['hint']}"
    assert {row["retry"] for row in rows.values()} == {"Try again"}

    mend(user, away)
    for view in (rejected, waiting):
        [delivery] = [each for each in view["deliveries"] if each["state"] != "delivered"]
        retry(form, delivery["id"])
        form.wait_until(f"!{TITLES}.includes({json.dumps(view['title'])})")
    with user.daemon.events() as events:
        retry(form, failed["id"])
        told = [next_type(events) for _ in range(2)]

    assert told == ["accepted", "failed"], "its page is still empty"
    form.wait_until(f"{TITLES}.length === 1")
    assert unsettled(user) == [failed["title"]]
    assert len(list(away.glob("*.md"))) == 1


def test_a_press_counts_although_the_list_is_drawn_anew_before_the_release(
    user: User, away: Path, extension: Extension, site: Site
) -> None:
    waiting = send(user, "A disk that is away", plan="away")
    rejected = send(user, "A template that is broken", plan="broken")
    form = opened(extension, site.publish(Article(1)), 2)
    form.wait_until("document.body.dataset.stage === 'editing'")
    assert form.evaluate(TITLES) == [rejected["title"], waiting["title"]]
    user.daemon.ask("PATCH", "/settings", {"backends": {"broken": {"name": None}}})
    [mended] = rejected["deliveries"]
    [slow] = [each for each in waiting["deliveries"] if each["state"] != "delivered"]
    below = "document.querySelector('#unsettled-list > li:last-child')"
    form.evaluate(f"{below}.classList.add('old')")

    with form.held(in_view(form, f"[data-retry='{mended['id']}']")):
        user.daemon.ask("POST", f"/deliveries/{slow['id']}/retry")
        form.wait_until(f"!{below}.matches('.old') && !!{below}.querySelector('.problem')")

    form.wait_until(f"{TITLES}.length === 1")
    assert unsettled(user) == [waiting["title"]]


def test_what_failed_for_good_is_discarded_after_a_second_press(
    user: User, away: Path, extension: Extension, site: Site
) -> None:
    failed = send(user, "An empty page", html="")
    form = opened(extension, site.publish(Article(1)), 1)
    form.wait_until("document.body.dataset.stage === 'editing'")
    button = in_view(form, f"[data-discard='{failed['id']}']")

    form.click(button)
    assert form.evaluate(f'document.querySelector("{button}").textContent') == "Discard for good?"
    assert unsettled(user) == [failed["title"]]
    form.click(button)

    form.wait_until(f"{TITLES}.length === 0")
    assert unsettled(user) == []


def test_the_list_is_used_with_keys_alone_and_keeps_its_place(
    user: User, away: Path, extension: Extension, site: Site
) -> None:
    for number in range(6):
        send(user, f"Page {number}", plan="broken")
    form = opened(extension, site.publish(Article(1)), 6)
    form.wait_until("document.body.dataset.stage === 'editing'")
    height = "document.querySelector('#unsettled-list').getBoundingClientRect().height"
    assert form.evaluate(height) <= 160, "more are scrolled to"
    form.evaluate("document.querySelector('#archive').focus()")
    on = "document.activeElement.id || document.activeElement.dataset.retry"

    form.press("Tab")
    assert form.evaluate(on) == "unsettled-list"
    form.press("Tab")
    first = form.evaluate(on)
    assert first.endswith(".broken")
    form.press("Tab")
    assert form.evaluate(on) not in {first, "unsettled-list"}
    user.daemon.ask("POST", f"/deliveries/{first}/retry")
    send(user, "Page 7", plan="broken")
    form.wait_until(f"{TITLES}.length === 7")
    second = form.evaluate(on)
    assert second.endswith(".broken"), "drawn anew, it keeps the place of who is there"

    mend(user, away)
    form.press("Enter")

    form.wait_until(f"{TITLES}.length === 6")
    assert form.evaluate(on) == "unsettled-list"


def test_images_that_stayed_links_are_named_with_their_reasons(
    extension: Extension, site: Site
) -> None:
    extension.trigger(extension.browser.open(site.publish(Article(1))))
    form = extension.popup()
    form.wait_until("document.body.dataset.stage === 'editing'")
    long = f"https://images.example.org/{'folder/' * 20}sea.png"
    error = {"code": "image-not-fetched", "message": "Status 404.", "hint": "Its link stays."}
    unsaved = [{"url": url, "error": error} for url in (long, "https://example.org/b.png")]
    receipt = {"place": "a.md", "url": None, "unsaved": unsaved, "warning": None}
    delivery = {"id": "x", "backend": "local", "state": "delivered", "receipt": receipt}

    form.evaluate(f"""Promise.all([import("./delivery.js"), import("../lines.js")]).then(
        ([{{ describeDelivery }}, {{ redraw }}]) => {{
            const text = (key, values = []) => [key, ...values].join(" ");
            const browser = {{ language: () => "en", text }};
            const list = document.querySelector("#deliveries");
            const draw = () => redraw(list,
                [describeDelivery({json.dumps({**delivery, "error": None})}, browser)]);
            draw();
            document.querySelector("details").open = true;
            draw();
        }})""")
    assert form.evaluate("document.querySelector('details').open"), "drawn anew, it stays open"
    picture(form, "images-that-stayed-links")
    shown = form.evaluate("document.querySelector('#deliveries details').innerText").split("\n")

    assert shown[0] == "delivery_links 2"
    assert shown[1].startswith("images.example.org/…")
    assert shown[1].endswith("/sea.png")
    assert len(shown[1]) <= 48
    assert shown[2:] == ["Status 404. Its link stays.", "example.org/b.png", shown[2]]
    assert form.evaluate("document.querySelector('.address').title") == long


def test_it_is_listed_also_where_no_page_can_be_read(
    user: User, away: Path, extension: Extension
) -> None:
    assert not away.exists()
    send(user, "A template that is broken", plan="broken")

    form = opened(extension, "chrome://version", 1)

    form.wait_until("document.body.dataset.stage === 'failed'")
    picture(form, "unsettled-no-page")


def test_it_is_told_in_chinese_too(user: User, away: Path, program: Path, site: Site) -> None:
    send(user, "坏了的模板", plan="broken")
    send(user, "不在的磁盘", plan="away")
    environ = {**user.environ, "LANGUAGE": "zh_CN"}
    profile = user.profile()
    with chromium.start(
        program, profile, headless=True, env=environ, flags=["--lang=zh-CN"]
    ) as running:
        form = opened(running.load_extension(ROOT), site.publish(Article(1)), 2)
        form.wait_until("document.body.dataset.stage === 'editing'")
        picture(form, "unsettled-chinese")
        text = form.evaluate("document.querySelector('#unsettled').innerText")

    assert "尚未完成：2" in text
    assert "被拒绝" in text
    assert "等待中" in text
    assert "重试" in text


def test_with_everything_delivered_there_is_no_list(
    user: User, away: Path, extension: Extension, site: Site
) -> None:
    away.mkdir()
    send(user, "Delivered", plan="away")

    extension.trigger(extension.browser.open(site.publish(Article(1))))
    form = extension.popup()
    form.wait_until("document.body?.dataset.stage === 'editing'")

    assert form.evaluate("document.querySelector('#unsettled').hidden")
