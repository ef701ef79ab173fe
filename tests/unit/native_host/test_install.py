from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from native_host.browsers import BROWSERS, Family, folder_of
from native_host.errors import InstallError
from native_host.install import (
    FIREFOX_ID,
    Finding,
    Registry,
    Target,
    check,
    install,
    uninstall,
    write_launcher,
    write_manifest,
)
from native_host.launcher import launcher_text

SYSTEMS = ("linux", "darwin", "win32")
NAMES = tuple(browser.name for browser in BROWSERS)
DAEMON = Path("/environment/bin/python")


@pytest.fixture
def registry() -> dict[str, str]:
    return {}


def target_for(user: Path, platform: str, registry: Registry) -> Target:
    """A user whose folders are all below *user*."""
    environ = {
        "HOME": str(user),
        "LOCALAPPDATA": str(user / "Local"),
        "APPDATA": str(user / "Roaming"),
    }
    return Target(environ, platform, registry)


def start_once(target: Target, name: str) -> None:
    """Leave behind what a browser leaves when it was started."""
    (browser,) = (browser for browser in BROWSERS if browser.name == name)
    profiles = browser.places(target.platform)[0].profiles
    folder_of(profiles, target.environ).mkdir(parents=True)


def files(user: Path) -> set[Path]:
    return {path for path in user.rglob("*") if path.is_file()}


def failures(target: Target) -> dict[str, Finding]:
    """What `check` finds fault with, but for the launcher of another system than this one."""
    findings = check(target)
    assert all(finding.ok or finding.hint for finding in findings)
    assert all(finding.message.endswith(".") for finding in findings)
    foreign = target.platform == "win32"
    return {
        finding.what: finding
        for finding in findings
        if not finding.ok and not (foreign and finding.what == "launcher")
    }


@pytest.mark.parametrize("platform", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_started_browser_is_led_to_the_launcher(
    tmp_path: Path, registry: dict[str, str], platform: str, name: str
) -> None:
    target = target_for(tmp_path, platform, registry)
    start_once(target, name)

    launcher, manifest = install(target, DAEMON)

    found = json.loads(manifest.read_bytes())
    assert (found["name"], found["type"], found["path"]) == ("guidang", "stdio", str(launcher))
    assert manifest.name == "guidang.json"
    assert launcher.is_absolute()
    if name == "firefox":
        assert found["allowed_extensions"] == [FIREFOX_ID]
        assert "allowed_origins" not in found
    else:
        assert found["allowed_origins"] == ["chrome-extension://aakhkkgafdemjjcaofeacbnbocplhpmd/"]
        assert "allowed_extensions" not in found
    assert failures(target) == {}


@pytest.mark.parametrize("platform", SYSTEMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_named_browser_need_not_have_been_started(
    tmp_path: Path, registry: dict[str, str], platform: str, name: str
) -> None:
    target = target_for(tmp_path, platform, registry)

    other = tmp_path / "other"
    started = target_for(other, platform, {})
    start_once(started, name)

    named = install(target, DAEMON, [name])

    assert [path.relative_to(tmp_path) for path in named] == [
        path.relative_to(other) for path in install(started, DAEMON)
    ]


@pytest.mark.parametrize("platform", SYSTEMS)
def test_uninstall_removes_exactly_what_install_wrote(
    tmp_path: Path, registry: dict[str, str], platform: str
) -> None:
    target = target_for(tmp_path, platform, registry)
    for name in NAMES:
        start_once(target, name)
    registry["Software\\Chromium\\NativeMessagingHosts\\other"] = "C:/other.json"
    other = tmp_path / ".config/chromium/NativeMessagingHosts/other.json"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("{}")
    before, keys = files(tmp_path), dict(registry)

    written = install(target, DAEMON)
    assert files(tmp_path) - before == set(written)

    assert set(uninstall(target)) == set(written)
    assert files(tmp_path) == before
    assert registry == keys
    assert uninstall(target) == []


@pytest.mark.parametrize("text", ['{"path": "/another/guidang-host"}', "[]", "not JSON", "\xff"])
def test_uninstall_leaves_a_manifest_alone_that_leads_elsewhere(tmp_path: Path, text: str) -> None:
    target = target_for(tmp_path, "linux", {})
    start_once(target, "chromium")
    launcher, manifest = install(target, DAEMON)
    manifest.write_text(text, encoding="latin-1")

    assert uninstall(target) == [launcher]
    assert manifest.exists()


def test_uninstall_leaves_a_registry_key_alone_that_names_another_manifest(
    tmp_path: Path, registry: dict[str, str]
) -> None:
    target = target_for(tmp_path, "win32", registry)
    install(target, DAEMON, ["chrome", "edge"])
    registry["Software\\Google\\Chrome\\NativeMessagingHosts\\guidang"] = "C:/another.json"

    uninstall(target)

    assert registry == {
        "Software\\Google\\Chrome\\NativeMessagingHosts\\guidang": "C:/another.json"
    }


def test_on_windows_the_registry_names_the_manifest(
    tmp_path: Path, registry: dict[str, str]
) -> None:
    target = target_for(tmp_path, "win32", registry)

    install(target, DAEMON, ["edge", "firefox"])

    hosts = tmp_path / "Local/guidang/NativeMessagingHosts"
    assert registry == {
        r"Software\Microsoft\Edge\NativeMessagingHosts\guidang": str(
            hosts / "chromium/guidang.json"
        ),
        r"Software\Mozilla\NativeMessagingHosts\guidang": str(hosts / "firefox/guidang.json"),
    }


@pytest.mark.parametrize(
    ("platform", "name", "place"),
    [
        ("linux", "chrome", ".config/google-chrome/NativeMessagingHosts"),
        ("linux", "chromium", ".config/chromium/NativeMessagingHosts"),
        ("linux", "edge", ".config/microsoft-edge/NativeMessagingHosts"),
        ("linux", "brave", ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts"),
        ("linux", "firefox", ".mozilla/native-messaging-hosts"),
        ("darwin", "chrome", "Library/Application Support/Google/Chrome/NativeMessagingHosts"),
        ("darwin", "edge", "Library/Application Support/Microsoft Edge/NativeMessagingHosts"),
        ("darwin", "firefox", "Library/Application Support/Mozilla/NativeMessagingHosts"),
    ],
)
def test_manifests_are_where_the_browsers_say_they_look(
    tmp_path: Path, platform: str, name: str, place: str
) -> None:
    _, manifest = install(target_for(tmp_path, platform, {}), DAEMON, [name])

    assert manifest == tmp_path / place / "guidang.json"


def test_a_moved_config_folder_is_followed(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}

    _, manifest = install(Target(environ, "linux", {}), DAEMON, ["chromium"])

    assert manifest == tmp_path / "config/chromium/NativeMessagingHosts/guidang.json"


def test_firefox_with_its_profiles_in_the_config_folder_gets_no_old_folder(
    tmp_path: Path,
) -> None:
    (tmp_path / ".config/mozilla").mkdir(parents=True)

    _, manifest = install(target_for(tmp_path, "linux", {}), DAEMON)

    assert manifest == tmp_path / ".config/mozilla/native-messaging-hosts/guidang.json"
    assert not (tmp_path / ".mozilla").exists()


def test_an_unknown_browser_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InstallError) as caught:
        install(target_for(tmp_path, "linux", {}), DAEMON, ["chromium", "lynx"])

    assert caught.value.code == "browser-unknown"
    assert "vivaldi" in caught.value.hint
    assert files(tmp_path) == set()


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".config/chromium").mkdir(parents=True)
    (tmp_path / ".config/chromium/NativeMessagingHosts").touch()

    with pytest.raises(InstallError, match="cannot be written"):
        install(target_for(tmp_path, "linux", {}), DAEMON)


def test_install_again_replaces_what_was_there(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    _, manifest = install(target, DAEMON, ["chromium"])
    manifest.write_text("broken")

    install(target, DAEMON, ["chromium"])

    assert failures(target) == {}
    assert not [path for path in files(tmp_path) if path.name.startswith(".")]


def test_a_manifest_can_be_written_for_a_profile_of_its_own(tmp_path: Path) -> None:
    manifest = write_manifest(
        tmp_path / "profile/NativeMessagingHosts", Family.CHROMIUM, Path("/x/guidang-host")
    )

    assert manifest == tmp_path / "profile/NativeMessagingHosts/guidang.json"
    assert json.loads(manifest.read_bytes())["path"] == "/x/guidang-host"


def test_the_launcher_is_for_this_user_alone(tmp_path: Path) -> None:
    launcher = write_launcher(target_for(tmp_path, "linux", {}), DAEMON)

    assert stat.S_IMODE(launcher.stat().st_mode) == 0o700
    assert stat.S_IMODE(launcher.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("odd", ["a b", "it's", 'say "hi"', "$HOME", "`id`", "归档 😀", "a\\b"])
def test_the_launcher_passes_any_path_on(tmp_path: Path, odd: str) -> None:
    root = tmp_path / odd / "root"
    (root / "native_host").mkdir(parents=True)
    (root / "native_host/__main__.py").write_text(
        "import json, os, sys\n"
        "def main():\n"
        "    print(json.dumps([os.environ['GUIDANG_DAEMON'], sys.argv[1:], sys.flags.isolated]))\n"
    )
    interpreter = tmp_path / odd / "python"
    interpreter.symlink_to(sys.executable)
    launcher = tmp_path / "launcher"
    launcher.write_text(
        launcher_text(
            "linux", variables={"GUIDANG_DAEMON": odd}, interpreter=interpreter, root=root
        )
    )

    said = subprocess.check_output(["/bin/sh", launcher, "chrome-extension://id/", "a b"])

    assert json.loads(said) == [odd, ["chrome-extension://id/", "a b"], 1]


def test_the_launcher_keeps_the_folders_that_were_chosen_at_install_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"GUIDANG_HOME": "here", "XDG_CONFIG_HOME": "/config", "LANG": "C"}

    text = write_launcher(Target(environ, "linux", {}), DAEMON).read_text()

    assert f"export GUIDANG_HOME={tmp_path / 'here'}\n" in text
    assert "export XDG_CONFIG_HOME=/config\n" in text
    assert "LANG" not in text


def test_a_batch_file_keeps_percent_signs_and_says_when_it_is_not_ascii() -> None:
    def batch(root: str) -> str:
        return launcher_text(
            "win32",
            variables={"GUIDANG_DAEMON": r"C:\100%\python.exe"},
            interpreter=Path(r"C:\Program Files\Python\python.exe"),
            root=Path(root),
        )

    lines = batch(r"C:\归档").split("\r\n")

    assert lines[0] == "@chcp 65001 >nul"
    assert r'set "GUIDANG_DAEMON=C:\100%%\python.exe"' in lines
    assert lines[-2].startswith(r'"C:\Program Files\Python\python.exe" -ISE -c "import sys; ')
    assert lines[-2].endswith('" "C:\\归档" %*')
    assert batch(r"C:\x").startswith("@echo off\r\n")


def test_check_finds_a_chain_that_was_never_laid(tmp_path: Path) -> None:
    found = failures(target_for(tmp_path, "linux", {}))

    assert set(found) == {"folder", "launcher", "browsers"}


def test_check_finds_a_browser_without_a_manifest(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    install(target, DAEMON)
    start_once(target, "vivaldi")

    found = failures(target)

    assert set(found) == {"vivaldi"}
    assert "guidang install --browser vivaldi" in found["vivaldi"].hint


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"path": "/elsewhere"}'])
def test_check_finds_a_manifest_that_is_not_ours(tmp_path: Path, text: str) -> None:
    target = target_for(tmp_path, "linux", {})
    _, manifest = install(target, DAEMON, ["chromium"])
    manifest.write_text(text)

    assert set(failures(target)) == {"chromium"}


def test_check_finds_a_registry_key_that_is_missing(
    tmp_path: Path, registry: dict[str, str]
) -> None:
    target = target_for(tmp_path, "win32", registry)
    start_once(target, "edge")
    install(target, DAEMON)
    registry.clear()

    assert set(failures(target)) == {"edge"}


def test_check_finds_a_launcher_that_may_not_run(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    launcher, _ = install(target, DAEMON, ["chromium"])
    launcher.chmod(0o600)

    assert "Permission denied" in failures(target)["launcher"].message


def test_check_finds_a_launcher_whose_interpreter_is_gone(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    launcher, _ = install(target, DAEMON, ["chromium"])
    launcher.write_text(
        launcher_text("linux", variables={}, interpreter=Path("/gone/python"), root=tmp_path)
    )

    assert "/gone/python: not found" in failures(target)["launcher"].message


def test_check_finds_a_launcher_whose_host_is_gone(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    launcher, _ = install(target, DAEMON, ["chromium"])
    launcher.write_text(
        launcher_text("linux", variables={}, interpreter=Path(sys.executable), root=tmp_path)
    )

    assert "No module named 'native_host'" in failures(target)["launcher"].message


def test_check_finds_a_folder_that_others_can_write_to(tmp_path: Path) -> None:
    target = target_for(tmp_path, "linux", {})
    install(target, DAEMON, ["chromium"])
    target.state.chmod(0o777)

    assert set(failures(target)) == {"folder"}
