"""A console without a screen: surveys, plans and runs a procedure on a real site."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from haconsole.domain.model import Cluster
from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from haconsole.procedures.catalogue import Ground, entry
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Plan
from haconsole.procedures.progress import RunStatus
from haconsole.procedures.survey import survey
from haconsole.transport.commands import Effect, LedgerEntry
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport


@dataclass
class Driver:
    """A writable door, and what was sent through it."""

    door: Transport
    ledger: list[LedgerEntry] = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return self.door.site.clusters[0]

    @property
    def changes(self) -> list[LedgerEntry]:
        """What changed something; the lock of a run is none of it."""
        return [e for e in self.ledger if e.effect is Effect.CHANGES and e.name != "hold the lock"]

    async def ground(self, *, repositories: bool = False, health: bool = False) -> Ground:
        facts = await survey(self.door, self.cluster, repositories=repositories, health=health)
        assert not facts.problems
        return Ground(self.door.site, self.cluster, facts)

    async def plan(self, name: str, **given: str) -> Plan:
        ground = await self.ground(health=entry(name).health)
        procedure = entry(name).load()
        return procedure.plan(ground, procedure.form(ground).fill(given))

    async def run(self, name: str, **given: str) -> Run:
        """Run a procedure and return how it went."""
        run = Run(self.door, await self.plan(name, **given))
        await run.execute()
        return run

    async def apply(self, name: str, **given: str) -> Run:
        """Run a procedure that has to succeed."""
        run = await self.run(name, **given)
        assert run.progress.status is RunStatus.DONE, told(run)
        return run


@contextlib.asynccontextmanager
async def driving(inventory: Path | LabHandle) -> AsyncIterator[Driver]:
    """Open a door for the length of a test."""
    path = inventory if isinstance(inventory, Path) else inventory.inventory
    ledger: list[LedgerEntry] = []
    door = Transport(load(path), prompter=NoPrompter(), ledger=ledger.append, writable=True)
    await door.start()
    try:
        yield Driver(door, ledger)
    finally:
        await door.close()


def told(run: Run) -> str:
    """Return what a run says of its failures, and the last lines of their output."""
    rows = [str(run.progress.problem or "")]
    for step in run.plan.steps:
        standing = run.progress.of(step.id)
        if standing.problem:
            rows += [f"{step.id}: {standing.problem}", *standing.output[-15:]]
    return "\n".join(rows)


def problem_of(run: Run) -> tuple[str, str]:
    """Return the step that failed, and its sentence."""
    for step in run.plan.steps:
        standing = run.progress.of(step.id)
        if standing.status == "failed":
            return step.id, str(standing.problem)
    raise AssertionError(f"nothing failed: {run.progress.status}")


def files_of(lab: LabHandle, host: str) -> set[str]:
    """Return every file of a host, but those of the kernel, of caches, and what managers note."""
    apart = (
        *("/proc", "/sys", "/run", "/tmp", "/dev", "/var/cache", "/var/log/journal", "/var/tmp"),
        *(
            "/var/lib/apt",
            "/var/lib/dpkg",
            "/var/lib/rpm",
            "/root/.rpmdb",
            "/var/lib/dnf",
            "/var/lib/ucf",
        ),
        *("/var/log/apt", "/var/lib/systemd", "/home", "/root/.cache"),
    )
    pruned = " -o ".join(f"-path {path}" for path in apart)
    found = lab.exec(host, ["sh", "-c", f"find / -xdev \\( {pruned} \\) -prune -o -print"])
    logs = ("/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/dnf", "/var/log/hawkey.log")
    return {path for path in found.stdout.splitlines() if not path.startswith(logs)}


def services_of(lab: LabHandle, host: str) -> set[str]:
    """Return every service with how it stands and whether it starts at boot."""
    shape = "systemctl list-units --all --plain --no-legend --type=service | grep -v haconsole-"
    enabled = "systemctl list-unit-files --no-legend --type=service"
    found = lab.exec(host, ["sh", "-c", f"{shape} | cut -c 1-70; {enabled}"])
    return {
        " ".join(line.split()[:4])
        for line in found.stdout.splitlines()
        if not line.startswith(("apt-", "dnf-", "man-db", "user@", "user-runtime", "systemd-"))
    }
