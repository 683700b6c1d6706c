"""What a node sends → what stands on the screen; what it must not do, it cannot."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from haconsole.ui.terminal.cells import BRACKETED_PASTE, CURSOR_KEYS, HISTORY, Cells
from haconsole.ui.terminal.escapes import Escapes, rendition


def screen(*pieces: str | bytes, columns: int = 20, lines: int = 5) -> Cells:
    cells = Cells(columns, lines)
    escapes = Escapes(cells)
    for piece in pieces:
        escapes.feed(piece.encode() if isinstance(piece, str) else piece)
    return cells


def text(cells: Cells) -> list[str]:
    return ["".join(t for t, _ in cells.row(y)).rstrip() for y in range(cells.lines)]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("one\r\ntwo", ["one", "two"]),
        ("12345678901234567890x", ["12345678901234567890", "x"]),
        ("1234567890123456789中", ["1234567890123456789", "中"]),
        ("abc\bX", ["abX"]),
        ("abcdef\x1b[3D\x1b[K", ["abc"]),
        ("abc\x1b[2Jx", ["   x"]),
        ("\x1b[2;3Hx\x1b[H1", ["1", "  x"]),
        ("-\x1b[5b|", ["------|"]),
        ("a\x1b[4hb\x1b[1Gc\x1b[4l", ["cab"]),
        ("\x1b(0lqk\x1b(B ok", ["┌─┐ ok"]),
        ("e\u0301 ok", ["é ok"]),
        ("a\u202eb\u200bc", ["a\ufffdb\ufffdc"]),
        ("a\ttab", ["a       tab"]),
        ("x\x1b7\x1b[3;3Hy\x1b8z", ["xz", "", "  y"]),
        ("1\r\n2\r\n3\r\n4\r\n5\x1b[2;4r\x1b[2;1H\x1b[M", ["1", "3", "4", "", "5"]),
        ("1\r\n2\r\n3\x1b[2S", ["3"]),
        ("1\r\n2\x1b[1T", ["", "1", "2"]),
        ("\x1bM1", ["1"]),
    ],
)  # fmt: skip
def test_what_is_sent_is_shown(sent: str, shown: list[str]) -> None:
    assert text(screen(sent)) == [*shown, *[""] * (5 - len(shown))]


@pytest.mark.parametrize(
    "sent",
    [
        "\x1b]0;title\x07",
        "\x1b]52;c;Y2xpcGJvYXJk\x07",
        "\x1b]8;;http://example.org\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bPq#0;2;0;0;0~~\x1b\\",
        "\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
        "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[=c\x1b[?6n\x1b[18t\x1b[21t",
        "\x1b[?1000h\x1b[?1006h\x1b[?2026h\x1b[?3h\x1b[?9999h",
        "\x1b[>4;2m\x1b[>1u\x1b[?u\x1b[=5u",
        "\x1b[2 q\x1b[!x\x1b[\"p\x1b['|",
        "\x1b%G\x1b#3\x1b=\x1b>\x1b~",
        "\x07\x00\x05\x7f",
        "\u0090\u009b\u009d0;x",
    ],
)  # fmt: skip
def test_what_reaches_out_of_the_screen_does_nothing(sent: str) -> None:
    plain = screen("ab")
    cells = screen("a", sent, "b")
    shown = text(cells)[0]
    assert shown == "ab" or (sent.startswith("\u0090") and shown == "a0;xb")
    assert cells.row(0)[0][1] == plain.row(0)[0][1], "nothing looks other than before"
    assert cells.columns == 20
    assert not cells.title


def test_a_sequence_may_come_in_any_pieces() -> None:
    sent = "\x1b[31mré中\x1b[0m\x1b]0;t\x1b\\\x1b[2;2Hx\x1bP1\x1b\\y".encode()
    whole = screen(sent)
    for cut in range(1, len(sent)):
        assert text(screen(sent[:cut], sent[cut:])) == text(whole)
    assert text(screen(*(bytes((b,)) for b in sent))) == text(whole)


def test_a_string_that_never_ends_takes_no_memory() -> None:
    cells = Cells(20, 5)
    escapes = Escapes(cells)
    escapes.feed(b"\x1b]52;c;")
    for _ in range(1000):
        escapes.feed(b"A" * 1000)
    assert len(escapes._held) < 10
    escapes.feed(b"\x07ok")
    assert text(cells)[0] == "ok"
    for _ in range(100):
        escapes.feed(b"\x1b[" + b"1;" * 5000)
    assert len(escapes._held) < 300


def test_a_full_screen_program_gives_back_what_stood_there() -> None:
    cells = screen("shell$ vi\r\n", "\x1b[?1049h\x1b[H\x1b[2Jtext\x1b[5;1H~")
    assert cells.on_other
    assert text(cells)[0] == "text"
    Escapes(cells).feed(b"\x1b[?1049l")
    assert text(cells)[0] == "shell$ vi"
    assert cells.cursor.y == 1


def test_what_scrolls_away_is_kept_up_to_a_limit() -> None:
    cells = screen("".join(f"{n}\r\n" for n in range(HISTORY + 50)))
    assert len(cells.history) == HISTORY
    assert cells.scrolled == HISTORY + 46
    assert cells.history[-1][0][0] == str(HISTORY + 45)
    Escapes(cells).feed(b"\x1b[3J")
    assert not cells.history


def test_a_full_screen_program_leaves_nothing_to_scroll_back_to() -> None:
    cells = screen("\x1b[?1049h", "x\r\n" * 20, "\x1b[?1049l")
    assert not cells.history


def test_modes_of_keys_and_pastes_are_known() -> None:
    cells = screen("\x1b[?1h\x1b[?2004h")
    assert cells.has_mode(CURSOR_KEYS)
    assert cells.has_mode(BRACKETED_PASTE)
    Escapes(cells).feed(b"\x1b[!p\x1b[?2004l")
    assert not cells.has_mode(CURSOR_KEYS)
    assert not cells.has_mode(BRACKETED_PASTE)


def test_looks_are_told_apart() -> None:
    cells = screen("\x1b[1;31mA\x1b[0;7mB\x1b[0;38;5;208mC\x1b[48:2::1:2:3mD\x1b[0mE\x1b[4m.")
    looks = dict(cells.row(0))
    assert (looks["A"].fg, looks["A"].bold) == ("red", True)
    assert looks["B"].reverse
    assert looks["C"].fg == "ff8700"
    assert looks["D"].bg == "010203"
    assert looks["E"].fg == "default"


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("", [0]),
        ("4:3", [4]),
        ("4:0", [24]),
        ("58;5;1;31", [31]),
        ("38;2;1;2;3", [38, 2, 1, 2, 3]),
        ("38:2:1:2:3", [38, 2, 1, 2, 3]),
        ("38;2;999;2;3;1", [1]),
        ("38;5", [0]),
        ("38", [0]),
    ],
)
def test_renditions_are_sorted_out(asked: str, taken: list[int]) -> None:
    assert rendition(asked) == taken


def test_erasing_takes_the_ground_and_no_underline_along() -> None:
    cells = screen("\x1b[4;41m\x1b[2K")
    ((_, look),) = cells.row(0)
    assert (look.bg, look.underscore) == ("red", False)


@pytest.mark.parametrize("size", [(3, 10), (5, 20), (9, 40), (2, 5)])
def test_another_size_keeps_the_lines_around_the_cursor(size: tuple[int, int]) -> None:
    cells = screen("1\r\n2\r\n3\r\n4\r\n$ ")
    cells.resize(*size)
    shown = text(cells)
    assert shown[cells.cursor.y] == "$"
    assert [line[0][0].strip() for line in cells.history] == ["1", "2", "3", "4"][
        : max(0, 5 - size[0])
    ]


def test_a_smaller_size_with_the_cursor_at_the_top_cuts_off_the_bottom() -> None:
    cells = screen("$ \r\nbelow\x1b[H")
    cells.resize(1, 20)
    assert text(cells) == ["$"]
    assert not cells.history


@given(st.binary(max_size=400), st.integers(1, 30), st.integers(1, 8))
@example("\u05c8\xa0".encode(), 1, 1)
def test_nothing_that_is_sent_breaks_the_rows(sent: bytes, columns: int, lines: int) -> None:
    cells = screen(sent, columns=columns, lines=lines)
    cells.resize(max(1, lines - 1), columns + 1)
    Escapes(cells).feed(sent)
    for y in range(cells.lines):
        row = "".join(text for text, _ in cells.row(y))
        assert cell_len(row) == cells.columns
        assert row.isprintable()
    assert 0 <= cells.cursor.y < cells.lines
    assert 0 <= cells.cursor.x <= cells.columns


def test_random_sequences_leave_whole_rows() -> None:
    dice = random.Random(7)
    ends = "@ABCDEFGHJKLMPSTXZabcdefghlmnrsu`"
    cells = Cells(30, 8)
    escapes = Escapes(cells)
    for _ in range(4000):
        numbers = ";".join(
            str(dice.choice((0, 1, 3, 9, 200, 99999))) for _ in range(dice.randrange(4))
        )
        mark = dice.choice(("", "", "", "?"))
        letters = dice.choice(
            ("x", "中文", "e\u0301", "\r\n", "\t", "\x1bM", "\x1bD", "\x1b[?1049h", "\x1b[?1049l")
        )
        escapes.feed(f"\x1b[{mark}{numbers}{dice.choice(ends)}{letters}".encode())
        assert (cells.columns, cells.lines) == (30, 8)
    for y in range(8):
        assert cell_len("".join(t for t, _ in cells.row(y))) == 30


def test_noise_is_survived() -> None:
    cells = screen(os.urandom(200_000))
    assert all(cell_len("".join(t for t, _ in cells.row(y))) == 20 for y in range(5))
