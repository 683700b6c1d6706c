"""Jobs: changes that outlive their link, on a real host."""

from __future__ import annotations

import contextlib
import time

import pytest

from haconsole.lab.api import LabHandle
from haconsole.transport.commands import Command, Effect, LedgerEntry
from haconsole.transport.errors import ReadOnlyRefusedError, TransportError
from haconsole.transport.jobs import JOBS, forget
from haconsole.transport.transport import Transport
from tests.support.entering import entering as enter

pytestmark = pytest.mark.lab
HOST = "web01"


def entering(pair: LabHandle, **how):
    return enter(pair.inventory, [HOST], **how)


def change(script: str, **more) -> Command:
    return Command("try", script, Effect.CHANGES, root=True, timeout_s=60, **more)


async def run(door: Transport, command: Command, job_id: str) -> tuple[list[str], int | None]:
    lines: list[str] = []
    status = None
    async with contextlib.aclosing(door.job(HOST, command, job_id)) as batches:
        async for batch in batches:
            lines += batch.lines
            status = batch.exit_status
    await door.run(HOST, forget(job_id))
    return lines, status


async def test_output_status_and_input(pair: LabHandle) -> None:
    ledger: list[LedgerEntry] = []
    async with entering(pair, ledger=ledger) as door:
        command = change('cat; echo "it\'s" >&2; id -u; exit 3', stdin=b"geheim 1\n")
        assert await run(door, command, "t1") == (["geheim 1", "it's", "0"], 3)
        assert [e.script for e in ledger if e.name == "try"] == [command.script]
        assert not any("geheim" in entry.script for entry in ledger)
        assert pair.exec(HOST, ["ls", JOBS]).stdout.split() == []
        # Quick ones are quick: no second goes by.
        began = time.monotonic()
        assert (await run(door, change(":"), "t2"))[1] == 0
        assert time.monotonic() - began < 1


async def test_a_job_survives_its_link_and_is_found_again(pair: LabHandle) -> None:
    command = change(
        "echo begun; while [ ! -e /tmp/go ]; do sleep 0.1; done; rm /tmp/go; echo ended; exit 5"
    )
    pair.exec(HOST, ["rm", "-f", "/tmp/go", "/tmp/n"])
    async with entering(pair) as door:
        batches = door.job(HOST, command, "t3")
        assert (await anext(batches)).lines == ["begun"]
        await door.close()
        with pytest.raises(TransportError):
            async for _ in batches:
                pass
    processes = pair.exec(HOST, ["ps", "-eo", "args"]).stdout
    assert f"{JOBS}/t3/script" in processes
    async with entering(pair) as door:
        pair.exec(HOST, ["touch", "/tmp/go"])
        assert await run(door, command, "t3") == (["begun", "ended"], 5)
    assert f"{JOBS}/t3" not in pair.exec(HOST, ["ps", "-eo", "args"]).stdout


async def test_its_time_is_bounded(pair: LabHandle) -> None:
    async with entering(pair) as door:
        command = Command("try", "sleep 60", Effect.CHANGES, root=True, timeout_s=1)
        lines, status = await run(door, command, "t4")
        assert status == 124
        assert lines == ["It took longer than 1 seconds and was ended."]


async def test_a_killed_job_says_so(pair: LabHandle) -> None:
    async with entering(pair) as door:
        batches = door.job(HOST, change("echo begun; sleep 60"), "t5")
        await anext(batches)
        pair.exec(HOST, ["sh", "-c", f"kill -9 $(cat {JOBS}/t5/pid); pkill -9 -f {JOBS}/t5/scrip"])
        last = [batch async for batch in batches][-1]
        assert last.exit_status == 70
        assert last.problem == "It was ended on the node before its end."
        # The next one begins anew.
        assert await run(door, change("echo again"), "t5") == (["again"], 0)


async def test_read_only_refuses(pair: LabHandle) -> None:
    async with entering(pair, writable=False) as door:
        with pytest.raises(ReadOnlyRefusedError):
            await run(door, change("touch /tmp/never"), "t6")
    assert pair.exec(HOST, ["test", "-e", "/tmp/never"]).returncode == 1
