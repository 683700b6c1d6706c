"""A console that was killed leaves no process of ours on any node."""

from __future__ import annotations

import signal
import time

import pytest

from haconsole.lab.api import LabHandle
from tests.support.terminal import Terminal

pytestmark = pytest.mark.lab

NODES = ("bastion", "lb01", "lb02", "web01", "web02")


def ours(pair: LabHandle) -> list[str]:
    """What operators' sessions run on the nodes: sshd's children, what they started, and sudo."""
    return [
        f"{node}: {line}"
        for node in NODES
        for line in pair.exec(
            node, ["ps", "-eo", "user:20,pid,ppid,stat,etimes,args", "--no-headers"]
        ).stdout.splitlines()
        if line.startswith("ops")
        or any(word in line for word in ("ip -ts", "journalctl", "tail -", "sshd: ops", "sudo"))
    ]


def until_nothing(pair: LabHandle, timeout_s: float) -> None:
    """Wait until no node runs anything of an operator's, or fail with what is still there."""
    deadline = time.monotonic() + timeout_s
    while left := ours(pair):
        assert time.monotonic() < deadline, f"after {timeout_s} s:\n" + "\n".join(left)
        time.sleep(0.1)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left(pair: LabHandle, end: signal.Signals) -> None:
    # The test before this one may have closed its console a moment ago.
    until_nothing(pair, 20)
    console = Terminal.console(str(pair.inventory))
    try:
        console.until("SERVING")
        deadline = time.monotonic() + 20
        while not all(word in "\n".join(ours(pair)) for word in ("ip -ts", "journalctl", "tail -")):
            assert time.monotonic() < deadline, "the console does not watch within 20 s"
            time.sleep(0.1)
        console.process.send_signal(end)
        console.process.wait(10)
        until_nothing(pair, 10)
    finally:
        console.close()
