"""Jinja2, sandboxed: a template shows values and reaches nothing else.

What a user's template costs in time and memory is limited only where it is filled in a worker.
"""

from __future__ import annotations

import functools
import json
import re
import traceback
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import TemplateError
from .markdown import bare_url, heading_text, line_text, nest_headings
from .model import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The note templates that come with Guidang; a user's file of the same name does not replace one.
BUILT_IN = ("classic", "frontmatter", "plain")
#: What the name of a template's file ends in.
ENDING = ".md.j2"
#: Characters that a template may show beyond three times the text; more is a loop gone wrong.
MORE = 1_000_000
#: What is not to stand in a double-quoted scalar of YAML, beyond what JSON escapes (YAML 1.2, 5.1).
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


#: The values of a note that stand in the templates of names.
NAME_VALUES = ("title", "url", "byline", "published", "archived", "site", "language", "tags")
_SEPARATORS = re.compile(r"[/\\]+")


class Written(str):
    """Markdown that goes into a note as it is; all other text is escaped."""

    __slots__ = ()


def fill(template: str, **values: Any) -> str:
    """A built-in *template* with *values*, which are escaped where they are made."""
    return _built_in().get_template(f"{template}{ENDING}").render(**values)


def fill_note(template: str, folder: Path, values: Mapping[str, Any]) -> str:
    """The note *template*, built in or a file of the user's *folder*, with *values*.

    Raises:
        TemplateError: It is not there, is not valid, failed, or showed far too much.
    """
    return _filled(_of_notes(None if template in BUILT_IN else folder), template, values)


def fill_prompt(template: str, folder: Path | None, values: Mapping[str, Any]) -> str:
    """The prompt *template*, a file of the user's *folder* or (None) a built-in one, with *values*.

    What it shows is shown as it is: a model reads it, and no program.

    Raises:
        TemplateError: As for `fill_note`.
    """
    return _filled(_of_prompts(folder), template, values)


def _filled(environment: jinja2.Environment, template: str, values: Mapping[str, Any]) -> str:
    room = MORE + 3 * sum(len(value) for value in values.values() if isinstance(value, str))
    with _told(template):
        stream = environment.get_template(f"{template}{ENDING}").generate(**values)
        return "".join(_at_most(room, stream, template))


def name_from(template: str, note: Note) -> str:
    """A template of names, such as `{{ archived.year }}/{{ site }}`, with the values of *note*.

    A slash comes from the template alone: what a page says of itself holds none.

    Raises:
        TemplateError: It failed.
    """
    with _told(template):
        stream = _of_names().from_string(template).generate(**_name_values(note))
        return "".join(_at_most(MORE, stream, template))


def check_name(template: str) -> None:
    """Refuse a template that `name_from` could never fill; nothing of it is evaluated.

    Raises:
        TemplateError: It is no template, or names something unknown.
    """
    with _told(template):
        names = list(_of_names().parse(template).find_all(jinja2.nodes.Name))
    own = {name.name for name in names if name.ctx != "load"}
    for name in names:
        if name.name not in {*NAME_VALUES, *_of_names().globals, *own}:
            raise TemplateError(
                "template-failed",
                f"The template “{template}” names “{name.name}”, which there is not.",
                f"The values are: {', '.join(NAME_VALUES)}.",
            )


def check_note(template: str, folder: Path) -> None:
    """Refuse a note template that is not there or cannot be read; nothing of it is evaluated.

    Raises:
        TemplateError: It is none of ours, and no file of the user's *folder* that Jinja2 reads.
    """
    if template in BUILT_IN:
        return
    with _told(template):
        try:
            source = (folder / f"{template}{ENDING}").read_text("utf-8")
        except FileNotFoundError as error:
            raise _unknown(template) from error
        _of_notes(folder).parse(source)


def note_templates(folder: Path) -> list[str]:
    """The names of the note templates: the built-in ones, then what lies in the user's *folder*.

    A prompt of the user's lies there too, and cannot be told from one.
    """
    own = sorted(path.name.removesuffix(ENDING) for path in folder.glob(f"*{ENDING}"))
    return [*BUILT_IN, *(name for name in own if name not in BUILT_IN)]


def _at_most(room: int, pieces: Iterable[str], template: str) -> Iterator[str]:
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise TemplateError(
                "template-failed",
                f"The template “{template}” showed far more than there is.",
                "Look for a loop that repeats the text.",
            )
        yield piece


@contextmanager
def _told(template: str) -> Iterator[None]:
    """Whatever goes wrong in a template is told with its line."""
    try:
        yield
    except TemplateError:
        raise
    except jinja2.TemplateNotFound as error:
        raise _unknown(str(error.name).removesuffix(ENDING)) from error
    except Exception as error:  # it runs what its author wrote: anything may be raised
        reason = str(error)[:200] or type(error).__name__
        raise TemplateError(
            "template-failed",
            f"The template “{template}” failed in line {_line(error)}: {reason}.",
            "Correct it, then make the note anew with “guidang remake”.",
        ) from error


def _unknown(name: str) -> TemplateError:
    return TemplateError(
        "template-unknown",
        f"There is no template “{name}”.",
        f"The built-in ones are {', '.join(BUILT_IN)}; your own lie in “templates” beside the "
        f"settings, called NAME{ENDING}.",
    )


def _line(error: Exception) -> int:
    """The line of a template in which *error* was raised."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    of_template = [
        frame.lineno or 1
        for frame in frames
        if frame.filename.endswith(ENDING) or frame.filename == "<template>"
    ]
    return of_template[-1] if of_template else 1


@functools.cache
def _built_in() -> jinja2.Environment:
    return _environment(None)


@functools.cache
def _of_notes(folder: Path | None) -> jinja2.Environment:
    """What is shown is written as one line of Markdown text, unless a filter says otherwise."""
    environment = _environment(folder, finalize=_shown, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "address": lambda value: Written(bare_url(value or "")),
        "heading": lambda value: Written(heading_text(value or "")),
        "moment": _moment,
        "nest": lambda value, below: Written(nest_headings(_shown(value), below=below)),
        "yaml": _yaml,
    }
    return environment


@functools.cache
def _of_prompts(folder: Path | None) -> jinja2.Environment:
    return _environment(folder, finalize=_nothing_for_none, trim_blocks=True, lstrip_blocks=True)


@functools.cache
def _of_names() -> jinja2.Environment:
    return _environment(None, finalize=_nothing_for_none)


def _name_values(note: Note) -> dict[str, Any]:
    values = {
        name: getattr(note, "archived_at" if name == "archived" else name) for name in NAME_VALUES
    }
    return {name: _without_separators(value) for name, value in values.items()}


def _without_separators(value: Any) -> Any:
    if isinstance(value, str):
        return _SEPARATORS.sub(" ", value)
    return tuple(map(_without_separators, value)) if isinstance(value, tuple) else value


def _environment(folder: Path | None, **options: Any) -> jinja2.Environment:
    loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("daemon")]
    if folder is not None:
        loaders.insert(0, jinja2.FileSystemLoader(folder))
    # Markdown is no HTML: autoescape would write entities.
    return ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=False,
        **options,
    )


def _shown(value: Any) -> str:
    """*value* as it may stand anywhere in a line of Markdown."""
    if isinstance(value, Written):
        return value
    return Written(line_text(str(_nothing_for_none(value))))


def _nothing_for_none(value: Any) -> Any:
    return "" if value is None else value


def _moment(value: Any, locale: str) -> Written:
    """A moment as people write it, in its own offset."""
    if locale == "zh-CN":
        return Written(f"{value.year}/{value.month}/{value.day} {value:%H:%M:%S}")
    return Written(f"{value:%Y-%m-%d %H:%M:%S}")


def _yaml(value: Any) -> Written:
    """*value* as YAML on one line: every text in double quotes, as JSON writes them."""
    written = json.dumps(value, ensure_ascii=False, default=_iso)
    return Written(_NOT_IN_YAML.sub(_escaped, written))


def _iso(value: Any) -> str:
    return str(value.isoformat(timespec="seconds"))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"
