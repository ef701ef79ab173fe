"""What axe-core, which is run in a page, holds against it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.user import ROOT
from tools import chromium

if TYPE_CHECKING:
    from tools.chromium import Target

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

#: Each as a line: the rule, the element, and what is wrong with it.
VIOLATIONS = f"""axe.run(document, {{ runOnly: {json.dumps(RULES)}, resultTypes: ["violations"] }})
    .then(({{ violations }}) => violations.flatMap(({{ id, nodes }}) => nodes.map((node) =>
        [id, node.target.join(" "), node.failureSummary].join(" | "))))"""


def assert_accessible(page: Target, name: str) -> None:
    """Hold *page* against the rules in both themes; *name* is what it shows.

    The page lets in no script but its own, and what DevTools evaluate is none of a page's.

    Raises:
        AssertionError: It breaks rules; the text says which, and where.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"{AXE.read_text('utf-8')}; undefined")
    for theme in ("light", "dark"):
        show_theme(page, theme)
        broken = page.evaluate(VIOLATIONS, timeout=60)
        assert broken == [], f"{name}, {theme}:\n" + "\n".join(broken)


def show_theme(page: Target, theme: str) -> None:
    """Let *page* see a system with this *theme*, where nothing moves or fades in."""
    features = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
    media = [{"name": name, "value": value} for name, value in features.items()]
    page.call("Emulation.setEmulatedMedia", {"features": media})
    page.evaluate(chromium.PAINTED)
