"""Several files against each other: what must match, what must differ, what adds up to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

from haconsole.domain.conf import InstanceConf, KeepalivedConf
from haconsole.domain.notes import Note, NoteValue, note
from haconsole.domain.vrrp import DEFAULT_PRIORITY, OWNER
from haconsole.domain.vrrp_router import vrrp_version

from . import election
from .differences import Row, Rule, differences, rows_of
from .election import Fault, Member
from .findings import Finding, Place
from .matching import Election, elections
from .source import Source, found, inside, last, place

#: Setting of a row → its rule, and the word that it is said by in the file.
_ROWS = {
    "virtual_router_id": ("pair-vrid", "virtual_router_id"),
    "advert_int": ("pair-advert", "advert_int"),
    "vrrp_version": ("pair-version", "version"),
    "authentication": ("pair-auth", "authentication"),
    "virtual_ipaddress": ("pair-vips", "virtual_ipaddress"),
    "unicast_src_ip": ("pair-source", "unicast_src_ip"),
    "unicast_peer": ("pair-peers", "unicast_peer"),
    "preempt": ("pair-preempt", "nopreempt"),
}
#: What an LB takes another's adverts by; with one of these they are deaf to each other.
DEAF = ("pair-vrid", "pair-auth", "pair-advert", "pair-version", "pair-peers")
#: From here on adverts with other addresses are taken.
_OTHER_VIPS = (2, 3, 3)


def table(sources: Sequence[Source]) -> tuple[Row, ...]:
    """Return the files side by side."""
    return differences({one.name: one.conf for one in sources})


def pair(sources: Sequence[Source]) -> Iterator[Finding]:
    """Find what keeps the LBs from being a pair."""
    yield from _Pair(sources).findings()


def deaf(one: Election, sources: Mapping[str, Source]) -> tuple[Row, ...]:
    """Return by which settings the LBs of an election do not take each other's adverts."""
    confs = {host: sources[host].conf for host in one.members}
    rules: tuple[str, ...] = DEAF
    if not all(sources[host].since(*_OTHER_VIPS) for host in one.members):
        rules = (*rules, "pair-vips")
    if any(vrrp_version(confs[host], member) == 3 for host, member in one.members.items()):
        rules = tuple(rule for rule in rules if rule != "pair-advert")
    return tuple(
        row
        for row in rows_of(one, confs)
        if not row.holds and _ROWS.get(row.setting, ("",))[0] in rules
    )


class _Pair:
    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {one.name: one for one in sources}
        self._confs = {one.name: one.conf for one in sources}
        self._blocks = {
            id(instance): block for one in sources for instance, block in one.instances()
        }

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the whole, with each election, with each check."""
        members = [
            Member(host, 0, router_id=conf.router_id or "") for host, conf in self._confs.items()
        ]
        for fault in election.router_ids(members):
            yield self._fault(fault, None)
        for one in elections(self._confs):
            yield from self._missing(one)
            yield from self._faults(one)
            for row in rows_of(one, {host: self._confs[host] for host in one.members}):
                if row.setting in _ROWS and not row.holds:
                    yield self._row(row, one)
        for row in differences({h: replace(c, instances=()) for h, c in self._confs.items()}):
            if row.setting == "weight" and not row.holds and all(row.values.values()):
                *others, where = [self._weight_of(host, row.block) for host in row.values]
                yield found("pair-weight", where, difference(row), *others)

    def _missing(self, one: Election) -> Iterator[Finding]:
        there = next(iter(one.members))
        for host, conf in self._confs.items():
            if host in one.members:
                continue
            said = note(
                "{host} has no instance for {vips} ({instance} of {other})",
                host=host,
                vips=", ".join(one.vips) or one.name,
                instance=one.name,
                other=there,
            )
            yield found("pair-instance", Place(conf.file), said, self._at(there, one))

    def _faults(self, one: Election) -> Iterator[Finding]:
        members = [Member(host, *_standing(instance)) for host, instance in one.members.items()]
        if len(members) < 2:
            return
        for fault in election.states(members):
            yield self._fault(fault, one)
        weights = {_weight(self._confs[host], instance) for host, instance in one.members.items()}
        if len(weights) == 1 and (weight := weights.pop()):
            for fault in election.weighing(members, weight):
                yield self._fault(fault, one)

    def _fault(self, fault: Fault, one: Election | None) -> Finding:
        places = []
        for key in fault.keys:
            setting, _, host = key.partition(".")
            if host in self._sources:
                places.append(self._at(host, one, setting))
        first, *others = places or [Place(next(iter(self._confs.values())).file)]
        return found(fault.rule, first, fault.note, *others)

    def _row(self, row: Row, one: Election) -> Finding:
        rule, word = _ROWS[row.setting]
        if rule == "pair-advert" and all(
            vrrp_version(self._confs[host], member) == 3 for host, member in one.members.items()
        ):
            rule = "pair-advert-v3"
        *others, where = [self._at(host, one, word) for host in one.members]
        return found(rule, where, difference(row), *others)

    def _at(self, host: str, one: Election | None, setting: str = "") -> Place:
        """Return where an LB says a setting, else where its instance begins."""
        source = self._sources[host]
        instance = one.members.get(host) if one else None
        block = self._blocks.get(id(instance)) if instance else None
        statement = last(block, setting)
        if statement is None and setting in ("version", "router_id"):
            key = "vrrp_version" if setting == "version" else setting
            every = (said for defs in source.blocks("global_defs") for said in inside(defs, key))
            statement = next(every, None)
        return place(statement, block) if statement or block else Place(source.conf.file)

    def _weight_of(self, host: str, check: str) -> Place:
        for script, block in self._sources[host].checks():
            if script.name == check:
                return place(last(block, "weight"), block)
        return Place(self._confs[host].file)


def _standing(instance: InstanceConf) -> tuple[int, bool]:
    """Return an instance's priority, and whether it begins as MASTER."""
    master = instance.state == "MASTER"
    return instance.priority or (OWNER if master else DEFAULT_PRIORITY), master


def _weight(conf: KeepalivedConf, instance: InstanceConf) -> int | None:
    """Return the weight of the one check of an instance; ``None``: it is not so simple."""
    if len(instance.track_scripts) != 1 or instance.nopreempt or conf.sync_groups:
        return None
    (track,) = instance.track_scripts
    if track.weight is not None:
        return track.weight
    return next((one.weight or 0 for one in conf.scripts if one.name == track.name), None)


def difference(row: Row) -> Note:
    """Say what a row shows that is not as it has to be."""
    each = [note("{host}: {value}", host=host, value=row.shown(host) or "-") for host in row.values]
    values: dict[str, NoteValue] = {
        "setting": row.setting,
        "block": row.block,
        "values": reduce(lambda left, right: note("{left}, {right}", left=left, right=right), each),
        "why": row.why,
    }
    match row.rule:
        case Rule.MUST_DIFFER:
            return note("{setting} of {block} has to differ ({values}). {why}", **values)
        case Rule.MUST_MIRROR:
            return note("{setting} of {block} has to name the others ({values}). {why}", **values)
        case _:
            return note("{setting} of {block} has to be the same ({values}). {why}", **values)
