"""One service as systemd keeps it: its state, its processes, its times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.process import Process
from haconsole.demo.system.streams import OpenFile

from .unitfile import UnitFile, seconds

#: The variable by which the processes of a service are known: systemd.exec(5).
MARK = "INVOCATION_ID"
#: Exit by one of these counts as clean (systemd.service(5), SuccessExitStatus=).
CLEAN_SIGNALS = frozenset({1, 2, 13, 15})


@dataclass(slots=True)
class Service:
    """A loaded unit. Times are seconds since boot; 0: never."""

    file: UnitFile
    active: str = "inactive"
    sub: str = "dead"
    result: str = "success"
    main: Process | None = None
    #: How the main process ended last: CLD_EXITED (1) or CLD_KILLED (2), 0 while it has not.
    exec_code: int = 0
    exec_status: int = 0
    exec_start: float = 0.0
    exec_exit: float = 0.0
    #: The condition that kept it from being started last, ``""``: none did.
    unmet: str = ""
    condition_at: float = 0.0
    transient: bool = False
    #: Descriptors that its processes get, instead of the journal.
    fds: dict[int, OpenFile] = field(default_factory=dict)
    invocation: str = ""
    restarts: int = 0
    changed_at: float = 0.0
    active_since: float = 0.0
    active_until: float = 0.0
    inactive_since: float = 0.0
    stopping: bool = False
    needs_reload: bool = False
    starts: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its full name."""
        return self.file.name

    @property
    def kind(self) -> str:
        """``Type=``."""
        return self.file.last("Type", "simple")

    @property
    def restart_policy(self) -> str:
        """``Restart=``."""
        return self.file.last("Restart", "no")

    @property
    def restart_delay_s(self) -> float:
        """``RestartSec=`` in seconds."""
        return seconds(self.file.last("RestartSec"), 0.1)

    @property
    def running(self) -> bool:
        """Whether it is up, or about to be."""
        return self.active in ("active", "activating", "reloading")

    @property
    def busy(self) -> bool:
        """Whether something of it runs, or is on its way down."""
        return self.running or self.active == "deactivating"

    def set(self, active: str, sub: str, now: float) -> None:
        """Enter a state, and remember when. ``now``: seconds since boot."""
        was, self.active, self.sub = self.active, active, sub
        self.changed_at = now
        if active == "active" and was not in ("active", "reloading"):
            self.active_since = now
        if was == "active" and active not in ("active", "reloading"):
            self.active_until = now
        if active in ("inactive", "failed") and was not in ("inactive", "failed"):
            self.inactive_since = now

    def processes(self, machine: Machine) -> Iterator[Process]:
        """Yield what runs in its control group."""
        if not self.invocation:
            return
        for process in list(machine.processes):
            if process.alive and process.context.env.get(MARK) == self.invocation:
                yield process

    @property
    def remains(self) -> bool:
        """``RemainAfterExit=``."""
        return self.file.last("RemainAfterExit").lower() in ("yes", "true", "1", "on")

    def ended(self, process: Process, now: float) -> None:
        """Note how the main process ended. ``now``: seconds since boot."""
        self.exec_code = 2 if process.killed_by is not None else 1
        self.exec_status = process.killed_by or process.status or 0
        self.exec_exit = now

    def wants_restart(self) -> bool:
        """Whether systemd starts it again after it ended with its result."""
        match self.restart_policy:
            case "always":
                return True
            case "on-failure":
                return self.result != "success"
            case "on-abnormal" | "on-abort":
                return self.result in ("signal", "core-dump")
            case _:
                return False


SIGNAL_NAMES = {
    1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 10: "USR1", 11: "SEGV", 12: "USR2",
    13: "PIPE", 14: "ALRM", 15: "TERM",
}  # fmt: skip
_EXIT_NAMES = {
    0: "SUCCESS", 1: "FAILURE", 2: "INVALIDARGUMENT", 3: "NOTIMPLEMENTED", 4: "NOPERMISSION",
    5: "NOTINSTALLED", 6: "NOTCONFIGURED", 7: "NOTRUNNING", 203: "EXEC",
}  # fmt: skip


def how_it_ended(process: Process) -> str:
    """Return ``code=killed, status=9/KILL`` or ``code=exited, status=1/FAILURE``."""
    if process.killed_by is not None:
        return f"code=killed, status={process.killed_by}/{SIGNAL_NAMES.get(process.killed_by, '')}"
    status = process.status or 0
    return f"code=exited, status={status}/{_EXIT_NAMES.get(status, 'n/a')}"
