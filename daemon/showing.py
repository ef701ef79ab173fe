"""What the command `guidang` shows of the daemon's answers, as lines of text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

#: Of what is told one by one.
MOST_SHOWN = 5


def show_earlier(earlier: dict[str, Any] | None) -> None:
    if earlier is None:
        return
    places = "".join(f", {_where(place)}" for place in earlier["places"][:1])
    click.echo(f"  Already archived on {earlier['archived_at'][:10]}: {earlier['id']}{places}")


def _where(place: dict[str, Any]) -> str:
    """The place of a note as a person goes there: a path on this machine, an address elsewhere."""
    is_here = (place["url"] or "file:").startswith("file:")
    return _printable(place["place"] if is_here else place["url"])


def show_note(note: dict[str, Any]) -> None:
    """A note on a few lines; hits are bold where a terminal shows it."""
    click.echo(f"{note['archived_at'][:10]}  {_marked(note['marked_title'])}")
    click.echo(f"            {note['id']}")
    click.echo(f"            {_printable('  '.join(filter(None, (note['site'], note['url']))))}")
    if any(note["snippet"]):
        click.echo(f"            {_marked(note['snippet'])}")
    for place in note["places"]:
        click.echo(f"            {place['backend']}: {_where(place)}")


def _marked(pieces: list[str]) -> str:
    """Pieces of which every second is a hit."""
    return "".join(
        click.style(_printable(piece), bold=True) if number % 2 else _printable(piece)
        for number, piece in enumerate(pieces)
    )


def _printable(text: str) -> str:
    """Text of a page without what would steer the terminal."""
    return "".join(each if each.isprintable() else " " for each in text)


def show_places(backend: str, found: dict[str, Any]) -> None:
    """The places for notes of *backend*, each with what chooses it."""
    for place in found["places"]:
        choice = " ".join(f"backends.{backend}.{name}={v}" for name, v in place["settings"].items())
        click.echo(f"{place['token']}  {_printable(place['name'])} ({place['kind']})")
        click.echo(f"  guidang settings {choice}")
    if not found["places"]:
        click.echo("There is no place here to choose.", err=True)
    if found["warning"]:
        click.echo(f"{found['warning']['message']} {found['warning']['hint']}", err=True)


def show_deliveries(view: dict[str, Any]) -> None:
    if view["warning"]:
        click.echo(f"  {view['warning']['message']} {view['warning']['hint']}")
    for delivery in view["deliveries"]:
        receipt, error = delivery["receipt"], delivery["error"]
        line = f"  {delivery['backend']}: {delivery['state']}"
        if receipt:
            click.echo(f"{line} {receipt['place']}")
            _show_receipt(receipt)
        elif error:
            click.echo(
                f"{line} ({delivery['id']})\n    {error['message']} {error['hint']}".rstrip()
            )
            click.echo(f"    {_attempts(delivery)}")
        else:
            click.echo(line)


def _show_receipt(receipt: dict[str, Any]) -> None:
    if unsaved := receipt["unsaved"]:
        click.echo(f"    {_stayed_links(len(unsaved))}")
        show_some([f"{each['url']}: {each['error']['message']}" for each in unsaved], len(unsaved))
    if warning := receipt["warning"]:
        click.echo(f"    {warning['message']} {warning['hint']}".rstrip())


def _attempts(delivery: dict[str, Any]) -> str:
    """How often a delivery was tried, and when it is again."""
    number, due = delivery["attempts"], delivery["due_at"]
    told = "Tried once" if number == 1 else f"Tried {number} times"
    if due is None:
        return f"{told}."
    return f"{told}; again at {datetime.fromisoformat(due).astimezone():%Y-%m-%d %H:%M:%S}."


def show_remade(remade: dict[str, Any]) -> None:
    click.echo(f"{remade['outcome']:<9}  {remade['note']}")
    for told in filter(None, (remade["error"], remade["warning"])):
        click.echo(f"           {told['message']} {told['hint']}".rstrip())


def show_some(lines: list[str], number: int) -> None:
    """The first of *lines*, and how many of a *number* are not shown."""
    for line in lines[:MOST_SHOWN]:
        click.echo(f"    {_printable(line)}")
    if number > MOST_SHOWN:
        click.echo(f"    and {number - MOST_SHOWN} more")


def _stayed_links(number: int) -> str:
    return "1 image stayed a link" if number == 1 else f"{number} images stayed links"
