"""Adverts are refused for another reason: TTL, checksum, length (RFC 3768, 7.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import LogFact, LogKind
from ...notes import Note, note
from ..case import Case, NodeCase
from ..disagreeing import SPLITS, impact, severity
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import alive, lately, logged, seen

_REASONS = (
    (("TTL/HL", "nvalid ttl"), "vrrp-ttl"),
    (("hecksum",), "vrrp-checksum"),
)
_TITLES = {
    "vrrp-ttl": note("Adverts come to {host} over a router: their TTL is not 255"),
    "vrrp-checksum": note("Adverts that come to {host} have a wrong checksum"),
    "adverts-rejected": note("keepalived on {host} refuses the adverts that it hears"),
}
_FIXES = {
    "vrrp-ttl": note("Put the LBs into one layer 2 network, or use unicast peers."),
    "vrrp-checksum": note(
        "Align the versions of keepalived (checksum compatibility), and look at offloading."
    ),
    "adverts-rejected": note("Read the log beside both files: the settings have to match."),
}


def _find_kind(case: Case, wanted: str) -> Iterator[Finding]:
    for node in case.lbs:
        if alive(node) is False or not case.vips:
            continue
        lines = lately(case, node, lambda fact: _kind(fact) == wanted, within_s=120.0)
        counted = tuple(_counted(node, wanted))
        if not lines and not counted:
            continue
        vip = case.vips[0]
        title = _TITLES[wanted]
        yield Finding(
            cause=wanted,
            title=Note(title.template, {"host": node.name}),
            severity=severity(case, vip),
            confidence=0.85 if lines else 0.7,
            nodes=(node.name,),
            vip=vip.address,
            evidence=(*(logged(node, line) for line in lines[-1:]), *counted),
            impact=impact(case, vip),
            fix=Fix(_FIXES[wanted]),
        )


def _kind(fact: LogFact) -> str | None:
    if fact.kind is not LogKind.REJECTED:
        return None
    for words, cause in _REASONS:
        if any(word in fact.text for word in words):
            return cause
    return "adverts-rejected"


def _counted(node: NodeCase, wanted: str) -> Iterator[Evidence]:
    for one in node.stats.value if node.stats else ():
        of_kind = {
            "vrrp-ttl": one.ip_ttl_err,
            "adverts-rejected": one.packet_len_err + one.invalid_type_rcvd,
        }
        if count := of_kind.get(wanted, 0):
            said = note(
                "{host}: {count} adverts were refused for this", host=node.name, count=count
            )
            yield seen(node, node.stats, said)


RULES = (
    Rule(
        "vrrp-ttl",
        note("Adverts were routed on their way: their TTL is not 255."),
        lambda case: _find_kind(case, "vrrp-ttl"),
        explains=SPLITS | {"multicast-lost", "adverts-rejected"},
    ),
    Rule(
        "vrrp-checksum",
        note("Adverts have a wrong checksum: versions that count differently, or offloading."),
        lambda case: _find_kind(case, "vrrp-checksum"),
        explains=SPLITS | {"multicast-lost", "adverts-rejected"},
    ),
    Rule(
        "adverts-rejected",
        note("An LB refuses the adverts that it hears, for a reason that its log tells."),
        lambda case: _find_kind(case, "adverts-rejected"),
        explains=SPLITS | {"multicast-lost"},
    ),
)
