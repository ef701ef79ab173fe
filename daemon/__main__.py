"""The command `guidang`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from msgspec import structs

from .errors import DaemonError
from .showing import (
    show_deliveries,
    show_earlier,
    show_note,
    show_places,
    show_remade,
    show_some,
)


class _Group(click.Group):
    """Shows an expected failure as one sentence and a hint, with exit code 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except DaemonError as error:
            click.echo(f"guidang: {error.message} [{error.code}]", err=True)
            if error.hint:
                click.echo(f"  {error.hint}", err=True)
            context.exit(1)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="guidang")
def main() -> None:
    """Archive pages as clean Markdown notes."""


@main.command()
@click.option("--browser", "browsers", multiple=True, help="Only this browser; may be repeated.")
def install(browsers: tuple[str, ...]) -> None:
    """Let the browsers of this user start Guidang."""
    from native_host import install as host  # noqa: PLC0415  only this command needs it

    with _host_errors():
        written = host.install(host.this_user(), Path(sys.executable), browsers)
    for path in written:
        click.echo(f"wrote {path}")


@main.command()
def uninstall() -> None:
    """Take back what install wrote."""
    from native_host import install as host  # noqa: PLC0415  only this command needs it

    with _host_errors():
        removed = host.uninstall(host.this_user())
    for path in removed:
        click.echo(f"removed {path}")


@main.command()
@as_json
def doctor(*, as_json: bool) -> None:
    """Check the chain piece by piece, and say how to mend it."""
    from .doctor import examine  # noqa: PLC0415  reads certificates of every browser's place

    findings = []
    for found in examine():
        findings.append(found)
        if not as_json:
            mark = "BAD " if not found.ok else "note" if found.hint else "ok  "
            click.echo(f"{mark} {found.what}: {found.message}")
            if found.hint:
                click.echo(f"       → {found.hint}")
    if as_json:
        _print([structs.asdict(found) for found in findings])
    if not all(found.ok for found in findings):
        raise SystemExit(1)


@main.command()
def serve() -> None:
    """Run the daemon until it has nothing to do.

    The browser starts it by itself.
    """
    from . import app  # noqa: PLC0415  loads aiohttp, 0.3 s
    from .settings import Places  # noqa: PLC0415

    places = Places.here()
    with _host_errors():
        app.log_to(places.state)
        try:
            asyncio.run(app.serve(places))
        except app.AlreadyRunning:
            click.echo("The daemon is already running.", err=True)


@main.command()
@click.argument("source")
@click.option("--url", help="Where the page comes from, for a file or standard input.")
@click.option("--plan", help="The plan; the default plan without it.")
@as_json
def archive(source: str, *, url: str | None, plan: str | None, as_json: bool) -> None:
    """Archive a FILE, a URL or standard input (-).

    It ends when the note is delivered.
    """
    from . import client, sources  # noqa: PLC0415  loads lxml

    read = sources.fetch if source.startswith(("http://", "https://")) else sources.read_source
    page = read(source)
    view = client.archive(page.html, url or page.url, plan=plan)
    if as_json:
        _print(view)
    else:
        show_earlier(view["earlier"])
        show_deliveries(view)
    if any(delivery["state"] != "delivered" for delivery in view["deliveries"]):
        raise SystemExit(1)


@main.command()
@as_json
def status(*, as_json: bool) -> None:
    """Show what is on its way, and what needs you."""
    captures = _ask("GET", "/captures?state=unsettled")["captures"]
    if as_json:
        _print({"status": _ask("GET", "/status"), "captures": captures})
        return
    counts = _ask("GET", "/status")
    for what in ("captures", "deliveries"):
        click.echo(f"{what}: " + ", ".join(f"{n} {state}" for state, n in counts[what].items()))
    for fault in counts["faults"]:
        click.echo(f"{fault['message']}\n  {fault['hint']}")
    for view in captures:
        if view["error"]:
            click.echo(f"{view['id']}  {view['title']}\n  {view['error']['message']}")
        elif any(delivery["state"] != "delivered" for delivery in view["deliveries"]):
            click.echo(f"{view['id']}  {view['title']}")
            show_deliveries(view)


@main.command()
@click.argument("ids", nargs=-1)
@as_json
def retry(ids: tuple[str, ...], *, as_json: bool) -> None:
    """Try again now what waits, was rejected or failed.

    IDS of deliveries or of failed captures; without any, all of them.
    """
    chosen = [id for id in _retryable() if not ids or id in ids]
    for id in chosen:
        _ask("POST", f"/deliveries/{id}/retry" if "." in id else f"/captures/{id}/archive")
    unknown = set(ids) - set(chosen)
    if as_json:
        _print({"retried": chosen, "unknown": sorted(unknown)})
    else:
        click.echo(f"trying {len(chosen)} again")
    if unknown:
        raise DaemonError(
            "delivery-unknown",
            f"Nothing waits under {', '.join(sorted(unknown))}.",
            "See “guidang status”.",
        )


@main.command()
@click.argument("ids", nargs=-1, required=True)
def discard(ids: tuple[str, ...]) -> None:
    """Forget drafts and captures that failed, and their pages."""
    for id in ids:
        _ask("DELETE", f"/captures/{id}")


@main.command()
@click.argument("notes", nargs=-1, metavar="[NOTE]...")
@click.option("--all", "every", is_flag=True, help="Every note whose page is kept.")
@as_json
def remake(notes: tuple[str, ...], *, every: bool, as_json: bool) -> None:
    """Make notes anew from their kept pages.

    The old ones stay as earlier versions.
    """
    _renew(notes, "remake", every=every, otherwise="--all", as_json=as_json)


@main.command()
@click.argument("notes", nargs=-1, metavar="[NOTE]...")
@click.option("--missing", is_flag=True, help="Every note that went out without its summary.")
@as_json
def summarize(notes: tuple[str, ...], *, missing: bool, as_json: bool) -> None:
    """Write the summary of archived notes now.

    Each takes the place of the note without it.
    """
    _renew(notes, "summarize", every=missing, otherwise="--missing", as_json=as_json)


@main.command()
@click.argument("query", default="")
@click.option("--site", help="Only of this site: its name or its host.")
@click.option("--tag", help="Only with this tag.")
@click.option("--since", metavar="DATE", help="Only from this day or moment on.")
@click.option("--until", metavar="DATE", help="Only up to this day or moment.")
@click.option("--backend", help="Only what this backend has.")
@click.option(
    "--state",
    type=click.Choice(["waiting", "sending", "delivered", "rejected"]),
    help="Only with a delivery in this state, to the backend if one is named.",
)
@click.option("--versions", is_flag=True, help="Older versions of notes too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the first.")
@as_json
def search(*, as_json: bool, versions: bool, **asked: Any) -> None:
    """Find archived notes.

    They hold every word of QUERY, and its "phrases" in quotation marks.
    """
    from urllib.parse import urlencode  # noqa: PLC0415  --help needs none

    given = {name: value for name, value in asked.items() if value is not None}
    given |= {"versions": "true"} if versions else {}
    notes = _ask("GET", f"/notes?{urlencode(given, errors='replace')}")["notes"]
    if as_json:
        _print(notes)
        return
    for note in notes:
        show_note(note)
    if not notes:
        click.echo(_nothing_found(asked["site"]), err=True)


@main.command()
@as_json
def reindex(*, as_json: bool) -> None:
    """Make the index of the library anew.

    It has all notes of the spool and of local folders, and where each went.
    """
    from . import client  # noqa: PLC0415  --help needs none

    counts = {}
    for counts in client.follow("POST", "/notes/reindex"):
        if sys.stderr.isatty():
            ending = "\n" if counts["type"] == "done" else ""
            click.echo(f"\r{counts['notes']} notes{ending}", nl=False, err=True)
    if as_json:
        _print(counts)
    else:
        click.echo(
            f"{counts['notes']} notes, {counts['added']} of them new or changed; "
            f"{counts['places']} places, {counts['gone']} gone; "
            f"{counts['passed_over']} files passed over"
        )
        show_some(
            [f"{each['file']}: {each['reason']}" for each in counts["passed"]],
            counts["passed_over"],
        )


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--versions", is_flag=True, help="Older versions of notes too.")
@as_json
def export(folder: Path, *, versions: bool, as_json: bool) -> None:
    """Write every note into FOLDER.

    With its images and a catalogue; no file that is there is changed.
    """
    from .export import export as write  # noqa: PLC0415  --help needs none
    from .settings import Places  # noqa: PLC0415
    from .spool import Spool  # noqa: PLC0415

    done = write(folder, _ask, Spool.of(Places.here().state).asset, versions=versions)
    if as_json:
        _print(structs.asdict(done))
        return
    click.echo(f"{done.notes} notes written, {done.kept} were there; {done.assets} images")
    if done.missing:
        click.echo(f"{done.missing} images were found nowhere", err=True)


@main.command()
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@as_json
def settings(changes: tuple[str, ...], *, as_json: bool) -> None:
    """Show the settings, or change some.

    For example: backends.local.folder=~/Notes language=zh-CN
    """
    found = _ask("PATCH", "/settings", _patch(changes)) if changes else _ask("GET", "/settings")
    if as_json:
        _print(found)
    else:
        import tomlkit  # noqa: PLC0415

        click.echo(tomlkit.dumps(found).rstrip())


@main.group()
def secret() -> None:
    """Keep keys and tokens in the keychain."""


@secret.command("set")
@click.argument("name")
def set_secret(name: str) -> None:
    """Keep the secret NAME; its value is asked for, or read from standard input."""
    value = click.prompt("value", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    _ask("PUT", f"/secrets/{name}", {"value": value.strip()})


@secret.command("delete")
@click.argument("name")
def delete_secret(name: str) -> None:
    """Forget the secret NAME."""
    _ask("DELETE", f"/secrets/{name}")


@main.command("sign-in")
@click.argument("backend")
def sign_in(backend: str) -> None:
    """Sign in to the service of BACKEND in a browser.

    Its token goes into the keychain.
    """
    from . import backends, secrets  # noqa: PLC0415  loads what asks the service
    from .decoding import converted  # noqa: PLC0415
    from .settings import Settings  # noqa: PLC0415

    def show(code: str, address: str) -> None:
        click.echo(f"Open {address} and enter {code}")

    settings = converted(_ask("GET", "/settings"), Settings)
    name, value = asyncio.run(backends.sign_in(backend, settings, show, secrets.get))
    _ask("PUT", f"/secrets/{name}", {"value": value})
    click.echo(f"The token is kept as “{name}”.")


@main.command()
@click.argument("backend")
@click.option(
    "--below", default="", metavar="TOKEN", help="Those in this place, by its token or address."
)
@as_json
def places(backend: str, *, below: str, as_json: bool) -> None:
    """Show where notes of BACKEND may go.

    And the settings that choose each place.
    """
    from urllib.parse import quote  # noqa: PLC0415  --help needs none

    query = f"?below={quote(below, safe='', errors='replace')}" if below else ""
    found = _ask("GET", f"/backends/{quote(backend, safe='', errors='replace')}/places{query}")
    if as_json:
        _print(found)
    else:
        show_places(backend, found)


@main.command()
@click.option("--jsonl", is_flag=True, required=True, help="JSON lines in, JSON lines out.")
def article(*, jsonl: bool) -> None:
    """Extract the articles of pages, line by line.

    {"html", "url"} → {"title", "markdown", "text", …}
    """
    from . import filters  # noqa: PLC0415

    asyncio.run(filters.run_filter(filters.answer_article, sys.stdin.buffer, sys.stdout.buffer))


@main.command()
@click.option("--jsonl", is_flag=True, required=True, help="JSON lines in, JSON lines out.")
def markdown(*, jsonl: bool) -> None:
    """Convert HTML to Markdown, line by line.

    {"html"} → {"markdown"}
    """
    from . import filters  # noqa: PLC0415

    asyncio.run(filters.run_filter(filters.answer_markdown, sys.stdin.buffer, sys.stdout.buffer))


def _ask(method: str, path: str, value: Any = None) -> Any:
    from .client import ask  # noqa: PLC0415  --help needs no client

    return ask(method, path, value)


def _retryable() -> list[str]:
    """The ids of deliveries that wait or were rejected, and of captures that failed."""
    ids = []
    for view in _ask("GET", "/captures?state=unsettled")["captures"]:
        if view["state"] == "failed":
            ids.append(view["id"])
        ids += [
            delivery["id"]
            for delivery in view["deliveries"]
            if delivery["state"] in {"waiting", "rejected"}
        ]
    return ids


def _patch(changes: tuple[str, ...]) -> dict[str, Any]:
    """`a.b=1` → {"a": {"b": 1}}; a value that is no JSON is text, an empty one removes the key."""
    patch: dict[str, Any] = {}
    for change in changes:
        name, found, value = change.partition("=")
        if not found:
            raise click.UsageError(f"“{change}” is not NAME=VALUE.")
        *tables, key = name.split(".")
        place = patch
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise click.UsageError(f"“{change}” gives a value to what has one already.")
        place[key] = _setting(value)
    return patch


def _setting(value: str) -> Any:
    try:
        return json.loads(value) if value else None
    except ValueError:
        return value


def _nothing_found(site: str | None) -> str:
    from urllib.parse import quote  # noqa: PLC0415  --help needs none

    if site and not _ask("GET", f"/notes?limit=1&versions=true&site={quote(site)}")["notes"]:
        return f"There is no note of the site “{site}”: say its name, or its host."
    return "No note was found."


def _renew(
    notes: tuple[str, ...],
    what: Literal["remake", "summarize"],
    *,
    every: bool,
    otherwise: str,
    as_json: bool,
) -> None:
    if bool(notes) == every:
        raise click.UsageError(f"Name notes by their ids, or say {otherwise}.")
    from . import client  # noqa: PLC0415

    found = []
    for id in client.newest_notes(lacking=what == "summarize") if every else notes:
        found.append(client.renew(id, what))
        if not as_json:
            show_remade(found[-1])
    if as_json:
        _print(found)
    if any(remade["outcome"] == "failed" for remade in found):
        raise SystemExit(1)


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _host_errors() -> Iterator[None]:
    """What the native host says, as an error of ours."""
    from native_host.errors import HostError  # noqa: PLC0415

    try:
        yield
    except HostError as error:
        raise DaemonError(error.code, error.message, error.hint) from error


if __name__ == "__main__":
    main()
