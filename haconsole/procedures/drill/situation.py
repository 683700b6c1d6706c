"""The pair as it is now, in the terms of the prediction: every LB with its file and its state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from haconsole.domain.conf import KeepalivedConf
from haconsole.domain.model import Cluster, Host, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.state import State
from haconsole.domain.verdict import NGINX
from haconsole.domain.vrrp_router import Router, current_owner, router_of
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.nginx_conf import read_nginx
from haconsole.procedures.configure.conf import running_version
from haconsole.procedures.facts import ClusterFacts, HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.steps.shell import quote
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import TransportError

Scripts = Mapping[str, frozenset[str]]
_NONE: Scripts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Situation:
    """What a prediction is made from. ``backends``: the web nodes whose nginx runs.

    ``problems``: what is not known of it, in sentences; the prediction may be wrong there.
    """

    vip: Vip
    lbs: tuple[Router, ...] = ()
    backends: tuple[str, ...] = ()
    problems: tuple[Note, ...] = field(default=())

    @property
    def owner(self) -> str | None:
        """The LB that owns the VIP."""
        owner = current_owner(self.lbs)
        return owner.name if owner else None

    @property
    def patience_s(self) -> float:
        """After how long nobody takes over any more, whatever failed (seconds)."""
        downs = [
            lb.down_adverts * max(one.advert_int_s for one in self.lbs)
            + lb.waits().skew_s
            + lb.preempt_delay_s
            + (2 * lb.advert_int_s if lb.old else 0.0)
            for lb in self.lbs
        ]
        checks = [
            (one.script.fall or 1) * one.interval_s + one.timeout_s
            for lb in self.lbs
            for one in lb.tracked()
        ]
        return max(downs, default=0.0) + max(checks, default=0.0) + 1.0


def confs_of(cluster: Cluster, facts: ClusterFacts) -> dict[str, KeepalivedConf]:
    """Return what each LB's keepalived.conf says; those without one are left out."""
    found = {}
    for lb in cluster.lbs:
        text = facts.hosts[lb.name].file(KEEPALIVED_CONF).text if lb.name in facts.hosts else None
        if text is not None:
            found[lb.name] = read_conf(text, KEEPALIVED_CONF)
    return found


async def missing_scripts(door: Door, confs: Mapping[str, KeepalivedConf]) -> Scripts:
    """Ask every LB which of its checks' programs cannot be run; raises nothing.

    keepalived looks for the file as ``access(2)`` does (``find_path``); a program without a path
    is looked for on PATH.
    """

    async def one(host: str, conf: KeepalivedConf) -> frozenset[str]:
        asked = {script.name: script.argv[0] for script in conf.scripts if script.argv}
        if not asked:
            return frozenset()
        lines = [f"{_can_run(program)} || echo {quote(name)}" for name, program in asked.items()]
        command = Command("drill scripts", "\n".join([*lines, ":"]), root=True, timeout_s=10.0)
        try:
            result = await door.run(host, command)
        except TransportError:
            return frozenset()
        return frozenset(result.stdout.split()) & frozenset(asked)

    found = await asyncio.gather(*(one(host, conf) for host, conf in confs.items()))
    return MappingProxyType(dict(zip(confs, found, strict=True)))


def _can_run(program: str) -> str:
    if "/" in program:
        return f"[ -x {quote(program)} ]"
    return f"command -v {quote(program)} >/dev/null 2>&1"


def situation(
    cluster: Cluster,
    vip: Vip,
    state: State,
    now: float,
    facts: ClusterFacts,
    missing: Scripts = _NONE,
) -> Situation:
    """Return the pair as it is: files and versions from ``facts``, what goes on from ``state``."""
    confs = confs_of(cluster, facts)
    routers: list[Router] = []
    problems: list[Note] = []
    vips = {one.address for one in cluster.vips}
    for lb in cluster.lbs:
        conf = confs.get(lb.name)
        if conf is None:
            problem = facts.problems.get(lb.name)
            said = note("{host} has no keepalived.conf", host=lb.name) if problem is None else note(
                "{host} could not be read: {problem}", host=lb.name, problem=problem
            )  # fmt: skip
            problems.append(said)
            continue
        router = _router(lb, conf, vip, state, now, facts.hosts[lb.name], missing, vips)
        if router is None:
            problems.append(
                note("keepalived.conf of {host} has no instance for {vip}", host=lb.name,
                     vip=vip.address)
            )  # fmt: skip
            continue
        routers.append(router)
        if conf.includes:
            problems.append(
                note(
                    "keepalived.conf of {host} includes {files}, which the prediction leaves out",
                    host=lb.name,
                    files=", ".join(conf.includes),
                )
            )
    backends = tuple(web.name for web in cluster.webs if _nginx_runs(state, web, now) is not False)
    return Situation(vip, tuple(routers), backends, tuple(problems))


def _router(
    lb: Host,
    conf: KeepalivedConf,
    vip: Vip,
    state: State,
    now: float,
    facts: HostFacts,
    missing: Scripts,
    vips: set[str],
) -> Router | None:
    known = state.host(lb.name)
    router = router_of(
        lb.name,
        conf,
        vip.address,
        known.current(known.daemon, now),
        vrid=vip.vrid,
        keepalived=running_version(facts),
        missing_scripts=missing.get(lb.name, frozenset()),
        serves=_nginx_runs(state, lb, now) is not False,
    )
    if router is None:
        return None
    router = replace(router, left_out_s=_left_out_s(facts))
    if router.address:
        return router
    interface = router.instance.interface or ""
    own = _own_address(facts, interface, vips, v6=vip.ip.version == 6)
    return replace(router, address=own)


def _own_address(facts: HostFacts, interface: str, vips: set[str], *, v6: bool) -> str:
    """Return from where its adverts come: its first address on the interface (IPv6: fe80::)."""
    own = [
        one.address
        for one in facts.addresses
        if one.interface == interface
        and one.address not in vips
        and (":" in one.address) is v6
        and (not v6 or one.address.lower().startswith("fe80:"))
    ]
    return own[0] if own else ""


def _left_out_s(facts: HostFacts) -> float:
    """Return for how long nginx leaves a web node out at most; one that is alone never is."""
    texts = {path: file.text for path, file in facts.files.items() if file.text is not None}
    groups = [one.servers for one in read_nginx(texts).upstreams if len(one.servers) > 1]
    times = [server.fail_timeout_s for group in groups for server in group if server.max_fails]
    return max(times, default=0.0)


def _nginx_runs(state: State, host: Host, now: float) -> bool | None:
    known = state.host(host.name)
    units = known.current(known.units, now)
    nginx = next((unit for unit in units or () if unit.name == NGINX), None)
    return None if nginx is None else nginx.running
