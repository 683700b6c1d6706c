"""One LB's VRRP instance with everything that decides what it would do: file, version, state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import MappingProxyType

from .conf import InstanceConf, KeepalivedConf, ScriptConf
from .daemon import CheckStatus, Daemon, VrrpState
from .notes import Note, note
from .vrrp import (
    DEFAULT_PRIORITY,
    DOWN_ADVERTS,
    GARP_DELAY_S,
    NEW_ELECTION,
    OWNER,
    Waits,
    advert_int,
    clamp,
    effective_sum,
)


def vrrp_version(conf: KeepalivedConf, instance: InstanceConf) -> int:
    """Return which VRRP an instance speaks, 2 or 3.

    IPv6 addresses go with 3, unless the instance itself says 2 and is not strict; the global
    ``vrrp_version`` does not count for them (``vrrp_complete_instance``, 2.2.7).
    """
    if any(":" in vip.address for vip in instance.vips):
        strict = instance.strict or conf.vrrp_strict
        return 3 if strict else instance.version or 3
    return instance.version or conf.vrrp_version or 2


@dataclass(frozen=True, slots=True)
class Tracked:
    """A ``vrrp_script`` as an instance tracks it.

    ``weight``: the tracking's own, else the script's; 0 means FAULT. ``asleep``: why keepalived
    makes nothing of it, ``None`` when it counts.
    """

    script: ScriptConf
    weight: int
    passes: bool = True
    asleep: Note | None = None

    @property
    def interval_s(self) -> float:
        """How often it is asked, seconds; 1 where the file does not say (keepalived.conf(5))."""
        return self.script.interval_s or 1.0

    @property
    def timeout_s(self) -> float:
        """After how long it is ended (SIGTERM), which counts as failed; the interval by default."""
        return self.script.timeout_s or self.interval_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """An LB's instance: its file, and what is known of the daemon now.

    ``keepalived``: the daemon's version, ``None`` is taken for a current one.
    ``effective_priority``: as the daemon tells it; what it has beyond the known checks
    (interfaces, processes, files) is kept in every what-if. ``missing_scripts``: names of checks
    whose program is not there or cannot be run. ``serves``: nginx answers there. ``address``: from
    where it sends its adverts, which decides between equals (RFC 3768, 6.4.3). ``left_out_s``: for
    how long its nginx asks a web node no more that it did not reach (``fail_timeout``), seconds.
    """

    name: str
    conf: KeepalivedConf
    instance: InstanceConf
    keepalived: tuple[int, ...] | None = None
    running: bool = True
    frozen: bool = False
    state: VrrpState | None = None
    effective_priority: int | None = None
    checks: Mapping[str, CheckStatus] = field(default_factory=lambda: MappingProxyType({}))
    missing_scripts: frozenset[str] = frozenset()
    serves: bool = True
    address: str = ""
    left_out_s: float = 0.0

    @property
    def old(self) -> bool:
        """Whether this is keepalived before 2.0, with its other elections."""
        return self.keepalived is not None and self.keepalived < NEW_ELECTION

    @property
    def vrrp_version(self) -> int:
        """2 or 3."""
        return vrrp_version(self.conf, self.instance)

    @property
    def advert_int_s(self) -> float:
        """Seconds between its adverts."""
        return advert_int(self.instance.advert_int_s, self.vrrp_version)

    @property
    def base_priority(self) -> int:
        """What the file says."""
        known = self.instance.priority
        return DEFAULT_PRIORITY if known is None else known

    @property
    def begins_as_master(self) -> bool:
        """``state MASTER``; it takes ``nopreempt`` and ``preempt_delay`` away."""
        return self.instance.state == VrrpState.MASTER

    @property
    def preempts(self) -> bool:
        """Whether it takes the addresses from a lower one (``vrrp_complete_instance``)."""
        return not self.instance.nopreempt or self.begins_as_master or self.base_priority == OWNER

    @property
    def preempt_delay_s(self) -> float:
        """Seconds for which it lets a lower one be."""
        none = self.begins_as_master or self.instance.nopreempt or self.instance.strict
        return 0.0 if none else self.instance.preempt_delay_s or 0.0

    @property
    def down_adverts(self) -> int:
        """Adverts that may be missed."""
        said = self.instance.down_timer_adverts or self.conf.down_timer_adverts
        strict = self.instance.strict or self.conf.vrrp_strict
        return DOWN_ADVERTS if strict or not said else said

    @property
    def garp_refresh_s(self) -> float:
        """How often an owner repeats its gratuitous ARPs, seconds; 0: never."""
        own = self.instance.garp_refresh_s
        return (self.conf.garp_refresh_s or 0.0) if own is None else own

    @property
    def garp_delay_s(self) -> float:
        """After how long it sends its gratuitous ARPs once more, seconds; 0: never.

        keepalived.conf(5): garp_master_delay, 5 by default.
        """
        for said in (self.instance.garp_delay_s, self.conf.garp_delay_s):
            if said is not None:
                return said
        return GARP_DELAY_S

    @property
    def answers_higher(self) -> bool:
        """Whether it answers a better advert before it yields (``higher_prio_send_advert``)."""
        if self.instance.strict or self.conf.vrrp_strict:
            return False
        own = self.instance.higher_prio_send_advert
        return bool(self.conf.higher_prio_send_advert if own is None else own)

    @property
    def rank(self) -> tuple[int, int]:
        """What decides between two that both send adverts: priority, then address."""
        return self.priority(), int(ip_address(self.address)) if self.address else 0

    def waits(self, advert_int_s: float | None = None) -> Waits:
        """Return its timers; ``advert_int_s``: a version 3 master's interval, else its own."""
        return Waits(
            priority=self.base_priority if self.old else self.priority(),
            advert_int_s=advert_int_s or self.advert_int_s,
            vrrp_version=self.vrrp_version,
            adverts=self.down_adverts,
            old=self.old,
        )

    def tracked(self) -> tuple[Tracked, ...]:
        """Return the checks that the instance names, in its order."""
        scripts = {script.name: script for script in self.conf.scripts}
        found = []
        for track in self.instance.track_scripts:
            script = scripts.get(track.name, ScriptConf(track.name, track.line))
            weight = track.weight if track.weight is not None else script.weight or 0
            status = self.checks.get(track.name)
            asleep = self._asleep(track.name, weight, known=track.name in scripts)
            found.append(Tracked(script, weight, status is not CheckStatus.BAD, asleep))
        return tuple(found)

    def priority(self, fails: Collection[str] = ()) -> int:
        """Return its effective priority if the checks named in ``fails`` failed too."""
        awake = [one for one in self.tracked() if one.asleep is None and one.weight]
        now = effective_sum(self.base_priority, [(one.weight, one.passes) for one in awake])
        then = effective_sum(
            self.base_priority,
            [(one.weight, one.passes and one.script.name not in fails) for one in awake],
        )
        if self.effective_priority is None or self.base_priority == OWNER:
            return then
        return clamp(then + self.effective_priority - now)

    def unable(self) -> Note | None:
        """Return why it could not own the addresses now; ``None`` when it could."""
        if not self.running:
            return note("keepalived does not run on {host}", host=self.name)
        if self.frozen:
            return note("keepalived on {host} is frozen", host=self.name)
        for one in self.tracked():
            if one.asleep is None and not one.weight and not one.passes:
                return note(
                    "the check {check} fails on {host}", check=one.script.name, host=self.name
                )
        if self.state is VrrpState.FAULT:
            return note("{host} is in FAULT", host=self.name)
        return None

    def _asleep(self, name: str, weight: int, *, known: bool) -> Note | None:
        """Say why keepalived makes nothing of a check, if so (``check_track_script_secure``)."""
        values = {"host": self.name, "check": name}
        if not known:
            return note("{host} tracks the check {check}, which its file does not define", **values)
        if name in self.missing_scripts:
            return note(
                "the script of the check {check} is not there on {host}, so that keepalived "
                "switches the check off",
                **values,
            )
        if self.checks.get(name) is CheckStatus.DISABLED:
            return note("keepalived has switched the check {check} off on {host}", **values)
        if weight and self.base_priority == OWNER:
            return note("{host} has priority 255, which no weight changes", host=self.name)
        group = next((g for g in self.conf.sync_groups if self.instance.name in g.members), None)
        if weight and group is not None and not group.tracks_weight:
            return note(
                "{instance} on {host} is in the sync group {group}, in which keepalived ignores "
                "weights",
                instance=self.instance.name,
                host=self.name,
                group=group.name,
            )
        return None


def router_of(
    name: str,
    conf: KeepalivedConf,
    vip: str,
    daemon: Daemon | None = None,
    *,
    vrid: int | None = None,
    keepalived: tuple[int, ...] | None = None,
    missing_scripts: Collection[str] = (),
    serves: bool = True,
    address: str = "",
) -> Router | None:
    """Put together what is known of an LB; ``None`` when its file has no instance for the VIP.

    ``daemon`` ``None``: not known, taken to run as the file says.
    """
    instance = next(
        (one for one in conf.instances if any(own.address == vip for own in one.vips)),
        next((one for one in conf.instances if vrid is not None and one.vrid == vrid), None),
    )
    if instance is None:
        return None
    live = daemon.instance_for(vip, instance.vrid) if daemon else None
    statuses = {one.name: one.status for one in daemon.checks if one.status} if daemon else {}
    return Router(
        name=name,
        conf=conf,
        instance=instance,
        keepalived=keepalived,
        running=daemon is None or daemon.running,
        frozen=daemon is not None and daemon.frozen,
        state=live.state if live else None,
        effective_priority=live.effective_priority if live else None,
        checks=MappingProxyType(statuses),
        missing_scripts=frozenset(missing_scripts),
        serves=serves,
        address=address or instance.unicast_source or "",
    )


def election(lbs: Iterable[Router]) -> str | None:
    """Return which LB owns the addresses once all is settled; ``None``: nobody can.

    A current owner (state MASTER) keeps them against everyone that is not above it or does not
    preempt; several owners hear one another and the best stays; without one the best takes them
    (RFC 3768, 6.4; keepalived's ``vrrp_state_backup``).
    """
    able = [lb for lb in lbs if lb.unable() is None]
    masters = [lb for lb in able if lb.state is VrrpState.MASTER]
    best = max(masters, key=lambda lb: lb.rank, default=None)
    if best is None:
        best = max(able, key=lambda lb: lb.rank, default=None)
    else:
        above = [lb for lb in able if lb.preempts and lb.priority() > best.priority()]
        best = max(above, key=lambda lb: lb.rank, default=best)
    return best.name if best else None


def current_owner(lbs: Sequence[Router]) -> Router | None:
    """Return the one LB that says MASTER, else the one that would be elected."""
    masters = [lb for lb in lbs if lb.state is VrrpState.MASTER and lb.running]
    if len(masters) == 1:
        return masters[0]
    elected = election(lbs)
    return next((lb for lb in lbs if lb.name == elected), None)
