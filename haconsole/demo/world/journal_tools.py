"""``journalctl``: the journal, whole or followed, and what is chosen from it."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from datetime import UTC, datetime

from haconsole.demo.system.invocation import Invocation, Program

from .journal import Entry, Journal, as_json, as_short
from .unitfile import full_name, seconds

_PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_RELATIVE = re.compile(r"-(?P<n>[\d.]+\s*[a-z]*)(?: ago)?\Z|(?P<ago>[\d.]+\s*[a-z]+) ago\Z")


class _Query:
    """What a call of journalctl asks for."""

    def __init__(self, args: list[str], now: float) -> None:
        self.units: list[str] = []
        self.identifiers: list[str] = []
        self.form = "short"
        self.follow = False
        self.lines: int | None = None
        self.since = self.until = 0.0
        self.priority = 7
        self.reverse = False
        self.grep = ""
        self.problem = ""
        self._read(args, now)

    def _read(self, args: list[str], now: float) -> None:
        rest = deque(args)
        while rest:
            word = rest.popleft()
            key, equals, text = word.partition("=")
            if not equals:
                text = ""
            if word[:1] == "-" and word[:2] != "--" and len(word) > 2 and word[1] in "unopStg":
                key, text = word[:2], word[2:]
            if key in _VALUED and not text:
                if not rest:
                    self.problem = f"option requires an argument -- '{key.lstrip('-')}'"
                    return
                text = rest.popleft()
            self._set(key, text, now)

    def _set(self, key: str, text: str, now: float) -> None:
        match key:
            case "-u" | "--unit":
                self.units.append(full_name(text))
            case "-t" | "--identifier":
                self.identifiers.append(text)
            case "-o" | "--output":
                self.form = text
            case "-f" | "--follow":
                self.follow = True
            case "-n" | "--lines":
                self.lines = None if text == "all" else int(text.removeprefix("+") or 10)
            case "-S" | "--since":
                self.since = _time(text, now)
            case "-U" | "--until":
                self.until = _time(text, now)
            case "-p" | "--priority":
                self.priority = _PRIORITIES.index(text) if text in _PRIORITIES else int(text)
            case "-r" | "--reverse":
                self.reverse = True
            case "-g" | "--grep":
                self.grep = text
            case _:
                pass

    def wants(self, entry: Entry) -> bool:
        """Whether an entry is asked for."""
        if self.units and not any(entry.of(unit) for unit in self.units):
            return False
        if self.identifiers and entry.identifier not in self.identifiers:
            return False
        if entry.priority > self.priority or entry.at < self.since:
            return False
        if self.until and entry.at > self.until:
            return False
        return not self.grep or re.search(self.grep, entry.text) is not None

    def line(self, entry: Entry, hostname: str) -> str:
        """Return an entry in the form that is asked for."""
        if self.form.startswith("json"):
            return as_json(entry, hostname)
        return as_short(entry, hostname, form=self.form)


_VALUED = frozenset(
    ("-u", "--unit", "-t", "--identifier", "-o", "--output", "-n", "--lines", "-S", "--since",
     "-U", "--until", "-p", "--priority", "-g", "--grep", "-c", "--cursor", "--after-cursor")
)  # fmt: skip


def _time(text: str, now: float) -> float:
    """Read ``@1795338757``, ``-5min``, ``2 hours ago``, ``2026-11-22 09:00`` (systemd.time(7))."""
    if text.startswith("@"):
        return float(text[1:])
    if text == "now":
        return now
    if match := _RELATIVE.match(text):
        words = (match["n"] or match["ago"]).replace("hours", "h").replace("minutes", "min")
        return now - seconds(words.replace("seconds", "s"), 0.0)
    stamp = text.replace(" UTC", "")
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(stamp, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return 0.0


def journalctl(journal: Journal) -> Program:
    """Return the program for a machine with this journal."""

    async def run(call: Invocation) -> int:
        query = _Query(call.args, call.machine.clock())
        if query.problem:
            return await call.error(query.problem)
        if call.uid != 0:
            # Neither in adm nor in systemd-journal: only one's own entries, and there are none.
            hint = (
                "Hint: You are currently not seeing messages from other users and the system.\n"
                "      Users in groups 'adm', 'systemd-journal' can see all messages.\n"
                "      Pass -q to turn off this notice.\n"
            )
            quiet = "-q" in call.args or "--quiet" in call.args
            await call.stderr.write(
                ("" if quiet else hint)
                + "No journal files were opened due to insufficient permissions.\n"
            )
            return 1
        found = [entry for entry in journal.entries() if query.wants(entry)]
        count = 10 if query.follow and query.lines is None else query.lines
        if count is not None:
            found = found[-count:] if count else []
        shown = reversed(found) if query.reverse else found
        text = "".join(f"{query.line(entry, journal.hostname)}\n" for entry in shown)
        if not query.follow:
            if not found and "-q" not in call.args and "--quiet" not in call.args:
                text = "-- No entries --\n"
            await call.stdout.write(text)
            return 0
        return await _follow(call, journal, query, text)

    return run


async def _follow(call: Invocation, journal: Journal, query: _Query, text: str) -> int:
    """Print what is there, then what comes, as it comes."""
    fresh: asyncio.Queue[Entry] = asyncio.Queue(4096)

    def take(entry: Entry) -> None:
        if query.wants(entry) and not fresh.full():
            fresh.put_nowait(entry)

    end = journal.follow(take)
    try:
        if text:
            await call.stdout.write(text)
        while True:
            entries = [await fresh.get()]
            while not fresh.empty():
                entries.append(fresh.get_nowait())
            lines = "".join(f"{query.line(entry, journal.hostname)}\n" for entry in entries)
            await call.stdout.write(lines)
    finally:
        end()
