"""The lab's network: a namespace per host and one with the bridge that joins them.

The namespaces are kept on files of the lab's directory (as ``unshare --net=FILE`` does), and
every interface is created inside them: no address, interface or name of a lab ever exists in
this machine's own network, so labs can use the same addresses side by side.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from haconsole.words import t

from .places import LabPlaces
from .tools import run
from .topology import INTERFACE, PREFIX, Node

_MOUNTINFO = Path("/proc/self/mountinfo")


def create(places: LabPlaces, nodes: Sequence[Node]) -> None:
    """Create the namespaces, the bridge, and every host's ``eth0`` with its address."""
    what = t("Making the lab's network")
    places.switch.parent.mkdir()
    for path in (places.switch, *(places.netns(node.name) for node in nodes)):
        path.touch()
        run(["unshare", f"--net={path}", "true"], what)
    lines = [
        # A port that must first learn would drop the first seconds of VRRP's multicast.
        "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        "link set br0 up",
    ]
    for node in nodes:
        peer = f"peer name {INTERFACE} netns {places.netns(node.name)}"
        lines += [
            f"link add {node.name} type veth {peer}",
            f"link set {node.name} master br0 up",
        ]
    _ip_batch(places.switch, lines)
    for node in nodes:
        address = f"address add {node.address}/{PREFIX} brd + dev {INTERFACE}"
        _ip_batch(places.netns(node.name), [address, f"link set {INTERFACE} up", "link set lo up"])


def _ip_batch(namespace: Path, lines: Iterable[str]) -> None:
    batch = "\n".join(lines) + "\n"
    argv = ["nsenter", f"--net={namespace}", "ip", "-batch", "-"]
    run(argv, t("Making the lab's network"), stdin=batch)


def set_cable(places: LabPlaces, node: str, *, plugged: bool) -> None:
    """Plug or unplug a host's cable: the bridge's end of it goes up or down."""
    state = "up" if plugged else "down"
    argv = ["nsenter", f"--net={places.switch}", "ip", "link", "set", node, state]
    plugging = t("Plugging in the cable of {host}", host=node)
    run(argv, plugging if plugged else t("Pulling the cable of {host}", host=node))


def cable_plugged(places: LabPlaces, node: str) -> bool:
    """Return whether the bridge's end of a host's cable is up."""
    argv = ["nsenter", f"--net={places.switch}", "ip", "-json", "link", "show", "dev", node]
    links = json.loads(run(argv, t("Reading the cable of {host}", host=node)))
    return "UP" in links[0]["flags"]


def addresses(places: LabPlaces, node: str) -> set[str]:
    """Return the IPv4 addresses of a host's ``eth0``, as its kernel has them."""
    show = ["ip", "-json", "-4", "address", "show", "dev", INTERFACE]
    argv = ["nsenter", f"--net={places.netns(node)}", *show]
    found = json.loads(run(argv, t("Reading the addresses of {host}", host=node)))
    return {info["local"] for link in found for info in link.get("addr_info", ())}


def mounts_below(root: Path) -> list[Path]:
    """Return the mount points at or below ``root``, innermost first."""
    points = [_unescape(line.split()[4]) for line in _MOUNTINFO.read_text().splitlines()]
    inside = [Path(point) for point in points if Path(point).is_relative_to(root)]
    return list(reversed(inside))


def _unescape(point: str) -> str:
    # proc(5): space, tab, newline and backslash stand as octal.
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)


def unmount_below(root: Path) -> None:
    """Unmount everything at or below ``root``: namespaces and file systems."""
    for point in mounts_below(root):
        done = subprocess.run(["umount", str(point)], capture_output=True, check=False)
        if done.returncode:
            # Busy for a moment after the last process ended, or already gone.
            run(["umount", "--lazy", str(point)], t("Unmounting {path}", path=point))
