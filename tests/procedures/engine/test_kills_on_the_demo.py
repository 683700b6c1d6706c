"""The whole pair from bare hosts, on the demo, by consoles that are killed again and again.

Steps that run side by side end under one kill, so not every one is met by a kill of its own.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from haconsole.demo import serve
from haconsole.lab.topology import Family, LabState
from tests.procedures.driving import driving

pytestmark = pytest.mark.slow


async def killed_at(inventory: Path, met: set[int]) -> bool:
    """Apply, and SIGKILL the console at a step that none was killed at before (``met``).

    Only steps that change something count: those with odd numbers as they begin, the others
    as they are done. False: it got to its end.
    """
    console = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "haconsole", "apply", str(inventory), "build-pair"),
        *("--write", "--yes"),
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert console.stderr is not None
    said: list[str] = []
    begun: set[int] = set()
    while line := (await console.stderr.readline()).decode():
        said.append(line)
        found = re.match(r" *(\d+)/\d+ (.) ", line)
        if found is None:
            continue
        number, mark = int(found[1]), found[2]
        begun |= {number} if mark == "+" else set()
        if number in begun - met and mark == ("+" if number % 2 else "✔"):
            met.add(number)
            console.kill()
            await console.wait()
            return True
    assert await console.wait() == 0, "".join(said)
    return False


async def test_a_pair_is_built_by_consoles_that_are_killed_again_and_again() -> None:
    async with serve.running(state=LabState.FRESH, family=Family.APT) as demo:
        async with driving(demo.inventory) as console:
            plan = await console.plan("build-pair")
        files = {(s.host, s.file.path): s.file for s in plan.steps if s.file and s.file.changes}
        assert len(files) >= 15

        def see_no_mixture() -> int:
            new = 0
            for (host, path), change in files.items():
                there = demo.cluster.hosts[host].machine.files
                now = there.read(path).decode() if there.exists(path) else None
                # What a package brings in between is neither; what this tool writes is.
                assert now == change.after or "anaged by haconsole" not in (now or "")
                new += now == change.after
            return new

        met: set[int] = set()
        while await killed_at(demo.inventory, met):
            see_no_mixture()
        mutating = [step for step in plan.steps if step.mutating]
        assert len(met) >= len(mutating) * 0.6
        assert see_no_mixture() == len(files)
        assert demo.cluster.owners == ["lb01"]
        async with driving(demo.inventory) as console:
            await console.apply("build-pair")
            assert console.changes == []
            await console.apply("remove")
        for host in demo.cluster.hosts.values():
            assert not host.machine.files.exists("/var/lib/haconsole")
