"""A healthy pair as facts and readings, to look at before a drill."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from haconsole.domain.facts import Address
from haconsole.domain.model import Cluster
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.ask import Ask
from haconsole.procedures.drill.preflight import Found
from haconsole.procedures.drill.situation import situation
from haconsole.procedures.facts import ClusterFacts, FoundFile, HostFacts
from haconsole.procedures.paths import KEEPALIVED_CONF
from tests.support.parts import VIP, Scene
from tests.support.states import healthy

CONF = """\
global_defs {{
    router_id {host}
}}
vrrp_script check_nginx {{
    script "/etc/keepalived/check_nginx.sh"
    interval 2
    timeout 1
    fall 2
    rise 2
    weight {weight}
}}
vrrp_instance VI_1 {{
    state BACKUP
    interface eth0
    virtual_router_id 50
    priority {priority}
    advert_int 1
    {more}
    authentication {{
        auth_type PASS
        auth_pass s3cretpw
    }}
    virtual_ipaddress {{
        {vip}/24 dev eth0
    }}
    {track}
}}
"""
TRACK = "track_script {\n        check_nginx\n    }"


def conf(host: str, priority: int, *, weight: int = -60, track: str = TRACK, more: str = "") -> str:
    """One LB's keepalived.conf, after the tutorial."""
    return CONF.format(host=host, priority=priority, weight=weight, track=track, more=more, vip=VIP)


def facts_of(cluster: Cluster, **texts: str) -> ClusterFacts:
    """What a survey finds; ``texts``: host → its keepalived.conf."""
    found = {}
    for index, host in enumerate(cluster.hosts):
        default = conf(host.name, 150 - 50 * index) if index < 2 else None
        text = texts.get(host.name, default)
        files = {KEEPALIVED_CONF: FoundFile(KEEPALIVED_CONF, text, sum="ab" * 32)}
        found[host.name] = HostFacts(
            host.name,
            0.0,
            version="2.2.7" if text else None,
            nginx_version="1.22.1",
            files=MappingProxyType(files),
            addresses=(Address(host.address, 24, "eth0"), Address(VIP, 24, "eth0")),
        )
    return ClusterFacts(MappingProxyType(found))


def found(
    scenario: Scenario = Scenario.STOP,
    scene: Scene | None = None,
    *,
    limit_s: float = 60.0,
    target: str | None = None,
    texts: Mapping[str, str] | None = None,
) -> Found:
    """All that a preflight looks at, of a pair where all is well."""
    scene = scene or healthy()
    cluster, state = scene.site.clusters[0], scene.state
    facts = facts_of(cluster, **(texts or {}))
    here = situation(cluster, cluster.vips[0], state, scene.now, facts)
    known = [lb.name for lb in here.lbs]
    if scenario is Scenario.BACKEND_DOWN:
        known = list(here.backends)
    foreseen = (
        predict(scenario, here.lbs, target=target, backends=here.backends)
        if target is None or target in known
        else None
    )
    return Found(
        cluster=cluster,
        ask=Ask(scenario=scenario, vip=VIP, limit_s=limit_s, target=target),
        state=state,
        now=scene.now,
        situation=here,
        writable=True,
        prediction=foreseen,
        facts=facts,
        clocks={"lb01": (0.01, 0.001)},
    )
