"""Each fault does what it says, as the hosts themselves show it, and heal brings the pair back."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from haconsole.lab import cgroups, faults, health, processes
from haconsole.lab.api import LabHandle
from haconsole.lab.errors import UsageError
from tests.lab.looks import VIP, addresses, listens, owners, process_states, unit, until

pytestmark = pytest.mark.lab
BOTH = {"lb01", "lb02"}


def stop(lab: LabHandle) -> bool:
    return owners(lab) == {"lb02"} and unit(lab, "lb01", "keepalived") == "inactive"


def crash(lab: LabHandle) -> bool:
    gone = process_states(lab, "lb01") == ""
    return owners(lab) == BOTH and gone and unit(lab, "lb01", "keepalived") == "failed"


def freeze(lab: LabHandle) -> bool:
    return owners(lab) == BOTH and set(process_states(lab, "lb01")) == {"T"}


def nginx_stop(lab: LabHandle) -> bool:
    daemon_lives = unit(lab, "lb01", "keepalived") == "active"
    return owners(lab) == {"lb02"} and daemon_lives and unit(lab, "lb01", "nginx") == "inactive"


def nginx_broken(lab: LabHandle) -> bool:
    return nginx_stop(lab) and lab.exec("lb01", ["nginx", "-t"]).returncode != 0


def split(lab: LabHandle) -> bool:
    alive = all(unit(lab, host, "keepalived") == "active" for host in BOTH)
    return owners(lab) == BOTH and alive


def vrrp_block(lab: LabHandle) -> bool:
    rules = lab.exec("lb02", ["firewall-cmd", "--list-all"]).stdout
    return split(lab) and "http" in rules and "vrrp" not in rules


def link_down(lab: LabHandle) -> bool:
    carrier = lab.exec("lb01", ["cat", "/sys/class/net/eth0/carrier"]).stdout.strip()
    return owners(lab) == {"lb02"} and carrier == "0"


def vip_mismatch(lab: LabHandle) -> bool:
    return split(lab) and "10.0.0.101" in addresses(lab, "lb02")


def ghost_vip(lab: LabHandle) -> bool:
    return owners(lab) == BOTH and process_states(lab, "lb01") == ""


def sshd_stop(lab: LabHandle) -> bool:
    return unit(lab, "bastion", "ssh") == "inactive"


SEEN: dict[str, Callable[[LabHandle], bool]] = {
    "stop": stop,
    "crash": crash,
    "freeze": freeze,
    "nginx-stop": nginx_stop,
    "nginx-broken": nginx_broken,
    "vrrp-block": vrrp_block,
    "link-down": link_down,
    "auth-mismatch": split,
    "vrid-mismatch": split,
    "advert-mismatch": split,
    "vip-mismatch": vip_mismatch,
    "ghost-vip": ghost_vip,
    "sshd-stop": sshd_stop,
}


def test_every_fault_is_tested() -> None:
    assert set(SEEN) == set(faults.FAULTS)


@pytest.mark.parametrize("name", SEEN)
def test_fault_and_heal(healed: LabHandle, name: str) -> None:
    lab = healed
    assert not SEEN[name](lab), "the fault is there before it is made"
    lab.fault(name)
    assert until(lambda: SEEN[name](lab))
    lab.fault(name)  # twice the same is fine
    assert until(lambda: SEEN[name](lab))
    lab.heal()
    assert not SEEN[name](lab)
    assert health.quick_problem(lab.places) is None
    assert health.unit_problem(lab.places) is None


def test_faults_add_up_and_heal_undoes_all(healed: LabHandle) -> None:
    lab = healed
    lab.fault("link-down", "web01")
    lab.fault("nginx-broken", "web02")
    lab.fault("vip-mismatch")
    lab.fault("vrid-mismatch")
    conf = lab.exec("lb02", ["cat", "/etc/keepalived/keepalived.conf"]).stdout
    assert "virtual_router_id 51" in conf
    assert "10.0.0.101" in conf
    lab.heal()
    assert health.quick_problem(lab.places) is None
    assert health.unit_problem(lab.places) is None
    conf = lab.exec("lb02", ["cat", "/etc/keepalived/keepalived.conf"]).stdout
    assert "virtual_router_id 50" in conf
    assert "10.0.0.101" not in conf


def test_heal_also_mends_what_was_broken_by_hand(healed: LabHandle) -> None:
    lab = healed
    lab.exec("lb01", ["sh", "-c", "rm /etc/keepalived/keepalived.conf; systemctl stop keepalived"])
    lab.exec("lb02", ["sh", "-c", "echo nonsense > /etc/keepalived/check_nginx.sh"])
    lab.exec("lb02", ["ip", "address", "add", f"{VIP}/32", "dev", "eth0"])
    lab.heal()
    assert owners(lab) == {"lb01"}
    assert health.quick_problem(lab.places) is None
    checks = [lab.exec(h, ["/etc/keepalived/check_nginx.sh"]).returncode for h in ("lb01", "lb02")]
    assert checks == [0, 0]


def test_sshd_stop_ends_connections_and_refuses_new_ones(healed: LabHandle) -> None:
    lab = healed
    assert lab.record.port is not None
    way_in = ("127.0.0.1", lab.record.port)
    with socket.create_connection(way_in, timeout=10) as before:
        assert before.recv(100).startswith(b"SSH-2.0-")
        lab.fault("sshd-stop")
        assert _ends(before)
    assert _is_turned_away(way_in)
    lab.heal()
    with socket.create_connection(way_in, timeout=10) as after:
        assert after.recv(100).startswith(b"SSH-2.0-")


def test_heal_brings_a_lost_way_in_back_on_its_port(healed: LabHandle) -> None:
    lab = healed
    assert lab.record.port is not None
    processes.kill(cgroups.processes(f"{lab.places.cgroup}/relay"))
    assert not listens(lab.record.port)
    lab.heal()
    assert listens(lab.record.port)


def _is_turned_away(way_in: tuple[str, int]) -> bool:
    """Whether a new connection ends at once; the reset may come before connect(2) returns."""
    try:
        connection = socket.create_connection(way_in, timeout=10)
    except ConnectionResetError:
        return True
    with connection:
        return _ends(connection)


def _ends(connection: socket.socket) -> bool:
    """Whether the other side ends the connection before the socket's time-out."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        return True
    return True


def test_wrong_names_are_answered_with_right_ones(lab: LabHandle) -> None:
    with pytest.raises(UsageError, match="did you mean 'freeze'"):
        lab.fault("freez")
    with pytest.raises(UsageError, match="choose from stop, crash"):
        lab.fault("qqqq")
    with pytest.raises(UsageError, match="cannot be made on 'web01': choose from lb01, lb02"):
        lab.fault("stop", "web01")
    with pytest.raises(UsageError, match="no host 'lb03': it has bastion, lb01"):
        lab.exec("lb03", ["true"])
