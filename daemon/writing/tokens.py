"""Tokens of a text, counted by nobody."""

from __future__ import annotations

import string

_NOT_ASCII = bytes(range(128, 256))
#: What most often is a token of its own: digits (Llama, Qwen, Mistral; OpenAI's go by threes),
#: marks, and capitals, which begin one in names, in code and in base64.
_ALONE = (string.digits + string.punctuation + string.ascii_uppercase).encode()
_FOUR_BYTES = bytes(range(0xF0, 0xF8))
#: Parts of a token in which weights are counted, so that they add up exactly.
UNIT = 14
#: Byte-pair encodings join 4 to 5 letters of English prose, spaces counted.
_LETTER = 4
#: What is not ASCII is counted by its bytes, which is what such encodings fall back to. A Chinese
#: character (3 bytes) has 0.6 to 1.5 tokens, an Arabic or Cyrillic letter (2 bytes) 0.3 to 0.9.
_BYTE = 7
#: An emoji (4 bytes) has up to 4.
_MORE_FOR_FOUR = 28
#: No character weighs more.
HEAVIEST = 4 * _BYTE + _MORE_FOR_FOUR


def estimate(text: str) -> int:
    """Tokens of *text* for any common tokenizer, rather too many than too few.

    Linear; a text has at least as many as any part of it, and at most as many as its parts have
    together.
    """
    return -(-weight(text) // UNIT)


def weight(text: str) -> int:
    """The same as a weight, UNIT for a token: that of a text is exactly that of its parts."""
    data = text.encode("utf-8", "replace")
    ascii_ = data.translate(None, _NOT_ASCII)
    letters = len(ascii_.translate(None, _ALONE))
    four = len(data) - len(data.translate(None, _FOUR_BYTES))
    return (
        letters * _LETTER
        + (len(ascii_) - letters) * UNIT
        + (len(data) - len(ascii_)) * _BYTE
        + four * _MORE_FOR_FOUR
    )
