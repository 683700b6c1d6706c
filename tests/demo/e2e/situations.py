"""What the pair is in when it is looked at, and which screens are looked at then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .mask import mask, mask_newest, mask_overview

#: What the palette calls making a fault on its default hosts, by the fault's name.
Order = tuple[str, str | None]


Mask = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class View:
    """A screen: the keys that lead to it from Home, and what it says once it is complete.

    ``of``: how it is masked; ``small``: only looked at where there is not room for all of it.
    """

    name: str
    keys: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    of: Mask = mask
    small: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """``faults`` to make, by name and host (``None``: where the palette makes it); views."""

    name: str
    faults: tuple[Order, ...]
    views: tuple[View, ...]


#: The first load balancer, and the second one.
_FIRST, _SECOND = ("g", "enter", "g"), ("g", "j", "enter", "g")
#: What changed, without lines that mean nothing to the console, and without answers: whether one
#: was asked for in the second that nobody served is chance.
_CHANGES = "!journal !answer !link !started"


def _views(
    home: tuple[str, ...],
    node: tuple[str, ...],  # the first of them says that the upper part is complete
    hits: tuple[str, ...],
    timeline: tuple[str, ...],
    *,
    opens: tuple[str, ...] = _FIRST,
    moments: str = _CHANGES,
) -> tuple[View, ...]:
    return (
        View("home", (), home, mask_newest),
        View("node", opens, node[:1], mask_overview),
        View("node, further down", (*opens, "G"), node[1:], mask_overview, small=True),
        View("hits", ("3",), hits),
        View("timeline", ("4", "slash", *moments, "enter"), timeline),
    )


#: Hits of every kind have been counted by then.
_FLOW = (r"2xx .* 4xx .* p95", "▶ following")

HEALTHY = Situation(
    "healthy",
    (),
    (
        *_views(
            ("● SERVING  10.0.0.100 on lb01", "kernel ✓  ARP ✓  answer ✓ 200", *_FLOW),
            ("10.0.0.100/32  ◀ VIP", "● MASTER for", "✓ GOOD weight 0", "lets VRRP in"),
            (r"web01 .* hits .* 0 errors last", r"web02 .* hits .* 0 errors last", *_FLOW),
            (r"VI_1 → MASTER",),
        ),
        View("node, its journal", (*_FIRST, "tab", "slash", *"!ARP", "enter"), (r"setting VIPs",)),
        View("node, its keepalived.conf", (*_FIRST, "tab", "tab"), ("enable_script_security",)),
        View("node, its nginx.conf", (*_FIRST, "tab", "tab", "tab"), ("worker_connections",)),
        View("node, the backup", _SECOND, ("SERVICES", "10.0.0.11/24"), mask_overview),
        View("node, a web node", ("G", "enter", "g"), ("10.0.0.52/24", "SERVICES"), mask_overview),
    ),
)
STOPPED = Situation(
    "stopped",
    (("stop", None),),
    _views(
        ("● SERVING  10.0.0.100 on lb02", "ARP ✓  answer ✓ 200", "lb01: keepalived does not run"),
        ("○ inactive for", "✖ stopped"),
        _FLOW,
        ("10.0.0.100 is on lb02", "→ inactive"),
    ),
)
SPLIT_BRAIN = Situation(
    "split-brain",
    (("vrrp-block", None),),
    _views(
        (
            "✖ SPLIT BRAIN  10.0.0.100 on lb01 AND lb02",
            "daemon ✖ MASTER on lb01, lb02  kernel ✖ held by lb01, lb02",
            "cause: The firewall drops VRRP that comes in on lb01, lb02  certain  5",
            "lb01: its firewall .* drops VRRP",
            "lb02: its firewall .* drops VRRP",
        ),
        ("10.0.0.100/32  ◀ VIP", "✖ drops VRRP"),
        _FLOW,
        ("10.0.0.100 is on lb01 AND lb02", "now drops VRRP"),
        opens=_SECOND,
    ),
)
GHOST = Situation(
    "ghost",
    (("crash", None),),
    _views(
        ("✖ GHOST VIP", "lb01: keepalived does not run"),
        ("10.0.0.100/32  ◀ VIP", "✖ stopped"),
        _FLOW,
        ("10.0.0.100 is on lb01 AND lb02", "→ failed"),
    ),
)
NGINX_STOPPED = Situation(
    "nginx-stopped",
    (("nginx-stop", None),),
    _views(
        (
            "10.0.0.100 on lb02",
            "lb01: VI_1 is in FAULT",
            "nginx does not run",
            "ARP ✓  answer ✓ 200",
        ),
        ("○ inactive for", "✖ FAULT", "✖ BAD"),
        _FLOW,
        ("VI_1 → FAULT", "10.0.0.100 is on lb02"),
    ),
)
UNOWNED = Situation(
    "unowned",
    (("stop", "lb02"), ("stop", None)),
    _views(
        ("✖ NO OWNER", "lb02: keepalived does not run"),
        ("○ inactive for", "✖ stopped"),
        ("no hit in the last minute|2xx",),
        ("10.0.0.100 left lb01", "→ inactive"),
    ),
)
LINK_LOST = Situation(
    "link-lost",
    (("sshd-stop", "lb02"),),
    _views(
        ("● SERVING  10.0.0.100 on lb01", "lb02 cannot be reached", r"refused\.", "▲ lost"),
        ("▲ lost for", "stale, .*\n(.*\n)*.*THE REST"),
        _FLOW,
        ("link lost", "cannot connect"),
        opens=_SECOND,
        moments="link !journal",
    ),
)
JUMP_LOST = Situation(
    "jump-lost",
    (("sshd-stop", None),),
    _views(
        ("◌ JUMP LOST  bastion", "Last seen: 10.0.0.100 on lb01", "◌ jump lost"),
        ("◌ jump lost for", "stale, .*\n(.*\n)*.*THE REST"),
        ("not seen for",),
        ("link lost", "jump lost", "cannot connect"),
        moments="link !journal",
    ),
)
SITUATIONS = {
    one.name: one
    for one in (
        HEALTHY,
        STOPPED,
        SPLIT_BRAIN,
        GHOST,
        NGINX_STOPPED,
        UNOWNED,
        LINK_LOST,
        JUMP_LOST,
    )
}
