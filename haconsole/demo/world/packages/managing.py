"""The package management of one host: what its tools share."""

from __future__ import annotations

import asyncio
import errno
from functools import cmp_to_key

from haconsole.demo.system.invocation import Invocation
from haconsole.demo.system.machine import Machine
from haconsole.demo.system.nodes import Virtual
from haconsole.demo.system.process import Process
from haconsole.demo.world.manager import Manager
from haconsole.demo.world.stack import Stack
from haconsole.lab.topology import Family

from .archives import from_line, read_index, stanza
from .catalogue import Package
from .compiler import Compiler
from .database import Database, Record, State
from .placing import erase, unpack
from .scripts import Scripts
from .sources import Repository, apt_sources, yum_repositories
from .versions import DebianVersion, compare_rpm

FRONTEND_LOCK = "/var/lib/dpkg/lock-frontend"
LISTS_LOCK = "/var/lib/apt/lists/lock"
RPM_LOCK = "/var/lib/rpm/.rpm.lock"
STATUS = "/var/lib/dpkg/status"
_WORDS = {
    State.INSTALLED: "installed", State.UNPACKED: "unpacked",
    State.HALF_INSTALLED: "half-installed", State.CONFIG_FILES: "config-files",
}  # fmt: skip


class Packages:
    """What is installed on a host, and how that changes.

    ``pace_s``: how long unpacking or setting up one package takes, seconds.
    """

    def __init__(self, machine: Machine, stack: Stack, manager: Manager, family: Family) -> None:
        self.machine, self.stack, self.family = machine, stack, family
        self.database = Database(machine, family)
        self.scripts = Scripts(manager, family, lambda port: port in stack.services)
        self.pace_s = 0.03
        self.compiler = Compiler()
        files = machine.files
        if family is Family.APT:
            for lock in (FRONTEND_LOCK, "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock"):
                files.install(lock, "", 0o640)
            files.mkdir("/var/lib/apt/lists/partial", parents=True)
            files.graft(STATUS, Virtual(lambda caller: self.status_text().encode(), mode=0o644))
        else:
            files.install(RPM_LOCK, "")
            files.mkdir("/var/cache/dnf", parents=True)

    @property
    def lock(self) -> str:
        """The file whose lock a change of the data base takes."""
        return FRONTEND_LOCK if self.family is Family.APT else RPM_LOCK

    def take(self, path: str, process: Process) -> Process | None:
        """Lock a file for a process; returns who has it instead. Raises ``OSError``."""
        files = self.machine.files
        if not files.exists(path):
            files.install(path, "", 0o640)
        files.store.may_change(path)
        return self.machine.locks.take(files.find(path).inode, process)

    def release(self, path: str, process: Process) -> None:
        """Let go of a lock."""
        if self.machine.files.exists(path):
            self.machine.locks.give(self.machine.files.find(path).inode, process)

    def hold_lock(self, comm: str = "") -> Process:
        """Start a process that has the lock until it is killed: another administrator's."""

        async def hold(call: Invocation) -> int:
            await asyncio.Event().wait()
            return 0

        name = comm or ("apt-get" if self.family is Family.APT else "dnf")
        process = self.machine.spawn([name, "upgrade"], program=hold)
        self.take(self.lock, process)
        return process

    def preinstall(self, offered: tuple[Package, ...], *names: str) -> None:
        """Put packages on the host as if they had been there for long, without their services."""
        from .solving import Solver

        solver = Solver(self.database, offered)
        wanted = [solver.versions(name)[0] for name in names]
        for package in solver.closure(wanted):
            record = unpack(self.database, package, "lab")
            record.state, record.at = State.INSTALLED, self.machine.boot_at
            record.automatic = package.name not in names
            if package.name == "nginx-common":
                self.machine.files.chown("/var/log/nginx", 0, 4)

    def best(self, packages: list[Package]) -> list[Package]:
        """Sort what is offered: every package's best version first."""
        if self.family is Family.APT:
            return sorted(packages, key=lambda p: DebianVersion(p.version), reverse=True)
        return sorted(packages, key=cmp_to_key(by_evr), reverse=True)

    def listed(self) -> list[Package]:
        """Return what apt knows from its lists, best versions first."""
        files, found = self.machine.files, list[Package]()
        for source in apt_sources(files):
            path = source.list_file("Packages")
            if files.is_file(path):
                found += read_index(files.read_text(path))
        return self.best(found)

    def cached(self) -> list[tuple[Package, Repository]]:
        """Return what dnf knows from its cache, best versions first."""
        files, found = self.machine.files, list[tuple[Package, Repository]]()
        for repository in yum_repositories(files):
            if repository.enabled and files.is_file(repository.cache):
                lines = files.read_text(repository.cache).splitlines()
                found += [(from_line(text), repository) for text in lines]
        order = {id(p): n for n, p in enumerate(self.best([p for p, _ in found]))}
        return sorted(found, key=lambda pair: order[id(pair[0])])

    def status_of(self, record: Record) -> str:
        """Return ``install ok installed``: a package's three words."""
        want = "deinstall" if record.state is State.CONFIG_FILES else "install"
        return f"{'hold' if record.held else want} ok {_WORDS[record.state]}"

    def stanza_of(self, record: Record) -> str:
        """Return what ``dpkg -s`` shows of a package."""
        text = stanza(record.package, self.status_of(record))
        if not record.digests:
            return text
        conffiles = "".join(f" {path} {sum_}\n" for path, sum_ in sorted(record.digests.items()))
        head, description, tail = text.rpartition("Description: ")
        return f"{head}Conffiles:\n{conffiles}{description}{tail}"

    def status_text(self) -> str:
        """Return the text of dpkg's data base."""
        return "".join(
            f"{self.stanza_of(record)}\n" for _, record in sorted(self.database.records.items())
        )

    def erase(self, record: Record, **how: bool) -> list[str]:
        """Take a package's files away; returns the warnings."""
        warnings: list[str] = []
        purge = how.get("purge", False)
        erase(self.database, record, purge=purge, warn=warnings.append)
        return warnings


def by_evr(left: Package, right: Package) -> int:
    """Compare two RPMs' versions and releases, as a sort wants it."""
    return compare_rpm(left.version, right.version) or compare_rpm(left.release, right.release)


def is_full(error: OSError) -> bool:
    """Whether a disk is full."""
    return error.errno == errno.ENOSPC
