"""The JSON Schema and the loader agree: keys, required ones, types, limits."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from haconsole.domain.model import Site
from haconsole.inventory import InventoryError, Problem, fields, parse
from haconsole.inventory.nodes import read_tree
from haconsole.inventory.problems import Report
from haconsole.inventory.shapes import RecordOf
from tests.inventory.texts import BASE
from tests.inventory.validity import SCHEMA, why_invalid

NAME = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(lambda name: name != "none")
ODD_NAME = st.text("aé本 .:'\"#-{0~", min_size=1, max_size=6).filter(
    lambda name: name == name.strip()
)


def dumped(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1000)


def shape_problems(value: object) -> tuple[Problem, ...]:
    """Return what the loader has against the values one by one, before it compares them."""
    report = Report("shop.yaml")
    tree = read_tree(dumped(value), report)
    assert tree is not None
    fields.SITE.read(tree, "", report)
    return report.problems


@st.composite
def accesses(draw: st.DrawFn) -> dict[str, Any]:
    paths = st.sampled_from(["~/.ssh/id", "/etc/ssh/x", "keys/a b", ["a", "/b"], "none"])
    optional = {
        "user": ODD_NAME,
        "port": st.integers(1, 65535),
        "key": paths,
        "become": st.sampled_from(["sudo", "none"]),
        "known_hosts": st.just("hosts"),
        "ssh_config": paths,
        "connect_timeout": st.one_of(
            st.integers(1, 300), st.sampled_from([0.5, 1.25, 299.75]),
        ),
    }  # fmt: skip
    return draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an inventory in which nothing is wrong, and that uses any part of the format."""
    names = draw(st.lists(st.one_of(NAME, ODD_NAME), min_size=9, max_size=9, unique=True))
    assume("none" not in names)
    jumps: dict[str, Any] = {}
    for index, name in enumerate(names[: draw(st.integers(0, 3))]):
        host = draw(accesses()) | {"address": f"203.0.113.{index + 1}"}
        if draw(st.booleans()) and jumps:
            host["via"] = draw(st.sampled_from([list(jumps)[-1], [list(jumps)[-1]]]))
        jumps[name] = host
    clusters = {}
    ways = ["none", *jumps, *([name] for name in jumps)]
    for index in range(draw(st.integers(1, 2))):
        first, second, web = names[3 + 3 * index : 6 + 3 * index]
        net = f"10.{index}.0"
        full = draw(accesses()) | {"address": f"fd00:{index}::11"}
        cluster = {
            "vips": draw(vips(net, index)),
            "lbs": {first: f"{net}.10", second: full},
            "webs": draw(st.sampled_from([{}, {web: f"{net}.51"}, {web: {"address": "Web-1.a"}}])),
        }
        if index == 1:
            cluster.pop("webs")
        if draw(st.booleans()):
            cluster["via"] = draw(st.sampled_from(ways))
        if draw(st.booleans()):
            cluster |= {"interface": "bond0.7", "hit_log": "/var/log/nginx/a b.log"}
        clusters[draw(ODD_NAME)] = cluster
    top: dict[str, st.SearchStrategy[Any]] = {
        "lab": st.booleans(),
        "read_only": st.booleans(),
        "defaults": accesses(),
    }
    site = {"site": draw(ODD_NAME), "clusters": clusters, "jumps": jumps}
    return site | draw(st.fixed_dictionaries({}, optional=top))


@st.composite
def vips(draw: st.DrawFn, net: str, index: int) -> list[Any]:
    four, six = f"{net}.100", f"fd00:{index}::100"
    vrid = st.integers(1, 100).map(lambda number: number + 100 * index)
    optional = {"interface": st.just("eth0"), "vrid": vrid}
    record = draw(st.fixed_dictionaries({"address": st.just(f"{six}/64")}, optional=optional))
    if draw(st.booleans()):
        record["check"] = f"https://[{six}]:8443/health?x=1"
    return draw(st.sampled_from([[four], [f"{four}/24", record], [record]]))


@settings(deadline=None, max_examples=60)
@given(sites())
def test_good_inventories_load_and_are_valid(value: dict[str, Any]) -> None:
    assert why_invalid(value) is None
    site = parse(dumped(value), "shop.yaml", BASE)
    assert isinstance(site, Site)
    assert [cluster.name for cluster in site.clusters] == list(value["clusters"])
    assert len(site.hosts) == sum(
        len(cluster["lbs"]) + len(cluster.get("webs", {})) for cluster in value["clusters"].values()
    )
    assert len(site.jumps) == len(value["jumps"])
    assert {len(site.host(name).access.jumps) for name in value["jumps"]} <= {0, 1, 2}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value."""
    yield path
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, part in pairs:
        yield from places(part, (*path, key))


#: Values that fit in some places and not in others. Addresses among them are good ones: which
#: texts are addresses is more than a pattern in a schema can say.
ODDMENTS: list[Any] = [
    None, True, 0, 1, 22, 255, 256, 65535, 65536, -1, 300, 301, 2.5, "", "a", "none", "sudo", "yes",
    " a", "a ", "a\n", "x" * 65, "x" * 300, "\x1b", "\u200b", "/x", "10.9.9.9", "fd00::99",
    "http://10.9.9.9/", ".", "0123456789abcdef", [], ["a"], ["none"], [1], {}, {"a": "10.9.9.9"},
    {"address": "10.9.9.9"}, {"address": "10.9.9.9", "odd": 1}, {"a": "10.9.9.9", "b": "10.9.9.8"},
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_the_schema_refuses_what_the_loader_refuses(data: st.DataObject) -> None:
    value: Any = copy.deepcopy(data.draw(sites()))
    path = data.draw(st.sampled_from([path for path in places(value) if path]))
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    change = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "remove":
        del holder[path[-1]]
    elif change == "add" and isinstance(holder, dict):
        key = data.draw(st.sampled_from(["odd", "via", "port", "vrid", "lbs", "none", "", "a\x1b"]))
        holder[key] = copy.deepcopy(data.draw(st.sampled_from(ODDMENTS)))
    else:
        holder[path[-1]] = copy.deepcopy(data.draw(st.sampled_from(ODDMENTS)))
    refused = shape_problems(value)
    complaint = why_invalid(value)
    if complaint is not None:
        assert refused, complaint
    elif refused:
        # Only what a text means may be narrower than what the schema can say of it.
        assert all(
            " is no address" in problem.message or " has " in problem.message
            or "no such URL" in problem.message or "of this URL" in problem.message
            for problem in refused
        ), refused  # fmt: skip


SMALL = {
    "site": "s",
    "clusters": {"c": {"vips": ["10.0.0.9"], "lbs": {"a": "10.0.0.1", "b": "10.0.0.2"}}},
}


@pytest.mark.parametrize(
    ("place", "good", "bad"),
    [
        (("defaults", "port"), [1, 65535], [0, 65536, True, "22", None, 22.5]),
        (("defaults", "connect_timeout"), [0.001, 1, 300], [0, -1, 300.001, "10"]),
        (("defaults", "become"), ["none", "sudo"], [False, "su", ""]),
        (("defaults", "user"), ["u", "D\\u", "x" * 128], ["", " u", "x" * 129, "u\n", "\x85"]),
        (("defaults", "key"), ["none", "x" * 1024, ["a"]], [[], ["none"], "x" * 1025, {}]),
        (("defaults", "ssh_config"), ["none", ["a", "b"]], [["none", "a"], None]),
        (("defaults", "known_hosts"), ["a"], ["none", ["a"]]),
        (("site",), ["s", "x" * 64, "a b"], ["", "x" * 65, 1]),
        (("lab",), [True, False], ["true", 1, None]),
        (("clusters", "c", "vrid"), [1, 255], [0, 256]),
        (("clusters", "c", "interface"), ["e", "x" * 15], ["", "x" * 16, "a/b", "a:b", "..", "é"]),
        (("clusters", "c", "hit_log"), ["/x", "/" + "x" * 1023], ["x", "/" + "x" * 1024]),
        (("clusters", "c", "via"), ["none"], [[], [["none"]], None, {}]),
        (("clusters", "c", "vips"), [["10.0.0.9/32"], [{"address": "::9"}]], [[], "10.0.0.9", {}]),
        (("clusters", "c", "lbs"), [{"x" * 64: "h1", "y": "h2"}], [{"a": "h"}, [], {}]),
        (("clusters", "c", "webs"), [{}, {"w": {"address": "h", "via": "none"}}], [None, [], {"": "h"}]),
        (("jumps",), [{}, {"x" * 64: "h"}], [{"x" * 65: "h"}, {"none": "h"}, None]),
        (("clusters",), [], [{}, [], None]),
    ],
    ids=lambda part: ".".join(part) if isinstance(part, tuple) else "",
)  # fmt: skip
def test_both_know_the_same_limits(place: tuple[str, ...], good: list[Any], bad: list[Any]) -> None:
    for value in (*good, *bad):
        site: Any = copy.deepcopy(SMALL)
        holder = site
        for key in place[:-1]:
            holder = holder.setdefault(key, {})
        holder[place[-1]] = value
        known = any(value is each for each in good)
        assert (why_invalid(site) is None) is known, value
        assert (not shape_problems(site)) is known, value
        if known:
            parse(dumped(site), "shop.yaml", BASE)


def records() -> Iterator[tuple[str, dict[str, Any], RecordOf]]:
    yield "site", SCHEMA, fields.SITE
    for kind in fields.DEFINED:
        if isinstance(kind, RecordOf):
            yield kind.reference, SCHEMA["$defs"][kind.reference], kind


@pytest.mark.parametrize(("name", "part", "kind"), records(), ids=lambda part: str(part)[:10])
def test_keys_are_the_same_described_and_closed(
    name: str, part: dict[str, Any], kind: RecordOf
) -> None:
    assert part["additionalProperties"] is False
    assert set(part["properties"]) == {field.name for field in kind.fields}
    assert all(value["description"].endswith(".") for value in part["properties"].values())
    for key in part["properties"]:
        with pytest.raises(InventoryError) as caught:
            parse(f"{key}: {{}}" if name == "site" else dumped(within(name, key)), "f", BASE)
        assert not any("unknown key" in problem.message for problem in caught.value.problems)


def within(name: str, key: str) -> dict[str, Any]:
    """Return an inventory with a key of a record whose value is surely wrong."""
    wrong = {key: True}
    match name:
        case "defaults":
            return {"defaults": wrong}
        case "host":
            return {"jumps": {"a": wrong}}
        case "vip":
            return {"clusters": {"a": {"vips": [wrong]}}}
        case "cluster":
            return {"clusters": {"a": wrong}}
    raise AssertionError(name)


def test_every_reference_is_defined_and_used() -> None:
    used: set[str] = set()

    def visit(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                used.add(part["$ref"].removeprefix("#/$defs/"))
            for value in part.values():
                visit(value)
        elif isinstance(part, list):
            for value in part:
                visit(value)

    visit(SCHEMA)
    assert used == set(SCHEMA["$defs"])


def test_other_spellings_lead_to_a_key() -> None:
    for _, _, kind in records():
        names = {field.name for field in kind.fields}
        spellings = [other for field in kind.fields for other in field.also]
        assert not names & set(spellings)
        assert len(set(spellings)) == len(spellings)
