"""A terminal of a modelled host: the kernel's line discipline between a channel and programs.

termios(3): in its usual (canonical) mode it echoes, edits the line, and turns Ctrl-C into SIGINT
for the process group in the foreground; a program that reads keys puts it into raw mode.
"""

from __future__ import annotations

import asyncio
import errno
import unicodedata
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import failure
from .signals import Sig
from .streams import PIPE_BYTES, OpenFile

if TYPE_CHECKING:
    from .table import ProcessTable

#: Characters that send a signal to the foreground (termios(3): VINTR, VQUIT).
_SIGNALS = {0x03: Sig.INT, 0x1C: Sig.QUIT}
_EOF, _ERASE, _KILL, _WORD = 0x04, (0x7F, 0x08), 0x15, 0x17
#: Bytes that the kernel holds for a program that does not read (N_TTY_BUF_SIZE).
_MOST = 4096
_RAW_MOST = 1 << 20


class Tty(OpenFile):
    """A terminal. ``send`` takes what it shows, and waits while nobody takes that.

    ``term``: its kind (terminfo); ``columns`` and ``lines``: its size.
    """

    def __init__(
        self,
        table: ProcessTable,
        send: Callable[[bytes], Awaitable[None]],
        echo: Callable[[bytes], None],
        *,
        term: str = "xterm-256color",
        columns: int = 80,
        lines: int = 24,
    ) -> None:
        super().__init__()
        self.name = "/dev/pts/0"
        self.term = term
        self.columns = columns
        self.lines = lines
        self.raw = False
        self.echoes = True
        #: The process group that Ctrl-C is for.
        self.foreground = 0
        self.hung_up = False
        self._table = table
        self._send = send
        self._echo_out = echo
        #: What can be read: lines, in raw mode any bytes; ``b""`` is an end of file.
        self._ready: deque[bytes] = deque()
        self._line = bytearray()
        self._waiting: deque[asyncio.Future[None]] = deque()

    # --- the side of the channel ---

    def feed(self, data: bytes) -> None:
        """Take what was typed."""
        if self.raw:
            if sum(map(len, self._ready)) < _RAW_MOST:
                self._ready.append(data)
            self._wake()
            return
        for byte in data:
            self._typed(byte)

    def resize(self, columns: int, lines: int) -> None:
        """Have another size, and tell the foreground (SIGWINCH)."""
        self.columns, self.lines = max(1, columns), max(1, lines)
        self._signal(Sig.WINCH)
        self._wake()

    def hang_up(self) -> None:
        """The channel is gone: reading ends, writing fails."""
        self.hung_up = True
        self._wake()

    def _typed(self, byte: int) -> None:
        """Take one byte in canonical mode."""
        if byte == 0x0D:
            byte = 0x0A
        if byte in _SIGNALS:
            self._line.clear()
            self._ready.clear()
            self._echo(b"^" + bytes((byte + 0x40,)))
            self._signal(_SIGNALS[byte])
        elif byte in _ERASE:
            self._erase()
        elif byte == _KILL:
            while self._line:
                self._erase()
        elif byte == _WORD:
            self._erase_word()
        elif byte == _EOF:
            self._ready.append(bytes(self._line))
            self._line.clear()
            self._wake()
        elif byte == 0x0A:
            self._echo(b"\r\n")
            self._ready.append(bytes(self._line) + b"\n")
            self._line.clear()
            self._wake()
        elif len(self._line) < _MOST:
            self._line.append(byte)
            plain = byte >= 0x20 or byte == 0x09
            self._echo(bytes((byte,)) if plain else b"^" + bytes((byte ^ 0x40,)))

    def _erase(self) -> None:
        """Take the last character away, from the line and from the screen."""
        if not self._line:
            return
        text = self._line.decode("utf-8", "surrogateescape")
        last = text[-1]
        del self._line[-len(last.encode("utf-8", "surrogateescape")) :]
        self._echo(b"\b \b" * width_of(last))

    def _erase_word(self) -> None:
        while self._line[-1:].isspace():
            self._erase()
        while self._line and not self._line[-1:].isspace():
            self._erase()

    def _echo(self, data: bytes) -> None:
        if self.echoes and not self.hung_up:
            self._echo_out(data)

    def _signal(self, number: Sig) -> None:
        for process in self._table.group(self.foreground):
            process.signal(number)

    def _wake(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    # --- the side of the programs ---

    @contextmanager
    def keys(self) -> Iterator[None]:
        """Read keys instead of lines, within (``stty raw -echo``)."""
        before = self.raw
        self.raw = True
        if self._line:
            self._ready.append(bytes(self._line))
            self._line.clear()
        try:
            yield
        finally:
            self.raw = before
            self._to_lines()

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Echo nothing, within: a password is typed."""
        before, self.echoes = self.echoes, False
        try:
            yield
        finally:
            self.echoes = before

    def give_back(self, data: bytes) -> None:
        """Have bytes read again that were read too early."""
        if data:
            self._ready.appendleft(data)

    def _to_lines(self) -> None:
        """Take keys that nobody read yet as a line that is being typed."""
        if not self.raw and self._ready:
            waiting = b"".join(self._ready)
            self._ready.clear()
            # It was read as keys: the kernel shows nothing of it twice.
            with self.quietly():
                self.feed(waiting)

    async def wait(self) -> None:
        """Wait until something about it changes."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def read(self, size: int = PIPE_BYTES) -> bytes:
        """Return a line or a part of it; ``b""`` after Ctrl-D, or when the terminal is gone."""
        while not self._ready:
            if self.hung_up:
                return b""
            await self.wait()
        data = self._ready.popleft()
        if len(data) > size:
            self._ready.appendleft(data[size:])
        return data[:size]

    def peek(self) -> bytes:
        """Return what can be read before the next end of file."""
        parts = []
        for data in self._ready:
            if not data:
                break
            parts.append(data)
        return b"".join(parts)

    async def more(self, known: int) -> bool:
        """Wait for more than ``known`` bytes; ``False`` at an end of file, which is then past."""
        while len(self.peek()) <= known:
            if self.hung_up:
                return False
            if b"" in self._ready:
                self._ready.remove(b"")
                return False
            await self.wait()
        return True

    async def write(self, data: bytes) -> None:
        """Show something (OPOST, ONLCR: a newline begins a line)."""
        if self.hung_up:
            raise failure(errno.EIO)
        await self._send(data if self.raw else data.replace(b"\n", b"\r\n"))


def width_of(letter: str) -> int:
    """Return how many cells a letter takes (UAX 11)."""
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def tty_of(file: OpenFile | None) -> Tty | None:
    """Return the terminal that a descriptor is, if it is one (isatty(3))."""
    return file if isinstance(file, Tty) else None
