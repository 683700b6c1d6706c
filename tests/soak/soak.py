"""One soak: a console that watches, planned moves drawn by chance, and what was said meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from haconsole.domain.rules.finding import Diagnosis
from haconsole.ui.app import ConsoleApp
from tests.support.entering import entering

from .hearing import Ear, console
from .meanwhile import Kind
from .moves import Mover, SoakError

#: The console must have nothing to say so long after the last move, seconds.
_CALM_S = 60.0
_OPEN_S = 40.0
#: Below so many seconds a soak is a short one: shorter pauses, so that it has moves at all.
_SHORT_S = 120.0
#: Screens that an operator leaves open: the triage screen looks closer by itself.
_MODES = ("home", "home", "triage", "timeline")


@dataclass
class Soak:
    """What came of a soak. ``problem``: why it ended before its time."""

    seed: int
    ear: Ear
    began: float = field(default_factory=time.time)
    ended: float = 0.0
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing false was said, and the soak itself did what it should."""
        return not self.ear.false and not self.problem

    def report(self) -> str:
        """Return the tables."""
        ear = self.ear
        rows = [f"{'move':<24} made"]
        rows += [f"{kind:<24} {number:4d}" for kind, number in self._kinds().items()]
        rows += ["", f"{'finding':<34} {'level':<9} times  longest  false"]
        rows += self._causes()
        rows += [
            "",
            f"{len(ear.moves)} moves in {(self.ended - self.began) / 60:.1f} min (seed "
            f"{self.seed}), {ear.judged} judgements, {ear.looked} closer looks, "
            f"{len(ear.bells)} bells, {len(ear.false)} false findings",
        ]
        for spell in ear.false:
            rows += spell.lines(self.began)
        if self.problem:
            rows.append(f"THE SOAK FAILED: {self.problem}")
        return "\n".join(rows)

    def _kinds(self) -> dict[str, int]:
        made = Counter(move.kind for move in self.ear.moves)
        kinds = {str(kind): made[kind] for kind in Kind}
        odd = Counter(m.said for m in self.ear.moves if m.said not in ("", "done"))
        return kinds | {f"  {said}": number for said, number in odd.items()}

    def _causes(self) -> list[str]:
        keys = dict.fromkeys((s.finding.cause, s.finding.severity) for s in self.ear.spells)
        rows = []
        for cause, level in keys:
            own = [s for s in self.ear.spells if (s.finding.cause, s.finding.severity) ==
                   (cause, level)]  # fmt: skip
            longest = max(s.until - s.since for s in own)
            false = sum(s.false for s in own)
            rows.append(f"{cause:<34} {level:<9} {len(own):5d} {longest:6.1f} s {false:6d}")
        return rows or ["(none)"]


async def soak(
    inventory: Path,
    seconds: float,
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
    only: tuple[Kind, ...] = (),
) -> Soak:
    """Soak a pair that is well for so long; returns what came of it, raises nothing for that."""
    short = seconds <= _SHORT_S
    made = Soak(seed, Ear(tell))
    async with console(inventory, made.ear) as (app, own):
        feed = app.session.feed
        (cluster,) = feed.site.clusters
        async with entering(inventory, [host.name for host in cluster.hosts]) as door:
            mover = Mover(door, own, feed, cluster, random.Random(seed), short=short, only=only)
            try:
                await _calm(made.ear, _OPEN_S, "before the first move")
                made.began = made.ear.began = time.time()
                await _moves(made, mover, app, seconds, tell)
                await _calm(made.ear, _CALM_S, "after the last move")
            except SoakError as error:
                made.problem = str(error)
            made.ended = time.time()
    return made


async def _moves(
    made: Soak, mover: Mover, app: ConsoleApp, seconds: float, tell: Callable[[str], None]
) -> None:
    while time.time() - made.began < seconds:
        await asyncio.sleep(mover.pause())
        app.go(mover.dice.choice(_MODES))
        move = mover.draw()
        made.ear.moves.append(move)
        tell(f"{move.began - made.began:7.1f} s  {move.kind} on {move.host}")
        try:
            await mover.make(move)
        finally:
            move.ended = time.time()
        if move.said not in ("", "done"):
            tell(f"{move.ended - made.began:7.1f} s  {move}")


async def _calm(ear: Ear, within_s: float, when: str) -> None:
    """Wait until the console says that nothing is wrong, of now."""
    asked, began = time.time(), time.monotonic()
    while time.monotonic() - began < within_s:
        newest = ear.newest
        if newest is not None and newest.at > asked and _is_calm(newest):
            return
        await asyncio.sleep(0.1)
    said = [str(one.title) for one in ear.newest.findings] if ear.newest else ["nothing was judged"]
    missing = [str(one.note) for one in ear.newest.missing] if ear.newest else []
    raise SoakError(f"{when} the console was not calm within {within_s:g} s: {[*said, *missing]}")


def _is_calm(one: Diagnosis) -> bool:
    return not (one.findings or one.settling or one.missing)
