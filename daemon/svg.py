"""SVG that shows and does nothing else: what could run or load something is taken out."""

from __future__ import annotations

import re

from lxml import etree

from .errors import image_unknown
from .tree import drop

NAMESPACE = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
#: Elements of SVG 2 and of Filter Effects that draw. Not there: `script`, `foreignObject`, links,
#: and animations, which may set what this module has looked at.
_DRAWN = frozenset(
    "svg g defs symbol use image switch title desc metadata style path rect circle ellipse line "
    "polyline polygon text tspan textPath marker pattern clipPath mask linearGradient "
    "radialGradient stop filter feBlend feColorMatrix feComponentTransfer feComposite "
    "feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood "
    "feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology "
    "feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence view".split()
)
#: A part of the same file, or pixels in the address itself.
_OWN = re.compile(r"\s*(?:#|data:image/(?:png|jpeg|gif|webp);base64,)")
#: What CSS loads, and the backslash, which can hide any of it (CSS Values 4, CSS Images 4).
_LOADS = re.compile(
    r"\\|@import|(?:image|image-set|cross-fade|src|element)\(|url\((?!\s*[\"']?#)", re.IGNORECASE
)


def clean_svg(data: bytes) -> bytes:
    """*data* without scripts, handlers, foreign content, external references and entities.

    Raises:
        ImageError: It is no SVG, or breaks the parser's limits (libxml2 counts what entities
            expand to, and stops at 256 levels).
    """
    root = _parsed(data)
    for element in list(root.iter(etree.Element)):
        if element is root or element.getparent() is None:
            continue
        if not _is_drawn(element):
            drop(element)
    for element in root.iter(etree.Element):
        _clean_attributes(element)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="utf-8", with_tail=False)


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs know no more than bool
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise image_unknown() from error
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise image_unknown()
    return root


def _is_drawn(element: etree._Element) -> bool:
    name = etree.QName(element)
    if name.namespace != NAMESPACE or name.localname not in _DRAWN:
        return False
    return name.localname != "style" or not _LOADS.search(str(element.xpath("string()")))


def _clean_attributes(element: etree._Element) -> None:
    for name, value in list(element.attrib.items()):
        if not _is_harmless(str(name), str(value)):
            del element.attrib[name]


def _is_harmless(name: str, value: str) -> bool:
    if name in {"href", _XLINK}:
        return bool(_OWN.match(value))
    # Of other namespaces: xml:base would move what a fragment names; editors' notes draw nothing.
    plain = not name.startswith("{") or name == "{http://www.w3.org/XML/1998/namespace}space"
    return plain and not name.lower().startswith("on") and not _LOADS.search(value)
