"""The stand-in for Feishu is as strict as the service, and says what the service says."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from tests.fakes import images
from tests.fakes.feishu import FeishuServer, feishu_server, refusal, reset
from tests.fakes.feishu_caller import Answer, Caller, block, table, text
from tests.fakes.feishu_schemas import check_request
from tests.fakes.feishu_tokens import DEVICE, SCOPES
from tests.fakes.feishu_tree import Document

BATCH = "/docx/v1/documents/{0}/blocks/batch_update"
DELETE = "/docx/v1/documents/{0}/blocks/{1}/children/batch_delete"


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    """Without rates, and quick."""
    with feishu_server() as made:
        made.state.rates.on = False
        made.state.takes = 0
        yield made


@pytest.fixture
def app(server: FeishuServer) -> Caller:
    return Caller(server)


def the_document(server: FeishuServer) -> Document:
    (document,) = server.state.kept
    return document


# Tokens.


def test_an_app_gets_the_same_token_until_half_an_hour_is_left(
    server: FeishuServer, app: Caller
) -> None:
    own = server.state.tokens.app()

    first = app.app_token(own.id, own.secret)
    server.state.clock.move(5_000)
    second = app.app_token(own.id, own.secret)
    server.state.clock.move(500)
    third = app.app_token(own.id, own.secret)

    assert first["code"] == 0
    assert first["expire"] == 7_200
    assert second["tenant_access_token"] == first["tenant_access_token"]
    assert 1_800 <= second["expire"] <= 2_200
    assert third["tenant_access_token"] != first["tenant_access_token"]
    assert Caller(server, first["tenant_access_token"]).create()


@pytest.mark.parametrize(
    ("app_id", "secret", "code"),
    [("cli_other", "x", 10015), ("", "wrong", 10014), ("", "", 10003)],
)
def test_a_wrong_app_gets_no_token(
    server: FeishuServer, app: Caller, app_id: str, secret: str, code: int
) -> None:
    answer = app.app_token(app_id or server.app.id, secret)

    assert answer["code"] == code
    assert "tenant_access_token" not in answer


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("", (400, 99991661)),
        ("x-1", (400, 99991671)),
        ("t-1", (400, 99991663)),
        ("u-1", (401, 99991668)),
    ],
)
def test_a_token_that_nobody_gave_is_refused(
    server: FeishuServer, token: str, told: tuple[int, int]
) -> None:
    answer = Caller(server, token).ask("GET", "/drive/v1/files")

    assert answer.told == told
    assert answer.headers["x-tt-logid"] == answer["error"]["log_id"]


def test_tokens_end(server: FeishuServer, app: Caller) -> None:
    given = server.state.tokens.signed_in(server.app, server.user)
    user = Caller(server, given["access_token"])
    assert user.ask("GET", "/drive/v1/files")["code"] == 0

    server.state.clock.move(7_200)

    assert app.ask("GET", "/drive/v1/files").told == (400, 99991663)
    assert user.ask("GET", "/drive/v1/files").told == (401, 99991677)


def test_a_missing_scope_is_named_with_the_page_to_ask_for_it(
    server: FeishuServer, app: Caller
) -> None:
    server.app.scopes.discard("docx:document")
    few = server.state.tokens.signed_in(server.app, server.user, SCOPES - {"docx:document"})

    of_app = app.ask("POST", "/docx/v1/documents", {})
    of_user = Caller(server, few["access_token"]).ask("POST", "/docx/v1/documents", {})

    assert of_app.told == (400, 99991672)
    subjects = [each["subject"] for each in of_app["error"]["permission_violations"]]
    assert subjects == ["docx:document", "docx:document:create"]
    assert server.app.id in of_app["error"]["helps"][0]["url"]
    assert of_user.told == (400, 99991679)


# Users.


def verified(server: FeishuServer, app: Caller, **changed: str) -> Answer:
    """What a code is exchanged for that a page was led back with."""
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "client_id": server.app.id,
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:1/back",
        "scope": "docx:document offline_access",
        "state": "s1",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    led = app.send("GET", f"/authen/v1/authorize?{urlencode(query)}", None, "text/html")
    back = parse_qs(urlsplit(led.headers["location"]).query)
    assert back["state"] == ["s1"]
    form = {"code": back["code"][0], "redirect_uri": query["redirect_uri"]}
    return app.grant("authorization_code", **{**form, "code_verifier": verifier, **changed})


def test_a_code_is_exchanged_once_for_tokens_of_the_user(server: FeishuServer, app: Caller) -> None:
    given = verified(server, app)

    assert given["code"] == 0
    assert given["token_type"] == "Bearer"
    assert given["scope"] == "docx:document offline_access"
    assert Caller(server, given["access_token"]).create()
    assert the_document(server).owner == server.user.open_id
    sent = server.seen[-2].json
    assert app.grant("authorization_code", code=sent["code"])["code"] == 20065


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"code_verifier": "w" * 43}, 20049),
        ({"code": "other"}, 20003),
        ({"redirect_uri": "http://127.0.0.1:2/"}, 20071),
        ({"client_secret": "other"}, 20002),
        ({"client_id": ""}, 20001),
    ],
)
def test_a_code_is_refused_that_does_not_fit(
    server: FeishuServer, app: Caller, changed: dict[str, str], code: int
) -> None:
    answer = verified(server, app, **changed)

    assert answer.told == (400, code)
    assert answer["error"]
    assert answer["error_description"]


def test_a_user_may_say_no(server: FeishuServer, app: Caller) -> None:
    server.agrees = None
    query = {"client_id": server.app.id, "response_type": "code", "redirect_uri": "http://a/"}

    led = app.send("GET", f"/authen/v1/authorize?{urlencode(query)}", None, "text/html")

    assert led.status == 302
    assert led.headers["location"] == "http://a/?error=access_denied"


def test_a_refresh_token_is_good_once(server: FeishuServer, app: Caller) -> None:
    given = server.state.tokens.signed_in(server.app, server.user)

    second = app.grant("refresh_token", refresh_token=given["refresh_token"])
    again = app.grant("refresh_token", refresh_token=given["refresh_token"])
    third = app.grant("refresh_token", refresh_token=second["refresh_token"])

    assert (second["code"], again["code"], third["code"]) == (0, 20073, 0)
    assert server.state.tokens.refreshed == 2


def test_a_refresh_token_ends_and_is_revoked(server: FeishuServer, app: Caller) -> None:
    tokens = server.state.tokens
    old = tokens.signed_in(server.app, server.user)
    server.state.clock.move(604_800)
    new = tokens.signed_in(server.app, server.user)
    tokens.revoke()

    assert app.grant("refresh_token", refresh_token=old["refresh_token"])["code"] == 20064
    assert app.grant("refresh_token", refresh_token=new["refresh_token"])["code"] == 20064
    newest = tokens.signed_in(server.app, server.user)
    server.state.clock.move(604_800)
    assert app.grant("refresh_token", refresh_token=newest["refresh_token"])["code"] == 20037
    assert app.grant("refresh_token", refresh_token="ur-1")["code"] == 20026


def asked_by_device(server: FeishuServer, app: Caller) -> Answer:
    pair = base64.b64encode(f"{server.app.id}:{server.app.secret}".encode()).decode()
    form = urlencode({"client_id": server.app.id, "scope": "docx:document offline_access"})
    return app.send(
        "POST",
        "//oauth/v1/device_authorization",
        form.encode(),
        "application/x-www-form-urlencoded",
        Authorization=f"Basic {pair}",
    )


def test_a_device_waits_for_its_user(server: FeishuServer, app: Caller) -> None:
    given = asked_by_device(server, app)
    code = given["device_code"]

    waiting = app.grant(DEVICE, device_code=code)
    hasty = app.grant(DEVICE, device_code=code)
    server.state.tokens.decide(given["user_code"], server.user)
    done = app.grant(DEVICE, device_code=code)

    assert given["verification_uri_complete"].endswith(given["user_code"])
    assert (waiting["error"], hasty["error"]) == ("authorization_pending", "slow_down")
    assert done["refresh_token"]
    assert app.grant(DEVICE, device_code=code)["error"] == "invalid_grant"


def test_a_device_may_be_told_no_or_come_too_late(server: FeishuServer, app: Caller) -> None:
    denied, late = asked_by_device(server, app), asked_by_device(server, app)
    server.state.tokens.decide(denied["user_code"], None)

    assert app.grant(DEVICE, device_code=denied["device_code"])["error"] == "access_denied"
    server.state.clock.move(240)
    assert app.grant(DEVICE, device_code=late["device_code"])["error"] == "expired_token"


# Documents.


@pytest.mark.parametrize("length", [0, 801])
def test_a_title_has_1_to_800_characters(app: Caller, length: int) -> None:
    answer = app.ask("POST", "/docx/v1/documents", {"title": "t" * length})

    assert answer.told == (400, 99992402)
    assert app.create("t" * 800)


def test_two_documents_are_not_made_in_one_folder_at_once(
    server: FeishuServer, app: Caller
) -> None:
    other = server.state.folder(server.app.id)
    root = server.state.root(server.app.id).token
    server.state.busy.add(root)

    assert app.ask("POST", "/docx/v1/documents", {}).told == (400, 1770036)
    assert app.create(folder_token=other.token)
    server.state.busy.remove(root)
    assert app.create()
    assert server.state.most_at_once == {root: 2, other.token: 1}


def test_a_folder_belongs_to_somebody(server: FeishuServer, app: Caller) -> None:
    theirs = server.state.folder(server.user.open_id)
    shared = server.state.folder(server.user.open_id, **{server.app.id: "edit"})

    def told(folder: str) -> tuple[int, int]:
        return app.ask("POST", "/docx/v1/documents", {"folder_token": folder}).told

    assert told("fldnone") == (404, 1770039)
    assert told(theirs.token) == (403, 1770040)
    assert told(shared.token) == (200, 0)


def test_a_document_is_not_everybodys(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    given = server.state.tokens.signed_in(server.app, server.user)
    user = Caller(server, given["access_token"])
    path = f"/docx/v1/documents/{document}"

    assert user.ask("GET", path).told == (403, 1770032)
    member = {"member_type": "openid", "member_id": server.user.open_id, "perm": "view"}
    app.ask("POST", f"/drive/v1/permissions/{document}/members", member, type="docx")
    assert user.ask("GET", path).told == (200, 0)
    assert user.insert(document, text("a")).told == (403, 1770032)
    assert app.ask("DELETE", f"/drive/v1/files/{document}", type="docx").told == (200, 0)
    assert app.ask("GET", path).told == (400, 1770003)
    assert app.ask("GET", "/docx/v1/documents/none").told == (404, 1770002)


# Blocks that are taken.


def test_a_tree_of_blocks_is_inserted_and_read_in_order(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    blocks = [
        text("b", "Second", "bullet", children=["b1"]),
        text("a", "First", "heading1"),
        text("b1", "Below", "bullet"),
        *table("t", 1, 2),
        block("n", "callout", "n1"),
        text("n1", "Note"),
        block("l", "divider"),
    ]

    ids = app.inserted(document, *blocks, first=["a", "b", "t", "n", "l"])

    shown = app.ask("GET", f"/docx/v1/documents/{document}/blocks")["data"]["items"]
    order = ["a", "b", "b1", "t", "t.0", "t.0.text", "t.1", "t.1.text", "n", "n1", "l"]
    assert [each["block_id"] for each in shown] == [document, *(ids[name] for name in order)]
    assert [each["parent_id"] for each in shown[1:4]] == [document, document, ids["b"]]
    assert shown[4]["table"]["cells"] == [ids["t.0"], ids["t.1"]]
    assert len(shown[4]["table"]["property"]["merge_info"]) == 2
    assert the_document(server).tree()[1] == ["bullet", "Second", ["bullet", "Below"]]


def test_blocks_are_read_in_pages(app: Caller) -> None:
    document = app.create()
    app.insert(document, *(text(str(number)) for number in range(9)))
    path = f"/docx/v1/documents/{document}/blocks"

    first = app.ask("GET", path, page_size=6)["data"]
    second = app.ask("GET", path, page_size=6, page_token=first["page_token"])["data"]

    assert (len(first["items"]), first["has_more"]) == (6, True)
    assert (len(second["items"]), second["has_more"]) == (4, False)
    assert "page_token" not in second
    assert app.ask("GET", path, page_size=501)["code"] == 99992402
    assert app.ask("GET", path, page_token="x")["code"] == 1770022


def test_the_same_client_token_inserts_once(server: FeishuServer, app: Caller) -> None:
    document, token = app.create(), str(uuid.uuid4())

    first = app.insert(document, text("a"), client_token=token)
    second = app.insert(document, text("a"), client_token=token)

    assert first == second
    assert first["data"]["client_token"] == token
    assert len(the_document(server).first_level) == 1
    assert the_document(server).revision == first["data"]["document_revision_id"] == 2


def test_a_client_token_for_two_things_is_told_to_the_test(
    server: FeishuServer, app: Caller
) -> None:
    document, token = app.create(), str(uuid.uuid4())

    app.insert(document, text("a"), client_token=token)
    answer = app.insert(document, text("b"), client_token=token)

    assert answer["code"] == 1770001
    assert token in server.refused.pop()
    assert app.insert(document, text("b"), client_token="none")["code"] == 99992402


def test_blocks_go_where_the_index_says(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    app.insert(document, text("a", "1"), text("b", "3"))

    app.insert(document, text("c", "2"), index=1)
    app.insert(document, text("d", "4"), index=-1)

    assert the_document(server).texts == ["1", "2", "3", "4"]
    assert app.insert(document, text("e"), index=5)["code"] == 1770001


def test_single_blocks_are_inserted_and_filled(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    path = f"/docx/v1/documents/{document}/blocks/{document}/children"
    given = [*table("", 2, 2)[:1], block("", "callout"), text("", "End")]
    children = [
        {name: value for name, value in each.items() if name not in {"block_id", "children"}}
        for each in given
    ]

    answer = app.ask("POST", path, {"children": children, "index": 0})

    assert [each["block_type"] for each in answer["data"]["children"]] == [31, 19, 2]
    cell = ["table_cell", "", ["text", ""]]
    tree = the_document(server).tree()
    assert tree == [["table", "", *[cell] * 4], ["callout", "", ["text", ""]], ["text", "End"]]
    many = [{"block_type": 22, "divider": {}}] * 51
    assert app.ask("POST", path, {"children": many})["code"] == 99992402
    wide = {"block_type": 31, "table": {"property": {"row_size": 1, "column_size": 10}}}
    assert app.ask("POST", path, {"children": [wide]})["code"] == 1770001


# Blocks that are not.


def linked(url: str) -> dict[str, Any]:
    return text("a", style={"link": {"url": url}})


def equation(content: str) -> dict[str, Any]:
    value = {"elements": [{"equation": {"content": content}}]}
    return {"block_id": "a", "block_type": 2, "text": value}


SIZE = {"row_size": 1, "column_size": 2}
REFUSED: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "a child that is not there": (1770041, [text("a", children=["b"])]),
    "an id twice": (1770019, [text("a"), text("a")]),
    "two parents": (1770014, [text("a", children=["c"]), text("b", children=["c"]), text("c")]),
    "a type that cannot be made": (1770029, [{"block_id": "a", "block_type": 1}]),
    "no content": (1770006, [{"block_id": "a", "block_type": 22}]),
    "a text without an element": (1770001, [{**text("a"), "text": {"elements": []}}]),
    "an element of nothing": (1770001, [{**text("a"), "text": {"elements": [{}]}}]),
    "children of code": (1770028, [text("a", kind="code", children=["b"]), text("b")]),
    "children of a quote": (1770028, [text("a", kind="quote", children=["b"]), text("b")]),
    "children of an image": (1770028, [block("a", "image", "b"), text("b")]),
    "an empty callout": (1770041, [block("a", "callout")]),
    "code in a callout": (1770030, [block("a", "callout", "b"), text("b", kind="code")]),
    "a cell by itself": (1770030, [block("a", "table_cell", "b"), text("b")]),
    "too few cells": (1770041, [block("t", "table", "t.0", property=SIZE), *table("t", 1, 1)[1:]]),
    "an empty cell": (1770041, [*table("t", 1, 1)[:1], block("t.0", "table_cell")]),
    "a table in a cell": (
        1770030,
        [*table("t", 1, 1)[:1], block("t.0", "table_cell", "u"), *table("u", 1, 1)],
    ),
    "merged cells": (1770001, table("t", 1, 1, merge_info=[{"row_span": 1, "col_span": 1}])),
    "101 columns": (1770010, table("t", 1, 101)),
    "a width too few": (1770001, table("t", 1, 2, column_width=[100])),
    "21 images": (1770035, [block(str(number), "image") for number in range(21)]),
    "1,001 blocks": (99992402, [text(str(number)) for number in range(1_001)]),
    "a bare link": (1770001, [linked("https://example.org/a b")]),
    "half a link": (1770001, [linked(quote("https://example.org/"))]),
    "a link to nowhere": (1770001, [linked(quote("/tides", safe=""))]),
    "an empty equation": (99992402, [equation("")]),
    "a long equation": (99992402, [equation("x" * 10_001)]),
    "a color too many": (99992402, [text("a", style={"text_color": 8})]),
}


@pytest.mark.parametrize(("code", "blocks"), REFUSED.values(), ids=REFUSED)
def test_what_breaks_a_rule_is_refused_as_a_whole(
    server: FeishuServer, app: Caller, code: int, blocks: list[dict[str, Any]]
) -> None:
    document = app.create()

    answer = app.insert(document, *blocks)

    assert answer.told == (400, code)
    assert the_document(server).first_level == []


def test_children_are_those_of_the_first_level(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    nested = [text("a", children=["b"]), text("b")]

    assert app.insert(document, *nested, first=["a", "b"])["code"] == 1770006
    assert app.insert(document, *nested, first=["b"])["code"] == 1770006
    assert app.insert(document, text("a"), text("b"), first=["a"])["code"] == 1770041
    assert app.insert(document, *nested, first=["a"])["code"] == 0
    assert app.insert(document, text("a"), parent="none").told == (404, 1770002)


def test_what_is_just_within_the_limits_is_taken(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    link = quote("https://example.org/a?b=c d&e=中", safe="")

    assert app.insert(document, *table("t", 1, 100))["code"] == 0
    assert app.insert(document, *(block(str(n), "image") for n in range(20)))["code"] == 0
    assert app.insert(document, *(text(str(n)) for n in range(1_000)))["code"] == 0
    assert app.insert(document, linked(link))["code"] == 0
    assert app.insert(document, equation("x" * 10_000))["code"] == 0
    assert the_document(server).links == ["https://example.org/a?b=c d&e=中"]
    size = {"row_size": 21, "column_size": 100}
    assert app.insert(document, block("t", "table", property=size))["code"] == 1770011


def test_a_document_has_room_for_so_much(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    limits = the_document(server).limits
    limits.blocks, limits.depth = 3, 2

    assert app.insert(document, text("a"), text("b"), text("c"))["code"] == 1770004
    limits.blocks = 9
    deep = [text("a", children=["b"]), text("b", children=["c"]), text("c")]
    assert app.insert(document, *deep)["code"] == 1770005
    assert app.insert(document, text("a", "x" * 10_485_760))["code"] == 1770033


def test_a_field_that_no_block_has_is_refused_and_told_to_the_test(
    server: FeishuServer, app: Caller
) -> None:
    document = app.create()

    answers = [
        app.insert(document, block("a", "divider", colour=1)),
        app.insert(document, {**text("a"), "parent_id": document}),
        app.insert(document, text("a", style={"bold": 1})),
        app.ask("POST", "/docx/v1/documents", {"name": "Tides"}),
        app.ask("GET", f"/docx/v1/documents/{document}/blocks", page="2"),
    ]

    assert [answer["code"] for answer in answers] == [99992402] * 5
    assert len(server.refused) == 5
    server.refused.clear()
    assert app.ask("GET", "/docx/v1/unknown").status == 404
    assert server.refused.pop().startswith("GET /open-apis/docx/v1/unknown")


def test_an_old_revision_is_refused(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    the_document(server).revision = 1_003

    def at(revision: int) -> int:
        return int(app.insert(document, text("a"), document_revision_id=revision)["code"])

    assert at(1_004) == 1770001
    assert at(2) == 1770021
    assert at(3) == 0


# Pictures.


def test_a_picture_is_uploaded_for_its_block_and_bound_to_it(
    server: FeishuServer, app: Caller
) -> None:
    document = app.create()
    ids = app.inserted(document, block("a", "image"), block("b", "image"))
    token = app.upload(document, ids["a"], images.png(width=30, height=20))["data"]["file_token"]

    def bound(id_: str) -> Answer:
        request = {"block_id": id_, "replace_image": {"token": token}}
        return app.ask("PATCH", BATCH.format(document), {"requests": [request]})

    assert bound(ids["b"])["code"] == 1770013
    assert bound(document)["code"] == 1770025
    image = bound(ids["a"])["data"]["blocks"][0]["image"]
    assert image == {"width": 30, "height": 20, "token": token, "align": 2}
    assert [node.content["token"] for node in the_document(server).images] == [token, ""]
    assert server.state.uploads[token].data == images.png(width=30, height=20)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"extra": None}, 1061044),
        ({"extra": "{}"}, 1061044),
        ({"extra": '{"drive_route_token": "none"}'}, 1061044),
        ({"parent_node": "none"}, 1061044),
        ({"parent_node": ""}, 1061002),
        ({"parent_type": "explorer"}, 1061002),
        ({"file_name": "n" * 251}, 1061002),
        ({"size": "3"}, 1062009),
        ({"checksum": "1"}, 1062008),
        ({"checksum": ""}, 0),
        ({"checksum": None}, 0),
    ],
)
def test_an_upload_says_what_it_is_and_for_what(
    app: Caller, changed: dict[str, str | None], code: int
) -> None:
    document = app.create()
    image = app.inserted(document, block("a", "image"))["a"]

    assert app.upload(document, image, b"\r\n--data--\r\n", **changed)["code"] == code


def test_an_upload_has_at_most_20_megabytes(app: Caller) -> None:
    document = app.create()
    image = app.inserted(document, block("a", "image"))["a"]

    assert app.upload(document, image, bytes(20_971_521))["code"] == 1061043
    assert app.upload(document, image, bytes(20_971_520))["code"] == 0


def test_an_upload_for_the_document_is_bound_to_no_block(app: Caller) -> None:
    document = app.create()
    image = app.inserted(document, block("a", "image"))["a"]

    token = app.upload(document, document, b"data")["data"]["file_token"]

    request = {"block_id": image, "replace_image": {"token": token}}
    bound = app.ask("PATCH", BATCH.format(document), {"requests": [request]})
    assert bound["code"] == 1770013


def test_two_uploads_at_once_are_refused(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    image = app.inserted(document, block("a", "image"))["a"]
    server.state.busy.add("upload")

    assert app.upload(document, image, b"a").told == (400, 1061045)
    server.state.busy.remove("upload")
    assert app.upload(document, image, b"a").told == (200, 0)


# Changes.


def test_the_title_is_the_text_of_the_page(server: FeishuServer, app: Caller) -> None:
    document = app.create("Working")
    elements = text("")["text"]["elements"]
    request = {"block_id": document, "update_text_elements": {"elements": elements}}

    answer = app.ask("PATCH", BATCH.format(document), {"requests": [request]})

    assert answer["code"] == 0
    assert server.state.of_title("The tide.") == [the_document(server)]
    title = app.ask("GET", f"/docx/v1/documents/{document}")["data"]["document"]["title"]
    assert title == "The tide."
    long = {"elements": text("", "t" * 801)["text"]["elements"]}
    path = f"/docx/v1/documents/{document}/blocks/{document}"
    assert app.ask("PATCH", path, {"update_text_elements": long})["code"] == 1770001


def test_blocks_are_changed_all_or_none(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    ids = app.inserted(document, text("a", "Before"), block("b", "divider"))
    change = {"update_text_elements": {"elements": text("", "After")["text"]["elements"]}}

    def changed(*blocks: str) -> int:
        requests = [{"block_id": each, **change} for each in blocks]
        answer = app.ask("PATCH", BATCH.format(document), {"requests": requests})
        return int(answer["code"])

    assert changed(ids["a"], ids["b"]) == 1770025
    assert changed(ids["a"], ids["a"]) == 1770001
    assert changed(*[ids["a"]] * 201) == 99992402
    assert the_document(server).texts == ["Before"]
    assert changed(ids["a"]) == 0
    assert the_document(server).texts == ["After"]
    nothing = app.ask("PATCH", f"/docx/v1/documents/{document}/blocks/{ids['a']}", {})
    assert nothing["code"] == 1770001


def test_children_are_deleted_from_one_index_up_to_another(
    server: FeishuServer, app: Caller
) -> None:
    document = app.create()
    app.insert(document, *(text(each, each) for each in "abcd"))

    def deleted(start: int, end: int, parent: str = document) -> Answer:
        body = {"start_index": start, "end_index": end}
        return app.ask("DELETE", DELETE.format(document, parent), body)

    answer = deleted(1, 3)

    assert answer["data"]["document_revision_id"] == 3
    assert the_document(server).texts == ["a", "d"]
    assert deleted(1, 1)["code"] == deleted(1, 3)["code"] == 1770001


def test_what_may_not_be_empty_keeps_a_child(app: Caller) -> None:
    document = app.create()
    blocks = [block("n", "callout", "a", "b"), text("a"), text("b"), *table("t", 1, 1)]
    ids = app.inserted(document, *blocks)

    def deleted(parent: str, count: int) -> int:
        body = {"start_index": 0, "end_index": count}
        return int(app.ask("DELETE", DELETE.format(document, ids[parent]), body)["code"])

    assert deleted("n", 2) == 1770031
    assert deleted("n", 1) == 0
    assert deleted("t.0", 1) == 1770031
    assert deleted("t", 1) == 1770031


# Files.


def test_a_folder_tells_its_files_in_order_and_in_pages(server: FeishuServer, app: Caller) -> None:
    folder = server.state.folder(server.app.id).token
    made = [app.create(str(number), folder_token=folder) for number in range(3)]
    order = {"folder_token": folder, "order_by": "CreatedTime", "direction": "DESC"}

    first = app.ask("GET", "/drive/v1/files", page_size=2, **order)["data"]
    more = {"page_token": first["next_page_token"]}
    second = app.ask("GET", "/drive/v1/files", page_size=2, **order, **more)["data"]

    tokens = [each["token"] for each in first["files"] + second["files"]]
    assert tokens == made[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert first["files"][0]["type"] == "docx"
    assert first["files"][0]["parent_token"] == folder
    assert app.ask("GET", "/drive/v1/files", page_size=201)["code"] == 99992402
    assert app.ask("GET", "/drive/v1/files", folder_token="none").told == (404, 1061003)


def test_the_root_is_told_as_a_whole(server: FeishuServer, app: Caller) -> None:
    made = [app.create(str(number)) for number in range(3)]

    files = app.ask("GET", "/drive/v1/files", page_size=1)["data"]
    root = app.ask("GET", "/drive/explorer/v2/root_folder/meta")["data"]

    assert {each["token"] for each in files["files"]} == set(made)
    assert not files["has_more"]
    assert files["files"][0]["parent_token"] == root["token"]


def test_metadata_has_the_address_when_it_is_wished(server: FeishuServer, app: Caller) -> None:
    document = app.create("Tides")
    body = {"request_docs": [{"doc_token": each, "doc_type": "docx"} for each in (document, "no")]}

    bare = app.ask("POST", "/drive/v1/metas/batch_query", body)["data"]
    whole = app.ask("POST", "/drive/v1/metas/batch_query", {**body, "with_url": True})["data"]

    assert bare["failed_list"] == [{"token": "no", "code": 970005}]
    assert "url" not in bare["metas"][0]
    assert whole["metas"][0]["title"] == "Tides"
    assert whole["metas"][0]["url"] == f"https://example.feishu.cn/docx/{document}"


def test_a_document_is_shared_by_who_may(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    path = f"/drive/v1/permissions/{document}"

    def added(caller: Caller, kind: str, id_: str) -> int:
        body = {"member_type": kind, "member_id": id_, "perm": "full_access", "type": "user"}
        return int(caller.ask("POST", f"{path}/members", body, type="docx")["code"])

    given = server.state.tokens.signed_in(server.app, server.state.tokens.user())
    assert added(Caller(server, given["access_token"]), "openid", "ou_1") == 1063002
    assert added(app, "openid", "ou_none") == 1063001
    assert added(app, "email", "nobody@example.org") == 1063001
    assert added(app, "email", server.user.mail) == 0
    assert added(app, "openchat", "oc_1") == 0
    public = {"link_share_entity": "tenant_readable"}
    assert app.ask("PATCH", f"{path}/public", public, type="docx")["code"] == 0
    assert the_document(server).members == {
        server.user.open_id: "full_access",
        "oc_1": "full_access",
    }
    assert the_document(server).public == public


def test_a_document_is_deleted_once(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    path = f"/drive/v1/files/{document}"

    assert app.ask("DELETE", path, type="docx").told == (200, 0)
    assert app.ask("DELETE", path, type="docx").told == (404, 1061007)
    assert app.ask("DELETE", "/drive/v1/files/none", type="docx").told == (404, 1061003)
    assert server.state.kept == []


# Wikis.


def test_a_node_of_a_wiki_is_a_document(server: FeishuServer, app: Caller) -> None:
    space = server.state.space(**{server.app.id: "edit"})
    path = f"/wiki/v2/spaces/{space.id}/nodes"
    body = {"obj_type": "docx", "node_type": "origin", "title": "Waves"}

    node = app.ask("POST", path, body)["data"]["node"]
    below = {**body, "parent_node_token": node["node_token"]}
    child = app.ask("POST", path, below)["data"]["node"]

    assert app.insert(node["obj_token"], text("a"))["code"] == 0
    listed = app.ask("GET", path, page_size=50)["data"]["items"]
    assert [(each["node_token"], each["has_child"]) for each in listed] == [
        (node["node_token"], True)
    ]
    listed = app.ask("GET", path, parent_node_token=node["node_token"])["data"]["items"]
    assert [each["obj_token"] for each in listed] == [child["obj_token"]]
    got = app.ask("GET", "/wiki/v2/spaces/get_node", token=node["node_token"])["data"]["node"]
    assert (got["obj_token"], got["title"]) == (node["obj_token"], "Waves")
    assert app.ask("GET", path, page_size=51)["code"] == 99992402
    gone = app.ask("DELETE", f"/drive/v1/files/{node['obj_token']}", type="docx")
    assert gone.told == (403, 1061004)


def test_a_node_of_a_wiki_is_deleted_and_what_is_below_moves_up(
    server: FeishuServer, app: Caller
) -> None:
    space = server.state.space(**{server.app.id: "edit"})
    path = f"/wiki/v2/spaces/{space.id}/nodes"
    body = {"obj_type": "docx", "node_type": "origin", "title": "Waves"}
    node = app.ask("POST", path, body)["data"]["node"]
    below = {**body, "parent_node_token": node["node_token"]}
    child = app.ask("POST", path, below)["data"]["node"]

    wanted = {"obj_type": "wiki", "include_children": False}
    assert app.ask("DELETE", f"{path}/{node['node_token']}", wanted)["code"] == 0

    listed = app.ask("GET", path, page_size=50)["data"]["items"]
    assert [each["node_token"] for each in listed] == [child["node_token"]]
    again = app.ask("DELETE", f"{path}/{node['node_token']}", wanted)
    assert again.told == (400, 131005)


def test_a_wiki_is_not_everybodys(server: FeishuServer, app: Caller) -> None:
    theirs = server.state.space(**{server.user.open_id: "edit"})
    seen = server.state.space(**{server.app.id: "view"})
    body = {"obj_type": "docx", "node_type": "origin"}

    def told(space: str, **more: str) -> tuple[int, int]:
        return app.ask("POST", f"/wiki/v2/spaces/{space}/nodes", {**body, **more}).told

    assert told(theirs.id) == told(seen.id) == (400, 131006)
    assert told("7") == (400, 131005)
    assert told("my_library") == (400, 131002)
    spaces = app.ask("GET", "/wiki/v2/spaces")["data"]["items"]
    assert [each["space_id"] for each in spaces] == [seen.id]
    given = server.state.tokens.signed_in(server.app, server.user)
    user = Caller(server, given["access_token"])
    assert user.ask("POST", "/wiki/v2/spaces/my_library/nodes", body)["code"] == 0


@pytest.mark.parametrize("slow", [False, True])
def test_a_document_moves_into_a_wiki(server: FeishuServer, app: Caller, *, slow: bool) -> None:
    server.state.slow_moves = slow
    space = server.state.space(**{server.app.id: "edit"})
    document = app.create()
    path = f"/wiki/v2/spaces/{space.id}/nodes/move_docs_to_wiki"

    answer = app.ask("POST", path, {"obj_type": "docx", "obj_token": document})["data"]

    results = []
    for _ in range(2 * slow):
        task = app.ask("GET", f"/wiki/v2/tasks/{answer['task_id']}", task_type="move")
        results.append(task["data"]["task"]["move_result"][0]["status"])
    assert results == [1, 0] * slow
    assert the_document(server).node
    assert slow or the_document(server).node == answer["wiki_token"]
    assert app.ask("GET", "/drive/v1/files")["data"]["files"] == []


# Tables of rows.


def test_a_row_is_made_once_and_its_values_fit(server: FeishuServer, app: Caller) -> None:
    apps = "/bitable/v1/apps"
    token = app.ask("POST", apps, {"name": "Notes"})["data"]["app"]["app_token"]
    fields = [{"field_name": "Title", "type": 1}, {"field_name": "At", "type": 5}]
    new = {"table": {"name": "Pages", "fields": fields}}
    made = app.ask("POST", f"{apps}/{token}/tables", new)["data"]
    path = f"{apps}/{token}/tables/{made['table_id']}"
    app.ask("POST", f"{path}/fields", {"field_name": "Page", "type": 15})
    row = {"Title": "Tides", "At": 1_780_000_000_000, "Page": {"link": "https://example.org/"}}

    def added(fields: dict[str, Any], client_token: str = "") -> Answer:
        query = {"client_token": client_token or str(uuid.uuid4())}
        return app.ask("POST", f"{path}/records", {"fields": fields}, **query)

    once = str(uuid.uuid4())
    assert added(row, once) == added(row, once)
    assert added({"Title": 1})["code"] == 1254060
    assert added({"At": "today"})["code"] == 1254064
    assert added({"Page": "https://example.org/"})["code"] == 1254068
    assert added({"Other": "x"}).told == (200, 1254045)
    assert list(server.state.bases[token].tables[made["table_id"]].records.values()) == [row]
    listed = app.ask("GET", f"{path}/fields")["data"]["items"]
    assert [each["field_name"] for each in listed] == ["Title", "At", "Page"]
    condition = {"field_name": "Title", "operator": "is", "value": ["Tides"]}
    wanted = {"filter": {"conjunction": "and", "conditions": [condition]}}
    found = app.ask("POST", f"{path}/records/search", wanted)["data"]
    assert [each["fields"] for each in found["items"]] == [row]
    record = found["items"][0]["record_id"]
    app.ask("PUT", f"{path}/records/{record}", {"fields": {"Title": "Waves"}})
    assert app.ask("POST", f"{path}/records/search", wanted)["data"]["total"] == 0
    unknown = f"{apps}/{token}/tables/none/records"
    assert app.ask("POST", unknown, {"fields": {}})["code"] == 1254041


# Rates and faults.


def test_a_document_is_edited_three_times_a_second(server: FeishuServer, app: Caller) -> None:
    document = app.create()
    server.state.rates.on = True
    gone = {"start_index": 0, "end_index": 1}

    answers = [app.insert(document, text(str(number))) for number in range(3)]
    fourth = app.ask("DELETE", DELETE.format(document, document), gone)
    server.state.clock.move(1)
    later = app.ask("DELETE", DELETE.format(document, document), gone)

    assert [answer["code"] for answer in answers] == [0, 0, 0]
    assert fourth.told == (429, 99991400)
    assert fourth.headers["x-ogw-ratelimit-reset"] == "1"
    assert later["code"] == 0
    assert server.state.rates.most("document") == 4


def test_an_app_makes_a_call_so_often_a_second(server: FeishuServer, app: Caller) -> None:
    server.state.rates.on = True
    other = server.state.tokens.app()

    assert [app.create(str(number)) for number in range(3)]
    assert app.ask("POST", "/docx/v1/documents", {}).told == (400, 99991400)
    assert Caller(server, server.state.tokens.token_of(other)).create()
    assert server.state.rates.most("create") == 4
    server.state.clock.move(1)
    assert app.create()


def test_a_fault_happens_to_the_next_requests_that_it_names(
    server: FeishuServer, app: Caller
) -> None:
    document = app.create()
    path = f"/docx/v1/documents/{document}"
    server.on("GET", "/documents/", refusal(1061045, status=200), None, reset)

    answers = [app.ask("GET", path), app.ask("GET", path)]

    assert [answer.told for answer in answers] == [(200, 1061045), (200, 0)]
    with pytest.raises(ConnectionError):
        app.ask("GET", path)
    assert app.ask("GET", path)["code"] == 0
    assert server.steps()[-1] == "GET /docx/v1/documents/:document_id"


# What others wrote.


def test_the_official_sdk_understands_every_answer(server: FeishuServer) -> None:
    server.state.slow_moves = True
    space = server.state.space(**{server.app.id: "edit"})
    program = [sys.executable, "-W", "error", "-m", "tests.fakes.feishu_sdk"]
    arguments = [server.url, server.app.id, server.app.secret, server.user.open_id, space.id]

    done = subprocess.run(
        [*program, *arguments], capture_output=True, text=True, timeout=100, check=False
    )

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert {name: (code, lost) for name, code, lost in told} == {
        name: (0, []) for name, _, _ in told
    }
    assert len(told) == 31
    (moved,) = server.state.of_title("Tides of the sea")
    assert moved.node
    assert [node.key for node in moved.first_level] == [
        "text",
        "callout",
        "divider",
        "image",
        "table",
    ]


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "fault"),
    [
        ("POST", "/docx/v1/documents", "", {"title": "Tides"}, None),
        ("POST", "/docx/v1/documents", "", {"title": 1}, "$.title"),
        ("POST", "/docx/v1/documents", "", {"client_token": "x"}, "'client_token' was unexpected"),
        ("POST", "/docx/v1/documents", "client_token=x", {}, "nobody asked"),
        ("GET", "/docx/v1/documents/a/blocks", "page_size=500", None, None),
        ("GET", "/docx/v1/documents/a/blocks", "page_size=many", None, "$.page_size"),
        ("GET", "/docx/v1/documents/a/blocks", "", {"page_size": 5}, "nobody asked"),
        ("GET", "/docx/v1/documents/a/block", "", None, "is no call"),
        ("PUT", "/docx/v1/documents", "", {}, "is no call"),
        ("POST", "/drive/v1/medias/upload_all", "", None, None),
        ("DELETE", "/drive/v1/files/a", "type=docx", None, None),
        ("DELETE", "/drive/v1/files/a", "", None, "'type' is a required property"),
        ("DELETE", "/drive/v1/files/a", "type=page", None, "$.type"),
        (
            "PATCH",
            "/docx/v1/documents/a/blocks/b",
            "",
            {"replace_image": {"token": "t", "width": 3, "caption": {"content": "c"}}},
            None,
        ),
        ("PATCH", "/docx/v1/documents/a/blocks/b", "", {"replace_image": {}}, "'token' is"),
    ],
)
def test_a_request_is_held_against_the_official_schema(
    method: str, path: str, query: str, body: Any, fault: str | None
) -> None:
    data = b"" if body is None else json.dumps(body).encode()

    found = check_request(method, f"/open-apis{path}", query, data)

    assert (found is None) if fault is None else (found is not None and fault in found)
