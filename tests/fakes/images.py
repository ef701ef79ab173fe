"""Small images, and a server of files that answers as each path says."""

from __future__ import annotations

import contextlib
import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def png(color: int = 0, *, width: int = 40, height: int = 40, padding: int = 0) -> bytes:
    """A PNG of one grey, with *padding* bytes that no viewer looks at behind it."""
    rows = (b"\0" + bytes([color]) * width) * height
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
            b"\0" * padding,
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


class Web:
    """A server on 127.0.0.1; `answers` by path, and the requests that it was sent."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    def put(
        self, path: str, body: bytes, kind: str = "image/png", *, status: int = 200, **more: str
    ) -> str:
        """Answer *path* with *body*; the names of *more* are those of headers. Its URL."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)

        self.answers[path] = answer
        return self.address + path

    def redirect(self, path: str, target: str) -> str:
        return self.put(path, b"", status=302, Location=target)


@contextlib.contextmanager
def web() -> Iterator[Web]:
    """A server that has nothing yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            site.requests.append((self.path, dict(self.headers.items())))
            answer = site.answers.get(self.path)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # had enough
                if answer is None:
                    self.send_error(404)
                else:
                    answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        site = Web(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
