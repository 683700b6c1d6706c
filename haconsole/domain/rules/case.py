"""A case: everything that is known of one cluster at one moment, for the rules to judge.

Everything is optional: a rule asks for what it needs, and says nothing where that is not known.
Each piece carries when it was taken and the exact command or file that shows it, so that a
finding can be checked by a colleague without this tool. Times are epoch seconds on one clock: the
console's in a live case (node clocks' offsets taken off), the nodes' in a bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from ..conf import KeepalivedConf
from ..daemon import Daemon, LogFact
from ..events import LinkStatus
from ..facts import Address, Answer, Clock, Firewall, Interface, Neighbour, Unit
from ..model import Role, Vip
from ..nginx_conf import NginxConf
from ..notes import Note
from ..stats import VrrpStats
from .pieces import (
    Detected,
    Disk,
    Drift,
    KeepalivedProcess,
    Logged,
    NginxErrors,
    NginxTest,
    ScriptFacts,
    Wire,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """A value, when it was taken (``None``: a file without a time), and what shows it."""

    value: T
    at: float | None = None
    shown_by: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that could not be known. ``node`` ``None``: of the cluster as a whole.

    ``what`` is a stable word: a field of :class:`NodeCase`, or a kind of evidence (``wire``).
    """

    what: str
    note: Note
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCase:
    """What is known of one host. ``None``: not known.

    ``link`` ``None``: there is none to speak of (a bundle). ``lost_jump``: the jump host whose
    loss is why nothing is known. ``log``: oldest first, only lines that mean something.
    ``stats_before``: an earlier reading of the same counters, for what moved in between.
    ``served``: answers of requests sent to this host itself. ``pings``: third host → whether it
    reaches this host's own address on the segment (ARP). ``detected``: what its detector says.
    ``changed_conf_at``: when the file was last written. ``nonlocal_bind``:
    ``net.ipv4.ip_nonlocal_bind``. ``heard_at``: when something was last read there, over this
    link or the one before it.
    """

    name: str
    role: Role
    address: str = ""
    link: LinkStatus | None = None
    link_since: float = 0.0
    link_detail: Note | None = None
    lost_jump: str | None = None
    heard_at: float | None = None
    version: tuple[int, ...] | None = None
    conf: Seen[KeepalivedConf] | None = None
    conf_changed_at: Seen[float] | None = None
    daemon: Seen[Daemon] | None = None
    stats: Seen[tuple[VrrpStats, ...]] | None = None
    stats_before: Seen[tuple[VrrpStats, ...]] | None = None
    log: Seen[tuple[Logged, ...]] | None = None
    addresses: Seen[tuple[Address, ...]] | None = None
    interfaces: Seen[tuple[Interface, ...]] | None = None
    neighbours: Seen[tuple[Neighbour, ...]] | None = None
    units: Seen[tuple[Unit, ...]] | None = None
    firewall: Seen[Firewall] | None = None
    firewall_at_boot: Seen[Firewall] | None = None
    clock: Seen[Clock] | None = None
    disks: Seen[tuple[Disk, ...]] | None = None
    uptime_s: Seen[float] | None = None
    processes: Seen[tuple[KeepalivedProcess, ...]] | None = None
    scripts: Seen[tuple[ScriptFacts, ...]] | None = None
    nginx_conf: Seen[NginxConf] | None = None
    nginx_test: Seen[NginxTest] | None = None
    nginx_errors: Seen[NginxErrors] | None = None
    nonlocal_bind: Seen[bool] | None = None
    denials: Seen[tuple[str, ...]] | None = None
    drift: Seen[tuple[Drift, ...]] | None = None
    wire: Seen[Wire] | None = None
    served: Seen[Answer] | None = None
    pings: Seen[Mapping[str, bool]] | None = None
    detected: Seen[tuple[Detected, ...]] | None = None

    @property
    def up(self) -> bool:
        """Whether the host can be asked (always, in a bundle)."""
        return self.link in (None, LinkStatus.UP)

    def unit(self, name: str) -> Unit | None:
        """Return a service; ``None`` when it was not read."""
        units = self.units.value if self.units else ()
        return next((unit for unit in units if unit.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A cluster at the moment ``at``. ``nodes``: LBs, web nodes, and the jump hosts on the way.

    ``answers``: VIP → what a client got through it. ``moved_at``: when an owner last changed as
    far as it was seen to (``None``: not seen). ``failing``: VIP → since when answers through it
    fail, where that was seen to begin. ``missing``: what could not be read, and why.
    ``live``: the hosts can be asked for more.
    """

    at: float
    cluster: str = ""
    vips: tuple[Vip, ...] = ()
    nodes: tuple[NodeCase, ...] = ()
    answers: Mapping[str, Seen[Answer]] = field(default_factory=lambda: MappingProxyType({}))
    moved_at: float | None = None
    failing: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[Missing, ...] = ()
    live: bool = False

    @property
    def lbs(self) -> tuple[NodeCase, ...]:
        """The load balancers, in the inventory's order."""
        return tuple(node for node in self.nodes if node.role is Role.LB)

    @property
    def webs(self) -> tuple[NodeCase, ...]:
        """The web nodes."""
        return tuple(node for node in self.nodes if node.role is Role.WEB)

    @property
    def jumps(self) -> tuple[NodeCase, ...]:
        """The jump hosts."""
        return tuple(node for node in self.nodes if node.role is Role.JUMP)

    def node(self, name: str) -> NodeCase:
        """Return a host; ``KeyError`` when it is not in the case."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


def log_of(node: NodeCase) -> tuple[tuple[float, LogFact], ...]:
    """Return the node's understood log as (time, fact), oldest first."""
    return tuple((one.at, one.fact) for one in node.log.value) if node.log else ()
