"""One look: it ends as soon as everything that can be known is known."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Host, Role, Site, Vip
from haconsole.domain.ownership import Source, judge_vip
from haconsole.domain.state import State
from haconsole.monitor.monitor import Monitor
from haconsole.monitor.once import is_whole, look
from haconsole.transport.transport import Transport
from tests.support.sshsite import Answers, SshSite, make_site
from tests.transport.test_near import behind_hop, known_as
from tests.transport.test_sshconfig import PROXY, common
from tests.transport.test_web import OK, Web

#: A look that takes this long waited for what cannot come, and is not whole at its end.
LONG_S = 20.0


def site_of(lab: SshSite, text: str, port: int) -> Site:
    """lb01 by that SSH configuration, and a VIP on this machine."""
    file = lab.folder / "config"
    file.write_text(text)
    site = make_site([Host("lb01", Role.LB, Access("web.alias", ssh_config=(file,)))], [])
    clusters = tuple(
        replace(cluster, vips=(Vip("127.0.0.1", check_port=port),)) for cluster in site.clusters
    )
    return replace(site, clusters=clusters)


async def looked(site: Site, timeout_s: float = LONG_S) -> State:
    return await look(Monitor(Transport(site, prompter=Answers()), follow=False), timeout_s)


def answer(state: State) -> tuple[bool | None, str]:
    cluster = state.site.clusters[0]
    view = judge_vip(state, cluster, cluster.vips[0], state.at)
    source = next(one for one in view.sources if one.source is Source.ANSWER)
    return source.agrees, str(source.note)


async def test_behind_a_proxy_jump_the_vip_is_asked_from_there(tmp_path: Path) -> None:
    async with SshSite(tmp_path) as lab, Web(OK) as web:
        state = await looked(site_of(lab, behind_hop(lab), web.port))
        assert is_whole(state)
        agrees, said = answer(state)
        assert agrees is True
        assert said.endswith("ms to hop")


async def test_behind_a_proxy_command_nobody_asks_and_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "proxy.py").write_text(PROXY)
    async with SshSite(tmp_path, jump=False) as lab:
        known_as(lab, node=lab.daemon("lb01"))
        text = (
            f"Host web.alias\nHostName 127.0.0.1\nPort {lab.daemon('lb01').port}\n"
            f"HostKeyAlias node\nProxyCommand {sys.executable} {tmp_path / 'proxy.py'} %h %p\n"
            f"{common(lab)}"
        )
        state = await looked(site_of(lab, text, 9))
        assert state.host("lb01").link.status is LinkStatus.UP
        assert is_whole(state)
        assert answer(state) == (None, "not asked")
        assert not [moment for moment in state.timeline if moment.kind == "answer"]


async def test_a_proxy_jump_that_is_down_is_not_waited_for(tmp_path: Path) -> None:
    async with SshSite(tmp_path) as lab:
        assert lab.bastion
        text = behind_hop(lab)
        await lab.bastion.stop()
        state = await looked(site_of(lab, text, 9))
        assert state.host("lb01").link.status is LinkStatus.JUMP_LOST
        assert is_whole(state)
        assert answer(state) == (None, "not asked")


async def test_an_ssh_configuration_that_cannot_be_used_is_not_waited_for(tmp_path: Path) -> None:
    async with SshSite(tmp_path, jump=False) as lab:
        state = await looked(site_of(lab, "Port many\n", 9))
        assert state.host("lb01").link.status is LinkStatus.REFUSED
        assert is_whole(state)
        assert answer(state) == (None, "not asked")
