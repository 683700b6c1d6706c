"""What the inventory leaves open, ``~/.ssh/config`` may say."""

from __future__ import annotations

import sys

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Host, Role
from tests.support.sshsite import SshSite, make_site
from tests.support.waiting import until
from tests.transport.conftest import open_door


def configured(lab: SshSite, text: str, **access) -> Host:
    file = lab.folder / "config"
    file.write_text(text)
    return Host("lb01", Role.LB, Access("web.alias", ssh_config=(file,), **access))


def common(lab: SshSite) -> str:
    return f"UserKnownHostsFile {lab.known_hosts}\nIdentityFile {lab.key_file}\n"


async def test_name_port_user_key_and_known_hosts_come_from_the_configuration(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        daemon = lab.daemon("lb01")
        text = f"Host web.alias\nHostName 127.0.0.1\nPort {daemon.port}\nUser carol\n{common(lab)}"
        text += "HostKeyAlias [127.0.0.1]:" + str(daemon.port) + "\n"
        async with open_door(make_site([configured(lab, text)], [])) as door:
            await door.up("lb01")
        assert daemon.behaviour.logins == ["carol"]


async def test_the_inventory_has_the_last_word(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        daemon = lab.daemon("lb01")
        text = f"Host *\nHostName 127.0.0.1\nPort 1\nUser carol\nHostKeyAlias x\n{common(lab)}"
        public = daemon.host_key.export_public_key("openssh").decode()
        lab.known_hosts.write_text(f"x {public}")
        host = configured(lab, text, port=daemon.port, user="dave")
        async with open_door(make_site([host], [])) as door:
            await door.up("lb01")
        assert daemon.behaviour.logins == ["dave"]


async def test_a_proxy_jump_of_the_configuration_is_a_link_like_others(tmp_path):
    async with SshSite(tmp_path) as lab:
        assert lab.bastion
        node = lab.daemon("lb01")
        text = (
            f"Host web.alias\nHostName 127.0.0.1\nPort {node.port}\nProxyJump hop\n"
            f"HostKeyAlias node\nHost hop\nHostName 127.0.0.1\nPort {lab.bastion.port}\n"
            f"HostKeyAlias hop\nHost *\nProxyJump hop\nUser eve\n{common(lab)}"
        )
        keys = {"node": node.host_key, "hop": lab.bastion.host_key}
        lab.known_hosts.write_text(
            "".join(f"{n} {k.export_public_key('openssh').decode()}" for n, k in keys.items())
        )
        async with open_door(make_site([configured(lab, text)], [])) as door:
            await door.up("lb01")
            assert lab.bastion.behaviour.logins == node.behaviour.logins == ["eve"]
            assert {event.host for event in door.events} == {"lb01"}
            await lab.bastion.stop()
            await until(lambda: door.last("lb01").status is LinkStatus.JUMP_LOST)
            assert door.detail("lb01") == "the jump host hop is not up"
            await lab.bastion.start()
            await door.up("lb01")


async def test_a_bad_configuration_is_a_sentence(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        host = configured(lab, "Port many\n")
        async with open_door(make_site([host], [])) as door:
            await until(lambda: door.events and door.last("lb01").status is LinkStatus.REFUSED)
            assert "lb01: the SSH configuration cannot be used: " in door.detail("lb01")
            assert str(lab.folder / "config") in door.detail("lb01")


PROXY = """
import socket, sys, threading
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def pump():
    while data := sys.stdin.buffer.raw.read(65536):
        peer.sendall(data)
threading.Thread(target=pump, daemon=True).start()
while data := peer.recv(65536):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
"""


async def test_a_proxy_command_of_the_configuration_is_used(tmp_path):
    proxy = tmp_path / "proxy.py"
    proxy.write_text(PROXY)
    async with SshSite(tmp_path, jump=False) as lab:
        daemon = lab.daemon("lb01")
        text = (
            f"Host web.alias\nHostName 127.0.0.1\nPort {daemon.port}\nHostKeyAlias node\n"
            f"ProxyCommand {sys.executable} {proxy} %h %p\n{common(lab)}"
        )
        lab.known_hosts.write_text(f"node {daemon.host_key.export_public_key('openssh').decode()}")
        async with open_door(make_site([configured(lab, text)], [])) as door:
            await door.up("lb01")
