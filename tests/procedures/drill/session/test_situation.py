"""The pair in the terms of the prediction: from its files, versions and readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haconsole.domain.daemon import VrrpState
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Scenario
from haconsole.procedures.drill.situation import situation
from haconsole.procedures.facts import ClusterFacts, FoundFile
from haconsole.procedures.paths import NGINX_CONF, SERVER_CONF
from tests.support.parts import units
from tests.support.states import NOW, healthy

from .grounds import conf, facts_of, found


def test_the_lbs_are_what_their_files_and_daemons_say() -> None:
    here = found().situation
    lb01, lb02 = here.lbs
    assert (lb01.state, lb02.state) == (VrrpState.MASTER, VrrpState.BACKUP)
    assert (lb01.base_priority, lb02.base_priority) == (150, 100)
    assert (lb01.keepalived, lb01.address, lb02.address) == ((2, 2, 7), "10.0.0.10", "10.0.0.11")
    assert here.owner == "lb01"
    assert here.backends == ("web01", "web02")
    assert not here.problems


def test_a_dead_nginx_serves_nobody() -> None:
    scene = healthy()
    cluster = scene.site.clusters[0]
    dead = scene.then(
        units(NOW, cluster.lbs[1], nginx="failed"), units(NOW, cluster.webs[0], nginx="inactive")
    )
    here = situation(cluster, cluster.vips[0], dead.state, NOW, facts_of(cluster))
    assert [lb.serves for lb in here.lbs] == [True, False]
    assert here.backends == ("web02",)


def test_misconfigured_pairs_are_predicted_not_to_fail_over() -> None:
    unwatched = {name: conf(name, priority, track="") for name, priority in PRIORITIES.items()}
    positive = {name: conf(name, priority, weight=20) for name, priority in PRIORITIES.items()}
    held = {
        name: conf(name, priority, weight=-60, more="nopreempt")
        for name, priority in PRIORITIES.items()
    }
    for texts, words in (
        (unwatched, "does not track it"),
        (positive, "not more than the gap of 50"),
        (held, "nopreempt"),
    ):
        foreseen = predict(Scenario.NGINX_STOP, found(texts=texts).situation.lbs)
        assert foreseen.takes_over is None
        assert words in " ".join(str(one) for one in foreseen.why_not)


PRIORITIES = {"lb01": 150, "lb02": 100}


def test_a_missing_script_is_asleep() -> None:
    scene = healthy()
    cluster = scene.site.clusters[0]
    missing = {"lb01": frozenset({"check_nginx"})}
    here = situation(cluster, cluster.vips[0], scene.state, NOW, facts_of(cluster), missing)
    foreseen = predict(Scenario.NGINX_STOP, here.lbs)
    assert foreseen.takes_over is None
    assert "is not there" in str(foreseen.why_not[0])


@pytest.mark.parametrize(
    ("servers", "left_out_s"),
    [
        ("server 10.0.0.51; server 10.0.0.52;", 10.0),
        ("server 10.0.0.51 fail_timeout=3s; server 10.0.0.52 fail_timeout=1m;", 60.0),
        ("server 10.0.0.51 max_fails=0; server 10.0.0.52 max_fails=0 fail_timeout=1m;", 0.0),
        ("server 10.0.0.51;", 0.0),
    ],
)
def test_for_how_long_an_lb_leaves_web_nodes_out(servers: str, left_out_s: float) -> None:
    scene = healthy()
    cluster = scene.site.clusters[0]
    facts = facts_of(cluster)
    texts = {
        NGINX_CONF: "http { include /etc/nginx/conf.d/*.conf; }",
        SERVER_CONF: f"upstream web {{ {servers} }} server {{ location / {{ proxy_pass http://web; }} }}",
    }
    files = {**facts.hosts["lb01"].files, **{p: FoundFile(p, text) for p, text in texts.items()}}
    hosts = {**facts.hosts, "lb01": replace(facts.hosts["lb01"], files=files)}
    here = situation(cluster, cluster.vips[0], scene.state, NOW, ClusterFacts(hosts))
    assert [lb.left_out_s for lb in here.lbs] == [left_out_s, 0.0]


def test_a_file_without_the_vip_is_said() -> None:
    here = found(texts={"lb02": "vrrp_instance VI_9 {\n virtual_router_id 9\n}\n"}).situation
    assert [lb.name for lb in here.lbs] == ["lb01"]
    assert "no instance for 10.0.0.100" in str(here.problems[0])


def test_patience_is_longer_than_any_takeover() -> None:
    here = found().situation
    for scenario in Scenario:
        if scenario in (Scenario.BACKEND_DOWN, Scenario.REBOOT):
            continue
        takeover = predict(scenario, here.lbs).takeover
        assert takeover is not None
        assert takeover.max_s < here.patience_s + 4.0
