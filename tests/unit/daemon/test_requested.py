"""Summaries on request, on the daemon's own socket, with a summarizer that writes what we say."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from native_host.socket_client import Connection
from tests.fakes.dictated import Dictation, serving
from tests.unit.daemon.running import RunningDaemon, a_capture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = "### Archive note\n\nFirst words.\n\n#tide"
SECOND = "### Archive note\n\nSecond words.\n\n#sea"


class Asked:
    """A request for a summary, and what has come of it."""

    def __init__(self, daemon: RunningDaemon, id: str) -> None:
        self._connection = Connection(daemon.client.address, timeout=60)
        self._connection.start("POST", f"/captures/{id}/summary", length=0)
        self._answer = self._connection.answer()
        self._rest = b""

    def next(self) -> dict[str, Any]:
        """The next line."""
        while b"\n" not in self._rest:
            self._rest += self._answer.read()
        line, _, self._rest = self._rest.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found

    def leave(self) -> None:
        self._connection.abort()
        self._connection.close()


@pytest.fixture
def dictation() -> Iterator[Dictation]:
    made = Dictation()
    yield made
    made.close()


@pytest.fixture
def served(home: Path, tmp_path: Path, dictation: Dictation) -> Iterator[RunningDaemon]:
    running = RunningDaemon(home).settings(dictation.settings)
    with serving(tmp_path, running.environ):
        yield running


@contextmanager
def asked(daemon: RunningDaemon, id: str) -> Iterator[Asked]:
    request = Asked(daemon, id)
    yield request
    request.leave()


def draft(daemon: RunningDaemon) -> str:
    """A draft whose text is ready."""
    capture = a_capture(draft=True)
    with daemon.client.events() as events:
        daemon.ask("POST", "/captures", capture)
        while (events.next(timeout=60) or {})["type"] != "ready":
            pass
    return str(capture["id"])


def written(daemon: RunningDaemon, dictation: Dictation, id: str, markdown: str) -> None:
    """The summarizer has written *markdown* for a draft."""
    with asked(daemon, id) as request:
        fields = {"tags": ["tide"], "input_tokens": 900, "output_tokens": 90, "cost": 0.25}
        dictation.asked().end(markdown, **fields)
        assert request.next()["type"] == "done"


def archived(daemon: RunningDaemon, id: str, **last: str) -> str:
    """The note that becomes of a draft."""
    with daemon.client.events() as events:
        daemon.ask("POST", f"/captures/{id}/archive", last)
        while (events.next(timeout=60) or {})["type"] != "delivered":
            pass
    (delivery,) = view(daemon, id)["deliveries"]
    with open(delivery["receipt"]["place"], encoding="utf-8") as note:  # noqa: PTH123  one line
        return note.read()


def view(daemon: RunningDaemon, id: str) -> dict[str, Any]:
    return daemon.ask("GET", f"/captures/{id}")


def test_each_piece_goes_out_when_it_is_written(
    served: RunningDaemon, dictation: Dictation
) -> None:
    with asked(served, draft(served)) as request:
        writing = dictation.asked()
        writing.say("First")
        first = request.next()
        writing.say(None, "Second")
        rest = [request.next(), request.next()]
        writing.end(SECOND)
        done = request.next()

    assert writing.draft["title"] == "A page"
    assert first == {"type": "text", "text": "First"}
    assert rest == [{"type": "anew"}, {"type": "text", "text": "Second"}]
    assert (done["type"], done["summary"]["markdown"]) == ("done", SECOND)


def test_what_was_written_is_kept_with_its_model_and_cost(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    before = view(served, id)

    written(served, dictation, id, FIRST)

    found = view(served, id)
    assert (before["summary"], before["written"]) == (None, None)
    assert (found["summary"], found["written"]["markdown"]) == (FIRST, FIRST)
    assert (found["written"]["made_by"], found["written"]["cost"]) == ("a-model", 0.25)
    assert found["written"]["output_tokens"] == 90


def test_what_was_written_survives_a_lost_database(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    served.end()
    (served.home / "outbox.sqlite").unlink()

    assert view(served.start(), id)["written"]["made_by"] == "a-model"
    assert view(served, id)["summary"] == FIRST


def test_a_client_that_leaves_stops_the_writing_at_once(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    with asked(served, id) as request:
        writing = dictation.asked()
        writing.say("Half a")
        request.next()
    left = time.monotonic()

    writing.stopped()

    assert time.monotonic() - left < 5
    assert view(served, id)["summary"] is None


def test_a_client_that_leaves_while_nothing_is_said_stops_the_writing_too(
    served: RunningDaemon, dictation: Dictation
) -> None:
    with asked(served, draft(served)):
        writing = dictation.asked()

    writing.stopped()


def test_a_writing_that_is_stopped_leaves_the_summary_before(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    with asked(served, id) as request:
        writing = dictation.asked()
        writing.say("Half a")
        request.next()
    writing.stopped()

    assert view(served, id)["summary"] == FIRST


def test_a_second_request_ends_the_first(served: RunningDaemon, dictation: Dictation) -> None:
    id = draft(served)
    with asked(served, id) as first:
        old = dictation.asked()
        with asked(served, id) as second:
            new = dictation.asked()
            old.stopped()
            told = first.next()
            new.end(SECOND)
            done = second.next()

    assert told["error"]["code"] == "summary-replaced"
    assert done["type"] == "done"
    assert view(served, id)["summary"] == SECOND


def test_a_summary_that_fails_is_told_and_leaves_the_one_before(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    error = {"code": "api-down", "message": "It is down.", "hint": "Wait."}

    with asked(served, id) as request:
        writing = dictation.asked()
        writing.say("Half a")
        writing.fail(**error)
        lines = [request.next(), request.next()]

    assert lines[1] == {"type": "error", "error": error}
    assert view(served, id)["summary"] == FIRST


def test_an_empty_summary_is_none(served: RunningDaemon, dictation: Dictation) -> None:
    id = draft(served)

    with asked(served, id) as request:
        dictation.asked().end("")
        told = request.next()

    assert told["error"]["code"] == "summary-empty"
    assert view(served, id)["written"] is None


def test_what_is_archived_gets_no_summary_on_request(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    with asked(served, id) as request:
        writing = dictation.asked()
        archived(served, id, summary="My own words.")
        writing.end(FIRST)
        told = request.next()
    with asked(served, id) as request:
        refused = request.next()

    assert (told["error"]["code"], refused["error"]["code"]) == ("not-a-draft", "not-a-draft")


@pytest.mark.parametrize("last", [{}, {"summary": FIRST}, {"summary": f"\n{FIRST}\n"}])
def test_a_summary_that_nobody_edited_keeps_its_model(
    served: RunningDaemon, dictation: Dictation, last: dict[str, str]
) -> None:
    served.settings('template = "frontmatter"\n' + dictation.settings)
    id = draft(served)
    written(served, dictation, id, FIRST)

    note = archived(served, id, **last)

    assert "First words." in note
    assert 'summary_model: "a-model"' in note


def test_an_edited_summary_says_who_wrote_it_and_that_it_was_edited(
    served: RunningDaemon, dictation: Dictation
) -> None:
    served.settings('template = "frontmatter"\n' + dictation.settings)
    id = draft(served)
    written(served, dictation, id, FIRST)
    served.ask("PATCH", f"/captures/{id}", {"summary": FIRST.replace("First", "My")})
    edited = view(served, id)

    note = archived(served, id)

    assert "My words." in edited["summary"]
    assert "First words." in edited["written"]["markdown"]
    assert "My words." in note
    assert 'summary_model: "a-model, edited"' in note


def test_a_new_summary_takes_the_place_of_an_edited_one(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    served.ask("PATCH", f"/captures/{id}", {"summary": "My own words."})

    written(served, dictation, id, SECOND)

    assert view(served, id)["summary"] == SECOND


def test_a_summary_that_the_user_emptied_is_none_in_the_note(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)

    note = archived(served, id, summary=" \n")

    assert note.endswith("*No summary.*\n")


def test_a_remade_note_keeps_the_summary_that_was_written_on_request(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    archived(served, id)

    remade = served.ask("POST", f"/captures/{id}/remake")

    assert remade["outcome"] == "unchanged"


def test_a_damaged_summary_is_none_and_loses_no_draft(
    served: RunningDaemon, dictation: Dictation
) -> None:
    id = draft(served)
    written(served, dictation, id, FIRST)
    (served.home / "spool" / f"{id}.summary.gz").write_bytes(b"damaged")

    found = view(served, id)

    assert (found["state"], found["summary"], found["written"]) == ("draft", None, None)
    assert found["markdown"]
