"""Booting hosts, all at once."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence

from haconsole.words import t

from . import cgroups
from .errors import LabError
from .machine import Machine

_BOOT_TIMEOUT_S = 90.0


def boot(machines: Sequence[Machine]) -> None:
    """Boot all hosts at once and wait until each says that its boot is through."""
    waiting: dict[int, tuple[Machine, socket.socket]] = {}
    poll = select.poll()
    for machine in machines:
        ready = machine.boot()
        waiting[ready.fileno()] = (machine, ready)
        poll.register(ready, select.POLLIN)
    deadline = time.monotonic() + _BOOT_TIMEOUT_S
    while waiting:
        for fd, _ in poll.poll(1000):
            machine, ready = waiting[fd]
            if b"READY=1" in ready.recv(4096):
                poll.unregister(fd)
                ready.close()
                del waiting[fd]
        for machine, _ in waiting.values():
            if time.monotonic() >= deadline or not cgroups.processes(machine.keeper):
                raise LabError(_boot_failure(machine))


def _boot_failure(machine: Machine) -> str:
    lines = machine.log.read_text(errors="replace").strip().splitlines()
    return t(
        "{host} did not boot; its last words: {words}",
        host=machine.name,
        words=lines[-1] if lines else t("none"),
    )
