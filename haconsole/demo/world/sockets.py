"""``ss`` and ``tcpdump``, the little of them that a look at VRRP and nginx needs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from haconsole.demo.system.interrupts import until_interrupted
from haconsole.demo.system.invocation import Invocation, Program
from haconsole.demo.system.machine import Machine

from .adverts import Advert
from .nginx import Nginx
from .stack import GROUP, Stack


def ss(stack: Stack, machine: Machine) -> Program:
    """Return ``ss``: what listens (``-l``, ``-t``, ``-n``, ``-p``)."""

    async def run(call: Invocation) -> int:
        shows_processes = any("p" in word for word in call.args if word.startswith("-"))
        head = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port"
        await call.print(head + (" Process" if shows_processes else ""))
        for port, service in sorted(stack.services.items()):
            for host in _hosts(service, port):
                users = ""
                if shows_processes and call.uid == 0:
                    name = "nginx" if isinstance(service, Nginx) else "sshd"
                    pids = [p.pid for p in machine.processes.find(name)]
                    inner = ",".join(f'("{name}",pid={pid},fd=6)' for pid in pids)
                    users = f" users:({inner})" if pids else ""
                address = f"{host}:{port}"
                await call.print(f"LISTEN 0      511    {address:>18} {'0.0.0.0:*':>17}{users}")
        return 0

    return run


def _hosts(service: object, port: int) -> list[str]:
    if isinstance(service, Nginx) and service.site:
        listens = [listen for server in service.site.servers for listen in server.listens]
        return sorted({host or "0.0.0.0" for host, there in listens if there == port})  # noqa: S104
    return ["0.0.0.0"]  # noqa: S104 - what it prints


def tcpdump(stack: Stack) -> Program:
    """Return ``tcpdump``: VRRP as it comes and goes, until ``-c`` packets were seen."""

    async def run(call: Invocation) -> int:
        if call.uid != 0:
            text = f"{stack.nic.name}: You don't have permission to capture on that device"
            return await call.error(text)
        args = call.args
        limit = int(args[args.index("-c") + 1]) if "-c" in args else 0
        verbose = any(word.startswith("-") and "v" in word for word in args)
        seen: asyncio.Queue[tuple[float, Advert]] = asyncio.Queue(1000)

        count = 0

        def tap(advert: Advert, _: bool) -> None:
            if not seen.full():
                seen.put_nowait((call.machine.clock(), advert))

        async def show() -> None:
            nonlocal count
            while not limit or count < limit:
                at, advert = await seen.get()
                count += 1
                await call.print(packet_line(advert, at, verbose=verbose))

        stack.taps.append(tap)
        try:
            await call.stderr.write(
                "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n"
                f"listening on {stack.nic.name}, link-type EN10MB (Ethernet), snapshot length "
                "262144 bytes\n"
            )
            if await until_interrupted(call, show()):
                await call.stderr.write("\n")
        finally:
            stack.taps.remove(tap)
        await call.stderr.write(f"{count} packets captured\n")
        return 0

    return run


def packet_line(advert: Advert, at: float, *, verbose: bool = False) -> str:
    """Return what tcpdump 4.99 prints for an advert. ``at``: epoch seconds."""
    when = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")
    auth = {0: "none", 1: "simple", 2: "ah"}[advert.auth_type]
    interval = f"{advert.advert_int_s:.0f}s" if advert.version == 2 else (
        f"{advert.advert_int_s * 100:.0f}cs")  # fmt: skip
    length = 16 + 4 * len(advert.vips) if advert.version == 2 else 8 + 4 * len(advert.vips)
    text = (
        f"VRRPv{advert.version}, Advertisement, vrid {advert.vrid}, prio {advert.priority}"
        + (f", authtype {auth}" if advert.version == 2 else "")
        + f", intvl {interval}, length {length}"
    )
    if verbose:
        text += f", addrs: {','.join(advert.vips)}"
        text += f' auth "{advert.password}"' if advert.auth_type == 1 else ""
    target = GROUP if advert.group else "unicast"
    return f"{when} IP {advert.source} > {target}: {text}"
