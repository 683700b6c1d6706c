"""iproute2's output, as iproute2 6.1 printed it in a network namespace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from haconsole.domain.facts import Address, Interface, Neighbour
from haconsole.parsers import ip
from haconsole.parsers.errors import ParseError
from tests.parsers.captured import captured, every, name_of

ONE_LINE = r"""1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
1: lo    inet6 ::1/128 scope host \       valid_lft forever preferred_lft forever
3: eth0    inet 10.0.0.10/24 brd 10.0.0.255 scope global eth0\       valid_lft forever preferred_lft forever
3: eth0    inet 10.0.0.100/32 scope global eth0:vip\       valid_lft forever preferred_lft forever
3: eth0    inet 10.9.0.1 peer 10.9.0.2/32 scope global eth0\       valid_lft forever preferred_lft forever
3: eth0    inet 10.0.0.101/24 metric 100 brd 10.0.0.255 scope global secondary dynamic eth0\       valid_lft 3000sec preferred_lft 3000sec
3: eth0    inet6 fd00::11/64 scope global deprecated tentative \       valid_lft forever preferred_lft 0sec
3: eth0    inet6 fd00::12/64 scope global dadfailed tentative noprefixroute \       valid_lft forever preferred_lft forever
3: eth0    inet6 fe80::b0cc:a1ff:fe07:c456/64 scope link proto kernel_ll \       valid_lft forever preferred_lft forever
"""


def test_the_one_line_dialect() -> None:
    found = ip.parse_addresses(ONE_LINE)
    assert found == (
        Address("127.0.0.1", 8, "lo"),
        Address("::1", 128, "lo"),
        Address("10.0.0.10", 24, "eth0"),
        Address("10.0.0.100", 32, "eth0"),
        Address("10.9.0.1", 32, "eth0"),
        Address("10.0.0.101", 24, "eth0"),
        Address("fd00::11", 64, "eth0"),
        Address("fd00::12", 64, "eth0"),
        Address("fe80::b0cc:a1ff:fe07:c456", 64, "eth0"),
    )
    assert [a.flags for a in found if a.flags] == [
        ("secondary", "dynamic"),
        ("deprecated", "tentative"),
        ("dadfailed", "tentative", "noprefixroute"),
    ]


@pytest.mark.parametrize("path", every("keepalived-2.2.7/*/*.ip-o.txt"), ids=name_of)
def test_three_dialects_say_the_same(path) -> None:
    base = str(path).removesuffix(".ip-o.txt")
    one_line = ip.parse_addresses(path.read_text())
    with open(base + ".ip.json") as file:
        text = file.read()
    assert ip.parse_addresses(text) == one_line
    assert [a.flags for a in ip.parse_addresses(text)] == [a.flags for a in one_line]
    with open(base + ".ip.txt") as file:
        many_lines = file.read()
    assert ip.parse_addresses(many_lines) == tuple(a for a in one_line if a.interface == "eth0")
    (eth0,) = ip.parse_interfaces(many_lines)
    assert eth0 in ip.parse_interfaces(text)


@pytest.mark.parametrize("version", ["1.3.5", "2.2.7", "2.4.3"])
def test_a_crashed_master_keeps_the_vip(version: str) -> None:
    vip = Address("10.0.0.100", 32, "eth0")
    folder = f"keepalived-{version}/crash_leaves_vip"
    assert vip in ip.parse_addresses(captured(f"{folder}/lb01.crashed.ip.json"))
    if version == "2.2.7":  # taken after the backup had it too
        assert vip in ip.parse_addresses(captured(f"{folder}/lb02.crashed.ip.json"))


LINKS = r"""1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
2: eth1@eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN mode DEFAULT group default qlen 1000\    link/ether 76:6b:26:59:8e:f1 brd ff:ff:ff:ff:ff:ff
3: eth0@if4: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN mode DEFAULT group default qlen 1000\    link/ether B2:CC:A1:07:C4:56 brd ff:ff:ff:ff:ff:ff link-netnsid 0
4: vrrp.50@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\    link/ether 00:00:5e:00:01:32 brd ff:ff:ff:ff:ff:ff
5: tun0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 500\    link/none
"""


def test_links() -> None:
    assert ip.parse_interfaces(LINKS) == (
        Interface("lo", None, True),
        Interface("eth1", "76:6b:26:59:8e:f1", False),
        Interface("eth0", "b2:cc:a1:07:c4:56", False),
        Interface("vrrp.50", "00:00:5e:00:01:32", True),
        Interface("tun0", None, True),
    )


def test_neighbours() -> None:
    text = (
        "10.0.0.11 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT \n"
        "10.0.0.100 dev eth0 lladdr 02:00:00:00:00:02 router REACHABLE\n"
        "10.0.0.9 dev eth0  FAILED\n"
        "10.0.0.8 dev eth0 lladdr 02:00:00:00:00:03 used 12/3/1 probes 4 STALE\n"
        "fe80::1 dev eth0 INCOMPLETE\n"
    )
    assert ip.parse_neighbours(text) == (
        Neighbour("10.0.0.11", "02:00:00:00:00:01", "PERMANENT", "eth0"),
        Neighbour("10.0.0.100", "02:00:00:00:00:02", "REACHABLE", "eth0"),
        Neighbour("10.0.0.9", None, "FAILED", "eth0"),
        Neighbour("10.0.0.8", "02:00:00:00:00:03", "STALE", "eth0"),
        Neighbour("fe80::1", None, "INCOMPLETE", "eth0"),
    )
    json = '[{"dst":"10.0.0.11","dev":"eth0","lladdr":"02:00:00:00:00:01","state":["STALE"]},{"dst":"x"}]'
    assert ip.parse_neighbours(json) == (
        Neighbour("10.0.0.11", "02:00:00:00:00:01", "STALE", "eth0"),
    )


ADDED = r"[2026-11-22T08:50:50.144789] 3: eth0    inet 10.0.0.100/32 scope global eth0:vip\       valid_lft forever preferred_lft forever"
DELETED = r"[2026-11-22T08:50:50.177587] Deleted 3: eth0    inet 10.0.0.100/32 scope global eth0:vip\       valid_lft forever preferred_lft forever"
VIP = Address("10.0.0.100", 32, "eth0")


def test_monitor_lines() -> None:
    assert ip.parse_address_line(ADDED) == ip.AddressLine(True, VIP, "2026-11-22T08:50:50.144789")
    assert ip.parse_address_line(DELETED) == ip.AddressLine(
        False, VIP, "2026-11-22T08:50:50.177587"
    )
    # iproute2 4.11 (CentOS 7) without -ts, and "monitor all" with its labels
    assert ip.parse_address_line(ADDED[29:]) == ip.AddressLine(True, VIP, None)
    assert ip.parse_address_line(DELETED.replace("] D", "] [ADDR]D")) == ip.parse_address_line(
        DELETED
    )
    tentative = r"3: eth0    inet6 fd00::10/64 scope global tentative \       valid_lft forever"
    line = ip.parse_address_line(tentative)
    assert line is not None
    assert line.address.flags == ("tentative",)
    assert line.address == Address("fd00::10", 64, "eth0")


def test_monitor_of_links_and_neighbours() -> None:
    down = r"[2026-11-22T08:50:53.193647] [LINK]2: eth1@eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN group default \    link/ether 76:6b:26:59:8e:f1 brd ff:ff:ff:ff:ff:ff"
    stamp = "2026-11-22T08:50:53.193647"
    eth1 = Interface("eth1", "76:6b:26:59:8e:f1", False)
    assert ip.parse_monitor_line(down) == ip.LinkLine(True, eth1, stamp)
    assert ip.parse_address_line(down) is None
    gone = "Deleted 10.0.0.11 dev eth0 lladdr 02:00:00:00:00:01 STALE"
    neighbour = Neighbour("10.0.0.11", "02:00:00:00:00:01", "STALE", "eth0")
    assert ip.parse_monitor_line(gone) == ip.NeighbourLine(False, neighbour)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "       valid_lft forever preferred_lft forever",
        "Timestamp: Sun Nov 22 08:50:50 2026 126643 usec",
        "[2026-11-22T08:50:50.136265] [ROUTE]fe80::/64 dev eth0 proto kernel metric 256 pref medium",
        "[2026-11-22T08:50:50.126535] [NETCONF]inet eth1 forwarding off rp_filter off",
        "[2026-11-22T08:50:50] 3: eth0    inet 10.0.0.999/32 scope global eth0",
        "3: eth0    inet",
    ],
)
def test_lines_about_something_else(line: str) -> None:
    assert ip.parse_monitor_line(line) is None


def test_stamps() -> None:
    epoch = ip.stamp_epoch("2026-11-22T08:50:50.144789")
    assert epoch == datetime(2026, 11, 22, 8, 50, 50, 144789, UTC).timestamp()
    assert ip.stamp_epoch("2026-11-22T09:50:50.144789", utc_offset_s=3600) == epoch
    assert ip.stamp_epoch("yesterday") is None


@pytest.mark.parametrize("read", [ip.parse_addresses, ip.parse_interfaces, ip.parse_neighbours])
def test_nothing_and_nonsense(read) -> None:
    assert read("") == ()
    assert read("\n") == ()
    assert read("[]") == ()
    for text in ("sh: ip: not found\n", "[{", '["'):
        with pytest.raises(ParseError):
            read(text)
