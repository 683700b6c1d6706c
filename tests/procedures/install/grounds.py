"""Grounds to plan on, made by hand: two LBs and two web nodes with nothing, or with something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from haconsole.domain.facts import Address, Interface, Unit
from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.procedures.catalogue import Ground, entry
from haconsole.procedures.facts import ClusterFacts, HostFacts, Manager, Package
from haconsole.procedures.plan import Plan

ADDRESSES = {"lb01": "10.0.0.10", "lb02": "10.0.0.11", "web01": "10.0.0.51", "web02": "10.0.0.52"}
VIP = "10.0.0.100"
OFFERED = {"keepalived": ("1:2.2.7-1+b2", "1:2.1.5-2"), "nginx": ("1.22.1-9", "1.18.0-6")}


def bare(name: str, manager: Manager = Manager.APT) -> HostFacts:
    """Return what a survey finds on a host with nothing installed."""
    return HostFacts(
        host=name,
        at=0.0,
        os_name="Some Linux",
        manager=manager,
        packages={key: Package(key, None, offered) for key, offered in OFFERED.items()},
        units=tuple(
            Unit(unit, installed=False, active="inactive")
            for unit in ("keepalived.service", "nginx.service")
        ),
        interfaces=(Interface("eth0", "02:00:00:00:00:01", up=True),),
        addresses=(Address(ADDRESSES[name], 24, "eth0"),),
        tools=frozenset({"curl", "tar", "gzip", "ss"}),
        free_bytes=10 << 30,
    )


def ground(manager: Manager = Manager.APT, **changes: dict[str, Any]) -> Ground:
    """Return a ground of bare hosts; ``changes``: host → fields of its facts that differ."""
    hosts = {
        name: Host(name, Role.LB if name.startswith("lb") else Role.WEB, Access(address))
        for name, address in ADDRESSES.items()
    }
    cluster = Cluster(
        "main",
        (hosts["lb01"], hosts["lb02"]),
        (hosts["web01"], hosts["web02"]),
        (Vip(VIP, 24, "eth0", 50),),
    )
    facts = {name: replace(bare(name, manager), **changes.get(name, {})) for name in hosts}
    return Ground(Site("site", (cluster,)), cluster, ClusterFacts(facts))


def planned(on: Ground, name: str, **given: str) -> Plan:
    """Return a procedure's plan for some answers."""
    procedure = entry(name).load()
    return procedure.plan(on, procedure.form(on).fill(given))


def running(unit: str) -> tuple[Unit, ...]:
    """Return a unit that runs and starts at boot."""
    return (Unit(unit, installed=True, active="active", sub="running", enabled="enabled"),)
