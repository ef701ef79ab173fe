"""Where the daemon listens, and an HTTP/1.1 client that is small enough to start fast.

Standard library only, and of it only what is cheap: `http.client` costs 28 ms to import and
`pathlib` 3, where a whole start of the host lasts about 20. So paths are text here.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress

from .errors import AbsentError, LostError, UnreachableError

TYPE_CHECKING = False  # as in frames.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")

#: Longest path of a Unix socket in bytes: macOS has 104 with the final NUL, Linux 108.
LONGEST_SOCKET_PATH = 103

#: Seconds; whoever listens on this machine accepts at once.
CONNECT_TIMEOUT = 5.0

LONGEST_LINE = 64 * 1024
CHUNK = 64 * 1024


class UnixAddress:
    """The daemon's Unix socket at *path*, in a folder that belongs to this user alone."""

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path)  # noqa: PTH120 - no pathlib on the way to the first answer

    def connect(self) -> tuple[socket.socket, str]:
        """A socket, and the header line that proves who we are.

        Raises:
            UnreachableError: Nobody listens, or it may not be this user's daemon.
        """
        check_private(self.folder)
        family = socket.AF_UNIX
        return _connected(socket.socket(family, socket.SOCK_STREAM), self.path), ""


class LoopbackAddress:
    """A port on this machine, for Windows; *file* tells this user the port and the secret."""

    def __init__(self, file: str) -> None:
        self.file = file

    @property
    def folder(self) -> str:
        return os.path.dirname(self.file)  # noqa: PTH120 - as above

    def connect(self) -> tuple[socket.socket, str]:
        """As `UnixAddress.connect`."""
        port, secret = self._read()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _connected(sock, ("127.0.0.1", port)), f"Authorization: Bearer {secret}\r\n"

    def _read(self) -> tuple[int, str]:
        try:
            with open(self.file, encoding="ascii") as file:  # noqa: PTH123 - as above
                found = json.load(file)
            port, secret = found["port"], found["secret"]
        except FileNotFoundError as error:
            raise AbsentError from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._unreadable() from error
        if type(port) is not int or not 0 < port < 65536 or not _is_word(secret):
            raise self._unreadable()
        return port, secret

    def _unreadable(self) -> UnreachableError:
        return UnreachableError(
            "The file with the daemon's address cannot be read.",
            f"Stop the daemon, delete {self.file} and start it again.",
        )


Address = UnixAddress | LoopbackAddress


def state_folder(environ: Mapping[str, str], platform: str) -> str:
    """The folder of the daemon's socket, the launcher and the lock that waking takes.

    Args:
        environ: GUIDANG_HOME, when set, is the folder.
        platform: As `sys.platform`.
    """
    if given := environ.get("GUIDANG_HOME"):
        return os.path.abspath(given)  # noqa: PTH100 - as above
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - as above
    if platform == "win32":
        return f"{environ.get('LOCALAPPDATA') or f'{home}/AppData/Local'}/guidang"
    if platform == "darwin":
        return f"{home}/Library/Application Support/guidang"
    state = environ.get("XDG_STATE_HOME", "")
    # The XDG specification: "consider the path invalid and ignore it" when it is relative.
    return f"{state}/guidang" if state.startswith("/") else f"{home}/.local/state/guidang"


def address(environ: Mapping[str, str], platform: str) -> Address:
    """Where the daemon of this user listens; arguments as for `state_folder`."""
    folder = state_folder(environ, platform)
    if platform == "win32":
        return LoopbackAddress(f"{folder}/daemon.address")
    path = f"{folder}/daemon.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return UnixAddress(path)
    return UnixAddress(f"{_short_folder(folder)}/daemon.sock")


def make_private(folder: str) -> None:
    """Make *folder* if it is missing, and see that only this user can enter it.

    Raises:
        UnreachableError: It belongs to somebody else, or cannot be made.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - as above
        if os.name == "posix" and os.stat(folder).st_uid == os.getuid():  # noqa: PTH116 - as above
            os.chmod(folder, 0o700)  # noqa: PTH101 - as above
    except OSError as error:
        raise UnreachableError(
            f"The folder {folder} cannot be made: {error.strerror}.",
            "Make it yourself, or set GUIDANG_HOME to a folder that you may write to.",
        ) from error
    check_private(folder)


def check_private(folder: str) -> None:
    """See that nobody else may write to *folder*, who could put a socket of his own there.

    Raises:
        AbsentError: There is no such folder.
        UnreachableError: Others may write to it.
    """
    if os.name != "posix":
        return  # on Windows the folder is in the user's profile, which has the right permissions
    try:
        status = os.stat(folder)  # noqa: PTH116 - as above
    except FileNotFoundError as error:
        raise AbsentError from error
    except OSError as error:
        raise _unreachable(error) from error
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise UnreachableError(
            f"Other users may write to {folder}, so its daemon may be theirs.",
            f"Look into it, then run `chmod 700 '{folder}'`, or delete it.",
        )


def is_path(text: str) -> bool:
    """Whether *text* may stand in a request line: it can neither end it nor add a header."""
    return text.startswith("/") and _is_word(text)


class Answer:
    """The daemon's answer: its *status*, and its body as it comes in."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self.status, headers = _read_head(source)
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        #: Bytes until the end of the body or of the chunk; None: until the daemon closes.
        self._left = 0 if self._chunked else _length(self.status, headers)
        #: The whole body has been read.
        self.done = self._left == 0 and not self._chunked

    def read(self, most: int = CHUNK) -> bytes:
        """What has come in, at least one byte and at most *most*; b"" at the end.

        Raises:
            LostError: The connection broke before the end.
        """
        if self._chunked and self._left == 0 and not self.done:
            self._begin_chunk()
        if self.done:
            return b""
        piece = self._source.some(most if self._left is None else min(most, self._left))
        if self._left is None:
            self.done = not piece
        elif not piece:
            raise LostError("The daemon closed the connection in the middle of its answer.")
        else:
            self._left -= len(piece)
            self.done = self._left == 0 and not self._chunked
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read():
            yield piece

    def _begin_chunk(self) -> None:
        # Before every size but the first stands the empty line that ends the last chunk.
        line = self._source.line() or self._source.line()
        self._left = _number(line.partition(b";")[0], base=16)
        if self._left == 0:
            while self._source.line():
                pass  # trailers, which the daemon has no use for
            self.done = True


class Connection:
    """One request to the daemon and its answer, on a connection of its own.

    Args:
        address: Where the daemon listens.
        timeout: Seconds that one send or one read may take; None: the asker has the patience.

    Raises:
        AbsentError: Nobody listens.
        UnreachableError: It could not be reached for another reason.
    """

    def __init__(self, address: Address, *, timeout: float | None = None) -> None:
        self._socket, self._proof = address.connect()
        self._socket.settimeout(timeout)
        self._chunked = False
        #: The daemon reads no further; it may have answered all the same.
        self.refused = False

    def start(self, method: str, path: str, *, length: int | None) -> None:
        """Send the head of a request whose body has *length* bytes; None: `finish` ends it.

        Raises:
            ValueError: *method* or *path* may not stand in a request line.
            LostError: As for `send`.
        """
        if method not in METHODS or not is_path(path):
            raise ValueError(f"not a request line: {method!a} {path!a}")
        self._chunked = length is None
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        self._send(
            f"{method} {path} HTTP/1.1\r\nHost: guidang\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\n{self._proof}{size}\r\n\r\n".encode("ascii")
        )

    def send(self, piece: bytes) -> None:
        """Send a piece of the body; nothing happens once the daemon has refused it.

        Raises:
            LostError: The connection broke or the time is over.
        """
        if piece and self._chunked:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self._send(piece)

    def finish(self) -> None:
        """End a body without a length; errors as for `send`."""
        if self._chunked:
            self._send(b"0\r\n\r\n")

    def answer(self) -> Answer:
        """Wait for the head of the answer.

        Raises:
            LostError: The connection broke, the time is over, or it is not HTTP.
        """
        return Answer(_Source(self._socket))

    def abort(self) -> None:
        """Break the connection off from another thread; who reads or sends fails at once."""
        with suppress(OSError):  # then it is broken off already, which is what was wanted
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, data: bytes) -> None:
        if self.refused:
            return
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise LostError("The daemon takes nothing in any longer.") from error
        except OSError:
            # A daemon that refuses a body does not read it to its end: its answer (413) lies
            # ready, or `answer` finds that there is none.
            self.refused = True


def request(
    address: Address, method: str, path: str, body: bytes = b"", *, timeout: float = 30.0
) -> tuple[int, bytes]:
    """Ask the daemon once: the answer's status and body.

    Raises:
        UnreachableError, LostError, ValueError: As the methods of `Connection`.
    """
    with Connection(address, timeout=timeout) as connection:
        connection.start(method, path, length=len(body))
        connection.send(body)
        answer = connection.answer()
        return answer.status, b"".join(answer)


class _Source:
    """Bytes of a socket, by line or as they come."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._ahead = b""

    def some(self, most: int) -> bytes:
        """At most *most* bytes; b"" when the daemon has closed the connection."""
        if not self._ahead:
            return self._receive(most)
        taken, self._ahead = self._ahead[:most], self._ahead[most:]
        return taken

    def line(self) -> bytes:
        while b"\r\n" not in self._ahead:
            piece = self._receive(CHUNK)
            if not piece:
                raise LostError("The daemon closed the connection before it had answered.")
            self._ahead += piece
            if len(self._ahead) > LONGEST_LINE and b"\r\n" not in self._ahead:
                raise _not_http()
        line, _, self._ahead = self._ahead.partition(b"\r\n")
        return line

    def _receive(self, most: int) -> bytes:
        try:
            return self._socket.recv(most)
        except TimeoutError as error:
            raise LostError("The daemon did not answer in time.") from error
        except OSError as error:
            raise LostError("The connection to the daemon broke.") from error


def _read_head(source: _Source) -> tuple[int, dict[str, str]]:
    version, _, rest = source.line().partition(b" ")
    if version not in {b"HTTP/1.1", b"HTTP/1.0"}:
        raise _not_http()
    status = _number(rest[:3])
    headers = {}
    while line := source.line():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


def _length(status: int, headers: dict[str, str]) -> int | None:
    if status in {204, 304}:
        return 0
    given = headers.get("content-length")
    return None if given is None else _number(given.encode())


def _number(text: bytes, base: int = 10) -> int:
    try:
        number = int(text, base)
    except ValueError as error:
        raise _not_http() from error
    if number < 0:
        raise _not_http()
    return number


def _not_http() -> LostError:
    return LostError("What answers at the daemon's address does not speak HTTP.")


def _is_word(text: object) -> bool:
    """Whether it is printable ASCII without spaces."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and " " not in text


def _short_folder(folder: str) -> str:
    import hashlib  # noqa: PLC0415 - 2.7 ms that only a folder with a long name costs

    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    # Not $TMPDIR: a browser and a shell may have different ones, and must find the same daemon.
    return f"/tmp/guidang-{os.getuid()}-{digest}"  # noqa: S108 - `check_private` looks at its owner


def _connected(sock: socket.socket, target: str | tuple[str, int]) -> socket.socket:
    try:
        sock.settimeout(CONNECT_TIMEOUT)
        sock.connect(target)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        sock.close()
        raise AbsentError from error
    except OSError as error:
        sock.close()
        raise _unreachable(error) from error
    return sock


def _unreachable(error: OSError) -> UnreachableError:
    return UnreachableError(
        f"The daemon could not be reached: {error.strerror or 'it took too long'}.",
        "Look at `guidang doctor`.",
    )
