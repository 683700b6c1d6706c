"""``ps``: the processes of the host (procps)."""

from __future__ import annotations

import re

from ..invocation import Invocation, Program
from ..process import Process
from ..tty import tty_of
from .options import options


def command_of(process: Process) -> str:
    """Return a process's words as ``ps`` shows them."""
    if not process.alive:
        return f"[{process.comm}] <defunct>"
    return " ".join(process.argv) or f"[{process.comm}]"


def _terminal(process: Process) -> str:
    tty = next((tty for n in range(3) if (tty := tty_of(process.fds.get(n)))), None)
    return tty.name.removeprefix("/dev/") if tty is not None else "?"


def _column(inv: Invocation, name: str, process: Process) -> str:
    machine = inv.machine
    age = max(0, int(machine.clock() - process.started_at))
    user = machine.users.name_of(process.uid)
    minutes = f"{age // 60 % 60:02}:{age % 60:02}"
    elapsed = minutes if age < 3600 else f"{age // 3600 % 24:02}:{minutes}"
    values = {
        "pid": str(process.pid), "ppid": str(process.ppid), "pgid": str(process.pgid),
        "pgrp": str(process.pgid), "sid": str(process.sid), "sess": str(process.sid),
        "uid": str(process.uid), "user": user, "euser": user, "comm": process.comm,
        "ucmd": process.comm, "stat": process.state, "s": process.state, "state": process.state,
        "args": command_of(process), "cmd": command_of(process), "command": command_of(process),
        "etimes": str(age), "etime": elapsed if age < 86400 else f"{age // 86400}-{elapsed}",
        "time": "00:00:00", "tty": _terminal(process), "tname": _terminal(process),
        "%cpu": "0.0", "pcpu": "0.0", "%mem": "0.1", "pmem": "0.1", "rss": "2048",
        "vsz": "4000", "ni": "0",
    }  # fmt: skip
    return values.get(name, "-")


_USER_FORMAT = [
    "user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "etime", "time", "args",
]  # fmt: skip
_HEADS = {"args": "COMMAND", "comm": "COMMAND", "cmd": "CMD", "state": "S", "etimes": "ELAPSED",
          "etime": "ELAPSED", "tty": "TT", "tname": "TTY"}  # fmt: skip


def _dashed(word: str) -> list[str]:
    """BSD's options have no dash, and its ``u`` is a format, not a user."""
    if not re.fullmatch(r"[auxfwe]+", word):
        return [word]
    wide = ["--user-format"] if "u" in word else []
    return [*wide, *(f"-{letter}" for letter in word if letter not in "uw")]


async def ps(inv: Invocation) -> int:
    """``ps [-e] [-f] [-p PIDS] [-C NAME] [-o COLUMNS] [--no-headers]``, ``ps aux``."""
    inv.argv[1:] = [option for word in inv.args for option in _dashed(word)]
    given = await options(
        inv, "eAfauxwlh", "poCuSt", long=("no-headers:h", "no-heading:h", "pid=:p", "ppid=",
                                          "sort=", "format=:o", "user-format")
    )  # fmt: skip
    columns = ["pid", "tname", "time", "comm=CMD"]
    if "user-format" in given:
        columns = _USER_FORMAT
    elif "f" in given:
        columns = ["user", "pid", "ppid", "etime", "tty", "time", "args"]
    if "o" in given:
        texts = ",".join(value for key, value in given.every if key == "o")
        columns = [column for column in re.split(r"[,\s]+", texts) if column]
    heads = [column.partition("=") for column in columns]
    names = [head[0] for head in heads]
    titles = [h[2] if h[1] else _HEADS.get(h[0], h[0].upper()) for h in heads]
    chosen = [
        process
        for process in inv.machine.processes
        if _is_wanted(inv, given.values, given.flags, process)
    ]
    rows = [[_column(inv, name, process) for name in names] for process in chosen]
    if "h" not in given and any(titles):
        rows.insert(0, titles)
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(names))]
    left = {"args", "cmd", "command", "comm", "user", "stat", "s", "state", "tty", "tname"}
    for row in rows:
        cells = [
            (cell.ljust(width) if name in left else cell.rjust(width))
            for cell, width, name in zip(row, widths, names, strict=True)
        ]
        await inv.print(" ".join(cells).rstrip())
    return int(not chosen)


def _is_wanted(
    inv: Invocation, values: dict[str, str], flags: dict[str, int], process: Process
) -> bool:
    def listed(key: str) -> list[str]:
        return re.split(r"[,\s]+", values[key])

    if "p" in values:
        return str(process.pid) in listed("p")
    if "ppid" in values:
        return str(process.ppid) in listed("ppid")
    if "C" in values:
        return process.comm in listed("C")
    if any(flag in flags for flag in "eAax"):
        return True
    return process.sid == inv.process.sid


PROGRAMS: dict[str, Program] = {"ps": ps}
