"""A console that was killed leaves no process of ours on any node."""

from __future__ import annotations

import signal
import time

import pytest

from haconsole.lab.api import LabHandle
from tests.support.terminal import Terminal

pytestmark = pytest.mark.lab

NODES = ("bastion", "lb01", "lb02", "web01", "web02")


def ours(pair: LabHandle) -> dict[str, list[str]]:
    """What the operator's sessions run on each node: everything below sshd, and its children."""
    found = {}
    for node in NODES:
        listing = pair.exec(node, ["ps", "-eo", "user:20,args", "--no-headers"]).stdout
        found[node] = [
            line
            for line in listing.splitlines()
            if line.startswith("ops")
            or any(word in line for word in ("ip -ts", "journalctl", "tail -", "sshd: ops", "sudo"))
        ]
    return found


def wait(condition, timeout_s: float):
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {timeout_s} s"
        time.sleep(0.1)
    return value


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left(pair: LabHandle, end: signal.Signals) -> None:
    before = ours(pair)
    console = Terminal.console(str(pair.inventory))
    try:
        console.until("SERVING")

        def watching() -> bool:
            running = " ".join(line for lines in ours(pair).values() for line in lines)
            return all(word in running for word in ("ip -ts", "journalctl", "tail -"))

        wait(watching, 20)
        console.process.send_signal(end)
        console.process.wait(10)
        wait(lambda: ours(pair) == before, 10)
    finally:
        console.close()
