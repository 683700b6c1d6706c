"""Which hosts a lab has, and their addresses (the tutorial's)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The address that the pair shares; the tutorial's VIP.
VIP = "10.0.0.100"
VRID = 50
INTERFACE = "eth0"
PREFIX = 24
MIRROR_ADDRESS = "10.0.0.9"


class LabState(StrEnum):
    """What is on the hosts when ``up`` is done."""

    READY = "ready"
    FRESH = "fresh"


class Family(StrEnum):
    """Which package manager the hosts have."""

    APT = "apt"
    YUM = "yum"


class Part(StrEnum):
    """What a host of the lab is for."""

    JUMP = "jump"
    LB = "lb"
    WEB = "web"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Node:
    """One host. ``priority`` is the VRRP priority of an LB, 0 elsewhere."""

    name: str
    address: str
    part: Part
    priority: int = 0


BASTION = Node("bastion", "10.0.0.5", Part.JUMP)
LB01 = Node("lb01", "10.0.0.10", Part.LB, 150)
LB02 = Node("lb02", "10.0.0.11", Part.LB, 100)
WEB01 = Node("web01", "10.0.0.51", Part.WEB)
WEB02 = Node("web02", "10.0.0.52", Part.WEB)
MIRROR = Node("mirror", MIRROR_ADDRESS, Part.MIRROR)

LBS = (LB01, LB02)
WEBS = (WEB01, WEB02)


def nodes_for(state: LabState) -> tuple[Node, ...]:
    """Return the hosts of a lab; only a fresh one needs the mirror to install from."""
    pair = (BASTION, *LBS, *WEBS)
    return (*pair, MIRROR) if state is LabState.FRESH else pair
