"""A table of one's own beside firewalld's, as a drill makes and removes it; and iptables'."""

from __future__ import annotations

import asyncio

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.net import Fate, Packet, Protocol
from haconsole.demo.world.nft_lang import NftError, Tables
from haconsole.lab.topology import VIP
from tests.demo.world.stories import cluster_story, lb01_story

ADVERT = Packet(Protocol.VRRP, "10.0.0.11", "224.0.0.18", "eth0")
SCRIPT = """
# Beside firewalld's: before it, and before the connection tracking.
table inet drill {
	chain prerouting {
		type filter hook prerouting priority -300; policy accept;
		meta l4proto 112 counter drop comment "of a drill; d1"
		ip6 nexthdr 112 drop
	}
	chain other { }
}
"""
#: What nftables 1.0.6 prints of it.
PRINTED = """\
table inet drill {
	chain prerouting {
		type filter hook prerouting priority raw; policy accept;
		meta l4proto vrrp counter packets 0 bytes 0 drop comment "of a drill; d1"
		ip6 nexthdr vrrp drop
	}

	chain other {
	}
}
"""


def test_a_block_is_read_and_printed_as_nft_does() -> None:
    tables = Tables()
    tables.apply(SCRIPT)
    assert tables.text() == PRINTED
    again = Tables()
    again.apply(tables.text())
    assert again.text() == PRINTED


@pytest.mark.parametrize(
    "rule",
    [
        "meta l4proto 112 drop",
        "ip protocol { 112 } drop",
        "ip daddr 224.0.0.18 drop",
        "meta pkttype multicast drop",
        'iifname "eth0" meta l4proto vrrp drop',
    ],
)
def test_rules_that_stop_an_advert_before_anything_else(rule: str) -> None:
    tables = Tables()
    tables.apply("add table inet d")
    tables.apply("add chain inet d p { type filter hook prerouting priority raw ; }")
    tables.apply(f"add rule inet d p {rule}")
    assert tables.judge("prerouting", ADVERT) is Fate.DROP
    assert tables.judge("input", ADVERT) is Fate.ACCEPT
    other = Packet(Protocol.TCP, "10.0.0.1", "10.0.0.10", "eth0", 22)
    assert tables.judge("prerouting", other) is Fate.ACCEPT


@pytest.mark.parametrize("family", ["ip6", "arp"])
def test_a_table_sees_its_own_family_only(family: str) -> None:
    tables = Tables()
    tables.apply(f"table {family} d {{ chain p {{ type filter hook input priority 0; drop; }}; }}")
    assert tables.judge("input", ADVERT) is Fate.ACCEPT


def test_a_file_is_done_whole_or_not_at_all() -> None:
    tables = Tables()
    with pytest.raises(NftError) as caught:
        tables.apply("add table inet a\ndelete table inet b")
    assert caught.value.shown == (
        "Error: Could not process rule: No such file or directory\n"
        "delete table inet b\n"
        "                  ^\n"
    )
    assert tables.text() == ""
    tables.apply(SCRIPT, only_check=True)
    assert tables.text() == ""


def test_rules_go_by_their_handles() -> None:
    tables = Tables()
    tables.apply(SCRIPT)
    listed = tables.tables["inet", "drill"].text("prerouting", handles=True)
    assert "ip6 nexthdr vrrp drop # handle 3\n" in listed
    tables.apply("delete rule inet drill prerouting handle 3")
    assert "ip6" not in tables.text()


def test_a_pair_is_parted_by_it_whether_its_adverts_go_to_the_group_or_to_peers() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lbs = cluster.lbs
        for unicast in (False, True):
            if unicast:
                for lb, peer in zip(lbs, reversed(lbs), strict=True):
                    path = "/etc/keepalived/keepalived.conf"
                    text = lb.machine.files.read(path).decode()
                    here = f"unicast_src_ip {lb.node.address}\n    unicast_peer {{\n        "
                    block = f"{here}{peer.node.address}\n    }}\n    virtual_ipaddress {{"
                    lb.machine.files.write(path, text.replace("virtual_ipaddress {", block))
                    await lb.do("systemctl", "restart", "keepalived")
                await asyncio.sleep(8)
                # Both have spoken: to the connection tracking their adverts are known.
                await lbs[0].do("systemctl", "stop", "keepalived")
                await asyncio.sleep(5)
                await lbs[0].do("systemctl", "start", "keepalived")
                await asyncio.sleep(8)
            assert cluster.owners == ["lb01"]
            for lb in lbs:
                status, said = await lb.do("nft", SCRIPT)
                assert (status, said) == (0, "")
            await asyncio.sleep(5)
            assert cluster.owners == ["lb01", "lb02"]
            assert lbs[1].stack.owns(VIP)
            for lb in lbs:
                _, said = await lb.do("nft", "list", "table", "inet", "drill")
                assert "counter packets 0" not in said
                await lb.do("firewall-cmd", "--reload")
                assert (await lb.do("nft", "delete", "table", "inet", "drill"))[0] == 0
            await asyncio.sleep(3)
            assert cluster.owners == ["lb01"]

    cluster_story(tell)


def test_firewalld_lets_in_what_the_connection_tracking_knows() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb = cluster.lbs[0]
        await lb.do("firewall-cmd", '--remove-rich-rule=rule protocol value="vrrp" accept')
        new = Packet(Protocol.VRRP, "10.0.0.11", lb.node.address, "eth0")
        known = Packet(Protocol.VRRP, "10.0.0.11", lb.node.address, "eth0", established=True)
        assert lb.firewall.incoming(new) is not Fate.ACCEPT
        assert lb.firewall.incoming(known) is Fate.ACCEPT

    cluster_story(tell)


def test_where_there_is_no_nft_iptables_does_it_before_the_connection_tracking_too() -> None:
    async def tell(host: DemoHost) -> None:
        rule = "PREROUTING -p 112 -m comment --comment haconsole-d1 -j DROP"
        for tool in ("iptables", "ip6tables"):
            assert await host.do(*f"{tool} -w -t raw -I {rule}".split()) == (0, "")
            assert (await host.do(*f"{tool} -t raw -C {rule}".split()))[0] == 0
        assert host.firewall.incoming(ADVERT) is Fate.DROP
        _, saved = await host.do("iptables-save")
        assert "-A PREROUTING -p vrrp -m comment --comment haconsole-d1 -j DROP\n" in saved
        for tool in ("iptables", "ip6tables"):
            assert await host.do(*f"{tool} -t raw -D {rule}".split()) == (0, "")
            assert (await host.do(*f"{tool} -t raw -C {rule}".split()))[0] == 1
        assert host.firewall.incoming(ADVERT) is Fate.ACCEPT

    lb01_story(tell)
