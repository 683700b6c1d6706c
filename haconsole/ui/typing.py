"""Keys one after the other: what a key opens gets the keys after it, however fast they come.

Textual hands each key to what has the focus when the key arrives, and runs bindings later. Over
a slow link several keys arrive at once: of ``/quit`` the ``q`` would close the console before the
filter line is there to take it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TypeVar

from textual.app import App
from textual.events import Event, Key
from textual.message_pump import MessagePump

#: Seconds after which a key counts as done whatever became of it.
_PATIENCE_S = 0.5
R = TypeVar("R")


class OneByOne(App[R]):
    """An app that takes the next key when the one before has done what it does."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[Key] = deque()
        self._busy_until = 0.0

    async def on_event(self, event: Event) -> None:
        """Hold a key back while another one is on its way."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif time.monotonic() < self._busy_until:
            self._waiting.append(event)
            self.set_timer(_PATIENCE_S, self._overdue)
        else:
            await self._take(event)

    async def _take(self, key: Key) -> None:
        self._busy_until = time.monotonic() + _PATIENCE_S
        target: MessagePump = self.focused or self.screen
        await super().on_event(key)
        # Behind the key, and up the same way as it goes when nobody stops it.
        target.call_later(self._follow, target)

    def _follow(self, pump: MessagePump) -> None:
        parent = pump._parent
        if pump is self or parent is None:
            self.call_later(self._done)
        else:
            parent.call_later(self._follow, parent)

    async def _overdue(self) -> None:
        """Go on where what a key went to was gone before it came."""
        if time.monotonic() >= self._busy_until:
            await self._done()

    async def _done(self) -> None:
        """Take the next key, once what was opened is there and has the focus."""
        opening = not self.screen.is_mounted or (self.screen.is_modal and self.focused is None)
        if opening and time.monotonic() < self._busy_until:
            self.set_timer(0.01, self._done)
            return
        self._busy_until = 0.0
        if self._waiting and self.is_running:
            await self._take(self._waiting.popleft())
