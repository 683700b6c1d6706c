"""Keys → bytes, as xterm sends them."""

from __future__ import annotations

import pytest

from haconsole.ui.terminal.keys import encode, paste


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"),
        ("A", "A", b"A"),
        ("space", " ", b" "),
        ("中", "中", "中".encode()),
        ("plus", "+", b"+"),
        ("right_square_bracket", "]", b"]"),
        ("enter", "\r", b"\r"),
        ("tab", "\t", b"\t"),
        ("shift+tab", None, b"\x1b[Z"),
        ("backspace", "\x7f", b"\x7f"),
        ("escape", "\x1b", b"\x1b"),
        ("ctrl+c", "\x03", b"\x03"),
        ("ctrl+d", "\x04", b"\x04"),
        ("ctrl+q", "\x11", b"\x11"),
        ("ctrl+z", "\x1a", b"\x1a"),
        ("ctrl+at", "\x00", b"\x00"),
        ("ctrl+backslash", "\x1c", b"\x1c"),
        ("up", None, b"\x1b[A"),
        ("ctrl+right", None, b"\x1b[1;5C"),
        ("shift+up", None, b"\x1b[1;2A"),
        ("delete", None, b"\x1b[3~"),
        ("ctrl+delete", None, b"\x1b[3;5~"),
        ("pageup", None, b"\x1b[5~"),
        ("home", None, b"\x1b[H"),
        ("f1", None, b"\x1bOP"),
        ("f5", None, b"\x1b[15~"),
        ("f12", None, b"\x1b[24~"),
        ("alt+b", None, b"\x1bb"),
        ("alt+enter", None, b"\x1b\r"),
        ("ctrl+f20", None, b""),
        ("<ignore>", None, b""),
    ],
)
def test_every_key_of_a_terminal_is_sent(key: str, character: str | None, sent: bytes) -> None:
    assert encode(key, character) == sent


def test_arrows_are_what_the_program_asked_for() -> None:
    assert encode("up", None, cursor_keys=True) == b"\x1bOA"
    assert encode("end", None, cursor_keys=True) == b"\x1bOF"
    assert encode("ctrl+up", None, cursor_keys=True) == b"\x1b[1;5A"


def test_a_paste_cannot_end_itself() -> None:
    evil = "ls\x1b[201~\nrm -rf /\x03"
    assert paste(evil, bracketed=True) == b"\x1b[200~ls[201~\rrm -rf /\x1b[201~"
    assert paste("a\r\nb\tc\n", bracketed=False) == b"a\rb\tc\r"
