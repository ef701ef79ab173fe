"""Where notes go in a repository, what lies beside them, and what commits say."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.backends import connect
from daemon.backends.github.access import Access
from daemon.backends.github.tree import file_of
from daemon.connections import proxy_for
from daemon.errors import DeliveryDeferred, DeliveryRejected, SettingsError, SnapshotError
from daemon.model import Note
from daemon.settings import Settings
from tests.fakes.github_proxy import changed, refused
from tests.fakes.github_server import TOKEN
from tests.fakes.github_site import Github, Saved, a_note, github
from tests.fakes.surroundings import surroundings

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Github]:
    async with github(tmp_path) as made:
        yield made


def paths(hub: Github) -> list[str]:
    return sorted(hub.repo.files())


# Names (G15).


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("潮汐：第 #1 章 100% 😀?", "潮汐：第 #1 章 100% 😀.md"),
        ("a b\tc", "a b c.md"),
        ("..", "untitled.md"),
        (".git", "git.md"),
        (".gitattributes", "gitattributes.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("%2e%2e/%2F", "%2e%2e %2F.md"),
        ("\u202e.\u200d.git", "git.md"),
        ("中" * 300, "中" * 84 + ".md"),
        ("half \ud83d", "half \ufffd.md"),
    ],
    ids=ascii,
)
async def test_any_title_is_one_name_and_reads_back_byte_for_byte(
    hub: Github, tmp_path: Path, title: str, path: str
) -> None:
    text = f"# {title}\n\n中文 😀 # % \u2028\n"
    note = msgspec.structs.replace(
        a_note(text, title=title), assets=(hub.image("a.png", b"\0\xff"),)
    )
    receipt = await hub.keep(note)

    assert paths(hub) == sorted(["assets/a.png", path])
    assert receipt.place == f"{hub.repo.full_name}/{path}"
    assert hub.repo.in_git(tmp_path / "git").shown(f"main:{path}") == note.encoded()


@pytest.mark.parametrize(
    ("site", "folder"),
    [
        ("..", ""),
        (".git", "git/"),
        ("git~1", "_git~1/"),
        ("a/../b", "a .. b/"),
        ("中 #?%", "中 # %/"),
    ],
)
async def test_a_page_names_a_folder_but_leads_nowhere_else(
    hub: Github, site: str, folder: str
) -> None:
    await hub.keep(a_note(site=site), subfolder="{{ site }}")

    assert paths(hub) == [f"{folder}Tides.md"]


async def test_the_address_of_a_note_is_percent_encoded(hub: Github) -> None:
    receipt = await hub.keep(a_note(title="100% 潮 #1"))

    assert receipt.url == (
        f"{hub.proxy.url}/{hub.repo.full_name}/blob/main/100%25%20%E6%BD%AE%20%231.md"
    )


@pytest.mark.parametrize("text", ["", "a\r\nb\rc", "nul \0", "\ufeff# BOM\n", "x" * 600_000])
async def test_a_text_that_json_could_change_goes_as_bytes(hub: Github, text: str) -> None:
    await hub.keep(a_note(text))

    assert hub.proxy.steps().count("POST /git/blobs") == 1
    assert hub.repo.files() == {"Tides.md": text.encode()}


async def test_a_file_that_is_in_the_way_of_a_folder_is_told(hub: Github) -> None:
    hub.repo.push("assets", "theirs")
    note = msgspec.structs.replace(a_note(), assets=(hub.image("a.png", b"a"),))
    with pytest.raises(DeliveryRejected) as raised:
        await hub.keep(note)

    assert raised.value.code == "folder-is-file"
    assert hub.repo.files() == {"assets": b"theirs"}


# The same page again.


async def test_a_new_version_has_a_place_of_its_own(hub: Github) -> None:
    for text in ("one", "two"):
        await hub.keep(a_note(text))

    assert hub.repo.files() == {"Tides.md": b"one", "Tides (2).md": b"two"}


async def test_the_same_page_is_written_over_where_that_is_wished(hub: Github) -> None:
    for text in ("one", "two", "three"):
        receipt = await hub.keep(a_note(text, title=text), again="overwrite")

    assert hub.repo.files() == {"one.md": b"three"}
    assert receipt.revision == hub.repo.head
    assert len(hub.repo.history()) == 4


async def test_a_note_that_was_edited_is_not_written_over(hub: Github) -> None:
    await hub.keep(a_note("one"), again="overwrite")
    hub.repo.push("Tides.md", "edited")
    await hub.keep(a_note("two"), again="overwrite")

    assert hub.repo.files() == {"Tides.md": b"edited", "Tides (2).md": b"two"}


async def test_a_note_that_was_removed_comes_back_under_its_name(hub: Github) -> None:
    await hub.keep(a_note("one"), again="overwrite")
    sha = hub.repo.ids()["Tides.md"]
    hub.repo.ask("DELETE", "./contents/Tides.md", {"message": "away", "sha": sha})
    await hub.keep(a_note("two"), again="overwrite")

    assert hub.repo.files() == {"Tides.md": b"two"}


async def test_a_page_that_is_there_is_skipped_where_that_is_wished(hub: Github) -> None:
    first = await hub.keep(a_note("one"), again="skip")
    again = await hub.keep(a_note("two"), again="skip")
    other = await hub.keep(a_note("three", url="https://example.org/other"), again="skip")

    assert again == first
    assert other.place.endswith("/Tides (2).md")


async def test_what_is_made_anew_on_request_is_not_skipped(hub: Github) -> None:
    first = a_note("one")
    await hub.keep(first, again="skip")
    receipt = await hub.keep(a_note("two", remakes=first.id), again="skip")

    assert receipt.place.endswith("/Tides (2).md")


async def test_a_late_summary_takes_the_place_of_the_note_without_it(hub: Github) -> None:
    first = a_note("without")
    await hub.keep(first)
    receipt = await hub.keep(a_note("with", completes=first.id))

    assert receipt.place.endswith("/Tides.md")
    assert hub.repo.files() == {"Tides.md": b"with"}


async def test_images_that_are_there_are_not_sent(hub: Github) -> None:
    assets = tuple(hub.image(f"{n}.png", bytes([n])) for n in range(3))
    await hub.keep(msgspec.structs.replace(a_note("one"), assets=assets[:2]))
    sent = hub.proxy.steps().count("POST /git/blobs")
    await hub.keep(msgspec.structs.replace(a_note("two", site="x"), assets=assets), subfolder="x")

    assert sent == 2
    assert hub.proxy.steps().count("POST /git/blobs") == 3
    assert {f"x/assets/{n}.png" for n in range(3)} < set(paths(hub))


# What lies beside.


async def test_the_page_and_the_capture_lie_beside_the_note(hub: Github) -> None:
    hub.page = b"<!doctype html><p>page"
    note = a_note(title="中" * 300)
    (hub.folder / note.id).write_bytes(b"\x1f\x8b capture")
    await hub.keep(note, snapshot=True, capture=True)

    stem = "中" * 82
    assert hub.repo.files() == {
        f"{stem}.md": note.encoded(),
        f"{stem}.html": hub.page,
        f"{stem}.json.gz": b"\x1f\x8b capture",
    }
    assert len(hub.repo.history()) == 2


async def test_versions_have_their_own_pages(hub: Github) -> None:
    for text in ("one", "two"):
        hub.page = text.encode()
        await hub.keep(a_note(text), snapshot=True)

    assert paths(hub) == ["Tides (2).html", "Tides (2).md", "Tides.html", "Tides.md"]


async def test_a_page_is_written_over_with_its_note(hub: Github) -> None:
    for text in ("one", "two"):
        hub.page = f"page {text}".encode()
        await hub.keep(a_note(text), snapshot=True, again="overwrite")

    assert hub.repo.files() == {"Tides.md": b"two", "Tides.html": b"page two"}


async def test_somebody_elses_page_is_not_written_over(hub: Github) -> None:
    hub.page = b"page"
    hub.repo.push("Tides.html", "theirs")
    await hub.keep(snapshot=True)

    assert hub.repo.files()["Tides.html"] == b"theirs"
    assert "Tides (2).md" in paths(hub)


async def test_a_page_that_is_not_kept_any_longer_is_told(hub: Github) -> None:
    async def gone(_: str) -> bytes:
        raise SnapshotError("snapshot-not-made", "The page is gone.", "Archive it again.")

    backend = hub.connected(snapshot=True)
    backend._surroundings = msgspec.structs.replace(  # type: ignore[attr-defined]
        backend._surroundings,  # type: ignore[attr-defined]
        snapshot=gone,
    )
    receipt = await delivered(backend, a_note())

    assert receipt.warning.code == "snapshot-not-made"
    assert paths(hub) == ["Tides.md"]


async def delivered(backend: Any, note: Note) -> Any:
    from daemon.backends import Progress

    return await backend.deliver(note, key=note.id, progress=Progress(None, Saved().save))


# Commits.


async def test_a_commit_says_what_it_archives_and_is_its_owners(hub: Github) -> None:
    await hub.keep(a_note(title="潮汐\nand \ud83d more"))

    newest = hub.repo.history()[0]
    assert newest["message"].strip() == "Archive “潮汐 and ? more”"
    assert newest["author"]["name"] == "Reader"


async def test_message_and_author_are_as_the_settings_say(hub: Github) -> None:
    await hub.keep(
        a_note(site="Bay"),
        message="{{ site }}: {{ title }}\n\n({{ archived.year }})",
        author="A Reader <a@example.org>",
    )

    newest = hub.repo.history()[0]
    assert newest["message"].strip() == "Bay: Tides (2026)"
    assert (newest["author"]["name"], newest["author"]["email"]) == ("A Reader", "a@example.org")


# Settings.


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({}, "repository"),
        ({"repository": "tides"}, "owner/name"),
        ({"repository": "a/.."}, "owner/name"),
        ({"repository": "a/b/c"}, "owner/name"),
        ({"repository": "../b"}, "owner/name"),
        ({"repository": "a/b?x=1"}, "owner/name"),
        ({"branch": "a..b"}, "branch"),
        ({"branch": "a b"}, "branch"),
        ({"branch": "/a"}, "branch"),
        ({"branch": "a.lock"}, "branch"),
        ({"branch": "-a"}, "branch"),
        ({"author": "A Reader"}, "author"),
        ({"api": "http://github.example.org/api/v3"}, "http://"),
        ({"api": "ftp://github.example.org"}, "api"),
        ({"api": "https://a:b@github.example.org"}, "password"),
        ({"api": "https://github.example.org?x"}, "api"),
        ({"api": "https://github.example.org:x"}, "api"),
        ({"subfolder": "{{ nothing }}"}, "nothing"),
        ({"message": "{{ title"}, "title"),
        ({"token": "No Name"}, "token"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(table: dict[str, str], word: str) -> None:
    if table and "repository" not in table:
        table = {"repository": "a/b", **table}
    with pytest.raises(SettingsError) as raised:
        connect("hub", Settings(backends={"hub": {"kind": "github", **table}}), surroundings())

    assert raised.value.code == "settings-invalid"
    assert word in raised.value.message


@pytest.mark.parametrize("api", ["http://localhost:1/x", "http://127.0.0.1:1", "http://[::1]:1"])
def test_http_is_for_this_machine_alone(api: str) -> None:
    table = {"kind": "github", "repository": "a/b", "api": api}
    connect("hub", Settings(backends={"hub": table}), surroundings())


@pytest.mark.parametrize(
    ("api", "web", "title"),
    [
        ("https://api.github.com", "https://github.com", "GitHub"),
        ("https://git.example.org/api/v3", "https://git.example.org", "git.example.org"),
        ("https://api.tides.ghe.com", "https://tides.ghe.com", "api.tides.ghe.com"),
    ],
)
def test_a_server_of_ones_own_has_its_own_addresses(api: str, web: str, title: str) -> None:
    access = Access(api=api, repository="a/b", secret="hub")

    assert access.page_of("c d.md", "main") == f"{web}/a/b/blob/main/c%20d.md"
    assert access.token_form.startswith(f"{web}/settings/personal-access-tokens/new?name=Guidang")
    assert access.title == title


def test_a_proxy_is_for_what_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", "git.example.org")

    assert proxy_for("https://api.github.com") == "http://proxy.example.org:3128"
    assert proxy_for("https://git.example.org/api/v3") is None
    assert proxy_for("https://localhost/api/v3") is None


async def test_a_password_file_of_other_programs_takes_no_part(
    hub: Github, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login other password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    await hub.keep()

    sent = {seen.headers["authorization"] for seen in hub.proxy.seen}
    assert sent == {f"Bearer {TOKEN}"}


async def test_the_secret_is_that_of_the_setting_or_of_the_backends_name(hub: Github) -> None:
    hub.token = None
    with pytest.raises(DeliveryRejected, match="guidang secret set notes"):
        await hub.keep()
    with pytest.raises(DeliveryRejected, match="guidang secret set mine"):
        await hub.keep(token="mine")


async def test_a_locked_keychain_defers(hub: Github) -> None:
    def locked(_: str) -> str:
        raise SettingsError("keychain-locked", "The keychain did not open.", "Unlock it.")

    table = {"kind": "github", "repository": "a/b", "api": hub.proxy.url}
    backend = connect("hub", Settings(backends={"hub": table}), surroundings(secret=locked))
    with pytest.raises(DeliveryDeferred) as raised:
        await delivered(backend, a_note())

    assert raised.value.code == "keychain-locked"


async def test_the_token_is_in_no_log(hub: Github, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    backend = hub.connected()
    hub.proxy.on("POST", "", refused(500, TOKEN), refused(422, TOKEN))
    with pytest.raises(DeliveryRejected):
        await delivered(backend, a_note())

    shown = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert TOKEN not in " ".join([*shown, repr(backend), repr(vars(backend))])


# The check.


async def test_a_check_writes_nothing_that_is_seen(hub: Github) -> None:
    before = hub.repo.head
    told = await hub.connected().check()

    assert told == f"Notes go to {hub.repo.full_name}, branch “main”."
    assert hub.repo.head == before


async def test_a_check_says_that_a_branch_is_made(hub: Github) -> None:
    told = await hub.connected(branch="web", create_branch=True).check()

    assert "“web”, which the first note makes" in told


async def test_a_check_of_an_empty_repository_is_well(tmp_path: Path) -> None:
    async with github(tmp_path, empty=True) as hub:
        hub.proxy.on("*", "/commits/|/git/", *[refused(409, "Git Repository is empty.")] * 2)
        assert "which the first note makes" in await hub.connected().check()


async def test_a_check_tells_of_another_name(hub: Github) -> None:
    hub.proxy.on("GET", "", changed(lambda about: {**about, "full_name": "reader/new"}))

    assert "(called reader/new by now)" in await hub.connected().check()


@pytest.mark.parametrize(
    ("path", "reply", "code"),
    [
        ("", refused(401, "Bad credentials"), "token-refused"),
        ("", refused(404, "Not Found"), "repository-missing"),
        ("$", changed(lambda about: {**about, "archived": True}), "repository-archived"),
        ("$", changed(lambda about: {**about, "permissions": {"push": False}}), "token-too-narrow"),
        ("/commits/", refused(422, "No commit found for SHA: heads/main"), "branch-missing"),
        (
            "/git/blobs",
            refused(
                403,
                "Resource not accessible by personal access token",
                X_Accepted_GitHub_Permissions="contents=write",
            ),
            "token-too-narrow",
        ),
    ],
)
async def test_a_check_names_what_is_missing(hub: Github, path: str, reply: Any, code: str) -> None:
    hub.proxy.on("*", path, reply)
    with pytest.raises(DeliveryRejected) as raised:
        await hub.connected().check()

    assert raised.value.code == code
    assert raised.value.hint


async def test_a_check_tries_a_token_that_was_refused(hub: Github) -> None:
    hub.proxy.on("GET", "", refused(401, "Bad credentials"))
    with pytest.raises(DeliveryRejected):
        await hub.keep()
    await hub.connected().check()

    assert (await hub.keep()).place.endswith("Tides.md")


def test_ids_are_those_of_git(tmp_path: Path) -> None:
    for number, data in enumerate((b"", b"guidang\n", bytes(range(256)) * 3_000)):
        path = tmp_path / str(number)
        path.write_bytes(data)
        told = subprocess.run(
            ["git", "hash-object", str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout.strip()

        assert file_of(path).id == file_of(data).id == told
