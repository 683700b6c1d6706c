"""keepalived as a daemon on machines: processes, addresses, words and dumps, in virtual time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest

from haconsole.demo.system.signals import Sig
from haconsole.demo.world.keepalived_child import SIGJSON
from haconsole.parsers.keepalived_dump import parse_dump
from haconsole.parsers.keepalived_json import parse_json
from haconsole.parsers.keepalived_stats import parse_stats
from tests.demo.world.hosts import Host, captured, pair, until
from tests.demo.world.virtual import run_virtually

#: What differs from run to run: times, process ids, the addresses that a kernel made up.
_VARIES = re.compile(
    r"\d{10}\.\d{6} \([^)]*\)|pid=\d+|process\(\d+\)|fe80::\S+|(?:\w\w:){5}\w\w"
    r"|Running on .*|Command line: .*|^ {10,}'.*|/tmp/k.conf|/etc/keepalived/keepalived.conf"
)


def same(text: str) -> str:
    return _VARIES.sub("~", text)


async def started(lb01: Host, lb02: Host) -> None:
    await lb01.manager.start("keepalived")
    await asyncio.sleep(0.3)
    await lb02.manager.start("keepalived")
    await until(lambda: lb01.owns)
    await asyncio.sleep(2.0)


def story(tell: Callable[[Host, Host], Awaitable[None]], scenario: str = "healthy") -> None:
    """Run a test's story on a pair, and end everything."""

    async def main() -> None:
        _, lb01, lb02 = await pair(scenario)
        try:
            await tell(lb01, lb02)
        finally:
            await lb01.close()
            await lb02.close()

    run_virtually(main())


async def asked(host: Host, signal: int, path: str) -> str:
    """Send a signal and return what was written."""
    if host.machine.files.exists(path):
        host.machine.files.unlink(path)
    host.machine.processes.find("keepalived")[0].signal(signal)
    await until(lambda: host.machine.files.exists(path), 1.0)
    return host.machine.files.read(path).decode()


def test_dumps_are_the_captured_ones() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        for host, name in ((lb01, "lb01"), (lb02, "lb02")):
            text = await asked(host, Sig.USR1, "/tmp/keepalived.data")
            golden = captured(f"healthy/{name}.steady.data")
            # The capture's host has no user keepalived_script.
            ours = re.sub(r"(?<= )997:997", "0:0", text)
            assert same(ours).splitlines() == same(golden).splitlines()
            assert parse_dump(text).checks == parse_dump(golden).checks
        assert same(await asked(lb01, Sig.USR2, "/tmp/keepalived.stats")) == same(
            captured("healthy/lb01.steady.stats")
        )

    story(tell)


def test_the_json_says_what_the_captured_one_says() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        text = await asked(lb01, SIGJSON, "/tmp/keepalived.json")
        golden = captured("healthy/lb01.steady.json")
        drop = re.compile(r"transition\":[\d.]+")
        assert drop.sub("", text) == drop.sub("", golden)
        (ours,), (theirs,) = parse_json(text).instances, parse_json(golden).instances
        assert (ours.state, ours.vips) == (theirs.state, theirs.vips)

    story(tell)


def log_of(name: str, scenario: str) -> list[str]:
    lines = captured(f"{scenario}/{name}.log").splitlines()
    return [re.sub(r"^\S+ \S+ keepalived: .{24}: ", "", line) for line in lines]


def test_the_log_of_a_start_is_the_captured_one() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        lb01.machine.users.remove("keepalived_script")
        await started(lb01, lb02)
        golden = [same(line) for line in log_of("lb01", "healthy")]
        end = golden.index(same("Sending gratuitous ARP on eth0 for 10.0.0.100"))
        skip = ("Running on", "~", "              ", "Startup complete")
        wanted = [line for line in golden[:end] if not line.startswith(skip)]
        ours = [same(line) for line in lb01.said()]
        ours = [x for x in ours if not x.startswith((*skip, "Starting keepalived.s", "Started"))]
        assert ours[: len(wanted)] == wanted

    story(tell)


def test_two_processes_parent_and_child() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        parent, child = lb01.machine.processes.find("keepalived")
        assert child.parent is parent
        assert lb01.manager.find("keepalived").main is parent  # type: ignore[union-attr]

    story(tell)


def test_stop_hands_over_in_the_skew() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        stopping = asyncio.create_task(lb01.manager.stop("keepalived"))
        await until(lambda: not lb01.owns, 0.1)
        assert await until(lambda: lb02.owns) == pytest.approx(156 / 256, abs=0.01)
        await stopping
        assert lb01.machine.processes.find("keepalived") == []
        assert lb01.said()[-3:-1] == [
            "Stopped Keepalived v2.2.7 (01/16,2022)",
            "keepalived.service: Deactivated successfully.",
        ]

    story(tell)


def test_sigkill_leaves_the_vip_and_systemd_says_what_happened() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.manager.kill("keepalived", Sig.STOP)
        lb01.manager.kill("keepalived", Sig.KILL)
        took = await until(lambda: lb02.owns)
        assert 2.6 <= took <= 3.62
        assert lb01.owns
        service = lb01.manager.find("keepalived")
        assert service is not None
        assert (service.active, service.result) == ("failed", "signal")
        assert lb01.said()[-2:] == [
            "keepalived.service: Main process exited, code=killed, status=9/KILL",
            "keepalived.service: Failed with result 'signal'.",
        ]
        await lb01.manager.start("keepalived")
        assert not lb01.owns, "a new daemon removes what the dead one left"

    story(tell)


def test_killing_the_parent_alone_ends_the_child_in_good_order() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.machine.processes.find("keepalived")[0].signal(Sig.KILL)
        await until(lambda: lb02.owns, 1.0)
        assert not lb01.owns

    story(tell)


def test_a_killed_child_is_respawned() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        _, child = lb01.machine.processes.find("keepalived")
        child.signal(Sig.KILL)
        await asyncio.sleep(0.1)
        _, other = lb01.machine.processes.find("keepalived")
        assert other.pid != child.pid
        assert f"VRRP child process({child.pid}) died: Respawning" in lb01.said()
        await until(lambda: lb01.owns, 5)

    story(tell)


def test_freeze_and_thaw() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.manager.kill("keepalived", Sig.STOP)
        assert 2.6 <= await until(lambda: lb02.owns) <= 3.62
        await asyncio.sleep(5)
        assert lb01.owns
        lines = len(lb01.said())
        lb01.manager.kill("keepalived", Sig.CONT)
        await until(lambda: not lb02.owns, 1.0)
        fresh = lb01.said()[lines:]
        assert any(line.startswith("A thread timer expired") for line in fresh)

    story(tell)


def test_a_failing_check_changes_the_priority_and_the_dump() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.check_status = 1
        await until(lambda: lb02.owns, 10)
        await asyncio.sleep(2.0)
        text = await asked(lb01, Sig.USR1, "/tmp/keepalived.data")
        golden = parse_dump(captured("healthy/lb01.check_failed.data"))
        assert parse_dump(text).checks == golden.checks
        assert parse_dump(text).instances[0].effective_priority == 90
        assert "VRRP_Script(check_web) failed (exited with status 1)" in lb01.said()
        lb01.check_status = 0
        await until(lambda: lb01.owns, 12)

    story(tell)


def test_a_check_that_takes_too_long_is_ended_and_failed() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.check_takes_s = 60
        await until(lambda: "VRRP_Script(check_web) timed_out" in lb01.said(), 12)
        assert lb01.machine.processes.find("check_web.sh") == [] or (
            len(lb01.machine.processes.find("check_web.sh")) == 1
        )

    story(tell)


def test_a_dead_link_is_a_fault() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        lb01.stack.set_up("eth0", up=False)
        await until(lambda: not lb01.owns, 0.1)
        await until(lambda: lb02.owns, 4)
        assert [x for x in lb01.said() if "eth0 down" in x or "FAULT" in x] == [
            "Netlink reports eth0 down", "(VI_1) Entering FAULT STATE",
        ]  # fmt: skip
        lb01.stack.set_up("eth0", up=True)
        await until(lambda: lb01.owns, 4)

    story(tell)


def test_a_reload_takes_a_new_priority_and_keeps_the_state() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        path = "/etc/keepalived/keepalived.conf"
        text = lb02.machine.files.read(path).decode()
        lb02.configure(text.replace("priority 100", "priority 200"))
        await lb02.manager.reload("keepalived")
        await until(lambda: lb02.owns and not lb01.owns, 5)

    story(tell)


def test_a_check_that_comes_with_a_reload_fails_and_heals() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        text = lb01.machine.files.read("/etc/keepalived/keepalived.conf").decode()
        other = text.replace("check_web {", "check_nginx {").replace(
            "  check_web\n", "  check_nginx\n"
        )
        lb01.configure(other.replace("weight -60", "weight 0"))
        await lb01.manager.reload("keepalived")
        await asyncio.sleep(3)
        for _ in range(2):
            lb01.check_status = 1
            await until(lambda: lb02.owns and not lb01.owns, 10)
            lb01.check_status = 0
            await until(lambda: lb01.owns and not lb02.owns, 10)

    story(tell)


def test_a_reload_counts_other_weights_anew() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await started(lb01, lb02)
        for lb in (lb01, lb02):
            text = lb.machine.files.read("/etc/keepalived/keepalived.conf").decode()
            lb.configure(text.replace("weight -60", "weight 20"))
            await lb.manager.reload("keepalived")
        await asyncio.sleep(1)
        assert "(VI_1) Changing effective priority from 150 to 170" in lb01.said()
        lb01.check_status = 1
        await asyncio.sleep(10)
        assert "(VI_1) Changing effective priority from 170 to 150" in lb01.said()
        assert lb01.owns
        assert not lb02.owns

    story(tell)


def test_a_failing_check_that_a_reload_takes_away_is_no_fault_any_more() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        path = "/etc/keepalived/keepalived.conf"
        text = lb01.machine.files.read(path).decode().replace("weight -60", "weight 0")
        lb01.configure(text)
        await started(lb01, lb02)
        lb01.check_status = 1
        await until(lambda: lb02.owns and not lb01.owns, 10)
        lb01.configure(re.sub(r"    track_script \{[^}]*\}\n", "", text))
        await lb01.manager.reload("keepalived")
        await until(lambda: lb01.owns and not lb02.owns, 10)

    story(tell)


@pytest.mark.parametrize("scenario", ["auth_mismatch", "vrid_mismatch", "vip_list_mismatch"])
def test_mismatched_configurations_split(scenario: str) -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await lb01.manager.start("keepalived")
        await lb02.manager.start("keepalived")
        await until(lambda: lb01.owns and lb02.owns, 6)
        await asyncio.sleep(10)
        assert lb01.owns
        assert lb02.owns

    story(tell, scenario)


def test_an_interface_that_is_not_there_ends_it() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        await lb02.manager.start("keepalived")
        await until(lambda: not lb02.machine.processes.find("keepalived"), 3)
        assert "Non-existent interface specified in configuration" in lb02.said()
        service = lb02.manager.find("keepalived")
        assert service is not None
        assert service.active == "failed"

    story(tell, "wrong_interface")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (("", ""), 0, ""),
        (("priority 150", "prioritee 150"), 4, "Unknown keyword 'prioritee'"),
        (("interface eth0", "interface ens33"), 3, "interface ens33 for vrrp_instance VI_1"),
        (("/tmp/check_web.sh", "/etc/nothing.sh"), 4, "Unable to access script"),
        (("    \n}", "    enable_script_security\n}"), 5, "Unsafe permissions"),
    ],
)
def test_dash_t(change: tuple[str, str], status: int, words: str) -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        lb01.configure(captured("healthy/lb01.conf").replace(*change, 1))
        if status == 5:
            lb01.machine.files.chmod("/tmp/check_web.sh", 0o777)
        code, _, errors = await lb01.machine.run(["keepalived", "-t"])
        assert (code, words in errors.decode()) == (status, True)

    story(tell)


def test_the_version_and_the_signal_numbers() -> None:
    async def tell(lb01: Host, lb02: Host) -> None:
        _, _, errors = await lb01.machine.run(["keepalived", "--version"])
        assert errors.decode().splitlines()[0] == captured("../keepalived-2.2.7/version.txt"
                                                           ).splitlines()[0]  # fmt: skip
        assert await lb01.machine.run(["keepalived", "--signum=DATA"]) == (0, b"10\n", b"")
        assert (await lb01.machine.run(["keepalived", "--signum=JSON"]))[1] == b"36\n"

    story(tell)


def test_counters_after_a_partition() -> None:
    async def main() -> None:
        wire, lb01, lb02 = await pair()
        await started(lb01, lb02)
        wire.part({"lb01"})
        await until(lambda: lb02.owns, 4)
        wire.join()
        await until(lambda: not lb02.owns, 1.1)
        (stats,) = parse_stats(await asked(lb02, Sig.USR2, "/tmp/keepalived.stats"))
        assert (stats.become_master, stats.release_master) == (1, 1)
        await lb01.close()
        await lb02.close()

    run_virtually(main())
