"""Every command that the product sends, asked on one host, and what its answer means.

The meaning is made by the product's own readers; what differs by nature (times, ids, loads,
MACs, the keys of a log line) is left out, so that the answers of two clusters can be equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from haconsole.domain.daemon import Daemon
from haconsole.domain.events import (
    AddressesRead,
    Event,
    InterfacesRead,
    LoadRead,
    NeighboursRead,
    ReadingFailed,
    UnitsRead,
)
from haconsole.domain.model import Host
from haconsole.monitor import clock
from haconsole.monitor.daemon import DaemonReader
from haconsole.monitor.firewall import FirewallReader
from haconsole.monitor.full import FullReading
from haconsole.monitor.hitlog import Finder, Found, paths
from haconsole.parsers.errors import ParseError
from haconsole.parsers.nginx_log import sniff
from haconsole.transport.commands import Command, Result
from tests.live.watching import Watch

#: Files that the console may be asked to show: there, elsewhere, and nowhere.
FILES = ("/etc/keepalived/keepalived.conf", "/etc/nginx/nginx.conf", "/etc/nginx/none.conf")
#: command → what its answer means
Answers = dict[str, str]
_NOT_FOUND = re.compile(r"[\w./-]+: (?:command )?not found")


def script_of(script: str) -> str:
    """Return a script without what is new in each: nonces, and the daemon's process id."""
    return re.sub(r"(?m)^pid=\d+$", "pid=PID", re.sub(r"\b[0-9a-f]{16}\b", "NONCE", script))


class Asker:
    """Asks one host everything; remembers what it sent, as (name, script) pairs."""

    def __init__(self, watch: Watch, host: Host) -> None:
        self._watch = watch
        self._host = host
        (self._cluster,) = watch.state.site.clusters
        self._answers: Answers = {}
        self.sent: set[tuple[str, str]] = set()

    async def ask(self) -> Answers:
        """Send every command; returns what each answer means."""
        host, cluster = self._host, self._cluster
        full = FullReading(host, cluster)
        await self._run(clock.COMMAND, _clock)
        await self._run(full.command, lambda r: _events(full.understand(r, 0.0)))
        await self._ask_daemon()
        finder = Finder(paths(cluster, host.role))
        await self._run(finder.command, lambda r: _hit_logs(*finder.found(r.stdout)))
        for path in FILES:
            command = Command(name="read a file", script=f"cat -- '{path}'", root=True)
            await self._run(command, _file, f" {path}")
        return self._answers

    async def _ask_daemon(self) -> None:
        reader, firewall = DaemonReader(), FirewallReader(self._host, self._cluster)
        prints: list[str] = []

        def looked(result: Result) -> str:
            daemon, dump, rules = reader.looked(result, None)
            prints.append(rules)
            asked = "firewall asked" if re.fullmatch(r"\d+ \d+", rules) else f"firewall: {rules}"
            return f"dump:{dump} {_daemon(daemon)}; {asked}"

        await self._run(reader.look, looked)
        command = reader.version_wanted
        assert command is not None, "a new reader knows no version"

        def versioned(result: Result) -> str:
            reader.versioned(result)
            return f"known:{reader.version_wanted is None}"

        await self._run(command, versioned)
        await self._run(reader.dump(), lambda r: _daemon(reader.dumped(r)))
        await self._run(reader.dump(json=True), lambda r: _daemon(reader.dumped(r, json=True)))
        state = self._watch.state

        def understood(result: Result) -> str:
            read = firewall.understand(result, prints[0], state)
            return f"{read.kind} vrrp {read.vrrp.value}: {read.detail}"

        await self._run(firewall.command, understood)

    async def _run(
        self, command: Command, understand: Callable[[Result], str], about: str = ""
    ) -> None:
        result = await self._watch.door.run(self._host.name, command)
        try:
            meaning = understand(result)
        except ParseError as error:
            meaning = f"not understood: {error}"
        missing = sorted(set(_NOT_FOUND.findall(result.stdout + result.stderr)))
        words = [f"exit {result.exit_status}", *missing, meaning]
        self.sent.add((command.name, script_of(command.script)))
        self._answers[command.name + about] = "; ".join(words)


def _clock(result: Result) -> str:
    read = clock.understand(result)
    # Whole seconds would be wrong by up to half of one (a `date` without %N).
    return f"right:{abs(read.offset_s) < 0.2} exact:{read.error_s < 0.4}"


def _file(result: Result) -> str:
    # A distribution's own files differ in their comments from one to the next.
    return "text" if result.stdout.strip() else result.stderr.strip()


def _hit_logs(logs: list[Found], problem: str) -> str:
    if not logs:
        return problem
    return ", ".join(
        f"{log.path} polls:{log.polls} as expected:{_is_as_named(log)}" for log in logs
    )


def _is_as_named(log: Found) -> bool:
    """Whether what stands in a log, if anything does yet, names backends just where it should."""
    dialect = sniff(log.sample)
    return not log.sample or (dialect is not None and dialect.upstream == ("haconsole" in log.path))


def _daemon(daemon: Daemon | None) -> str:
    if daemon is None:
        return "runs"
    said = [f"{daemon.source.value} running:{daemon.running} frozen:{daemon.frozen}"]
    said += [
        f"{i.name} {i.state.value} {i.interface} vrid {i.vrid} v{i.version} "
        f"{i.base_priority}→{i.effective_priority} advert {i.advert_int_s} vips {','.join(i.vips)} "
        f"nopreempt:{i.nopreempt} auth:{i.auth_type} since:{i.last_transition is not None}"
        for i in daemon.instances
    ]
    said += [
        f"{c.name} {c.status} {c.script} weight {c.weight} every {c.interval_s} "
        f"timeout {c.timeout_s} fall {c.fall} rise {c.rise}"
        for c in daemon.checks
    ]
    return ", ".join(said)


def _events(events: Iterable[Event]) -> str:
    return "; ".join(said for event in events for said in _event(event))


def _event(event: Event) -> Iterator[str]:
    match event:
        case InterfacesRead():
            for i in sorted(event.interfaces, key=lambda i: i.name):
                yield f"{i.name} up:{i.up} mac:{i.mac is not None}"
        case AddressesRead():
            # An IPv6 address of a link is made of its MAC, which no two clusters share.
            yield " ".join(
                sorted(f"{a.interface}:{a.address}" for a in event.addresses if "." in a.address)
            )
        case NeighboursRead():
            # Who talked to whom is chance; that the table can be read is not.
            yield f"neighbours:{all(n.state and n.interface for n in event.neighbours)}"
        case UnitsRead():
            for u in event.units:
                yield (
                    f"{u.name} installed:{u.installed} {u.active}/{u.sub} {u.enabled} "
                    f"{u.result} pid:{u.main_pid is not None} since:{u.since is not None}"
                )
        case LoadRead():
            yield f"load:{event.load.one_minute >= 0} cpus:{event.load.processors > 0}"
        case ReadingFailed():
            yield f"no {event.fact.value}: {event.problem}"
        case _:
            raise AssertionError(f"nothing compares a {type(event).__name__}")
