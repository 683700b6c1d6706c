"""systemd's states, statuses and words, on a service of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from haconsole.demo.world.cluster import DemoCluster
from haconsole.demo.world.host import DemoHost
from haconsole.demo.world.unitfile import seconds
from haconsole.domain.facts import JournalLine
from haconsole.parsers.systemd import UnitFactKind, unit_fact
from tests.demo.world.hosts import EPOCH
from tests.demo.world.virtual import run_virtually

UNIT = """[Unit]
Description=A thing
[Service]
ExecStart=/bin/sh -c 'sleep 3; exit {status}'
Restart={restart}
RestartSec=1
[Install]
WantedBy=multi-user.target
"""


def story(tell: Callable[[DemoHost], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = DemoCluster(clock=lambda: EPOCH + asyncio.get_running_loop().time())
        await cluster.start()
        try:
            await tell(cluster.hosts["lb01"])
        finally:
            await cluster.stop()

    run_virtually(main())


def write(host: DemoHost, *, status: int = 0, restart: str = "no") -> None:
    text = UNIT.format(status=status, restart=restart)
    host.machine.files.install("/etc/systemd/system/thing.service", text)


def kinds(host: DemoHost, unit: str) -> list[UnitFactKind]:
    found = []
    for entry in host.journal.entries():
        if entry.about == unit:
            line = JournalLine(unit, entry.at, entry.priority, entry.text, identifier="systemd")
            fact = unit_fact(line)
            if fact is not None:
                found.append(fact.kind)
    return found


def test_a_service_that_ends_well() -> None:
    async def tell(host: DemoHost) -> None:
        write(host)
        assert await host.do("systemctl", "start", "thing") == (0, "")
        assert await host.do("systemctl", "is-active", "thing") == (0, "active\n")
        await asyncio.sleep(4)
        assert await host.do("systemctl", "is-active", "thing") == (3, "inactive\n")
        # A simple service is up at once: systemd does not say that it is starting.
        assert kinds(host, "thing.service") == [UnitFactKind.STARTED, UnitFactKind.STOPPED]

    story(tell)


def test_a_service_that_fails_is_started_again_until_that_is_too_often() -> None:
    async def tell(host: DemoHost) -> None:
        write(host, status=7, restart="on-failure")
        await host.do("systemctl", "start", "thing")
        await asyncio.sleep(3.5)
        _, text = await host.do("systemctl", "show", "-p", "SubState,Result,NRestarts", "thing")
        assert set(text.split()) == {"SubState=auto-restart", "Result=exit-code", "NRestarts=0"}
        await asyncio.sleep(4)
        service = host.manager.need("thing")
        assert service.restarts == 1
        texts = [entry.text for entry in host.journal.entries()]
        assert "thing.service: Main process exited, code=exited, status=7/NOTRUNNING" in texts
        assert "thing.service: Scheduled restart job, restart counter is at 1." in texts
        host.machine.files.install(
            "/etc/systemd/system/thing.service",
            UNIT.format(status=7, restart="on-failure").replace("sleep 3", "sleep 0"),
        )
        await host.do("systemctl", "daemon-reload")
        await asyncio.sleep(30)
        assert await host.do("systemctl", "is-failed", "thing") == (0, "failed\n")
        texts = [entry.text for entry in host.journal.entries()]
        assert "thing.service: Start request repeated too quickly." in texts
        assert (await host.do("systemctl", "reset-failed", "thing"))[0] == 0
        assert await host.do("systemctl", "is-active", "thing") == (3, "inactive\n")

    story(tell)


def test_a_stop_ends_the_wait_for_a_restart() -> None:
    async def tell(host: DemoHost) -> None:
        write(host, status=1, restart="always")
        await host.do("systemctl", "start", "thing")
        await asyncio.sleep(3.2)
        assert (await host.do("systemctl", "stop", "thing"))[0] == 0
        await asyncio.sleep(10)
        assert host.manager.need("thing").active == "inactive"

    story(tell)


def test_a_service_that_ignores_sigterm_is_killed() -> None:
    async def tell(host: DemoHost) -> None:
        text = UNIT.format(status=0, restart="no").replace("sleep 3;", 'trap "" TERM; sleep 500;')
        text = text.replace("RestartSec=1", "TimeoutStopSec=5")
        host.machine.files.install("/etc/systemd/system/thing.service", text)
        await host.do("systemctl", "start", "thing")
        began = host.stack.now
        await host.do("systemctl", "stop", "thing")
        assert 4.9 < host.stack.now - began < 6
        assert host.manager.need("thing").result == "timeout"
        assert not list(host.manager.need("thing").processes(host.machine))

    story(tell)


def test_enabling_and_drop_ins() -> None:
    async def tell(host: DemoHost) -> None:
        write(host)
        assert await host.do("systemctl", "is-enabled", "thing") == (1, "disabled\n")
        status, text = await host.do("systemctl", "enable", "--now", "thing")
        assert (status, text.startswith("Created symlink")) == (0, True)
        assert await host.do("systemctl", "is-enabled", "thing") == (0, "enabled\n")
        assert (await host.do("systemctl", "is-active", "-q", "thing"))[0] == 0
        drop_in = "/etc/systemd/system/thing.service.d/10.conf"
        host.machine.files.install(drop_in, "[Service]\nRestart=always\n")
        await host.do("systemctl", "daemon-reload")
        _, text = await host.do("systemctl", "show", "-p", "Restart", "-p", "DropInPaths", "thing")
        assert set(text.split()) == {"Restart=always", f"DropInPaths={drop_in}"}
        _, text = await host.do("systemctl", "cat", "thing")
        assert f"# {drop_in}\n[Service]\nRestart=always\n" in text
        assert (await host.do("systemctl", "disable", "--now", "thing"))[0] == 0
        assert (await host.do("systemctl", "is-active", "thing"))[0] == 3

    story(tell)


def test_what_is_not_there_and_what_is_not_allowed() -> None:
    async def tell(host: DemoHost) -> None:
        status, text = await host.do("systemctl", "start", "nosuch")
        assert (status, text) == (
            5, "Failed to start nosuch.service: Unit nosuch.service not found.\n")  # fmt: skip
        assert (await host.do("systemctl", "status", "nosuch"))[0] == 4
        status, _, errors = await host.machine.run(["systemctl", "stop", "nginx"], uid=1000)
        assert (status, b"authentication required" in errors) == (1, True)
        assert host.manager.need("nginx").active == "active"
        status, _, errors = await host.machine.run(["journalctl", "-u", "nginx"], uid=1000)
        assert (status, b"insufficient permissions" in errors) == (1, True)

    story(tell)


def test_the_status_page() -> None:
    async def tell(host: DemoHost) -> None:
        status, text = await host.do("systemctl", "status", "keepalived", "--no-pager")
        assert status == 0
        assert "● keepalived.service - Keepalive Daemon (LVS and VRRP)" in text
        assert "Active: active (running) since" in text
        assert "(VI_1) Entering MASTER STATE" in text

    story(tell)


def test_journalctl_chooses() -> None:
    async def tell(host: DemoHost) -> None:
        _, text = await host.do("journalctl", "-u", "nginx", "-o", "cat", "--no-pager")
        assert text.splitlines()[0].startswith("Starting nginx.service - ")
        _, text = await host.do("journalctl", "-q", "-u", "nginx", "--since", "1 hour ago")
        assert text.count("nginx.service") >= 2
        await asyncio.sleep(120)
        assert (await host.do("journalctl", "-q", "-u", "nginx", "--since", "-1min"))[1] == ""
        _, text = await host.do("journalctl", "-u", "nginx", "-n", "1", "-o", "short-iso")
        assert text.startswith("2026-11-22T")
        await host.do("logger", "-t", "me", "hello there")
        _, text = await host.do("journalctl", "-t", "me", "-o", "cat")
        assert text == "hello there\n"

    story(tell)


def test_spans_of_time() -> None:
    assert [seconds(text, -1.0) for text in ("90", "1min 30s", "100ms", "2h", "")] == [
        90.0, 90.0, 0.1, 7200.0, -1.0,
    ]  # fmt: skip
