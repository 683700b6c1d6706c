"""A line that is edited on a terminal: the keys of readline(3) that people use without thinking."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Awaitable, Callable, Sequence

from ..tty import Tty, width_of

#: One key: an escape sequence, Alt with a letter, a letter.
_KEY = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[^\[O])|[^\x1b]", re.DOTALL)
_NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down", "\x1b[C": "right",
    "\x1bOC": "right", "\x1b[D": "left", "\x1bOD": "left", "\x1b[H": "home", "\x1bOH": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x1b[1~": "home", "\x1b[4~": "end", "\x1b[3~": "delete",
    "\x1b[1;5C": "word-right", "\x1b[1;5D": "word-left", "\x1bf": "word-right",
    "\x1bb": "word-left", "\x1bd": "kill-word", "\x1b\x7f": "rubout-word", "\x01": "home",
    "\x05": "end", "\x02": "left", "\x06": "right", "\x08": "rubout", "\x7f": "rubout",
    "\x0b": "kill-end", "\x15": "kill-begin", "\x17": "rubout-blank", "\x19": "yank",
    "\x0c": "clear", "\x10": "up", "\x0e": "down", "\x12": "search", "\x14": "swap",
    "\t": "tab", "\r": "enter", "\n": "enter", "\x03": "interrupt", "\x04": "end-of-file",
}  # fmt: skip
_WORD = re.compile(r"\w+")
#: A pasted text is put between these when a program asked for it (xterm, mode 2004).
_PASTED = re.compile(r"\x1b\[20[01]~")


class Interrupted(Exception):  # noqa: N818 - not an error
    """Ctrl-C was typed."""


#: Given the line up to the cursor: how long the last word is, and what it may become.
Complete = Callable[[str], tuple[int, Sequence[str]]]


class LineEditor:
    """Reads lines from a terminal. ``history``: oldest first; lines that were read are added."""

    def __init__(self, tty: Tty, complete: Complete = lambda text: (0, ())) -> None:
        self.history: list[str] = []
        self._tty = tty
        self._complete = complete
        self._text = ""
        self._at = 0
        self._prompt = ""
        self._cut = ""
        #: Rows that the cursor stands below the prompt's first one.
        self._row = 0
        self._behind = 0
        self._draft = ""
        self._tabs = 0
        self._sought: str | None = None
        self._actions: dict[str, Callable[[], Awaitable[None]]] = {
            name: getattr(self, f"_{name.replace('-', '_')}")
            for name in set(_NAMES.values()) - {"enter", "interrupt", "end-of-file"}
        }

    async def read(self, prompt: str) -> str | None:
        """Return a line; ``None`` after Ctrl-D on an empty one, or when the terminal is gone.

        Raises ``Interrupted`` after Ctrl-C.
        """
        self._text, self._at, self._prompt, self._draft = "", 0, prompt, ""
        self._behind, self._row, self._tabs, self._sought = 0, 0, 0, None
        with self._tty.keys():
            await self._write(prompt)
            decoder = getincrementaldecoder("utf-8")("replace")
            waiting = ""
            while True:
                data = await self._tty.read()
                if not data and self._tty.hung_up:
                    return None
                waiting = _PASTED.sub("", waiting + decoder.decode(data))
                while match := _KEY.match(waiting):
                    waiting = waiting[match.end() :]
                    if (done := await self._key(match[0])) is not None:
                        self._tty.give_back(waiting.encode("utf-8", "surrogateescape"))
                        return done[0]

    async def _key(self, key: str) -> tuple[str | None] | None:
        """Do what a key does; a line that is complete comes back in a tuple."""
        name = _NAMES.get(key, "")
        if self._sought is not None and name not in ("search", "rubout") and not key.isprintable():
            self._sought = None
            await self._paint()
        if name != "tab":
            self._tabs = 0
        if name == "enter":
            return (await self._done(),)
        if name == "interrupt":
            await self._to_end()
            await self._write("^C\r\n")
            raise Interrupted
        if name == "end-of-file":
            if not self._text:
                return (None,)
            name = "delete"
        if name:
            await self._actions[name]()
        elif key.isprintable():
            await self._typed(key)
        return None

    async def _done(self) -> str:
        await self._to_end()
        await self._write("\r\n")
        if self._text.strip() and self.history[-1:] != [self._text]:
            self.history.append(self._text)
        return self._text

    async def _typed(self, letter: str) -> None:
        if self._sought is not None:
            self._sought += letter
            await self._seek(len(self.history))
            return
        at_end = self._at == len(self._text)
        self._text = self._text[: self._at] + letter + self._text[self._at :]
        self._at += 1
        cells = self._spot(len(self._text))[1]
        if at_end and cells >= width_of(letter) > 0:
            await self._write(letter)
        else:
            await self._paint()

    # --- painting ---

    async def _write(self, text: str) -> None:
        await self._tty.write(text.encode("utf-8", "surrogateescape"))

    def _spot(self, index: int) -> tuple[int, int]:
        """Return row and column of a letter of the line, from the prompt's beginning."""
        row = column = 0
        for letter in self._shown_prompt + self._text[:index]:
            wide = width_of(letter)
            if column + wide > self._tty.columns:
                row, column = row + 1, 0
            column += wide
            if column == self._tty.columns:
                row, column = row + 1, 0
        return row, column

    @property
    def _shown_prompt(self) -> str:
        if self._sought is None:
            return self._prompt
        return f"(reverse-i-search)`{self._sought}': "

    async def _paint(self) -> None:
        """Write prompt and line anew, and put the cursor where it belongs."""
        up = f"\x1b[{self._row}A" if self._row else ""
        last, column = self._spot(len(self._text))
        text = f"{up}\r{self._shown_prompt}{self._text}"
        if column == 0 and last:
            text += "\r\n"
        row, column = self._spot(self._at)
        back = f"\x1b[{last - row}A" if last > row else ""
        forth = f"\x1b[{column}C" if column else ""
        await self._write(f"{text}\x1b[J{back}\r{forth}")
        self._row = row

    async def _to_end(self) -> None:
        if self._at != len(self._text) or self._sought is not None:
            self._at, self._sought = len(self._text), None
            await self._paint()

    # --- moving ---

    async def _move(self, index: int) -> None:
        self._at = max(0, min(index, len(self._text)))
        await self._paint()

    async def _left(self) -> None:
        await self._move(self._at - 1)

    async def _right(self) -> None:
        await self._move(self._at + 1)

    async def _home(self) -> None:
        await self._move(0)

    async def _end(self) -> None:
        await self._move(len(self._text))

    def _word_end(self) -> int:
        match = _WORD.search(self._text, self._at)
        return match.end() if match else len(self._text)

    def _word_begin(self) -> int:
        begins = [m.start() for m in _WORD.finditer(self._text) if m.start() < self._at]
        return begins[-1] if begins else 0

    async def _word_right(self) -> None:
        await self._move(self._word_end())

    async def _word_left(self) -> None:
        await self._move(self._word_begin())

    # --- taking away, putting back ---

    async def _take(self, begin: int, end: int, *, keep: bool = True) -> None:
        if keep and end > begin:
            self._cut = self._text[begin:end]
        self._text = self._text[:begin] + self._text[end:]
        await self._move(begin)

    async def _rubout(self) -> None:
        if self._sought is not None:
            self._sought = self._sought[:-1]
            await self._seek(len(self.history))
        elif self._at:
            await self._take(self._at - 1, self._at, keep=False)

    async def _delete(self) -> None:
        await self._take(self._at, self._at + 1, keep=False)

    async def _kill_end(self) -> None:
        await self._take(self._at, len(self._text))

    async def _kill_begin(self) -> None:
        await self._take(0, self._at)

    async def _kill_word(self) -> None:
        await self._take(self._at, self._word_end())

    async def _rubout_word(self) -> None:
        await self._take(self._word_begin(), self._at)

    async def _rubout_blank(self) -> None:
        before = self._text[: self._at].rstrip()
        await self._take(len(before) - len(before.split(" ")[-1]), self._at)

    async def _yank(self) -> None:
        self._text = self._text[: self._at] + self._cut + self._text[self._at :]
        await self._move(self._at + len(self._cut))

    async def _swap(self) -> None:
        at = min(self._at, len(self._text) - 1)
        if at > 0:
            text = self._text
            self._text = text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]
            await self._move(at + 1)

    async def _clear(self) -> None:
        await self._write("\x1b[H\x1b[2J")
        self._row = 0
        await self._paint()

    # --- what was typed before ---

    async def _show(self, behind: int) -> None:
        if not 0 <= behind <= len(self.history):
            return
        if self._behind == 0:
            self._draft = self._text
        self._behind = behind
        self._text = self.history[-behind] if behind else self._draft
        await self._move(len(self._text))

    async def _up(self) -> None:
        await self._show(self._behind + 1)

    async def _down(self) -> None:
        await self._show(self._behind - 1)

    async def _search(self) -> None:
        """Look for an older line (Ctrl-R); again: for one that is older still."""
        if self._sought is None:
            self._sought = ""
            await self._paint()
        else:
            older = len(self.history) - self._behind if self._behind else len(self.history)
            await self._seek(older)

    async def _seek(self, before: int) -> None:
        for index in range(before - 1, -1, -1):
            found = self.history[index].find(self._sought or "")
            if found >= 0 and self._sought:
                self._text, self._at = self.history[index], found
                self._behind = len(self.history) - index
                break
        await self._paint()

    # --- completing ---

    async def _complete_now(self, size: int, choices: Sequence[str]) -> None:
        common = choices[0]
        for choice in choices[1:]:
            while not choice.startswith(common):
                common = common[:-1]
        if len(choices) == 1 and not common.endswith("/"):
            common += " "
        if len(common) > size:
            begin = self._at - size
            self._text = self._text[:begin] + common + self._text[self._at :]
            await self._move(begin + len(common))
        elif self._tabs > 1 and len(choices) > 1:
            await self._list(choices)

    async def _tab(self) -> None:
        self._tabs += 1
        size, choices = self._complete(self._text[: self._at])
        if choices:
            await self._complete_now(size, choices)
        else:
            await self._write("\a")

    async def _list(self, choices: Sequence[str]) -> None:
        at = self._at
        await self._to_end()
        names = [c.rstrip("/").rpartition("/")[2] + "/" * c.endswith("/") for c in choices]
        width = max(sum(map(width_of, name)) for name in names) + 2
        a_row = max(1, self._tty.columns // width)
        rows = [names[i : i + a_row] for i in range(0, len(names), a_row)]
        listed = "\r\n".join("".join(n.ljust(width) for n in row).rstrip() for row in rows)
        await self._write(f"\r\n{listed}\r\n")
        self._row, self._at = 0, at
        await self._paint()
