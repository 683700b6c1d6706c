"""One node, whole: services, addresses, keepalived as the daemon sees itself, checks."""

from __future__ import annotations

from typing import TypeVar

from haconsole.domain.daemon import Check, Daemon, DaemonSource, Instance
from haconsole.domain.events import LinkStatus
from haconsole.domain.facts import JournalLine, Unit
from haconsole.domain.model import Become, Host, Role
from haconsole.domain.readings import Reading
from haconsole.domain.state import HostState
from haconsole.telling import say
from haconsole.words import t

from . import marks
from .glance import Glance
from .ink import BLANK, Ink, Line, Tone, fit, ink, join, pad, spread, wrap
from .nodes import keepalived_word, priority_text
from .units import duration, latency, offset, short_duration, time_of_day, time_with_ms

T = TypeVar("T")
_SOURCES = {
    DaemonSource.JSON: "from its JSON dump",
    DaemonSource.DUMP: "from its data dump",
    DaemonSource.LOG: "from its log",
    DaemonSource.PROCESS: "from the process list",
}


def overview_lines(glance: Glance, host: Host, width: int) -> list[Line]:
    """Return everything known of a host, in two columns where there is room for them."""
    known = glance.host(host.name)
    column = width if width < 110 else (width - 3) // 2
    left = [
        *_link(glance, host, known, column),
        *_services(glance, known, column),
        *_addresses(glance, host, known, column),
    ]
    right = []
    if host.role is Role.LB:
        right += _daemon(glance, known, column)
        right += _firewall(glance, known, column)
    right += _rest(glance, known, column)
    if column == width:
        return left + right
    height = max(len(left), len(right))
    left += [BLANK] * (height - len(left))
    right += [BLANK] * (height - len(right))
    return [
        (*pad(one, column), Ink(" │ ", Tone.LINE), *two)
        for one, two in zip(left, right, strict=True)
    ]


def _title(text: str, glance: Glance, known: HostState, reading: Reading[T], width: int) -> Line:
    """Return a section's title with the age of its reading, and why there is no newer one."""
    if reading.at is None:
        age: Line = (Ink(t("never read"), Tone.UNKNOWN),)
    else:
        span = short_duration(max(0.0, glance.now - reading.at))
        stale = known.current(reading, glance.now) is None
        word = t("stale, {age} old", age=span) if stale else t("{age} old", age=span)
        age = (Ink(word, Tone.STALE if stale else Tone.MUTED),)
    return spread((Ink(f" {text}", Tone.HEAD),), (*age, Ink(" ")), width)


def _problem(problem: str | None, width: int) -> list[Line]:
    if problem is None:
        return []
    return wrap((Ink(f"  {marks.WARN} ", Tone.WARNING), ink(problem)), width - 1, hang=4)


def _tone(glance: Glance, known: HostState, reading: Reading[T], tone: Tone) -> Tone:
    return tone if known.current(reading, glance.now) is not None else Tone.STALE


def _row(name: str, value: Line, width: int, *, label: int = 14) -> list[Line]:
    line = (Ink("  " + fit(name, label) + " ", Tone.MUTED), *value)
    return wrap(line, width - 1, hang=label + 3)


def _link(glance: Glance, host: Host, known: HostState, width: int) -> list[Line]:
    glyph, word, tone = marks.LINK[known.link.status]
    span = t(" for {span}", span=duration(glance.now - known.link.since))
    rtt = f" · {latency(known.link.rtt_s)}" if known.link.rtt_s is not None else ""
    lines: list[Line] = [
        (Ink(f" {t('LINK')}", Tone.HEAD),),
        *_row(t("ssh"), (Ink(f"{glyph} {t(word)}", tone), Ink(span + rtt, Tone.MUTED)), width),
    ]
    if known.link.status is not LinkStatus.UP and known.link.detail is not None:
        lines += wrap((Ink("    "), ink(say(known.link.detail))), width - 1, hang=4)
    if known.link.retry_at is not None and known.link.status is not LinkStatus.UP:
        wait = duration(known.link.retry_at - glance.now)
        lines += _row(t("next try"), (Ink(t("in {span}", span=wait)),), width)
    access = host.access
    port = f":{access.port}" if access.port else ""
    user = f"{access.user}@" if access.user else ""
    lines += _row(t("address"), (ink(f"{user}{access.address}{port}"),), width)
    if access.jumps:
        lines += _row(t("via"), (ink(" › ".join(access.jumps)),), width)
    become = t("sudo") if access.become is Become.SUDO else t("nothing, as the user itself")
    lines += _row(t("root by"), (Ink(become),), width)
    return [*lines, BLANK]


def _services(glance: Glance, known: HostState, width: int) -> list[Line]:
    reading = known.units
    lines = [
        _title(t("SERVICES"), glance, known, reading, width),
        *_problem(reading.problem, width),
    ]
    for unit in reading.value or ():
        lines += _row(unit.name.removesuffix(".service"), _unit(glance, known, unit), width)
    return [*lines, BLANK]


def _unit(glance: Glance, known: HostState, unit: Unit) -> Line:
    if not unit.installed:
        return (Ink(f"– {t('not installed')}", Tone.MUTED),)
    glyph, tone = (marks.GOOD, Tone.OK) if unit.running else (marks.IDLE, Tone.WARNING)
    if unit.active == "failed":
        glyph, tone = marks.BAD, Tone.CRITICAL
    if known.current(known.units, glance.now) is None:
        glyph, tone = marks.UNKNOWN, Tone.STALE
    rest = [part for part in (unit.sub, unit.enabled) if part]
    if unit.since is not None:
        rest.insert(0, t("for {span}", span=duration(glance.now - (unit.since - known.offset_s))))
    if unit.main_pid:
        rest.append(t("pid {pid}", pid=unit.main_pid))
    if unit.result and unit.result != "success":
        rest.append(unit.result)
    return (ink(f"{glyph} {unit.active}", tone), ink(" " + " · ".join(rest), Tone.MUTED))


def _addresses(glance: Glance, host: Host, known: HostState, width: int) -> list[Line]:
    reading = known.addresses
    lines = [
        _title(t("ADDRESSES"), glance, known, reading, width),
        *_problem(reading.problem, width),
    ]
    cluster = glance.state.site.cluster_of(host.name)
    vips = {vip.address for vip in cluster.vips} if cluster else set()
    macs = {item.name: item for item in known.interfaces.value or ()}
    for address in reading.value or ():
        is_vip = address.address in vips
        tone = _tone(glance, known, reading, Tone.STRONG if is_vip else Tone.TEXT)
        mark = f"  ◀ {t('VIP')}" if is_vip else ""
        flags = f" {' '.join(address.flags)}" if address.flags else ""
        value = (ink(f"{address.address}/{address.prefix}{mark}", tone), ink(flags, Tone.MUTED))
        lines += _row(address.interface, value, width)
    for interface in macs.values():
        glyph, word, tone = (
            (marks.GOOD, t("up"), Tone.OK) if interface.up else (marks.BAD, t("down"), Tone.WARNING)
        )
        if known.current(known.interfaces, glance.now) is None:
            glyph, tone = marks.UNKNOWN, Tone.STALE
        mac = (ink(f" {interface.mac or ''}", Tone.MUTED),)
        lines += _row(interface.name, (Ink(f"{glyph} {word}", tone), *mac), width)
    return [*lines, BLANK]


def _daemon(glance: Glance, known: HostState, width: int) -> list[Line]:
    reading = known.daemon
    title = t("KEEPALIVED, AS IT SEES ITSELF")
    lines = [_title(title, glance, known, reading, width), *_problem(reading.problem, width)]
    daemon = reading.value
    if daemon is None:
        return [*lines, BLANK]
    glyph, word, tone = keepalived_word(daemon)
    version = f" {daemon.version}" if daemon.version else ""
    pid = t(" · pid {pid}", pid=daemon.pid) if daemon.pid else ""
    source = " · " + t(_SOURCES[daemon.source])
    state = Ink(f"{glyph} {word}", _tone(glance, known, reading, tone))
    lines += _row(t("daemon"), (state, ink(version + pid + source, Tone.MUTED)), width)
    for instance in daemon.instances:
        lines += _instance(glance, known, daemon, instance, width)
    lines += [BLANK, *_checks(glance, known, daemon, width)]
    return [*lines, BLANK]


def _instance(
    glance: Glance, known: HostState, daemon: Daemon, instance: Instance, width: int
) -> list[Line]:
    glyph, tone = marks.VRRP[instance.state]
    tone = _tone(glance, known, known.daemon, tone)
    since = ""
    if instance.last_transition:
        span = duration(glance.now - (instance.last_transition - known.offset_s))
        since = t(" for {span}", span=span)
    lines = _row(instance.name, (Ink(f"{glyph} {instance.state.value}", tone), Ink(since)), width)
    single = Daemon(daemon.running, daemon.source, instances=(instance,))
    text, differs = priority_text(single)
    priority = _tone(glance, known, known.daemon, Tone.WARNING if differs else Tone.TEXT)
    facts: list[Line] = [(ink(t("priority {text}", text=text or "?"), priority),)]
    for name, value in (
        ("vrid {value}", instance.vrid),
        ("VRRPv{value}", instance.version),
        ("advert {value} s", _plain(instance.advert_int_s)),
        ("on {value}", instance.interface),
        ("auth {value}", instance.auth_type),
    ):
        if value is not None:
            facts.append((ink(t(name, value=value), Tone.TEXT),))
    if instance.nopreempt:
        facts.append((Ink(t("nopreempt"), Tone.TEXT),))
    lines += [(Ink(" " * 17), *line) for line in wrap(join(facts, " · "), width - 18)]
    if instance.master_router:
        prio = instance.master_priority
        heard = t("hears {router}", router=instance.master_router)
        heard += t(" with priority {priority}", priority=prio) if prio is not None else ""
        lines += _row("", (ink(heard, Tone.MUTED),), width)
    if instance.vips:
        lines += _row("", (ink(" ".join(instance.vips), Tone.MUTED),), width)
    return lines


def _plain(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _checks(glance: Glance, known: HostState, daemon: Daemon, width: int) -> list[Line]:
    if not daemon.checks:
        return [(Ink(f" {t('CHECKS')}", Tone.HEAD),), (Ink(f"  {t('none')}", Tone.MUTED),)]
    lines: list[Line] = [(Ink(f" {t('CHECKS')}", Tone.HEAD),)]
    for check in daemon.checks:
        glyph, tone = marks.CHECK[check.status]
        word = check.status.value if check.status else t("not known")
        tone = _tone(glance, known, known.daemon, tone)
        value = (Ink(f"{glyph} {word}", tone), ink(_check_facts(check), Tone.MUTED))
        lines += _row(check.name, value, width)
        if check.script:
            lines += _row("", (ink(check.script, Tone.MUTED),), width)
    return lines


def _check_facts(check: Check) -> str:
    parts = []
    if check.weight is not None:
        parts.append(t("weight {value}", value=f"{check.weight:+d}" if check.weight else 0))
    if check.interval_s is not None:
        parts.append(t("every {value} s", value=f"{check.interval_s:g}"))
    if check.fall is not None and check.rise is not None:
        parts.append(t("fall {fall}, rise {rise}", fall=check.fall, rise=check.rise))
    return " " + " · ".join(parts) if parts else ""


def _firewall(glance: Glance, known: HostState, width: int) -> list[Line]:
    reading = known.firewall
    lines = [
        _title(t("FIREWALL"), glance, known, reading, width),
        *_problem(reading.problem, width),
    ]
    firewall = reading.value
    if firewall is not None:
        word, tone = {
            "allowed": (t("{mark} lets VRRP in", mark=marks.YES), Tone.OK),
            "blocked": (t("{mark} drops VRRP", mark=marks.BAD), Tone.CRITICAL),
            "off": (t("– filters nothing"), Tone.MUTED),
        }[firewall.vrrp.value]
        value = (Ink(word, _tone(glance, known, reading, tone)),)
        lines += _row(firewall.kind, value, width)
        if firewall.detail:
            lines += wrap((Ink("    "), ink(firewall.detail, Tone.MUTED)), width - 1, hang=4)
    return [*lines, BLANK]


def _rest(glance: Glance, known: HostState, width: int) -> list[Line]:
    lines: list[Line] = [(Ink(f" {t('THE REST')}", Tone.HEAD),)]
    load, clock = known.load.value, known.clock.value
    if load is not None:
        text = t("{load} on {count} CPUs", load=f"{load.one_minute:.2f}", count=load.processors)
        lines += _row(t("load"), (ink(text, _tone(glance, known, known.load, Tone.TEXT)),), width)
    if clock is not None:
        text = f"{offset(clock.offset_s)} ±{latency(clock.error_s)}"
        lines += _row(t("clock"), (ink(text, _tone(glance, known, known.clock, Tone.TEXT)),), width)
    if known.hits.value is not None:
        kind = t("names the backend") if known.hits_upstream else t("does not name the backend")
        lines += _row(t("hit log"), (ink(f"{known.hits.value} ({kind})"),), width)
    for problem in (
        known.load.problem,
        known.clock.problem,
        known.hits.problem,
        known.journal.problem,
    ):
        lines += _problem(problem, width)
    return lines


def journal_line(line: JournalLine) -> Line:
    """Return a line of a unit's journal."""
    tone = Tone.TEXT
    if line.priority <= 3:
        tone = Tone.CRITICAL
    elif line.priority == 4:
        tone = Tone.WARNING
    elif line.priority >= 7:
        tone = Tone.MUTED
    glyph = {Tone.CRITICAL: marks.BAD, Tone.WARNING: marks.WARN}.get(tone, " ")
    unit = line.unit.removesuffix(".service")
    return (
        Ink(f" {time_with_ms(line.node_at)} ", Tone.MUTED),
        Ink(f"{glyph} ", tone),
        Ink(fit(unit, 11) + " ", Tone.MUTED),
        ink(line.text, tone),
    )


def journal_text(line: JournalLine) -> str:
    """Return a journal line as plain text, to be copied or searched."""
    return f"{time_of_day(line.node_at)} {line.unit} {line.text}"
