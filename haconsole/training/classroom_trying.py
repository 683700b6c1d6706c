"""Trying the checks of the step at hand, with every change and once a second."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from haconsole.domain.model import Cluster
from haconsole.monitor.feed import Feed
from haconsole.training.checking import Checking, Look
from haconsole.training.lesson import Step
from haconsole.training.standing import CheckView
from haconsole.transport.door import Door

#: Checks are tried at least so often, and not more often than that, seconds.
TRY_S, GAP_S = 1.0, 0.25


class Trying:
    """Tries checks while it runs. ``probes``: the product's, by default.

    ``seen(views)`` is told when they look otherwise; ``passed`` is called where all hold, as long
    as that changes nothing again and again.
    """

    def __init__(
        self,
        door: Door,
        feed: Feed,
        cluster: Cluster,
        probes: Mapping[str, Look[Any]] | None,
        *,
        seen: Callable[[tuple[CheckView, ...]], None],
        passed: Callable[[], None],
    ) -> None:
        self.checking: Checking | None = None
        self._door = door
        self._feed = feed
        self._cluster = cluster
        self._probes = probes
        self._seen = seen
        self._passed = passed

    def of(self, step: Step, since: float) -> Checking:
        """Return the checks of a step that began at a time (feed's)."""
        from haconsole.training.probes.sight import Sight

        if self._probes is None:
            from haconsole.training.probes.registry import PROBES

            self._probes = PROBES
        sight = Sight(self._feed, self._door, self._cluster, since)
        return Checking(step.checks, self._probes, sight, self._feed.now)

    async def run(self) -> None:
        """Try them until cancelled."""
        changed = asyncio.Event()
        end = self._feed.subscribe(lambda events, state: changed.set())
        try:
            while True:
                changed.clear()
                await self.look()
                await asyncio.sleep(GAP_S)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_s()):
                        await changed.wait()
        finally:
            end()

    async def look(self) -> None:
        """Try them once."""
        checking = self.checking
        if checking is None:
            return
        before = checking.views
        views = await checking.look()
        if checking is not self.checking:
            return  # another step, or a reset, meanwhile
        if views != before:
            self._seen(views)
        if checking.hold:
            self._passed()

    def _wait_s(self) -> float:
        """Return when a check that is held will have been held for long enough, if that is soon."""
        if self.checking is None:
            return TRY_S
        now = self._feed.now()
        held = (one for one in self.checking.views if one.since is not None)
        rest = (one.since + one.check.hold_s - now for one in held if one.since is not None)
        return min([TRY_S, *(left for left in rest if left > 0)])
