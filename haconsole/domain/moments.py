"""Events as moments of the time line: what changed, in words, and how much it matters."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .daemon import CheckStatus, Daemon, LogFact, LogKind, VrrpState
from .events import (
    AnswerSeen,
    DaemonLogged,
    DaemonRead,
    FirewallRead,
    JournalRead,
    LinkChanged,
    LinkStatus,
    UnitsRead,
)
from .facts import Answer, Firewall, Unit, VrrpFirewall
from .notes import Note, all_of, note
from .state import LinkState, Moment, MomentKind, Ownership, Severity

_WARNING_PRIORITY = 4  # syslog(3): 4 is warning, lower is worse
_ERROR_PRIORITY = 3


def of_link(event: LinkChanged, before: LinkState) -> Iterator[Moment]:
    """A link came up or was lost; the tries in between are not told."""
    if event.status is before.status:
        return
    if event.status is LinkStatus.UP:
        said, severity = note("link up"), Severity.GOOD
    elif event.status is LinkStatus.LOST and before.status is not LinkStatus.CONNECTING:
        said, severity = _because(note("link lost"), event.detail), Severity.WARNING
    # As sentences: notes that read alike may hold values that they do not tell.
    elif event.status is LinkStatus.LOST and str(before.detail) != str(event.detail):
        said, severity = _because(note("cannot connect"), event.detail), Severity.WARNING
    elif event.status is LinkStatus.JUMP_LOST:
        said, severity = _because(note("jump lost"), event.detail), Severity.WARNING
    elif event.status is LinkStatus.REFUSED:
        said, severity = _because(note("refused"), event.detail), Severity.ERROR
    else:
        return
    yield Moment(event.at, event.host, MomentKind.LINK, severity, said)


def _because(what: Note, why: Note | None) -> Note:
    return note("{what}: {why}", what=what, why=why) if why else what


def of_units(event: UnitsRead, before: tuple[Unit, ...] | None) -> Iterator[Moment]:
    """A service changed its state between two readings."""
    was = {unit.name: unit for unit in before or ()}
    for unit in event.units:
        old = was.get(unit.name)
        if old is None or old.active == unit.active:
            continue
        severity = Severity.GOOD if unit.running else Severity.WARNING
        if unit.active == "failed":
            severity = Severity.ERROR
        name = unit.name.removesuffix(".service")
        said = note("{unit}: {old} → {new}", unit=name, old=old.active, new=unit.active)
        yield Moment(event.at, event.host, MomentKind.SERVICE, severity, said)


def of_daemon(event: DaemonRead, before: Daemon | None) -> Iterator[Moment]:
    """What a reading of the daemon shows that no log line has told: frozen, awake, gone."""
    if before is None:
        return
    now = event.daemon
    if now.frozen and not before.frozen:
        said, severity = note("keepalived is frozen and answers nothing"), Severity.ERROR
    elif before.frozen and not now.frozen and now.running:
        said, severity = note("keepalived answers again"), Severity.GOOD
    elif before.running and not now.running:
        said, severity = note("keepalived does not run any more"), Severity.ERROR
    else:
        return
    yield Moment(event.at, event.host, MomentKind.VRRP, severity, said)


_LOG_SEVERITY = {
    LogKind.STARTED: Severity.INFO,
    LogKind.STOPPED: Severity.WARNING,
    LogKind.KILLED: Severity.ERROR,
    LogKind.MISMATCH: Severity.ERROR,
    LogKind.REJECTED: Severity.ERROR,
    LogKind.TIMEOUT: Severity.WARNING,
    LogKind.HIGHER_PRIORITY: Severity.INFO,
    LogKind.LOWER_PRIORITY: Severity.INFO,
    LogKind.SEND_FAILED: Severity.ERROR,
    LogKind.CONFIG_ERROR: Severity.ERROR,
    LogKind.INTERFACE: Severity.WARNING,
    LogKind.SCRIPT: Severity.WARNING,
    LogKind.LATE: Severity.WARNING,
}
#: Several lines tell the same thing, in keepalived's words and in systemd's.
_LOG_NOTES = {
    LogKind.STARTED: note("keepalived started"),
    LogKind.STOPPED: note("keepalived stopped"),
}
_STATE_SEVERITY = {
    VrrpState.MASTER: Severity.GOOD,
    VrrpState.BACKUP: Severity.INFO,
    VrrpState.FAULT: Severity.ERROR,
    VrrpState.INIT: Severity.INFO,
}


def of_log(event: DaemonLogged, offset_s: float) -> Iterator[Moment]:
    """A line of keepalived's log that means something."""
    fact = event.fact
    if fact.kind is LogKind.OTHER:
        return
    said, severity, kind = _log(fact)
    yield Moment(event.node_at - offset_s, event.host, kind, severity, said, event.node_at)


def _log(fact: LogFact) -> tuple[Note, Severity, MomentKind]:
    if fact.kind is LogKind.TRANSITION and fact.state and fact.instance:
        said = note("{instance} → {state}", instance=fact.instance, state=fact.state.value)
        return said, _STATE_SEVERITY[fact.state], MomentKind.VRRP
    severity = _LOG_SEVERITY.get(fact.kind, Severity.INFO)
    if fact.kind is LogKind.PRIORITY and fact.instance and fact.priority is not None:
        said = note(
            "{instance}: effective priority now {priority}",
            instance=fact.instance,
            priority=fact.priority,
        )
        return said, Severity.WARNING, MomentKind.VRRP
    if fact.kind is LogKind.CHECK and fact.check and fact.status:
        if fact.status is CheckStatus.GOOD:
            said = note("check {check} passes", check=fact.check)
            return said, Severity.GOOD, MomentKind.CHECK
        return note("check {check} fails", check=fact.check), Severity.WARNING, MomentKind.CHECK
    kind = MomentKind.CHECK if fact.kind is LogKind.SCRIPT else MomentKind.VRRP
    return _LOG_NOTES.get(fact.kind) or note("{line}", line=fact.text), severity, kind


def of_journal(event: JournalRead, offset_s: float) -> Iterator[Moment]:
    """Lines that no other event explains."""
    for line in event.lines:
        if line.understood:
            continue
        severity = Severity.INFO
        if line.priority <= _ERROR_PRIORITY:
            severity = Severity.ERROR
        elif line.priority == _WARNING_PRIORITY:
            severity = Severity.WARNING
        unit = line.unit.removesuffix(".service")
        said = note("{unit}: {line}", unit=unit, line=line.text)
        at = line.node_at - offset_s
        yield Moment(at, event.host, MomentKind.JOURNAL, severity, said, line.node_at)


def of_firewall(event: FirewallRead, before: Firewall | None) -> Iterator[Moment]:
    """The firewall's way with VRRP changed between two readings."""
    if before is None or before.vrrp is event.firewall.vrrp:
        return
    blocked = event.firewall.vrrp is VrrpFirewall.BLOCKED
    said = (
        note("firewall ({kind}) now drops VRRP", kind=event.firewall.kind)
        if blocked
        else note("firewall ({kind}) lets VRRP in", kind=event.firewall.kind)
    )
    severity = Severity.ERROR if blocked else Severity.GOOD
    yield Moment(event.at, event.host, MomentKind.SERVICE, severity, said)


def of_answer(event: AnswerSeen, answer: Answer, before: Answer | None) -> Iterator[Moment]:
    """Clients began or ceased to be served."""
    if (before.ok if before else True) == answer.ok:
        return
    if answer.ok:
        said, severity = note("{vip} answers again", vip=event.vip), Severity.GOOD
    elif answer.status is None:
        said = note("{vip} does not answer: {problem}", vip=event.vip, problem=answer.problem)
        severity = Severity.ERROR
    else:
        said = note("{vip} answers {status}", vip=event.vip, status=answer.status)
        severity = Severity.ERROR
    yield Moment(event.at, event.host, MomentKind.ANSWER, severity, said)


def of_ownership(vip: str, before: Ownership, owners: tuple[str, ...], at: float) -> Moment:
    """The set of kernels that hold a VIP changed."""
    gone = ", ".join(name for name in before.owners if name not in owners)
    host = next((name for name in owners if name not in before.owners), "") or gone
    if not owners:
        said, severity = note("{vip} left {host}", vip=vip, host=gone), Severity.WARNING
    elif len(owners) > 1:
        said = note("{vip} is on {owners}", vip=vip, owners=all_of(owners))
        severity = Severity.ERROR
    elif not before.owners:
        gap = f"{max(0.0, at - before.since):.2f}"
        said = note(
            "{vip} is on {owner}, after {gap} s on no LB", vip=vip, owner=owners[0], gap=gap
        )
        severity = Severity.GOOD
    elif len(before.owners) > 1:
        said = note("{vip} is on {owner} alone", vip=vip, owner=owners[0])
        severity = Severity.GOOD
    else:
        said = note("{vip} moved from {old} to {owner}", vip=vip, old=gone, owner=owners[0])
        severity = Severity.WARNING
    return Moment(at, host.split(", ")[0], MomentKind.VIP, severity, said)


#: A line that repeats one of the newest so many, within so many seconds, is counted there.
_REPEATING = (MomentKind.JOURNAL, MomentKind.VRRP, MomentKind.CHECK)
_REPEAT_AMONG = 30
_REPEAT_WITHIN_S = 15.0


def merged(line: tuple[Moment, ...], told: Iterable[Moment]) -> tuple[Moment, ...]:
    """Return the time line with ``told`` added, ordered by time.

    A daemon in trouble writes the same line every second: such repeats are counted at the first
    of them, so that they do not push out what explains them.
    """
    moments = list(line)
    for moment in told:
        index = _repeated(moments, moment)
        if index is None:
            insort(moments, moment, key=lambda m: m.at)
        else:
            first = moments[index]
            last_at = max(first.last_at, moment.at)
            moments[index] = replace(first, count=first.count + 1, last_at=last_at)
    return tuple(moments)


def _repeated(moments: list[Moment], moment: Moment) -> int | None:
    if moment.kind not in _REPEATING:
        return None
    for index in range(len(moments) - 1, max(-1, len(moments) - 1 - _REPEAT_AMONG), -1):
        old = moments[index]
        if (old.host, old.kind, old.note) == (moment.host, moment.kind, moment.note):
            apart = moment.at - max(old.at, old.last_at)
            return index if 0 <= apart <= _REPEAT_WITHIN_S else None
    return None
