"""VRRP advertisements, and what makes a receiver refuse one (``vrrp_check_packet``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .manners import Manners
from .spec import InstanceSpec

#: RFC 3768, 5.2.3 and RFC 5798, 5.1.1.3.
TTL = 255


@dataclass(frozen=True, slots=True)
class Advert:
    """An advertisement as it is on the wire. ``advert_int_s``: seconds.

    ``auth_type``: 0 none, 1 a simple password, 2 AH (RFC 2338, 5.3.6). ``group``: sent to the
    multicast group; else to a unicast peer.
    """

    source: str
    vrid: int
    priority: int
    advert_int_s: float
    vips: tuple[str, ...]
    version: int = 2
    auth_type: int = 0
    password: str = ""
    ttl: int = TTL
    group: bool = True


class Verdict(Enum):
    """What is done with an advert."""

    OK = "ok"
    REJECTED = "rejected"
    #: Dropped without being held against the sender (another advert_int).
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the line about it (without the instance's name) and the counter to raise."""

    verdict: Verdict
    line: str = ""
    counter: str = ""
    #: The advert counts as received although something about it is wrong.
    received: bool = False


def judge(spec: InstanceSpec, manners: Manners, advert: Advert) -> Judgement:
    """Check an advert against an instance, in the order in which keepalived does."""
    refuse = _refusal(spec, advert)
    if refuse is not None:
        return refuse
    if len(advert.vips) != len(spec.vips) and not manners.accepts_other_vips:
        word = "invalid" if manners.old_election else "unexpected"
        line = f"received an {word} ip number count {len(advert.vips)}, expected {len(spec.vips)}!"
        return Judgement(Verdict.REJECTED, line, "addr_list_err")
    if advert.group is bool(spec.peers):
        expected, got = ("un", "mult") if spec.peers else ("mult", "un")
        line = f"Expected {expected}icast packet but received {got}icast packet"
        return Judgement(Verdict.REJECTED, line, "addr_list_err")
    return _addresses(spec, manners, advert)


def _refusal(spec: InstanceSpec, advert: Advert) -> Judgement | None:
    if not spec.peers and advert.ttl != TTL:
        line = f"invalid TTL/HL. Received {advert.ttl} and expect {TTL}"
        return Judgement(Verdict.REJECTED, line, "ip_ttl_err")
    if advert.version != spec.version:
        line = f"wrong version. Received {advert.version} and expect {spec.version}"
        return Judgement(Verdict.REJECTED, line)
    return _refusal_2(spec, advert) if spec.version == 2 else None


def _refusal_2(spec: InstanceSpec, advert: Advert) -> Judgement | None:
    """Check what only version 2 has: authentication, and an interval that must be the same."""
    if advert.auth_type != spec.auth_type:
        line = f"received a {advert.auth_type} auth, expecting {spec.auth_type}!"
        return Judgement(Verdict.REJECTED, line, "authtype_mismatch")
    # RFC 2338, 5.3.10: eight characters count.
    if advert.password[:8] != spec.password[:8]:
        return Judgement(Verdict.REJECTED, "received an invalid passwd!", "auth_failure")
    if advert.advert_int_s != spec.advert_int_s:
        mine, theirs = f"{spec.advert_int_s:.0f}", f"{advert.advert_int_s:.0f}"
        line = f"advertisement interval mismatch mine={mine} sec rcv'd={theirs} sec"
        return Judgement(Verdict.DROPPED, line)
    return None


def _addresses(spec: InstanceSpec, manners: Manners, advert: Advert) -> Judgement:
    """Check the list of VIPs; 2.3.3 and later only say that it differs."""
    verdict = Verdict.OK if manners.accepts_other_vips else Verdict.REJECTED
    if len(advert.vips) != len(spec.vips):
        line = f"expected {len(spec.vips)} VIPs but received {len(advert.vips)}"
        return Judgement(verdict, line, received=True)
    for vip in spec.vips:
        if vip.address not in advert.vips:
            line = (
                f"ip address associated with VRID {spec.vrid} "
                f"not present in MASTER advert: {vip.address}"
            )
            return Judgement(verdict, line, "addr_list_err", received=True)
    return Judgement(Verdict.OK, received=True)
