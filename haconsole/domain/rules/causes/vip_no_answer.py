"""The VIP has one owner, and clients get no answer or an error."""

from __future__ import annotations

from collections.abc import Iterator

from ...model import Vip
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..looking import claimants, settled

#: Requests are asked every two seconds, and given up after one more: three in a row have failed.
_AGAIN_S, _OLD_S = 4.0, 7.0


def _find(case: Case) -> Iterator[Finding]:
    for vip in case.vips:
        answer = case.answers.get(vip.address)
        if answer is None or answer.value.ok or not settled(case) or _is_one_alone(case, vip):
            continue
        value = answer.value
        what = (
            note("{status} to {asked}", status=value.status, asked=value.asked_from or "?")
            if value.status is not None
            else note("no answer: {problem}", problem=value.problem or "?")
        )
        owners = claimants(case, vip)
        yield Finding(
            cause="vip-no-answer",
            title=note("Clients of {vip} get no good answer ({what})", vip=vip.address, what=what),
            severity=Level.CRITICAL,
            confidence=0.9,
            nodes=tuple(node.name for node in owners),
            vip=vip.address,
            evidence=(
                Evidence(
                    note("{vip}: {what}", vip=vip.address, what=what),
                    value.asked_from or None,
                    answer.at,
                    answer.shown_by,
                ),
            ),
            impact=note("Clients of {vip} are not served.", vip=vip.address),
            fix=Fix(note("Ask the owner and the web nodes directly to see who fails.")),
            wants=(ActiveCheck.REQUESTS, ActiveCheck.ARP),
        )


def _is_one_alone(case: Case, vip: Vip) -> bool:
    """Whether but one or two requests are known to have failed, or the last one is a while ago.

    A request that falls into a failover waits for TCP to send its first packet again, a second
    later (RFC 6298), and so fails although clients are served.
    """
    began, answer = case.failing.get(vip.address), case.answers[vip.address]
    if not case.live or answer.at is None:
        return False
    again = began is None or answer.at - began >= _AGAIN_S
    return not again or case.at - answer.at > _OLD_S


RULE = Rule(
    "vip-no-answer",
    note("A request through the VIP fails; said alone only where the cause is not found."),
    _find,
)
