"""Transient timers, as systemd 252 has them: what a drill's undo is armed with."""

from __future__ import annotations

import asyncio

from haconsole.demo.world.host import DemoHost
from tests.demo.world.stories import lb01_story as story

ARM = (
    "systemd-run -q --on-active={after} --unit=haconsole-undo-d1 "
    "--timer-property=AccuracySec=100ms --description='undo it' /bin/sh -c '{script}'"
)
#: Where systemd keeps both units meanwhile.
FOLDER = "/run/systemd/transient"


async def sh(host: DemoHost, script: str) -> str:
    return (await host.do("sh", "-c", f"exec 2>&1; {script}"))[1]


def test_a_timer_waits_runs_and_is_gone() -> None:
    async def tell(host: DemoHost) -> None:
        assert not await sh(host, ARM.format(after=3, script="sleep 1; echo $? >/tmp/undone"))
        both = "systemctl is-active haconsole-undo-d1.timer haconsole-undo-d1.service"
        assert await sh(host, both) == "active\ninactive\n"
        assert await sh(host, f"ls {FOLDER}") == (
            "haconsole-undo-d1.service\nhaconsole-undo-d1.timer\n"
        )
        listed = await sh(host, "systemctl list-timers --no-legend 'haconsole-*'")
        assert listed.endswith("3s left - - haconsole-undo-d1.timer haconsole-undo-d1.service\n")
        shown = await sh(host, "systemctl show -p NextElapseUSecMonotonic haconsole-undo-d1.timer")
        assert shown.startswith("NextElapseUSecMonotonic=5d 3")
        await asyncio.sleep(3.5)
        assert await sh(host, both) == "active\nactive\n"
        units = await sh(host, "systemctl list-units --no-legend --plain 'haconsole-*'")
        assert units.splitlines() == [
            "haconsole-undo-d1.service loaded active running undo it",
            "haconsole-undo-d1.timer   loaded active running undo it",
        ]
        await asyncio.sleep(1)
        assert await sh(host, f"{both}; ls {FOLDER}; cat /tmp/undone") == "inactive\ninactive\n0\n"

    story(tell)


def test_a_timer_that_was_stopped_leaves_nothing_and_starts_nothing() -> None:
    async def tell(host: DemoHost) -> None:
        await sh(host, ARM.format(after="2s", script="echo >/tmp/undone"))
        assert "already loaded" in await sh(host, ARM.format(after=9, script=":"))
        assert await sh(host, "systemctl stop haconsole-undo-d1.timer") == ""
        assert await sh(host, f"ls {FOLDER}") == ""
        assert await sh(host, "systemctl list-units --all --no-legend 'haconsole-*'") == ""
        again = await sh(host, "systemctl stop haconsole-undo-d1.timer; echo $?")
        assert again.endswith("Unit haconsole-undo-d1.timer not loaded.\n5\n")
        await asyncio.sleep(5)
        assert not host.machine.files.exists("/tmp/undone")

    story(tell)


def test_a_service_of_a_timer_that_fails_stays_to_be_seen() -> None:
    async def tell(host: DemoHost) -> None:
        await sh(host, ARM.format(after="200ms", script="exit 3"))
        await asyncio.sleep(0.5)
        states = "systemctl is-active haconsole-undo-d1.timer haconsole-undo-d1.service"
        assert await sh(host, states) == "inactive\nfailed\n"
        assert await sh(host, "systemctl reset-failed 'haconsole-undo-*'; echo $?") == "0\n"
        assert await sh(host, f"ls {FOLDER}; {states}") == "inactive\ninactive\n"

    story(tell)


def test_what_is_no_property_of_a_timer_is_refused() -> None:
    async def tell(host: DemoHost) -> None:
        said = await sh(host, "systemd-run --on-active=1 --timer-property=Bogus=1 true; echo $?")
        assert said == "Unknown assignment: Bogus=1\n1\n"

    story(tell)
