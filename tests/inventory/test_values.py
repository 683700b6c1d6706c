"""What a good inventory says arrives in the domain's objects."""

from pathlib import Path

import pytest

from haconsole.domain.model import Access, Become, Role, Vip
from tests.inventory.texts import BASE, changed, problems, site

FULL = """\
site: shop
lab: true
read_only: on
defaults:
  {user: ops, port: 2200, key: keys/ops, become: sudo, known_hosts: hosts, ssh_config: none,
   connect_timeout: 2.5}
jumps:
  bastion: {address: bastion.example.com, user: gate, become: none, ssh_config: [one, /two]}
clusters:
  pair:
    via: bastion
    interface: eth0
    vrid: 50
    vips:
      - 10.0.0.100/24
      - {address: "FD00:0:0::0100/64", interface: eth1.5, vrid: 9, check: "https://[fd00::100]/up?x=1"}
    hit_log: /var/log/nginx/x.log
    lbs:
      lb01: "FD00::0010"
      lb02: {address: 10.0.0.11, port: 22, user: root, key: [/a, ~/b], via: none}
    webs:
      web01: {address: web01, key: none}
"""


def test_every_key_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    found = site(FULL)
    assert (found.name, found.lab, found.read_only) == ("shop", True, True)
    (pair,) = found.clusters
    assert pair.vips == (
        Vip("10.0.0.100", 24, "eth0", 50),
        Vip("fd00::100", 64, "eth1.5", 9, 443, "/up?x=1", True),
    )
    assert pair.vips[1].url == "https://[fd00::100]/up?x=1"
    assert pair.hit_log.path == "/var/log/nginx/x.log"
    hosts = BASE / "hosts"
    assert found.host("bastion").access == Access(
        "bastion.example.com",
        2200,
        "gate",
        (BASE / "keys/ops",),
        Become.NONE,
        (),
        (BASE / "one", Path("/two")),
        hosts,
        2.5,
    )
    assert found.host("lb01").access == Access(
        "fd00::10", 2200, "ops", (BASE / "keys/ops",), Become.SUDO, ("bastion",), (), hosts, 2.5
    )
    assert found.host("lb02").access == Access(
        "10.0.0.11", 22, "root", (Path("/a"), Path("/home/me/b")), Become.SUDO, (), (), hosts, 2.5
    )
    assert found.host("web01").access.identity_files == ()
    assert [host.role for host in found.every_host] == [Role.JUMP, Role.LB, Role.LB, Role.WEB]


def test_what_is_not_said_is_left_to_the_ssh_client() -> None:
    text = "site: s\nclusters: {c: {vips: [10.0.0.9], lbs: {a: 10.0.0.1, b: 10.0.0.2}}}"
    found = site(text)
    assert found.host("a").access == Access("10.0.0.1")
    assert found.clusters[0].vips == (Vip("10.0.0.9"),)
    assert found.clusters[0].webs == ()
    assert found.clusters[0].hit_log.path is None


def test_environment_in_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", "/secure")
    found = site(changed("{user: ops}", "{key: $KEYS/id}"))
    assert found.host("lb01").access.identity_files == (Path("/secure/id"),)
    monkeypatch.delenv("KEYS")
    (problem,) = problems(changed("{user: ops}", "{key: '${KEYS}/id'}"))
    assert (problem.line, problem.path) == (2, "defaults.key")
    assert "'${KEYS}'" in problem.message


def test_anchors_aliases_and_merges() -> None:
    text = changed(
        "      lb02: 10.0.0.11\n",
        "      lb02: &lb {address: 10.0.0.11, port: 2201, user: root}\n"
        "      lb03: {<<: *lb, address: 10.0.0.12}\n"
        "      lb04: {<<: [{port: 5}, *lb], address: 10.0.0.13}\n",
    )
    lb03, lb04 = (site(text).host(name).access for name in ("lb03", "lb04"))
    assert (lb03.address, lb03.port, lb03.user) == ("10.0.0.12", 2201, "root")
    assert (lb04.address, lb04.port, lb04.user) == ("10.0.0.13", 5, "root")


@pytest.mark.parametrize(
    ("written", "read"),
    [("true", True), ("yes", True), ("On", True), ("false", False), ("NO", False), ("off", False)],
)
def test_truths(written: str, read: bool) -> None:
    assert site(f"read_only: {written}\n" + changed("site: shop", "site: x")).read_only is read


def test_quoted_surprises_are_text() -> None:
    found = site(changed("site: shop", "site: 'no'").replace("web01:", "'0123':"))
    assert found.name == "no"
    assert found.host("0123").role is Role.WEB


def test_hosts_may_share_an_address_behind_different_jump_hosts_or_on_other_ports() -> None:
    text = changed(
        "      web01: 10.0.0.51\n",
        "      web01: 10.0.0.51\n"
        "      web02: {address: 10.0.0.51, via: bastion}\n"
        "      web03: {address: 10.0.0.51, port: 2222}\n",
    )
    assert len(site(text).clusters[0].webs) == 3


def test_vips_of_one_instance_share_a_vrid() -> None:
    text = changed(
        "      - 10.0.0.100\n",
        "      - {address: 10.0.0.100/24, vrid: 51}\n      - {address: 10.0.0.101/24, vrid: 51}\n",
    )
    assert [vip.vrid for vip in site(text).clusters[0].vips] == [51, 51]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    from haconsole.inventory import load

    file = tmp_path / "shop.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + changed("site: shop", "site: läden").encode())
    assert load(file).name == "läden"


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    from haconsole.inventory import load

    file = tmp_path / "shop.yaml"
    file.write_text(changed("{user: ops}", "{known_hosts: k, key: ../id}"))
    access = load(str(file)).host("lb01").access
    assert access.known_hosts == tmp_path / "k"
    assert access.identity_files == (tmp_path / "../id",)
