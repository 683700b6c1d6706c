"""Keys as Textual names them → the bytes that xterm sends for them (xterm's ctlseqs)."""

from __future__ import annotations

import re

#: The key that comes back to the console, as telnet(1) has it.
ESCAPE = "ctrl+right_square_bracket"
ESCAPE_SHOWN = "Ctrl+]"

_PLAIN = {
    "enter": "\r", "tab": "\t", "backspace": "\x7f", "escape": "\x1b", "space": " ",
    "shift+tab": "\x1b[Z", "ctrl+j": "\n", "newline": "\n", "ctrl+at": "\0", "ctrl+@": "\0",
    "ctrl+space": "\0", "ctrl+backslash": "\x1c", "ctrl+circumflex_accent": "\x1e",
    "ctrl+underscore": "\x1f", "ctrl+slash": "\x1f", "shift+enter": "\r", "ctrl+backspace": "\b",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
}  # fmt: skip
#: Keys that end in a letter, and such that end in a number and ``~``.
_LETTERS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
_NUMBERS = {
    "insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17, "f7": 18, "f8": 19,
    "f9": 20, "f10": 21, "f11": 23, "f12": 24,
}  # fmt: skip
_MODIFIERS = {"shift": 1, "alt": 2, "ctrl": 4}
_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
#: What a paste may not hold: an escape would end it early and be typed.
_NOT_PASTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def encode(key: str, character: str | None, *, cursor_keys: bool = False) -> bytes:
    """Return the bytes for a key; none for one that no terminal has.

    ``cursor_keys``: the program asked for arrows of its own kind (DECCKM).
    """
    *modifiers, name = key.split("+") if not key.endswith("+") else [key]
    if key in _PLAIN:
        return _PLAIN[key].encode()
    if name in _LETTERS or name in _NUMBERS:
        return _special(name, modifiers, cursor_keys=cursor_keys)
    if modifiers == ["ctrl"] and len(name) == 1 and name.isascii() and name.isalpha():
        return bytes((ord(name.upper()) & 0x1F,))
    if modifiers and modifiers[0] == "alt":
        inner = encode("+".join([*modifiers[1:], name]), character or _named(name))
        return b"\x1b" + inner if inner else b""
    if character is not None and character.isprintable():
        return character.encode("utf-8", "ignore")
    return b""


def _named(name: str) -> str | None:
    return name if len(name) == 1 else None


def _special(name: str, modifiers: list[str], *, cursor_keys: bool) -> bytes:
    code = 1 + sum(_MODIFIERS.get(modifier, 0) for modifier in modifiers)
    if name in _NUMBERS:
        number = _NUMBERS[name]
        return (f"\x1b[{number}~" if code == 1 else f"\x1b[{number};{code}~").encode()
    if code > 1:
        return f"\x1b[1;{code}{_LETTERS[name]}".encode()
    return f"\x1b{'O' if cursor_keys else '['}{_LETTERS[name]}".encode()


def paste(text: str, *, bracketed: bool) -> bytes:
    """Return a pasted text as it is typed; ``bracketed``: the program asked to be told of it."""
    body = _NOT_PASTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "\r")
    if bracketed:
        body = f"{_PASTE_BEGIN}{body}{_PASTE_END}"
    return body.encode("utf-8", "ignore")
