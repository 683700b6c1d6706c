"""200 hosts: from the start of the console to the full picture, its memory, and its idle cost.

The hosts are asyncssh servers in one other process that run the real commands of the console in
a real ``sh`` each; the console is the real one, in a terminal. Client and servers share the
machine, so the figures hold the servers' work too; connecting alone is in ``bench_transport``.

``python -m tests.benchmarks.bench_many [HOSTS]``
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from haconsole.domain.events import LinkStatus
from haconsole.domain.model import Access, Cluster, Host, Role, Site, Vip
from haconsole.domain.state import State
from haconsole.monitor.monitor import Monitor
from haconsole.transport.prompts import NoPrompter
from haconsole.transport.transport import Transport
from haconsole.ui.app import ConsoleApp

GOAL_S, GOAL_MB = 5.0, 80.0
IDLE_S = 20.0


def many_site(folder: Path, ports: dict[str, int]) -> Site:
    """A site of the served hosts; its VIP is a loopback address that nobody answers on."""
    base = Access(
        "127.0.0.1",
        user="operator",
        identity_files=(folder / "id_test",),
        ssh_config=(),
        known_hosts=folder / "known_hosts",
        connect_timeout_s=30,
    )
    hosts = [
        Host(
            name,
            Role.LB if name.startswith("lb") else Role.WEB,
            dataclasses.replace(base, port=port),
        )
        for name, port in ports.items()
    ]
    lbs = tuple(host for host in hosts if host.role is Role.LB)
    webs = tuple(host for host in hosts if host.role is Role.WEB)
    return Site("many", (Cluster("many", lbs, webs, (Vip("127.0.0.99", check_port=9),)),))


def shown(state: State) -> tuple[int, int]:
    """Return how many hosts are up, and how many of them were read."""
    up = read = 0
    for host in state.site.hosts:
        known = state.host(host.name)
        up += known.link.status is LinkStatus.UP
        read += known.addresses.at is not None and known.load.at is not None
    return up, read


def rss_mb() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def console(folder: Path, ports: dict[str, int], began: float) -> dict[str, float]:
    """Run the console headless until every host is shown, then idle; return the figures."""
    site = many_site(folder, ports)
    monitor = Monitor(Transport(site, prompter=NoPrompter()))
    app = ConsoleApp(monitor)
    figures: dict[str, float] = {"imported_mb": rss_mb()}
    async with app.run_test(size=(120, 40)):
        while True:
            up, read = shown(monitor.state)
            if up == len(ports) and "connected_s" not in figures:
                figures["connected_s"] = time.time() - began
            if read == len(ports):
                figures["read_s"] = time.time() - began
                break
            if time.time() - began > 120:
                raise SystemExit(f"only {up} of {len(ports)} hosts are up, {read} were read")
            await asyncio.sleep(0.02)
        figures["memory_mb"] = rss_mb()
        cpu, at = time.process_time(), time.monotonic()
        await asyncio.sleep(IDLE_S)
        figures["idle_percent"] = 100 * (time.process_time() - cpu) / (time.monotonic() - at)
        figures["memory_later_mb"] = rss_mb()
    return figures


def main(arguments: list[str]) -> None:
    """Serve, measure in a process of its own, print."""
    if arguments[:1] == ["--console"]:
        folder, ports = Path(arguments[1]), json.loads(arguments[2])
        print(json.dumps(asyncio.run(console(folder, ports, float(arguments[3])))))
        return
    number = int(arguments[0]) if arguments else 200
    with tempfile.TemporaryDirectory(prefix="many") as made:
        again = ["-m", "tests.benchmarks.bench_many"]
        words = ["-m", "tests.support.sshsite", "--nodes", str(number), "--no-jump"]
        server = subprocess.Popen(
            [sys.executable, *words, "--folder", made],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        assert server.stdin
        try:
            ports = json.loads(server.stdout.readline())["ports"]
            done = subprocess.run(
                [sys.executable, *again, "--console", made, json.dumps(ports), str(time.time())],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env={**os.environ, "TEXTUAL": ""},
            )
        finally:
            server.stdin.close()
            server.wait(30)
    figures = json.loads(done.stdout.splitlines()[-1])
    print(f"{number} hosts, from the start of the process (imports and all)")
    print(f"  every link up            {figures['connected_s']:7.2f} s   (goal {GOAL_S:g})")
    print(f"  every host read          {figures['read_s']:7.2f} s   (servers share the cores)")
    print(
        f"  memory                   {figures['memory_mb']:7.1f} MB  (goal {GOAL_MB:g}; "
        f"{figures['imported_mb']:.1f} before the first link, "
        f"{figures['memory_later_mb']:.1f} after {IDLE_S:g} s)"
    )
    print(f"  CPU while watching       {figures['idle_percent']:7.1f} % of a core")


if __name__ == "__main__":
    main(sys.argv[1:])
