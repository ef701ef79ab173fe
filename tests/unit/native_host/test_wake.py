from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_host.errors import UnreachableError
from native_host.install import Target, write_launcher
from native_host.socket_client import address, request
from native_host.wake import wake
from tests.fakes.browser_port import BrowserPort
from tests.fakes.daemon_process import write_script
from tests.fakes.http_socket import HttpSocket, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environ(home: Path) -> Iterator[dict[str, str]]:
    """With a stand-in daemon that can be started, and is stopped in the end."""
    script = write_script(home / "a daemon", sys.executable, ROOT)
    environ = {**os.environ, "GUIDANG_HOME": str(home), "GUIDANG_DAEMON": str(script)}
    yield environ
    if (home / "daemon.sock").exists():
        os.kill(daemon_pid(environ), signal.SIGTERM)


def daemon_pid(environ: dict[str, str]) -> int:
    _, body = request(address(environ, sys.platform), "GET", "/status")
    return int(body)


def starts(home: Path) -> list[str]:
    return (home / "starts").read_text().splitlines()


def test_a_daemon_answers_after_waking(home: Path, environ: dict[str, str]) -> None:
    wake(environ, sys.platform)

    assert daemon_pid(environ) != os.getpid()
    assert starts(home) == ["-I -m daemon serve"]


def test_a_daemon_that_answers_is_left_alone(home: Path, environ: dict[str, str]) -> None:
    wake(environ, sys.platform)
    wake(environ, sys.platform)

    assert len(starts(home)) == 1


def test_the_daemon_leaves_the_session_of_the_host(environ: dict[str, str]) -> None:
    wake(environ, sys.platform)

    assert os.getsid(daemon_pid(environ)) != os.getsid(0)


def test_many_at_once_start_one_daemon(home: Path, environ: dict[str, str]) -> None:
    threads = [threading.Thread(target=wake, args=(environ, sys.platform)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(starts(home)) == 1


def test_two_hosts_at_once_start_one_daemon(home: Path, environ: dict[str, str]) -> None:
    target = Target({"GUIDANG_HOME": str(home)}, sys.platform, {})
    launcher = write_launcher(target, Path(environ["GUIDANG_DAEMON"]))
    with BrowserPort(launcher) as one, BrowserPort(launcher) as two:
        for port in (one, two):
            for name in ("a", "b", "c"):
                port.send(id=name, method="GET", path="/status")
        answers = [port.receive() for port in (one, two) for _ in range(3)]

    assert {answer["status"] for answer in answers} == {200}
    assert len({answer["body"] for answer in answers}) == 1
    assert len(starts(home)) == 1


def test_the_daemon_outlives_the_host(home: Path, environ: dict[str, str]) -> None:
    target = Target({"GUIDANG_HOME": str(home)}, sys.platform, {})
    launcher = write_launcher(target, Path(environ["GUIDANG_DAEMON"]))
    with BrowserPort(launcher) as port:
        _, first = port.ask("GET", "/status")

    with BrowserPort(launcher) as port:
        assert port.ask("GET", "/status") == (200, first)


def test_a_socket_left_behind_does_not_hinder(home: Path, environ: dict[str, str]) -> None:
    with HttpSocket.unix(home / "daemon.sock", say(None)):
        pass
    script = Path(environ["GUIDANG_DAEMON"])
    script.write_text(script.read_text().replace("cd ", 'rm "$GUIDANG_HOME/daemon.sock"\ncd '))

    wake(environ, sys.platform)

    assert len(starts(home)) == 1


def test_without_a_daemon_to_start_the_error_says_so(home: Path) -> None:
    with pytest.raises(UnreachableError, match="does not say which daemon"):
        wake({"GUIDANG_HOME": str(home)}, sys.platform)


def test_a_daemon_that_is_gone_is_an_error(home: Path) -> None:
    environ = {"GUIDANG_HOME": str(home), "GUIDANG_DAEMON": str(home / "gone")}

    with pytest.raises(UnreachableError, match="cannot be started: No such file"):
        wake(environ, sys.platform)


def test_a_daemon_that_fails_is_told_at_once(home: Path) -> None:
    environ = {"GUIDANG_HOME": str(home), "GUIDANG_DAEMON": "/bin/false"}

    with pytest.raises(UnreachableError, match="exit code 1"):
        wake(environ, sys.platform)


def test_a_daemon_that_never_answers_is_given_up(home: Path) -> None:
    environ = {"GUIDANG_HOME": str(home), "GUIDANG_DAEMON": "/bin/true"}

    with pytest.raises(UnreachableError, match="does not answer"):
        wake(environ, sys.platform, patience=0.1)
