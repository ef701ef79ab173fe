"""File names that every system takes."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daemon.files import LONGEST, file_name

#: As Python's own `ntpath.isreserved` has it from 3.13 on: the part before the first dot counts,
#: spaces at its end do not.
RESERVED = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    *(f"{port}{number}" for port in ("COM", "LPT") for number in "0123456789¹²³"),
}
#: Any text of a page, with what is dangerous in a name more often than chance would have it.
TITLES = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(
        [*sorted(RESERVED), *". / \\ : con a 中 😀 \u202e \u200d e\u0301 \ud800".split(), " ", "\0"]
    ),
    max_size=200,
).map("".join)


def is_reserved(name: str) -> bool:
    return name.partition(".")[0].rstrip(" ").upper() in RESERVED


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Tides", "Tides.md"),
        ("潮汐", "潮汐.md"),
        ("👩‍🚀 in space", "👩‍🚀 in space.md"),
        ("..", "untitled.md"),
        ("", "untitled.md"),
        (" \t\n", "untitled.md"),
        ("CON", "_CON.md"),
        ("con.txt", "_con.txt.md"),
        ("NUL", "_NUL.md"),
        ("LPT1", "_LPT1.md"),
        ("com¹.tar", "_com¹.tar.md"),
        ("con .txt", "_con .txt.md"),
        ("CONIN$", "_CONIN$.md"),
        ("con\u200d", "_con.md"),
        ("Contents", "Contents.md"),
        ("dots and spaces. . .", "dots and spaces.md"),
        (".hidden", "hidden.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("C:\\Windows\\x", "C Windows x.md"),
        ('What? "A|B" <c> *', "What A B c.md"),
        ("one\r\ntwo\tthree", "one two three.md"),
        ("evil\u202egpj.exe", "evil gpj.exe.md"),
        ("bell\x07 and \x9f", "bell and.md"),
        ("NUL\0byte", "NUL byte.md"),
        ("half \ud83d a pair", "half \ufffd a pair.md"),
        ("cafe\u0301", "café.md"),
    ],
)
def test_a_title_becomes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert file_name(title, ".md") == name


@pytest.mark.parametrize("letter", ["a", "中", "😀", "👩‍🚀", "e\u0301"])
def test_a_title_of_3000_characters_fills_the_255_bytes_and_no_more(letter: str) -> None:
    name = file_name(letter * 3_000, ".md")

    size = len(name.encode())
    assert LONGEST - len(letter.encode()) < size <= LONGEST
    assert name.endswith(".md")
    assert unicodedata.normalize("NFC", letter * 3_000).startswith(name.removesuffix(".md"))


def test_the_ending_of_a_long_name_is_kept() -> None:
    name = file_name("中" * 3_000, " (17).md")

    assert name.endswith("中 (17).md")
    assert len(name.encode()) <= LONGEST


@given(TITLES, st.sampled_from([".md", " (2).md", ""]))
@example("con\u200d", ".md")
@example("a" * 250 + " . . .", ".md")
def test_every_text_becomes_a_safe_name(title: str, ending: str) -> None:
    name = file_name(title, ending)

    assert 0 < len(name.encode("utf-8")) <= LONGEST
    assert len(name) > len(ending)
    assert not is_reserved(name)
    assert not set('<>:"/\\|?*') & set(name)
    assert all(unicodedata.category(letter) not in {"Cc", "Cs", "Zl", "Zp"} for letter in name)
    assert name == name.strip(" .")
    assert unicodedata.is_normalized("NFC", name)


@given(TITLES)
def test_a_name_is_its_own_name(title: str) -> None:
    name = file_name(title, ".md")

    assert file_name(name.removesuffix(".md"), ".md") == name


@pytest.mark.parametrize("letter", ["a", "中", "😀", "\u202e", "\ud800", ".", "/"])
def test_the_longest_name_is_taken_by_this_file_system(letter: str, tmp_path: Path) -> None:
    name = file_name(letter * 3_000, ".md")
    (tmp_path / name).touch()

    assert [path.name for path in tmp_path.iterdir()] == [name]
