"""Consoles as processes of their own, killed at steps where none was killed before.

Nothing here depends on how fast anything is: a console says a step before it hands it over, and
what it said until it died is read to its end. So it is known of every host which step its killed
console had under way, or between which two it was.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from haconsole.procedures.plan import Plan, Step
from haconsole.telling import say

_LINE = re.compile(r" *(\d+)/(\d+) (\S) ([^ :]+): (.*?)(?: \(\d+\.\d s\))?\n?\Z")
#: Seconds that one console may take; long enough for a package manager on a busy machine.
PATIENCE_S = 300.0


@dataclass
class Kills:
    """Kills consoles that apply a procedure, until one of them gets to its end.

    ``plan``: as it was before the first of them. Every second step's kill waits until the step is
    done, the others' comes as it begins.
    """

    inventory: Path
    plan: Plan
    words: Sequence[str] = ()
    #: Ids of steps that a killed console had under way, that it had just done, and all that any
    #: console began; and those that came and went on another host while the kill was on its way.
    under_way: set[str] = field(default_factory=set)
    just_done: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    kills: int = 0

    @property
    def missed(self) -> set[str]:
        """Steps that were begun and that no kill met, for no reason of time."""
        return self.begun - self.met - self.passed

    @property
    def met(self) -> set[str]:
        return self.under_way | self.just_done

    async def until_done(self, after_each: Callable[[], Awaitable[None]]) -> None:
        """Start console after console; ``after_each`` is called when one was killed."""
        while await self._killed():
            self.kills += 1
            await after_each()
            assert self.kills <= 2 * len(self.plan.steps), "it never comes to its end"

    async def _killed(self) -> bool:
        """Run one console; False: it got to its end, since no step was left to be met."""
        console = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "haconsole", "apply", str(self.inventory)),
            *(self.plan.procedure, "--write", "--yes", *self.words),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert console.stderr is not None
        said: list[str] = []
        #: Host → the step of the newest line, and whether it is done.
        newest: dict[str, tuple[str, bool]] = {}
        killed = False
        after: set[str] = set()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while line := (await console.stderr.readline()).decode():
                    said.append(line)
                    if (found := self._read(line, newest)) is None:
                        continue
                    if killed:
                        after.add(found[0].id)
                    elif killed := self._is_due(*found):
                        console.kill()
                status = await console.wait()
        finally:
            if console.returncode is None:
                console.kill()
                await console.wait()
        if not killed:
            assert status == 0, "".join(said)
            return False
        for step, done in newest.values():
            (self.just_done if done else self.under_way).add(step)
        self.passed |= after - self.met
        return True

    def _read(self, line: str, newest: dict[str, tuple[str, bool]]) -> tuple[Step, str] | None:
        """Note what a line says of a step that is done; returns the step and its mark."""
        found = _LINE.match(line)
        if found is None:
            return None
        step = self._step(int(found[1]), int(found[2]), found[4], found[5])
        mark = found[3]
        assert mark != "✘", line
        if step.mutating and mark in "+✔":
            self.begun.add(step.id)
            newest[step.host] = (step.id, mark == "✔")
            return step, mark
        return None

    def _is_due(self, step: Step, mark: str) -> bool:
        late = self.plan.steps.index(step) % 2 == 1
        return step.id not in self.met and mark == ("✔" if late else "+")

    def _step(self, number: int, of: int, host: str, title: str) -> Step:
        """Return the step that a line tells of; a later console's plan may be a shorter one."""
        there = self.plan.steps[number - 1] if of == len(self.plan.steps) else None
        if there and there.host == host and say(there.title) == title:
            return there
        named = [s for s in self.plan.steps if s.host == host and say(s.title) == title]
        assert len(named) == 1, f"{host}: {title}: {[s.id for s in named]}"
        return named[0]
