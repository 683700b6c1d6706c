"""A stranger in the network uses the pair's VRID (keepalived #2444)."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import ActiveCheck, Evidence, Finding, Fix, Rule
from ..hearing import own_addresses
from ..looking import lately, logged, says, seen, sides

_WORDS = ("ip address associated with VRID",)


def _find(case: Case) -> Iterator[Finding]:
    ours = {address for node in case.lbs for address in own_addresses(node, case)}
    vrids = {side.vrid for vip in case.vips for side in sides(case, vip)} - {None}
    found: dict[str, list[Evidence]] = {}
    sure = False
    for node in case.lbs:
        for advert in node.wire.value.adverts if node.wire else ():
            if advert.vrid in vrids and advert.source not in ours and advert.source not in found:
                sure = True
                said = note(
                    "{source} sends adverts of VRID {vrid}", source=advert.source, vrid=advert.vrid
                )
                found.setdefault(advert.source, []).append(seen(node, node.wire, said))
        for line in lately(case, node, says(*_WORDS))[-1:]:
            peer = line[1].peer
            if peer and peer not in ours:
                found.setdefault(peer, []).append(logged(node, line))
    if not found:
        return
    strangers = ", ".join(sorted(found))
    yield Finding(
        cause="vrid-taken",
        title=note("{strangers} uses the VRID of this pair", strangers=strangers),
        severity=Level.CRITICAL,
        confidence=0.93 if sure else 0.8,
        nodes=tuple(node.name for node in case.lbs),
        evidence=tuple(one for each in found.values() for one in each),
        impact=note("The pair yields to a stranger or fights with it: the VIP comes and goes."),
        fix=Fix(
            note("Give this pair a VRID that nobody uses in this network, or unicast peers."),
            "configure-pair",
            {"vrid": str(_free(case, vrids))},
        ),
        wants=() if sure else (ActiveCheck.WIRE,),
    )


def _free(case: Case, ours: set[int | None]) -> int:
    """Return the next VRID that nobody was heard to use in this network (1 to 255)."""
    heard = {a.vrid for node in case.lbs if node.wire for a in node.wire.value.adverts}
    first = min((one for one in ours if one is not None), default=50)
    return next(
        one for step in range(1, 256) if (one := (first + step - 1) % 255 + 1) not in heard | ours
    )


RULE = Rule(
    "vrid-taken",
    note("Another pair in the network uses the same virtual router id."),
    _find,
    explains=frozenset({"flapping", "no-owner", "both-backup", "adverts-rejected"}),
)
