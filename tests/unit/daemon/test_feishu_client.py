"""What can go wrong between a call and Feishu, on real sockets, and what its user sees."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import stamina
from aiohttp import web

from daemon.backends.feishu import client as feishu_client
from daemon.backends.feishu import sharing
from daemon.backends.feishu.client import ATTEMPTS, Client
from daemon.backends.feishu.faults import (
    LostAnswerError,
    PassingError,
    RefusedError,
)
from daemon.errors import DeliveryDeferred, DeliveryError, DeliveryRejected
from tests.fakes.feishu import (
    Call,
    FeishuServer,
    Reply,
    applied_then_reset,
    feishu_server,
    html,
    raw,
    refusal,
    reset,
    silent,
)
from tests.fakes.feishu_slow import slow_feishu
from tests.fakes.github_proxy import redirected
from tests.unit.daemon.feishu_asking import DOCUMENTS, Asking, Created, edit

pytestmark = pytest.mark.usefixtures("no_pauses")

UPLOAD = "/open-apis/drive/v1/medias/upload_all"


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    with feishu_server() as made:
        yield made


@pytest.fixture
def asking(server: FeishuServer, tmp_path: Path) -> Asking:
    return Asking(server, tmp_path)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds by which the clock that measures rests is ahead."""
    ahead = [0.0]
    monkeypatch.setattr(sharing, "monotonic", lambda: time.monotonic() + ahead[0])
    return ahead


async def refused_edit(asking: Asking, *replies: Reply, **settings: Any) -> DeliveryError:
    """What an edit of a document ends with that gets *replies*."""
    client = asking.client(**settings)
    async with client.signed_in():
        document = await asking.make(client)
        asking.server.on("POST", "/children$", *replies)
        with pytest.raises(DeliveryError) as raised:
            await edit(client, document)
    asking.check(raised.value)
    return raised.value


def edits(asking: Asking) -> int:
    return sum(seen.path.endswith("/children") for seen in asking.server.seen)


# F5, and how fast is asked.


@pytest.mark.parametrize("status", [429, 400])
async def test_f5_a_limit_is_waited_for_as_long_as_it_says(asking: Asking, status: int) -> None:
    client = asking.client()
    async with client.signed_in():
        document = await asking.make(client)
        asking.server.on("POST", "/children$", refusal(99991400, status=status, reset=2))
        began = time.monotonic()
        await edit(client, document)

    assert 2 <= time.monotonic() - began < 4
    assert edits(asking) == 2


async def test_f5_a_limit_of_the_gateway_without_json_is_one(asking: Asking) -> None:
    async def gateway(_: Call) -> web.StreamResponse:
        return web.Response(status=429, text="slow down", headers={"x-ogw-ratelimit-reset": "1"})

    asking.server.on("POST", f"{DOCUMENTS}$", gateway)
    client = asking.client()
    began = time.monotonic()
    async with client.signed_in():
        await asking.make(client)

    assert 1 <= time.monotonic() - began < 3


@pytest.mark.parametrize("status", [429, 400])
async def test_f5_a_long_limit_is_for_later_and_nothing_is_asked_until_then(
    asking: Asking, status: int, clock: list[float]
) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", refusal(99991400, status=status, reset=90))
    client = asking.client()
    first = await asking.deferred(client)
    second = await asking.deferred(client)
    asked = asking.count(DOCUMENTS)
    clock[0] += 91
    async with client.signed_in():
        await asking.make(client)

    assert asked == 1
    assert (first.code, first.message) == (
        "rate-limited",
        f"{asking.server.url.removeprefix('http://')} was asked too much for now.",
    )
    for error in (first, second):
        assert error.retry_after is not None
        assert 80 < error.retry_after <= 90


async def test_f5_a_limit_of_one_document_holds_up_no_other(asking: Asking) -> None:
    client = asking.client()
    async with client.signed_in():
        limited, other = await asking.make(client), await asking.make(client)
        asking.server.on("POST", f"{limited}/children$", refusal(99991400, status=429, reset=90))
        with pytest.raises(DeliveryDeferred) as raised:
            await edit(client, limited)
        await edit(client, other)

    assert raised.value.code == "rate-limited"


async def test_f5_a_limit_of_the_app_holds_up_all_its_documents_and_no_other_app(
    asking: Asking,
) -> None:
    client = asking.client()
    async with client.signed_in():
        limited, other = await asking.make(client), await asking.make(client)
        asking.server.on("POST", f"{limited}/children$", refusal(99991400, status=400, reset=90))
        for document in (limited, other):
            with pytest.raises(DeliveryDeferred):
                await edit(client, document)
    asked = edits(asking)
    asking.app = asking.server.state.tokens.app()
    asking.keychain.kept["notes"] = asking.app.secret
    another = asking.client()
    async with another.signed_in():
        await edit(another, await asking.make(another))

    assert asked == 1


async def test_f5_who_waits_for_a_turn_when_a_limit_is_met_does_not_ask(asking: Asking) -> None:
    client = asking.client()
    async with client.signed_in():
        document = await asking.make(client)
        limit = refusal(99991400, status=429, reset=90)
        asking.server.on("POST", "/children$", limit, limit, limit)
        found = await asyncio.gather(
            *(edit(client, document) for _ in range(4)), return_exceptions=True
        )

    assert [type(each) for each in found] == [DeliveryDeferred] * 4
    assert edits(asking) == 3


async def test_f5_limits_again_and_again_end_within_a_minute(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feishu_client, "PATIENCE", 1.5)
    limit = refusal(99991400, status=400, reset=1)
    asking.server.on("POST", f"{DOCUMENTS}$", *[limit] * 9)
    error = await asking.deferred(asking.client())

    assert error.code == "rate-limited"
    assert asking.count(DOCUMENTS) == 2


def test_a_limit_that_names_no_time_lasts_longer_each_time(clock: list[float]) -> None:
    rest = sharing.Rest()
    lasted = []
    for seconds in (None, 0.0, None):
        rest.limited(seconds)
        lasted.append(round(rest.seconds))
        clock[0] += rest.seconds + 0.001
    rest.over()
    rest.limited(None)

    assert lasted == [1, 2, 4]
    assert round(rest.seconds) == 1


def test_a_limit_of_absurd_length_ends_after_a_day(clock: list[float]) -> None:
    rest = sharing.Rest()
    rest.limited(1e9)

    assert rest.seconds <= 86_400


async def test_one_document_is_edited_as_fast_as_it_may_be_and_no_faster(asking: Asking) -> None:
    client = asking.client()
    async with client.signed_in():
        document = await asking.make(client)
        began = time.monotonic()
        for _ in range(13):
            await edit(client, document)
        took = time.monotonic() - began

    assert asking.server.state.rates.most("document") == 3
    assert edits(asking) == 13
    # Three at once, then ten more: 3 a second would take 4 s.
    assert took < 4 / 0.8


@pytest.mark.parametrize(("before", "after"), [(0.33, 0.0), (0.0, 0.33)])
async def test_a_slow_service_is_asked_as_fast_as_it_allows_wherever_it_counts(
    tmp_path: Path, before: float, after: float
) -> None:
    with slow_feishu(before, after=after) as server:
        client = Asking(server, tmp_path).client()
        async with client.signed_in():
            document = await Asking(server, tmp_path).make(client)
            for _ in range(10):
                await edit(client, document)

    assert server.state.rates.most("document") == 3
    # Three at once, then seven more: 3 a second would take 3 s.
    assert server.lasted("/children") < 3 / 0.8


async def test_a_service_that_counts_late_and_is_slow_now_and_then_is_not_asked_too_much(
    tmp_path: Path,
) -> None:
    # As the calls of a document come one after the other, both kinds fall on its edits.
    with slow_feishu(0.4, 0.02) as server:
        client = Asking(server, tmp_path).client()
        async with client.signed_in():
            document = await Asking(server, tmp_path).make(client)
            for _ in range(9):
                await edit(client, document)

    assert server.state.rates.most("document") == 3
    assert server.limited == 0


async def test_documents_side_by_side_share_what_their_app_may(asking: Asking) -> None:
    client, other = asking.client(), asking.client()
    async with client.signed_in(), other.signed_in():
        documents = [await asking.make(each) for each in (client, other)]

        async def edited(each: Client, document: str) -> None:
            for _ in range(4):
                await edit(each, document)

        await asyncio.gather(edited(client, documents[0]), edited(other, documents[1]))

    assert edits(asking) == 8
    assert all(seen.headers["authorization"] for seen in asking.server.seen[1:])
    assert asking.server.state.rates.most("insert_children") == 3


async def test_documents_are_made_one_after_the_other(asking: Asking) -> None:
    clients = [asking.client() for _ in range(3)]
    async with AsyncExitStack() as stack:
        for client in clients:
            await stack.enter_async_context(client.signed_in())
        await asyncio.gather(*(asking.make(client) for client in clients))

    assert asking.count(DOCUMENTS) == 3


# Uploads.


async def image_of(client: Client, document: str) -> str:
    """The id of a new image block."""
    path = f"{DOCUMENTS}/{document}/blocks/{document}/children"
    body = {"children": [{"block_type": 27, "image": {}}]}
    data = await client.ask("POST", path, dict[str, Any], body, document=document)
    return str(data["children"][0]["block_id"])


async def test_a_file_arrives_as_it_is(asking: Asking, tmp_path: Path) -> None:
    content = b"\x89PNG\r\n\r\n--\r\n" + bytes(range(256)) * 900
    (tmp_path / "image.png").write_bytes(content)
    client = asking.client()
    async with client.signed_in():
        document = await asking.make(client)
        block = await image_of(client, document)
        token = await client.upload(
            name=f"{'潮' * 300}.png", parent=block, document=document, file=tmp_path / "image.png"
        )

    stored = asking.server.state.uploads[token]
    assert (stored.data, stored.parent) == (content, block)
    assert len(stored.name) == 250
    assert stored.name.endswith("潮.png")
    assert str(zlib.adler32(content)).encode() in asking.server.seen[-1].body


async def test_f6_contention_passes_and_uploads_are_serial_over_the_app(
    asking: Asking, tmp_path: Path
) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    contention = refusal(1061045, status=200)
    asking.server.on("POST", UPLOAD, contention, contention, contention, refusal(1061045))
    clients = [asking.client(), asking.client()]
    async with clients[0].signed_in(), clients[1].signed_in():
        document = await asking.make(clients[0])
        block = await image_of(clients[0], document)
        await asyncio.gather(
            *(
                client.upload(
                    name="a.png", parent=block, document=document, file=tmp_path / "image.png"
                )
                for client in clients * 3
            )
        )

    assert asking.count(UPLOAD) == 10
    assert asking.server.state.most_at_once["upload"] == 1
    assert asking.server.state.rates.most("upload") <= 5


async def test_f6_contention_without_an_end_is_for_later(asking: Asking) -> None:
    error = await refused_edit(asking, *[refusal(1061045, status=200)] * ATTEMPTS)

    assert isinstance(error, PassingError)
    assert not isinstance(error, LostAnswerError)
    assert error.code == "feishu-busy"
    assert "tried again by itself" in error.hint


async def test_a_file_that_is_too_large_is_not_sent(asking: Asking, tmp_path: Path) -> None:
    with (tmp_path / "image.png").open("wb") as file:
        file.truncate(20_971_521)
    client = asking.client()
    with pytest.raises(RefusedError) as raised:
        await client.upload(name="a", parent="b", document="d", file=tmp_path / "image.png")

    assert raised.value.code == "file-too-large"
    assert raised.value.is_too_large
    assert not asking.server.seen


async def test_a_file_that_is_gone_is_the_callers_to_tell(asking: Asking, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await asking.client().upload(
            name="a", parent="b", document="d", file=tmp_path / "image.png"
        )


# F16, and what networks do.

NO_ANSWERS = {
    "502": html(502),
    "200 html": html(200),
    "404 html": html(404),
    "empty": raw(b""),
    "code missing": raw(b"{}"),
    "data alone": raw(b'{"data":{"document":{"document_id":"d"}}}'),
    "code as text": raw(b'{"code":"0","data":{"document":{"document_id":"d"}}}'),
    "a list": raw(b"[]"),
    "no data": raw(b'{"code":0}'),
    "null": raw(b'{"code":0,"data":null}'),
    "other data": raw(b'{"code":0,"data":{"document":{"document_id":7}}}'),
    "a success of 500": raw(b'{"code":0,"data":{"document":{"document_id":"d"}}}', 500),
    "a success of 403": raw(b'{"code":0,"data":{"document":{"document_id":"d"}}}', 403),
    "no utf-8": raw(b"\xff"),
    "deep": raw(b'{"code":0,"data":' + b"[" * 100_000),
    "error of the oauth": raw(b'{"error":"invalid_grant"}', 400),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
async def test_f16_what_is_no_answer_is_asked_again_and_is_never_a_success(
    asking: Asking, name: str
) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", *[NO_ANSWERS[name]] * ATTEMPTS)
    error = await asking.deferred(asking.client())

    assert error.code == ("feishu-failed" if name == "502" else "feishu-not-understood")
    assert error.retry_after is None
    assert asking.count(DOCUMENTS) == ATTEMPTS


async def test_f16_a_fault_that_passes_costs_nothing(asking: Asking) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", html(502), raw(b""), raw(b"{}"), reset)
    client = asking.client()
    async with client.signed_in():
        document = await asking.make(client)

    assert [document] == list(asking.server.state.documents)


@pytest.mark.parametrize(
    "reply",
    [
        html(502),
        raw(b""),
        applied_then_reset,
        refusal(1771001, status=500),
        refusal(1061001, status=200),
        refusal(1061006, status=200),
    ],
)
async def test_what_must_not_be_done_twice_is_asked_once_when_its_answer_is_lost(
    asking: Asking, reply: Reply
) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", reply)
    error = await asking.deferred(asking.client(), once=True)

    assert isinstance(error, LostAnswerError)
    assert asking.count(DOCUMENTS) == 1


@pytest.mark.parametrize("code", [1770036, 1061045, 131009])
async def test_what_was_certainly_not_done_is_asked_again_all_the_same(
    asking: Asking, code: int
) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", refusal(code))
    client = asking.client()
    async with client.signed_in():
        await client.ask("POST", DOCUMENTS, Created, {"title": "Tides"}, once=True)

    assert asking.count(DOCUMENTS) == 2


async def test_a_service_that_does_not_answer_may_have_done_it(asking: Asking) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", *[reset] * ATTEMPTS)
    error = await asking.deferred(asking.client())

    assert isinstance(error, LostAnswerError)
    assert error.code == "feishu-unreachable"
    assert asking.count(DOCUMENTS) == ATTEMPTS


async def test_a_service_that_cannot_be_reached_has_done_nothing(asking: Asking) -> None:
    error = await asking.deferred(asking.client(api="http://127.0.0.1:9"), once=True)

    assert isinstance(error, PassingError)
    assert not isinstance(error, LostAnswerError)
    assert error.code == "feishu-unreachable"
    assert error.message == "127.0.0.1:9 cannot be reached."


async def test_an_answer_without_an_end_is_none(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feishu_client, "LARGEST", 1_000)
    long = raw(b'{"code":0,"data":{"document":{"document_id":"' + b"d" * 2_000 + b'"}}}')
    asking.server.on("POST", f"{DOCUMENTS}$", *[long] * ATTEMPTS)

    assert (await asking.deferred(asking.client())).code == "feishu-not-understood"


async def test_a_service_that_is_silent_is_left(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feishu_client, "LIMIT", 0.1)
    asking.server.on("POST", f"{DOCUMENTS}$", silent)
    client = asking.client()
    async with client.signed_in():
        await asking.make(client)

    assert asking.count(DOCUMENTS) == 2


@pytest.mark.parametrize(
    ("status", "kind"), [(302, DeliveryDeferred), (307, DeliveryDeferred), (308, DeliveryRejected)]
)
async def test_a_token_goes_to_no_other_server(
    asking: Asking, status: int, kind: type[DeliveryError]
) -> None:
    with feishu_server() as other:
        asking.server.on(
            "POST", f"{DOCUMENTS}$", redirected(status, lambda seen: f"{other.url}{seen.path}")
        )
        error = await asking.failed(asking.client())

        assert not other.seen
    assert isinstance(error, kind)
    assert error.code == "feishu-elsewhere"
    assert other.url.removeprefix("http://") in error.message
    assert asking.count(DOCUMENTS) == 1


async def test_attempts_come_with_growing_pauses(asking: Asking, pauses: None) -> None:
    waited: list[float] = []
    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([lambda told: waited.append(told.wait_for)])
    try:
        asking.server.on("POST", f"{DOCUMENTS}$", *[html(502)] * 3)
        client = asking.client()
        async with client.signed_in():
            await asking.make(client)
    finally:
        stamina.instrumentation.set_on_retry_hooks(before)

    assert [round(each) >= 0 for each in waited] == [True] * 3
    assert waited[0] < waited[2]


# F13, F14, and what each code means.

SHARE = "share the place with this group"
CODES = [
    # F13: how a place is shared.
    (1770032, 403, "document-not-shared", "let the app edit the document", SHARE),
    (1770040, 403, "folder-not-shared", "let the app write into the folder", SHARE),
    (131006, 400, "wiki-not-shared", "let the app write into the wiki", SHARE),
    (1061004, 403, "place-not-shared", "let the app do this in this place", SHARE),
    (1062501, 403, "place-not-shared", "let the app do this in this place", SHARE),
    (1063002, 403, "place-not-shared", "let the app do this in this place", SHARE),
    (91403, 403, "place-not-shared", "let the app do this in this place", SHARE),
    # Of the app.
    (99991401, 400, "address-not-allowed", "internet address of this machine", "/safe"),
    (99991403, 429, "quota-used-up", "in a month are used up", "next month"),
    (99991403, 400, "quota-used-up", "in a month are used up", "next month"),
    (10014, 400, "app-refused", "app_id or its secret is wrong", "guidang secret set notes"),
    (10015, 400, "app-refused", "app_id or its secret is wrong", "guidang secret set notes"),
    (10003, 400, "app-refused", "app_id or its secret is wrong", "guidang secret set notes"),
    (99991543, 400, "app-refused", "app_id or its secret is wrong", "guidang secret set notes"),
    (99991662, 400, "app-disabled", "is switched off", "administrator"),
    (99991673, 400, "app-not-installed", "not installed", "approved"),
    # Of what there is room for.
    (1061101, 400, "space-full", "storage of", "Make room"),
    (1061061, 400, "space-full", "storage of", "Make room"),
    (1062507, 400, "place-full", "takes no more", "Name another"),
    (131003, 400, "place-full", "takes no more", "Name another"),
    (1770004, 400, "note-too-large", "too large", "selection"),
    (1770033, 400, "note-too-large", "too large", "selection"),
    (1770035, 400, "note-too-large", "too large", "selection"),
    (1061043, 400, "file-too-large", "too large", "by hand"),
    (1770008, 400, "file-too-large", "too large", "by hand"),
    # Of what is not there.
    (1770002, 404, "place-missing", "deleted or never was", "folder, wiki"),
    (1770003, 400, "place-missing", "deleted or never was", "folder, wiki"),
    (131005, 400, "place-missing", "deleted or never was", "folder, wiki"),
    (1770039, 404, "folder-unknown", "no such folder", "last part of its address"),
    (1254041, 200, "table-missing", "no such Base", "address of a Base"),
    # Of the note.
    (1061109, 400, "content-refused", "check of content", "object"),
    (1061113, 400, "content-refused", "check of content", "object"),
    (1063001, 400, "share-refused", "as share_with says", "share_with"),
    (1770001, 400, "form-refused", "in this form (“invalid param”, code 1770001", "report"),
    (1770041, 400, "form-refused", "in this form", "report"),
    (99992402, 400, "note-refused", "“field validation failed”, code 99992402", "report"),
    (131007, 500, "wiki-failed", "asks not to be asked again", "retry"),
    (4711, 200, "note-refused", "“error”, code 4711, log id ", "report"),
]


@pytest.mark.parametrize(("code", "status", "ours", "message", "hint"), CODES)
async def test_f13_a_refusal_is_told_in_words_of_its_own_and_not_tried_again(
    asking: Asking, code: int, status: int, ours: str, message: str, hint: str
) -> None:
    error = await refused_edit(asking, refusal(code, status=status))

    assert isinstance(error, RefusedError)
    assert (error.code, error.code_of_service) == (ours, code)
    assert message in error.message
    assert hint in error.hint
    assert edits(asking) == 1


@pytest.mark.parametrize("code", [1770032, 1770040, 131006, 1061004])
async def test_f13_a_person_is_told_what_a_person_can_do(asking: Asking, code: int) -> None:
    asking.signed_in()
    error = await refused_edit(asking, refusal(code, status=403), as_user=True)

    assert "does not let the person who signed in" in error.message
    assert error.hint.startswith("Ask its owner for the right to edit there")
    assert edits(asking) == 1


async def test_f13_a_folder_that_is_not_shared_is_told_so_by_the_service_itself(
    asking: Asking,
) -> None:
    folder = asking.server.state.folder(asking.server.user.open_id)
    client = asking.client(folder=folder.token)
    async with client.signed_in():
        with pytest.raises(RefusedError) as raised:
            await asking.make(client, folder_token=folder.token)

    assert raised.value.code == "folder-not-shared"
    assert "put it into a group" in raised.value.hint
    assert "guidang sign-in notes" in raised.value.hint
    assert asking.count(DOCUMENTS) == 1


async def test_f14_a_scope_that_is_missing_is_named_with_its_page(asking: Asking) -> None:
    asking.app.scopes.clear()
    error = await asking.rejected(asking.client())

    assert error.code == "scope-missing"
    assert error.message == (
        f"The app lacks the scope “docx:document” or “docx:document:create” at"
        f" {asking.server.url.removeprefix('http://')}."
    )
    assert f"(https://open.feishu.cn/app/{asking.app.id}/auth?q=docx:document," in error.hint
    assert asking.count(DOCUMENTS) == 1


async def test_f14_a_scope_that_a_person_did_not_grant_is_named(asking: Asking) -> None:
    pair = asking.signed_in()
    granted = asking.server.state.tokens.signed_in(
        asking.app, asking.server.user, frozenset({"wiki:wiki"})
    )
    asking.keychain.kept["notes-user"] = json.dumps(
        pair | {"access_token": granted["access_token"]}
    )
    error = await asking.rejected(asking.client(as_user=True))

    assert error.code == "scope-not-granted"
    assert "“docx:document”" in error.message
    assert "guidang sign-in notes" in error.hint


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"permission_violations": "docx:document", "helps": 7},
        {"permission_violations": [{"subject": 7}], "helps": [{"url": None}]},
        {"helps": [{"url": "javascript:alert(1)"}, {"url": "https://a b"}]},
    ],
)
async def test_f14_without_names_the_words_of_the_service_and_our_own_page_are_told(
    asking: Asking, details: dict[str, Any]
) -> None:
    error = await refused_edit(asking, refusal(99991672, **details))

    assert error.code == "scope-missing"
    assert "“Access denied. One of the following scopes is required.”" in error.message
    assert f"{asking.server.url}/app/{asking.app.id}/auth" in error.hint
    assert "javascript" not in error.hint


async def test_the_kind_of_a_refusal_can_be_asked_for(asking: Asking) -> None:
    kinds = []
    for code in (1770006, 1770002, 1770035, 1061113):
        error = await refused_edit(asking, refusal(code))
        assert isinstance(error, RefusedError)
        kinds.append((error.structural, error.is_gone, error.is_too_large, error.is_of_content))

    assert kinds == [
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    ]


@pytest.mark.parametrize(("code", "ours"), [(99991672, "scope-missing"), (4711, "note-refused")])
async def test_no_secret_is_told_even_if_the_service_tells_it(
    asking: Asking, caplog: pytest.LogCaptureFixture, code: int, ours: str
) -> None:
    pair = asking.signed_in()

    async def telling(call: Call) -> web.StreamResponse:
        token = call.seen.headers["authorization"]
        body = {
            "code": code,
            "msg": f"{token} {pair['refresh_token']}",
            "error": {
                "log_id": f"a {token}",
                "permission_violations": [{"subject": token}],
                "helps": [{"url": f"https://example.org/{token.removeprefix('Bearer ')}"}],
            },
        }
        return web.json_response(body, status=400)

    error = await refused_edit(asking, telling, as_user=True)

    assert error.code == ours
    for secret in asking.secrets:
        assert secret not in caplog.text


async def test_the_log_has_ids_and_no_content(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    asking.server.on("POST", f"{DOCUMENTS}$", refusal(1770040, status=403))
    await asking.rejected(asking.client())

    assert "POST /open-apis/docx/v1/documents: 403, 1770040, log id " in caplog.text
    assert "Tides" not in caplog.text
