"""The pair is well, and a dead nginx on the owner would not move the VIP."""

from __future__ import annotations

from collections.abc import Iterator

from ...daemon import CheckStatus
from ...model import Vip
from ...notes import note
from ...verdict import NGINX, Level
from ...vrrp_router import Router, current_owner, router_of
from ...vrrp_why import able_peers, decide
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import frozen, seen

_NOT_WELL = (CheckStatus.BAD, CheckStatus.DISABLED)


def _routers(case: Case, vip: Vip) -> list[Router] | None:
    """Return the LBs as the election sees them; ``None`` when one is not known or not well."""
    found = []
    for node in case.lbs:
        daemon = node.daemon.value if node.daemon else None
        if node.conf is None or frozen(node) or (daemon and not daemon.running):
            return None
        if any(c.status in _NOT_WELL for c in (daemon.checks if daemon else ())):
            return None
        scripts = node.scripts.value if node.scripts else ()
        gone = [one.check for one in scripts if not one.exists or not one.executable]
        if gone:
            return None  # that is the finding
        router = router_of(
            node.name,
            node.conf.value,
            vip.address,
            daemon,
            vrid=vip.vrid,
            keepalived=node.version,
            address=node.address,
        )
        if router is None:
            return None
        found.append(router)
    return found if len(found) > 1 else None


def _find(case: Case) -> Iterator[Finding]:
    done: set[str] = set()
    for vip in case.vips:
        lbs = _routers(case, vip)
        owner = current_owner(lbs) if lbs else None
        if lbs is None or owner is None or owner.instance.name in done:
            continue
        if not able_peers(owner, lbs)[0]:
            continue
        done.add(owner.instance.name)
        decision = decide(owner, lbs, None)
        if decision.way is not None or not decision.why_not:
            continue
        node = case.node(owner.name)
        if not owner.instance.track_scripts and node.unit(NGINX) is None:
            continue  # nothing tells that there is an nginx to be asked about
        yield _finding(case, vip, owner, lbs)


def _finding(case: Case, vip: Vip, owner: Router, lbs: list[Router]) -> Finding:
    decision = decide(owner, lbs, None)
    node = case.node(owner.name)
    cause = "weight-cannot-fail-over"
    if not owner.instance.track_scripts:
        cause = "no-check"
    elif any("nopreempt" in one.template for one in decision.why_not):
        cause = "nopreempt-with-weight"
    settings = {"check_weight": "0"} if cause != "no-check" else {"check": "yes"}
    return Finding(
        cause=cause,
        title=note(
            "If nginx on {host} died, {vip} would stay there", host=owner.name, vip=vip.address
        ),
        severity=Level.WARNING,
        confidence=0.93,
        nodes=(owner.name,),
        vip=vip.address,
        evidence=tuple(seen(node, node.conf, why) for why in decision.why_not),
        impact=note("Clients would get errors until somebody moves the VIP by hand."),
        fix=Fix(
            note("Use weight 0 (FAULT), or a negative weight larger than the gap.")
            if cause != "no-check"
            else note("Let keepalived ask about nginx."),
            "configure-pair",
            settings,
        ),
    )


def _only(cause: str) -> Rule:
    return Rule(
        cause, _ABOUT[cause], lambda case: (one for one in _find(case) if one.cause == cause)
    )


_ABOUT = {
    "weight-cannot-fail-over": note("The check's weight is too small to move the VIP."),
    "nopreempt-with-weight": note("With nopreempt a weight moves nothing (keepalived #2483)."),
    "no-check": note("keepalived asks nobody about nginx."),
}
RULES = tuple(_only(cause) for cause in _ABOUT)
