"""Finding and ending processes by what they are in, never by their names."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")


def every_pid() -> list[int]:
    """Return the ids of all processes."""
    return [int(entry) for entry in os.listdir(_PROC) if entry.isdigit()]  # noqa: PTH208 - names


def is_init_of_container(pid: int) -> bool:
    """Return whether ``pid`` is PID 1 of a PID namespace right below ours (proc(5), NSpid)."""
    try:
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("NSpid:"):
                numbers = line.split()[1:]
                return len(numbers) == 2 and numbers[1] == "1"
    except OSError:
        pass
    return False


def in_network_of(namespaces: Iterable[Path]) -> set[int]:
    """Return the processes that live in one of these network namespaces."""
    wanted: set[tuple[int, int]] = set()
    for path in namespaces:
        try:
            status = path.stat()
        except OSError:
            continue
        wanted.add((status.st_dev, status.st_ino))
    found: set[int] = set()
    for pid in every_pid() if wanted else ():
        try:
            status = (_PROC / str(pid) / "ns" / "net").stat()
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in wanted:
            found.add(pid)
    return found


def wait_gone(pids: Iterable[int], timeout_s: float) -> set[int]:
    """Wait until the processes have ended; returns those that have not."""
    deadline = time.monotonic() + timeout_s
    poll = select.poll()
    with contextlib.ExitStack() as closing:
        left: dict[int, int] = {}
        for pid in pids:
            try:
                fd = os.pidfd_open(pid)
            except OSError:
                continue
            closing.callback(os.close, fd)
            left[fd] = pid
            poll.register(fd, select.POLLIN)
        while left:
            rest = deadline - time.monotonic()
            for fd, _ in poll.poll(max(0.0, rest) * 1000):
                poll.unregister(fd)
                del left[fd]
            if rest <= 0:
                break
        return set(left.values())


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to processes, those that are already gone aside."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def kill(pids: Iterable[int], timeout_s: float = 5.0) -> set[int]:
    """SIGKILL processes and wait; returns those that outlived it."""
    doomed = set(pids) - {os.getpid()}
    send(doomed, signal.SIGKILL)
    return wait_gone(doomed, timeout_s)
