"""No answer through a jump host: the fault of who was asked, or of the way there?"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal

import pytest

from haconsole.domain.model import Host, Role, Site
from haconsole.transport import web
from haconsole.transport.errors import LateError, LinkDownError, TransportError
from tests.support.realsshd import SSHD, RealSshd
from tests.support.silentway import SilentWay
from tests.support.sshsite import SshSite, make_site
from tests.support.waiting import until
from tests.transport.conftest import open_door
from tests.transport.test_web import OK, Web

NOT_HEARD = r"did not answer when asked from bastion: no answer within 0\.2 s"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(web, "PROOF_S", 0.3)


def through(lab: SshSite, way: SilentWay) -> Site:
    """The site, its bastion reached by that way."""
    assert lab.bastion
    key = lab.bastion.host_key.export_public_key("openssh").decode()
    with lab.known_hosts.open("a") as file:
        file.write(f"[127.0.0.1]:{way.port} {key}")
    bastion = lab.site.jumps[0]
    access = dataclasses.replace(bastion.access, port=way.port)
    return dataclasses.replace(lab.site, jumps=(dataclasses.replace(bastion, access=access),))


async def ask(door, url: str, timeout_s: float = 0.2) -> tuple[int, float]:
    status, seconds = await door.transport.http_get("bastion", url, timeout_s)
    return status, seconds


async def test_a_way_that_was_cut_silently_is_no_silent_vip(lab):
    async with SilentWay(lab.bastion.port) as way, open_door(through(lab, way)) as door:
        await door.up("bastion")
        async with Web(OK) as served:
            assert (await ask(door, served.url(), 5))[0] == 200
            way.cut()
            with pytest.raises(LinkDownError, match="bastion gives no sign of life") as caught:
                await ask(door, served.url())
            assert served.url() in str(caught.value)
            way.mend()
            assert (await ask(door, served.url(), 5))[0] == 200


@pytest.mark.parametrize("max_sessions", [100, 0], ids=["with a shell", "that only forwards"])
async def test_a_jump_host_that_is_there_vouches_for_the_silence(lab, max_sessions):
    lab.bastion.behaviour.max_sessions = max_sessions
    async with open_door(lab.site) as door, Web(b"silence") as served:
        await door.up("bastion")
        before = list(lab.bastion.behaviour.requests)
        with pytest.raises(TransportError, match=NOT_HEARD) as caught:
            await ask(door, served.url())
        assert not isinstance(caught.value, LinkDownError)
        assert lab.bastion.behaviour.requests == before, "a look is no process there"


async def test_a_connection_that_ends_under_the_request(lab, door):
    async with Web(b"silence") as served:
        asking = asyncio.ensure_future(ask(door, served.url(), 20))
        await until(lambda: served.requests)
        lab.bastion.cut()
        with pytest.raises(LinkDownError):
            await asking


async def test_a_connection_that_ends_while_the_way_is_opened(lab, door, monkeypatch):
    opening = asyncio.Event()

    async def never(*_: object) -> None:
        opening.set()
        await asyncio.Event().wait()

    for connection in lab.bastion.connections:
        monkeypatch.setattr(connection, "forward_connection", never)
    asking = asyncio.ensure_future(ask(door, "http://127.0.0.1:9/", 20))
    await asyncio.wait_for(opening.wait(), 5)
    lab.bastion.cut()
    with pytest.raises(LinkDownError, match="The link to bastion was lost"):
        await asking


@pytest.mark.parametrize("via", [None, "bastion"])
async def test_a_console_that_was_late_itself_has_heard_nothing(door, via, monkeypatch):
    monkeypatch.setattr(web, "OWN_LATENESS_S", -1.0)
    async with Web(b"silence") as served:
        with pytest.raises(LateError, match="too busy to hear"):
            await door.transport.http_get(via, served.url(), 0.1)


@pytest.mark.skipif(SSHD is None, reason="sshd is not installed on this machine")
async def test_real_sshd_that_is_there_and_then_is_not(tmp_path):
    async with RealSshd(tmp_path) as jump, Web(b"silence") as served:
        bastion = Host("bastion", Role.JUMP, jump.access())
        behind = dataclasses.replace(jump.access(), jumps=("bastion",))
        async with open_door(make_site([Host("lb01", Role.LB, behind)], [bastion])) as door:
            await door.up("bastion")
            with pytest.raises(TransportError, match=NOT_HEARD):
                await ask(door, served.url())
            frozen = jump.pids()
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(LinkDownError, match="bastion gives no sign of life"):
                    await ask(door, served.url())
            finally:
                for pid in frozen:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGCONT)
