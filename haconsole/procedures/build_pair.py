"""The whole pair, from bare hosts to one VIP owner: every other procedure, in order.

A plan for hosts where nothing is installed yet is made from what the packages will leave there;
every step's check looks at the host again when its turn comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from haconsole.domain.notes import Note, note
from haconsole.parsers.keepalived_version import parse_version
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import balancer as configure_balancer
from haconsole.procedures.configure import check as install_check
from haconsole.procedures.configure import firewall as allow_vrrp
from haconsole.procedures.configure import pair as configure_pair
from haconsole.procedures.configure import web as configure_web
from haconsole.procedures.errors import AnswerError
from haconsole.procedures.facts import ClusterFacts, HostFacts
from haconsole.procedures.form import Answers, Field, Form, Objection
from haconsole.procedures.install import keepalived as install_keepalived
from haconsole.procedures.install import nginx as install_nginx
from haconsole.procedures.install.common import answer
from haconsole.procedures.install.source_form import build_from
from haconsole.procedures.paths import BINARY, SOURCE_BINARY
from haconsole.procedures.plan import Phase, Plan

_TITLE = note("Build the whole pair")
#: Their questions, in the order in which they are asked.
_ASKED: tuple[Callable[[Ground], Form], ...] = (
    install_keepalived.form,
    configure_pair.form,
    install_check.form,
    configure_balancer.form,
    configure_web.form,
    allow_vrrp.form,
)
_LABELS = {"version": note("Version of keepalived"), "via": note("Way to keepalived")}


def form(ground: Ground) -> Form:
    """Return the questions of all parts; each is asked once. Pure."""
    forms = [make(ground) for make in _ASKED]
    nginx = next(f for f in install_nginx.form(ground).fields if f.key == "version")
    fields: dict[str, Field] = {}
    for one in (field for each in forms for field in each.fields):
        if one.key != "hosts":
            fields.setdefault(one.key, replace(one, label=_LABELS.get(one.key, one.label)))
        if one.key == "options":
            fields["nginx_version"] = replace(
                nginx, key="nginx_version", label=note("Version of nginx")
            )
    return Form(
        _TITLE,
        note(
            "nginx and keepalived are installed, the firewalls let them through, web nodes, "
            "balancer, check and pair are configured, and the VIP is asked until every backend "
            "has answered."
        ),
        tuple(fields.values()),
        judge=lambda answers: _judge(ground, forms, answers),
    )


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan. Raises ``ProcedureError``."""
    after = replace(ground, facts=_assumed(ground, answers))
    parts = [
        install_nginx.plan(ground, _for_nginx(ground, answers)),
        install_keepalived.plan(ground, _for_keepalived(ground, answers)),
        allow_vrrp.plan(after, answers),
        configure_web.plan(after, answers),
        configure_balancer.plan(after, answers),
        *([install_check.plan(after, answers)] if answers["check"] == "yes" else []),
        configure_pair.plan(after, answers),
    ]
    secret = {field.key for field in form(ground).fields if field.secret}
    return Plan(
        "build-pair",
        _TITLE,
        ground.cluster.name,
        _without_repetitions([phase for part in parts for phase in part.phases]),
        answers=tuple(sorted((k, v) for k, v in answers.items() if k not in secret)),
        warnings=tuple(dict.fromkeys(told for part in parts for told in part.warnings)),
        moves_vip=any(part.moves_vip for part in parts),
    )


def _for_keepalived(ground: Ground, answers: Answers) -> dict[str, str]:
    return {**answers, "hosts": ",".join(host.name for host in ground.cluster.lbs)}


def _for_nginx(ground: Ground, answers: Answers) -> dict[str, str]:
    return {
        "hosts": ",".join(host.name for host in ground.cluster.hosts),
        "version": answers["nginx_version"],
    }


def _judge(ground: Ground, forms: list[Form], answers: Answers) -> tuple[Objection, ...]:
    whole = _for_keepalived(ground, answers)
    told = [objection for each in forms for objection in each.judge(whole)]
    told += [
        replace(objection, keys=("nginx_version",))
        for objection in install_nginx.judge(ground, _for_nginx(ground, answers))
    ]
    unique: dict[tuple[Note, bool], Objection] = {}
    for objection in told:
        unique.setdefault((objection.note, objection.refuses), objection)
    return tuple(unique.values())


def _without_repetitions(phases: list[Phase]) -> tuple[Phase, ...]:
    """Keep the last of steps that several parts have: a service starts once it is configured."""
    last = {
        step.id: (number, at)
        for number, phase in enumerate(phases)
        for at, lane in enumerate(phase.lanes)
        for step in lane
    }
    kept = []
    for number, phase in enumerate(phases):
        lanes = (
            tuple(step for step in lane if last[step.id] == (number, at))
            for at, lane in enumerate(phase.lanes)
        )
        if some := tuple(lane for lane in lanes if lane):
            kept.append(replace(phase, lanes=some))
    return tuple(kept)


def _assumed(ground: Ground, answers: Answers) -> ClusterFacts:
    """Return the facts as they will be once keepalived is installed: which version runs."""
    lbs = {host.name for host in ground.cluster.lbs}
    hosts: Mapping[str, HostFacts] = {
        name: _with_keepalived(facts, answers) if name in lbs else facts
        for name, facts in ground.facts.hosts.items()
    }
    return replace(ground.facts, hosts=hosts)


def _with_keepalived(facts: HostFacts, answers: Answers) -> HostFacts:
    if answers["via"] == "source":
        try:
            build = build_from(answers, read=False)
        except AnswerError:
            return facts  # the plan of the installation says it
        return replace(facts, version=build.version, binary=SOURCE_BINARY)
    package = facts.packages.get("keepalived")
    wanted = answer(answers, "version")
    if package is None or (package.installed and not wanted):
        return facts
    offered = wanted or (package.candidates or ("",))[0]
    # 1:2.2.7-1+b2 is packaged from 2.2.7.
    version = parse_version(re.sub(r"^\d+:", "", offered))
    if version is None:
        return facts
    return replace(facts, version=str(version), binary=facts.binary or BINARY)
