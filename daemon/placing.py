"""Where a note goes within the place of its backend: its folder and its name, by the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from .errors import TemplateError
from .files import file_name
from .model import Fault, Note
from .templating import check_name

#: The name of most notes, which needs no template to be filled.
TITLE = "{{ title }}"

#: Of an asset that cannot be stored any more.
IMAGE_LOST = Fault(
    "image-lost", "The file of the image is gone.", "Archive the page again to have it."
)

Fill = Callable[[str, Note], Awaitable[str]]


def check_templates(*templates: str) -> None:
    """Refuse templates of names that could never be filled.

    Raises:
        ValueError: Why; msgspec makes it a fault of the settings.
    """
    for template in templates:
        try:
            check_name(template)
        except TemplateError as error:
            raise ValueError(f"{error.message} {error.hint}") from error


async def folder_of(note: Note, template: str, fill: Fill) -> tuple[str, ...]:
    """The parts of the note's folder: what a page says can name one, but lead nowhere else.

    Raises:
        TemplateError: The template failed.
    """
    if not template:
        return ()
    parts = (await fill(template, note)).split("/")
    return tuple(file_name(part, "") for part in parts if part.strip(" ."))


async def name_of(note: Note, template: str, fill: Fill) -> str:
    """What the note is called, not yet as a file name.

    Raises:
        TemplateError: The template failed.
    """
    return note.title if template == TITLE else await fill(template, note)


def file_names(title: str, ending: str = ".md") -> Iterator[str]:
    """Names for a file: `Title.md`, `Title (2).md`, and so on."""
    yield file_name(title, ending)
    number = 2
    while True:
        yield file_name(title, f" ({number}){ending}")
        number += 1
