"""What the screens see of a session: a state that changes by events, live or replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from haconsole.domain.events import Event
from haconsole.domain.model import Site
from haconsole.domain.state import State

#: Called in the event loop with the events just folded in, and the state after them.
Listener = Callable[[Sequence[Event], State], None]


class Feed(Protocol):
    """A source of states. The live monitor is one, a replayed recording another."""

    @property
    def site(self) -> Site:
        """What is watched."""
        ...

    @property
    def state(self) -> State:
        """The newest state."""
        ...

    @property
    def writable(self) -> bool:
        """Whether changes are unlocked (``--write``, and the inventory allows it)."""
        ...

    def now(self) -> float:
        """Return the feed's time, epoch seconds: the console's clock, or the replay's."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on every change from now on; returns what ends that."""
        ...

    async def run(self) -> None:
        """Watch until cancelled; closes every link on the way out."""
        ...

    async def refresh(self, host: str | None = None) -> None:
        """Take a full reading of one host, or of all, now."""
        ...

    async def read_file(self, host: str, path: str) -> str:
        """Return a file of a node, cleaned, secrets masked; ``FeedError`` says why not."""
        ...


class FeedError(Exception):
    """A question to a host could not be answered; the message is the sentence to show."""
