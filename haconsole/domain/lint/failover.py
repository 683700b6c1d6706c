"""Will it fail over? The answer in words, from the same predictions that drills are held to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from types import MappingProxyType

from haconsole.domain.conf import TrackConf
from haconsole.domain.daemon import CheckStatus
from haconsole.domain.notes import Note, NoteValue, note
from haconsole.domain.vrrp import DEFAULT_PRIORITY, NEW_ELECTION, OWNER
from haconsole.domain.vrrp_predict import predict
from haconsole.domain.vrrp_prediction import Prediction, Scenario
from haconsole.domain.vrrp_router import Router

from .checks import group_of
from .differences import Row
from .matching import Election, elections
from .pair import deaf, difference
from .scripts import is_endless
from .source import Source, Statement, listed

#: What is asked, and how it is said.
_EVENTS = {
    Scenario.STOP: note("keepalived is stopped"),
    Scenario.CRASH: note("keepalived or the host dies"),
    Scenario.NGINX_STOP: note("nginx dies"),
}
#: What an advert is rejected for once it was heard (``vrrp_in_chk``).
_REJECTED = ("authentication", "advert_int", "virtual_ipaddress", "vrrp_version")


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of some addresses.

    ``scenario`` ``None``: it is about who owns them in the first place. ``works``: somebody owns
    them, or takes over; ``None``: that depends on files that were not given. ``takeover_s``: from
    the failure until the new owner has them, least and most.
    """

    vips: tuple[str, ...]
    note: Note
    works: bool | None
    scenario: Scenario | None = None
    owner: str | None = None
    takes_over: str | None = None
    takeover_s: tuple[float, float] | None = None


def answers(sources: Sequence[Source]) -> tuple[Answer, ...]:
    """Answer for every set of addresses that the files have."""
    by_name = {one.name: one for one in sources}
    endless = {
        source.name: [one.name for one in source.conf.scripts if is_endless(source, one)]
        for source in sources
    }
    found: list[Answer] = []
    for one in elections({source.name: source.conf for source in sources}):
        if not one.vips:
            continue
        if len(one.members) == 1:
            source = by_name[next(iter(one.members))]
            found += _alone(one, source, router(source, one, endless[source.name]))
            continue
        rows = deaf(one, by_name)
        if rows:
            found.append(_deaf(one, by_name, rows))
            continue
        found += _not_shared(one)
        found += _together(one, [router(by_name[host], one, endless[host]) for host in one.members])
    return tuple(found)


def router(source: Source, one: Election, endless: Collection[str] = ()) -> Router:
    """Return an LB as its file makes it. ``endless``: its checks that loop, and so fail.

    What a sync group tracks counts for its members, with its weights (keepalived.conf(5), 2.0.0).
    """
    instance, conf = one.members[source.name], source.conf
    if instance.priority is None:
        priority = OWNER if instance.state == "MASTER" else DEFAULT_PRIORITY
        instance = replace(instance, priority=priority)
    group, block = group_of(source, instance)
    shared = tuple(_track(each) for each in listed(block, "track_script"))
    if shared:
        instance = replace(instance, track_scripts=(*instance.track_scripts, *shared))
        groups = (
            replace(each, tracks_weight=True) if each.name == group else each
            for each in conf.sync_groups
        )
        conf = replace(conf, sync_groups=tuple(groups))
    return Router(
        name=source.name,
        conf=conf,
        instance=instance,
        keepalived=source.version,
        checks=MappingProxyType(dict.fromkeys(endless, CheckStatus.BAD)),
        address=instance.unicast_source or "",
    )


def _track(statement: Statement) -> TrackConf:
    weight = "".join(statement.values[1:2]) if statement.values[:1] == ("weight",) else ""
    number = int(weight) if re.fullmatch(r"[-+]?\d{1,9}", weight) else None
    return TrackConf(statement.key, statement.line, number)


def _deaf(one: Election, sources: Mapping[str, Source], rows: Sequence[Row]) -> Answer:
    """Before 2.0 a BACKUP that rejects an advert still waits anew; later ones do not.

    Adverts of another VRID, and those that never come, are not rejected but not heard.
    """
    old = all(not sources[host].since(*NEW_ELECTION) for host in one.members)
    waits = old and all(row.setting in _REJECTED for row in rows)
    told = (difference(row) for row in rows)
    values: dict[str, NoteValue] = {
        "hosts": ", ".join(one.members),
        "vips": _some(one.vips),
        "why": reduce(lambda left, right: note("{left} {right}", left=left, right=right), told),
    }
    said = (
        note(
            "{hosts} do not take each other's adverts, and before keepalived 2.0 a BACKUP waits "
            "all the same: who owns {vips} is decided by who is first. {why}",
            **values,
        )
        if waits
        else note("{hosts} do not take each other's adverts: both own {vips}. {why}", **values)
    )
    return Answer(one.vips, said, works=False)


def _together(one: Election, routers: Sequence[Router]) -> Iterator[Answer]:
    for scenario, event in _EVENTS.items():
        seen = predict(scenario, routers)
        if seen.owner is None:
            said = note(
                "nobody owns {vips}: {why}", vips=_some(one.vips), why=_joined(seen.why_not)
            )
            yield Answer(one.vips, said, works=False)
            return
        if scenario is Scenario.STOP:
            said = note("{owner} owns {vips}", owner=seen.owner, vips=_some(one.vips))
            yield Answer(one.vips, said, works=True, owner=seen.owner)
        yield _answer(one, seen, event)


def _not_shared(one: Election) -> Iterator[Answer]:
    """Addresses that only some have: with those gone nobody has them."""
    for vip in one.vips:
        having = [
            host
            for host, instance in one.members.items()
            if any(own.address == vip for own in instance.vips)
        ]
        if len(having) == 1 < len(one.members):
            said = note("{host} alone has {vip}: nobody takes it over", host=having[0], vip=vip)
            yield Answer((vip,), said, works=False, owner=having[0])


def _answer(one: Election, seen: Prediction, event: Note) -> Answer:
    if seen.takes_over is None or seen.takeover is None:
        said = note(
            "{event} on {owner}: nobody takes over: {why}",
            event=event,
            owner=seen.owner or "",
            why=_joined(seen.why_not),
        )
        return Answer(one.vips, said, False, seen.scenario, seen.owner)
    bounds = seen.takeover.bounds
    said = note(
        "{event} on {owner}: {taker} takes over within {bounds} s ({terms})",
        event=event,
        owner=seen.owner or "",
        taker=seen.takes_over,
        bounds=f"{bounds.max_s:.2f}" if bounds.min_s == bounds.max_s else str(bounds),
        terms=seen.takeover.note,
    )
    times = (round(bounds.min_s, 3), round(bounds.max_s, 3))
    return Answer(one.vips, said, True, seen.scenario, seen.owner, seen.takes_over, times)


def _alone(one: Election, source: Source, lb: Router) -> Iterator[Answer]:
    """What one file says by itself about what happens when its checks fail."""
    event = _EVENTS[Scenario.NGINX_STOP]
    awake = [each for each in lb.tracked() if each.asleep is None]
    values: dict[str, NoteValue] = {"event": event, "host": lb.name}
    if not awake:
        asleep = tuple(each.asleep for each in lb.tracked() if each.asleep)
        why = asleep or (note("it tracks no check (track_script)"),)
        said = note("{event} on {host}: it keeps the VIP: {why}", **values, why=_joined(why))
        others = bool(lb.instance.other_tracks or source.conf.sync_groups)
        yield Answer(one.vips, said, None if others else False, Scenario.NGINX_STOP)
        return
    fault = next((each for each in awake if not each.weight), None)
    if fault is not None:
        said = note(
            "{event} on {host}: the check {check} has weight 0, so {host} goes to FAULT and any "
            "other LB takes over",
            **values,
            check=fault.script.name,
        )
    else:
        names = {each.script.name for each in awake}
        said = note(
            "{event} on {host}: its priority falls from {well} to {fails}; an LB takes over whose "
            "own is between these two",
            **values,
            well=replace(lb, checks=MappingProxyType({})).priority(),
            fails=lb.priority(names),
        )
    yield Answer(one.vips, said, None, Scenario.NGINX_STOP)


def _some(vips: Sequence[str]) -> Note:
    """Name a few addresses and count the others."""
    shown = ", ".join(vips[:3])
    if len(vips) <= 3:
        return note("{vips}", vips=shown)
    return note("{vips} and {n} more", vips=shown, n=len(vips) - 3)


def _joined(notes: Sequence[Note]) -> Note:
    if not notes:
        return note("the files do not say why")
    return reduce(lambda left, right: note("{left}; {right}", left=left, right=right), notes)
