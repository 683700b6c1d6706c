"""What ``/proc`` says of a node: processes, load, the boot's time (proc(5))."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haconsole.domain.facts import Load

from .errors import ParseError

_STAT = re.compile(r"(\d{1,10}) \((.{0,64})\) ([A-Za-z]) (\d{1,10}) ", re.DOTALL)
_BTIME = re.compile(r"^btime (\d{1,12})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Process:
    """A line of ``/proc/PID/stat``."""

    pid: int
    name: str
    state: str
    parent: int

    @property
    def frozen(self) -> bool:
        """Whether it is stopped by a signal (``T``) or a tracer (``t``): it answers nothing."""
        return self.state in ("T", "t")

    @property
    def alive(self) -> bool:
        """Whether it still is a process: a zombie (``Z``) or a dead one (``X``) is none."""
        return self.state not in ("Z", "X", "x")


def parse_stat(text: str) -> tuple[Process, ...]:
    """Read ``/proc/PID/stat`` files one after another; lines that are none are left out.

    The name may hold spaces and parentheses: it ends at the line's last ``)``.
    """
    found: list[Process] = []
    for line in text.split("\n"):
        if match := _STAT.match(line[:4096]):
            pid, name, state, parent = match.groups()
            found.append(Process(int(pid), name, state, int(parent)))
    return tuple(found)


def parse_loadavg(text: str, processors: int) -> Load:
    """Read ``/proc/loadavg``; ``processors`` as ``nproc`` says. ``ParseError`` if it is none."""
    words = text.split(None, 1)
    if not words or not re.match(r"\d{1,6}\.\d\d\Z", words[0]):
        raise ParseError("The text is no /proc/loadavg.")
    return Load(one_minute=float(words[0]), processors=max(1, processors))


def parse_nproc(text: str) -> int:
    """Read what ``nproc`` prints; ``ParseError`` if it is no number."""
    word = text.strip()
    if not (word.isascii() and word.isdigit() and len(word) < 6 and int(word)):
        raise ParseError("The text is no number of processors.")
    return int(word)


def parse_uptime(text: str) -> float:
    """Return the first number of ``/proc/uptime``, seconds since boot; ``ParseError`` if none."""
    words = text.split(None, 1)
    if not words or not re.match(r"\d{1,11}(?:\.\d{1,3})?\Z", words[0]):
        raise ParseError("The text is no /proc/uptime.")
    return float(words[0])


def parse_btime(text: str) -> float:
    """Return ``btime`` of ``/proc/stat``: epoch seconds of the boot, to 1 s; or ``ParseError``."""
    if match := _BTIME.search(text):
        return float(match[1])
    raise ParseError("The text is no /proc/stat.")
