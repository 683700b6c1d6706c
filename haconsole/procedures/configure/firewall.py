"""``allow-vrrp``: VRRP and HTTP through the hosts' firewalls, now and after a reboot."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_interface

from haconsole.domain.conf import InstanceConf, VipConf
from haconsole.domain.facts import Address
from haconsole.domain.model import Host, Role
from haconsole.domain.notes import Note, note
from haconsole.procedures.catalogue import Ground
from haconsole.procedures.configure import fields as ask
from haconsole.procedures.configure.firewall_shell import (
    Ways,
    firewalld_step,
    iptables_step,
    nft_step,
)
from haconsole.procedures.configure.live import (
    facts_of,
    known_lbs,
    own_addresses,
    service_address,
)
from haconsole.procedures.configure.nginx import found_port
from haconsole.procedures.configure.web import server_port_now
from haconsole.procedures.facts import HostFacts
from haconsole.procedures.form import Answers, Field, FieldKind, Form, Objection
from haconsole.procedures.paths import (
    IPTABLES_RULES,
    IPTABLES_SYSCONFIG,
    NFTABLES_CONF,
    NFTABLES_SYSCONFIG,
)
from haconsole.procedures.plan import Lane, Phase, Plan, Step
from haconsole.procedures.recipes.firewall import Need, has_input_hook, iptables_with, nftables_with
from haconsole.procedures.steps.files import place_file

_TITLE = note("Let VRRP and HTTP through the firewall")


def form(ground: Ground) -> Form:
    """Return the questions: what is to come in, and where."""
    fields = (
        Field("allow_vrrp", FieldKind.SWITCH, note("Let VRRP in on the LBs"), note(
            "An LB that does not hear the other's adverts takes the VIP as well: that is how a "
            "firewall makes a split brain. Switching it off is no cure; one rule is."
        ), "yes"),
        Field("allow_http", FieldKind.SWITCH, note("Let HTTP in"), note(
            "On the LBs for the clients, on the web nodes for the LBs."
        ), "yes"),
        Field("port", FieldKind.INTEGER, note("Port"), note(
            "Where the LBs listen."
        ), str(found_port(ground)), (), ask.whole(1, 65535), None, _http),
        Field("web_port", FieldKind.INTEGER, note("Port of the web nodes"), note(
            "Where the web nodes listen."
        ), str(server_port_now(ground)), (), ask.whole(1, 65535), None, _http),
    )  # fmt: skip
    about = note(
        "One rule a host in the firewall that is there, at once and for every boot to come. "
        "Where none is active there is nothing to do."
    )

    def objections(answers: Answers) -> tuple[Objection, ...]:
        if (answers.get("allow_vrrp"), answers.get("allow_http")) != ("no", "no"):
            return ()
        nothing = note("With neither VRRP nor HTTP there is nothing to let in.")
        return (Objection(nothing, ("allow_vrrp", "allow_http")),)

    return Form(_TITLE, about, fields, objections)


def _http(answers: Answers) -> bool:
    return answers.get("allow_http") == "yes"


def plan(ground: Ground, answers: Answers) -> Plan:
    """Return the plan; the hosts do not depend on one another, so all at the same time."""
    ipv6 = any(vip.ip.version == 6 for vip in ground.cluster.vips)
    lanes: list[Lane] = []
    warnings: list[Note] = []
    for host in ground.cluster.hosts:
        facts = facts_of(ground, host.name)
        needs = needs_of(host.role, answers)
        if not needs or facts.firewall == "none":
            continue
        lanes.append(_lane(facts, needs, ways_to(ground, host), ipv6=ipv6))
        if facts.firewall != "firewalld" and not _kept(facts, needs):
            warnings.append(
                note(
                    "On {host} nothing loads rules at boot that this tool knows (no "
                    "{one} with an input chain, no {two}): the rules hold until then.",
                    host=facts.host,
                    one=NFTABLES_CONF,
                    two=IPTABLES_RULES,
                )
            )
    if not lanes:
        warnings.append(note("No firewall is active on these hosts: there is nothing to do."))
    return Plan(
        procedure="allow-vrrp",
        title=_TITLE,
        cluster=ground.cluster.name,
        phases=(Phase(_TITLE, tuple(lanes)),) if lanes else (),
        answers=tuple(answers.items()),
        warnings=tuple(warnings),
    )


def needs_of(role: Role, answers: Answers) -> tuple[Need, ...]:
    """Return what a host of a role lets in."""
    needs = []
    if role is Role.LB and answers["allow_vrrp"] == "yes":
        needs.append(Need("vrrp"))
    if answers["allow_http"] == "yes":
        port = int(answers["port"] if role is Role.LB else answers["web_port"])
        needs.append(Need(f"http {port}" if port != 80 else "http", port))
    return tuple(needs)


def ways_to(ground: Ground, host: Host) -> Ways:
    """Return by which of its interfaces a host is reached, as far as anybody says.

    An LB: by its own file, then by the inventory (which speaks of all of them alike), then by the
    VIP's network. A web node, and an LB of which nothing else is known: by its address.
    """
    known = known_lbs(ground)
    own = own_addresses(ground, known, host.name)
    address = service_address(ground, host)
    at = _of(one.interface for one in own if one.address == address)
    if host.role is not Role.LB:
        return Ways(at, at)
    vips = [vip.address for vip in ground.cluster.vips]
    instances = known[host.name].conf.instances
    ours = [one for one in instances if any(vip.address in vips for vip in _vips(one))]
    ours = ours or list(instances[:1])
    peers = _of(one.interface for one in ours)
    clients = _of(
        vip.interface or one.interface for one in ours for vip in _vips(one) if vip.address in vips
    )
    named = _of(vip.interface for vip in ground.cluster.vips)
    nets = _of(one.interface for one in own if any(_reaches(one, vip) for vip in vips))
    unsaid = named or nets or at
    return Ways(peers or unsaid, clients or peers or unsaid)


def _of(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _vips(instance: InstanceConf) -> tuple[VipConf, ...]:
    return (*instance.vips, *instance.excluded_vips)


def _reaches(own: Address, address: str) -> bool:
    return ip_address(address) in ip_interface(f"{own.address}/{own.prefix}").network


def vrrp_lane(facts: HostFacts, ways: Ways, *, ipv6: bool) -> Lane:
    """Return the steps that let VRRP alone in on an LB whose firewall is active."""
    return _lane(facts, (Need("vrrp"),), ways, ipv6=ipv6)


def _lane(facts: HostFacts, needs: tuple[Need, ...], ways: Ways, *, ipv6: bool) -> Lane:
    match facts.firewall:
        case "firewalld":
            return (firewalld_step(facts.host, needs, ways),)
        case "nftables":
            live = [nft_step(facts.host, need, ipv6=ipv6) for need in needs]
        case _:
            live = [iptables_step(facts.host, need, ipv6=ipv6) for need in needs]
    return (*live, *_kept(facts, needs))


def _kept(facts: HostFacts, needs: tuple[Need, ...]) -> tuple[Step, ...]:
    """Return the steps that make rules outlive a reboot, ``()`` where nothing would load them."""
    for path in (NFTABLES_CONF, NFTABLES_SYSCONFIG):
        text = facts.file(path).text
        if text is not None and has_input_hook(text) and facts.firewall == "nftables":
            return (_rules_file(facts, path, nftables_with(text, needs), 'nft -c -f "$NEW"'),)
    for path in (IPTABLES_RULES, IPTABLES_SYSCONFIG):
        text = facts.file(path).text
        if text is not None and "*filter" in text:
            test = 'iptables-restore --test <"$NEW"'
            return (_rules_file(facts, path, iptables_with(text, needs), test),)
    return ()


def _rules_file(facts: HostFacts, path: str, text: str, test: str) -> Step:
    found = facts.file(path)
    return place_file(
        facts.host,
        found,
        text,
        title=note("The rules that {host} loads at boot", host=facts.host),
        reason=note("Else they are gone after the next one. What else is in force stays as it is."),
        mode=found.mode,
        owner=found.owner,
        validate=f'said=$({test} 2>&1) || fail "the firewall refuses it: $said"',
    )
