"""Evidence that costs the nodes something, taken when it decides something. Changes nothing.

Each look is bounded: captures and counters take some advert intervals, at most ``_MOST_S``
seconds; requests and pings a second or two. All of them go on at the same time.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from haconsole.domain.facts import Answer
from haconsole.domain.model import Cluster, Host
from haconsole.domain.notes import note
from haconsole.domain.rules.case import Case, Missing, Seen
from haconsole.domain.rules.finding import ActiveCheck
from haconsole.domain.rules.looking import out_of_reach, sides
from haconsole.domain.rules.pieces import Wire
from haconsole.domain.stats import VrrpStats
from haconsole.monitor.answers import TIMEOUT_S, asked_from
from haconsole.monitor.asroot import run_as_root
from haconsole.parsers import keepalived_stats
from haconsole.parsers.errors import ParseError
from haconsole.parsers.tcpdump import parse_adverts, parse_unreachable
from haconsole.transport.commands import Command
from haconsole.transport.door import Door
from haconsole.transport.errors import LateError, LinkDownError, RefusedError, TransportError

from .build import Active

_T = TypeVar("_T")
#: The longest that one look takes, seconds.
_MOST_S = 8.0
#: An interface's name as the kernel takes it.
_INTERFACE = re.compile(r"[\w.:@-]{1,15}\Z")
#: ``-p``: not promiscuous. Passwords (``auth "…"``) stay on the node.
_WIRE = """\
command -v tcpdump >/dev/null 2>&1 || {{ echo "tcpdump is missing on the node" >&2; exit 127; }}
timeout {seconds:g} tcpdump -p -nn -l -v -i {interface} {filter} 2>/dev/null |
  sed 's/auth "[^"]*"/auth "***"/g'
:"""
_FILTER = "'ip proto 112 or icmp[icmptype] == 3'"
#: SIGUSR2, and its file once it is newer and its size stands still (as for the dump).
_STATS = """\
pid=
for p in $(pgrep -x keepalived); do
  IFS= read -r line 2>/dev/null < /proc/$p/stat || continue
  set -- ${line##*) }
  case " $(pgrep -x keepalived | tr '\\n' ' ') " in *" $2 "*) ;; *) pid=$p; break;; esac
done
if [ -z "$pid" ]; then exit 3; fi
path=/proc/$pid/root/tmp/keepalived.stats
before=$(stat -c '%.9Y %i' "$path" 2>/dev/null)
kill -USR2 "$pid" || exit 5
n=0 last=none
while [ $n -lt 40 ]; do
  sleep 0.025
  now=$(stat -c '%.9Y %i %s' "$path" 2>/dev/null)
  if [ -n "$now" ] && [ "${now% *}" != "$before" ] && [ "$now" = "$last" ]; then
    exec cat "$path"
  fi
  last=$now n=$((n + 1))
done
exit 6"""
COUNTERS = Command(name="keepalived's counters", script=_STATS, root=True, timeout_s=8.0)


def wire_command(interface: str, seconds: float) -> Command:
    """Return the command that captures protocol 112 for ``seconds`` on an interface."""
    script = _WIRE.format(seconds=seconds, interface=shlex.quote(interface), filter=_FILTER)
    return Command(name="capture of VRRP", script=script, root=True, timeout_s=seconds + 5.0)


def ping_command(address: str) -> Command:
    """Return the command by which a third host tries to reach an address on its segment."""
    where = shlex.quote(address)
    script = f"ping -c 2 -i 0.3 -W 1 {where} >/dev/null 2>&1; echo $?; ip neigh show to {where}"
    return Command(name="ping", script=script, timeout_s=6.0)


class Evidence:
    """Takes active evidence of a cluster; what was taken before stays until it is taken anew."""

    def __init__(self, door: Door, clock: Callable[[], float] = time.time) -> None:
        self._door = door
        self._clock = clock
        self._missing: dict[tuple[str, str], Missing] = {}
        self.active = Active()

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What could not be taken, and why."""
        return tuple(self._missing.values())

    def forget(self) -> None:
        """Let go of everything that was taken."""
        self.active = Active()
        self._missing.clear()

    async def take(self, case: Case, cluster: Cluster, wanted: Collection[ActiveCheck]) -> Active:
        """Take what is wanted, all at the same time; raises nothing but ``CancelledError``."""
        looks: dict[ActiveCheck, Callable[[Case, Cluster], Coroutine[None, None, None]]] = {
            ActiveCheck.WIRE: self._wires,
            ActiveCheck.COUNTERS: self._counters,
            ActiveCheck.ARP: self._pings,
            ActiveCheck.REQUESTS: self._requests,
        }
        async with asyncio.TaskGroup() as group:
            for want in dict.fromkeys(wanted):
                group.create_task(looks[want](case, cluster))
        return self.active

    async def _wires(self, case: Case, cluster: Cluster) -> None:
        seconds = _span(case)

        async def one(host: Host) -> tuple[str, Seen[Wire]] | None:
            interface = _interface(case, host.name)
            command = wire_command(interface, seconds)
            text = await self._run(host.name, command, "wire")
            if text is None:
                return None
            wire = Wire(seconds, parse_adverts(text), parse_unreachable(text))
            by = f"tcpdump -nni {interface} 'ip proto 112'"
            return host.name, Seen(wire, self._clock(), by)

        found = await self._of_lbs(case, cluster, one)
        self.active = replace(self.active, wires=found)

    async def _counters(self, case: Case, cluster: Cluster) -> None:
        async def one(host: Host) -> tuple[str, Seen[tuple[VrrpStats, ...]]] | None:
            text = await self._run(host.name, COUNTERS, "stats")
            try:
                stats = keepalived_stats.parse_stats(text) if text else None
            except ParseError:
                return None
            by = "kill -USR2; cat /tmp/keepalived.stats"
            return None if stats is None else (host.name, Seen(stats, self._clock(), by))

        before = await self._of_lbs(case, cluster, one)
        await asyncio.sleep(_span(case))
        self.active = replace(
            self.active, stats_before=before, stats=await self._of_lbs(case, cluster, one)
        )

    async def _of_lbs(
        self,
        case: Case,
        cluster: Cluster,
        look: Callable[[Host], Awaitable[tuple[str, Seen[_T]] | None]],
    ) -> Mapping[str, Seen[_T]]:
        up = [host for host in cluster.lbs if case.node(host.name).up]
        found = await asyncio.gather(*(look(host) for host in up))
        return MappingProxyType(dict(one for one in found if one is not None))

    async def _pings(self, case: Case, cluster: Cluster) -> None:
        """Let hosts that can be asked try to reach those that cannot."""
        lost = [host for host in cluster.hosts if out_of_reach(case.node(host.name))]
        up = [host for host in (*cluster.webs, *cluster.lbs) if case.node(host.name).up][:3]
        pings: dict[str, Seen[Mapping[str, bool]]] = {}
        for host in lost:
            command = ping_command(host.address)
            said = await asyncio.gather(*(self._run(w.name, command, "arp") for w in up))
            answers = {
                witness.name: text.startswith("0")
                for witness, text in zip(up, said, strict=True)
                if text
            }
            if answers:
                pings[host.name] = Seen(MappingProxyType(answers), self._clock(), command.script)
        self.active = replace(self.active, pings=MappingProxyType(pings))

    async def _requests(self, case: Case, cluster: Cluster) -> None:
        try:
            via = await asked_from(self._door, cluster)
        except RefusedError:
            via = None
        if via is None:
            return
        hosts = [host for host in cluster.hosts if case.node(host.name).up]
        ports = _ports(case)

        async def ask(url: str) -> Seen[Answer] | None:
            try:
                status, seconds = await self._door.http_get(via or None, url, TIMEOUT_S * 2)
                answer = Answer(status, seconds, via)
            except (LinkDownError, LateError):
                return None  # the way there is gone, or we were late: no word on the host
            except TransportError as error:
                answer = Answer(None, TIMEOUT_S * 2, via, str(error))
            return Seen(answer, self._clock(), f"curl -i {url}")

        urls = {host.name: _url(host.address, ports.get(host.name, 80)) for host in hosts}
        vips = {vip.address: vip.url for vip in cluster.vips}
        names = [*urls, *vips]
        said = await asyncio.gather(*(ask(url) for url in (*urls.values(), *vips.values())))
        found = {name: one for name, one in zip(names, said, strict=True) if one is not None}
        self.active = replace(
            self.active,
            served=MappingProxyType({name: found[name] for name in urls if name in found}),
            answers=MappingProxyType({name: found[name] for name in vips if name in found}),
        )

    async def _run(self, host: str, command: Command, what: str) -> str | None:
        """Return what a command printed; why there is nothing goes to the missing."""
        try:
            result = await run_as_root(self._door, host, command)
        except TransportError as error:
            problem = str(error)
        else:
            if result.ok:
                self._missing.pop((what, host), None)
                return result.stdout
            problem = result.stderr.strip().splitlines()[-1:][0] if result.stderr.strip() else ""
        said = note(
            "{host}: {what} could not be taken: {why}",
            host=host,
            what=_NAMES.get(what, what),
            why=problem or note("no answer"),
        )
        self._missing[what, host] = Missing(what, said, host)
        return None


_NAMES = {
    "wire": note("a capture of VRRP"),
    "stats": note("keepalived's counters"),
    "arp": note("a ping from a third host"),
}


def _span(case: Case) -> float:
    """Return for how long to look, so that more than two adverts of the slowest LB fit."""
    intervals = [
        side.advert_int_s for vip in case.vips for side in sides(case, vip) if side.advert_int_s
    ]
    return min(_MOST_S, 2.2 * max(intervals, default=1.0) + 0.3)


def _interface(case: Case, host: str) -> str:
    """Return where a host speaks VRRP: as its daemon, its file or the inventory says."""
    named = [s.interface for vip in case.vips for s in sides(case, vip) if s.name == host]
    named += [vip.interface for vip in case.vips]
    return next((one for one in named if one and _INTERFACE.match(one)), "any")


def _ports(case: Case) -> dict[str, int]:
    """Return the port at which the LBs ask each web node."""
    ports: dict[str, int] = {}
    by_address = {node.address: node.name for node in case.webs}
    for lb in case.lbs:
        for upstream in lb.nginx_conf.value.upstreams if lb.nginx_conf else ():
            for server in upstream.servers:
                if server.port and server.host in by_address:
                    ports.setdefault(by_address[server.host], server.port)
    return ports


def _url(address: str, port: int) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}{'' if port == 80 else f':{port}'}/"
