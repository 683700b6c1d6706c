"""``nano``: a small editor on the whole screen, with the keys that nano shows at its foot."""

from __future__ import annotations

import posixpath
import re
from codecs import getincrementaldecoder

from ..errors import words_of
from ..invocation import Invocation, Program
from ..tty import Tty, tty_of, width_of

_KEY = re.compile(r"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[^\[O])|[^\x1b]", re.DOTALL)
_NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x10": "up", "\x1b[B": "down", "\x1bOB": "down",
    "\x0e": "down", "\x1b[C": "right", "\x1bOC": "right", "\x06": "right", "\x1b[D": "left",
    "\x1bOD": "left", "\x02": "left", "\x1b[H": "home", "\x1bOH": "home", "\x01": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x05": "end", "\x1b[1~": "home", "\x1b[4~": "end",
    "\x1b[5~": "page-up", "\x19": "page-up", "\x1b[6~": "page-down", "\x16": "page-down",
    "\x1b[3~": "delete", "\x04": "delete", "\x7f": "rubout", "\x08": "rubout", "\r": "enter",
    "\n": "enter", "\t": "tab", "\x0b": "cut-line", "\x15": "paste", "\x0f": "write",
    "\x13": "save", "\x18": "leave", "\x17": "find", "\x03": "where",
    "\x1b[1;5H": "begin", "\x1b[1;5F": "bottom",
}  # fmt: skip
_ALTERNATE, _MAIN = "\x1b[?1049h", "\x1b[?1049l"
_FOOT = (
    "^O Write Out   ^W Where Is   ^K Cut Line    ^C Location",
    "^X Exit        ^S Save       ^U Paste Line  ^V Next Page",
)
_TAB = 8


class Editor:
    """One file on one terminal. ``lines`` has no newlines; the last one may be empty."""

    def __init__(self, inv: Invocation, tty: Tty, path: str) -> None:
        self._inv = inv
        self._tty = tty
        self.path = path
        self.lines = [""]
        self.x = self.y = 0
        self.changed = False
        self._top = 0
        self._cut: list[str] = []
        self._cutting = False
        self._said = ""
        self._sought = ""
        self._waiting = ""
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._actions = {
            name: getattr(self, f"_{name.replace('-', '_')}")
            for name in set(_NAMES.values()) - {"write", "save", "leave", "find"}
        }

    def load(self) -> None:
        """Read the file, if there is one; raises ``OSError``."""
        files, caller = self._inv.files, self._inv.process.caller
        if not self.path:
            return
        if not files.exists(self.path, caller):
            self._said = "[ New File ]"
            return
        text = files.read_text(self.path, caller)
        self.lines = text.split("\n") if text else [""]
        self._said = f"[ Read {len(text.splitlines())} lines ]"

    async def run(self) -> None:
        """Edit until ^X."""
        while True:
            await self._paint()
            key = await self._key()
            name = _NAMES.get(key, "")
            self._said = ""
            if not key or name == "leave":
                if not key or await self._leave():
                    return
            elif name == "save":
                await self._save(self.path)
            elif name == "write":
                await self._write()
            elif name == "find":
                await self._find()
            elif name:
                self._actions[name]()
            elif key.isprintable():
                self._insert(key)
            self._cutting = name == "cut-line"

    async def _key(self) -> str:
        """Return the next key; an empty one when the terminal is gone."""
        while True:
            match = _KEY.match(self._waiting)
            if match:
                self._waiting = self._waiting[match.end() :]
                return match[0]
            data = await self._tty.read()
            if not data and self._tty.hung_up:
                return ""
            self._waiting += self._decoder.decode(data)

    # --- painting ---

    async def _put(self, text: str) -> None:
        await self._tty.write(text.encode("utf-8", "surrogateescape"))

    @property
    def _room(self) -> int:
        return max(1, self._tty.lines - 4)

    async def _paint(self, ask: str | None = None) -> None:
        columns, lines = self._tty.columns, self._tty.lines
        self._top = max(min(self._top, self.y), self.y - self._room + 1)
        title = f"  GNU nano (demo)   {self.path or 'New Buffer'}{'  *' if self.changed else ''}"
        rows = [f"\x1b[7m{title[:columns]:<{columns}}\x1b[m"]
        column = self._column(self.lines[self.y][: self.x])
        shift = max(0, column - columns + 8) if column >= columns - 1 else 0
        for at in range(self._top, self._top + self._room):
            line = self.lines[at] if at < len(self.lines) else ""
            rows.append(_cells(line, shift if at == self.y else 0, columns))
        said = self._said if ask is None else ask
        rows.append(f"\x1b[7m{said[:columns]}\x1b[m" if said else "")
        rows += [foot[:columns] for foot in _FOOT]
        text = "\x1b[K\r\n".join(rows[:lines])
        spot = (lines - 2, min(len(said), columns - 1) + 1)
        if ask is None:
            spot = (self.y - self._top + 2, column - shift + 1)
        await self._put(f"\x1b[?25l\x1b[H{text}\x1b[K\x1b[{spot[0]};{spot[1]}H\x1b[?25h")

    @staticmethod
    def _column(text: str) -> int:
        column = 0
        for letter in text:
            column += _TAB - column % _TAB if letter == "\t" else width_of(letter)
        return column

    # --- questions ---

    async def _ask(self, question: str, answer: str = "") -> str | None:
        """Return what is answered in the line at the foot; ``None`` after Ctrl-C."""
        while True:
            await self._paint(f"{question}{answer}")
            key = await self._key()
            if key in ("\r", "\n"):
                return answer
            if key in ("", "\x03"):
                return None
            if key in ("\x7f", "\x08"):
                answer = answer[:-1]
            elif key.isprintable():
                answer += key

    async def _leave(self) -> bool:
        if not self.changed:
            return True
        while True:
            await self._paint("Save modified buffer?  Y Yes  N No  ^C Cancel ")
            key = await self._key()
            if key in ("", "n", "N"):
                return True
            if key in ("y", "Y"):
                return await self._write()
            if key == "\x03":
                return False

    async def _write(self) -> bool:
        path = await self._ask("File Name to Write: ", self.path)
        return bool(path) and await self._save(path or "")

    async def _save(self, path: str) -> bool:
        if not path:
            return await self._write()
        if self.lines[-1]:
            self.lines.append("")
        try:
            self._inv.files.write(path, "\n".join(self.lines), self._inv.process.caller)
        except OSError as error:
            self._said = f"[ Error writing {path}: {words_of(error)} ]"
            return False
        self.path, self.changed = path, False
        self._said = f"[ Wrote {len(self.lines) - 1} lines ]"
        return True

    async def _find(self) -> None:
        known = f" [{self._sought}]" if self._sought else ""
        self._sought = await self._ask(f"Search{known}: ") or self._sought
        if not self._sought:
            return
        count = len(self.lines)
        for by in range(count + 1):
            y = (self.y + by) % count
            x = self.lines[y].find(self._sought, self.x + 1 if by == 0 else 0)
            if x >= 0:
                self.x, self.y = x, y
                return
        self._said = f'[ "{self._sought}" not found ]'

    # --- moving ---

    def _go(self, y: int, x: int | None = None) -> None:
        self.y = max(0, min(y, len(self.lines) - 1))
        self.x = max(0, min(self.x if x is None else x, len(self.lines[self.y])))

    def _up(self) -> None:
        self._go(self.y - 1)

    def _down(self) -> None:
        self._go(self.y + 1)

    def _left(self) -> None:
        if self.x:
            self.x -= 1
        elif self.y:
            self._go(self.y - 1, len(self.lines[self.y - 1]))

    def _right(self) -> None:
        if self.x < len(self.lines[self.y]):
            self.x += 1
        elif self.y + 1 < len(self.lines):
            self._go(self.y + 1, 0)

    def _home(self) -> None:
        self.x = 0

    def _end(self) -> None:
        self.x = len(self.lines[self.y])

    def _page_up(self) -> None:
        self._go(self.y - self._room)

    def _page_down(self) -> None:
        self._go(self.y + self._room)

    def _begin(self) -> None:
        self._go(0, 0)

    def _bottom(self) -> None:
        self._go(len(self.lines), 0)

    def _where(self) -> None:
        self._said = f"[ line {self.y + 1}/{len(self.lines)}, col {self.x + 1} ]"

    # --- changing ---

    def _insert(self, text: str) -> None:
        line = self.lines[self.y]
        self.lines[self.y] = line[: self.x] + text + line[self.x :]
        self.x += len(text)
        self.changed = True

    def _tab(self) -> None:
        self._insert("\t")

    def _enter(self) -> None:
        line = self.lines[self.y]
        self.lines[self.y : self.y + 1] = [line[: self.x], line[self.x :]]
        self._go(self.y + 1, 0)
        self.changed = True

    def _rubout(self) -> None:
        if self.x or self.y:
            self._left()
            self._delete()

    def _delete(self) -> None:
        line = self.lines[self.y]
        if self.x < len(line):
            self.lines[self.y] = line[: self.x] + line[self.x + 1 :]
        elif self.y + 1 < len(self.lines):
            self.lines[self.y : self.y + 2] = [line + self.lines[self.y + 1]]
        self.changed = True

    def _cut_line(self) -> None:
        if not self._cutting:
            self._cut = []
        self._cut.append(self.lines.pop(self.y))
        self.lines = self.lines or [""]
        self._go(self.y, 0)
        self.changed = True

    def _paste(self) -> None:
        self.lines[self.y : self.y] = self._cut
        self._go(self.y + len(self._cut), 0)
        self.changed = self.changed or bool(self._cut)


def _cells(line: str, shift: int, columns: int) -> str:
    """Return the cells of a line from ``shift`` on, as far as the screen reaches."""
    shown, column = "", 0
    for letter in line:
        wide = _TAB - column % _TAB if letter == "\t" else width_of(letter)
        text = " " * wide if letter == "\t" else letter if letter.isprintable() else "\ufffd"
        if column >= shift and column + wide - shift <= columns:
            shown += text
        column += wide
    return shown


async def nano(inv: Invocation) -> int:
    """``nano [FILE]``."""
    tty = tty_of(inv.process.fds.get(0))
    if tty is None or tty_of(inv.process.fds.get(1)) is None:
        return await inv.error("standard input is no terminal")
    words = [word for word in inv.args if not word.startswith(("-", "+"))]
    path = words[0] if words else ""
    if path and inv.files.is_dir(path, inv.process.caller):
        return await inv.error(f"'{posixpath.normpath(path)}' is a directory")
    editor = Editor(inv, tty, path)
    try:
        editor.load()
    except OSError as error:
        return await inv.error(f"{path}: {words_of(error)}")
    await inv.stdout.write(_ALTERNATE)
    try:
        with tty.keys():
            await editor.run()
    finally:
        if not tty.hung_up:
            await inv.stdout.write(_MAIN)
    return 0


PROGRAMS: dict[str, Program] = {"nano": nano, "pico": nano}
