"""The wire: who answers for an address, what a cut, a filter and a stale ARP entry do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.net import Fate, Filter, Packet, Protocol
from haconsole.demo.world.stack import Stack
from haconsole.demo.world.timers import LoopTimers
from haconsole.demo.world.uplink import Uplink
from haconsole.demo.world.wire import Wire
from haconsole.parsers.ip import parse_monitor_line, stamp_epoch
from haconsole.parsers.systemd import parse_journal_json
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

VIP = "10.0.0.100"


class _Port:
    def listens_on(self, address: str) -> bool:
        return True


def wired(tell: Callable[[Stack, Stack, Stack], Awaitable[None]]) -> None:
    async def main() -> None:
        wire = Wire(LoopTimers())
        stacks = []
        for number in (5, 10, 11):
            stack = Stack(f"h{number}", wire, mac=f"02:00:00:00:00:{number:02x}")
            stack.add_address(f"10.0.0.{number}/24", "eth0")
            stack.services[80] = _Port()
            stacks.append(stack)
        await tell(*stacks)

    run_virtually(main())


async def _timed(stack: Stack, work: Awaitable[object]) -> tuple[float, int | None]:
    began = stack.now
    try:
        await work
    except OSError as error:
        return stack.now - began, error.errno
    return stack.now - began, None


def test_the_first_answer_counts_and_a_gratuitous_arp_changes_it() -> None:
    async def tell(asker: Stack, one: Stack, other: Stack) -> None:
        one.add_address(f"{VIP}/32", "eth0")
        other.add_address(f"{VIP}/32", "eth0")
        assert (await asker.reach(VIP, 80))[0] is one
        other.announce(VIP)
        await asyncio.sleep(0.001)
        assert (await asker.reach(VIP, 80))[0] is other
        assert asker.neighbours[VIP].mac == other.nic.mac

    wired(tell)


def test_who_does_not_know_the_address_learns_nothing_from_an_announcement() -> None:
    async def tell(asker: Stack, one: Stack, other: Stack) -> None:
        one.add_address(f"{VIP}/32", "eth0")
        one.announce(VIP)
        await asyncio.sleep(0.001)
        assert VIP not in asker.neighbours

    wired(tell)


def test_a_stale_entry_hangs_until_it_is_probed() -> None:
    async def tell(asker: Stack, one: Stack, other: Stack) -> None:
        one.add_address(f"{VIP}/32", "eth0")
        await asker.reach(VIP, 80)
        one.del_address(VIP)
        other.add_address(f"{VIP}/32", "eth0")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asker.reach(VIP, 80)
        await asyncio.sleep(8)
        assert (await asker.reach(VIP, 80))[0] is other

    wired(tell)


def test_errors_and_their_times_are_a_kernels() -> None:
    async def tell(asker: Stack, one: Stack, other: Stack) -> None:
        took, number = await _timed(asker, asker.reach("10.0.0.10", 443))
        assert (took < 0.01, number) == (True, 111)
        took, number = await _timed(asker, asker.reach("10.0.0.77", 80))
        assert (round(took), number) == (3, 113)
        assert (await _timed(asker, asker.reach("192.0.2.1", 80)))[1] == 101
        await asker.reach("10.0.0.10", 80)
        asker.wire.cut("h5", "h10")
        took, number = await _timed(asker, asker.reach("10.0.0.10", 80))
        # Its neighbour entry is probed, asked for anew, and given up.
        assert (8 < took < 30, number) == (True, 113)
        asker.wire.join()
        asker.nic.carrier = False
        assert (await _timed(asker, asker.reach("10.0.0.11", 80)))[1] == 113

    wired(tell)


class _Only(Filter):
    def __init__(self, fate: Fate) -> None:
        self.fate = fate

    def incoming(self, packet: Packet) -> Fate:
        return self.fate if packet.protocol is Protocol.TCP else Fate.ACCEPT


@pytest.mark.parametrize(("fate", "number", "quick"), [(Fate.REJECT, 113, True),
                                                       (Fate.DROP, 110, False)])  # fmt: skip
def test_a_filter_rejects_at_once_and_drops_in_silence(
    fate: Fate, number: int, quick: bool
) -> None:
    async def tell(asker: Stack, one: Stack, other: Stack) -> None:
        one.filter = _Only(fate)
        took, error = await _timed(asker, asker.reach("10.0.0.10", 80))
        assert (error, took < 1) == (number, quick)
        assert await asker.ping("10.0.0.10") < 0.01

    wired(tell)


def cluster_story(tell: Callable[[DemoCluster], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            await tell(cluster)
        finally:
            await cluster.stop()

    run_virtually(main())


def test_streams_tell_of_a_failover_as_it_happens() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb02 = cluster.hosts["lb02"].machine
        watch = "ip -ts -o monitor address > /tmp/addresses & journalctl -q -f -n 0 -o json " \
                "-u keepalived > /tmp/journal & tcpdump -nni eth0 -c 3 'ip proto 112' " \
                "> /tmp/packets 2>/dev/null & wait"  # fmt: skip
        lb02.spawn(["sh", "-c", watch])
        await asyncio.sleep(0.1)
        await cluster.fault("stop")
        await asyncio.sleep(2)
        (line,) = lb02.files.read("/tmp/addresses").decode().splitlines()
        parsed = parse_monitor_line(line)
        assert parsed is not None
        assert "10.0.0.100/32" in line
        assert abs((stamp_epoch(parsed.stamp or "") or 0) - lb02.clock()) < 3
        journal = lb02.files.read("/tmp/journal").decode().splitlines()
        texts = [read.text for line in journal if (read := parse_journal_json(line))]
        assert "(VI_1) Entering MASTER STATE" in texts
        packets = lb02.files.read("/tmp/packets").decode().splitlines()
        assert any("vrid 50, prio 0, authtype none, intvl 1s, length 20" in p for p in packets)

    cluster_story(tell)


def test_ss_arping_and_curl() -> None:
    async def tell(cluster: DemoCluster) -> None:
        lb01, web01 = cluster.hosts["lb01"], cluster.hosts["web01"]
        _, text = await lb01.do("ss", "-ltnp")
        assert "0.0.0.0:80" in text
        assert "127.0.0.1:8080" in text
        _, text = await web01.do("arping", "-c", "1", "-I", "eth0", VIP)
        assert lb01.stack.nic.mac.upper() in text
        status, text = await web01.do("curl", "-s", "-o", "/dev/null", "-w",
                                      "%{http_code} %{time_total}\\n", f"http://{VIP}/")  # fmt: skip
        assert (status, text.split()[0]) == (0, "200")
        status, text = await web01.do("curl", "-fsS", "-m", "1", f"http://{VIP}/missing")
        assert (status, "error: 404" in text) == (22, True)
        assert (await web01.do("curl", "-s", "http://10.0.0.52:81/"))[0] == 7
        cluster.wire.part({"web01"})
        assert (await web01.do("curl", "-sS", "-m", "1", f"http://{VIP}/"))[0] == 28
        assert (await web01.do("ping", "-c", "1", "-W", "1", VIP))[0] == 1

    cluster_story(tell)


def test_a_client_that_hangs_up_early_hurts_nobody() -> None:
    async def tell(cluster: DemoCluster) -> None:
        failures: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: failures.append(told))
        uplink = Uplink(cluster.hosts["bastion"].stack)
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        reader, writer = await uplink.connect(VIP, 80)
        writer.write(request)
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        writer.close()
        for after in (0.0, 0.0005, 0.002):
            _, writer = await uplink.connect(VIP, 80)
            writer.write(request)
            await asyncio.sleep(after)
            writer.close()
        await asyncio.sleep(2)
        await uplink.close()
        assert failures == []

    cluster_story(tell)
