"""A folder of files as a case: the same diagnosis without a host.

Laid out as ``NODE.conf`` (keepalived.conf), ``NODE.log`` (keepalived's log, with stamps) and, for
named moments, ``NODE.MOMENT.data`` (SIGUSR1), ``.stats`` (SIGUSR2), ``.json`` (SIGJSON),
``.ip.json`` or ``.ip.txt`` (``ip [-j] address``); without a name the moment is the only one. Any
file may be missing: what is then not known is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from haconsole.domain.conf import KeepalivedConf
from haconsole.domain.daemon import Check, Daemon, DaemonSource, LogKind, apply_log
from haconsole.domain.facts import Address, Interface
from haconsole.domain.model import Role, Vip
from haconsole.domain.notes import Note, note
from haconsole.domain.rules.case import Case, Missing, NodeCase, Seen
from haconsole.domain.rules.pieces import Logged
from haconsole.domain.stats import VrrpStats
from haconsole.parsers import ip, keepalived_dump, keepalived_json, keepalived_stats
from haconsole.parsers.conf.reading import Reading
from haconsole.parsers.errors import ParseError
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.parsers.keepalived_version import Version, parse_version
from haconsole.words import t

from .logfile import Line, read_log

T = TypeVar("T")
#: Bytes of one file that are read: a log of a month stays below.
_MOST = 32 << 20
_ANNOUNCED = re.compile(r"gratuitous ARPs? on (\S{1,32}) for ([0-9.]{7,15})")
_OF_NODE = (".conf", ".log")
_OF_MOMENT = (".data", ".stats", ".ip.json", ".ip.txt", ".json")
#: Requests for a dump that are this close together belong to one moment, seconds.
_TOGETHER_S = 3.0


class BundleError(Exception):
    """The folder is no bundle; the message is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a bundle. ``name`` is ``""`` where the files name none."""

    name: str
    case: Case


@dataclass(slots=True)
class _Taken:
    """What one node said at one moment."""

    daemon: Seen[Daemon] | None = None
    stats: Seen[tuple[VrrpStats, ...]] | None = None
    addresses: Seen[tuple[Address, ...]] | None = None
    interfaces: Seen[tuple[Interface, ...]] | None = None


@dataclass(slots=True)
class _Node:
    """The files of one node, read."""

    name: str
    conf: Seen[KeepalivedConf] | None = None
    log: tuple[Line, ...] | None = None
    version: Version | None = None
    moments: dict[str, _Taken] = field(default_factory=dict)

    @property
    def asked(self) -> list[float]:
        """When the daemon was asked for dumps, one time a moment."""
        times: list[float] = []
        for line in self.log or ():
            if "Printing " in line.text:
                if times and line.at - times[-1] <= _TOGETHER_S:
                    times[-1] = line.at
                else:
                    times.append(line.at)
        return times


def read_bundle(folder: Path) -> tuple[Snapshot, ...]:
    """Return a case for each moment, oldest first; raises ``BundleError``."""
    if not folder.is_dir():
        raise BundleError(t("{folder} is no folder.", folder=folder))
    files = sorted(path for path in folder.iterdir() if path.is_file())
    problems: list[Missing] = []
    nodes = _nodes(files, problems)
    if not nodes:
        raise BundleError(
            t(
                "{folder} holds nothing that could be diagnosed: no NODE.conf, NODE.log, "
                "NODE.MOMENT.data, .stats, .json or .ip.json.",
                folder=folder,
            )
        )
    names = sorted({name for node in nodes for name in node.moments} or {""})
    if len(names) > 1:
        names = [name for name in names if name]
    times = _times(nodes, names)
    ordered = sorted(names, key=lambda name: (_rank(nodes, name), times[name] or 0.0))
    vips = _vips(nodes)
    return tuple(
        Snapshot(name, _case(nodes, vips, name, times[name], problems)) for name in ordered
    )


def _nodes(files: Iterable[Path], problems: list[Missing]) -> list[_Node]:
    found: dict[str, _Node] = {}
    paths = list(files)
    known = {p.name.removesuffix(end) for p in paths for end in _OF_NODE if p.name.endswith(end)}
    logs = [path for path in paths if path.name.endswith(".log")]
    for path in (*logs, *(path for path in paths if path not in logs)):
        end = next((e for e in (*_OF_MOMENT, *_OF_NODE) if path.name.endswith(e)), None)
        if end is None:
            continue
        name, moment = _name(path.name.removesuffix(end), known)
        node = found.setdefault(name, _Node(name))
        try:
            _read(node, moment, end, path)
        except (ParseError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            said = note("{file} cannot be read: {why}", file=path.name, why=why or "?")
            problems.append(Missing(end.rpartition(".")[2], said, name))
    return [found[name] for name in sorted(found)]


def _name(stem: str, known: set[str]) -> tuple[str, str]:
    """``lb01.split`` → lb01, split. A node's name may hold dots where its conf or log tells."""
    for name in sorted(known, key=len, reverse=True):
        if stem == name or stem.startswith(f"{name}."):
            return name, stem[len(name) + 1 :]
    name, _, moment = stem.partition(".")
    return name, moment


def _read(node: _Node, moment: str, end: str, path: Path) -> None:
    with path.open("rb") as file:
        text = file.read(_MOST).decode("utf-8", "replace")
    by = path.name
    if end == ".log":
        node.log = read_log(text)
        said = (parse_version(line.text) for line in node.log if "Keepalived v" in line.text)
        node.version = next((version for version in said if version), None)
    elif end == ".conf":
        node.conf = Seen(read_conf(text, by, Reading(node.name, node.version)), None, by)
    else:
        _read_moment(node.moments.setdefault(moment, _Taken()), end, text, by)


def _read_moment(taken: _Taken, end: str, text: str, by: str) -> None:
    match end:
        case ".data":
            dump = keepalived_dump.parse_dump(text)
            daemon = Daemon(True, DaemonSource.DUMP, instances=dump.instances, checks=dump.checks)
            taken.daemon = Seen(daemon, None, by)
        case ".json":
            read = keepalived_json.parse_json(text)
            if taken.daemon is None:
                daemon = Daemon(True, DaemonSource.JSON, instances=read.instances)
                taken.daemon = Seen(daemon, None, by)
            taken.stats = taken.stats or Seen(read.stats, None, by)
        case ".stats":
            taken.stats = Seen(keepalived_stats.parse_stats(text), None, by)
        case _ if taken.addresses is None:  # the JSON comes first, and says the same
            taken.addresses = Seen(ip.parse_addresses(text), None, by)
            taken.interfaces = Seen(ip.parse_interfaces(text), None, by)
        case _:
            pass


def _rank(nodes: list[_Node], moment: str) -> tuple[float, int]:
    """Order moments by what cannot go back: the newest transition, then the adverts counted."""
    newest, count = 0.0, 0
    for node in nodes:
        taken = node.moments.get(moment, _Taken())
        instances = taken.daemon.value.instances if taken.daemon else ()
        newest = max([newest, *(i.last_transition or 0.0 for i in instances)])
        stats = taken.stats.value if taken.stats else ()
        count += sum(one.advert_sent + one.advert_rcvd for one in stats)
    return newest, count


def _times(nodes: list[_Node], names: list[str]) -> dict[str, float | None]:
    """Return when each moment was: its log tells when the daemon was asked.

    A moment at which no daemon was asked comes after everything that the logs tell.
    """
    times: dict[str, float | None] = dict.fromkeys(names)
    for node in nodes:
        own = [name for name, taken in node.moments.items() if taken.daemon or taken.stats]
        own.sort(key=lambda name: _rank([node], name))
        asked = node.asked
        if len(asked) != len(own):
            # Not one request a moment: each was after what its dump tells last.
            newest = [_rank([node], name)[0] for name in own]
            later = [next((at for at in asked if at >= first), 0.0) for first in newest]
            asked = [at if first else 0.0 for at, first in zip(later, newest, strict=True)]
        for name, at in zip(own, asked, strict=True):
            if at:
                times[name] = max(times.get(name) or at, at)
    ends = [node.log[-1].at for node in nodes if node.log]
    end = max(ends, default=None)
    return {name: at if at is not None else _dumped(nodes, name, end) for name, at in times.items()}


def _dumped(nodes: list[_Node], name: str, end: float | None) -> float | None:
    """Return when a moment was at the earliest, where no log tells of the request."""
    newest = _rank(nodes, name)[0]
    if newest and not any(node.log for node in nodes):
        return newest
    return end


def _vips(nodes: list[_Node]) -> tuple[Vip, ...]:
    found: dict[str, Vip] = {}
    for node in nodes:
        for one in node.conf.value.instances if node.conf else ():
            for vip in one.vips:
                own = Vip(vip.address, vip.prefix, vip.interface, one.vrid)
                found.setdefault(vip.address, own)
        for taken in node.moments.values():
            for live in taken.daemon.value.instances if taken.daemon else ():
                for address in live.vips:
                    found.setdefault(address, Vip(address, None, None, live.vrid))
        if not found:
            for interface, address in _announced(node.log or ()):
                found.setdefault(address, Vip(address, None, interface))
    shared = [vip for address, vip in found.items() if _listed(nodes, address) > 1]
    rest = [vip for vip in found.values() if vip not in shared]
    return (*shared, *rest)


def _announced(log: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """Yield the (interface, address) of which gratuitous ARPs were sent."""
    for line in log:
        if "gratuitous ARP" in line.text and (found := _ANNOUNCED.search(line.text)):
            try:
                yield found[1], str(ip_address(found[2]))
            except ValueError:
                continue


def _listed(nodes: list[_Node], address: str) -> int:
    """Return how many nodes name an address as a VIP."""

    def names(node: _Node) -> bool:
        in_conf = any(
            vip.address == address
            for one in (node.conf.value.instances if node.conf else ())
            for vip in one.vips
        )
        dumps = [taken.daemon.value for taken in node.moments.values() if taken.daemon]
        return in_conf or any(address in i.vips for daemon in dumps for i in daemon.instances)

    return sum(map(names, nodes))


def _case(
    nodes: list[_Node],
    vips: tuple[Vip, ...],
    moment: str,
    at: float | None,
    problems: list[Missing],
) -> Case:
    cases, missing = [], list(problems)
    own_vips = {vip.address for vip in vips}
    for node in nodes:
        taken = node.moments.get(moment, _Taken())
        lines = [line for line in node.log or () if at is None or line.at <= at]
        log = tuple(Logged(line.at, line.fact) for line in lines if line.fact)
        daemon = _with_checks(taken.daemon or _from_log(node, log), log)
        cases.append(
            NodeCase(
                name=node.name,
                role=Role.LB,
                address=_own_address(taken, own_vips),
                version=tuple(node.version) if node.version else None,
                conf=node.conf,
                daemon=_at(daemon, at),
                stats=_at(taken.stats, at),
                log=None if node.log is None else Seen(log, at, f"{node.name}.log"),
                addresses=_at(taken.addresses, at),
                interfaces=_at(taken.interfaces, at),
            )
        )
        missing += _missing(node, taken, daemon, moment)
    return Case(at=at or 0.0, vips=vips, nodes=tuple(cases), missing=tuple(dict.fromkeys(missing)))


def _at(seen: Seen[T] | None, at: float | None) -> Seen[T] | None:
    return None if seen is None else replace(seen, at=at)


def _from_log(node: _Node, log: Iterable[Logged]) -> Seen[Daemon] | None:
    """Return what the log makes of the daemon, where no dump is there."""
    daemon: Daemon | None = None
    for line in log:
        daemon = apply_log(daemon, line.fact, line.at)
    return None if daemon is None else Seen(daemon, None, f"{node.name}.log")


def _with_checks(known: Seen[Daemon] | None, log: Iterable[Logged]) -> Seen[Daemon] | None:
    """Add the checks' states from the log: JSON dumps have none."""
    if known is None or known.value.checks or not known.value.running:
        return known
    last: dict[str, Check] = {}
    for line in log:
        if line.fact.kind is LogKind.STARTED:
            last.clear()
        elif line.fact.kind is LogKind.CHECK and line.fact.check:
            last[line.fact.check] = Check(line.fact.check, line.fact.status)
    return replace(known, value=replace(known.value, checks=tuple(last.values())))


def _own_address(taken: _Taken, vips: set[str]) -> str:
    own = [
        one.address
        for one in (taken.addresses.value if taken.addresses else ())
        if one.address not in vips and one.interface != "lo" and "." in one.address
    ]
    return own[0] if own else ""


def _missing(node: _Node, taken: _Taken, daemon: Seen[Daemon] | None, moment: str) -> list[Missing]:
    stem = f"{node.name}.{moment}" if moment else node.name
    gone: list[tuple[str, str, bool]] = [
        ("conf", f"{node.name}.conf", node.conf is None),
        ("log", f"{node.name}.log", node.log is None),
        ("daemon", f"{stem}.data", taken.daemon is None),
        ("stats", f"{stem}.stats", taken.stats is None),
        ("addresses", f"{stem}.ip.json", taken.addresses is None),
    ]
    found = []
    for what, file, is_gone in gone:
        if is_gone and what == "daemon" and daemon is not None:
            said = note("{file} is not there: the daemon's state is from its log", file=file)
            found.append(Missing("dump", said, node.name))
        elif is_gone:
            found.append(Missing(what, _without(what, file), node.name))
    return found


def _without(what: str, file: str) -> Note:
    match what:
        case "conf":
            return note("{file} is not there: settings are known as far as the dump has them",
                        file=file)  # fmt: skip
        case "log":
            return note("{file} is not there: what happened before is not known", file=file)
        case "daemon":
            return note("{file} is not there: the daemon's state is not known", file=file)
        case "stats":
            return note("{file} is not there: what was received and refused is not known",
                        file=file)  # fmt: skip
        case _:
            return note("{file} is not there: who holds the VIP is known from the daemon alone",
                        file=file)  # fmt: skip
