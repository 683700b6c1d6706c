"""nginx listens on the VIP itself, which it may not while another LB holds it."""

from __future__ import annotations

from collections.abc import Iterator

from ...notes import note
from ...verdict import Level
from ..case import Case
from ..finding import Finding, Fix, Rule
from ..looking import holds, seen
from .nginx_down import down


def _find(case: Case) -> Iterator[Finding]:
    for node in case.lbs:
        if node.nginx_conf is None or node.nonlocal_bind is None or node.nonlocal_bind.value:
            continue
        on_vip = [
            (listen, vip)
            for vip in case.vips
            for server in node.nginx_conf.value.servers
            for listen in server.listens
            if listen.address.strip("[]") == vip.address
        ]
        if not on_vip or holds(node, on_vip[0][1]) is not False:
            continue
        listen, vip = on_vip[0]
        dead = down(node)
        yield Finding(
            cause="nonlocal-bind-needed",
            title=note("nginx on {host} listens on {vip}, which it cannot have while it is BACKUP",
                       host=node.name, vip=vip.address),
            severity=Level.WARNING,
            confidence=0.95 if dead else 0.85,
            nodes=(node.name,),
            vip=vip.address,
            evidence=(
                seen(node, node.nginx_conf, note("{file}:{line}: listen {address}:{port}",
                                                 file=listen.file, line=listen.line,
                                                 address=listen.address, port=listen.port or 0)),
                seen(node, node.nonlocal_bind, note("net.ipv4.ip_nonlocal_bind is 0")),
            ),
            impact=note("nginx on {host} does not start there, so a failover serves nobody.",
                        host=node.name),
            fix=Fix(note("Listen on the port alone, or set net.ipv4.ip_nonlocal_bind = 1.")),
        )  # fmt: skip


RULE = Rule(
    "nonlocal-bind-needed",
    note("nginx listens on the VIP itself, and ip_nonlocal_bind is off."),
    _find,
    explains=frozenset({"nginx-dead", "nginx-config-broken", "check-failing"}),
)
