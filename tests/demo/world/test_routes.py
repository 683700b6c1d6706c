"""Routes, and what an interface that goes down takes with it."""

from __future__ import annotations

from haconsole.demo.world.host import DemoHost
from tests.demo.world.stories import lb01_story

#: What iproute2 6.1 said on a real host in the same story.
BEFORE_4 = """\
default via 10.0.0.2 
10.0.0.0/24 proto kernel scope link src 10.0.0.10 
192.0.2.0/24 via 10.0.0.2 
192.0.3.0/24 scope link metric 50 
"""  # noqa: W291 - as ip prints it
BEFORE_6 = """\
2001:db8::/64 proto kernel metric 256 pref medium
fe80::/64 proto kernel metric 256 pref medium
default via 2001:db8::1 metric 1024 pref medium
"""


async def ip(host: DemoHost, words: str) -> str:
    return (await host.do("ip", *words.split()))[1]


async def furnish(host: DemoHost) -> None:
    for words in (
        "route add default via 10.0.0.2 dev eth0",
        "route add 192.0.2.0/24 via 10.0.0.2",
        "route add 192.0.3.0/24 dev eth0 metric 50",
        "-6 address add 2001:db8::10/64 dev eth0 nodad",
        "-6 route add default via 2001:db8::1 dev eth0",
    ):
        assert await ip(host, words) == ""


def test_what_goes_down_with_an_interface_and_comes_back_with_it() -> None:
    async def tell(host: DemoHost) -> None:
        await host.do("systemctl", "stop", "keepalived")
        await furnish(host)
        assert await ip(host, "route show dev eth0") == BEFORE_4
        assert await ip(host, "-6 route show dev eth0") == BEFORE_6
        assert await ip(host, "link set eth0 down") == ""
        assert await ip(host, "route show") == ""
        assert await ip(host, "-6 route show") == ""
        assert await ip(host, "-6 address show dev eth0") == ""
        assert "inet 10.0.0.10/24" in await ip(host, "-o address show dev eth0")
        assert await ip(host, "route add default dev eth0") == (
            "Error: Device for nexthop is not up.\n"
        )
        await ip(host, "link set eth0 up")
        assert await ip(host, "route show dev eth0") == BEFORE_4.splitlines(keepends=True)[1]
        assert await ip(host, "-6 route show dev eth0") == BEFORE_6.splitlines(keepends=True)[1]

    lb01_story(tell)


def test_a_listing_can_be_given_back_line_by_line() -> None:
    async def tell(host: DemoHost) -> None:
        await furnish(host)
        await ip(host, "link set eth0 down")
        await ip(host, "link set eth0 up")
        await ip(host, "-6 address replace 2001:db8::10/64 dev eth0 nodad")
        for family, listing in (("-4", BEFORE_4), ("-6", BEFORE_6)):
            for line in listing.splitlines():
                assert await ip(host, f"{family} route replace {line} dev eth0") == ""
            assert await ip(host, f"{family} route show dev eth0") == listing

    lb01_story(tell)


def test_what_the_kernel_refuses() -> None:
    async def tell(host: DemoHost) -> None:
        await furnish(host)
        for words, said in (
            ("route add 192.0.2.0/24 via 10.0.0.2", "RTNETLINK answers: File exists\n"),
            ("route add 192.0.9.0/24 via 10.9.0.2", "Error: Nexthop has invalid gateway.\n"),
            ("route del 192.0.9.0/24", "RTNETLINK answers: No such process\n"),
        ):
            assert await host.do("ip", *words.split()) == (2, said)
        assert await ip(host, "route replace 192.0.2.0/24 via 10.0.0.51") == ""
        assert "192.0.2.0/24 via 10.0.0.51 " in await ip(host, "route show dev eth0")
        assert (await ip(host, "route get 10.0.0.11")).startswith("10.0.0.11 dev eth0 src 10.0.0.1")

    lb01_story(tell)
