"""Tokens of a text, counted by nobody."""

from __future__ import annotations

import string

_NOT_ASCII = bytes(range(128, 256))
_MARKS = (string.digits + string.punctuation).encode()
_CAPITALS = string.ascii_uppercase.encode()
#: Tokens for a byte of each sort. Byte-pair encodings join 4 to 5 letters of English prose, spaces
#: counted; digits go alone (Llama, Qwen, Mistral) or by threes (OpenAI), marks mostly alone, and
#: capitals begin a token more often than not (base64, names in code). What is not ASCII is counted
#: by its bytes, which is what such an encoding falls back to: a Chinese character (3 bytes) has 0.6
#: to 1.2 tokens, an Arabic or Cyrillic letter (2 bytes) 0.3 to 0.8, an emoji (4 bytes) 1 to 3.
_LETTER = 2 / 7
_MARK = 1.0
_CAPITAL = 0.7
_BYTE = 0.45
#: No character has more.
MOST_OF_A_CHARACTER = 4 * _BYTE


def estimate(text: str) -> int:
    """Tokens of *text* for any common tokenizer, rather too many than too few.

    Linear; a text has at least as many as any part of it, and at most as many as its parts have
    together.
    """
    data = text.encode("utf-8", "replace")
    ascii_ = data.translate(None, _NOT_ASCII)
    plain = ascii_.translate(None, _MARKS)
    small = plain.translate(None, _CAPITALS)
    tokens = (
        (len(data) - len(ascii_)) * _BYTE
        + (len(ascii_) - len(plain)) * _MARK
        + (len(plain) - len(small)) * _CAPITAL
        + len(small) * _LETTER
    )
    return -int(-tokens // 1)
