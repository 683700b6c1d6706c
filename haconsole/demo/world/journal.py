"""A machine's journal: what services and systemd wrote, for ``journalctl`` to show."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

#: Entries that are kept; the oldest go first.
CAPACITY = 20_000
INFO, NOTICE, WARNING, ERROR = 6, 5, 4, 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``at``: epoch seconds; ``unit``: whose process wrote it; ``about``: systemd's

    messages about a unit. ``priority`` as in syslog(3).
    """

    number: int
    at: float
    since_boot: float
    text: str
    identifier: str
    pid: int
    unit: str = ""
    about: str = ""
    priority: int = INFO
    #: Which boot of the machine it is from.
    boot: str = ""

    def of(self, unit: str) -> bool:
        """Whether ``journalctl -u UNIT`` shows it."""
        return unit in (self.unit, self.about)


class Journal:
    """The journal of one machine."""

    def __init__(
        self, hostname: str, clock: Callable[[], float], boot_at: float, boot_id: str = ""
    ) -> None:
        self.hostname = hostname
        self._clock = clock
        self._boot_at = boot_at
        self._boot = boot_id
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)
        self._count = 0
        self._followers: list[Callable[[Entry], None]] = []

    def booted(self, boot_at: float, boot_id: str) -> None:
        """Go on in another boot. ``boot_at``: epoch seconds."""
        self._boot_at, self._boot = boot_at, boot_id

    def write(
        self,
        text: str,
        *,
        identifier: str,
        pid: int = 1,
        unit: str = "",
        about: str = "",
        priority: int = INFO,
    ) -> None:
        """Add an entry; no two have the same time."""
        at = self._clock()
        if self._entries and at <= self._entries[-1].at:
            at = self._entries[-1].at + 1e-6
        self._count += 1
        entry = Entry(
            self._count, at, at - self._boot_at, text, identifier, pid, unit, about, priority,
            self._boot,
        )  # fmt: skip
        self._entries.append(entry)
        for follower in list(self._followers):
            follower(entry)

    def entries(self) -> Iterator[Entry]:
        """Yield what is there, oldest first."""
        return iter(tuple(self._entries))

    def follow(self, follower: Callable[[Entry], None]) -> Callable[[], None]:
        """Call back with every new entry; returns what ends that."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower)


def as_json(entry: Entry, hostname: str) -> str:
    """Return an entry as ``journalctl -o json`` prints it."""
    boot = entry.boot.replace("-", "")
    fields = {
        "__CURSOR": f"s=demo;i={entry.number:x};b={boot};m={int(entry.since_boot * 1e6):x}",
        "__REALTIME_TIMESTAMP": str(round(entry.at * 1e6)),
        "__MONOTONIC_TIMESTAMP": str(round(entry.since_boot * 1e6)),
        "_BOOT_ID": boot,
        "_HOSTNAME": hostname,
        "PRIORITY": str(entry.priority),
        "SYSLOG_FACILITY": "3",
        "SYSLOG_IDENTIFIER": entry.identifier,
        "_PID": str(entry.pid),
        "_UID": "0",
        "_GID": "0",
        "_COMM": "systemd" if entry.pid == 1 else entry.identifier.lower().partition("_")[0],
        "_TRANSPORT": "journal" if entry.pid == 1 else "syslog",
        "_SYSTEMD_UNIT": "init.scope" if entry.pid == 1 else entry.unit,
        "MESSAGE": entry.text,
    }
    if entry.about:
        fields["UNIT"] = entry.about
    return json.dumps({key: value for key, value in fields.items() if value})


def as_short(entry: Entry, hostname: str, *, form: str = "short") -> str:
    """Return an entry as ``-o short``, ``short-iso``, ``short-precise`` or ``cat`` prints it."""
    when = datetime.fromtimestamp(entry.at, UTC)
    stamp = {
        "short": when.strftime("%b %d %H:%M:%S"),
        "short-precise": when.strftime("%b %d %H:%M:%S.%f"),
        "short-iso": when.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "short-unix": f"{entry.at:.6f}",
    }.get(form)
    if form == "cat":
        return entry.text
    return f"{stamp} {hostname} {entry.identifier}[{entry.pid}]: {entry.text}"
