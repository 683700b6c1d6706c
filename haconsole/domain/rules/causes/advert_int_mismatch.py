"""The LBs send adverts at different intervals (VRRPv2 refuses them: RFC 3768, 7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ..case import Case
from ..disagreeing import SPLITS, impact, owner_first, same_again, same_elsewhere, severity, values
from ..finding import Finding, Rule
from ..looking import lately, logged, pairs, says

_WORDS = ("advertisement interval mismatch",)


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        if 3 in (one.vrrp_version, other.vrrp_version):
            continue  # a version 3 backup takes over its master's interval
        lines = [
            logged(side.node, found[-1])
            for side in (one, other)
            if (found := lately(case, side.node, says(*_WORDS)))
        ]
        known = one.advert_int_s is not None and other.advert_int_s is not None
        if known and one.advert_int_s == other.advert_int_s:
            continue
        if not known and not lines:
            continue
        first, second = owner_first(one, other)
        yield Finding(
            cause="advert-int-mismatch",
            title=note(
                "{one} and {other} send adverts at different intervals, which VRRPv2 refuses",
                one=one.name,
                other=other.name,
            ),
            severity=severity(case, vip),
            confidence=0.97 if known else 0.9,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(
                *values(
                    one,
                    other,
                    "advert_int",
                    lambda s: "?" if s.advert_int_s is None else f"{s.advert_int_s:g} s",
                    lambda live: live.advert_int_s,
                ),
                *lines,
            ),
            impact=impact(case, vip),
            fix=same_again(
                note(
                    "Give {second} the interval of {first}.", first=first.name, second=second.name
                ),
                vip,
                first,
            ),
            ruled_out=same_elsewhere(one, other, "advert_int"),
        )


RULE = Rule(
    "advert-int-mismatch",
    note("The LBs send adverts at different intervals, which VRRPv2 refuses."),
    _find,
    explains=SPLITS | {"adverts-rejected", "multicast-lost"},
)
