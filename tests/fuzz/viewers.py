"""What a viewer makes of Markdown, and whether any of it would run.

Two independent renderers read it, both with raw HTML let through, and none of what they give may
have an element or an attribute beside those that a text needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import cmarkgfm
from cmarkgfm.cmark import Options
from lxml import etree
from markdown_it import MarkdownIt

_MARKDOWN_IT = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(
    ["table", "strikethrough"]
)
_EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
#: markdown-it takes seconds for more characters than these.
_LONGEST = 60_000

_TEXTS = (
    "html body p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code a img em strong del s br hr table "
    "thead tbody tr th td ins u mark q sub sup kbd section input"
).split()
_ATTRIBUTES = {
    "a": {"href", "title", "class", "id", "aria-label"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    "li": {"id"},
    "td": {"align", "style", "colspan", "rowspan"},
    "th": {"align", "style", "colspan", "rowspan"},
    "input": {"type", "checked", "disabled"},
    "sup": {"class"},
    "section": {"class"},
}
#: Browsers drop these inside of a scheme (URL Standard, section 4.4).
_UNSEEN = re.compile(r"[\x00-\x20]+")
_RUNS = re.compile(
    r"(?:java|vb|live)script:|data:(?!image/(?:png|jpe?g|gif|webp|avif)[;,])", re.IGNORECASE
)
_STYLE = re.compile(r"text-align:\s?(?:left|right|center)")


def rendered(markdown: str) -> Iterator[str]:
    """The HTML of each viewer; the first knows footnotes and is never left out."""
    for footnotes in (Options.CMARK_OPT_FOOTNOTES, 0):
        yield cmarkgfm.markdown_to_html_with_extensions(
            markdown, Options.CMARK_OPT_UNSAFE | footnotes, _EXTENSIONS
        )
    if len(markdown) < _LONGEST:
        yield _MARKDOWN_IT.render(markdown)


def live_parts(html: str) -> list[str]:
    """What of the *html* of a viewer would run, or is there though no text needs it."""
    found = _Found()
    # A target has no limit of depth.
    parser = etree.HTMLParser(target=found, huge_tree=True, encoding="utf-8")  # type: ignore[arg-type]  # the stubs ask for more
    etree.fromstring(f"<html><body>{html}".encode(), parser)
    return found.live


class _Found:
    """The target of a parser: it keeps what should not be there."""

    def __init__(self) -> None:
        self.live: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag not in _TEXTS:
            self.live.append(f"<{tag}>")
        for name, value in attributes.items():
            harmless = name in _ATTRIBUTES.get(tag, set()) or name.startswith("data-footnote")
            if not harmless or (name == "style" and not _STYLE.fullmatch(value)):
                self.live.append(f"<{tag} {name}={value[:80]!r}>")
            if name in {"href", "src"} and _RUNS.match(_UNSEEN.sub("", value)):
                self.live.append(f"<{tag} {name}={value[:80]!r}>")

    def end(self, tag: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass

    def comment(self, text: str) -> None:
        self.live.append(f"<!--{text[:80]}-->")

    def pi(self, target: str, data: str | None = None) -> None:
        self.live.append(f"<?{target}>")

    def close(self) -> None:
        pass
