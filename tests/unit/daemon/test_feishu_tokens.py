"""The tokens of an app and of a person: fetched, renewed once for all, never lost, never told."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.backends.feishu import tokens
from daemon.backends.feishu.client import Client
from daemon.errors import DeliveryDeferred, DeliveryRejected, SettingsError
from native_host.lock import take_lock
from tests.fakes.feishu import (
    APP_TOKEN,
    USER_TOKEN,
    FeishuServer,
    Reply,
    afterwards,
    applied_then_reset,
    feishu_server,
    html,
    meanwhile,
    raw,
    refusal,
    reset,
)
from tests.unit.daemon.feishu_asking import DOCUMENTS, Asking

pytestmark = pytest.mark.usefixtures("no_pauses")

ROOT = Path(__file__).resolve().parents[3]
LOCKED = SettingsError("keychain-locked", "The keychain did not open.", "Unlock it.")
MISSING = SettingsError("keychain-missing", "There is no keychain.", "Start one.")


@pytest.fixture
def server() -> Iterator[FeishuServer]:
    with feishu_server() as made:
        yield made


@pytest.fixture
def asking(server: FeishuServer, tmp_path: Path) -> Asking:
    return Asking(server, tmp_path)


# Of the app.


async def test_the_token_of_an_app_is_fetched_once_for_all_its_backends(asking: Asking) -> None:
    for client in (asking.client(), asking.client()):
        async with client.signed_in():
            await asking.make(client)
            await asking.make(client)

    assert asking.app_tokens == 1
    assert len(asking.server.state.kept) == 4


async def test_f1_a_token_that_ends_in_the_middle_is_fetched_once_more_and_the_work_goes_on(
    asking: Asking,
) -> None:
    client = asking.client()
    async with client.signed_in():
        await asking.make(client, "First")
        asking.server.state.tokens.end_access()
        await asking.make(client, "Second")

    assert [each.title for each in asking.server.state.kept] == ["First", "Second"]
    assert asking.app_tokens == 2


async def test_f1_a_second_refusal_stops(asking: Asking) -> None:
    asking.server.on("POST", DOCUMENTS, refusal(99991663), refusal(99991663))
    error = await asking.rejected(asking.client())

    assert error.code == "app-token-refused"
    assert "does not accept the token that it has just given to the app" in error.message
    assert f"/app/{asking.app.id}" in error.hint
    assert asking.count(DOCUMENTS) == 2


async def test_the_token_of_an_app_is_fetched_anew_before_it_ends(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 0.0
    monkeypatch.setattr(tokens, "monotonic", lambda: ahead)
    client = asking.client()
    async with client.signed_in():
        await asking.make(client)
        ahead = 7_200 - tokens.MARGIN - 1
        await asking.make(client)
        before = asking.app_tokens
        ahead += 2
        await asking.make(client)

    assert (before, asking.app_tokens) == (1, 2)


async def test_another_secret_of_the_app_is_used_at_once(asking: Asking) -> None:
    client = asking.client()
    async with client.signed_in():
        await asking.make(client)
    asking.keychain.kept["notes"] = "of-another-app-altogether"
    error = await asking.rejected(client)

    assert error.code == "app-refused"


@pytest.mark.parametrize("code", [10003, 10014, 10015, 99991543])
async def test_an_app_that_is_not_accepted_needs_a_person(asking: Asking, code: int) -> None:
    asking.server.on("POST", APP_TOKEN, refusal(code))
    error = await asking.rejected(asking.client())

    assert error.code == "app-refused"
    assert "app_id or its secret is wrong" in error.message
    assert "guidang secret set notes" in error.hint
    assert asking.app_tokens == 1


async def test_an_app_without_its_secret_says_where_it_is_found(asking: Asking) -> None:
    del asking.keychain.kept["notes"]
    error = await asking.rejected(asking.client())

    assert error.code == "app-secret-missing"
    assert f"{asking.server.url}/app/{asking.app.id}" in error.hint
    assert "guidang secret set notes" in error.hint
    assert not asking.server.seen


@pytest.mark.parametrize(
    "answer", [html(502), raw(b""), raw(b'{"code":0}'), raw(b'{"code":0,"tenant_access_token":""}')]
)
async def test_f16_what_gives_no_token_is_asked_again(asking: Asking, answer: Reply) -> None:
    asking.server.on("POST", APP_TOKEN, answer, answer)
    client = asking.client()
    async with client.signed_in():
        await asking.make(client)

    assert asking.app_tokens == 3


async def test_f5_a_limit_on_tokens_is_waited_for(asking: Asking) -> None:
    asking.server.on("POST", APP_TOKEN, refusal(99991400, status=400, reset=1))
    client = asking.client()
    async with client.signed_in():
        await asking.make(client)

    assert asking.app_tokens == 2


# Of a person.


async def test_a_person_stores_as_oneself(asking: Asking) -> None:
    asking.signed_in()
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    assert [each.owner for each in asking.server.state.kept] == [asking.server.user.open_id]
    assert not asking.renewals


async def test_f1_the_token_of_a_person_that_ends_in_the_middle_is_renewed(asking: Asking) -> None:
    before = asking.signed_in()
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)
        asking.server.state.tokens.end_access()
        await asking.make(client)

    assert asking.renewals == 1
    assert asking.pair["refresh_token"] != before["refresh_token"]
    assert asking.pair["expires_at"] >= before["expires_at"]


@pytest.mark.parametrize("code", [99991668, 99991677])
async def test_f1_a_second_refusal_of_a_person_asks_to_sign_in(asking: Asking, code: int) -> None:
    asking.signed_in()
    asking.server.on("POST", DOCUMENTS, refusal(code), refusal(code))
    error = await asking.rejected(asking.client(as_user=True))

    assert error.code == "sign-in-needed"
    assert asking.renewals == 1


async def test_f2_two_deliveries_that_renew_at_once_ask_once_and_both_go_on(
    asking: Asking,
) -> None:
    asking.signed_in(for_seconds=0)
    clients = [asking.client(as_user=True) for _ in range(3)]

    async def made(client: Client) -> str:
        async with client.signed_in():
            return await asking.make(client)

    documents = await asyncio.gather(*map(made, clients))

    assert len(set(documents)) == 3
    assert asking.renewals == asking.server.state.tokens.refreshed == 1


RENEWS = """
import asyncio, json, sys
from pathlib import Path
from daemon.backends.feishu.client import Client
from daemon.backends.feishu.settings import Settings
from tests.fakes.surroundings import surroundings

file, api, app, state = sys.argv[1:]
chain = Path(file)

def put(name, value):
    chain.write_text(json.dumps(json.loads(chain.read_text()) | {name: value}))

async def main():
    given = surroundings(
        name="notes", state=Path(state), keep_secret=put,
        secret=lambda name: json.loads(chain.read_text()).get(name),
    )
    client = Client(Settings(app_id=app, api=api, as_user=True), given)
    print("ready", flush=True)
    sys.stdin.readline()
    async with client.signed_in():
        await client.ask("POST", "/open-apis/docx/v1/documents", dict, {"title": "T"})

asyncio.run(main())
"""


async def test_f2_two_processes_that_renew_at_once_ask_once(asking: Asking, tmp_path: Path) -> None:
    asking.signed_in(for_seconds=0)
    chain = tmp_path / "keychain.json"
    chain.write_text(json.dumps(asking.keychain.kept))
    where = (str(chain), asking.server.url, asking.app.id, str(tmp_path))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            RENEWS,
            *where,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    await asyncio.gather(*(process.communicate(b"\n") for process in processes))

    assert [process.returncode for process in processes] == [0, 0]
    assert asking.renewals == 1
    assert len(asking.server.state.kept) == 2


async def test_a_new_token_is_in_the_keychain_before_it_is_used(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    used: list[str] = []
    asking.server.on("POST", DOCUMENTS, meanwhile(lambda: used.append(asking.pair["access_token"])))
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    assert asking.server.seen[-1].headers["authorization"] == f"Bearer {used[0]}"


@pytest.mark.parametrize("code", [20026, 20037, 20064, 20073, 20024])
async def test_f3_a_sign_in_that_cannot_be_renewed_is_told_and_not_tried_in_a_loop(
    asking: Asking, code: int
) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, refusal(code))
    client = asking.client(as_user=True)
    errors = [await asking.rejected(client) for _ in range(3)]

    assert {error.code for error in errors} == {"sign-in-needed"}
    assert "Nobody is signed in" in errors[0].message
    assert "guidang sign-in notes" in errors[0].hint
    assert asking.renewals == 1
    assert not asking.count(DOCUMENTS)


async def test_f3_a_refusal_by_the_names_of_the_rfc_alone_is_understood(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, raw(b'{"error":"invalid_grant"}', 400))

    assert (await asking.rejected(asking.client(as_user=True))).code == "sign-in-needed"


async def test_f3_who_signs_in_again_goes_on(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.state.tokens.revoke()
    client = asking.client(as_user=True)
    await asking.rejected(client)
    asking.signed_in()
    async with client.signed_in():
        await asking.make(client)

    assert asking.renewals == 1


async def test_f4_a_renewal_that_was_never_kept_asks_to_sign_in(asking: Asking) -> None:
    pair = asking.signed_in(for_seconds=0)
    asking.server.state.tokens.user_token(
        {
            "grant_type": "refresh_token",
            "client_id": asking.app.id,
            "client_secret": asking.app.secret,
            "refresh_token": pair["refresh_token"],
        }
    )  # by a daemon that ended before it could keep the answer
    error = await asking.rejected(asking.client(as_user=True))

    assert error.code == "sign-in-needed"
    assert "guidang sign-in notes" in error.hint


async def test_f4_an_answer_that_was_lost_asks_to_sign_in(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, applied_then_reset)

    assert (await asking.rejected(asking.client(as_user=True))).code == "sign-in-needed"


async def test_a_renewal_that_nobody_waits_for_any_longer_is_kept(asking: Asking) -> None:
    before = asking.signed_in(for_seconds=0)
    came, go = threading.Event(), threading.Event()

    def hold() -> None:
        came.set()
        assert go.wait(30)

    asking.server.on("POST", USER_TOKEN, afterwards(hold))
    client = asking.client(as_user=True)
    async with client.signed_in():
        task = asyncio.create_task(asking.make(client))
        await asyncio.to_thread(came.wait, 30)
        task.cancel()
        await asyncio.wait([task])
        go.set()
        await asking.make(client)

    assert task.cancelled()
    assert asking.pair["refresh_token"] != before["refresh_token"]
    assert asking.renewals == 1


async def test_a_keychain_that_takes_nothing_costs_no_sign_in(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    client = asking.client(as_user=True)
    asking.keychain.error = LOCKED
    error = await asking.deferred(client)
    asking.keychain.error = None
    async with client.signed_in():
        await asking.make(client)

    assert error.code == "keychain-locked"
    assert asking.renewals == 1


async def test_no_keychain_at_all_is_told_before_the_token_is_spent(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    client = asking.client(as_user=True)
    asking.keychain.error = MISSING
    with pytest.raises(SettingsError) as raised:
        async with client.signed_in():
            await asking.make(client)

    assert raised.value.code == "keychain-missing"
    assert not asking.renewals


async def test_what_the_keychain_did_not_take_is_kept_when_it_does(asking: Asking) -> None:
    before = asking.signed_in(for_seconds=0)
    client = asking.client(as_user=True)
    asking.keychain.error, asking.keychain.fails_at = LOCKED, 1
    error = await asking.deferred(client)
    asking.keychain.error = None
    unused = asking.count(DOCUMENTS)
    async with client.signed_in():
        await asking.make(client)

    assert (error.code, unused) == ("keychain-locked", 0)
    assert asking.pair["refresh_token"] != before["refresh_token"]
    assert asking.renewals == 1


async def test_who_signs_in_during_a_renewal_is_not_written_over(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, afterwards(asking.signed_in))
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    used = asking.server.seen[-1].headers["authorization"]
    assert used == f"Bearer {asking.pair['access_token']}"
    assert asking.keychain.log == ["kept notes-user"]


async def test_another_guidang_that_was_faster_is_followed(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, meanwhile(_renewed_elsewhere(asking)))
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    assert len(asking.server.state.kept) == 1


def _renewed_elsewhere(asking: Asking) -> Callable[[], None]:
    """Spend the token, and keep what comes of it."""

    def renew() -> None:
        pair = asking.pair
        asking.server.state.tokens.user_token(
            {
                "grant_type": "refresh_token",
                "client_id": asking.app.id,
                "client_secret": asking.app.secret,
                "refresh_token": pair["refresh_token"],
            }
        )
        asking.signed_in()

    return renew


async def test_a_renewal_that_fails_for_now_is_tried_again(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, refusal(20050, status=500), refusal(20072, status=503))
    asking.server.on("POST", USER_TOKEN, html(502), reset)
    client = asking.client(as_user=True)
    async with client.signed_in():
        await asking.make(client)

    assert asking.renewals == 5


async def test_an_app_that_renews_nothing_says_what_to_switch_on(asking: Asking) -> None:
    asking.signed_in(for_seconds=0)
    asking.server.on("POST", USER_TOKEN, refusal(20074))
    error = await asking.rejected(asking.client(as_user=True))

    assert error.code == "sign-in-not-renewable"
    assert "guidang sign-in notes" in error.hint


@pytest.mark.parametrize("kept", [None, "", "{}", "u-of-yesterday", "[" * 10_000])
async def test_nobody_signed_in_is_told_before_anything_is_asked(
    asking: Asking, kept: str | None
) -> None:
    if kept is not None:
        asking.keychain.kept["notes-user"] = kept
    with pytest.raises(DeliveryRejected) as raised:
        async with asking.client(as_user=True).signed_in():
            raise AssertionError

    assert raised.value.code == "sign-in-needed"
    assert not asking.server.seen


async def test_another_process_that_hangs_does_not_hold_up_for_ever(
    asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking.signed_in(for_seconds=0)
    monkeypatch.setattr(tokens, "LOCK_WAIT", 0.2)
    with (tmp_path / "notes-user.lock").open("w") as other:
        assert take_lock(other.fileno())
        error = await asking.deferred(asking.client(as_user=True))

    assert error.code == "sign-in-busy"
    assert not asking.renewals


async def test_a_state_that_takes_no_file_defers(asking: Asking, tmp_path: Path) -> None:
    asking.signed_in(for_seconds=0)
    asking.state = tmp_path / "gone"
    error = await asking.deferred(asking.client(as_user=True))

    assert isinstance(error, DeliveryDeferred)
    assert error.code == "storage-failed"
    assert not asking.renewals
