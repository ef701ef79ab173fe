"""What is certainly not content leaves the tree."""

from __future__ import annotations

from lxml import etree

from .images import is_spacer

HIDDEN = "data-guidang-hidden"

#: Never content, not even in a selection.
_NEVER = frozenset(
    "script style template noscript input select textarea button dialog object link meta".split()
)
#: Around the content, by the element's own meaning (HTML Standard, section 4.3).
_AROUND = frozenset("nav aside footer".split())
#: Around the content, by role (WAI-ARIA 1.2, section 5.3.4).
_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog "
    "menu menubar toolbar".split()
)


#: What is dropped is renamed first and taken out in one go: one by one, the text behind each would
#: be copied again and again.
_DROPPED = "guidang-dropped"


def clean(page: etree._Element, *, whole: bool = False) -> None:
    """Take out, in place, what the reader did not see and what is not the page's content."""
    for element in list(page.iter(etree.Element)):
        if element is not page and (_unseen(element) or (not whole and _is_around(element))):
            element.tag = _DROPPED
        elif element.get(HIDDEN) == "visibility":
            _silence(element)
    etree.strip_elements(page, _DROPPED, with_tail=False)


def _unseen(element: etree._Element) -> bool:
    if element.tag == "script":
        return not element.get("type", "").startswith("math/tex")
    if element.tag == "img" and is_spacer(element):
        return True
    return element.tag in _NEVER or element.get(HIDDEN) == "display"


def _is_around(element: etree._Element) -> bool:
    if element.tag == "header":
        # The header of an article holds its title, that of a page the site's.
        return not any(parent.tag in {"article", "main"} for parent in element.iterancestors())
    return element.tag in _AROUND or element.get("role", "").lower() in _ROLES


def _silence(element: etree._Element) -> None:
    """The element's own text was invisible; its children spoke for themselves."""
    element.text = None
    for child in element:
        child.tail = None
