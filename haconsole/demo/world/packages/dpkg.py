"""``dpkg`` and ``dpkg-query`` (dpkg 1.21): asking the data base, installing archives."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Awaitable, Callable

from haconsole.demo.system.errors import words_of
from haconsole.demo.system.invocation import Invocation, Program

from .archives import unpacked
from .catalogue import Package
from .database import Record, State, paths
from .dpkg_run import Dpkg
from .managing import FRONTEND_LOCK, Packages
from .versions import DebianVersion

_HEAD = """\
Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
"""
_FIELD = re.compile(r"\$\{([\w:-]+)(?:;(-?\d+))?\}")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}
_Command = Callable[[Packages, Invocation, list[str]], Awaitable[int]]


def dpkg(packages: Packages) -> Program:
    """Return the program; as ``dpkg-query`` it only asks."""

    async def run(call: Invocation) -> int:
        args = [word for word in call.args if not word.startswith(("--force", "--no-pager"))]
        if not args:
            text = "need an action option\n\nType dpkg --help for help about installing and"
            return await _error(call, f"{text} deinstalling packages [*];")
        verb, words = args[0], args[1:]
        if call.name == "dpkg-query" and verb.startswith(("-f", "--showformat")):
            verb, words = "-W", args
        key, equals, value = verb.partition("=")
        command = _QUERIES.get(key)
        if command is None and call.name == "dpkg":
            command = _CHANGES.get(key)
        if command is None:
            return await _error(call, f"unknown option {verb}")
        return await command(packages, call, [value, *words] if equals else words)

    return run


async def _error(call: Invocation, text: str, status: int = 2) -> int:
    await call.stderr.write(f"{call.name}: error: {text}\n")
    return status


async def _query_error(call: Invocation, text: str) -> int:
    await call.stderr.write(f"dpkg-query: {text}\n")
    return 1


def _letters(record: Record) -> str:
    """Return ``ii``: what is wanted, and what is."""
    want = "h" if record.held else "r" if record.state is State.CONFIG_FILES else "i"
    return f"{want}{record.state.value}"


def _matching(packages: Packages, pattern: str) -> list[Record]:
    plain = pattern.partition(":")[0]
    return [
        record
        for name, record in sorted(packages.database.records.items())
        if fnmatch.fnmatchcase(name, plain)
    ]


async def _status(packages: Packages, call: Invocation, words: list[str]) -> int:
    status = 0
    for index, name in enumerate(words):
        record = packages.database.get(name)
        if record is None:
            text = f"package '{name}' is not installed and no information is available"
            status = await _query_error(call, text)
            await call.stderr.write(
                "Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"
            )
            continue
        await call.stdout.write(("\n" if index else "") + packages.stanza_of(record))
    return status


async def _list(packages: Packages, call: Invocation, words: list[str]) -> int:
    records, status = list[Record](), 0
    for pattern in words or ["*"]:
        found = _matching(packages, pattern)
        if not found:
            status = await _query_error(call, f"no packages found matching {pattern}")
        records += found
    if not records:
        return status
    rows = [
        (_letters(r), r.package.shown, r.package.version, r.package.arch, r.package.summary)
        for r in records
    ]
    heads = ("||/", "Name", "Version", "Architecture", "Description")
    widths = [max(len(row[n]) for row in [*rows, heads]) for n in range(5)]
    widths[1], widths[2] = max(widths[1], 14), max(widths[2], 12)
    await call.stdout.write(_HEAD)
    for row in (heads, None, *rows):
        if row is None:
            line = "+++-" + "-".join("=" * width for width in widths[1:])
        else:
            cells = (cell.ljust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
            line = f"{row[0]:<3} " + " ".join(cells).rstrip()
        await call.print(line)
    return status


async def _files(packages: Packages, call: Invocation, words: list[str]) -> int:
    status = 0
    for name in words:
        record = packages.database.get(name)
        if record is None:
            status = await _query_error(call, f"package '{name}' is not installed")
            await call.stderr.write(
                "Use dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n"
            )
            continue
        shown = paths(record.package, packages.family)
        if record.state is State.CONFIG_FILES:
            shown = sorted(record.digests)
        await call.stdout.write("".join(f"{path}\n" for path in shown))
    return status


async def _search(packages: Packages, call: Invocation, words: list[str]) -> int:
    status = 0
    for word in words:
        pattern = word if word.startswith("/") or set(word) & set("*?[") else f"*{word}*"
        hits: dict[str, list[str]] = {}
        for name, record in sorted(packages.database.records.items()):
            for path in paths(record.package, packages.family):
                if fnmatch.fnmatchcase(path, pattern):
                    hits.setdefault(path, []).append(record.package.shown if name else name)
        if not hits:
            status = await _query_error(call, f"no path found matching pattern {pattern}")
        for path, names in sorted(hits.items()):
            await call.print(f"{', '.join(names)}: {path}")
    return status


async def _show(packages: Packages, call: Invocation, words: list[str]) -> int:
    form, patterns, rest = "${binary:Package}\\t${Version}\\n", list[str](), list(words)
    while rest:
        word = rest.pop(0)
        key, equals, value = word.partition("=")
        if key in ("-f", "--showformat"):
            form = value if equals else rest.pop(0) if rest else ""
        elif word.startswith("-f"):
            form = word[2:]
        elif word not in ("-W", "--show"):
            patterns.append(word)
    status = 0
    for pattern in patterns or ["*"]:
        found = _matching(packages, pattern)
        if not found:
            status = await _query_error(call, f"no packages found matching {pattern}")
        for record in found:
            await call.stdout.write(_filled(packages, record, form))
    return status


def _filled(packages: Packages, record: Record, form: str) -> str:
    package = record.package
    conffiles = "".join(f"\n {path} {sum_}" for path, sum_ in sorted(record.digests.items()))
    values = {
        "Package": package.name, "binary:Package": package.shown, "Version": package.version,
        "Architecture": package.arch, "Status": packages.status_of(record),
        "db:Status-Abbrev": f"{_letters(record)} ",
        "db:Status-Want": packages.status_of(record).split()[0],
        "db:Status-Status": packages.status_of(record).split()[2],
        "db:Status-Eflag": "ok", "Conffiles": conffiles.removeprefix("\n"),
        "Installed-Size": str(package.installed // 1024), "Section": package.section,
        "Priority": package.priority, "binary:Summary": package.summary,
        "Description": package.summary, "Depends": package.depends, "Essential": "no",
        "Multi-Arch": package.multi_arch, "source:Package": package.source,
    }  # fmt: skip

    def value(match: re.Match[str]) -> str:
        text, width = values.get(match[1], ""), int(match[2] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return _FIELD.sub(value, re.sub(r"\\[ntr\\]", lambda m: _ESCAPES[m[0]], form))


async def _verify(packages: Packages, call: Invocation, words: list[str]) -> int:
    for record in packages.database.all_installed():
        if words and record.package.name not in words:
            continue
        for path in packages.database.changed(record):
            if call.files.exists(path):
                await call.print(f"??5?????? c {path}")
            else:
                await call.print(f"missing   c {path}")
    return 0


async def _architecture(packages: Packages, call: Invocation, words: list[str]) -> int:
    await call.print("amd64")
    return 0


async def _version(packages: Packages, call: Invocation, words: list[str]) -> int:
    await call.print(f"Debian '{call.name}' package management program version 1.21.23 (amd64).")
    return 0


async def _selections(packages: Packages, call: Invocation, words: list[str]) -> int:
    for name, record in sorted(packages.database.records.items()):
        if not words or any(fnmatch.fnmatchcase(name, word) for word in words):
            want = packages.status_of(record).split()[0]
            await call.print(f"{record.package.shown:<47}\t{want}")
    return 0


async def _audit(packages: Packages, call: Invocation, words: list[str]) -> int:
    half = [r for r in packages.database.records.values() if r.state is State.UNPACKED]
    if half:
        await call.print(
            "The following packages have been unpacked but not yet configured.\n"
            "They must be configured using dpkg --configure or the configure\n"
            "menu option in dselect for them to work:"
        )
    for record in half:
        await call.print(f" {record.package.name:<20} {record.package.summary}")
    return int(bool(half))


async def _compare(packages: Packages, call: Invocation, words: list[str]) -> int:
    if len(words) != 3:
        return await _error(call, "--compare-versions takes three arguments: <version> <relation> "
                            "<version>")  # fmt: skip
    left, right = DebianVersion(words[0]), DebianVersion(words[2])
    outcomes = {
        "lt": left < right, "<<": left < right, "le": left <= right, "<=": left <= right,
        "eq": left == right, "=": left == right, "ne": left != right, "ge": left >= right,
        ">=": left >= right, "gt": left > right, ">>": left > right,
    }  # fmt: skip
    if words[1] not in outcomes:
        return await _error(call, f"--compare-versions bad relation {words[1]}")
    return int(not outcomes[words[1]])


async def _locked(packages: Packages, call: Invocation) -> int:
    """Take the lock; returns the status to end with where somebody else has it."""
    if call.uid != 0:
        return await _error(call, "requested operation requires superuser privilege")
    holder = packages.take(FRONTEND_LOCK, call.process)
    if holder is None:
        return 0
    await _error(call, f"dpkg frontend lock was locked by another process with pid {holder.pid}")
    await call.stderr.write(
        "Note: removing the lock file is always wrong, can damage the locked area\n"
        "and the entire system. See <https://wiki.debian.org/Teams/Dpkg/FAQ#db-lock>.\n"
    )
    return 2


async def _install(packages: Packages, call: Invocation, words: list[str]) -> int:
    if status := await _locked(packages, call):
        return status
    found, read = list[Package](), list[str]()
    for path in words:
        try:
            found.append(unpacked(call.files.read(path, call.process.caller)))
            read.append(path)
        except OSError as error:
            await _error(call, f"cannot access archive '{path}': {words_of(error)}")
            return 1
        except (ValueError, KeyError, TypeError):
            await call.stderr.write(
                f"dpkg-deb: error: '{path}' is not a Debian format archive\n"
                f"dpkg: error processing archive {path} (--install):\n"
                " dpkg-deb --control subprocess returned error exit status 2\n"
                f"Errors were encountered while processing:\n {path}\n"
            )
            return 1
    return await Dpkg(packages, call).install(found, automatic=set(), paths=read)


async def _remove(packages: Packages, call: Invocation, words: list[str]) -> int:
    return await _take_away(packages, call, words, purge=False)


async def _purge(packages: Packages, call: Invocation, words: list[str]) -> int:
    return await _take_away(packages, call, words, purge=True)


async def _take_away(packages: Packages, call: Invocation, words: list[str], *, purge: bool) -> int:
    if status := await _locked(packages, call):
        return status
    records = []
    for name in words:
        record = packages.database.get(name)
        if record is None:
            await call.stderr.write(
                f"dpkg: warning: ignoring request to remove {name} which isn't installed\n"
            )
            continue
        records.append(record)
    gone = {record.package.name for record in records}
    needed = packages.database.dependants(gone)
    if needed:
        first = sorted(gone)[0]
        await call.stderr.write(
            f"dpkg: dependency problems prevent removal of {first}:\n"
            + "".join(f" {name} depends on {first}.\n" for name in sorted(needed))
            + f"\ndpkg: error processing package {first} (--{'purge' if purge else 'remove'}):\n"
            f" dependency problems - not removing\nErrors were encountered while processing:\n"
            f" {first}\n"
        )
        return 1
    return await Dpkg(packages, call).remove(records, purge=purge)


async def _configure(packages: Packages, call: Invocation, words: list[str]) -> int:
    if status := await _locked(packages, call):
        return status
    return await Dpkg(packages, call).configure(first=set())


_QUERIES: dict[str, _Command] = {
    "-s": _status, "--status": _status, "-l": _list, "--list": _list, "-L": _files,
    "--listfiles": _files, "-S": _search, "--search": _search, "-W": _show, "--show": _show,
    "--version": _version,
}  # fmt: skip
_CHANGES: dict[str, _Command] = {
    "--print-architecture": _architecture, "-V": _verify, "--verify": _verify,
    "--get-selections": _selections, "-C": _audit, "--audit": _audit,
    "--compare-versions": _compare, "-i": _install, "--install": _install, "-r": _remove,
    "--remove": _remove, "-P": _purge, "--purge": _purge, "--configure": _configure,
}  # fmt: skip
