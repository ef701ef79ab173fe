"""Asks the stand-in for Feishu directly, as a test of it needs."""

from __future__ import annotations

import http.client
import json
import uuid
import zlib
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fakes.feishu import APP_TOKEN, FeishuServer


class Answer(dict[str, Any]):
    """The JSON of an answer; *status* and *headers* are those of HTTP."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        is_json = headers.get("content-type", "").startswith("application/json")
        super().__init__(json.loads(body) if is_json else {})
        self.status, self.headers = status, headers

    @property
    def told(self) -> tuple[int, int]:
        return self.status, self["code"]


class Caller:
    """Calls with a token of the server's app, or with the one that it is given."""

    def __init__(self, server: FeishuServer, token: str | None = None) -> None:
        self.server = server
        self.token = server.state.tokens.token_of(server.app) if token is None else token

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """*path* is below /open-apis, unless it begins with two slashes."""
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, "application/json; charset=utf-8", query)

    def send(
        self,
        method: str,
        path: str,
        data: bytes | None,
        kind: str,
        query: dict[str, Any] | None = None,
        **headers: str,
    ) -> Answer:
        below = path[1:] if path.startswith("//") else f"/open-apis{path}"
        target = f"{below}?{urlencode(query)}" if query else below
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **headers}
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=30)
        try:
            connection.request(method, target, data, headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def app_token(self, app: str, secret: str) -> Answer:
        return self.ask("POST", APP_TOKEN.removeprefix("/open-apis"), _app(app, secret))

    def grant(self, grant: str, **fields: str) -> Answer:
        """What the address of user tokens says to the app of the server."""
        app = self.server.app
        form = {"client_id": app.id, "client_secret": app.secret, "grant_type": grant, **fields}
        return self.ask("POST", "/authen/v2/oauth/token", form)

    def create(self, title: str = "Tides", **more: str) -> str:
        """The id of a new document."""
        made = self.ask("POST", "/docx/v1/documents", {"title": title, **more})
        return str(made["data"]["document"]["document_id"])

    def insert(
        self, document: str, *blocks: dict[str, Any], first: list[str] | None = None, **more: Any
    ) -> Answer:
        """Insert *blocks*, those named *first* on the first level; else those of nobody."""
        below = {child for block in blocks for child in block.get("children", [])}
        roots = [each["block_id"] for each in blocks if each["block_id"] not in below]
        parent = more.pop("parent", document)
        query = {"client_token": str(uuid.uuid4()), "document_revision_id": -1}
        query |= {name: more.pop(name) for name in list(more) if name in query}
        body = {"children_id": roots if first is None else first, "descendants": [*blocks], **more}
        path = f"/docx/v1/documents/{document}/blocks/{parent}/descendant"
        return self.ask("POST", path, body, **query)

    def inserted(self, document: str, *blocks: dict[str, Any], **more: Any) -> dict[str, str]:
        """The ids that the service gave to those of the request."""
        relations = self.insert(document, *blocks, **more)["data"]["block_id_relations"]
        return {each["temporary_block_id"]: each["block_id"] for each in relations}

    def upload(self, document: str, block: str, data: bytes, **changed: str | None) -> Answer:
        """Upload a picture for a block; None leaves a field out."""
        fields: dict[str, str | None] = {
            "file_name": "image.webp",
            "parent_type": "docx_image",
            "parent_node": block,
            "size": str(len(data)),
            "checksum": str(zlib.adler32(data)),
            "extra": json.dumps({"drive_route_token": document}),
            **changed,
        }
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
        form = "".join(
            f"{head % (name, '')}{value}\r\n" for name, value in fields.items() if value is not None
        )
        file = head % ("file", '; filename="image.webp"')
        body = f"{form}{file}".encode() + data + f"\r\n--{edge}--\r\n".encode()
        path = "/drive/v1/medias/upload_all"
        return self.send("POST", path, body, f"multipart/form-data; boundary={edge}")


def _app(app: str, secret: str) -> dict[str, str]:
    return {"app_id": app, "app_secret": secret}


def text(id_: str, content: str = "The tide.", kind: str = "text", **more: Any) -> dict[str, Any]:
    """A block of text with a temporary id."""
    types = {"text": 2, "heading1": 3, "bullet": 12, "code": 14, "quote": 15}
    style = {"text_element_style": more.pop("style")} if "style" in more else {}
    value = {"elements": [{"text_run": {"content": content, **style}}]}
    return {"block_id": id_, "block_type": types[kind], kind: value, **more}


def block(id_: str, kind: str, *children: str, **content: Any) -> dict[str, Any]:
    """A block without text."""
    types = {"callout": 19, "divider": 22, "image": 27, "table": 31, "table_cell": 32}
    types |= {"quote_container": 34}
    made = {"block_id": id_, "block_type": types[kind], kind: content}
    return {**made, "children": [*children]} if children else made


def table(id_: str, rows: int, columns: int, **properties: Any) -> list[dict[str, Any]]:
    """A table whose cells each have a text."""
    cells = [f"{id_}.{number}" for number in range(rows * columns)]
    size = {"row_size": rows, "column_size": columns, **properties}
    made = [block(id_, "table", *cells, property=size)]
    for cell in cells:
        made += [block(cell, "table_cell", f"{cell}.text"), text(f"{cell}.text", cell)]
    return made
