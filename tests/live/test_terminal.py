"""A real terminal on a real node: bash, sizes, signals, floods, a link that is cut."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from haconsole.inventory import load
from haconsole.lab.api import LabHandle
from haconsole.transport.commands import LedgerEntry
from haconsole.transport.errors import ReadOnlyRefusedError, TransportError
from haconsole.transport.transport import Transport
from tests.live.watching import Operator
from tests.support.shells import sitting
from tests.support.waiting import until

pytestmark = pytest.mark.lab


@contextlib.asynccontextmanager
async def door(
    lab: LabHandle, *, writable: bool = True
) -> AsyncIterator[tuple[Transport, list[LedgerEntry]]]:
    ledger: list[LedgerEntry] = []
    transport = Transport(
        load(lab.inventory), prompter=Operator(), writable=writable, ledger=ledger.append
    )
    await transport.start()
    try:
        await transport.wait_up("lb01")
        yield transport, ledger
    finally:
        await transport.close()


async def test_bash_as_it_is_at_home(lab: LabHandle) -> None:
    async with door(lab) as (transport, ledger), sitting(transport) as seat:
        assert (
            await seat.run("id -un; stty size; echo =$LANG=中文") == "root\n30 100\n=C.UTF-8=中文"
        )
        seat.shell.resize(70, 20)
        assert await seat.run("stty size") == "20 70"
        seat.type("echo 字x\x7f.\x01\x1b[C\x05+\n")
        await seat.until(r"^字\.\+")
        seat.type("sleep 600\n")
        await until(lambda: "sleep 600" in lab.exec("lb01", ["ps", "-eo", "args"]).stdout)
        seat.type("\x03")
        assert await seat.run("echo $?") == "130"
        seat.type("read -s x; echo got ${#x}\n")
        await seat.until("got \\${#x}$|got \\${#x}\n")
        seat.type("hidden-thing\n")
        await seat.until("^got 12")
        assert "hidden-thing" not in seat.text

        seat.type("yes\n")
        await until(lambda: seat.shell.cells.scrolled > 500)
        seat.type("\x03")
        await seat.until(r"\^C\n(.*\n)?root@lb01:~#", 30)
        with pytest.raises(TransportError, match="a shell is open there already"):
            await transport.terminal("lb01", cols=80, rows=24)
        seat.type("exit 7\n")
        await seat.until("The shell on lb01 has ended")
    said = [entry for entry in ledger if entry.name == "terminal"]
    assert [(e.outcome, e.root, e.exit_status) for e in said] == [
        ("opened", True, None),
        ("closed", True, 7),
    ]
    assert all("hidden-thing" not in repr(entry) and "sleep" not in entry.script for entry in said)


async def test_full_screen_programs_come_and_go(lab: LabHandle) -> None:
    async with door(lab) as (transport, _), sitting(transport) as seat:
        seat.type("top -d 1\n")
        await seat.until(r"(?i)PID +USER")
        seat.shell.resize(90, 24)
        await seat.until(r"(?i)PID +USER")
        seat.type("q")
        await seat.until(r"root@lb01:~# *$")
        seat.type("clear; echo back\n")
        await seat.until("^back$")
        seat.type("journalctl --no-hostname -n 200 | less\n")
        await seat.until(r"^:$|\(END\)$|less: (command )?not found|less: not found")
        seat.type("q")


async def test_a_link_that_is_cut_ends_it_with_a_sentence(lab: LabHandle) -> None:
    async with door(lab) as (transport, ledger), sitting(transport) as seat:
        seat.type("sleep 601\n")
        await until(lambda: "sleep 601" in lab.exec("lb01", ["ps", "-eo", "args"]).stdout)
        lab.exec("lb01", ["pkill", "-f", "sshd: ops"])
        await seat.until("The link to lb01 was lost, and the shell ended with it")
        await until(lambda: "sleep 601" not in lab.exec("lb01", ["ps", "-eo", "args"]).stdout)
        assert [e.outcome for e in ledger if e.name == "terminal"] == ["opened", "lost"]


async def test_read_only_refuses(lab: LabHandle) -> None:
    async with door(lab, writable=False) as (transport, ledger):
        with pytest.raises(ReadOnlyRefusedError, match="A shell on lb01 can change anything"):
            await transport.terminal("lb01", cols=80, rows=24)
        assert [e.outcome for e in ledger if e.name == "terminal"] == ["refused"]
