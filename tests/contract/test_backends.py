"""What every backend promises; and, below, the faults of the local one."""

import asyncio
import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.backends import Backend, Progress, connect
from daemon.errors import DeliveryDeferred, DeliveryError, SettingsError
from daemon.model import Asset, Note, Receipt
from daemon.settings import Settings
from tests.contract.conftest import BACKENDS, SITES, Site
from tests.fakes.small_disk import SmallDisk, small_disk
from tests.fakes.surroundings import surroundings


class Saved:
    """What the outbox keeps of a delivery's progress.

    With *lost* the process dies before the save of that number, counted from 1, is on disk.
    """

    def __init__(self, *, lost: int = 0) -> None:
        self.values: list[Any] = [None]
        self._lost = lost

    @property
    def progress(self) -> Progress:
        return Progress(self.values[-1], self.save)

    async def save(self, value: Any) -> None:
        if len(self.values) == self._lost:
            raise Died
        self.values.append(value)


class Died(BaseException):
    """The process has gone; nothing after this happens."""


def a_note(
    markdown: str = "# Tides\n\nThe text.\n", *, title: str = "Tides", id: str | None = None
) -> Note:
    return Note(
        id=id or str(uuid.uuid4()),
        url="https://example.org/tides",
        title=title,
        markdown=markdown,
        archived_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        tags=("tides",),
    )


async def deliver(backend: Backend, note: Note, saved: Saved | None = None) -> Receipt:
    progress = (saved or Saved()).progress
    return await backend.deliver(note, key=f"{note.id}.tested", progress=progress)


async def test_a_note_is_stored_and_its_receipt_says_where(backend: Backend, site: Site) -> None:
    note = a_note()
    receipt = await deliver(backend, note)

    assert site.notes() == {receipt.place: site.written(note)}


@pytest.mark.parametrize(
    "markdown",
    [
        "# 潮汐\n\n中文，标点。「引号」\n",
        "# 😀 👩‍🚀 e\u0301 \u202eabc\n",
        "",
        "no end of line",
        "a\r\nb\rc\u2028d\x85e\0f\n",
        "x" * 3_000_000,
    ],
    ids=["Chinese", "emoji", "empty", "no end", "line ends", "3 MB"],
)
async def test_a_note_reads_back_byte_for_byte(backend: Backend, site: Site, markdown: str) -> None:
    note = a_note(markdown)
    await deliver(backend, note)

    assert list(site.notes().values()) == [site.written(note)]


@pytest.mark.parametrize(
    "title",
    [
        *("..", "CON", "", "a/b\\c:d", "\0", "中" * 3_000, "😀" * 3_000, ".md", "half \ud83d"),
        *(
            "-rf",
            "--help",
            "one\ntwo",
            "\u202eabc\u2066",
            "../../../etc/passwd",
            "[a]*?.md",
            ":(top)",
        ),
    ],
    ids=lambda title: ascii(title)[:20],
)
async def test_any_title_finds_a_place(backend: Backend, site: Site, title: str) -> None:
    receipt = await deliver(backend, a_note(title=title))

    assert list(site.notes()) == [receipt.place]


async def test_two_notes_with_one_title_have_two_places(backend: Backend, site: Site) -> None:
    notes = [a_note(f"note {number}") for number in range(3)]
    receipts = [await deliver(backend, note) for note in notes]

    assert len({receipt.place for receipt in receipts}) == 3
    assert sorted(site.notes().values()) == [site.written(note) for note in notes]


async def test_long_titles_that_differ_at_their_end_have_two_places(
    backend: Backend, site: Site
) -> None:
    notes = [a_note(ending, title="中" * 300 + ending) for ending in "ab"]
    for note in notes:
        await deliver(backend, note)

    assert sorted(site.notes().values()) == [site.written(note) for note in notes]


async def test_the_same_key_stores_once(backend: Backend, site: Site) -> None:
    note, saved = a_note(), Saved()
    first = await deliver(backend, note, saved)
    again = await deliver(backend, note, saved)

    assert again == first
    assert list(site.notes()) == [first.place]


async def test_the_same_key_stores_once_after_a_restart(site: Site) -> None:
    note, saved = a_note(), Saved()
    places = []
    for _ in range(3):
        backend = site.connected()
        places.append((await deliver(backend, note, saved)).place)
        await backend.close()

    assert list(site.notes()) == list(set(places))


async def test_the_same_key_stores_once_when_nobody_remembers_the_first_time(site: Site) -> None:
    before, note = site.connected(), a_note()
    first = await deliver(before, note)
    other = await deliver(before, a_note("# Another\n"))
    await before.close()

    after = site.connected()
    progress = Progress(None, Saved().save, lost=True)
    again = await after.deliver(note, key=f"{note.id}.tested", progress=progress)
    await after.close()

    assert again.place == first.place
    assert set(site.notes()) == {first.place, other.place}


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_the_same_key_stores_once_when_the_last_step_was_lost(site: Site, lost: int) -> None:
    note, saved = a_note(), Saved(lost=lost)
    before = site.connected()
    with contextlib.suppress(Died):  # a kind with fewer steps is done before
        await deliver(before, note, saved)
    await before.close()

    after = site.connected()
    resumed = Saved()
    resumed.values = saved.values
    receipt = await deliver(after, note, resumed)
    await after.close()
    assert site.notes() == {receipt.place: site.written(note)}


async def test_deliveries_at_the_same_time_do_not_mix(backend: Backend, site: Site) -> None:
    notes = [a_note(f"note {number}\n" * 1_000) for number in range(20)]
    receipts = await asyncio.gather(*(deliver(backend, note) for note in notes))

    found = site.notes()
    assert len(found) == 20
    assert [found[receipt.place] for receipt in receipts] == list(map(site.written, notes))


async def test_a_check_says_where_notes_go_and_leaves_nothing(backend: Backend, site: Site) -> None:
    sentence = await backend.check()

    assert sentence.endswith(".")
    assert site.where in sentence
    assert site.notes() == {}


async def test_a_place_that_is_away_defers_and_takes_the_note_later(
    backend: Backend, site: Site
) -> None:
    note, saved = a_note(), Saved()
    earlier = a_note("# Before\n")
    before = await deliver(backend, earlier)
    mend = site.break_it()
    with pytest.raises(DeliveryError) as checked:
        await backend.check()
    with pytest.raises(DeliveryDeferred) as deferred:
        await deliver(backend, note, saved)
    mend()
    receipt = await deliver(backend, note, saved)

    assert site.notes() == {
        before.place: site.written(earlier),
        receipt.place: site.written(note),
    }
    for error in (checked.value, deferred.value):
        assert error.code
        assert error.code == error.code.lower()
        assert error.message.endswith(".")
        assert error.hint


def an_illustrated_note(site: Site, *names: str) -> Note:
    """A note with assets of these names, which are in the spool."""
    for name in names:
        site.spool.keep_asset(name, name.encode())
    assets = tuple(Asset(name, f"https://example.org/{name}") for name in names)
    markdown = "".join(f"![](assets/{name})\n" for name in names)
    return msgspec.structs.replace(a_note(markdown), assets=assets)


async def test_assets_are_stored_once_with_their_notes(backend: Backend, site: Site) -> None:
    first, second = an_illustrated_note(site, "a.png", "b.svg"), an_illustrated_note(site, "b.svg")
    receipts = [await deliver(backend, note) for note in (first, second, first)]

    assert site.assets() == {"a.png": b"a.png", "b.svg": b"b.svg"}
    assert all(receipt.unsaved == () for receipt in receipts)


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_the_same_key_doubles_no_asset_when_the_last_step_was_lost(
    site: Site, lost: int
) -> None:
    note, saved = an_illustrated_note(site, "a.png", "b.png"), Saved(lost=lost)
    before = site.connected()
    with contextlib.suppress(Died):  # a kind with fewer steps is done before
        await deliver(before, note, saved)
    await before.close()

    after = site.connected()
    resumed = Saved()
    resumed.values = saved.values
    receipt = await deliver(after, note, resumed)
    await after.close()
    assert site.notes() == {receipt.place: site.written(note)}
    assert site.assets() == {"a.png": b"a.png", "b.png": b"b.png"}


async def test_an_asset_that_is_gone_is_told_and_costs_the_note_nothing(
    backend: Backend, site: Site
) -> None:
    note = an_illustrated_note(site, "a.png", "b.png")
    site.spool.asset("a.png").unlink()
    receipt = await deliver(backend, note)

    assert site.notes() == {receipt.place: site.written(note)}
    assert site.assets() == {"b.png": b"b.png"}
    assert [(each.url, each.error.code) for each in receipt.unsaved] == [
        ("https://example.org/a.png", "image-lost")
    ]


@pytest.mark.parametrize("kind", BACKENDS)
def test_settings_that_no_kind_knows_are_an_error(kind: str) -> None:
    settings = Settings(backends={"tested": {"kind": kind, "colour": "red"}})

    with pytest.raises(SettingsError) as failed:
        connect("tested", settings, surroundings())

    assert failed.value.code == "settings-invalid"
    assert "tested" in failed.value.message


def test_an_unknown_kind_is_told_with_those_there_are() -> None:
    settings = Settings(backends={"tested": {"kind": "papyrus"}})

    with pytest.raises(SettingsError) as failed:
        connect("tested", settings, surroundings())

    assert failed.value.code == "kind-unknown"
    assert all(kind in failed.value.hint for kind in BACKENDS)


# The local backend's own.


def local(folder: Path | str) -> Backend:
    settings = Settings(backends={"local": {"kind": "local", "folder": str(folder)}})
    return connect("local", settings, surroundings())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 1 << 20) as mounted:
        yield mounted


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("filler"))


def no_links(*_: object) -> None:
    """What FAT says; not every kernel has a FAT to mount, and permissions do not bind root."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def texts(folder: Path) -> list[str]:
    return sorted(path.read_text() for path in folder.iterdir())


def write(path: str, text: str) -> None:
    Path(path).write_text(text)


async def deferred(backend: Backend, note: Note, saved: Saved | None = None) -> DeliveryDeferred:
    with pytest.raises(DeliveryDeferred) as error:
        await deliver(backend, note, saved)
    assert error.value.hint
    return error.value


async def test_the_default_archive_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    given = surroundings(tmp_path / "a" / "archive")
    backend = connect("local", Settings(), given)

    receipt = await deliver(backend, a_note())
    assert receipt.place == str(tmp_path / "a" / "archive" / "Tides.md")
    assert receipt.url == f"file://{receipt.place}"


async def test_a_chosen_folder_is_not_made(tmp_path: Path) -> None:
    error = await deferred(local(tmp_path / "gone"), a_note())

    assert error.code == "folder-missing"
    assert f"{tmp_path}/gone" in error.message
    assert not (tmp_path / "gone").exists()


async def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert (await deferred(local(tmp_path / "file"), a_note())).code == "folder-missing"


async def test_a_folder_is_named_from_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Notes").mkdir()

    assert (await deliver(local("~/Notes"), a_note())).place == str(tmp_path / "Notes" / "Tides.md")


@pytest.mark.parametrize("folder", ["Notes", "./Notes", "~nobody-here/Notes"])
def test_a_folder_that_is_nowhere_certain_is_refused(folder: str) -> None:
    with pytest.raises(SettingsError) as failed:
        local(folder)

    assert failed.value.code == "settings-invalid"
    assert folder in failed.value.message
    assert failed.value.hint


@pytest.mark.mounts
async def test_a_read_only_disk_defers(disk: SmallDisk) -> None:
    note, saved = a_note(), Saved()
    disk.make_read_only()
    error = await deferred(local(disk.folder), note, saved)
    with pytest.raises(DeliveryDeferred) as checked:
        await local(disk.folder).check()
    disk.make_writable()
    await deliver(local(disk.folder), note, saved)

    assert error.code == checked.value.code == "folder-not-writable"
    assert names(disk.folder) == ["Tides.md"]


@pytest.mark.mounts
async def test_a_full_disk_defers_and_is_left_as_it_was(disk: SmallDisk) -> None:
    note, saved = a_note("x" * 100_000), Saved()
    disk.fill()
    error = await deferred(local(disk.folder), note, saved)
    left = names(disk.folder)
    disk.clear()
    await deliver(local(disk.folder), note, saved)

    assert error.code == "disk-full"
    assert left == []
    assert names(disk.folder) == ["Tides.md"]


@pytest.mark.mounts
async def test_a_disk_that_fills_up_in_the_middle_keeps_no_part_of_a_note(disk: SmallDisk) -> None:
    error = await deferred(local(disk.folder), a_note("x" * (2 << 20)))

    assert error.code == "disk-full"
    assert names(disk.folder) == []


async def test_without_hard_links_notes_are_stored_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    backend = local(tmp_path)
    for number in range(3):
        await deliver(backend, a_note(f"note {number}"))

    assert names(tmp_path) == ["Tides (2).md", "Tides (3).md", "Tides.md"]
    assert texts(tmp_path) == ["note 0", "note 1", "note 2"]


async def test_an_asset_that_was_cut_is_made_whole_and_a_whole_one_left(tmp_path: Path) -> None:
    site = SITES["local"](tmp_path)
    backend, note = site.connected(), an_illustrated_note(site, "a.png", "b.png")
    folder = tmp_path / "notes" / "assets"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"a.")
    (folder / "b.png").write_bytes(b"B.PNG")

    await deliver(backend, note)
    assert site.assets() == {"a.png": b"a.png", "b.png": b"B.PNG"}


async def test_no_note_is_seen_before_its_assets_are_there(tmp_path: Path) -> None:
    site = SITES["local"](tmp_path)
    in_the_way = tmp_path / "notes" / "assets"
    in_the_way.touch()
    note = an_illustrated_note(site, "a.png")
    await deferred(site.connected(), note)

    assert site.notes() == {str(in_the_way): b""}
    in_the_way.unlink()
    receipt = await deliver(site.connected(), note)
    assert list(site.notes()) == [receipt.place]
    assert site.assets() == {"a.png": b"a.png"}


async def test_without_hard_links_assets_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    site = SITES["local"](tmp_path)
    note = an_illustrated_note(site, "a.png")
    await deliver(site.connected(), note)

    assert site.assets() == {"a.png": b"a.png"}


@pytest.mark.mounts
async def test_a_disk_that_is_full_keeps_no_part_of_an_asset(
    tmp_path: Path, disk: SmallDisk
) -> None:
    source = tmp_path / "a.png"
    source.write_bytes(b"x" * (2 << 20))
    note = msgspec.structs.replace(a_note(), assets=(Asset("a.png", "https://example.org/a.png"),))
    settings = Settings(backends={"local": {"kind": "local", "folder": str(disk.folder)}})
    backend = connect("local", settings, surroundings(asset=lambda _: source))

    error = await deferred(backend, note)
    assert error.code == "disk-full"
    assert [path for path in disk.folder.rglob("*") if path.is_file()] == []
    source.write_bytes(b"x")
    await deliver(backend, note)
    assert (disk.folder / "assets" / "a.png").read_bytes() == b"x"


@pytest.mark.parametrize("links", [True, False])
async def test_a_name_that_another_program_takes_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    saved = Saved()

    async def take_it_first(value: Any) -> None:
        await saved.save(value)
        if len(saved.values) == 2:
            write(value["path"], "somebody else's")

    note = a_note()
    receipt = await local(tmp_path).deliver(
        note, key="key-key-key.local", progress=Progress(None, take_it_first)
    )

    assert receipt.place == str(tmp_path / "Tides (2).md")
    assert (tmp_path / "Tides.md").read_text() == "somebody else's"
    assert (tmp_path / "Tides (2).md").read_text() == note.markdown
    assert len(names(tmp_path)) == 2


async def test_a_link_that_leads_nowhere_is_a_name_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "Tides.md").symlink_to(tmp_path / "elsewhere")

    receipt = await deliver(local(tmp_path), a_note())

    assert receipt.place == str(tmp_path / "Tides (2).md")
    assert not (tmp_path / "elsewhere").exists()


async def test_no_partial_note_is_ever_seen(tmp_path: Path) -> None:
    """At the last moment before the name is taken, the text is complete and has no name yet."""
    note = a_note("x" * 100_000)
    seen: list[tuple[list[str], list[str]]] = []

    async def look(_: Any) -> None:
        seen.append((names(tmp_path), texts(tmp_path)))

    await local(tmp_path).deliver(note, key="key-key-key.local", progress=Progress(None, look))

    assert seen == [([".key-key-key.local.guidang-part"], [note.markdown])]
    assert names(tmp_path) == ["Tides.md"]


async def test_what_an_interrupted_attempt_left_is_removed(tmp_path: Path) -> None:
    note, saved = a_note(), Saved(lost=1)
    with pytest.raises(Died):
        await deliver(local(tmp_path), note, saved)
    left = names(tmp_path)
    resumed = Saved()
    await deliver(local(tmp_path), note, resumed)

    assert left == [f".{note.id}.tested.guidang-part"]
    assert names(tmp_path) == ["Tides.md"]


async def test_what_a_crash_after_the_name_left_is_removed(tmp_path: Path) -> None:
    note, saved = a_note(), Saved()
    receipt = await deliver(local(tmp_path), note, saved)
    os.link(receipt.place, tmp_path / f".{note.id}.tested.guidang-part")

    again = await deliver(local(tmp_path), note, saved)

    assert again == receipt
    assert names(tmp_path) == ["Tides.md"]


async def test_a_note_that_was_edited_since_a_crash_is_left_alone(tmp_path: Path) -> None:
    note, saved = a_note(), Saved()
    receipt = await deliver(local(tmp_path), note, saved)
    os.link(receipt.place, tmp_path / f".{note.id}.tested.guidang-part")
    write(receipt.place, "edited by the user")

    again = await deliver(local(tmp_path), note, saved)

    assert again.place == str(tmp_path / "Tides (2).md")
    assert texts(tmp_path) == [note.markdown, "edited by the user"]


async def test_a_place_that_was_saved_but_is_not_ours_is_not_taken_for_ours(tmp_path: Path) -> None:
    saved = Saved()
    saved.values.append({"path": str(tmp_path / "Tides.md")})
    (tmp_path / "Tides.md").write_text("somebody else's")

    receipt = await deliver(local(tmp_path), a_note(), saved)

    assert receipt.place == str(tmp_path / "Tides (2).md")


async def test_the_address_of_a_note_is_that_of_a_file(tmp_path: Path) -> None:
    receipt = await deliver(local(tmp_path), a_note(title="100% 潮 #1?"))

    assert receipt.url is not None
    assert receipt.url.endswith("/100%25%20%E6%BD%AE%20%231.md")
