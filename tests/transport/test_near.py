"""Who is nearest to a host, and can be asked from: by the inventory, or by ~/.ssh/config."""

from __future__ import annotations

import sys

import pytest

from haconsole.domain.events import LinkStatus
from haconsole.transport.errors import LinkDownError, RefusedError, TransportError
from tests.support.sshsite import SshSite, make_site
from tests.support.waiting import until
from tests.transport.conftest import open_door
from tests.transport.test_sshconfig import common, configured
from tests.transport.test_web import OK, Web


def known_as(lab: SshSite, **daemons) -> None:
    lines = (f"{n} {d.host_key.export_public_key('openssh').decode()}" for n, d in daemons.items())
    lab.known_hosts.write_text("".join(lines))


def behind_hop(lab: SshSite) -> str:
    """A configuration by which lb01 is reached through the bastion, as ``hop``."""
    assert lab.bastion
    known_as(lab, node=lab.daemon("lb01"), hop=lab.bastion)
    return (
        f"Host web.alias\nHostName 127.0.0.1\nPort {lab.daemon('lb01').port}\nProxyJump hop\n"
        f"HostKeyAlias node\nHost hop\nHostName 127.0.0.1\nPort {lab.bastion.port}\n"
        f"HostKeyAlias hop\nHost *\nUser eve\n{common(lab)}"
    )


async def test_the_inventorys_jump_host(door):
    assert await door.transport.near("lb01") == "bastion"
    assert await door.transport.near("bastion") == ""


async def test_a_proxy_jump_of_the_configuration_can_be_asked_from(tmp_path):
    async with SshSite(tmp_path) as lab, Web(OK) as web:
        assert lab.bastion
        site = make_site([configured(lab, behind_hop(lab))], [])
        async with open_door(site) as door:
            near = await door.transport.near("lb01")
            assert near == "hop"
            with pytest.raises(LinkDownError, match="There is no link to hop yet"):
                await door.transport.http_get(near, web.url(), 5)
            await door.up(near)
            assert (await door.transport.http_get(near, web.url(), 5))[0] == 200
            await door.up("lb01")
            assert lab.bastion.behaviour.logins == ["eve"], "one link, for the host and for us"
            lab.bastion.behaviour.forwarding = False
            with pytest.raises(TransportError, match="did not answer when asked from hop"):
                await door.transport.http_get(near, web.url(), 5)
            await lab.bastion.stop()
            await until(lambda: door.last("lb01").status is LinkStatus.JUMP_LOST)
            with pytest.raises(LinkDownError):
                await door.transport.http_get(near, web.url(), 5)


async def test_of_a_chain_it_is_the_last(tmp_path):
    async with SshSite(tmp_path) as lab, Web(OK) as web:
        assert lab.bastion
        text = behind_hop(lab).replace("ProxyJump hop", "ProxyJump hop,second")
        text += f"Host second\nHostName 127.0.0.1\nPort {lab.daemon('lb02').port}\n"
        text += "HostKeyAlias second\n"
        known_as(lab, node=lab.daemon("lb01"), hop=lab.bastion, second=lab.daemon("lb02"))
        async with open_door(make_site([configured(lab, text)], [])) as door:
            near = await door.transport.near("lb01")
            assert near == "hop,second"
            await door.up(near)
            assert (await door.transport.http_get(near, web.url(), 5))[0] == 200
            assert [len(d.behaviour.logins) for d in (lab.bastion, lab.daemon("lb02"))] == [1, 1]


async def test_nothing_can_be_asked_from_a_proxy_command(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        text = f"Host web.alias\nProxyCommand {sys.executable} proxy.py %h %p\n{common(lab)}"
        async with open_door(make_site([configured(lab, text)], [])) as door:
            assert await door.transport.near("lb01") is None


async def test_a_host_that_is_reached_from_here(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        text = f"Host *\nProxyJump none\n{common(lab)}"
        async with open_door(make_site([configured(lab, text)], [])) as door:
            assert await door.transport.near("lb01") == ""


async def test_a_configuration_that_cannot_be_used_tells_no_way(tmp_path):
    async with SshSite(tmp_path, jump=False) as lab:
        site = make_site([configured(lab, "Port many\n")], [])
        async with open_door(site) as door:
            with pytest.raises(RefusedError, match="SSH configuration cannot be used"):
                await door.transport.near("lb01")
