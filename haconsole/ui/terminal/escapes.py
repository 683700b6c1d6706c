"""Bytes of a node → what its terminal does (ECMA-48, and xterm's control sequences).

A parser of our own in front of pyte's screen: pyte's draws what it does not know (``DCS``) and
takes private sequences for others (``CSI > 4;2 m``). Here, what is not known does nothing: window
titles, the clipboard (OSC 52), device control strings, and every question to the terminal, whose
answer would come back as if it had been typed. All that is kept is bounded.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Callable
from functools import partial

from .cells import Cells

#: Characters of a control sequence; a longer one is none.
_LONGEST = 256
#: Above any screen; numbers that are larger say no more.
_MOST = 9999

_NEXT = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<mark>[<-?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<end>[@-~])"
    r"|\x1b(?P<string>[\]PX^_])"
    r"|\x1b(?P<shift>[ -/]+)(?P<set>[0-~])"
    r"|\x1b(?P<escape>[0-Z\\`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])"
)
#: What may go on when more comes.
_UNDONE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]*)?")
_STRING_END = re.compile(r"\x07|\x1b\\|\x18|\x1a|\x9c")


class Escapes:
    """Reads the bytes of one terminal, in whatever pieces they come, and moves its cells."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._held = ""
        #: Inside a string that is skipped up to its end (OSC, DCS, SOS, PM, APC).
        self._skipping = False
        self._controls: dict[str, Callable[[], None]] = {
            "\b": cells.backspace, "\t": cells.tab, "\r": cells.carriage_return,
            "\n": cells.linefeed, "\v": cells.linefeed, "\f": cells.linefeed,
            "\x0e": cells.shift_out, "\x0f": cells.shift_in,
        }  # fmt: skip
        self._escapes: dict[str, Callable[[], None]] = {
            "7": cells.save_cursor, "8": cells.restore_cursor, "c": cells.reset,
            "D": cells.index, "E": self._next_line, "M": cells.reverse_index,
            "H": cells.set_tab_stop,
        }  # fmt: skip
        self._sequences: dict[str, Callable[[list[int]], None]] = self._known()

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        text = self._held + self._decoder.decode(data)
        self._held = ""
        at = 0
        while at < len(text):
            if self._skipping:
                at = self._skip(text, at)
                continue
            control = self._controls.get(text[at])
            if control is not None:
                control()
                at += 1
                continue
            match = _NEXT.match(text, at)
            if match is not None:
                self._obey(match)
                at = match.end()
            elif len(text) - at < _LONGEST and _UNDONE.fullmatch(text, at):
                self._held = text[at:]
                return
            else:
                at += 1  # an escape that begins nothing

    def _skip(self, text: str, at: int) -> int:
        match = _STRING_END.search(text, at)
        if match is not None:
            self._skipping = False
            return match.end()
        if text.endswith("\x1b"):
            self._held = "\x1b"
        return len(text)

    def _obey(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if kind == "text":
            self._cells.draw(match["text"])
        elif kind == "end":
            self._sequence(match)
        elif kind == "string":
            self._skipping = True
        elif kind == "escape":
            self._escapes.get(match["escape"], _nothing)()
        elif kind == "set" and match["shift"] in "()":
            self._cells.define_charset(match["set"], match["shift"])

    def _sequence(self, match: re.Match[str]) -> None:
        mark, middle, end = match["mark"], match["middle"], match["end"]
        if len(match[0]) > _LONGEST:
            return
        if mark == "?" and not middle and end in "hl":
            for number in _numbers(match["numbers"]):
                self._cells.switch(number, on=end == "h")
        elif not mark and not middle:
            if end == "m":
                self._cells.select_graphic_rendition(*rendition(match["numbers"]))
            else:
                self._sequences.get(end, _ignored)(_numbers(match["numbers"]))
        elif middle == "!" and end == "p":
            self._soft_reset()

    def _known(self) -> dict[str, Callable[[list[int]], None]]:
        cells = self._cells
        one: dict[str, Callable[[int | None], None]] = {
            "@": cells.insert_characters, "A": cells.cursor_up, "B": cells.cursor_down,
            "C": cells.cursor_forward, "D": cells.cursor_back, "E": cells.cursor_down1,
            "F": cells.cursor_up1, "G": cells.cursor_to_column, "L": cells.insert_lines,
            "M": cells.delete_lines, "P": cells.delete_characters, "a": cells.cursor_forward,
            "`": cells.cursor_to_column, "e": cells.cursor_down, "d": cells.cursor_to_line,
        }  # fmt: skip
        known = {end: partial(_with_one, action) for end, action in one.items()}
        return {
            **known,
            "H": self._position,
            "f": self._position,
            "J": self._erase_display,
            "K": lambda n: cells.blanking(lambda: cells.erase_in_line(min(_first(n), 2))),
            "X": lambda n: cells.blanking(lambda: cells.erase_characters(_first(n))),
            "S": lambda n: cells.scroll(_first(n) or 1),
            "T": lambda n: cells.scroll(-(_first(n) or 1)) if len(n) < 2 else None,
            "b": lambda n: cells.repeat(_first(n) or 1),
            "g": lambda n: cells.clear_tab_stop(_first(n)),
            "h": lambda n: cells.set_mode(*(number for number in n if number == 4)),
            "l": lambda n: cells.reset_mode(*(number for number in n if number == 4)),
            "r": self._margins,
            "s": lambda n: cells.save_cursor(),
            "u": lambda n: cells.restore_cursor(),
        }

    def _position(self, numbers: list[int]) -> None:
        line, column, *_ = [*numbers, 0, 0]
        self._cells.cursor_position(line, column)

    def _margins(self, numbers: list[int]) -> None:
        top, bottom, *_ = [*numbers, 0, 0]
        cells = self._cells
        cells.set_margins(top or 1, min(bottom or cells.lines, cells.lines))

    def _erase_display(self, numbers: list[int]) -> None:
        cells, how = self._cells, _first(numbers)
        if how == 3:
            cells.forget_history()
        elif how < 3:
            cells.blanking(lambda: cells.erase_in_display(how))

    def _next_line(self) -> None:
        self._cells.index()
        self._cells.carriage_return()

    def _soft_reset(self) -> None:
        """Return to what a program may expect at its start (DECSTR)."""
        cells = self._cells
        cells.reset_mode(4)
        for mode, on in ((25, True), (1, False), (6, False), (7, True)):
            cells.switch(mode, on=on)
        cells.margins = None
        cells.select_graphic_rendition(0)
        cells.shift_in()


def _numbers(text: str) -> list[int]:
    """Return the numbers of a sequence; what is left out is 0."""
    return [min(int(part.partition(":")[0] or 0), _MOST) for part in text.split(";")]


def rendition(text: str) -> list[int]:
    """Return the numbers of ``CSI … m`` as pyte takes them: colons and odd colours sorted out."""
    parts = [_colons(part) for part in text.split(";")]
    flat = [number for part in parts for number in part]
    kept: list[int] = []
    while flat:
        number = flat.pop(0)
        if number not in (38, 48, 58):
            kept.append(number)
            continue
        count = {5: 1, 2: 3}.get(flat[0], 0) if flat else 0
        color, flat = flat[: count + 1], flat[count + 1 :]
        if number != 58 and count and len(color) == count + 1 and max(color) < 256:
            kept += [number, *color]
    return kept or [0]


def _colons(part: str) -> list[int]:
    """Return what stands between two semicolons (ITU T.416: ``38:2::R:G:B``, ``4:3``)."""
    words = part.split(":")
    numbers = [min(int(word or 0), _MOST) for word in words]
    if len(numbers) == 1:
        return numbers
    if numbers[0] == 4:
        return [24 if numbers[1] == 0 else 4]
    if numbers[0] in (38, 48, 58) and numbers[1] == 2 and len(numbers) > 5:
        del numbers[2]  # the colour space
    return numbers[:5]


def _with_one(action: Callable[[int | None], None], numbers: list[int]) -> None:
    action(numbers[0] or None)


def _first(numbers: list[int]) -> int:
    return numbers[0]


def _nothing() -> None:
    """Obey nothing."""


def _ignored(_numbers: list[int]) -> None:
    """Obey nothing."""
