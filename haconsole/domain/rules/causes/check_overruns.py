"""A check outlives its interval: keepalived ends it, and that counts as failed."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogFact
from ...notes import note
from ...verdict import Level
from ..case import Case, NodeCase
from ..finding import Finding, Fix, Rule
from ..looking import lately, logged, seen


def _timed_out(fact: LogFact) -> bool:
    """1.3.5: ``timed out``; 2.x: ``timed_out`` and ``Script … timed out``."""
    text = fact.text
    about = "VRRP_Script(" in text or fact.check is not None or "cript" in text
    return about and ("timed out" in text or "timed_out" in text or "signal 15" in text)


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        daemon = node.daemon.value if node.daemon else None
        asked = _asked(node)
        lines = [
            line for line in lately(case, node, _timed_out, within_s=300.0)
            # What was taken out of the configuration since cannot overrun any more.
            if asked is None or line[1].check is None or line[1].check in asked
        ]  # fmt: skip
        names = {fact.check for _, fact in lines if fact.check}
        slow = [
            c for c in (daemon.checks if daemon else ())
            if c.timeout_s and c.interval_s and c.timeout_s > c.interval_s
        ]  # fmt: skip
        if not lines:
            continue
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


RULE = Rule(
    "check-overruns",
    note("A check outlives its interval, is ended, and counts as failed."),
    _find,
    explains=frozenset({"check-failing", "flapping"}),
)
