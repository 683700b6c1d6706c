"""Having a lab's hosts: raised from their layers with the lab's keys, ended whatever they do."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from haconsole.words import t

from . import access, boot, cgroups, health, network, provision, registry
from .machine import Machine
from .places import LabPlaces
from .registry import Record
from .tools import say
from .topology import Family, LabState, Node, nodes_for

_HEALTHY_TIMEOUT_S = 40.0


def stacks(state: LabState, family: Family) -> Mapping[Node, tuple[Path, ...]]:
    """Return the layers of every host, lowest first; builds what is missing (minutes)."""
    from . import layers
    from .stacks import stack_for

    return {
        node: tuple(layers.ensure(recipe) for recipe in stack_for(node, state, family))
        for node in nodes_for(state)
    }


def raise_up(places: LabPlaces, record: Record) -> Record:
    """Make the hosts of a lab and boot them; returns the record with the port of the way in.

    Keys, password, port and relay that there are stay. ``LabError`` says what did not come up.
    """
    nodes = nodes_for(record.state)
    say(t("Starting {count} hosts…", count=len(nodes)))
    network.create(places, nodes)
    machines = {node: Machine(places, node.name) for node in nodes}
    for node, stack in stacks(record.state, record.family).items():
        machines[node].mount(stack)
    public = access.make_keys(places, nodes)
    access.set_password(places, nodes)
    for node in nodes:
        files = provision.service_files(node, record.state)
        provision.write(places.tree(node.name), files)
        provision.write(places.pristine(node.name), files)
        identity = provision.identity_files(node, record, uuid.uuid4().hex, public)
        provision.write(places.tree(node.name), identity)
    port = record.port
    if port is None or not access.relay_runs(places):
        port = access.start_relay(places, port or 0)
    boot.boot(list(machines.values()))
    access.write_known_hosts(places, nodes, port)
    access.write_inventory(places, port)
    if record.state is LabState.READY:
        say(t("Waiting until the pair is healthy…"))
        health.wait_healthy(places, _HEALTHY_TIMEOUT_S)
    return replace(record, port=port)


def end(places: LabPlaces) -> None:
    """End every host by force, and remove what was made of it and of the network.

    What is the lab's stays: keys, inventory, and the relay, which lets nobody in meanwhile.
    """
    registry.end_processes(places, access.relay_processes(places))
    leavings = registry.nspawn_leavings(places)
    network.unmount_below(places.root)
    for name in _groups(places):
        cgroups.remove(f"{places.cgroup}/{name}")
    for path in leavings:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    for path in (places.switch.parent, *places.of_hosts):
        if path.exists():
            shutil.rmtree(path)


def _groups(places: LabPlaces) -> set[str]:
    """Return the names of the hosts' control groups, in whichever hierarchy."""
    found = {
        path.name
        for root in cgroups.hierarchies()
        for path in root.glob(f"{places.cgroup}/*")
        if path.is_dir()
    }
    return {name for name in found if not cgroups.processes(f"{places.cgroup}/{name}")}
