"""The questions about a pair: defaults from its files, its kernels and the inventory."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from haconsole.domain.conf import InstanceConf
from haconsole.domain.model import Host
from haconsole.domain.notes import note
from haconsole.domain.vrrp import MAX_PRIORITY, MIN_PRIORITY
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.live import KnownLb, known_lbs, own_addresses, said
from haconsole.procedures.form import Answers, Choice, Field, FieldKind
from haconsole.procedures.recipes.pair import CheckSettings, VipSettings, VrrpState

_FIRST_VRID = 50
_NOBODY = "nobody"
#: Stands where a file has no instance.
_NONE = InstanceConf("", 0)


def pair_fields(ground: Ground) -> tuple[Field, ...]:
    """Return the questions of ``configure-pair``: the pair's, then each LB's."""
    known = known_lbs(ground)
    lbs = list(known.values())
    now = check_now(lbs)
    return (
        *_vrrp(ground, known),
        *_rules(lbs),
        Field("check", FieldKind.SWITCH, note("Ask about nginx"), note(
            "keepalived knows nothing of nginx by itself: without a check the VIP stays on an LB "
            "whose nginx is dead."
        ), "no" if any(lb.conf.instances for lb in lbs) and now is None else "yes"),
        *ask.check_fields(now or CheckSettings(), script_user(lbs), _checked),
        *(one for index, lb in enumerate(ground.cluster.lbs)
          for one in _own(ground, known, index, lb)),
    )  # fmt: skip


def check_now(lbs: list[KnownLb]) -> CheckSettings | None:
    """Return the check that the files have, with defaults filled in."""
    script = said(lbs, lambda lb: lb.check)
    if script is None:
        return None
    interval = round(script.interval_s or 1)
    return CheckSettings(
        interval_s=interval,
        # Without one keepalived waits a whole interval, which forgives nothing.
        timeout_s=round(script.timeout_s or max(1, interval - 1)),
        weight=script.weight or 0,
        fall=script.fall or 1,
        rise=script.rise or 1,
    )


def script_user(lbs: list[KnownLb]) -> str:
    """Return the user that runs scripts now, or one that every host has."""
    return said(lbs, lambda lb: lb.conf.script_user) or _NOBODY


def _checked(answers: Answers) -> bool:
    return answers.get("check", "yes") == "yes"


def _vrrp(ground: Ground, known: dict[str, KnownLb]) -> tuple[Field, ...]:
    lbs = list(known.values())
    version = said(lbs, lambda lb: lb.conf.vrrp_version or _said_version(lb)) or 2
    advert = said(lbs, lambda lb: (lb.instance() or _NONE).advert_int_s)
    unicast = any(one.unicast_peers for lb in lbs for one in lb.conf.instances)
    return (
        Field("vips", FieldKind.LIST, note("Virtual addresses"), note(
            "The addresses that clients use; one LB at a time holds them, and they move together. "
            "No host has them as its own."
        ), ", ".join(vip.text for vip in _vips(ground, lbs)), (), ask.vip_list),
        Field("vrid", FieldKind.INTEGER, note("Virtual router id (VRID)"), note(
            "The number by which the LBs of a pair know one another's adverts: the same on both, "
            "and another one for every other pair in the same network."
        ), str(_vrid(ground, lbs)), (), ask.whole(1, 255)),
        Field("vrrp_version", FieldKind.CHOICE, note("VRRP version"), note(
            "2 is what everything speaks; 3 can send adverts several times a second and knows no "
            "passwords. IPv6 addresses use 3 in any case."
        ), str(version), (Choice("2", note("VRRPv2")), Choice("3", note("VRRPv3")))),
        Field("advert_int", FieldKind.SECONDS, note("Seconds between adverts"), note(
            "How often the owner says that it lives. After three that did not come, and a bit "
            "more, the backup takes over; both need the same value."
        ), f"{1 if advert is None else advert:g}", (), ask.seconds(0.01, 255)),
        Field("adverts", FieldKind.CHOICE, note("How adverts travel"), note(
            "Multicast needs nothing else where switches let it pass; unicast goes from LB to LB, "
            "which clouds and some hypervisors need."
        ), "unicast" if unicast else "multicast",
            (Choice("multicast", note("multicast")), Choice("unicast", note("unicast")))),
    )  # fmt: skip


def _rules(lbs: list[KnownLb]) -> tuple[Field, ...]:
    has_password = any(lb.password for lb in lbs)
    nopreempt = any(one.nopreempt for lb in lbs for one in lb.conf.instances)
    delay = said(lbs, lambda lb: (lb.instance() or _NONE).preempt_delay_s) or 0
    return (
        Field("auth", FieldKind.CHOICE, note("Authentication"), note(
            "A password goes over the wire as plain text in every advert: it keeps out mistakes, "
            "not attackers. None, and a firewall that lets VRRP in, is as good."
        ), "pass" if has_password else "none",
            (Choice("none", note("none")), Choice("pass", note("a password")))),
        Field("auth_pass", FieldKind.SECRET, note("Password"), note(
            "At most 8 characters count, and it is the same on every LB. Empty: the one that is "
            "there stays."
        ), "", (), ask.password, None, lambda answers: answers.get("auth") == "pass"),
        Field("preempt", FieldKind.SWITCH, note("Take the VIP back"), note(
            "yes: an LB with the higher priority takes the VIP back when it returns, a second "
            "interruption. no: it stays where it is; every LB then has to begin as BACKUP."
        ), "no" if nopreempt else "yes"),
        Field("preempt_delay", FieldKind.SECONDS, note("Seconds before taking it back"), note(
            "Time for an LB that comes back to become warm. It counts only where every LB begins "
            "as BACKUP; 0: at once."
        ), f"{delay:g}", (), ask.seconds(0, 1000), None,
            lambda answers: answers.get("preempt") == "yes"),
    )  # fmt: skip


def _own(ground: Ground, known: dict[str, KnownLb], index: int, lb: Host) -> tuple[Field, ...]:
    """Return the questions of one LB."""
    now = known[lb.name]
    instance = now.instance() or _NONE
    host = lb.name

    def key(word: str) -> str:
        return f"{word}.{host}"

    priority = instance.priority if instance.priority is not None else _priority(index)
    fresh_state = VrrpState.MASTER if index == 0 else VrrpState.BACKUP
    sources = {family: _source(ground, known, lb, family) for family in (4, 6)}
    return (
        Field(key("router_id"), FieldKind.TEXT, note("Router id"), note(
            "The name under which this LB tells of itself, in logs and mails: its own on each."
        ), now.conf.router_id or host, (), ask.name, host),
        Field(key("state"), FieldKind.CHOICE, note("State at the start"), note(
            "What this LB takes itself for until it has heard of the other. Who owns the VIP in "
            "the end, priorities decide."
        ), instance.state if instance.state in ("MASTER", "BACKUP") else fresh_state,
            (Choice("MASTER", note("MASTER")), Choice("BACKUP", note("BACKUP"))), host=host),
        Field(key("priority"), FieldKind.INTEGER, note("Priority"), note(
            "The highest one that is well owns the VIP: a different number on each LB, 1 to 254."
        ), str(priority), (), ask.whole(MIN_PRIORITY, MAX_PRIORITY), host),
        Field(key("interface"), FieldKind.TEXT, note("Interface"), note(
            "Where this LB sends its adverts and holds the VIP: the one in the VIP's network."
        ), instance.interface or _interface(ground, known, lb), (), ask.interface, host),
        Field(key("source"), FieldKind.TEXT, note("Unicast from"), note(
            "The address of this LB from which its adverts come; the others send theirs to it."
        ), sources[4], (), ask.address(4), host, _unicast(4)),
        Field(key("source6"), FieldKind.TEXT, note("Unicast from (IPv6)"), note(
            "The same for the adverts of the IPv6 addresses."
        ), sources[6], (), ask.address(6), host, _unicast(6)),
    )  # fmt: skip


def _unicast(family: int) -> Callable[[Answers], bool]:
    def shown(answers: Answers) -> bool:
        has = any((":" in word) == (family == 6) for word in ask.words(answers.get("vips", "")))
        return answers.get("adverts") == "unicast" and has

    return shown


def _priority(index: int) -> int:
    """Return the tutorial's 150 and 100, and less for every further LB."""
    return 150 if index == 0 else max(MIN_PRIORITY, 110 - 10 * index)


def _said_version(lb: KnownLb) -> int | None:
    instance = lb.instance(4)
    return instance.version if instance else None


def _vips(ground: Ground, lbs: list[KnownLb]) -> list[VipSettings]:
    """Return the inventory's addresses, with the prefixes that the files give them."""
    prefixes = {
        vip.address: vip.prefix
        for lb in reversed(lbs)
        for one in lb.conf.instances
        for vip in one.vips
    }
    return [
        VipSettings(vip.address, prefixes.get(vip.address, vip.prefix))
        for vip in ground.cluster.vips
    ]


def _vrid(ground: Ground, lbs: list[KnownLb]) -> int:
    """Return the pair's VRID, or the first from the tutorial's on that no other cluster has."""
    if (now := said(lbs, lambda lb: (lb.instance() or _NONE).vrid)) is not None:
        return now
    of_inventory = [vip.vrid for vip in ground.cluster.vips if vip.vrid is not None]
    if of_inventory:
        return of_inventory[0]
    taken = {
        vip.vrid
        for cluster in ground.site.clusters
        if cluster.name != ground.cluster.name
        for vip in cluster.vips
    }
    free = (*range(_FIRST_VRID, 256), *range(1, _FIRST_VRID))
    return next((vrid for vrid in free if vrid not in taken), _FIRST_VRID)


def _interface(ground: Ground, known: dict[str, KnownLb], lb: Host) -> str:
    """Return the inventory's interface, that of the VIP's network, or that of the address."""
    if named := next((vip.interface for vip in ground.cluster.vips if vip.interface), None):
        return named
    own = own_addresses(ground, known, lb.name)
    for vip in ground.cluster.vips:
        for one in own:
            if vip.ip in ip_interface(f"{one.address}/{one.prefix}").network:
                return one.interface
    return next((one.interface for one in own if one.address == lb.address), "eth0")


def _source(ground: Ground, known: dict[str, KnownLb], lb: Host, family: int) -> str:
    instance = known[lb.name].instance(family)
    if instance and instance.unicast_source:
        return instance.unicast_source
    own = [
        one
        for one in own_addresses(ground, known, lb.name)
        if ip_address(one.address).version == family
    ]
    named = _interface(ground, known, lb)
    best = sorted(own, key=lambda one: (one.interface != named, one.address != lb.address))
    return best[0].address if best else ""
