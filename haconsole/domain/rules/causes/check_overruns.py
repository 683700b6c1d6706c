"""A check outlives its interval: keepalived ends it, and that counts as failed.

keepalived writes a line when a check's verdict falls by that (``VRRP_Script(NAME) timed out``),
not for each run. On a machine that is busy for a moment this happens to a check that is well: so
it is a cause only where the check stays bad, or where it comes again; and it is over when the
check has been well for longer than it was between the last two times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ...daemon import CheckStatus, LogFact, LogKind
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase, log_of
from ..finding import Finding, Fix, Rule
from ..looking import lately, logged, seen

Lines: TypeAlias = tuple[tuple[float, LogFact], ...]
#: Seconds: what is older is over; a check that stays bad for so long is not only late once; one
#: that is well for so long, and longer than between two overruns, is well.
_LATELY_S, _STAYS_S, _WELL_S = 300.0, 10.0, 30.0


def _timed_out(fact: LogFact) -> bool:
    """1.3.5: ``timed out``; 2.x: ``timed_out`` and ``Script … timed out``."""
    text = fact.text
    about = "VRRP_Script(" in text or fact.check is not None or "cript" in text
    return about and ("timed out" in text or "timed_out" in text or "signal 15" in text)


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        lines = _real(case, node)
        if not lines:
            continue
        daemon = node.daemon.value if node.daemon else None
        names = {fact.check for _, fact in lines if fact.check}
        slow = [
            c for c in (daemon.checks if daemon else ())
            if c.timeout_s and c.interval_s and c.timeout_s > c.interval_s
        ]  # fmt: skip
        title = note(
            "The check {checks} on {host} does not end in time",
            checks=", ".join(sorted(names)) or ", ".join(c.name for c in slow) or "?",
            host=node.name,
        )
        yield Finding(
            cause="check-overruns",
            title=title,
            severity=Level.WARNING,
            confidence=0.88,
            nodes=(node.name,),
            evidence=(
                logged(node, lines[-1]),
                *(
                    seen(node, node.daemon, note(
                        "{host}: {check} may run {timeout} s and is due every {interval} s",
                        host=node.name, check=c.name, timeout=c.timeout_s or 0,
                        interval=c.interval_s or 0,
                    ))
                    for c in slow
                ),
            ),
            impact=note("A check that is ended counts as failed: the VIP moves away from a host "
                        "that is well."),
            fix=Fix(note("Let it give up by itself (curl -m 1) below its interval."),
                    "install-check"),
        )  # fmt: skip


def _asked(node: NodeCase) -> set[str] | None:
    """Return the checks that keepalived asks now; ``None``: not known."""
    if node.daemon is not None and node.daemon.value.checks:
        return {check.name for check in node.daemon.value.checks}
    if node.conf is None:
        return None
    return {track.name for one in node.conf.value.instances for track in one.track_scripts}


def _real(case: Case, node: NodeCase) -> Lines:
    """Return the overruns that tell of more than a busy moment, oldest first."""
    asked = _asked(node)
    lines = tuple(
        line
        for line in lately(case, node, _timed_out, within_s=_LATELY_S)
        # What was taken out of the configuration since cannot overrun any more.
        if asked is None or line[1].check is None or line[1].check in asked
    )
    if not lines:
        return ()
    last_at, last = lines[-1]
    well_at = _well_again_at(node, last.check, last_at)
    gap_s = last_at - lines[-2][0] if len(lines) > 1 else None
    if well_at is None:
        stays = not case.live or case.at - last_at >= _STAYS_S
        return lines if stays or gap_s is not None else ()
    comes_again = gap_s is not None and case.at - well_at <= max(gap_s, _WELL_S)
    return lines if comes_again else ()


def _well_again_at(node: NodeCase, check: str | None, since: float) -> float | None:
    """Return when a check (``None``: any) was well for the first time after a moment."""
    told = [
        at
        for at, fact in log_of(node)
        if at > since and fact.kind is LogKind.CHECK and fact.status is CheckStatus.GOOD
        if check is None or fact.check == check
    ]
    if told:
        return told[0]
    read = node.daemon
    if read is None or read.at is None or read.at <= since:
        return None
    known = [one.status for one in read.value.checks if check in (None, one.name)]
    return read.at if known and set(known) == {CheckStatus.GOOD} else None


RULE = Rule(
    "check-overruns",
    note("A check outlives its interval, is ended, and counts as failed."),
    _find,
    explains=frozenset({"check-failing", "flapping"}),
)
