"""The truth about a drill, taken beside it by other code: a prober and the kernels' own words.

Both run inside the lab's namespaces; all of the lab shares this machine's clock.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from haconsole.lab.api import LabHandle
from haconsole.parsers import ip

#: Seconds between two requests of the reference.
INTERVAL_S = 0.004
_LBS = ("lb01", "lb02")
#: Blunt on purpose: sockets and epoll, nothing of the product's probe. A line a request:
#: between which moments it was sent, and 1 when any HTTP answer below 500 came within half a
#: second. It may be put aside between the two: what is known is that it was sent in between.
_PROBER = """
import errno, select, socket, sys, threading, time
vip, interval = sys.argv[1], float(sys.argv[2])
over = []
threading.Thread(target=lambda: over.append(sys.stdin.read()), daemon=True).start()
poll, flying, due = select.epoll(), {}, time.time()
def end(fd, good):
    s, sent, upto = flying.pop(fd)
    poll.unregister(fd); s.close()
    print("%.6f %.6f %d" % (sent, upto, good))
while not over:
    now = time.time()
    if now >= due:
        due = max(due + interval, now)
        s = socket.socket(); s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
        code = s.connect_ex((vip, 80))
        if code not in (0, errno.EINPROGRESS):
            print("%.6f %.6f 0" % (now, time.time())); s.close()
        else:
            flying[s.fileno()] = (s, now, time.time()); poll.register(s, select.EPOLLOUT)
    for fd, what in poll.poll(max(0.0, min(0.002, due - time.time()))):
        s = flying[fd][0]
        try:
            if what & select.EPOLLOUT and not what & (select.EPOLLERR | select.EPOLLHUP):
                s.send(b"GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n"); poll.modify(fd, select.EPOLLIN)
            else:
                end(fd, s.recv(64)[9:10] in (b"1", b"2", b"3", b"4"))
        except OSError:
            end(fd, 0)
    for fd in [fd for fd, (s, sent, upto) in flying.items() if time.time() - sent > 0.5]:
        end(fd, 0)
"""


@dataclass(frozen=True)
class Hole:
    """A while without answers: between the last good request and the next good one."""

    last_good: float
    first_failed: float
    last_failed: float
    first_good: float

    @property
    def lower_s(self) -> float:
        return self.last_failed - self.first_failed

    @property
    def upper_s(self) -> float:
        return self.first_good - self.last_good


@dataclass
class Reference:
    """What was seen. ``sent``: (not before, not after, whether it was answered); ``kernels``:
    (when, LB, took).
    """

    sent: list[tuple[float, float, bool]] = field(default_factory=list)
    kernels: list[tuple[float, str, bool]] = field(default_factory=list)

    def holes(self, since: float, until: float, merge_s: float = 0.1) -> list[Hole]:
        """The outages that began in a while."""
        rows = sorted(self.sent)
        found: list[Hole] = []
        for index, (at, upto, good) in enumerate(rows):
            if good or not since <= at <= until:
                continue
            before = [one for one in rows[max(0, index - 400) : index] if one[2]]
            after = next((one for one in rows[index:] if one[2]), None)
            first_good = after[1] if after else float("inf")
            if found and at - found[-1].last_failed < merge_s:
                last = found.pop()
                found.append(Hole(last.last_good, last.first_failed, at, first_good))
            else:
                since_good = before[-1][0] if before else at - INTERVAL_S
                found.append(Hole(since_good, upto, at, first_good))
        return found

    def worst(self, since: float, until: float) -> Hole | None:
        return max(self.holes(since, until), key=lambda one: one.upper_s, default=None)

    def took(self, host: str, since: float, until: float) -> float | None:
        """When a kernel took the VIP in a while."""
        return next(
            (at for at, name, added in sorted(self.kernels)
             if name == host and added and since <= at <= until),
            None,
        )  # fmt: skip


@contextlib.contextmanager
def watching(lab: LabHandle, vip: str, *, but: Sequence[str] = ()) -> Iterator[Reference]:
    """Watch until the end of the block; what the prober saw is there after it.

    ``but``: LBs that are not watched: a machine whose processes we hold cannot go down.
    """
    seen = Reference()
    argv = ["python3", "-c", _PROBER, vip, str(INTERVAL_S)]
    prober = subprocess.Popen(
        lab.machine("bastion").enter(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    monitors = [_monitor(lab, node, vip, seen) for node in _LBS if node not in but]

    def read() -> None:
        assert prober.stdout is not None
        for line in prober.stdout:
            at, upto, good = line.split()
            seen.sent.append((float(at), float(upto), good == "1"))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        assert prober.stdin is not None
        prober.stdin.close()
        reader.join(20)
        for process in (prober, *monitors):
            process.terminate()
            process.wait(20)


def _monitor(lab: LabHandle, node: str, vip: str, seen: Reference) -> subprocess.Popen[str]:
    argv = ["env", "TZ=UTC0", "ip", "-ts", "-o", "monitor", "address"]
    process = subprocess.Popen(lab.machine(node).enter(argv), stdout=subprocess.PIPE, text=True)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            change = ip.parse_address_line(line)
            if change is None or change.address.address != vip or not change.stamp:
                continue
            if (at := ip.stamp_epoch(change.stamp)) is not None:
                seen.kernels.append((at, node, change.added))

    threading.Thread(target=read, daemon=True).start()
    return process
