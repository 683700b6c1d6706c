"""Every fault of the lab, as ``haconsole status`` tells it: verdict, owners, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from haconsole.lab.api import LabHandle
from haconsole.lab.faults import FAULTS

pytestmark = pytest.mark.lab

#: fault → (verdict on the VIP, its owners, exit status of ``status``)
EXPECTED: dict[str, tuple[str, list[str], int]] = {
    "stop": ("owned", ["lb02"], 1),
    "crash": ("ghost", ["lb01", "lb02"], 2),
    "freeze": ("split-brain", ["lb01", "lb02"], 2),
    "nginx-stop": ("owned", ["lb02"], 1),
    "nginx-broken": ("owned", ["lb02"], 1),
    "vrrp-block": ("split-brain", ["lb01", "lb02"], 2),
    "link-down": ("owned", ["lb02"], 1),
    "auth-mismatch": ("split-brain", ["lb01", "lb02"], 2),
    "vrid-mismatch": ("split-brain", ["lb01", "lb02"], 2),
    "advert-mismatch": ("split-brain", ["lb01", "lb02"], 2),
    "vip-mismatch": ("split-brain", ["lb01", "lb02"], 2),
    "sshd-stop": ("unknown", [], 3),
    "ghost-vip": ("ghost", ["lb01", "lb02"], 2),
}
#: Failover takes up to 3.6 s, a failing check fall × interval more.
_WITHIN_S = 25.0


def status(pair: LabHandle, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "haconsole", "status", str(pair.inventory), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def until(pair: LabHandle, condition: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + _WITHIN_S
    while True:
        code, text = status(pair, "--json", "--timeout", "12")
        document: dict[str, Any] = json.loads(text)
        if condition(code, document):
            return document
        assert time.monotonic() < deadline, text


def vip(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["clusters"][0]["vips"][0]
    return found


def hosts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host["name"]: host for host in document["clusters"][0]["hosts"]}


def test_the_table_names_every_fault() -> None:
    assert set(EXPECTED) == set(FAULTS)


def test_a_ready_lab_is_ok(pair: LabHandle) -> None:
    code, text = status(pair, "--json")
    document = json.loads(text)
    assert (code, document["verdict"], document["version"]) == (0, "OK", 1)
    assert (vip(document)["verdict"], vip(document)["owners"]) == ("owned", ["lb01"])
    assert vip(document)["address"] == "10.0.0.100"
    assert [source["agrees"] for source in vip(document)["sources"]] == [True] * 4
    lb01, lb02 = hosts(document)["lb01"], hosts(document)["lb02"]
    assert (lb01["role"], lb01["link"], lb01["nginx"]["active"]) == ("lb", "up", True)
    assert (lb01["keepalived"]["state"], lb01["keepalived"]["priority"]) == ("MASTER", 150)
    assert (lb02["keepalived"]["state"], lb02["keepalived"]["priority"]) == ("BACKUP", 100)
    assert lb01["keepalived"]["vrrp_in_firewall"] == "allowed"
    assert lb01["keepalived"]["checks"][0]["status"] == "GOOD"
    assert all(0 <= host["age_s"] < 10 for host in hosts(document).values())
    assert status(pair, "--line") == (0, "OK: 10.0.0.100 on lb01\n")


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_fault(pair: LabHandle, fault: str) -> None:
    verdict, owners, exit_status = EXPECTED[fault]
    pair.fault(fault)

    def told(code: int, document: dict[str, Any]) -> bool:
        seen = vip(document)
        return (seen["verdict"], seen["owners"], code) == (verdict, owners, exit_status)

    document = until(pair, told)
    lb01 = hosts(document)["lb01"]
    if fault == "sshd-stop":
        assert [jump["link"] for jump in document["jumps"]] == ["lost"]
        assert {host["link"] for host in hosts(document).values()} == {"jump-lost"}
        assert "bastion" in document["summary"]
    if fault == "link-down":
        assert lb01["link"] == "lost"
        assert lb01["keepalived"]["state"] is None, "never a guess"
        assert lb01["nginx"]["active"] is None
        assert "lb01" in document["summary"]
    if fault in ("stop", "crash", "ghost-vip"):
        assert lb01["keepalived"]["state"] == "STOPPED"
    if fault == "freeze":
        assert lb01["keepalived"]["state"] == "FROZEN"
    if verdict == "ghost":
        assert vip(document)["ghosts"] == ["lb01"]
    if fault == "vrrp-block":
        assert lb01["keepalived"]["vrrp_in_firewall"] == "blocked"
    if fault.startswith("nginx"):
        assert lb01["keepalived"]["state"] == "FAULT"
        assert lb01["keepalived"]["checks"][0]["status"] == "BAD"
