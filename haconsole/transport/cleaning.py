"""Remote text is hostile until it went through here.

Control characters (C0, DEL, C1), bidirectional overrides and isolates, line separators and
other characters that move the cursor, hide or reorder text are replaced by visible ones, so
that no escape sequence of a node ever reaches the operator's terminal. Tab and newline stay.
"""

from __future__ import annotations

import re

#: Stands at the end of a text that was cut.
CUT = "…"
#: Bytes of one line that are kept; the rest of a longer line is cut.
LINE_LIMIT = 16 * 1024

_PLAIN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"  # invisible, bidirectional
    "\u2028\u2029\ufeff\ufff9-\ufffb\ufffe\uffff"  # separators, BOM, annotations
    "\ud800-\udfff\U000e0000-\U000e007f]"  # lone surrogates, tags
)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def clean(data: bytes | str) -> str:
    """Return the text with every hostile character replaced; idempotent.

    Bytes are UTF-8; what is not becomes U+FFFD. CR LF becomes LF.
    """
    if isinstance(data, bytes):
        if data.isascii() and _PLAIN.search(data) is None:
            return data.decode("ascii")
        data = data.decode("utf-8", errors="replace")
    return _HOSTILE.sub(_visible, data.replace("\r\n", "\n"))


def clean_line(line: bytes | str) -> str:
    """Return one line, cleaned; a carriage return at its end is dropped."""
    text = clean(line.rstrip(b"\r") if isinstance(line, bytes) else line.rstrip("\r"))
    return text.replace("\n", "\u240a") if "\n" in text else text


def clean_words(data: bytes | str, limit: int = 300) -> str:
    """Return cleaned text as one line of at most ``limit`` characters, to stand in a sentence."""
    text = " ".join(clean(data).split())
    return text if len(text) <= limit else text[: limit - 1] + CUT
