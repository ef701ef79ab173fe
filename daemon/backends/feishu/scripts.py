"""Raised and lowered text, for which blocks have no style, by the characters of Unicode."""

from __future__ import annotations

_RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        strict=True,
    )
)
_LOWERED = dict(
    zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)


def raised(text: str) -> str:
    """*text* as an exponent: “²”, or “^(…)” where a character has no such form."""
    return _as(text, _RAISED, "^")


def lowered(text: str) -> str:
    """*text* as an index: “₂”, or “_(…)” where a character has no such form."""
    return _as(text, _LOWERED, "_")


def _as(text: str, forms: dict[str, str], mark: str) -> str:
    core = text.strip()
    if not core or core[0] in "[〔【（":  # the number of a footnote
        return text
    if all(letter in forms for letter in core):
        return text.replace(core, "".join(forms[letter] for letter in core))
    return text.replace(core, f"{mark}({core})")
