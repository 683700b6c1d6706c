"""The tools of a modelled host, one module a family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sh.program import sh
from . import (
    accounts,
    archive,
    columns,
    differ,
    filetools,
    grep,
    identity,
    installing,
    locking,
    mounts,
    nano,
    processes,
    ps,
    screenly,
    sed,
    stats,
    sudo,
    sums,
    timeout,
    times,
    viewing,
)

if TYPE_CHECKING:
    from ..machine import Machine

_FAMILIES = (
    accounts, archive, columns, differ, filetools, grep, identity, installing, locking, mounts,
    nano, processes, ps, screenly, sed, stats, sudo, sums, timeout, times, viewing,
)  # fmt: skip
_IN_BIN = frozenset(
    ("sh", "bash", "cat", "ls", "sed", "grep", "mkdir", "mv", "cp", "rm", "ln", "chmod", "chown",
     "date", "sleep", "ps", "kill")
)  # fmt: skip


def install_tools(machine: Machine) -> None:
    """Install every tool, as a small server installation has them."""
    for family in _FAMILIES:
        for name, program in family.PROGRAMS.items():
            machine.programs.install(name, program, _path(name))
    for name in ("sh", "bash", "dash"):
        machine.programs.install(name, sh, _path(name))


def _path(name: str) -> str:
    return f"/bin/{name}" if name in _IN_BIN else f"/usr/bin/{name}"
