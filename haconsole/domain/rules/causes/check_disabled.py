"""keepalived switched a check off, or SELinux keeps it from running (keepalived #1322, #586)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import CheckStatus
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import lately, logged, says, seen

_WORDS = ("isabling", "Unsafe permissions", "SECURITY VIOLATION - check")


def _disabled(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        daemon = node.daemon.value if node.daemon else None
        off = [c for c in (daemon.checks if daemon else ()) if c.status is CheckStatus.DISABLED]
        lines = lately(case, node, says(*_WORDS))
        if not off and not lines:
            continue
        yield Finding(
            cause="check-disabled",
            title=note("keepalived on {host} has switched a check off", host=node.name),
            severity=Level.WARNING,
            confidence=0.9,
            nodes=(node.name,),
            evidence=(
                *(seen(node, node.daemon, note("{host}: {check} is DISABLED", host=node.name,
                                               check=c.name)) for c in off),
                *(logged(node, line) for line in lines[-2:]),
            ),
            impact=note("keepalived learns nothing of nginx: the VIP stays on a dead one."),
            fix=Fix(note("Make the script root's, executable, and writable by nobody else."),
                    "install-check"),
        )  # fmt: skip


def _selinux(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        denials = node.denials.value if node.denials else ()
        if not denials:
            continue
        yield Finding(
            cause="selinux-blocks-check",
            title=note("SELinux on {host} keeps keepalived's check from working", host=node.name),
            severity=Level.WARNING,
            confidence=0.85,
            nodes=(node.name,),
            evidence=tuple(
                Evidence(note("{line}", line=line), node.name,
                         node.denials.at if node.denials else None,
                         node.denials.shown_by if node.denials else "")
                for line in denials[-2:]
            ),
            impact=note("The check fails although nginx is well, or learns nothing."),
            fix=Fix(note("Restore the script's label (restorecon), or set the boolean that lets "
                         "keepalived connect (keepalived_connect_any)."), "install-check"),
        )  # fmt: skip


RULES = (
    Rule(
        "selinux-blocks-check",
        note("SELinux keeps a check from running or from asking."),
        _selinux,
        explains=frozenset({"check-failing", "check-disabled"}),
    ),
    Rule(
        "check-disabled",
        note("keepalived has switched a check off (script security)."),
        _disabled,
        explains=frozenset({"check-failing"}),
    ),
)
