"""The official description of GitHub's API (OpenAPI, @octokit/openapi), as far as it is used."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "node_modules/@octokit/openapi/generated/api.github.com.json"
BELOW = "/repos/{owner}/{repo}"
#: What the backend may ask, each as the description has it.
PATHS = [
    BELOW,
    f"{BELOW}/branches",
    f"{BELOW}/commits/{{ref}}",
    f"{BELOW}/contents/{{path}}",
    f"{BELOW}/git/blobs",
    f"{BELOW}/git/commits",
    f"{BELOW}/git/refs",
    f"{BELOW}/git/refs/{{ref}}",
    f"{BELOW}/git/trees",
    f"{BELOW}/git/trees/{{tree_sha}}",
]
#: What may hold slashes, by its name; the description says so in prose alone.
_LONG = {"ref", "path"}


def fault(method: str, target: str, headers: dict[str, str], body: bytes) -> str | None:
    """What the description does not allow about a request; None for one that it knows."""
    url = urlsplit(target)
    for template in PATHS:
        if re.fullmatch(_pattern(template), url.path):
            break
    else:
        return f"{url.path} is no path"
    operation = _described(template).get(method.lower())
    if operation is None:
        return f"{template} does not know {method}"
    asked = {name for name, _ in parse_qsl(url.query, strict_parsing=bool(url.query))}
    if unknown := asked - operation["query"]:
        return f"{template} does not know {unknown}"
    if unquote(url.path).encode("utf-8", "replace").decode() != unquote(url.path):
        return "the path is no UTF-8"
    return _fault_of_headers(headers) or _fault_of_body(operation["body"], body)


def _fault_of_headers(headers: dict[str, str]) -> str | None:
    if headers.get("accept") != "application/vnd.github+json":
        return "Accept"
    if headers.get("x-github-api-version") not in _versions():
        return "X-GitHub-Api-Version"
    if not headers.get("user-agent"):
        return "User-Agent"
    return None


def _fault_of_body(schema: dict[str, Any] | None, body: bytes) -> str | None:
    if schema is None:
        return "a body that nobody asked for" if body else None
    try:
        jsonschema.Draft7Validator(schema).validate(json.loads(body))
    except (ValueError, jsonschema.ValidationError) as error:
        return str(error)[:500]
    return None


def _pattern(template: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: "(.+)" if name[1] in _LONG else "([^/]+)", template)


@functools.cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_bytes())
    return found


@functools.cache
def _versions() -> list[str]:
    return [*_document()["info"].get("x-github-versions", []), "2022-11-28"]


@functools.cache
def _described(template: str) -> dict[str, Any]:
    """The operations of a path: the names of its query, and the schema of its body."""
    document = _document()
    operations = {}
    for method, operation in document["paths"][template].items():
        parameters = [_resolved(each, document) for each in operation.get("parameters", [])]
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        operations[method] = {
            "query": {each["name"] for each in parameters if each["in"] == "query"},
            "body": schema and _strict(schema, document),
        }
    return operations


def _resolved(value: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in value:
        return value
    found = document
    for name in value["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def _strict(schema: Any, document: dict[str, Any]) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema, in which no field is unknown."""
    if isinstance(schema, list):
        return [_strict(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _strict(each, document) for name, each in _resolved(schema, document).items()}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if isinstance(made.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made
