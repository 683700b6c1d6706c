"""Links that are cut in the middle of what they carry, at every file that build-pair touches.

The transport sends a part of a change, and then the link is gone for good. The engine finds its
way on by itself: so one run, cut again and again, has to give the whole pair.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from haconsole.demo import serve
from haconsole.demo.serve import Demo
from haconsole.lab.topology import Family, LabState
from haconsole.procedures import lock, stepping
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Step
from haconsole.procedures.progress import RunStatus, StepProgress, StepStatus
from haconsole.procedures.stepping import job_id
from haconsole.transport import gates
from haconsole.transport.jobs import JOBS
from haconsole.transport.solo import Solo
from tests.procedures.driving import driving, told

pytestmark = pytest.mark.slow
#: Seconds between two looks whether what was sent has got to the node.
FLIGHT_S = 0.01


def places(script: bytes, stdin: bytes) -> list[int]:
    """Return after how many bytes a hand-over is cut, one cut after the other."""
    if not stdin:
        return [len(script) // 2, len(script) - 1]
    return [len(script) // 2, len(script) + len(stdin) // 2, len(script) + len(stdin) - 1]


@dataclass
class Cutter:
    """Cuts each hand-over of a file, and looks at the file before the next one is tried."""

    demo: Demo
    steps: dict[str, Step]
    #: Step → cuts that were made; and how many of them met half a file on its node.
    cuts: dict[str, int] = field(default_factory=dict)
    halves: int = 0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        begin = Solo.begin

        def cut(solo: Solo, script: bytes, stdin: bytes | None) -> None:
            step = self._step(solo._host, script)
            if step is None:
                begin(solo, script, stdin)
                return
            self.see_old(step)
            at, done = places(script, stdin or b""), self.cuts.get(step.id, 0)
            if done == len(at):
                begin(solo, script, stdin)
                return
            self.cuts[step.id] = done + 1
            sent = script + (stdin or b"")
            begin(solo, sent[: at[done]], None)
            self.tasks.append(asyncio.create_task(self._abort(solo, at[done] > len(script))))

        patch.setattr(Solo, "begin", cut)

    async def _abort(self, solo: Solo, reached: bool) -> None:
        """Cut the link; where half a file was sent, once the node has begun to take it."""
        files = self.demo.cluster.hosts[solo._host].machine.files
        begun = False
        async with asyncio.timeout(20):
            await asyncio.sleep(FLIGHT_S)
            while reached and not begun:
                await asyncio.sleep(FLIGHT_S)
                begun = any(name.startswith(".new-") for name in files.listdir(JOBS))
        self.halves += begun
        channel = solo._process._channel
        assert channel is not None
        channel.get_connection().abort()

    def _step(self, host: str, script: bytes) -> Step | None:
        for step in self.steps.values():
            if step.host == host and f"--unit=haconsole-{job_id(step)}".encode() in script:
                return step
        return None

    def see_old(self, step: Step) -> None:
        """Before the whole of it was handed over, nothing of it is there."""
        assert step.file is not None
        files = self.demo.cluster.hosts[step.host].machine.files
        path = step.file.path
        now = files.read(path).decode() if files.exists(path) else None
        if step.file.after is not None:
            assert now in (step.file.before, None)
        else:  # what it takes away came with a package
            assert now
        assert not files.exists(f"{path}.haconsole-new")
        assert not files.exists(f"{JOBS}/{job_id(step)}")


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with serve.running(rate=0.0, state=LabState.FRESH, family=Family.APT) as running:
        yield running


async def test_every_file_of_a_pair_survives_links_cut_in_the_middle_of_it(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (
        (gates, "FIRST_DELAY_S"),
        (gates, "LONGEST_DELAY_S"),
        (stepping, "LINK_GAP_S"),
        (lock, "RETRY_GAP_S"),
    ):
        monkeypatch.setattr(module, name, 0.02)
    async with driving(demo.inventory) as console:
        plan = await console.plan("build-pair")
        files = {s.id: s for s in plan.steps if s.file and s.file.changes}
        takes = [s for s in plan.steps if s.id.startswith("take away")]
        assert len(files) >= 18 and len(takes) == 4
        cutter = Cutter(demo, files | {step.id: step for step in takes})
        cutter.install(monkeypatch)
        lost: set[str] = set()

        going = Run(console.door, plan)

        def hear(progress: object) -> None:
            lost.update(s for s in cutter.steps if _lost(going.progress.of(s)))

        going.subscribe(hear)
        await going.execute()
        assert going.progress.status is RunStatus.DONE, told(going)
        assert {step: cutter.cuts.get(step) for step in cutter.steps} == {
            step: 3 if step.startswith("place") else 2 for step in cutter.steps
        }
        assert lost == set(cutter.steps)
        await asyncio.gather(*cutter.tasks)
        assert cutter.halves == 2 * (len(cutter.steps) - len(takes))
        for step in files.values():
            assert step.file is not None
            there = demo.cluster.hosts[step.host].machine.files
            assert there.read(step.file.path).decode() == step.file.after
        done = len(console.changes)
        await console.apply("build-pair")
        assert console.changes[done:] == []
    for host in plan.hosts:
        assert demo.cluster.hosts[host].machine.files.listdir(JOBS) == []
    assert demo.cluster.owners == ["lb01"]


def _lost(stands: StepProgress) -> bool:
    return stands.status is StepStatus.LINK_LOST
