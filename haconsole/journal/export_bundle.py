"""What a recording knows of the LBs, as files that ``haconsole doctor --bundle`` reads.

Nothing here was written by keepalived or ``ip``: it is what was read from them, put down in their
form, and each file says so where its form has room for it. Times are the console's clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from haconsole.domain.daemon import Check, Daemon, Instance
from haconsole.domain.events import Event, JournalRead
from haconsole.domain.facts import JournalLine
from haconsole.domain.state import HostState, State
from haconsole.domain.verdict import KEEPALIVED
from haconsole.parsers.masking import mask_secrets

from .recording_reading import KeptFile

_CONF = re.compile(r"/keepalived\.conf\Z")
_UNFIT = re.compile(r"[^A-Za-z0-9_.-]")
#: Characters of a line of a log; longer ones are not read back.
_LONGEST = 3000


@dataclass(frozen=True, slots=True)
class Shot:
    """A state that stands for a moment of the incident. ``name`` is part of files' names."""

    name: str
    at: float
    state: State


def bundle_files(
    shots: Sequence[Shot], events: Iterable[Event], kept: Iterable[KeptFile]
) -> dict[str, str]:
    """Return file name → text, of every LB. ``events``: those up to the last moment."""
    heard = list(events)
    last = shots[-1]
    confs = {one.host: one for one in kept if _CONF.search(one.path) and one.at <= last.at}
    found: dict[str, str] = {}
    lbs = [host.name for cluster in last.state.site.clusters for host in cluster.lbs]
    for name, stem in zip(lbs, _stems(lbs), strict=True):
        lines = [
            line
            for event in heard
            if isinstance(event, JournalRead) and event.host == name
            for line in event.lines
            if line.unit == KEEPALIVED
        ]
        log = list(_log(name, lines, shots))
        if log:
            found[f"{stem}.log"] = "".join(f"{row}\n" for row in log)
        if name in confs:
            found[f"{stem}.conf"] = mask_secrets(confs[name].text)
        for shot in shots:
            found.update(_moment(f"{stem}.{shot.name}", shot.state.host(name)))
    return found


def _stems(names: Iterable[str]) -> list[str]:
    """Return a name for the files of each host: its own, as far as a file may be called so."""
    taken: list[str] = []
    for name in names:
        stem = _UNFIT.sub("_", name).strip(".")[:80] or "host"
        while stem in taken:
            stem += "_"
        taken.append(stem)
    return taken


def _moment(stem: str, host: HostState) -> Iterator[tuple[str, str]]:
    daemon = host.daemon.value
    if daemon is not None and daemon.running and daemon.instances:
        yield f"{stem}.data", dump_text(daemon, host.offset_s)
    if host.addresses.value is not None:
        yield f"{stem}.ip.json", _ip_text(host)


def _log(name: str, lines: Iterable[JournalLine], shots: Iterable[Shot]) -> Iterator[str]:
    """Yield the journal as ``journalctl -o json``; a line of ours at each moment."""
    rows: list[tuple[float, JournalLine]] = []
    last: Shot | None = None
    for shot in shots:
        last = shot
        daemon = shot.state.host(name).daemon.value
        version = f" of Keepalived v{daemon.version}" if daemon and daemon.version else ""
        if daemon is not None and daemon.running and daemon.instances:
            said = f"Printing what was recorded{version}: {shot.name}"
            rows.append(
                (shot.at, JournalLine(KEEPALIVED, shot.at, 6, said, identifier="haconsole"))
            )
    if last is None:
        return
    offset = last.state.host(name).offset_s
    rows += [(line.node_at - offset, line) for line in lines if line.node_at - offset <= last.at]
    for at, line in sorted(rows, key=lambda row: row[0]):
        about = "UNIT" if line.identifier == "systemd" else "_SYSTEMD_UNIT"
        yield json.dumps(
            {
                "__REALTIME_TIMESTAMP": str(int(at * 1e6)),
                "_HOSTNAME": name,
                "SYSLOG_IDENTIFIER": line.identifier,
                about: line.unit,
                "PRIORITY": str(line.priority),
                "MESSAGE": mask_secrets(line.text)[:_LONGEST],
            },
            ensure_ascii=False,
        )


def _ip_text(host: HostState) -> str:
    links: dict[str, dict[str, object]] = {}
    for interface in host.interfaces.value or ():
        links[interface.name] = {
            "ifname": interface.name,
            "flags": ["UP", "LOWER_UP"] if interface.up else [],
            "operstate": "UP" if interface.up else "DOWN",
            "address": interface.mac,
            "addr_info": [],
        }
    for one in host.addresses.value or ():
        link = links.setdefault(one.interface, {"ifname": one.interface, "addr_info": []})
        held = link["addr_info"]
        if isinstance(held, list):
            entry: dict[str, object] = {
                "family": "inet6" if ":" in one.address else "inet",
                "local": one.address,
                "prefixlen": one.prefix,
            }
            held.append(entry | dict.fromkeys(one.flags, True))
    return json.dumps(list(links.values()), indent=1) + "\n"


def dump_text(daemon: Daemon, offset_s: float = 0.0) -> str:
    """Return what is known of a daemon in the form of its dump (SIGUSR1).

    ``offset_s``: seconds that the node's clock is ahead; its times are told without it.
    """
    lines = ["# Written by haconsole from a recording, not by keepalived."]
    lines += ["------< VRRP Topology >------"]
    for instance in daemon.instances:
        lines += _instance(instance, offset_s)
    if daemon.checks:
        lines.append("------< VRRP Scripts >------")
    for check in daemon.checks:
        lines += _check(check)
    return "".join(f"{mask_secrets(line)}\n" for line in lines)


def _instance(one: Instance, offset_s: float) -> Iterator[str]:
    yield f" VRRP Instance = {one.name}"
    at = None if one.last_transition is None else f"{one.last_transition - offset_s:.6f}"
    preempt = None if one.nopreempt is None else "disabled" if one.nopreempt else "enabled"
    advert = None if one.advert_int_s is None else f"{one.advert_int_s:g} sec"
    pairs = (
        ("VRRP Version", one.version),
        ("State", one.state.value),
        ("Last transition", at),
        ("Interface", one.interface),
        ("Virtual Router ID", one.vrid),
        ("Priority", one.base_priority),
        ("Effective priority", one.effective_priority),
        ("Advert interval", advert),
        ("Preempt", preempt),
        ("Master router", one.master_router),
        ("Master priority", one.master_priority),
        ("Authentication type", one.auth_type),
    )
    yield from (f"   {name} = {value}" for name, value in pairs if value is not None)
    yield f"   Virtual IP ({len(one.vips)}):"
    yield from (f"     {vip}" for vip in one.vips)


def _check(one: Check) -> Iterator[str]:
    yield f" VRRP Script = {one.name}"
    pairs = (
        ("Command", f"'{one.script}'" if one.script else None),
        ("Interval", None if one.interval_s is None else f"{one.interval_s:g} sec"),
        ("Timeout", None if one.timeout_s is None else f"{one.timeout_s:g} sec"),
        ("Weight", one.weight),
        ("Rise", one.rise),
        ("Fall", one.fall),
        ("Status", one.status.value if one.status else None),
    )
    yield from (f"   {name} = {value}" for name, value in pairs if value is not None)
