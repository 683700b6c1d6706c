"""Signals of a modelled host: Linux's numbers (signal(7), x86), on any system."""

from __future__ import annotations

from enum import IntEnum


class Sig(IntEnum):
    """A signal's number."""

    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    BUS = 7
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    STKFLT = 16
    CHLD = 17
    CONT = 18
    STOP = 19
    TSTP = 20
    TTIN = 21
    TTOU = 22
    URG = 23
    XCPU = 24
    XFSZ = 25
    VTALRM = 26
    PROF = 27
    WINCH = 28
    IO = 29
    PWR = 30
    SYS = 31


#: Signals whose default is to be ignored, and to stop the process (signal(7)).
IGNORED = frozenset({Sig.CHLD, Sig.URG, Sig.WINCH, Sig.CONT})
STOPPING = frozenset({Sig.STOP, Sig.TSTP, Sig.TTIN, Sig.TTOU})
#: Real-time signals run from 34 to 64; keepalived uses some.
HIGHEST = 64
RTMIN = 34


def parse(text: str) -> int | None:
    """Return the number for ``TERM``, ``SIGTERM``, ``15`` or ``0``; ``None`` if there is none."""
    if text.isdigit():
        number = int(text)
        return number if number <= HIGHEST else None
    name = text.upper().removeprefix("SIG")
    if name in Sig.__members__:
        return int(Sig[name])
    if name.startswith("RTMIN"):
        offset = name.removeprefix("RTMIN").removeprefix("+")
        return RTMIN + int(offset or 0) if not offset or offset.isdigit() else None
    return None


def name_of(number: int) -> str:
    """Return ``TERM`` for 15; real-time signals as ``RTMIN+n``."""
    if number in Sig._value2member_map_:
        return Sig(number).name
    if number == RTMIN:
        return "RTMIN"
    return f"RTMIN+{number - RTMIN}" if RTMIN < number <= HIGHEST else str(number)


#: What a shell prints for a job that a signal ended (strsignal(3)).
DESCRIPTIONS = {
    Sig.HUP: "Hangup",
    Sig.QUIT: "Quit",
    Sig.ILL: "Illegal instruction",
    Sig.TRAP: "Trace/breakpoint trap",
    Sig.ABRT: "Aborted",
    Sig.BUS: "Bus error",
    Sig.FPE: "Floating point exception",
    Sig.KILL: "Killed",
    Sig.USR1: "User defined signal 1",
    Sig.SEGV: "Segmentation fault",
    Sig.USR2: "User defined signal 2",
    Sig.ALRM: "Alarm clock",
    Sig.TERM: "Terminated",
}
