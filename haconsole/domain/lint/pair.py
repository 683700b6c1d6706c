"""Several files against each other: what must match, what must differ, what adds up to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from haconsole.domain.conf import InstanceConf
from haconsole.domain.notes import Note, note

from . import election
from .differences import Row, Rule, differences, vrrp_version
from .election import Fault, Member
from .findings import Finding, Place
from .matching import Election, elections
from .source import Source, Statement, found, inside, last, place

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
    "weight": ("pair-weight", "weight"),
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
    by_name = {one.name: one for one in sources}
    every = elections({one.name: one.conf for one in sources})
    rows = table(sources)
    members = [Member(one.name, 0, router_id=one.conf.router_id or "") for one in sources]
    for fault in election.router_ids(members):
        yield _fault(fault, by_name, None)
    for one in every:
        yield from _missing(one, by_name)
        yield from _faults(one, by_name)
    for row in rows:
        if row.setting in _ROWS and not row.holds:
            yield _row(row, by_name, next((e for e in every if e.name == row.block), None))


def deaf(one: Election, sources: Mapping[str, Source]) -> tuple[Note, ...]:
    """Return why the LBs of an election do not take each other's adverts, if so."""
    confs = {host: sources[host].conf for host in one.members}
    rules: tuple[str, ...] = DEAF
    if not all(sources[host].since(*_OTHER_VIPS) for host in one.members):
        rules = (*rules, "pair-vips")
    if any(vrrp_version(confs[host], member) == 3 for host, member in one.members.items()):
        rules = tuple(rule for rule in rules if rule != "pair-advert")
    return tuple(
        _difference(row)
        for row in differences(confs)
        if row.block == one.name
        and not row.holds
        and _ROWS.get(row.setting, ("",))[0] in rules
        and all(row.values.values())
    )


def _missing(one: Election, sources: Mapping[str, Source]) -> Iterator[Finding]:
    for host, source in sources.items():
        if host in one.members:
            continue
        there = next(iter(one.members))
        said = note(
            "{host} has no instance for {vips} ({instance} of {other})",
            host=host,
            vips=", ".join(one.vips) or one.name,
            instance=one.name,
            other=there,
        )
        yield found("pair-instance", Place(source.conf.file), said, _at(sources[there], one))


def _faults(one: Election, sources: Mapping[str, Source]) -> Iterator[Finding]:
    members = [Member(host, *_standing(instance)) for host, instance in one.members.items()]
    if len(members) < 2:
        return
    for fault in election.states(members):
        yield _fault(fault, sources, one)
    weights = {_weight(sources[host], instance) for host, instance in one.members.items()}
    if len(weights) == 1 and (weight := weights.pop()):
        for fault in election.weighing(members, weight):
            yield _fault(fault, sources, one)


def _standing(instance: InstanceConf) -> tuple[int, bool]:
    """Return an instance's priority, and whether it begins as MASTER."""
    master = instance.state == "MASTER"
    return instance.priority or (255 if master else 100), master


def _weight(source: Source, instance: InstanceConf) -> int | None:
    """Return the weight of the one check of an instance; ``None``: it is not so simple."""
    known = {one.name: one.weight or 0 for one in source.conf.scripts}
    if len(instance.track_scripts) != 1 or instance.nopreempt:
        return None
    (track,) = instance.track_scripts
    if any(instance.name in group.members for group in source.conf.sync_groups):
        return None
    return known.get(track.name) if track.weight is None else track.weight


def _fault(fault: Fault, sources: Mapping[str, Source], one: Election | None) -> Finding:
    places = []
    for key in fault.keys:
        setting, _, host = key.partition(".")
        if host in sources:
            places.append(_at(sources[host], one, setting))
    first, *others = places or [Place(next(iter(sources.values())).conf.file)]
    return found(fault.rule, first, fault.note, *others)


def _at(source: Source, one: Election | None, setting: str = "") -> Place:
    """Return where an LB says a setting, else where its instance begins."""
    instance = one.members.get(source.name) if one else None
    block = source.instance_block(instance) if instance else None
    statement = last(block, setting)
    if statement is None and setting in ("version", "router_id"):
        key = "vrrp_version" if setting == "version" else setting
        statement = next((s for b in source.blocks("global_defs") for s in inside(b, key)), None)
    if statement is None and block is None:
        return Place(source.conf.file)
    return place(statement, block)


def _row(row: Row, sources: Mapping[str, Source], one: Election | None) -> Finding:
    rule, word = _ROWS[row.setting]
    if rule == "pair-advert" and one and _speaks_3(one, sources):
        rule = "pair-advert-v3"
    if one is None:
        places = [_weight_of(sources[host], row.block) for host in row.values]
    else:
        places = [_at(sources[host], one, word) for host in row.values if host in one.members]
    *others, where = places
    return found(rule, where, _difference(row), *others)


def _speaks_3(one: Election, sources: Mapping[str, Source]) -> bool:
    return all(
        vrrp_version(sources[host].conf, member) == 3 for host, member in one.members.items()
    )


def _weight_of(source: Source, check: str) -> Place:
    found_in: Statement | None = None
    for script, block in source.checks():
        if script.name == check:
            found_in = last(block, "weight") or block
    return place(found_in) if found_in else Place(source.conf.file)


def _difference(row: Row) -> Note:
    values = ", ".join(f"{host}: {value or '-'}" for host, value in row.values.items())
    template = {
        Rule.MUST_DIFFER: "{setting} of {block} has to differ ({values}). {why}",
        Rule.MUST_MIRROR: "{setting} of {block} is not the others ({values}). {why}",
    }.get(row.rule, "{setting} of {block} has to be the same ({values}). {why}")
    return note(template, setting=row.setting, block=row.block, values=values, why=row.why)
