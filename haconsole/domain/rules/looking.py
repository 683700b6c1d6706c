"""How rules look at a case: one LB's side of a VIP, who claims it, what was logged lately."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from ..conf import InstanceConf, KeepalivedConf
from ..daemon import Instance, LogFact, LogKind, VrrpState
from ..events import LinkStatus
from ..model import Vip
from ..notes import Note, note
from ..verdict import KEEPALIVED, NGINX
from ..vrrp import DEFAULT_PRIORITY, advert_int, master_down_s
from .case import Case, NodeCase, Seen, T, log_of
from .finding import Evidence

#: A host that was up for less than this is still booting: what does not run yet may come.
BOOTING_S = 120.0
#: Log lines older than this speak of the past, where nothing says that it goes on.
LATELY_S = 900.0
#: Beyond the timers: gratuitous ARP, journald's delay, two readings that are not of one moment.
_SLACK_S = 2.0
_AUTH = {"PASS": "SIMPLE_PASSWORD", "AH": "IPSEC_AH", "NONE": "none"}


@dataclass(frozen=True, slots=True)
class Side:
    """One LB's VRRP instance for a VIP: as it runs where that is known, else as its file says."""

    node: NodeCase
    conf: InstanceConf | None = None
    live: Instance | None = None

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.name

    @property
    def state(self) -> VrrpState | None:
        """The daemon's state; ``None`` where it does not run or is not known."""
        return self.live.state if self.live and alive(self.node) else None

    @property
    def vrid(self) -> int | None:
        """The virtual router id."""
        return _first(self.live.vrid if self.live else None, self.conf.vrid if self.conf else None)

    @property
    def priority(self) -> int | None:
        """The base priority."""
        configured = (self.conf.priority or DEFAULT_PRIORITY) if self.conf else None
        return _first(self.live.base_priority if self.live else None, configured)

    @property
    def vrrp_version(self) -> int | None:
        """2 or 3."""
        whole = self.node.conf.value.vrrp_version if self.node.conf else None
        configured = (self.conf.version or whole or 2) if self.conf else None
        return _first(self.live.version if self.live else None, configured)

    @property
    def advert_int_s(self) -> float | None:
        """Seconds between its adverts."""
        if self.live and self.live.advert_int_s:
            return self.live.advert_int_s
        return advert_int(self.conf.advert_int_s, self.vrrp_version or 2) if self.conf else None

    @property
    def interface(self) -> str | None:
        """Where it speaks VRRP."""
        return (self.live and self.live.interface) or (self.conf and self.conf.interface) or None

    @property
    def auth_type(self) -> str | None:
        """``none``, ``SIMPLE_PASSWORD`` or ``IPSEC_AH``; a dump that says nothing is not "none"."""
        if self.live and self.live.auth_type:
            return self.live.auth_type
        if self.conf is None:
            return None
        return _AUTH.get((self.conf.auth_type or "NONE").upper(), self.conf.auth_type)

    @property
    def vips(self) -> frozenset[str] | None:
        """Every address that moves with it."""
        if self.live and self.live.vips:
            return frozenset(self.live.vips)
        if self.conf is None:
            return None
        return frozenset(vip.address for vip in (*self.conf.vips, *self.conf.excluded_vips))

    def shows(self, in_dump: Callable[[Instance], object]) -> Seen[object]:
        """Return what shows a setting: the dump where it holds it, else the file."""
        daemon, conf = self.node.daemon, self.node.conf
        if daemon and self.live and in_dump(self.live) is not None:
            return Seen(None, daemon.at, daemon.shown_by)
        return Seen(None, conf.at, conf.shown_by) if conf else Seen(None)


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def sides(case: Case, vip: Vip) -> tuple[Side, ...]:
    """Return every LB's side of a VIP; one that neither names is left out."""
    found = [_side(node, vip, "", vip.vrid) for node in case.lbs]
    names = [side.conf or side.live for side in found if side]
    name = next((one.name for one in names if one), "")
    vrid = next((side.vrid for side in found if side), vip.vrid)
    again = [side or _side(n, vip, name, vrid) for side, n in zip(found, case.lbs, strict=True)]
    return tuple(side for side in again if side)


def _side(node: NodeCase, vip: Vip, name: str, vrid: int | None) -> Side | None:
    daemon = node.daemon.value if node.daemon else None
    conf = conf_instance(node.conf.value, vip, name, vrid) if node.conf else None
    live = daemon.instance_for(vip.address, conf.vrid if conf else vrid) if daemon else None
    if live is None and daemon:
        known = conf.name if conf else name
        live = next((one for one in daemon.instances if one.name == known), None)
    return Side(node, conf, live) if conf or live else None


def conf_instance(
    conf: KeepalivedConf, vip: Vip, name: str = "", vrid: int | None = None
) -> InstanceConf | None:
    """Return the instance of a file that carries a VIP, or has that VRID or name."""
    for one in conf.instances:
        if any(own.address == vip.address for own in (*one.vips, *one.excluded_vips)):
            return one
    wanted = vrid if vrid is not None else vip.vrid
    by_vrid = next((one for one in conf.instances if wanted and one.vrid == wanted), None)
    return by_vrid or next((one for one in conf.instances if name and one.name == name), None)


def pairs(case: Case) -> Iterator[tuple[Vip, Side, Side]]:
    """Yield every two LBs that share an instance; one VIP stands for all of its instance."""
    seen: set[tuple[str, str, str, str]] = set()
    for vip in case.vips:
        for one, other in combinations(sides(case, vip), 2):
            key = (one.name, _instance_name(one), other.name, _instance_name(other))
            if key not in seen:
                seen.add(key)
                yield vip, one, other


def _instance_name(side: Side) -> str:
    named = side.live or side.conf
    return named.name if named else ""


def alive(node: NodeCase) -> bool | None:
    """Whether a keepalived runs there; ``None``: not known."""
    if node.daemon is not None:
        return node.daemon.value.running
    unit = node.unit(KEEPALIVED)
    return None if unit is None else unit.running or unit.active == "activating"


def frozen(node: NodeCase) -> bool:
    """Whether its keepalived is stopped by a signal."""
    return node.daemon is not None and node.daemon.value.running and node.daemon.value.frozen


def booting(node: NodeCase) -> bool:
    """Whether the host came up just now."""
    return node.uptime_s is not None and node.uptime_s.value < BOOTING_S


def holds(node: NodeCase, vip: Vip) -> bool | None:
    """Whether its kernel holds the VIP; ``None``: not known."""
    if node.addresses is None:
        return None
    return any(one.address == vip.address for one in node.addresses.value)


def claims(node: NodeCase, vip: Vip) -> bool | None:
    """Whether it stands for the VIP: its kernel holds it, or, where unseen, it is MASTER."""
    held = holds(node, vip)
    if held is not None:
        return held
    if alive(node) is False:
        return False
    daemon = node.daemon.value if node.daemon else None
    live = daemon.instance_for(vip.address, vip.vrid) if daemon else None
    return None if live is None else live.state is VrrpState.MASTER


def claimants(case: Case, vip: Vip) -> tuple[NodeCase, ...]:
    """Return the LBs that stand for the VIP."""
    return tuple(node for node in case.lbs if claims(node, vip))


def read_since_the_move(case: Case, node: NodeCase) -> bool:
    """Whether a node's addresses are of after the last change of owners, as far as one was seen."""
    at = node.addresses.at if node.addresses else None
    return not case.live or case.moved_at is None or at is None or at >= case.moved_at


def moved_at(case: Case) -> float | None:
    """Return when something last moved: an owner, a state, a daemon's start or end.

    Answers that begin to fail are the first sign of a move that nobody has told yet.
    """
    times = [case.moved_at] if case.moved_at is not None else []
    times += case.failing.values()
    for node in case.lbs:
        times += [at for at, fact in log_of(node) if fact.kind in _MOVES]
        offset = node.clock.value.offset_s if node.clock and case.live else 0.0
        daemon = node.daemon.value if node.daemon else None
        for one in daemon.instances if daemon else ():
            if one.last_transition is not None:
                times.append(one.last_transition - offset)
        unit = node.unit(KEEPALIVED)
        if unit and unit.since is not None:
            times.append(unit.since - offset)
    return max((at for at in times if at <= case.at + 1.0), default=None)


_MOVES = frozenset({LogKind.TRANSITION, LogKind.STARTED, LogKind.STOPPED, LogKind.KILLED})


def settle_s(case: Case) -> float:
    """Return how long an election may take until every source tells of its end, seconds."""
    waits = [
        master_down_s(side.priority or 1, side.advert_int_s or 1.0, side.vrrp_version or 2)
        for vip in case.vips
        for side in sides(case, vip)
    ]
    return max(waits, default=4.0) + _SLACK_S


def settled(case: Case) -> bool:
    """Whether nothing moves now, so that what sources say of owners may be compared.

    A bundle's files are taken as they are: nobody will read them again.
    """
    at = moved_at(case)
    return not case.live or at is None or case.at - at >= settle_s(case)


def since(node: NodeCase, kind: LogKind) -> float | None:
    """Return when a kind of line was last written."""
    return max((at for at, fact in log_of(node) if fact.kind is kind), default=None)


def lately(
    case: Case, node: NodeCase, chosen: Callable[[LogFact], bool], *, within_s: float = LATELY_S
) -> tuple[tuple[float, LogFact], ...]:
    """Return lines since any daemon last started, oldest first, none older than so."""
    starts = [since(lb, LogKind.STARTED) or 0.0 for lb in case.lbs]
    begin = max([case.at - within_s, *(at for at in starts if at <= case.at)])
    return tuple((at, fact) for at, fact in log_of(node) if at >= begin and chosen(fact))


def says(*words: str) -> Callable[[LogFact], bool]:
    """Return what chooses lines that hold one of these words."""
    return lambda fact: any(word in fact.text for word in words)


def serves(node: NodeCase) -> bool | None:
    """Whether its nginx runs."""
    unit = node.unit(NGINX)
    return None if unit is None else unit.running


def out_of_reach(node: NodeCase) -> bool:
    """Whether the host could not be entered, and not for want of a jump host.

    While another try goes on, the reason of the one before stands.
    """
    if node.lost_jump is not None and node.lost_jump != node.name:
        return False
    again = node.link is LinkStatus.CONNECTING and node.link_detail is not None
    return again or node.link in (LinkStatus.LOST, LinkStatus.REFUSED)


def seen(node: NodeCase, what: Seen[T] | None, said: Note) -> Evidence:
    """Return evidence from a piece of the case."""
    return Evidence(said, node.name, what.at if what else None, what.shown_by if what else "")


def logged(node: NodeCase, line: tuple[float, LogFact]) -> Evidence:
    """Return a log line as evidence, word by word."""
    at, fact = line
    by = node.log.shown_by if node.log else ""
    return Evidence(Note("{line}", {"line": fact.text}), node.name, at, by)


def owning(node: NodeCase, vip: Vip) -> Evidence:
    """Return what shows that a node stands for a VIP: its addresses, else its daemon."""
    shown = node.addresses or node.daemon
    at, by = (shown.at, shown.shown_by) if shown else (None, "")
    return Evidence(note("{host} owns {vip}", host=node.name, vip=vip.address), node.name, at, by)
