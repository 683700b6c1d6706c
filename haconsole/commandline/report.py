"""A state as ``status`` prints it: JSON, one line, or text. Pure: state and time in, text out."""

from __future__ import annotations

import json

from haconsole.columns import cells, padded
from haconsole.domain.daemon import Daemon
from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.notes import note
from haconsole.domain.ownership import VipView
from haconsole.domain.rules.beyond import beyond_verdict
from haconsole.domain.rules.diagnosis import diagnose
from haconsole.domain.rules.finding import Finding
from haconsole.domain.state import State
from haconsole.domain.verdict import NGINX, SiteVerdict, judge
from haconsole.monitor.casework.build import case_of
from haconsole.telling import say
from haconsole.words import t

from .printing import cleaned, cleaned_document

#: Version of the JSON document; it rises when a field changes its meaning or goes.
VERSION = 1
#: From here on a finding is called certain (0–1).
_CERTAIN = 0.9
_LINKS = {
    LinkStatus.IDLE: note("idle"),
    LinkStatus.CONNECTING: note("connecting"),
    LinkStatus.LOST: note("lost"),
    LinkStatus.JUMP_LOST: note("jump-lost"),
    LinkStatus.REFUSED: note("refused"),
}


def document(state: State, now: float) -> dict[str, object]:
    """Return the status as the JSON document that ``status --json`` prints.

    Times are seconds: ``…_s`` are durations and ages, ``since`` is epoch seconds. ``null``
    stands for what is not known; a value that is too old to speak for the present is not told.
    """
    verdict = judge(state, now)
    return {
        "version": VERSION,
        "site": state.site.name,
        "at": round(now, 3),
        "verdict": verdict.level.value,
        "summary": say(verdict.headline),
        "troubles": [
            {
                "level": trouble.level.value,
                "cluster": trouble.cluster,
                "host": trouble.host,
                "text": say(trouble.note),
            }
            for trouble in verdict.troubles
        ],
        "causes": [
            {
                "cluster": cluster,
                "cause": one.cause,
                "confidence": round(one.confidence, 2),
                "nodes": list(one.nodes),
                "text": say(one.title),
            }
            for cluster, one in causes(state, now)
        ],
        "jumps": [_link(state, jump, now) for jump in state.site.jumps],
        "clusters": [_cluster(state, cluster, verdict, now) for cluster in state.site.clusters],
    }


def text(state: State, now: float) -> str:
    """Return the status for a human: verdict, VIPs, hosts, troubles."""
    verdict = judge(state, now)
    lines = [f"{verdict.level.value}: {say(verdict.headline)}"]
    lines += [t("  cause: {text}", text=say(one.title)) for _, one in causes(state, now)]
    for view in verdict.vips:
        lines.append(f"  {view.cluster}  {view.verdict.value:<11}  {say(view.headline)}")
        lines += [f"    {s.source.value:<7} {_mark(s.agrees)} {say(s.note)}" for s in view.sources]
    width = max((cells(host.name) for host in state.site.hosts), default=0)
    for host in state.site.hosts:
        lines.append(f"  {padded(host.name, width)}  {_host_line(state, host, now)}")
    shown = verdict.troubles[1:] if verdict.troubles else ()
    lines += [f"  {trouble.level.value}: {say(trouble.note)}" for trouble in shown]
    return cleaned("\n".join(lines))


def line(state: State, now: float) -> str:
    """Return the status as one line, as monitoring plugins print it; with the cause, if certain."""
    verdict = judge(state, now)
    more = len(verdict.troubles) - 1
    also = t(" (+{count} more)", count=more) if more > 0 else ""
    found = causes(state, now)
    why = t("; cause: {text}", text=say(found[0][1].title)) if found else ""
    return cleaned(f"{verdict.level.value}: {say(verdict.headline)}{also}{why}")


def causes(state: State, now: float) -> list[tuple[str, Finding]]:
    """Return why clusters are in trouble, where watching alone makes that certain, worst first.

    A cluster's name, and the finding. Nobody is asked for it, and nothing is said where the
    cause is no more than what the verdict says.
    """
    troubles = judge(state, now).troubles
    troubled = {one.cluster for one in troubles}
    told = [one.host for one in troubles[:1]]
    found = []
    for cluster in state.site.clusters:
        if cluster.name in troubled:
            diagnosis = diagnose(case_of(state, cluster, now))
            one = beyond_verdict(diagnosis.findings, told, sure=_CERTAIN)
            if one is not None:
                found.append((cluster.name, one))
    return sorted(found, key=lambda pair: -pair[1].severity.rank)


def as_json(state: State, now: float) -> str:
    """Return :func:`document` as text."""
    return json.dumps(cleaned_document(document(state, now)), indent=2, ensure_ascii=False)


def _mark(agrees: bool | None) -> str:
    return "?" if agrees is None else ("+" if agrees else "-")


def _cluster(state: State, cluster: Cluster, verdict: SiteVerdict, now: float) -> dict[str, object]:
    return {
        "name": cluster.name,
        "vips": [_vip(view) for view in verdict.vips if view.cluster == cluster.name],
        "hosts": [_host(state, host, now) for host in cluster.hosts],
    }


def _vip(view: VipView) -> dict[str, object]:
    return {
        "address": view.vip.address,
        "verdict": view.verdict.value,
        "owners": list(view.owners),
        "ghosts": list(view.ghosts),
        "since": view.since,
        "since_is_exact": view.exact,
        "text": say(view.headline),
        "sources": [
            {
                "source": source.source.value,
                "agrees": source.agrees,
                "owners": list(source.owners),
                "text": say(source.note),
            }
            for source in view.sources
        ],
    }


def _link(state: State, host: Host, now: float) -> dict[str, object]:
    link = state.host(host.name).link
    return {
        "name": host.name,
        "role": host.role.value,
        "link": link.status.value,
        "link_since_s": round(max(0.0, now - link.since), 3),
        "link_detail": say(link.detail) if link.detail else None,
    }


def _host(state: State, host: Host, now: float) -> dict[str, object]:
    known = state.host(host.name)
    units = {unit.name: unit for unit in known.current(known.units, now) or ()}
    nginx = units.get(NGINX)
    load = known.current(known.load, now)
    age = None if known.age_at is None else round(max(0.0, now - known.age_at), 3)
    document: dict[str, object] = {
        **_link(state, host, now),
        "keepalived": _keepalived(state, host, now),
        "nginx": {
            "active": nginx.running if nginx else None,
            "state": nginx.active if nginx else None,
            "problem": known.units.problem,
        },
        "load": load.one_minute if load else None,
        "clock_offset_s": round(known.clock.value.offset_s, 6) if known.clock.value else None,
        "age_s": age,
    }
    return document


def _keepalived(state: State, host: Host, now: float) -> dict[str, object]:
    known = state.host(host.name)
    daemon = known.current(known.daemon, now)
    firewall = known.current(known.firewall, now)
    first = daemon.instances[0] if daemon and daemon.instances else None
    return {
        "state": _state(daemon),
        "priority": first.priority if first else None,
        "base_priority": first.base_priority if first else None,
        "effective_priority": first.effective_priority if first else None,
        "version": daemon.version if daemon else None,
        "source": daemon.source.value if daemon else None,
        "instances": [
            {"name": i.name, "state": i.state.value, "vrid": i.vrid, "priority": i.priority}
            for i in (daemon.instances if daemon else ())
        ],
        "checks": [
            {"name": check.name, "status": check.status.value if check.status else None}
            for check in (daemon.checks if daemon else ())
        ],
        "vrrp_in_firewall": firewall.vrrp.value if firewall else None,
        "problem": known.daemon.problem,
    }


def _state(daemon: Daemon | None) -> str | None:
    """Return the state in one word: ``STOPPED`` and ``FROZEN`` are ours, the rest keepalived's."""
    if daemon is None:
        return None
    if not daemon.running:
        return "STOPPED"
    if daemon.frozen:
        return "FROZEN"
    return daemon.instances[0].state.value if daemon.instances else None


def _host_line(state: State, host: Host, now: float) -> str:
    known = state.host(host.name)
    if known.link.status is not LinkStatus.UP:
        why = f": {say(known.link.detail)}" if known.link.detail else ""
        return f"{say(_LINKS[known.link.status])}{why}"
    told = _host(state, host, now)
    nginx = told["nginx"]
    parts = [t("link up")]
    if host.role is Role.LB:
        daemon = known.current(known.daemon, now)
        first = daemon.instances[0] if daemon and daemon.instances else None
        word = _state(daemon) or t("unknown")
        parts.append(f"keepalived {word}" + (f" {first.priority}" if first else ""))
    state_word = nginx["state"] if isinstance(nginx, dict) and nginx["state"] else t("unknown")
    parts.append(f"nginx {state_word}")
    return ", ".join(parts)
