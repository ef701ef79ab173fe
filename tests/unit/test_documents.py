"""The documents are true to the code."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import subprocess
import sys
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daemon import backends, summarizers
from daemon import settings as settings_file
from daemon.backends import Progress
from daemon.model import Draft, Note, Receipt
from daemon.settings import Settings
from native_host.frames import parse
from tests.fakes import summarizing
from tests.fakes.surroundings import surroundings
from tests.unit import documents
from tests.unit.documents import DOCUMENTS, MODULES, READMES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

CODES = {
    "Of the daemon and the command line": lambda: documents.python_codes("daemon"),
    "Of the native host and its installer": lambda: documents.python_codes("native_host"),
    "Of the extension": documents.javascript_codes,
}
#: The page that shows every picture of `docs/screens/`.
GALLERY = "docs/screens/README.md"


@pytest.mark.parametrize("title", CODES)
def test_every_error_code_stands_in_the_protocol_and_no_other(title: str) -> None:
    told = documents.first_cells("PROTOCOL.md", title)

    assert sorted(told) == sorted(CODES[title]())


def test_every_route_stands_in_the_protocol_and_no_other() -> None:
    told = re.findall(
        r"^### `(.+)`$", documents.section("PROTOCOL.md", "Requests"), flags=re.MULTILINE
    )

    assert sorted(told) == sorted(documents.routes())


def test_every_event_stands_in_the_protocol_with_its_fields() -> None:
    told = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1]))
        for row in documents.rows("PROTOCOL.md", "Events")
    }

    assert told == documents.events()


def test_every_example_of_the_protocol_is_the_one_that_both_languages_read() -> None:
    shown = re.findall(
        r"\(tests/contract/messages/([\w-]+\.json)\)\n\n```json\n(.*?)^```",
        documents.read("PROTOCOL.md"),
        flags=re.MULTILINE | re.DOTALL,
    )

    assert len(shown) == len(documents.blocks("PROTOCOL.md", "json"))
    for name, example in shown:
        assert json.loads(example) == json.loads(
            documents.read(f"tests/contract/messages/{name}")
        ), name


def test_every_frame_of_the_protocol_is_one() -> None:
    (requests,) = documents.blocks("PROTOCOL.md", "jsonl", under="From the extension")
    (answers,) = documents.blocks("PROTOCOL.md", "jsonl", under="From the host")

    for line in requests.splitlines():
        parse(line.encode())
    for line in answers.splitlines():
        assert json.loads(line).keys() - {"body", "more"} == {"id", "status"}


@pytest.mark.parametrize("folder", MODULES)
def test_every_module_is_on_the_map_and_no_other(folder: str) -> None:
    told = documents.first_cells("ARCHITECTURE.md", f"{folder}/")

    assert sorted(told) == sorted(documents.modules(folder))


def test_the_layers_are_those_that_are_checked() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    checked = config["importlinter:contract:daemon"]["layers"].strip()
    (told,) = documents.blocks("ARCHITECTURE.md", "", under="Who may import whom")

    assert told.strip() == checked


def test_every_invariant_is_held_by_a_test() -> None:
    text = documents.section("ARCHITECTURE.md", "Invariants")
    invariants = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]

    assert len(invariants) == 8
    for invariant in invariants:
        assert re.search(r"\]\(tests/", invariant), invariant


@pytest.mark.parametrize(
    ("title", "count"), [("When a service fails", 18), ("When Feishu says no", 21)]
)
def test_every_fault_of_a_service_is_held_by_a_test(title: str, count: int) -> None:
    faults = documents.rows("ARCHITECTURE.md", title)

    assert len(faults) == count
    for fault in faults:
        assert re.search(r"\]\(tests/", fault[-1]), fault


def test_every_test_that_is_named_exists() -> None:
    named = [
        (text.strip("`"), path)
        for name in DOCUMENTS
        for text, path, _ in documents.links(name)
        if text.startswith("`") and path.startswith("tests/")
    ]

    assert named
    for test, path in named:
        source = documents.read(path)
        assert f"def {test}(" in source or f'test("{test}"' in source, f"{test} in {path}"


@pytest.mark.parametrize("name", READMES)
def test_every_command_stands_in_the_readmes_and_no_other(name: str) -> None:
    told = [
        re.sub(r" (?:--jsonl|[A-Z\\|-]+)$", "", cell)
        for cell in documents.first_cells(name, READMES[name]["commands"])
    ]

    assert sorted(told) == sorted(documents.commands())


def test_every_make_target_stands_in_the_guide() -> None:
    help_ = subprocess.run(
        ["make", "--no-print-directory", "--directory", str(ROOT), "help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    targets = [f"make {line.split()[0]}" for line in help_.splitlines()]

    assert sorted(documents.first_cells("CONTRIBUTING.md", "Commands")) == sorted(targets)


@pytest.mark.parametrize("name", READMES)
def test_every_setting_stands_in_the_readmes_with_its_default(name: str) -> None:
    rows = documents.rows(name, READMES[name]["settings"])
    told = {row[0].strip("`"): row[1].strip("`") for row in rows if row[0].startswith("`")}
    found = documents.settings()

    assert told.keys() == found.keys()
    for setting, default in found.items():
        expected = "NAME" if default == "NAME" else json.dumps(default)
        assert told[setting] == expected, setting


def test_the_readmes_have_the_same_sections_commands_and_examples() -> None:
    english, chinese = (
        (
            [level for level, _ in documents.headings(name)],
            documents.blocks(name, "sh"),
            documents.blocks(name, "toml"),
            sorted(path for _, path, _ in documents.links(name) if path not in READMES),
        )
        for name in READMES
    )

    assert chinese == english


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_name_versions_and_shortcuts_of_the_manifest(name: str) -> None:
    manifest = json.loads(documents.read("manifest.json"))
    text = documents.read(name)

    firefox = manifest["browser_specific_settings"]["gecko"]["strict_min_version"]
    assert f"Chrome {manifest['minimum_chrome_version']} |" in text
    assert f"| Firefox | {firefox.removesuffix('.0')} |" in text
    for command in manifest["commands"].values():
        assert command["suggested_key"]["default"] in text
    for permission in manifest["permissions"]:
        assert f"`{permission}`" in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    for text, path, anchor in documents.links(name):
        target = path or name
        assert (ROOT / target).exists(), f"{text}: {path}"
        if anchor:
            assert anchor in documents.anchors(target), f"{text}: {path}#{anchor}"


@pytest.mark.parametrize("name", READMES)
def test_every_picture_is_there_in_both_themes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    light = re.findall(r'<img src="([^"]+)-light.png"', text)
    dark = re.findall(r'srcset="([^"]+)-dark.png"', text)

    assert light
    assert light == dark
    for path in light:
        for theme in ("light", "dark"):
            assert (ROOT / f"{path}-{theme}.png").is_file(), path


def test_every_screen_is_shown_once_in_both_languages_and_themes() -> None:
    pictures = {path.name for path in (ROOT / "docs/screens").glob("*.png")}
    shown = re.findall(r'<img src="([^"]+)"', documents.read(GALLERY))
    screens = {re.sub(r"-(?:en|zh-CN)-(?:light|dark)\.png$", "", name) for name in shown}

    assert sorted(shown) == sorted(pictures)
    assert len(shown) == len(screens) * 4


def test_every_link_of_the_page_of_screens_leads_to_a_heading() -> None:
    anchors = documents.anchors(GALLERY)

    assert documents.links(GALLERY)
    for text, path, anchor in documents.links(GALLERY):
        assert path == ""
        assert anchor in anchors, text


def test_every_package_that_is_installed_is_named_with_its_licence() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    required = [line.split()[0] for line in config["options"]["install_requires"].split("\n")[1:]]

    assert [row[0] for row in documents.rows("THIRD-PARTY.md", "Used directly")] == required


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_every_example_of_settings_is_valid(name: str, tmp_path: Path) -> None:
    for example in documents.blocks(name, "toml"):
        file = tmp_path / "settings.toml"
        file.write_text(example, "utf-8")

        assert settings_file.load(file) != Settings()


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The modules that ARCHITECTURE.md shows, as if they lay in their folders."""
    written = []
    for code in documents.blocks("ARCHITECTURE.md", "python"):
        path = Path(code.partition("\n")[0].removeprefix("# "))
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(code, "utf-8")
        written.append(".".join(path.with_suffix("").parts))
    for package in (backends, summarizers):
        folder = str(tmp_path / package.__name__.replace(".", "/"))
        monkeypatch.setattr(package, "__path__", [*package.__path__, folder])
    importlib.invalidate_caches()
    yield
    for name in written:
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("example")
def test_the_backend_of_the_guide_stores_once(tmp_path: Path) -> None:
    table = {"kind": "bykey", "folder": str(tmp_path)}
    backend = backends.connect("drawer", Settings(backends={"drawer": table}), surroundings())
    note = Note(id="0b6f6a3e", url="", title="T", markdown="# T\n", archived_at=datetime.now(UTC))

    async def save(_: Any) -> None:
        raise AssertionError("it has nothing to save")

    async def stored_twice() -> list[Receipt]:
        progress = Progress(None, save)
        return [
            await backend.deliver(note, key="0b6f6a3e.drawer", progress=progress) for _ in range(2)
        ]

    receipts = asyncio.run(stored_twice())

    assert [path.name for path in tmp_path.glob("*.*")] == ["0b6f6a3e.drawer.md"]
    assert Path(receipts[0].place).read_text("utf-8") == "# T\n"
    assert receipts[0] == receipts[1]


@pytest.mark.usefixtures("example")
def test_the_summarizer_of_the_guide_writes_a_summary() -> None:
    given = summarizing.surroundings()
    summarizer = summarizers.connect({"kind": "beginning", "characters": 5}, given)
    draft = Draft(url="", title="T", markdown="", text="A first paragraph.")

    async def written() -> str:
        pieces = [piece async for piece in summarizer.summarize(draft, language="en")]
        return summarizers.joined(pieces, "beginning").markdown

    assert "#### Core content\n\nA fir\n\n" in asyncio.run(written())
