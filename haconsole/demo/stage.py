"""Lessons on the demo: whatever was done to its hosts, others are in their place in a second."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from haconsole.domain.notes import Note, note
from haconsole.telling import say
from haconsole.training.lesson import Start
from haconsole.training.reaching import reach
from haconsole.training.stage import StageError
from haconsole.transport.door import Door

from .folder import ServeError
from .keeper import DemoKeeper, DemoOptions, KeeperError

VERSIONS = ("1.3.5", "2.2.7", "2.4.3")
_FAMILIES = ("apt", "yum")
#: Seconds after which hosts that serve must have been reached.
_REACH_S = 20.0


class DemoStage:
    """A demo as a ``training.stage.Stage``.

    ``door``: the console's, whose links come back by themselves; without one (set it later)
    :meth:`reset` returns when the hosts serve. ``pristine``: nobody has had them since they were
    started, so that the first reset to what they are needs no others.
    """

    kind = "demo"

    def __init__(
        self, keeper: DemoKeeper, door: Door | None = None, *, pristine: bool = False
    ) -> None:
        self.door = door
        #: What ``Start`` says nothing of stays as the demo was begun.
        self._usual = replace(keeper.options, flaw=None, scenario=None)
        self._keeper = keeper
        self._pristine = pristine

    def missing(self, start: Start) -> Note | None:
        """Say what of ``start`` the demo cannot be."""
        if start.keepalived and start.keepalived not in VERSIONS:
            return note(
                "The demo behaves as keepalived {versions}, not as {version}.",
                versions=", ".join(VERSIONS),
                version=start.keepalived,
            )
        if start.family not in _FAMILIES:
            return note("The demo has no hosts of the family {family}.", family=start.family)
        return None

    def pristine(self, start: Start) -> bool:
        """Whether the hosts are as ``start`` wants them, and nobody has had them yet."""
        return self._pristine and self._keeper.options == self._options(start)

    async def reset(self, start: Start) -> None:
        """Have other hosts in their place; returns when they can be reached.

        Raises ``StageError``; the next reset tries again.
        """
        if problem := self.missing(start):
            raise StageError(say(problem))
        if not self.pristine(start):
            try:
                await asyncio.to_thread(self._keeper.restart, self._options(start))
            except (KeeperError, ServeError) as error:
                raise StageError(str(error)) from None
        self._pristine = False
        if self.door is not None:
            await reach(self.door, _REACH_S)

    def _options(self, start: Start) -> DemoOptions:
        return replace(
            self._usual,
            state=start.state.value,
            family=start.family,
            keepalived=start.keepalived or self._usual.keepalived,
        )
