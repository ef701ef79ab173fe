"""A folder is known again, and what lies in its place is not taken for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daemon.errors import DeliveryDeferred, StorageError
from daemon.presence import Folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notes"
    made.mkdir()
    return made


@pytest.fixture
def folders(tmp_path: Path, folder: Path) -> Folders:
    """They know *folder*."""
    known = Folders(tmp_path / "state")
    known.recognize(folder)
    return known


def refused(folders: Folders, folder: Path) -> DeliveryDeferred:
    with pytest.raises(DeliveryDeferred) as error:
        folders.recognize(folder)
    assert error.value.code == "folder-missing"
    return error.value


def swap(folder: Path) -> Path:
    """Leave an empty folder in its place, as a disk does that is unmounted; where it is now."""
    away = folder.rename(folder.with_name("away"))
    folder.mkdir()
    return away


def test_an_empty_folder_in_its_place_is_not_taken_for_it(folders: Folders, folder: Path) -> None:
    swap(folder)

    assert "is empty" in refused(folders, folder).message
    assert list(folder.iterdir()) == []


def test_it_is_known_when_it_is_back(folders: Folders, folder: Path) -> None:
    away = swap(folder)
    refused(folders, folder)
    folder.rmdir()
    away.rename(folder)

    folders.recognize(folder)


@pytest.mark.parametrize("hidden", [".DS_Store", ".Trash-1000"])
def test_what_systems_leave_in_a_mount_point_makes_it_no_folder_of_notes(
    folders: Folders, folder: Path, hidden: str
) -> None:
    swap(folder)
    (folder / hidden).touch()

    refused(folders, folder)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path, folders: Folders) -> None:
    with pytest.raises(FileNotFoundError):
        folders.recognize(tmp_path / "nowhere")

    assert not (tmp_path / "nowhere").exists()


def test_a_state_that_takes_no_file_is_told_as_such(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "state").touch()

    with pytest.raises(StorageError) as error:
        Folders(tmp_path / "state").recognize(folder)
    assert error.value.code == "storage-failed"


def test_it_is_known_although_its_user_has_moved_all_notes_elsewhere(
    folders: Folders, folder: Path
) -> None:
    note = folder / "Tides.md"
    note.touch()
    folders.recognize(folder)
    note.unlink()

    folders.recognize(folder)


def test_a_folder_that_was_restored_with_its_notes_is_taken_for_it(
    folders: Folders, folder: Path
) -> None:
    swap(folder)
    (folder / "Tides.md").touch()
    folders.recognize(folder)
    (folder / "Tides.md").unlink()

    folders.recognize(folder)


def test_the_hint_says_how_the_folder_is_taken_nevertheless(folders: Folders, folder: Path) -> None:
    swap(folder)
    [file] = re.findall(r"delete the file (.*)\.$", refused(folders, folder).hint)
    Path(file).unlink()

    folders.recognize(folder)
    folders.recognize(folder)


def test_nothing_is_left_in_the_folder(folders: Folders, folder: Path) -> None:
    assert list(folder.iterdir()) == []
