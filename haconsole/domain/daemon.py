"""keepalived as the daemon itself sees its work: VRRP instances, checks, and its log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum


class VrrpState(StrEnum):
    """State of a VRRP instance (keepalived's names; 0–3 in its JSON dump)."""

    INIT = "INIT"
    BACKUP = "BACKUP"
    MASTER = "MASTER"
    FAULT = "FAULT"


class DaemonSource(StrEnum):
    """Where a :class:`Daemon` was read from."""

    DUMP = "dump"
    JSON = "json"
    LOG = "log"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Instance:
    """One VRRP instance. ``None``: this source does not say.

    ``base_priority`` is what the configuration says, ``effective_priority`` what the daemon
    uses after its checks' weights. ``last_transition``: epoch seconds on the node's clock.
    """

    name: str
    state: VrrpState
    interface: str | None = None
    vrid: int | None = None
    version: int | None = None
    base_priority: int | None = None
    effective_priority: int | None = None
    advert_int_s: float | None = None
    last_transition: float | None = None
    vips: tuple[str, ...] = ()
    master_router: str | None = None
    master_priority: int | None = None
    nopreempt: bool | None = None
    auth_type: str | None = None

    @property
    def priority(self) -> int | None:
        """The effective priority where it is known, else the base."""
        return self.base_priority if self.effective_priority is None else self.effective_priority


class CheckStatus(StrEnum):
    """What a ``vrrp_script`` last said. ``INIT``: not run yet."""

    GOOD = "GOOD"
    BAD = "BAD"
    INIT = "INIT"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Check:
    """A ``vrrp_script``. ``interval_s`` and ``timeout_s`` in seconds."""

    name: str
    status: CheckStatus | None
    script: str = ""
    weight: int | None = None
    interval_s: float | None = None
    timeout_s: float | None = None
    fall: int | None = None
    rise: int | None = None


@dataclass(frozen=True, slots=True)
class Daemon:
    """keepalived on one node.

    ``running``: a keepalived process exists; ``frozen``: it exists but is stopped (SIGSTOP)
    and answers nothing. A daemon that does not run has no instances. ``dumped_at``: when the
    dump was asked for that the instances are from (console's clock); its processes may have been
    seen since.
    """

    running: bool
    source: DaemonSource
    frozen: bool = False
    version: str | None = None
    pid: int | None = None
    instances: tuple[Instance, ...] = ()
    checks: tuple[Check, ...] = ()
    dumped_at: float | None = field(default=None, compare=False)

    def instance_for(self, vip: str, vrid: int | None = None) -> Instance | None:
        """Return the instance that carries ``vip``, or the one with ``vrid``, or the only one."""
        for instance in self.instances:
            if vip in instance.vips:
                return instance
        for instance in self.instances:
            if vrid is not None and instance.vrid == vrid:
                return instance
        if len(self.instances) == 1 and not self.instances[0].vips:
            return self.instances[0]
        return None


class LogKind(StrEnum):
    """What a line of keepalived's log means."""

    TRANSITION = "transition"
    PRIORITY = "priority"
    CHECK = "check"
    STARTED = "started"
    STOPPED = "stopped"
    KILLED = "killed"
    MISMATCH = "mismatch"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    HIGHER_PRIORITY = "higher-priority"
    LOWER_PRIORITY = "lower-priority"
    SEND_FAILED = "send-failed"
    CONFIG_ERROR = "config-error"
    INTERFACE = "interface"
    SCRIPT = "script"
    LATE = "late"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LogFact:
    """A line of keepalived's log, understood.

    Only the fields that the kind needs are set: ``state`` for TRANSITION, ``priority`` for
    PRIORITY (the new effective one), ``check``/``status`` for CHECK, ``peer`` where the line
    names one. ``text`` is the cleaned line.
    """

    kind: LogKind
    text: str
    instance: str | None = None
    state: VrrpState | None = None
    priority: int | None = None
    check: str | None = None
    status: CheckStatus | None = None
    peer: str | None = None


def apply_log(daemon: Daemon | None, fact: LogFact, node_at: float) -> Daemon | None:
    """Return what the daemon's log makes of an older reading of it.

    A transition moves the instance at once, long before the next dump is read. A fact about
    an instance that is not known yet adds it. ``None`` stays ``None`` when nothing is learnt.
    """
    match fact.kind:
        case LogKind.TRANSITION if fact.instance and (state := fact.state):
            base = daemon or Daemon(running=True, source=DaemonSource.LOG)
            moved = _with_instance(base, fact.instance, state)
            return _change(
                moved, fact.instance, lambda i: replace(i, state=state, last_transition=node_at)
            )
        case LogKind.PRIORITY if daemon and fact.instance and fact.priority is not None:
            priority = fact.priority
            return _change(daemon, fact.instance, lambda i: replace(i, effective_priority=priority))
        case LogKind.CHECK if daemon and fact.check and fact.status:
            checks = tuple(
                replace(check, status=fact.status) if check.name == fact.check else check
                for check in daemon.checks
            )
            return replace(daemon, checks=checks)
        case LogKind.STOPPED | LogKind.KILLED:
            return Daemon(
                running=False,
                source=DaemonSource.LOG,
                version=daemon.version if daemon else None,
            )
        case _:
            return daemon


def _with_instance(daemon: Daemon, name: str, state: VrrpState) -> Daemon:
    if any(instance.name == name for instance in daemon.instances):
        return replace(daemon, running=True)
    added = (*daemon.instances, Instance(name=name, state=state))
    return replace(daemon, running=True, instances=added)


def _change(daemon: Daemon, name: str, change: Callable[[Instance], Instance]) -> Daemon:
    instances = tuple(
        change(instance) if instance.name == name else instance for instance in daemon.instances
    )
    return replace(daemon, instances=instances)
