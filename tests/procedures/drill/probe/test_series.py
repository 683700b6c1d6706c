"""Lines → samples, and what a probe may be told; nothing runs here."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.domain.outage_series import Failure
from haconsole.procedures.drill.probe import ProbeError, open_probe
from haconsole.procedures.drill.probe.base import backend_of, words_pattern
from haconsole.procedures.drill.probe.orders import TLS_HZ, give
from haconsole.procedures.drill.probe.series import Series
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport

LBS = tuple(
    Host(name, Role.LB, Access(f"10.0.0.1{n}", jumps=("bastion",))) for n, name in enumerate("ab")
)
CLUSTER = Cluster("pair", LBS, (), (Vip("10.0.0.100"), Vip("fd00::100", check_port=8080)))
SITE = Site("site", (CLUSTER,), (Host("bastion", Role.JUMP, Access("10.0.0.5")),))


def test_lines_are_samples_on_the_epochs_clock() -> None:
    series = Series(["web01", "web02"])
    assert (
        series.feed(["@anchor 1000.5", "0 100 150 900 ok 1 1", "1 2100 2150 502150 timeout 0 -1"])
        == 2
    )
    good, bad = series.samples
    assert (good.due_at, good.sent_at, good.answered_at) == (1000.5001, 1000.50015, 1000.5009)
    assert (good.failure, good.backend, good.connected) == (None, "web02", True)
    assert (bad.failure, bad.backend, bad.connected) == (Failure.TIMEOUT, "", False)
    assert series.newest_lag_s == pytest.approx(5e-5)
    assert series.judged_until == pytest.approx(1000.5 + 0.00215)


def test_a_stall_that_goes_on_is_one_stall() -> None:
    series = Series([])
    series.feed(["@anchor 10", "~ 1000000 100000", "~ 1000000 250000", "~ 3000000 120000"])
    assert series.stalls == [(11.0, 0.25), (13.0, 0.12)]


def test_cost_and_the_last_word_are_kept() -> None:
    series = Series([])
    series.feed(["@anchor 10", "@cost 0.25 2.00", "! sockets"])
    assert series.cost_s == (0.25, 2.0)
    assert series.word == "sockets"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0 1 2 3 ok 1",
        "0 1 2 3 ok 2 0",
        "0 1 2 3 fine 1 0",
        "0 1 2 3 ok 1 0 4",
        "0 1 x 3 ok 1 0",
        "@anchor",
        "@anchor nan",
        "~ 1",
        "Last login: Mon",
        "٣ 1 2 3 ok 1 0",
        "0 1 2 3 ok 1 0 ",
        "0 1 " + "9" * 5000 + " 3 ok 1 0",
        "@anchor " + "9" * 5000,
        "~ 1 " + "9" * 5000,
    ],
)
def test_what_the_program_never_says_is_counted_and_nothing_else(line: str) -> None:
    series = Series(["web01"])
    series.feed(["@anchor 10", line])
    assert series.samples == [] and series.stalls == []
    assert series.strange == 1


def test_a_sample_without_an_anchor_has_no_time() -> None:
    series = Series([])
    series.feed(["0 1 2 3 ok 1 0", "~ 1 200000"])
    assert series.samples == [] and series.stalls == [] and series.strange == 2


def test_more_than_was_ordered_is_not_kept() -> None:
    series = Series([], most=3)
    series.feed(["@anchor 10", *[f"{n} {n} {n} {n} ok 1 -1" for n in range(10)]])
    assert (len(series.samples), series.strange) == (3, 7)


def test_a_backend_that_is_not_there_is_not_told() -> None:
    series = Series(["web01"])
    series.feed(["@anchor 10", "0 1 2 3 ok 1 7"])
    assert series.samples[0].backend == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("served by web1.", 0),
        ("X-Upstream: 10.0.0.51:8080", 1),
        ("10.0.0.510", -1),
        ("10.0.0.5", 0),
        ("110.0.0.5 web10 myweb1 web1.example", -1),
        ("web1-old", -1),
    ],
)
def test_a_backends_word_stands_alone(text: str, found: int) -> None:
    pattern = words_pattern([("web1", ["web1", "10.0.0.5"]), ("web2", ["web2", "10.0.0.51"])])
    assert backend_of(pattern, text.encode()) == found


def test_without_words_no_backend_is_told() -> None:
    assert backend_of(words_pattern([]), b"web1") == -1
    assert backend_of(words_pattern([("web1", [])]), b"web1") == -1


@pytest.mark.parametrize(
    ("vip", "host", "path"),
    [
        (CLUSTER.vips[0], "10.0.0.100", "/"),
        (CLUSTER.vips[1], "[fd00::100]:8080", "/"),
        (
            Vip("10.0.0.9", check_port=443, check_path="/a/b?c", check_tls=True),
            "10.0.0.9",
            "/a/b?c",
        ),
    ],
)
def test_what_is_asked_is_the_vips_url(vip: Vip, host: str, path: str) -> None:
    cluster = replace(CLUSTER, vips=(vip,))
    site = replace(SITE, clusters=(cluster,))
    orders = give(site, cluster, vip, rate_hz=500, limit_s=10, backends={})
    told = json.loads(orders.text())
    assert (told["address"], told["host"], told["path"]) == (vip.address, host, path)
    assert told["for"] == 10
    assert told["rate"] == (TLS_HZ if vip.check_tls else 500)


@pytest.mark.parametrize(
    ("vip", "place", "rate_hz", "limit_s", "says"),
    [
        (Vip("192.0.2.1"), "here", 500.0, 10.0, "192.0.2.1 is no VIP of pair"),
        (CLUSTER.vips[0], "here", 5000.0, 10.0, "1 to 1000 times a second, not 5000"),
        (CLUSTER.vips[0], "here", 0.0, 10.0, "not 0"),
        (CLUSTER.vips[0], "here", 500.0, 1e6, "900 s at most"),
        (CLUSTER.vips[0], "web9", 500.0, 10.0, "no place web9 for a probe: say here, jump, a, b"),
    ],
)
def test_it_asks_the_inventorys_vips_and_nothing_else(
    vip: Vip, place: str, rate_hz: float, limit_s: float, says: str
) -> None:
    door = Transport(SITE, prompter=NoPrompter())
    with pytest.raises(ProbeError, match=says):
        open_probe(door, CLUSTER, vip, place=place, rate_hz=rate_hz, limit_s=limit_s, backends={})


def test_another_sites_cluster_is_not_asked_either() -> None:
    other = replace(CLUSTER, name="other")
    with pytest.raises(ProbeError, match="no VIP of other"):
        give(SITE, other, other.vips[0], rate_hz=500, limit_s=10, backends={})


def test_where_no_jump_host_is_there_is_none_to_ask_from() -> None:
    near = tuple(replace(lb, access=replace(lb.access, jumps=())) for lb in LBS)
    cluster = replace(CLUSTER, lbs=near)
    door = Transport(Site("site", (cluster,)), prompter=NoPrompter())

    def place(name: str) -> str:
        probe = open_probe(
            door, cluster, cluster.vips[0], place=name, rate_hz=9, limit_s=1, backends={}
        )
        return str(probe.place)

    assert place("") == place("here") == "this machine"
    assert place("b") == "b"
    with pytest.raises(ProbeError, match="pair has no jump host"):
        place("jump")
