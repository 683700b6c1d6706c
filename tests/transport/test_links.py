"""Links: one a host, shared jump hosts, and coming back without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import socket

import pytest

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Host, Role
from haconsole.transport import dial, gates
from haconsole.transport.errors import JumpLostError, LinkDownError, RefusedError, TransportError
from tests.support.realsshd import SSHD, RealSshd
from tests.support.sshsite import SshSite, make_site
from tests.support.waiting import until
from tests.transport.conftest import open_door


def statuses(door, host: str) -> list[LinkStatus]:
    return [event.status for event in door.events if event.host == host]


async def refused(door, host: str = "lb01") -> str:
    await until(lambda: door.events and statuses(door, host)[-1:] == [LinkStatus.REFUSED])
    return str(door.detail(host))


async def lost(door, host: str = "lb01") -> str:
    await until(lambda: statuses(door, host)[-1:] == [LinkStatus.LOST])
    return str(door.detail(host))


async def test_the_jump_host_is_entered_once_for_all(tmp_path):
    async with SshSite(tmp_path, nodes=6) as lab:
        async with open_door(lab.site) as door:
            await door.up(*(daemon.name for daemon in lab.nodes))
            assert lab.bastion
            assert lab.bastion.behaviour.logins == ["operator"]
            assert 0 < (door.last("lb01").rtt_s or 0) < 5
        first = next(event for event in door.events if event.host == "lb01")
        assert first.status is LinkStatus.CONNECTING
        assert str(first.detail) == "waiting for the jump host bastion"


async def test_a_lost_jump_host_is_not_a_lost_node_and_its_return_heals(lab, door):
    await lab.bastion.stop()
    for host in ("lb01", "lb02"):
        await until(lambda: statuses(door, host)[-1] is LinkStatus.JUMP_LOST)  # noqa: B023
        assert door.detail(host) == "the jump host bastion is not up"
        assert LinkStatus.LOST not in statuses(door, host)
    await lost(door, "bastion")
    assert door.last("bastion").retry_at > door.last("bastion").at
    with pytest.raises(JumpLostError, match="lb01 is out of reach: its jump host bastion"):
        await door.sh("true")
    await lab.bastion.start()
    await door.up("lb01", "lb02")
    assert (await door.sh("echo healed")).stdout == "healed\n"


async def test_a_command_under_which_the_link_dies_says_so(lab, door):
    task = asyncio.create_task(door.sh("sleep 1000"))
    await until(lambda: lab.daemon("lb01").behaviour.running)
    lab.daemon("lb01").cut()
    with pytest.raises(LinkDownError):
        await task
    await door.up("lb01")
    assert (await door.sh("echo back")).stdout == "back\n"


async def test_a_node_that_does_not_listen_is_tried_again_and_found(lab):
    await lab.daemon("lb01").stop()
    async with open_door(lab.site) as door:
        await door.up("lb02")
        assert "The jump host bastion cannot reach lb01" in await lost(door)
        with pytest.raises(LinkDownError, match="cannot reach lb01"):
            await door.sh("true")
        await lab.daemon("lb01").start()
        await door.up("lb01")


async def test_nothing_is_sent_before_the_link_is_up(lab):
    async with open_door(lab.site) as door:
        with pytest.raises(LinkDownError, match="There is no link to lb01 yet"):
            await door.sh("true")
        assert door.ledger[-1].outcome == "lost"


async def test_an_unknown_host_is_a_sentence(door):
    with pytest.raises(TransportError, match="no host nobody"):
        await door.sh("true", host="nobody")


async def test_a_jump_host_that_does_not_forward_is_named(lab):
    lab.bastion.behaviour.forwarding = False
    async with open_door(lab.site) as door:
        sentence = await refused(door)
        assert "The jump host bastion does not forward to lb01" in sentence
        assert "AllowTcpForwarding no" in sentence
        with pytest.raises(RefusedError):
            await door.sh("true")
        lab.bastion.behaviour.forwarding = True
        door.transport.retry("lb01")
        await door.up("lb01")


async def test_a_jump_host_without_sessions_still_forwards(lab):
    lab.bastion.behaviour.max_sessions = 0
    async with open_door(lab.site) as door:
        await door.up("bastion", "lb01")
        assert door.last("bastion").rtt_s is None
        assert (await door.sh("echo through")).stdout == "through\n"
        with pytest.raises(TransportError, match=r"bastion refused a session .*MaxSessions"):
            await door.sh("true", host="bastion")


def lone(access: Access, *jumps: Host):
    return make_site([Host("lb01", Role.LB, access)], list(jumps))


async def test_a_name_that_does_not_resolve(tmp_path):
    access = Access("no-such-host.invalid", ssh_config=(), known_hosts=tmp_path / "known")
    async with open_door(lone(access)) as door:
        assert "the name no-such-host.invalid:22 does not resolve" in await lost(door)


async def test_a_port_where_nothing_listens(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    access = Access("127.0.0.1", port, ssh_config=(), known_hosts=tmp_path / "known")
    async with open_door(lone(access)) as door:
        assert f"(127.0.0.1:{port}) refused the connection: no sshd" in await lost(door)


async def silent(_reader, writer):
    await asyncio.Event().wait()


async def test_a_peer_that_says_nothing_is_given_up(tmp_path):
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    access = Access(
        "127.0.0.1", port, ssh_config=(), known_hosts=tmp_path / "k", connect_timeout_s=0.3
    )
    try:
        async with open_door(lone(access)) as door:
            assert "gave no answer in time" in await lost(door)
    finally:
        server.close()


async def test_a_peer_that_hangs_up(tmp_path):
    def hang_up(_reader, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    access = Access("127.0.0.1", port, ssh_config=(), known_hosts=tmp_path / "k")
    try:
        async with open_door(lone(access)) as door:
            assert "closed the connection before the SSH handshake" in await lost(door)
    finally:
        server.close()


async def test_a_server_without_a_common_algorithm(tmp_path):
    async def old(reader, writer):
        writer.write(b"SSH-2.0-Old\r\n")
        await reader.readline()
        names = [
            b"diffie-hellman-group1-sha1",
            b"ssh-dss",
            *[b"des-cbc"] * 2,
            *[b"hmac-md5-96"] * 2,
        ]
        lists = [*names, b"none", b"none", b"", b""]
        body = b"\x14" + bytes(16) + b"".join(len(n).to_bytes(4, "big") + n for n in lists)
        body += bytes(5)
        pad = 8 - (len(body) + 5) % 8 + 8
        packet = (len(body) + pad + 1).to_bytes(4, "big") + bytes([pad]) + body + bytes(pad)
        writer.write(packet)
        await reader.read()

    server = await asyncio.start_server(old, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    access = Access("127.0.0.1", port, ssh_config=(), known_hosts=tmp_path / "k")
    try:
        async with open_door(lone(access)) as door:
            sentence = await refused(door)
            assert "shares no key exchange algorithm with this console; it offers" in sentence
            assert "diffie-hellman-group1-sha1" in sentence
    finally:
        server.close()


@pytest.mark.skipif(SSHD is None, reason="sshd is not installed on this machine")
async def test_a_frozen_node_behind_a_live_jump_host_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(dial, "KEEPALIVE_S", 0.2)
    folders = [tmp_path / "jump", tmp_path / "node"]
    for folder in folders:
        folder.mkdir()
    async with RealSshd(folders[0]) as jump, RealSshd(folders[1]) as node:
        access = dataclasses.replace(node.access(), jumps=("bastion",))
        site = lone(access, Host("bastion", Role.JUMP, jump.access()))
        async with open_door(site) as door:
            await door.up("lb01")
            frozen = node.pids()
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(LinkDownError):
                    await door.sh("true", timeout_s=20)
                assert "The link to lb01 was lost." in await lost(door)
                assert door.last("bastion").status is LinkStatus.UP
            finally:
                for pid in frozen:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            await door.up("lb01")


@pytest.mark.skipif(SSHD is None, reason="sshd is not installed on this machine")
async def test_real_sshd_that_forwards_nothing(tmp_path):
    async with RealSshd(tmp_path, "AllowTcpForwarding no") as daemon:
        access = dataclasses.replace(daemon.access(), jumps=("bastion",))
        async with open_door(lone(access, Host("bastion", Role.JUMP, daemon.access()))) as door:
            assert "does not forward to lb01" in await refused(door)


@pytest.mark.skipif(SSHD is None, reason="sshd is not installed on this machine")
async def test_real_sshd_that_limits_sessions(tmp_path):
    async with RealSshd(tmp_path, "MaxSessions 1") as daemon, open_door(daemon.site) as door:
        await door.up("lb01")
        assert (await door.sh("echo one")).stdout == "one\n"
        with pytest.raises(TransportError, match=r"lb01 refused a session \(open failed\)"):
            await door.sh("cat", stdin=b"x")


async def test_a_chain_of_three_jumps_is_shared_and_named(tmp_path):
    async with SshSite(tmp_path, nodes=4, jump=False) as lab:
        a, b, c, d = (daemon.port for daemon in lab.nodes)
        jumps = [
            Host("j1", Role.JUMP, lab.access(a)),
            Host("j2", Role.JUMP, lab.access(b, ("j1",))),
            Host("j3", Role.JUMP, lab.access(c, ("j1", "j2"))),
        ]
        site = make_site([Host("lb01", Role.LB, lab.access(d, ("j1", "j2", "j3")))], jumps)
        async with open_door(site) as door:
            await door.up("lb01")
            assert [len(daemon.behaviour.logins) for daemon in lab.nodes] == [1, 1, 1, 1]
            await lab.nodes[0].stop()
            await until(lambda: statuses(door, "lb01")[-1] is LinkStatus.JUMP_LOST)
            await until(lambda: "j1" in door.detail("lb01"))
            await lab.nodes[0].start()
            await door.up("lb01")


async def test_handshakes_with_one_daemon_are_limited():
    limits = gates.Gates()
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with limits.enter("", "10.0.0.1", "22"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(50)))
    assert most == gates.PER_DAEMON


def test_delays_grow_to_their_cap_with_jitter():
    backoff = gates.Backoff()
    delays = [backoff.delay_s() for _ in range(12)]
    assert 0.25 <= delays[0] <= 0.5
    assert all(delay <= gates.LONGEST_DELAY_S for delay in delays)
    assert all(delay >= gates.LONGEST_DELAY_S / 2 for delay in delays[6:])
    backoff.reset()
    assert backoff.delay_s() <= 0.5


async def test_an_error_of_our_own_is_told_and_the_host_tried_again(lab, monkeypatch):
    route, broken = dial.Dialer.route, True

    async def odd(self, host, access):
        if host == "lb01" and broken:
            raise RuntimeError("nobody\x1b thought of this")
        return await route(self, host, access)

    monkeypatch.setattr(dial.Dialer, "route", odd)
    async with open_door(lab.site) as door:
        sentence = await lost(door)
        assert "RuntimeError: nobody␛ thought of this" in sentence
        with pytest.raises(LinkDownError, match="broke on an error of this console"):
            await door.sh("true")
        broken = False
        door.transport.retry("lb01")
        await door.up("lb01")
