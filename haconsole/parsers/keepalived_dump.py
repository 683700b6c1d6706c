"""The text that keepalived writes on SIGUSR1 (``/tmp/keepalived.data``): instances and checks.

Dialects of 1.3.5 to 2.4.3. What differs: ``Listening device`` (1.x) and ``Interface``;
``Virtual IP = N``, ``Virtual IP :`` and ``Virtual IP (N):``; ``Full`` for ``Fall`` and scripts
printed inside the instance (1.3.5); no effective priority (1.3.5). An instance's password is in
the dump in clear before 2.4: it is never read into a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from haconsole.domain.daemon import Check, CheckStatus, Instance, VrrpState

from .errors import ParseError

_MAX_LINE = 4096
_SECTION = re.compile(r"-{3,}\s*<\s*(.*?)\s*>\s*-{3,}")
_NAMED = re.compile(r"\s?(VRRP Instance|VRRP Script) = (.+)")
_PAIR = re.compile(r"\s*([A-Za-z][\w .:/()-]{0,60}?)\s*=\s*(.*)")
#: VIPs that are not in the adverts ("excluded") move with the others: both count.
_VIPS = re.compile(r"\s+Virtual IP(?: Excluded)?(?: \(\d+\):| ?:| = \d+)\s*\Z")
_NUMBER = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,9})?")
_EPOCH = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_UNITS = {"usec": 1e-6, "usecs": 1e-6, "milli-sec": 1e-3, "msec": 1e-3, "sec": 1.0, "secs": 1.0}
_STATUS = {
    "GOOD": CheckStatus.GOOD,
    "BAD": CheckStatus.BAD,
    "INIT": CheckStatus.INIT,
    "INIT/FAILED": CheckStatus.INIT,
    "DISABLED": CheckStatus.DISABLED,
}


@dataclass(frozen=True, slots=True)
class DumpReading:
    """What a dump says. ``version`` where it says so (the dumps of 2.4.3 and before do not)."""

    instances: tuple[Instance, ...] = ()
    checks: tuple[Check, ...] = ()
    router_id: str | None = None
    version: str | None = None


@dataclass(slots=True)
class _Block:
    """The lines of one instance or script, while they are gathered."""

    kind: str
    name: str
    values: dict[str, str] = field(default_factory=dict)
    vips: list[str] = field(default_factory=list)


def parse_dump(text: str) -> DumpReading:
    """Read a dump. An instance whose state is unknown or cut off is left out.

    Raises ``ParseError`` when the text is not a dump at all (empty, cut before anything was
    said, something else).
    """
    blocks, general = _gather(text)
    instances = tuple(
        instance for b in blocks if b.kind == "VRRP Instance" and (instance := _instance(b))
    )
    checks = tuple(_check(b) for b in blocks if b.kind == "VRRP Script")
    if not blocks and not general:
        raise ParseError("The text is no dump of keepalived's data.")
    return DumpReading(
        instances,
        tuple({check.name: check for check in checks}.values()),
        general.get("Router ID"),
        general.get("Version"),
    )


def _gather(text: str) -> tuple[list[_Block], dict[str, str]]:
    """Return the instances' and scripts' lines, and the pairs of the global section."""
    blocks: list[_Block] = []
    general: dict[str, str] = {}
    block: _Block | None = None
    in_vips = is_general = False
    for line in _lines(text):
        if section := _SECTION.match(line):
            is_general = section[1] == "Global definitions"
            block, in_vips = None, False
            if section[1] == "VRRP Topology":
                general.setdefault("Topology", "")
        elif named := _NAMED.match(line):
            # 1.3.5 prints the tracked scripts in the middle of their instance: what follows
            # a script's lines there (the VIPs) belongs to the instance again.
            block, in_vips, is_general = _Block(named[1], named[2].strip()), False, False
            blocks.append(block)
        elif _VIPS.match(line):
            in_vips = True
        elif in_vips and (vip := _vip(line)):
            owner = next((b for b in reversed(blocks) if b.kind == "VRRP Instance"), None)
            if owner:
                owner.vips.append(vip)
        elif pair := _PAIR.match(line):
            in_vips = False
            target = block.values if block else general if is_general else None
            if target is not None and "assword" not in pair[1]:
                target.setdefault(pair[1], pair[2].strip())
        else:
            in_vips = False
    return blocks, general


def _lines(text: str) -> Iterator[str]:
    return (line[:_MAX_LINE] for line in text.splitlines())


def _vip(line: str) -> str | None:
    """``     10.0.0.100/32 dev eth0 scope global`` → ``10.0.0.100``."""
    words = line.split(None, 1)
    if not words or not line.startswith("     "):
        return None
    try:
        return str(ip_address(words[0].partition("/")[0]))
    except ValueError:
        return None


def _instance(block: _Block) -> Instance | None:
    values = block.values
    state = state_of(values.get("State", ""))
    if state is None:
        return None
    preempt = values.get("Preempt")
    # Before a backup has heard a master, the priority is 0 and the address a left-over.
    master_priority = _whole(values.get("Master priority")) or None
    master = values.get("Master router") if master_priority else None
    return Instance(
        name=block.name,
        state=state,
        interface=values.get("Interface") or values.get("Listening device"),
        vrid=_whole(values.get("Virtual Router ID")),
        version=_whole(values.get("VRRP Version")),
        base_priority=_whole(values.get("Priority")),
        effective_priority=_whole(values.get("Effective priority")),
        advert_int_s=_seconds(values.get("Advert interval")),
        last_transition=_epoch(values.get("Last transition")),
        vips=tuple(block.vips),
        master_router=master,
        master_priority=master_priority,
        nopreempt=None if preempt is None else not preempt.startswith("enabled"),
        auth_type=values.get("Authentication type"),
    )


def state_of(text: str) -> VrrpState | None:
    """Return the state that keepalived names ``text`` (``MASTER``, ``FAULT``, …)."""
    try:
        return VrrpState(text.strip().upper())
    except ValueError:
        return None


def _check(block: _Block) -> Check:
    values = block.values
    timeout = _seconds(values.get("Timeout"))
    return Check(
        name=block.name,
        status=_STATUS.get(values.get("Status", "").upper()),
        script=values.get("Command", "").strip("'"),
        weight=_whole(values.get("Weight")),
        interval_s=_seconds(values.get("Interval")),
        timeout_s=timeout or None,
        fall=_whole(values.get("Fall") or values.get("Full")),
        rise=_whole(values.get("Rise")),
    )


def _whole(text: str | None) -> int | None:
    match = _NUMBER.match(text or "")
    return int(float(match[0])) if match else None


def _seconds(text: str | None) -> float | None:
    """``1 sec``, ``200 milli-sec``, ``0.20 sec``, ``200000 usecs`` → seconds."""
    match = _NUMBER.match(text or "")
    if match is None:
        return None
    unit = (text or "")[match.end() :].split()
    return round(float(match[0]) * _UNITS.get(unit[0] if unit else "sec", 1.0), 6)


def _epoch(text: str | None) -> float | None:
    """``1795335371.525572 (Sun Nov 22 …)`` → seconds; 0 is "never"."""
    match = _EPOCH.match(text or "")
    return (float(match[0]) or None) if match else None
