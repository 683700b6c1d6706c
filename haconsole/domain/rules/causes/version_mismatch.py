"""The LBs speak different versions of VRRP."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ..case import Case
from ..disagreeing import SPLITS, impact, owner_first, same_again, same_elsewhere, severity, values
from ..finding import Finding, Rule
from ..looking import lately, logged, pairs, says

_WORDS = ("wrong version", "wrong VRRP version", "invalid version")


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        known = one.vrrp_version is not None and other.vrrp_version is not None
        if known and one.vrrp_version == other.vrrp_version:
            continue
        lines = [
            logged(side.node, found[-1])
            for side in (one, other)
            if (found := lately(case, side.node, says(*_WORDS)))
        ]
        if not known and not lines:
            continue
        first, second = owner_first(one, other)
        yield Finding(
            cause="vrrp-version-mismatch",
            title=note(
                "{one} and {other} speak different versions of VRRP",
                one=one.name,
                other=other.name,
            ),
            severity=severity(case, vip),
            confidence=0.95 if known else 0.85,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(
                *values(
                    one, other, "vrrp_version", lambda s: s.vrrp_version, lambda live: live.version
                ),
                *lines,
            ),
            impact=impact(case, vip),
            fix=same_again(
                note("Give {second} the version of {first}.", first=first.name, second=second.name),
                vip,
                first,
            ),
            ruled_out=same_elsewhere(one, other, "version"),
        )


RULE = Rule(
    "vrrp-version-mismatch",
    note("The LBs speak different versions of VRRP, so each refuses the other's adverts."),
    _find,
    explains=SPLITS | {"adverts-rejected", "multicast-lost"},
)
