"""configure-balancer, configure-web, install-check, allow-vrrp: plans from facts."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from haconsole.domain.facts import Address
from haconsole.domain.model import Vip
from haconsole.procedures.catalogue import ENTRIES, Ground, entry
from haconsole.procedures.configure.nginx import without_default_server
from haconsole.procedures.errors import AnswerError
from haconsole.procedures.facts import Manager
from haconsole.procedures.paths import (
    CHECK_SCRIPT,
    DEFAULT_SITE,
    INDEX_PAGE,
    IPTABLES_RULES,
    KEEPALIVED_CONF,
    NFTABLES_CONF,
    NGINX_CONF,
    SERVER_CONF,
)
from haconsole.procedures.plan import Plan
from haconsole.procedures.recipes.firewall import Need, iptables_with, nftables_with

from .grounds import CLUSTER, TOOLS, fresh_facts, ground, plan, with_facts, with_file

OURS = ("configure-pair", "configure-balancer", "configure-web", "install-check", "allow-vrrp")
RHEL8 = """\
http {
    include /etc/nginx/conf.d/*.conf;
    server {
        listen       80 default_server;
        listen       [::]:80 default_server;
        # listen 8080 default_server;
        server_name  _;
    }
}
"""
NFT = """\
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tct state established,related accept
\t}
\tchain output {
\t\ttype filter hook output priority filter;
\t}
}
"""
SAVED = """\
*nat
:PREROUTING ACCEPT [0:0]
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -i lo -j ACCEPT
COMMIT
"""


def files(made: Plan, host: str) -> dict[str, str | None]:
    return {s.file.path: s.file.after for s in made.steps if s.file and s.host == host}


def changed(made: Plan) -> list[str]:
    return [step.id for step in made.steps if step.file and step.file.changes]


@pytest.mark.parametrize("name", OURS)
def test_a_ready_pair_needs_no_other_file(name: str) -> None:
    assert changed(plan(name, ground())) == []


@pytest.mark.parametrize("firewall", ["firewalld", "nftables", "iptables"])
@pytest.mark.parametrize("facts", [fresh_facts, None], ids=["fresh", "ready"])
@pytest.mark.parametrize("name", OURS)
def test_every_script_is_one_that_sh_reads(name: str, facts, firewall: str) -> None:
    base = ground(facts) if facts else ground()
    for host in base.facts.hosts:
        base = with_facts(base, host, firewall=firewall, selinux="enforcing")
    made = plan(name, base)
    ids = [step.id for step in made.steps]
    assert len(set(ids)) == len(ids)
    for step in made.steps:
        for command in (step.do, step.check, step.verify, step.undo):
            if command is not None:
                done = subprocess.run(
                    ["sh", "-n"], input=command.script, text=True, capture_output=True, check=False
                )
                assert done.returncode == 0, f"{step.id}: {done.stderr}\n{command.script}"


def test_the_catalogue_finds_all_of_them() -> None:
    for name in OURS:
        module = ENTRIES[name].load()
        assert callable(module.form)
        assert callable(module.plan)


def test_the_balancer_of_fresh_hosts() -> None:
    made = plan("configure-balancer", ground(fresh_facts), max_fails="3", fail_timeout="20")
    text = files(made, "lb01")[SERVER_CONF] or ""
    assert "server 10.0.0.51 max_fails=3 fail_timeout=20s;" in text
    assert "proxy_read_timeout 60s;" in text
    assert "listen 80 default_server;" in text
    assert "[::]" not in text
    assert not made.phases[0].parallel
    assert files(made, "lb01").keys() >= {DEFAULT_SITE}


def test_an_ipv6_vip_makes_nginx_listen_there() -> None:
    base = ground(fresh_facts, cluster=replace(CLUSTER, vips=(Vip("2001:db8::100"),)))
    text = files(
        plan("configure-balancer", base, backends="10.0.0.51, [2001:db8::51]:8080"), "lb01"
    )
    assert "listen [::]:80 default_server;" in (text[SERVER_CONF] or "")
    assert "server [2001:db8::51]:8080 " in (text[SERVER_CONF] or "")


def test_an_ipv6_vip_is_asked_by_one_who_has_a_way_there() -> None:
    base = ground(cluster=replace(CLUSTER, vips=(*CLUSTER.vips, Vip("fd00::100", 64))))
    for number, lb in enumerate(("lb01", "lb02"), 10):
        known = base.facts.hosts[lb].addresses
        base = with_facts(base, lb, addresses=(*known, Address(f"fd00::{number}", 64, "eth0")))

    def askers(on: Ground) -> dict[str, str]:
        made = plan("configure-pair", on)
        return {s.id.split("@")[0]: s.host for s in made.steps if s.id.startswith("ask ")}

    assert askers(base) == {"ask 10.0.0.100": "web01", "ask fd00::100": "lb02"}
    six = (*base.facts.hosts["web02"].addresses, Address("fd00::52", 64, "eth0"))
    assert askers(with_facts(base, "web02", addresses=six))["ask fd00::100"] == "web02"
    local = (*base.facts.hosts["web02"].addresses, Address("fe80::52", 64, "eth0"))
    assert askers(with_facts(base, "web02", addresses=local))["ask fd00::100"] == "lb02"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"backends": ""}, "at least one backend"),
        ({"backends": "10.0.0.51, 10.0.0.51"}, "there twice"),
        ({"backends": "web01;"}, "is no backend"),
        ({"backends": "10.0.0.51:99999"}, "is no backend"),
        ({"backends": "10.0.0.100"}, "in a circle"),
        ({"backends": "10.0.0.11, 10.0.0.51"}, "in a circle"),
        ({"health_port": "80"}, "port of its own"),
        ({"fail_timeout": "0"}, "from 1 to 3600"),
    ],
)
def test_balancers_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(AnswerError, match=sentence):
        plan("configure-balancer", ground(), **given)


def test_the_health_answer_is_asked_where_it_is() -> None:
    made = plan("install-check", ground(fresh_facts), health_port="18080", check_timeout="1")
    assert "http://127.0.0.1:18080/health" in (files(made, "lb02")[CHECK_SCRIPT] or "")


def test_rhels_default_server_loses_its_word_and_nothing_else() -> None:
    text = without_default_server(RHEL8, 80)
    wanted = RHEL8.replace("       80 default_server;", "       80;")
    assert text == wanted.replace("]:80 default_server;", "]:80;")
    assert without_default_server(RHEL8, 8080) == RHEL8
    base = with_file(ground(fresh_facts), "web01", NGINX_CONF, RHEL8)
    base = with_facts(base, "web01", manager=Manager.DNF)
    made = plan("configure-web", base)
    assert files(made, "web01")[NGINX_CONF] == text
    assert DEFAULT_SITE not in files(made, "web01")
    assert [s.file.path for s in made.foreign_files if s.file] == [NGINX_CONF]


def test_pages_that_are_there_stay() -> None:
    site = "<html>\n<body>shop</body>\n</html>\n"
    base = with_file(ground(fresh_facts), "web01", INDEX_PAGE, site)
    made = plan("configure-web", base)
    assert INDEX_PAGE not in files(made, "web01")
    assert files(made, "web02")[INDEX_PAGE] == "web02 web02 web02\n"
    made = plan("configure-web", ground(fresh_facts), root="/srv/shop")
    assert INDEX_PAGE not in files(made, "web02")
    with pytest.raises(AnswerError, match="absolute path"):
        plan("configure-web", ground(), root="/srv/../etc; x")


def test_the_check_changes_the_conf_of_a_pair_that_has_one() -> None:
    made = plan("install-check", ground(), check_weight="-60", check_interval="5")
    text = files(made, "lb01")[KEEPALIVED_CONF] or ""
    assert "weight -60" in text
    assert "interval 5" in text
    assert [lane[0].host for lane in made.phases[1].lanes] == ["lb02", "lb01"]
    with pytest.raises(AnswerError, match="too small for the gap"):
        plan("install-check", ground(), check_weight="-50")


HAND_WRITTEN = """\
! our pair, do not touch
global_defs {
  router_id LVS   # legacy name
}
vrrp_script check_web {
  script "/server/scripts/check_web.sh"
  interval 10
  weight 50
}
vrrp_instance VI_1 {
  state @state@
  interface eth0
  virtual_router_id 50
  priority @priority@
  virtual_ipaddress { 10.0.0.100
  }
  notify_master "/usr/local/bin/page on-call"   # keep
  track_script {
    check_web
  }
}
virtual_server 10.0.0.100 443 {
  delay_loop 6
}
"""


def test_the_check_is_put_into_a_file_of_somebody_else_and_nothing_else_changes() -> None:
    base = ground()
    for host, state, priority in (("lb01", "MASTER", "150"), ("lb02", "BACKUP", "100")):
        text = HAND_WRITTEN.replace("@state@", state).replace("@priority@", priority)
        base = with_file(base, host, KEEPALIVED_CONF, text)
    with pytest.raises(AnswerError, match="too small for the gap of 50"):
        plan("install-check", base)  # the tutorial's weight is what is offered, and no good
    made = plan("install-check", base, check_weight="0", check_interval="2", check_timeout="1")
    step = made.step(f"place {KEEPALIVED_CONF}@lb02")
    assert step.file
    added = [line[1:].strip() for line in step.file.diff()[2:] if line.startswith("+")]
    gone = [line[1:].strip() for line in step.file.diff()[2:] if line.startswith("-")]
    assert gone == ['script "/server/scripts/check_web.sh"', "interval 10", "weight 50"]
    assert added == [
        *("enable_script_security", "script_user nobody"),
        *('script "/etc/keepalived/check_nginx.sh"', "interval 2", "weight 0"),
        *("timeout 1", "fall 1", "rise 1"),
    ]
    assert step.file.foreign


def test_the_check_alone_leaves_the_conf_to_come() -> None:
    made = plan("install-check", ground(fresh_facts))
    assert KEEPALIVED_CONF not in files(made, "lb01")
    assert any("configure-pair" in str(one) for one in made.warnings)


def test_a_host_without_curl_and_wget_is_told_of() -> None:
    base = with_facts(ground(fresh_facts), "lb01", tools=TOOLS - {"curl"})
    made = plan("install-check", base)
    assert "/run/nginx.pid" in (files(made, "lb01")[CHECK_SCRIPT] or "")
    assert any("neither curl nor wget" in str(one) for one in made.warnings)


def test_firewalls_are_opened_by_what_a_host_is_for() -> None:
    made = plan("allow-vrrp", ground(fresh_facts))
    scripts = {step.host: step.do.script if step.do else "" for step in made.steps}
    assert "vrrp" in scripts["lb01"]
    assert "vrrp" not in scripts["web01"]
    assert all("service=http" in script for script in scripts.values())
    made = plan("allow-vrrp", ground(fresh_facts), allow_http="no")
    assert set(made.hosts) == {"lb01", "lb02"}
    with pytest.raises(AnswerError, match="nothing to let in"):
        plan("allow-vrrp", ground(), allow_http="no", allow_vrrp="no")


def test_no_firewall_needs_nothing() -> None:
    base = ground(lambda node: fresh_facts(node, firewall="none"))
    made = plan("allow-vrrp", base)
    assert made.steps == ()
    assert "No firewall is active" in str(made.warnings[0])


def test_nftables_rules_outlive_a_reboot_where_something_loads_them() -> None:
    base = ground(lambda node: fresh_facts(node, firewall="nftables"))
    made = plan("allow-vrrp", base)
    assert len(made.warnings) == 4
    base = with_file(base, "lb01", NFTABLES_CONF, NFT, mode=0o755)
    made = plan("allow-vrrp", base)
    step = made.step(f"place {NFTABLES_CONF}@lb01")
    assert step.file
    assert step.file.foreign
    assert step.file.mode == 0o755
    lines = (step.file.after or "").splitlines()
    at = lines.index("\t\ttype filter hook input priority filter; policy drop;")
    assert lines[at + 1] == '\t\tmeta l4proto 112 accept comment "haconsole vrrp"'
    assert lines[at + 2] == '\t\ttcp dport 80 accept comment "haconsole http"'
    assert len(made.warnings) == 3


def test_iptables_rules_outlive_a_reboot_where_something_loads_them() -> None:
    base = ground(lambda node: fresh_facts(node, firewall="iptables"))
    base = with_file(base, "lb02", IPTABLES_RULES, SAVED)
    text = files(plan("allow-vrrp", base), "lb02")[IPTABLES_RULES] or ""
    assert text == SAVED.replace(
        "-A INPUT -i lo",
        "-A INPUT -p 112 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n-A INPUT -i lo",
    )


def test_rules_are_added_once() -> None:
    needs = (Need("vrrp"), Need("http", 80))
    once = nftables_with(NFT, needs)
    assert nftables_with(once, needs) == once
    saved = iptables_with(SAVED, needs)
    assert iptables_with(saved, needs) == saved
    assert iptables_with("*nat\nCOMMIT\n", needs) == "*nat\nCOMMIT\n"
    bare = "*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
    assert iptables_with(bare, needs[:1]) == bare.replace(
        "COMMIT", "-A INPUT -p 112 -j ACCEPT\nCOMMIT"
    )


def test_names_lead_to_the_procedures() -> None:
    assert str(entry("allow-vrrp").title) == "Let VRRP and HTTP through the firewall"
