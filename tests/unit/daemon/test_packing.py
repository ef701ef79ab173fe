"""The head before a compressed file: read without the rest, and passed over by gzip."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.errors import LostError
from daemon.packing import head_of, headed, packed
from daemon.protocol import CaptureHead, CaptureRequest, encode
from daemon.spool import Spool

HEAD = b'{"id":"0b6f6a3e"}'
BODY = b'{"html":"<p>The tides.</p>","images":["aGVsbG8="]}'
REQUEST = CaptureRequest(
    id="0b6f6a3e-5d0c-4f57-9f0e-5a3c1c1a2b3c",
    url="https://example.org/tides",
    title="Tides",
    html="<p>Text",
    captured_at=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
    plan="both",
    draft=True,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "packed.gz"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    opened = Spool(tmp_path / "spool")
    opened.open()
    return opened


def capture_file(tmp_path: Path) -> Path:
    return tmp_path / "spool" / f"{REQUEST.id}.json.gz"


def test_what_reads_gzip_reads_the_body_alone(file: Path) -> None:
    file.write_bytes(headed(HEAD, packed(BODY)))

    assert gzip.decompress(file.read_bytes()) == BODY
    with gzip.open(file) as opened:
        assert opened.read() == BODY


@pytest.mark.parametrize("rest", [packed(BODY), b"", b"damaged"], ids=["whole", "cut", "damaged"])
def test_the_head_is_read_without_the_rest(file: Path, rest: bytes) -> None:
    file.write_bytes(headed(HEAD, rest))

    assert head_of(file) == HEAD


def test_a_head_with_a_bit_that_flipped_or_an_end_is_none(file: Path) -> None:
    whole = headed(HEAD, b"")
    end = len(whole) - 10  # the empty part has no data, and its check sum is not of the head
    for position in range(end):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        file.write_bytes(damaged)
        assert head_of(file) is None, f"byte {position}"
        file.write_bytes(whole[:position])
        assert head_of(file) is None, f"the first {position} bytes"


@pytest.mark.parametrize(("length", "kept"), [(65_531, True), (65_532, False)])
def test_a_head_that_is_too_long_is_left_out(file: Path, length: int, *, kept: bool) -> None:
    file.write_bytes(headed(b"x" * length, packed(BODY)))

    assert head_of(file) == (b"x" * length if kept else None)
    assert gzip.decompress(file.read_bytes()) == BODY


def test_the_head_of_a_capture_says_all_that_accepting_it_needs(
    spool: Spool, tmp_path: Path
) -> None:
    spool.keep_capture(REQUEST, encode(REQUEST))
    file = capture_file(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])  # nobody unpacks the page to know it

    head = spool.head(REQUEST.id)

    assert (head.url, head.title, head.plan, head.draft) == (
        "https://example.org/tides",
        "Tides",
        "both",
        True,
    )
    with pytest.raises(LostError):
        spool.capture(REQUEST.id)


def test_a_capture_that_was_kept_without_a_head_is_read_whole(spool: Spool, tmp_path: Path) -> None:
    capture_file(tmp_path).write_bytes(gzip.compress(encode(REQUEST)))

    assert spool.head(REQUEST.id) == CaptureHead(
        id=REQUEST.id,
        url=REQUEST.url,
        title=REQUEST.title,
        captured_at=REQUEST.captured_at,
        plan="both",
        draft=True,
    )
