"""The settings of the local backend: names, versions, snapshots and commits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from daemon import git as git_program
from daemon.backends import Backend, Progress, connect
from daemon.errors import DeliveryDeferred, DeliveryRejected, SettingsError, SnapshotError
from daemon.extract import parse
from daemon.model import Fault, Note, Receipt
from daemon.settings import Settings
from daemon.snapshot import snapshot_of
from tests.contract.test_backends import Saved
from tests.fakes.small_disk import SmallDisk, small_disk
from tests.fakes.surroundings import surroundings

URL = "https://example.org/tides"


class Archive:
    """A local backend with a memory of its receipts, as the library keeps it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.settings = settings
        self.receipts: list[Receipt] = []
        self.page: bytes | None = None

    def connected(self) -> Backend:
        async def earlier(note: Note) -> list[Receipt]:
            return self.receipts[::-1] if note.url == URL else []

        async def snapshot(_: str) -> bytes:
            if self.page is None:
                raise SnapshotError("snapshot-not-made", "It is not kept.")
            return self.page

        table = {"kind": "local", "folder": str(self.folder), **self.settings}
        given = surroundings(earlier=earlier, snapshot=snapshot)
        return connect("local", Settings(backends={"local": table}), given)

    async def keep(self, note: Note, saved: Saved | None = None) -> Receipt:
        progress = (saved or Saved()).progress
        receipt = await self.connected().deliver(note, key=f"{note.id}.local", progress=progress)
        self.receipts.append(receipt)
        return receipt

    @property
    def files(self) -> dict[str, str]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_text("utf-8")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }


class WorkTree(Archive):
    """The same in a working tree of git."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, git=True, **settings)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        run = subprocess.run(
            ["git", "-c", "user.name=U", "-c", "user.email=u@example.org", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert run.returncode == 0 or arguments[0] == "merge", run.stderr
        return run.stdout

    def hook(self, script: str) -> None:
        hook = self.folder / ".git/hooks/pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{script}\n")
        hook.chmod(0o755)

    @property
    def commits(self) -> list[str]:
        return self.git("log", "--reverse", "--format=%s").splitlines()


def a_note(text: str = "the text", **fields: Any) -> Note:
    return Note(
        **{
            "id": str(uuid.uuid4()),
            "url": URL,
            "title": "Tides",
            "markdown": text,
            "archived_at": datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
            "site": "Example",
            **fields,
        }
    )


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 1 << 20) as mounted:
        yield mounted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "vault"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The git settings of whoever runs the tests do not count."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


# Names.


async def test_templates_name_subfolder_and_file(folder: Path) -> None:
    archive = Archive(
        folder,
        subfolder="{{ archived.year }}/{{ site }}",
        name="{{ archived.strftime('%Y-%m-%d') }} {{ title }}",
    )

    receipt = await archive.keep(a_note())

    assert archive.files == {"2026/Example/2026-11-20 Tides.md": "the text"}
    assert receipt.place == str(folder / "2026/Example/2026-11-20 Tides.md")


async def test_a_part_that_is_empty_makes_no_subfolder(folder: Path) -> None:
    archive = Archive(folder, subfolder="/{{ site }}/./{{ language }}//")

    await archive.keep(a_note(site=None))

    assert list(archive.files) == ["Tides.md"]


@pytest.mark.parametrize(
    "text",
    ["..", "../..", "/etc", "a/../../..", "..\\..", ".git", "~", "\0", "CON", "中" * 3_000, "-rf",
     "\u202e", "a\n/b", "😀" * 300],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
async def test_a_page_never_chooses_a_place_outside(folder: Path, text: str) -> None:
    archive = Archive(folder, subfolder="a/{{ site }}", name="{{ title }}{{ byline }}")

    receipt = await archive.keep(a_note(title=text, site=text, byline=text))

    place = Path(receipt.place)
    assert list(archive.files.values()) == ["the text"]
    assert ".." not in place.parts
    assert len(place.relative_to(folder / "a").parts) <= 2
    assert all(len(part.encode()) <= 255 for part in place.parts)
    assert not place.parent.name.startswith((".", "CON"))


async def test_a_subfolder_that_is_a_link_is_the_users_own_business(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "Example").symlink_to(tmp_path / "elsewhere")

    await Archive(folder, subfolder="{{ site }}").keep(a_note())

    assert (tmp_path / "elsewhere" / "Tides.md").read_text() == "the text"


async def test_a_subfolder_that_is_a_file_defers(folder: Path) -> None:
    (folder / "Example").touch()

    with pytest.raises(DeliveryDeferred) as deferred:
        await Archive(folder, subfolder="{{ site }}").keep(a_note())

    assert deferred.value.code == "folder-failed"


@pytest.mark.parametrize("name", ["{{ site }}", "{{ title }}" * 100, "   ", ".."])
async def test_any_name_is_free_or_gets_a_number(folder: Path, name: str) -> None:
    archive = Archive(folder, name=name)
    for number in range(3):
        await archive.keep(a_note(f"note {number}"))

    assert sorted(archive.files.values()) == ["note 0", "note 1", "note 2"]


@pytest.mark.parametrize(
    "table",
    [
        {"folder": "Notes"},
        {"subfolder": "{{ "},
        {"name": "{{ titel }}"},
        {"again": "append"},
        {"git": "yes"},
    ],
    ids=str,
)
def test_what_can_never_work_is_refused_with_the_settings(
    folder: Path, table: dict[str, Any]
) -> None:
    archive = Archive(folder)
    archive.settings = table

    with pytest.raises(SettingsError) as refused:
        archive.connected()

    assert refused.value.code == "settings-invalid"


# The same URL again.


async def test_the_same_url_again_is_a_version_beside_the_first(folder: Path) -> None:
    archive = Archive(folder)
    await archive.keep(a_note("one"))
    await archive.keep(a_note("two"))

    assert archive.files == {"Tides (2).md": "two", "Tides.md": "one"}


async def test_the_same_url_again_overwrites(folder: Path) -> None:
    archive = Archive(folder, again="overwrite")
    first = await archive.keep(a_note("one"))
    second = await archive.keep(a_note("two", title="Another title"))
    third = await archive.keep(a_note("three"))

    assert archive.files == {"Tides.md": "three"}
    assert first.place == second.place == third.place
    assert len({first.revision, second.revision, third.revision}) == 3


async def test_another_page_of_the_same_title_is_not_overwritten(folder: Path) -> None:
    archive = Archive(folder, again="overwrite")
    await archive.keep(a_note("one"))
    await archive.keep(a_note("two", url="https://example.org/other"))

    assert archive.files == {"Tides (2).md": "two", "Tides.md": "one"}


async def test_a_note_that_its_user_has_changed_is_not_overwritten(folder: Path) -> None:
    archive = Archive(folder, again="overwrite")
    await archive.keep(a_note("one"))
    (folder / "Tides.md").write_text("mine")
    await archive.keep(a_note("two"))
    await archive.keep(a_note("three"))

    assert archive.files == {"Tides (2).md": "three", "Tides.md": "mine"}


async def test_a_note_that_changes_at_the_last_moment_is_not_overwritten(folder: Path) -> None:
    archive = Archive(folder, again="overwrite")
    await archive.keep(a_note("one"))
    times = iter(range(9))

    async def change_it(_: Any) -> None:
        if next(times) == 0:
            (folder / "Tides.md").write_text("mine")

    await archive.connected().deliver(
        a_note("two"), key="key-key-key.local", progress=Progress(None, change_it)
    )

    assert archive.files == {"Tides (2).md": "two", "Tides.md": "mine"}


async def test_a_receipt_for_a_place_outside_of_the_folder_is_passed_over(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    before = Archive(other)
    archive = Archive(folder, again="overwrite")
    archive.receipts.append(await before.keep(a_note("one")))

    await archive.keep(a_note("two"))

    assert (before.files, archive.files) == ({"Tides.md": "one"}, {"Tides.md": "two"})


async def test_the_same_url_again_is_skipped(folder: Path) -> None:
    archive = Archive(folder, again="skip")
    first = await archive.keep(a_note("one"))

    assert await archive.keep(a_note("two")) == first
    assert archive.files == {"Tides.md": "one"}


async def test_a_note_that_was_deleted_is_not_skipped(folder: Path) -> None:
    archive = Archive(folder, again="skip")
    await archive.keep(a_note("one"))
    (folder / "Tides.md").unlink()
    await archive.keep(a_note("two"))

    assert archive.files == {"Tides.md": "two"}


@pytest.mark.mounts
async def test_on_a_full_disk_what_is_to_be_overwritten_stays(disk: SmallDisk) -> None:
    archive = Archive(disk.folder, again="overwrite")
    await archive.keep(a_note("one"))
    disk.fill()
    note, saved = a_note("x" * 100_000), Saved()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(note, saved)
    left = (disk.folder / "Tides.md").read_text()
    disk.clear()
    await archive.keep(note, saved)

    assert deferred.value.code == "disk-full"
    assert left == "one"
    assert archive.files == {"Tides.md": note.markdown}


@pytest.mark.mounts
async def test_on_a_full_disk_no_subfolder_takes_a_part_of_a_note(disk: SmallDisk) -> None:
    archive = Archive(disk.folder, subfolder="{{ archived.year }}/{{ site }}")
    disk.fill()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(a_note("x" * 100_000))
    disk.clear()

    assert deferred.value.code == "disk-full"
    assert archive.files == {}


# Snapshots.


def page(text: str = "page") -> bytes:
    return snapshot_of(parse(f"<p>{text}</p>"), url=URL, images={})


async def test_a_snapshot_lies_beside_its_note(folder: Path) -> None:
    archive = Archive(folder, snapshot=True, subfolder="{{ site }}")
    archive.page = page()
    receipt = await archive.keep(a_note(title="Tides v1.2"))

    assert receipt.warning is None
    assert archive.files == {
        "Example/Tides v1.2.html": page().decode(),
        "Example/Tides v1.2.md": "the text",
    }


async def test_note_and_snapshot_have_one_name_that_is_free_for_both(folder: Path) -> None:
    (folder / "Tides.html").write_text("mine")
    archive = Archive(folder, snapshot=True)
    archive.page = page()
    await archive.keep(a_note())

    assert list(archive.files) == ["Tides (2).html", "Tides (2).md", "Tides.html"]
    assert archive.files["Tides.html"] == "mine"


async def test_a_page_that_is_not_kept_any_longer_holds_up_no_note(folder: Path) -> None:
    archive = Archive(folder, snapshot=True)
    receipt = await archive.keep(a_note())

    assert archive.files == {"Tides.md": "the text"}
    assert receipt.warning == Fault("snapshot-not-made", "It is not kept.")


@pytest.mark.parametrize("changed", [False, True])
async def test_the_snapshot_of_an_overwritten_note_is_overwritten_unless_changed(
    folder: Path, *, changed: bool
) -> None:
    archive = Archive(folder, snapshot=True, again="overwrite")
    archive.page = page("one")
    await archive.keep(a_note("one"))
    if changed:
        (folder / "Tides.html").write_bytes(page("one") + b"mine")
    archive.page = page("two")
    await archive.keep(a_note("two"))

    new = "Tides (2).html" if changed else "Tides.html"
    assert archive.files[new] == page("two").decode()
    assert len(archive.files) == 2 + changed
    assert archive.files["Tides.md"] == "two"


# Commits.


async def test_each_note_is_one_commit_and_its_id_the_revision(folder: Path) -> None:
    archive = WorkTree(folder, snapshot=True, subfolder="{{ site }}")
    archive.page = page()
    receipts = [await archive.keep(a_note(f"note {number}")) for number in range(2)]

    assert archive.commits == ["Archive “Tides”", "Archive “Tides (2)”"]
    assert archive.git("status", "--porcelain") == ""
    assert archive.git("rev-parse", "HEAD~", "HEAD").split() == [
        receipt.revision for receipt in receipts
    ]
    assert archive.git("show", "--name-only", "--format=", "HEAD").splitlines() == [
        "Example/Tides (2).html",
        "Example/Tides (2).md",
    ]


async def test_the_author_is_whom_git_knows_or_else_guidang(folder: Path) -> None:
    archive = WorkTree(folder)
    await archive.keep(a_note("one"))
    archive.git("config", "user.name", "Reader")
    archive.git("config", "user.email", "reader@example.org")
    await archive.keep(a_note("two"))

    assert archive.git("log", "--reverse", "--format=%an <%ae>").splitlines() == [
        "Guidang <guidang@localhost>",
        "Reader <reader@example.org>",
    ]


async def test_what_else_is_staged_or_changed_stays_as_it_is(folder: Path) -> None:
    archive = WorkTree(folder)
    for name in ("staged", "changed", "untracked"):
        (folder / name).write_text("before")
    archive.git("add", "staged", "changed")
    archive.git("commit", "--quiet", "--message=mine")
    (folder / "staged").write_text("after")
    (folder / "changed").write_text("after")
    archive.git("add", "staged")
    before = archive.git("status", "--porcelain")

    await archive.keep(a_note())

    assert archive.git("status", "--porcelain") == before
    assert archive.git("show", "--name-only", "--format=", "HEAD") == "Tides.md\n"


@pytest.mark.parametrize(
    "title", ["-rf", "--help", "[a]*", ":(exclude)x", "# a", "a\nb c", "中\\文"]
)
async def test_no_title_is_an_option_or_a_pattern(folder: Path, title: str) -> None:
    archive = WorkTree(folder)
    (folder / "a.md").write_text("mine")
    archive.git("add", "a.md")
    archive.git("commit", "--quiet", "--message=mine")
    (folder / "a.md").write_text("mine, changed")

    await archive.keep(a_note(title=title))

    assert len(archive.commits) == 2
    assert archive.git("status", "--porcelain") == " M a.md\n"


async def test_the_environment_points_git_nowhere_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = WorkTree(folder)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

    await archive.keep(a_note())

    monkeypatch.undo()
    assert archive.commits == ["Archive “Tides”"]


async def test_a_note_that_git_knows_unchanged_is_overwritten_another_is_not(folder: Path) -> None:
    archive = WorkTree(folder, again="overwrite")
    await archive.keep(a_note("one"))
    await archive.keep(a_note("two"))
    (folder / "Tides.md").write_text("mine")
    await archive.keep(a_note("three"))

    assert archive.files == {"Tides (2).md": "three", "Tides.md": "mine"}
    assert archive.git("show", "HEAD~:Tides.md") == "two"


@pytest.mark.parametrize("revision", ["--help", "HEAD:x", "", "abc", "HEAD"])
async def test_a_revision_of_a_receipt_is_no_option(folder: Path, revision: str) -> None:
    archive = WorkTree(folder)
    await archive.keep(a_note())
    (folder / "Tides.md").write_text("mine")

    assert not await git_program.is_unchanged(folder, folder / "Tides.md", revision)


async def test_a_hook_that_fails_is_told_and_the_note_lies_there(folder: Path) -> None:
    archive = WorkTree(folder)
    archive.hook("echo 'no notes today' >&2; exit 1")
    note, saved = a_note(), Saved()
    with pytest.raises(DeliveryRejected) as rejected:
        await archive.keep(note, saved)
    left = archive.files
    archive.hook("exit 0")
    (folder / "Tides.md").write_text("mended by the user")
    receipt = await archive.keep(note, saved)

    assert rejected.value.code == "git-refused"
    assert "no notes today" in rejected.value.message
    assert left == {"Tides.md": "the text"}
    assert archive.files == {"Tides.md": "mended by the user"}
    assert archive.git("rev-parse", "HEAD").strip() == receipt.revision


async def test_a_hook_that_hangs_is_ended_with_its_children(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_program, "LIMIT", 1.0)
    archive = WorkTree(folder)
    archive.hook("sleep 1000")
    note, saved = a_note(), Saved()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(note, saved)
    archive.hook("exit 0")
    await archive.keep(note, saved)

    assert deferred.value.code == "git-timeout"
    assert archive.commits == ["Archive “Tides”"]


async def test_an_index_that_somebody_locked_defers(folder: Path) -> None:
    archive = WorkTree(folder)
    note, saved = a_note(), Saved()
    (folder / ".git/index.lock").touch()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(note, saved)
    (folder / ".git/index.lock").unlink()
    await archive.keep(note, saved)

    assert deferred.value.code == "git-busy"
    assert "index.lock" in deferred.value.hint
    assert archive.files == {"Tides.md": "the text"}
    assert archive.commits == ["Archive “Tides”"]


async def test_a_merge_under_way_is_not_touched(folder: Path) -> None:
    archive = WorkTree(folder)
    for branch, text in (("main", "0"), ("other", "1"), ("main", "2")):
        if archive.git("branch", "--list", "main"):
            archive.git("checkout", "--quiet", *(["-b"] if branch == "other" else []), branch)
        (folder / "file").write_text(text)
        archive.git("add", "file")
        archive.git("commit", "--quiet", f"--message={text}")
    archive.git("merge", "other")
    before = archive.git("status", "--porcelain", "file")
    note, saved = a_note(), Saved()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(note, saved)
    with pytest.raises(DeliveryDeferred) as checked:
        await archive.connected().check()
    during = archive.git("status", "--porcelain", "file")
    archive.git("merge", "--abort")
    await archive.keep(note, saved)

    assert deferred.value.code == checked.value.code == "git-busy"
    assert "merge" in deferred.value.message
    assert before == during == "AA file\n" or before == during == "UU file\n"
    assert archive.files["Tides.md"] == "the text"
    assert archive.commits[-1] == "Archive “Tides”"


async def test_a_folder_that_is_no_working_tree_is_told_beforehand(folder: Path) -> None:
    archive = Archive(folder, git=True)
    with pytest.raises(DeliveryDeferred) as checked:
        await archive.connected().check()
    with pytest.raises(DeliveryDeferred) as deferred:
        await archive.keep(a_note())

    assert deferred.value.code == checked.value.code == "git-no-work-tree"
    assert "git init" in checked.value.hint
    assert archive.files == {"Tides.md": "the text"}


async def test_a_machine_without_git_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = WorkTree(folder)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(DeliveryDeferred) as checked:
        await archive.connected().check()

    assert checked.value.code == "git-missing"


async def test_a_note_that_git_is_to_ignore_is_told(folder: Path) -> None:
    archive = WorkTree(folder)
    (folder / ".gitignore").write_text("*.md\n")
    with pytest.raises(DeliveryRejected) as rejected:
        await archive.keep(a_note())

    assert rejected.value.code == "git-refused"
    assert (folder / "Tides.md").read_text() == "the text"


# Crashes.


@pytest.mark.timeout(300)
@pytest.mark.parametrize("settings", [{"again": "overwrite"}, {"git": True}, {"snapshot": True},
                                      {"again": "overwrite", "snapshot": True, "git": True}],
                         ids=str)  # fmt: skip
def test_killed_at_any_line_a_delivery_goes_on_and_stores_once(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.fakes.killed_delivery", str(tmp_path), json.dumps(settings)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert int(run.stdout) > 40, "so many places to be killed at"


def test_the_harness_of_crashes_sees_a_note_that_is_stored_twice() -> None:
    from tests.fakes.killed_delivery import faults

    kept = {"Tides.md": b"new", "Tides (2).md": b"new"}
    assert faults(kept, {}, commits=[]) != []
