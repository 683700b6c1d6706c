"""From a case to a diagnosis: every rule asked, symptoms folded into their causes, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .case import Case
from .finding import ActiveCheck, Diagnosis, Finding
from .looking import settled
from .registry import BY_CAUSE, RULES
from .witness import witnessed

_ORDER = {rule.cause: index for index, rule in enumerate(RULES)}


def diagnose(case: Case) -> Diagnosis:
    """Return what is wrong with a cluster. Pure: the same case gives the same diagnosis."""
    found = _merged(one for rule in RULES for one in rule.find(case))
    kept, explained = _without_symptoms(found)
    kept = [witnessed(case, _as_bad_as_its_effects(one, found)) for one in kept]
    kept.sort(key=_rank)
    wants = dict.fromkeys(want for one in kept for want in one.wants)
    return Diagnosis(
        at=case.at,
        findings=tuple(kept),
        explained=tuple(explained),
        missing=case.missing,
        settling=not settled(case),
        wants=tuple(want for want in ActiveCheck if want in wants),
        cluster=case.cluster,
    )


def _rank(one: Finding) -> tuple[int, int, float]:
    """Worst first; then what tells most; then the surest."""
    return (-one.severity.rank, _ORDER[one.cause], -one.confidence)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    """Keep one finding of a cause about the same nodes, the surest: VIPs move together."""
    kept: dict[tuple[str, tuple[str, ...]], Finding] = {}
    for one in found:
        key = (one.cause, one.nodes)
        if key not in kept or one.confidence > kept[key].confidence:
            kept[key] = one
    return list(kept.values())


def _without_symptoms(
    found: list[Finding],
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    kept: list[Finding] = []
    explained: list[tuple[Finding, str]] = []
    for one in found:
        cause = next((by for by in found if _explains(by, one)), None)
        if cause is None:
            kept.append(one)
        else:
            explained.append((one, cause.cause))
    return kept, explained


def _as_bad_as_its_effects(cause: Finding, found: list[Finding]) -> Finding:
    """A stopped backup is a warning; where it is why nobody owns the VIP, it is an outage."""
    worst = max(
        (one for one in found if _explains(cause, one)),
        key=lambda one: one.severity.rank,
        default=cause,
    )
    if worst.severity.rank <= cause.severity.rank:
        return cause
    return replace(cause, severity=worst.severity, impact=worst.impact)


def _explains(cause: Finding, one: Finding) -> bool:
    """Whether ``one`` is what ``cause`` makes: a known effect, on the same nodes or VIP."""
    if cause is one or one.cause not in BY_CAUSE[cause.cause].explains:
        return False
    if not one.nodes or not cause.nodes:
        return True
    if set(cause.nodes) & set(one.nodes):
        return True
    return one.cause in _OF_THE_CLUSTER and cause.severity.rank >= one.severity.rank


#: What may show elsewhere than its cause sits: a dead web node makes the VIP answer errors.
_OF_THE_CLUSTER = frozenset(
    {"vip-no-answer", "no-owner", "both-backup", "split-brain", "stale-arp"}
)
