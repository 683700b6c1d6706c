"""firewalld's zone and ruleset beside the captured ones, and tables added by hand."""

from __future__ import annotations

import re

import pytest

from haconsole.demo.world.net import Fate, Packet, Protocol
from haconsole.demo.world.nft_lang import NftError, Tables
from haconsole.demo.world.nft_zone import zone_ruleset
from haconsole.demo.world.setting import zone_xml
from haconsole.demo.world.zone import RichRule, Zone
from tests.demo.world.hosts import CAPTURES

ADVERT = Packet(Protocol.VRRP, "10.0.0.11", "224.0.0.18", "eth0")


def packet(port: int, protocol: Protocol = Protocol.TCP) -> Packet:
    return Packet(protocol, "10.0.0.5", "10.0.0.10", "eth0", port)


def chains(text: str) -> dict[str, list[str]]:
    found = re.findall(r"^\tchain (\S+) \{\n(.*?)^\t\}", text, re.DOTALL | re.MULTILINE)
    return {name: [line.strip() for line in body.splitlines()] for name, body in found}


def test_the_listing_is_the_captured_one() -> None:
    zone = Zone.from_xml(zone_xml(vrrp=True))
    captured = (CAPTURES / "firewall" / "firewalld-1.3.3-allowed.zone").read_text()
    assert zone.listing(active=False) == captured


def test_the_chains_that_judge_what_comes_in_are_the_captured_ones() -> None:
    ours = chains(zone_ruleset(Zone.from_xml(zone_xml(vrrp=True))))
    captured = chains((CAPTURES / "firewall" / "firewalld-1.3.3-allowed.nft").read_text())
    names = [name for name in captured if name.startswith(("filter_IN_public", "filter_INPUT"))]
    # The policy for IPv6's neighbour discovery is not modelled.
    names.remove("filter_INPUT_POLICIES_pre")
    assert len(names) > 8
    for name in names:
        if name.endswith("_allow"):
            assert set(ours[name]) == set(captured[name])
        else:
            assert ours[name] == captured[name], name


def test_a_zone_survives_its_file() -> None:
    zone: Zone | None = Zone.from_xml(zone_xml(vrrp=False))
    for kind, value in (
        ("ports", "8080/tcp"),
        ("protocols", "vrrp"),
        ("rich_rules", 'rule family="ipv4" source address="10.0.0.11" protocol value="vrrp" drop'),
    ):
        assert zone is not None
        zone = zone.with_(kind, value)
    assert zone is not None
    again = Zone.from_xml(zone.to_xml())
    assert again.listing(active=True) == zone.listing(active=True)
    assert again.judge(ADVERT) is Fate.DROP
    assert again.judge(packet(8080)) is Fate.ACCEPT


@pytest.mark.parametrize(
    ("rule", "fate"),
    [
        ('rule protocol value="vrrp" accept', Fate.ACCEPT),
        ('rule protocol value="112" accept', Fate.ACCEPT),
        ('rule family="ipv4" source address="10.0.0.0/24" protocol value="vrrp" accept',
         Fate.ACCEPT),
        ('rule family="ipv4" source address="10.9.0.0/24" protocol value="vrrp" accept',
         Fate.REJECT),
        ('rule family="ipv4" source NOT address="10.9.0.0/24" accept', Fate.ACCEPT),
        ('rule family="ipv6" protocol value="vrrp" accept', Fate.REJECT),
        ('rule protocol value="vrrp" drop', Fate.DROP),
        ('rule service name="http" accept', Fate.REJECT),
    ],
)  # fmt: skip
def test_rich_rules(rule: str, fate: Fate) -> None:
    zone = Zone(rich_rules=(RichRule.parse(rule),))
    assert zone.judge(ADVERT) is fate
    assert zone.judge(packet(0, Protocol.ICMP)) is not Fate.REJECT


def test_what_is_no_rule_is_refused_in_firewalld_s_words() -> None:
    with pytest.raises(ValueError, match="INVALID_RULE"):
        RichRule.parse('rule protocol value="vrrp"')
    with pytest.raises(ValueError, match="INVALID_SERVICE: nothing"):
        Zone().with_("services", "nothing")


def test_tables_by_hand() -> None:
    tables = Tables()
    for statement in (
        "add table ip f",
        "add chain ip f i { type filter hook input priority 0; policy accept; }",
        "add rule ip f i ip saddr 10.0.0.11 ip protocol 112 counter drop",
    ):
        tables.apply(statement)
    assert tables.judge("input", ADVERT) is Fate.DROP
    assert tables.judge("output", ADVERT) is Fate.ACCEPT
    assert tables.judge("input", packet(80)) is Fate.ACCEPT
    assert "ip protocol vrrp counter packets 1 bytes 40 drop" in tables.text()
    with pytest.raises(NftError, match="No such file or directory"):
        tables.apply("add rule ip nowhere i drop")
    tables.apply("delete table ip f")
    assert tables.judge("input", ADVERT) is Fate.ACCEPT
