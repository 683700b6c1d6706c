"""Consoles that are killed, and links that are cut, wherever it hurts: old or new, no mixture."""

from __future__ import annotations

import asyncio

import pytest

from haconsole.lab.api import LabHandle
from haconsole.procedures.engine import Run
from haconsole.procedures.plan import Plan, Step
from haconsole.procedures.progress import RunStatus
from haconsole.transport.errors import LinkDownError
from haconsole.transport.solo import Solo
from tests.procedures.driving import Driver, driving, told
from tests.procedures.killing import Kills
from tests.support.entering import entering

pytestmark = [pytest.mark.lab, pytest.mark.slow]
#: Procedures, what is answered, and how many files become others.
WAYS = {
    "configure-pair": ({"advert_int": "2"}, 2),
    "configure-balancer": ({"max_fails": "4", "health_port": "8081"}, 4),
    "configure-web": ({"page.web01": "another web01", "page.web02": "another web02"}, 2),
}


async def planned(lab: LabHandle, procedure: str) -> Plan:
    async with driving(lab) as console:
        return await console.plan(procedure, **WAYS[procedure][0])


def written(plan: Plan) -> list[Step]:
    return [step for step in plan.steps if step.file and step.file.changes]


def see_no_mixture(lab: LabHandle, plan: Plan) -> int:
    """Every file is as it was or as it shall be; returns how many are new."""
    new = 0
    for step in written(plan):
        assert step.file is not None
        text = lab.exec(step.host, ["cat", step.file.path])
        now = text.stdout if text.returncode == 0 else None
        assert now in (step.file.before, step.file.after), f"{step.id}: {now!r}"
        new += now == step.file.after
    return new


@pytest.mark.parametrize("procedure", WAYS)
async def test_a_console_killed_at_every_step_is_resumed(pair: LabHandle, procedure: str) -> None:
    given, changing = WAYS[procedure]
    plan = await planned(pair, procedure)
    assert len(written(plan)) == changing
    last = 0

    async def look() -> None:
        nonlocal last
        new = see_no_mixture(pair, plan)
        assert new >= last  # nothing that was done is undone
        last = new

    words = [f"--set={key}={value}" for key, value in given.items()]
    kills = Kills(pair.inventory, plan, ["--overwrite", *words])
    await kills.until_done(look)
    assert kills.begun == kills.met
    assert {step.id for step in written(plan)} <= kills.met
    assert see_no_mixture(pair, plan) == changing
    async with driving(pair) as console:
        await console.apply(procedure, **given)
        assert console.changes == []
    assert pair.exec("lb01", ["sh", "-c", "ls /var/lib/haconsole/jobs"]).stdout == ""


async def test_a_link_cut_in_the_middle_of_a_file_leaves_the_old_one(
    pair: LabHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transport sends the script and half of the file, and then the link is gone."""
    plan = await planned(pair, "configure-balancer")
    begin = Solo.begin
    for step in written(plan):
        assert step.file is not None and step.do is not None
        before = see_no_mixture(pair, plan)
        cut = False

        def half(solo: Solo, script: bytes, stdin: bytes | None) -> None:
            nonlocal cut
            if stdin and b"/script" in script and not cut:
                cut = True
                begin(solo, script, stdin[: len(stdin) // 2])
                process = solo._process
                assert process._channel is not None
                loop = asyncio.get_running_loop()
                connection = process._channel.get_connection()
                loop.call_later(0.3, connection.abort)
            else:
                begin(solo, script, stdin)

        monkeypatch.setattr(Solo, "begin", half)
        async with entering(pair.inventory, [step.host]) as door:
            with pytest.raises(LinkDownError):
                async for _ in door.job(step.host, step.do, "cut"):
                    pass
        assert cut
        monkeypatch.setattr(Solo, "begin", begin)
        # Whatever reached the node: no job of half a file was begun, then or later.
        async with entering(pair.inventory, [step.host]) as door:
            assert pair.exec(step.host, ["test", "-e", "/var/lib/haconsole/jobs/cut"]).returncode
            assert see_no_mixture(pair, plan) == before
            going = Run(door, Plan("x", plan.title, "cut", (_only(step),)), overwrite=True)
            await going.execute()
            assert going.progress.status is RunStatus.DONE, told(going)
        assert see_no_mixture(pair, plan) == before + 1


def _only(step: Step):
    from haconsole.domain.notes import note
    from haconsole.procedures.plan import Phase

    return Phase(note("One"), ((step,),))


async def test_no_secret_is_anywhere(pair: LabHandle, tmp_path) -> None:
    """Ledger, plan, JSON, runbook, output, process lists: searched for the password."""
    import json
    import threading

    from haconsole.journal.ledger import Ledger
    from haconsole.procedures.render import as_json, as_markdown, as_text

    secret = "Zx9qPw7k"
    ledger = Ledger(tmp_path / "ledger.jsonl")
    processes: set[str] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for host in ("lb01", "lb02"):
                processes.update(pair.exec(host, ["ps", "axww", "-o", "args"]).stdout.splitlines())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        async with driving(pair) as console:
            console.door._ledger = ledger.record
            plan = await Driver.plan(console, "configure-pair", auth="pass", auth_pass=secret)
            going = Run(console.door, plan, overwrite=True)
            await going.survey()
            seen = [as_text(plan, going.progress), as_markdown(plan, going.progress)]
            seen.append(json.dumps(as_json(plan, going.progress)))
            await going.execute()
            assert going.progress.status is RunStatus.DONE, told(going)
            seen += [as_markdown(plan, going.progress), repr(going.progress)]
            await going.roll_back()
            seen.append(repr(going.progress))
    finally:
        over.set()
        await asyncio.to_thread(watcher.join)
        ledger.close()
    assert any(secret in (step.file.after or "") for step in written(plan) if step.file)
    assert any("haconsole" in line for line in processes)  # jobs were seen at work
    haystack = [*seen, ledger.path.read_text(), "\n".join(processes)]
    journal = ["journalctl", "--no-pager", "-q"]
    haystack += [pair.exec(host, journal).stdout for host in ("lb01", "lb02")]
    assert [text[:200] for text in haystack if secret in text] == []
