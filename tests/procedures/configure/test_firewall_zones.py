"""Rules of a firewalld go into the zones of the interfaces by which an LB is really reached."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from haconsole.domain.facts import Address
from haconsole.domain.model import Vip
from haconsole.procedures import paths
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.firewall import ways_to
from haconsole.procedures.configure.firewall_shell import Ways, firewalld_step
from haconsole.procedures.recipes.firewall import Need
from haconsole.procedures.recover.mending import firewall_lanes
from haconsole.procedures.survey.answers import sum_of
from haconsole.transport.commands import Command
from tests.procedures.configure import grounds

NEEDS = (Need("vrrp"), Need("http", 80))
VRRP, HTTP = '\trule protocol value="vrrp" accept', "  services: ssh http"
#: Zones as files of what they list, ``ZONE`` and ``ZONE.kept``; ``of.INTERFACE`` names one.
FIREWALL_CMD = """\
#!/bin/sh
cd "$ZONES"; z=public; kept=
for word; do
  case $word in
    -q) ;;
    --permanent) kept=.kept ;;
    --zone=*) z=${word#*=} ;;
    --get-default-zone) echo public ;;
    --get-zone-of-interface=*) cat "of.${word#*=}" 2>/dev/null || { echo "no zone"; exit 2; } ;;
    --list-all) cat "$z$kept" ;;
    --add-service=http) echo "  services: ssh http" >>"$z$kept" ;;
    --add-rich-rule=*) printf '\\t%s\\n' "${word#*=}" >>"$z$kept" ;;
    --remove-service=http) sed -i '/ http$/d' "$z$kept" ;;
    --remove-rich-rule=*) sed -i '/vrrp/d' "$z$kept" ;;
    *) exit 99 ;;
  esac
done
"""


class Node:
    """A shell whose firewalld is a folder; what is noted on a host stays in that folder too."""

    def __init__(self, folder: Path, **zones: str) -> None:
        self._zones, self._notes, programs = (folder / name for name in ("zones", "notes", "bin"))
        for made in (self._zones, self._notes, programs):
            made.mkdir()
        (programs / "firewall-cmd").write_text(FIREWALL_CMD)
        (programs / "firewall-cmd").chmod(0o755)
        self._world = {"PATH": f"{programs}:{os.environ['PATH']}", "ZONES": str(self._zones)}
        for interface, zone in zones.items():
            (self._zones / f"of.{interface}").write_text(f"{zone}\n")
        for zone in {"public", *zones.values()}:
            for kept in ("", ".kept"):
                (self._zones / f"{zone}{kept}").write_text(f"{zone}\n")

    def sh(self, command: Command | None) -> int:
        assert command is not None
        script = command.script.replace(paths.STATE_DIR, str(self._notes))
        script = script.replace("/etc/firewalld", str(self._zones))
        done = subprocess.run(
            ["sh", "-c", script], env=self._world, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done.returncode

    def rules(self, zone: str) -> list[str]:
        """What a zone lets in, now and after a reboot alike."""
        now, kept = ((self._zones / f"{zone}{one}").read_text() for one in ("", ".kept"))
        assert now == kept
        return now.splitlines()[1:]


@pytest.mark.parametrize(
    ("ways", "rules"),
    [
        (Ways(("ens192",), ("ens192",)), {"internal": [VRRP, HTTP], "public": []}),
        (Ways(("ens192",), ("eth0",)), {"internal": [VRRP], "public": [HTTP]}),
        (Ways(("ens192", "ens224", "ens256"), ("ens192",)),
         {"internal": [VRRP, HTTP], "dmz": [VRRP], "public": []}),
        (Ways(), {"internal": [], "public": [VRRP, HTTP]}),
    ],
    ids=["one", "apart", "several", "nobody says"],
)  # fmt: skip
def test_rules_go_into_the_zones_of_the_interfaces(
    tmp_path: Path, ways: Ways, rules: dict[str, list[str]]
) -> None:
    node = Node(tmp_path, ens192="internal", ens224="dmz", ens256="internal")
    step = firewalld_step("lb01", NEEDS, ways)
    assert node.sh(step.check) == 1
    assert node.sh(step.do) == 0
    assert {zone: node.rules(zone) for zone in rules} == rules
    assert (node.sh(step.check), node.sh(step.verify)) == (0, 0)
    assert node.sh(step.undo) == 0
    assert {zone: node.rules(zone) for zone in rules} == {zone: [] for zone in rules}


def test_a_rule_in_another_zone_does_not_count(tmp_path: Path) -> None:
    node = Node(tmp_path, ens192="internal")
    assert node.sh(firewalld_step("lb01", NEEDS, "eth0").do) == 0
    step = firewalld_step("lb01", NEEDS, "ens192")
    assert node.sh(step.check) == 1
    assert node.sh(step.do) == 0
    assert node.rules("internal") == [VRRP, HTTP]


def ens192(base: Ground, host: str, *, vip_dev: str = "") -> Ground:
    """The ground with one LB whose file names another interface than the inventory."""
    text = base.facts.hosts[host].file(paths.KEEPALIVED_CONF).text or ""
    assert "interface eth0\n" in text and f" {grounds.VIP}\n" in text
    text = text.replace("interface eth0\n", "interface ens192\n")
    if vip_dev:
        text = text.replace(f" {grounds.VIP}\n", f" {grounds.VIP} dev {vip_dev}\n")
    return grounds.with_file(base, host, paths.KEEPALIVED_CONF, text, sum=sum_of(text))


def test_an_lbs_own_file_says_by_which_interface_it_is_reached() -> None:
    base = ens192(grounds.ground(), "lb01")
    lb01, lb02 = base.cluster.lbs
    assert ways_to(base, lb01) == Ways(("ens192",), ("ens192",))
    assert ways_to(base, lb02) == Ways(("eth0",), ("eth0",))
    apart = ens192(base, "lb02", vip_dev="ens224")
    assert ways_to(apart, lb02) == Ways(("ens192",), ("ens224",))
    # Both procedures that let VRRP in go by it.
    (step, *_) = (s for s in grounds.plan("allow-vrrp", base).steps if s.host == "lb01")
    (mend,) = firewall_lanes(base)[0]
    for one in (step, mend):
        assert one.do is not None and "zones ens192\n" in one.do.script
        assert one.check is not None and "zones ens192\n" in one.check.script


def test_without_a_file_it_is_the_inventory_then_the_vips_network_then_the_address() -> None:
    named = grounds.ground(grounds.fresh_facts)
    lb01 = named.cluster.lbs[0]
    assert ways_to(named, lb01) == Ways(("eth0",), ("eth0",))
    addresses = (Address("192.168.7.1", 24, "mgmt0"), Address(lb01.address, 24, "ens192"))
    silent = replace(grounds.CLUSTER, vips=(Vip(grounds.VIP),))
    base = grounds.ground(lambda node: grounds.fresh_facts(node, addresses=addresses),
                          cluster=silent)  # fmt: skip
    assert ways_to(base, lb01) == Ways(("ens192",), ("ens192",))
    far = replace(silent, vips=(Vip("172.20.0.9"),))
    base = replace(base, cluster=far, site=replace(base.site, clusters=(far,)))
    assert ways_to(base, lb01) == Ways(("ens192",), ("ens192",))
    assert ways_to(base, base.cluster.webs[0]) == Ways()


def test_a_web_node_is_reached_where_its_address_is() -> None:
    base = grounds.ground()
    web01 = base.cluster.webs[0]
    addresses = (Address("192.168.7.3", 24, "eth0"), Address(web01.address, 24, "ens192"))
    base = grounds.with_facts(base, "web01", addresses=addresses)
    assert ways_to(base, web01) == Ways(("ens192",), ("ens192",))
