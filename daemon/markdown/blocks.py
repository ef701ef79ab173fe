"""Blocks of Markdown inside of quotes, list items and footnotes."""

from __future__ import annotations

#: How deep containers go (a list is two levels): markdown-it shows nothing below 20, and
#: indentation makes output quadratic in the depth. What is deeper stands in the last one.
_DEEPEST = 18


class Container:
    """What stands before the first line of a quote or an item, and before the others."""

    __slots__ = ("begun", "first", "last_list", "rest", "weight")

    def __init__(self, first: str, rest: str, weight: int) -> None:
        self.first = first
        self.rest = rest
        self.weight = weight
        self.begun = False
        self.last_list = ""  #: the marker of the list that ended just now

    @property
    def begins_note(self) -> bool:
        """Whether it is a footnote in which nothing stands yet."""
        return not self.begun and self.first.startswith("[^")


class Blocks:
    """Lines of Markdown as they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.gap = False  #: an empty line stands before the next block
        page = Container("", "", 0)
        page.begun = True
        self._containers = [page]
        self._depths = 0
        self._skipped: list[bool] = []

    @property
    def inner(self) -> Container:
        """The container that the next block stands in."""
        return self._containers[-1]

    def enter(self, first: str, rest: str, weight: int = 1) -> None:
        """Begin a container; where that is too deep, nothing is begun but its level."""
        fits = self._depths + weight <= _DEEPEST
        self._skipped.append(not fits)
        if fits:
            self._containers.append(Container(first, rest, weight))
            self._depths += weight

    def leave(self) -> None:
        """End the container that was begun last."""
        if not self._skipped.pop():
            self._depths -= self._containers.pop().weight

    def add(self, text: str) -> None:
        """Write a block of one or more lines."""
        inner = self._containers[-1]
        inner.last_list = ""
        outside = len(self._containers) == 1
        if self.gap and self.lines:
            self.lines.append("" if outside else self._rest().rstrip())
        if outside:
            self.lines += text.split("\n")
        else:
            self._add_inside(text)
        self.gap = True

    def _add_inside(self, text: str) -> None:
        first, _, others = text.partition("\n")
        self.lines.append((self._first() + first) if first else self._first().rstrip(" "))
        if others or text.endswith("\n"):
            rest = "".join(container.rest for container in self._containers)
            bare = rest.rstrip(" ")
            self.lines += [rest + line if line else bare for line in others.split("\n")]

    def _first(self) -> str:
        prefix = ""
        for container in self._containers:
            prefix += container.rest if container.begun else container.first
            container.begun = True
        return prefix

    def _rest(self) -> str:
        return "".join(container.rest for container in self._containers if container.begun)
