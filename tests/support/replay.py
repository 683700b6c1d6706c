"""A feed that replays events: the door by which the screens are tested, without any host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from haconsole.domain.events import Event
from haconsole.domain.model import Site
from haconsole.domain.reduce import fold
from haconsole.domain.state import State
from haconsole.monitor.feed import FeedError, Listener


class ReplayFeed:
    """Folds the events it is given; its clock stands until it is moved.

    ``events`` are played when it is run. ``files``: (host, path) → text. ``fails``: what ``run`` raises, once it was asked to end.
    """

    def __init__(
        self,
        site: Site,
        events: Sequence[Event] = (),
        *,
        now: float = 0.0,
        writable: bool = False,
        files: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self._site = site
        self._now = now
        self._state = State.begin(site, now - 600)
        self._begin_with = tuple(events)
        self._writable = writable
        self._files = dict(files or {})
        self._listeners: list[Listener] = []
        self._end: asyncio.Future[None] | None = None
        self.refreshed: list[str | None] = []
        self.running = False

    @property
    def site(self) -> Site:
        """What is watched."""
        return self._site

    @property
    def state(self) -> State:
        """The state after the events so far."""
        return self._state

    @property
    def writable(self) -> bool:
        """As the test said."""
        return self._writable

    def now(self) -> float:
        """Return the time that the clock stands at."""
        return self._now

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener of the events to come."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self) -> None:
        """Play the first events, then wait until cancelled, or until the test has it fail."""
        self._end = asyncio.get_running_loop().create_future()
        self.running = True
        self.play(*self._begin_with)
        try:
            await self._end
        finally:
            self.running = False

    def fail(self, error: Exception) -> None:
        """Have ``run`` raise."""
        assert self._end is not None
        self._end.set_exception(error)

    def play(self, *events: Event, at: float | None = None) -> None:
        """Fold more events in and tell; the clock moves to ``at``, or not at all."""
        if at is not None:
            self._now = at
        self._state = fold(self._state, events)
        for listener in tuple(self._listeners):
            listener(events, self._state)

    def tick(self, seconds: float) -> None:
        """Move the clock."""
        self._now += seconds

    async def refresh(self, host: str | None = None) -> None:
        """Note what was asked for."""
        self.refreshed.append(host)

    async def read_file(self, host: str, path: str) -> str:
        """Return a file of the test's."""
        try:
            return self._files[host, path]
        except KeyError:
            raise FeedError(f"{host}: {path}: no such file; is the package installed?") from None
