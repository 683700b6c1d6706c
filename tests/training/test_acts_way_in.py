"""Whether a firewalld that does not run yet would let the console in again: read, not tried."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from haconsole.training.acts.wayin import WAY_IN

_ZONE = '<zone>\n  <service name="dhcpv6-client"/>\n{inside}\n</zone>\n'
_SSH = '  <service name="ssh"/>'
_22 = 'LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=1,fd=3))\n'
_2222 = _22.replace(":22 ", ":2222 ") + _22.replace("0.0.0.0:22 ", "[::]:2222 ")
_LOCAL = _22.replace("0.0.0.0:22 ", "127.0.0.1:6010 ")
#: The port is systemd's, until somebody connects to it.
_SOCKET = """\
LISTEN 0 128 *:2222 *:* users:(("systemd",pid=1,fd=44))
LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:(("nginx",pid=9,fd=6))
"""
_THROUGH = """\
ESTAB 0 0 10.0.0.10:2222 10.0.0.7:51000 users:(("sshd-session",pid=7,fd=4))
ESTAB 0 0 10.0.0.10:49152 10.0.0.51:5432 users:(("sshd-session",pid=7,fd=9))
"""


class Node:
    """Files of firewalld in a folder, and what ``ss`` and ``systemctl`` say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.active = ""
        (root / "bin").mkdir()
        self.sockets(_22)
        self.zone("public", _SSH)
        self.tool("systemctl", 'case " $ACTIVE " in *" $3 "*) exit 0;; esac; exit 3')

    def tool(self, name: str, script: str) -> None:
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def sockets(self, listening: str, through: str = "") -> None:
        text = f"cat <<'END'\n{listening}END"
        self.tool("ss", f"if [ $1 = -ltnp ]; then {text}\nelse cat <<'END'\n{through}END\nfi")

    def file(self, path: str, text: str) -> None:
        where = self.root / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)

    def zone(self, name: str, inside: str, head: str = "<zone>") -> None:
        text = _ZONE.format(inside=inside).replace("<zone>", head)
        self.file(f"etc/firewalld/zones/{name}.xml", text)

    def refuses(self) -> str:
        """Return why it would not be started; empty where it would."""
        script = WAY_IN
        for folder in ("/etc/", "/usr/lib/firewalld"):
            script = script.replace(folder, f"{self.root}{folder}")
        done = subprocess.run(
            ["/bin/sh", "-c", f"{script}way_in"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "ACTIVE": self.active},
        )
        assert (done.returncode == 0) is (done.stderr == ""), done
        assert len(done.stderr.splitlines()) <= 1
        return done.stderr.strip()


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_the_usual_zone_lets_the_usual_port_in(node: Node) -> None:
    node.sockets(_22 + _LOCAL)
    assert node.refuses() == ""


def test_another_port_is_not_ssh_s(node: Node) -> None:
    node.sockets(_2222)
    assert "zone public does not plainly let in port 2222" in node.refuses()
    node.zone("public", _SSH + '\n<port port="2000-3000" protocol="udp"/>')
    assert "port 2222" in node.refuses()
    node.zone("public", '<port protocol="tcp" port="2000-3000"/>')
    assert node.refuses() == ""


def test_a_service_is_what_its_file_says(node: Node) -> None:
    node.sockets(_2222)
    port = '<service>\n<port protocol="tcp" port="2222"/>\n</service>\n'
    node.file("etc/firewalld/services/ssh.xml", port)
    assert node.refuses() == ""
    node.sockets(_22)
    assert "port 22," in node.refuses()


def test_behind_a_socket_of_systemd_the_connection_s_own_port_counts(node: Node) -> None:
    node.sockets(_SOCKET)
    assert "cannot be seen on which port sshd listens" in node.refuses()
    node.sockets(_SOCKET, _THROUGH)
    assert "port 2222" in node.refuses()
    node.zone("public", '<port port="2222" protocol="tcp"/>')
    assert node.refuses() == ""


@pytest.mark.parametrize(
    "inside",
    [
        '<rule family="ipv4"><source address="192.0.2.0/24"/><service name="ssh"/><accept/></rule>',
        '<!-- <service name="ssh"/> -->',
        f"{_SSH}\n<rule>\n<reject/>\n</rule>",
        "",
    ],
)
def test_what_is_for_some_or_refused_or_not_meant_does_not_count(node: Node, inside: str) -> None:
    node.zone("public", inside)
    assert "zone public does not plainly let in port 22," in node.refuses()


def test_every_zone_that_may_be_asked_counts(node: Node) -> None:
    node.zone("work", "")
    assert node.refuses() == "", "nothing is in that zone"
    node.zone("work", '<interface name="eth1"/>')
    assert "zone work" in node.refuses()
    node.zone("work", '<interface name="eth1"/>', head='<zone target="ACCEPT">')
    assert node.refuses() == ""
    node.file("etc/firewalld/firewalld.conf", "# as it came\nDefaultZone=drop\n")
    assert "zone drop" in node.refuses()
    node.file("etc/firewalld/firewalld.conf", "DefaultZone=work\n")
    assert node.refuses() == ""
    node.file("etc/NetworkManager/system-connections/eth0.nmconnection", "zone=strict\n")
    assert "zone strict" in node.refuses()


def test_a_zone_of_no_file_a_direct_rule_and_another_firewall_are_not_plain(node: Node) -> None:
    node.active = "nftables"
    assert node.refuses().startswith("nftables is the firewall of this host")
    node.active = "nftables firewalld"
    assert node.refuses() == ""
    node.active = ""
    node.file("etc/firewalld/direct.xml", "<direct><rule>-p tcp -j DROP</rule></direct>\n")
    assert "refuse something" in node.refuses()
    (node.root / "etc/firewalld/direct.xml").unlink()
    (node.root / "etc/firewalld/zones/public.xml").unlink()
    assert "zone public" in node.refuses()
