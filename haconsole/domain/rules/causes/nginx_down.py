"""nginx does not run, on an LB or a web node, or refuses its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ...model import Role
from ...notes import Note, note
from ...verdict import NGINX, Level
from ..case import Case, NodeCase
from ..finding import Evidence, Finding, Fix, Rule
from ..looking import booting, claims, seen, serves


def down(node: NodeCase) -> bool:
    """Whether nginx should run there and does not."""
    unit = node.unit(NGINX)
    busy = unit is not None and unit.active in ("activating", "deactivating", "reloading")
    return serves(node) is False and not busy and not booting(node) and node.up


def weight_of(case: Case, node: NodeCase) -> Level:
    """Return how bad a dead nginx is: on the owner, on every web node, or one less."""
    if node.role is Role.LB:
        owns = any(claims(node, vip) for vip in case.vips)
        return Level.CRITICAL if owns or all(map(down, case.lbs)) else Level.WARNING
    return Level.CRITICAL if all(map(down, case.webs)) else Level.WARNING


def impact_of(case: Case, node: NodeCase) -> Note:
    """Return what clients notice."""
    critical = weight_of(case, node) is Level.CRITICAL
    if node.role is Role.WEB:
        if critical:
            return note("Clients get errors: no web node answers.")
        return note("The other web nodes carry its share; a client may wait for a retry.")
    if critical:
        return note("Clients are refused: the owner of the VIP answers nobody.")
    return note("Clients are served by the other LB; {host} could not take over.", host=node.name)


def _unit(node: NodeCase) -> Evidence:
    unit = node.unit(NGINX)
    said = note(
        "{host}: nginx.service is {state} (result {result})",
        host=node.name,
        state=unit.active if unit else "?",
        result=(unit.result if unit else "") or "?",
    )
    return seen(node, node.units, said)


def _find(case: Case) -> Iterator[Finding]:
    for node in (*case.lbs, *case.webs):
        if not down(node):
            continue
        unit = node.unit(NGINX)
        web = node.role is Role.WEB
        missing = unit is not None and not unit.installed
        yield Finding(
            cause="backend-dead" if web else "nginx-dead",
            title=note("nginx is not installed on {host}", host=node.name)
            if missing
            else note("nginx on {host} does not run", host=node.name),
            severity=weight_of(case, node),
            confidence=0.96,
            nodes=(node.name,),
            evidence=(_unit(node),),
            impact=impact_of(case, node),
            fix=Fix(
                note("Install nginx on {host}.", host=node.name),
                "install-nginx",
                {"hosts": node.name},
            )
            if missing
            else Fix(
                note("Start nginx on {host}.", host=node.name), "restart-nginx", {"host": node.name}
            ),
        )


def _broken(case: Case) -> Iterator[Finding]:
    for node in (*case.lbs, *case.webs):
        test = node.nginx_test
        if test is None or test.value.ok:
            continue
        dead = down(node)
        said = note("{host}: {text}", host=node.name, text=test.value.text or "nginx -t fails")
        yield Finding(
            cause="nginx-config-broken",
            title=note("nginx on {host} does not run, and refuses its configuration",
                       host=node.name)
            if dead
            else note("nginx on {host} runs, but would not start again: its configuration is wrong",
                      host=node.name),
            severity=weight_of(case, node) if dead else Level.WARNING,
            confidence=0.97,
            nodes=(node.name,),
            evidence=(seen(node, test, said), *((_unit(node),) if dead else ())),
            impact=impact_of(case, node)
            if dead
            else note("Nobody notices until nginx on {host} is restarted or reloaded.",
                      host=node.name),
            fix=_fix(node, test.value.text),
        )  # fmt: skip


#: What the wizards write of nginx on a host of each role, and the wizard that writes it anew.
WRITTEN: Mapping[Role, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        Role.LB: (
            "configure-balancer",
            frozenset(
                f"/etc/nginx/conf.d/{name}.conf" for name in ("kd.test", "health", "haconsole")
            ),
        ),
        Role.WEB: ("configure-web", frozenset({"/etc/nginx/conf.d/kd.test.conf"})),
    }
)
#: ``nginx: [emerg] … in FILE:LINE`` (ngx_conf_file.c).
_IN_FILE = re.compile(r" in (/\S+):\d+")


def _fix(node: NodeCase, complaint: str) -> Fix:
    """A file that a wizard writes is written anew; of another that is kept, one comes back."""
    said = note(
        "Correct the line that nginx -t names, or put the earlier file back; then start nginx."
    )
    found = _IN_FILE.search(complaint)
    procedure, files = WRITTEN.get(node.role, ("", frozenset()))
    if found is None:
        return Fix(said)
    if found[1] in files:
        return Fix(said, procedure)
    kept = {one.path for one in node.drift.value} if node.drift else set()
    return (
        Fix(said, "restore", {"host": node.name, "file": found[1]})
        if found[1] in kept
        else Fix(said)
    )


_EXPLAINS = frozenset({"check-failing", "vip-no-answer", "backend-errors", "no-owner"})
RULES = (
    Rule(
        "nginx-config-broken",
        note("nginx refuses its configuration (nginx -t)."),
        _broken,
        explains=_EXPLAINS | {"nginx-dead", "backend-dead"},
    ),
    Rule(
        "nginx-dead",
        note("nginx does not run on an LB."),
        lambda case: (one for one in _find(case) if one.cause == "nginx-dead"),
        explains=_EXPLAINS | {"both-backup"},
    ),
    Rule(
        "backend-dead",
        note("nginx does not run on a web node."),
        lambda case: (one for one in _find(case) if one.cause == "backend-dead"),
        explains=_EXPLAINS,
    ),
)
