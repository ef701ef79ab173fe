from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_host.errors import AbsentError, LostError, UnreachableError
from native_host.socket_client import (
    LONGEST_SOCKET_PATH,
    Connection,
    LoopbackAddress,
    UnixAddress,
    address,
    make_private,
    request,
    state_folder,
)
from tests.fakes.http_socket import Conversation, HttpSocket, say

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def place(home: Path) -> UnixAddress:
    return UnixAddress(str(home / "daemon.sock"))


def daemon(place: UnixAddress, converse: Callable[[Conversation], None]) -> HttpSocket:
    return HttpSocket.unix(Path(place.path), converse)


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/home/li"}, "/home/li/.local/state/guidang"),
        ("linux", {"HOME": "/home/li", "XDG_STATE_HOME": "/state"}, "/state/guidang"),
        ("linux", {"HOME": "/home/li", "XDG_STATE_HOME": "x"}, "/home/li/.local/state/guidang"),
        ("darwin", {"HOME": "/Users/li"}, "/Users/li/Library/Application Support/guidang"),
        ("win32", {"LOCALAPPDATA": "C:/Users/li/Local"}, "C:/Users/li/Local/guidang"),
        ("win32", {"HOME": "C:/Users/li"}, "C:/Users/li/AppData/Local/guidang"),
        ("linux", {"HOME": "/home/li", "GUIDANG_HOME": "/other"}, "/other"),
        ("darwin", {"HOME": "/Users/li", "GUIDANG_HOME": "/other"}, "/other"),
        ("win32", {"LOCALAPPDATA": "C:/x", "GUIDANG_HOME": "/other"}, "/other"),
    ],
)
def test_the_state_folder_is_where_the_system_wants_it(
    platform: str, environ: dict[str, str], folder: str
) -> None:
    assert state_folder(environ, platform) == folder


def test_a_relative_guidang_home_is_the_same_for_every_folder_it_is_used_in() -> None:
    assert state_folder({"GUIDANG_HOME": "here"}, "linux") == str(Path.cwd() / "here")


def test_the_socket_is_in_the_state_folder() -> None:
    place = address({"GUIDANG_HOME": "/other"}, "linux")

    assert isinstance(place, UnixAddress)
    assert (place.path, place.folder) == ("/other/daemon.sock", "/other")


def test_a_path_too_long_for_a_socket_is_replaced_by_a_short_one_of_its_own() -> None:
    def path(folder: str) -> str:
        place = address({"GUIDANG_HOME": folder}, "linux")
        assert isinstance(place, UnixAddress)
        return place.path

    fits = "/" + "x" * (LONGEST_SOCKET_PATH - len("//daemon.sock"))

    assert path(fits).startswith(fits)
    assert path(fits + "x").startswith(f"/tmp/guidang-{os.getuid()}-")
    assert path(fits + "x") != path(fits + "y")
    # The limit counts bytes, and a Chinese character has three.
    assert path("/" + "归" * 40).startswith("/tmp/guidang-")


def test_a_daemon_with_a_long_path_is_reached(home: Path) -> None:
    place = address({"GUIDANG_HOME": str(home / ("x" * 100))}, "linux")
    make_private(place.folder)
    try:
        with HttpSocket.unix(Path(place.folder, "daemon.sock"), say(1)):
            assert request(place, "GET", "/status") == (200, b"1")
    finally:
        shutil.rmtree(place.folder)


def test_the_body_of_an_answer_with_a_length_arrives(place: UnixAddress) -> None:
    with daemon(place, say({"title": "归档"})):
        status, body = request(place, "GET", "/status")

    assert (status, body) == (200, b'{"title": "\\u5f52\\u6863"}')


def test_the_request_is_what_the_daemon_expects(place: UnixAddress) -> None:
    seen = []

    def converse(conversation: Conversation) -> None:
        seen.extend([conversation.method, conversation.path, conversation.body().decode()])
        seen.extend(conversation.headers[name] for name in ("host", "content-type"))
        conversation.answer(201)

    with daemon(place, converse):
        status, body = request(place, "POST", "/captures?x=%20", b"{}")

    assert seen == ["POST", "/captures?x=%20", "{}", "guidang", "application/json"]
    assert (status, body) == (201, b"")


def test_a_body_in_pieces_arrives_whole(place: UnixAddress) -> None:
    def converse(conversation: Conversation) -> None:
        conversation.answer(200, conversation.body())

    with daemon(place, converse), Connection(place) as connection:
        connection.start("POST", "/captures", length=None)
        for piece in (b"one", b"", b"two"):
            connection.send(piece)
        connection.finish()

        assert b"".join(connection.answer()) == b"onetwo"


def test_a_chunked_answer_arrives_whole_however_it_is_cut(place: UnixAddress) -> None:
    raw = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;x=y\r\none\r\n2\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n"
    )

    def converse(conversation: Conversation) -> None:
        for byte in raw:
            conversation.write(bytes([byte]))

    with daemon(place, converse):
        assert request(place, "GET", "/status") == (200, b"one\r\n")


def test_an_answer_without_a_length_ends_with_the_connection(place: UnixAddress) -> None:
    def converse(conversation: Conversation) -> None:
        conversation.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    with daemon(place, converse):
        assert request(place, "GET", "/status") == (200, b"all of it")


def test_an_answer_without_a_body_is_complete_at_once(place: UnixAddress) -> None:
    def converse(conversation: Conversation) -> None:
        conversation.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        conversation.wait_for_close()

    with daemon(place, converse):
        assert request(place, "DELETE", "/captures/1") == (204, b"")


def test_a_piece_of_an_answer_can_be_read_before_the_next_is_sent(place: UnixAddress) -> None:
    seen = threading.Event()

    def converse(conversation: Conversation) -> None:
        conversation.begin_chunks()
        conversation.chunk(b"first")
        assert seen.wait(60)
        conversation.chunk(b"second")
        conversation.chunk(b"")

    with daemon(place, converse), Connection(place) as connection:
        connection.start("GET", "/events", length=0)
        answer = connection.answer()
        first = answer.read()
        seen.set()

        assert (first, answer.read(), answer.read(), answer.done) == (
            b"first",
            b"second",
            b"",
            True,
        )


def test_an_answer_to_a_body_that_was_not_read_is_heard(place: UnixAddress) -> None:
    with (
        daemon(place, lambda conversation: conversation.answer(413, b"too large")),
        Connection(place) as connection,
    ):
        connection.start("POST", "/captures", length=None)
        while not connection.refused:
            connection.send(bytes(100_000))
        connection.finish()
        answer = connection.answer()

        assert (answer.status, answer.read()) == (413, b"too large")


BROKEN = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nhalf",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
    "a status that is none": b"HTTP/1.1 OK\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a line without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_is_lost(place: UnixAddress, raw: bytes) -> None:
    def converse(conversation: Conversation) -> None:
        # The other side may have seen enough before all of it is written.
        try:
            conversation.write(raw)
        except ConnectionError:
            assert len(raw) > 64 * 1024

    with daemon(place, converse), pytest.raises(LostError) as caught:
        request(place, "GET", "/status")

    assert caught.value.code == "daemon-lost"


def test_a_daemon_that_does_not_answer_is_lost_after_the_timeout(place: UnixAddress) -> None:
    with (
        daemon(place, Conversation.wait_for_close),
        pytest.raises(LostError, match="in time"),
    ):
        request(place, "GET", "/status", timeout=0.05)


def test_a_daemon_that_takes_nothing_in_is_lost_after_the_timeout(place: UnixAddress) -> None:
    done = threading.Event()

    def converse(_: Conversation) -> None:
        assert done.wait(60)

    with daemon(place, converse):
        with pytest.raises(LostError, match="takes nothing"):
            request(place, "POST", "/captures", bytes(10_000_000), timeout=0.05)
        done.set()


def test_another_thread_can_break_a_waiting_connection_off(place: UnixAddress) -> None:
    with daemon(place, Conversation.wait_for_close), Connection(place) as connection:
        connection.start("GET", "/events", length=0)
        threading.Timer(0.01, connection.abort).start()

        with pytest.raises(LostError):
            connection.answer()


def test_nobody_listens_where_there_is_no_socket(place: UnixAddress) -> None:
    with pytest.raises(AbsentError) as caught:
        request(place, "GET", "/status")

    assert caught.value.code == "daemon-unreachable"


def test_nobody_listens_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(AbsentError):
        request(UnixAddress(str(tmp_path / "gone" / "daemon.sock")), "GET", "/status")


def test_nobody_listens_at_the_socket_of_a_daemon_that_was_killed(place: UnixAddress) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(place.path)

    with pytest.raises(AbsentError):
        request(place, "GET", "/status")


def test_a_folder_that_others_can_write_to_is_not_trusted(place: UnixAddress) -> None:
    Path(place.folder).chmod(0o777)

    with daemon(place, say("secret")), pytest.raises(UnreachableError, match="Other users") as it:
        request(place, "GET", "/status")

    assert not isinstance(it.value, AbsentError)


def test_a_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"

    make_private(str(folder))

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_this_user_is_closed_to_others(home: Path) -> None:
    home.chmod(0o775)

    make_private(str(home))

    assert home.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_an_error(home: Path) -> None:
    (home / "file").touch()

    with pytest.raises(UnreachableError, match="cannot be made"):
        make_private(str(home / "file" / "folder"))


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "status", ""])
def test_what_may_not_stand_in_a_request_line_is_never_sent(place: UnixAddress, path: str) -> None:
    with daemon(place, say(None)), pytest.raises(ValueError, match="request line"):
        request(place, "GET", path)


def test_on_windows_the_secret_goes_with_every_request(home: Path) -> None:
    seen = []

    def converse(conversation: Conversation) -> None:
        seen.append(conversation.headers["authorization"])
        conversation.answer(200)

    place = address({"GUIDANG_HOME": str(home)}, "win32")
    assert isinstance(place, LoopbackAddress)
    with HttpSocket.loopback(Path(place.file), "s3cret", converse):
        assert request(place, "GET", "/status") == (200, b"")

    assert seen == ["Bearer s3cret"]


def test_on_windows_nobody_listens_without_the_file_or_behind_a_stale_one(home: Path) -> None:
    place = LoopbackAddress(str(home / "daemon.address"))
    with pytest.raises(AbsentError):
        request(place, "GET", "/status")
    with HttpSocket.loopback(Path(place.file), "s3cret", say(None)):
        pass

    with pytest.raises(AbsentError):
        request(place, "GET", "/status")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"port": "1", "secret": "x"}', '{"port": 1, "secret": "x\\r\\nY: z"}'],
)
def test_on_windows_a_file_that_is_none_of_ours_is_an_error(home: Path, text: str) -> None:
    file = home / "daemon.address"
    file.write_text(text)

    with pytest.raises(UnreachableError, match="cannot be read"):
        request(LoopbackAddress(str(file)), "GET", "/status")
