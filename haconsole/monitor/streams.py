"""The streams of a host: what the kernel and the journals say, at the moment they say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from haconsole.domain.daemon import LogFact, LogKind
from haconsole.domain.events import AddressChanged, DaemonLogged, Event, JournalRead
from haconsole.domain.facts import JournalLine
from haconsole.domain.model import Role
from haconsole.domain.verdict import KEEPALIVED
from haconsole.parsers import ip, keepalived_log, systemd
from haconsole.transport.commands import Command
from haconsole.transport.door import Lines
from haconsole.words import t

from .full import units_of

#: Lines of the past that the journal stream begins with.
BACKLOG = 100

#: The first line of the address stream.
READY = "@ready"
#: ``TZ``: iproute2 stamps in the local time of its process.
ADDRESSES = Command(
    name="address stream", script=f"echo {READY}; TZ=UTC0 exec ip -ts -o monitor address"
)


def journal(role: Role) -> Command:
    """Return the command that follows the journals of the services that matter."""
    units = " ".join(f"-u {unit}" for unit in units_of(role))
    script = (
        "command -v journalctl >/dev/null 2>&1 || { echo '@missing'; exit 1; }\n"
        'echo "@$(date +%s.%N)"\n'
        f"exec journalctl --no-pager -q -f -n {BACKLOG} -o json {units}"
    )
    return Command(name="journal stream", script=script, root=True)


def journal_start(batch: Lines) -> tuple[float, str | None]:
    """Read the stream's first line: the node's clock when it began, or why there is none."""
    first = batch.lines[0] if batch.lines else ""
    if first == "@missing":
        return 0.0, t("journalctl is missing on the node")
    try:
        return float(first.removeprefix("@").removesuffix("N").rstrip(".%")), None
    except ValueError:
        return 0.0, t("the journal stream began with something else than its time")


def address_events(host: str, batch: Lines) -> Iterator[AddressChanged]:
    """Yield the addresses that came and went."""
    for line in batch.lines:
        parsed = ip.parse_address_line(line)
        if parsed is None:
            continue
        stamp = ip.stamp_epoch(parsed.stamp) if parsed.stamp else None
        yield AddressChanged(
            at=batch.at, host=host, address=parsed.address, added=parsed.added, node_at=stamp
        )


class JournalReader:
    """Makes events of a host's journal; remembers where it was across a reconnect."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._newest = 0.0
        self._told_until = 0.0

    def begin(self) -> None:
        """A stream begins: its first lines may have been told by the one before."""
        self._told_until = self._newest

    def events(self, batch: Lines, live_from: float) -> Iterator[Event]:
        """Yield what the lines say. ``live_from``: node's clock; older lines are history."""
        lines: list[JournalLine] = []
        live = True
        for text in batch.lines:
            line = systemd.parse_journal_json(text)
            if line is None or line.node_at <= self._told_until or _is_our_own(line):
                continue
            self._newest = max(self._newest, line.node_at)
            live = line.node_at >= live_from
            fact = _fact(line)
            if fact is not None:
                yield DaemonLogged(
                    at=batch.at, host=self._host, fact=fact, node_at=line.node_at, live=live
                )
                line = replace(line, understood=True)
            lines.append(line)
        if lines:
            yield JournalRead(at=batch.at, host=self._host, lines=tuple(lines), live=live)


def _is_our_own(line: JournalLine) -> bool:
    """Whether the line only tells that somebody asked for a dump, as this monitor does."""
    return line.unit == KEEPALIVED and line.text.startswith("Printing ")


def _fact(line: JournalLine) -> LogFact | None:
    if line.unit != KEEPALIVED:
        return None
    said = systemd.unit_fact(line)
    if said is not None:
        match said.kind:
            case systemd.UnitFactKind.KILLED:
                return LogFact(LogKind.KILLED, line.text)
            case systemd.UnitFactKind.STOPPED:
                return LogFact(LogKind.STOPPED, line.text)
            case systemd.UnitFactKind.STARTED:
                return LogFact(LogKind.STARTED, line.text)
            case _:
                return None
    return keepalived_log.parse_line(line.text, line.identifier)


def asks_for_a_reading(events: Sequence[Event]) -> bool:
    """Whether something happened after which the daemon and the services should be read again."""
    for event in events:
        if isinstance(event, AddressChanged):
            return True
        if isinstance(event, DaemonLogged) and event.live and event.fact.kind is not LogKind.OTHER:
            return True
        if isinstance(event, JournalRead) and event.live:
            return True
    return False
