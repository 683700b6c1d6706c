"""The full reading of a host: everything that a stream could have missed, in one round trip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from haconsole.domain.events import (
    AddressesRead,
    Event,
    Fact,
    InterfacesRead,
    LoadRead,
    NeighboursRead,
    ReadingFailed,
    UnitsRead,
)
from haconsole.domain.facts import Load
from haconsole.domain.model import Cluster, Host, Role
from haconsole.domain.verdict import KEEPALIVED, NGINX
from haconsole.parsers import ip, systemd
from haconsole.parsers.errors import ParseError
from haconsole.transport.commands import Command, Result
from haconsole.words import t

from .sections import Section, compose, split

FIREWALLD = "firewalld.service"
T = TypeVar("T")


def units_of(role: Role) -> tuple[str, ...]:
    """Return the services that matter on a host of this role."""
    return (KEEPALIVED, NGINX, FIREWALLD) if role is Role.LB else (NGINX, FIREWALLD)


class FullReading:
    """The command that takes a full reading of one host, and what its output means."""

    def __init__(self, host: Host, cluster: Cluster) -> None:
        self._host = host
        questions = {
            "address": "ip -o address show",
            "link": "ip -o link show",
            "neigh": _neighbours(host, cluster),
            "units": f"systemctl show -p {','.join(systemd.SHOW_PROPERTIES)} "
            + " ".join(units_of(host.role)),
            # Read by the shell itself: a process less each, several times a minute, for years.
            "load": _builtin_cat("/proc/loadavg"),
            "cpus": _builtin_cat("/sys/devices/system/cpu/online"),
            "uptime": _builtin_cat("/proc/uptime"),
        }
        script, self._nonce = compose(questions)
        self.command = Command(name="full reading", script=script, timeout_s=8.0)

    def understand(self, result: Result, offset_s: float) -> Iterator[Event]:
        """Yield what the output says. Readings are as old as the command's start.

        ``offset_s``: how far the node's clock is ahead of the console's.
        """
        sections = split(result.stdout, self._nonce)
        at, name = result.started_at, self._host.name
        # Interfaces first: whose MAC is whose must be known before the neighbours are judged.
        yield from self._read(sections, "link", Fact.INTERFACES, at, lambda text: InterfacesRead(
            at=at, host=name, interfaces=ip.parse_interfaces(text)))  # fmt: skip
        yield from self._read(sections, "address", Fact.ADDRESSES, at, lambda text: AddressesRead(
            at=at, host=name, addresses=ip.parse_addresses(text)))  # fmt: skip
        yield from self._read(sections, "neigh", Fact.NEIGHBOURS, at, lambda text: NeighboursRead(
            at=at, host=name, neighbours=ip.parse_neighbours(text)))  # fmt: skip
        boot_at = _boot_at(sections, result, offset_s)
        yield from self._read(sections, "units", Fact.UNITS, at, lambda text: UnitsRead(
            at=at, host=name, units=systemd.parse_show(text, boot_at)))  # fmt: skip
        yield from self._read(sections, "load", Fact.LOAD, at, lambda text: LoadRead(
            at=at, host=name, load=_load(text, sections.get("cpus"))))  # fmt: skip

    def _read(
        self,
        sections: dict[str, Section],
        section: str,
        fact: Fact,
        at: float,
        build: Callable[[str], Event],
    ) -> Iterator[Event]:
        found = sections.get(section)
        if found is None:
            problem: str | None = t("the reading was cut off")
        else:
            problem = found.problem
            if problem is None:
                try:
                    yield build(found.text)
                except (ParseError, ValueError) as error:
                    problem = str(error)
        if problem is not None:
            yield ReadingFailed(at=at, host=self._host.name, fact=fact, problem=problem)


def failed(host: str, at: float, problem: str, facts: Sequence[Fact]) -> Iterator[Event]:
    """Yield that none of ``facts`` could be read."""
    for fact in facts:
        yield ReadingFailed(at=at, host=host, fact=fact, problem=problem)


def _builtin_cat(path: str) -> str:
    return f'IFS= read -r line < {path} && echo "$line"'


def _neighbours(host: Host, cluster: Cluster) -> str:
    """Ask for the table; a third host without an entry for a VIP first provokes one."""
    show = "ip neigh show"
    if host.role is Role.LB:
        return show
    asks = [
        f"ip neigh show to {vip.address} | grep -q lladdr || "
        f"ping -c 1 -W 1 {vip.address} >/dev/null 2>&1"
        for vip in cluster.vips
    ]
    return "\n".join([*asks, show])


def _boot_at(sections: dict[str, Section], result: Result, offset_s: float) -> float | None:
    """Return when the node's monotonic clock was 0, on the node's clock."""
    uptime = sections.get("uptime")
    if uptime is None or uptime.status != 0:
        return None
    try:
        up = float(uptime.text.split()[0])
    except (ValueError, IndexError):
        return None
    return result.started_at + result.seconds + offset_s - up


def _load(text: str, cpus: Section | None) -> Load:
    try:
        one_minute = float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        raise ParseError(t("/proc/loadavg cannot be understood")) from None
    return Load(one_minute, _count_cpus(cpus.text) if cpus and cpus.status == 0 else 1)


def _count_cpus(text: str) -> int:
    """``0-3,6`` → 5 (Linux: Documentation/admin-guide/cputopology.rst); at least 1."""
    count = 0
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (last or first).isdigit():
            count += int(last or first) - int(first) + 1
    return max(1, count)
