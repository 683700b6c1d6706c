"""What a modelled host costs: one round of the console's readings, and the memory of a host.

``python -m tests.demo.system.bench_hosts [--hosts 100]`` prints the figures beside those of
the same scripts in the real ``sh`` of this machine, taken in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import shutil
import subprocess
import time
import tracemalloc
from pathlib import Path

from haconsole.demo.system.machine import Machine
from haconsole.demo.system.streams import Collector, make_pipe
from haconsole.monitor.daemon import DaemonReader
from haconsole.monitor.full import FullReading
from haconsole.monitor.hostwatch import PERIOD_S
from haconsole.transport.wrappers import frame, launch, shell_body, shell_preamble
from tests.demo.system.hosts import ENV, make_host
from tests.support.sshsite import SshSite

NONCE = "hac00"


async def _say(inv) -> int:
    await inv.print("x" * 300)
    return 0


class Console:
    """A long-lived shell on a host, asked as the console asks it."""

    def __init__(self, host: Machine) -> None:
        for name in ("ip", "systemctl", "ping", "nft", "iptables"):
            host.programs[name] = _say
        reader, self._writer = make_pipe()
        self._writer.share()
        self._out = Collector()
        fds = {0: reader, 1: self._out, 2: Collector()}
        host.spawn(["sh", "-c", launch(shell_body(NONCE))], fds=fds, env=ENV, new_session=True)
        cluster = SshSite(Path()).site.clusters[0]
        self._scripts = [
            FullReading(cluster.lbs[0], cluster).command.script,
            DaemonReader().look.script,
        ]

    async def begin(self) -> None:
        await self._writer.write(shell_preamble())

    async def round(self) -> None:
        for script in self._scripts:
            self._out.data.clear()
            await self._writer.write(frame(script, NONCE))
            while f"\x1e{NONCE} ".encode() not in self._out.data:
                await asyncio.sleep(0.001)


async def measure(hosts: int) -> tuple[float, float]:
    """Return CPU seconds of one round on every host, and bytes a host."""
    tracemalloc.start()
    machines = [make_host(f"h{n}") for n in range(hosts)]
    size = tracemalloc.get_traced_memory()[0] / hosts
    tracemalloc.stop()
    consoles = [Console(machine) for machine in machines]
    for console in consoles:
        await console.begin()
        await console.round()
    began = time.process_time()
    for console in consoles:
        await console.round()
    spent = time.process_time() - began
    for machine in machines:
        await machine.stop()
    return spent, size


def real_round() -> float:
    """CPU seconds of the same scripts in the real shell, once."""
    cluster = SshSite(Path()).site.clusters[0]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for script in (FullReading(cluster.lbs[0], cluster).command.script, DaemonReader().look.script):
        subprocess.run(["sh", "-c", script], capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int, default=100)
    hosts = parser.parse_args().hosts
    spent, size = asyncio.run(measure(hosts))
    print(f"a round of readings on one modelled host  {spent / hosts * 1e3:8.2f} ms of CPU")
    print(f"{hosts} hosts, a round every {PERIOD_S} s            {spent / PERIOD_S:8.1%} of a core")
    print(f"memory of a modelled host                 {size / 1024:8.0f} KiB")
    if shutil.which("sh"):
        print(f"the same scripts in this machine's sh     {real_round() * 1e3:8.2f} ms of CPU")


if __name__ == "__main__":
    main()
