"""What the inventory leaves open, ``~/.ssh/config`` may say."""

from __future__ import annotations

import sys

import asyncssh
import pytest

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Host, Role
from tests.support.sshsite import Answers, SshSite, make_site
from tests.support.waiting import until
from tests.transport.conftest import open_door


def configured(lab: SshSite, text: str, **access) -> Host:
    file = lab.folder / "config"
    file.write_text(text)
    return Host("lb01", Role.LB, Access("web.alias", ssh_config=(file,), **access))


def common(lab: SshSite) -> str:
    return f"UserKnownHostsFile {lab.known_hosts}\nIdentityFile {lab.key_file}\n"


def named(lab: SshSite, known_hosts: str = "") -> Host:
    """A host that is called by another name than its address, without ``HostKeyAlias``."""
    text = f"Host web.alias\nHostName 127.0.0.1\nPort {lab.daemon('lb01').port}\nUser carol\n"
    files = f"UserKnownHostsFile {known_hosts or lab.known_hosts}\n"
    return configured(lab, f"{text}{files}GlobalKnownHostsFile none\nIdentityFile {lab.key_file}\n")


def known_as(lab: SshSite, name: str, key: asyncssh.SSHKey, marker: str = "") -> str:
    public = key.export_public_key("openssh").decode()
    return f"{marker}[{name}]:{lab.daemon('lb01').port} {public}"


@pytest.fixture
async def direct(tmp_path, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    async with SshSite(tmp_path, jump=False) as lab:
        yield lab


async def refusal(host: Host, answers: Answers) -> str:
    async with open_door(make_site([host], []), answers) as door:
        await until(lambda: door.last("lb01").status in (LinkStatus.REFUSED, LinkStatus.UP))
        assert door.last("lb01").status is LinkStatus.REFUSED
        return door.detail("lb01")


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


@pytest.mark.parametrize(
    "setting", ["IdentityFile", "UserKnownHostsFile", "IdentityAgent", "Include"]
)
async def test_a_home_that_is_not_there_is_a_sentence(direct, setting):
    host = configured(direct, f"{setting} ~nosuchuser/.ssh/id\n")
    assert "home directory" in await refusal(host, Answers())


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


async def test_known_hosts_is_searched_for_the_address_that_hostname_gives(direct):
    answers = Answers(trust=False)
    async with open_door(make_site([named(direct)], []), answers) as door:
        await door.up("lb01")
    assert answers.keys == []


async def test_a_changed_key_of_that_address_is_refused_without_a_question(direct):
    old = asyncssh.generate_private_key("ssh-ed25519")
    # A line with the other name does not outdo what is known of the address.
    lines = (
        known_as(direct, "127.0.0.1", old),
        known_as(direct, "web.alias", direct.daemon("lb01").host_key),
    )
    direct.known_hosts.write_text("".join(lines))
    answers = Answers(trust=True)
    sentence = await refusal(named(direct), answers)
    assert "shows another host key than the known one" in sentence
    assert f"{direct.known_hosts}:1" in sentence
    assert answers.keys == []
    assert direct.known_hosts.read_text() == "".join(lines)


async def test_a_key_is_kept_under_that_address(direct):
    direct.known_hosts.unlink()
    async with open_door(make_site([named(direct)], []), Answers(trust=True)) as door:
        await door.up("lb01")
    kept = known_as(direct, "127.0.0.1", direct.daemon("lb01").host_key)
    assert direct.known_hosts.read_text().split()[:3] == kept.split()[:3]


async def test_a_line_with_the_inventorys_name_still_counts(direct):
    key = direct.daemon("lb01").host_key
    direct.known_hosts.write_text(known_as(direct, "web.alias", key))
    answers = Answers(trust=True)
    async with open_door(make_site([named(direct)], []), answers) as door:
        await door.up("lb01")
    assert answers.keys == []
    other = asyncssh.generate_private_key("ssh-ed25519")
    direct.known_hosts.write_text(known_as(direct, "web.alias", other))
    assert "shows another host key than the known one" in await refusal(named(direct), answers)
    direct.known_hosts.write_text(
        known_as(direct, "web.alias", key) + known_as(direct, "127.0.0.1", key, "@revoked ")
    )
    assert "revoked" in await refusal(named(direct), answers)
    assert answers.keys == []


@pytest.mark.parametrize("nowhere", ["/dev/null", "none"])
async def test_where_no_file_keeps_keys_a_trusted_one_counts_for_the_session(
    direct, nowhere, monkeypatch
):
    monkeypatch.chdir(direct.folder)
    answers = Answers(trust=True)
    async with open_door(make_site([named(direct, nowhere)], []), answers) as door:
        await door.up("lb01")
        direct.daemon("lb01").cut()
        await until(lambda: door.last("lb01").status is not LinkStatus.UP)
        await door.up("lb01")
        assert len(answers.keys) == 1
    assert not list(direct.folder.rglob("none"))
    assert not (direct.folder / "home" / ".ssh").exists()
    async with open_door(make_site([named(direct, nowhere)], []), answers) as door:
        await door.up("lb01")
    assert len(answers.keys) == 2
