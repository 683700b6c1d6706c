"""``stat``, ``ls``, ``readlink``, ``basename``, ``dirname``, ``find``."""

from __future__ import annotations

import posixpath
import re
import stat as statmod
from collections.abc import Iterator

from ..errors import words_of
from ..invocation import Invocation, Program
from ..sh.patterns import matches
from ..tree import Stat
from ..tty import tty_of, width_of
from .options import options, usage
from .times import format_date

_KINDS = {
    statmod.S_IFREG: "regular file", statmod.S_IFDIR: "directory", statmod.S_IFLNK: "symbolic link",
    statmod.S_IFCHR: "character special file",
}  # fmt: skip


def rights(found: Stat) -> str:
    """Return ``-rw-r--r--``."""
    return statmod.filemode(found.kind | found.mode)


def _directive(inv: Invocation, path: str, found: Stat, match: re.Match[str]) -> str:
    precision, kind = match[1], match[2]
    users = inv.machine.users
    if kind in "YXZ":
        whole, rest = divmod(found.mtime_ns, 10**9)
        return f"{whole}.{rest:09d}"[: -9 + int(precision) or None] if precision else str(whole)
    link = ""
    if kind == "N" and found.kind == statmod.S_IFLNK:
        link = f" -> '{inv.files.readlink(path, inv.process.caller)}'"
    name = _KINDS.get(found.kind, "")
    return {
        "n": path, "N": f"'{path}'{link}", "s": str(found.size), "i": str(found.inode),
        "a": f"{found.mode:o}", "A": rights(found), "u": str(found.uid), "g": str(found.gid),
        "U": users.name_of(found.uid), "G": users.group_of(found.gid), "h": str(found.links),
        "F": "regular empty file" if name == "regular file" and not found.size else name,
        "f": f"{found.kind | found.mode:x}", "b": str((found.size + 511) // 512), "B": "512",
        "o": "4096", "d": "2049", "D": "801",
        "y": format_date("%F %T.%N %z", found.mtime_ns), "%": "%",
    }.get(kind, f"?{kind}")  # fmt: skip


async def stat(inv: Invocation) -> int:
    """``stat [-L] [-c FORMAT | --printf=FORMAT] PATH…``."""
    given = await options(inv, "Lft", "c", long=("format=:c", "printf=", "dereference:L"))
    if not given.words:
        await usage(inv, "missing operand")
    status = 0
    template = given.values.get("c", given.values.get("printf"))
    for path in given.words:
        try:
            found = inv.files.stat(path, inv.process.caller, follow="L" in given)
        except OSError as error:
            status = await inv.error(f"cannot statx '{path}': {words_of(error)}")
            continue
        shown = template or (
            "  File: %N\n  Size: %-10s\tBlocks: %b  IO Block: %o %F\nInode: %i  Links: %h\n"
            "Access: (%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)\nModify: %y"
        )
        text = re.sub(
            r"%(?:-?\d*)(?:\.(\d))?([A-Za-z%])",
            lambda m, p=path, f=found: _directive(inv, p, f, m),  # type: ignore[misc]
            shown,
        )
        if "printf" in given:
            await inv.stdout.write(text.replace("\\n", "\n").replace("\\t", "\t"))
        else:
            await inv.print(text)
    return status


async def ls(inv: Invocation) -> int:
    """``ls [-1aAldhrtFRi] [PATH…]``."""
    given = await options(inv, "1aAldhrtFRinSp", long=("all:a", "almost-all:A", "color="))
    files, caller = inv.files, inv.process.caller
    status = 0
    plain: list[str] = []
    folders: list[str] = []
    for path in given.words or ["."]:
        if not files.exists(path, caller, follow=False):
            await inv.error(f"cannot access '{path}': No such file or directory")
            status = 2
        elif files.is_dir(path, caller) and "d" not in given:
            folders.append(path)
        else:
            plain.append(path)
    order = "t" in given

    def ordered(base: str, names: list[str]) -> list[str]:
        if order:
            full = {n: posixpath.join(base, n) for n in names}
            names = sorted(names, key=lambda n: -files.stat(full[n], caller, follow=False).mtime_ns)
        return names[::-1] if "r" in given else names

    await _rows(inv, "", ordered("", sorted(plain)), long="l" in given)
    for index, path in enumerate(sorted(folders)):
        if len(folders) + len(plain) > 1:
            await inv.stdout.write(f"{chr(10) if index or plain else ''}{path}:\n")
        try:
            names = files.listdir(path, caller)
        except OSError as error:
            await inv.error(f"cannot open directory '{path}': {words_of(error)}")
            status = 2
            continue
        if "a" in given:
            names = [".", "..", *names]
        elif "A" not in given:
            names = [name for name in names if not name.startswith(".")]
        if "l" in given:
            await inv.print("total 0")
        await _rows(inv, path, ordered(path, names), long="l" in given)
    return status


def in_columns(names: list[str], width: int) -> str:
    """Return names in columns, sorted downwards, as ``ls`` shows them on a terminal."""
    sizes = [sum(map(width_of, name)) for name in names]
    for rows in range(1, len(names) + 1):
        columns = [sizes[at : at + rows] for at in range(0, len(names), rows)]
        if sum(max(column) + 2 for column in columns) - 2 <= width or rows == len(names):
            break
    else:
        return ""
    lines = []
    for row in range(rows):
        line = ""
        for column, at in enumerate(range(row, len(names), rows)):
            line += names[at] + " " * (max(columns[column]) + 2 - sizes[at])
        lines.append(line.rstrip())
    return "".join(f"{line}\n" for line in lines)


async def _rows(inv: Invocation, base: str, names: list[str], *, long: bool) -> None:
    if not long:
        terminal = tty_of(inv.process.fds.get(1))
        if terminal is not None and not {"1", "-1"} & set(inv.args):
            await inv.stdout.write(in_columns(names, terminal.columns))
        else:
            await inv.stdout.write("".join(f"{name}\n" for name in names))
        return
    files, caller, users = inv.files, inv.process.caller, inv.machine.users
    for name in names:
        path = posixpath.join(base, name)
        found = files.stat(path, caller, follow=False)
        arrow = f" -> {files.readlink(path, caller)}" if found.kind == statmod.S_IFLNK else ""
        when = format_date("%b %e %H:%M", found.mtime_ns)
        owner, group = users.name_of(found.uid), users.group_of(found.gid)
        await inv.print(
            f"{rights(found)} {found.links} {owner} {group} {found.size:>5} {when} {name}{arrow}"
        )


async def readlink(inv: Invocation) -> int:
    """``readlink [-f | -e | -m] [-n] PATH…``."""
    given = await options(inv, "femnqsv", long=("canonicalize:f", "canonicalize-existing:e"))
    status, caller = 0, inv.process.caller
    for path in given.words:
        try:
            if "f" in given or "e" in given or "m" in given or inv.name == "realpath":
                found = inv.files.realpath(path, caller)
                if "e" in given:
                    inv.files.find(path, caller)
            else:
                found = inv.files.readlink(path, caller)
        except OSError as error:
            status = 1
            if inv.name == "realpath":
                await inv.error(f"{path}: {words_of(error)}")
            continue
        await inv.stdout.write(found + ("" if "n" in given else "\n"))
    return status


async def basename(inv: Invocation) -> int:
    """``basename [-a] [-s SUFFIX] PATH [SUFFIX]``."""
    given = await options(inv, "az", "s", long=("multiple:a", "suffix=:s"))
    if not given.words:
        await usage(inv, "missing operand")
    words = given.words
    suffix = given.values.get("s", "")
    if not ("a" in given or "s" in given):
        suffix = words[1] if len(words) > 1 else ""
        words = words[:1]
    for word in words:
        name = posixpath.basename(word.rstrip("/")) or "/"
        await inv.print(name.removesuffix(suffix) if suffix and name != suffix else name)
    return 0


async def dirname(inv: Invocation) -> int:
    """``dirname PATH…``."""
    given = await options(inv, "z")
    if not given.words:
        await usage(inv, "missing operand")
    for word in given.words:
        stripped = word.rstrip("/")
        await inv.print(posixpath.dirname(stripped) or ("/" if word.startswith("/") else "."))
    return 0


def _walk(inv: Invocation, path: str, depth: int, most: int) -> Iterator[tuple[str, int]]:
    yield path, depth
    files, caller = inv.files, inv.process.caller
    if depth < most and files.stat(path, caller, follow=False).kind == statmod.S_IFDIR:
        for name in files.listdir(path, caller):
            yield from _walk(inv, posixpath.join(path, name), depth + 1, most)


async def find(inv: Invocation) -> int:
    """``find PATH… [-name P] [-path P] [-type T] [-maxdepth N] [-newer F] [-print | -delete]``."""
    words = inv.args
    split = next(
        (i for i, word in enumerate(words) if word.startswith(("-", "!", "("))), len(words)
    )
    paths, tests = words[:split] or ["."], words[split:]
    values: dict[str, str] = {}
    delete, zero = False, False
    while tests:
        test = tests.pop(0)
        if test in ("-print", "-xdev"):
            continue
        if test in ("-delete", "-print0"):
            delete |= test == "-delete"
            zero |= test == "-print0"
        elif test in ("-name", "-type", "-maxdepth", "-mindepth", "-newer", "-path", "-user"):
            if not tests:
                return await inv.error(f"missing argument to `{test}'")
            values[test] = tests.pop(0)
        else:
            return await inv.error(f"unknown predicate `{test}'")
    status = 0
    most, least = int(values.get("-maxdepth", "999")), int(values.get("-mindepth", "0"))
    for path in paths:
        if not inv.files.exists(path, inv.process.caller, follow=False):
            status = await inv.error(f"'{path}': No such file or directory")
            continue
        hits = [
            found
            for found, depth in _walk(inv, path, 0, most)
            if depth >= least and _wanted(inv, found, values)
        ]
        for found in reversed(hits) if delete else hits:
            if delete:
                inv.files.remove_tree(found, inv.process.caller)
            else:
                await inv.stdout.write(found + ("\0" if zero else "\n"))
    return status


def _wanted(inv: Invocation, path: str, values: dict[str, str]) -> bool:
    found = inv.files.stat(path, inv.process.caller, follow=False)
    name = posixpath.basename(path.rstrip("/")) or path
    kinds = {"f": statmod.S_IFREG, "d": statmod.S_IFDIR, "l": statmod.S_IFLNK}
    if "-name" in values and not matches(((values["-name"], False),), name):
        return False
    if "-path" in values and not matches(((values["-path"], False),), path):
        return False
    if "-type" in values and found.kind != kinds.get(values["-type"]):
        return False
    if "-user" in values and inv.machine.users.name_of(found.uid) != values["-user"]:
        return False
    newer = values.get("-newer")
    return newer is None or found.mtime_ns > inv.files.stat(newer, inv.process.caller).mtime_ns


PROGRAMS: dict[str, Program] = {
    "stat": stat, "ls": ls, "readlink": readlink, "realpath": readlink, "basename": basename,
    "dirname": dirname, "find": find,
}  # fmt: skip
