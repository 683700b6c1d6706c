"""The sample inventories load, are valid under the schema, and show what they say they show."""

from pathlib import Path

import pytest
import yaml

from haconsole.inventory import load, sample, samples
from haconsole.resources import MissingResourceError, directory
from tests.inventory.validity import why_invalid

NAMES = ("ipv6", "minimal", "pair", "password-login", "several-clusters", "two-jumps")


def test_there_are_all_of_them() -> None:
    assert samples() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_sample(name: str) -> None:
    site = load(sample(name))
    assert site.clusters
    assert not site.lab
    content = yaml.safe_load(sample(name).read_text(encoding="utf-8"))
    assert why_invalid(content) is None


@pytest.mark.parametrize("name", NAMES)
def test_samples_say_something(name: str) -> None:
    assert sample(name).read_text(encoding="utf-8").startswith("# ")


def test_the_chains_of_two_jumps() -> None:
    site = load(sample("two-jumps"))
    assert {host.name: host.access.jumps for host in site.hosts} == {
        "lb01": ("edge", "inner"),
        "lb02": ("edge", "inner"),
        "web01": ("edge", "inner"),
        "web02": ("edge",),
        "web03": (),
    }


def test_both_families_of_ipv6() -> None:
    (cluster,) = load(sample("ipv6")).clusters
    assert [vip.url for vip in cluster.vips] == [
        "http://10.0.0.100/health",
        "https://[fd00:10::100]/health",
    ]


def test_the_clusters_of_several() -> None:
    site = load(sample("several-clusters"))
    assert [len(cluster.lbs) for cluster in site.clusters] == [3, 2, 2]
    assert site.host("api-lb02").access.user == "root"


def test_unknown_sample() -> None:
    with pytest.raises(KeyError, match="there is no sample inventory 'x'; there are ipv6, "):
        sample("x")


def test_resources_in_a_checkout() -> None:
    assert directory("sample-inventories") == Path(__file__).parents[2] / "sample-inventories"
    with pytest.raises(MissingResourceError, match="the data directory 'nothing' is missing"):
        directory("nothing")


def test_resources_in_a_wheel_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "haconsole" / "data" / "sample-inventories"
    packed.mkdir(parents=True)
    monkeypatch.setattr("haconsole.resources._PACKAGE", tmp_path / "haconsole")
    assert directory("sample-inventories") == packed
