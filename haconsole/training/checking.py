"""The checks of one step: tried again and again, held where that is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from haconsole.domain.notes import note
from haconsole.procedures.errors import ProcedureError
from haconsole.training.lesson import Check
from haconsole.training.standing import CheckView, Seen
from haconsole.transport.errors import TransportError

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)
#: A deadline that no check asks for, seconds.
PATIENCE_S = 15.0


class Look(Protocol[S_contra]):
    """What is needed of a probe (``training.probes.probe.Probe``)."""

    @property
    def look(self) -> Callable[[S_contra, Mapping[str, str]], Awaitable[Seen]]:
        """Look once."""
        ...


class Checking:
    """The checks of a step that goes on. ``sight`` is what its probes see with.

    ``now``: the feed's clock, seconds.
    """

    def __init__(
        self,
        checks: Sequence[Check],
        probes: Mapping[str, Look[S]],
        sight: S,
        now: Callable[[], float],
    ) -> None:
        waits = Seen(None, note("Not looked at yet."))
        self.views = tuple(CheckView(check, waits) for check in checks)
        self._probes = probes
        self._sight = sight
        self._now = now

    @property
    def patience_s(self) -> float:
        """For how long the most patient check is waited for, and held, seconds."""
        return max((one.check.within_s + one.check.hold_s for one in self.views), default=0.0)

    @property
    def hold(self) -> bool:
        """Whether all hold now, each for as long as it has to."""
        return all(holds(view, self._now()) for view in self.views)

    @property
    def failing(self) -> tuple[CheckView, ...]:
        """Those that do not hold (for long enough) now."""
        return tuple(view for view in self.views if not holds(view, self._now()))

    async def look(self) -> tuple[CheckView, ...]:
        """Try every check once."""
        found = []
        for view in self.views:
            seen = await self._seen(view.check)
            found.append(seen_again(view, seen, self._now()))
        self.views = tuple(found)
        return self.views

    def finish(self) -> tuple[CheckView, ...]:
        """Take all for done."""
        self.views = tuple(replace(view, done=True) for view in self.views)
        return self.views

    async def _seen(self, check: Check) -> Seen:
        probe = self._probes.get(check.probe)
        if probe is None:
            return Seen(None, note("There is no probe {name}.", name=check.probe))
        try:
            return await probe.look(self._sight, check.settings)
        except (TransportError, ProcedureError) as error:
            return Seen(None, note("{why}", why=str(error)))
        except Exception as error:
            # A mistake in one probe must neither end the lesson nor pass it.
            return Seen(
                None,
                note(
                    "this console failed on it ({error}); please report that",
                    error=f"{type(error).__name__}: {error}",
                ),
            )


def seen_again(view: CheckView, seen: Seen, now: float) -> CheckView:
    """Return a check after another look: since when it holds without a break."""
    if not seen.ok:
        return replace(view, seen=seen, since=None)
    return replace(view, seen=seen, since=now if view.since is None else view.since)


def holds(view: CheckView, now: float) -> bool:
    """Whether a check holds, and has for as long as it has to."""
    return view.since is not None and now - view.since >= view.check.hold_s
