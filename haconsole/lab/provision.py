"""What ``up`` writes on each host before it boots: names, keys, and where it is ready, services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from . import ready
from .mirror import APT_SOURCE, YUM_REPO
from .ready import BALANCER_CONF, KEEPALIVED_CONF, VRRP_RULE, ZONE, File, keepalived_conf
from .registry import Record
from .topology import Family, LabState, Node, Part, nodes_for

__all__ = [
    "BALANCER_CONF",
    "KEEPALIVED_CONF",
    "VRRP_RULE",
    "ZONE",
    "File",
    "identity_files",
    "keepalived_conf",
    "service_files",
    "write",
]


def service_files(node: Node, state: LabState) -> list[File]:
    """Return the files of the services that ``heal`` keeps as ``up`` made them."""
    if node.part is Part.MIRROR:
        return [File(ZONE, ready.zone_xml())]
    return [] if state is LabState.FRESH else ready.service_files(node)


def identity_files(node: Node, record: Record, machine_id: str, key: str) -> list[File]:
    """Return what makes a host itself: its name, its id, who may enter. ``key``: public."""
    names = "".join(f"{other.address} {other.name}\n" for other in nodes_for(record.state))
    users = ("ops", "ops-pw", "ops-fish", "ops-csh")
    return [
        File("/etc/hostname", f"{node.name}\n"),
        File("/etc/machine-id", f"{machine_id}\n"),
        File("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{names}"),
        *(File(f"/etc/ssh/authorized_keys/{user}", key) for user in users),
        *_package_sources(node, record),
    ]


def _package_sources(node: Node, record: Record) -> list[File]:
    """Point a fresh host's package manager at the lab's mirror."""
    if record.state is not LabState.FRESH or node.part not in (Part.LB, Part.WEB):
        return []
    if record.family is Family.YUM:
        return [File("/etc/yum.repos.d/lab.repo", YUM_REPO)]
    return [File("/etc/apt/sources.list", APT_SOURCE)]


def write(tree: Path, files: Sequence[File]) -> None:
    """Write files below ``tree``, a host's root or a copy of parts of it."""
    for file in files:
        path = tree / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        path.chmod(file.mode)
