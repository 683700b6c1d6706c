"""Speed of the door beside OpenSSH's ControlMaster, in the same run.

``python -m tests.benchmarks.bench_transport [--rounds N] [--json]`` prints:

* 20 nodes behind a jump host (OpenSSH's sshd, all on loopback): connect, and one command on
  all 20 over warm links; the same with ``ssh`` over ControlMaster connections.
* 200 hosts (asyncssh servers in one other process): from nothing to a shell on each, one
  command on all, and this process's memory.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from haconsole.domain.model import Access, Host, Role, Site
from haconsole.transport.commands import Command
from haconsole.transport.transport import Transport
from tests.support.realsshd import SSHD, RealSshd
from tests.support.sshsite import Answers, make_site

GOAL_WARM_MS = 5.0
GOAL_CONNECT_S = 5.0
GOAL_MEMORY_MB = 80.0
TRUE = Command("bench", ":")
SCRIPT = Command("bench script", "read -r load rest </proc/loadavg; echo $load")
#: Lines that hold the node's clock in nanoseconds, one every 20 ms.
TICKS = Command("ticks", "for i in $(seq 150); do date +%s%N; sleep 0.02; done", timeout_s=60)


def rss_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(li.split()[1]) for li in status.splitlines() if li.startswith("VmRSS")) / 1024


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def connect(site: Site) -> tuple[Transport, float]:
    transport = Transport(site, prompter=Answers())
    began = time.perf_counter()
    await transport.start()
    await asyncio.gather(*(transport.wait_up(host.name) for host in site.hosts))
    return transport, time.perf_counter() - began


async def rounds(transport: Transport, count: int, command: Command = TRUE) -> list[float]:
    names = [host.name for host in transport.site.hosts]
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await asyncio.gather(*(transport.run(name, command) for name in names))
        times.append(time.perf_counter() - began)
    return times


async def ours(site: Site, count: int) -> dict[str, float]:
    transport, connected = await connect(site)
    try:
        await rounds(transport, 5)
        cpu = cpu_s()
        times = await rounds(transport, count)
        cpu = cpu_s() - cpu
        scripts = await rounds(transport, count, SCRIPT)
        delays = await ticks(transport, site.hosts[0].name)
    finally:
        await transport.close()
    return {
        "connect_s": connected,
        "warm_ms": statistics.median(times) * 1e3,
        "warm_p95_ms": quantile(times, 0.95) * 1e3,
        "client_cpu_ms": cpu / count * 1e3,
        "script_ms": statistics.median(scripts) * 1e3,
        "stream_ms": statistics.median(delays) * 1e3,
        "stream_p95_ms": quantile(delays, 0.95) * 1e3,
        "stream_max_ms": max(delays) * 1e3,
    }


async def ticks(transport: Transport, host: str) -> list[float]:
    """Return the seconds from a line's making on the node to its arrival here."""
    delays = []
    async with contextlib.aclosing(transport.stream(host, TICKS)) as batches:
        async for batch in batches:
            now = time.time()
            delays += [now - int(line) / 1e9 for line in batch.lines]
    return delays


async def control_master(jump: RealSshd, ports: list[int], count: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="cm"))
    access = jump.access()
    common = (
        f"User {access.user}\nIdentityFile {jump.user_key}\nIdentitiesOnly yes\n"
        f"UserKnownHostsFile {folder}/known\nStrictHostKeyChecking no\nLogLevel ERROR\n"
        f"BatchMode yes\nControlMaster auto\nControlPersist 60\nControlPath {folder}/%n\n"
    )
    text = f"Host bastion\nHostName 127.0.0.1\nPort {jump.port}\n{common}"
    for number, port in enumerate(ports):
        text += f"Host node{number}\nHostName 127.0.0.1\nPort {port}\nProxyJump bastion\n{common}"
    config = folder / "config"
    config.write_text(text)

    async def ssh(*words: str) -> int:
        process = await asyncio.create_subprocess_exec(
            *("ssh", "-F", str(config), *words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async def everywhere(command: Command = TRUE) -> float:
        began = time.perf_counter()
        calls = (ssh(f"node{n}", command.script) for n in range(len(ports)))
        statuses = await asyncio.gather(*calls)
        if any(statuses):
            raise RuntimeError(f"ssh failed: {statuses}")
        return time.perf_counter() - began

    await ssh("bastion", ":")
    connected = await everywhere()
    await everywhere()
    times = [await everywhere() for _ in range(count)]
    scripts = [await everywhere(SCRIPT) for _ in range(count)]
    for name in [*(f"node{n}" for n in range(len(ports))), "bastion"]:
        await ssh("-O", "exit", name)
    return {
        "connect_s": connected,
        "warm_ms": statistics.median(times) * 1e3,
        "script_ms": statistics.median(scripts) * 1e3,
    }


async def twenty(count: int) -> dict[str, dict[str, float]]:
    """Measure 20 nodes behind a jump host: two sshd on ten ports each, and another."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    more = "MaxStartups 100:30:200"
    async with contextlib.AsyncExitStack() as stack:
        daemons = []
        for name, ports in (("jump", 1), ("a", 10), ("b", 10)):
            (folder / name).mkdir()
            daemon = RealSshd(folder / name, more, ports=ports)
            daemons.append(await stack.enter_async_context(daemon))
        jump, *nodes = daemons
        for daemon in nodes:
            with (daemon.folder / "authorized_keys").open("a") as keys:
                keys.write((jump.folder / "authorized_keys").read_text())
        ways = [node.access("bastion", port=port) for node in nodes for port in node.ports]
        hosts = [
            Host(f"node{n:02}", Role.LB if n < 2 else Role.WEB, way) for n, way in enumerate(ways)
        ]
        site = make_site(hosts, [Host("bastion", Role.JUMP, jump.access())])
        mine = await ours(site, count)
        theirs = await control_master(jump, [way.port or 0 for way in ways], max(3, count // 20))
    return {"ours": mine, "control_master": theirs}


async def two_hundred(jump: bool) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    words = [sys.executable, "-m", "tests.support.sshsite", "--nodes", "200"]
    words += ["--folder", str(folder)] + ([] if jump else ["--no-jump"])
    server = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert server.stdin
    assert server.stdout
    try:
        ports = json.loads(await server.stdout.readline())["ports"]
        site = _site(folder, ports)
        before = rss_mb()
        transport, connected = await connect(site)
        try:
            after = rss_mb()
            times = await rounds(transport, 10)
        finally:
            await transport.close()
    finally:
        server.stdin.close()
        await server.wait()
    return {
        "connect_s": connected,
        "warm_ms": statistics.median(times) * 1e3,
        "memory_mb": after,
        "memory_before_mb": before,
    }


def _site(folder: Path, ports: dict[str, int]) -> Site:
    base = Access(
        "127.0.0.1",
        user="operator",
        identity_files=(folder / "id_test",),
        ssh_config=(),
        known_hosts=folder / "known_hosts",
        connect_timeout_s=30,
    )
    jumps = ("bastion",) if "bastion" in ports else ()
    hosts = [
        Host(
            name,
            Role.LB if name.startswith("lb") else Role.WEB,
            dataclasses.replace(base, port=port, jumps=jumps),
        )
        for name, port in ports.items()
        if name != "bastion"
    ]
    bastion = [
        Host("bastion", Role.JUMP, dataclasses.replace(base, port=ports[name])) for name in jumps
    ]
    return make_site(hosts, bastion)


def report(figures: dict[str, dict[str, float]]) -> list[str]:
    lines = []
    if "ours" in figures:
        mine, theirs = figures["ours"], figures["control_master"]
        lines += [
            "20 nodes through a jump host           haconsole   ControlMaster   ratio",
            f"  connect (s)                          {mine['connect_s']:9.2f}   "
            f"{theirs['connect_s']:13.2f}   {theirs['connect_s'] / mine['connect_s']:5.1f}",
            f"  one command on all, warm (ms)        {mine['warm_ms']:9.2f}   "
            f"{theirs['warm_ms']:13.2f}   {theirs['warm_ms'] / mine['warm_ms']:5.1f}"
            f"   (goal {GOAL_WARM_MS} ms, ratio 10)",
            f"  a script on all, warm (ms)           {mine['script_ms']:9.2f}   "
            f"{theirs['script_ms']:13.2f}   {theirs['script_ms'] / mine['script_ms']:5.1f}",
            f"  a stream's line, node to here (ms)   {mine['stream_ms']:9.2f}"
            f"   (p95 {mine['stream_p95_ms']:.2f}, most {mine['stream_max_ms']:.2f})",
            f"  a command on all, p95 (ms)           {mine['warm_p95_ms']:9.2f}",
            f"  client CPU for it (ms)               {mine['client_cpu_ms']:9.2f}",
        ]
    for name, title in (("direct", "200 hosts"), ("jump", "200 hosts through a jump host")):
        if name in figures:
            one = figures[name]
            lines += [
                title,
                f"  to a shell on each (s)               {one['connect_s']:9.2f}"
                f"   (goal {GOAL_CONNECT_S})",
                f"  one command on all, warm (ms)        {one['warm_ms']:9.2f}",
                f"  memory of the client (MB)            {one['memory_mb']:9.1f}"
                f"   (goal {GOAL_MEMORY_MB}; {one['memory_before_mb']:.1f} before)",
            ]
    return lines


async def measure(count: int, parts: list[str]) -> dict[str, dict[str, float]]:
    figures: dict[str, dict[str, float]] = {}
    if "direct" in parts:
        figures["direct"] = await two_hundred(jump=False)
    if "jump" in parts:
        figures["jump"] = await two_hundred(jump=True)
    if "twenty" in parts:
        if SSHD is None:
            raise SystemExit("sshd is not installed on this machine; it is what is measured.")
        figures |= await twenty(count)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--part", action="append", choices=["twenty", "direct", "jump"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    parts = arguments.part or ["direct", "jump", "twenty"]
    figures = asyncio.run(measure(arguments.rounds, parts))
    print(json.dumps(figures, indent=2) if arguments.json else "\n".join(report(figures)))


if __name__ == "__main__":
    main()
