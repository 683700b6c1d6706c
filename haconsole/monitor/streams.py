"""The streams of a host: what the kernel and the journals say, at the moment they say it."""

from __future__ import annotations

from collections import deque
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

#: Seconds without a line after which no line of the past comes any more.
_PAUSE_S = 5.0
#: A line that is stamped this many seconds later than the node's clock, as it was set when the
#: stream began, is from before the clock was set back.
_AHEAD_S = 2.0

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
    """Makes events of a host's journal; remembers what it told across a reconnect.

    A node's clock may be set while its journal is followed, and lines from before that be stamped
    ahead. So what is new is told by the journal's order, not by the stamps alone: the stream
    begins with at most ``BACKLOG`` lines of the past, in one go, and what follows is live.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._told: deque[JournalLine] = deque(maxlen=2 * BACKLOG)
        self._known: frozenset[JournalLine] = frozenset()
        self._live_from = self._began_at = 0.0
        #: How many lines of the past may still come.
        self._past = BACKLOG
        self._heard_at: float | None = None

    def begin(self, live_from: float, at: float) -> None:
        """A stream begins: its first lines may have been told by the one before.

        ``live_from``: the node's clock then; ``at``: the console's.
        """
        self._known = frozenset(self._told)
        self._live_from, self._began_at = live_from, at
        self._past, self._heard_at = BACKLOG, None

    def events(self, batch: Lines) -> Iterator[Event]:
        """Yield what the lines say; those of the past are history, not live."""
        if self._heard_at is not None and batch.at - self._heard_at > _PAUSE_S:
            self._past = 0
        self._past = max(0, self._past - batch.dropped)
        lines: list[JournalLine] = []
        live = True
        for text in batch.lines:
            line = systemd.parse_journal_json(text)
            if line is None:
                continue
            self._heard_at = batch.at
            new = self._is_new(line, batch.at)
            if line in self._known or _is_our_own(line):
                continue
            self._told.append(line)
            live = new
            fact = _fact(line)
            if fact is not None:
                yield DaemonLogged(
                    at=batch.at, host=self._host, fact=fact, node_at=line.node_at, live=live
                )
                line = replace(line, understood=True)
            lines.append(line)
        if lines:
            yield JournalRead(at=batch.at, host=self._host, lines=tuple(lines), live=live)

    def _is_new(self, line: JournalLine, at: float) -> bool:
        """Whether a line, the next one in the journal's order, was written under this stream."""
        if not self._past:
            return True
        self._past -= 1
        now = self._live_from + at - self._began_at
        if self._live_from <= line.node_at <= now + _AHEAD_S:
            self._past = 0  # whatever comes after it is newer still
            return True
        return False


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
