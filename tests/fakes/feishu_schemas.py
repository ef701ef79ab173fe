"""The official schemas of requests (npm @larksuiteoapi/lark-mcp), as far as they are used.

Node turns them from zod into JSON Schema, once for each version, into `build/`. Of the package
nothing but the schemas is used: package.json keeps its server, its HTTP client and a keychain
that must be compiled out, by `overrides`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft7Validator
from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules/@larksuiteoapi/lark-mcp"
SCRIPT = """
import { createRequire } from "node:module";
import { z } from "zod";
const require = createRequire(import.meta.url);
const folder = "./node_modules/@larksuiteoapi/lark-mcp/dist/mcp-tool/tools/en/gen-tools/zod/";
const found = [];
for (const name of ["auth_v3", "bitable_v1", "docx_v1", "drive_v1", "wiki_v2"]) {
  for (const tool of Object.values(require(folder + name + ".js"))) {
    if (!tool.path) continue;
    const { path, ...schema } = tool.schema;
    const made = z.toJSONSchema(z.object(schema), { target: "draft-7" });
    found.push({ method: tool.httpMethod, path: tool.path, schema: made });
  }
}
process.stdout.write(JSON.stringify(found));
"""
#: A node of a wiki: that it can be deleted is younger than the schemas.
NODE = re.compile(r"/open-apis/wiki/v2/spaces/[^/]+/nodes/[^/]+")
#: What has no schema there, and why: its rules are the server's own.
WITHOUT_SCHEMA = {
    ("POST", "/open-apis/drive/v1/medias/upload_all"): "a form with a file is no tool's call",
    ("GET", "/open-apis/drive/explorer/v2/root_folder/meta"): "an older API, left out",
    ("POST", "/open-apis/authen/v2/oauth/token"): "of the sign-in, which is no tool's call",
    ("GET", "/open-apis/authen/v1/authorize"): "of the sign-in, which is no tool's call",
    ("POST", "/oauth/v1/device_authorization"): "of the sign-in, which is no tool's call",
}
#: Fields that are documented and that lark-oapi 1.7.5 knows, by the field that they stand in: the
#: schemas are older.
NEWER: dict[str, dict[str, Any]] = {
    "replace_image": {
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "align": {"type": "integer"},
        "caption": {
            "type": "object",
            "properties": {"content": {"type": "string"}},
            "additionalProperties": False,
        },
        "scale": {"type": "number"},
    },
    "callout": {"emoji_id": {"type": "string"}},
    "grid_column": {"width_ratio": {"type": "integer"}},
}


class _Described(Struct, frozen=True):
    """A call; None for a part that it does not have."""

    path: str
    query: Draft7Validator | None
    body: Draft7Validator | None

    def is_at(self, path: str) -> bool:
        return re.fullmatch(re.sub(r":\w+", "[^/]+", self.path), path) is not None


def check_request(method: str, path: str, query: str, body: bytes) -> str | None:
    """What the schemas do not allow about a request; None for one that they know.

    *query* is as in the address, *path* without it.
    """
    call = next((each for each in _described(method) if each.is_at(path)), None)
    if call is None:
        known = (method, path) in WITHOUT_SCHEMA or (method == "DELETE" and NODE.fullmatch(path))
        return None if known else f"{method} {path} is no call"
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        return f"the body of {call.path} is no JSON"
    asked = _typed(dict(parse_qsl(query, keep_blank_values=True)), call.query)
    fault = _fault(call.query, asked) or _fault(call.body, value)
    return fault and f"{method} {call.path}: {fault}"


def _fault(schema: Draft7Validator | None, value: Any) -> str | None:
    if schema is None:
        return f"nobody asked for {value}" if value else None
    error = next(schema.iter_errors(value), None)
    return None if error is None else f"{error.json_path}: {error.message[:500]}"


def _typed(asked: dict[str, str], schema: Draft7Validator | None) -> dict[str, Any]:
    """The texts of a query as the values that they stand for."""
    known: Any = schema.schema if schema else {"properties": {}}
    properties = known["properties"]
    return {
        name: _value(text, properties.get(name, {}).get("type")) for name, text in asked.items()
    }


def _value(text: str, kind: str | None) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in {"number", "integer"} and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


@functools.cache
def _described(method: str) -> list[_Described]:
    """The calls of a method, those without names in their paths first."""
    found = [each for each in json.loads(_file().read_bytes()) if each["method"] == method]
    found.sort(key=lambda each: each["path"].count(":"))
    return [_read(each["path"], _with_newer(each["schema"]["properties"])) for each in found]


def _read(path: str, parts: dict[str, Any]) -> _Described:
    query, body = (parts.get(name) for name in ("params", "data"))
    return _Described(path, query and Draft7Validator(query), body and Draft7Validator(body))


def _with_newer(schema: Any) -> Any:
    """The schema with the newer fields in their places."""
    if isinstance(schema, list):
        return [_with_newer(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _with_newer(value) for name, value in schema.items()}
    properties = made.get("properties", {})
    for name in NEWER.keys() & properties.keys():
        properties[name].setdefault("properties", {}).update(NEWER[name])
    return made


@functools.cache
def _file() -> Path:
    """The schemas as JSON, made anew for each version and script."""
    version = json.loads((PACKAGE / "package.json").read_bytes())["version"]
    digest = hashlib.sha256(SCRIPT.encode()).hexdigest()[:8]
    file = ROOT / f"build/feishu-schemas-{version}-{digest}.json"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as made:
            made.write(_generated())
        Path(made.name).replace(file)
    return file


def _generated() -> bytes:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    node = shutil.which("node", path=path)
    assert node, "make setup-tools brings Node"
    command = [node, "--input-type=module", "--eval", SCRIPT]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, check=True, env={**os.environ, "PATH": path}
    )
    return done.stdout
