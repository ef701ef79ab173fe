"""What the documents say, and what the code says of the same, each as plain values."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import structs

from daemon import backends, protocol, summarizers
from daemon.__main__ import main
from daemon.kinds import kind_named, kinds
from daemon.settings import Images, Plan, Rule, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
#: Both READMEs, with the titles of the sections that hold tables.
READMES = {
    "README.md": {"settings": "Settings", "commands": "The command", "templates": "Templates"},
    "README.zh-CN.md": {"settings": "设置", "commands": "命令行", "templates": "模板"},
}
DOCUMENTS = sorted(path.name for path in ROOT.glob("*.md"))
MODULES = {"daemon": "py", "native_host": "py", "extension": "js", "tools": "py"}

_CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# What the documents say.


def prose(name: str) -> str:
    """A document without its blocks of code."""
    return _FENCED.sub("", read(name))


def blocks(name: str, language: str, *, under: str = "") -> list[str]:
    """The blocks of code in *language*, of the whole document or *under* one heading."""
    text = section(name, under) if under else read(name)
    return [code for found, code in _FENCED.findall(text) if found == language]


def headings(name: str) -> list[tuple[int, str]]:
    """Level and text of each heading."""
    return [(len(marks), text) for marks, text in _HEADING.findall(prose(name))]


def section(name: str, title: str) -> str:
    """The text below the heading *title*, up to the next of its level or a higher one."""
    found = re.search(rf"^(#+) {re.escape(title)}$", read(name), re.MULTILINE)
    assert found, f"{name} has no heading “{title}”"
    end = re.compile(rf"^#{{1,{len(found[1])}}} ", re.MULTILINE).search(read(name), found.end())
    return read(name)[found.end() : end.start() if end else None]


def rows(name: str, title: str) -> list[list[str]]:
    """The cells of all rows of the tables below a heading, without heads."""
    lines = re.findall(r"^\| (.+) \|$", section(name, title), re.MULTILINE)
    cells = [re.split(r" (?<!\\)\| ", line) for line in lines]
    rules = {at for at, row in enumerate(cells) if set("".join(row)) <= set("- ")}
    return [row for at, row in enumerate(cells) if at not in rules and at + 1 not in rules]


def first_cells(name: str, title: str) -> list[str]:
    """What is in `…` in the first cells of the tables below a heading."""
    return [row[0].strip("`") for row in rows(name, title) if row[0].startswith("`")]


def links(name: str) -> list[tuple[str, str, str]]:
    """Text, path and anchor of each link that stays in the repository."""
    found = re.findall(r"\[([^]]*)\]\(([^)#\s]*)(?:#([^)\s]*))?\)", prose(name))
    return [link for link in found if "://" not in link[1]]


def anchors(name: str) -> set[str]:
    """The anchors that a forge makes of a document's headings."""
    kept = (re.sub(r"[^\w\- ]", "", text.lower()) for _, text in headings(name))
    return {text.replace(" ", "-") for text in kept}


# What the code says.


def python_codes(package: str) -> set[str]:
    """The error codes that *package* gives to its errors."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / package).rglob("*.py")]
    errors = _error_classes(trees)
    return {code for tree in trees for code in _codes_in(tree, errors)}


def javascript_codes() -> set[str]:
    """The error codes of the extension, those that it passes on included."""
    codes: set[str] = set()
    for path in (ROOT / "extension").rglob("*.js"):
        text = path.read_text("utf-8")
        codes |= set(re.findall(r'(?:ExtensionError\(|code: )"([a-z]+(?:-[a-z]+)+)"', text))
        codes |= set(re.findall(r'"((?:daemon|host|page)(?:-[a-z]+)+)"', text))
    return codes


def routes() -> set[str]:
    """`METHOD /path` of each route of the server."""
    found = re.findall(r'web\.(get|post|put|patch|delete)\("(/[^"]*)"', read("daemon/server.py"))
    return {f"{method.upper()} {path}" for method, path in found}


def events() -> dict[str, set[str]]:
    """The fields of each event, by its tag."""
    found = {}
    for kind in protocol.Event.__subclasses__():
        info = msgspec.inspect.type_info(kind)
        assert isinstance(info, msgspec.inspect.StructType)
        found[str(info.tag)] = {field.encode_name for field in info.fields}
    return found


def modules(folder: str) -> set[str]:
    """The modules of a folder that hold more than a docstring."""
    paths = [*(ROOT / folder).rglob(f"*.{MODULES[folder]}"), *(ROOT / folder).rglob("*.sh")]
    return {path.relative_to(ROOT / folder).as_posix() for path in paths if _says_something(path)}


def commands() -> set[str]:
    """Every command of `guidang`, with its group."""
    return set(_commands(main, "guidang"))


def settings() -> dict[str, Any]:
    """The default of each setting, by its name in the file; NAME is the user's word."""
    defaults = {
        **_fields(Settings, ""),
        **_fields(Plan, "plans.NAME."),
        **_fields(Rule, "rules."),
        **_fields(Images, "images."),
        **{f"summarizer.{name}": value for name, value in Settings().summarizer.items()},
        "backends.NAME.kind": "NAME",
    }
    tables = {"plans", "rules", "backends", "summarizer", "images"}
    for package, prefix in ((backends, "backends.NAME."), (summarizers, "summarizer.")):
        group = f"guidang.{package.__name__.partition('.')[2]}"
        for kind in kinds(package.__name__, group):
            defaults |= _fields(kind_named(kind, package.__name__, group).Settings, prefix)
    return {name: value for name, value in defaults.items() if name not in tables}


def _fields(kind: type[msgspec.Struct], prefix: str) -> dict[str, Any]:
    """The defaults of the fields of *kind*; None where there is none."""
    return {
        prefix + field.name: None if field.required else msgspec.to_builtins(field.default)
        for field in structs.fields(kind)
        if field.required or field.default is not msgspec.NODEFAULT
    }


def _says_something(path: Path) -> bool:
    return path.suffix != ".py" or len(ast.parse(path.read_text("utf-8")).body) > 1


def _commands(command: click.Command, name: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    for word, inner in command.commands.items():
        yield from _commands(inner, f"{name} {word}")


def _error_classes(trees: list[ast.Module]) -> set[str]:
    """The names of the error classes that these modules define, and of the value of an error."""
    defined = [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    errors = {"DaemonError", "HostError"}
    while found := {name for name, bases in defined if bases & errors} - errors:
        errors |= found
    return errors | {"Fault"}


def _codes_in(tree: ast.Module, errors: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in errors | {"__init__"}:
            named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            yield from _literals([*node.args[:1], *named])
        elif isinstance(node, ast.arguments):
            pairs = zip(node.kwonlyargs, node.kw_defaults, strict=True)
            yield from _literals([given for name, given in pairs if name.arg == "code"])
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3:  # code, sentence and hint apart
            texts = [*_texts(node.elts)]
            if len(texts) == 3 and " " in texts[1]:
                yield from _literals(node.elts[:1])


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _literals(nodes: list[Any]) -> Iterator[str]:
    return (text for text in _texts(nodes) if _CODE.fullmatch(text))
