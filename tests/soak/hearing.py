"""A real console, headless, and every diagnosis that it makes: what it says, when, how long."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from haconsole.domain.model import Cluster
from haconsole.domain.rules.finding import Diagnosis, Finding
from haconsole.domain.verdict import Level
from haconsole.inventory import load
from haconsole.monitor.casework.consult import Consultation
from haconsole.monitor.feed import Feed
from haconsole.monitor.monitor import Monitor
from haconsole.transport.door import Door
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp
from haconsole.ui.desk import Desk
from haconsole.ui.triaging import Consulting

from .meanwhile import Move

#: A finding that was gone for longer is another one when it comes back, seconds.
_GAP_S = 3.0
#: Own lateness is looked for this often, and told of the last seconds.
_BEAT_S, _LATELY_S = 0.05, 12.0


@dataclass
class Spell:
    """A finding for as long as it stood. ``during``: what went on or had just ended then."""

    finding: Finding
    since: float
    until: float
    during: str
    false: bool = False
    #: When it was false first.
    at: float = 0.0

    @property
    def key(self) -> tuple[str, tuple[str, ...], Level]:
        """What makes it another one."""
        return self.finding.cause, self.finding.nodes, self.finding.severity

    def lines(self, began: float) -> list[str]:
        """Return it for the report, with its evidence."""
        one = self.finding
        head = (
            f"  {self.since - began:7.1f} s  {one.severity} {one.cause} on {', '.join(one.nodes)}"
            f"  ({one.confidence:.2f}, stood {self.until - self.since:.1f} s) during {self.during}"
        )
        shown = [
            f"             {e.node or '-'}: {e.note}"
            + (f" (read {self.at - e.at:.1f} s before)" if e.at else "")
            for e in one.evidence
        ]
        return [head, f"             {one.title}", *shown]


@dataclass
class Ear:
    """Hears every diagnosis. ``moves``: all that were made, the newest last."""

    tell: Callable[[str], None]
    moves: list[Move] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    bells: list[tuple[float, str]] = field(default_factory=list)
    began: float = 0.0
    judged: int = 0
    looked: int = 0
    newest: Diagnosis | None = None
    #: (when, by how much) this process was late: what it found then may be its own doing.
    late: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=2000))

    def hear(self, diagnosis: Diagnosis) -> None:
        """Sort what was said into true and false."""
        self.judged += 1
        self.began = self.began or diagnosis.at
        self.newest = diagnosis
        for one in diagnosis.findings:
            if one.severity in (Level.WARNING, Level.CRITICAL):
                self._take(one, diagnosis.at)

    def _take(self, one: Finding, at: float) -> None:
        true = any(move.allows(one, at) for move in self.moves)
        key = (one.cause, one.nodes, one.severity)
        known = next((s for s in reversed(self.spells) if s.key == key), None)
        if known is None or at - known.until > _GAP_S:
            known = Spell(one, at, at, self.meanwhile(at), at=at)
            self.spells.append(known)
        known.until = at
        if not true and not known.false:
            # The moment at which it became false is the one to show.
            known.false, known.finding, known.at = True, one, at
            known.during = self.meanwhile(at) + self.lateness(at)
            for line in ("FALSE", *known.lines(self.began)):
                self.tell(line)

    def lateness(self, at: float) -> str:
        """Return how late this process was in the last seconds, where it was."""
        most = max((by for when, by in self.late if at - when < _LATELY_S), default=0.0)
        return f"; this process was up to {most:.2f} s late" if most > 0.1 else ""

    async def listen(self) -> None:
        """Note how late this process is, until cancelled."""
        while True:
            due = time.monotonic() + _BEAT_S
            await asyncio.sleep(_BEAT_S)
            if (by := time.monotonic() - due) > 0.05:
                self.late.append((time.time(), by))

    def meanwhile(self, at: float) -> str:
        """Return what goes on, or what ended last."""
        going = [str(move) for move in self.moves if move.ended is None]
        if going:
            return ", ".join(going)
        if not self.moves:
            return "nothing"
        last = self.moves[-1]
        return f"nothing, {at - (last.ended or at):.1f} s after {last}"

    @property
    def false(self) -> Sequence[Spell]:
        """What was not true."""
        return [spell for spell in self.spells if spell.false]


class _Heard(Consultation):
    """The console's own consultation, whose diagnoses are heard."""

    def __init__(self, ear: Ear, monitor: Feed, door: Door, cluster: Cluster) -> None:
        super().__init__(monitor, door, cluster)
        self._ear = ear

    def passive(self) -> Diagnosis:
        diagnosis = super().passive()
        self._ear.hear(diagnosis)
        return diagnosis

    async def examine(self, *, quick: bool = False) -> Diagnosis:
        self._ear.looked += 1
        return await super().examine(quick=quick)


@dataclass(frozen=True)
class _Clinic:
    ear: Ear

    def consult(self, feed: Feed, door: Door | None, cluster: Cluster) -> Consulting:
        assert door is not None
        return _Heard(self.ear, feed, door, cluster)


@contextlib.asynccontextmanager
async def console(inventory: Path, ear: Ear) -> AsyncIterator[tuple[ConsoleApp, Door]]:
    """Open the console on an inventory, and its door; ``ear`` hears what it says, and its bell."""
    door = Transport(load(inventory), prompter=NoPrompter(), writable=True)
    monitor = Monitor(door)
    app = ConsoleApp(monitor, door=door)
    app.desk = Desk(app, door, clinic=_Clinic(ear))

    def ring() -> None:
        found = ear.newest.findings if ear.newest else ()
        ear.bells.append((monitor.now(), found[0].cause if found else "?"))

    app.bell = ring  # type: ignore[method-assign]  # the terminal's
    async with app.run_test(size=(110, 34)):
        listening = asyncio.create_task(ear.listen())
        try:
            yield app, door
        finally:
            listening.cancel()
