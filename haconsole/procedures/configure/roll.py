"""In which order the LBs of a pair are changed, and what a change does to the VIP meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from haconsole.domain.conf import InstanceConf
from haconsole.domain.notes import Note, note
from haconsole.parsers.conf import Block, parse
from haconsole.parsers.keepalived_conf import read_conf
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure.live import KnownLb, owners
from haconsole.procedures.paths import KEEPALIVED_CONF
from haconsole.procedures.plan import Lane, Step
from haconsole.procedures.recipes.pair import AUTH_LENGTH, PairSettings
from haconsole.procedures.steps.shell import changes, reads

#: Blocks whose contents the wizard writes; others are kept by nobody.
_WRITTEN = {
    "global_defs": {
        *("router_id", "enable_script_security", "script_user", "vrrp_version"),
        "vrrp_garp_master_refresh",
    },
    "vrrp_script": {"script", "interval", "timeout", "weight", "fall", "rise"},
    "vrrp_instance": {
        *("state", "interface", "virtual_router_id", "priority", "advert_int", "version"),
        *("nopreempt", "preempt_delay", "authentication", "unicast_src_ip", "unicast_peer"),
        *("virtual_ipaddress", "track_script"),
    },
}


def rolling_order(ground: Ground, pair: PairSettings, *, owner_first: bool) -> tuple[str, ...]:
    """Return the LBs in the order in which they are changed.

    The one that owns the VIP is the last, and before it the others by rising priority, so that
    what is changed is never what serves. ``owner_first``: the others were stopped before, so it
    is first. Where nobody owns it and nobody will take it back (no preemption), the one that
    shall have it is first.
    """
    now = owners(ground)
    rising = sorted(pair.lbs, key=lambda lb: (lb.host in now, lb.priority))
    names = tuple(lb.host for lb in rising)
    backwards = owner_first or (not now and not pair.preempt)
    return names[::-1] if backwards else names


def new_owner(ground: Ground, pair: PairSettings) -> str | None:
    """Return which LB owns the VIP when all is done and well; ``None``: nobody can tell."""
    now = owners(ground)
    if not pair.preempt and len(now) == 1:
        return now[0]
    top = max(lb.priority for lb in pair.lbs)
    best = [lb.host for lb in pair.lbs if lb.priority == top]
    return best[0] if len(best) == 1 else None


def parts_the_pair(known: Mapping[str, KnownLb], pair: PairSettings) -> bool:
    """Whether an LB with the new settings would not hear one with the old (or be heard)."""
    return any(
        (instance := known[lb.host].instance()) is not None
        and _wire_now(known[lb.host], instance) != _wire_new(pair, lb.host)
        for lb in pair.lbs
        if lb.host in known
    )


def _wire_now(lb: KnownLb, one: InstanceConf) -> tuple[object, ...]:
    addresses = [vip.address for instance in lb.conf.instances for vip in instance.vips]
    return (
        one.vrid,
        one.advert_int_s or 1.0,
        one.version or lb.conf.vrrp_version or 2,
        (lb.password or "")[:AUTH_LENGTH] if one.auth_type else None,
        frozenset(one.unicast_peers),
        frozenset(addresses),
    )


def _wire_new(pair: PairSettings, host: str) -> tuple[object, ...]:
    four = bool(pair.of_family(4))
    peers = {lb.source if four else lb.source6 for lb in pair.lbs if lb.host != host}
    return (
        pair.vrid,
        pair.advert_int_s,
        pair.version if four else 3,
        pair.password,
        frozenset(peers if pair.unicast else ()),
        frozenset(vip.address for vip in pair.vips),
    )


def lets_go(known: Mapping[str, KnownLb], pair: PairSettings) -> bool:
    """Whether keepalived gives the VIP up while it takes the new settings in."""
    for lb in pair.lbs:
        instance = known[lb.host].instance()
        if instance is None:
            continue
        vrid, _, version, _, peers, _ = _wire_now(known[lb.host], instance)
        now = (instance.interface, vrid, version, peers)
        new = _wire_new(pair, lb.host)
        if now != (lb.interface, new[0], new[2], new[4]):
            return True
    return False


def hold(ground: Ground, known: Mapping[str, KnownLb], pair: PairSettings) -> tuple[Lane, ...]:
    """Return the steps that stop every LB but the owner, where the change parts the pair.

    Else the one that is changed first no longer hears the owner and takes the VIP as well: two
    owners until the other is changed, too.
    """
    now = owners(ground)
    if not now or not parts_the_pair(known, pair):
        return ()
    lanes = []
    for lb in ground.cluster.lbs:
        facts = ground.facts.hosts.get(lb.name)
        unit = facts.unit("keepalived.service") if facts else None
        if lb.name != now[0] and unit is not None and unit.running:
            lanes.append((_stop(lb.name, now[0]),))
    return tuple(lanes)


def _stop(host: str, owner: str) -> Step:
    return Step(
        id=f"hold keepalived@{host}",
        title=note("Stop keepalived on {host} while {owner} is changed", host=host, owner=owner),
        reason=note(
            "Old and new settings do not hear one another: left running, {host} would take the "
            "VIP beside {owner}. It is started again after its own change.",
            host=host,
            owner=owner,
        ),
        host=host,
        do=changes("stop keepalived", "systemctl stop keepalived"),
        check=reads("is keepalived stopped", "systemctl -q is-active keepalived && exit 1; exit 0"),
        undo=changes("start keepalived", "systemctl start keepalived"),
        expected_s=2.0,
        way_on=note("Start it again: systemctl start keepalived on {host}.", host=host),
        closed_by=f"release keepalived@{host}",
    )


def lost_by(known: Mapping[str, KnownLb], new: Mapping[str, str]) -> Iterator[Note]:
    """Yield what stands in the pair's files now and is not written again: first what serves."""
    for host, lb in known.items():
        if not lb.conf.instances or lb.text == new.get(host):
            continue
        for name, address in _given_up(lb, new.get(host, "")):
            yield note(
                "{host} gives up the VIP {address} of vrrp_instance {name}: it is not among the "
                "addresses of this plan.",
                host=host,
                address=address,
                name=name,
            )
        lost = list(dict.fromkeys(_unwritten(lb)))
        if lost:
            yield note(
                "The new keepalived.conf of {host} no longer has: {words}.",
                host=host,
                words=", ".join(lost[:12]) + (" …" if len(lost) > 12 else ""),
            )


def _given_up(lb: KnownLb, new: str) -> Iterator[tuple[str, str]]:
    """Yield instance and address of each VIP that the new file does not have."""
    stay = {
        vip.address
        for one in read_conf(new, KEEPALIVED_CONF).instances
        for vip in (*one.vips, *one.excluded_vips)
    }
    for one in lb.conf.instances:
        for vip in (*one.vips, *one.excluded_vips):
            if vip.address not in stay:
                yield one.name, vip.address


def _unwritten(lb: KnownLb) -> Iterator[str]:
    tracked = {track.name for one in lb.conf.instances for track in one.track_scripts}
    for block in parse(lb.text).statements:
        name = block.values[0] if block.values else ""
        known = _WRITTEN.get(block.key)
        if known is None or (block.key == "vrrp_script" and name not in tracked):
            yield f"{block.key} {name}".strip()
        elif isinstance(block, Block):
            yield from (
                f"{block.key} {name}".strip() + f" / {inner.key}"
                for inner in block.statements
                if inner.key not in known
            )
