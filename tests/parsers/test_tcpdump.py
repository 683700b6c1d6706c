"""tcpdump's lines of protocol 112, with and without -v, by version 4.9 and 4.99."""

from __future__ import annotations

from haconsole.domain.rules.pieces import Advert
from haconsole.parsers.tcpdump import parse_adverts, parse_unreachable

#: tcpdump 4.99.3 -nn -v on the lab.
VERBOSE = """\
16:12:18.123456 IP (tos 0xc0, ttl 255, id 12, offset 0, flags [none], proto VRRP (112), length 40)
    10.0.0.10 > 224.0.0.18: vrrp 10.0.0.10 > 224.0.0.18: VRRPv2, Advertisement, vrid 50, prio 150, \
authtype simple, intvl 1s, length 20, addrs: 10.0.0.100 auth "***"
16:12:18.223456 IP (tos 0xc0, ttl 63, id 12, offset 0, flags [none], proto VRRP (112), length 40)
    10.9.0.11 > 10.0.0.10: vrrp 10.9.0.11 > 10.0.0.10: VRRPv3, Advertisement, vrid 51, prio 0, \
intvl 20cs, length 16, addrs(2): 10.0.0.100,10.0.0.101
"""
PLAIN = (
    "16:12:18.1 IP 10.0.0.10 > 224.0.0.18: VRRPv2, Advertisement, vrid 50, prio 150, "
    "authtype none, intvl 1s, length 20\n"
)
#: tcpdump 4.9.2 (CentOS 7) says "vrrp" and the addresses a second time without -v as well.
OLD = (
    "08:19:38.3 IP 10.0.0.10 > 224.0.0.18: vrrp 10.0.0.10 > 224.0.0.18: VRRPv2, Advertisement, "
    "vrid 50, prio 150, authtype simple, intvl 1s, length 20\n"
)
UNREACHABLE = (
    "16:12:18.1 IP 10.0.0.11 > 10.0.0.10: ICMP 10.0.0.11 protocol 112 unreachable, length 48\n"
)


def test_a_verbose_capture_tells_everything_but_the_password() -> None:
    simple, other = parse_adverts(VERBOSE)
    assert simple == Advert(
        "10.0.0.10", 50, 150, 2, "simple", 1.0, ("10.0.0.100",), "224.0.0.18", 255
    )
    assert (other.version, other.vrid, other.priority, other.interval_s) == (3, 51, 0, 0.2)
    assert other.destination == "10.0.0.10"
    assert other.ttl == 63
    assert other.addresses == ("10.0.0.100", "10.0.0.101")


def test_short_lines_of_both_versions_mean_the_same() -> None:
    (plain,), (old,) = parse_adverts(PLAIN), parse_adverts(OLD)
    assert (plain.source, plain.vrid, plain.auth, plain.ttl) == ("10.0.0.10", 50, "none", None)
    assert (old.source, old.vrid, old.auth, old.interval_s) == ("10.0.0.10", 50, "simple", 1.0)


def test_a_host_without_a_daemon_says_so() -> None:
    assert parse_unreachable(PLAIN + UNREACHABLE + UNREACHABLE) == ("10.0.0.11",)
    assert parse_adverts(UNREACHABLE) == ()


def test_anything_else_is_left_out() -> None:
    for text in (
        "",
        "\x00" * 50,
        "IP 10.0.0.10 > 224.0.0.18: VRRPv9, Advertisement",
        "x" * 100_000,
    ):
        assert parse_adverts(text) == ()
        assert parse_unreachable(text) == ()
