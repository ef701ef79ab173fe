"""What can go wrong between a note and its repository, on real sockets, and what its user sees."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon import connections
from daemon.backends import Progress
from daemon.backends.github import client, repository, sharing
from daemon.errors import DeliveryDeferred, DeliveryError, DeliveryRejected
from daemon.model import Note
from tests.fakes.github_proxy import (
    Seen,
    afterwards,
    applied_then_reset,
    changed,
    html,
    meanwhile,
    raw,
    redirected,
    refused,
    reset,
    silent,
)
from tests.fakes.github_server import TOKEN
from tests.fakes.github_site import Github, Saved, a_note, github

pytestmark = pytest.mark.usefixtures("no_pauses")

FAST_FORWARD = refused(422, "Update is not a fast forward")
EMPTY = refused(409, "Git Repository is empty.")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Github]:
    async with github(tmp_path) as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds by which the clock that measures rests is ahead."""
    ahead = [0.0]
    monkeypatch.setattr(sharing, "monotonic", lambda: time.monotonic() + ahead[0])
    return ahead


async def failed(hub: Github, note: Note | None = None, **settings: Any) -> DeliveryError:
    """What a delivery says that does not succeed; it leaves the branch as it was."""
    before = hub.repo.head
    with pytest.raises(DeliveryError) as raised:
        await hub.keep(note, **settings)
    assert hub.repo.head == before
    assert raised.value.message.endswith(".")
    assert raised.value.hint
    assert TOKEN not in f"{raised.value!r} {raised.value} {raised.value.__cause__!r}"
    return raised.value


async def deferred(hub: Github, note: Note | None = None, **settings: Any) -> DeliveryDeferred:
    error = await failed(hub, note, **settings)
    assert isinstance(error, DeliveryDeferred)
    return error


async def rejected(hub: Github, note: Note | None = None, **settings: Any) -> DeliveryRejected:
    error = await failed(hub, note, **settings)
    assert isinstance(error, DeliveryRejected)
    return error


def illustrated(hub: Github, count: int = 2, **more: Any) -> Note:
    assets = tuple(hub.image(f"{n}.png", b"\x89PNG" + bytes([n]) * 900) for n in range(count))
    text = "".join(f"![](assets/{asset.name})\n" for asset in assets)
    return msgspec.structs.replace(a_note(text, **more), assets=assets)


def of_notes(hub: Github) -> list[str]:
    """The messages of the commits that are notes."""
    return [c["message"] for c in hub.repo.history() if c["message"].startswith("Archive")]


# G1: the token.


async def test_a_token_that_is_refused_needs_a_person_and_is_not_tried_again(hub: Github) -> None:
    hub.proxy.on("GET", "", refused(401, "Bad credentials"))
    error = await rejected(hub)
    asked = len(hub.proxy.seen)
    again = await rejected(hub)

    assert asked == len(hub.proxy.seen) == 1
    assert error.code == again.code == "token-refused"
    assert "guidang secret set notes" in error.hint
    assert "/settings/personal-access-tokens/new?" in error.hint
    assert "contents=write" in error.hint


async def test_another_token_is_tried_at_once(hub: Github) -> None:
    hub.token = "github_pat_of_yesterday"
    await rejected(hub)
    hub.token = TOKEN

    assert (await hub.keep()).place.endswith("Tides.md")


async def test_a_token_that_was_refused_is_tried_again_later(
    hub: Github, clock: list[float]
) -> None:
    hub.proxy.on("GET", "", refused(401, "Bad credentials"))
    await rejected(hub)
    clock[0] += sharing.REFUSED_FOR + 1

    await hub.keep()
    assert len(of_notes(hub)) == 1


@pytest.mark.parametrize("token", [None, "", " \n", "schlüssel", "two\nlines"])
async def test_a_token_that_is_not_there_or_is_none_is_asked_for(
    hub: Github, token: str | None
) -> None:
    hub.token = token
    error = await rejected(hub)

    assert error.code == "token-missing"
    assert "Contents: Read and write" in error.hint
    assert not hub.proxy.seen


async def test_a_token_that_may_too_little_is_told_what_it_lacks(hub: Github) -> None:
    words = "Resource not accessible by personal access token"
    needed = {"X_Accepted_GitHub_Permissions": "contents=write; contents=write,workflows=write"}
    hub.proxy.on("POST", "/git/trees", refused(403, words, **needed))
    error = await rejected(hub)

    assert error.code == "token-too-narrow"
    assert words in error.message
    assert "contents: write" in error.hint


async def test_an_organisation_that_wants_a_sign_on_is_told_with_its_address(hub: Github) -> None:
    address = "https://github.com/orgs/tides/sso?authorization_request=A1"
    headers = {"X_GitHub_SSO": f"required; url={address}"}
    hub.proxy.on("GET", "", refused(403, "Resource protected by organization SAML", **headers))
    error = await rejected(hub)

    assert error.code == "token-not-authorized"
    assert address in error.hint


async def test_a_repository_that_is_archived_is_told(hub: Github) -> None:
    words = "Repository was archived so is read-only."
    hub.proxy.on("POST", "/git/trees", refused(403, words))

    assert (await rejected(hub)).code == "repository-archived"


async def test_a_repository_that_is_hidden_or_missing_is_told(hub: Github) -> None:
    error = await rejected(hub, repository="reader/nowhere")

    assert error.code == "repository-missing"
    assert "reader/nowhere" in error.message


# G2, G3: limits.


async def test_a_limit_is_waited_for_and_nothing_is_asked_meanwhile(
    hub: Github, clock: list[float]
) -> None:
    reset_at = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(time.time()) + 3)}
    hub.proxy.on("POST", "/git/trees", refused(403, "API rate limit exceeded", **reset_at))
    error = await deferred(hub)
    asked = len(hub.proxy.seen)
    meanwhile_ = await deferred(hub)

    assert error.code == meanwhile_.code == "rate-limited"
    assert error.retry_after is not None
    assert 1 <= error.retry_after <= 4
    assert len(hub.proxy.seen) == asked
    clock[0] += 4
    await hub.keep()
    assert len(of_notes(hub)) == 1


@pytest.mark.parametrize("status", [403, 429])
async def test_a_secondary_limit_lasts_as_long_as_it_says(
    hub: Github, clock: list[float], status: int
) -> None:
    words = "You have exceeded a secondary rate limit."
    hub.proxy.on("POST", "/git/commits", refused(status, words, Retry_After="2"))
    error = await deferred(hub)

    assert error.retry_after == pytest.approx(2, abs=0.5)
    clock[0] += 2
    await hub.keep()
    assert len(of_notes(hub)) == 1


async def test_a_secondary_limit_that_says_nothing_lasts_a_minute_and_then_longer(
    hub: Github, clock: list[float]
) -> None:
    limit = refused(403, "You have exceeded a secondary rate limit.")
    hub.proxy.on("POST", "/git/trees", limit, limit)
    rests = []
    for _ in range(2):
        rests.append((await deferred(hub)).retry_after)
        clock[0] += rests[-1] or 0

    assert rests == [pytest.approx(60, abs=1), pytest.approx(120, abs=1)]
    await hub.keep(branch="main")
    assert len(of_notes(hub)) == 1


async def test_a_limit_holds_for_all_backends_with_this_token(hub: Github) -> None:
    hub.proxy.on("GET", "", refused(429, "Too many requests", Retry_After="30"))
    await deferred(hub)
    asked = len(hub.proxy.seen)

    assert (await deferred(hub, repository="reader/another")).retry_after is not None
    assert len(hub.proxy.seen) == asked


# G4, G5: others write too.


async def test_a_branch_that_moved_is_committed_to_anew(hub: Github) -> None:
    hub.proxy.on("PATCH", "/git/refs/", FAST_FORWARD)
    await hub.keep(illustrated(hub))

    assert len(of_notes(hub)) == 1
    assert hub.proxy.steps().count("PATCH /git/refs") == 2
    assert hub.proxy.steps().count("POST /git/blobs") == 2


async def test_a_branch_that_moves_each_time_defers_and_loses_nothing(hub: Github) -> None:
    note = a_note()
    hub.proxy.on("PATCH", "/git/refs/", *[FAST_FORWARD] * 5)
    error = await deferred(hub, note)
    await hub.keep(note)

    assert error.code == "repository-busy"
    assert hub.proxy.steps().count("PATCH /git/refs") == 6
    assert list(hub.repo.files()) == ["Tides.md"]


async def test_what_another_wrote_meanwhile_stays(hub: Github) -> None:
    hub.proxy.on("PATCH", "", meanwhile(lambda: hub.repo.push("other.txt", "theirs")))
    await hub.keep()

    assert hub.repo.files() == {"Tides.md": b"# Tides\n\nThe text.\n", "other.txt": b"theirs"}


async def test_a_name_that_another_took_meanwhile_is_not_overwritten(hub: Github) -> None:
    hub.proxy.on("PATCH", "", meanwhile(lambda: hub.repo.push("Tides.md", "theirs")))
    receipt = await hub.keep()

    assert receipt.place.endswith("/Tides (2).md")
    assert hub.repo.files()["Tides.md"] == b"theirs"


async def test_a_head_that_is_read_late_is_not_taken_for_the_newest(hub: Github) -> None:
    await hub.keep()
    before = hub.repo.commit(hub.repo.head)["parents"][0]["sha"]
    tree = hub.repo.commit(before)["tree"]["sha"]
    hub.proxy.on(
        "GET",
        "/commits/",
        changed(lambda c: {**c, "sha": before, "commit": {"tree": {"sha": tree}}}),
    )
    await hub.keep(a_note("# Other\n"))

    assert set(hub.repo.files()) == {"Tides.md", "Tides (2).md"}
    assert hub.proxy.steps().count("PATCH /git/refs") == 2


async def test_a_branch_that_was_set_back_is_written_to(hub: Github, clock: list[float]) -> None:
    await hub.keep()
    before = hub.repo.commit(hub.repo.head)["parents"][0]["sha"]
    hub.repo.ask("PATCH", "./git/refs/heads/main", {"sha": before, "force": True})
    clock[0] += sharing.LAG + 1
    await hub.keep(a_note("# Other\n"))

    assert hub.repo.files() == {"Tides.md": b"# Other\n"}


# G6, G7: answers that are lost.


async def test_a_commit_whose_answer_was_lost_is_not_made_again(hub: Github) -> None:
    hub.proxy.on("PATCH", "", applied_then_reset)
    receipt = await hub.keep()

    assert receipt.revision == hub.repo.head
    assert len(of_notes(hub)) == 1


async def test_a_commit_of_which_nothing_was_heard_is_found_by_the_next_attempt(
    hub: Github,
) -> None:
    note, saved = a_note(), Saved()
    hub.proxy.on("PATCH", "", *[applied_then_reset] * client.ATTEMPTS)
    with pytest.raises(DeliveryDeferred):
        await hub.keep(note, saved)
    hub.repo.push("other.txt", "theirs")
    receipt = await hub.keep(note, saved)

    assert len(of_notes(hub)) == 1
    assert receipt.revision == hub.repo.commit(hub.repo.head)["parents"][0]["sha"]


async def test_a_version_that_was_written_over_unheard_is_not_written_beside(hub: Github) -> None:
    await hub.keep(a_note("one"), again="overwrite")
    note, saved = a_note("two", title="Other"), Saved()
    hub.proxy.on("PATCH", "", *[applied_then_reset] * client.ATTEMPTS)
    with pytest.raises(DeliveryDeferred):
        await hub.keep(note, saved, again="overwrite")
    await hub.keep(note, saved, again="overwrite")

    assert hub.repo.files() == {"Tides.md": b"two"}
    assert len(of_notes(hub)) == 2


@pytest.mark.parametrize(
    "fault", [reset, html(502), html(504), refused(500, "Server Error"), applied_then_reset]
)
async def test_an_image_that_did_not_arrive_is_sent_again(hub: Github, fault: Any) -> None:
    hub.proxy.on("POST", "/git/blobs", fault)
    receipt = await hub.keep(illustrated(hub, 3))

    assert receipt.unsaved == ()
    assert hub.proxy.steps().count("POST /git/blobs") == 4
    assert len(hub.repo.files()) == 4


@pytest.mark.parametrize("path", ["/commits/", "/git/trees", "/git/commits", "/git/refs/"])
@pytest.mark.parametrize("fault", [reset, html(502), refused(503, "Service unavailable")])
async def test_every_step_is_tried_again(hub: Github, path: str, fault: Any) -> None:
    hub.proxy.on("*", path, fault, fault)
    await hub.keep(illustrated(hub, 1))

    assert len(of_notes(hub)) == 1


async def test_a_service_that_stays_broken_defers(hub: Github) -> None:
    hub.proxy.on("GET", "", *[html(502)] * client.ATTEMPTS)
    error = await deferred(hub)

    assert error.code == "repository-failed"
    assert len(hub.proxy.seen) == client.ATTEMPTS


async def test_images_that_were_sent_before_a_fault_are_not_sent_again(hub: Github) -> None:
    note = illustrated(hub, 3)
    hub.proxy.on("POST", "/git/trees", *[refused(503, "Unavailable")] * 2 * client.ATTEMPTS)
    await deferred(hub, note)
    await hub.keep(note)

    assert hub.proxy.steps().count("POST /git/blobs") == 3 + 1  # the note, as the tree failed


async def test_images_that_were_forgotten_since_are_sent_once_more(hub: Github) -> None:
    note = illustrated(hub, 2)
    hub.proxy.on("POST", "/git/commits", *[refused(503, "Unavailable")] * client.ATTEMPTS)
    await deferred(hub, note)
    hub.proxy.on("POST", "/git/trees", refused(422, "tree.sha 1234 is not a valid blob"))
    await hub.keep(note)

    assert hub.proxy.steps().count("POST /git/blobs") == 4
    assert len(of_notes(hub)) == 1


# G8, G9: repositories and branches that are not there yet.


async def test_an_empty_repository_is_begun(tmp_path: Path) -> None:
    async with github(tmp_path, empty=True) as hub:
        hub.proxy.on("GET", "/commits/", EMPTY)
        await hub.keep(illustrated(hub, 1))

        assert set(hub.repo.files()) == {"Tides.md", "assets/0.png"}
        assert [c["message"] for c in hub.repo.history()] == [
            "Archive “Tides”",
            "Begin the archive",
        ]


async def test_an_empty_repository_that_another_begins_meanwhile_is_written_to(
    tmp_path: Path,
) -> None:
    async with github(tmp_path, empty=True) as hub:
        hub.proxy.on("PUT", "", meanwhile(lambda: hub.repo.push("README.md", "# Theirs\n")))
        await hub.keep()

        assert hub.repo.blob(hub.repo.ids()["README.md"]) == b"# Theirs\n"
        assert list(hub.repo.files()) == ["Tides.md"]


async def test_a_branch_that_is_missing_is_told(hub: Github) -> None:
    error = await rejected(hub, branch="clippings/web")

    assert error.code == "branch-missing"
    assert "“clippings/web”" in error.message
    assert "create_branch" in error.hint


async def test_a_branch_is_made_where_the_setting_allows_it(hub: Github) -> None:
    hub.repo.push("theirs.txt", "theirs")
    before = hub.repo.head
    for text in ("one", "two"):
        receipt = await hub.keep(a_note(text), branch="clippings/web", create_branch=True)

    assert hub.repo.head == before
    assert len(hub.repo.history("clippings/web")) == len(hub.repo.history()) + 2
    assert receipt.url == (
        f"{hub.proxy.url}/{hub.repo.full_name}/blob/clippings/web/Tides%20%282%29.md"
    )


async def test_what_is_on_one_branch_is_not_on_another(hub: Github) -> None:
    note = a_note()
    await hub.keep(note, branch="web", create_branch=True)
    await hub.keep(note)

    assert list(hub.repo.files()) == ["Tides.md"]


async def test_a_branch_that_another_makes_meanwhile_is_written_to(hub: Github) -> None:
    def make() -> None:
        hub.repo.ask("POST", "./git/refs", {"ref": "refs/heads/web", "sha": hub.repo.head})

    hub.proxy.on("POST", "/git/refs$", meanwhile(make))
    await hub.keep(branch="web", create_branch=True)

    assert len(hub.repo.history("web")) == 2


async def test_a_branch_that_is_gone_meanwhile_is_told(hub: Github) -> None:
    hub.repo.ask("POST", "./git/refs", {"ref": "refs/heads/web", "sha": hub.repo.head})

    def remove() -> None:
        hub.repo.ask("DELETE", "./git/refs/heads/web")

    hub.proxy.on("POST", "/git/commits", meanwhile(remove))
    hub.proxy.on("PATCH", "", refused(422, "Reference does not exist"))

    assert (await rejected(hub, branch="web")).code == "branch-missing"


# G10: rules.


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (422, "Required status check “ci” is expected."),
        (422, "Cannot update this protected branch"),
        (422, "Changes must be made through a pull request."),
        (409, "Repository rule violations found Cannot create ref due to creations being restr"),
        (422, "You're not authorized to push to this branch."),
    ],
)
async def test_a_rule_of_the_branch_is_told_in_its_own_words(
    hub: Github, status: int, words: str
) -> None:
    hub.proxy.on("PATCH", "", refused(status, words))
    error = await rejected(hub)

    assert error.code == "branch-protected"
    assert words in error.message
    assert "Name another branch" in error.hint
    assert hub.proxy.steps().count("PATCH /git/refs") == 1


async def test_a_secret_that_a_page_seems_to_show_is_told(hub: Github) -> None:
    words = "Repository rule violations found Secret detected in content"
    hub.proxy.on("PATCH", "", refused(409, words))

    assert words in (await rejected(hub)).message


async def test_the_words_of_a_refusal_show_no_token(hub: Github) -> None:
    hub.proxy.on("POST", "/git/trees", refused(422, f"Strange: {TOKEN} \x1b[31m and {TOKEN[:20]}"))
    error = await rejected(hub)

    assert error.code == "commit-refused"
    assert TOKEN[:12] not in error.message
    assert "\x1b" not in error.message


# G11, G12: what GitHub has stored.


async def test_a_tree_that_is_not_everywhere_yet_is_waited_for(hub: Github) -> None:
    hub.proxy.on("POST", "/git/commits", refused(422, "Tree SHA does not exist"))
    await hub.keep()

    assert hub.proxy.steps().count("POST /git/commits") == 2


async def test_an_image_that_was_stored_otherwise_is_not_committed(hub: Github) -> None:
    hub.proxy.on("POST", "/git/blobs", changed(lambda made: {**made, "sha": "0" * 40}))
    error = await deferred(hub, illustrated(hub))

    assert error.code == "blob-differs"
    assert "POST /git/trees" not in hub.proxy.steps()


async def test_a_text_that_was_stored_otherwise_is_not_committed(hub: Github) -> None:
    def other(tree: Any) -> Any:
        for entry in tree["tree"]:
            entry["sha"] = "0" * 40
        return tree

    hub.proxy.on("POST", "/git/trees", changed(other))

    assert (await deferred(hub)).code == "blob-differs"


# G13, G14: answers that are none, or not all.


@pytest.mark.parametrize("path", ["/commits/", "/git/trees/", "/git/trees$", "/git/commits$"])
@pytest.mark.parametrize(
    "answer",
    [html(200), raw(b""), raw(b"[]"), raw(b"\xff"), raw(b'{"sha": "../../x"}'), raw(b"[" * 99_999)],
)
async def test_an_answer_that_is_none_is_told(hub: Github, path: str, answer: Any) -> None:
    hub.proxy.on("*", path, *[answer] * 2 * client.ATTEMPTS)

    assert (await deferred(hub)).code == "repository-not-understood"


async def test_an_answer_without_an_end_is_cut(
    hub: Github, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "LARGEST", 10_000)
    long = changed(lambda commit: {**commit, "files": "x" * 20_000})
    hub.proxy.on("GET", "/commits/", *[long] * client.ATTEMPTS)

    assert (await deferred(hub)).code == "repository-not-understood"


async def test_what_a_cut_listing_does_not_name_is_looked_for(hub: Github) -> None:
    first = illustrated(hub, title="Tides")
    await hub.keep(first)
    hub.repo.push("other.txt", "theirs")
    cut = changed(lambda tree: {**tree, "tree": [], "truncated": True})
    hub.proxy.on("GET", "/git/trees/", cut, cut)
    second = await hub.keep(a_note("# Other\n"))
    hub.repo.push("other.txt", "theirs again")
    again = await hub.keep(first)

    assert second.place.endswith("/Tides (2).md")
    assert again.place.endswith("/Tides.md")
    assert len(of_notes(hub)) == 2


# G16: what is too large.


async def test_an_image_that_is_too_large_is_told_and_holds_nothing_back(hub: Github) -> None:
    note = illustrated(hub, 3)
    hub.proxy.on("POST", "/git/blobs", refused(413, "Payload too large"))
    receipt = await hub.keep(note)

    assert [each.error.code for each in receipt.unsaved] == ["image-refused-by-service"]
    assert receipt.unsaved[0].url.startswith("https://example.org/")
    assert len(hub.repo.files()) == 3


@pytest.mark.parametrize(
    "fault",
    [
        refused(422, "Sorry, your request timed out. It's likely that your input was too large"),
        refused(413, "Payload too large"),
    ],
)
async def test_a_text_that_is_too_much_for_a_tree_goes_as_a_file(hub: Github, fault: Any) -> None:
    hub.proxy.on("POST", "/git/trees", fault)
    await hub.keep()

    assert list(hub.repo.files()) == ["Tides.md"]
    assert hub.proxy.steps().count("POST /git/blobs") == 1


async def test_a_note_that_is_too_large_is_told(hub: Github) -> None:
    hub.proxy.on("POST", "/git/blobs", refused(422, "input exceeds the size limit"))
    error = await rejected(hub, a_note("x" * 600_000))

    assert error.code == "note-too-large"


# G17: redirects.


def at_its_number(seen: Seen) -> str:
    return seen.path.replace("/repos/reader/old", "/repositories/42")


@pytest.mark.parametrize("status", [301, 307, 308])
async def test_a_repository_that_was_renamed_is_followed(hub: Github, status: int) -> None:
    def renamed(seen: Seen) -> str:
        return seen.path.replace("/reader/old", f"/{hub.repo.full_name}")

    hub.proxy.on("*", "/reader/old", *[redirected(status, renamed)] * 20)
    receipt = await hub.keep(illustrated(hub), repository="reader/old")

    assert receipt.place == "reader/old/Tides.md"
    assert len(hub.repo.files()) == 3
    bodies = [s.body for s in hub.proxy.seen if s.step == "POST /git/trees"]
    assert len(set(bodies)) == 1
    followed = sum("/reader/old" in seen.path for seen in hub.proxy.seen)
    assert followed == (8 if status == 307 else 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("step", [("GET", "/commits/"), ("POST", "/git/blobs"), ("PATCH", "")])
async def test_another_server_gets_nothing(
    hub: Github, tmp_path: Path, status: int, step: tuple[str, str]
) -> None:
    async with github(tmp_path) as other:
        hub.proxy.on(*step, redirected(status, lambda seen: other.proxy.url + seen.path))
        error = await failed(hub, illustrated(hub))

    assert other.proxy.seen == []
    assert error.code == "repository-elsewhere"
    assert isinstance(error, DeliveryRejected) == (status in {301, 308})


async def test_a_redirect_without_an_end_is_told(hub: Github) -> None:
    hub.proxy.on("GET", "", *[redirected(301, lambda seen: seen.path)] * 16)

    assert (await deferred(hub)).code == "repository-not-understood"


# G18: time.


@pytest.mark.parametrize("path", ["/commits/", "/git/blobs", "/git/trees$", "/git/refs/"])
async def test_a_service_that_says_nothing_defers(
    hub: Github, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(connections, "SILENCE", 0.2)
    hub.proxy.on("*", path, *[silent] * client.ATTEMPTS)

    assert (await deferred(hub, illustrated(hub, 1))).code == "repository-unreachable"


@pytest.mark.parametrize("path", ["/commits/", "/git/blobs", "/git/trees$", "/git/refs/"])
async def test_a_delivery_that_is_called_off_leaves_no_half_commit(hub: Github, path: str) -> None:
    note, before, reached = illustrated(hub, 1), hub.repo.head, asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold(call: Any) -> Any:
        loop.call_soon_threadsafe(reached.set)
        return await silent(call)

    hub.proxy.on("*", path, hold)
    delivery = asyncio.create_task(hub.keep(note))
    await reached.wait()
    delivery.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery

    assert hub.repo.head == before
    await hub.keep(note)
    assert len(of_notes(hub)) == 1


# G19: nothing new.


async def test_what_is_there_already_is_not_committed_again(hub: Github) -> None:
    note = illustrated(hub)
    receipts = [await hub.keep(note) for _ in range(3)]

    assert receipts[0] == receipts[1] == receipts[2]
    assert len(of_notes(hub)) == 1
    assert hub.proxy.steps().count("POST /git/trees") == 1


async def test_a_page_that_is_the_same_is_not_committed_again(hub: Github) -> None:
    for _ in range(2):
        await hub.keep(a_note(), again="overwrite")

    assert len(of_notes(hub)) == 1


def test_every_answer_that_is_decoded_has_ids_that_are_some() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"sha": "0" * 39 + "\n"}, repository._Made)


# How much is asked.


async def test_a_note_takes_four_calls_and_one_for_each_new_image(hub: Github) -> None:
    await hub.keep(illustrated(hub, 1))
    hub.proxy.seen.clear()
    await hub.keep(illustrated(hub, 12, title="Other"))

    assert len(hub.proxy.seen) == 4 + 11
    assert 1 < hub.proxy.most_uploads <= 3


async def test_two_backends_write_to_one_repository_one_after_the_other(hub: Github) -> None:
    await asyncio.gather(*(hub.keep(a_note(str(number))) for number in range(8)))

    assert len(hub.repo.files()) == 8
    assert hub.proxy.steps().count("PATCH /git/refs") == 8


async def test_no_connection_outlives_a_delivery(hub: Github) -> None:
    backend = hub.connected()
    await backend.check()
    note = a_note()
    await backend.deliver(note, key=note.id, progress=Progress(None, Saved().save))
    asked = len(hub.proxy.seen)

    assert backend._client._connections._session is None  # type: ignore[attr-defined]
    assert len({seen.connection for seen in hub.proxy.seen}) < asked


# What the words above do not name.


async def test_what_happens_after_the_commit_is_no_loss(hub: Github) -> None:
    hub.proxy.on("PATCH", "", afterwards(lambda: hub.repo.push("other.txt", "theirs")))
    await hub.keep()
    await hub.keep(a_note("# Other\n"))

    assert set(hub.repo.files()) == {"Tides.md", "Tides (2).md", "other.txt"}
