"""Markdown of a model, written anew without anything that loads, leads away or runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..extract import parse
from ..markdown.escape import link_target
from ..markdown.writer import render
from .page import Page

#: What programs make a link of, though it is only text (GFM 0.29, section 6.9).
URL = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.)[^\s<>“”‘’「」『』，。；：！？、（）]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[.,;:!?'\")\]*_~]+$")
_BREAK = re.compile(r"<br[ ]*/?>", re.IGNORECASE)
_RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def made_inert(tokens: list[Token], page: Page) -> list[Token]:
    """The tokens without links and images that are not in *page*.

    What a link said stays, an address becomes code, and code is of no language: some programs run
    code that says what runs it.
    """
    for token in tokens:
        if token.type == "fence":
            token.info = ""
        if token.children:
            token.children = list(_addresses(_merged(_led(token.children, page)), page))
    return tokens


def rendered(tokens: list[Token]) -> str:
    """The tokens as Markdown, by the writer that writes articles."""
    _tighten(tokens)
    return render(parse(_RENDERER.renderer.render(tokens, _RENDERER.options, {})))


def is_in(url: str, page: Page) -> bool:
    """Whether *page* names this very address, and not only one that begins with it."""
    if url == page.url:
        return True
    for written in {url, link_target(url) or url}:
        if written in page.text and re.search(
            rf"(?<![\w/.%-]){re.escape(written)}(?![\w/%&=?#~@+-]|[.:,;]\w)", page.text
        ):
            return True
    return False


def _led(children: list[Token], page: Page) -> Iterator[Token]:
    """Links and images that lead to what the page names; of the others, their texts."""
    kept: list[bool] = []
    for child in children:
        if child.type == "link_open":
            kept.append(is_in(str(child.attrs.get("href", "")), page))
            child.attrs.pop("title", None)
        stays = kept.pop() if child.type == "link_close" else (not kept or kept[-1])
        if child.type in {"link_open", "link_close"}:
            if stays:
                yield child
        elif child.type == "image" and not is_in(str(child.attrs.get("src", "")), page):
            yield _text(child.content)
        else:
            child.attrs.pop("title", None)
            yield child


def _merged(children: Iterator[Token]) -> Iterator[Token]:
    """Texts that touch are one: an address could be put together from several."""
    last: Token | None = None
    for child in children:
        if child.type == "text":
            content = _BREAK.sub(" ", child.content)
            last = _text(last.content + content if last else content)
            continue
        if last:
            yield last
        last = None
        yield child
    if last:
        yield last


def _addresses(children: Iterator[Token], page: Page) -> Iterator[Token]:
    in_link = False
    for child in children:
        in_link = child.type == "link_open" or (in_link and child.type != "link_close")
        if child.type == "text" and not in_link:
            yield from _without_addresses(child.content, page)
        else:
            yield child


def _without_addresses(text: str, page: Page) -> Iterator[Token]:
    """A text with the addresses in it as links, where the page names them, or as code."""
    done = 0
    for found in URL.finditer(text):
        address = _TAIL.sub("", found[0])
        yield _text(text[done : found.start()])
        done = found.start() + len(address)
        if "://" in address and is_in(address, page):
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield _text(address)
            yield Token("link_close", "a", -1)
        else:
            yield Token("code_inline", "code", 0, content=address)
    yield _text(text[done:])


def _tighten(tokens: list[Token]) -> None:
    """Take the empty lines out of lists whose items have one paragraph each, and lists in them."""
    lists: list[tuple[list[Token], list[int]]] = []
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(([], []))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            paragraphs, counts = lists.pop()
            if max(counts, default=0) <= 2:  # it opens, and it closes
                for paragraph in paragraphs:
                    paragraph.hidden = True
        elif token.type == "list_item_open":
            lists[-1][1].append(0)
        elif lists and token.level == 2 * len(lists) and token.type.startswith("paragraph"):
            lists[-1][0].append(token)
            lists[-1][1][-1] += 1


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
