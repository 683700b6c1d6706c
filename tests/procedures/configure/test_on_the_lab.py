"""What is written, judged by those that read it: keepalived, nginx and a pair that moves."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from haconsole.lab import ready
from haconsole.lab.api import LabHandle
from haconsole.procedures.configure.firewall_shell import nft_step
from haconsole.procedures.configure.records import take_back
from haconsole.procedures.engine import Run
from haconsole.procedures.paths import KEEPALIVED_CONF, SERVER_CONF, STATE_DIR
from haconsole.procedures.progress import RunStatus, StepStatus
from haconsole.procedures.recipes import nginx
from haconsole.procedures.recipes.firewall import Need
from haconsole.procedures.recipes.keepalived import keepalived_conf
from haconsole.procedures.recipes.pair import CheckSettings, VipSettings, VrrpState
from haconsole.procedures.steps.files import KEEPALIVED_TEST
from haconsole.transport.commands import Command
from tests.procedures.driving import driving, told

pytestmark = pytest.mark.lab
PAIR = ready.pair_settings()
SOURCES = (("10.0.0.10", "fd00::10"), ("10.0.0.11", "fd00::11"))
UNICAST = tuple(
    replace(lb, source=four, source6=six) for lb, (four, six) in zip(PAIR.lbs, SOURCES, strict=True)
)
BACKUPS = tuple(replace(lb, state=VrrpState.BACKUP) for lb in PAIR.lbs)
SIX = VipSettings("fd00::100", 64)
CONFS = {
    "as the tutorial": PAIR,
    "password": replace(PAIR, password="s3cr.t_1"),
    "v3, fast": replace(PAIR, version=3, advert_int_s=0.2),
    "unicast": replace(PAIR, unicast=True, lbs=UNICAST),
    "no preemption": replace(PAIR, preempt=False, lbs=BACKUPS),
    "a delay": replace(PAIR, preempt_delay_s=30, lbs=BACKUPS),
    "weighted": replace(PAIR, check=CheckSettings(weight=-60)),
    "no check": replace(PAIR, check=None),
    "both families": replace(PAIR, vips=(VipSettings("10.0.0.100", 24), SIX)),
    "IPv6, unicast, fast": replace(
        PAIR, vips=(SIX,), unicast=True, lbs=UNICAST, version=3, advert_int_s=0.5
    ),
    "nobody's script": replace(PAIR, script_user="nobody"),
}
WRONG = {
    "no such interface": (PAIR, "eth0", "eth7", "doesn't exist"),
    "no such script": (PAIR, "check_nginx.sh", "nothing.sh", "not found/accessible"),
    "no such user": (PAIR, "script_user keepalived_script", "script_user noone", "uid/gid"),
    "no such word": (PAIR, "priority", "prioritat", "Unknown keyword 'prioritat'"),
}


def _forget(lab: LabHandle) -> None:
    """Leave the lab as other tests expect it: healthy, and without notes of ours."""
    for host in ("lb01", "lb02", "web01", "web02"):
        lab.exec(host, ["rm", "-rf", STATE_DIR])
    lab.heal()


def _test_all(lab: LabHandle, texts: dict[str, str]) -> dict[str, str]:
    """Let the wizard's own test judge many files in one go; returns what it says of each."""
    script = 'fail() { printf "%s" "$*"; exit 0; }\n'
    for name, text in texts.items():
        script += f"printf '\\n=%s=' {shlex.quote(name)}\n"
        script += f"(NEW=/tmp/keepalived.conf.haconsole-new; printf %s {shlex.quote(text)} >$NEW\n"
        script += f"{KEEPALIVED_TEST}\n)\n"
    said = lab.exec("lb01", ["sh", "-c", script]).stdout
    return dict(part.split("=", 1) for part in said.split("\n=")[1:])


def test_keepalived_takes_every_kind_of_file(lab: LabHandle) -> None:
    said = _test_all(lab, {name: keepalived_conf(pair, "lb01") for name, pair in CONFS.items()})
    assert said == dict.fromkeys(CONFS, "")


def test_what_keepalived_would_not_run_is_refused_in_its_words(lab: LabHandle) -> None:
    texts = {
        name: keepalived_conf(pair, "lb01").replace(old, new)
        for name, (pair, old, new, _) in WRONG.items()
    }
    said = _test_all(lab, texts)
    assert said.keys() == WRONG.keys()
    for name, (_, _, _, words) in WRONG.items():
        assert said[name].startswith("keepalived refuses it: "), said
        assert words in said[name]


def test_nginx_takes_every_kind_of_file(lab: LabHandle) -> None:
    servers = {
        "balancer": nginx.balancer_conf(
            nginx.BalancerSettings(("10.0.0.51:8080", "[fd00::51]"), 8000, 3, 30, 2, 90, ipv6=True)
        ),
        "web": nginx.web_conf(nginx.WebSettings("/srv/x", 8001, ipv6=True)),
        "health": nginx.health_conf(18080),
        "log": nginx.log_conf(),
    }
    script = ""
    for name, text in servers.items():
        script += (
            f"printf %s {shlex.quote(text)} >/tmp/{name}.conf\n"
            f"printf 'events {{ }}\\nhttp {{ include /tmp/{name}.conf; }}\\n' >/tmp/{name}-all.conf\n"
            f"nginx -t -q -c /tmp/{name}-all.conf || exit 1\n"
        )
    done = lab.exec("lb01", ["sh", "-c", script])
    assert (done.returncode, done.stderr) == (0, "")


NFT = """\
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        tcp dport 22 accept
    }
    chain output {
        type filter hook output priority filter; policy drop;
    }
}
table ip late {
    chain input {
        type filter hook input priority 10; policy accept;
        ip protocol 112 drop
    }
    chain nat {
        type nat hook prerouting priority -100;
    }
}
"""


def test_nftables_is_opened_once_and_closed_again(lab: LabHandle) -> None:
    """In a network namespace of its own, so that the pair notices nothing."""
    steps = [nft_step("lb01", need, ipv6=False) for need in (Need("vrrp"), Need("http", 80))]
    script = f"printf %s {shlex.quote(NFT)} | nft -f - || exit 9\nnft list ruleset >/tmp/nft.0\n"
    for name in ("check", "do", "check", "verify", "do"):
        for step in steps:
            command: Command = getattr(step, name)
            script += f"sh -c {shlex.quote(command.script)}; echo {name} $?\n"
        script += "nft list ruleset >/tmp/nft.new\n"
    script += "grep -c haconsole /tmp/nft.new\n"
    for step in reversed(steps):
        script += f"sh -c {shlex.quote(step.undo.script if step.undo else '')}; echo undo $?\n"
    # The last doing changed nothing, so a roll-back takes nothing of the first one back.
    script += "nft list ruleset | grep -c haconsole\n"
    whole = take_back("lb01").do
    assert whole is not None
    script += f"sh -c {shlex.quote(whole.script)}; echo back $?\n"
    script += "nft list ruleset | cmp - /tmp/nft.0 && echo as before\n"
    done = lab.exec("lb01", ["unshare", "-n", "sh", "-c", script])
    lab.exec("lb01", ["rm", "-rf", STATE_DIR])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n") == [
        *("check 1", "check 1", "do 0", "do 0", "check 0", "check 0", "verify 0", "verify 0"),
        *("do 0", "do 0", "4", "undo 0", "undo 0", "4", "back 0", "as before", ""),
    ]


def test_an_operators_own_rule_is_enough(lab: LabHandle) -> None:
    table = NFT.replace(
        "tcp dport 22 accept", "tcp dport { 22, 80 } accept; meta l4proto 112 accept"
    )
    table = table.replace("ip protocol 112 drop", "ip protocol vrrp accept; tcp dport 80 accept")
    script = f"printf %s {shlex.quote(table)} | nft -f - || exit 9\n"
    for need in (Need("vrrp"), Need("http", 80), Need("http 8080", 8080)):
        check = nft_step("lb01", need, ipv6=False).check
        assert check is not None
        script += f"sh -c {shlex.quote(check.script)}; echo $?\n"
    done = lab.exec("lb01", ["unshare", "-n", "sh", "-c", script])
    assert (done.stdout.split(), done.stderr) == (["0", "0", "1"], "")


async def test_a_ready_pair_is_left_alone_and_a_change_moves_it_as_said(lab: LabHandle) -> None:
    try:
        async with driving(lab) as driver:
            for name in ("configure-web", "configure-balancer", "install-check", "allow-vrrp"):
                await driver.apply(name)
            await driver.apply("configure-pair")
            assert [entry.name for entry in driver.changes] == []

            ground = await driver.ground()
            run = await driver.run("configure-pair", auth="pass", auth_pass="s3cret12", vrid="51")
            assert run.progress.status is RunStatus.FAILED  # files that the lab wrote are foreign
            assert "--overwrite" in str(run.progress.problem)
            assert ground.facts.hosts["lb01"].file(KEEPALIVED_CONF).foreign

            plan = await driver.plan("configure-pair", auth="pass", auth_pass="s3cret12", vrid="51")
            run = Run(driver.door, plan, overwrite=True)
            await run.execute()
            assert run.progress.status is RunStatus.DONE, told(run)
            assert "s3cret12" not in repr(driver.ledger)
            for host in ("lb01", "lb02"):
                seen = lab.exec(
                    host, ["sh", "-c", f"stat -c %a {KEEPALIVED_CONF}; cat {KEEPALIVED_CONF}"]
                )
                assert seen.stdout.startswith("600\n")
                assert "virtual_router_id 51" in seen.stdout
            back = await run.roll_back()
            assert back.status is RunStatus.ROLLED_BACK, told(run)
            for node in ("lb01", "lb02"):
                text = lab.exec(node, ["cat", KEEPALIVED_CONF]).stdout
                assert "virtual_router_id 50" in text
            await driver.apply("configure-pair")
    finally:
        _forget(lab)


async def test_what_stands_in_the_way_is_named(lab: LabHandle) -> None:
    """A port that somebody else has: nginx's own test and reload say nothing of it."""
    listen = "import socket, time; s = socket.create_server(('127.0.0.1', 18080)); time.sleep(60)"
    lab.exec("lb02", ["systemd-run", "-q", "--unit=squatter", "python3", "-c", listen])
    try:
        async with driving(lab) as driver:
            plan = await driver.plan("configure-balancer", health_port="18080")
            run = Run(driver.door, plan, overwrite=True)
            await run.execute()
            step = next(s for s in run.plan.steps if s.id.endswith("health.conf@lb02"))
            standing = run.progress.of(step.id)
            assert standing.status is StepStatus.FAILED
            assert "port 18080 is in use by python3" in str(standing.problem)
            after = lab.exec("lb02", ["cat", SERVER_CONF]).stdout
            assert "upstream kd" in after
    finally:
        lab.exec("lb02", ["systemctl", "stop", "squatter"])
        _forget(lab)
