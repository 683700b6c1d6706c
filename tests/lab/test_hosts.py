"""The hosts of a ready lab: the way in, the users, what runs, and ``exec``."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from haconsole.lab.api import LabHandle
from tests.lab.looks import COMMAND, addresses, cli, owners, unit, until

pytestmark = pytest.mark.lab


def ssh(lab: LabHandle, user: str, address: str, command: str, **options: str | None) -> str:
    """Log in as an operator would: OpenSSH, through the bastion, host keys checked."""
    common = (
        *("-F", "none", "-i", str(lab.places.client_key), "-o", "IdentitiesOnly=yes"),
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"),
        *("-o", f"UserKnownHostsFile={lab.places.known_hosts}"),
    )
    bastion = f"ops@127.0.0.1 -p {lab.record.port} -W %h:%p"
    proxy = f"ssh {' '.join(common)} {bastion}"
    done = subprocess.run(
        ["ssh", *common, "-o", f"ProxyCommand={proxy}", f"{user}@{address}", command],
        capture_output=True,
        text=True,
        input=options.get("stdin"),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hosts(inventory: Path) -> dict[str, str]:
    pair = yaml.safe_load(inventory.read_text())["clusters"]["pair"]
    return {**pair["lbs"], **pair["webs"]}


def test_every_host_of_the_inventory_lets_ops_in(lab: LabHandle) -> None:
    for name, address in hosts(lab.inventory).items():
        seen = ssh(lab, "ops", address, "hostname; id -u; sudo -n id -u").split()
        assert seen == [name, "1000", "0"]


def test_the_inventory_says_where_everything_is(lab: LabHandle) -> None:
    told = yaml.safe_load(lab.inventory.read_text())
    assert told["lab"] is True
    assert told["site"] == lab.name
    assert told["defaults"]["become"] == "sudo"
    assert Path(told["defaults"]["key"]).stat().st_mode & 0o777 == 0o600
    assert Path(told["defaults"]["known_hosts"]).is_file()
    assert told["jumps"] == {"bastion": {"address": "127.0.0.1", "port": lab.record.port}}
    assert told["clusters"]["pair"]["vips"] == [
        {"address": "10.0.0.100/32", "interface": "eth0", "vrid": 50}
    ]


@pytest.mark.parametrize("user", ["ops-fish", "ops-csh"])
def test_users_with_other_shells_are_greeted_by_a_banner(lab: LabHandle, user: str) -> None:
    seen = ssh(lab, user, "10.0.0.10", "id -un; sudo -n id -u").splitlines()
    assert seen == [f"** {user}: authorised use only **", user, "0"]


def test_a_user_whose_sudo_asks_for_the_password(lab: LabHandle) -> None:
    assert lab.places.password.stat().st_mode & 0o777 == 0o600
    password = lab.places.password.read_text()
    refused = "sudo -n id -u 2>&1 || echo refused"
    assert "refused" in ssh(lab, "ops-pw", "10.0.0.10", refused)
    asked = ssh(lab, "ops-pw", "10.0.0.10", "sudo -S -p '' id -u", stdin=password)
    assert asked.strip() == "0"
    offered = lab.exec("lb01", ["sshd", "-T", "-C", "user=ops-pw,host=x,addr=10.0.0.5"]).stdout
    assert "passwordauthentication yes" in offered
    others = lab.exec("lb01", ["sshd", "-T", "-C", "user=ops,host=x,addr=10.0.0.5"]).stdout
    assert "passwordauthentication no" in others


def test_the_vip_is_answered_by_both_backends_and_logged(lab: LabHandle) -> None:
    pages = {lab.exec("bastion", ["curl", "-fsS", "http://10.0.0.100/"]).stdout for _ in range(4)}
    assert pages == {"web01 web01 web01\n", "web02 web02 web02\n"}
    lines = lab.exec("lb01", ["tail", "-n", "4", "/var/log/nginx/haconsole.log"]).stdout
    for line in lines.splitlines():
        fields = line.split("\t")
        assert len(fields) == 11
        assert abs(float(fields[0]) - time.time()) < 60
        assert fields[1:5] == ["10.0.0.5", "GET", "/", "200"]
        assert fields[5] in ("10.0.0.51:80", "10.0.0.52:80")


def test_firewalls_are_on_and_let_in_only_what_is_needed(lab: LabHandle) -> None:
    rules = {
        host: lab.exec(host, ["firewall-cmd", "--list-all"]).stdout
        for host in ("bastion", "lb01", "web01")
    }
    assert 'rule protocol value="vrrp" accept' in rules["lb01"]
    assert "vrrp" not in rules["web01"] + rules["bastion"]
    assert "http" in rules["web01"]
    assert "http" not in rules["bastion"]


def test_nothing_failed_while_booting(lab: LabHandle) -> None:
    for host in lab.record.hosts:
        assert lab.exec(host, ["systemctl", "is-system-running"]).stdout.strip() == "running"


def test_a_host_sees_its_own_interfaces_alone(lab: LabHandle) -> None:
    """In /sys too, which must not be that of this machine."""
    for host in lab.record.hosts:
        assert lab.exec(host, ["ls", "/sys/class/net"]).stdout.split() == ["eth0", "lo"]
        in_sys = lab.exec(host, ["cat", "/sys/class/net/eth0/address"]).stdout
        assert in_sys.strip() in lab.exec(host, ["ip", "link", "show", "eth0"]).stdout
        writes = ["sysctl", "-q", "-w", "net.ipv4.ip_nonlocal_bind=0"]
        assert lab.exec(host, writes).returncode == 0


def test_exec_passes_input_output_and_status(lab: LabHandle) -> None:
    def run(*argv: str, text: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [*COMMAND, "exec", "--name", lab.name, *argv],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    assert run("lb01", "cat", text="as it is\n") == (0, "as it is\n", "")
    assert run("web02", "sh", "-c", "echo no >&2; hostname; exit 7") == (7, "web02\n", "no\n")
    assert run("lb01", "--", "test", "-e", "/nowhere")[0] == 1
    status, _, words = run("lb09", "true")
    assert status == 2
    assert words == f"The lab '{lab.name}' has no host 'lb09': it has {_names(lab.record.hosts)}.\n"


def _names(hosts: Sequence[str]) -> str:
    return ", ".join(hosts)


def test_exec_works_while_the_network_does_not(healed: LabHandle) -> None:
    healed.fault("link-down", "web01")
    healed.fault("sshd-stop", "web01")
    assert healed.exec("web01", ["hostname"]).stdout == "web01\n"


def test_a_host_can_reboot(healed: LabHandle) -> None:
    lab = healed
    init = lab.machine("web02").init()
    lab.exec("web02", ["systemctl", "reboot"])
    assert until(lambda: lab.machine("web02").init() not in (None, init), 30)
    assert until(lambda: unit(lab, "web02", "nginx") == "active", 30)
    assert addresses(lab, "web02") == {"10.0.0.52"}


def test_heal_boots_a_host_that_was_switched_off(healed: LabHandle) -> None:
    lab = healed
    lab.exec("lb01", ["systemctl", "poweroff"])
    assert until(lambda: lab.machine("lb01").init() is None, 30)
    assert "lb01 (off)" in cli("status", "--name", lab.name).stdout
    done = cli("exec", "--name", lab.name, "lb01", "true")
    assert (done.returncode, done.stderr) == (1, "lb01 is not running.\n")
    lab.heal()
    assert owners(lab) == {"lb01"}


def test_the_way_in_costs_next_to_nothing(lab: LabHandle) -> None:
    """Time to sshd's first word, through the relay and from inside the bastion."""
    script = (
        "import socket,sys,time\n"
        "for _ in range(30):\n"
        "    began = time.perf_counter()\n"
        "    s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "    s.recv(1); s.close(); print(time.perf_counter() - began)\n"
    )
    outside = subprocess.run(
        ["python3", "-c", script, "127.0.0.1", str(lab.record.port)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    inside = lab.exec("bastion", ["python3", "-c", script, "127.0.0.1", "22"]).stdout
    through, direct = (statistics.median(map(float, out.split())) for out in (outside, inside))
    assert through - direct < 0.02


def test_a_missing_lab_is_one_sentence() -> None:
    for arguments in (("exec", "lb01", "true"), ("fault", "stop"), ("heal",)):
        done = cli(arguments[0], "--name", "never-begun", *arguments[1:])
        assert done.returncode == 1
        assert done.stderr == (
            "The lab 'never-begun' is not up: start it with "
            "'haconsole lab up --name never-begun'.\n"
        )
