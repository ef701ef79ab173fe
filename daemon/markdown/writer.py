"""The writer: one pass over the tree, without recursion, so that depth does no harm."""

from __future__ import annotations

import re

from lxml import etree

from . import table
from .escape import code_block, code_span, escape, escape_line_end, image_target, link_target
from .inline import BREAK, Mark, Run, fold_space, write_runs

_SKIPPED = frozenset(
    "script style template noscript head title meta link base input select textarea button "
    "datalist option progress meter object param source track area map svg dialog".split()
)
_INLINE_MARKS = {
    "strong": "strong",
    "b": "strong",
    "em": "em",
    "i": "em",
    "cite": "em",
} | dict.fromkeys(("del", "s", "strike"), "del")
_CODE = frozenset("code kbd samp tt".split())
_INLINE = frozenset(
    "abbr acronym bdi bdo big data dfn font ins label mark nobr output q rb rp rt ruby small span "
    "sub sup time u var wbr picture".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MEDIA = frozenset("video audio iframe embed".split())
#: Indentation makes output quadratic in the depth of lists and quotes; nobody reads deeper.
_DEEPEST = 24


class _Container:
    """A quote or a list item: what stands before its first line, and before the others."""

    def __init__(self, first: str, rest: str) -> None:
        self.first = first
        self.rest = rest
        self.begun = False

    def prefix(self) -> str:
        before = self.rest if self.begun else self.first
        self.begun = True
        return before


class _List:
    """A list and the number of its next item."""

    def __init__(self, element: etree._Element) -> None:
        self.ordered = element.tag == "ol"
        self.tight = element.find("./li/p") is None
        start = element.get("start", "1")
        self.number = int(start) if start.isdecimal() and len(start) < 9 else 1
        self.begun = False

    @property
    def interrupts(self) -> bool:
        """Whether it is seen right after a line of text (CommonMark 0.31, section 5.3)."""
        return not self.ordered or self.number == 1

    def marker(self) -> str:
        """What stands before the next item."""
        self.begun = True
        if not self.ordered:
            return "- "
        self.number += 1
        return f"{self.number - 1}. "


def render(body: etree._Element) -> str:
    """The tree as Markdown, without an end of line. Linear in its size."""
    writer = _Writer()
    walk = etree.iterwalk(body, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            if writer.start(element):
                writer.text(element.text)
            else:
                walk.skip_subtree()
        if event == "end":
            writer.end(element)
        if event != "start" and element is not body:
            writer.text(element.tail)
    return writer.finish()


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._runs: list[Run] = []
        self._marks: list[Mark] = []
        self._containers: list[_Container | None] = []
        self._lists: list[_List] = []
        self._heading = 0
        self._gap = False
        self._links = 0

    def start(self, element: etree._Element) -> bool:
        """Begin an element; false when its content is not to be visited."""
        tag = element.tag
        if tag in _SKIPPED:
            return False
        if tag in _INLINE_MARKS or tag == "a":
            self._marks.append(self._mark(element))
            return True
        if tag in _INLINE:
            return True
        return self._start_whole(element) if self._is_whole(element) else self._start_block(element)

    def end(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in _SKIPPED or tag in _INLINE or self._is_whole(element):
            return
        if tag in _INLINE_MARKS or tag == "a":
            self._marks.pop()
            return
        self._flush()
        if tag in _HEADINGS:
            self._heading = 0
        elif tag in {"blockquote", "li"}:
            self._containers.pop()
        elif tag in {"ul", "ol"}:
            self._lists.pop()
            self._gap = True

    def text(self, text: str | None) -> None:
        if text:
            self._run(escape(fold_space(text)))

    def finish(self) -> str:
        self._flush()
        return "\n".join(self._lines).strip("\n")

    @staticmethod
    def _is_whole(element: etree._Element) -> bool:
        """Whether it is written in one go, with all that is in it."""
        tag = element.tag
        return (
            tag in {"br", "hr", "img", "pre"}
            or tag in _CODE
            or tag in _MEDIA
            or (tag == "table" and table.is_data(element))
        )

    def _start_whole(self, element: etree._Element) -> bool:
        tag = element.tag
        if tag == "br":
            self._break()
        elif tag == "img":
            self._image(element)
        elif tag in _CODE:
            self._code(element)
        elif tag in _MEDIA:
            self._media(element)
        else:
            self._flush()
            self._block(self._whole_block(element))
        return False

    @staticmethod
    def _whole_block(element: etree._Element) -> str:
        if element.tag == "hr":
            return "---"
        if element.tag == "pre":
            return code_block(_all_text(element).strip("\n"), _language(element))
        return table.write(element, render)

    def _start_block(self, element: etree._Element) -> bool:
        self._flush()
        tag = element.tag
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag in {"ul", "ol"}:
            within = self._lists[-1] if self._lists else None
            self._lists.append(_List(element))
            if within and within.tight and self._lists[-1].interrupts:
                self._gap = False
        elif tag == "li":
            self._enter_item()
        elif tag == "blockquote":
            self._enter("> ", "> ")
        return True

    def _enter_item(self) -> None:
        current = self._lists[-1] if self._lists else None
        if current and current.tight and current.begun:
            self._gap = False
        marker = current.marker() if current else "- "
        self._enter(marker, " " * len(marker))

    def _enter(self, first: str, rest: str) -> None:
        deep = len(self._containers) >= _DEEPEST
        self._containers.append(None if deep else _Container(first, rest))

    def _run(self, text: str) -> None:
        self._runs.append(Run(text, tuple(self._marks)))

    def _break(self) -> None:
        """One break is a line; two are a paragraph, as pages without <p> write it."""
        last = next((run.text for run in reversed(self._runs) if run.text.strip(" ")), "")
        if last == BREAK:
            self._flush()
        else:
            self._run(BREAK)

    def _image(self, element: etree._Element) -> None:
        target = image_target(element.get("src") or element.get("data-src") or "")
        if target:
            alt = escape(fold_space(element.get("alt", "")).strip())
            self._run(f"![{alt}]({target})")

    def _code(self, element: etree._Element) -> None:
        text = fold_space(_all_text(element))
        if text.strip():
            self._run(code_span(text))

    def _media(self, element: etree._Element) -> None:
        target = link_target(element.get("src", ""))
        if target:
            title = escape(fold_space(element.get("title") or "").strip()) or target
            self._flush()
            self._block(f"[{title}]({target})")

    def _mark(self, element: etree._Element) -> Mark:
        if element.tag != "a":
            return Mark(_INLINE_MARKS[element.tag])
        target = link_target(element.get("href") or "")
        self._links += 1
        inside = any(mark.tag == "a" for mark in self._marks)
        return Mark("a", target, self._links) if target and not inside else Mark("")

    def _flush(self) -> None:
        """Write the block whose runs are complete."""
        runs = [Run(text, tuple(_distinct(marks))) for text, marks in self._runs]
        self._runs = []
        text = write_runs(runs)
        if not text:
            return
        if self._heading:
            line = escape_line_end(text.replace("\\\n", " "))
            text = f"{'#' * self._heading} {line}"
        self._block(text)

    def _block(self, text: str) -> None:
        containers = [container for container in self._containers if container]
        if self._gap and self._lines:
            begun = [container.rest for container in containers if container.begun]
            self._lines.append("".join(begun).rstrip())
        for line in text.split("\n"):
            prefix = "".join(container.prefix() for container in containers)
            self._lines.append(prefix + line if line else prefix.rstrip(" "))
        self._gap = True


def _distinct(marks: tuple[Mark, ...]) -> list[Mark]:
    """Bold inside bold is bold; an anchor without a target is nothing."""
    kept: list[Mark] = []
    for mark in marks:
        if mark.tag and all(mark.tag != other.tag for other in kept):
            kept.append(mark)
    return kept


def _all_text(element: etree._Element) -> str:
    """The text of code; its breaks are line ends."""
    parts = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            parts.append("\n" if node.tag == "br" else node.text or "")
        elif node is not element:
            parts.append(node.tail or "")
    return "".join(parts)


def _language(element: etree._Element) -> str:
    """The language of a code block, from the class names that highlighters agree on."""
    for node in (element, *element.findall(".//code")):
        found = re.search(
            r"(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]+)", node.get("class", "")
        )
        if found:
            return found[1]
    return ""
