"""Who has the VIP: by all sources, by the kernel, by the daemon, on a third host."""

from __future__ import annotations

from haconsole.domain.notes import Note, note
from haconsole.domain.ownership import VipVerdict
from haconsole.training.standing import Seen

from .probe import COUNT, HOST, HOSTS, YES_NO, Probe, Settings, words, yes
from .sight import Sight


def _has(sight: Sight) -> Note:
    """Say who has the VIP now, and since when."""
    view = sight.view()
    if view.verdict is VipVerdict.OWNED and view.since is not None:
        seconds = f"{max(0.0, sight.now - view.since):.0f}"
        return note("{host} has the VIP since {seconds} s", host=view.owners[0], seconds=seconds)
    return view.headline


async def _owner(sight: Sight, settings: Settings) -> Seen:
    view, host = sight.view(), settings["host"]
    if view.verdict is VipVerdict.UNKNOWN:
        return Seen(None, view.headline)
    if view.verdict is VipVerdict.OWNED and view.owners == (host,):
        return Seen(True, _has(sight))
    said = note("{now}; {host} should have it alone", now=_has(sight), host=host)
    return Seen(False, sight.because(said))


async def _one_owner(sight: Sight, settings: Settings) -> Seen:
    view = sight.view()
    if view.verdict is VipVerdict.UNKNOWN:
        return Seen(None, view.headline)
    if view.verdict is VipVerdict.OWNED:
        return Seen(True, _has(sight))
    return Seen(False, sight.because(note("{now}; one LB should have it", now=view.headline)))


async def _no_owner(sight: Sight, settings: Settings) -> Seen:
    view = sight.view()
    if view.verdict is VipVerdict.UNKNOWN:
        return Seen(None, view.headline)
    if view.verdict is VipVerdict.UNOWNED:
        return Seen(True, note("nobody has the VIP"))
    return Seen(False, note("{now}; nobody should have it", now=_has(sight)))


async def _split(sight: Sight, settings: Settings) -> Seen:
    wanted = set(settings["hosts"].split())
    view = sight.view()
    having = {host for host in sight.lb_names() if holding(sight, host)}
    names = ", ".join(sorted(having)) or note("nobody")
    if wanted <= having:
        return Seen(True, note("the VIP is on {hosts} at the same time", hosts=names))
    if view.verdict is VipVerdict.UNKNOWN:
        return Seen(None, view.headline)
    said = note("the VIP is on {hosts}; this step wants it on {wanted} at once", hosts=names,
                wanted=", ".join(sorted(wanted)))  # fmt: skip
    return Seen(False, said)


def holding(sight: Sight, host: str) -> bool | None:
    """Whether an LB's kernel has the first VIP; ``None``: it is not known now."""
    known = sight.known(host)
    addresses = known.current(known.addresses, sight.now)
    if addresses is None:
        return None
    vip = sight.cluster.vips[0].address
    return any(one.address == vip for one in addresses)


async def _holds(sight: Sight, settings: Settings) -> Seen:
    host, wanted = settings["host"], yes(settings, "vip")
    vip = sight.cluster.vips[0].address
    there = holding(sight, host)
    if there is None:
        return Seen(None, note("the addresses of {host} are not known now", host=host))
    said = (
        note("{vip} is on an interface of {host}", vip=vip, host=host)
        if there
        else note("{vip} is on no interface of {host}", vip=vip, host=host)
    )
    return Seen(there is wanted, said)


async def _daemon(sight: Sight, settings: Settings) -> Seen:
    host, wanted = settings["host"], settings["state"]
    instance = sight.instance(host)
    if instance is None:
        return Seen(None, _silent(sight, host))
    state = instance.state.value
    said = note("keepalived on {host} says {state}", host=host, state=state)
    if state == wanted:
        return Seen(True, said)
    return Seen(False, sight.because(note("{said}, not {wanted}", said=said, wanted=wanted)))


async def _priority(sight: Sight, settings: Settings) -> Seen:
    host, wanted = settings["host"], int(settings["is"])
    instance = sight.instance(host)
    if instance is None or instance.priority is None:
        return Seen(None, _silent(sight, host))
    said = note("the priority of {host} is {priority} now", host=host, priority=instance.priority)
    if instance.priority == wanted:
        return Seen(True, said)
    return Seen(False, note("{said}, not {wanted}", said=said, wanted=wanted))


def _silent(sight: Sight, host: str) -> Note:
    known = sight.known(host)
    daemon = known.current(known.daemon, sight.now)
    if daemon is None:
        return note("what keepalived on {host} says is not known now", host=host)
    if not daemon.running:
        return note("keepalived on {host} does not run", host=host)
    if daemon.frozen:
        return note("keepalived on {host} is frozen", host=host)
    return note("keepalived on {host} does not say it yet", host=host)


async def _arp(sight: Sight, settings: Settings) -> Seen:
    on, host = settings["seen-by"], settings["points-to"]
    vip = sight.cluster.vips[0].address
    known, target = sight.known(on), sight.known(host)
    table = known.current(known.neighbours, sight.now)
    if table is None or target.interfaces.value is None:
        return Seen(None, note("what {on} has in its ARP table is not known now", on=on))
    mac = next((one.mac for one in table if one.address == vip and one.mac), None)
    if mac is None:
        return Seen(None, note("{on} has no ARP entry for {vip} now", on=on, vip=vip))
    whose = next(
        (
            lb
            for lb in sight.lb_names()
            if any(one.mac == mac for one in sight.known(lb).interfaces.value or ())
        ),
        mac,
    )
    said = note("{on} sends {vip} to {whose}", on=on, vip=vip, whose=whose)
    if whose == host:
        return Seen(True, said)
    return Seen(False, note("{said}, not to {host}", said=said, host=host))


PROBES = (
    Probe("owner", note("one LB alone has the VIP, by every source"), {"host": HOST}, _owner),
    Probe("one-owner", note("one LB has the VIP, whichever"), {}, _one_owner),
    Probe("no-owner", note("nobody has the VIP"), {}, _no_owner),
    Probe("split", note("several LBs have the VIP"), {"hosts": HOSTS}, _split),
    Probe("holds", note("the kernel has the address, or not"), {"host": HOST, "vip": YES_NO},
          _holds),
    Probe("daemon", note("what keepalived says of itself"),
          {"host": HOST, "state": words("MASTER", "BACKUP", "FAULT")}, _daemon),
    Probe("priority", note("the priority that is in force"), {"host": HOST, "is": COUNT},
          _priority),
    Probe("arp", note("where a third host sends the VIP"),
          {"seen-by": HOST, "points-to": HOST}, _arp),
)  # fmt: skip
