"""dpkg at work: unpacking, setting up, removing, with its lines and errors."""

from __future__ import annotations

from collections.abc import Sequence

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation

from .catalogue import Package
from .database import Record, State
from .managing import Packages, is_full
from .placing import PlacingError, unpack
from .sources import apt_sources

ARCHIVES = "/var/cache/apt/archives"
#: dpkg: an action failed; the whole of it was refused.
FAILED, REFUSED = 1, 2
_DATABASE = "/var/lib/dpkg"


class Dpkg:
    """One run of dpkg."""

    def __init__(self, packages: Packages, call: Invocation) -> None:
        self._packages, self._call = packages, call
        self._database = packages.database
        self._read = False

    async def install(
        self, archives: Sequence[Package], *, automatic: set[str], paths: Sequence[str] = ()
    ) -> int:
        """Unpack packages and set them up, and what was left half done; returns the status."""
        if refused := await self._refused():
            return refused
        many = len(archives) > 9
        first = {p.name for p in archives if self._database.get(p.name) is None}
        failed: list[str] = []
        for number, package in enumerate(archives):
            short = f"{number:02d}-{package.filename}" if many else package.filename
            path = paths[number] if paths else f"{ARCHIVES}/{package.filename}"
            if not await self._unpack(package, path, short):
                failed.append(path)
                break
            self._database.records[package.name].automatic = package.name in automatic
        if failed:
            await self._call.print("Errors were encountered while processing:")
            for path in failed:
                await self._call.print(f" {path}")
            return FAILED
        return await self.configure(archives, first=first)

    async def configure(self, archives: Sequence[Package] = (), *, first: set[str]) -> int:
        """Set up what is unpacked, in the order in which it was."""
        if refused := await self._refused():
            return refused
        names = [package.name for package in archives]
        rest = [n for n, r in self._database.records.items() if r.state is State.UNPACKED]
        for name in [*(n for n in rest if n not in names), *names]:
            record = self._database.records[name]
            await self._call.sleep(self._packages.pace_s)
            await self._call.print(
                f"Setting up {record.package.shown} ({record.package.version}) ..."
            )
            record.state = State.INSTALLED
            await self._packages.scripts.set_up(name, self._call.print, first=name in first)
        return 0

    async def remove(self, records: Sequence[Record], *, purge: bool) -> int:
        """Remove packages, with their configuration files when it is a ``purge``."""
        if refused := await self._refused():
            return refused
        for record in _users_first([r for r in records if r.state is not State.CONFIG_FILES]):
            await self._reading()
            package = record.package
            await self._call.print(f"Removing {package.shown} ({package.version}) ...")
            await self._packages.scripts.before_removal(package.name)
            await self._call.sleep(self._packages.pace_s)
            for warning in self._packages.erase(record):
                await self._call.print(warning)
            self._packages.scripts.after_removal(package.name, purge=False)
        for record in records if purge else ():
            if record.package.name in self._database.records:
                await self._purge(record)
        return 0

    async def _purge(self, record: Record) -> None:
        self._read = False
        await self._reading()
        package = record.package
        await self._call.print(
            f"Purging configuration files for {package.name} ({package.version}) ..."
        )
        self._packages.scripts.after_removal(package.name, purge=True)
        for warning in self._packages.erase(record, purge=True):
            await self._call.print(warning)

    async def _unpack(self, package: Package, path: str, short: str) -> bool:
        call, before = self._call, self._database.get(package.name)
        if before is None:
            await call.print(f"Selecting previously unselected package {package.shown}.")
        await self._reading()
        await call.print(f"Preparing to unpack .../{short} ...")
        over = before is not None and before.state is not State.CONFIG_FILES
        old = f" over ({before.package.version})" if over and before else ""
        await call.print(f"Unpacking {package.shown} ({package.version}){old} ...")
        await call.sleep(self._packages.pace_s)
        try:
            unpack(self._database, package, _repository(self._packages))
        except PlacingError as error:
            await call.print(f"dpkg: error processing archive {path} (--unpack):")
            await call.print(f" {_why(error)}")
            return False
        return True

    async def _refused(self) -> int:
        """Say why nothing can be done at all, and return the status for that."""
        try:
            self._packages.machine.files.store.may_change()
        except OSError as error:
            await self._call.print(
                f"dpkg: error: unable to access the dpkg database directory {_DATABASE}: "
                f"{words_of(error)}"
            )
            return REFUSED
        return 0

    async def _reading(self) -> None:
        if self._read:
            return
        self._read = True
        steps = "".join(f"(Reading database ... {percent}%\r" for percent in range(5, 105, 5))
        await self._call.print(
            f"(Reading database ... \r{steps}(Reading database ... "
            f"{9000 + 40 * len(self._database.records)} files and directories currently installed.)"
        )


def _why(error: PlacingError) -> str:
    path, words = error.path, words_of(error.error)
    if is_full(error.error):
        return (
            f"cannot copy extracted data for './{path.lstrip('/')}' to '{path}.dpkg-new': failed "
            f"to write ({words})"
        )
    return (
        f"unable to clean up mess surrounding './{path.lstrip('/')}' before installing another "
        f"version: {words}"
    )


def _repository(packages: Packages) -> str:
    found = apt_sources(packages.machine.files)
    return found[0].host if found else ""


def _users_first(records: Sequence[Record]) -> list[Record]:
    """Return packages such that what needs another goes before it."""
    ordered: list[Record] = []
    left = sorted(records, key=lambda r: r.package.name)
    while left:
        needed = {n for r in left for c in r.package.needs() for n in c.choices}
        free = [r for r in left if not r.package.gives() & needed] or left[:1]
        ordered.append(free[0])
        left.remove(free[0])
    return ordered
