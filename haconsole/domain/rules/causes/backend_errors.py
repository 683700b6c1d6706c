"""A web node runs, and answers errors or not at all when asked directly."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import Note, note
from ...verdict import NGINX, Level
from ..case import Case, NodeCase, Seen
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import booting, seen
from ..pieces import NginxErrors
from .nginx_down import down


def _find(case: Case) -> Iterator[Finding]:
    for node in case.webs:
        if down(node) or not node.up or booting(node):
            continue
        evidence = [*_asked(node), *_blamed(case, node)]
        if not evidence:
            continue
        asked = node.served is not None and not node.served.value.ok
        if node.served is not None and not asked:
            continue  # it answers now: what an LB noted is over
        every = all(web.served is not None and not web.served.value.ok for web in case.webs)
        yield Finding(
            cause="backend-errors",
            title=note("{host} runs nginx, but answers errors or not at all", host=node.name),
            severity=Level.CRITICAL if every else Level.WARNING,
            confidence=0.9 if asked else 0.6,
            nodes=(node.name,),
            evidence=tuple(evidence),
            impact=note("A part of the requests fails, or waits for another web node."),
            fix=Fix(note("Read nginx's error log on {host}; look at its site's files.",
                         host=node.name)),
            ruled_out=(note("nginx runs on {host}", host=node.name),),
        )  # fmt: skip


def _asked(node: NodeCase) -> Iterator[Evidence]:
    if node.served is None or node.served.value.ok:
        return
    value = node.served.value
    what: Note = (
        note("{status}", status=value.status)
        if value.status is not None
        else note("no answer ({problem})", problem=value.problem or "?")
    )
    yield seen(node, node.served, note("{host} asked directly: {what}", host=node.name, what=what))


def _blamed(case: Case, node: NodeCase) -> Iterator[Evidence]:
    own = {node.address, *(a.address for a in (node.addresses.value if node.addresses else ()))}
    for lb in case.lbs:
        for address, why in lb.nginx_errors.value.backends if lb.nginx_errors else ():
            if lb.nginx_errors and _is_over(case, node, lb.nginx_errors):
                break
            if address.rpartition(":")[0] in own or address in own:
                said = note("{host} about {backend}: {why}", host=lb.name, backend=address, why=why)
                yield seen(lb, lb.nginx_errors, said)
                break


def _is_over(case: Case, node: NodeCase, errors: Seen[NginxErrors]) -> bool:
    """Whether what an LB noted may be of another time than the web node's running nginx.

    They may be of before its nginx started, or of its way down that nobody has told yet.
    """
    unit, units = node.unit(NGINX), node.units
    if not case.live or errors.at is None:
        return False
    if unit is None or units is None or units.at is None or units.at < errors.at:
        return True
    if case.at - errors.at > errors.value.seconds or unit.since is None:
        return True
    offset = node.clock.value.offset_s if node.clock else 0.0
    return unit.since - offset >= errors.at - errors.value.seconds


RULE = Rule(
    "backend-errors",
    note("A web node runs, and answers errors or not at all."),
    _find,
    explains=frozenset({"vip-no-answer"}),
)
