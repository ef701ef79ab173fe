"""Downloads reach public addresses alone, and end whatever a server does."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import msgspec
import pytest
from yarl import URL

from daemon.download import Address, Limits, download, is_public, referrer
from daemon.errors import StorageError
from daemon.model import Unsaved
from tests.fakes.images import Web, png, web

PAGE = "https://news.example.org/a?b=c#d"
LIMITS = Limits(largest=1_000_000)


def is_here(address: Address) -> bool:
    """The rule of a test that downloads: this machine's first address, and the public ones."""
    return address == ipaddress.ip_address("127.0.0.1") or is_public(address)


@pytest.fixture
def here() -> Iterator[Web]:
    with web() as site:
        yield site


async def fetched(
    *urls: str,
    page: str = PAGE,
    limits: Limits = LIMITS,
    allowed: Callable[[Address], bool] = is_here,
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The images that were had, and the codes of the others."""
    had: dict[str, bytes] = {}

    async def keep(url: str, data: bytes) -> None:
        had[url] = data

    unsaved = await download(urls, keep, page=page, limits=limits, allowed=allowed)
    return had, codes(unsaved)


def codes(unsaved: list[Unsaved]) -> dict[str, str]:
    return {each.url: each.error.code for each in unsaved}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::",
        "2001:0:a00:1::f5ff:fffe",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::127.0.0.1",
    ],
)
def test_addresses_of_no_public_place_are_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]
)
def test_public_addresses_are_not(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "%31%32%37.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
        "[::1%25lo]",
        "public.example@127.0.0.1",
        "user:secret@127.0.0.1",
    ],
)
async def test_no_way_to_write_this_machine_reaches_it(here: Web, host: str) -> None:
    here.put("/a.png", png())
    url = f"http://{host}:{URL(here.address).port}/a.png"

    had, refused = await fetched(url, allowed=is_public)

    assert had == {}
    assert refused[url] in {"image-refused", "image-not-fetched"}
    assert here.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]"])
async def test_it_is_told_that_an_address_is_refused(here: Web, host: str) -> None:
    url = f"http://{host}:{URL(here.address).port}/a.png"

    assert (await fetched(url, allowed=is_public))[1] == {url: "image-refused"}


async def test_a_name_that_leads_here_is_refused(
    here: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = URL(here.address).port
    loop = asyncio.get_running_loop()
    asked = []

    async def look_up(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(loop, "getaddrinfo", look_up)
    url = f"http://images.example.org:{port}/a.png"

    assert (await fetched(url, allowed=is_public))[1] == {url: "image-refused"}
    assert "images.example.org" in asked
    assert here.requests == []


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.2:1/a.png",
        "http://0x7f000002:1/a.png",
        "//127.0.0.2:1/a.png",
        "file:///etc/passwd",
        "ftp://example.org/a.png",
        "gopher://127.0.0.1/",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http://user@127.0.0.1/",
    ],
)
async def test_no_redirect_leads_where_its_page_may_not(here: Web, target: str) -> None:
    url = here.redirect("/a.png", target)

    assert await fetched(url) == ({}, {url: "image-refused"})


async def test_five_redirects_are_followed_and_not_six(here: Web) -> None:
    here.put("/0.png", png())
    for number in range(1, 7):
        here.redirect(f"/{number}.png", f"/{number - 1}.png")
    five, six = f"{here.address}/5.png", f"{here.address}/6.png"

    assert await fetched(five, six) == ({five: png()}, {six: "image-not-fetched"})


async def test_a_request_says_no_more_than_a_browsers(
    here: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    url = here.put("/a.png", png(), Set_Cookie="who=me")
    await fetched(url, page=f"{here.address}/page?q#f")
    await fetched(url, page="http://elsewhere.example/page")
    await fetched(url, page=PAGE)

    first, second, third = (headers for _, headers in here.requests)
    assert first["Referer"] == f"{here.address}/page?q"
    assert second["Referer"] == "http://elsewhere.example/"
    assert "Referer" not in third
    assert not {"Cookie", "Authorization"} & (first.keys() | second.keys() | third.keys())


@pytest.mark.parametrize("page", ["about:stdin", "file:///home/reader/page.html", ""])
def test_a_page_that_is_not_of_the_web_names_no_referrer(page: str) -> None:
    assert referrer(page, URL("https://example.org/a.png")) == {}


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(bytes(100_000))


def dripping(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    with contextlib.suppress(OSError):
        while True:
            request.wfile.write(b"\0")
            time.sleep(0.05)  # waits for nothing: the slowness is the test


def cut(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "5000")
    request.end_headers()
    request.wfile.write(b"\x89PNG")


def silent(request: BaseHTTPRequestHandler) -> None:
    request.rfile.read(1)  # until the other side has had enough


def nonsense(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\0" * 100)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (endless, "image-too-large"),
        (dripping, "image-not-fetched"),
        (cut, "image-not-fetched"),
        (silent, "image-not-fetched"),
        (nonsense, "image-not-fetched"),
    ],
)
async def test_a_server_that_misbehaves_costs_its_image_alone(
    here: Web, answer: Callable[[BaseHTTPRequestHandler], None], code: str
) -> None:
    here.answers["/bad.png"] = answer
    good, bad = here.put("/good.png", png()), f"{here.address}/bad.png"

    had, unsaved = await fetched(bad, good, limits=Limits(largest=1_000_000, time_each=0.5))

    assert (had, unsaved) == ({good: png()}, {bad: code})


async def test_the_time_for_all_ends_them_all(here: Web) -> None:
    urls = [f"{here.address}/{number}.png" for number in range(20)]
    for number in range(20):
        here.answers[f"/{number}.png"] = silent
    begun = time.monotonic()

    _, unsaved = await fetched(*urls, limits=Limits(largest=1, time_each=60, time_in_all=0.5))

    assert set(unsaved.values()) == {"image-not-fetched"}
    assert len(unsaved) == 20
    assert time.monotonic() - begun < 5


async def test_what_is_larger_than_it_says_is_cut_and_what_is_packed_stays_so(here: Web) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    packed = here.put("/a.png", bomb, Content_Encoding="gzip")

    had, _ = await fetched(packed)

    assert had == {packed: bomb}
    assert here.requests[0][1]["Accept-Encoding"] == "identity"


async def test_many_images_and_large_sums_stay_links(here: Web) -> None:
    urls = [here.put(f"/{number}.png", bytes(100)) for number in range(5)]

    _, many = await fetched(*urls, limits=msgspec.structs.replace(LIMITS, most=3))
    _, much = await fetched(*urls, limits=msgspec.structs.replace(LIMITS, in_all=250, at_once=1))

    assert many == dict.fromkeys(urls[3:], "images-too-many")
    assert much == dict.fromkeys(urls[2:], "images-too-many")


@pytest.mark.parametrize("status", [204, 206, 304, 401, 404, 500])
async def test_only_a_whole_answer_is_an_image(here: Web, status: int) -> None:
    url = here.put("/a.png", b"", status=status)

    assert await fetched(url) == ({}, {url: "image-not-fetched"})


@pytest.mark.parametrize(
    "url", ["http://", "http://[", "http:///a.png", "//a", "a.png", "http://a b/"]
)
async def test_what_is_no_address_stays_a_link(url: str) -> None:
    had, unsaved = await fetched(url)

    assert had == {}
    assert unsaved[url] in {"image-refused", "image-not-fetched"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StorageError("storage-failed", "The disk is full."), "storage-failed"),
        (ZeroDivisionError(), "internal-error"),
    ],
)
async def test_what_cannot_be_kept_is_told(here: Web, error: Exception, code: str) -> None:
    url = here.put("/a.png", png())

    async def keep(url: str, data: bytes) -> None:
        raise error

    unsaved = await download([url], keep, page=PAGE, limits=LIMITS, allowed=is_here)

    assert codes(unsaved) == {url: code}
