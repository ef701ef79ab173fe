"""The same model against a server that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.errors import SummaryError
from daemon.writing import Usage
from tests.fakes.aimock_server import aimock
from tests.unit.daemon.asking import PROMPT, final, model, pieces_of

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with aimock("--chunk-size", "7") as url:
        yield url


async def test_it_streams(service: str) -> None:
    pieces = await pieces_of(model(service, model="tide-notes"))

    assert final(pieces).startswith("### Archive note: Tides\n")
    assert len(pieces) > 20
    assert pieces[-1] == Usage(200, 110)


async def test_thinking_is_left_out_and_usage_estimated(service: str) -> None:
    pieces = await pieces_of(model(service, model="tide-thinks"))

    assert final(pieces) == "The tides rise."
    assert isinstance(pieces[-1], Usage)
    assert min(pieces[-1].input_tokens, pieces[-1].output_tokens) > 0


async def test_it_is_cut(service: str) -> None:
    pieces = await pieces_of(model(service, model="tide-long"))

    assert isinstance(pieces[-1], Usage)
    assert pieces[-1].cut


async def test_it_counts_not(service: str) -> None:
    assert await model(service, model="tide-notes").count(PROMPT) > 5


@pytest.mark.parametrize(
    ("name", "code", "temporary"),
    [
        ("tide-declines", "answer-refused", False),
        ("tide-busy", "service-busy", True),
        ("tide-overloaded", "service-busy", True),
        ("tide-locked", "key-refused", False),
    ],
)
async def test_it_fails(service: str, name: str, code: str, temporary: bool) -> None:
    with pytest.raises(SummaryError) as raised:
        await pieces_of(model(service, model=name))

    assert (raised.value.code, raised.value.temporary) == (code, temporary)


async def test_a_model_that_it_does_not_have_is_told_with_those_it_names(service: str) -> None:
    with pytest.raises(SummaryError, match="moon-1") as raised:
        await pieces_of(model(service, model="moon-1"))

    assert raised.value.code == "model-unknown"
    assert "tide-notes" in raised.value.hint


async def test_a_server_that_drops_connections_is_given_up() -> None:
    with aimock("--chaos-disconnect", "1") as url, pytest.raises(SummaryError) as raised:
        await pieces_of(model(url, model="tide-notes"))

    assert (raised.value.code, raised.value.temporary) == ("service-unreachable", True)


async def test_a_server_that_answers_no_json_is_told() -> None:
    with aimock("--chaos-malformed", "1") as url, pytest.raises(SummaryError) as raised:
        await pieces_of(model(url, model="tide-notes"))

    assert raised.value.code == "answer-broken"
