"""One shell on one node, open as long as its console is: its cells, and who looks at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
from time import perf_counter, thread_time

from haconsole.telling import say
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError
from haconsole.transport.terminal import Terminal
from haconsole.words import t

from .cells import BRACKETED_PASTE, CURSOR_KEYS, Cells
from .escapes import Escapes
from .keys import encode, paste

#: Bytes that are read into cells at a time, and seconds of work on them (of the processor's
#: time: a busy machine makes it no flood) before others have their turn.
PIECE = 1024
SLICE_S = 0.005
#: Of the time, how much a flood leaves to the rest of the console: 1.5 s for each second.
REST = 1.5
#: Seconds without output after which no flood is counted any more.
CALM_S = 0.05
#: Seconds after a key for which a flood is read as fast as it can be: somebody waits (Ctrl-C).
HURRY_S = 2.0


class Stage(StrEnum):
    """How far a shell is."""

    WAITING = "waiting"
    OPENING = "opening"
    OPEN = "open"
    ENDED = "ended"


class Shell:
    """A shell on a node. Nothing of what passes through it is kept but the cells, in memory."""

    def __init__(self, door: Door, host: str) -> None:
        self.host = host
        self.stage = Stage.WAITING
        #: Whether it is root's.
        self.root = False
        self.user = ""
        #: Whether we hung up.
        self.hung_up = False
        self.cells = Cells(80, 24)
        self._door = door
        self._escapes = Escapes(self.cells)
        self._terminal: Terminal | None = None
        self._listeners: list[Callable[[], None]] = []
        self._typed_at = float("-inf")

    @property
    def running(self) -> bool:
        """Whether there is a shell on the node, or soon will be."""
        return self.stage in (Stage.OPENING, Stage.OPEN)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when something changed; returns what takes that back."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- running ---

    def begin(self, cols: int, rows: int) -> None:
        """Get ready to be run with a size."""
        self.stage, self.hung_up = Stage.OPENING, False
        self.cells.resize(rows, cols)
        self._changed()

    async def run(self) -> None:
        """Open the shell and read what it shows, until it ends."""
        try:
            cols, rows = self.cells.columns, self.cells.lines
            terminal = await self._door.terminal(self.host, cols=cols, rows=rows)
        except TransportError as error:
            self._end(str(error))
            return
        if self.hung_up:
            terminal.close()
        self._terminal = terminal
        self.stage, self.root, self.user = Stage.OPEN, terminal.root, terminal.user
        # It may have another size since it was asked for.
        terminal.resize(self.cells.columns, self.cells.lines)
        self._changed()
        try:
            await self._read(terminal)
        finally:
            terminal.close()
            self._terminal = None
            self._end(say(terminal.ending) if terminal.ending is not None else "")

    async def _read(self, terminal: Terminal) -> None:
        """Feed the cells; a flood leaves the console most of its time (backpressure does it)."""
        spent, last = 0.0, perf_counter()
        async for data in terminal:
            if perf_counter() - last > CALM_S:
                spent = 0.0
            for at in range(0, len(data), PIECE):
                began = thread_time()
                self._escapes.feed(data[at : at + PIECE])
                spent += thread_time() - began
                if spent > SLICE_S:
                    self._changed()
                    hurried = perf_counter() < self._typed_at + HURRY_S
                    await asyncio.sleep(0 if hurried else spent * REST)
                    spent = 0.0
            self._changed()
            last = perf_counter()

    def _end(self, sentence: str) -> None:
        self.stage = Stage.ENDED
        cells = self.cells
        cells.switch(1049, on=False)
        cells.margins = None
        cells.select_graphic_rendition(0)
        if cells.cursor.x:
            cells.carriage_return()
            cells.linefeed()
        for text in (sentence, t("Enter opens a new one.")):
            cells.draw(text)
            cells.carriage_return()
            cells.linefeed()
        self._changed()

    def close(self) -> None:
        """Hang up; it has ended a moment later."""
        self.hung_up = True
        if self._terminal is not None:
            self._terminal.close()

    # --- typing ---

    def key(self, key: str, character: str | None) -> bool:
        """Type a key; whether there is one like that on a terminal."""
        data = encode(key, character, cursor_keys=self.cells.has_mode(CURSOR_KEYS))
        return bool(data) and self._type(data)

    def paste(self, text: str) -> bool:
        """Type a text that was pasted; ``False`` where the node takes no more."""
        return self._type(paste(text, bracketed=self.cells.has_mode(BRACKETED_PASTE)))

    def _type(self, data: bytes) -> bool:
        self._typed_at = perf_counter()
        return self._terminal is not None and self._terminal.write(data)

    def resize(self, cols: int, rows: int) -> None:
        """Have another size."""
        if (self.cells.columns, self.cells.lines) != (cols, rows) and cols > 0 and rows > 0:
            self.cells.resize(rows, cols)
            if self._terminal is not None:
                self._terminal.resize(cols, rows)
            self._changed()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()
