"""Grounds to plan on: a cluster as an inventory has it, hosts as a survey finds them."""

from __future__ import annotations

from dataclasses import replace

from haconsole.domain.facts import Address, Interface, Unit
from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.lab import ready
from haconsole.lab.topology import LBS, WEBS, Node
from haconsole.procedures.catalogue import Ground, entry
from haconsole.procedures.facts import ClusterFacts, FoundFile, HostFacts, Manager
from haconsole.procedures.plan import Plan

VIP = "10.0.0.100"
TOOLS = frozenset({"curl", "systemd-run", "flock"})


def _host(node: Node, role: Role) -> Host:
    return Host(node.name, role, Access(node.address))


CLUSTER = Cluster(
    "pair",
    tuple(_host(node, Role.LB) for node in LBS),
    tuple(_host(node, Role.WEB) for node in WEBS),
    (Vip(VIP, 32, "eth0", 50),),
)


def fresh_facts(node: Node, **kwargs) -> HostFacts:
    """A host with its packages and nothing configured."""
    facts = HostFacts(
        node.name,
        0.0,
        os_id="debian",
        manager=Manager.APT,
        interfaces=(Interface("lo", None, True), Interface("eth0", "02:00:00:00:00:01", True)),
        addresses=(Address("127.0.0.1", 8, "lo"), Address(node.address, 24, "eth0")),
        firewall="firewalld",
        tools=TOOLS,
        version="2.2.7",
    )
    return replace(facts, **kwargs)


def ready_facts(node: Node, *, owner: str = "lb01") -> HostFacts:
    """A host of a ready pair."""
    facts = fresh_facts(node)
    if node.name == owner:
        facts = replace(facts, addresses=(*facts.addresses, Address(VIP, 32, "eth0")))
    files = {f.path: FoundFile(f.path, f.text, f.mode) for f in ready.service_files(node)}
    units = [Unit("nginx.service", True, "active", enabled="enabled", main_pid=10)]
    if node in LBS:
        units.append(Unit("keepalived.service", True, "active", enabled="enabled", main_pid=11))
    return replace(facts, files=files, units=tuple(units))


def ground(
    facts=ready_facts, *, cluster: Cluster = CLUSTER, others: tuple[Cluster, ...] = ()
) -> Ground:
    """A ground of the pair, its hosts as ``facts(node)`` says."""
    found = {node.name: facts(node) for node in (*LBS, *WEBS)}
    jump = Host("bastion", Role.JUMP, Access("10.0.0.5"))
    return Ground(Site("shop", (cluster, *others), (jump,)), cluster, ClusterFacts(found))


def with_file(base: Ground, host: str, path: str, text: str | None, **kwargs) -> Ground:
    """The same ground, with another text of one file."""
    facts = base.facts.hosts[host]
    files = {**facts.files, path: FoundFile(path, text, **kwargs)}
    hosts = {**base.facts.hosts, host: replace(facts, files=files)}
    return replace(base, facts=ClusterFacts(hosts))


def with_facts(base: Ground, host: str, **kwargs) -> Ground:
    """The same ground, with other facts of one host."""
    hosts = {**base.facts.hosts, host: replace(base.facts.hosts[host], **kwargs)}
    return replace(base, facts=ClusterFacts(hosts))


def defaults(name: str, base: Ground) -> dict[str, str]:
    """The answers that a procedure offers."""
    return entry(name).load().form(base).defaults()


def plan(name: str, base: Ground, **given: str) -> Plan:
    """A procedure's plan; keys with a dot are written with two underscores."""
    procedure = entry(name).load()
    answers = {key.replace("__", "."): value for key, value in given.items()}
    return procedure.plan(base, procedure.form(base).fill(answers))
