"""What the probe's loops stand on: the clock, the lines, the words of an answer.

Part of what is sent to a host (see :mod:`.shipping`): the standard library alone, and nothing
that Python 2.7 does not know.
"""

# ruff: noqa: UP024, PTH123
# Python 2.7 runs this too: no f-strings, no pathlib, and two kinds of OSError.

from __future__ import annotations

import errno
import os
import re
import select
import subprocess
import time
from collections.abc import Callable
from typing import Any

#: Seconds between two requests of the keep-alive stream, and the shortest wait that is told.
STREAM_S, STALL_S = 0.05, 0.1
#: Seconds that a line is held back at most, and bytes that may wait for a reader.
FLUSH_S, BACKLOG = 0.04, 8 << 20
#: Bytes of an answer that are read; its end is not waited for past that.
MOST = 16 << 10
#: Seconds between two lines of what it costs.
COST_S = 1.0
IN, OUT = 1, 4  # as epoll(7) has them

STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: |\r?\n)")
AGAIN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS, errno.EINTR)
#: What a machine has run out of says nothing about the service.
OURS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL)
KINDS = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
}


def monotonic() -> Callable[[], float]:
    """Return the monotonic clock, seconds; of Python 2.7 by clock_gettime(2)."""
    if hasattr(time, "monotonic"):
        return time.monotonic
    import ctypes

    spec = (ctypes.c_long * 2)()
    get_time = ctypes.CDLL("librt.so.1").clock_gettime

    def read() -> float:
        get_time(1, ctypes.byref(spec))
        return spec[0] + spec[1] * 1e-9

    return read


now = monotonic()


class BrokenError(Exception):
    """A connection came to nothing; its only argument is the kind of failure."""


class OverError(Exception):
    """The probe ends; its only argument is the word that says why."""


def anchor() -> tuple[float, float]:
    """Return (monotonic, epoch) of one moment: the closest of some pairs, seconds."""
    pairs = []
    for _ in range(20):
        before, epoch, after = now(), time.time(), now()
        pairs.append((after - before, (before + after) / 2, epoch))
    return min(pairs)[1:]


def words_pattern(backends: list[tuple[str, list[str]]]) -> Any:
    """Return what finds the words by which answers are known; group N belongs to backend N-1."""
    parts = []
    for _, words in backends:
        each = "|".join(re.escape(word) for word in words if word) or "(?!)"
        parts.append("((?<![A-Za-z0-9_.-])(?:" + each + ")(?![A-Za-z0-9_-]|[.][A-Za-z0-9]))")
    return re.compile("|".join(parts).encode("ascii", "ignore")) if parts else None


def backend_of(pattern: Any, data: bytes) -> int:
    """Return the index of the backend that an answer names, -1 when it names none."""
    found = pattern.search(data) if pattern else None
    return found.lastindex - 1 if found else -1


def get(orders: dict[str, Any], method: str, close: bool) -> bytes:
    """Return a request."""
    lines = [
        method + " " + orders["path"] + " HTTP/1.1",
        "Host: " + orders["host"],
        "User-Agent: " + orders["agent"],
        "Accept: */*",
        "Connection: " + ("close" if close else "keep-alive"),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "ignore")


class Poller:
    """Waits for sockets with the clock's full precision: poll(2) and epoll(7) know only ms."""

    def __init__(self) -> None:
        self.epoll = select.epoll() if hasattr(select, "epoll") else None
        self.wanted: dict[int, tuple[int, Any]] = {}

    def watch(self, fd: int, mask: int, call: Any) -> None:
        """Call ``call`` whenever ``fd`` can do what is wanted, or has failed."""
        if self.epoll:
            (self.epoll.modify if fd in self.wanted else self.epoll.register)(fd, mask)
        self.wanted[fd] = (mask, call)

    def forget(self, fd: int) -> None:
        """Watch it no more."""
        if self.wanted.pop(fd, None) and self.epoll:
            self.epoll.unregister(fd)

    def wait(self, seconds: float) -> list[Any]:
        """Return whom to call, after ``seconds`` at the latest."""
        seconds = max(0.0, seconds)
        if self.epoll:
            ready = select.select([self.epoll.fileno()], [], [], seconds)[0]
            found = self.epoll.poll(0) if ready else []
            return [self.wanted[fd][1] for fd, _ in found if fd in self.wanted]
        reads = [fd for fd, (mask, _) in self.wanted.items() if mask == IN]
        writes = [fd for fd, (mask, _) in self.wanted.items() if mask == OUT]
        if not reads and not writes:
            time.sleep(seconds)
            return []
        able = select.select(reads, writes, writes, seconds)
        return [self.wanted[fd][1] for fd in set(able[0] + able[1] + able[2])]


class Output:
    """Lines to standard output: often, and never waiting for who reads them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.rest, self.due = b"", 0.0
        self.blocking(False)

    def blocking(self, on: bool) -> None:
        """Set how standard output is written (its file description may be shared: set it back)."""
        try:
            import fcntl

            flags = fcntl.fcntl(1, fcntl.F_GETFL)
            flags = flags & ~os.O_NONBLOCK if on else flags | os.O_NONBLOCK
            fcntl.fcntl(1, fcntl.F_SETFL, flags)
        except ImportError:
            pass

    def add(self, line: str) -> None:
        """Take a line."""
        self.lines.append(line)

    def flush(self, at: float) -> None:
        """Write what there is."""
        self.due = at + FLUSH_S
        if self.lines:
            self.rest += ("\n".join(self.lines) + "\n").encode("ascii")
            del self.lines[:]
        if not self.rest:
            return
        try:
            self.rest = self.rest[os.write(1, self.rest) :]
        except (OSError, IOError) as error:
            if error.errno not in AGAIN:
                raise OverError("unread") from error
        if len(self.rest) > BACKLOG:
            raise OverError("unread")

    def close(self) -> None:
        """Write the rest, waiting for it."""
        self.blocking(True)
        try:
            self.flush(now())
            while self.rest:
                self.rest = self.rest[os.write(1, self.rest) :]
        except (OverError, OSError, IOError):  # nobody reads
            pass


def hurry(sudo: bool) -> None:
    """Raise our priority where we may, bounded: a probe that runs wild is ended by the kernel.

    Real time at its lowest (sched(7)): on a busy machine that makes milliseconds of lag some
    hundredths. ``sudo``: where it is not ours to do, root is asked, without a password.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_RTTIME, (200000, 200000))
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        return
    except (ImportError, AttributeError, OSError, ValueError):
        pass
    try:
        if sudo:
            argv = ["sudo", "-n", "chrt", "-f", "-p", "1", str(os.getpid())]
            with open(os.devnull, "r+") as null:
                subprocess.Popen(argv, stdin=null, stdout=null, stderr=null).wait()
        else:
            os.nice(-10)
    except (AttributeError, OSError):
        pass
