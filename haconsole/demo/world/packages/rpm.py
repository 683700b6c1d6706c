"""``rpm``: asking its data base, and removing (rpm 4.18, as Debian builds it)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from haconsole.demo.system.invocation import Invocation, Program

from .catalogue import Package
from .database import Record
from .dnf_show import matches
from .managing import RPM_LOCK, Packages

_TAG = re.compile(r"%(-?\d+)?\{(\w+)\}")
_LONG = {"--query": "q", "--all": "a", "--list": "l", "--file": "f", "--info": "i", "--erase": "e",
         "--configfiles": "c", "--requires": "R", "--verify": "V", "--quiet": "quiet",
         "--provides": "P", "--whatprovides": "W", "--last": "last", "--nodeps": "nodeps",
         "--test": "test"}  # fmt: skip
_DEBIAN = (
    "rpm: RPM should not be used directly install RPM packages, use Alien instead!\n"
    "rpm: However assuming you know what you are doing...\n"
)


def rpm(packages: Packages) -> Program:
    """Return the program for a host: ``-q -qa -ql -qf -qi -qc -qR -V -e``, ``--qf``."""

    async def run(call: Invocation) -> int:
        flags, form, words = _parse(call.args)
        if "V" in flags and "q" not in flags:
            return await _verify(packages, call, words)
        if "e" in flags:
            return await _erase(packages, call, flags, words)
        if "q" not in flags:
            if "--version" in call.args:
                await call.print("RPM version 4.18.0")
                return 0
            return await call.error("no arguments given")
        return await _query(packages, call, flags, form, words)

    return run


def _parse(args: list[str]) -> tuple[set[str], str | None, list[str]]:
    flags: set[str] = set()
    form: str | None = None
    words, rest = list[str](), list(args)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.partition("=")
        if key in ("--qf", "--queryformat"):
            form = value if equals else rest.pop(0) if rest else ""
        elif word in _LONG:
            flags.add(_LONG[word])
        elif word.startswith("-") and not word.startswith("--"):
            flags |= set(word[1:])
        elif not word.startswith("-"):
            words.append(word)
    return flags, form, words


async def _query(
    packages: Packages, call: Invocation, flags: set[str], form: str | None, words: list[str]
) -> int:
    status, found = 0, list[Record]()
    if "a" in flags:
        everything = sorted(packages.database.all_installed(), key=lambda r: r.at)
        found = [r for r in everything if not words or any(matches(r.package, w) for w in words)]
        words = []
    for word in words:
        if "f" in flags:
            owners = await _owners(packages, call, word)
        elif "W" in flags:
            owners = [
                r for r in packages.database.all_installed()
                if word in r.package.gives() or word in [e.path for e in r.package.entries]
            ]  # fmt: skip
            if not owners:
                await call.print(f"no package provides {word}")
        else:
            owners = [r for r in packages.database.all_installed() if matches(r.package, word)]
            if not owners:
                await call.print(f"package {word} is not installed")
        status += not owners
        for record in owners:
            await _tell(call, record, flags, form)
    for record in found:
        await _tell(call, record, flags, form)
    return status


async def _owners(packages: Packages, call: Invocation, path: str) -> list[Record]:
    if not call.files.exists(path, call.process.caller, follow=False):
        await call.stderr.write(f"error: file {path}: No such file or directory\n")
        return []
    real = call.files.realpath(path, call.process.caller)
    found = packages.database.owners(path) or packages.database.owners(real)
    if not found:
        await call.print(f"file {path} is not owned by any package")
    return found


async def _tell(call: Invocation, record: Record, flags: set[str], form: str | None) -> None:
    package = record.package
    if form is not None:
        await call.stdout.write(_filled(record, form))
        return
    if "i" in flags:
        await call.print(_information(record))
        return
    if "last" in flags:
        when = datetime.fromtimestamp(record.at, UTC).strftime("%a %b %d %H:%M:%S %Y")
        await call.print(f"{package.nevra:<46}{when}")
        return
    lines = {
        "l": [entry.path for entry in package.entries],
        "c": list(package.conffiles),
        "R": ["/bin/sh", *(clause.text for clause in package.needs())],
        "P": sorted(f"{name} = {package.evr}" for name in package.gives()),
    }
    asked = [key for key in lines if key in flags]
    for key in asked:
        await call.stdout.write("".join(f"{text}\n" for text in lines[key]))
    if not asked:
        await call.print(package.nevra)


def _filled(record: Record, form: str) -> str:
    package = record.package
    values = {
        "NAME": package.name, "VERSION": package.version, "RELEASE": package.release,
        "ARCH": package.arch, "EPOCH": "(none)", "EPOCHNUM": "0", "SUMMARY": package.summary,
        "SIZE": str(package.installed), "INSTALLTIME": str(int(record.at)), "NEVRA": package.nevra,
        "NVRA": package.nevra, "EVR": package.evr, "LICENSE": "see the distribution",
    }  # fmt: skip

    def value(match: re.Match[str]) -> str:
        text, width = values.get(match[2].upper(), "(none)"), int(match[1] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return _TAG.sub(value, form).replace("\\n", "\n").replace("\\t", "\t")


def _information(record: Record) -> str:
    package = record.package
    when = datetime.fromtimestamp(record.at, UTC).strftime("%a %b %d %H:%M:%S %Y")
    return (
        f"Name        : {package.name}\nVersion     : {package.version}\n"
        f"Release     : {package.release}\nArchitecture: {package.arch}\nInstall Date: {when}\n"
        f"Group       : Unspecified\nSize        : {package.installed}\n"
        f"License     : see the distribution\nSignature   : (none)\n"
        f"Source RPM  : {package.name}-{package.evr}.src.rpm\nSummary     : {package.summary}\n"
        f"Description :\n{package.summary}"
    )


async def _verify(packages: Packages, call: Invocation, words: list[str]) -> int:
    status = 0
    for record in packages.database.all_installed():
        if words and not any(matches(record.package, word) for word in words):
            continue
        for entry in record.package.entries:
            mark = "c" if entry.path in record.digests else " "
            if not call.files.exists(entry.path, follow=False):
                await call.print(f"missing   {mark} {entry.path}")
                status = 1
        for path in packages.database.changed(record):
            if call.files.exists(path):
                await call.print(f"S.5....T.  c {path}")
                status = 1
    return status


async def _erase(packages: Packages, call: Invocation, flags: set[str], words: list[str]) -> int:
    await call.stderr.write(_DEBIAN)
    records = []
    for word in words:
        found = [r for r in packages.database.all_installed() if matches(r.package, word)]
        if not found:
            await call.stderr.write(f"error: package {word} is not installed\n")
            return 1
        records += found
    holder = packages.take(RPM_LOCK, call.process)
    if call.uid != 0 or holder is not None:
        why = "Permission denied" if call.uid else "Resource temporarily unavailable"
        await call.stderr.write(
            f"error: can't create transaction lock on /var/lib/rpm/.rpm.lock ({why})\n"
        )
        return 1
    gone = {record.package.name for record in records}
    needed = sorted(packages.database.dependants(gone))
    if needed and "nodeps" not in flags:
        await call.stderr.write("error: Failed dependencies:\n")
        for name in needed:
            package: Package = packages.database.records[name].package
            for clause in package.needs():
                if set(clause.choices) & gone:
                    text = f"{clause.text} is needed by (installed) {package.nevra}"
                    await call.stderr.write(f"\t{text}\n")
        return 1
    for record in records if "test" not in flags else ():
        for warning in packages.erase(record):
            await call.stderr.write(f"{warning}\n")
        packages.scripts.after_removal(record.package.name, purge=False)
    return 0
