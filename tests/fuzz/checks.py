"""One case, through the functions that answer the lines of both filters."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from daemon.errors import DaemonError
from daemon.extract import parse
from daemon.filters import answer_article, answer_markdown
from daemon.normalize import kinds_of
from daemon.protocol import encode_line, fault_of

from .cases import page_of
from .viewers import live_parts, rendered

#: Processor seconds for one line: what takes longer grows faster than its page.
_SECONDS = 5.0
#: No text of a reader is in them, or it is given in another form.
_NO_TEXT = frozenset(
    "script style template noscript head title meta link base select textarea button datalist "
    "option progress meter param source track area map svg canvas colgroup col rp object video "
    "audio iframe embed math".split()
)
#: What is drawn of a formula is given as its TeX.
_FORMULA = "tex"
_LETTER = re.compile(r"[A-Za-z0-9\u4e00-\u9fff]")
_MARKUP = re.compile(r"<[^>]*>")
#: The share of the letters, and their number, that the plain forms may leave out: labels of
#: footnotes and callouts, line numbers, the text of a permalink.
_LOST, _FEW = 0.3, 100


def faults_of(number: int, seed: int = 0) -> list[str]:
    """What is wrong with the answers for the case *number*; nothing, if all is well."""
    return list(_faults(page_of(number, seed)))


def load() -> None:
    """For `Workers`: what a case needs."""


def _faults(html: str) -> Iterator[str]:
    line = json.dumps({"html": html, "url": "https://example.org/a/b"}).encode()
    for answer in (answer_article, answer_markdown):
        name = answer.__name__.removeprefix("answer_")
        begun = time.process_time()
        try:
            found: dict[str, Any] = answer(line)
        except DaemonError as error:
            encode_line({"error": fault_of(error)}).decode("utf-8")
            continue
        except Exception:  # noqa: BLE001  it is what is looked for
            yield f"{name}: {traceback.format_exc(limit=-6)}"
            continue
        taken = time.process_time() - begun
        if taken > _SECONDS:
            yield f"{name}: took {taken:.1f} s"
        yield from (f"{name}: {fault}" for fault in _faults_in(found))
        if name == "markdown":
            yield from _lost(html, found["markdown"])


def _faults_in(answer: dict[str, Any]) -> Iterator[str]:
    json.loads(encode_line(answer).decode("utf-8"))
    for html in rendered(answer["markdown"]):
        yield from (f"would run: {part}" for part in live_parts(html))


def _lost(html: str, markdown: str) -> Iterator[str]:
    letters = Counter(_LETTER.findall(_shown(parse(html))))
    lost = letters - Counter(_LETTER.findall(_MARKUP.sub("", next(rendered(markdown)))))
    if lost.total() > max(_FEW, _LOST * letters.total()):
        yield f"markdown: {lost.total()} of {letters.total()} letters lost"


def _shown(page: etree._Element) -> str:
    """The texts of a page that are no code of the page itself."""
    parts = []
    walk = etree.iterwalk(page, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            parts.append(element.tail or "")
        elif element.tag in _NO_TEXT or _FORMULA in kinds_of(element.get("class", "")):
            walk.skip_subtree()
        else:
            parts.append(element.text or "")
    return "".join(parts)
