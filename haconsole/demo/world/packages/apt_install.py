"""``apt-get install``: working out what is needed, fetching it, handing it to dpkg."""

from __future__ import annotations

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation

from .apt_locks import FAILED, locked
from .apt_update import RETRIES_S
from .aptwords import AptWords, wrapped
from .archives import unpacked
from .catalogue import Package, clauses
from .database import State
from .dpkg_run import Dpkg
from .managing import Packages
from .solving import MissingError, Plan, Solver, size_words
from .sources import FetchError, Source, apt_sources, fetch
from .versions import DebianVersion

ARCHIVES = "/var/cache/apt/archives"
_READING = ("Reading package lists...", "Building dependency tree...",
            "Reading state information...")  # fmt: skip


class AptError(Exception):
    """The command failed; the text is what stands behind ``E:``."""


async def intro(call: Invocation, words: AptWords) -> None:
    """Say what apt always says first."""
    for text in () if words.quiet else _READING:
        await call.print(text)


async def agreed(call: Invocation, words: AptWords) -> bool:
    """Ask whether to go on, unless that was answered on the command line."""
    if words.yes:
        return True
    await call.stdout.write("Do you want to continue? [Y/n] ")
    answer = await call.stdin.readline()
    if answer.strip().lower() in (b"y", b"yes") or answer == b"\n":
        return True
    await call.print("Abort.")
    return False


async def install(packages: Packages, call: Invocation, words: AptWords) -> int:
    """Install, upgrade or downgrade packages."""
    async with locked(packages, call, words) as refused:
        if refused:
            return refused
        await intro(call, words)
        try:
            return await _Installation(packages, call, words).run()
        except AptError as error:
            await call.stderr.write(f"E: {error}\n")
            return FAILED


class _Installation:
    def __init__(self, packages: Packages, call: Invocation, words: AptWords) -> None:
        self._packages, self._call, self._words = packages, call, words
        self._database = packages.database
        self._solver = Solver(packages.database, packages.listed(), recommends=words.recommends)
        self._plan = Plan()
        self._asked: set[str] = set()

    async def run(self) -> int:
        wanted = [chosen for word in self._words.words if (chosen := await self._choose(word))]
        await self._solve(wanted)
        plan = self._plan
        await self._tell_plan()
        removed = self._guard_held()
        if removed:
            raise AptError(
                "Held packages were changed and -y was used without --allow-change-held-packages."
            )
        dpkg = Dpkg(self._packages, self._call)
        half = [r for r in self._database.records.values() if r.state is State.UNPACKED]
        if "simulate" in self._words:
            await self._simulate()
            return 0
        if not plan.fresh and not half:
            return 0
        if plan.fresh and not await self._confirm():
            return 1
        archives = await self._fetch()
        if "download" in self._words:
            return 0
        status = await dpkg.install(archives, automatic={p.name for p in plan.additional})
        if status:
            raise AptError(f"Sub-process /usr/bin/dpkg returned an error code ({status})")
        return 0

    async def _choose(self, word: str) -> Package | None:
        """Return the package that a word stands for; ``None``: there is nothing to do for it."""
        bare, equals, version = word.partition("=")
        name, slash, release = bare.partition("/")
        name = name.partition(":")[0]
        versions, record = self._solver.versions(name), self._database.installed(name)
        self._asked.add(name)
        if slash and not equals:
            await self._not_available(name)
            raise AptError(f"Release '{release}' for '{name}' was not found")
        if equals:
            versions = [package for package in versions if package.version == version]
            if record is not None and record.package.version == version:
                versions = [record.package]
            if not versions:
                if self._solver.versions(name) or record:
                    await self._not_available(name)
                    raise AptError(f"Version '{version}' for '{name}' was not found")
                raise AptError(f"Unable to locate package {name}")
        if record is not None:
            return await self._newer(name, versions[0] if versions else record.package, word)
        if "onlyupgrade" in self._words:
            return None
        if not versions:
            versions = self._solver.providers(name)
            if len(versions) != 1:
                raise AptError(f"Unable to locate package {name}")
            await self._call.print(f"Note, selecting '{versions[0].name}' instead of '{name}'")
        return versions[0]

    async def _newer(self, name: str, offered: Package, word: str) -> Package | None:
        record = self._database.records[name]
        now = record.package.version
        if "reinstall" in self._words:
            if self._solver.versions(name):
                return offered
            await self._call.print(
                f"Reinstallation of {name} is not possible, it cannot be downloaded."
            )
            return None
        newer = DebianVersion(offered.version) > DebianVersion(now)
        if offered.version == now or (not newer and "=" not in word):
            if "onlyupgrade" not in self._words:
                await self._call.print(f"{name} is already the newest version ({now}).")
                if record.automatic:
                    record.automatic = False
                    await self._call.print(f"{name} set to manually installed.")
            return None
        (self._plan.upgrades if newer else self._plan.downgrades).append(offered)
        return offered

    async def _not_available(self, name: str) -> None:
        await self._call.print(
            f"Package {name} is not available, but is referred to by another package.\n"
            "This may mean that the package is missing, has been obsoleted, or\n"
            "is only available from another source\n"
        )

    async def _solve(self, wanted: list[Package]) -> None:
        plan = self._plan
        try:
            plan.fresh = self._solver.closure(wanted)
        except MissingError as error:
            await self._call.print(
                "Some packages could not be installed. This may mean that you have\n"
                "requested an impossible situation or if you are using the unstable\n"
                "distribution that some required packages have not yet been created\n"
                "or been moved out of Incoming.\n"
                "The following information may help to resolve the situation:\n\n"
                "The following packages have unmet dependencies:\n"
                f" {error.package.name} : Depends: {error.clause.text} but it is not installable"
            )
            raise AptError("Unable to correct problems, you have held broken packages.") from None
        named = {package.name for package in wanted}
        plan.additional = [package for package in plan.fresh if package.name not in named]
        plan.suggested = self._left_out("suggests")
        plan.recommended = self._left_out("recommends")

    def _left_out(self, kind: str) -> list[str]:
        here = {package.name for package in self._plan.fresh}
        names = []
        for package in self._plan.fresh:
            for clause in clauses(getattr(package, kind)):
                known = set(clause.choices) & here or self._database.satisfies(clause.choices)
                if not known:
                    names.append(" | ".join(clause.choices))
        return sorted(dict.fromkeys(names))

    def _guard_held(self) -> list[str]:
        changed = {package.name for package in [*self._plan.upgrades, *self._plan.downgrades]}
        held = [name for name in changed if self._database.records[name].held]
        return [] if "held" in self._words else held

    async def _tell_plan(self) -> None:
        plan, call = self._plan, self._call
        changed = [p.name for p in (*plan.upgrades, *plan.downgrades)]
        fresh = sorted(p.name for p in plan.fresh if p.name not in changed)
        lists = (
            ("The following additional packages will be installed:",
             sorted(p.name for p in plan.additional)),
            ("Suggested packages:", plan.suggested),
            ("Recommended packages:", plan.recommended),
            ("The following NEW packages will be installed:", fresh),
            ("The following packages will be upgraded:", sorted(p.name for p in plan.upgrades)),
            ("The following packages will be DOWNGRADED:",
             sorted(p.name for p in plan.downgrades)),
        )  # fmt: skip
        if self._words.quiet:
            return
        for title, names in lists:
            if names:
                await call.stdout.write(f"{title}\n{wrapped(names)}")
        down = f"{len(plan.downgrades)} downgraded, " if plan.downgrades else ""
        await call.print(
            f"{len(plan.upgrades)} upgraded, {len(fresh)} newly installed, {down}"
            "0 to remove and 0 not upgraded."
        )
        half = sum(r.state is State.UNPACKED for r in self._database.records.values())
        if half:
            await call.print(f"{half} not fully installed or removed.")

    async def _simulate(self) -> None:
        for word in ("Inst", "Conf"):
            for p in self._plan.fresh:
                record = self._database.installed(p.name)
                old = f" [{record.package.version}]" if record and word == "Inst" else ""
                await self._call.print(f"{word} {p.name}{old} ({p.version} mirror [{p.arch}])")

    async def _confirm(self) -> bool:
        plan, call = self._plan, self._call
        total = sum(package.size for package in plan.fresh)
        missing = sum(p.size for p in plan.fresh if not call.files.exists(_kept(p)))
        need = (
            size_words(total) if missing == total else f"{size_words(missing)}/{size_words(total)}"
        )
        before = sum(
            r.package.installed for p in plan.fresh if (r := self._database.installed(p.name))
        )
        more = sum(package.installed for package in plan.fresh) - before
        if not self._words.quiet:
            await call.print(f"Need to get {need} of archives.")
            direction = "will be used" if more >= 0 else "will be freed"
            additional = "of additional disk space" if more >= 0 else "disk space"
            await call.print(
                f"After this operation, {size_words(abs(more))} {additional} {direction}."
            )
        if plan.downgrades and self._words.yes and "downgrades" not in self._words:
            raise AptError("Packages were downgraded and -y was used without --allow-downgrades.")
        store = call.files.store
        if missing > store.capacity - store.used:
            raise AptError(f"You don't have enough free space in {ARCHIVES}/.")
        return await agreed(call, self._words)

    async def _fetch(self) -> list[Package]:
        """Fetch every archive; returns the packages in them."""
        call, found, got = self._call, list[Package](), 0
        lost: list[str] = []
        todo = [p for p in self._plan.fresh if not call.files.exists(_kept(p))]
        for number, package in enumerate(todo, 1):
            source = self._source_of(package)
            label = f"{source.shown} {package.name} {package.version}"
            address = f"{source.uri}/./{package.filename.replace('%', '%25')}"
            address = address.replace("+", "%2b")
            try:
                data = await self._patiently(address, f"{number} {label}", retry=not lost)
                call.files.install(_kept(package), data)
            except FetchError as error:
                await self._say(f"Err:{number} {label}\n  {error.words}")
                lost.append(f"Failed to fetch {address}  {error.words}")
                continue
            except OSError as error:
                await self._say(f"Err:{number} {label}\n  {words_of(error)}")
                lost.append(f"Failed to fetch {address}  {words_of(error)}")
                continue
            got += package.size
            await self._say(f"Get:{number} {label} [{size_words(package.size)}]")
        if lost:
            for text in lost:
                await call.stderr.write(f"E: {text}\n")
            raise AptError(
                "Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?"
            )
        if got:
            await self._say(f"Fetched {size_words(got)} in 0s ({size_words(got * 20)}/s)")
        for package in self._plan.fresh:
            found.append(unpacked(call.files.read(_kept(package))))
        return found

    async def _patiently(self, address: str, label: str, *, retry: bool) -> bytes:
        for delay in RETRIES_S if retry else ():
            try:
                return (await fetch(self._call.files, self._packages.stack, address)).body
            except FetchError as error:
                if not error.lost:
                    raise
                await self._say(f"Ign:{label}")
                await self._call.sleep(delay)
        return (await fetch(self._call.files, self._packages.stack, address)).body

    def _source_of(self, package: Package) -> Source:
        files = self._call.files
        for source in apt_sources(files):
            path = source.list_file("Packages")
            if files.is_file(path) and f"Filename: ./{package.filename}\n" in files.read_text(path):
                return source
        raise AptError(f"Unable to locate package {package.name}")

    async def _say(self, text: str) -> None:
        if not self._words.quiet:
            await self._call.print(text)


def _kept(package: Package) -> str:
    return f"{ARCHIVES}/{package.filename}"
