"""The LBs of a pair do not authenticate alike (RFC 2338, 5.3.6; VRRPv3 has none)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import Note, note
from ..case import Case, NodeCase
from ..disagreeing import SPLITS, impact, owner_first, same_again, same_elsewhere, severity
from ..finding import ActiveCheck, Evidence, Finding, Rule
from ..looking import Side, lately, logged, pairs, says, seen

_WORDS = ("invalid passwd", " auth, expecting", " auth, expected", "Invalid auth type", "AH header")


def _find(case: Case) -> Iterator[Finding]:
    for vip, one, other in pairs(case):
        if 3 in (one.vrrp_version, other.vrrp_version):
            continue
        differ = _differ(one, other)
        told = [*_told(case, one.node), *_told(case, other.node)]
        if differ is False or (differ is None and not told):
            continue
        first, second = owner_first(one, other)
        yield Finding(
            cause="auth-mismatch",
            title=note(
                "{one} and {other} do not authenticate alike, so each refuses the other's adverts",
                one=one.name,
                other=other.name,
            ),
            severity=severity(case, vip),
            confidence=0.97 if differ and told else 0.93 if differ else 0.9,
            nodes=(one.name, other.name),
            vip=vip.address,
            evidence=(*_settings(one, other), *told),
            impact=impact(case, vip),
            fix=same_again(
                note(
                    "Give both the same password of at most 8 characters, or none: {second} "
                    "should have what {first} has.",
                    first=first.name,
                    second=second.name,
                ),
                vip,
                first,
            ),
            ruled_out=same_elsewhere(one, other, "auth"),
            wants=() if differ else (ActiveCheck.COUNTERS,),
        )


def _differ(one: Side, other: Side) -> bool | None:
    """Whether they differ as far as files and dumps tell; ``None``: they do not."""
    kinds = (one.auth_type, other.auth_type)
    if None not in kinds and kinds[0] != kinds[1]:
        return True
    if one.conf and other.conf:
        return one.conf.auth_fingerprint != other.conf.auth_fingerprint
    return None


def _settings(one: Side, other: Side) -> Iterator[Evidence]:
    for side in (one, other):
        if side.conf is None:
            continue
        kind = side.auth_type or "none"
        said: Note = note("{host}: authentication {kind}", host=side.name, kind=kind)
        if one.conf and other.conf and side.conf.auth_fingerprint:
            letter = "A" if side is one else _letter(one, other)
            said = note(
                "{host}: authentication {kind}, password {letter}",
                host=side.name,
                kind=kind,
                letter=letter,
            )
        yield seen(side.node, side.node.conf, said)


def _letter(one: Side, other: Side) -> str:
    """Passwords are told apart by letters, and never shown."""
    assert one.conf and other.conf  # noqa: S101 - for the type checker; both were looked at
    return "A" if one.conf.auth_fingerprint == other.conf.auth_fingerprint else "B"


def _told(case: Case, node: NodeCase) -> Iterator[Evidence]:
    lines = lately(case, node, says(*_WORDS))
    if lines:
        yield logged(node, lines[-1])
    for counters in node.stats.value if node.stats else ():
        count = counters.auth_failure + counters.authtype_mismatch + counters.invalid_authtype
        if count:
            said = note(
                "{host}: {count} adverts failed authentication", host=node.name, count=count
            )
            yield seen(node, node.stats, said)


RULE = Rule(
    "auth-mismatch",
    note("The LBs do not authenticate alike, so each refuses the other's adverts."),
    _find,
    explains=SPLITS | {"adverts-rejected", "multicast-lost"},
)
