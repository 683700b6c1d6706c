"""The node table: one row a host, each cell a glyph and a word, grey where it is not current."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from haconsole.domain.daemon import CheckStatus, Daemon
from haconsole.domain.events import LinkStatus
from haconsole.domain.facts import VrrpFirewall
from haconsole.domain.model import Host, Role
from haconsole.domain.ownership import VipVerdict
from haconsole.domain.readings import Reading
from haconsole.domain.state import HostState
from haconsole.domain.verdict import NGINX
from haconsole.words import t

from . import marks
from .glance import Glance
from .ink import BLANK, Ink, Line, Tone, fit, ink, pad
from .units import latency, offset, short_duration

T = TypeVar("T")
Cell: TypeAlias = Callable[[Glance, Host], Line]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``width`` in cells; ``cell`` makes what stands in it."""

    title: str
    width: int
    cell: Cell


def link_cell(glance: Glance, host: Host) -> Line:
    """How we stand with the host's sshd."""
    glyph, word, tone = marks.LINK[glance.host(host.name).link.status]
    return (Ink(f"{glyph} {t(word)}", tone),)


def _unread(reading: Reading[T], known: HostState) -> Line:
    """Return the mark of what was never read: it is on its way, or it cannot be had."""
    if known.link.status is LinkStatus.UP and reading.problem is None:
        return (Ink(f"{marks.UNKNOWN} …", Tone.UNKNOWN),)
    return (Ink(f"{marks.UNKNOWN} ?", Tone.UNKNOWN),)


def keepalived_word(daemon: Daemon) -> tuple[str, str, Tone]:
    """Return glyph, word and tone of a daemon: its state, or why it has none."""
    if not daemon.running:
        return marks.BAD, t("stopped"), Tone.CRITICAL
    if daemon.frozen:
        return marks.BAD, t("frozen"), Tone.CRITICAL
    states = [instance.state for instance in daemon.instances]
    if not states:
        return marks.UNKNOWN, t("running"), Tone.UNKNOWN
    if len(set(states)) == 1:
        glyph, tone = marks.VRRP[states[0]]
        return glyph, states[0].value, tone
    masters = sum(state.value == "MASTER" for state in states)
    return marks.GOOD, f"{masters}/{len(states)} MASTER", Tone.OK


def _keepalived_cell(glance: Glance, host: Host) -> Line:
    if host.role is not Role.LB:
        return BLANK
    known = glance.host(host.name)
    daemon = known.current(known.daemon, glance.now)
    if daemon is not None:
        glyph, word, tone = keepalived_word(daemon)
        if tone is Tone.OK and _contested(glance, host):
            glyph, tone = marks.BAD, Tone.CRITICAL
        return (Ink(f"{glyph} {word}", tone),)
    if known.daemon.value is None:
        return _unread(known.daemon, known)
    _, word, _ = keepalived_word(known.daemon.value)
    return (Ink(f"{marks.UNKNOWN} {word}", Tone.STALE),)


def _contested(glance: Glance, host: Host) -> bool:
    """Whether the host shares a VIP with another owner: then being MASTER is no good news."""
    cluster = glance.state.site.cluster_of(host.name)
    held = glance.held_by(cluster, host.name) if cluster else ()
    return any(view.verdict is VipVerdict.SPLIT_BRAIN for view in held)


def priority_text(daemon: Daemon) -> tuple[str, bool]:
    """Return the priority (``base→effective`` where they differ), and whether they differ."""
    for instance in daemon.instances:
        base, effective = instance.base_priority, instance.effective_priority
        if base is not None and effective is not None and base != effective:
            return f"{base}→{effective}", True
    first = next((i.priority for i in daemon.instances if i.priority is not None), None)
    return ("" if first is None else str(first)), False


def _priority_cell(glance: Glance, host: Host) -> Line:
    known = glance.host(host.name)
    if known.daemon.value is None:
        return BLANK
    text, differs = priority_text(known.daemon.value)
    if known.current(known.daemon, glance.now) is None:
        return (ink(text, Tone.STALE),)
    return (ink(text, Tone.WARNING if differs else Tone.TEXT),)


def _check_cell(glance: Glance, host: Host) -> Line:
    known = glance.host(host.name)
    daemon = known.daemon.value
    if daemon is None or not daemon.checks:
        return BLANK
    good = sum(check.status is CheckStatus.GOOD for check in daemon.checks)
    text = f"{good}/{len(daemon.checks)}"
    if known.current(known.daemon, glance.now) is None:
        return (Ink(f"{marks.UNKNOWN} {text}", Tone.STALE),)
    worst = next(
        (
            status
            for status in (CheckStatus.BAD, None, CheckStatus.INIT, CheckStatus.DISABLED)
            if any(check.status is status for check in daemon.checks)
        ),
        CheckStatus.GOOD,
    )
    glyph, tone = marks.CHECK[worst]
    return (Ink(f"{glyph} {text}", tone),)


def unit_line(glance: Glance, host: Host, name: str) -> Line:
    """Return a service's glyph and state; grey when the reading is not current."""
    known = glance.host(host.name)
    unit = known.unit(name)
    if unit is None:
        return _unread(known.units, known) if known.units.value is None else (Ink("–", Tone.MUTED),)
    word = unit.active if unit.installed else t("missing")
    if known.current(known.units, glance.now) is None:
        return (ink(f"{marks.UNKNOWN} {word}", Tone.STALE),)
    if unit.running:
        return (ink(f"{marks.GOOD} {word}", Tone.OK),)
    if unit.active in ("activating", "deactivating"):
        return (ink(f"{marks.WARN} {word}", Tone.WARNING),)
    return (ink(f"{marks.BAD} {word}", Tone.CRITICAL),)


def _nginx_cell(glance: Glance, host: Host) -> Line:
    return unit_line(glance, host, NGINX)


def _firewall_cell(glance: Glance, host: Host) -> Line:
    if host.role is not Role.LB:
        return BLANK
    known = glance.host(host.name)
    firewall = known.firewall.value
    if firewall is None:
        return _unread(known.firewall, known)
    word, glyph, tone = {
        VrrpFirewall.ALLOWED: ("vrrp", marks.YES, Tone.OK),
        VrrpFirewall.BLOCKED: (t("drops"), marks.BAD, Tone.CRITICAL),
        VrrpFirewall.OFF: (t("off"), "–", Tone.MUTED),
    }[firewall.vrrp]
    if known.current(known.firewall, glance.now) is None:
        return (Ink(f"{marks.UNKNOWN} {word}", Tone.STALE),)
    return (Ink(f"{glyph} {word}", tone),)


def _load_cell(glance: Glance, host: Host) -> Line:
    known = glance.host(host.name)
    load = known.load.value
    if load is None:
        return BLANK
    tone = Tone.WARNING if load.one_minute > load.processors else Tone.TEXT
    if known.current(known.load, glance.now) is None:
        tone = Tone.STALE
    text = f"{load.one_minute:.2f}" if load.one_minute < 100 else f"{load.one_minute:.0f}"
    return (ink(fit(text, 5, right=True) if len(text) <= 5 else text, tone),)


def _age_cell(glance: Glance, host: Host) -> Line:
    known = glance.host(host.name)
    if known.age_at is None:
        return (Ink(fit("–", 5, right=True), Tone.MUTED),)
    text = short_duration(max(0.0, glance.now - known.age_at))
    current = known.current(known.addresses, glance.now) is not None
    return (ink(fit(text, 5, right=True), Tone.MUTED if current else Tone.STALE),)


def _holds_cell(glance: Glance, host: Host) -> Line:
    cluster = glance.state.site.cluster_of(host.name)
    if cluster is None or host.role is not Role.LB:
        return BLANK
    held = " ".join(view.vip.address for view in glance.held_by(cluster, host.name))
    if held:
        return (ink(held, Tone.STRONG),)
    last = " ".join(v.address for v in cluster.vips if host.name in glance.owners(v.address))
    return (ink(last, Tone.STALE),)


def _rtt_cell(glance: Glance, host: Host) -> Line:
    link = glance.host(host.name).link
    if link.rtt_s is None:
        return BLANK
    return (Ink(latency(link.rtt_s), Tone.MUTED if link.status is LinkStatus.UP else Tone.STALE),)


def _clock_cell(glance: Glance, host: Host) -> Line:
    known = glance.host(host.name)
    clock = known.clock.value
    if clock is None:
        return BLANK
    tone = Tone.WARNING if abs(clock.offset_s) > max(0.5, clock.error_s) else Tone.MUTED
    if known.current(known.clock, glance.now) is None:
        tone = Tone.STALE
    return (Ink(offset(clock.offset_s), tone),)


def _version_cell(glance: Glance, host: Host) -> Line:
    daemon = glance.host(host.name).daemon.value
    return (ink(daemon.version, Tone.MUTED),) if daemon and daemon.version else BLANK


def _address_cell(_: Glance, host: Host) -> Line:
    return (ink(host.address, Tone.MUTED),)


def _cluster_cell(glance: Glance, host: Host) -> Line:
    cluster = glance.state.site.cluster_of(host.name)
    return (ink(cluster.name if cluster else "", Tone.MUTED),)


def _basic() -> list[Column]:
    return [
        Column(t("LINK"), 11, link_cell),
        Column(t("KEEPALIVED"), 10, _keepalived_cell),
        Column(t("PRIO"), 7, _priority_cell),
        Column(t("CHECK"), 5, _check_cell),
        Column(t("NGINX"), 10, _nginx_cell),
        Column(t("FIREWALL"), 8, _firewall_cell),
        Column(fit(t("LOAD"), 5, right=True), 5, _load_cell),
        Column(fit(t("AGE"), 5, right=True), 5, _age_cell),
    ]


def columns_for(width: int, names: int, *, cluster: bool = False) -> list[Column]:
    """Return the columns that fit ``width`` cells; ``names`` is the longest name's width.

    ``cluster``: the rows are of several clusters, so the cluster is worth its room.
    """
    basic = _basic()
    taken = 2 + sum(column.width + 1 for column in basic)
    room = width - taken
    node = max(8, min(names, room if room > 8 else 8, 24))
    extra = room - node
    chosen: list[Column] = []
    offers = [
        Column(t("HOLDS"), 16, _holds_cell),
        Column(t("RTT"), 7, _rtt_cell),
        Column(t("CLOCK"), 9, _clock_cell),
        Column(t("ADDRESS"), 16, _address_cell),
        Column(t("VERSION"), 8, _version_cell),
    ]
    if cluster:
        offers.insert(0, Column(t("CLUSTER"), 10, _cluster_cell))
    extra -= 1
    for offer in offers:
        if offer.width + 1 <= extra:
            chosen.append(offer)
            extra -= offer.width + 1
    if chosen:
        basic[-1] = replace(basic[-1], width=basic[-1].width + 1)
    return [Column(t("NODE"), node, _node_cell), *basic, *chosen]


def _node_cell(glance: Glance, host: Host) -> Line:
    glyph, tone = marks.LEVEL[glance.host_level(host.name)]
    del glyph
    strong = Tone.STRONG if tone is Tone.OK else tone
    return (ink(host.name, strong),)


def header_line(columns: list[Column]) -> Line:
    """Return the titles."""
    titles = (Ink(fit(column.title, column.width) + " ", Tone.HEAD) for column in columns)
    return (Ink(" "), *titles)


def node_line(glance: Glance, host: Host, columns: list[Column], *, marked: bool = False) -> Line:
    """Return a host's row."""
    parts: list[Ink] = [Ink("▎" if marked else " ", Tone.ACCENT)]
    for column in columns:
        parts.extend(pad(column.cell(glance, host), column.width))
        parts.append(Ink(" "))
    return tuple(parts)


def keepalived_line(glance: Glance, host: Host, *, priority: bool = True) -> Line:
    """Return state and priority of a host's keepalived in short, for the topology."""
    state = _keepalived_cell(glance, host)
    if not priority:
        return state
    return (*state, Ink(" "), *_priority_cell(glance, host))
