"""``apt-cache`` and ``apt-mark``: what apt knows, and what it shall leave alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Awaitable, Callable

from haconsole.demo.system.invocation import Invocation, Program

from .apt_locks import FAILED
from .aptwords import AptWords, UnknownOptionError
from .archives import stanza
from .catalogue import Package
from .database import Record
from .managing import FRONTEND_LOCK, Packages
from .sources import Source, apt_sources

_Command = Callable[[Packages, Invocation, AptWords], Awaitable[int]]


def apt_cache(packages: Packages) -> Program:
    """Return ``apt-cache``: policy, madison, show, depends, search, pkgnames."""
    return _tool(packages, _CACHE, "apt-cache")


def apt_mark(packages: Packages) -> Program:
    """Return ``apt-mark``: hold, unhold, showhold, auto, manual, showauto, showmanual."""
    return _tool(packages, _MARK, "apt-mark")


def _tool(packages: Packages, commands: dict[str, _Command], name: str) -> Program:
    async def run(call: Invocation) -> int:
        try:
            words = AptWords.parse(call.args)
        except UnknownOptionError as error:
            await call.stderr.write(f"E: {error}\n")
            return FAILED
        if not words.words:
            await call.print(f"apt 2.6.2 (amd64)\nUsage: {name} [options] command")
            return 0
        verb = words.words.pop(0)
        command = commands.get(verb)
        if command is None:
            await call.stderr.write(f"E: Invalid operation {verb}\n")
            return FAILED
        return await command(packages, call, words)

    return run


def _offers(packages: Packages, name: str) -> list[tuple[Package, Source]]:
    """Return what is offered under a name and where, best version first."""
    found = []
    for package in (p for p in packages.listed() if p.name == name):
        for source in apt_sources(packages.machine.files):
            path = source.list_file("Packages")
            files = packages.machine.files
            wanted = f"Filename: ./{package.filename}\n"
            if files.is_file(path) and wanted in files.read_text(path):
                found.append((package, source))
    return found


async def _policy(packages: Packages, call: Invocation, words: AptWords) -> int:
    if not words.words:
        await call.print("Package files:\n 100 /var/lib/dpkg/status\n     release a=now")
        for source in apt_sources(call.files):
            if call.files.is_file(source.list_file("Packages")):
                origin = f"     release o=lab,c=\n     origin {source.host}"
                await call.print(f" 500 {source.shown} Packages\n{origin}")
        await call.print("Pinned packages:")
        return 0
    for name in words.words:
        offers, record = _offers(packages, name), packages.database.installed(name)
        if not offers and record is None:
            continue
        now = record.package.version if record else "(none)"
        versions = list(dict.fromkeys(package.version for package, _ in offers))
        if record and now not in versions:
            installed = [record.package, *(package for package, _ in offers)]
            versions = list(dict.fromkeys(p.version for p in packages.best(installed)))
        await call.print(f"{name}:\n  Installed: {now}\n  Candidate: {versions[0]}\n"
                         "  Version table:")  # fmt: skip
        for version in versions:
            where = [source for package, source in offers if package.version == version]
            mark, score = (" ***" if version == now else "    "), 500 if where else 100
            await call.print(f"{mark} {version} {score}")
            for source in where:
                await call.print(f"        500 {source.shown} Packages")
            if version == now:
                await call.print("        100 /var/lib/dpkg/status")
    return 0


async def _madison(packages: Packages, call: Invocation, words: AptWords) -> int:
    for name in words.words:
        for package, source in _offers(packages, name):
            await call.print(f"{name:>10} | {package.version} | {source.shown} Packages")
    return 0


async def _show(packages: Packages, call: Invocation, words: AptWords) -> int:
    found = []
    for name in words.words:
        offers = [package for package, _ in _offers(packages, name)]
        record = packages.database.installed(name)
        if record and not any(p.version == record.package.version for p in offers):
            offers.append(record.package)
        found += offers[: 1 if "one" in words else None]
    if not found:
        await call.stderr.write("E: No packages found\n")
        return FAILED
    for package in found:
        await call.print(stanza(package))
    return 0


async def _depends(packages: Packages, call: Invocation, words: AptWords) -> int:
    for name in words.words:
        offers = [package for package, _ in _offers(packages, name)]
        if not offers:
            await call.stderr.write("E: No packages found\n")
            return FAILED
        await call.print(name)
        for clause in offers[0].needs():
            await call.print("\n".join(f"  Depends: {choice}" for choice in clause.choices))
    return 0


async def _search(packages: Packages, call: Invocation, words: AptWords) -> int:
    for package in sorted(packages.listed(), key=lambda p: p.name):
        text = f"{package.name} - {package.summary}"
        if all(word.lower() in text.lower() for word in words.words):
            await call.print(text)
    return 0


async def _pkgnames(packages: Packages, call: Invocation, words: AptWords) -> int:
    names = {p.name for p in packages.listed()} | set(packages.database.records)
    for name in sorted(names):
        if name.startswith(tuple(words.words) or ""):
            await call.print(name)
    return 0


async def _marked(packages: Packages, call: Invocation, words: AptWords) -> list[Record] | int:
    """Return the packages to mark, or the status to end with."""
    if call.uid != 0:
        await call.stderr.write(
            f"E: Could not open lock file {FRONTEND_LOCK} - open (13: Permission denied)\n"
        )
        return FAILED
    found = []
    for name in words.words:
        record = packages.database.installed(name)
        if record is None:
            known = any(package.name == name for package in packages.listed())
            if not known:
                await call.stderr.write(
                    f"E: Unable to locate package {name}\nE: No packages found\n"
                )
                return FAILED
            await call.print(f"{name} is not installed.")
            continue
        found.append(record)
    holder = packages.take(FRONTEND_LOCK, call.process)
    if holder is None:
        packages.release(FRONTEND_LOCK, call.process)
        return found
    await call.stderr.write(
        f"dpkg: error: dpkg frontend lock was locked by another process with pid {holder.pid}\n"
        "Note: removing the lock file is always wrong, can damage the locked area\n"
        "and the entire system. See <https://wiki.debian.org/Teams/Dpkg/FAQ#db-lock>.\n"
        "E: Sub-process dpkg --set-selections returned an error code (2)\n"
        "E: Executing dpkg failed. Are you root?\n"
    )
    return FAILED


async def _hold(packages: Packages, call: Invocation, words: AptWords) -> int:
    return await _set_hold(packages, call, words, held=True)


async def _unhold(packages: Packages, call: Invocation, words: AptWords) -> int:
    return await _set_hold(packages, call, words, held=False)


async def _set_hold(packages: Packages, call: Invocation, words: AptWords, *, held: bool) -> int:
    records = await _marked(packages, call, words)
    if isinstance(records, int):
        return records
    for record in records:
        name = record.package.name
        if record.held is held:
            await call.print(f"{name} was already {'set on hold' if held else 'not on hold'}.")
            continue
        record.held = held
        await call.print(f"{name} set on hold." if held else f"Canceled hold on {name}.")
    return 0


async def _auto(packages: Packages, call: Invocation, words: AptWords) -> int:
    return await _set_automatic(packages, call, words, automatic=True)


async def _manual(packages: Packages, call: Invocation, words: AptWords) -> int:
    return await _set_automatic(packages, call, words, automatic=False)


async def _set_automatic(
    packages: Packages, call: Invocation, words: AptWords, *, automatic: bool
) -> int:
    records = await _marked(packages, call, words)
    if isinstance(records, int):
        return records
    kind = "automatically" if automatic else "manually"
    for record in records:
        name = record.package.name
        was = "was already" if record.automatic is automatic else ""
        record.automatic = automatic
        await call.print(f"{name} {was or ''}{' ' if was else ''}set to {kind} installed.")
    return 0


def _showing(wanted: Callable[[Record], bool]) -> _Command:
    async def show(packages: Packages, call: Invocation, words: AptWords) -> int:
        for record in packages.database.all_installed():
            name = record.package.name
            chosen = not words.words or any(fnmatch.fnmatch(name, w) for w in words.words)
            if wanted(record) and chosen:
                await call.print(name)
        return 0

    return show


_CACHE: dict[str, _Command] = {
    "policy": _policy, "madison": _madison, "show": _show, "depends": _depends,
    "search": _search, "pkgnames": _pkgnames,
}  # fmt: skip
_MARK: dict[str, _Command] = {
    "hold": _hold, "unhold": _unhold, "auto": _auto, "manual": _manual,
    "showhold": _showing(lambda record: record.held),
    "showholds": _showing(lambda record: record.held),
    "showauto": _showing(lambda record: record.automatic),
    "showmanual": _showing(lambda record: not record.automatic),
}  # fmt: skip
