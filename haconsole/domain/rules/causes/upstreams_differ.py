"""The LBs do not balance over the same web nodes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ...nginx_conf import NginxConf
from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import seen


def _find(case: Case) -> Iterator[Finding]:
    known = [node for node in case.lbs if node.nginx_conf and node.nginx_conf.value.upstreams]
    for one, other in combinations(known, 2):
        if not one.nginx_conf or not other.nginx_conf:
            continue
        mine, theirs = _servers(one.nginx_conf.value), _servers(other.nginx_conf.value)
        for name in sorted(mine.keys() & theirs.keys()):
            if mine[name] == theirs[name]:
                continue
            yield Finding(
                cause="upstreams-differ",
                title=note("{one} and {other} do not balance {upstream} over the same web nodes",
                           one=one.name, other=other.name, upstream=name),
                severity=Level.WARNING,
                confidence=0.95,
                nodes=(one.name, other.name),
                evidence=tuple(
                    seen(node, node.nginx_conf, note("{host}: {servers}", host=node.name,
                                                     servers=", ".join(sorted(servers[name]))))
                    for node, servers in ((one, mine), (other, theirs))
                ),
                impact=note("After a failover clients are served by other web nodes."),
                fix=Fix(note("Give both the same servers."), "configure-balancer"),
            )  # fmt: skip


def _servers(conf: NginxConf) -> dict[str, frozenset[str]]:
    return {
        upstream.name: frozenset(
            f"{one.address} weight={one.weight}" if one.weight != 1 else one.address
            for one in upstream.servers
            if not one.down
        )
        for upstream in conf.upstreams
    }


RULE = Rule("upstreams-differ", note("The LBs balance over different web nodes."), _find)
