"""The images of a note: known by their bytes, kept under their hash, linked in its Markdown.

No pixel is decoded: a file that claims to be 100,000 pixels wide costs here what it weighs, and is
up to the viewer. `keep_image` and `keep_embedded` run in workers, as SVG is parsed.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from .errors import ImageError, image_too_large, image_unknown
from .markdown.escape import image_target
from .markdown.images import Shown, replace_images, written
from .model import Asset, Draft, Image, Unsaved
from .protocol import fault_of
from .spool import Spool

if TYPE_CHECKING:
    from lxml import etree

#: What files begin with: WHATWG MIME Sniffing, section 6.1; for BMP also the length of the header
#: behind it, as two letters are soon found.
_BEGINNINGS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBPVP", re.DOTALL), "webp"),
    # AV1 Image File Format 1.1, section 6.1: a brand, first or among the compatible ones.
    (re.compile(rb"....ftyp(?:....){0,16}?avi[fs]", re.DOTALL), "avif"),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "bmp"),
    (re.compile(rb"\x00\x00\x01\x00"), "ico"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:svg|[?!].{0,4000}?<svg)", re.DOTALL), "svg"),
)
#: Where it is not the ending (https://www.iana.org/assignments/media-types).
_MEDIA_TYPES = {"jpg": "image/jpeg", "ico": "image/vnd.microsoft.icon", "svg": "image/svg+xml"}
#: Bytes from the beginning in which nearly every file tells its size.
_HEAD = 256 * 1024
#: Addresses that mean nothing outside of their page.
_OF_THE_PAGE = ("data:", "blob:")
_WEB = ("http://", "https://")
#: Characters of an address that is told: one may hold the whole image.
_LONGEST_TOLD = 2_000


class Kept(Struct, frozen=True):
    """What became of some images."""

    assets: tuple[Asset, ...] = ()
    unsaved: tuple[Unsaved, ...] = ()


def keep_image(spool: Spool, url: str, data: bytes, width: int | None = None) -> Asset:
    """Keep the image *data* of *url*, which the page shows *width* pixels wide, if it says so.

    Raises:
        ImageError: It is no image of a kind that we know.
        StorageError: The disk did not take it.
    """
    ending = _ending(data)
    if ending == "svg":
        from .svg import clean_svg  # noqa: PLC0415  the daemon itself never loads lxml

        data = clean_svg(data)
    name = f"{hashlib.sha256(data).hexdigest()[:32]}.{ending}"
    spool.keep_asset(name, data)
    smaller = width is not None and width < _width_of(data)
    return Asset(name, url, width if smaller else None)


def keep_embedded(
    spool: Spool,
    body: etree._Element,
    sent: Mapping[str, bytes],
    widths: Mapping[str, int],
    *,
    largest: int,
) -> Kept:
    """Keep the images of an article that are in the capture: by URL in *sent*, or in their own.

    An image whose address means nothing outside of its page is called by its asset, in *body*.

    Raises:
        StorageError: The disk did not take one.
    """
    kept: dict[str, Asset] = {}
    unsaved: dict[str, Unsaved] = {}
    for image in body.iter("img"):
        url = image.get("src") or image.get("data-src") or ""
        data = _own_bytes(url) if url.startswith("data:") else sent.get(url)
        if url in unsaved or (data is None and not url.startswith("blob:")):
            continue
        try:
            asset = kept.get(url) or keep_image(
                spool, _told(url), _small_enough(data, largest), widths.get(url)
            )
        except ImageError as error:
            unsaved[url] = Unsaved(_told(url), fault_of(error))
            continue
        kept[url] = asset
        if url.startswith(_OF_THE_PAGE):
            image.set("src", link(asset))
    return Kept(tuple(kept.values()), tuple(unsaved.values()))


def wanted(draft: Draft) -> tuple[str, ...]:
    """The URLs of the images in *draft* that are not settled yet, in their order."""
    settled = {_key(asset.url) for asset in draft.assets}
    settled |= {_key(unsaved.url) for unsaved in draft.unsaved}
    found: dict[str, str] = {}

    def look(shown: Shown) -> None:
        if shown.url.lower().startswith(_WEB) and _key(shown.url) not in settled:
            found.setdefault(_key(shown.url), shown.url)

    replace_images(draft.markdown, look)
    return tuple(found.values())


def illustrated(draft: Draft) -> tuple[Draft, tuple[Asset, ...]]:
    """*draft* with links to its assets, and those that it links."""
    by_key = {_key(asset.url): asset for asset in draft.assets}
    by_key |= {link(asset): asset for asset in draft.assets}
    linked: dict[str, Asset] = {}

    def put(shown: Shown) -> str | None:
        asset = by_key.get(_key(shown.url))
        if asset is None:
            return None
        linked[asset.name] = asset
        return written(shown, link(asset), asset.width)

    markdown = replace_images(draft.markdown, put)
    return msgspec.structs.replace(draft, markdown=markdown), tuple(linked.values())


def link(asset: Asset) -> str:
    """How a note names an asset: relative to the note itself."""
    return f"assets/{asset.name}"


def data_uris(spool: Spool, assets: Iterable[Asset], sent: Iterable[Image]) -> dict[str, str]:
    """Images as `data:` URIs, by the address that the page has for them.

    They are the *assets* of its note and what its capture *sent* besides; what is no image is left
    out.
    """
    found = {image.url: image.data for image in sent}
    for asset in assets:
        with suppress(OSError):  # gone since
            found[asset.url] = spool.asset(asset.name).read_bytes()
    uris = {}
    for url, data in found.items():
        with suppress(ImageError):
            kind = _MEDIA_TYPES.get(ending := _ending(data), f"image/{ending}")
            uris[url] = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return uris


def _ending(data: bytes) -> str:
    """The ending for a file of these bytes.

    Raises:
        ImageError: They are no image of a kind that we know.
    """
    for beginning, ending in _BEGINNINGS:
        if beginning.match(data[:5_000]):
            return ending
    raise image_unknown()


def _small_enough(data: bytes | None, largest: int) -> bytes:
    if data is None:
        raise ImageError(
            "image-not-captured",
            "The page kept the image to itself, and the browser gave no bytes of it.",
            "Save it from the page by hand.",
        )
    if len(data) > largest:
        raise image_too_large(largest)
    return data


def _width_of(data: bytes) -> int:
    """The image's own width in pixels; 0 where its header does not tell."""
    import imagesize  # noqa: PLC0415  only workers need it

    try:
        width, _ = imagesize.get(io.BytesIO(data[:_HEAD]))
    except Exception:  # noqa: BLE001  a broken header makes it raise whatever it meets
        return 0
    return int(width)


def _own_bytes(url: str) -> bytes | None:
    """What a data: URL holds (RFC 2397, and forgiving of its Base64 as browsers are)."""
    head, comma, body = url.partition(",")
    data = unquote_to_bytes(body)
    if head.rstrip().lower().endswith(";base64"):
        try:
            data = base64.b64decode(data + b"==")
        except ValueError:
            return b""
    return data if comma else b""


def _told(url: str) -> str:
    return (url.partition(",")[0] if url.startswith("data:") else url)[:_LONGEST_TOLD]


def _key(url: str) -> str:
    """What two ways to write one address have in common: how Markdown has it."""
    return image_target(url) or url
