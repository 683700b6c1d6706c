"""Chains of jump hosts."""

import pytest

from tests.inventory.texts import changed, printed, site

JUMPS = """\
site: shop
jumps:
  a: h1
  b: {address: h2, via: a}
  c: {address: h3, via: b}
  d: {address: h4, via: [b, c]}
  e: h5
clusters:
  pair:
    via: c
    vips: [10.0.0.100]
    lbs:
      lb01: 10.0.0.10
      lb02: {address: 10.0.0.11, via: none}
    webs:
      web01: {address: 10.0.0.51, via: d}
      web02: {address: 10.0.0.52, via: [a, b]}
      web03: {address: 10.0.0.53, via: [b]}
      web04: {address: 10.0.0.54, via: [c, e]}
"""


def test_chains_are_written_out_outermost_first() -> None:
    found = site(JUMPS)
    assert {host.name: host.access.jumps for host in found.every_host} == {
        "a": (),
        "b": ("a",),
        "c": ("a", "b"),
        "d": ("a", "b", "c"),
        "e": ("a", "b", "c"),
        "lb01": ("a", "b", "c"),
        "lb02": (),
        "web01": ("a", "b", "c", "d"),
        "web02": ("a", "b"),
        "web03": ("a", "b"),
        "web04": ("a", "b", "c", "e"),
    }


@pytest.mark.parametrize("hops", [5, 64])
def test_chains_of_any_sane_length(hops: int) -> None:
    chain = "".join(f"  j{i}: {{address: h{i}, via: j{i - 1}}}\n" for i in range(1, hops))
    text = changed("  bastion: 203.0.113.7\n", f"  bastion: 203.0.113.7\n  j0: h0\n{chain}")
    found = site(text.replace("via: inner", f"via: j{hops - 1}"))
    assert found.host("lb01").access.jumps == tuple(f"j{i}" for i in range(hops))


def test_a_chain_past_all_sense() -> None:
    chain = "".join(f"  j{i}: {{address: h{i}, via: j{i - 1}}}\n" for i in range(1, 66))
    text = changed("  bastion: 203.0.113.7\n", f"  bastion: 203.0.113.7\n  j0: h0\n{chain}")
    assert printed(text) == [
        "shop.yaml:70: jumps.j65: more than 64 jump hosts in a row; expected a shorter chain"
    ]


@pytest.mark.parametrize(
    ("jumps", "said"),
    [
        (
            "{a: {address: h, via: a}}",
            "shop.yaml:2: jumps.a.via: jump loop: 'a' → 'a'; expected a chain of jump hosts that"
            " begins at this machine",
        ),
        (
            "\n  a: {address: h, via: c}\n  b: {address: h2, via: a}\n  c: {address: h3, via: b}",
            "shop.yaml:3: jumps.a.via: jump loop: 'a' → 'c' → 'b' → 'a'; expected a chain of jump"
            " hosts that begins at this machine",
        ),
        (
            "\n  a: h\n  x: {address: h2, via: [a, b, a]}\n  b: h3",
            "shop.yaml:4: jumps.x.via: jump loop: 'a' → 'b' → 'a'; expected a chain of jump hosts"
            " that begins at this machine",
        ),
    ],
)
def test_loops_are_named_once(jumps: str, said: str) -> None:
    text = f"site: s\njumps: {jumps}\n" + (
        "clusters: {p: {vips: [10.0.0.9], via: a, lbs: {l1: 10.0.0.1, l2: 10.0.0.2}}}"
    )
    assert printed(text) == [said]


def test_two_loops_are_two_problems() -> None:
    text = changed(
        "  inner: {address: 10.0.0.5, via: bastion}\n",
        "  inner: {address: 10.0.0.5, via: bastion}\n"
        "  a: {address: h1, via: b}\n  b: {address: h2, via: a}\n  c: {address: h3, via: c}\n",
    )
    assert [line.split(": ")[:3] for line in printed(text)] == [
        ["shop.yaml:6", "jumps.a.via", "jump loop"],
        ["shop.yaml:8", "jumps.c.via", "jump loop"],
    ]


@pytest.mark.parametrize(
    ("via", "what"),
    [
        ("bastoin", "there is no jump host 'bastoin'; expected a name under 'jumps'; the nearest"
         " is 'bastion'"),
        ("qqq", "there is no jump host 'qqq'; expected a name under 'jumps': 'bastion', 'inner'"),
        ("web01", "'web01' is a node and not a jump host; expected a name under 'jumps':"
         " 'bastion', 'inner'"),
        ("[bastion, nner]", "there is no jump host 'nner'; expected a name under 'jumps'; the"
         " nearest is 'inner'"),
    ],
)  # fmt: skip
def test_unknown_jump_hosts(via: str, what: str) -> None:
    text = changed("    via: inner\n", f"    via: {via}\n")
    assert printed(text) == [f"shop.yaml:8: clusters.pair.via: {what}"]


def test_no_jump_hosts_at_all() -> None:
    text = "site: s\nclusters: {p: {vips: [10.0.0.9], lbs: {l1: {address: h, via: x}, l2: h2}}}"
    assert printed(text) == [
        "shop.yaml:2: clusters.p.lbs.l1.via: there is no jump host 'x'; expected a name under"
        " 'jumps', which names none yet"
    ]


def test_a_list_may_close_a_loop() -> None:
    text = changed("    via: inner\n", "    via: [inner, bastion]\n")
    assert printed(text) == [
        "shop.yaml:5: jumps.inner.via: jump loop: 'inner' → 'bastion' → 'inner'; expected a chain"
        " of jump hosts that begins at this machine"
    ]


def test_a_jump_host_has_one_way_to_it() -> None:
    text = changed("  bastion: 203.0.113.7\n", "  edge: h9\n  bastion: 203.0.113.7\n")
    assert printed(text.replace("    via: inner\n", "    via: [edge, inner]\n")) == [
        "shop.yaml:9: clusters.pair.via: 'inner' is reached through 'edge' here, and through"
        " 'bastion' on line 6; expected one way to each jump host"
    ]


def test_none_against_a_list_is_two_ways() -> None:
    text = changed("via: bastion", "via: none").replace("via: inner", "via: [bastion, inner]")
    assert printed(text) == [
        "shop.yaml:8: clusters.pair.via: 'inner' is reached through 'bastion' here, and directly"
        " on line 5; expected one way to each jump host"
    ]
