"""Firewalls: one ruleset of firewalld 1.3.3 as it was, and what changes its verdict."""

from __future__ import annotations

from functools import partial

import pytest

from haconsole.domain.facts import VrrpFirewall
from haconsole.parsers.errors import ParseError
from haconsole.parsers.firewall import parse_firewall, parse_zone
from tests.parsers.captured import captured

A, B, OFF = VrrpFirewall.ALLOWED, VrrpFirewall.BLOCKED, VrrpFirewall.OFF
NFT = captured("firewall/firewalld-1.3.3-allowed.nft")
ZONE = captured("firewall/firewalld-1.3.3-allowed.zone")
ALLOWANCE = "\t\tmeta l4proto vrrp accept\n"
RICH = '\trule protocol value="vrrp" accept\n'
judge = partial(parse_firewall, interface="eth0", peers=("10.0.0.11",))


def test_firewalld_that_allows() -> None:
    found = judge(firewalld="running\n", zone=ZONE, nft=NFT)
    assert (found.kind, found.vrrp) == ("firewalld", A)
    assert found.detail == 'rule protocol value="vrrp" accept'


def test_firewalld_without_the_rule_blocks() -> None:
    assert ALLOWANCE in NFT
    assert RICH.strip() in ZONE
    found = judge(
        firewalld="running\n", zone=ZONE.replace(RICH, ""), nft=NFT.replace(ALLOWANCE, "")
    )
    assert (found.kind, found.vrrp) == ("firewalld", B)
    only_zone = parse_firewall(firewalld="running", zone=ZONE.replace(RICH.strip(), ""))
    assert only_zone.vrrp is B


def test_the_kernel_outweighs_what_firewalld_says() -> None:
    # a table of somebody else drops what firewalld would let in
    other = "table inet x {\n\tchain y {\n\t\ttype filter hook input priority raw; policy accept;\n"
    other += "\t\tmeta l4proto 112 counter packets 5 bytes 200 drop\n\t}\n}\n"
    found = judge(firewalld="running", zone=ZONE, nft=NFT + other)
    assert (found.kind, found.vrrp) == ("firewalld", B)
    assert "112" in found.detail


def zone(*rules: str, target: str = "default", protocols: str = "") -> str:
    text = ZONE.replace("target: default", f"target: {target}")
    text = text.replace("protocols: ", f"protocols: {protocols}")
    return text.replace(RICH.strip(), "\n\t".join(rules))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (zone(), B),
        (zone(target="ACCEPT"), A),
        (zone(target="%%REJECT%%"), B),
        (zone(protocols="vrrp"), A),
        (zone(protocols="esp ah"), B),
        (zone('rule protocol value="112" accept'), A),
        (zone('rule family="ipv4" protocol value="vrrp" accept'), A),
        (zone('rule family="ipv6" protocol value="vrrp" accept'), B),
        (zone('rule protocol value="vrrp" drop', target="ACCEPT"), B),
        (zone('rule protocol value="vrrp" accept', 'rule protocol value="vrrp" drop'), B),
        (
            zone(
                'rule priority="-5" protocol value="vrrp" accept', 'rule protocol value="112" drop'
            ),
            A,
        ),
        (zone('rule family="ipv4" source address="10.0.0.11" accept'), A),
        (zone('rule family="ipv4" source address="10.0.0.0/24" protocol value="vrrp" accept'), A),
        (zone('rule family="ipv4" source address="10.0.9.0/24" protocol value="vrrp" accept'), B),
        (
            zone('rule family="ipv4" destination address="224.0.0.18" protocol value="112" accept'),
            A,
        ),
        (zone('rule family="ipv4" source address="10.0.0.11" service name="http" accept'), B),
    ],
)
def test_zones(text: str, verdict: VrrpFirewall) -> None:
    assert judge(firewalld="running", zone=text).vrrp is verdict


def test_direct_rules() -> None:
    direct = "ipv4 filter INPUT 0 -p vrrp -j ACCEPT\n"
    assert parse_firewall(firewalld="running", zone=zone(), direct=direct).vrrp is A
    direct = "ipv4 filter OUTPUT 0 -p vrrp -j ACCEPT\n"
    assert parse_firewall(firewalld="running", zone=zone(), direct=direct).vrrp is B


def chain(*rules: str, policy: str = "accept", more: str = "") -> str:
    body = "\n".join(f"\t\t{rule}" for rule in rules)
    head = f"type filter hook input priority filter; policy {policy};"
    return f"table inet f {{\n{more}\tchain i {{\n\t\t{head}\n{body}\n\t}}\n}}\n"


SUB = "\tchain sub {\n\t\tip protocol vrrp accept\n\t}\n\n"
WRAPPED = "tcp dport { 22, 80,\n\t\t\t     443 } accept"


@pytest.mark.parametrize(
    ("ruleset", "verdict"),
    [
        ("", OFF),
        (chain(), OFF),
        (chain(policy="drop"), B),
        (chain("tcp dport 22 accept"), A),
        (chain("tcp dport 22 accept", policy="drop"), B),
        (chain("ip protocol vrrp accept", policy="drop"), A),
        (chain("meta l4proto { icmp, 112 } accept", policy="drop"), A),
        (chain("meta l4proto != vrrp drop"), A),
        (chain("ct state established,related accept", "reject with icmpx admin-prohibited"), B),
        (chain("ct state { new, established } accept", policy="drop"), A),
        (chain('iifname "lo" accept', policy="drop"), B),
        (chain('iifname "eth0" accept', policy="drop"), A),
        (chain('iifname { "eth1", "eth2" } ip protocol vrrp accept', policy="drop"), B),
        (chain("ip saddr 10.0.0.11 accept", policy="drop"), A),
        (chain("ip saddr { 10.0.0.10, 10.0.0.11 } ip protocol vrrp accept", policy="drop"), A),
        (chain("ip saddr != 10.0.0.11 drop", policy="accept"), A),
        (chain("ip saddr 10.0.9.0/24 ip protocol vrrp accept", policy="drop"), B),
        (chain("ip daddr 224.0.0.0/4 accept", policy="drop"), A),
        (chain("jump sub", policy="drop", more=SUB), A),
        (chain("goto sub", "drop", more=SUB), A),
        (chain('iifname vmap { "lo" : accept, "eth0" : jump sub }', policy="drop", more=SUB), A),
        (chain("meta l4proto vmap { tcp : accept, vrrp : drop }"), B),
        (chain("ip saddr @allowed accept", policy="drop"), B),
        (chain("ip saddr @allowed ip protocol vrrp accept", policy="drop"), A),
        (chain(WRAPPED, "ip protocol vrrp accept", policy="drop"), A),
        (
            chain(
                'ip protocol vrrp log prefix "drop accept " counter packets 0 bytes 0 accept',
                policy="drop",
            ),
            A,
        ),
        (chain('ip protocol vrrp accept comment "peers: drop"', policy="drop"), A),
        (chain("jump i", "jump i"), A),
        (chain("ip protocol vrrp drop").replace("inet", "ip6"), OFF),
        (chain("ip protocol vrrp drop").replace("hook input", "hook output"), OFF),
    ],
)
def test_nftables(ruleset: str, verdict: VrrpFirewall) -> None:
    assert judge(nft=ruleset).vrrp is verdict


def test_the_captured_drop() -> None:
    name = "keepalived-2.2.7/firewall_split/lb01.split.nft.txt"
    found = judge(firewalld="not running", nft=captured(name))
    assert (found.kind, found.vrrp, found.detail) == ("nftables", B, "ip protocol vrrp drop")


TAIL = "-A INPUT -j REJECT --reject-with icmp-host-prohibited\n"


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ("-P INPUT ACCEPT\n-P FORWARD DROP\n", OFF),
        ("-P INPUT DROP\n", B),
        ("-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n" + TAIL, B),
        ("-P INPUT ACCEPT\n-A INPUT -p vrrp -j ACCEPT\n" + TAIL, A),
        ("-P INPUT ACCEPT\n-A INPUT -p 112 -m comment --comment x -j ACCEPT\n" + TAIL, A),
        ("-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n" + TAIL, B),
        (
            "-P INPUT ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
            + TAIL,
            B,
        ),
        ("-P INPUT ACCEPT\n-A INPUT -s 10.0.0.0/24 -j ACCEPT\n" + TAIL, A),
        ("-P INPUT ACCEPT\n-A INPUT ! -s 10.0.0.11/32 -p vrrp -j DROP\n", A),
        ("-P INPUT DROP\n-N Z\n-A INPUT -j Z\n-A Z -d 224.0.0.18/32 -p vrrp -j ACCEPT\n", A),
        ("-P INPUT DROP\n-N Z\n-A INPUT -g Z\n-A Z -p tcp -j RETURN\n", B),
        ("-P INPUT ACCEPT\n-A INPUT -p vrrp -j DROP\n", B),
    ],
)
def test_iptables(rules: str, verdict: VrrpFirewall) -> None:
    assert judge(iptables=rules).vrrp is verdict


def test_no_firewall() -> None:
    found = parse_firewall(firewalld="not running\n")
    assert (found.kind, found.vrrp) == ("none", OFF)


def test_what_is_no_zone() -> None:
    with pytest.raises(ParseError):
        parse_zone("Error: INVALID_ZONE: x\n")
    assert parse_zone(ZONE).name == "public"
    assert parse_zone(ZONE.replace("interfaces: ", "interfaces: eth0 eth1")).interfaces == (
        "eth0",
        "eth1",
    )


def test_firewalld_of_which_nothing_is_known() -> None:
    with pytest.raises(ParseError):
        parse_firewall(firewalld="running\n")
    # the kernel's rules are enough
    assert judge(firewalld="running", nft=NFT).vrrp is A
    assert judge(firewalld="running", nft=NFT.replace(ALLOWANCE, "")).vrrp is B
