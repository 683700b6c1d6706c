"""Runs on real hosts: order, locks, failures, stops, lost links and killed consoles."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from haconsole.domain.notes import note
from haconsole.lab.api import LabHandle
from haconsole.procedures import stepping
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Phase, Plan, Step
from haconsole.procedures.progress import RunProgress, RunStatus, StepStatus
from haconsole.procedures.steps.looks import look
from haconsole.procedures.steps.services import enable_and_start, stop_and_disable
from haconsole.procedures.steps.shell import changes, reads
from haconsole.transport.commands import Effect, LedgerEntry
from tests.support.entering import entering

pytestmark = pytest.mark.lab
HOSTS = ["web01", "web02"]


def touching(name: str, host: str = "web01", *, script: str = "", undo: bool = True) -> Step:
    """A step that makes a file in ``/run/try``, and writes its name down there."""
    path = f"/run/try/{name}"
    return Step(
        id=f"{name}@{host}",
        title=note("make {name}", name=name),
        reason=note("a test"),
        host=host,
        check=reads("is it there", f"[ -e {path} ] || exit 1"),
        do=changes("make it", f"{script}\nmkdir -p /run/try && echo {name} >>/run/try/order && "
                              f"touch {path}"),
        verify=reads("is it there now", f"[ -e {path} ]"),
        undo=changes("unmake it", f"rm -f {path}; echo -{name} >>/run/try/order") if undo else None,
    )  # fmt: skip


def plan_of(*lanes: tuple[Step, ...], parallel: bool = False) -> Plan:
    return Plan("try", note("Try"), "web", (Phase(note("All"), lanes, parallel),))


@pytest.fixture
def clean(lab: LabHandle):
    yield lab
    for host in HOSTS:
        lab.exec(host, ["sh", "-c", "rm -rf /run/try; rm -f /run/haconsole-*.lock"])
        assert lab.exec(host, ["sh", "-c", "ls /var/lib/haconsole/jobs"]).stdout == ""


def order(lab: LabHandle, host: str = "web01") -> list[str]:
    return lab.exec(host, ["cat", "/run/try/order"]).stdout.split()


async def test_a_dry_run_prints_exactly_what_a_run_sends(clean: LabHandle) -> None:
    steps = (touching("a"), touching("b"), touching("c", "web02"))
    ledger: list[LedgerEntry] = []
    async with entering(clean.inventory, HOSTS, ledger=ledger) as door:
        going = Run(door, plan_of(steps[:2], steps[2:]))
        planned = [(step.host, step.do.script) for step in going.plan.steps if step.do]
        await going.survey()
        assert not any(entry.effect is Effect.CHANGES for entry in ledger)
        await going.execute()
        assert going.progress.status is RunStatus.DONE
        bookkeeping = ("hold the lock", "clear away")
        sent = [
            (e.host, e.script)
            for e in ledger
            if e.effect is Effect.CHANGES and e.name not in bookkeeping and e.outcome == "done"
        ]
        assert sent == planned
        await going.roll_back()
    assert order(clean) == ["a", "b", "-b", "-a"]


async def test_a_failure_stops_the_lane_and_a_retry_goes_on(clean: LabHandle) -> None:
    steps = (
        touching("a"),
        touching("b", script='[ -e /run/try/go ] || { echo "no go yet" >&2; exit 4; }'),
        touching("c"),
    )
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of(steps, (touching("d", "web02"),)))
        await going.execute()
        assert going.progress.status is RunStatus.FAILED
        statuses = [going.progress.of(step.id).status for step in going.plan.steps]
        assert statuses == [
            StepStatus.DONE, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.SKIPPED,
        ]  # fmt: skip
        assert str(going.progress.of("b@web01").problem) == "no go yet"
        clean.exec("web01", ["touch", "/run/try/go"])
        again = await going.execute()
        assert again.status is RunStatus.DONE
        assert going.progress.of("a@web01").status in (StepStatus.DONE, StepStatus.SATISFIED)
    assert order(clean) == ["a", "b", "c"]
    assert order(clean, "web02") == ["d"]


async def test_a_stop_ends_after_the_step_that_runs(clean: LabHandle) -> None:
    steps = (touching("a", script="sleep 1"), touching("b"))
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of(steps))

        def hear(progress: RunProgress) -> None:
            if progress.of("a@web01").status is StepStatus.RUNNING:
                going.stop()

        going.subscribe(hear)
        await going.execute()
        assert going.progress.status is RunStatus.STOPPED
        assert going.progress.of("a@web01").status is StepStatus.DONE
        assert going.progress.of("b@web01").status is StepStatus.SKIPPED
    assert order(clean) == ["a"]


async def test_two_consoles_do_not_run_plans_at_once(clean: LabHandle) -> None:
    slow = touching("a", script="sleep 3")
    async with (
        entering(clean.inventory, HOSTS) as one,
        entering(clean.inventory, HOSTS) as other,
    ):
        first = Run(one, plan_of((slow,)), who="anna@desk")
        running = asyncio.create_task(first.execute())
        while first.progress.of(slow.id).status is not StepStatus.RUNNING:
            await asyncio.sleep(0.01)
        second = Run(other, plan_of((touching("b"),)), who="ben@desk")
        await second.execute()
        assert second.progress.status is RunStatus.FAILED
        problem = str(second.progress.problem)
        assert problem.startswith("web01 is locked: anna@desk has run a plan there for ")
        await running
        assert first.progress.status is RunStatus.DONE
        assert (await second.execute()).status is RunStatus.DONE
    assert order(clean) == ["a", "b"]


async def test_a_killed_console_holds_no_lock_and_its_job_is_found(clean: LabHandle) -> None:
    slow = touching("a", script="while [ ! -e /run/try-go ]; do sleep 0.1; done; rm /run/try-go")
    async with entering(clean.inventory, HOSTS) as door:
        first = Run(door, plan_of((slow, touching("b"))))
        running = asyncio.create_task(first.execute())
        while first.progress.of(slow.id).status is not StepStatus.RUNNING:
            await asyncio.sleep(0.01)
        while f"{stepping.job_id(slow)}/script" not in clean.exec("web01", ["ps", "ax"]).stdout:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with entering(clean.inventory, HOSTS) as door:
        stranger = Run(door, plan_of((touching("c"),)))
        await stranger.execute()
        assert "still works on “a-" in str(stranger.progress.problem)
        again = Run(door, plan_of((slow, touching("b"))))
        running = asyncio.create_task(again.execute())
        while again.progress.of(slow.id).status is not StepStatus.RUNNING:
            await asyncio.sleep(0.01)
        clean.exec("web01", ["touch", "/run/try-go"])
        await running
        assert again.progress.status is RunStatus.DONE
    assert order(clean) == ["a", "b"]  # once, not twice


async def test_a_job_that_was_handed_over_and_never_begun_is_cleared(clean: LabHandle) -> None:
    """A console killed between the two leaves a whole folder, and nothing that works on it."""
    left = "/var/lib/haconsole/jobs/left-0123456789"
    make = f"mkdir -p {left} && cd {left} && : >log && : >input && echo true >script && cat "
    made = clean.exec("web01", ["sh", "-c", f"{make} /proc/sys/kernel/random/boot_id >boot"])
    assert made.returncode == 0
    async with entering(clean.inventory, HOSTS) as door:
        run = Run(door, plan_of((touching("a"),)))
        assert (await run.execute()).status is RunStatus.DONE
    assert clean.exec("web01", ["test", "-e", left]).returncode == 1


async def test_a_lost_link_is_waited_for(clean: LabHandle) -> None:
    slow = touching("a", script="sleep 2")
    seen = set()
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of((slow, touching("b"))))
        going.subscribe(lambda progress: seen.add(progress.of(slow.id).status))
        running = asyncio.create_task(going.execute())
        while going.progress.of(slow.id).status is not StepStatus.RUNNING:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        # The sessions go, and sshd takes new ones at once.
        clean.exec("web01", ["sh", "-c", "pkill -f 'sshd: ops'"])
        await running
        assert going.progress.status is RunStatus.DONE, str(going.progress.of(slow.id).problem)
        assert StepStatus.LINK_LOST in seen
    assert order(clean) == ["a", "b"]


async def test_read_only_refuses_before_anything_is_done(clean: LabHandle) -> None:
    async with entering(clean.inventory, HOSTS, writable=False) as door:
        going = Run(door, plan_of((touching("a"),)))
        await going.survey()
        assert going.progress.of("a@web01").status is StepStatus.PENDING
        await going.execute()
        assert going.progress.status is RunStatus.FAILED
        assert "read-only" in str(going.progress.problem)
    assert clean.exec("web01", ["test", "-e", "/run/try/a"]).returncode == 1


async def test_services_are_started_and_left_as_they_were(clean: LabHandle) -> None:
    unit = "[Service]\\nExecStart=/bin/sleep 600\\n[Install]\\nWantedBy=multi-user.target\\n"
    clean.exec("web01", ["sh", "-c", f"printf '{unit}' >/etc/systemd/system/try.service"])
    start = enable_and_start("web01", "try", reason=note("a test"))
    stop = stop_and_disable("web01", "try", reason=note("a test"))
    state = ["sh", "-c", "systemctl is-active try; systemctl is-enabled try"]
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of((start,)))
        await going.execute()
        assert going.progress.status is RunStatus.DONE, going.progress
        assert clean.exec("web01", state).stdout.split() == ["active", "enabled"]
        await going.roll_back()
        assert clean.exec("web01", state).stdout.split() == ["inactive", "disabled"]
        await Run(door, plan_of((start,))).execute()
        clean.exec("web01", ["systemctl", "stop", "try"])
        later = Run(door, plan_of((start,)))
        await later.execute()
        assert clean.exec("web01", state).stdout.split() == ["active", "enabled"]
        await later.roll_back()  # to what this run found, not the first one
        assert clean.exec("web01", state).stdout.split() == ["inactive", "enabled"]
        await Run(door, plan_of((stop,))).execute()
        assert clean.exec("web01", state).stdout.split() == ["inactive", "disabled"]
    clean.exec("web01", ["sh", "-c", "rm /etc/systemd/system/try.service; systemctl daemon-reload"])


async def test_a_unit_that_does_not_start_says_why(clean: LabHandle) -> None:
    unit = '[Service]\\nExecStart=/bin/sh -c "echo the port is taken >&2; exit 3"\\nType=oneshot\\n'
    clean.exec("web01", ["sh", "-c", f"printf '{unit}[Install]\\nWantedBy=multi-user.target\\n' "
                                     ">/etc/systemd/system/try.service"])  # fmt: skip
    start = enable_and_start("web01", "try", reason=note("a test"))
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of((start,)))
        await going.execute()
        problem = str(going.progress.of(start.id).problem)
        assert problem.startswith("try did not start: ")
        assert "the port is taken" in problem
        await going.roll_back()
    clean.exec("web01", ["sh", "-c", "rm /etc/systemd/system/try.service; systemctl daemon-reload"])


async def test_what_only_looks_is_asked_until_it_is_so(clean: LabHandle) -> None:
    seen = look("web01", note("x"), note("y"), "[ -e /run/try/b ] || { echo not yet >&2; exit 1; }",
                id="look", settle_s=1.0)  # fmt: skip
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of((seen,)))
        await going.execute()
        assert str(going.progress.of(seen.id).problem) == "not yet"
        second = Run(door, plan_of((touching("b"), seen)))
        await second.execute()
        assert second.progress.status is RunStatus.DONE


async def test_a_stop_waits_until_what_was_opened_is_closed(clean: LabHandle) -> None:
    opening = replace(touching("a", script="sleep 1"), closed_by="c@web01")
    steps = (opening, touching("b"), touching("c"), touching("d"))
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of(steps))
        going.subscribe(
            lambda now: going.stop() if now.of("a@web01").status is StepStatus.RUNNING else None
        )
        await going.execute()
        assert going.progress.status is RunStatus.STOPPED
        assert going.progress.of("d@web01").status is StepStatus.SKIPPED
    assert order(clean) == ["a", "b", "c"]


async def test_a_failure_names_what_is_left_open(clean: LabHandle) -> None:
    opening = replace(touching("a"), closed_by="c@web01")
    steps = (opening, touching("b", script="exit 3"), touching("c"))
    async with entering(clean.inventory, HOSTS) as door:
        going = Run(door, plan_of(steps))
        await going.execute()
        assert going.progress.status is RunStatus.FAILED
        assert str(going.progress.problem).startswith("Still so: make a. Run it again")
